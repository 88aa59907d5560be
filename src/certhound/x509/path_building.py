"""Candidate paths from a leaf to an anchor, the likeliest first, under a budget.

OpenSSL builds paths itself, but does not go back once a certificate of the right name and key fails for another
reason, and a hostile server can make any builder work: a hundred intermediates of one name give it more paths than
anybody can try. So paths are found here, one after the other, and OpenSSL is asked about one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from time import thread_time

from certhound.x509.entries import Entry, NameKey, ca_entry, edge_verifies, known_edge
from certhound.x509.trust import RootStore

MAX_SIGNATURE_CHECKS = 100
MAX_DEPTH = 10
MAX_SECONDS = 1.0
MAX_STEPS = 2000
"""How many certificates may be put into a path on trial, all together; a bound that does not depend on the clock."""
_STEPS_UNTIMED = 10
MAX_POOL = 500
"""Certificates beyond these are not looked at; no TLS stack accepts a list anywhere near as long."""


class BudgetSpentError(Exception):
    """The chain costs more than it may. Never leaves the package: it becomes the reason gave_up."""


@dataclass(slots=True)
class Budget:
    """What one chain may cost: signature checks, steps of the search, and seconds of computing.

    Time is that of the thread: a machine that is busy elsewhere must not turn a good chain into a suspicious one.
    """

    signature_checks: int = MAX_SIGNATURE_CHECKS
    steps: int = MAX_STEPS
    seconds: float = MAX_SECONDS
    _deadline: float = 0.0

    def spend(self, signature_checks: int = 0) -> None:
        """Take one step, and this many signature checks. Raises BudgetSpentError once anything is used up."""
        self.steps -= 1
        self.signature_checks -= signature_checks
        if self.signature_checks < 0:
            raise BudgetSpentError(f"more than {MAX_SIGNATURE_CHECKS} signature checks")
        if self.steps < 0:
            raise BudgetSpentError(f"more than {MAX_STEPS} ways to build a chain")
        if self.steps > MAX_STEPS - _STEPS_UNTIMED:
            # Ordinary chains are done by now, and asking for the time costs more than their steps.
            return
        now = thread_time()
        self._deadline = self._deadline or now + self.seconds
        if now > self._deadline:
            raise BudgetSpentError(f"more than {self.seconds:g} s")


@dataclass(slots=True)
class Search:
    """One search. What it met on the way tells, where no path is found, why not."""

    roots: RootStore
    at: datetime
    budget: Budget
    pool: dict[NameKey, list[Entry]]
    dead_ends: list[tuple[Entry, ...]] = field(default_factory=list)
    broken: tuple[Entry, ...] | None = None
    too_deep: tuple[Entry, ...] | None = None

    def paths(self, leaf: Entry) -> Iterator[tuple[Entry, ...]]:
        """Paths that start with the leaf and end in an anchor. Raises BudgetSpentError on the way."""
        yield from self._extend((leaf,))

    def _extend(self, path: tuple[Entry, ...]) -> Iterator[tuple[Entry, ...]]:
        top = path[-1]
        if top.sha256 in self.roots:
            yield path
        if top.certificate.self_issued and len(path) > 1 and self._signs_itself(top):
            # A root that nobody trusts. A key that signs itself is the end of the way, not a bridge.
            if top.sha256 not in self.roots:
                self.dead_ends.append(path)
            return
        issuers = self._issuers(path)
        if not issuers:
            if top.sha256 not in self.roots:
                self.dead_ends.append(path)
            return
        if len(path) >= MAX_DEPTH:
            self.too_deep = self.too_deep or path
            return
        for issuer in issuers:
            self.budget.spend()
            if len(issuers) > 1 and not self._edge(path, issuer):
                continue
            yield from self._extend((*path, issuer))

    def _signs_itself(self, entry: Entry) -> bool:
        if not known_edge(entry, entry):
            self.budget.spend(signature_checks=1)
        return edge_verifies(entry, entry) is True

    def _edge(self, path: tuple[Entry, ...], issuer: Entry) -> bool:
        if not known_edge(path[-1], issuer):
            self.budget.spend(signature_checks=1)
        if edge_verifies(path[-1], issuer) is False:
            self.broken = self.broken or (*path, issuer)
            return False
        return True

    def _issuers(self, path: tuple[Entry, ...]) -> list[Entry]:
        """Those that by name and key identifier may have issued the end of the path: anchors and valid ones first."""
        top = path[-1]
        key = top.issuer_key
        if not key:
            return []
        found = [*self.roots.issuers(key), *self.pool.get(key, ())]
        if not found:
            return found
        used = {(entry.subject_key, entry.certificate.spki_sha256) for entry in path}
        fitting = {
            entry.sha256: entry
            for entry in found
            if _key_may_fit(top, entry) and (entry.subject_key, entry.certificate.spki_sha256) not in used
        }
        if len(fitting) == 1:
            return list(fitting.values())
        return sorted(fitting.values(), key=lambda entry: self._rank(top, entry))

    def _rank(self, child: Entry, issuer: Entry) -> tuple[bool, bool, bool, float]:
        certificate = issuer.certificate
        start, end = certificate.not_before, certificate.not_after
        valid = start is not None and end is not None and start <= self.at <= end
        age = -start.timestamp() if start is not None and start.year > 1 else 0.0
        same_key = child.certificate.aki is not None and child.certificate.aki == certificate.ski
        return (issuer.sha256 not in self.roots, not valid, not same_key, age)


def _key_may_fit(child: Entry, issuer: Entry) -> bool:
    wanted, offered = child.certificate.aki, issuer.certificate.ski
    return wanted is None or offered is None or wanted == offered


def pool_of(chain: Iterable[bytes], most: int = MAX_POOL) -> dict[NameKey, list[Entry]]:
    """The certificates that came along, by subject; duplicates once, no more than ``most`` of them."""
    pool: dict[NameKey, list[Entry]] = {}
    seen: set[bytes] = set()
    for der in chain:
        if der in seen:
            continue
        seen.add(der)
        entry = ca_entry(der)
        pool.setdefault(entry.subject_key, []).append(entry)
        if len(seen) >= most:
            break
    return pool
