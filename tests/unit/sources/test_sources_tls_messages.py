"""Handshake messages out of their bytes."""

from __future__ import annotations

import struct

import pytest

from certhound.sources.tls_messages import Malformed, certificates, client_hello, server_hello


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack(">HH", kind, len(data)) + data


def _hello(*extensions: bytes, ciphers: bytes = b"\x13\x01", cookie: bytes = b"") -> bytes:
    block = b"".join(extensions)
    head = b"\x03\x03" + b"r" * 32 + b"\x00" + cookie + struct.pack(">H", len(ciphers)) + ciphers + b"\x01\x00"
    return head + (struct.pack(">H", len(block)) + block if extensions else b"")


def _name(name: bytes) -> bytes:
    return _extension(0, struct.pack(">HBH", len(name) + 3, 0, len(name)) + name)


def test_a_client_hello_with_all_lists() -> None:
    hello = client_hello(
        _hello(
            _name(b"shop.example"),
            _extension(10, b"\x00\x04\x00\x1d\x00\x17"),
            _extension(11, b"\x01\x00"),
            _extension(13, b"\x00\x04\x04\x03\x08\x04"),
            _extension(16, b"\x00\x0c\x02h2\x08http/1.1"),
            _extension(34, b"\x00\x02\x05\x03"),  # delegated credentials: another list of signature algorithms
            _extension(35, b"ticket"),
            _extension(43, b"\x04\x03\x04\x03\x03"),
            _extension(0xFE0D, b"\x00"),
        )
    )
    assert hello.server_name == "shop.example"
    assert (hello.groups, hello.point_formats, hello.signatures) == ((29, 23), (0,), (0x0403, 0x0804))
    assert (hello.alpn, hello.versions) == ((b"h2", b"http/1.1"), (0x0304, 0x0303))
    assert hello.extensions == (0, 10, 11, 13, 16, 34, 35, 43, 0xFE0D)
    assert (hello.ticket, hello.ech, hello.psk) == (True, True, False)


def test_a_client_hello_without_extensions() -> None:
    hello = client_hello(_hello(ciphers=b"\x00\x04\x00\x05"))
    assert (hello.ciphers, hello.extensions, hello.server_name) == ((4, 5), (), None)


def test_a_hello_of_dtls_has_a_cookie() -> None:
    assert client_hello(_hello(cookie=b"\x02ab"), datagram=True).ciphers == (0x1301,)


@pytest.mark.parametrize(
    ("name", "text"),
    [(b"\xff\xc3\xa9", r"\xff\xc3\xa9"), (b"a\tb\x00", r"a\x09b\x00"), (b"", None)],
)
def test_a_server_name_is_text_whatever_it_was(name: bytes, text: str | None) -> None:
    assert client_hello(_hello(_name(name))).server_name == text


@pytest.mark.parametrize("extension", [0, 10, 13, 16, 43])
def test_an_extension_that_is_cut_short_is_as_if_empty(extension: int) -> None:
    hello = client_hello(_hello(_extension(extension, b"\x00\xff\x01")))
    assert hello.extensions == (extension,)
    assert (hello.server_name, hello.groups, hello.signatures, hello.alpn) == (None, (), (), ())


def test_what_contradicts_its_lengths_is_malformed() -> None:
    whole = _hello(_name(b"shop.example"))
    for end in range(len(whole)):
        if end != len(_hello()):  # where the extensions begin, a hello without them ends
            with pytest.raises(Malformed):
                client_hello(whole[:end])
    with pytest.raises(Malformed):
        client_hello(whole + b"\x00")


def test_what_the_server_chose() -> None:
    block = _extension(43, b"\x03\x04") + _extension(51, b"\x00\x1d\x00\x00") + _extension(41, b"\x00\x00")
    body = b"\x03\x03" + b"r" * 32 + b"\x02id" + b"\x13\x02" + b"\x00" + struct.pack(">H", len(block)) + block
    answer = server_hello(body)
    assert (answer.legacy_version, answer.version, answer.cipher, answer.group) == (0x0303, 0x0304, 0x1302, 29)
    assert (answer.psk, answer.retry, answer.session_id, answer.extensions) == (True, False, b"id", (43, 51, 41))


def test_a_chain_leaf_first() -> None:
    chain = [b"leaf", b"issuer", b""]
    inner = b"".join(len(each).to_bytes(3, "big") + each for each in chain)
    assert certificates(len(inner).to_bytes(3, "big") + inner) == chain
    with pytest.raises(Malformed):
        certificates(len(inner).to_bytes(3, "big") + inner[:-1])
