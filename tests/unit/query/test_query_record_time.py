"""Times as devices write them: the unit of an epoch is told by its magnitude, and seconds reach the year 9999."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlglot import exp

from certhound.query.engines.duckdb import connect, sql_text
from certhound.query.functions.records import _record_time, record_time

CASES = [
    ("1700000000.5", datetime(2023, 11, 14, 22, 13, 20, 500000)),
    ("1700000000500", datetime(2023, 11, 14, 22, 13, 20, 500000)),
    ("1700000000500000", datetime(2023, 11, 14, 22, 13, 20, 500000)),
    ("253402300799.000000", datetime(9999, 12, 31, 23, 59, 59)),
    ("253402300799", datetime(9999, 12, 31, 23, 59, 59)),
    ("-62135596800", datetime(1, 1, 1)),
    ("yesterday", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_record_time(text: str, expected: datetime | None) -> None:
    assert record_time(text) == expected
    statement = sql_text(exp.select(_record_time(exp.Literal.string(text))))
    assert connect().execute(statement).fetchall() == [(expected,)]
