"""Hidden, but known from: what other records tell of certificates that TLS 1.3 and ECH hide."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from random import Random

import pytest

from certhound.findings.hidden import SOURCES
from certhound.findings.report import KnownFrom, Report
from certhound.findings.run import scan
from certhound.lab.certificates import tools
from certhound.lab.certificates.build import Certificate, pem
from certhound.lab.certificates.keys import KeyRing
from certhound.lab.zeek import Value, write_log
from certhound.lab.zeek_x509 import certificate_row
from certhound.model.levels import Confidence
from certhound.model.profile import Profile
from certhound.outputs import json as json_output
from certhound.outputs.contract import Options

NOW = datetime(2026, 11, 20, tzinfo=UTC)
START = NOW.timestamp()
KEYS = KeyRing(17)


def _certificate(seed: int, host: str) -> Certificate:
    return tools.home_made(Random(seed), KEYS.ec("leaf"), NOW, (("CN", host),))


def _session(
    at: float, server: str, name: str | None, certificate: Certificate | None, **more: Value
) -> dict[str, Value]:
    chain = None if certificate is None else [certificate.sha256]
    return {
        "ts": START + at,
        "uid": f"C{at}",
        "id.orig_h": "10.9.0.4",
        "id.orig_p": 50000,
        "id.resp_h": server,
        "id.resp_p": 443,
        "version": "TLSv12" if chain else "TLSv13",
        "cipher": None if chain else "TLS_AES_128_GCM_SHA256",
        "server_name": name,
        "resumed": False,
        "established": True,
        "cert_chain_fps": chain,
        **more,
    }


def _answer(at: float, name: str, address: str) -> dict[str, Value]:
    return {
        "ts": START + at,
        "uid": f"D{at}",
        "id.orig_h": "10.9.0.4",
        "id.orig_p": 5353,
        "id.resp_h": "10.0.0.1",
        "id.resp_p": 53,
        "proto": "udp",
        "query": name,
        "qtype_name": "A",
        "rcode_name": "NOERROR",
        "answers": [address],
    }


def _report(
    folder: Path,
    sessions: list[dict[str, Value]],
    met: list[Certificate],
    answers: list[dict[str, Value]] | None = None,
    files: list[Certificate] | None = None,
) -> Report:
    write_log(folder / "ssl.log", "ssl", sessions, START, START + 86400)
    rows = [{"ts": START, "host_cert": True, "client_cert": False, **certificate_row(each.der)} for each in met]
    write_log(folder / "x509.log", "x509", rows, START, START + 86400)
    if answers:
        write_log(folder / "dns.log", "dns", answers, START, START + 86400)
    for number, each in enumerate(files or []):
        (folder / f"{number}.pem").write_text(pem(each.der))
    return scan([folder], profile=Profile())


HOST = "c2.example.net"
LEAF = _certificate(1, HOST)
SEEN = _session(10, "203.0.113.5", HOST, LEAF)


@pytest.mark.parametrize(
    ("sessions", "answers", "source", "confidence"),
    [
        ([SEEN, _session(20, "203.0.113.5", HOST, None)], [], "name_and_address", Confidence.HIGH),
        ([SEEN, _session(20, "203.0.113.6", HOST, None)], [], "name", Confidence.MEDIUM),
        ([SEEN, _session(20, "203.0.113.5", None, None)], [], "address", Confidence.LOW),
        (
            [SEEN, _session(20, "203.0.113.9", None, None)],
            [_answer(19, HOST, "203.0.113.9")],
            "dns_and_session",
            Confidence.LOW,
        ),
        (
            [SEEN, _session(20, "203.0.113.9", None, None)],
            [_answer(19, "else.example", "203.0.113.9")],
            "dns",
            Confidence.LOW,
        ),
    ],
)
def test_a_hidden_certificate_is_known_from_the_most_telling_source(
    tmp_path: Path,
    sessions: list[dict[str, Value]],
    answers: list[dict[str, Value]],
    source: str,
    confidence: Confidence,
) -> None:
    report = _report(tmp_path, sessions, [LEAF], answers)
    assert report.ledger["hidden_tls13"] == 1
    assert report.known_from == (KnownFrom("hidden_tls13", source, confidence, 1),)
    (finding,) = [each for each in report.findings if each.entity.key == LEAF.sha256]
    known = [(each.source, each.certificate_id) for each in finding.hidden_meetings]
    assert known == ([] if source == "dns" else [(source, LEAF.sha256)])
    assert finding.sessions == 1


def test_a_certificate_file_tells_what_a_name_shows(tmp_path: Path) -> None:
    given = tools.claimed_issuer(
        Random(2), KEYS.ec("leaf"), KEYS.ec("ca"), NOW, (("CN", "Own CA"),), "shop.example.org"
    )
    report = _report(tmp_path, [_session(20, "203.0.113.7", "shop.example.org", None)], [], files=[given])
    assert report.known_from == (KnownFrom("hidden_tls13", "certificate_file", Confidence.MEDIUM, 1),)


def test_a_record_of_a_log_search_tells_it_too(tmp_path: Path) -> None:
    names = "shop.example.org\n*.shop.example.org"
    record = {"id": 7, "issuer_ca_id": 1, "issuer_name": "C=US, O=Some CA, CN=R1", "common_name": "shop.example.org"}
    times = {
        "entry_timestamp": "2026-11-01T00:00:00.1",
        "not_before": "2026-11-01T00:00:00",
        "not_after": "2027-01-30T00:00:00",
    }
    (tmp_path / "crtsh.json").write_text(
        json.dumps([{**record, **times, "name_value": names, "serial_number": "04ab"}])
    )
    asked = ["shop.example.org", "a.shop.example.org", "a.b.shop.example.org", "else.example.org"]
    sessions = [_session(20 + n, f"203.0.113.{n}", name, None) for n, name in enumerate(asked)]
    report = _report(tmp_path, sessions, [])
    assert report.known_from == (KnownFrom("hidden_tls13", "certificate_file", Confidence.MEDIUM, 2),)


def test_several_certificates_of_one_name_lower_the_confidence(tmp_path: Path) -> None:
    other = _certificate(3, HOST)
    sessions = [SEEN, _session(15, "203.0.113.5", HOST, other), _session(20, "203.0.113.5", HOST, None)]
    report = _report(tmp_path, sessions, [LEAF, other])
    assert report.known_from == (KnownFrom("hidden_tls13", "name_and_address", Confidence.MEDIUM, 1),)
    known = {finding.entity.key: finding.hidden_meetings for finding in report.findings}
    assert known[LEAF.sha256] == ()
    assert [each.certificate_id for each in known[other.sha256]] == [other.sha256]


def test_nothing_is_known_of_strangers_and_nothing_is_said(tmp_path: Path) -> None:
    report = _report(tmp_path, [SEEN, _session(20, "198.51.100.1", "www.example.com", None)], [LEAF])
    assert report.known_from == ()
    assert report.ledger["hidden_tls13"] == 1


def test_what_is_known_stands_in_the_json_report(tmp_path: Path) -> None:
    report = _report(tmp_path, [SEEN, _session(20, "203.0.113.5", HOST, None)], [LEAF])
    stream = StringIO()
    json_output.write(report, stream, Options())
    written = json.loads(stream.getvalue())
    assert written["known_from"] == [
        {"state": "hidden_tls13", "source": "name_and_address", "confidence": "high", "sessions": 1}
    ]
    assert written["findings"][0]["hidden_meetings"][0]["destination"] == "203.0.113.5:443"
    assert json_output.read(stream.getvalue()).known_from == report.known_from


def test_every_source_says_in_words_what_it_is() -> None:
    assert all(words and source.islower() for source, words, _ in SOURCES)
