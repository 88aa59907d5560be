"""Servers on loopback: openssl's own, and scripted ones for protocols before TLS and for what no honest server does."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Step = tuple[bytes, bytes]
"""A pattern to wait for (empty: nothing), and what to send then."""

Talk = Callable[[socket.socket], None]

SCRIPTS: dict[str, list[Step]] = {
    "smtp": [
        (b"", b"220-mx.example ESMTP\r\n220 ready\r\n"),
        (rb"EHLO \S+\r\n", b"250-mx.example\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n"),
        (rb"STARTTLS\r\n", b"220 go ahead\r\n"),
    ],
    "lmtp": [
        (b"", b"220 mx.example LMTP\r\n"), (rb"LHLO \S+\r\n", b"250-mx.example\r\n250 STARTTLS\r\n"),
        (rb"STARTTLS\r\n", b"220 go ahead\r\n"),
    ],
    "imap": [
        (b"", b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
        (rb"a1 STARTTLS\r\n", b"* 1 EXISTS\r\na1 OK begin\r\n"),
    ],
    "pop3": [(b"", b"+OK ready\r\n"), (rb"STLS\r\n", b"+OK begin\r\n")],
    "ftp": [(b"", b"220-Welcome\r\n to all\r\n220 ready\r\n"), (rb"AUTH TLS\r\n", b"234 begin\r\n")],
    "nntp": [(b"", b"200 ready\r\n"), (rb"STARTTLS\r\n", b"382 begin\r\n")],
    "sieve": [
        (b"", b'"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK "ready"\r\n'), (rb"STARTTLS\r\n", b'OK "begin"\r\n'),
    ],
    "ldap": [
        (rb"\x30\x1d\x02\x01\x01\x77\x18\x80\x161\.3\.6\.1\.4\.1\.1466\.20037",
         b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
    ],
    "postgres": [(rb"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S")],
    "mysql": [
        (b"", b"\x4a\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x0012345678\x00\xff\xff\xff\x02\x00\xff\xdf\x15" + bytes(10)
         + b"123456789012\x00mysql_native_password\x00"),
        (rb"(?s)\x20\x00\x00\x01.{32}", b""),
    ],
    "xmpp": [
        (rb"(?:<\?xml[^>]*>)?<stream:stream [^>]*jabber:client[^>]*to='localhost'[^>]*>",
         b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1'><stream:features>"
         b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"),
        (rb"<starttls [^>]*/>", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ],
    "xmpp-server": [
        (rb"(?:<\?xml[^>]*>)?<stream:stream [^>]*jabber:server[^>]*>",
         b"<stream:stream xmlns='jabber:server'><stream:features><starttls"
         b" xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"),
        (rb"<starttls [^>]*>", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ],
    "rdp": [
        (rb"(?s)\x03\x00\x00\x13\x0e\xe0.{5}\x01\x00\x08\x00\x03\x00\x00\x00",
         bytes.fromhex("030000130ed000001234000201080001000000")),
    ],
}  # fmt: skip
"""A conversation for each protocol up to the ClientHello, as its documentation has it."""


def play(connection: socket.socket, steps: list[Step]) -> None:
    """The server's part of a conversation. Raises AssertionError where the client does not keep to it."""
    got = b""
    for pattern, answer in steps:
        while pattern and (found := re.match(pattern, got)) is None:
            piece = connection.recv(1)
            if not piece:
                raise AssertionError(f"the client left after {got!r}")
            got += piece
        if pattern:
            got = got[found.end() :]  # type: ignore[union-attr]
        connection.sendall(answer)


class Server:
    """Accepts on loopback in a thread and hands each connection to a function; counts them."""

    def __init__(self, talk: Talk, host: str = "127.0.0.1") -> None:
        self.talk = talk
        self.socket = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.host, self.port = self.socket.getsockname()[:2]
        self.accepted = 0
        self.problems: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            with connection:
                connection.settimeout(20)
                try:
                    self.talk(connection)
                except OSError:
                    continue
                except AssertionError as error:
                    self.problems.append(error)


def tls_after(steps: list[Step], context: ssl.SSLContext) -> Talk:
    """A talk that ends in TLS."""

    def talk(connection: socket.socket) -> None:
        play(connection, steps)
        with context.wrap_socket(connection, server_side=True) as secured, contextlib.suppress(OSError):
            secured.recv(1)

    return talk


@contextlib.contextmanager
def openssl_server(folder: Path, *options: str) -> Iterator[int]:
    """``openssl s_server`` on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", *options]
    # Standard input stays open: at its end s_server leaves.
    read_end, write_end = os.pipe()
    process = subprocess.Popen(words, cwd=folder, stdin=read_end, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()
        os.close(read_end)
        os.close(write_end)


def _wait_for(port: int) -> None:
    """Until the kernel lists a listener there: connecting to find out would be a connection of its own."""
    wanted = f":{port:04X} 00000000:0000 0A "
    for _ in range(400):
        if wanted in Path("/proc/net/tcp").read_text():
            return
        time.sleep(0.02)
    raise AssertionError("the server did not begin to listen")


def record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    """One TLS record."""
    return bytes((kind,)) + version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def records(kind: int, body: bytes) -> bytes:
    """As many records as the bytes need."""
    return b"".join(record(kind, body[at : at + 16_000]) for at in range(0, len(body), 16_000))


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def server_hello(suite: int = 0xC02F) -> bytes:
    return message(2, b"\x03\x03" + bytes(range(32)) + b"\0" + suite.to_bytes(2, "big") + b"\0")


def certificate_message(*ders: bytes) -> bytes:
    listed = b"".join(len(der).to_bytes(3, "big") + der for der in ders)
    return message(11, len(listed).to_bytes(3, "big") + listed)
