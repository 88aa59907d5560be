"""Vendors that an outline rules out are not asked; the rows must be those that asking everybody gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import test_sources_bluecoat
import test_sources_checkpoint
import test_sources_cisco_wsa
import test_sources_defender
import test_sources_envelopes
import test_sources_exports
import test_sources_fortigate
import test_sources_linux
import test_sources_paloalto
import test_sources_squid
import test_sources_windows
import test_sources_zscaler
from vendor_rows import Row, rows_of

from certhound.query.plan import Rejected
from certhound.sources.envelopes.outline import Candidates
from certhound.sources.envelopes.reads import moment
from certhound.sources.envelopes.record import Form, Header, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.vendors import vendors

WEB = (
    test_sources_bluecoat, test_sources_checkpoint, test_sources_cisco_wsa, test_sources_fortigate,
    test_sources_paloalto, test_sources_squid, test_sources_zscaler,
)  # fmt: skip


def texts() -> Iterator[str]:
    """Every sample record of the vendors' tests, as the text of a file."""
    for module in WEB:
        yield from (case.text for case in module.CASES)
    for origin, number, data, _ in test_sources_windows.CASES:
        yield from (write(origin, number, data) for write in test_sources_windows.SPELLINGS)
    for table, (row, _) in test_sources_defender.CASES.items():
        yield test_sources_defender.streamed(table, row)
        yield test_sources_defender.table_of(table, row)
    yield "\n".join(test_sources_linux.ALL)
    yield "".join(f"Sep 21 14:13:20 web01 {line}\n" for line in test_sources_linux.SYSLOG)
    records = [text for text, form, _ in test_sources_envelopes.RECORDS if form is not Form.WINDOWS]
    yield "".join(f"<13>Oct 11 22:14:15 fw {text}\n" for text in records)
    yield from test_sources_exports.OTHERS
    for kind in test_sources_exports.KINDS:
        yield test_sources_exports._wrapped(kind, "URL", ["https://a.example/x"])
        yield test_sources_exports._wrapped(kind, "Payload", [test_sources_exports.LEEF, test_sources_exports.ZEEK])


def _all(folder: Path) -> list[tuple[list[Row], list[Rejected]]]:
    return [rows_of(text, folder) for text in texts()]


def test_what_is_learnt_changes_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Candidates.among(vendors())
    with monkeypatch.context() as patched:  # learns from all files, then knows them
        patched.setattr(Candidates, "among", lambda _: shared)
        once, again = _all(tmp_path), _all(tmp_path)
    monkeypatch.setattr(Candidates, "of", lambda self, record: self.by_form[record.form])
    asked = _all(tmp_path)
    assert once == asked
    assert again == asked
    assert len({row["source"] for rows, _ in asked for row in rows}) > 40
    assert any(len(found) < len(shared.by_form[outline[0]]) for outline, found in shared.learnt.items())  # type: ignore[index]


LOG = Log("made.up", "other", moment("time"), {})


def _vendor(name: str, log_of: object) -> Vendor:
    return Vendor(name, frozenset(Form), log_of)  # type: ignore[arg-type]


RULES = {
    "a key": (lambda r: LOG if "k" in r.values else None, True),
    "the number of keys": (lambda r: LOG if len(r.values) > 9 else None, True),
    "all keys": (lambda r: LOG if any(each.startswith("z") for each in r.values) else None, True),
    "a key that is not there": (lambda r: LOG if r.values.get("k") == "v" else None, True),
    "the program": (lambda r: LOG if r.header.app == "squid" else None, True),
    "a value": (lambda r: LOG if r.values.get("a") == "v" else None, False),
    "a value by get": (lambda r: LOG if r.get("k", "a") == "v" else None, False),
    "some value": (lambda r: LOG if "v" in r.values.values() else None, False),
    "values as pairs": (lambda r: LOG if dict(r.values) == {} else None, False),
    "values merged": (lambda r: LOG if (r.values | {}) == {} else None, False),
    "the text": (lambda r: LOG if "v" in r.text else None, False),
    "the object": (lambda r: LOG if r.object else None, False),
    "the host": (lambda r: LOG if r.header.host == "v" else None, False),
    "an error of its own": (lambda r: {}[r.form], False),
    "a change": (lambda r: r.values.update(b="1"), False),
    "another change": (lambda r: setattr(r, "problem", "x"), False),
}


@pytest.mark.parametrize("rule", RULES)
def test_only_what_the_outline_tells_rules_a_vendor_out(rule: str) -> None:
    log_of, ruled_out = RULES[rule]
    one, two = _vendor("one", log_of), _vendor("two", lambda _: None)
    candidates = Candidates.among((one, two))
    record = Record(Form.JSON, {"a": "1"}, json.dumps({"a": "1"}), "", header=Header("rfc3164", app="cron"))
    assert candidates.of(record) == (() if ruled_out else (one,))
    assert record.values == {"a": "1"}


def test_outlines_do_not_pile_up() -> None:
    candidates = Candidates.among((_vendor("one", lambda _: None), _vendor("two", lambda _: None)))
    for number in range(10_000):
        candidates.of(Record(Form.JSON, {f"key{number}": ""}, "", ""))
    assert len(candidates.learnt) <= 4096
    wide = Record(Form.JSON, {f"key{number}": "" for number in range(1000)}, "", "")
    assert candidates.of(wide) == candidates.by_form[Form.JSON]
