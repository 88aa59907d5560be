"""Hypothesis strategies over the whole grammar of AQL: any tree that a text can have."""

from __future__ import annotations

from hypothesis import strategies as st

from certhound.qradar.aql import nodes as n
from certhound.query.recursion import make_room

make_room()  # before hypothesis looks at the interpreter's limit

_WORDS = ["sourceip", "qid", "LAST", "start", "select", "User Domain", "cs-host", 'odd"one', "Grüße", "text", "if", "a"]
_names = st.one_of(st.sampled_from(_WORDS), st.text(max_size=6))
_functions = st.sampled_from(["COUNT", "LOWER", "utf8", "GEO::LOOKUP", "First", "odd one", "IF", "DISTINCT", "x"])
_texts = st.one_of(st.sampled_from(["O'Brien", "%\\cmd.exe", "-- no comment", "/*", "", "'"]), st.text(max_size=6))
_numbers = st.sampled_from(["0", "5", "0x00ff", "1.5", "0.25", "1e3", "2.5E-3", "99999999999"])

_leaves: st.SearchStrategy[n.Expr] = st.one_of(
    st.builds(n.Name, _names),
    st.builds(n.Text, _texts),
    st.builds(n.Number, _numbers),
    st.builds(n.Boolean, st.booleans()),
    st.just(n.Null()),
    st.just(n.Call("COUNT", (n.Star(),))),
    st.just(n.Call("NOW", ())),
)


def _tuples(element: st.SearchStrategy[n.Expr], least: int = 1, most: int = 3) -> st.SearchStrategy[tuple[n.Expr, ...]]:
    return st.lists(element, min_size=least, max_size=most).map(tuple)


def _grown(below: st.SearchStrategy[n.Expr]) -> st.SearchStrategy[n.Expr]:
    return st.one_of(
        st.builds(n.Call, _functions, _tuples(below, 0)),
        st.builds(n.Unary, st.sampled_from(n.UnaryOp), below),
        st.builds(n.Binary, st.sampled_from(n.BinaryOp), below, below),
        st.builds(n.Compare, st.sampled_from(n.CompareOp), below, below),
        st.builds(n.Match, st.sampled_from(n.MatchOp), below, below, st.booleans()),
        st.builds(n.Between, below, below, below, st.booleans()),
        st.builds(n.In, below, _tuples(below), st.booleans()),
        st.builds(n.In, below, _small_queries(below), st.booleans()),
        st.builds(n.IsNull, below, st.booleans()),
        st.builds(n.And, _tuples(below, 2)),
        st.builds(n.Or, _tuples(below, 2)),
        st.builds(n.Not, below),
        st.builds(
            n.Case,
            st.none() | below,
            st.lists(st.tuples(below, below), min_size=1, max_size=2).map(tuple),
            st.none() | below,
        ),
        st.builds(n.If, below, below, below),
    )


def _items(expr: st.SearchStrategy[n.Expr]) -> st.SearchStrategy[tuple[n.Item, ...]]:
    item = st.one_of(st.just(n.Item(n.Star())), st.builds(n.Item, expr, st.none() | _names))
    return st.lists(item, min_size=1, max_size=3).map(tuple)


def _small_queries(expr: st.SearchStrategy[n.Expr]) -> st.SearchStrategy[n.Query]:
    return st.builds(n.Query, _items(expr), _tables, where=st.none() | expr, window=st.none() | _windows(expr))


_tables: st.SearchStrategy[n.Source] = st.one_of(
    st.builds(n.Table, _names), st.builds(n.GlobalView, _texts, st.sampled_from(["NORMAL", "DAILY"]))
)


def _windows(expr: st.SearchStrategy[n.Expr]) -> st.SearchStrategy[n.Window]:
    return st.one_of(
        st.builds(n.Last, st.integers(0, 10**12), st.sampled_from(n.Unit)),
        st.builds(n.StartStop, expr, st.none() | expr),
        st.builds(n.OffenseTime, expr),
    )


def _sessions(expr: st.SearchStrategy[n.Expr]) -> st.SearchStrategy[n.Session]:
    edge = st.none() | st.builds(n.SessionEdge, expr, st.booleans())
    window = st.none() | st.tuples(st.integers(0, 999), st.sampled_from(n.Unit))
    return st.builds(n.Session, expr, _tuples(expr), edge, edge, st.none() | st.integers(0, 10**6), window)


@st.composite
def _search_first(draw: st.DrawFn, expr: st.SearchStrategy[n.Expr]) -> n.Expr:
    search = n.TextSearch(draw(_texts))
    return draw(st.one_of(st.just(search), _tuples(expr).map(lambda rest: n.And((search, *rest)))))


@st.composite
def queries(draw: st.DrawFn) -> n.Query:
    """Any query, sub-selects in FROM and IN included."""
    expr = expressions
    order = draw(st.lists(st.builds(n.OrderKey, expr, st.booleans()), max_size=2).map(tuple))
    word = st.from_regex(r"[A-Za-z_]\w{0,5}", fullmatch=True)
    return n.Query(
        items=draw(_items(expr)),
        source=draw(st.one_of(_tables, _small_queries(expr))),
        into=draw(st.none() | _names),
        where=draw(st.one_of(st.none(), expr, _search_first(expr))),
        group_by=draw(_tuples(expr, 0, 2)),
        session=draw(st.none() | _sessions(expr)),
        having=draw(st.none() | expr),
        order_by=order,
        collate=draw(st.none() | _texts) if order else None,
        limit=draw(st.none() | st.integers(0, 10**9)),
        window=draw(st.none() | _windows(expr)),
        parameters=draw(st.lists(st.builds(n.Parameter, word, _tuples(expr)), max_size=2).map(tuple)),
    )


expressions: st.SearchStrategy[n.Expr] = st.recursive(_leaves, _grown, max_leaves=8)
