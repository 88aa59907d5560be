"""The main job: read, build the tables, ask all rules at once, rank, and tell it in one report."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from certhound import __version__
from certhound.findings.assemble import assemble
from certhound.findings.details import gather
from certhound.findings.event_rules import watch
from certhound.findings.hidden import hidden_but_known
from certhound.findings.hits import find_hits, rank
from certhound.findings.input_notes import input_notes
from certhound.findings.report import (
    Finding,
    HiddenFinding,
    KnownFrom,
    NotRun,
    Rejected,
    Report,
    SourceRead,
    Unrecognised,
)
from certhound.lake.build import Lake, open_lake
from certhound.lake.tables import build_tables
from certhound.model.columns import CERTIFICATES, CONTACTS, EVENTS
from certhound.model.exceptions import Subject, hiding
from certhound.model.levels import Severity
from certhound.model.profile import Profile
from certhound.rules import Rule, RuleSet, RunPlan, load_rules, plan_run
from certhound.rules.schema import contact_columns, table_columns
from certhound.sources.files import path_text
from certhound.x509.trust import RootStore

MAX_FINDINGS = 1000
"""Findings that a report lists in full; the rest are counted, and said to be."""

Progress = Callable[[int, int, str], None]
"""Told while reading: bytes done, bytes in all, and the file."""


def scan(
    paths: Iterable[Path],
    *,
    profile: Profile,
    rules: Iterable[Path] = (),
    progress: Progress | None = None,
    max_findings: int = MAX_FINDINGS,
    today: date | None = None,
) -> Report:
    """Scan files and folders and report. ``rules`` are further files or folders of Sigma rules beside our own."""
    started = time.perf_counter()
    named = [Path(path) for path in paths]
    rule_set = rules_for(profile, rules)
    lake = open_lake(named, profile, _with_total(progress), watch(rule_set))
    try:
        build_tables(lake)
        report = judged(lake, named, rule_set, max_findings=max_findings, today=today)
        return replace(report, seconds=time.perf_counter() - started)
    finally:
        lake.close()


def rules_for(profile: Profile, further: Iterable[Path]) -> RuleSet:
    """Our rules and the further ones, as far as they are right; else an error that lists what is wrong."""
    rule_set = load_rules(further, placeholders=profile.placeholders(_internal_ca_names(profile)))
    rule_set.check()
    return rule_set


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a lake that lasts adds: which hits count (``narrow``), and what it knows of findings from before."""

    narrow: Callable[[Lake, list[Rule]], None]
    amend: Callable[[Lake, list[Finding]], list[Finding]]


def judged(
    lake: Lake,
    named: list[Path],
    rule_set: RuleSet,
    *,
    max_findings: int = MAX_FINDINGS,
    today: date | None = None,
    amendment: Amendment | None = None,
) -> Report:
    """Ask all rules of a lake whose tables are built, rank what they find, and tell it."""
    profile = lake.profile
    met = {(part.plan.shape.source, part.plan.shape.category) for part in lake.parts}
    plan = plan_run(rule_set, available(lake), met)
    numbered = find_hits(lake, plan)
    if amendment is not None:
        amendment.narrow(lake, numbered)
    findings, total, known_from = _findings(lake, numbered, max_findings)
    if amendment is not None:
        findings = amendment.amend(lake, findings)
    shown, hidden, notes = _apply_exceptions(findings, profile, today or datetime.now(UTC).date())
    notes += input_notes(lake)
    if total > len(findings):
        notes.append(f"{total - len(findings):,} more findings score lower than the {len(findings):,} listed here")
    report = _report(lake, named, shown, hidden, plan, notes)
    return replace(report, known_from=known_from)


def _internal_ca_names(profile: Profile) -> list[str]:
    """Subjects of the organisation's own CAs, for rules that ask for them."""
    if not profile.internal_cas:
        return []
    store = RootStore.from_files(profile.internal_cas)
    return sorted({entry.certificate.subject for entry in store.anchors if entry.certificate.subject})


def _with_total(progress: Progress | None) -> Callable[[int, str], None] | None:
    if progress is None:
        return None

    def tell(done: int, file: str) -> None:
        progress(done, 0, file)

    return tell


def _met(lake: Lake) -> set[tuple[str, str]] | None:
    """Kinds of records that were read, by source and category; None where that is only known row by row."""
    if any(part.view is not None for part in lake.parts):
        return None
    shapes = [each for part in lake.parts for each in (part.plan.shape, *part.plan.shape.kinds.values())]
    return {(shape.source, shape.category) for shape in shapes}


def available(lake: Lake) -> dict[str, set[str]]:
    """For each table the columns that some source of this run can fill."""
    shapes = [part.plan.shape for part in lake.parts]
    events = {name for shape in shapes for name in shape.mapping} | {"source", "category", "origin_file"}
    if lake.parts:
        events |= {"payload", "fields", "origin_line", "origin_record", "parse_error"}
    stated = {name for shape in shapes for name in (shape.certificate or {})}
    certificates = set(table_columns(CERTIFICATES.name)) - set(CERTIFICATES.names())
    certificates |= stated | _DERIVED
    if lake.session.scalar("SELECT count(*) FROM certificates WHERE der IS NOT NULL"):
        certificates |= set(CERTIFICATES.names())
    own = set(CONTACTS.names())
    if not any(
        shape.category == "connection" and {"session_uid", "bytes_out"} <= set(shape.mapping) for shape in shapes
    ):
        own.discard("bytes_out_median")
    if not any("dns_answers" in shape.mapping for shape in shapes):
        own.discard("name_resolved_here")
    prefixed = {c.name for c in contact_columns() if c.name.removeprefix("certificate_") in certificates}
    return {EVENTS.name: events, CERTIFICATES.name: certificates, CONTACTS.name: own | certificates | prefixed}


_DERIVED = {
    "id", "sha256", "sha1", "subject_cn", "issuer_cn", "self_issued", "first_seen", "last_seen", "sources", "role",
    "sensor_validation", "sessions", "clients", "destinations", "resigned", "trust", "trust_reason", "house_trust",
    "house_trust_reason", "self_signed", "origin_file",
}  # fmt: skip
"""Columns of a certificate that do not depend on what a source states, or that say by their absence what is unknown."""


def _findings(lake: Lake, numbered: list[Rule], limit: int) -> tuple[list[Finding], int, tuple[KnownFrom, ...]]:
    ranked, total = rank(lake, numbered, limit)
    details = gather(lake, ranked)
    hidden = hidden_but_known(lake)
    return [assemble(lake, details, each, numbered, hidden) for each in ranked], total, hidden.known_from


def _apply_exceptions(
    findings: list[Finding], profile: Profile, today: date
) -> tuple[list[Finding], list[HiddenFinding], list[str]]:
    """Findings that no exception of the profile hides, those that one does, and what is to be said about them."""
    shown: list[Finding] = []
    hidden: list[HiddenFinding] = []
    for finding in sorted(findings, key=lambda each: (-each.score, -each.sessions, each.id)):
        exception = hiding(profile.exceptions, _subject(finding), today)
        if exception is None:
            shown.append(finding)
        else:
            expires = exception.expires.isoformat() if exception.expires else ""
            hidden.append(HiddenFinding(finding, exception.reason, exception.owner, expires))
    expired = [each for each in profile.exceptions if each.expires is not None and each.expires < today]
    notes = [
        f"exception of {each.owner} ({each.reason}) expired on {each.expires} and hides nothing" for each in expired
    ]
    return shown, hidden, notes


def _subject(finding: Finding) -> Subject:
    """What exceptions can be about."""
    return Subject(
        sha256=finding.entity.sha256,
        subject=finding.entity.subject,
        issuer=finding.entity.issuer,
        names=(*finding.entity.names, *(meeting.name for meeting in finding.meetings if meeting.name)),
        destinations=tuple(meeting.destination for meeting in finding.meetings),
        rules=tuple(signal.rule for signal in finding.signals),
    )


def _report(
    lake: Lake,
    named: list[Path],
    shown: list[Finding],
    hidden: list[HiddenFinding],
    plan: RunPlan,
    notes: list[str],
) -> Report:
    return Report(
        tuple(shown),
        tuple(hidden),
        lake.ledger,
        _rejected(lake),
        tuple(NotRun(each.rule, each.title, each.needs, each.reason, each.author) for each in plan.not_run),
        _sources(lake),
        tuple(Unrecognised(file, guess) for file, guess in lake.inputs.unrecognised),
        tuple(notes),
        rules_run=len(plan.rules),
        certificates=int(lake.session.scalar("SELECT count(*) FROM certificates") or 0),
        sessions=sum(lake.ledger.values()),
        first_seen=_utc(lake.first_seen),
        last_seen=_utc(lake.last_seen),
        bytes_read=lake.inputs.size,
        inputs=tuple(path_text(path) for path in named),
        next_commands=_next(named, shown) if lake.inputs.recognised else (),
        tool_version=__version__,
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _rejected(lake: Lake) -> tuple[Rejected, ...]:
    """Rejects by file and reason, with the first place; files that could not be opened are among them."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int | None] = {}
    for each in lake.rejected:
        key = (each.file, each.reason)
        counts[key] += 1
        first.setdefault(key, each.line)
    found = [Rejected(file, reason, count, first[file, reason]) for (file, reason), count in counts.items()]
    found += [Rejected(each.path, each.reason, 1) for each in lake.inputs.unreadable]
    return tuple(sorted(found, key=lambda each: (each.file, each.first_line or 0, each.reason)))


def _sources(lake: Lake) -> tuple[SourceRead, ...]:
    """Each source with its files; a file of several sources counts, with size and rejects, for the first of them."""
    rejects = Counter(each.file for each in lake.rejected)
    files: dict[str, set[str]] = defaultdict(set)
    rejected: Counter[str] = Counter()
    records: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    met: dict[str, list[str]] = defaultdict(list)
    for part in lake.parts:
        if part.whole and part.plan.shape.source not in met[part.plan.file]:
            met[part.plan.file].append(part.plan.shape.source)
    first = {file.path: (met.get(file.path) or [taken.source])[0] for file, taken in lake.inputs.recognised}
    for file, taken in lake.inputs.recognised:
        files[first[file.path]].add(file.path)
        for source in met.get(file.path, ()):
            files.setdefault(source, set())
        sizes[first[file.path]] += file.size
        rejected[first[file.path]] += rejects[file.path]
        if taken.certificates is not None:
            records[taken.source] += lake.certificates_of.get(file.path, 0)
    for part in lake.parts:
        records[part.plan.shape.source if part.whole else first[part.plan.file]] += part.records
    return tuple(
        SourceRead(source, len(paths), records[source], rejected[source], sizes[source])
        for source, paths in sorted(files.items())
    )


def _next(named: list[Path], shown: list[Finding]) -> tuple[str, ...]:
    """One or two exact commands that go on from here."""
    import shlex

    where = " ".join(shlex.quote(path_text(path)) for path in named)
    worst = next((finding for finding in shown if finding.severity.rank >= Severity.MEDIUM.rank), None)
    page = f"certhound scan {where} --html certhound.html"
    return (f"certhound explain {worst.id} {where}", page) if worst else (page,)
