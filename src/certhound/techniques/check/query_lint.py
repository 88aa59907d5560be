"""Every query passes the linter of AQL."""

from __future__ import annotations

from certhound.qradar.aql import Severity, lint
from certhound.qradar.catalogue.console import shipped_site
from certhound.techniques.check.base import Check, Found, Subject
from certhound.techniques.filled import aql


class QueryLint(Check):
    id = "query-lint"
    summary = "no query and no ready text has an error"

    def found(self, it: Subject) -> Found:
        texts = {query.id: aql(query) for query in it.package.queries()} | dict(it.package.aql)
        for name, text in texts.items():
            for each in lint(text, site=shipped_site()):
                if each.severity is Severity.ERROR:
                    yield f"{name}: {each.message} [{each.check}]", each.advice or "certhound aql lint explains it"
