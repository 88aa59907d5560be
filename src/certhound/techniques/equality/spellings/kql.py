"""KQL for Sentinel and Defender as we export it, run by ``duckdb-kql``, which reads Kusto's grammar, on mapped rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from certhound.model.columns import Kind
from certhound.rules import Rule
from certhound.techniques.equality.spellings import Prepared
from certhound.techniques.equality.world import World

_ROW = "CerthoundRow"
_ARROW = {Kind.INT: pa.int64(), Kind.DOUBLE: pa.float64(), Kind.BOOL: pa.bool_()}


class _Kql:
    name = "kql"
    title = "KQL"
    note = "the KQL of `certhound content export`, read and run by `duckdb-kql` over rows under Defender's names"
    needs = ("sigma.backends.kusto", "duckdb_kql")

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        import duckdb_kql

        from certhound.techniques.translated import translate

        made = translate("kql", rules)
        ready, left_out = {}, dict(made.left_out)
        for name, text in made.queries.items():
            try:
                duckdb_kql.to_sql(text)
                ready[name] = text
            except duckdb_kql.KqlUnsupportedError as error:
                left_out[name] = f"parsed, but not run: {str(error).partition(' (')[0]}"
        return Prepared(ready, left_out)

    def run(self, prepared: Prepared, rules: Sequence[Rule], world: World) -> dict[str, frozenset[int]]:
        import duckdb_kql

        found = {}
        for rule in rules:
            if rule.name in prepared.rules:
                text = prepared.rules[rule.name]
                connection = duckdb_kql.connect()
                connection.register(text.split("\n", 1)[0].strip(), _mapped(rule, world))
                cursor = duckdb_kql.kql(connection, f"{text}\n| project {_ROW}")
                found[rule.name] = frozenset(int(row[0]) for row in cursor.fetchall())
                connection.close()
        return found


@cache
def _fields(category: str) -> dict[str, str]:
    from certhound.techniques.translated import platforms

    return dict(platforms()["kql"][category]["fields"])


def _mapped(rule: Rule, world: World) -> pa.Table:
    """The rows of a rule's log source, under the platform's names; what is absent is empty there."""
    from certhound.rules.build import schema_of

    kinds = schema_of(rule.table).columns
    rows = [(at, world.tables[rule.table][at].values) for at in world.candidates[rule.name]]
    data: dict[str, Any] = {_ROW: pa.array([at for at, _ in rows], pa.int64())}
    for column, name in _fields(rule.category).items():
        if column in kinds:
            arrow = _ARROW.get(kinds[column], pa.string())
            data[name] = pa.array([row.get(column) for _, row in rows], arrow)
    return pa.table(data)


SPELLING = _Kql()
