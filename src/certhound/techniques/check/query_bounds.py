"""A query that is copied runs on somebody's console."""

from __future__ import annotations

import re

from certhound.techniques.check.base import Check, Found, Subject


class QueryBounds(Check):
    id = "query-bounds"
    summary = "every query has a LIMIT and a time window"

    def found(self, it: Subject) -> Found:
        for query in it.package.queries():
            if not re.search(r"\bLIMIT \d+", query.aql) or "LAST " not in query.aql:
                yield f"{query.id} has no LIMIT or no time window", "bound every query that others will copy"
