"""Findings as LEEF 2.0 events for QRadar, one a line: what a DSM needs as predefined attributes, the rest by its name.

The id of an event says what kind of evidence weighs most; ids, names, low-level categories and severities are those of
the kit in the technique package, where the mapping is documented. IBM, "Log Event Extended Format" guide, version 2:
attributes are parted by a tab, which the header names; the format has no escape in values, so control characters are
spelt out. No syslog header stands before an event: whoever sends it adds one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TextIO

from certhound import __version__
from certhound.findings.report import Finding, Report
from certhound.outputs.contract import Options
from certhound.outputs.defuse import valid, visible
from certhound.outputs.explain_guide import TECHNIQUE, address_of
from certhound.outputs.words import heaviest, iso
from certhound.techniques.load import package
from certhound.techniques.package import LeefEvent

name = "leef"

_LONGEST = 500
"""Characters of one value; QRadar takes 4,096 bytes of an event unless it is told otherwise."""
_LISTED = 5
_FORMAT = "MMM dd yyyy HH:mm:ss.SSS z"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def write(report: Report, stream: TextIO, options: Options) -> None:  # noqa: ARG001 -- the contract's signature
    """One event a finding, worst first; findings that an exception hides are none."""
    for finding in report.findings:
        stream.write(f"{event(finding)}\n")


def event(finding: Finding) -> str:
    """The event of a finding, without a line end."""
    kind = kind_of(finding)
    header = f"LEEF:2.0|certhound|certhound|{__version__}|{kind.id}|x09|"
    pairs = [f"{key}={_value(value)}" for key, value in _attributes(finding, kind) if value not in (None, "")]
    return header + "\t".join(pairs)


def kind_of(finding: Finding) -> LeefEvent:
    """What kind of event a finding is: by the family of its heaviest signal; the last kind takes what is left."""
    kit = package(TECHNIQUE).kit
    kinds = kit.event if kit else ()
    family = next((signal.family for signal in heaviest(finding.signals)), None)
    return next((kind for kind in kinds if family in kind.families), kinds[-1])


def _attributes(finding: Finding, kind: LeefEvent) -> Iterator[tuple[str, object]]:
    """Predefined attributes first, with what a rule of QRadar tests; then our own."""
    entity, signals = finding.entity, heaviest(finding.signals)
    client, destination = next(iter(finding.clients.top), ""), next(iter(finding.destinations.top), "")
    yield "cat", kind.category_name
    yield "devTime", _moment(finding.last_seen)
    yield "devTimeFormat", _FORMAT if finding.last_seen else None
    yield "sev", max(1, round(finding.score / 10))
    yield ("src" if _is_address(client) else "identHostName"), client
    address = address_of(destination)
    yield "dst", address if _is_address(address) else None
    yield "dstPort", destination.rpartition(":")[2] if address != destination else None
    yield "url", next((each.name for each in finding.meetings if each.name), next(iter(entity.names), ""))
    yield "policy", signals[0].rule if signals else None
    yield "findingId", finding.id
    yield "score", finding.score
    yield "severity", finding.severity.value
    yield "confidence", finding.confidence.value
    yield "reason", signals[0].reason if signals else None
    yield "rules", _some(each.rule for each in signals)
    yield "techniques", _some(dict.fromkeys(t[7:].upper() for s in signals for t in s.tags if t.startswith("attack.t")))
    yield "certSubject", entity.subject
    yield "certIssuer", entity.issuer
    yield "certSha256", entity.sha256
    yield "certSha1", entity.sha1
    yield "certSerial", entity.serial
    yield "certNames", _some(entity.names)
    yield "clients", _some(finding.clients.top)
    yield "clientCount", finding.clients.count
    yield "sessions", finding.sessions
    yield "firstSeen", iso(finding.first_seen) if finding.first_seen else None
    yield "clears", finding.clears
    yield "isNew", {True: "true", False: "false", None: None}[finding.new]


def _some(items: Iterable[str]) -> str:
    every = list(items)
    more = f" and {len(every) - _LISTED} more" if len(every) > _LISTED else ""
    return ", ".join(every[:_LISTED]) + more


def _value(value: object) -> str:
    return visible(valid(str(value)), _LONGEST)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _moment(moment: datetime | None) -> str | None:
    """In the words of the format, whatever the language of this machine."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    return f"{_MONTHS[utc.month - 1]} {utc:%d %Y %H:%M:%S}.{utc.microsecond // 1000:03d} UTC"
