"""Certificates that are known by a sensor's words alone: names, traits and the weaker judgement, column by column.

This runs once for each distinct certificate, of which a large network meets hundreds of thousands; so no row becomes a
dictionary, and what many certificates share (an issuer's name) is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache, reduce
from itertools import chain, pairwise, repeat
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from certhound.query.engines.duckdb import ARROW
from certhound.x509.distinguished_name import EMPTY_NAME, Name
from certhound.x509.dn_text import parse_name
from certhound.x509.traits import Facts, TraitValue, columns, traits
from certhound.x509.verdict import Reason

READ: tuple[str, ...] = (
    "sha256", "sha1", "md5", "version", "serial", "subject", "issuer", "not_before", "not_after", "san_dns", "san_ip",
    "san_uri", "san_email", "key_type", "key_bits", "signature_algorithm", "is_ca",
)  # fmt: skip
"""Columns of ``certificates`` that are judged."""

JUDGED: tuple[str, ...] = (
    "subject", "issuer", "subject_cn", "issuer_cn", "self_issued", "trust", "trust_reason", "resigned",
)  # fmt: skip
"""Columns that the judgement fills, beside the traits."""

Resigned = Callable[[str | None, str | None], bool]
"""Whether a device of the organisation re-signed the certificate of this subject and issuer."""


class _Told:
    """What :class:`Facts` has, for a certificate without bytes: made once a certificate, and five times as fast."""

    __slots__ = (*READ, "self_issued", "trust", "trust_reason")

    has_der = False
    spki_sha256 = extension_oids = aki = ski = ext_key_usage = key_usage = self_signed = sct_count = None
    foreign_issuer_key = own_key = None
    field_errors = MappingProxyType[str, str]({})
    validity_s = Facts.validity_s


class _Watched:
    """A certificate that remembers which of its facts are read."""

    def __init__(self, told: _Told) -> None:
        self.told = told
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self.told, name)


_SHARED = frozenset({"has_der", "issuer", "self_issued", "trust", "trust_reason"}) | {
    name for name in dir(_Told) if not name.startswith("_") and name not in _Told.__slots__ and name != "validity_s"
}
"""Facts that are the same for all certificates of one issuer that did not issue themselves."""

_CLUED = frozenset({"subject", "serial", "sha256", "sha1", "md5"})
"""Facts that a trait with a clue takes notice of only where the clue points."""


class _Kin:
    """Traits of the ordinary certificates of one issuer: those that can only come out the same, and those to compute.

    A trait is a pure function, so what it reads decides what it reads next: where the first certificate was asked for
    nothing but what all share, every other would be asked for the same and give the same.
    """

    __slots__ = ("computed", "issuer_cn", "places", "usable", "values")

    def __init__(self, told: Any, issuer_text: str, issuers: Sequence[Callable[[Name], bool]]) -> None:
        self.issuer_cn = told.issuer.common_name
        self.usable = told.issuer.text == issuer_text and not any(is_odd(told.issuer) for is_odd in issuers)
        self.values: list[TraitValue] = []
        self.places: list[int] = []
        self.computed: list[Callable[[Any], TraitValue]] = []
        for place, trait in enumerate(traits()):
            watched: Any = _Watched(told)
            self.values.append(trait.compute(watched))
            if not watched.read <= (_SHARED | _CLUED if trait.clue else _SHARED):
                self.places.append(place)
                self.computed.append(trait.compute)

    def traits_of(self, told: _Told) -> list[TraitValue]:
        values = self.values.copy()
        for place, compute in zip(self.places, self.computed, strict=True):
            values[place] = compute(told)
        return values


class _Clues:
    """The clues of all traits at once."""

    def __init__(self) -> None:
        clues = [trait.clue() for trait in dict.fromkeys(traits()) if trait.clue]
        self.pattern = "|".join(sorted({f"(?:{clue.pattern})" for clue in clues if clue.pattern}))
        self.values = pa.array(sorted(frozenset[str]().union(*(clue.values for clue in clues))), pa.string())
        self.issuers = [clue.issuer for clue in clues if clue.issuer is not None]

    def ordinary(self, table: pa.Table) -> pa.Array:
        """True for each row with a serial and a plain subject that is not the issuer's, and on which no clue points."""
        subject = table["subject"]
        parts = [pc.match_substring_regex(subject, _PLAIN), pc.not_equal(subject, table["issuer"])]
        parts += [pc.is_valid(table["serial"]), pc.is_valid(table["sha256"])]
        if self.pattern:
            parts.append(pc.invert(pc.match_substring_regex(subject, self.pattern, ignore_case=True)))
        parts += [pc.invert(pc.is_in(table[name], self.values)) for name in ("serial", "sha256", "sha1", "md5")]
        return reduce(pc.and_, [pc.fill_null(part, False) for part in parts])


_PLAIN = (
    r"^CN=[A-Za-z0-9*](?:[A-Za-z0-9.*_-]{0,253}[A-Za-z0-9])?"
    r"(?:,(?:O|OU|L|ST|C)=[A-Za-z0-9](?:[A-Za-z0-9 .&()*_-]*[A-Za-z0-9.)])?)*$"
)
"""Subjects whose text is its own RFC 4514 form: a host, then what may follow it, without anything to escape."""


class _Judge:
    """What is remembered from one certificate to the next."""

    def __init__(self, resigned: Resigned) -> None:
        self.resigned = resigned
        self.issuer_of = lru_cache(_MEMO_ENTRIES)(_name)
        self.computed = [trait.compute for trait in traits()]
        self.clues = _Clues()
        self.kin: dict[tuple[str, bool, bool], _Kin] = {}

    def judge(self, table: pa.Table) -> pa.Table:
        """One by one those that need it; the ordinary ones by what their kin have in common."""
        ordinary = self.clues.ordinary(table)
        odd = self._rows(table.filter(pc.invert(ordinary)))
        return _table([*odd, *self._ordinary(table.filter(ordinary))])

    def _rows(self, table: pa.Table) -> Iterator[tuple[Any, ...]]:
        for row in zip(table["n"].to_pylist(), *(_values(table[name]) for name in READ), strict=True):
            told: Any = _Told()
            (
                number, told.sha256, told.sha1, told.md5, told.version, told.serial, subject, issuer, told.not_before,
                told.not_after, told.san_dns, told.san_ip, told.san_uri, told.san_email, told.key_type, told.key_bits,
                told.signature_algorithm, told.is_ca,
            ) = row  # fmt: skip
            yield self._judged(number, told, subject, issuer)

    def _judged(self, number: int, told: Any, subject: str | None, issuer: str | None) -> tuple[Any, ...]:
        told.subject, told.issuer = names = _name(subject), self.issuer_of(issuer)
        texts = names[0].text if subject else subject, names[1].text if issuer else issuer
        told.self_issued = is_own = None if subject is None or issuer is None else texts[0] == texts[1]
        # If a certificate did not issue itself names tell nothing: whether its issuer is known is no matter of them.
        told.trust, told.trust_reason = verdict = _SELF_ISSUED if is_own else _UNKNOWN
        common = names[0].common_name, names[1].common_name
        values = [compute(told) for compute in self.computed]
        return number, *texts, *common, is_own, *verdict, self.resigned(*texts), *values

    def _ordinary(self, table: pa.Table) -> Iterator[tuple[Any, ...]]:
        """Rows for certificates with the same facts but for names, times and numbers.

        What a trait must not ask of them is not there; a trait that does ask gets all of it.
        """
        for row in zip(table["n"].to_pylist(), *(_values(table[name]) for name in READ), strict=True):
            told: Any = _Told()
            (
                number, sha256, sha1, md5, told.version, serial, subject, issuer, told.not_before, told.not_after,
                told.san_dns, told.san_ip, told.san_uri, told.san_email, told.key_type, told.key_bits,
                told.signature_algorithm, told.is_ca,
            ) = row  # fmt: skip
            kin = self.kin.get((issuer, sha1 is None, md5 is None))
            values = None
            if kin is not None and kin.usable:
                with suppress(AttributeError):
                    values = kin.traits_of(told)
            if values is not None and kin is not None:
                common = subject.partition(",")[0][3:], kin.issuer_cn
                yield number, subject, issuer, *common, False, None, None, self.resigned(subject, issuer), *values
                continue
            told.sha256, told.sha1, told.md5, told.serial = sha256, sha1, md5, serial
            yield self._judged(number, told, subject, issuer)
            if kin is None and len(self.kin) < _MEMO_ENTRIES:
                self.kin[issuer, sha1 is None, md5 is None] = _Kin(told, issuer, self.clues.issuers)


def judge_words(table: pa.Table, resigned: Resigned) -> pa.Table:
    """The columns JUDGED and the traits for a table with the columns READ and ``n``, the certificate's number."""
    judge = _Judge(resigned)
    chunks = [judge.judge(table.slice(start, _CHUNK)) for start in range(0, table.num_rows, _CHUNK)]
    return pa.concat_tables(chunks) if chunks else _table([])


_CHUNK = 8192
_MEMO_ENTRIES = 65_536
_UNKNOWN: tuple[None, None] = (None, None)
_SELF_ISSUED = ("untrusted", Reason.SELF_ISSUED.value)


def _name(text: str | None) -> Name:
    return parse_name(text) if text else EMPTY_NAME


def _table(rows: list[tuple[Any, ...]]) -> pa.Table:
    kinds = [pa.bool_() if name in ("self_issued", "resigned") else pa.string() for name in JUDGED]
    fields = [
        ("n", pa.int64()),
        *zip(JUDGED, kinds, strict=True),
        *((column.name, ARROW[column.kind]) for column in columns()),
    ]
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(fields)
    arrays = [pa.array(column, kind) for column, (_, kind) in zip(cells, fields, strict=True)]
    return pa.Table.from_arrays(arrays, names=[name for name, _ in fields])


def _values(column: pa.ChunkedArray) -> Iterable[Any]:
    """A column as Python values, times with their zone and lists as tuples; several times as fast as ``to_pylist``."""
    if column.null_count == len(column):
        return repeat(() if pa.types.is_list(column.type) else None, len(column))
    if pa.types.is_timestamp(column.type):
        return map(_moment, column.cast(pa.int64()).to_pylist())
    if pa.types.is_list(column.type):
        return chain.from_iterable(map(_lists, column.chunks))
    values: list[Any] = column.to_pylist()
    return values


def _moment(micros: int | None) -> datetime | None:
    if micros is None:
        return None
    seconds, rest = divmod(micros, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.replace(microsecond=rest) if rest else moment


def _lists(chunk: pa.ListArray) -> Iterator[tuple[str, ...]]:
    values, offsets = chunk.values.to_pylist(), chunk.offsets.to_pylist()
    return (tuple(values[start:end]) for start, end in pairwise(offsets))
