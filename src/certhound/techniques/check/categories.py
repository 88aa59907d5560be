"""Data sources speak of categories of records that exist."""

from __future__ import annotations

from certhound.model.columns import CATEGORIES
from certhound.techniques.check.base import Check, Found, Subject


class Categories(Check):
    id = "categories"
    summary = "every data source names a category of records"

    def found(self, it: Subject) -> Found:
        for source in it.package.facts.source:
            if source.category not in CATEGORIES:
                yield f"there is no category {source.category!r}", f"categories are {', '.join(CATEGORIES)}"
