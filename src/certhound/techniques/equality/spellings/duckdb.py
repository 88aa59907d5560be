"""Our own printer for DuckDB: what every scan runs."""

from __future__ import annotations

from collections.abc import Sequence

from certhound.rules import Rule
from certhound.techniques.equality.spellings import Prepared
from certhound.techniques.equality.world import TABLES, World


class _DuckDb:
    name = "duckdb"
    title = "DuckDB"
    note = "our query tree as DuckDB's SQL, all rules of a table in one pass: what a scan runs"
    needs: tuple[str, ...] = ()

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        return Prepared({rule.name: rule.where for rule in rules})

    def run(self, prepared: Prepared, rules: Sequence[Rule], world: World) -> dict[str, frozenset[int]]:
        from certhound.rules.selftest import scan_duckdb

        found: dict[str, frozenset[int]] = {}
        for table in TABLES:
            tests = {rule.name: prepared.rules[rule.name] for rule in rules if rule.table == table}
            if tests:
                found |= scan_duckdb(table, tests, [row.values for row in world.tables[table]])
        return found


SPELLING = _DuckDb()
