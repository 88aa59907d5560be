"""Rules over log records: each file is scanned once for all rules that its records could match.

Where every column that the rules read is mapped, the engine scans the file where it lies; rules that read the raw
record or vendor fields are answered by the careful reader, which has them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from certhound.lake.build import Lake
from certhound.lake.reading import Part, careful_events, view_with, whole_view
from certhound.query.engines.duckdb import print_expr, sql_text
from certhound.query.functions import sql
from certhound.query.plan import Rejected
from certhound.query.schema import Schema
from certhound.query.tree import columns
from certhound.rules import Rule, could_match

KEYS = ("certificate_id", "sni", "dst_host", "dst_ip", "dst_port", "computer", "log_source")

Numbered = tuple[int, Rule]

_INSERT = """
INSERT INTO hits SELECT CASE WHEN certificate_id IS NOT NULL THEN 'certificate'
        WHEN coalesce(sni, dst_host) IS NOT NULL THEN 'name' WHEN dst_ip IS NOT NULL THEN 'destination' ELSE 'host' END,
    coalesce(certificate_id, sni, dst_host, dst_ip || ':' || dst_port, dst_ip, computer, log_source, 'unknown'), rule,
    count(*), hash(certificate_id), hash(coalesce(sni, dst_host), dst_ip, dst_port)
FROM matched GROUP BY ALL
"""


def scan_events(lake: Lake, rules: Sequence[Numbered], schema: Schema) -> None:
    """Fill ``hits`` from every file."""
    for part in lake.parts:
        shape = part.plan.shape
        if part.staged and part.view is None:
            continue  # the files that it came from are scanned
        fitting = [
            (number, rule) for number, rule in rules if shape.kinds or could_match(rule, shape.source, shape.category)
        ]
        if not fitting:
            continue
        if part.view is not None:
            for view in part.stored or ():
                _scan(lake, view, fitting, schema, {})
            continue
        if part.whole:
            whole_view(lake.session, part, "whole_rows")
            _scan(lake, "whole_rows", fitting, schema, {})
            continue
        needed = set().union(*(columns(rule.where) for _, rule in fitting)) | set(KEYS)
        constants = {} if shape.kinds else {"source": shape.source, "category": shape.category}
        if part.in_place and needed - constants.keys() <= set(shape.mapping) | set(KEYS):
            view_with(lake.session, part, sorted(needed - constants.keys()))
            _scan(lake, "segment_rows", fitting, schema, constants)
        else:
            _scan_carefully(lake, part, fitting, schema)


def _scan_carefully(lake: Lake, part: Part, rules: Sequence[Numbered], schema: Schema) -> None:
    for table in careful_events(lake.session, part.plan):
        if not isinstance(table, Rejected):
            lake.session.register("careful_events", table)
            _scan(lake, "careful_events", rules, schema, {})
            lake.session.unregister("careful_events")


def _scan(lake: Lake, source: str, rules: Sequence[Numbered], schema: Schema, constants: dict[str, str]) -> None:
    tests = [_with_constants(print_expr(rule.where, schema), constants) for _, rule in rules]
    numbers = [
        exp.Case().when(sql.paren(test.copy()), sql.number(number))
        for (number, _), test in zip(rules, tests, strict=True)
    ]
    present = sql.call(
        "list_filter",
        sql.array(*numbers),
        sql.lambda_("n", exp.Not(this=exp.Is(this=sql.variable("n"), expression=exp.Null()))),
    )
    items = [exp.column(key, quoted=True) for key in KEYS]
    select = (
        exp.select(*items, exp.alias_(sql.call("unnest", present), "rule"))
        .from_(exp.to_table(source))
        .where(sql.balanced(exp.Or, tests))
    )
    lake.session.execute(sql_text(exp.Create(this=exp.to_table("matched"), kind="TABLE", expression=select)))
    lake.session.execute(_INSERT)
    lake.session.execute("DROP TABLE matched")


def _with_constants(test: exp.Expression, constants: dict[str, str]) -> exp.Expression:
    """What is the same in a whole file stands in the test itself, not in a column."""

    def fill(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.name in constants:
            return sql.text(constants[node.name])
        return node

    return test.transform(fill)
