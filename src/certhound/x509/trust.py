"""Trust stores: which certificates are anchors, and since when and until when a public one was.

The public store is Mozilla's, as the `certifi` package carries it. Roots that it no longer carries stand in
`content/lists/roots_history.csv` and `roots_retired.pem`, which `scripts/build_root_history.py` builds from certifi's
own releases; with them a chain can be judged as it was judged on the day it was met. The organisation's CAs and any
other set of PEM files make stores of their own.
"""

from __future__ import annotations

import csv
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

from certhound.x509.entries import Entry, NameKey, ca_entry

_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(.*?)-----END", re.DOTALL)
_HISTORY = "roots_history.csv"
_RETIRED = "roots_retired.pem"


@dataclass(frozen=True, slots=True)
class Era:
    """The days on which a root was in the public store: first release with it, first release without it."""

    first_seen: date
    gone_by: date | None

    def covers(self, moment: datetime) -> bool:
        """Whether the root was in the store then. Before the first release known the first one is taken."""
        return self.gone_by is None or moment.date() < self.gone_by


@dataclass(frozen=True, slots=True, eq=False)
class RootStore:
    """A set of trust anchors.

    ``vetted`` says that a root programme has looked at each of them, so that their own encoding is no longer a
    question; ``house`` that they are the organisation's own, to be judged leniently. ``retired`` holds anchors that
    the store once had, ``eras`` the time of each by its SHA-256.
    """

    name: str
    anchors: tuple[Entry, ...]
    vetted: bool = False
    house: bool = False
    retired: tuple[Entry, ...] = ()
    eras: dict[str, Era] | None = None
    _by_subject: dict[NameKey, tuple[Entry, ...]] | None = None
    _ids: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        ders: Iterable[bytes],
        *,
        name: str = "roots",
        vetted: bool = False,
        house: bool = False,
        retired: Sequence[Entry] = (),
        eras: dict[str, Era] | None = None,
    ) -> RootStore:
        """A store of these certificates (DER). Duplicates count once; nothing is refused here."""
        anchors = tuple({entry.sha256: entry for entry in map(ca_entry, ders)}.values())
        by_subject: dict[NameKey, tuple[Entry, ...]] = {}
        for entry in anchors:
            by_subject[entry.subject_key] = (*by_subject.get(entry.subject_key, ()), entry)
        ids = frozenset(entry.sha256 for entry in anchors)
        return cls(name, anchors, vetted, house, tuple(retired), eras, by_subject, ids)

    @classmethod
    def from_pem(cls, text: bytes, *, name: str = "roots", house: bool = False) -> RootStore:
        """A store of every CERTIFICATE block of a PEM text; blocks that are no base64 are passed over."""
        return cls.of(pem_blocks(text), name=name, house=house)

    @classmethod
    def from_files(cls, paths: Iterable[Path], *, name: str = "house", house: bool = True) -> RootStore:
        """A store of PEM or DER files, by default the organisation's own. Raises OSError where one cannot be read."""
        ders: list[bytes] = []
        for path in paths:
            data = path.read_bytes()
            ders.extend(pem_blocks(data) or [data])
        return cls.of(ders, name=name, house=house)

    def __contains__(self, sha256: object) -> bool:
        return sha256 in self._ids

    def __len__(self) -> int:
        return len(self.anchors)

    def issuers(self, key: NameKey) -> tuple[Entry, ...]:
        """The anchors with this subject."""
        return self._by_subject.get(key, ()) if self._by_subject else ()

    def of_retired(self, at: datetime) -> RootStore | None:
        """The anchors that are gone today but were there at a moment, as a store; None where there are none."""
        return _retired_store(self, _era_day(at)) if self.retired else None


def _era_day(at: datetime) -> date:
    return (at.astimezone(UTC) if at.tzinfo else at).date()


@lru_cache(1024)
def _retired_store(store: RootStore, day: date) -> RootStore | None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    eras = store.eras or {}
    then = [entry for entry in store.retired if (era := eras.get(entry.sha256)) and era.covers(moment)]
    if not then:
        return None
    return RootStore.of((e.certificate.der for e in then), name=f"{store.name} then", vetted=store.vetted)


def pem_blocks(text: bytes) -> list[bytes]:
    """The certificates of a PEM text as DER, in order."""
    found: list[bytes] = []
    for block in _PEM.findall(text):
        try:
            found.append(b64decode(block))
        except (Base64Error, ValueError):
            continue
    return found


@lru_cache(1)
def mozilla_store() -> RootStore:
    """Mozilla's roots of the installed certifi, with the roots that earlier releases had."""
    import certifi

    current = pem_blocks(Path(certifi.where()).read_bytes())
    eras = root_history()
    retired = [ca_entry(der) for der in pem_blocks(_content(_RETIRED))]
    now = {ca_entry(der).sha256 for der in current}
    return RootStore.of(
        current, name="mozilla", vetted=True, retired=[e for e in retired if e.sha256 not in now], eras=eras
    )


@lru_cache(1)
def root_history() -> dict[str, Era]:
    """SHA-256 of every root that a release of certifi carried, with its time there; empty without the list."""
    lines = [line for line in _content(_HISTORY).decode().splitlines() if line and not line.startswith("#")]
    return {
        row["sha256"]: Era(
            date.fromisoformat(row["first_seen"]),
            date.fromisoformat(row["gone_by"]) if row["gone_by"] else None,
        )
        for row in csv.DictReader(lines)
    }


def _content(file: str) -> bytes:
    try:
        return resources.files("certhound").joinpath("content", "lists", file).read_bytes()
    except FileNotFoundError:
        return b""
