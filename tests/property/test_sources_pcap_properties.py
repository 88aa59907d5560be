"""Hostile text and bytes where tshark's answer and handshake messages are read: nothing raises, nothing is made up."""

from __future__ import annotations

import random
import ssl
import struct
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "sources"))

import capture_cases as c  # type: ignore[import-not-found,unused-ignore]

from certhound.lab.packets import Frame as Packet
from certhound.lab.packets import merged, pcap, pcapng
from certhound.lab.wire import CLIENT, SERVER, read_handshake
from certhound.query.plan import Rejected
from certhound.sources import tls_messages as tls
from certhound.sources.files import InputFile, open_input
from certhound.sources.pcap import tshark
from certhound.sources.pcap.dissection import follow
from certhound.sources.pcap.fields import AGGREGATOR, FIELDS, Frame, frame
from certhound.sources.pcap.follow import Follower
from certhound.sources.pcap.messages import messages
from certhound.sources.pcap.records import Kind, Record
from certhound.sources.pcap.thin import Skipped, thinned
from certhound.sources.pcap.tshark import find_tshark
from certhound.sources.tls_fingerprints import Carrier, ja3, ja3s, ja4

needs_tshark = pytest.mark.skipif(find_tshark() is None, reason="needs tshark (apt-get install tshark)")

NUMBERS = st.one_of(
    st.integers(-1, 70000).map(str),
    st.integers(0, 70000).map(hex),
    st.sampled_from(["", "0x", "1", "2", "11", "0x0303"]),
)
VALUES = st.lists(st.one_of(NUMBERS, st.text(max_size=8), st.binary(max_size=12).map(bytes.hex)), max_size=4)
COLUMN = VALUES.map(lambda values: AGGREGATOR.join(values).replace("\t", "").replace("\n", ""))
KNOWN = {
    "frame.protocols": st.sampled_from(
        ["eth:ethertype:ip:tcp:tls", "eth:ip:udp:quic:tls", "eth:ipv6:udp:dtls", "", "tcp"]
    ),
    "frame.time_epoch": st.sampled_from(["1767225600.5", "", "nan", "-1"]),
    "ip.src": st.sampled_from(["10.0.0.1", "10.0.0.2", ""]),
    "ip.dst": st.sampled_from(["10.0.0.1", "10.0.0.2", ""]),
    "tcp.stream": st.sampled_from(["0", "1", ""]),
    "udp.stream": st.sampled_from(["0", ""]),
    "tcp.srcport": st.sampled_from(["443", "50000", ""]),
    "tcp.dstport": st.sampled_from(["443", "50000", ""]),
}


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Lines of tshark's with any of their columns filled with anything."""
    filled = draw(st.sets(st.sampled_from(FIELDS), max_size=14)) | set(KNOWN)
    values = {name: draw(KNOWN.get(name, COLUMN)) for name in sorted(filled)}
    values["frame.number"] = str(draw(st.integers(1, 9)))
    return "\t".join(values.get(name, "") for name in FIELDS)


@given(st.lists(lines(), max_size=8))
@settings(max_examples=150)
def test_any_answer_of_tshark_gives_records_that_can_be_kept(answer: list[str]) -> None:
    follower = Follower()
    records: list[Record] = []
    for line in answer:
        one = frame(line)
        assert one is not None
        records += [each for each in follower.take(one) if isinstance(each, Record)]
    records += follower.rest()
    for record in records:
        for value in record.values.values():
            for text in value if isinstance(value, list) else [value or ""]:
                assert text.encode("utf-8") is not None
    assert len([each for each in records if each.kind is Kind.CONNECTION]) <= 3 + len(answer)


@given(st.text(max_size=200))
def test_what_is_no_answer_is_no_frame(text: str) -> None:
    found = frame(text)
    assert found is None or isinstance(found, Frame)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    for reader in (tls.client_hello, tls.server_hello, tls.certificates):
        try:
            reader(data)
        except tls.Malformed:
            continue


@given(st.integers(0, 2**31), st.sampled_from([1, 2, 4, 8]))
@settings(max_examples=60)
def test_damaged_hellos_have_fingerprints_or_are_malformed(seed: int, changes: int) -> None:
    rng = random.Random(seed)
    whole = bytearray(c.tls().segments[0][1][9:])
    for _ in range(changes):
        whole[rng.randrange(len(whole))] = rng.randrange(256)
    try:
        hello = tls.client_hello(bytes(whole))
    except tls.Malformed:
        return
    for carrier in Carrier:
        assert len(ja4(hello, carrier).split("_")) == 3
    assert len(ja3(hello)) == 32


def _fields(message: bytes) -> Frame:
    """The columns that tshark fills of a ClientHello, without its bytes."""
    hello = tls.client_hello(message)
    lists: dict[str, list[str]] = {
        "frame.number": ["1"],
        "tls.handshake.type": ["1"],
        "tls.handshake.length": [str(len(message))],
        "tls.handshake.version": [hex(hello.version)],
        "tls.handshake.session_id": [hello.session_id.hex()],
        "tls.handshake.ciphersuite": [hex(each) for each in hello.ciphers],
        "tls.handshake.extension.type": [str(each) for each in hello.extensions],
        "tls.handshake.extensions_supported_group": [hex(each) for each in hello.groups],
        "tls.handshake.extensions_ec_point_format": [str(each) for each in hello.point_formats],
        "tls.handshake.sig_hash_alg": [hex(each) for each in hello.signatures],
        "tls.handshake.sig_hash_alg_len": [str(2 * len(hello.signatures))],
        "tls.handshake.extensions.supported_version": [hex(each) for each in hello.versions],
        "tls.handshake.extensions_alpn_str": [each.decode() for each in hello.alpn],
        "tls.handshake.extensions_server_name": [hello.server_name or ""],
        "tls.handshake.extension.len": _lengths(message),
        "tls.handshake.extensions_length": [str(sum(4 + int(each) for each in _lengths(message)))],
    }
    return Frame([AGGREGATOR.join(lists.get(name, [])) for name in FIELDS])


def _lengths(message: bytes) -> list[str]:
    at = 34
    at += 1 + message[at]
    at += 2 + int.from_bytes(message[at : at + 2], "big")
    at += 1 + message[at]
    at += 2
    found = []
    while at < len(message):
        (size,) = struct.unpack(">H", message[at + 2 : at + 4])
        found.append(str(size))
        at += 4 + size
    return found


@pytest.mark.parametrize("version", [c.V10, c.V12, c.V13], ids=str)
def test_fields_and_bytes_come_to_the_same_hello(version: ssl.TLSVersion) -> None:
    message = c.tls(version).segments[0][1][9:]
    of_bytes, of_fields = tls.client_hello(message), messages(_fields(message), "tls").client
    assert of_fields == of_bytes


def test_the_lab_reads_the_same_fingerprints() -> None:
    """The recorder has a reader of its own, which knows nothing of this one."""
    for version in (c.V10, c.V12, c.V13):
        segments = c.tls(version).segments
        expected = read_handshake(segments)
        assert expected is not None
        hello = tls.client_hello(segments[0][1][9:])
        answer = segments[1][1]
        size = int.from_bytes(answer[6:9], "big")
        assert (ja3(hello), ja3s(tls.server_hello(answer[9 : 9 + size]))) == (expected.ja3, expected.ja3s)
        assert segments[0][0] == CLIENT


def _joined(pieces: Iterable[bytes | Skipped]) -> list[bytes | Skipped]:
    """All bytes as one piece, and what else there is."""
    items = list(pieces)
    return [_bytes(items), *(each for each in items if not isinstance(each, bytes))]


def _bytes(pieces: Iterable[bytes | Skipped]) -> bytes:
    return b"".join(each for each in pieces if isinstance(each, bytes))


# --- bulk data -------------------------------------------------------------------------------------------------


@given(st.binary(max_size=400), st.sampled_from([b"", pcap([]), pcapng([])]), st.integers(1, 50))
@settings(max_examples=200)
def test_thinning_passes_on_or_counts_every_byte(data: bytes, begin: bytes, step: int) -> None:
    whole = begin + data
    passed = list(thinned(whole[at : at + step] for at in range(0, len(whole), step)))
    kept = _bytes(passed)
    skipped = sum(each.count for each in passed if isinstance(each, Skipped))
    assert len(kept) + skipped == len(whole)
    if not skipped:
        assert kept == whole


@pytest.mark.parametrize("write", [pcap, pcapng], ids=["pcap", "pcapng"])
@pytest.mark.parametrize("step", [997, 1 << 20])
def test_behind_damage_frames_are_found_again(write: Callable[[list[Packet]], bytes], step: int) -> None:
    """Two thirds of the frames are there, and nothing that is none."""
    frames = [each for n in range(3) for each in c.talk(c.tls().segments, client_port=50000 + n, at_s=n)]
    whole = write(frames)
    at = whole.index(frames[len(frames) // 3].data) - 12
    damaged = whole[:at] + b"\xff" * 50 + whole[at + 37 :]
    passed = list(thinned(damaged[at : at + step] for at in range(0, len(damaged), step)))
    kept = _bytes(passed)
    assert sum(each.data in kept for each in frames) >= len(frames) - 2
    assert isinstance(passed[-1], Skipped)
    assert passed[-1].count < 4000


@pytest.mark.parametrize("write", [pcap, pcapng], ids=["pcap", "pcapng"])
@pytest.mark.parametrize("step", [1000, 1 << 20])
def test_thinning_leaves_what_is_short(write: Callable[[list[Packet]], bytes], step: int) -> None:
    whole = write(c.talk(c.tls().segments, mss=100))
    assert _joined(thinned(whole[at : at + step] for at in range(0, len(whole), step))) == [whole]


@needs_tshark
@pytest.mark.parametrize("write", [pcap, pcapng], ids=["pcap", "pcapng"])
@pytest.mark.parametrize("vlan", [None, 7])
def test_thinning_takes_bulk_and_nothing_else(
    write: Callable[[list[Packet]], bytes], vlan: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session of two megabytes, another on the same ports: frames keep their numbers, connections their sizes."""
    bulk = [(SERVER, b"\x17\x03\x03\x40\x00" + b"." * 16384)] * 128
    frames = [
        *c.talk([*c.tls().segments, *bulk], vlan=vlan, step_ns=1000, acks=True),
        *c.talk(c.tls().segments, vlan=vlan, at_s=60),
    ]
    whole = write(frames)
    assert len(_bytes(thinned([whole]))) < len(whole) / 4
    (tmp_path / "capture").write_bytes(whole)
    file = open_input(tmp_path / "capture")
    assert isinstance(file, InputFile)
    thin = list(follow(file))
    monkeypatch.setattr(tshark, "thinned", lambda pieces: pieces)
    assert list(follow(file)) == thin
    assert sum(isinstance(each, Record) and each.kind is Kind.TLS for each in thin) == 2


@needs_tshark
@pytest.mark.parametrize("seed", range(6))
def test_damaged_captures_give_what_was_whole(seed: int, tmp_path: Path) -> None:
    """Bytes are changed, cut out or put in; nothing raises, and sessions before the first damage are there."""
    rng = random.Random(seed)
    frames = merged(*(c.talk(c.tls().segments, client_port=50000 + n, at_s=n) for n in range(6)))
    data = bytearray((pcap, pcapng)[seed % 2](frames))
    first = rng.randrange(len(data) // 2, len(data))
    for at in (first, *(rng.randrange(first, len(data)) for _ in range(3))):
        match rng.randrange(3):
            case 0:
                data[at : at + 4] = rng.randbytes(4)
            case 1:
                del data[at : at + rng.randrange(1, 40)]
            case _:
                data[at:at] = rng.randbytes(rng.randrange(1, 40))
    (tmp_path / "capture").write_bytes(data)
    file = open_input(tmp_path / "capture")
    assert isinstance(file, InputFile)
    items = list(follow(file))
    whole = [each for each in items if isinstance(each, Record) and each.kind is Kind.TLS and each.values["cert_chain"]]
    assert len(whole) >= 2
    assert all(each.reason for each in items if isinstance(each, Rejected))
