"""The rules as SQL of DuckDB, over the tables of a lake."""

from __future__ import annotations

from certhound.techniques.duckdb_sql import macros_sql, rule_sql
from certhound.techniques.exports.base import Files, Material

FOLDER = "duckdb"
WHAT = "the rules as SQL over a lake's tables; `macros.sql` first"
CHECKED = "run: every scan runs what the same printer writes"


def files(material: Material) -> Files:
    yield f"{FOLDER}/macros.sql", macros_sql()
    for rule in material.rules:
        yield f"{FOLDER}/{rule.table}/{rule.name}.sql", f"-- {rule.title}\n{rule_sql(rule)}"
