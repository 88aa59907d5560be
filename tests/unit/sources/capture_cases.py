"""Captures for tests: real TLS exchanges between OpenSSL's ends, written as frames; every case by name."""

from __future__ import annotations

import atexit
import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp

from certhound.lab.certificates import Authority, Certificate, KeyRing, build_ca, issue, pem, self_signed
from certhound.lab.exchange import Exchange, client_context, exchange, server_context
from certhound.lab.packets import Frame, Talk, tcp_frames
from certhound.lab.wire import CLIENT, SERVER, Segment

START_NS = 1_767_225_600_000_000_000
"""2026-01-01 00:00 UTC."""
HOST, SHOP, MAIL = "10.1.2.3", "203.0.113.10", "203.0.113.25"
V10, V11, V12, V13 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def talk(
    segments: list[Segment], port: int = 443, client_port: int = 50000, at_s: float = 0, **more: object
) -> list[Frame]:
    """Frames of one connection from HOST to SHOP."""
    start = START_NS + int(at_s * 1e9)
    return tcp_frames(Talk((HOST, client_port), (SHOP, port), segments, start, **more))  # type: ignore[arg-type]


def tls(version: ssl.TLSVersion = V12, name: str | None = "shop.example", **client: object) -> Exchange:
    """An ordinary exchange of one version."""
    return exchange(
        client_context(**client), server_context(*files(), minimum_version=version, maximum_version=version), name
    )


_KEYS = KeyRing(5)
_BEGIN = datetime(2025, 12, 1, tzinfo=UTC)


@cache
def root_authority() -> Authority:
    name = (("O", "Lab"), ("CN", "Lab Root"))
    return build_ca(name, _KEYS.ec("root"), Random(5), _BEGIN, timedelta(days=3650))


def root() -> bytes:
    """The root above the server's chain, as DER."""
    return root_authority().der


@cache
def shop() -> Certificate:
    """A server's certificate with the issuing CA behind it."""
    rng = Random(6)
    name = (("O", "Lab"), ("CN", "Lab CA"))
    issuing = build_ca(name, _KEYS.ec("ca"), rng, _BEGIN, timedelta(days=900), root_authority())
    own = (("CN", "shop.example"),)
    return issue(issuing, own, _KEYS.rsa("shop"), rng, ("shop.example",), _BEGIN, timedelta(days=90))


def chain() -> list[bytes]:
    """Leaf and issuer as DER, as the server sends them."""
    return [shop().der, *shop().chain]


@cache
def own() -> Certificate:
    """A certificate that signed itself, as tools make it."""
    return self_signed((("CN", "localhost"),), _KEYS.rsa("own"), Random(7), _BEGIN, timedelta(days=3650))


@cache
def files() -> tuple[Path, Path]:
    """Chain and key of the server, as OpenSSL reads them."""
    return _write(shop())


@cache
def own_files() -> tuple[Path, Path]:
    """The same of the certificate that signed itself."""
    return _write(own())


def _write(certificate: Certificate) -> tuple[Path, Path]:
    folder = Path(mkdtemp(prefix="certhound-captures-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    (folder / "chain.pem").write_text("".join(pem(each) for each in (certificate.der, *certificate.chain)))
    (folder / "key.pem").write_bytes(certificate.key.pem)
    return folder / "chain.pem", folder / "key.pem"


STARTS: dict[str, tuple[int, list[Segment]]] = {
    "smtp": (
        25,
        [
            (SERVER, b"220 mail.example ESMTP\r\n"),
            (CLIENT, b"EHLO host.example\r\n"),
            (SERVER, b"250-mail.example\r\n250 STARTTLS\r\n"),
            (CLIENT, b"STARTTLS\r\n"),
            (SERVER, b"220 go ahead\r\n"),
        ],
    ),
    "imap": (143, [(SERVER, b"* OK IMAP4rev1\r\n"), (CLIENT, b"a1 STARTTLS\r\n"), (SERVER, b"a1 OK begin\r\n")]),
    "pop3": (110, [(SERVER, b"+OK POP3\r\n"), (CLIENT, b"STLS\r\n"), (SERVER, b"+OK begin\r\n")]),
    "ftp": (21, [(SERVER, b"220 FTP\r\n"), (CLIENT, b"AUTH TLS\r\n"), (SERVER, b"234 proceed\r\n")]),
    "ldap": (
        389,
        [
            (CLIENT, bytes.fromhex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")),
            (SERVER, bytes.fromhex("300c02010178070a010004000400")),
        ],
    ),
    "postgresql": (5432, [(CLIENT, bytes.fromhex("0000000804d2162f")), (SERVER, b"S")]),
    "xmpp": (
        5222,
        [
            (CLIENT, b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                     b"xmlns:stream='http://etherx.jabber.org/streams' to='im.example' version='1.0'>"),
            (SERVER, b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                     b"xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>"),
            (CLIENT, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            (SERVER, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        ],
    ),
    "nntp": (119, [(SERVER, b"200 ready\r\n"), (CLIENT, b"STARTTLS\r\n"), (SERVER, b"382 go\r\n")]),
    "irc": (6667, [(CLIENT, b"STARTTLS\r\n"), (SERVER, b":irc.example 670 me :STARTTLS successful\r\n")]),
    "http": (
        8080,
        [
            (CLIENT, b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n"),
            (SERVER, b"HTTP/1.1 200 Connection established\r\n\r\n"),
        ],
    ),
    "rdp": (
        3389,
        [
            (CLIENT, bytes.fromhex("030000130ee000000000000100080003000000")),
            (SERVER, bytes.fromhex("030000130ed000001234000209080001000000")),
        ],
    ),
}  # fmt: skip
"""What is said before TLS begins: port and segments, by the service that it makes of the connection."""
