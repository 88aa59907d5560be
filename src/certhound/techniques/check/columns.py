"""Data sources and tables name columns that exist."""

from __future__ import annotations

from certhound.model.columns import TABLES
from certhound.qradar.catalogue.databases import DATABASES
from certhound.techniques.check.base import Check, Found, Subject


class Columns(Check):
    id = "columns"
    summary = "columns that are named exist"

    def found(self, it: Subject) -> Found:
        ours = {table.name: {column.name for column in table.columns} for table in TABLES}
        for source in it.package.facts.source:
            for name in sorted({*source.fields, *source.optional} - ours["events"]):
                yield f"source {source.name!r}: events has no column {name!r}", "docs/tables.md lists the columns"
        for table in it.package.facts.table:
            known = ours if table.platform == "certhound" else {k: {c.name for c in v} for k, v in DATABASES.items()}
            for name in sorted(set(table.columns) - known.get(table.name, set())):
                yield f"{table.platform} table {table.name!r} has no column {name!r}", "name columns that exist"
