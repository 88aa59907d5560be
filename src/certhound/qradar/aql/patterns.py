"""LIKE patterns, as far as checks must understand them."""

from __future__ import annotations

import re

from certhound.qradar.aql import nodes as n


def like_regex(pattern: str) -> str:
    """A LIKE pattern as a regular expression for the whole value; runs of ``%`` are one."""
    parts = re.split(r"(%+|_)", pattern)
    return "".join(".*" if part.startswith("%") else "." if part == "_" else re.escape(part) for part in parts)


def contained(pattern: str) -> str | None:
    """The text that ``%text%`` asks for, or None for a pattern of another form."""
    inner = pattern.strip("%")
    if pattern.startswith("%") and pattern.endswith("%") and inner and not set(inner) & {"%", "_"}:
        return inner
    return None


def payload_reads(expr: n.Expr) -> bool:
    """Whether an expression turns the payload into text."""
    return any(
        isinstance(node, n.Call)
        and node.upper in ("UTF8", "BASE64", "FORMAT::PAYLOAD_TO_HEX")
        and any(isinstance(each, n.Name) and each.text.lower().endswith("payload") for each in node.arguments)
        for node in n.walk(expr)
    )
