"""What a query is run in: the catalogue, reference data, the time, the tables, and switches for open questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from certhound.qradar.catalogue import Catalogue
from certhound.qradar.running.reference_data import ReferenceData
from certhound.query.schema import Schema

ORDER = "#"
"""Column of every table: the order in which a console reads its records, the newest first."""


def property_column(name: str) -> str:
    """The column of a table that holds a custom property; data may call theirs what our own columns are called."""
    return "p:" + name.lower().replace("\0", "\\0")


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One database that there is data for.

    ``window``: the column that time windows apply to. ``vendor``: custom properties, by name in lower case, that are
    entries of the map column ``fields``, each with its key there.
    """

    schema: Schema
    window: str = "endtime"
    vendor: Mapping[str, str] = field(default_factory=dict)
    distinct: Callable[[str], list[str]] = lambda _: []
    """The different values of a column of addresses."""


@dataclass(frozen=True, slots=True)
class Switches:
    """Where no page of IBM's settles a matter. (How AND and OR bind is a switch of the parser.)

    ``null_equals``: ``x = NULL`` means IS NULL, as shipped apps write it; else it holds for no record.
    ``whole_match``: MATCHES fits the whole value; else the pattern is searched in it.
    """

    null_equals: bool = False
    whole_match: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a query's meaning depends on beside its text. ``now`` in epoch milliseconds."""

    catalogue: Catalogue
    tables: Mapping[str, TableInfo]
    now: int
    reference: ReferenceData = field(default_factory=ReferenceData)
    switches: Switches = field(default_factory=Switches)
