"""AQL for QRadar: printed from our tree, then parsed, lowered and run by our console on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from certhound.model.columns import EVENTS, Kind
from certhound.model.profile import Profile
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.printer import to_aql
from certhound.rules import Rule
from certhound.techniques.aql_rules import Unsayable, condition
from certhound.techniques.equality.spellings import Prepared
from certhound.techniques.equality.world import World


class _Aql:
    name = "aql"
    title = "AQL"
    note = "our query tree as AQL for QRadar, its text parsed and run by `certhound aql run`'s console"
    needs: tuple[str, ...] = ()

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        texts, left_out = {}, {}
        for rule in rules:
            try:
                query = n.Query((n.Item(n.Name("Session ID"), "id"),), n.Table("events"), where=condition(rule))
                texts[rule.name] = to_aql(query) + " LAST 2 DAYS"
            except Unsayable as error:
                left_out[rule.name] = error.reason
        return Prepared(texts, left_out)

    def run(self, prepared: Prepared, rules: Sequence[Rule], world: World) -> dict[str, frozenset[int]]:
        console = _console(world)
        return {
            rule.name: frozenset(int(row["id"][1:]) for row in console.rows(prepared.rules[rule.name]))
            for rule in rules
            if rule.name in prepared.rules
        }


def _console(world: World) -> Any:
    from certhound.qradar.catalogue.console import catalogue_of
    from certhound.qradar.running.own_tables import own_tables
    from certhound.qradar.running.run import Console
    from certhound.qradar.running.store import Store

    store = Store()
    own = own_tables([_batch(world)], Profile(), store)
    catalogue = catalogue_of(None, own=True).with_site_names(own.log_sources)
    newest = max((found for table in own.tables.values() if (found := table.newest()) is not None), default=0)
    return Console(catalogue, own.tables, newest, store=store)


def _batch(world: World) -> pa.RecordBatch:
    from certhound.query.engines.duckdb import ARROW

    rows = [row.values for row in world.tables[EVENTS.name]]
    columns = []
    for column in EVENTS.columns:
        values = [row.get(column.name) for row in rows]
        if column.kind is Kind.MAP:
            values = [None if each is None else list(each.items()) for each in values]
        columns.append(pa.array(values, ARROW[column.kind]))
    return pa.RecordBatch.from_arrays(columns, names=[column.name for column in EVENTS.columns])


SPELLING = _Aql()
