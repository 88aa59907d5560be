"""The ground truth of a recording: what everything in it is, and how many sessions ended in which state."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from certhound.lab.model import Class, Client, RecordingError, Scenario, Service, Visit
from certhound.lab.wire import Handshake
from certhound.lab.zeek_x509 import certificate_row

TRUTH_VERSION = 1
STATES = ("failed", "resigned", "seen", "resumed", "hidden_tls13", "not_logged")
"""States of the ledger that a recording can have, strongest first; ECH is not recorded."""
_ABOUT = (
    "Recorded by scripts/record_sample.py: handshakes are real, between real servers and clients on this machine; "
    "times are those of the scenario's clock; DNS answers are the scenario's own. Names are under .example, public "
    "addresses in the documentation ranges; nobody in it exists."
)
_MAPPED = " Everything ran on 127.0.0.1; the addresses in the logs are those of the scenario."
_GRAVITY = (Class.ADVERSARY, Class.HYGIENE, Class.BENIGN)


def state_of(visit: Visit, service: Service, handshake: Handshake) -> str:
    """The ledger's state of one session; RecordingError where what happened is not what was planned."""
    if not handshake.established:
        state = "failed"
    elif handshake.chain:
        state = "resigned" if service.inspected else "seen"
    elif handshake.resumed:
        state = "resumed"
    elif handshake.version == "TLSv13":
        state = "hidden_tls13"
    else:
        state = "no certificate"
    if (state == "failed") is not visit.kind.fails or state not in STATES:
        raise RecordingError(
            f"{visit.kind} at {service.key}: the session ended as '{state}' ({handshake.history}, "
            f"alert {handshake.last_alert}), which the scenario does not plan",
            check="lab-outcome",
        )
    return "not_logged" if visit.lost else state


@dataclass(slots=True)
class _Tally:
    klass: Class
    scenario: str
    why: str
    sessions: int = 0
    states: Counter[str] = field(default_factory=Counter)
    clients: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    destinations: set[str] = field(default_factory=set)

    def add(self, visit: Visit, service: Service, state: str) -> None:
        self.sessions += 1
        self.states[state] += 1
        self.clients.add(visit.client)
        self.destinations.add(f"{service.address}:{service.port}")
        if visit.server_name:
            self.names.add(visit.server_name)

    def shown(self) -> dict[str, Any]:
        return {
            "class": self.klass.value,
            "scenario": self.scenario,
            "why": self.why,
            "sessions": self.sessions,
            "states": {state: self.states[state] for state in STATES if self.states[state]},
            "clients": sorted(self.clients),
            "names": sorted(self.names),
            "destinations": sorted(self.destinations),
        }


class Truth:
    """Collects sessions while they are recorded. Certificates are filed by their SHA-256; a name or destination
    that serves several classes takes the gravest."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._certificates: dict[str, _Tally] = {}
        self._names: dict[str, _Tally] = {}
        self._destinations: dict[str, _Tally] = {}
        self.ledger: Counter[str] = Counter()

    def add(self, visit: Visit, service: Service, state: str) -> None:
        """File one TLS session."""
        self.ledger[state] += 1
        places = [
            (self._certificates, service.shown.sha256),
            (self._destinations, f"{service.address}:{service.port}"),
        ]
        if visit.server_name:
            places.append((self._names, visit.server_name))
        for table, key in places:
            tally = table.setdefault(key, _Tally(service.klass, service.scenario, service.why))
            if _GRAVITY.index(service.klass) < _GRAVITY.index(tally.klass):
                tally.klass, tally.scenario, tally.why = service.klass, service.scenario, service.why
            tally.add(visit, service, state)

    def document(self, seen: Mapping[str, bytes], network: str, records: Mapping[str, int]) -> dict[str, Any]:
        """The ground truth as one JSON object.

        ``seen``: certificates that passed the tap in the clear; ``records``: how many records each file has.
        """
        ders = {
            service.certificate.sha256: service.certificate.der
            for service in self._scenario.services.values()
            if service.certificate
        }
        certificates = [
            {
                **_identity(sha256, ders[sha256]),
                "on_wire": sha256 in seen,
                **tally.shown(),
                "related": self._related(sha256),
            }
            for sha256, tally in self._certificates.items()
        ]
        return {
            "version": TRUTH_VERSION,
            "about": _ABOUT + (_MAPPED if network == "map" else ""),
            "seed": self._scenario.seed,
            "organisation": self._scenario.organisation,
            "network": network,
            "sessions": sum(self.ledger.values()),
            "ledger": {state: self.ledger[state] for state in STATES},
            "records": dict(records),
            "certificates": sorted(certificates, key=lambda row: (row["class"], row["scenario"], row["sha256"])),
            "authorities": [
                {**_identity(hashlib.sha256(one).hexdigest(), one), "class": Class.BENIGN.value, "why": why}
                for one, why in self._scenario.authorities.items()
            ],
            "names": {name: self._names[name].shown() for name in sorted(self._names)},
            "destinations": {where: self._destinations[where].shown() for where in sorted(self._destinations)},
        }

    def _related(self, sha256: str) -> dict[str, int]:
        """How many records of other logs belong to a certificate, by the kind of join that should find them."""
        scenario = self._scenario
        shown = {
            key: each for key, each in scenario.services.items() if each.certificate and each.shown.sha256 == sha256
        }
        visits = [visit for visit in scenario.visits if visit.service in shown]
        names = {visit.server_name for visit in visits if visit.server_name}
        watched = [visit for visit in visits if visit.program is not None]
        links = [mail for mail in scenario.mails if any(urlsplit(link).hostname in names for link in mail.links)]
        found = {
            "proxy": sum(shown[visit.service].proxied and visit.server_name is not None for visit in visits),
            "process": len(watched),
            "lookup": sum(visit.server_name is not None for visit in watched),
            "mail": len(links),
        }
        return {kind: count for kind, count in found.items() if count}


def _identity(sha256: str, certificate: bytes) -> dict[str, Any]:
    row = certificate_row(certificate)
    return {
        "sha256": sha256,
        "sha1": hashlib.sha1(certificate, usedforsecurity=False).hexdigest(),
        "subject": row["certificate.subject"],
        "issuer": row["certificate.issuer"],
        "serial": str(row["certificate.serial"]).lower().lstrip("0"),
    }


def planned_sessions(scenario: Scenario) -> int:
    """How many TLS sessions a scenario plans."""
    return sum(visit.kind is not Client.PLAIN for visit in scenario.visits)
