"""Small builders of sqlglot expressions that the function families and the printer share. No text is ever pasted."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

BIGINT, HUGEINT, DOUBLE, VARCHAR = "BIGINT", "INT128", "DOUBLE", "VARCHAR"

_ATOMS = (
    exp.Column,
    exp.Literal,
    exp.Identifier,
    exp.Anonymous,
    exp.Paren,
    exp.Boolean,
    exp.Null,
    exp.Cast,
    exp.TryCast,
)


def paren(node: exp.Expression) -> exp.Expression:
    """In brackets, unless it stands firmly by itself; sqlglot adds none."""
    return node if isinstance(node, _ATOMS) else exp.Paren(this=node)


def call(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of an engine's own function by its name there."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def text(value: str) -> exp.Expression:
    """A text literal. SQL text cannot hold a NUL, so that is put in by ``chr(0)``."""
    if "\0" not in value:
        return exp.Literal.string(value)
    zero = call("chr", number(0))
    parts: list[exp.Expression] = []
    for index, piece in enumerate(value.split("\0")):
        parts.extend([zero] if index else [])
        parts.extend([exp.Literal.string(piece)] if piece else [])
    return call("concat", *parts)


def number(value: int) -> exp.Expression:
    """An integer literal."""
    literal = exp.Literal.number(abs(value))
    return paren(exp.Neg(this=literal)) if value < 0 else literal


def cast(node: exp.Expression, to: str) -> exp.Expression:
    return exp.Cast(this=node, to=exp.DataType.build(to, dialect="duckdb"))


def try_cast(node: exp.Expression, to: str) -> exp.Expression:
    """A cast that gives NULL for what cannot be read."""
    return exp.TryCast(this=node, to=exp.DataType.build(to, dialect="duckdb"))


def binary(kind: type[exp.Binary], left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return exp.Paren(this=kind(this=paren(left), expression=paren(right)))


def lower(node: exp.Expression) -> exp.Expression:
    """Simple lower case, code point by code point."""
    return call("lower", node)


def lambda_(name: str, body: exp.Expression) -> exp.Expression:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name, quoted=True)])


def variable(name: str) -> exp.Expression:
    """A lambda's own variable."""
    return exp.column(name, quoted=True)


def array(*items: exp.Expression) -> exp.Expression:
    return call("list_value", *items)


def bound(names: str, nodes: list[exp.Expression], body: Callable[..., exp.Expression]) -> exp.Expression:
    """``body`` over the nodes, each evaluated and printed once even where the body uses it several times.

    Without it nested calls would double the text at each level. ``names``: one letter for each node; the variable is
    called so that no column of a table has its name. The nodes themselves stand outside of the lambda, where they may
    hold sub-queries.
    """
    simple = (exp.Column, exp.Literal, exp.Null)
    once = [node for node in nodes if not isinstance(node, simple)]
    if not once:
        return body(*nodes)
    name = f"bound {names}"
    whole = variable(name)
    parts = [call("struct_extract", whole, number(place + 1)) for place in range(len(once))]
    values = iter([whole] if len(once) == 1 else parts)
    result = body(*(node if isinstance(node, simple) else next(values) for node in nodes))
    packed = once[0] if len(once) == 1 else call("row", *once)
    return call("list_extract", call("list_transform", array(packed), lambda_(name, result)), number(1))


def balanced(kind: type[exp.Connector], parts: list[exp.Expression]) -> exp.Expression:
    """AND or OR of at least one part, as a balanced tree: a thousand parts nest ten deep."""
    if len(parts) == 1:
        return paren(parts[0])
    middle = len(parts) // 2
    return exp.Paren(this=kind(this=balanced(kind, parts[:middle]), expression=balanced(kind, parts[middle:])))
