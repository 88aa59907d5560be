"""Sessions with given certificates as a Zeek sensor logs them, with the certificates' bytes beside them or without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from generators import NOW, Case

from certhound.findings.report import Finding, Report
from certhound.findings.run import scan
from certhound.findings.score import combine
from certhound.lab.certificates.build import pem
from certhound.lab.zeek import Value, write_log
from certhound.lab.zeek_x509 import certificate_row
from certhound.model.profile import Profile

START = NOW.timestamp()


def write(folder: Path, cases: Mapping[str, Case], network: str, *, with_bytes: bool) -> dict[str, str]:
    """Logs of a few sessions with every case's certificate; its SHA-256 for each case. Each has its own address."""
    sessions: list[dict[str, Value]] = []
    certificates: list[dict[str, Value]] = []
    found: dict[str, str] = {}
    for number, (label, case) in enumerate(cases.items(), 1):
        found[label] = case.certificate.sha256
        server = f"{network}.{number // 250}.{number % 250 + 1}"
        row = certificate_row(case.certificate.der)
        certificates.append({"ts": START, "host_cert": True, "client_cert": False, **row})
        own = row["certificate.subject"] == row["certificate.issuer"]
        gap = case.every or 311.0
        for turn in range(case.sessions):
            # Without a rhythm the gaps grow, so that nothing looks regular.
            at = START + (turn * gap if case.every else gap * turn**2.7) + number
            sessions.append(
                {
                    "ts": at,
                    "uid": f"C{number}x{turn}",
                    "id.orig_h": f"10.9.0.{number % 200 + 1}",
                    "id.orig_p": 50000 + turn,
                    "id.resp_h": server,
                    "id.resp_p": case.port,
                    "version": "DTLSv12" if case.transport == "udp" else "TLSv12",
                    "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                    "server_name": case.name,
                    "resumed": False,
                    "established": True,
                    "cert_chain_fps": [case.certificate.sha256],
                    "validation_status": "self signed certificate" if own else "unable to get local issuer certificate",
                }
            )
    sessions.sort(key=lambda session: float(str(session["ts"])))
    write_log(folder / "ssl.log", "ssl", sessions, START, START + 86400)
    write_log(folder / "x509.log", "x509", certificates, START, START + 86400)
    if with_bytes:
        (folder / "certificates.pem").write_text("".join(pem(case.certificate.der) for case in cases.values()))
    return found


def scanned(
    folder: Path, cases: Mapping[str, Case], network: str, *, with_bytes: bool = True
) -> dict[str, Finding | None]:
    """The finding about each case's certificate, if there is one."""
    wanted = write(folder, cases, network, with_bytes=with_bytes)
    report: Report = scan([folder], profile=Profile())
    by_key = {finding.entity.key: _without_shared_keys(finding) for finding in report.findings}
    return {label: by_key.get(sha256) for label, sha256 in wanted.items()}


def _without_shared_keys(finding: Finding) -> Finding:
    """The cases share a few keys, because keys take time to make; that is noticed, and no matter of theirs."""
    signals = tuple(each for each in finding.signals if each.rule != "same_key_new_names")
    score, _ = combine([(each.rule, each.family, each.score) for each in signals])
    return replace(finding, score=score, signals=signals)


def told(finding: Finding | None) -> str:
    """A finding in one line, for a failing test."""
    if finding is None:
        return "no finding"
    return f"{finding.score}: " + ", ".join(f"{each.rule} {each.score}" for each in finding.signals)
