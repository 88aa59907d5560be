"""pySigma's back end for SQLite, its SQL run by Python's own ``sqlite3``: another's reading, another's engine."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from certhound.model.columns import Kind
from certhound.query.tree import columns
from certhound.rules import Rule
from certhound.techniques.equality.spellings import Prepared
from certhound.techniques.equality.world import World


class _Sqlite:
    name = "sqlite"
    title = "pySigma, SQLite"
    note = "the Sigma file through `pysigma-backend-sqlite`, run by sqlite3; REGEXP is Python's `re.search`"
    needs = ("sigma.backends.sqlite",)

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        from sigma.backends.sqlite.sqlite import sqliteBackend
        from sigma.collection import SigmaCollection
        from sigma.exceptions import SigmaError

        from certhound.techniques.translated import sigma_texts

        texts, queries, left_out = sigma_texts(), {}, {}
        for rule in rules:
            listed = lists_of(rule)
            if listed:
                left_out[rule.name] = f"SQLite has no lists: {', '.join(listed)}"
                continue
            try:
                backend = sqliteBackend(table=f"rows_{rule.name}", collate_nocase=True)  # type: ignore[no-untyped-call]
                found = backend.convert(SigmaCollection.from_yaml(texts[rule.name]))
            except SigmaError as error:
                left_out[rule.name] = f"the back end refuses it: {error}"
                continue
            queries[rule.name] = str(found[0]).replace("<TABLE_NAME>", f"rows_{rule.name}")
        return Prepared(queries, left_out)

    def run(self, prepared: Prepared, rules: Sequence[Rule], world: World) -> dict[str, frozenset[int]]:
        connection = sqlite3.connect(":memory:")
        connection.create_function("regexp", 2, _regexp, deterministic=True)
        found = {}
        for table in world.tables:
            mine = [rule for rule in rules if rule.table == table and rule.name in prepared.rules]
            _fill(connection, table, mine, world)
            for rule in mine:
                view = f"rows_{rule.name}"
                connection.execute(f"CREATE TEMP TABLE of_{view} (at INTEGER PRIMARY KEY)")
                connection.executemany(f"INSERT INTO of_{view} VALUES (?)", [(n,) for n in world.candidates[rule.name]])  # noqa: S608 - names of our rules
                connection.execute(f"CREATE TEMP VIEW {view} AS SELECT * FROM {table} WHERE at IN of_{view}")  # noqa: S608 - names of our rules
                cursor = connection.execute(prepared.rules[rule.name])
                place = [each[0] for each in cursor.description].index("at")
                found[rule.name] = frozenset(int(row[place]) for row in cursor)
        connection.close()
        return found


def lists_of(rule: Rule) -> list[str]:
    """The columns of lists that a rule reads."""
    from certhound.rules.build import schema_of

    kinds = schema_of(rule.table).columns
    return sorted(name for name in columns(rule.predicate) if kinds[name] is Kind.LIST)


def _fill(connection: sqlite3.Connection, table: str, rules: Sequence[Rule], world: World) -> None:
    names = sorted({name for rule in rules for name in columns(rule.predicate)})
    quoted = ", ".join(f'"{name}"' for name in names)
    connection.execute(f"CREATE TABLE {table} (at INTEGER PRIMARY KEY, {quoted})")
    marks = ", ".join("?" * (len(names) + 1))
    rows = ((at, *(_value(row.values.get(name)) for name in names)) for at, row in enumerate(world.tables[table]))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names of our columns


def _value(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _regexp(pattern: str, value: Any) -> bool | None:
    return None if value is None else _compiled(pattern).search(str(value)) is not None


SPELLING = _Sqlite()
