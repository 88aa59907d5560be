"""Ids of queries are anchors of pages."""

from __future__ import annotations

from collections import Counter

from certhound.techniques.check.base import Check, Found, Subject


class QueryIds(Check):
    id = "query-ids"
    summary = "every query has an id of its own"

    def found(self, it: Subject) -> Found:
        for name, number in Counter(query.id for query in it.package.queries()).items():
            if number > 1:
                yield f"the query id {name!r} stands {number} times", "ids are anchors of pages: give each its own"
