"""The time of each record of a table: what :meth:`.reads.TimeRead.column` says, for all at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from certhound.sources.envelopes.bulk.lines import Flags, Ints
from certhound.sources.envelopes.bulk.table import Cells, Table
from certhound.sources.envelopes.reads import TimeRead
from certhound.sources.envelopes.times import Clock

_EPOCHS = {"^[0-9]{10}$": 1_000_000, "^[0-9]{13}$": 1_000, "^[0-9]{16}$": 1}
_ISO = r"^(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z$"

_HEADER = TimeRead(())


def times(read: TimeRead, table: Table, clock: Clock) -> tuple[pa.Array, pa.Array]:
    """When each record was made, and whether a zone was stated; null where neither can be said."""
    found, known = np.zeros(len(table), np.int64), np.zeros(len(table), np.bool_)
    open_ = np.ones(len(table), np.bool_)
    zones = _zones(read, table)
    for spelling in read.spellings:
        if not all(key in table.columns for key in spelling):
            continue
        columns = [table.columns[key].values for key in spelling]
        texts = columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, " ")
        _fill(read, Cells(texts), zones, clock, found, known, open_)
        if not open_.any():
            break
    if open_.any() and "header.time" in table.attributes:
        header = table.attributes["header.time"]
        if isinstance(header, str):
            header = Cells(pa.repeat(header, len(table)))
        if header is not None:
            _fill(_HEADER, header, None, clock, found, known, open_)
    return (
        pa.array(found, pa.int64(), mask=open_).cast(pa.timestamp("us")),
        pa.array(known, pa.bool_(), mask=open_),
    )


def _zones(read: TimeRead, table: Table) -> pa.StringArray | None:
    named = [table.columns[key].stated for key in read.zones if key in table.columns]
    zones = pc.coalesce(*named) if named else None
    return None if zones is None or zones.null_count == len(zones) else zones


def _fill(
    read: TimeRead, texts: Cells, zones: pa.StringArray | None, clock: Clock, found: Ints, known: Flags, open_: Flags
) -> None:
    """Times of these texts, for records that have none yet."""
    plain = zones is None and read.repair is None and open_.all()
    quick = _quick(texts.values) if plain else None
    if quick is not None:
        found[:], known[:], open_[:] = quick, True, False
        return
    if zones is None:
        told = [read.told(text, clock) if text else None for text in texts.distinct]
        codes = texts.codes
    else:
        pairs = pc.binary_join_element_wise(pc.fill_null(zones, "\0"), texts.values, "\1")
        joined = Cells(pairs)
        told = [_with_zone(read, pair, clock) for pair in joined.distinct]
        codes = joined.codes
    good = np.array([each is not None for each in (*told, None)], np.bool_)[codes] & open_
    moments = np.array([0 if each is None else each[0] for each in (*told, None)], np.int64)
    stated = np.array([each is not None and each[1] for each in (*told, None)], np.bool_)
    found[good], known[good] = moments[codes[good]], stated[codes[good]]
    open_[good] = False


def _with_zone(read: TimeRead, pair: str, clock: Clock) -> tuple[int, bool] | None:
    zone, _, text = pair.partition("\1")
    if not text:
        return None
    told = read.told(text, clock)
    if zone != "\0" and told is not None and not told[1]:
        return read.told(text, clock, zone) or told
    return told


def _quick(texts: pa.StringArray) -> Ints | None:
    """Epochs of one size, or ISO times in UTC, all of them; None for any other."""
    if texts.null_count or not len(texts):
        return None
    first = texts[0].as_py()
    if first.isdecimal():
        for pattern, unit in _EPOCHS.items():
            if pc.all(pc.match_substring_regex(texts, pattern)).as_py():
                numbers: Ints = texts.cast(pa.int64()).to_numpy() * unit
                return numbers
        return None
    if not pc.all(pc.match_substring_regex(texts, _ISO)).as_py():
        return None
    try:
        moments: Ints = texts.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # a day that the month has not
        return None
    return moments
