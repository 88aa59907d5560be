"""Distinguished names that came as text, in any of the spellings that logs have, to the structure of `Name`.

Read are RFC 2253 and 4514 (Zeek, Windows: most specific first), the order of the encoding with ``, `` between
(Suricata, OpenSSL, Censys, crt.sh), ``/C=…/CN=…`` and one attribute a line; escapes once, twice, or as Zeek's
``\\x2c``; quoted and empty values; ``#`` and hex. A separator counts only where an attribute type and ``=`` follow, so
that a comma nobody escaped stays in its value.
"""

from __future__ import annotations

import re

from certhound.x509.der import DerError, element
from certhound.x509.distinguished_name import EMPTY_NAME, Attribute, Name, Rdn, rdn_text
from certhound.x509.oids import NAME_OIDS, NAME_TYPE_ALIASES, NAME_TYPES
from certhound.x509.strings import decode_string

MAX_TEXT = 65_536
"""Longer texts are cut there, and the name's problem says so."""

MAX_PARTS = 500
"""Attributes beyond these stay unread, and the name's problem says so."""

_TYPE = r"(?:[A-Za-z][A-Za-z0-9_-]{0,63}|(?:OID\.|oid\.)?\d{1,9}(?:\.\d{1,99}){1,40})"
_AHEAD = rf"\s{{0,3}}{_TYPE}\s{{0,3}}="
_TYPE_AHEAD = re.compile(_AHEAD, re.ASCII)
_SEPARATOR = re.compile(rf"[,;\n](?={_AHEAD})", re.ASCII)
_SLASH = re.compile(rf"/(?={_AHEAD})", re.ASCII)
_PLUS = re.compile(rf"\+(?={_AHEAD})", re.ASCII)
_TYPE_VALUE = re.compile(rf"\s*({_TYPE})\s{{0,3}}=\s*(.*)\Z", re.DOTALL | re.ASCII)
_QUOTED = re.compile(
    rf'(?:\A|[,;+\n]){_AHEAD}\s{{0,3}}("(?:[^"\\]|\\.)*")(?=\s{{0,3}}(?:[,;+\n]|\Z))',
    re.DOTALL | re.ASCII,
)

# What a sensor that escapes bytes as \xNN makes of a name, however often the backslash was doubled on the way: those
# bytes that sensors do escape; others only behind one backslash, for two are a backslash that stands for itself.
# The patterns begin at the first backslash of a run only, so that long runs cost linear time.
_BYTE_ESCAPE = re.compile(r"(?<!\\)(?:\\x([0-9A-Fa-f]{2})|\\+x(2[cC]|[01][0-9A-Fa-f]|[89A-Fa-f][0-9A-Fa-f]))")
_DOUBLED = re.compile(rf'(?<!\\)((?:\\\\)+)(?=[,+"<>;])(?![,+;]{_AHEAD})', re.ASCII)
_UNESCAPE = re.compile(r'((?:\\[0-9A-Fa-f]{2})+)|\\([,+"\\<>;=# ])')

_RdnText = tuple[Rdn, str]
_MEMO_ENTRIES = 8192
_MEMO_CHARACTERS = 256
_rdns: dict[str, _RdnText] = {}

# Most names of servers: a host, and nothing odd behind it.
_HOST = re.compile(r'CN=([A-Za-z0-9*](?:[A-Za-z0-9.*_-]{0,253}[A-Za-z0-9])?)((?:,[^"\\;+#\n\r]{0,250})?)\Z')
_rests: dict[str, tuple[tuple[Rdn, ...], str] | None] = {}

_GENERAL = frozenset(("C", "DC", "O", "ST", "L"))
_SPECIFIC = frozenset(("CN", "emailAddress", "UID", "serialNumber"))


def parse_name(text: str, most_specific_first: bool | None = None) -> Name:
    """The Name that a text spells. Never raises: a text without ``type=value`` gives no RDNs and a problem.

    ``most_specific_first`` says how the text is ordered; None decides by its types and separators. Whatever the order
    of the text, RDNs come in the order of the encoding and ``Name.text`` in RFC 4514 form.
    """
    if most_specific_first is None and (found := _HOST.match(text)) is not None:
        name = _host_name(found[1], found[2])
        if name is not None:
            return name
    return _read_name(text, most_specific_first)


def _read_name(text: str, most_specific_first: bool | None) -> Name:
    text = text.strip("\r\n")
    if not text.strip():
        return EMPTY_NAME
    problem = ""
    if len(text) > MAX_TEXT:
        text, problem = text[:MAX_TEXT], f"text of {len(text)} characters, cut at {MAX_TEXT}"
    pieces, forward = _split(text)
    if len(pieces) > MAX_PARTS:
        pieces, problem = pieces[:MAX_PARTS], f"more than {MAX_PARTS} attributes"
    found = [record for piece in pieces if (record := _rdns.get(piece) or _read_rdn(piece))[0]]
    if not found:
        return Name((), text, "no attribute type in the text")
    if most_specific_first is None:
        if forward is None:
            blank = len(pieces) > 1 and pieces[1][:1] == " "
            forward = _runs_forward(found[0][0][0][0], found[-1][0][0][0], blank)
        most_specific_first = not forward
    if not most_specific_first:
        found.reverse()
    elif "+" in text:
        found = [(rdn[::-1], rdn_text(rdn[::-1])) if len(rdn) > 1 else (rdn, own) for rdn, own in found]
    return Name(tuple([record[0] for record in reversed(found)]), ",".join([record[1] for record in found]), problem)


def _host_name(host: str, rest: str) -> Name | None:
    """The name of a host before a text that many names share; None where it is not as simple as that."""
    if rest not in _rests:
        if len(_rests) >= _MEMO_ENTRIES:
            _rests.clear()
        example = _read_name(f"CN=a{rest}", None)
        simple = example.rdns[-1:] == ((Attribute("CN", "a", NAME_OIDS["CN"], 0),),) and example.text.startswith("CN=a")
        _rests[rest] = (example.rdns[:-1], example.text[4:]) if simple and not example.problem else None
    known = _rests[rest]
    if known is None:
        return None
    return Name((*known[0], (Attribute("CN", host, NAME_OIDS["CN"], 0),)), f"CN={host}{known[1]}")


def _split(text: str) -> tuple[list[str], bool | None]:
    """The texts of the RDNs, and whether the style alone says that they stand in the order of the encoding."""
    if "\\" in text:
        # Every escape as RFC 4514 has it: one backslash.
        text = _DOUBLED.sub(_halve, _BYTE_ESCAPE.sub(lambda match: "\\" + (match[1] or match[2]), text))
    if text[0] == "/" and _SLASH.match(text):
        return _SLASH.split(text)[1:], True
    if '"' in text or ";" in text or "\n" in text:
        return _split_odd(text), True if "\n" in text else None
    return _join_values(text.split(",")), None


def _halve(match: re.Match[str]) -> str:
    """Undo doubling until the run is odd, which is what an escaped character has before it."""
    count = len(match[1])
    while count % 2 == 0:
        count //= 2
    return "\\" * count


def _join_values(pieces: list[str]) -> list[str]:
    """Put pieces that a comma inside a value tore apart together again."""
    joined: list[str] = []
    torn: list[str] = []
    for piece in pieces:
        if torn and (
            (torn[-1][-1:] == "\\" and _is_escaped(torn[-1], len(torn[-1])))
            or (piece not in _rdns and _TYPE_AHEAD.match(piece) is None)
        ):
            torn.append(piece)
            continue
        if torn:
            joined.append(",".join(torn) if len(torn) > 1 else torn[0])
        torn = [piece]
    joined.append(",".join(torn))
    return joined


def _split_odd(text: str) -> list[str]:
    """Split a text that has quotes, semicolons or lines at separators that are neither escaped nor quoted."""
    cuts = [0]
    quoted = _quoted_spans(text)
    at = 0
    for match in _SEPARATOR.finditer(text):
        separator = match.start()
        while at < len(quoted) and quoted[at][1] <= separator:
            at += 1
        inside = at < len(quoted) and quoted[at][0] < separator
        if not inside and not _is_escaped(text, separator):
            cuts.append(match.end())
    return [text[a:b] for a, b in zip(cuts, [*[cut - 1 for cut in cuts[1:]], len(text)], strict=True)]


def _quoted_spans(text: str) -> list[tuple[int, int]]:
    return [match.span(1) for match in _QUOTED.finditer(text)] if '"' in text else []


def _is_escaped(text: str, position: int) -> bool:
    """Whether an odd run of backslashes stands before a position."""
    start = position
    while start and text[start - 1] == "\\":
        start -= 1
    return (position - start) % 2 == 1


def _read_rdn(piece: str) -> _RdnText:
    """The attributes of one RDN's text, and its text in our form; none where the text has no type."""
    parts = _plus_parts(piece) if "+" in piece else [piece]
    matches = [match for part in parts[:MAX_PARTS] if (match := _TYPE_VALUE.match(part)) is not None]
    rdn = tuple([_attribute(match[1], match[2]) for match in matches])
    record = (rdn, rdn_text(rdn))
    if len(piece) <= _MEMO_CHARACTERS and rdn:
        if len(_rdns) >= _MEMO_ENTRIES:
            _rdns.clear()
        _rdns[piece] = record
    return record


def _plus_parts(piece: str) -> list[str]:
    quoted = _quoted_spans(piece)
    cuts = [
        match.start()
        for match in _PLUS.finditer(piece)
        if not _is_escaped(piece, match.start()) and not any(a < match.start() < b for a, b in quoted[:10])
    ]
    return [piece[a:b] for a, b in zip([0, *[cut + 1 for cut in cuts]], [*cuts, len(piece)], strict=True)]


def _attribute(spelt: str, raw: str) -> Attribute:
    type_ = NAME_TYPE_ALIASES.get(spelt.lower())
    if type_ is None:
        dotted = spelt[4:] if spelt[:4].lower() == "oid." else spelt
        type_ = NAME_TYPES.get(dotted, dotted)
    oid = NAME_OIDS.get(type_, type_)
    if raw[:1] == "#":
        value, tag = _hex_value(raw)
        if tag:
            return Attribute(type_, value, oid, tag)
    return Attribute(type_, _unescape(raw), oid, 0)


def _hex_value(raw: str) -> tuple[str, int]:
    """(value, tag) of ``#`` and hex; the tag is 0 where it is not that but a plain value."""
    try:
        data = bytes.fromhex(raw[1:].strip())
        found = element(data, 0, len(data))
    except (DerError, ValueError):
        return raw, 0
    return decode_string(found.tag, data[found.start : found.stop])[0], found.tag


def _unescape(raw: str) -> str:
    value = raw.rstrip(" \t\r\n")
    if value != raw and value.endswith("\\") and _is_escaped(value, len(value)):
        value += " "
    if len(value) >= 2 and value[0] == value[-1] == '"' and not _is_escaped(value, len(value) - 1):
        value = value[1:-1]
    return _UNESCAPE.sub(_unescape_one, value) if "\\" in value else value


def _unescape_one(match: re.Match[str]) -> str:
    if match[1]:
        return bytes.fromhex(match[1].replace("\\", "")).decode("utf-8", "replace")
    return match[2]


def _runs_forward(first: str, last: str, blank: bool) -> bool:
    """Whether a text stands in the order of the encoding: its ends say so, else the blank after the comma."""
    if (first == "C") != (last == "C"):
        return first == "C"
    if (first in _SPECIFIC) != (last in _SPECIFIC):
        return last in _SPECIFIC
    if (first in _GENERAL) != (last in _GENERAL):
        return first in _GENERAL
    return blank
