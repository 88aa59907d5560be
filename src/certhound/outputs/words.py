"""Numbers, times, states and verdicts in plain words: the one place, so that all outputs say the same.

Nothing here is defused: whoever shows a text calls ``defuse.visible`` on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from certhound.findings.report import Counted, Entity, Finding, Related, Report, Signal
from certhound.model.columns import TLS_STATES
from certhound.model.levels import Severity

STATE_WORDS: dict[str, str] = {
    "seen": "certificate seen",
    "hidden_tls13": "hidden by TLS 1.3",
    "hidden_ech": "hidden by Encrypted Client Hello",
    "resigned": "re-signed by an inspecting proxy",
    "resumed": "resumed, no certificate sent",
    "failed": "handshake failed",
    "not_logged": "not logged",
}
"""Short words for the ledger's states, in the order in which they are shown."""

STATE_MEANINGS: dict[str, str] = dict(TLS_STATES)
BLIND_STATES = ("hidden_tls13", "hidden_ech", "resigned", "not_logged")
"""States in which a session came about and nobody could judge the server's own certificate."""

TRUST_WORDS: dict[str, str] = {
    "trusted": "leads to a trusted root",
    "trusted_then": "was trusted when it was met",
    "house_ca": "issued by the organisation's own CA",
    "self_signed": "signs itself",
    "self_issued": "names itself as its issuer",
    "unknown_issuer": "issuer unknown",
    "chain_incomplete": "a link of the chain is missing",
    "expired": "expired when it was met",
    "not_yet_valid": "not yet valid when it was met",
    "wrong_name": "does not cover the name",
    "broken_signature": "a signature of the chain does not verify",
    "not_a_ca": "signed by a certificate that is no CA",
    "path_too_long": "the chain is longer than its CA allows",
    "key_usage": "a key is used against its key usage",
    "ext_key_usage": "not meant for TLS servers",
    "name_constraint": "outside its CA's name constraints",
    "critical_extension": "has a critical extension that nobody knows",
    "policy": "breaks a required policy",
    "weak_algorithm": "uses a weak algorithm",
    "malformed": "malformed",
    "gave_up": "not verified within the budget",
}
"""The typed reasons of a verdict in words."""


def number(value: int) -> str:
    """With thousands separators: 1,234,567."""
    return f"{value:,}"


def plural(value: int, noun: str, many: str | None = None) -> str:
    """``1 client``, ``2,000 clients``."""
    return f"{value:,} {noun if value == 1 else many or noun + 's'}"


def percent(part: int, whole: int) -> str:
    """A share that never rounds something to nothing, or nearly all to all."""
    if whole <= 0:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "<0.1%"
    if 99.9 < share < 100:
        return ">99.9%"
    return f"{share:.0f}%" if share >= 10 or share == 0 else f"{share:.1f}%"


def size(count: int) -> str:
    """Bytes with a decimal unit: 1.2 GB."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def duration(seconds: float) -> str:
    """The two largest units that say something: ``3 d 4 h``, ``12 min``, ``0.4 s``."""
    seconds = abs(seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    parts: list[str] = []
    for unit, length in (("y", 31_557_600), ("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        amount, whole = divmod(whole, length)
        if amount:
            parts.append(f"{amount:,} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


def days(length: timedelta) -> str:
    """A lifetime as people state it: in days, and in hours below two days."""
    seconds = length.total_seconds()
    if abs(seconds) < 2 * 86_400:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / 86_400:,.0f} days"


def utc(moment: datetime) -> datetime:
    """The moment in UTC; one without a zone is UTC already."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within hours of year 1 or 9999
        return moment.replace(tzinfo=UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds and Z: 2026-03-01T12:34:56.000000Z."""
    return f"{utc(moment).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def when(moment: datetime | None) -> str:
    """To the minute: 2026-03-01 12:34."""
    return utc(moment).isoformat(" ", "minutes")[:16] if moment else "–"


def span(first: datetime | None, last: datetime | None) -> str:
    """``2026-03-01 12:34 to 15:10`` (UTC); the second date only where it differs."""
    if first is None or last is None:
        return when(first or last)
    start, end = when(first), when(last)
    if start == end:
        return start
    return f"{start} to {end[11:] if start[:10] == end[:10] else end}"


def entity_name(entity: Entity) -> str:
    """What a person calls it: the subject, else the first name, else the key."""
    return entity.subject or (entity.names[0] if entity.names else "") or entity.key or "(no name)"


def some(counted: Counted, limit: int = 3) -> str:
    """The first of the list, and how many more there are."""
    shown = ", ".join(counted.top[:limit])
    rest = counted.count - min(limit, len(counted.top))
    if not shown:
        return ""
    return f"{shown} and {number(rest)} more" if rest > 0 else shown


def some_of(values: Sequence[str], limit: int) -> str:
    """The first values with commas, and how many more there are."""
    return some(Counted(len(values), tuple(values)), limit)


def who_met(finding: Finding) -> str:
    """``2 clients (10.0.0.5, 10.0.0.9), 312 sessions, at 203.0.113.5:4444``."""
    parts = []
    if finding.clients.count:
        listed = some(finding.clients, 2)
        parts.append(plural(finding.clients.count, "client") + (f" ({listed})" if listed else ""))
    if finding.sessions:
        parts.append(plural(finding.sessions, "session"))
    if finding.destinations.count:
        parts.append(f"at {some(finding.destinations, 2) or plural(finding.destinations.count, 'destination')}")
    return ", ".join(parts) or "not met in a TLS session"


def why(finding: Finding, limit: int = 3) -> str:
    """The titles of the signals that weigh most."""
    signals = heaviest(finding.signals)
    text = "; ".join(signal.title or signal.rule for signal in signals[:limit])
    rest = len(signals) - limit
    return f"{text}; {rest} more" if rest > 0 else text


def heaviest(signals: Sequence[Signal]) -> list[Signal]:
    """Signals by their part of the total; the rule's name decides between equals."""
    return sorted(signals, key=lambda signal: (-signal.points, -signal.score, signal.rule))


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by score, then severity, sessions, and id: the same order everywhere."""
    return sorted(findings, key=lambda each: (-each.score, -each.severity.rank, -each.sessions, each.id))


def is_foreign(author: str) -> bool:
    """Whether a rule is somebody else's, whose licence may want the author shown (DRL 1.1)."""
    return bool(author.strip()) and not author.strip().lower().startswith("certhound")


def severities(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity, worst first, also the empty ones."""
    counts = dict.fromkeys(sorted(Severity, key=lambda each: -each.rank), 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts


def severity_sentence(findings: Sequence[Finding]) -> str:
    """``2 critical, 3 high and 1 low finding``."""
    parts = [f"{number(count)} {severity}" for severity, count in severities(findings).items() if count]
    if not parts:
        return "No findings"
    joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{joined} {'finding' if len(findings) == 1 else 'findings'}"


def foreign_rules(report: Report) -> list[tuple[str, str, str]]:
    """Rule, title and author of each rule of somebody else's that matched, also in hidden findings."""
    findings = [*report.findings, *(each.finding for each in report.hidden)]
    signals = (signal for finding in findings for signal in finding.signals)
    return sorted({(each.rule, each.title, each.author) for each in signals if is_foreign(each.author)})


def ledger_states(ledger: Mapping[str, int]) -> list[tuple[str, int]]:
    """States with their sessions, in the order of ``STATE_WORDS``; unknown ones last; empty ones left out."""
    known = [(state, ledger[state]) for state in STATE_WORDS if ledger.get(state)]
    return known + sorted((state, count) for state, count in ledger.items() if count and state not in STATE_WORDS)


def blind_sentence(ledger: Mapping[str, int]) -> str:
    """Which share of the sessions nobody could judge."""
    total = sum(ledger.values())
    blind = sum(ledger.get(state, 0) for state in BLIND_STATES)
    if not total:
        return "No TLS sessions were read, so there is nothing to be blind to."
    if not blind:
        return "No certificate was hidden."
    return f"In {percent(blind, total)} of the sessions nobody could judge the server's certificate."


KNOWN_WORDS = {
    "name_and_address": "the same name at the same address",
    "name": "the same name elsewhere",
    "certificate_file": "a certificate given as a file",
    "proxy_and_session": "names that a proxy wrote",
    "dns_and_session": "names of DNS that were met",
    "address": "the same address",
    "dns": "names of DNS",
}
"""Short words for where a hidden certificate is known from, the most telling first."""


def known_from(report: Report) -> str:
    """Of how many hidden sessions certificate or name are known from elsewhere; empty where of none."""
    total = sum(each.sessions for each in report.known_from)
    if not total:
        return ""
    by_source = {
        source: sum(each.sessions for each in report.known_from if each.source == source)
        for source in (*KNOWN_WORDS, *sorted({each.source for each in report.known_from} - set(KNOWN_WORDS)))
    }
    listed = ", ".join(
        f"{KNOWN_WORDS.get(source, source)} {number(count)}" for source, count in by_source.items() if count
    )
    return f"Hidden, but known from elsewhere: {plural(total, 'session')} (from {listed})."


def blindness(ledger: Mapping[str, int]) -> str:
    """The ledger in one or two sentences, with the share that nobody could judge."""
    states = ledger_states(ledger)
    total = sum(count for _, count in states)
    if not total:
        return blind_sentence(ledger)
    listed = ", ".join(
        f"{STATE_WORDS.get(state, state)} {percent(count, total)} ({number(count)})" for state, count in states
    )
    return f"Of {plural(total, 'TLS session')}: {listed}. {blind_sentence(ledger)}"


def empty_result(report: Report) -> list[str]:
    """Why there may be no finding: what was read and what kept certhound from seeing, one sentence each."""
    records = sum(source.records for source in report.sources)
    files = sum(source.files for source in report.sources)
    lines = [
        f"read: {plural(records, 'record')} of {plural(files, 'file')}, "
        f"{plural(report.certificates, 'certificate')}, {plural(report.sessions, 'TLS session')}"
        if report.sources
        else "read: nothing that certhound recognises"
    ]
    rejected = sum(each.count for each in report.rejected)
    lines.append(f"not recognised: {plural(len(report.unrecognised), 'file')}")
    lines.append(f"rejected: {plural(rejected, 'record')}")
    lines.append(f"rules: {number(report.rules_run)} run, {number(len(report.not_run))} not run for lack of data")
    total = sum(report.ledger.values())
    blind = sum(report.ledger.get(state, 0) for state in BLIND_STATES)
    lines.append(f"blind: {percent(blind, total)} of the TLS sessions" if total else "blind: no TLS sessions were read")
    lines.append(f"hidden by exceptions: {plural(len(report.hidden), 'finding')}")
    return lines


def volume(report: Report) -> str:
    """``Read 12,345 records of 14 files (1.2 GB) in 3.4 s; 41 rules over 1,234 certificates and 9,975 sessions``."""
    records = sum(source.records for source in report.sources)
    files = sum(source.files for source in report.sources)
    read = f"Read {plural(records, 'record')} of {plural(files, 'file')}"
    if report.bytes_read:
        read += f" ({size(report.bytes_read)})"
    if report.seconds:
        read += f" in {duration(report.seconds)}"
        if report.bytes_read:
            read += f" ({size(round(report.bytes_read / report.seconds))}/s)"
    return (
        f"{read}; {plural(report.rules_run, 'rule')} over {plural(report.certificates, 'certificate')} "
        f"and {plural(report.sessions, 'TLS session')}."
    )


def known_by(related: Related) -> str:
    """``high certainty, by client, name, time within 60 s; 2026-03-01 12:34; read in access.log:7``."""
    parts = [f"{related.certainty} certainty, by {', '.join(related.keys)}"]
    if related.first_seen is not None:
        parts.append(span(related.first_seen, related.last_seen))
    origin = related.origin
    if origin is not None:
        place = f":{origin.line}" if origin.line else f", record {origin.record}" if origin.record else ""
        parts.append(f"read in {origin.file}{place}")
    return "; ".join(parts)
