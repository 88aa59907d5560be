"""Findings as LEEF: one event a finding, read back by our own reader, mapped by the kit, harmless whatever it says."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from report_factory import hostile, make_report

from certhound.findings.report import Report
from certhound.outputs import leef
from certhound.outputs.contract import Options, output
from certhound.rules import load_rules
from certhound.sources.envelopes.leef import read
from certhound.techniques.load import package

KIT = package("T1608.003").kit
EVENTS = KIT.event if KIT else ()
PROPERTIES = KIT.property if KIT else ()
PAGE = Path(__file__).parents[3] / "docs" / "qradar-findings.md"


def lines(report: Report) -> list[str]:
    stream = io.StringIO()
    output("leef").write(report, stream, Options())
    return stream.getvalue().splitlines()


def test_every_finding_is_an_event_that_our_own_reader_reads() -> None:
    report = make_report(1, 40)
    found = lines(report)
    assert len(found) == len(report.findings) > 40
    for line, finding in zip(found, report.findings, strict=True):
        record = read(line, line)
        assert record is not None
        assert (record.vendor, record.product) == ("certhound", "certhound")
        assert record.get("findingId") == finding.id
        assert record.get("score") == str(finding.score)
        assert record.get("certSubject") == finding.entity.subject
        assert 1 <= int(record.get("sev") or 0) <= 10
        kind = next(each for each in EVENTS if each.id == record.event_id)
        assert record.get("cat") == kind.category_name


def test_times_and_addresses_are_predefined_attributes() -> None:
    report = make_report(1, 0)
    finding = next(each for each in report.findings if each.last_seen and each.destinations.top and each.clients.top)
    record = read(leef.event(finding), "")
    assert record is not None
    assert re.fullmatch(r"[A-Z][a-z]{2} \d\d 2026 \d\d:\d\d:\d\d\.\d{3} UTC", record.get("devTime") or "")
    assert record.get("src") == finding.clients.top[0]
    assert finding.destinations.top[0].startswith(record.get("dst") or "?")
    assert finding.destinations.top[0].endswith(record.get("dstPort") or "?")


@pytest.mark.parametrize(
    "text", ["a\tb=c", "x\ny", "a|b", "LEEF:2.0|a|b|c|d|", "\x1b[31m", "\u202egnp", "=cmd", "\ud800"]
)
def test_hostile_text_stays_one_value(text: str) -> None:
    report = hostile(make_report(2, 3), text)
    for line in lines(report):
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202e\ud800-\udfff]", line)
        line.encode("utf-8")
        record = read(line, line)
        assert record is not None
        assert set(record.values) <= KEYS


KEYS = {
    "cat", "devTime", "devTimeFormat", "sev", "src", "identHostName", "dst", "dstPort", "url", "policy", "findingId",
    "score", "severity", "confidence", "reason", "rules", "techniques", "certSubject", "certIssuer", "certSha256",
    "certSha1", "certSerial", "certNames", "clients", "clientCount", "sessions", "firstSeen", "clears", "isNew",
}  # fmt: skip


def test_events_keep_to_what_a_console_takes() -> None:
    report = hostile(make_report(3, 5), "x" * 20_000)
    assert all(len(line.encode()) < 12_000 for line in lines(report))
    assert all(len(line.encode()) < 4_096 for line in lines(make_report(3, 60)))


def test_every_family_of_our_rules_has_a_kind_of_event() -> None:
    stated = {family for each in EVENTS for family in each.families}
    assert {rule.family for rule in load_rules()} == stated


def test_the_expressions_of_the_kit_work_on_real_events() -> None:
    """The lines in the kit are examples; these are what the output writes."""
    found = lines(make_report(1, 40))
    ours = [each for each in PROPERTIES if each.log_source_type == 4102]
    assert len(ours) >= 5
    for each in ours:
        values = [match[1] for line in found if (match := re.search(each.expression, line))]
        assert values, each.name
        if each.name in ("Finding ID", "Finding Score", "Rule Names"):
            assert len(values) == len(found)


def test_the_mapping_is_documented() -> None:
    text = PAGE.read_text("utf-8")
    for each in EVENTS:
        families = ", ".join(f"`{name}`" for name in each.families) or "any other"
        assert (
            f"| `{each.id}` | {each.name} | {each.category} {each.category_name} | {each.severity} | {families} |"
            in text
        )
    assert set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == KEYS
