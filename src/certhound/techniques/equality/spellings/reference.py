"""The reference evaluator: plain Python over plain rows."""

from __future__ import annotations

from collections.abc import Sequence

from certhound.model.columns import Kind
from certhound.query import reference
from certhound.query.schema import Schema
from certhound.query.tree import Column, Item, Query
from certhound.rules import Rule
from certhound.techniques.equality.spellings import Prepared
from certhound.techniques.equality.world import World

_ROW = "row of the proof"


class _Reference:
    name = "reference"
    title = "reference evaluator"
    note = "our query tree, evaluated row by row: the judge"
    needs: tuple[str, ...] = ()

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        return Prepared({rule.name: rule.where for rule in rules})

    def run(self, prepared: Prepared, rules: Sequence[Rule], world: World) -> dict[str, frozenset[int]]:
        from certhound.rules.build import schema_of

        found = {}
        for rule in rules:
            schema = Schema(rule.table, {**schema_of(rule.table).columns, _ROW: Kind.INT})
            rows = world.tables[rule.table]
            given = [{**rows[at].values, _ROW: at} for at in world.candidates[rule.name]]
            query = Query((Item(Column(_ROW), _ROW),), rule.table, prepared.rules[rule.name])
            hits = reference.run(query, {rule.table: reference.Table(schema, given)})
            found[rule.name] = frozenset(int(hit[_ROW]) for hit in hits)
        return found


SPELLING = _Reference()
