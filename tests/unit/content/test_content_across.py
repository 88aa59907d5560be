"""What only many sessions together tell: keys under several names, addresses with many certificates, names elsewhere,
and rhythm where a part of the sessions was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

import met
import pytest
from generators import DAY, NOW, Case, made, openssl, rsa

from certhound.findings.report import Finding
from certhound.findings.run import scan
from certhound.lab.certificates.build import Certificate, subject_key
from certhound.lab.zeek import Value, write_log
from certhound.model.profile import Profile

START = met.START


def _sessions(
    certificate: Certificate,
    times: list[float],
    *,
    server: str = "203.0.113.80",
    name: str | None = None,
    **more: Value,
) -> list[dict[str, Value]]:
    return [
        {
            "ts": START + at,
            "uid": f"C{server}{turn}",
            "id.orig_h": "10.9.0.4",
            "id.orig_p": 50000 + turn,
            "id.resp_h": server,
            "id.resp_p": 443,
            "version": "TLSv12",
            "server_name": name,
            "resumed": False,
            "established": True,
            "cert_chain_fps": [certificate.sha256],
            "validation_status": "self signed certificate",
            **more,
        }
        for turn, at in enumerate(times)
    ]


def _scan(folder: Path, sessions: list[dict[str, Value]], certificates: list[Certificate]) -> dict[str, Finding]:
    met.write(folder, {str(n): Case(each, sessions=0) for n, each in enumerate(certificates)}, "203.0", with_bytes=True)
    write_log(folder / "ssl.log", "ssl", sorted(sessions, key=lambda row: float(str(row["ts"]))), START, START + 86400)
    return {finding.entity.key: finding for finding in scan([folder], profile=Profile()).findings}


def _rules(found: Mapping[str, Finding], certificate: Certificate) -> set[str]:
    finding = found.get(certificate.sha256)
    return {signal.rule for signal in finding.signals} if finding else set()


def _own(subject: str, seed: int, bits: int = 2048) -> Certificate:
    key = rsa(bits)
    return made(subject, key, NOW - 9 * DAY, NOW + 356 * DAY, (subject_key(key),), Random(seed).getrandbits(64))


def test_a_key_under_new_names_is_told_and_a_renewal_is_not(tmp_path: Path) -> None:
    first, second = _own("CN=mail.one.example", 1), _own("CN=files.two.example", 2)
    renewed, before = _own("CN=www.three.example", 3, 1024), _own("CN=www.three.example", 4, 1024)
    each = [first, second, renewed, before]
    sessions = [row for n, one in enumerate(each) for row in _sessions(one, [n * 50.0], server=f"203.0.113.{80 + n}")]
    found = _scan(tmp_path, sessions, each)
    assert "same_key_new_names" in _rules(found, first) & _rules(found, second)
    assert "same_key_new_names" not in _rules(found, renewed) | _rules(found, before)


@pytest.mark.parametrize(("apart", "told"), [(3600.0, True), (9 * 86400.0, False)])
def test_many_certificates_at_an_address_in_short_time(tmp_path: Path, apart: float, told: bool) -> None:
    certificates = [openssl(seed, f"CN=host{seed}") for seed in range(4)]
    sessions = [row for n, one in enumerate(certificates) for row in _sessions(one, [n * apart])]
    found = _scan(tmp_path, sessions, certificates)
    assert ("many_certificates_here_outside" in _rules(found, certificates[0])) is told


@pytest.mark.parametrize(
    ("answers", "told"),
    [(["198.51.100.7"], True), (["cdn.example", "203.0.113.80"], False), (None, False), ([], False)],
)
def test_a_name_at_an_address_that_name_servers_never_gave(
    tmp_path: Path, answers: list[str] | None, told: bool
) -> None:
    certificate = openssl(3, "CN=host3")
    if answers is not None:
        query: dict[str, Value] = {
            "ts": START,
            "uid": "D1",
            "id.orig_h": "10.9.0.4",
            "id.orig_p": 5353,
            "id.resp_h": "10.0.0.1",
            "id.resp_p": 53,
        }
        row: dict[str, Value] = {
            **query,
            "proto": "udp",
            "query": "WWW.example.com",
            "qtype_name": "A",
            "rcode_name": "NOERROR",
            "answers": answers,
        }
        write_log(tmp_path / "dns.log", "dns", [row], START, START + 60)
    found = _scan(tmp_path, _sessions(certificate, [5.0, 90.0], name="www.example.com"), [certificate])
    assert ("name_resolves_elsewhere_outside" in _rules(found, certificate)) is told


def _beacon(rng: Random, lost: float, jitter: float) -> list[float]:
    """Sixty calls every five minutes, with some of them lost."""
    at, kept = 0.0, []
    for _ in range(60):
        at += 300 * (1 + rng.uniform(-jitter, jitter))
        if rng.random() >= lost:
            kept.append(at)
    return kept


@pytest.mark.parametrize("lost", [0.0, 0.3, 0.5, 0.65])
@pytest.mark.parametrize("jitter", [0.0, 0.04])
def test_regular_contact_is_seen_though_sessions_were_lost(tmp_path: Path, lost: float, jitter: float) -> None:
    certificate = openssl(5, "CN=gateway")
    found = _scan(tmp_path, _sessions(certificate, _beacon(Random(7), lost, jitter)), [certificate])
    assert "regular_contact_unvouched" in _rules(found, certificate)


@pytest.mark.parametrize("seed", range(6))
def test_contact_at_random_is_not_regular(tmp_path: Path, seed: int) -> None:
    rng, at, times = Random(seed), 0.0, []
    for _ in range(40):
        at += rng.expovariate(1 / 300)
        times.append(at)
    certificate = openssl(6, "CN=gateway")
    found = _scan(tmp_path, _sessions(certificate, times), [certificate])
    assert "regular_contact_unvouched" not in _rules(found, certificate)


def test_known_hellos_count_where_nobody_vouches(tmp_path: Path) -> None:
    certificate = openssl(8, "CN=gateway")
    hello = {"ja3": "6734f37431670b3ab4292b8f60f29984", "ja3s": "623de93db17d313345d7ea481e7443cf"}
    found = _scan(tmp_path, _sessions(certificate, [1.0, 500.0, 9000.0], **hello), [certificate])
    assert {"known_hello_outside", "known_hello_and_answer_outside"} <= _rules(found, certificate)
