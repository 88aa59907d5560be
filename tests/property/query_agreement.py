"""Run the same query in two engines and say where they differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from certhound.query import reference
from certhound.query.engines.duckdb import DuckDbEngine, Settings
from certhound.query.schema import Schema
from certhound.query.tree import Column, Expr, Item, Order, Query


def same(left: Any, right: Any, tolerance: float = 0.0) -> bool:
    """Equal in value and type; not-a-number equals itself; sums of doubles may differ by their order."""
    if isinstance(left, float) and isinstance(right, float):
        if left == right or (math.isnan(left) and math.isnan(right)):
            return True
        return bool(tolerance) and (
            math.isclose(left, right, rel_tol=tolerance, abs_tol=1e-300) or not math.isfinite(left + right)
        )
    return type(left) is type(right) and bool(left == right)


class Pair:
    """The reference evaluator and DuckDB over the same rows."""

    def __init__(self, schema: Schema, rows: Sequence[Mapping[str, Any]]) -> None:
        self.schema = schema
        self.table = reference.Table(schema, rows)
        self.engine = DuckDbEngine(Settings(threads=1, ordered=True))
        self.engine.register_rows(schema, rows)

    def both(self, query: Query) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        tables = {self.schema.name: self.table}
        return reference.run(query, tables), list(self.engine.rows(query))

    def differences(self, exprs: Sequence[Expr]) -> list[str]:
        """Where the two disagree on expressions over each row; one statement for all of them."""
        items = [Item(expr, f"c{number}") for number, expr in enumerate(exprs)]
        query = Query((Item(Column("id"), "id"), *items), self.schema.name, order_by=(Order(Column("id")),))
        expected, found = self.both(query)
        told = []
        for item in items:
            for want, got in zip(expected, found, strict=True):
                if not same(want[item.name], got[item.name]):
                    row = self.table.rows[want["id"]]
                    told.append(
                        f"{item.expr}\n  over {row}\n  reference {want[item.name]!r}, DuckDB {got[item.name]!r}"
                    )
                    break
        return told

    def query_difference(self, query: Query, ordered: bool) -> str:
        """Why the results of a query differ, or an empty text. Without order the rows are compared as a bag."""
        expected, found = self.both(query)
        want, got = [list(row.values()) for row in expected], [list(row.values()) for row in found]
        if not ordered:
            want, got = sorted(want, key=bag_key), sorted(got, key=bag_key)
        alike = len(want) == len(got) and all(
            same(left, right, 1e-9)
            for first, second in zip(want, got, strict=True)
            for left, right in zip(first, second, strict=True)
        )
        return "" if alike else f"{query}\n  reference {want}\n  DuckDB {got}\n{self.engine.sql(query)}"


def bag_key(row: list[Any]) -> tuple[str, ...]:
    """An order for rows of any values; doubles roughly, for their last digits may differ."""
    return tuple(f"{value + 0.0:.6e}" if isinstance(value, float) else repr(value) for value in row)
