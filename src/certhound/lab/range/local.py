"""This very host in place of a range, where its owner has marked it as a lab."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from certhound.lab.range import audit
from certhound.lab.range.build import Range
from certhound.lab.range.services import service
from certhound.lab.range.state import RangeError, processes

MARK = Path("/etc/certhound-lab")
"""Whoever owns a host says with this file that drills may run on it."""


class LocalHost(Range):
    """The same as a range, but commands run on this host. The sensor is a part of the range and not here."""

    def _check(self) -> None:
        if not MARK.exists():
            raise RangeError(
                f"this host is not marked as a lab: {MARK} is missing",
                check="no-lab",
                advice=f"leave --on-this-host away, or, where drills may change this host, touch {MARK}",
            )
        if os.geteuid() != 0:
            raise RangeError("drills on this host need root", check="no-root")

    def _build(self) -> None:
        self._folders()
        self.not_recorded["sensor"] = "the sensor is a part of the range"
        for name in self.wanted:
            self.not_recorded.update(dict.fromkeys(service(name).records, f"{name} is a part of the range"))
        self._start_audit(audit.why_not())

    @property
    def places(self) -> dict[str, str]:
        """What stands for the places that arguments of drills name."""
        there = self.scene.places
        here = dict.fromkeys(self.scene.addresses, "127.0.0.1")
        coded = dict.fromkeys((f"{role}_hex" for role in here), "7F000001")
        local = {"files": str(self.files), "authorities": "", "site": "localhost", "port": "8443"}
        local["audit_key"] = self.state.audit_key
        return {**there, **here, **coded, **local}

    def _inside(self, role: str, words: Sequence[str]) -> list[str]:  # noqa: ARG002 - every role is this host
        return list(words)

    def running(self, role: str) -> set[int]:
        """Processes whose log-in id is that of the role; unknown where the audit is not used."""
        return processes(self.state, role) if self._audit is not None else set()
