"""The passive tap: a relay between client and server that keeps a copy of every byte and changes none.

One thread listens at all addresses of the scenario and serves one connection after the other, so that the order of
captures is the order of contacts.
"""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
from dataclasses import dataclass, field

from certhound.lab.wire import CLIENT, SERVER, Segment

Endpoint = tuple[str, int]


@dataclass(slots=True)
class Backend:
    """Where connections to a service go on to: to its server, or to it by name through a proxy."""

    server: Endpoint
    proxy: Endpoint | None = None
    name: str = "127.0.0.1"
    """What the proxy is asked for; may change between connections."""

    def connect(self) -> socket.socket:
        """A connection to the server; OSError where there is none, or the proxy has none."""
        if self.proxy is None:
            return socket.create_connection(self.server, timeout=5)
        connection = socket.create_connection(self.proxy, timeout=5)
        target = f"{self.name}:{self.server[1]}"
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):  # nothing follows it before the client speaks
            if not (piece := connection.recv(4096)):
                break
            answer += piece
        if b" 200 " not in answer.split(b"\r\n")[0]:
            connection.close()
            raise OSError(f"the proxy refuses {target}")
        return connection


@dataclass(slots=True)
class Capture:
    """What passed on one connection. ``client`` and ``server`` are the ends as the tap's socket saw them."""

    client: Endpoint
    server: Endpoint
    segments: list[Segment] = field(default_factory=list)

    def sent(self, side: int) -> int:
        """Bytes of payload that one side sent."""
        return sum(len(data) for who, data in self.segments if who == side)


class Tap:
    """Listens at many endpoints and forwards each to its server; use as a context manager."""

    def __init__(self) -> None:
        self.captures: queue.Queue[Capture] = queue.Queue()
        self._selector = selectors.DefaultSelector()
        self._listeners: list[tuple[socket.socket, Backend]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tap", daemon=True)

    def listen(self, at: Endpoint, backend: Backend) -> Endpoint:
        """Forward connections made to ``at`` (port 0: any free one) to ``backend``; gives the real endpoint.

        Raises OSError where the address cannot be bound.
        """
        listener = socket.create_server(at, backlog=16)
        self._selector.register(listener, selectors.EVENT_READ, len(self._listeners))
        self._listeners.append((listener, backend))
        host, port = listener.getsockname()[:2]
        return host, port

    def __enter__(self) -> Tap:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for listener, _backend in self._listeners:
            listener.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for ready, _ in self._selector.select(timeout=0.2):
                listener, backend = self._listeners[ready.data]
                accepted, peer = listener.accept()
                with accepted:
                    capture = Capture((peer[0], peer[1]), accepted.getsockname()[:2])
                    with contextlib.suppress(OSError), backend.connect() as server:
                        self._relay(accepted, server, capture)
                self.captures.put(capture)

    def _relay(self, client: socket.socket, server: socket.socket, capture: Capture) -> None:
        """Copy both ways until both sides have closed, or one has broken off, or nothing moves for five seconds."""
        pairs = {CLIENT: (client, server), SERVER: (server, client)}
        for side in pairs:
            pairs[side][0].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with selectors.DefaultSelector() as waiting:
            for side, (source, _) in pairs.items():
                waiting.register(source, selectors.EVENT_READ, side)
            while waiting.get_map() and (events := waiting.select(timeout=5)):
                for ready, _ in sorted(events, key=lambda event: event[0].data == SERVER):
                    source, sink = pairs[ready.data]
                    data = source.recv(65536)
                    if data:
                        capture.segments.append((ready.data, data))
                        sink.sendall(data)
                    else:
                        waiting.unregister(source)
                        with contextlib.suppress(OSError):
                            sink.shutdown(socket.SHUT_WR)
