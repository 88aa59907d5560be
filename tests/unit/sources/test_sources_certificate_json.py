"""JSON about certificates: crt.sh, certstream, Certificate Transparency logs, Shodan, Censys, ZGrab2."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import certificate_documents as made
import pytest

from certhound.lake.rows import Account, certificates, events
from certhound.model.profile import Profile
from certhound.x509.certificate import read_certificate

LEAF = read_certificate(made.leaf())
PRE = read_certificate(made.leaf(precertificate=True))
CA = read_certificate(made.ca())
SCANNED = {"dst_ip": "198.51.100.7", "dst_port": 8443}
WORDS = {
    "cert_subject_cn": made.NAMES[0], "cert_issuer": "CN=Fjord CA,O=Fjord\\, Trust,C=NO", "cert_serial": LEAF.serial,
    "cert_issuer_cn": "Fjord CA",
}  # fmt: skip
VALIDITY = {"cert_not_before": datetime(2026, 3, 1), "cert_not_after": datetime(2026, 5, 30)}
BYTES = {
    "certificate_id": LEAF.sha256, "cert_sha256": LEAF.sha256, "cert_sha1": LEAF.sha1, "cert_subject": LEAF.subject,
    "cert_san": list(made.NAMES), **WORDS, **VALIDITY,
}  # fmt: skip


def read(tmp_path: Path, text: str | bytes, name: str = "input") -> tuple[list[dict[str, Any]], Account]:
    """Rows of events, and the account of what was not understood."""
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    account = Account()
    rows = [row for batch in events([tmp_path / name], Profile(), account) for row in batch.to_pylist()]
    return [{key: value for key, value in row.items() if value not in (None, [])} for row in rows], account


def known(tmp_path: Path, name: str = "input") -> dict[str, dict[str, Any]]:
    """Rows of certificates by id."""
    rows = [row for batch in certificates([tmp_path / name], Profile()) for row in batch.to_pylist()]
    return {row["id"]: row for row in rows}


def one(rows: list[dict[str, Any]], **expected: Any) -> dict[str, Any]:
    (row,) = rows
    assert {key: row.get(key) for key in expected} == expected
    return row


DOCUMENTS: dict[str, tuple[Callable[[], dict[str, Any]], str, dict[str, Any], set[str]]] = {
    "crt.sh": (made.crtsh_row, "crtsh", {
        **WORDS, **VALIDITY, "cert_san": list(made.NAMES), "category": "ct_entry",
        "time": datetime(2026, 3, 1, 1, 2, 3, 456000), "time_zone_known": False,
    }, set()),
    "crt.sh with bytes": (lambda: made.crtsh_row(certificate=made.b64(made.leaf())), "crtsh", BYTES, {LEAF.sha256}),
    "crt.sh with bytes of a database": (
        lambda: made.crtsh_row(certificate="\\x" + made.leaf().hex()), "crtsh", BYTES, {LEAF.sha256},
    ),
    "crt.sh with PEM": (lambda: made.crtsh_row(pem=made.pem(made.leaf())), "crtsh", BYTES, {LEAF.sha256}),
    "certstream": (made.certstream_message, "certstream", {
        **BYTES, "entry_type": "certificate", "log_index": 987654321, "event_type": "X509LogEntry",
        "log_source": "Example 'Fjord' log", "time": datetime(2026, 3, 1, 21, 20, 0, 250000),
        "time_zone_known": True,
    }, {LEAF.sha256, CA.sha256}),
    "certstream without bytes": (lambda: made.certstream_message(der=False), "certstream", {
        **WORDS, **VALIDITY, "cert_sha1": LEAF.sha1, "certificate_id": f"sha1:{LEAF.sha1}",
    }, {f"sha1:{LEAF.sha1}"}),
    "certstream, precertificate": (lambda: made.certstream_message(precertificate=True), "certstream", {
        "entry_type": "precertificate", "certificate_id": PRE.sha256,
    }, {PRE.sha256, CA.sha256}),
    "get-entries": (lambda: {"entries": [made.log_entry(made.leaf())]}, "ct.entries", {
        **BYTES, "entry_type": "certificate", "log_timestamp": datetime(2026, 3, 1, 21, 20, 0, 123000),
        "category": "ct_entry",
    }, {LEAF.sha256, CA.sha256}),
    "get-entries, precertificate": (
        lambda: {"entries": [made.log_entry(made.leaf(precertificate=True), precertificate=True)]}, "ct.entries",
        {"entry_type": "precertificate", "certificate_id": PRE.sha256, "cert_serial": LEAF.serial},
        {PRE.sha256, CA.sha256},
    ),
    "an entry alone": (lambda: made.log_entry(made.leaf()), "ct.entries", BYTES, {LEAF.sha256, CA.sha256}),
    "shodan": (made.shodan_banner, "shodan", {
        **SCANNED, **BYTES, "category": "other", "cipher": "TLS_AES_256_GCM_SHA384", "ja3s": "aa" * 16,
        "tls_version": None, "transport": "tcp", "time_zone_known": False,
        "time": datetime(2026, 3, 2, 10, 11, 12, 345678),
    }, {LEAF.sha256, CA.sha256}),
    "shodan without the chain": (lambda: made.shodan_banner(chain=False), "shodan", {
        **SCANNED, **BYTES,
    }, {LEAF.sha256}),
    "a host of shodan": (
        lambda: {"ip_str": "198.51.100.7", "ports": [8443], "data": [made.shodan_banner()]}, "shodan",
        {**SCANNED, **BYTES}, {LEAF.sha256, CA.sha256},
    ),
    "a search of shodan": (
        lambda: {"total": 1, "matches": [made.shodan_banner()]}, "shodan", {**SCANNED, **BYTES},
        {LEAF.sha256, CA.sha256},
    ),
    "censys v1": (made.censys_v1_certificate, "censys", {**BYTES, "event_type": "certificate"}, {LEAF.sha256}),
    "censys v1 without bytes": (lambda: made.censys_v1_certificate(raw=False), "censys", BYTES, {LEAF.sha256}),
    "censys v2": (
        lambda: {"code": 200, "status": "OK", "result": made.censys_v2_certificate()}, "censys", BYTES, {LEAF.sha256},
    ),
    "censys v2 without bytes": (
        lambda: {"result": {"hits": [made.censys_v2_certificate(raw=False)]}}, "censys", BYTES, {LEAF.sha256},
    ),
    "censys platform, certificate": (
        lambda: {"result": {"resource": made.censys_v2_certificate()}}, "censys", BYTES, {LEAF.sha256},
    ),
    "censys platform, host": (made.censys_platform_host, "censys", {
        **SCANNED, **BYTES, "tls_version": "1.3", "cert_chain": [LEAF.sha256, CA.sha256], "transport": "tcp",
    }, {LEAF.sha256}),
    "zgrab2": (made.zgrab_result, "censys", {
        **SCANNED, **BYTES, "tls_version": "1.3", "dst_host": made.NAMES[0],
        "cert_validation": "browser_trusted: false",
    }, {LEAF.sha256, CA.sha256}),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_becomes_an_event_and_its_certificates(tmp_path: Path, name: str) -> None:
    make, source, expected, ids = DOCUMENTS[name]
    document = make()
    for layout, text in (
        ("line", json.dumps(document) + "\n"),
        ("pretty", json.dumps(document, indent=2)),
        ("array", json.dumps([document])),
    ):
        (tmp_path / layout).write_text(text)
    account = Account()
    rows = [row for batch in events([tmp_path], Profile(), account) for row in batch.to_pylist()]
    assert len(rows) == 3
    assert account.rejected == []
    for row in rows:
        assert {key: row.get(key) for key in ("source", *expected)} == {"source": source, **expected}
        assert "payload" in row
    if ids:
        assert set(known(tmp_path, "line")) == ids


def test_a_host_of_censys_v2_gives_a_row_for_each_service(tmp_path: Path) -> None:
    rows, account = read(tmp_path, json.dumps({"result": made.censys_v2_host()}))
    assert account.rejected == []
    tls, ssh = rows
    assert (tls["dst_port"], tls["certificate_id"], tls["tls_version"]) == (8443, LEAF.sha256, "1.3")
    assert tls["ja4s"] == "t130200_1302_a56c5b993250"
    assert (ssh["dst_port"], ssh.get("certificate_id"), ssh["event_type"]) == (22, None, "SSH")
    assert known(tmp_path)[LEAF.sha256]["key_bits"] == 256


def test_a_host_of_censys_v1(tmp_path: Path) -> None:
    tls = {"version": "TLSv1.2", "cipher_suite": {"name": "X"}, "certificate": {"parsed": made._parsed(
        validity={"start": "2026-03-01T00:00:00Z", "end": "2026-05-30T00:00:00Z"}, fingerprint_sha256=LEAF.sha256,
    )}}  # fmt: skip
    host = {"ip": "198.51.100.7", "updated_at": "2026-03-02T10:11:12+00:00", "p8443": {"https": {"tls": tls}}}
    rows, _ = read(tmp_path, json.dumps({**host, "autonomous_system": {"asn": 64500}}))
    one(rows, tls_version="1.2", **SCANNED, **{key: value for key, value in BYTES.items() if key != "cert_sha1"})


def test_a_precertificate_and_its_certificate_are_two(tmp_path: Path) -> None:
    entries = [
        made.log_entry(made.leaf()),
        made.log_entry(made.leaf(precertificate=True), precertificate=True),
    ]
    read(tmp_path, json.dumps({"entries": entries}))
    rows = known(tmp_path)
    assert rows[PRE.sha256]["entry_type"] == "precertificate"
    assert rows[LEAF.sha256]["entry_type"] is None
    assert rows[CA.sha256]["entry_type"] is None


def test_words_and_bytes_of_one_certificate_are_one_row(tmp_path: Path) -> None:
    read(tmp_path, json.dumps(made.certstream_message(der=False)), "a")
    read(tmp_path, json.dumps(made.crtsh_row()), "b")
    read(tmp_path, made.pem(made.leaf()), "c")
    rows = [row for batch in certificates([tmp_path], Profile()) for row in batch.to_pylist()]
    assert [row["id"] for row in rows] == [LEAF.sha256]


def test_an_event_by_words_points_at_its_certificate(tmp_path: Path) -> None:
    odd = made.crtsh_row(issuer_name="C=NO, O=A\\\\B\\, C, CN=x", not_after=None, serial_number="00ff")
    rows, _ = read(tmp_path, json.dumps([made.crtsh_row(), odd]))
    assert [row["certificate_id"][:6] for row in rows] == ["names:"] * 2
    assert {row["certificate_id"] for row in rows} == set(known(tmp_path))
    (tmp_path / "leaf.der").write_bytes(made.leaf())
    account = Account()
    both = [row for batch in events([tmp_path], Profile(), account) for row in batch.to_pylist()]
    assert both[0]["certificate_id"] == LEAF.sha256


def test_scans_are_no_sessions(tmp_path: Path) -> None:
    from certhound.findings.run import scan

    (tmp_path / "shodan.json").write_text(json.dumps(made.shodan_banner()))
    report = scan([tmp_path / "shodan.json"], profile=Profile())
    assert sum(report.ledger.values()) == 0
    assert sum(each.records for each in report.sources) == 2  # the banner, and the certificate of the issuer


def test_layouts_of_crtsh(tmp_path: Path) -> None:
    rows = [json.dumps(made.crtsh_row(id=number)) for number in range(4)]
    for text in ("".join(rows), "[" + ",".join(rows) + "]", "\n".join(rows), "[\n" + ",\n".join(rows) + "\n]"):
        assert len(read(tmp_path, text)[0]) == 4
    assert len(read(tmp_path, gzip.compress("\n".join(rows).encode()))[0]) == 4
    assert len(read(tmp_path, b"\xef\xbb\xbf" + "\n".join(rows).encode())[0]) == 4


def test_the_serial_of_shodan_is_exact(tmp_path: Path) -> None:
    banner = made.shodan_banner(chain=False)
    banner["ssl"]["cert"]["serial"] = 407839025365077186063209073863114754759604
    rows, _ = read(tmp_path, json.dumps(banner))
    assert rows[0]["cert_serial"] == "4ae87fb24df33221d4e1ea0bb5a00fa1bb4"


def test_vendor_fields_are_kept(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, json.dumps(made.shodan_banner()))
    fields = dict(rows[0]["fields"])
    assert fields["org"] == "Example Hosting"
    assert json.loads(fields["hostnames"]) == ["h7.example.net"]
    assert not any(name.startswith("ssl.chain") for name in fields)


ROW = json.dumps(made.crtsh_row())
DEEP = '{"issuer_name":' * 20_000
ODD: dict[str, Any] = {**made.shodan_banner(), "ssl": {"cert": [1], "chain": "x", "cipher": 4}}

BROKEN: dict[str, tuple[str, int, int]] = {
    "a line that is no JSON": (f'{ROW}\n{{"issuer_name": oh\n{ROW}', 2, 1),
    "a line that is cut": (f"{ROW}\n{ROW[:90]}", 1, 1),
    "an object of another kind": (ROW + '\n{"a": 1}\n', 1, 1),
    "a heartbeat": (json.dumps(made.certstream_message()) + '\n{"message_type": "heartbeat", "timestamp": 1}\n', 1, 1),
    "a pretty array that is cut": (json.dumps([made.crtsh_row()] * 3, indent=1)[:-60], 2, 1),
    "entries of which one is broken": (json.dumps({"entries": [
        made.log_entry(made.leaf()), {"leaf_input": "AAAA", "extra_data": ""}, {"leaf_input": "no base64!"}, {},
        {**made.log_entry(made.leaf()), "extra_data": "RXh0cmEK"},
    ]}), 2, 3),
    "entries of a log that does not exist yet": (json.dumps({"entries": [
        {"leaf_input": made.b64(b"\1\0" + bytes(40)), "extra_data": ""},
        {"leaf_input": made.b64(b"\0\0" + bytes(8) + b"\0\7" + bytes(40)), "extra_data": ""},
        made.log_entry(made.leaf()),
    ]}), 1, 2),
    "a banner without an address": (json.dumps({"matches": [made.shodan_banner(), {"port": 1, "ssl": {}}]}), 1, 1),
    "types that do not fit": (json.dumps(ODD), 1, 0),
    "nested without end": (f"{ROW}\n{DEEP}\n{ROW}", 2, 1),
    "brackets": (ROW + "\n" + "[" * 100_000, 1, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_nothing_is_lost(tmp_path: Path, name: str) -> None:
    text, rows, rejected = BROKEN[name]
    found, account = read(tmp_path, text)
    assert (len(found), len(account.rejected)) == (rows, rejected), account.rejected
    assert all(each.reason and each.line for each in account.rejected)


def test_a_chain_that_is_none_is_said_and_the_entry_kept(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, json.dumps({**made.log_entry(made.leaf()), "extra_data": "RXh0cmEK"}))
    assert "extra_data holds no chain" in rows[0]["parse_error"]


def test_a_log_that_only_quotes_certificates_is_not_taken_for_one(tmp_path: Path) -> None:
    """JSON of another kind gives its certificates and nothing else."""
    rows, account = read(tmp_path, json.dumps({"when": 1, "peer": made.b64(made.leaf())}))
    assert (rows, account.rejected) == ([], [])
    assert set(known(tmp_path)) == {LEAF.sha256}
