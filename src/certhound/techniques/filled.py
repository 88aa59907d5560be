"""A query with values in it: ``:name`` in AQL becomes a quoted text, in jq an argument; data never becomes code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from certhound.techniques.package import Query

EXAMPLES: dict[str, str] = {
    "name": "login.shop.example",
    "address": "198.51.100.7",
    "client": "10.0.0.7",
    "sha256": "0" * 64,
    "subject": "CN=login.shop.example",
    "issuer": "CN=Example CA",
}
"""The values that a query may ask for, and what stands for each where there is no finding."""

_MARK = re.compile(rf"(?<![:\w']):({'|'.join(EXAMPLES)})\b")
_JQ = re.compile(rf"\$({'|'.join(EXAMPLES)})\b")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def needs(query: Query) -> tuple[str, ...]:
    """The values that a query asks for, in either spelling."""
    found = {*_MARK.findall(query.aql), *_JQ.findall(query.jq)}
    return tuple(name for name in EXAMPLES if name in found)


def aql(query: Query | str, values: Mapping[str, str] = EXAMPLES) -> str:
    """The AQL with values as quoted texts: quotes doubled, control characters out. KeyError for a missing value."""
    text = query if isinstance(query, str) else query.aql
    return _MARK.sub(lambda mark: literal(values[mark[1]]), text).strip()


def literal(value: str) -> str:
    """A text as AQL writes it."""
    return "'" + _UNSAFE.sub(" ", value).replace("'", "''") + "'"


def command(query: Query, values: Mapping[str, str] = EXAMPLES, paths: str = "PATH") -> str:
    """The certhound way: a table as JSON lines through jq, the values as arguments. ``paths`` is quoted already."""
    wanted = [name for name in needs(query) if f"${name}" in query.jq]
    arguments = [f"--arg {name} {shlex.quote(_UNSAFE.sub(' ', values[name]))} " for name in wanted]
    return f"certhound {query.table} {paths} --format json | jq -c {''.join(arguments)}{shlex.quote(query.jq.strip())}"
