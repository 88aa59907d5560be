"""The report as JSON, version 1: the contract is ``report-v1.schema.json`` beside this file.

Keys stand in a fixed order and are always there (``null``: no statement), except inside ``certificate`` and
``chain``, whose absent columns are left out. One finding a line, written as it comes. Times are ISO 8601 with
microseconds and ``Z``. Characters that would act on a terminal, or hide, are written as ``\\uXXXX`` escapes.
"""

from __future__ import annotations

import base64
import dataclasses
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from importlib.resources import files
from typing import Any, TextIO

import msgspec

from certhound.findings.report import REPORT_VERSION, Report
from certhound.model.errors import ContentError, Place
from certhound.outputs.contract import Options
from certhound.outputs.defuse import json_text, valid
from certhound.outputs.words import iso

name = "json"

_LEADING = ("version", "findings", "ledger", "rejected", "not_run", "sources")
_FINDING = (
    "id", "severity", "score", "confidence", "entity", "signals", "first_seen", "last_seen", "clients", "destinations",
)  # fmt: skip
_SIGNAL = ("rule", "score", "points", "family", "reason", "author")
_ENTITY = ("kind", "sha256", "sha1", "serial", "subject", "issuer", "names")
_ORDER = {"Report": _LEADING, "Finding": _FINDING, "Signal": _SIGNAL, "Entity": _ENTITY}


def write(report: Report, stream: TextIO, options: Options) -> None:  # noqa: ARG001 -- the contract's signature
    """The report as one JSON object; ends with a line end."""
    opening = "{"
    for field in _fields(report):
        stream.write(f"{opening}{_encode(field)}:")
        value = getattr(report, field)
        if isinstance(value, tuple):
            _write_list(value, stream)
        else:
            stream.write(_encode(plain(value)))
        opening = ",\n"
    stream.write("}\n")


def _write_list(values: Iterable[Any], stream: TextIO) -> None:
    separator = "["
    for value in values:
        stream.write(f"{separator}\n {_encode(plain(value))}")
        separator = ","
    stream.write("[]" if separator == "[" else "\n]")


def plain(value: Any) -> Any:
    """Dataclasses, enumerations, times and bytes as what JSON has; a number that JSON lacks becomes null."""
    match value:
        case Enum():
            return value.value
        case None | bool():
            return value
        case int():  # a hostile certificate can state any number; JSON readers take 64 bits
            return value if -(2**63) <= value < 2**63 else str(value)
        case str():
            return valid(value)
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return iso(value)
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(value).decode("ascii")
        case Mapping():
            return {valid(str(key)): plain(item) for key, item in value.items() if item is not None}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return {field: plain(getattr(value, field)) for field in _fields(value)}
        case _:
            return valid(str(value))


def _fields(value: Any) -> list[str]:
    """The names of a dataclass's fields, those of the first contract first."""
    names = [field.name for field in dataclasses.fields(value)]
    leading = _ORDER.get(type(value).__name__, ())
    return [*leading, *(each for each in names if each not in leading)]


def _encode(value: Any) -> str:
    return json_text(msgspec.json.encode(value).decode("utf-8"))


def read(data: bytes | str, file: str = "") -> Report:
    """A report from its JSON; what is not one is a located error. Keys that this version does not know are ignored."""
    place = Place(file) if file else None
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ContentError(f"not a report: {error}", check="not-a-report", place=place) from error
    if report.version > REPORT_VERSION:
        raise ContentError(
            f"the report has version {report.version}, this program reads up to {REPORT_VERSION}",
            check="report-version",
            place=place,
            advice="use a newer certhound",
        )
    return report


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of what ``write`` writes."""
    text = files("certhound.outputs").joinpath("report-v1.schema.json").read_bytes()
    decoded: dict[str, Any] = msgspec.json.decode(text)
    return decoded
