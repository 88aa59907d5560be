"""A whole SELECT lowered to a query of the tree: its scope, its groups, its order, its time window."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from certhound.model.columns import Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import AqlError
from certhound.qradar.catalogue import ArielColumn, ArielType
from certhound.qradar.catalogue.databases import DATABASES
from certhound.qradar.running.expressions import Expressions
from certhound.qradar.running.names import first_name, result_name
from certhound.qradar.running.rewriting import is_aggregate_call, named_column, with_columns, with_first
from certhound.qradar.running.scope import Scope
from certhound.qradar.running.setting import ORDER, Setting, TableInfo, property_column
from certhound.qradar.running.typed import Typed, as_text
from certhound.qradar.running.windows import bounds
from certhound.query import tree as t


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result: QRadar's name for it, its name in the lowered query, its type."""

    name: str
    internal: str
    type: ArielType
    ids: bool = False


@dataclass(frozen=True, slots=True)
class Lowered:
    """A query of the tree, what its columns are to AQL, the database it reads, and the columns that keep its order."""

    query: t.Query
    columns: tuple[ResultColumn, ...]
    database: str
    order: tuple[t.Order, ...] = ()


def lower_select(query: n.Query, setting: Setting, text: str, *, inner: bool = False, ordered: bool = True) -> Lowered:
    """Lower a SELECT. ``inner``: it is the source of another; ``ordered``: the order of its rows matters.

    Raises AqlError, in QRadar's words where they are known, for what a console refuses and what cannot be known here.
    """
    return _Select(query, setting, text, inner, ordered).lower()


@dataclass(slots=True)
class _Named:
    """A SELECT item: its result name and value."""

    name: str
    value: Typed
    span: t.Span
    column: bool = False
    """Whether it is a column of the source without an alias, which QRadar names as it was typed."""


@dataclass(slots=True)
class _Select:
    query: n.Query
    setting: Setting
    text: str
    inner: bool
    ordered: bool
    source: str | t.Query = ""
    scope: Scope = field(init=False)
    base_order: tuple[t.Order, ...] = ()
    inner_names: tuple[str, ...] = ()
    items: list[_Named] = field(default_factory=list)

    def lower(self) -> Lowered:
        self.refuse_what_does_not_run()
        self.open_source()
        self.read_items()
        where = self.where()
        keys = self.keys()
        having, orders = self.having(), self.orders()
        values = [each.value.expr for each in self.items]
        if keys or any(map(_aggregates, values)) or (having is not None and _aggregates(having)):
            return self.grouped(where, keys, having, orders)
        if having is not None:
            where = having if where is None else t.And((where, having))
        return self.plain(where, orders)

    def error(self, text: str, span: t.Span, check: str, advice: str = "") -> AqlError:
        return AqlError(text, span, self.text, check=check, advice=advice)

    # source

    def refuse_what_does_not_run(self) -> None:
        if self.query.session is not None:
            raise self.error(
                "SESSION BY runs here over events, flows and simarc themselves, not in or over a sub-select",
                self.query.session.span,
                "not-offline",
                "put it into the outermost SELECT, over events",
            )
        if isinstance(self.query.source, n.GlobalView):
            raise self.error(
                f"the saved view {self.query.source.search!r} is kept by the console",
                self.query.source.span,
                "not-offline",
                "select from events or flows",
            )

    def open_source(self) -> None:
        source = self.query.source
        if isinstance(source, n.Query):
            self.open_sub_select(lower_select(source, self.setting, self.text, inner=True))
        elif isinstance(source, n.Table):
            self.open_table(source)

    def open_sub_select(self, found: Lowered) -> None:
        self.source = found.query
        columns = {
            column.name.lower(): Typed(t.Column(column.internal), column.type, column.ids) for column in found.columns
        }
        self.inner_names = tuple(column.name for column in found.columns)
        self.base_order = found.order
        single = found.order[0].expr if len(found.order) == 1 else None
        order = single.name if isinstance(single, t.Column) and single.name == ORDER else None
        self.scope = Scope(self.text, found.database, columns, self.setting.catalogue, order)

    def open_table(self, source: n.Table) -> None:
        name = source.name.lower()
        if name not in DATABASES:
            raise self.error(
                f'Catalog "{source.name}" does not exist',
                source.span,
                "unknown-table",
                f"there are {', '.join(DATABASES)}",
            )
        if name not in self.setting.tables:
            raise self.error(
                f"there are no {name} here", source.span, "no-data", f"give them: --table {name}=FILE.jsonl"
            )
        info = self.setting.tables[name]
        columns: dict[str, Typed] = {}
        for column in self.setting.catalogue.columns(name):
            key = column.name.lower()
            columns.setdefault(key, Typed(_held(info, column), column.type, column.type is ArielType.LIST))
        self.source = info.schema.name
        self.base_order = (t.Order(t.Column(ORDER)),)
        self.scope = Scope(self.text, name, columns, self.setting.catalogue, ORDER)

    # clauses

    def expressions(self, *, alias_first: bool = False) -> Expressions:
        return Expressions(self.setting, self.scope, alias_first)

    def read_items(self) -> None:
        for item in self.query.items:
            if isinstance(item.expr, n.Star):
                self.items.extend(self.all_columns(item))
                continue
            value = self.expressions().value(item.expr)
            plain = isinstance(item.expr, n.Name)
            column = isinstance(item.expr, n.Name) and item.expr.text.lower() in self.scope.columns
            name = result_name(item, self.text)
            self.items.append(_Named(name, value, item.span, column and item.alias is None))
            if item.alias is not None:
                self.scope.aliases[item.alias.lower()] = value
            elif not plain:
                self.scope.outputs[self.items[-1].name.lower()] = value

    def all_columns(self, item: n.Item) -> list[_Named]:
        if isinstance(self.query.source, n.Query):
            return [_Named(name, self.scope.columns[name.lower()], item.span, True) for name in self.inner_names]
        names = [column.name for column in DATABASES[self.scope.database] if column.default]
        return [_Named(name, self.scope.columns[name], item.span, True) for name in names]

    def where(self) -> t.Expr | None:
        parts = []
        if isinstance(self.query.source, n.Table):
            parts.append(self.window())
        if self.query.where is not None:
            condition = self.expressions().condition(self.query.where)
            if _aggregates(condition):
                raise self.error("an aggregate cannot stand in WHERE", self.query.where.span, "aggregate", "use HAVING")
            parts.extend(condition.operands if isinstance(condition, t.And) else [condition])
        return t.conjunction(parts) if parts else None

    def window(self) -> t.Expr:
        first, last = bounds(self.query, self.setting.now, dict(self.setting.reference.offenses))
        column = t.Column(self.setting.tables[self.scope.database].window)
        return t.Between(column, t.Literal(first, Kind.INT), t.Literal(last, Kind.INT))

    def keys(self) -> dict[t.Expr, ArielType]:
        """What is grouped by, each with its type."""
        found: dict[t.Expr, ArielType] = {}
        for node in self.query.group_by:
            value = self.named(node)
            if _aggregates(value.expr):
                raise self.error("an aggregate cannot be grouped by", node.span, "aggregate")
            found[value.expr] = value.type
        return found

    def named(self, node: n.Expr) -> Typed:
        """A key of GROUP BY or ORDER BY, where an alias may stand in single quotes."""
        if isinstance(node, n.Text):
            alias = self.scope.alias(node.value)
            if alias is not None:
                return alias
        return self.expressions(alias_first=True).value(node)

    def having(self) -> t.Expr | None:
        if self.query.having is None:
            return None
        return self.expressions(alias_first=True).condition(self.query.having)

    def orders(self) -> list[t.Order]:
        found = []
        for key in self.query.order_by:
            value = self.named(key.expr)
            if isinstance(value.expr, t.Literal):
                continue
            expr = as_text(value) if value.type is ArielType.LIST else value.expr
            found.append(t.Order(expr, key.descending, nulls_first=not key.descending, span=key.span))
        return found

    # rows

    def plain(self, where: t.Expr | None, orders: list[t.Order]) -> Lowered:
        """One row a record; without ORDER BY the newest first, which also settles ties."""
        wanted = [*orders, *self.base_order]
        return self.finish([each.value for each in self.items], self.source, where, (), None, wanted)

    def grouped(
        self, where: t.Expr | None, keys: dict[t.Expr, ArielType], having: t.Expr | None, orders: list[t.Order]
    ) -> Lowered:
        """One row a group. Keys that are computed become columns of a query below, so that they are computed once."""
        order = self.scope.order
        source = self.source
        selected = keys
        keys = dict(_cheaper(key, kind) for key, kind in keys.items())
        columns: dict[t.Expr, t.Column] = {}
        for place, key in enumerate(each for each in keys if not isinstance(each, t.Column)):
            columns[key] = t.Column(f"k{place}")
        own = tuple(columns.get(key, key) for key in keys)

        def settled(expr: t.Expr) -> t.Expr:
            return with_first(with_columns(expr, columns), own, order)

        values = [self.settled_item(each, settled, selected) for each in self.items]
        wanted = [t.Order(settled(o.expr), o.descending, o.nulls_first, o.span) for o in orders]
        if orders:  # ties: by the keys, which are there; nobody says which comes first
            wanted.extend(_tie(columns.get(key, key), kind) for key, kind in keys.items() if kind is not ArielType.LIST)
        elif order is not None and keys:
            wanted.append(t.Order(t.Call("min", (t.Column(order),))))
        having = None if having is None else settled(having)
        if columns:
            used = [*(value.expr for value in values), *(o.expr for o in wanted), *own, *([having] if having else [])]
            source = self.below(columns, where, used)
            where = None
        return self.finish(values, source, where, own, having, wanted)

    def settled_item(self, item: _Named, settled: Callable[[t.Expr], t.Expr], keys: Collection[t.Expr]) -> Typed:
        expr = item.value.expr
        if item.column and expr not in keys:
            item.name = first_name(item.name)
        return Typed(settled(expr), item.value.type, item.value.ids)

    def below(self, columns: dict[t.Expr, t.Column], where: t.Expr | None, used: list[t.Expr]) -> t.Query:
        """The query that computes keys: they and the columns that the groups read."""
        made = {column.name for column in columns.values()}
        needed = sorted({name for expr in used for name in t.columns(expr)} - made)
        items = [t.Item(key, column.name) for key, column in columns.items()]
        return t.Query((*items, *(t.Item(t.Column(name), name) for name in needed)), self.source, where)

    def finish(
        self,
        values: list[Typed],
        source: str | t.Query,
        where: t.Expr | None,
        keys: tuple[t.Expr, ...],
        having: t.Expr | None,
        orders: list[t.Order],
    ) -> Lowered:
        result = [
            ResultColumn(item.name, f"c{place}", value.type, value.ids)
            for place, (item, value) in enumerate(zip(self.items, values, strict=True))
        ]
        items = [
            t.Item(value.expr, column.internal, item.span)
            for item, value, column in zip(self.items, values, result, strict=True)
        ]
        kept: list[t.Order] = []
        if self.inner:
            hidden = list(orders) if self.ordered else []
            for place, order in enumerate(hidden):
                plain = order.expr == t.Column(ORDER) and len(hidden) == 1
                name = ORDER if plain else f"o{place}"
                items.append(t.Item(order.expr, name))
                kept.append(t.Order(t.Column(name), order.descending, order.nulls_first))
        needed = self.ordered and (not self.inner or self.query.limit is not None)
        lowered = t.Query(
            tuple(items),
            source,
            where,
            keys,
            having,
            tuple(orders) if needed else (),
            self.query.limit,
            self.query.span,
        )
        return Lowered(lowered, tuple(result), self.scope.database, tuple(kept))


def _held(info: TableInfo, column: ArielColumn) -> t.Expr:
    """Where a table has a column; NULL where it has not."""
    key = column.name.lower()
    held = property_column(key) if column.custom else key
    if held in info.schema.columns:
        return t.Column(held)
    return t.Column("fields", info.vendor[key]) if key in info.vendor else t.Literal(None, column.type.kind)


def _cheaper(key: t.Expr, kind: ArielType) -> tuple[t.Expr, ArielType]:
    """A key that groups alike: ids in place of their names."""
    column = named_column(key)
    return (key, kind) if column is None else (column, ArielType.LONG)


def _tie(key: t.Expr, kind: ArielType) -> t.Order:
    """An order by a key of the groups; addresses as texts, for any order will do."""
    return t.Order(t.Cast(key, Kind.TEXT) if kind is ArielType.HOST else key)


def _aggregates(expr: t.Expr) -> bool:
    return any(is_aggregate_call(each) for each in t.walk(expr))
