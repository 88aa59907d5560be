"""What the names of one SELECT mean: columns of its source, and the aliases of its own items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from certhound.model.errors import did_you_mean
from certhound.qradar.aql.errors import AqlError, no_such_field
from certhound.qradar.catalogue import Catalogue
from certhound.qradar.running.typed import Typed
from certhound.query import tree as t

MAX_NODES = 20_000
"""Most nodes that aliases may expand to: each use of an alias repeats its expression."""


@dataclass(slots=True)
class Scope:
    """``columns`` and ``aliases`` by name in lower case. ``database``: the catalog that messages name."""

    text: str
    database: str
    columns: Mapping[str, Typed]
    catalogue: Catalogue
    order: str | None = None
    """Column that says in which order records are read."""
    aliases: dict[str, Typed] = field(default_factory=dict)
    outputs: dict[str, Typed] = field(default_factory=dict)
    """QRadar's own names of result columns, which ORDER BY and HAVING may use."""
    spent: int = 0

    def error(self, text: str, span: t.Span, check: str, advice: str = "") -> AqlError:
        return AqlError(text, span, self.text, check=check, advice=advice)

    def find(self, name: str, span: t.Span, *, alias_first: bool, inside: bool) -> Typed:
        """What a name stands for. Inside of functions a column always comes before an alias that hides it."""
        key = name.lower()
        order = (self.aliases, self.columns) if alias_first and not inside else (self.columns, self.aliases)
        for names in (*order, self.outputs if alias_first else {}):
            found = names.get(key)
            if found is not None:
                return self.used(found, span)
        raise self.no_field(name, span)

    def alias(self, name: str) -> Typed | None:
        """What an alias in single quotes stands for, if there is one."""
        found = self.aliases.get(name.lower())
        return None if found is None else self.used(found, t.NOWHERE)

    def used(self, value: Typed, span: t.Span) -> Typed:
        """The value, once the room for repeating it has been counted."""
        self.spent += sum(1 for _ in t.walk(value.expr)) if not isinstance(value.expr, t.Column) else 0
        if self.spent > MAX_NODES:
            raise self.error(
                "aliases of aliases make this query too large", span, "too-large", "use a sub-select in FROM"
            )
        return value

    def no_field(self, name: str, span: t.Span) -> AqlError:
        if self.catalogue.column(self.database, name) is not None:
            advice = f"the sub-select gives {', '.join(list(self.columns)[:8])}"
        else:
            advice = did_you_mean(name, list(self.aliases)) or self.catalogue.advice(self.database, name)
        return self.error(no_such_field(name, self.database), span, "unknown-field", advice)
