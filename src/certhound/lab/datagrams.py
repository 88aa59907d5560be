"""TLS over datagrams, made in memory: DTLS exchanges by OpenSSL, and QUIC Initial packets around a ClientHello.

QUIC: RFC 9000 (packets, frames) and RFC 9001 (protection of Initial packets, whose keys anybody can derive).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from OpenSSL import SSL

from certhound.lab.wire import CLIENT, SERVER, Segment

_SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_ROUNDS = 20


def dtls_exchange(chain: Path, key: Path, name: bytes | None = None, mtu: int = 1200) -> list[Segment]:
    """Datagrams of a DTLS handshake (OpenSSL speaks up to 1.2), with a word of application data from each side."""
    contexts = [SSL.Context(SSL.DTLS_METHOD), SSL.Context(SSL.DTLS_METHOD)]
    contexts[SERVER].use_certificate_chain_file(str(chain))
    contexts[SERVER].use_privatekey_file(str(key))
    contexts[SERVER].set_cookie_generate_callback(lambda _: b"cookie")
    contexts[SERVER].set_cookie_verify_callback(lambda _, cookie: cookie == b"cookie")
    for context in contexts:
        context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
        context.set_options(SSL.OP_NO_QUERY_MTU)
    ends = [SSL.Connection(context, None) for context in contexts]
    for end in ends:
        end.set_ciphertext_mtu(mtu)
    ends[CLIENT].set_connect_state()
    ends[SERVER].set_accept_state()
    if name is not None:
        ends[CLIENT].set_tlsext_host_name(name)
    segments: list[Segment] = []
    done = [False, False]
    for _ in range(_ROUNDS):
        for side in (CLIENT, SERVER):
            if not done[side]:
                done[side] = _step(ends[side])
            _pump(ends, side, segments)
        if all(done):
            break
    for side in (CLIENT, SERVER):
        ends[side].send(b"hello")
        _pump(ends, side, segments)
    return segments


def _step(end: SSL.Connection) -> bool:
    try:
        end.do_handshake()
    except SSL.WantReadError:
        return False
    return True


def _pump(ends: Sequence[SSL.Connection], side: int, segments: list[Segment]) -> None:
    while True:
        try:
            data = ends[side].bio_read(65536)
        except SSL.WantReadError:
            return
        segments.append((side, data))
        ends[1 - side].bio_write(data)


def quic_initial(messages: bytes, connection: bytes, side: int = CLIENT, number: int = 0, offset: int = 0) -> bytes:
    """One Initial packet with a CRYPTO frame of handshake bytes; ``connection`` is the first destination id."""
    secret = _expand(_extract(_SALT, connection), b"client in" if side == CLIENT else b"server in", 32)
    key, vector, mask_key = (
        _expand(secret, label, size) for label, size in ((b"quic key", 16), (b"quic iv", 12), (b"quic hp", 16))
    )
    frame = b"\x06" + _varint(offset) + _varint(len(messages)) + messages
    frame += b"\x00" * max(0, 1162 - len(frame))
    ids = (
        bytes([len(connection)]) + connection + b"\x00"
        if side == CLIENT
        else b"\x00" + bytes([len(connection)]) + connection
    )
    length = 4 + len(frame) + 16
    header = b"\xc3" + struct.pack(">I", 1) + ids + b"\x00" + _varint(length) + struct.pack(">I", number)
    nonce = bytes(a ^ b for a, b in zip(vector, number.to_bytes(12, "big"), strict=True))
    sealed = AESGCM(key).encrypt(nonce, frame, header)
    mask = Cipher(algorithms.AES(mask_key), modes.ECB()).encryptor().update(sealed[:16])  # noqa: S305 - RFC 9001, 5.4.3
    first = bytes([header[0] ^ (mask[0] & 0x0F)])
    masked = bytes(a ^ b for a, b in zip(header[-4:], mask[1:5], strict=True))
    return first + header[1:-4] + masked + sealed


def _extract(salt: bytes, data: bytes) -> bytes:
    mac = HMAC(salt, hashes.SHA256())
    mac.update(data)
    return mac.finalize()


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label of TLS 1.3 with an empty context."""
    full = b"tls13 " + label
    info = struct.pack(">HB", size, len(full)) + full + b"\x00"
    return HKDFExpand(hashes.SHA256(), size, info).derive(secret)


def _varint(value: int) -> bytes:
    """QUIC's variable-length integer; two bytes or four."""
    return struct.pack(">H", value | 0x4000) if value < 1 << 14 else struct.pack(">I", value | 0x80000000)
