"""What the checker and the engines know of a table: its name and the type of each of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from certhound.model.columns import Kind, Table


@dataclass(frozen=True, slots=True)
class Schema:
    """A table in scope. Treat ``columns`` (name to type, in order) as frozen."""

    name: str
    columns: Mapping[str, Kind] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, extra: Mapping[str, Kind] | None = None) -> Schema:
        """The schema of one of the project's tables, with computed columns (traits) beside its own."""
        own = {column.name: column.kind for column in table.columns}
        return cls(table.name, {**own, **(extra or {})})


def unify(kinds: list[Kind]) -> Kind | None:
    """The type that takes values of all the given ones; None when there is none.

    NULL fits every type, INT and DOUBLE give DOUBLE, an address beside text is text.
    """
    found = set(kinds) - {Kind.NULL}
    if len(found) <= 1:
        return next(iter(found), Kind.NULL)
    if found == {Kind.INT, Kind.DOUBLE}:
        return Kind.DOUBLE
    return Kind.TEXT if found == {Kind.INET, Kind.TEXT} else None
