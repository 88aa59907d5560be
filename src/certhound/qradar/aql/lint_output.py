"""Findings of the linter as text for people, one line each, JSON, SARIF 2.1.0, and annotations of GitHub Actions.

Sources: SARIF 2.1.0 (OASIS), sections 3.14 to 3.30; GitHub, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from certhound import __version__
from certhound.qradar.aql.check import REFUSALS, checks
from certhound.qradar.aql.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Located:
    """A finding and the file that it is in."""

    file: str
    finding: Finding


def as_full(found: Iterable[Located]) -> Iterator[str]:
    """``file:line:column severity[check] message``, the marked line, the advice."""
    for each in found:
        finding = each.finding
        yield f"{_place(each)} {finding.severity}[{finding.check}] {visible(finding.message)}\n"
        yield from (f"    {visible(line)}\n" for line in _marked(finding))
        if finding.advice:
            yield f"    advice: {visible(finding.advice)}\n"


def as_lines(found: Iterable[Located]) -> Iterator[str]:
    """One line a finding: ``file:line:column: severity: message [check]``."""
    for each in found:
        finding = each.finding
        yield f"{_place(each)}: {finding.severity}: {visible(finding.message)} [{finding.check}]\n"


def as_json(found: Iterable[Located]) -> Iterator[str]:
    """One array of objects."""
    yield _json([_object(each) for each in found])


def as_sarif(found: Iterable[Located]) -> Iterator[str]:
    """One SARIF log with one run; its rules are all checks."""
    rules = list(_rules())
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "certhound", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index) for each in found],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    yield _json(log)


def as_github(found: Iterable[Located]) -> Iterator[str]:
    """Workflow commands that become annotations in a pull request."""
    for each in found:
        finding = each.finding
        where = {
            "file": valid(each.file),
            "line": finding.line,
            "endLine": finding.end_line,
            "col": finding.column,
            "title": finding.check,
        }
        if finding.end_line == finding.line:
            where["endColumn"] = finding.end_column
        said = f"{finding.message}. {finding.advice}" if finding.advice else finding.message
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in where.items())
        yield f"::{_GITHUB[finding.severity]} {properties}::{_data(said)}\n"


FORMS: Final[dict[str, Callable[[Iterable[Located]], Iterator[str]]]] = {
    "full": as_full,
    "line": as_lines,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
"""The forms by the name that ``--format`` takes."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def visible(text: str) -> str:
    """One line of printable text: what would act on a terminal, reorder its surroundings or hide is spelt out."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def valid(text: str) -> str:
    """The text without lone surrogates, which UTF-8 cannot carry (names of files can hold them)."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _json(value: object) -> str:
    """JSON in ASCII, without the one control character of ASCII that JSON lets stand."""
    return json.dumps(value, indent=1).replace("\x7f", "\\u007f") + "\n"


def _place(each: Located) -> str:
    return f"{visible(each.file)}:{each.finding.line}:{each.finding.column}"


def _marked(finding: Finding) -> list[str]:
    """The source line and the marks under it; the second line of ``marked`` is already indented."""
    source, _, marks = finding.marked.partition("\n")
    return [source, marks.removeprefix("    ")] if marks else []


def _object(each: Located) -> dict[str, Any]:
    finding = each.finding
    return {
        "file": valid(each.file),
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "severity": str(finding.severity),
        "check": finding.check,
        "message": valid(finding.message),
        "advice": valid(finding.advice),
        "docs": finding.docs,
    }


def _rules() -> Iterator[dict[str, Any]]:
    known = [(check.id, check.severity, check.title, check.why) for check in checks()]
    known += [(each.id, Severity.ERROR, each.title, each.why) for each in REFUSALS]
    for name, severity, title, why in sorted(known):
        yield {
            "id": name,
            "shortDescription": {"text": title},
            "fullDescription": {"text": why},
            "help": {"text": f"{why} See docs/aql-checks.md#{name}"},
            "defaultConfiguration": {"level": _LEVELS[severity]},
        }


def _result(each: Located, index: dict[str, int]) -> dict[str, Any]:
    finding = each.finding
    said = f"{finding.message}. {finding.advice}" if finding.advice else finding.message
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    location = {"artifactLocation": {"uri": quote(valid(each.file).replace("\\", "/"))}, "region": region}
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "level": _LEVELS[finding.severity],
        "message": {"text": valid(said)},
        "locations": [{"physicalLocation": location}],
    }
    if finding.check in index:
        result["ruleIndex"] = index[finding.check]
    return result


def _data(text: str) -> str:
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
