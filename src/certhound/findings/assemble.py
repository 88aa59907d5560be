"""From a ranked entity and its details to the finding that people read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from certhound.findings.details import Details, Row, destination, meetings_of, origins_of
from certhound.findings.entity import certificate_entity, finding_id
from certhound.findings.event_samples import Sample
from certhound.findings.hidden import Hidden
from certhound.findings.hits import Ranked, scored
from certhound.findings.report import Counted, Entity, Finding, Origin, Signal
from certhound.findings.score import clearing, combine
from certhound.lake.build import Lake
from certhound.model.columns import CERTIFICATES
from certhound.model.levels import Confidence, severity_of
from certhound.rules import Rule, render

LOW = 15
NAMES = 8


def assemble(lake: Lake, details: Details, ranked: Ranked, rules: Sequence[Rule], hidden: Hidden) -> Finding:
    """The finding about one entity."""
    key = (ranked.kind, ranked.key)
    contacts = details.contacts.get(key, [])
    certificate = details.certificates.get(ranked.key, {}) if ranked.kind == "certificate" else {}
    signals = _signals(details, ranked, rules, contacts, certificate)
    score, _ = combine([scored(rules[number]) for number in ranked.rules])
    span = details.samples.spans.get(key, (None, None))
    return Finding(
        finding_id(ranked.kind, ranked.key),
        severity_of(score),
        score,
        _confidence(certificate, _telemetry(lake, details, key, contacts, certificate)),
        _entity(ranked, certificate, contacts),
        signals,
        _edge(contacts, certificate, "first_seen", min) or span[0],
        _edge(contacts, certificate, "last_seen", max) or span[1],
        details.clients.get(key, Counted(int(certificate.get("clients") or 0))),
        _destinations(contacts),
        sum(row["sessions"] for row in contacts),
        meetings_of(details, contacts),
        {name: value for name, value in certificate.items() if name != "der" and value is not None},
        _chain(lake, details, ranked.key),
        _clears(ranked, rules),
        _counter_evidence(certificate, contacts),
        met_by=details.met_by.get(key, ()),
        hidden_meetings=hidden.meetings.get(key, ()),
        related=details.related.get(key, ()),
    )


def _signals(
    details: Details, ranked: Ranked, rules: Sequence[Rule], contacts: Sequence[Row], certificate: Row
) -> tuple[Signal, ...]:
    _, points = combine([scored(rules[number]) for number in ranked.rules])
    made = [_signal(details, ranked, number, rules[number], points, contacts, certificate) for number in ranked.rules]
    return tuple(sorted(made, key=lambda signal: (-signal.points, -signal.score, signal.rule)))


def _signal(
    details: Details,
    ranked: Ranked,
    number: int,
    rule: Rule,
    points: dict[str, int],
    contacts: Sequence[Row],
    certificate: Row,
) -> Signal:
    matched = details.rule_contacts.get((ranked.kind, ranked.key, number), set())
    rows = [row for row in contacts if (row["certificate"], row["contact"]) in matched] or list(contacts)
    row = certificate if rule.table == CERTIFICATES.name else rows[0] if rows else certificate
    sample = details.samples.records.get((ranked.kind, ranked.key), {}).get(number)
    return Signal(
        rule.name,
        rule.title,
        rule.score,
        points.get(rule.id, 0),
        rule.family,
        render(rule.reason, row if sample is None else sample.said) or rule.title,
        rule.author,
        rule.references[0] if rule.references else "",
        rule.tags,
        rule.known_gaps,
        rule.false_positives,
        details.matched.get((ranked.kind, ranked.key), {}).get(number, 1),
        _origins(details, sample, rows) or _file_origin(certificate),
    )


def _origins(details: Details, sample: Sample | None, rows: Sequence[Row]) -> tuple[Origin, ...]:
    """The record that matched where its place is known, else sessions of the contacts that did."""
    if sample is not None and sample.origin.record is not None:
        return (sample.origin,)
    return origins_of(details, rows) or (() if sample is None else (sample.origin,))


def _file_origin(certificate: Row) -> tuple[Origin, ...]:
    file = certificate.get("origin_file")
    return (Origin(file, certificate.get("origin_line"), certificate.get("origin_record")),) if file else ()


def _entity(ranked: Ranked, certificate: Row, contacts: Sequence[Row]) -> Entity:
    met = dict.fromkeys(row["name"] for row in contacts if row["name"])
    if ranked.kind == "certificate" and certificate:
        own = [*(certificate.get("san_dns") or ()), *(certificate.get("san_ip") or ())]
        return certificate_entity(certificate, tuple(list(dict.fromkeys([*own, *met]))[:NAMES]))
    return Entity(ranked.kind, ranked.key, names=tuple(list(met)[:NAMES]) or (ranked.key,))


def _confidence(certificate: Row, telemetry: set[str]) -> Confidence:
    """The certificate's bytes count, and every kind of source (network, endpoint, mail, CT) beyond the first."""
    steps = (certificate.get("der") is not None) + max(0, len(telemetry) - 1)
    return (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)[min(steps, 2)]


def _telemetry(
    lake: Lake, details: Details, key: tuple[str, str], contacts: Sequence[Row], certificate: Row
) -> set[str]:
    """The kinds of sources that tell of an entity; what is weakly related does not count."""
    sources = {*(certificate.get("sources") or ())}
    sources |= {lake.part(row["first_part"]).plan.shape.source for row in contacts if row["first_part"] is not None}
    kinds = {kind_of(source) for source in sources} - {"file"}
    surely = [each for each in details.related.get(key, ()) if each.certainty is not Confidence.LOW]
    return kinds | {each.telemetry for each in surely}


_TELEMETRY = {
    "network": (
        "zeek", "suricata", "pcap", "squid", "zscaler", "bluecoat", "cisco_wsa", "fortigate", "paloalto", "checkpoint",
        "netskope", "forcepoint", "cisco", "sslv",
    ),
    "endpoint": ("windows", "sysmon", "auditd", "auditbeat", "laurel", "osquery", "defender", "linux"),
    "mail": ("mail", "proofpoint", "mimecast", "abnormal", "google"),
    "ct": ("ct", "certstream", "crtsh"),
    "scan": ("censys", "shodan", "zcrypto"),
    "file": ("certificate", "certutil"),
}  # fmt: skip
_KIND_OF = {family: kind for kind, families in _TELEMETRY.items() for family in families}


def kind_of(source: str) -> str:
    """The kind of telemetry that a source is: what agrees across kinds raises confidence."""
    family = source.partition(".")[0]
    return _KIND_OF.get(family) or _KIND_OF.get(family.partition("_")[0]) or family


def _edge(contacts: Sequence[Row], certificate: Row, name: str, choose: Any) -> datetime | None:
    times = [row[name] for row in contacts if row[name] is not None]
    moment = choose(times) if times else certificate.get(name)
    return moment if isinstance(moment, datetime) else None


def _destinations(contacts: Sequence[Row]) -> Counted:
    sessions: dict[str, int] = {}
    for row in contacts:
        where = destination(row)
        sessions[where] = sessions.get(where, 0) + row["sessions"]
    first = sorted(sessions, key=lambda where: (-sessions[where], where))
    return Counted(len(sessions), tuple(first[:10]))


def _chain(lake: Lake, details: Details, key: str) -> tuple[dict[str, object], ...]:
    """What was sent with the certificate, its issuer first, as far as it is known."""
    return tuple(
        {name: value for name, value in details.certificates[each].items() if name != "der" and value is not None}
        if each in details.certificates
        else {"id": each}
        for each in lake.sent_chains.get(key, ())[1:]
    )


def _clears(ranked: Ranked, rules: Sequence[Rule]) -> str:
    """The smallest change that takes the finding below low, in words."""
    by_id = {rules[number].id: rules[number] for number in ranked.rules}
    removed = clearing([scored(rule) for rule in by_id.values()], LOW)
    if not removed:
        return ""
    titles = [f"\u201c{by_id[each].title}\u201d" for each in removed]
    if len(titles) > 3:
        titles = [*titles[:2], f"{len(titles) - 2} weaker signals"]
    left, _ = combine([scored(rule) for rule in by_id.values() if rule.id not in removed])
    listed = titles[0] if len(titles) == 1 else ", ".join(titles[:-1]) + " and " + titles[-1]
    return f"If {listed} had an innocent explanation, the score would fall to {left}."


def _counter_evidence(certificate: Row, contacts: Sequence[Row]) -> tuple[str, ...]:
    """What speaks for the certificate, as far as the data tell."""
    found: list[str] = []
    if certificate.get("trust") == "trusted":
        found.append("A public CA vouches for it.")
    if certificate.get("house_trust") == "trusted":
        found.append("One of your own CAs vouches for it.")
    if certificate.get("sensor_validation") == "ok":
        found.append("The sensor found its chain valid.")
    clients = int(certificate.get("clients") or 0)
    if clients >= 10:
        found.append(f"{clients:,} clients met it; what many meet is rarely aimed at one.")
    if contacts and all(row["dst_is_outside"] is False for row in contacts):
        found.append("It was only met inside your own networks.")
    if certificate.get("is_appliance_default"):
        found.append("It is what a common appliance makes for itself.")
    if contacts and all(row["established"] == 0 for row in contacts):
        found.append("No handshake with it was completed.")
    return tuple(found)
