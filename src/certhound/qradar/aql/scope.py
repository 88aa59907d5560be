"""One SELECT as the linter sees it: where its names come from, and of which type its expressions are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.lexer import Lexed
from certhound.qradar.aql.printer import expression_to_aql
from certhound.qradar.catalogue import ArielType, Catalogue, find_function
from certhound.qradar.catalogue.databases import DATABASES
from certhound.query.tree import Span

TIMES = frozenset({"starttime", "endtime", "devicetime", "firstpackettime", "lastpackettime"})
"""Columns that hold epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A query with its surroundings.

    ``site`` says whether the catalogue is that of a known site; without one a custom property may exist that we do not
    know of. ``database`` is empty where the columns come from elsewhere; ``given`` are then those of the sub-select, or
    None where they cannot be known (a cursor, a saved view).
    """

    query: n.Query
    catalogue: Catalogue
    site: bool
    lexed: Lexed
    outermost: bool = True
    in_list: bool = False
    database: str = ""
    given: dict[str, ArielType | None] | None = None
    aliases: dict[str, n.Item] = field(default_factory=dict)
    nodes: tuple[n.Expr, ...] = ()
    """Every node of every expression of this SELECT alone."""
    condition_nodes: tuple[n.Expr, ...] = ()
    """Those of WHERE and HAVING."""

    @property
    def text(self) -> str:
        """The whole source text."""
        return self.query.text

    @property
    def grouped(self) -> bool:
        """Whether a row stands for a group."""
        return bool(self.query.group_by) or any(self.aggregates(item.expr) for item in self.query.items)

    def has_column(self, name: str) -> bool | None:
        """Whether the source has a column; None where that cannot be known."""
        if self.database:
            return self.catalogue.column(self.database, name) is not None
        return None if self.given is None else name.lower() in self.given

    def column_type(self, name: str) -> ArielType | None:
        """The type of a column of the source, None where it is unknown."""
        if self.database:
            column = self.catalogue.column(self.database, name)
            return None if column is None else column.type
        return (self.given or {}).get(name.lower())

    def type_of(
        self, expr: n.Expr, *, column_first: bool = False, seen: frozenset[str] = frozenset()
    ) -> ArielType | None:
        """The type of an expression, None where it is unknown. Aliases win over columns, but not inside functions."""
        match expr:
            case n.Name(text=name):
                key = name.lower()
                item = None if column_first or key in seen else self.aliases.get(key)
                if item is None or item.expr == expr:
                    return self.column_type(name)
                return self.type_of(item.expr, seen=seen | {key})
            case n.Text():
                return ArielType.STRING
            case n.Number(text=text):
                return ArielType.LONG if text.isdecimal() else ArielType.DOUBLE
            case n.Boolean() | n.Compare() | n.Match() | n.Between() | n.In() | n.IsNull() | n.And() | n.Or() | n.Not():
                return ArielType.BOOLEAN
            case n.Call(arguments=arguments):
                function = find_function(expr.name)
                if function is None or function.result is not None:
                    return None if function is None else function.result
                return self.type_of(arguments[0], column_first=True, seen=seen) if arguments else None
            case n.Binary(op=n.BinaryOp.JOIN):
                return ArielType.STRING
            case n.Binary() | n.Unary():
                return ArielType.LONG
            case _:
                return None

    def is_column(self, expr: n.Expr, *names: str) -> bool:
        """Whether an expression is one of these columns, and not an alias for something else."""
        if not isinstance(expr, n.Name) or expr.text.lower() not in names:
            return False
        item = self.aliases.get(expr.text.lower())
        return item is None or (isinstance(item.expr, n.Name) and item.expr.text.lower() == expr.text.lower())

    def meant(self, expr: n.Expr) -> n.Expr:
        """What an alias stands for; anything else as it is."""
        if isinstance(expr, n.Name | n.Text):
            key = (expr.text if isinstance(expr, n.Name) else expr.value).lower()
            item = self.aliases.get(key)
            if item is not None and item.expr != expr:
                return item.expr
        return expr

    def aggregates(self, expr: n.Expr) -> list[n.Call]:
        """The aggregate calls in an expression."""
        return [call for call in calls(expr) if (found := find_function(call.name)) is not None and found.aggregate]

    def conditions(self) -> Iterator[n.Expr]:
        """WHERE and HAVING."""
        yield from _conditions(self.query)

    def clause(self, clause: n.Clause) -> Span | None:
        """Where a clause stands."""
        return next((mark.span for mark in self.query.clauses if mark.clause is clause), None)

    def result_columns(self) -> dict[str, ArielType | None] | None:
        """Names and types of what this SELECT gives; None where that cannot be known."""
        found: dict[str, ArielType | None] = {}
        for item in self.query.items:
            if isinstance(item.expr, n.Star):
                if not self.database and self.given is None:
                    return None
                found.update(self.given or {})
                found.update({each.name.lower(): each.type for each in self.catalogue.columns(self.database)})
            for name in result_names(item, grouped=self.grouped):
                found[name.lower()] = self.type_of(item.expr)
        return found


def result_names(item: n.Item, *, grouped: bool) -> list[str]:
    """The names that a result column may be asked for by; QRadar's own where there is no alias."""
    if item.alias is not None:
        return [item.alias]
    match item.expr:
        case n.Name(text=text):
            return [text, f"FIRST_{text}"] if grouped else [text]
        case n.Call(name=name, arguments=(n.Star(),)):
            return [name]
        case n.Call(name=name, arguments=arguments):
            words = "".join(c if c.isalnum() else " " for c in " ".join(map(expression_to_aql, arguments))).split()
            return ["_".join([name, *words]), expression_to_aql(item.expr)]
        case other:
            return [expression_to_aql(other)]


def calls(expr: n.Expr) -> Iterator[n.Call]:
    """The function calls in an expression."""
    return (node for node in n.walk(expr) if isinstance(node, n.Call))


def scopes(query: n.Query, catalogue: Catalogue, lexed: Lexed, *, site: bool) -> list[Scope]:
    """The scopes of a query and of its sub-selects, outermost first."""
    found: list[Scope] = []
    _collect(query, catalogue, lexed, site, True, False, found)
    return found


def _collect(
    query: n.Query, catalogue: Catalogue, lexed: Lexed, site: bool, outermost: bool, in_list: bool, found: list[Scope]
) -> Scope:
    place = len(found)
    given: dict[str, ArielType | None] | None = None
    database = ""
    if isinstance(query.source, n.Query):
        given = _collect(query.source, catalogue, lexed, site, False, False, found).result_columns()
    elif isinstance(query.source, n.Table) and query.source.name.lower() in DATABASES:
        database = query.source.name.lower()
    aliases = {item.alias.lower(): item for item in query.items if item.alias is not None}
    nodes = tuple(node for whole in n.expressions(query) for node in n.walk(whole))
    conditions = tuple(node for whole in _conditions(query) for node in n.walk(whole))
    scope = Scope(
        query,
        catalogue,
        site,
        lexed,
        outermost,
        in_list,
        database,
        given,
        aliases,
        nodes=nodes,
        condition_nodes=conditions,
    )
    found.insert(place, scope)
    for node in nodes:
        if isinstance(node, n.In) and isinstance(node.options, n.Query):
            _collect(node.options, catalogue, lexed, site, False, True, found)
    return scope


def _conditions(query: n.Query) -> Iterator[n.Expr]:
    yield from (part for part in (query.where, query.having) if part is not None)
