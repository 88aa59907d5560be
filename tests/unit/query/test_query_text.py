"""Lower and upper case agree with DuckDB on every code point there is."""

from __future__ import annotations

import pytest

from certhound.query.engines.duckdb import connect
from certhound.query.text import simple_lower, simple_upper

EVERY = [chr(point) for point in range(1, 0x110000) if not 0xD800 <= point <= 0xDFFF]


@pytest.mark.parametrize(("function", "ours"), [("lower", simple_lower), ("upper", simple_upper)])
def test_every_code_point(function: str, ours: object) -> None:
    statement = {"lower": "SELECT c, lower(c) FROM", "upper": "SELECT c, upper(c) FROM"}[function]
    source = "(SELECT chr(i::INTEGER) AS c FROM range(1, 1114112) t(i) WHERE i NOT BETWEEN 55296 AND 57343)"
    assert callable(ours)
    rows = connect().execute(f"{statement} {source}").fetchall()
    assert len(rows) == len(EVERY)
    assert [(char, theirs) for char, theirs in rows if theirs != ours(char)] == []


def test_lower_is_one_to_one_and_stays() -> None:
    lowered = simple_lower("".join(EVERY))
    assert len(lowered) == len(EVERY)
    assert simple_lower(lowered) == lowered


def test_no_context() -> None:
    assert simple_lower("ΑΣ") == "ας".replace("ς", "σ")
    assert simple_lower("İSTANBUL") == "istanbul"
    assert simple_upper("straße") == "STRAẞE"
