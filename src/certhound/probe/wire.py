"""A connection with a deadline and a limit of bytes, whatever the other side does."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from certhound.model.errors import Place, UnreadableError
from certhound.probe.target import Target

MAX_BYTES = 4 * 1024 * 1024
"""What is read of a server at most, all together."""

MAX_LINE = 8 * 1024
_PIECE = 16 * 1024


class Ended(ConnectionError):
    """The server closed the connection, or reset it."""


class TooMuch(ConnectionError):
    """The server sent more than anybody needs."""


class Wire:
    """A connected socket. Every call ends before the deadline (TimeoutError) and within the limit (TooMuch)."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline
        self._left = MAX_BYTES
        self._pending = b""
        self.address: str = str(connected.getpeername()[0])

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _remaining(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        return left

    def receive(self) -> bytes:
        """Some bytes, at least one. Raises Ended, TooMuch, TimeoutError."""
        if self._pending:
            data, self._pending = self._pending, b""
            return data
        if self._left <= 0:
            raise TooMuch(f"it sent more than {MAX_BYTES} bytes")
        self._socket.settimeout(self._remaining())
        try:
            data = self._socket.recv(min(_PIECE, self._left))
        except TimeoutError:
            raise
        except OSError as error:  # reset, or the way there is gone
            raise Ended(error.strerror or "it reset the connection") from error
        if not data:
            raise Ended("it closed the connection")
        self._left -= len(data)
        return data

    def send(self, data: bytes) -> None:
        """All bytes. Raises Ended or TimeoutError."""
        view = memoryview(data)
        while view:
            self._socket.settimeout(self._remaining())
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError:
                raise
            except OSError as error:
                raise Ended(error.strerror or "it reset the connection") from error

    def exactly(self, size: int) -> bytes:
        """So many bytes and no more; what is left over stays for the next call."""
        got = b""
        while len(got) < size:
            got += self.receive()
        got, self._pending = got[:size], got[size:] + self._pending
        return got

    def until(self, mark: bytes, limit: int = MAX_LINE) -> bytes:
        """Bytes up to and with a mark. Raises TooMuch where it does not come within the limit."""
        got = b""
        while (place := got.find(mark)) < 0:
            if len(got) > limit:
                raise TooMuch(f"no end of a line within {limit} bytes")
            got += self.receive()
        stop = place + len(mark)
        got, self._pending = got[:stop], got[stop:] + self._pending
        return got

    def line(self) -> str:
        """One line without its end, as text; bytes that are none stand as ``\\xNN``."""
        return self.until(b"\n").rstrip(b"\r\n").decode("utf-8", "backslashreplace")

    def forget(self) -> None:
        """Drop what the server sent without being asked: nothing may stand between STARTTLS and TLS."""
        self._pending = b""


Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


def _addresses(target: Target, timeout_s: float) -> Sequence[Address]:
    """Addresses of a host. The system's resolver knows no time limit, so it is asked in a thread that may be left."""
    host = f"{target.host}%{target.zone}" if target.zone else target.host
    answers: queue.SimpleQueue[Sequence[Address] | Exception] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(socket.getaddrinfo(host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=resolve, daemon=True, name="resolver").start()
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError(f"no answer within {timeout_s:g} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def connect(target: Target, timeout_s: float) -> Wire:
    """Connect to the first address of a host that answers, within the time. Raises UnreadableError."""
    deadline = time.monotonic() + timeout_s
    place = Place(str(target))
    try:
        found = _addresses(target, timeout_s)
    except (OSError, UnicodeError) as error:
        raise UnreadableError(
            f"the host has no address: {getattr(error, 'strerror', None) or error}", check="no-address", place=place
        ) from error
    problem = "it has no address that can be reached"
    for family, kind, protocol, _, address in found:
        left = deadline - time.monotonic()
        if left <= 0:
            problem = f"no answer within {timeout_s:g} seconds"
            break
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(left)
            made.connect(address)
            return Wire(made, deadline)
        except TimeoutError:
            problem = f"no answer within {timeout_s:g} seconds"
            made.close()
        except OSError as error:
            problem = error.strerror or str(error)
            made.close()
    raise UnreadableError(f"no connection: {problem}", check="no-connection", place=place)
