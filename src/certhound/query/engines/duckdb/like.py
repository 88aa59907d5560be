"""Wildcard patterns as DuckDB says them fastest: equality, prefix, suffix and infix by its own functions, else LIKE."""

from __future__ import annotations

from sqlglot import exp

from certhound.query.functions import sql
from certhound.query.text import simple_lower
from certhound.query.tree import Like, Wild

_ESCAPE = "\\"
_SIGNS = {Wild.ANY: "%", Wild.ONE: "_"}


def like(text: exp.Expression, pattern: Like, fold: bool) -> exp.Expression:
    """A pattern against a text; with ``fold`` the text must be in lower case already."""
    parts = joined_parts(pattern, fold)
    match parts:
        case ():
            return sql.binary(exp.EQ, text, sql.text(""))
        case (str() as whole,):
            return sql.binary(exp.EQ, text, sql.text(whole))
        case (str() as head, Wild.ANY):
            return sql.call("starts_with", text, sql.text(head))
        case (Wild.ANY, str() as tail):
            return sql.call("suffix", text, sql.text(tail))
        case (Wild.ANY, str() as inner, Wild.ANY):
            return sql.call("contains", text, sql.text(inner))
        case _:
            return _like(text, parts)


def joined_parts(pattern: Like, fold: bool) -> tuple[str | Wild, ...]:
    """The parts with neighbours joined: texts to one text, several ``*`` to one; empty texts left out."""
    parts: list[str | Wild] = []
    for part in pattern.parts:
        if isinstance(part, Wild):
            if part is not Wild.ANY or parts[-1:] != [Wild.ANY]:
                parts.append(part)
        elif part:
            text = simple_lower(part) if fold else part
            if parts and isinstance(last := parts[-1], str):
                parts[-1] = last + text
            else:
                parts.append(text)
    return tuple(parts)


def _like(text: exp.Expression, parts: tuple[str | Wild, ...]) -> exp.Expression:
    literals = "".join(part for part in parts if not isinstance(part, Wild))
    escaped = any(sign in literals for sign in "%_")
    shown = "".join(_SIGNS[part] if isinstance(part, Wild) else _escaped(part, escaped) for part in parts)
    test: exp.Expression = exp.Like(this=sql.paren(text), expression=sql.text(shown))
    return exp.Escape(this=test, expression=sql.text(_ESCAPE)) if escaped else test


def _escaped(text: str, escaped: bool) -> str:
    """DuckDB's LIKE has no escape character unless one is named."""
    if not escaped:
        return text
    return "".join(_ESCAPE + char if char in "%_\\" else char for char in text)
