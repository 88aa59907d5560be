"""What a console refuses: where, in which words, with which advice."""

from __future__ import annotations

import pytest

from certhound.model.errors import ContentError
from certhound.qradar.aql import AqlError, ParseOptions, parse

REFUSED = [
    ("", "SELECT", "1:1", ""),
    ("SELECT a FROM", "ends too early", "1:13", ""),
    ("DELETE FROM events", "begins with SELECT", "1:1", "only reads"),
    ("SELECT DISTINCT a FROM events", 'Field "DISTINCT" does not exist in catalog "events"', "1:8", "GROUP BY"),
    ("SELECT DISTINCT a FROM Flows", 'Field "DISTINCT" does not exist in catalog "flows"', "1:8", ""),
    ("SELECT COUNT(DISTINCT a) FROM events", 'Field "DISTINCT"', "1:14", "UNIQUECOUNT"),
    ("SELECT a,\n  FROM events", "FROM is unexpected", "2:3", "last comma"),
    ("SELECT a FROM events, flows", "no joins", "1:21", ""),
    ("SELECT a FROM events JOIN flows", "JOIN", "1:22", "IN (SELECT"),
    ("SELECT a FROM events e", "e is unexpected", "1:22", ""),
    ("SELECT a FROM events UNION SELECT a FROM flows", "UNION", "1:22", "OR"),
    ("SELECT a FROM events LIMIT 5 OFFSET 10", "OFFSET", "1:30", "Range"),
    ("SELECT TOP 10 a FROM events", "10 is unexpected", "1:12", "LIMIT"),
    ("SELECT a FROM events WHERE b ISNOT NULL", "ISNOT", "1:30", "two words"),
    ("SELECT a WHERE b = 1 FROM events", "WHERE is unexpected", "1:10", ""),
    ("SELECT a FROM events WHERE b = NOW() - 1 HOURS", "HOURS", "1:42", "milliseconds"),
    ("SELECT a FROM events WHERE b = 10.0.0.1", "no number", "1:32", "'10.0.0.1'"),
    ("SELECT events.a FROM events", "'.'", "1:14", "no database before it"),
    ("SELECT a FROM events WHERE b = ’x’", "no quote", "1:32", "typographic"),
    ("SELECT a FROM events WHERE b = 'x", "no closing quote", "1:32", "doubled"),
    ("SELECT a /* b FROM events", "does not end", "1:10", "*/"),
    ("SELECT a FROM events WHERE b IN ()", ") is unexpected", "1:34", ""),
    ("SELECT a FROM events WHERE (b = 1", "close the one of 1:28", "1:33", ""),
    ("SELECT a FROM events WHERE b = {id}", "placeholder", "1:32", "value"),
    ("SELECT a FROM events WHERE b = (SELECT c FROM d)", "sub-select", "1:33", "IN"),
    ("SELECT a FROM events LIMIT many", "whole number", "1:28", ""),
    ("SELECT a FROM events LAST 1 WEEK", "SECONDS, MINUTES", "1:29", ""),
    ("SELECT a FROM events LAST 1 HOURS LAST 2 HOURS", "second one", "1:35", ""),
    ("SELECT a FROM events STOP '2026-01-01 00:00'", "STOP", "1:22", "START"),
    ("SELECT a FROM events WHERE b = 1 OR TEXT SEARCH 'x'", "TEXT SEARCH", "1:37", "first"),
    ("SELECT a FROM events WHERE TEXT SEARCH 'x' OR b = 1", "TEXT SEARCH", "1:28", ""),
    ("SELECT a FROM events WHERE b = 1 AND TEXT SEARCH 'x'", "TEXT SEARCH", "1:38", ""),
    ("SELECT a FROM events WHERE NOT TEXT SEARCH 'x'", "TEXT SEARCH", "1:32", ""),
    ("SELECT IF a THEN b FROM events", "ELSE", "1:20", ""),
    ("SELECT CASE a END FROM events", "WHEN", "1:15", ""),
    ("SELECT a FROM events SESSION BY starttime LAST 1 HOURS", "SESSION BY", "1:22", ""),
    ("SELECT a FROM events; SELECT b FROM events", "SELECT is unexpected", "1:23", "one query"),
    ("SELECT 5m FROM events", "runs into", "1:8", "blank"),
    (f"SELECT {'9' * 99} FROM events", "too large", "1:8", ""),
]


@pytest.mark.parametrize(("text", "said", "place", "advice"), REFUSED, ids=[text[:50] for text, *_ in REFUSED])
def test_refused_with_place_and_advice(text: str, said: str, place: str, advice: str) -> None:
    with pytest.raises(AqlError) as caught:
        parse(text)
    error = caught.value
    assert isinstance(error, ContentError)
    assert said in error.text
    assert f"{error.place}".endswith(place)
    assert advice in error.advice
    assert "^" in error.marked


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (ParseOptions(singular_units=False), "SELECT a FROM events LAST 1 HOUR"),
        (ParseOptions(any_clause_order=False), "SELECT a FROM events LAST 1 HOURS LIMIT 5"),
    ],
)
def test_switches_refuse_what_is_unsettled(options: ParseOptions, text: str) -> None:
    assert parse(text)
    with pytest.raises(AqlError):
        parse(text, options=options)


DEEP = {
    "brackets": "SELECT " + "(" * 10_000 + "a" + ")" * 10_000 + " FROM events",
    "open brackets": "SELECT " + "(" * 50_000,
    "calls": "SELECT " + "f(" * 10_000,
    "sub-selects": "SELECT a FROM " + "(SELECT a FROM " * 10_000,
    "not": "SELECT " + "NOT " * 10_000 + "a FROM events",
    "signs": "SELECT " + "- " * 10_000 + "a FROM events",
    "sums": "SELECT " + "a+" * 10_000 + "a FROM events",
    "sums in brackets": "SELECT " + "(" * 100 + "a" + "+a+a)" * 100 + " FROM events",
    "sums in a window": "SELECT a FROM events START " + "1+" * 10_000 + "1",
    "if": "SELECT " + "IF a THEN b ELSE " * 10_000 + "c FROM events",
    "case": "SELECT " + "CASE WHEN " * 10_000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_nested_too_deeply_is_a_clean_error(text: str) -> None:
    with pytest.raises(AqlError) as caught:
        parse(text)
    assert caught.value.check == "too-deep"
