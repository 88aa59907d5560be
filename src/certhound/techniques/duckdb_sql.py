"""Our rules as SQL of DuckDB over the tables of a lake, and the macros that some of it needs."""

from __future__ import annotations

from certhound.query.engines.duckdb import DuckDbEngine
from certhound.query.engines.duckdb.macros import MACROS
from certhound.query.tree import Column, Item, Query
from certhound.rules import Rule
from certhound.rules.build import schema_of

_SHOWN = {
    "events": ("time", "source", "src_ip", "user", "computer"),
    "certificates": ("id", "subject", "issuer"),
    "contacts": ("certificate_id", "name", "dst_ip", "dst_port"),
}


def macros_sql() -> str:
    """Statements to run once in a connection before the rules."""
    return "\n".join(f"{each};" for each in MACROS) + "\n"


def rule_sql(rule: Rule) -> str:
    """A query for the rows that a rule matches, over a table of the rule's table's name."""
    columns = dict.fromkeys((*_SHOWN[rule.table], *(name for name in rule.columns if "." not in name)))
    query = Query(tuple(Item(Column(name), name) for name in columns), rule.table, rule.where)
    with DuckDbEngine() as engine:
        engine.declare(schema_of(rule.table))
        return engine.sql(query, pretty=True) + ";\n"
