"""What changes behind the first 64 KB, by which a file was recognised, is seen all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import source_damage as d
import zeek_logs as z

from certhound.lake.rows import Account, events
from certhound.model.profile import Profile

HEAD = [{**z.SESSIONS[n % 6], "uid": f"C{n:017d}"} for n in range(300)]
"""More than 64 KB of sessions."""

LATE: dict[str, tuple[str, int, int]] = {
    "nested": (z.jsonl(z.SESSIONS, z.nested), 6, 0),
    "underscored": (z.jsonl(z.SESSIONS, z.underscored), 6, 0),
    "two spellings of a key in one record": (z.jsonl([{**z.SESSIONS[0], "id_resp_h": "203.0.113.5"}]), 1, 0),
    "another log": (z.jsonl(z.CERTIFICATES, z.corelight("x509")), 4, 0),
    "another log without a name": (z.jsonl(z.CERTIFICATES), 4, 0),
    "a log that is not read": (z.jsonl([{"ts": 1.5, "uid": "C"}], z.corelight("http")), 0, 1),
    "a name of this log": (z.jsonl(z.SESSIONS, z.corelight("ssl")), 6, 0),
    "times as text": (z.jsonl([{**z.SESSIONS[0], "ts": "2023-11-14T22:13:20.123456Z"}]), 1, 0),
    "times in milliseconds": (z.jsonl([{**z.SESSIONS[0], "ts": 1700000000123}]), 1, 0),
    "numbers as texts": (z.jsonl([{name: str(value) for name, value in z.SESSIONS[0].items()}]), 1, 0),
    "an object for a name": (z.jsonl([{**z.SESSIONS[0], "server_name": {"a": 1}}]), 1, 0),
    "duplicate keys": (z.jsonl(z.SESSIONS[:1]).replace("}", ', "server_name": "second.example"}'), 1, 0),
    "half a line": (z.jsonl(z.SESSIONS)[:-40], 5, 1),
    "a TSV log": (z.tsv("ssl", z.SESSIONS, close=False), 0, 14),
}
"""What follows: its text, its good records, its rejects."""


@pytest.mark.parametrize("name", LATE)
def test_json_that_changes_late(name: str, tmp_path: Path) -> None:
    text, good, bad = LATE[name]
    path = z.write(tmp_path / "ssl.log", z.jsonl(HEAD) + text)
    assert path.stat().st_size > 64 * 1024 + len(text)
    account = Account()
    assert sum(batch.num_rows for batch in events([path], Profile(), account)) == len(HEAD) + good
    assert len(account.rejected) == bad
    assert d.disagreements([path]) == []


@pytest.mark.parametrize("late", ["http", "x509"])
def test_a_log_is_named_otherwise_late(late: str, tmp_path: Path) -> None:
    text = z.jsonl(HEAD, z.corelight("ssl")) + z.jsonl(z.SESSIONS[:1], z.corelight(late)) + z.jsonl(z.SESSIONS[:1])
    path = z.write(tmp_path / "ssl.log", text)
    account = Account()
    assert sum(batch.num_rows for batch in events([path], Profile(), account)) == len(HEAD) + 1
    assert [each.line for each in account.rejected] == [len(HEAD) + 1]
    assert d.disagreements([path]) == []


X509 = [{**z.CERTIFICATES[n % 4], "fingerprint": f"{n:064x}"} for n in range(200)]
LATE_X509 = {
    "nested": z.jsonl(z.CERTIFICATES, z.nested),
    "underscored": z.jsonl(z.CERTIFICATES, z.underscored),
    "nested names beside dotted ones": z.jsonl(
        [{k: v for k, v in z.CERTIFICATES[0].items() if k != "san.dns"} | {"san": {"dns": ["late.example"]}}]
    ),
    "a subject in another spelling": json.dumps(
        {k.replace("certificate.subject", "certificate_subject"): v for k, v in z.CERTIFICATES[0].items()}
    ),
}


@pytest.mark.parametrize("name", LATE_X509)
def test_certificates_whose_spelling_changes_late(name: str, tmp_path: Path) -> None:
    path = z.write(tmp_path / "x509.log", z.jsonl(X509) + LATE_X509[name])
    assert d.disagreements([path]) == []


def test_tsv_that_changes_late(tmp_path: Path) -> None:
    other = z.tsv("ssl", z.SESSIONS, sorted(z.SESSIONS[0]))
    for number, late in enumerate(
        (other, z.tsv("x509", z.CERTIFICATES), "\t".join("x" * 13), "#\t" + "\t" * 11 + "x\n")
    ):
        path = z.write(tmp_path / f"{number}.log", z.tsv("ssl", HEAD, close=False) + late)
        assert d.disagreements([path]) == []
        assert d.unaccounted([path]) == []
