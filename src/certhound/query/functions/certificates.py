"""What records state of certificates, in one form: hashes, names in the order of the encoding, DER in base64, names of
all kinds in one list.

Each is total: what cannot be read becomes absent.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload
from certhound.query.text import simple_lower

T, L = Kind.TEXT, Kind.LIST

# --- hashes --------------------------------------------------------------------------------------------------------

_NOT_HEX = r"[^0-9a-f]"


def _hash_text(text: exp.Expression) -> exp.Expression:
    bare = sql.call("replace", sql.lower(text.copy()), sql.text(":"), sql.text(""))

    def body(value: exp.Expression) -> exp.Expression:
        odd = sql.call("regexp_matches", value.copy(), sql.text(_NOT_HEX))
        known = exp.In(this=sql.call("length", value.copy()), expressions=[sql.number(n) for n in (32, 40, 64)])
        return exp.Case().when(exp.And(this=known, expression=exp.Not(this=odd)), value)

    return sql.bound("h", [bare], body)


def _hash_text_of(text: str) -> str | None:
    bare = simple_lower(text).replace(":", "")
    return bare if len(bare) in (32, 40, 64) and not re.search(_NOT_HEX, bare) else None


# --- base64 --------------------------------------------------------------------------------------------------------

_SIX = "[A-Za-z0-9+/]"
_BASE64 = rf"^(?:{_SIX}{{4}})*(?:{_SIX}{{4}}|{_SIX}{{3}}=|{_SIX}{{2}}==)$"


def _der_id(text: exp.Expression) -> exp.Expression:
    """Looked at first: DuckDB raises for what is no base64, and TRY does not go with sub-queries."""

    def body(value: exp.Expression) -> exp.Expression:
        whole = sql.call("regexp_matches", value.copy(), sql.text(_BASE64))
        return exp.Case().when(whole, sql.call("sha256", sql.call("from_base64", value.copy())))

    return sql.bound("d", [text], body)


def _der_id_of(text: str) -> str | None:
    if not re.search(_BASE64.replace("$", r"\Z"), text):
        return None
    return hashlib.sha256(base64.b64decode(text)).hexdigest()


def _der_ids(items: exp.Expression) -> exp.Expression:
    return sql.call("list_transform", items, sql.lambda_("e", _der_id(sql.variable("e"))))


def _der_ids_of(items: list[str | None]) -> list[str | None]:
    return [None if item is None else _der_id_of(item) for item in items]


# --- distinguished names -------------------------------------------------------------------------------------------

_TYPE = r"(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)="
_NEXT = rf", ?({_TYPE})"
_BETWEEN = "\x1f"
_COUNTRY = r"^C="
_SPECIFIC = r"^(?:CN|emailAddress|UID|serialNumber)="
_GENERAL = r"^(?:C|DC|O|ST|L)="
_ENDS = ((_COUNTRY, True), (_SPECIFIC, False), (_GENERAL, True))
"""Types of the first and the last attribute that tell the order: the first pattern that only one of them matches
decides, and whether it is the first one that should. Else a blank behind the comma tells the order of the encoding."""
_BARE_COMMA = r"(^|[^\\]),"


def _dn_rfc4514(text: exp.Expression) -> exp.Expression:
    """Marks before the types, for RE2 cannot look ahead; then parts, turned round, with their commas escaped."""
    marked = sql.call("regexp_replace", text.copy(), sql.text(_NEXT), sql.text(_BETWEEN + r"\1"), sql.text("g"))
    parts = sql.call("string_split", marked, sql.text(_BETWEEN))
    blank = sql.call("regexp_matches", text.copy(), sql.text(rf", {_TYPE}"))

    def turned(value: exp.Expression, blank: exp.Expression) -> exp.Expression:
        first, last = (sql.call("list_extract", value.copy(), sql.number(n)) for n in (1, -1))
        chosen = exp.Case()
        for pattern, at_start in _ENDS:
            ends = [sql.call("regexp_matches", each.copy(), sql.text(pattern)) for each in (first, last)]
            different = exp.NEQ(this=ends[0], expression=ends[1])
            chosen = chosen.when(different, ends[0].copy() if at_start else ends[1].copy())
        forward = chosen.else_(blank)
        return exp.Case().when(forward, sql.call("list_reverse", value.copy())).else_(value.copy())

    joined = sql.call("array_to_string", sql.bound("pb", [parts, blank], turned), sql.text(_BETWEEN))
    escaped = sql.call("regexp_replace", joined, sql.text(_BARE_COMMA), sql.text(r"\1\\,"), sql.text("g"))
    named = sql.call("replace", escaped, sql.text(_BETWEEN), sql.text(","))
    return exp.Case().when(sql.call("contains", text.copy(), sql.text(",")), named).else_(text.copy())


def _dn_rfc4514_of(text: str) -> str:
    if "," not in text:
        return text
    parts = re.sub(_NEXT, lambda found: _BETWEEN + found[1], text).split(_BETWEEN)
    if _runs_forward(parts, text):
        parts.reverse()
    escaped = re.sub(_BARE_COMMA, lambda found: found[1] + "\\,", _BETWEEN.join(parts))
    return escaped.replace(_BETWEEN, ",")


def _runs_forward(parts: list[str], text: str) -> bool:
    for pattern, at_start in _ENDS:
        first, last = (re.match(pattern, part) is not None for part in (parts[0], parts[-1]))
        if first != last:
            return first if at_start else last
    return re.search(rf", {_TYPE}", text) is not None


# --- names of all kinds --------------------------------------------------------------------------------------------

_PREFIX = r"^(?:DNS|DNSName|IP|IP Address|IPAddress|URI|email|RFC822Name)[:(] ?|\)$"
_KINDS = {
    "ip": r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*://|^(?:urn|spiffe|sip|tel):",
    "email": r"^[^@/ ]+@[^@/ ]+$",
}
_NOT_DNS = "|".join(_KINDS.values())


def _names_of(kind: str) -> Callable[[exp.Expression], exp.Expression]:
    def form(items: exp.Expression) -> exp.Expression:
        each = sql.variable("e")
        bare = sql.call("regexp_replace", each.copy(), sql.text(_PREFIX), sql.text(""), sql.text("g"))
        parts = sql.call("list_transform", items, sql.lambda_("e", bare))
        fits: exp.Expression = sql.call("regexp_matches", each.copy(), sql.text(_KINDS.get(kind, _NOT_DNS)))
        there = exp.Not(this=exp.Is(this=each.copy(), expression=exp.Null()))
        fits = exp.Not(this=fits) if kind == "dns" else fits
        return sql.call("list_filter", parts, sql.lambda_("e", exp.And(this=there, expression=sql.paren(fits))))

    return form


def _names_of_python(kind: str) -> Callable[[list[str | None]], list[str]]:
    pattern = re.compile(_KINDS.get(kind, _NOT_DNS).replace("$", r"\Z"))

    def form(items: list[str | None]) -> list[str]:
        bare = [re.sub(_PREFIX.replace("$", r"\Z"), "", item) for item in items if item is not None]
        return [item for item in bare if (pattern.search(item) is None) == (kind == "dns")]

    return form


def _san(kind: str, meaning: str) -> Function:
    meaning = f"of a certificate's names, given without their kinds, those that are {meaning}"
    return Function(f"san_{kind}", meaning, (Overload((L,), L, _names_of(kind), _names_of_python(kind)),))


FUNCTIONS = (
    Function(
        "hash_text",
        "a fingerprint in lower-case hex without colons; absent where it is neither MD5, SHA-1 nor SHA-256",
        (Overload((T,), T, _hash_text, _hash_text_of),),
    ),
    Function(
        "der_id",
        "the certificate id of a DER in base64: its SHA-256",
        (Overload((T,), T, _der_id, _der_id_of),),
    ),
    Function(
        "der_ids",
        "the certificate ids of a list of DER in base64",
        (Overload((L,), L, _der_ids, _der_ids_of),),
    ),
    Function(
        "dn_rfc4514",
        "a distinguished name that may stand in the order of the encoding, as RFC 4514 has it: most specific first",
        (Overload((T,), T, _dn_rfc4514, _dn_rfc4514_of),),
    ),
    _san("dns", "DNS names"),
    _san("ip", "addresses"),
    _san("uri", "URIs"),
    _san("email", "mail addresses"),
)
