"""Damaged and hostile logs: every good record kept, every bad one put aside with its line and reason, by both paths."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import hostile_cases as h
import pytest
import source_damage as d
import zeek_logs as z

from certhound.findings.run import scan
from certhound.lake.rows import Account, events
from certhound.model.profile import Profile
from certhound.query.plan import Rejected

pytestmark = pytest.mark.slow

CASES = {
    **{f"tsv {name}": each for name, each in h.TSV_CASES.items()},
    **{f"json {n}": c for n, c in h.JSON_CASES.items()},
}


class Read(NamedTuple):
    """All cases read at once, for a lake costs more than a file in it; each list by the name of its case."""

    folder: Path
    rows: dict[str, list[dict[str, Any]]]
    rejects: dict[str, list[Rejected]]
    account: Account
    fast: d.Outcome
    careful: d.Outcome


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("hostile")
    for name, each in CASES.items():
        (folder / name).write_bytes(each.data)
    account = Account()
    rows, rejects = defaultdict(list), defaultdict(list)
    for batch in events([folder], Profile(), account):
        for row in batch.to_pylist():
            rows[Path(row["origin_file"]).name].append(row)
    for reject in account.rejected:
        rejects[Path(reject.file).name].append(reject)
    by_fast, careful = (d.outcome([folder], fast=fast) for fast in (True, False))
    return Read(folder, rows, rejects, account, by_fast, careful)


@pytest.mark.parametrize("name", CASES)
def test_good_records_are_kept_and_bad_ones_put_aside(name: str, read: Read) -> None:
    expected = CASES[name]
    rejects = read.rejects[name]
    assert [(each.line, True) for each in rejects] == [(line, True) for line, _ in expected.rejects]
    for reject, (_, word) in zip(rejects, expected.rejects, strict=True):
        assert word in reject.reason
        assert len(reject.sample) <= 200
    assert len(read.rows[name]) == expected.rows


@pytest.mark.parametrize("name", CASES)
def test_both_paths_count_the_same(name: str, read: Read) -> None:
    expected = (CASES[name].rows, len(CASES[name].rejects))
    assert (read.careful.records[name], read.careful.rejects[name]) == expected
    assert (read.fast.records[name], read.fast.rejects[name]) == expected


@pytest.mark.parametrize("table", d.TABLES)
def test_both_paths_come_to_the_same_tables(table: str, read: Read) -> None:
    assert read.fast.tables[table] == read.careful.tables[table]


def test_every_hostile_log_was_recognised(read: Read) -> None:
    assert read.account.inputs is not None
    assert read.account.inputs.unrecognised == []
    assert len(read.account.inputs.recognised) == len(CASES)


def test_records_untouched_by_damage_keep_their_meaning(read: Read) -> None:
    """No case changes the first record in any way but how it is written."""
    changed = {
        "tsv columns one place off", "tsv a first record that begins with a comment sign",
        "tsv one word for empty and unset", "tsv duplicated column names",
        "tsv a set separator of nothing", "tsv a set separator of two characters", "json a list as text",
    }  # fmt: skip
    for name, rows in read.rows.items():
        if name not in changed:
            first = rows[0]
            assert (first["src_ip"], first["src_port"], first["dst_ip"]) == ("10.1.0.1", 50000, "2001:db8::7"), name
            assert str(first["time"]) == "2023-11-14 22:13:20.123456", name
            assert first["certificate_id"] == z.SHA[0], name


def test_a_scan_over_all_of_it_ends_in_one_report(read: Read) -> None:
    report = scan([read.folder], profile=Profile())
    sessions = sum(each.rows for name, each in CASES.items() if "x509" not in name) - 4 - 1
    assert report.sessions == sum(report.ledger.values()) == sessions
    assert sum(each.count for each in report.rejected) == sum(len(each.rejects) for each in CASES.values())
    assert all(each.first_line for each in report.rejected)
