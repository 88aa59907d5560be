"""The one layout."""

from __future__ import annotations

import pytest

from certhound.qradar.aql import format_aql, parse

LAID_OUT = [
    (
        "select a from events start '2026-11-24 08:00'z stop '2026-11-24 09:00' Z",
        "SELECT a\nFROM events\nSTART '2026-11-24 08:00'Z STOP '2026-11-24 09:00'Z\n",
    ),
    (
        "select a,b from events where c==1 last 1 hour;",
        "SELECT a, b\nFROM events\nWHERE c = 1\nLAST 1 HOURS\n",
    ),
    (
        "SELECT a FROM events LAST 5 MINUTES LIMIT 3",
        "SELECT a\nFROM events\nLIMIT 3\nLAST 5 MINUTES\n",
    ),
    (
        "-- head\nselect a, -- first\n b /* two */ 'x y' -- second\n-- above from\nfrom events\n-- the end\n",
        '-- head\nSELECT\n    a, -- first\n    b /* two */ AS "x y" -- second\n'
        "-- above from\nFROM events\n-- the end\n",
    ),
    (
        "SELECT CASE WHEN UTF8(payload) ILIKE '%certutil%' THEN 80 WHEN UTF8(payload) ILIKE '%bitsadmin%' THEN 70 "
        "ELSE 0 END score FROM events WHERE (a = 1 OR b BETWEEN 2 AND 3) AND sourceip IN (SELECT destinationip FROM "
        "flows WHERE destinationport = 22 LAST 1 HOURS)",
        """\
SELECT
    CASE
        WHEN UTF8(payload) ILIKE '%certutil%' THEN 80
        WHEN UTF8(payload) ILIKE '%bitsadmin%' THEN 70
        ELSE 0
    END AS score
FROM events
WHERE
    (a = 1 OR b BETWEEN 2 AND 3)
    AND sourceip IN (SELECT destinationip FROM flows WHERE destinationport = 22 LAST 1 HOURS)
""",
    ),
    (
        "SELECT - 5, GEO :: LOOKUP (a, 'b'), COUNT( * ) FROM GLOBALVIEW ('x','DAILY') PARAMETERS a = 1",
        "SELECT -5, GEO::LOOKUP(a, 'b'), COUNT(*)\nFROM GLOBALVIEW('x', 'DAILY')\nPARAMETERS a=1\n",
    ),
]


@pytest.mark.parametrize(("text", "laid_out"), LAID_OUT, ids=[text[:40] for text, _ in LAID_OUT])
def test_laid_out(text: str, laid_out: str) -> None:
    assert format_aql(text) == laid_out
    assert format_aql(laid_out) == laid_out
    assert parse(laid_out) == parse(text)


def test_a_hyphen_that_may_be_part_of_a_name_stays_as_it_stands() -> None:
    assert format_aql("select Proxy-cs-host, a -b, 5-a from events") == (
        "SELECT Proxy-cs-host, a - b, 5 - a\nFROM events\n"
    )
