"""What the page shows, worked out from the report: every place, width and sentence, so that templates only print.

Places and widths are in percent: the charts are drawn with them and so fit any screen without being scaled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certhound.findings.report import Finding, Meeting, Report, Signal
from certhound.model.levels import THRESHOLDS
from certhound.outputs import certificate as read
from certhound.outputs import words as say
from certhound.outputs.axis import Axis, axis_over
from certhound.outputs.contract import Options

_ANCHOR = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_LANES, _CLIENTS, _MEETINGS, _NAMES, _ORIGINS, _FILES = 20, 12, 12, 24, 6, 100
"""How many are drawn or listed: findings in the time line; in a finding clients, meetings, names, origins; files."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar: place and width in percent, a class for its colour, and what it says."""

    x: float
    width: float
    tone: str
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A line of a time chart: its label, the stretches of contact, single moments, and a note at the end."""

    label: str
    stretches: tuple[tuple[float, float], ...]
    moments: tuple[float, ...]
    note: str
    tone: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Lanes:
    """A time chart."""

    axis: Axis
    lanes: tuple[Lane, ...]
    rest: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the score distribution: height in percent, and the count on it."""

    x: float
    height: float
    tone: str
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class State:
    """One state of the ledger with its share in words."""

    tone: str
    words: str
    meaning: str
    share: str
    count: str


@dataclass(frozen=True, slots=True)
class Part:
    """A signal as the page shows it: ``shade`` links it to its part of the bar."""

    signal: Signal
    shade: str
    foreign: bool


@dataclass(frozen=True, slots=True)
class Validity:
    """The validity as a bar with the stretch of contact on it."""

    start: str
    end: str
    x: float
    width: float
    met_x: float | None
    met_width: float
    lifetime: str
    contact: str


@dataclass(frozen=True, slots=True)
class Link:
    """One certificate of the chain: what it is, its name, its issuer, facts in a line, and what leads to the next."""

    role: str
    title: str
    facts: str
    onward: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A finding with what its card needs; without ``full`` the certificate and the time chart are left out."""

    finding: Finding
    anchor: str
    title: str
    why: str
    who: str
    span: str
    search: str
    full: bool
    parts: tuple[Part, ...]
    bars: tuple[Bar, ...]
    row: read.Row
    validity: Validity | None
    chain: tuple[Link, ...]
    clients: Lanes | None
    meetings: tuple[Meeting, ...]
    more_meetings: int
    spark: Lane | None


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page."""

    report: Report
    headline: str
    counts: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    states: tuple[State, ...]
    state_bars: tuple[Bar, ...]
    blind: str
    lanes: Lanes | None
    items: tuple[Item, ...]
    in_short: int
    cut: int
    listed_files: int
    names: int
    origins: int
    foreign: tuple[tuple[str, str, str], ...]


def page_view(report: Report, options: Options) -> Page:
    """Everything that the templates print."""
    findings = say.ranked(report.findings)
    listed = findings[: options.listed]
    overall = axis_over([report.first_seen, report.last_seen, *_seen(findings)], 0.01)
    anchors = _anchors(listed)
    items = tuple(
        _item(finding, anchor, overall, full=place < options.details)
        for place, (finding, anchor) in enumerate(zip(listed, anchors, strict=True))
    )
    return Page(
        report=report,
        headline=say.severity_sentence(findings),
        counts=tuple((str(level), count) for level, count in say.severities(findings).items() if count),
        columns=_columns(findings),
        states=_states(report.ledger),
        state_bars=_state_bars(report.ledger),
        blind=" ".join(filter(None, (say.blind_sentence(report.ledger), say.known_from(report)))),
        lanes=_time_line(items, overall),
        items=items,
        in_short=max(0, len(listed) - options.details),
        cut=len(findings) - len(listed),
        listed_files=_FILES,
        names=_NAMES,
        origins=_ORIGINS,
        foreign=tuple(say.foreign_rules(report)),
    )


def _seen(findings: Sequence[Finding]) -> list[datetime | None]:
    return [moment for finding in findings for moment in (finding.first_seen, finding.last_seen)]


def _anchors(findings: Sequence[Finding]) -> list[str]:
    """The finding's id where it can stand in a link and is its own, else a number."""
    used: set[str] = set()
    anchors = []
    for place, finding in enumerate(findings):
        own = finding.id if _ANCHOR.fullmatch(finding.id) and finding.id not in used else f"finding-{place + 1}"
        used.add(own)
        anchors.append(own)
    return anchors


def _columns(findings: Sequence[Finding]) -> tuple[Column, ...]:
    """Twenty columns of five points each, coloured by the severity of their middle."""
    counts = [0] * 20
    for finding in findings:
        counts[min(19, max(0, finding.score) // 5)] += 1
    most = max(counts) or 1
    return tuple(
        Column(
            place * 5 + 0.5,
            round(max(4.0, 100 * count / most), 1) if count else 0,
            str(next(level for least, level in THRESHOLDS if place * 5 + 2 >= least)),
            count,
            f"{place * 5} to {place * 5 + 4 if place < 19 else 100} points: {say.plural(count, 'finding')}",
        )
        for place, count in enumerate(counts)
    )


def _states(ledger: dict[str, int]) -> tuple[State, ...]:
    total = sum(ledger.values())
    return tuple(
        State(
            state if state in say.STATE_WORDS else "other",
            say.STATE_WORDS.get(state, state),
            say.STATE_MEANINGS.get(state, ""),
            say.percent(count, total),
            say.number(count),
        )
        for state, count in say.ledger_states(ledger)
    )


def _state_bars(ledger: dict[str, int]) -> tuple[Bar, ...]:
    states = say.ledger_states(ledger)
    total = sum(count for _, count in states)
    bars, x = [], 0.0
    for state, count in states:
        width = 100 * count / total
        tone = state if state in say.STATE_WORDS else "other"
        bars.append(Bar(round(x, 3), round(width, 3), tone, say.STATE_WORDS.get(state, state)))
        x += width
    return tuple(bars)


def _item(finding: Finding, anchor: str, overall: Axis | None, *, full: bool) -> Item:
    signals = say.heaviest(finding.signals)
    row = finding.certificate
    return Item(
        finding=finding,
        anchor=anchor,
        title=_title(finding),
        why=say.why(finding),
        who=say.who_met(finding),
        span=say.span(finding.first_seen, finding.last_seen) if finding.first_seen or finding.last_seen else "",
        search=_search(finding),
        full=full,
        parts=tuple(
            Part(signal, f"s{min(place, 5)}", say.is_foreign(signal.author)) for place, signal in enumerate(signals)
        ),
        bars=_point_bars(signals),
        row=row,
        validity=_validity(finding) if full else None,
        chain=_chain(finding) if full and row else (),
        clients=_clients(finding) if full else None,
        meetings=finding.meetings[:_MEETINGS],
        more_meetings=max(0, len(finding.meetings) - _MEETINGS),
        spark=_lane(finding, anchor, overall) if overall else None,
    )


def _title(finding: Finding) -> str:
    called = say.entity_name(finding.entity)
    return read.common_name(called) if called == finding.entity.subject else called


def _search(finding: Finding) -> str:
    """What the page's search looks through, in lower case and of bounded length."""
    entity = finding.entity
    texts = [
        finding.id, entity.subject or "", entity.issuer or "", entity.sha256 or "", entity.sha1 or "",
        entity.serial or "", entity.key, *entity.names[:40], *finding.clients.top[:20], *finding.destinations.top[:20],
    ]  # fmt: skip
    for signal in finding.signals:
        texts += [signal.rule, signal.title, signal.family, signal.author]
    for meeting in finding.meetings[:20]:
        texts += [meeting.name or "", meeting.destination]
    return " ".join(dict.fromkeys(text[:200].lower() for text in texts if text))[:900]


def _point_bars(signals: Sequence[Signal]) -> tuple[Bar, ...]:
    bars, x = [], 0
    for place, signal in enumerate(signals):
        if signal.points > 0:
            bars.append(Bar(x, signal.points, f"s{min(place, 5)}", str(signal.points)))
        x += max(0, signal.points)
    return tuple(bars)


def _lane(finding: Finding, anchor: str, axis: Axis) -> Lane:
    stretches = [(each.first_seen, each.last_seen) for each in finding.meetings] or [
        (finding.first_seen, finding.last_seen)
    ]
    return Lane(
        _title(finding),
        tuple((axis.at(first), axis.at(last or first)) for first, last in stretches[:40] if first),
        (),
        say.plural(finding.sessions, "session") if finding.sessions else "",
        str(finding.severity),
        anchor,
    )


def _time_line(items: Sequence[Item], axis: Axis | None) -> Lanes | None:
    if axis is None:
        return None
    met = [item.spark for item in items if item.spark is not None and item.spark.stretches]
    return Lanes(axis, tuple(met[:_LANES]), len(met) - len(met[:_LANES])) if met else None


def _clients(finding: Finding) -> Lanes | None:
    """Clients × time; where the report has no lanes of clients, names and destinations × time."""
    moments = [moment for each in finding.met_by for moment in (each.first_seen, each.last_seen, *each.times)]
    axis = axis_over([finding.first_seen, finding.last_seen, *moments], 0.03)
    if axis is None:
        return None
    tone = str(finding.severity)
    lanes = [
        Lane(
            each.client,
            ((axis.at(each.first_seen), axis.at(each.last_seen or each.first_seen)),) if each.first_seen else (),
            tuple(dict.fromkeys(axis.at(moment) for moment in each.times[:300])),
            say.number(each.sessions),
            tone,
        )
        for each in finding.met_by
    ] or [
        Lane(
            f"{say.some(each.clients, 1) or 'clients'} → {each.name or each.destination}",
            ((axis.at(each.first_seen), axis.at(each.last_seen or each.first_seen)),) if each.first_seen else (),
            (),
            say.number(each.sessions),
            tone,
        )
        for each in finding.meetings
    ]
    return Lanes(axis, tuple(lanes[:_CLIENTS]), max(0, len(lanes) - _CLIENTS)) if lanes else None


def _validity(finding: Finding) -> Validity | None:
    row = finding.certificate
    start, end = read.moment(row, "not_before"), read.moment(row, "not_after")
    if start is None or end is None:
        return None
    axis = axis_over([start, end, finding.first_seen, finding.last_seen], 0.06)
    if axis is None:
        return None
    first, last = finding.first_seen, finding.last_seen or finding.first_seen
    left, right = axis.at(min(start, end)), axis.at(max(start, end))
    met = axis.at(first) if first else None
    return Validity(
        say.when(start),
        say.when(end),
        left,
        round(right - left, 2),
        met,
        round(max(0.0, axis.at(last) - met), 2) if last and met is not None else 0.0,
        read.lifetime(row),
        read.contact(row, first, last),
    )


def _chain(finding: Finding) -> tuple[Link, ...]:
    """The leaf and what was sent with it, ending with the issuer that nobody has, where that is so."""
    rows: list[read.Row] = [finding.certificate, *finding.chain[:10]]
    links = [_link(row, leaf=place == 0, last=place == len(rows) - 1) for place, row in enumerate(rows)]
    top = rows[-1]
    if not _ends(top) and read.text(top, "issuer"):
        above = read.common_name(read.text(top, "issuer"))
        links.append(Link("not seen", above, read.beyond(finding.certificate), "", True))
    return tuple(links)


def _link(row: read.Row, *, leaf: bool, last: bool) -> Link:
    ends = _ends(row)
    role = "leaf" if leaf else _top_role(row) if ends else "intermediate"
    facts = [read.key(row), read.lifetime(row), read.text(row, "sha256")[:16]]
    onward = read.signature(row) if last and ends else f"issued by {read.common_name(read.text(row, 'issuer'))}"
    title = read.common_name(read.text(row, "subject")) or "(no subject)"
    return Link(role, title, " · ".join(fact for fact in facts if fact), onward if read.text(row, "issuer") else "")


def _top_role(row: read.Row) -> str:
    """Who signs itself is a root only where somebody trusts it."""
    if "trusted" in (read.text(row, "trust"), read.text(row, "house_trust")):
        return "root"
    return "self-signed" if row.get("self_signed") is True else "self-issued"


def _ends(row: read.Row) -> bool:
    return row.get("self_issued") is True or row.get("self_signed") is True
