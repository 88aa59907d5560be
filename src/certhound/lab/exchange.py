"""TLS exchanges in memory: a real client and a real server (OpenSSL, through Python's ssl) and every byte between them.

No socket is opened and no privilege needed. ``exchange`` gives segments as the tap does, for
:mod:`certhound.lab.packets` to write as a capture.
"""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from certhound.lab.wire import CLIENT, SERVER, Segment

_ROUNDS = 40


@dataclass(slots=True)
class Exchange:
    """What passed, the session that a client may resume, and each side's complaint if its handshake failed."""

    segments: list[Segment] = field(default_factory=list)
    session: ssl.SSLSession | None = None
    problems: dict[int, str] = field(default_factory=dict)


def client_context(**settings: object) -> ssl.SSLContext:
    """A client that trusts everybody, speaks every version that OpenSSL still has, and is set as ``settings`` say."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _set(context, settings)


def server_context(chain: Path, key: Path, **settings: object) -> ssl.SSLContext:
    """A server with a chain (PEM, leaf first) and its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return _set(context, settings)


def _set(context: ssl.SSLContext, settings: dict[str, object]) -> ssl.SSLContext:
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is wanted here
        for name, value in {"minimum_version": ssl.TLSVersion.TLSv1, **settings}.items():
            setattr(context, name, value)
    return context


def exchange(
    client: ssl.SSLContext,
    server: ssl.SSLContext,
    name: str | None = None,
    session: ssl.SSLSession | None = None,
    request: bytes = b"GET / HTTP/1.0\r\n\r\n",
    answer: bytes = b"." * 3000,
) -> Exchange:
    """One handshake, a request, an answer, and a proper close; it stops where the handshake fails."""
    found = Exchange()
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    from_client, from_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, from_client, server_hostname=name, session=session),
        server.wrap_bio(to_server, from_server, server_side=True),
    )

    def pump() -> None:
        for side, source, sink in ((CLIENT, from_client, to_server), (SERVER, from_server, to_client)):
            if data := source.read():
                found.segments.append((side, data))
                sink.write(data)

    done = [False, False]
    for _ in range(_ROUNDS):
        for side in (CLIENT, SERVER):
            if not done[side] and side not in found.problems:
                done[side] = _handshake(ends[side], side, found)
            pump()
        if all(done) or found.problems:
            break
    if all(done) and not found.problems:
        ends[CLIENT].write(request)
        pump()
        ends[SERVER].write(answer)
        pump()
        _quietly(ends[CLIENT].read)
        found.session = ends[CLIENT].session
        for end in ends:
            _quietly(end.unwrap)
            pump()
    return found


def _handshake(end: ssl.SSLObject, side: int, found: Exchange) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError as error:
        found.problems[side] = error.reason or str(error)
        return False
    return True


def _quietly(action: object) -> None:
    try:
        action()  # type: ignore[operator]
    except ssl.SSLError:
        return
