"""Patterns of each dialect in the common one, and what cannot be said refused with its place."""

from __future__ import annotations

import random
import re

import pytest

from certhound.query.engines.duckdb import connect
from certhound.query.regex import Dialect, RegexError, check_common, compile_python, translate

PCRE, PYTHON, JAVA = Dialect.PCRE, Dialect.PYTHON, Dialect.JAVA

TRANSLATED = [
    (PCRE, r"a\.b", r"a\.b", False),
    (PCRE, r"[0-9]+\d", r"\d+\d", False),
    (PCRE, r"\s", r"[\t-\r ]", False),
    (PCRE, r"a\h", "a[\\t \\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000]", False),
    (PCRE, "foo$", r"foo\n?$", False),
    (PCRE, r"foo\z", "foo$", False),
    (PYTHON, r"foo\Z", "foo$", False),
    (JAVA, "foo$", "foo(?:\\r\\n|[\\n\\r\\x85\u2028\u2029])?$", False),
    (JAVA, "(?d)foo.$", r"foo.\n?$", False),
    (PCRE, "(?m)^a$", "(?m:^)a(?m:$)", False),
    (PCRE, "(?s)a.b", "a(?s:.)b", False),
    (PCRE, "(?i)Foo[A-C]", "foo[a-c]", True),
    (PCRE, "(?i)[0-9]", r"\d", False),
    (PCRE, "a(?i)b", "a[Bb]", False),
    (PCRE, "a(?i:k)", "a[Kk\u212a]", False),
    (PCRE, "(?x) a b # c", "ab", False),
    (PCRE, "(?<n>a)", "(?P<n>a)", False),
    (PCRE, "(?'n'a)", "(?P<n>a)", False),
    (PCRE, r"\Qa.b\E+", r"a\.b+", False),
    (PCRE, "[[:xdigit:]]", "[0-9A-Fa-f]", False),
    (PCRE, "[]a]", r"[\]a]", False),
    (PCRE, r"[\w-.]", r"[\-.0-9A-Z_a-z]", False),
    (PCRE, "a{,3}", r"a\{,3\}", False),
    (PYTHON, "a{,3}", "a{0,3}", False),
    (PCRE, "a(?#comment)b", "ab", False),
    (PCRE, "(?:)(?:)a{0}", "", False),
    (PCRE, "x{1500}", "(?:x){1000}(?:x){500}", False),
    (PCRE, "x{2,1500}", "(?:x){2}(?:x){0,1000}(?:x){0,498}", False),
    (PCRE, "(a{100}){20}", "(?:a{100}){10}(?:a{100}){10}", False),
    (JAVA, "[a-z&&[^aeiou]]", "[b-df-hj-np-tv-z]", False),
    (JAVA, "[a-c[x-z]]", "[a-cx-z]", False),
    (JAVA, r"\p{Alpha}\u0041", "[A-Za-z]A", False),
    (JAVA, r"^\<\d{1,2}\>", r"^<\d{1,2}>", False),
    (PCRE, r"\x41\x{42}\0101\cA\e", "AB\\x08" + r"1\x01\x1b", False),
]


@pytest.mark.parametrize(("dialect", "pattern", "text", "fold"), TRANSLATED)
def test_translated(dialect: Dialect, pattern: str, text: str, fold: bool) -> None:
    found = translate(pattern, dialect)
    assert (found.text, found.fold) == (text, fold)
    check_common(found.text, fold=found.fold)
    connect().execute("SELECT regexp_matches('x', $1)", [found.text]).fetchall()


REFUSED = [
    (PCRE, "a(?=b)", 1, 4, "regex-not-portable"),
    (PCRE, "a(?<!b)", 1, 5, "regex-not-portable"),
    (PCRE, r"(a)\1", 3, 5, "regex-not-portable"),
    (PCRE, "a(?>b)", 1, 4, "regex-not-portable"),
    (PCRE, "ab++", 2, 4, "regex-not-portable"),
    (PCRE, "(?R)", 0, 3, "regex-not-portable"),
    (PCRE, r"a\Kb", 1, 3, "regex-not-portable"),
    (PCRE, "a$b", 1, 2, "regex-not-portable"),
    (PCRE, r"\p{Greek}", 0, 9, "regex-not-portable"),
    (PCRE, "(*UCP)a", 0, 2, "regex-not-portable"),
    (PCRE, "a{70000}", 1, 8, "regex-not-portable"),
    (PCRE, "((a{1000}){1000}){9}", 0, 20, "regex-not-portable"),
    (JAVA, "(?m)^a", 4, 5, "regex-not-portable"),
    (PCRE, "(?<n>a)(?<n>b)", 7, 12, "regex-not-portable"),
    (PCRE, "a(b", 1, 2, "regex-syntax"),
    (PCRE, "a)b", 1, 2, "regex-syntax"),
    (PCRE, "[a", 0, 1, "regex-syntax"),
    (PCRE, "[z-a]", 1, 4, "regex-syntax"),
    (PCRE, "*a", 0, 1, "regex-syntax"),
    (PCRE, "a**", 2, 3, "regex-syntax"),
    (PCRE, "a{3,2}", 1, 6, "regex-syntax"),
    (PCRE, r"\y", 0, 2, "regex-syntax"),
    (PCRE, "a\\", 1, 2, "regex-syntax"),
    (PYTHON, "a(?i)b", 1, 5, "regex-syntax"),
    (JAVA, "a{b", 1, 2, "regex-syntax"),
    (JAVA, r"\ud800", 0, 6, "regex-not-portable"),
]


@pytest.mark.parametrize(("dialect", "pattern", "start", "end", "check"), REFUSED)
def test_refused_with_place(dialect: Dialect, pattern: str, start: int, end: int, check: str) -> None:
    with pytest.raises(RegexError) as refused:
        translate(pattern, dialect)
    error = refused.value
    assert (error.start, error.end, error.check) == (start, end, check)
    assert "^" in str(error)


@pytest.mark.parametrize("pattern", ["(" * 5000, "(?:" * 90 + "a" + ")" * 90, "[" * 3000, "a" * 20_000, "(a|b)*" * 300])
def test_deep_and_long_patterns_end(pattern: str) -> None:
    for dialect in (PCRE, PYTHON, JAVA):
        try:
            translate(pattern, dialect)
        except RegexError:
            continue


def test_random_junk_never_raises_anything_else() -> None:
    source = random.Random(1)
    alphabet = r"ab\()[]{}?*+|^$.-:<>=!&#,0123dDwWsSpPxuUQEkNR'é" + "\n\x00\ud800"
    for _ in range(800):
        pattern = "".join(source.choice(alphabet) for _ in range(source.randrange(12)))
        for dialect in Dialect:
            try:
                found = translate(pattern, dialect, fold=source.random() < 0.5)
            except RegexError:
                continue
            compile_python(found.text)


PIECES = [
    "a",
    "B",
    r"\d",
    r"\w",
    r"\W",
    "[a-c]",
    "[^a]",
    ".",
    "^",
    "$",
    r"\Z",
    r"\b",
    r"\s",
    "(?:a|b)",
    "(a)",
    r"\x41",
    "é",
]


def test_python_dialect_means_what_python_means() -> None:
    source = random.Random(2)
    texts = ["", "a", "B", "ab", "a\n", "é", "a b", "A1", "\n", "aa", "abc\n"]
    compared = 0
    for _ in range(3000):
        pattern = "".join(
            source.choice(PIECES) + source.choice(["", "", "", "*", "+", "?", "{2}"])
            for _ in range(source.randrange(1, 5))
        )
        try:
            ours, theirs = translate(pattern, PYTHON), re.compile(pattern, re.ASCII)
        except (RegexError, re.error):
            continue
        compared += 1
        for text in texts:
            assert bool(compile_python(ours.text).search(text)) == bool(theirs.search(text)), (pattern, text)
    assert compared > 1000


def test_whole() -> None:
    assert translate("a|b", PCRE, whole=True).text == "^(?:a|b)$"


def test_common_dialect_is_checked() -> None:
    for text, fold in (("(?i)a", False), ("A", True), ("a(?=b)", False), (r"\p{L}", False)):
        with pytest.raises(RegexError):
            check_common(text, fold=fold)
