"""Captures: what every kind of session becomes, and that damage costs only what it damaged."""

from __future__ import annotations

import atexit
import gzip
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard

sys.path.insert(0, str(Path(__file__).parent))

import capture_cases as c  # type: ignore[import-not-found,unused-ignore]

from certhound.lab.datagrams import dtls_exchange, quic_initial
from certhound.lab.exchange import client_context, exchange, server_context
from certhound.lab.packets import Frame, Talk, cut, merged, pcap, pcapng, tcp_frames, udp_frame
from certhound.lab.wire import CLIENT, SERVER, read_handshake
from certhound.query.plan import Rejected
from certhound.sources import recognise
from certhound.sources.contract import NotMine, Recognised
from certhound.sources.files import InputFile, open_input
from certhound.sources.pcap import tshark
from certhound.sources.pcap.dissection import follow
from certhound.sources.pcap.records import Kind, Record

needs_tshark = pytest.mark.skipif(tshark.find_tshark() is None, reason="needs tshark (apt-get install tshark)")
pytestmark = needs_tshark
IDS = [sha256(each).hexdigest() for each in c.chain()]


def read(path: Path, data: bytes) -> tuple[list[Record], list[Rejected]]:
    path.write_bytes(data)
    file = open_input(path)
    assert isinstance(file, InputFile)
    records: list[Record] = []
    rejected: list[Rejected] = []
    for each in follow(file):
        if isinstance(each, Rejected):
            rejected.append(each)
        else:
            records.append(each)
    return records, rejected


def sessions(path: Path, data: bytes) -> list[Record]:
    records, rejected = read(path / "capture", data)
    assert rejected == []
    return [each for each in records if each.kind is Kind.TLS]


def one(path: Path, frames: list[Frame]) -> Record:
    found = sessions(path, pcap(frames))
    assert len(found) == 1
    return found[0]


VERSIONS = [
    (c.V10, "1.0", "seen"),
    (c.V11, "1.1", "seen"),
    (c.V12, "1.2", "seen"),
    (c.V13, "1.3", "hidden_tls13"),
]


@pytest.mark.parametrize(("version", "name", "state"), VERSIONS, ids=str)
def test_every_version(tmp_path: Path, version: ssl.TLSVersion, name: str, state: str) -> None:
    made = c.tls(version)
    found = one(tmp_path, c.talk(made.segments)).values
    expected = read_handshake(made.segments)
    assert expected is not None
    assert (found["tls_version"], found["tls_state"], found["tls_established"]) == (name, state, "true")
    assert (found["sni"], found["src_ip"], found["dst_ip"], found["dst_port"]) == (
        "shop.example",
        c.HOST,
        c.SHOP,
        "443",
    )
    assert (found["ja3"], found["ja3s"], found["cipher"]) == (expected.ja3, expected.ja3s, expected.cipher)
    assert found["cert_chain"] == (IDS if state == "seen" else None)
    assert found["ja4"] is not None
    assert str(found["ja4"]).startswith("t13d")


def test_the_certificates_of_a_session_are_told_with_their_bytes(tmp_path: Path) -> None:
    """Each once a file, however many sessions show it."""
    frames = merged(*(c.talk(c.tls().segments, client_port=50000 + n, at_s=n) for n in range(3)))
    records, _ = read(tmp_path / "capture", pcap(frames))
    told = [each.values for each in records if each.kind is Kind.CERTIFICATE]
    assert [(each["cert_sha256"], each["role"]) for each in told] == [(IDS[0], "leaf"), (IDS[1], "issuer")]
    assert told[0]["cert_subject"] == "CN=shop.example"
    assert len([each for each in records if each.kind is Kind.TLS]) == 3


@pytest.mark.parametrize("version", [c.V12, c.V13], ids=str)
@pytest.mark.parametrize("tickets", [True, False], ids=["ticket", "session id"])
def test_resumption(tmp_path: Path, version: ssl.TLSVersion, tickets: bool) -> None:
    client = client_context(minimum_version=version, maximum_version=version)
    server = server_context(*c.files(), minimum_version=version, maximum_version=version)
    if not tickets:
        server.options |= ssl.OP_NO_TICKET
    first = exchange(client, server, "shop.example")
    second = exchange(client, server, "shop.example", session=first.session)
    frames = merged(c.talk(first.segments), c.talk(second.segments, client_port=50001, at_s=2))
    states = [each.values["tls_state"] for each in sessions(tmp_path, pcap(frames))]
    assert states == ["seen" if version is c.V12 else "hidden_tls13", "resumed"]


@pytest.mark.parametrize("version", [c.V12, c.V13], ids=str)
def test_a_client_that_refuses_the_certificate(tmp_path: Path, version: ssl.TLSVersion) -> None:
    client = client_context(verify_mode=ssl.CERT_REQUIRED)
    made = exchange(client, server_context(*c.files(), maximum_version=version), "shop.example")
    assert made.problems
    found = one(tmp_path, c.talk(made.segments))
    assert (found.values["tls_state"], found.values["tls_established"]) == ("failed", "false")
    if version is c.V12:
        assert found.fields is not None
        assert (found.fields["last_alert"], found.fields["alert_by"]) == ("unknown_ca", "client")
        assert found.values["cert_chain"] == IDS


def test_a_server_that_speaks_no_common_version(tmp_path: Path) -> None:
    client = client_context(minimum_version=c.V13)
    made = exchange(client, server_context(*c.files(), maximum_version=c.V12), "shop.example")
    found = one(tmp_path, c.talk(made.segments))
    assert found.values["tls_state"] == "failed"
    assert found.fields is not None
    assert found.fields["last_alert"] == "protocol_version"


def test_a_clients_certificate(tmp_path: Path) -> None:
    server = server_context(*c.files(), maximum_version=c.V12, verify_mode=ssl.CERT_OPTIONAL)
    server.load_verify_locations(cadata=c.root())
    client = client_context()
    client.load_cert_chain(*c.files())
    records, _ = read(tmp_path / "capture", pcap(c.talk(exchange(client, server, "shop.example").segments)))
    found = next(each.values for each in records if each.kind is Kind.TLS)
    assert (found["client_certificate_id"], found["certificate_id"]) == (IDS[0], IDS[0])
    assert {each.values["role"] for each in records if each.kind is Kind.CERTIFICATE} == {"leaf", "issuer", "client"}


def test_tls_that_begins_in_the_middle(tmp_path: Path) -> None:
    talks = [
        c.talk([*before, *c.tls().segments], port, client_port=50000 + at, at_s=at)
        for at, (port, before) in enumerate(c.STARTS.values())
    ]
    found = [each.values for each in sessions(tmp_path, pcap(merged(*talks)))]
    assert [each["cert_chain"] for each in found] == [IDS] * len(c.STARTS)
    assert [each["dst_port"] for each in found] == [str(port) for port, _ in c.STARTS.values()]
    assert [each["service"] for each in found] == [f"{service},ssl" for service in c.STARTS]


def test_tls_on_any_port(tmp_path: Path) -> None:
    ports = [22, 25, 53, 80, 102, 110, 143, 389, 443, 445, 1433, 3306, 3389, 4444, 5432, 5900, 6667, 8080, 50050]
    talks = [c.talk(c.tls().segments, port, 50000 + at, at) for at, port in enumerate(ports)]
    found = [each.values for each in sessions(tmp_path, pcap(merged(*talks)))]
    assert [(each["dst_port"], each["cert_chain"]) for each in found] == [(str(port), IDS) for port in ports]


@pytest.mark.parametrize("name", [None, "shop.example"])
def test_a_name_or_none(tmp_path: Path, name: str | None) -> None:
    found = one(tmp_path, c.talk(c.tls(name=name).segments)).values
    assert found["sni"] == name
    assert str(found["ja4"])[3] == ("i" if name is None else "d")


def test_ipv6_and_vlan(tmp_path: Path) -> None:
    made = Talk(("2001:db8::5", 50000), ("2001:db8:1::10", 443), c.tls().segments, c.START_NS, vlan=42)
    found = one(tmp_path, tcp_frames(made)).values
    assert (found["src_ip"], found["dst_ip"], found["cert_chain"]) == ("2001:db8::5", "2001:db8:1::10", IDS)


# --- files -----------------------------------------------------------------------------------------------------


def _wrappings() -> dict[str, bytes]:
    frames = c.talk(c.tls().segments)
    two = [replace(frame, interface=at % 2) for at, frame in enumerate(frames)]
    return {
        "pcap": pcap(frames),
        "big endian": pcap(frames, order=">"),
        "nanoseconds": pcap(frames, nanoseconds=True),
        "pcapng": pcapng(frames),
        "pcapng, big endian": pcapng(frames, order=">"),
        "pcapng, two interfaces": pcapng(two, resolutions=(6, 9)),
        "gzip": gzip.compress(pcap(frames)),
        "zstd": zstandard.compress(pcapng(frames)),
        "sections": pcapng(frames[:6]) + pcapng(frames[6:]),
    }


@pytest.mark.parametrize("wrapping", list(_wrappings()))
def test_every_kind_of_file(tmp_path: Path, wrapping: str) -> None:
    found = sessions(tmp_path, _wrappings()[wrapping])
    assert [(each.values["cert_chain"], each.values["time"]) for each in found] == [(IDS, "1767225600.001500000")]


def test_nanoseconds_are_kept_to_the_microsecond(tmp_path: Path) -> None:
    frames = c.talk(c.tls().segments, at_s=0.123456)
    found = sessions(tmp_path, pcap(frames, nanoseconds=True))[0]
    assert found.values["time"] == "1767225600.124956000"


def test_segments_out_of_order_twice_and_small(tmp_path: Path) -> None:
    frames = c.talk(c.tls().segments, mss=200)
    shuffled = [*frames[:8], frames[9], frames[8], *frames[10:]]
    again = [each for frame in shuffled for each in (frame, replace(frame, time_ns=frame.time_ns + 1000))]
    timed = [replace(frame, time_ns=c.START_NS + at * 1000) for at, frame in enumerate(again)]
    found = one(tmp_path, timed).values
    assert (found["cert_chain"], found["tls_established"]) == (IDS, "true")


def test_a_lost_segment_costs_what_was_in_it(tmp_path: Path) -> None:
    """The ServerHello came, its certificates did not: nobody knows why there is none, and nothing is made up."""
    frames = c.talk(c.tls().segments, mss=600)
    server = [at for at, frame in enumerate(frames) if frame.data[26:30] == bytes([203, 0, 113, 10])]
    found = one(tmp_path, [frame for at, frame in enumerate(frames) if at != server[2]]).values
    assert found["sni"] == "shop.example"
    assert (found["tls_state"], found["tls_established"], found["cert_chain"]) == ("not_logged", "true", None)


def test_tls_whose_handshake_is_not_in_the_capture_is_known_as_such(tmp_path: Path) -> None:
    """It began before the capture did, or was lost: a connection of TLS of which no record tells."""
    segments = [(side, data) for side, data in c.tls().segments if data[0] == 23]
    records, rejected = read(tmp_path / "capture", pcap(c.talk(segments, handshake=False)))
    assert rejected == []
    assert [(each.kind, each.values["service"]) for each in records] == [(Kind.CONNECTION, "ssl")]


@pytest.mark.parametrize("gone", [CLIENT, SERVER], ids=["server alone", "client alone"])
def test_one_direction_alone(tmp_path: Path, gone: int) -> None:
    """What was not captured did not fail."""
    own = bytes([10, 1, 2, 3]) if gone == CLIENT else bytes([203, 0, 113, 10])
    frames = [frame for frame in c.talk(c.tls().segments) if frame.data[26:30] != own]
    found = one(tmp_path, frames).values
    assert (found["src_ip"], found["dst_ip"]) == (c.HOST, c.SHOP)
    expected = (None, "seen") if gone == CLIENT else ("true", "not_logged")  # a client with data to send is content
    assert (found["tls_established"], found["tls_state"]) == expected


def test_a_capture_that_begins_behind_the_syn(tmp_path: Path) -> None:
    found = one(tmp_path, c.talk(c.tls().segments, handshake=False)).values
    assert (found["src_ip"], found["cert_chain"]) == (c.HOST, IDS)


def test_the_same_ports_again_are_another_session(tmp_path: Path) -> None:
    frames = [*c.talk(c.tls().segments), *c.talk(c.tls().segments, at_s=90)]
    assert len(sessions(tmp_path, pcap(frames))) == 2


# --- damage ----------------------------------------------------------------------------------------------------


def _many(count: int = 5) -> list[Frame]:
    return merged(*(c.talk(c.tls().segments, client_port=50000 + n, at_s=n) for n in range(count)))


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_capture_that_is_cut_keeps_every_session_before(tmp_path: Path, packed: bool) -> None:
    whole = pcap(_many())
    data = gzip.compress(whole)[:-700] if packed else whole[:-700]
    records, rejected = read(tmp_path / "capture", data)
    found = [each for each in records if each.kind is Kind.TLS]
    assert len(found) >= 4
    assert all(each.values["cert_chain"] == IDS for each in found)
    assert len(rejected) == 1
    assert rejected[0].reason


def test_snapshots_too_short_for_certificates(tmp_path: Path) -> None:
    records, _ = read(tmp_path / "capture", pcap(cut(_many(2), 96)))
    assert [each.values["cert_chain"] for each in records if each.kind is Kind.TLS] in ([], [None], [None, None])
    assert len([each for each in records if each.kind is Kind.CONNECTION]) == 2


@pytest.mark.parametrize(
    "data",
    [
        pcap([])[:20],
        pcap([]) + b"\xff" * 4000,
        pcap([Frame(0, b"\x00" * 60)]) + b"garbage" * 100,
        pcapng([])[:30],
        b"\x0a\x0d\x0d\x0a" + b"\xff\xff\xff\xff" + b"\x4d\x3c\x2b\x1a" + b"\x00" * 100,
    ],
    ids=["half a header", "garbage", "garbage behind a frame", "half a section", "a section of 4 GB"],
)
def test_what_is_no_capture_is_rejected_with_a_reason(tmp_path: Path, data: bytes) -> None:
    records, rejected = read(tmp_path / "capture", data)
    assert records == []
    assert [bool(each.reason) for each in rejected] == [True]


def test_an_empty_capture_is_no_problem(tmp_path: Path) -> None:
    assert read(tmp_path / "capture", pcap([])) == ([], [])


def test_a_certificate_that_is_none_is_kept_byte_by_byte(tmp_path: Path) -> None:
    """tshark's own reader gives up at what is no DER; ours takes the chain as it was sent."""
    segments = c.tls().segments
    leaf = c.chain()[0]
    broken = leaf[:40] + b"\xff" * 60 + leaf[100:]
    forged = [(side, data.replace(leaf, broken)) for side, data in segments]
    assert forged != segments
    found = one(tmp_path, c.talk(forged)).values
    assert found["cert_chain"] == [sha256(broken).hexdigest(), IDS[1]]


# --- the tool --------------------------------------------------------------------------------------------------


def test_without_tshark_a_capture_is_not_read_and_the_user_learns_how_it_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certhound.sources.pcap.find_tshark", lambda: None)
    (tmp_path / "a.pcap").write_bytes(pcap([]))
    file = open_input(tmp_path / "a.pcap")
    assert isinstance(file, InputFile)
    answer = recognise(file)
    assert isinstance(answer, NotMine)
    assert "apt-get install tshark" in answer.guess


def test_a_scan_of_a_capture_alone_ends_with_3_where_tshark_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap(_many(1)))
    command = [sys.executable, "-m", "certhound", "scan", str(tmp_path / "a.pcap")]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 3
    assert "apt-get install tshark" in " ".join((done.stdout + done.stderr).split())


def test_settings_lie_where_the_lesser_user_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary folder of root's own is closed to others."""
    (closed := tmp_path / "closed").mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(closed))
    found = one(tmp_path, c.talk(c.STARTS["rdp"][1] + c.tls().segments, 3389))
    assert found.values["service"] == "rdp,ssl"


def _instead(monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Another command in tshark's place, where a user without rights finds it."""
    folder = Path(tempfile.mkdtemp(prefix="certhound-tshark-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    script = folder / "tshark"
    script.write_text(f'#!/bin/sh\n[ "$1" = -G ] || {does}\n')
    script.chmod(0o755)
    monkeypatch.setattr(tshark, "find_tshark", lambda: str(script))


def test_a_run_that_takes_too_long_is_ended_and_what_it_gave_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _instead(monkeypatch, "exec sleep 60")
    (tmp_path / "a.pcap").write_bytes(pcap([]))
    file = open_input(tmp_path / "a.pcap")
    assert isinstance(file, InputFile)
    monkeypatch.setattr(tshark, "CLOCK_FACTOR", 1)
    assert [each.reason for each in tshark.dissect(file, 1) if isinstance(each, tshark.Failure)] == [
        "tshark took too long and was stopped"
    ]


def test_a_tshark_that_crashes_rejects_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _instead(monkeypatch, "kill -SEGV $$")
    records, rejected = read(tmp_path / "a.pcap", pcap(c.talk(c.tls().segments)))
    assert records == []
    assert ["signal 11" in each.reason for each in rejected] == [True]


def test_plans_share_one_run_and_can_be_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap(_many(2)))
    file = open_input(tmp_path / "a.pcap")
    assert isinstance(file, InputFile)
    answer = recognise(file)
    assert isinstance(answer, Recognised)
    counts = [
        {
            plan.shape.source: sum(len(b.lines) for b in plan.careful() if not isinstance(b, Rejected))
            for plan in answer.plans
        }
        for _ in range(2)
    ]
    assert counts[0] == counts[1]
    assert counts[0] == {
        "pcap.tls": 2,
        "pcap.certificate": 2,
        "pcap.connection": 2,
        "pcap.dns": 0,
        "pcap.http": 0,
    }


# --- datagrams -------------------------------------------------------------------------------------------------


def _datagrams(port: int, sent: list[tuple[int, bytes]]) -> list[Frame]:
    ends = ((c.HOST, 40000), (c.SHOP, port))
    return [
        udp_frame(ends[side], ends[1 - side], data, c.START_NS + at * 1_000_000) for at, (side, data) in enumerate(sent)
    ]


@pytest.mark.parametrize("mtu", [1200, 300])
def test_dtls_shows_its_certificates(tmp_path: Path, mtu: int) -> None:
    """Messages of several datagrams are put together by tshark."""
    found = one(tmp_path, _datagrams(3478, dtls_exchange(*c.files(), name=b"call.example", mtu=mtu))).values
    assert (found["tls_version"], found["transport"], found["service"]) == ("dtls1.2", "udp", "dtls")
    assert (found["sni"], found["cert_chain"], found["tls_established"]) == ("call.example", IDS, "true")
    assert str(found["ja4"]).startswith("dd2d")


def _quic(parts: int) -> list[Frame]:
    made = c.tls(c.V13, "quic.example").segments
    hello, answer = (data[5 : 5 + int.from_bytes(data[3:5], "big")] for _, data in made[:2])
    connection = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08"
    size = -(-len(hello) // parts)
    sent = [
        (CLIENT, quic_initial(hello[at : at + size], connection, CLIENT, number, at))
        for number, at in enumerate(range(0, len(hello), size))
    ]
    return _datagrams(443, [*reversed(sent), (SERVER, quic_initial(answer, connection, SERVER))])


@pytest.mark.parametrize("parts", [1, 3])
def test_quic_shows_its_hello_and_hides_its_certificate(tmp_path: Path, parts: int) -> None:
    """Anybody can derive the keys of Initial packets (RFC 9001, 5.2); browsers send the hello in shuffled pieces."""
    found = one(tmp_path, _quic(parts)).values
    assert (found["tls_version"], found["transport"], found["service"]) == ("1.3", "udp", "quic,ssl")
    assert (found["sni"], found["tls_state"], found["cert_chain"]) == ("quic.example", "hidden_tls13", None)
    assert found["ja4"] == "q" + str(_over_tcp(tmp_path)["ja4"])[1:]


def _over_tcp(tmp_path: Path) -> dict[str, str | list[str] | None]:
    """The same client over TCP; its fingerprint is read from bytes there, from tshark's fields in QUIC."""
    return one(tmp_path, c.talk(c.tls(c.V13, "quic.example").segments)).values


def test_names_and_what_was_asked_of_them(tmp_path: Path) -> None:
    question = bytes.fromhex("abcd01000001000000000000") + b"\x04shop\x07example\x00" + bytes.fromhex("00010001")
    answer = (
        bytes.fromhex("abcd81800001000100000000") + question[12:] + bytes.fromhex("c00c000100010000012c0004cb00710a")
    )
    ends = ((c.HOST, 53001), ("10.0.0.53", 53))
    frames = [
        udp_frame(ends[0], ends[1], question, c.START_NS),
        udp_frame(ends[1], ends[0], answer, c.START_NS + 1000),
        udp_frame(ends[0], ends[1], b"\x00\x01" + question[2:], c.START_NS + 2000),
    ]
    request = [
        (CLIENT, b"GET /a?b=1 HTTP/1.1\r\nHost: shop.example:80\r\nUser-Agent: probe\r\n\r\n"),
        (SERVER, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    ]
    records, rejected = read(tmp_path / "capture", pcap([*frames, *c.talk(request, 80, at_s=1)]))
    assert rejected == []
    dns = [each.values for each in records if each.kind is Kind.DNS]
    assert [(each["dns_query"], each["dns_type"], each.get("dns_answers"), each.get("action")) for each in dns] == [
        ("shop.example", "A", ["203.0.113.10"], "NOERROR"),
        ("shop.example", "A", None, None),
    ]
    assert {(each["src_ip"], each["dst_ip"], each["dst_port"]) for each in dns} == {(c.HOST, "10.0.0.53", "53")}
    http = next(each.values for each in records if each.kind is Kind.HTTP)
    assert (http["http_method"], http["url"], http["http_status"]) == ("GET", "shop.example:80/a?b=1", "404")
    assert (http["dst_host"], http["user_agent"]) == ("shop.example", "probe")


def test_behind_garbage_sessions_are_found_again(tmp_path: Path) -> None:
    frames = _many(4)
    whole = pcap(frames)
    at = whole.index(frames[len(frames) // 2].data)
    records, rejected = read(tmp_path / "capture", whole[: at - 16] + b"\xfe" * 333 + whole[at + 20 :])
    found = [each for each in records if each.kind is Kind.TLS]
    assert len(found) >= 3
    assert sum(each.values["cert_chain"] == IDS for each in found) >= 3
    assert ["no frames and were passed over" in each.reason for each in rejected] == [True]
