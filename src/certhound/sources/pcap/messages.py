"""Handshake messages of one frame: from their bytes where these stand in the frame, else from tshark's fields.

tshark says which messages (type and length) a frame completes. Their bytes are looked for in the payload and in what
was reassembled; bytes that do not parse as that message are not it. QUIC, DTLS, decrypted records and messages spread
over several records are left to tshark's fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from certhound.sources import tls_messages as tls
from certhound.sources.pcap.fields import Frame

T = TypeVar("T")


@dataclass(slots=True)
class Messages:
    """What a frame's handshake messages say. ``types`` are those of all messages in the clear, in order."""

    types: list[int] = field(default_factory=list)
    client: tls.ClientHello | None = None
    client_random: bytes = b""
    server: tls.ServerHello | None = None
    chain: list[bytes] | None = None


def messages(frame: Frame, prefix: str) -> Messages:
    """The messages of a frame; ``prefix`` is ``tls`` or ``dtls``."""
    found = Messages(frame.numbers(f"{prefix}.handshake.type"))
    if not {tls.CLIENT_HELLO, tls.SERVER_HELLO, tls.CERTIFICATE} & set(found.types):
        return found
    bodies = _Bodies(frame, prefix, found.types)
    if tls.CLIENT_HELLO in found.types:
        found.client = bodies.read(tls.CLIENT_HELLO, tls.client_hello) or _client_of_fields(frame, prefix)
        randoms = frame.data(f"{prefix}.handshake.random")
        found.client_random = randoms[0] if randoms else b""
    if tls.SERVER_HELLO in found.types:
        found.server = bodies.read(tls.SERVER_HELLO, tls.server_hello) or _server_of_fields(frame, prefix)
    if tls.CERTIFICATE in found.types:
        chain = bodies.read(tls.CERTIFICATE, tls.certificates)
        found.chain = frame.data(f"{prefix}.handshake.certificate")[: tls.MAX_CHAIN] if chain is None else chain
    return found


class _Bodies:
    """Where the bytes of a frame's messages may stand."""

    def __init__(self, frame: Frame, prefix: str, types: list[int]) -> None:
        self.lengths = list(zip(types, frame.numbers(f"{prefix}.handshake.length"), strict=False))
        plain = prefix == "tls"
        self.places = [*frame.data("tcp.reassembled.data"), *frame.data("tcp.payload")] if plain else []

    def read(self, kind: int, reader: Callable[[bytes], T]) -> T | None:
        """The last message of this type that parses."""
        for each, length in reversed(self.lengths):
            if each == kind:
                for body in self._candidates(kind, length):
                    with suppress(tls.Malformed):
                        return reader(body)
        return None

    def _candidates(self, kind: int, length: int) -> Iterator[bytes]:
        mark = bytes([kind]) + length.to_bytes(3, "big") if 0 <= length < 1 << 24 else b""
        for place in self.places if mark else ():
            at = place.find(mark)
            tries = 0
            while at >= 0 and tries < _MOST_TRIES:
                body = place[at + 4 : at + 4 + length]
                if len(body) == length:
                    yield body
                at = place.find(mark, at + 1)
                tries += 1


_MOST_TRIES = 64
"""A hostile frame may hold the mark of a message any number of times."""


def _client_of_fields(frame: Frame, prefix: str) -> tls.ClientHello | None:
    head = f"{prefix}.handshake"
    versions = frame.numbers(f"{head}.version")
    if not versions:
        return None
    kinds = _own_extensions(frame, head)
    names = frame.values(f"{head}.extensions_server_name")
    sessions = frame.data(f"{head}.session_id")
    return tls.ClientHello(
        versions[0],
        tuple(frame.numbers(f"{head}.ciphersuite")),
        tuple(kind for kind, _ in kinds),
        tuple(frame.numbers(f"{head}.extensions_supported_group")),
        tuple(frame.numbers(f"{head}.extensions_ec_point_format")),
        _signatures(frame, head, [kind for kind, _ in kinds]),
        tuple(frame.numbers(f"{head}.extensions.supported_version")),
        tuple(name.encode("utf-8") for name in frame.values(f"{head}.extensions_alpn_str")),
        names[0] if names and names[0] else None,
        sessions[0] if sessions else b"",
        any(kind == tls.SESSION_TICKET and length for kind, length in kinds),
    )


def _own_extensions(frame: Frame, head: str) -> list[tuple[int, int]]:
    """Types and lengths of the extensions of the first message: those of later ones stand in the same column."""
    pairs = list(zip(frame.numbers(f"{head}.extension.type"), frame.numbers(f"{head}.extension.len"), strict=False))
    totals = frame.numbers(f"{head}.extensions_length")
    if not totals:
        return pairs
    kept: list[tuple[int, int]] = []
    size = 0
    for kind, length in pairs:
        size += 4 + length
        if size > totals[0]:
            break
        kept.append((kind, length))
    return kept or pairs


_WITH_SIGNATURES = (tls.SIGNATURES, 50, 34)
"""Extensions that hold a list of signature algorithms: the one that counts, that of certificates, and delegation's."""


def _signatures(frame: Frame, head: str, kinds: list[int]) -> tuple[int, ...]:
    """The list of the extension signature_algorithms alone, out of the column in which all such lists stand."""
    values = frame.numbers(f"{head}.sig_hash_alg")
    lists = [kind for kind in kinds if kind in _WITH_SIGNATURES]
    at = 0
    for kind, size in zip(lists, frame.numbers(f"{head}.sig_hash_alg_len"), strict=False):
        if kind == tls.SIGNATURES:
            return tuple(values[at : at + size // 2])
        at += size // 2
    return ()


def _server_of_fields(frame: Frame, prefix: str) -> tls.ServerHello | None:
    head = f"{prefix}.handshake"
    versions = frame.numbers(f"{head}.version")
    ciphers = frame.numbers(f"{head}.ciphersuite")
    if not versions or not ciphers:
        return None
    chosen = frame.numbers(f"{head}.extensions.supported_version")
    protocols = frame.values(f"{head}.extensions_alpn_str")
    sessions = frame.data(f"{head}.session_id")
    groups = frame.numbers(f"{head}.extensions_key_share_group")
    return tls.ServerHello(
        versions[-1],
        chosen[-1] if chosen else versions[-1],
        ciphers[-1],
        tuple(kind for kind, _ in _own_extensions(frame, head)),
        sessions[-1] if sessions else b"",
        protocols[0].encode("utf-8") if protocols else None,
        groups[-1] if groups else None,
        tls.HELLO_RETRY in frame.data(f"{head}.random"),
    )
