"""The report: frozen, versioned, and the one thing that outputs read.

Its JSON form (version 1) is a contract: fields are added, never renamed or taken away, within a version.
Times are UTC with microseconds; counts are whole numbers; ``None`` means no statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from certhound.model.levels import Confidence, Severity

REPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """How many distinct values there are, and the first of them by number of sessions."""

    count: int
    top: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of evidence was read: file, and record in it from 1 (line where the input has lines)."""

    file: str
    line: int | None = None
    record: int | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """What a finding is about. ``kind`` is certificate, name, destination, or host."""

    kind: str
    key: str
    sha256: str | None = None
    sha1: str | None = None
    serial: str | None = None
    subject: str | None = None
    issuer: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule that matched: its own score, its share of the total, and why in words."""

    rule: str
    title: str
    score: int
    points: int
    family: str
    reason: str
    author: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    known_gaps: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    matched: int = 1
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """Who met it when: one name and destination with its sessions, for the time line."""

    name: str | None
    destination: str
    sessions: int
    clients: Counted
    first_seen: datetime | None
    last_seen: datetime | None
    tls_states: dict[str, int] = field(default_factory=dict)
    name_match: str | None = None
    interval_median_s: float | None = None


@dataclass(frozen=True, slots=True)
class MetBy:
    """One client's lane in the time line; ``times`` are starts of sessions, at most a few hundred, evenly thinned."""

    client: str
    sessions: int
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    times: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class HiddenMeeting:
    """Sessions whose certificate was hidden, and which one it presumably was: by what source, and how sure that is."""

    name: str | None
    destination: str
    sessions: int
    certificate_id: str | None
    source: str
    confidence: Confidence
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownFrom:
    """How many sessions of one state of the ledger are hidden, but known from a source, with what confidence."""

    state: str
    source: str
    confidence: Confidence
    sessions: int


@dataclass(frozen=True, slots=True)
class Related:
    """What another log tells of the same entity: by which keys that is known, and how sure it is.

    ``kind`` is the join (proxy, process, lookup, mail, click, thumbprint, host_tool); ``telemetry`` the kind of source.
    """

    kind: str
    keys: tuple[str, ...]
    certainty: Confidence
    text: str
    telemetry: str = ""
    records: int = 1
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One entity with all evidence that accumulated on it.

    ``certificate`` holds the row of ``certificates`` (without the DER) for the page that shows it as a person reads it,
    ``chain`` the rows of the certificates that were sent with it, its issuer first, without the certificate itself.
    ``clears`` says the smallest change that would take it below *low*. ``met_by`` has the clients of most sessions.
    ``hidden_meetings`` are not among its sessions: there the certificate was hidden, and presumably this one.
    ``related``: what other logs tell, the surest first; it is in no score.
    ``new``: earlier runs over the same lake did not have it; ``None`` where there is no lake.
    """

    id: str
    severity: Severity
    score: int
    confidence: Confidence
    entity: Entity
    signals: tuple[Signal, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    clients: Counted
    destinations: Counted
    sessions: int = 0
    meetings: tuple[Meeting, ...] = ()
    certificate: dict[str, object] = field(default_factory=dict)
    chain: tuple[dict[str, object], ...] = ()
    clears: str = ""
    counter_evidence: tuple[str, ...] = ()
    met_by: tuple[MetBy, ...] = ()
    hidden_meetings: tuple[HiddenMeeting, ...] = ()
    new: bool | None = None
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class HiddenFinding:
    """A finding that an exception of the profile hides."""

    finding: Finding
    reason: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Records of one file that could not be read, with the first place and the reason."""

    file: str
    reason: str
    count: int
    first_line: int | None = None


@dataclass(frozen=True, slots=True)
class NotRun:
    """A rule that could not be run, and what it needs."""

    rule: str
    title: str
    needs: tuple[str, ...]
    reason: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class SourceRead:
    """What one recognised format gave: files, records read, records kept aside, bytes."""

    source: str
    files: int
    records: int
    rejected: int
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A file that no source took, with the nearest guess."""

    file: str
    guess: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run has to say."""

    findings: tuple[Finding, ...]
    hidden: tuple[HiddenFinding, ...]
    ledger: dict[str, int]
    rejected: tuple[Rejected, ...]
    not_run: tuple[NotRun, ...]
    sources: tuple[SourceRead, ...]
    unrecognised: tuple[Unrecognised, ...]
    notes: tuple[str, ...] = ()
    rules_run: int = 0
    certificates: int = 0
    sessions: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    seconds: float = 0.0
    bytes_read: int = 0
    inputs: tuple[str, ...] = ()
    next_commands: tuple[str, ...] = ()
    tool_version: str = ""
    version: int = REPORT_VERSION
    known_from: tuple[KnownFrom, ...] = ()
