"""What logs suggest about the organisation that they come from: defaults for the questions of ``certhound init``.

Everything here is a proposal for a person to confirm: names in logs are written by whoever sent them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from certhound.lake.build import Lake, Progress, open_lake
from certhound.lake.tables import build_tables
from certhound.model.addresses import PRIVATE, THIS_LINK, is_within, read_address
from certhound.model.profile import Profile
from certhound.x509.dn_text import parse_name

MOST = 8
"""Values proposed for one question."""

_CLIENTS_OF_A_NETWORK = 5
"""Distinct public clients in one /24 or /48 from which on it looks like a network of the organisation."""

_DOMAINS_OF_AN_INSPECTOR = 4
"""Registrable domains that one issuer must sign, without being a public CA, to look like an inspecting device."""

_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")

_CLIENTS = "SELECT src_ip FROM session_keys WHERE src_ip IS NOT NULL GROUP BY src_ip"

_MET = """
SELECT name, dst_is_outside AS outside, issuer, trust, house_trust, self_issued, sensor_validation, sct_count,
    sum(sessions)::BIGINT AS sessions, count(DISTINCT dst_ip) AS servers
FROM contacts WHERE name IS NOT NULL OR issuer IS NOT NULL GROUP BY ALL ORDER BY sessions DESC, name, issuer
LIMIT 200000
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Values for the profile, the likeliest first. ``internal_issuers`` are names of CAs met at inside servers."""

    networks: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    expected_issuers: tuple[str, ...] = ()
    internal_issuers: tuple[str, ...] = ()
    inspection_issuers: tuple[str, ...] = ()


def propose(paths: Iterable[Path], profile: Profile, progress: Progress | None = None) -> Proposal:
    """Read the inputs and say what they suggest; ``profile`` is what is known so far."""
    lake = open_lake([Path(path) for path in paths], profile, progress)
    try:
        build_tables(lake)
        rows = lake.session.arrow(_MET).to_pylist()
        domains = _domains(rows)
        return Proposal(
            _networks(lake),
            domains,
            _expected(rows, domains),
            _issuers(row for row in rows if row["outside"] is False),
            _inspectors(rows),
        )
    finally:
        lake.close()


def _networks(lake: Lake) -> tuple[str, ...]:
    """Private space, and public networks from which several clients came."""
    clients: dict[str, int] = defaultdict(int)
    for text in lake.session.arrow(_CLIENTS)["src_ip"].to_pylist():
        address = read_address(text)
        if address is not None and not is_within(address, (*PRIVATE, *THIS_LINK)):
            clients[str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))] += 1
    found = [network for network, count in Counter(clients).most_common() if count >= _CLIENTS_OF_A_NETWORK]
    return (*map(str, PRIVATE), *found[:MOST])


def _domains(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """Registrable domains of names that inside servers bear."""
    found: Counter[str] = Counter()
    for row in rows:
        domain = registrable(row["name"]) if row["outside"] is False else None
        if domain:
            found[domain] += row["sessions"]
    return tuple(domain for domain, _ in found.most_common(MOST))


def _expected(rows: list[dict[str, Any]], domains: tuple[str, ...]) -> tuple[str, ...]:
    """Organisations of the public CAs that certified the organisation's own names."""
    found: Counter[str] = Counter()
    for row in rows:
        if row["trust"] == "trusted" and registrable(row["name"]) in domains and row["issuer"]:
            name = parse_name(row["issuer"]).first("O")
            if name:
                found[name] += row["sessions"]
    return tuple(name for name, _ in found.most_common(MOST))


def _issuers(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Issuers of certificates that no store trusts, by sessions; appliances' own certificates say nothing of a CA."""
    found: Counter[str] = Counter()
    for row in rows:
        if row["issuer"] and not row["self_issued"] and "trusted" not in (row["trust"], row["house_trust"]):
            found[row["issuer"]] += row["sessions"]
    return tuple(issuer for issuer, _ in found.most_common(MOST))


def _inspectors(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """Issuers that nobody trusts and that signed for many outside domains: that is how re-signing looks.

    A sensor that found the chain good, or timestamps of CT logs in the certificate, speak for a public CA. Where
    neither the sensor nor the bytes say anything, nothing is proposed.
    """
    outside = [row for row in rows if row["outside"] and _looks_private(row)]
    domains: dict[str, set[str]] = defaultdict(set)
    for row in outside:
        domain = registrable(row["name"])
        if domain and row["issuer"]:
            domains[row["issuer"]].add(domain)
    return tuple(each for each in _issuers(outside) if len(domains[each]) >= _DOMAINS_OF_AN_INSPECTOR)


def _looks_private(row: dict[str, Any]) -> bool:
    stated, timestamps = row["sensor_validation"], row["sct_count"]
    return (stated is not None or timestamps is not None) and stated != "ok" and not timestamps


def registrable(name: str | None) -> str | None:
    """The domain under which a name was registered (``example.co.uk``), or ``None`` where it is none."""
    host = (name or "").lower().rstrip(".")
    if not _HOST.fullmatch(host) or read_address(host) is not None:
        return None
    found = _suffixes().privatesuffix(host)
    return str(found) if found else None


@lru_cache(1)
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
