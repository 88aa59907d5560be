"""Detection over a lake that lasts: all rules over all that it holds, and what is new since the last time."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from certhound.findings.entity import finding_id
from certhound.findings.report import Finding, Rejected, Report, SourceRead
from certhound.findings.run import MAX_FINDINGS, Amendment, Progress, judged, rules_for
from certhound.lake.build import Lake
from certhound.lake.store.disk import lake_error
from certhound.lake.store.history import Found, History, only_detection, read_history, write_history
from certhound.lake.store.ingest import Ingested, ingest
from certhound.lake.store.journal import Journal, State, Waiting
from certhound.lake.store.origins import sources_of_inputs
from certhound.lake.store.stored import Window, fill_stored, start_stored, window_of, window_parts
from certhound.lake.tables import build_tables
from certhound.model.columns import EVENTS, TLS_STATES
from certhound.model.profile import Profile
from certhound.rules import Rule

_IN_WINDOW = """
CREATE TABLE in_window AS SELECT DISTINCT hashed AS certificate, contact FROM met_parts WHERE batch IN ($batches);
DELETE FROM hits WHERE rule NOT IN ($spared) AND contact IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM in_window w WHERE w.certificate IS NOT DISTINCT FROM hits.certificate AND w.contact = hits.contact
);
DELETE FROM hits WHERE rule NOT IN ($spared) AND contact IS NULL
    AND certificate NOT IN (SELECT certificate FROM in_window)
    AND certificate NOT IN (SELECT hash(id) FROM certificates WHERE last_seen IS NULL OR last_seen >= $since)
"""
_STATES = """
SELECT CASE WHEN tls_state = 'seen' AND resigned THEN 'resigned' ELSE tls_state END AS state, sum(sessions)::BIGINT
FROM met_states WHERE batch IN ($batches) GROUP BY 1
"""
_UNLOGGED = "SELECT coalesce(sum(unlogged), 0) FROM counts WHERE part IN ($batches)"
_FORMER = "SELECT canonical, id FROM alias_of WHERE canonical IN (SELECT key FROM entities WHERE kind = 'certificate')"


def detect(
    folder: Path,
    *,
    profile: Profile,
    rules: Iterable[Path] = (),
    max_findings: int = MAX_FINDINGS,
    today: date | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    remember: bool = True,
) -> Report:
    """Judge a lake and report.

    ``since``: only what was met from then on is judged, but all that is known of earlier times counts. ``until``:
    nothing from then on is looked at. ``remember``: what was found is written into the lake, and the next run knows it.
    """
    started = time.perf_counter()
    rule_set = rules_for(profile, rules)
    window = window_of(since, until)
    with only_detection(folder) as writable, Journal(folder).reading() as state:
        past = _Past(read_history(folder))
        lake = start_stored(folder, state, profile, window)
        try:
            fill_stored(lake)
            build_tables(lake)
            _restrict(lake, window)
            amendment = Amendment(lambda each, ran: _narrow(each, ran, window), past.amend)
            report = judged(lake, [folder], rule_set, max_findings=max_findings, today=today, amendment=amendment)
        finally:
            lake.close()
        sources = sources_of(folder, state)
        notes = report.notes
        if remember and writable:
            try:
                write_history(folder, past.now(report))
            except OSError as error:
                notes = (*notes, f"what was found could not be remembered: {lake_error(folder, error).text}")
        elif remember:
            notes = (*notes, "what was found could not be remembered: the lake cannot be written")
    return replace(
        report,
        notes=notes,
        sources=sources,
        next_commands=_next(folder, report),
        seconds=time.perf_counter() - started,
    )


def scan_into(
    paths: Iterable[Path],
    folder: Path,
    *,
    profile: Profile,
    rules: Iterable[Path] = (),
    progress: Progress | None = None,
    waiting: Waiting | None = None,
    max_findings: int = MAX_FINDINGS,
) -> tuple[Report, Ingested]:
    """Take files into a lake, then judge all that it holds."""
    rules_for(profile, rules)  # what is wrong with them is said before the work

    def tell(size: int, file: str) -> None:
        if progress is not None:
            progress(size, 0, file)

    done = ingest(paths, folder, progress=tell, waiting=waiting, zones=profile.zones)
    report = detect(folder, profile=profile, rules=rules, max_findings=max_findings)
    unreadable = tuple(Rejected(each.path, each.reason, 1) for each in done.unreadable)
    return replace(report, rejected=(*report.rejected, *unreadable)), done


# --- the window ------------------------------------------------------------------------------------------------------


def _batches(lake: Lake) -> str:
    return ", ".join(str(number) for number in window_parts(lake)) or "-1"


def _restrict(lake: Lake, window: Window) -> None:
    """The ledger counts the sessions of the window."""
    if window.since is None:
        return
    batches = _batches(lake)
    counts = dict(lake.session.execute(_STATES.replace("$batches", batches)).fetchall())
    unlogged = int(lake.session.scalar(_UNLOGGED.replace("$batches", batches)) or 0)
    counts["not_logged"] = counts.get("not_logged", 0) + unlogged
    lake.ledger = {state: int(counts.get(state, 0) or 0) for state, _ in TLS_STATES}


def _narrow(lake: Lake, ran: list[Rule], window: Window) -> None:
    """Hits on what was not met in the window do not count; rules about events have asked those of the window only."""
    if window.since is not None:
        since = f"TIMESTAMP '{window.since:%Y-%m-%d %H:%M:%S.%f}'"
        spared = ", ".join(str(number) for number, rule in enumerate(ran) if rule.table == EVENTS.name) or "-1"
        text = _IN_WINDOW.replace("$batches", _batches(lake)).replace("$since", since).replace("$spared", spared)
        lake.session.execute(text)


# --- what was found before -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Past:
    """The history, and the entities of this run."""

    history: History
    entities: list[tuple[str, str]] = field(default_factory=list)
    former: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def amend(self, lake: Lake, findings: list[Finding]) -> list[Finding]:
        """Findings with the id that was given out first, when they were first met, and whether they are new."""
        self.entities = lake.session.execute("SELECT kind, key FROM entities").fetchall()
        for canonical, id_ in lake.session.execute(_FORMER).fetchall():
            self.former[canonical].append(id_)
        known = self.history.by_key()
        return [self._amended(each, self._before(known, each.entity.kind, each.entity.key)) for each in findings]

    def _before(self, known: dict[tuple[str, str], Found], kind: str, key: str) -> Found | None:
        """What was found of an entity before, also under what it was known by then."""
        found = [known[kind, each] for each in (key, *self.former.get(key, ())) if (kind, each) in known]
        return min(found, key=lambda each: (each.first_found, each.id), default=None)

    @staticmethod
    def _amended(finding: Finding, before: Found | None) -> Finding:
        if before is None:
            return replace(finding, new=True)
        times = [each for each in (finding.first_seen, before.first_seen) if each is not None]
        return replace(finding, id=before.id, first_seen=min(times, default=None), new=False)

    def now(self, report: Report) -> History:
        """The history with this run."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        known = self.history.by_key()
        shown = {(each.entity.kind, each.entity.key): each for each in report.findings}
        shown |= {(each.finding.entity.kind, each.finding.entity.key): each.finding for each in report.hidden}
        after = dict(known)
        for kind, key in self.entities:
            before = self._before(known, kind, key)
            finding = shown.get((kind, key))
            first = finding.first_seen if finding is not None else before.first_seen if before is not None else None
            after[kind, key] = Found(
                kind,
                key,
                before.id if before else finding_id(kind, key),
                before.first_found if before else moment,
                moment,
                first,
            )
        return History(number=self.history.number + 1, found=list(after.values()))


# --- the account of the inputs ---------------------------------------------------------------------------------------


def sources_of(folder: Path, state: State) -> tuple[SourceRead, ...]:
    """What each format gave, by what is known of the inputs.

    Where a file has records of several sources, that of its first record has the file.
    """
    told = sources_of_inputs(folder, state)
    files: dict[str, set[str]] = defaultdict(set)
    records: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for number, known in state.files.items():
        if not known.source:
            continue
        counts = told.get(number, {})
        source = next(iter(counts), known.source)
        for each, count in counts.items():
            files.setdefault(each, set())
            records[each] += count
        files[source].add(known.name)
        records[source] += known.rows + (known.certificates or 0) - sum(counts.values())
        rejected[source] += known.rejected
        sizes[source] += known.size
    return tuple(
        SourceRead(each, len(files[each]), records[each], rejected[each], sizes[each]) for each in sorted(files)
    )


def _next(folder: Path, report: Report) -> tuple[str, ...]:
    import shlex

    from certhound.sources.files import path_text

    where = shlex.quote(path_text(folder))
    return (f"certhound detect --lake {where} --html certhound.html",) if report.sources else ()
