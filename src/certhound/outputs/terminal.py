"""The result as a person reads it on a terminal: ranked findings, their evidence, and what could not be seen."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TextIO

from rich.text import Text

from certhound.findings.report import Finding, NotRun, Report, Signal
from certhound.model.levels import Severity
from certhound.outputs import words as say
from certhound.outputs.certificate import split_name
from certhound.outputs.contract import Options
from certhound.outputs.screen import Screen, severity, words

name = "terminal"

_ROWS, _EVIDENCE, _LISTED = 40, 12, 8
"""On a terminal: findings in the table, findings with evidence, files or rules in a list. A pipe gets all."""
_RELATED = 2
"""Relations of a finding that its evidence names; explain names them all."""


def write(report: Report, stream: TextIO, options: Options) -> None:
    """The whole report as text; see ``Options`` for what may be cut on a terminal (what was cut is said)."""
    screen = Screen(stream, options)
    findings = say.ranked(report.findings)
    if findings:
        _findings(screen, findings, options)
        _evidence(screen, findings, options)
    else:
        _empty(screen, report)
    _blindness(screen, report)
    _sources(screen, report)
    _rejected(screen, report)
    _not_run(screen, report)
    _foreign(screen, report)
    _hidden(screen, report)
    _notes(screen, report)
    _close(screen, report, findings)


def _limit(screen: Screen, asked: int | None, usual: int) -> int | None:
    """How many to show: what was asked for (0: all), else the usual on a terminal and all on a plain stream."""
    if asked is not None:
        return asked or None
    return usual if screen.look.width else None


def _findings(screen: Screen, findings: Sequence[Finding], options: Options) -> None:
    limit = _limit(screen, options.rows, _ROWS)
    shown = findings[:limit]
    screen.say(words((say.severity_sentence(findings), "bold")))
    screen.gap()
    if screen.wide:
        header = ("severity", "score", "confidence", "finding", "why", "who met it", "id")
        screen.table(
            header, [_row(finding, wrapped=bool(screen.look.width)) for finding in shown], right=frozenset({1})
        )
    else:
        for finding in shown:
            _card(screen, finding)
    _cut(screen, len(findings) - len(shown), "finding", "all of them: --format json, or --html FILE")


def entity(finding: Finding, *, wrapped: bool) -> Text:
    """What the finding is about; where it may wrap, a distinguished name wraps between its attributes."""
    called = say.entity_name(finding.entity)
    return words((", ".join(split_name(called)) if wrapped and "=" in called else called, "bold"))


def _row(finding: Finding, *, wrapped: bool) -> list[Text]:
    return [
        severity(finding.severity),
        words((str(finding.score), "bold")),
        words(finding.confidence),
        entity(finding, wrapped=wrapped),
        words(say.why(finding)),
        words(say.who_met(finding)),
        words((finding.id, "dim"), *_new(finding)),
    ]


def _new(finding: Finding) -> tuple[tuple[str, str], ...]:
    """The mark of what earlier runs over the same lake did not have."""
    return ((" new", "bold"),) if finding.new else ()


def _card(screen: Screen, finding: Finding) -> None:
    """A finding on a narrow terminal: the table's row as a few lines."""
    screen.say(
        Text.assemble(
            severity(finding.severity),
            words((f" {finding.score} ", "bold"), (f" {finding.id}", "dim"), *_new(finding)),
        )
    )
    screen.say(entity(finding, wrapped=True), 2)
    screen.say(say.why(finding), 2)
    screen.say(words((say.who_met(finding), "dim")), 2)


def _evidence(screen: Screen, findings: Sequence[Finding], options: Options) -> None:
    grave = [finding for finding in findings if finding.severity in (Severity.CRITICAL, Severity.HIGH)]
    shown = grave[: _limit(screen, options.evidence, _EVIDENCE)]
    if not shown:
        return
    screen.heading("Evidence")
    for finding in shown:
        screen.gap()
        title(screen, finding)
        points(screen, finding.signals, finding.score)
        screen.pairs(
            [
                ("names", say.some_of(finding.entity.names, 6)),
                ("met", say.span(finding.first_seen, finding.last_seen) if finding.first_seen else ""),
                ("by", say.who_met(finding)),
                ("also", "; ".join(each.text for each in finding.related[:_RELATED])),
                ("clears", finding.clears),
            ],
            indent=4,
        )
    _cut(screen, len(grave) - len(shown), "critical or high finding", "each: certhound explain ID")


def title(screen: Screen, finding: Finding) -> None:
    """The line that heads a finding: severity, score, confidence, id, and what it is about."""
    screen.say(
        Text.assemble(
            severity(finding.severity),
            words(
                (f" {finding.score} ", "bold"),
                (f" {finding.id} ", "dim"),
                *_new(finding),
                (f" confidence {finding.confidence}", ""),
            ),
        )
    )
    screen.say(entity(finding, wrapped=bool(screen.look.width)), 4)


def points(screen: Screen, signals: Sequence[Signal], total: int) -> None:
    """One line a signal with its part of the total; the parts sum to it."""
    for signal in say.heaviest(signals):
        body = words(signal.reason or signal.title)
        body.append_text(words((f"  {signal.rule}", "dim"), url=signal.url))
        if say.is_foreign(signal.author):
            body.append_text(words((f"  by {signal.author}", "italic")))
        screen.hang(words((f"{signal.points:>3}", "bold")), body, 3, indent=4)
    screen.hang(words((f"{total:>3}", "bold")), "in all", 3, indent=4)


def _empty(screen: Screen, report: Report) -> None:
    screen.say(words(("No findings.", "bold")))
    for line in say.empty_result(report):
        label, _, value = line.partition(": ")
        screen.pairs([(f"{label:<20}", value)])


def _blindness(screen: Screen, report: Report) -> None:
    screen.heading("What could be seen")
    screen.say(say.blindness(report.ledger), 2)
    if known := say.known_from(report):
        screen.say(known, 2)


def _sources(screen: Screen, report: Report) -> None:
    if report.sources:
        screen.heading("Recognised")
    for source in report.sources:
        aside = f", {say.number(source.rejected)} kept aside" if source.rejected else ""
        volume = f", {say.size(source.bytes)}" if source.bytes else ""
        where = say.plural(source.files, "file") if source.files else "the same files"
        screen.say(
            f"{source.source}: {say.plural(source.records, 'record')} of {where}{volume}{aside}",
            2,
        )
    if report.unrecognised:
        screen.heading(f"Not recognised: {say.plural(len(report.unrecognised), 'file')}")
        shown = report.unrecognised[: _limit(screen, None, _LISTED)]
        for each in shown:
            screen.say(f"{each.file}: {each.guess}" if each.guess else each.file, 2)
        _cut(screen, len(report.unrecognised) - len(shown), "file", "all of them: --format json")


def _rejected(screen: Screen, report: Report) -> None:
    if not report.rejected:
        return
    total = sum(each.count for each in report.rejected)
    screen.heading(f"Rejected: {say.plural(total, 'record')}, kept aside with the reason")
    shown = report.rejected[: _limit(screen, None, _LISTED)]
    for each in shown:
        place = each.file if each.first_line is None else f"{each.file}:{each.first_line}"
        screen.say(f"{place}: {each.reason} ({say.plural(each.count, 'record')})", 2)
    _cut(screen, len(report.rejected) - len(shown), "reason", "all of them: --format json")


def _not_run(screen: Screen, report: Report) -> None:
    """Rules that need the same are said together."""
    if not report.not_run:
        return
    screen.heading(f"Not run: {say.plural(len(report.not_run), 'rule')} whose data is missing")
    alike: dict[tuple[tuple[str, ...], str, str], list[NotRun]] = {}
    for each in report.not_run:
        author = each.author if say.is_foreign(each.author) else ""
        alike.setdefault((each.needs, each.reason if each.needs else each.rule, author), []).append(each)
    groups = list(alike.values())
    shown = groups[: _limit(screen, None, _LISTED)]
    for group in shown:
        screen.say(_lacking(group), 2)
    _cut(screen, sum(map(len, groups[len(shown) :])), "rule", "all of them: --format json")


def _lacking(group: list[NotRun]) -> Text:
    first = group[0]
    needs = f"needs {', '.join(first.needs)}" if first.needs else first.reason
    if len(group) > 1:
        text = words(f"{needs}: ", (", ".join(each.rule for each in group), "bold"))
    else:
        text = words((first.rule, "bold"), f" {first.title}: {needs}" if first.title else f": {needs}")
    if first.needs and first.reason:
        text.append_text(words((f" ({first.reason})", "dim")))
    if say.is_foreign(first.author):
        text.append_text(words((f"  by {first.author}", "italic")))
    return text


def _foreign(screen: Screen, report: Report) -> None:
    rules = say.foreign_rules(report)
    if rules:
        screen.heading("Rules of others that matched")
    for rule, called, author in rules:
        screen.say(words(f"{called or rule} by {author}  ", (rule, "dim")), 2)


def _hidden(screen: Screen, report: Report) -> None:
    if not report.hidden:
        return
    screen.heading(f"Hidden by exceptions: {say.plural(len(report.hidden), 'finding')}")
    for each in report.hidden:
        found = each.finding
        screen.say(
            Text.assemble(
                severity(found.severity),
                words(f" {found.score}  {say.entity_name(found.entity)}  ", (found.id, "dim")),
                words(f"  {each.reason} (owner {each.owner or 'not named'}, expires {each.expires or 'never'})"),
            ),
            2,
        )


def _notes(screen: Screen, report: Report) -> None:
    if report.notes:
        screen.heading("Notes")
    for note in report.notes:
        screen.say(note, 2)


def _close(screen: Screen, report: Report, findings: Sequence[Finding]) -> None:
    screen.gap()
    screen.say(say.volume(report))
    commands = report.next_commands
    if not commands and findings:
        commands = (f"certhound explain {shlex.quote(findings[0].id)}",)
    for place, command in enumerate(commands[:2]):
        screen.command(command, lead="       " if place else "next:  ")


def _cut(screen: Screen, count: int, noun: str, advice: str) -> None:
    if count > 0:
        screen.say(words((f"… and {say.plural(count, 'more ' + noun)} ({advice})", "dim")), 2)
