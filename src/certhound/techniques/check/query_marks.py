"""A value that nobody fills stays as it is written, and the query finds nothing."""

from __future__ import annotations

import re

from certhound.techniques.check.base import Check, Found, Subject
from certhound.techniques.filled import EXAMPLES

_MARK = re.compile(r"(?<![:\w]):([a-z][a-z_0-9]*)\b")
_TEXT = re.compile(r"'(?:[^']|'')*'")


class QueryMarks(Check):
    id = "query-marks"
    summary = "queries ask for values that a finding can have"

    def found(self, it: Subject) -> Found:
        for query in it.package.queries():
            for mark in _MARK.findall(_TEXT.sub("''", query.aql)):
                if mark not in EXAMPLES:
                    yield f"{query.id}: there is no value :{mark}", f"values are {', '.join(EXAMPLES)}"
