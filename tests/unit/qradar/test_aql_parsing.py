"""What a console accepts, and as what it is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certhound.qradar.aql import ParseOptions, Precedence, nodes, parse, to_aql

PRINTED = [
    ("select * from EVENTS", "SELECT * FROM EVENTS"),
    ("SELECT sourceIP sip, COUNT(*) 'n' FROM events", "SELECT sourceIP AS sip, COUNT(*) AS n FROM events"),
    ("SELECT a AS 'Event Count' FROM events", 'SELECT a AS "Event Count" FROM events'),
    ('SELECT "startTime" FROM events', "SELECT startTime FROM events"),
    ('SELECT "User Domain" FROM "events"', 'SELECT "User Domain" FROM events'),
    ("SELECT 'O''Brien', '%\\cmd.exe' FROM events", "SELECT 'O''Brien', '%\\cmd.exe' FROM events"),
    ("SELECT a FROM events WHERE a == 1 AND b <> 2", "SELECT a FROM events WHERE a = 1 AND b != 2"),
    ("SELECT a FROM events WHERE a = 1 AND b = 2 OR c = 3", "SELECT a FROM events WHERE (a = 1 AND b = 2) OR c = 3"),
    ("SELECT a FROM events WHERE NOT a = 1", "SELECT a FROM events WHERE NOT a = 1"),
    ("SELECT a FROM events WHERE 'x'NOT ILIKE'%y%'", "SELECT a FROM events WHERE 'x' NOT ILIKE '%y%'"),
    ("SELECT a FROM events WHERE a NOT BETWEEN 1 AND 2", "SELECT a FROM events WHERE a NOT BETWEEN 1 AND 2"),
    ("SELECT a FROM events WHERE a IN('x',2, -3)", "SELECT a FROM events WHERE a IN ('x', 2, -3)"),
    ("SELECT 1+2*3-4/5%6 FROM events", "SELECT 1 + 2 * 3 - 4 / 5 % 6 FROM events"),
    ("SELECT a - (b - c) FROM events", "SELECT a - (b - c) FROM events"),
    ("SELECT a ^ 2 * b FROM events", "SELECT (a ^ 2) * b FROM events"),
    ("SELECT (a & 0xff000000) = 0x0a FROM events", "SELECT (a & 0xff000000) = 0x0a FROM events"),
    ("SELECT ~a | b # c << 2 >> 3 >>> 4 FROM events", "SELECT ~a | (b # (((c << 2) >> 3) >>> 4)) FROM events"),
    ("SELECT a XOR b, a || b || 'c' FROM events", "SELECT a # b, a || b || 'c' FROM events"),
    ("SELECT geo::lookup(sourceip, 'geo_json') FROM events", "SELECT geo::lookup(sourceip, 'geo_json') FROM events"),
    (
        "SELECT CASE username WHEN 'root' THEN 1 ELSE 2 END FROM events",
        "SELECT CASE username WHEN 'root' THEN 1 ELSE 2 END FROM events",
    ),
    (
        "SELECT UNIQUECOUNT(IF a OR b THEN c ELSE '0')-1 n FROM events",
        "SELECT UNIQUECOUNT(IF a OR b THEN c ELSE '0') - 1 AS n FROM events",
    ),
    (
        "SELECT IF a IS NULL THEN b ELSE IF c THEN d ELSE e AS user FROM events",
        "SELECT IF a IS NULL THEN b ELSE IF c THEN d ELSE e AS user FROM events",
    ),
    ("SELECT a FROM events -- the end\n", "SELECT a FROM events"),
    ("SELECT /* one */ a, -- two\n b FROM events;", "SELECT a, b FROM events"),
    ("SELECT a FROM events WHERE TEXT SEARCH 'x' AND b = 1", "SELECT a FROM events WHERE TEXT SEARCH 'x' AND b = 1"),
    ("SELECT a FROM events WHERE (TEXT SEARCH 'x')", "SELECT a FROM events WHERE TEXT SEARCH 'x'"),
    ("SELECT a FROM (SELECT b FROM flows LAST 5 MINUTES)", "SELECT a FROM (SELECT b FROM flows LAST 5 MINUTES)"),
    (
        "SELECT a FROM events INTO s16 WHERE b IN (SELECT c FROM d)",
        "SELECT a FROM events INTO s16 WHERE b IN (SELECT c FROM d)",
    ),
    ("SELECT t FROM globalview('Top','DAILY') LAST 2 days", "SELECT t FROM GLOBALVIEW('Top', 'DAILY') LAST 2 DAYS"),
    (
        "SELECT a FROM events ORDER BY a, b DESC COLLATE 'de-CH'",
        "SELECT a FROM events ORDER BY a, b DESC COLLATE 'de-CH'",
    ),
    ("SELECT 0x0E, 0Xe1, 1e3, .5 FROM events", "SELECT 0x0E, 0Xe1, 1e3, .5 FROM events"),
    ("SELECT a FROM events LAST 1 hour", "SELECT a FROM events LAST 1 HOURS"),
    ("SELECT a FROM events LAST 30 SECONDS LIMIT 5", "SELECT a FROM events LIMIT 5 LAST 30 SECONDS"),
    (
        "SELECT a FROM events start 1464744600000 stop 1464747600000",
        "SELECT a FROM events START 1464744600000 STOP 1464747600000",
    ),
    (
        "SELECT a FROM events START PARSEDATETIME('1 hour ago')",
        "SELECT a FROM events START PARSEDATETIME('1 hour ago')",
    ),
    ("SELECT a FROM events TIMES OFFENSE_TIME(42)", "SELECT a FROM events TIMES OFFENSE_TIME(42)"),
    (
        "SELECT a FROM events parameters snapshotsize=2, REMOTESERVERS=ARIELSERVERS4EPID(8), 9, priority='LOW'",
        "SELECT a FROM events PARAMETERS snapshotsize=2, REMOTESERVERS=ARIELSERVERS4EPID(8), 9, priority='LOW'",
    ),
    (
        "SELECT sessionId FROM events SESSION BY starttime username sourceip BEGIN category = 1 "
        "EXPLICIT END category = 2 TIMEOUT 3600000 TIMEWINDOW 1 HOURS LAST 1 DAYS",
        "SELECT sessionId FROM events SESSION BY starttime username sourceip BEGIN category = 1 "
        "EXPLICIT END category = 2 TIMEOUT 3600000 TIMEWINDOW 1 HOURS LAST 1 DAYS",
    ),
    ("SELECT LAST(a), FIRST(b), start, text FROM events", 'SELECT LAST(a), FIRST(b), "start", "text" FROM events'),
    ("SELECT a FROM events LAST 1 HOURS GROUP BY a", "SELECT a FROM events GROUP BY a LAST 1 HOURS"),
    ("SELECT DISTINCT FROM events", 'SELECT "DISTINCT" FROM events'),
]


@pytest.mark.parametrize(("text", "printed"), PRINTED, ids=[text[:60] for text, _ in PRINTED])
def test_read_and_printed(text: str, printed: str) -> None:
    assert to_aql(parse(text)) == printed
    assert parse(printed) == parse(text)


READINGS = [
    (Precedence.SQL, "a OR (b AND c) OR d"),
    (Precedence.OR_FIRST, "(a OR b) AND (c OR d)"),
    (Precedence.LEFT_TO_RIGHT, "((a OR b) AND c) OR d"),
]


@pytest.mark.parametrize(("precedence", "meant"), READINGS)
def test_and_beside_or_is_read_as_the_switch_says(precedence: Precedence, meant: str) -> None:
    query = parse("SELECT x FROM events WHERE a OR b AND c OR d", options=ParseOptions(precedence=precedence))
    assert query == parse(f"SELECT x FROM events WHERE {meant}")


def test_a_known_name_with_hyphens_is_a_name_and_any_other_a_subtraction() -> None:
    options = ParseOptions(hyphenated=frozenset({"bluecoat-cs-host"}))
    text = "SELECT Bluecoat-cs-host, a-b, Bluecoat-cs - host FROM events"
    items = [item.expr for item in parse(text, options=options).items]
    assert items[0] == nodes.Name("Bluecoat-cs-host")
    assert items[1] == nodes.Binary(nodes.BinaryOp.SUB, nodes.Name("a"), nodes.Name("b"))
    assert isinstance(items[2], nodes.Binary)


def test_equality_ignores_places_and_spelling() -> None:
    one = parse("select a as 'b' from events where c == 1 last 1   hour -- x")
    two = parse("SELECT a\n  AS b\nFROM events\nWHERE c = 1\nLAST 1 HOURS")
    assert one == two
    assert one.span != two.span
    assert [comment.text for comment in one.comments] == ["-- x"]
    assert replace(one, limit=5) != two


def test_clauses_are_noted_in_the_order_of_the_text() -> None:
    query = parse("SELECT a FROM events LAST 1 HOURS LIMIT 5")
    assert [mark.clause for mark in query.clauses][-2:] == [nodes.Clause.WINDOW, nodes.Clause.LIMIT]
    assert query.text[query.clauses[-1].span.start : query.clauses[-1].span.end] == "LIMIT 5"
