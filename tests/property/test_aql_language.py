"""What holds for every query: print and parse are inverse, spans are true, no reading order changes printed text."""

from __future__ import annotations

import pytest
from aql_generator import queries
from hypothesis import HealthCheck, given, settings

from certhound.qradar.aql import ParseOptions, Precedence, nodes, parse, to_aql

_QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@_QUICK
@given(queries())
def test_what_is_printed_reads_as_the_same_query(query: nodes.Query) -> None:
    printed = to_aql(query)
    assert parse(printed) == query
    assert to_aql(parse(printed)) == printed


@pytest.mark.parametrize("precedence", Precedence)
@settings(_QUICK, max_examples=20)
@given(query=queries())
def test_printed_text_means_the_same_in_every_reading_of_and_and_or(precedence: Precedence, query: nodes.Query) -> None:
    assert parse(to_aql(query), options=ParseOptions(precedence=precedence)) == query


@_QUICK
@given(queries())
def test_the_text_under_a_span_reads_as_its_node(query: nodes.Query) -> None:
    text = to_aql(query)
    for each in nodes.queries(parse(text)):
        assert parse(text[each.span.start : each.span.end]) == each
        for whole in nodes.expressions(each):
            for node in nodes.walk(whole):
                _reads_as_itself(text, node)


def _reads_as_itself(text: str, node: nodes.Expr) -> None:
    part = text[node.span.start : node.span.end]
    if any(isinstance(below, nodes.TextSearch) for below in nodes.walk(node)):
        assert parse(f"SELECT a FROM b WHERE {part}").where == node
    elif not isinstance(node, nodes.Star):
        assert parse(f"SELECT ({part}) FROM b").items[0].expr == node
