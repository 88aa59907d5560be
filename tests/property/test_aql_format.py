"""The formatter on any query with any blanks and comments: it changes neither, and a second run changes nothing."""

from __future__ import annotations

from aql_generator import queries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certhound.qradar.aql import format_aql, nodes, parse, to_aql
from certhound.qradar.aql.lexer import lex

_SEPARATORS = ["", " ", "\n", "\n\n  ", " -- note\n", "\n-- line\n", " /* in */ ", "\n/* two\n   lines */\n", "\t"]
_QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A query with blanks, line ends and comments wherever they may stand."""
    printed = to_aql(draw(queries()))
    tokens = lex(printed).tokens[:-1]
    separators = draw(st.lists(st.sampled_from(_SEPARATORS), min_size=len(tokens), max_size=len(tokens)))
    return " ".join(
        f"{printed[token.start : token.end]} {separator}" for token, separator in zip(tokens, separators, strict=True)
    )


@_QUICK
@given(texts())
def test_meaning_and_comments_stay_and_a_second_run_changes_nothing(text: str) -> None:
    laid_out = format_aql(text)
    query, again = parse(text), parse(laid_out)
    assert again == query
    assert _comments(again) == _comments(query)
    assert format_aql(laid_out) == laid_out


def _comments(query: nodes.Query) -> list[str]:
    return sorted(" ".join(comment.text.split()) for comment in query.comments)
