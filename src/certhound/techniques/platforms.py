"""What there is for each platform: queries to copy, how they were checked, and what cannot be said there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from certhound.qradar.aql import parse
from certhound.rules import Rule
from certhound.techniques.package import Kit, Package
from certhound.techniques.related import rules_of


@dataclass(frozen=True, slots=True)
class Snippet:
    """One text to copy."""

    id: str
    title: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """One page. ``verified``: the queries were run here, not only written."""

    id: str
    name: str
    short: str
    file: str
    language: str
    status: str
    verified: bool
    snippets: tuple[Snippet, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    kit: Kit | None = None
    comparison: str = ""


def platforms_of(package: Package, rules: Iterable[Rule], comparison: str = "") -> tuple[Platform, ...]:
    """The platforms for which a package has something."""
    every = list(rules)
    found = [_certhound(package, every)]
    if "combined" in package.aql:
        found.insert(0, _qradar(package, comparison))
        found += _translated(package, every)
        found.append(_sensors(package))
    return tuple(found)


def where_part(text: str) -> str:
    """The WHERE part of a query, which is what a rule's AQL filter test takes."""
    query = parse(text)
    if query.where is None:
        return ""
    return text[query.where.span.start : query.where.span.end]


def _qradar(package: Package, comparison: str) -> Platform:
    hunts = package.hunts.hunt if package.hunts else ()
    from certhound.techniques.filled import aql

    return Platform(
        "qradar",
        "IBM QRadar",
        "QRadar",
        f"{package.id}-qradar.html",
        "AQL",
        "linted, and run here by certhound aql run; not run on a console",
        True,
        (
            Snippet(
                "combined",
                "Combined detection, with the kit's properties",
                package.aql["combined"].strip(),
                "Grouped, bounded by LIMIT, windowed by QRadar's own time, and no payload is searched.",
            ),
            Snippet(
                "rule-test",
                "For a rule's AQL filter test",
                where_part(package.aql["rule_test"]),
                "A rule sees one event at a time: only signs that are strong together are left.",
            ),
            Snippet(
                "combined-stock",
                "Combined detection for a stock console",
                package.aql["combined_stock"].strip(),
                "No subject, issuer or fingerprint can be asked for; payloads are searched, within a few types.",
            ),
            *(Snippet(each.id, f"Hunt: {each.title}", aql(each.query), each.hypothesis) for each in hunts),
        ),
        kit=package.kit,
        comparison=comparison,
    )


def _certhound(package: Package, rules: list[Rule]) -> Platform:
    from certhound.techniques.filled import command

    names = ", ".join(rule.name for rule in rules_of(package.id, rules)[:8])
    hunts = package.hunts.hunt if package.hunts else ()
    return Platform(
        "certhound",
        "certhound",
        "certhound",
        f"{package.id}-certhound.html",
        "command line",
        "run over the shipped sample",
        True,
        (
            Snippet("scan", "Scan logs", "certhound scan PATH", f"Runs all rules, among them {names}."),
            Snippet("explain", "Explain a finding, guide included", "certhound explain FINDING PATH"),
            *(Snippet(f"{each.id}-jq", f"Hunt: {each.title}", command(each.query), each.hypothesis) for each in hunts),
        ),
    )


def _translated(package: Package, rules: list[Rule]) -> list[Platform]:
    """Platforms of pySigma's back ends that are installed."""
    from certhound.techniques.translated import installed, platforms, translate

    own = rules_of(package.id, rules)
    titles = {rule.name: rule for rule in own}
    found = []
    for platform in platforms():
        if not installed(platform):
            continue
        made = translate(platform, own)
        snippets = tuple(
            Snippet(name, titles[name].title, text, titles[name].description.strip())
            for name, text in made.queries.items()
        )
        found.append(
            Platform(
                platform,
                made.name,
                "Sentinel" if platform == "kql" else made.name,
                f"{package.id}-{platform}.html",
                made.language,
                "unverified: written by pySigma's back end, not run",
                False,
                snippets,
                (made.note,),
                tuple(made.left_out.items()),
            )
        )
    return found


def _sensors(package: Package) -> Platform:
    """What a sensor sees by itself: the certificates that tools make by default."""
    from certhound.techniques.suricata import suricata_rules
    from certhound.techniques.zeek_script import zeek_script

    note = "Only where the handshake shows the certificate: TLS 1.3 hides it from sensors."
    return Platform(
        "sensors",
        "Zeek and Suricata",
        "Zeek, Suricata",
        f"{package.id}-sensors.html",
        "Zeek script, Suricata rules",
        "unverified: read by independent grammars, not loaded into a sensor here",
        False,
        (
            Snippet("zeek", "Default certificates of tools, as a script for Zeek", zeek_script(), note),
            Snippet("suricata", "Default certificates of tools, as rules for Suricata", suricata_rules(), note),
        ),
        ("Signals on structure, keys and issuers need certhound, or scripts that compute them.",),
    )
