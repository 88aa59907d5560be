"""The JSON contract, version 1."""

import dataclasses
import io
import json
import typing
from datetime import UTC, datetime
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from report_factory import HOSTILE_TEXTS, empty_report, hostile, make_report

from certhound.findings import report as document
from certhound.findings.report import Report
from certhound.model.errors import ContentError
from certhound.outputs import json as output
from certhound.outputs.contract import Options


def dumped(report: Report) -> str:
    stream = io.StringIO()
    output.write(report, stream, Options())
    return stream.getvalue()


def loaded(report: Report) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(dumped(report))
    return result


REPORTS = {
    "usual": make_report(),
    "many": make_report(3, 40),
    "empty": empty_report(),
    "bare": Report((), (), {}, (), (), (), ()),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_it_follows_its_schema(report: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(output.schema())
    jsonschema.Draft202012Validator(output.schema()).validate(loaded(report))


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_hostile_text_stays_text(text: str) -> None:
    got = loaded(hostile(make_report(), text))
    jsonschema.Draft202012Validator(output.schema()).validate(got)
    encodable = text.encode("utf-8", "backslashreplace").decode()
    assert got["findings"][0]["entity"]["subject"] == encodable
    assert dumped(hostile(make_report(), text)).encode("utf-8")


def test_the_first_contract() -> None:
    got = loaded(make_report())
    assert list(got)[:6] == ["version", "findings", "ledger", "rejected", "not_run", "sources"]
    first = got["findings"][0]
    assert list(first)[:10] == [
        "id", "severity", "score", "confidence", "entity",
        "signals", "first_seen", "last_seen", "clients", "destinations",
    ]  # fmt: skip
    assert list(first["entity"])[:7] == ["kind", "sha256", "sha1", "serial", "subject", "issuer", "names"]
    assert list(first["signals"][0])[:6] == ["rule", "score", "points", "family", "reason", "author"]
    assert list(first["clients"]) == ["count", "top"]
    assert got["version"] == 1
    assert sum(signal["points"] for signal in first["signals"]) == first["score"]


def test_times_have_microseconds_and_a_z() -> None:
    report = dataclasses.replace(make_report(), first_seen=datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC))
    assert loaded(report)["first_seen"] == "2026-03-01T12:00:05.000000Z"
    assert loaded(report)["findings"][0]["certificate"]["not_before"] == "2026-03-02T06:00:00.000000Z"


def test_it_is_the_same_every_time() -> None:
    assert dumped(make_report(5, 10)) == dumped(make_report(5, 10))


def test_one_finding_a_line() -> None:
    lines = dumped(make_report()).splitlines()
    starts = [line for line in lines if line.startswith(' {"id":"F-')]
    assert len(starts) == len(make_report().findings)


def test_a_report_comes_back() -> None:
    report = make_report(2, 5)
    again = output.read(dumped(report))
    assert [each.id for each in again.findings] == [each.id for each in report.findings]
    assert again.findings[0].signals == report.findings[0].signals
    assert dumped(again) == dumped(report)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', "[" * 100_000, '{"findings": 3}'])
def test_what_is_no_report_is_a_located_error(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        output.read(text, "result.json")
    assert "result.json" in str(caught.value)


def test_a_later_version_is_refused() -> None:
    later = dataclasses.replace(make_report(), version=9)
    with pytest.raises(ContentError, match="version 9"):
        output.read(dumped(later))


def test_the_schema_has_every_field_of_the_report() -> None:
    """A field that is added to the report must be described."""
    schema = output.schema()
    homes = {
        "Report": schema, "Finding": "finding", "Entity": "entity", "Signal": "signal", "Meeting": "meeting",
        "Counted": "counted", "Origin": "origin", "MetBy": "met_by", "HiddenFinding": "hidden", "Rejected": "rejected",
        "NotRun": "not_run", "SourceRead": "source", "Unrecognised": "unrecognised", "KnownFrom": "known_from",
        "HiddenMeeting": "hidden_meeting", "Related": "related",
    }  # fmt: skip
    classes = [each for each in vars(document).values() if isinstance(each, type) and dataclasses.is_dataclass(each)]
    assert {each.__name__ for each in classes} == set(homes)
    for each in classes:
        home: Any = homes[each.__name__]
        described = home if isinstance(home, dict) else schema["$defs"][home]
        names = {field.name for field in dataclasses.fields(each)}
        assert names == set(described["properties"]) == set(described["required"]), each.__name__
        assert typing.get_type_hints(each)


def test_odd_values_do_not_break_it() -> None:
    report = make_report()
    odd = {
        "version": 2**70,
        "path_len": -(2**65),
        "x": float("nan"),
        "y": float("inf"),
        "der": b"\x00\xff",
        "z": {1, 2},
    }
    first = dataclasses.replace(report.findings[0], certificate=odd)
    got = loaded(dataclasses.replace(report, findings=(first,)))["findings"][0]["certificate"]
    assert got["version"] == str(2**70)
    assert got["der"] == "AP8="
    assert "x" in got
    assert got["x"] is None
