"""Where fields lead: for rules of ours to the columns of their table, for foreign ones through their mapping."""

from __future__ import annotations

from dataclasses import dataclass

from certhound.model.columns import Column as TableColumn
from certhound.model.columns import Kind
from certhound.model.errors import did_you_mean
from certhound.query.tree import Column, Span
from certhound.rules.document import LogSource
from certhound.rules.lowering.scope import Missing, Target
from certhound.rules.mapping import Entry
from certhound.rules.schema import table_columns

KEYWORD_COLUMN = "payload"


def column_target(name: str, columns: dict[str, TableColumn], span: Span) -> Target | None:
    """A column, or with ``map.key`` one entry of a map column."""
    if name in columns:
        return Target(Column(name, None, span), columns[name].kind)
    base, dot, key = name.partition(".")
    if dot and key and base in columns and columns[base].kind is Kind.MAP:
        return Target(Column(base, key, span), Kind.TEXT)
    return None


@dataclass(frozen=True)
class OwnFields:
    """The fields of a table's rules are its columns."""

    table: str
    columns: dict[str, TableColumn]

    def find(self, field: str, span: Span) -> Target | Missing:
        found = column_target(field, self.columns, span)
        if found:
            return found
        names = tuple(self.columns)
        advice = did_you_mean(field, names)
        return Missing(f"column {field}", f"table {self.table} has no column {field!r}", "unknown-column", advice)

    def keywords(self) -> Target | Missing:
        if KEYWORD_COLUMN in self.columns:
            return Target(Column(KEYWORD_COLUMN), Kind.TEXT)
        text = f"keywords are searched in {KEYWORD_COLUMN}, which table {self.table} has not"
        return Missing(f"column {KEYWORD_COLUMN}", text, "sigma-keyword", "name a column")


@dataclass(frozen=True)
class ForeignFields:
    """The fields of a foreign log source, through its mapping."""

    entry: Entry
    log_source: LogSource

    def find(self, field: str, span: Span) -> Target | Missing:
        found = self.entry.find(field)
        if found is None:
            text = f"field {field!r} of log source {self.log_source} has no column here"
            return Missing(f"field {field}", text, "unknown-field", did_you_mean(field, tuple(self.entry.fields)))
        return Target(Column(found.column, found.key, span), found.kind, found.part, found.form)

    def keywords(self) -> Target | Missing:
        return OwnFields(self.entry.table, table_columns(self.entry.table)).keywords()
