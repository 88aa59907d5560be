"""One finding, or one certificate, explained as text: what a person reads before deciding what to do."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from rich.text import Text

from certhound.findings.report import Finding, HiddenMeeting, Meeting, Report, Signal
from certhound.model.errors import UsageError, did_you_mean
from certhound.outputs import certificate as read
from certhound.outputs import words as say
from certhound.outputs.contract import Options
from certhound.outputs.explain_guide import show_guide
from certhound.outputs.screen import Screen, words
from certhound.outputs.terminal import points, title

_PLAIN_ID = re.compile(r"[0-9a-z:]{8,100}")
_NAMES, _LANES, _ORIGINS = 20, 12, 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """One more judgement to show beside the row's own: where from, the verdict, and why in words."""

    view: str
    verdict: str
    reason: str = ""


def find(report: Report, wanted: str) -> Finding:
    """The finding of that id, or the only one whose id starts so (also among hidden ones); else a usage error."""
    findings = [*report.findings, *(each.finding for each in report.hidden)]
    exact = [each for each in findings if each.id == wanted]
    near = exact or [each for each in findings if wanted and each.id.lower().startswith(wanted.lower())]
    if len({each.id for each in near}) == 1:
        return near[0]
    known = tuple(each.id for each in findings)
    if near:
        raise UsageError(
            f"{wanted!r} could be any of {say.plural(len(near), 'finding')}",
            check="ambiguous-finding",
            advice=f"write more of it: {say.some_of([each.id for each in near], 5)}",
        )
    raise UsageError(
        f"there is no finding {wanted!r} among {say.number(len(known))}",
        check="unknown-finding",
        advice=did_you_mean(wanted, known) or (f"there are {say.some_of(known, 5)}" if known else ""),
    )


def explain_finding(
    finding: Finding, stream: TextIO, options: Options, report: Report | None = None, *, guide: bool = False
) -> None:
    """Evidence, counter-evidence, what would clear it, who met it when, the certificate, and what to do next."""
    screen = Screen(stream, options)
    title(screen, finding)
    screen.heading("Why")
    points(screen, finding.signals, finding.score)
    _against(screen, finding)
    _meetings(screen, finding)
    _related(screen, finding)
    if finding.certificate:
        _certificate(screen, finding.certificate, (), finding.first_seen, finding.last_seen)
        _chain(screen, finding.certificate, finding.chain)
    else:
        _entity(screen, finding)
    _rules(screen, finding.signals)
    if guide:
        show_guide(screen, finding, report)
    _next(screen, finding, report)


def certificate_text(
    row: read.Row,
    stream: TextIO,
    options: Options,
    *,
    verdicts: Sequence[Verdict] = (),
    chain: Sequence[read.Row] = (),
    signals: Sequence[Signal] = (),
) -> None:
    """A certificate as a person reads it, its chain, and the rules that match it, where there are any."""
    screen = Screen(stream, options)
    screen.say(words((read.common_name(read.text(row, "subject")) or read.text(row, "id") or "(no subject)", "bold")))
    _certificate(screen, row, verdicts, read.moment(row, "first_seen"), read.moment(row, "last_seen"))
    _chain(screen, row, chain)
    if signals:
        screen.heading("Rules that match")
        points(screen, signals, sum(signal.points for signal in signals))
        _rules(screen, signals)


def _against(screen: Screen, finding: Finding) -> None:
    if finding.counter_evidence:
        screen.heading("What speaks against it")
        for text in finding.counter_evidence:
            screen.say(text, 4)
    if finding.clears:
        screen.heading("What would clear it")
        screen.say(finding.clears, 4)


def _meetings(screen: Screen, finding: Finding) -> None:
    screen.heading("Who met it")
    screen.say(say.who_met(finding), 4)
    if finding.first_seen or finding.last_seen:
        screen.say(f"{say.span(finding.first_seen, finding.last_seen)} UTC", 4)
    for each in finding.meetings[:_LANES]:
        screen.say(_meeting(each), 4)
    if len(finding.meetings) > _LANES:
        screen.say(f"and {say.plural(len(finding.meetings) - _LANES, 'more name or destination', 'more')}", 4)
    for lane in finding.met_by[:_LANES]:
        screen.say(
            f"{lane.client}: {say.plural(lane.sessions, 'session')}, {say.span(lane.first_seen, lane.last_seen)}", 4
        )
    for hidden in finding.hidden_meetings[:_LANES]:
        screen.say(_hidden(hidden), 4)


def _related(screen: Screen, finding: Finding) -> None:
    if not finding.related:
        return
    screen.heading("What other logs tell")
    for each in finding.related[:_LANES]:
        screen.say(words((each.kind, "bold"), f": {each.text}"), 4)
        screen.say(words((say.known_by(each), "dim")), 6)
    if len(finding.related) > _LANES:
        screen.say(f"and {say.plural(len(finding.related) - _LANES, 'more record', 'more')}", 4)


def _hidden(meeting: HiddenMeeting) -> Text:
    text = words(("hidden", "italic"), " at ", (meeting.name or "no name", "bold"), f" ({meeting.destination})")
    source = say.KNOWN_WORDS.get(meeting.source, meeting.source)
    text.append_text(
        words(f": {say.plural(meeting.sessions, 'session')}, known from {source}, {meeting.confidence} confidence")
    )
    return text


def _meeting(meeting: Meeting) -> Text:
    text = words((meeting.name or "no name", "bold"), " at ", (meeting.destination, "bold"))
    text.append_text(words(f": {say.plural(meeting.sessions, 'session')}"))
    if meeting.interval_median_s:
        text.append_text(words(f", every {say.duration(meeting.interval_median_s)}"))
    if meeting.name_match == "mismatch":
        text.append_text(words(", a name that the certificate does not cover"))
    return text


def _certificate(
    screen: Screen,
    row: read.Row,
    verdicts: Sequence[Verdict],
    first: datetime | None,
    last: datetime | None,
) -> None:
    screen.heading("Certificate")
    judged = [(view, verdict, reason) for view, verdict, reason in read.trust(row)]
    judged += [(each.view, each.verdict, each.reason) for each in verdicts]
    for view, verdict, reason in judged:
        style = "green" if verdict == "trusted" else "bold"
        why = f", {reason}" if reason and verdict != "trusted" else ""
        screen.say(words(f"{view}: ", (verdict, style), why), 4)
    _names(screen, row)
    _validity(screen, row, first, last)
    facts = read.facts(row)
    if facts:
        screen.pairs([("facts", ", ".join(facts))], indent=4)
    screen.gap()
    screen.pairs([("key", read.key(row)), *read.fingerprints(row), *read.details(row)], indent=4)
    problems = read.errors(row)
    if problems:
        screen.heading("What could not be read")
        screen.pairs(problems[:20], indent=4)


def _names(screen: Screen, row: read.Row) -> None:
    subject, issuer = read.text(row, "subject"), read.text(row, "issuer")
    screen.gap()
    screen.say(words(("subject", "bold")), 4)
    screen.pairs(read.name_parts(subject) or [("", "empty")], indent=6)
    screen.say(words(("issuer", "bold")), 4)
    if issuer and issuer == subject:
        screen.say(f"the same as the subject: it {read.signature(row) or 'names itself as issuer'}", 6)
    else:
        screen.pairs(read.name_parts(issuer) or [("", "empty")], indent=6)
    names, more = read.capped(read.names(row), _NAMES)
    screen.say(words(("names it covers", "bold")), 4)
    screen.say(", ".join([*names, more] if more else names) or "none stated", 6)


def _validity(screen: Screen, row: read.Row, first: datetime | None, last: datetime | None) -> None:
    start, end = read.moment(row, "not_before"), read.moment(row, "not_after")
    screen.say(words(("validity", "bold")), 4)
    lifetime = read.lifetime(row)
    screen.say(f"{say.when(start)} to {say.when(end)} UTC{f' ({lifetime})' if lifetime else ''}", 6)
    contact = read.contact(row, first, last)
    if contact:
        screen.say(contact, 6)


def _chain(screen: Screen, leaf: read.Row, chain: Sequence[read.Row]) -> None:
    screen.heading("Chain")
    rows = [leaf, *chain[:10]]
    for depth, row in enumerate(rows):
        facts = [read.key(row), read.lifetime(row), read.text(row, "sha256")[:16]]
        called = read.common_name(read.text(row, "subject")) or "(no subject)"
        lead = "└ " if depth else ""
        detail = " · ".join(each for each in facts if each)
        screen.say(words((f"{lead}{called}", "bold"), (f"  {detail}", "dim")), 4 + 2 * depth)
    top = rows[-1]
    itself = read.signature(top)
    ending = itself or f"issued by {read.common_name(read.text(top, 'issuer'))}: {read.beyond(leaf)}"
    if itself or read.text(top, "issuer"):
        screen.say(ending, 4 + 2 * len(rows))


def _entity(screen: Screen, finding: Finding) -> None:
    entity = finding.entity
    screen.heading("What is known")
    screen.pairs(
        [
            ("kind", entity.kind),
            ("subject", entity.subject or ""),
            ("issuer", entity.issuer or ""),
            ("names", say.some_of(entity.names, _NAMES)),
            ("serial", entity.serial or ""),
            ("SHA-256", entity.sha256 or ""),
            ("SHA-1", entity.sha1 or ""),
            ("identity", "" if entity.sha256 else entity.key),
        ],
        indent=4,
    )


def _rules(screen: Screen, signals: Sequence[Signal]) -> None:
    """When each rule is wrong, and where its evidence was read."""
    for signal in say.heaviest(signals):
        pairs = [("false alarm", text) for text in signal.false_positives]
        pairs += [("known gap", text) for text in signal.known_gaps]
        for origin in signal.origins[:_ORIGINS]:
            place = f":{origin.line}" if origin.line else f", record {origin.record}" if origin.record else ""
            pairs.append(("read in", f"{origin.file}{place}"))
        if say.is_foreign(signal.author):
            pairs.append(("author", signal.author))
        if not pairs:
            continue
        screen.heading(f"Rule {signal.rule}")
        screen.pairs(pairs, indent=4)


def _next(screen: Screen, finding: Finding, report: Report | None) -> None:
    paths = " ".join(shlex.quote(path) for path in report.inputs[:4]) if report and report.inputs else "PATH"
    key = finding.certificate.get("id") or finding.entity.sha256
    if not isinstance(key, str) or not _PLAIN_ID.fullmatch(key):
        return
    screen.heading("Next")
    chosen = shlex.quote(f'select(.certificate_id == "{key}")')
    screen.say("every session in which it was presented:", 4)
    screen.command(f"certhound events {paths} --format json | jq -c {chosen}", lead="    ")
