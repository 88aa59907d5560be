"""JSON objects out of one line, as tolerant as bulk readers are, and their values as text.

What follows an object on its line is looked at too: writers that die leave half a line, to which the next one appends.
"""

from __future__ import annotations

import codecs
import json
import re

Record = dict[str, object]

MAX_DEPTH = 40
"""Values nested deeper are left out: no sensor writes them, and Python's parser cannot read any depth."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_LOOSE = re.compile(r'("(?:[^"\\]|\\.)*+")|,(\s*[\]}])|([-+]?\b(?:nan|inf(?:inity)?)\b)', re.DOTALL | re.IGNORECASE)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BLANK = re.compile(r"[ \t\r\n,]*")
_MAX_INT_DIGITS = 4000


class Number(float):
    """A number that remembers how it was written."""

    written: str

    def __new__(cls, text: str) -> Number:
        number = super().__new__(cls, text)
        number.written = text
        return number


def _whole(text: str) -> int | Number:
    return int(text) if len(text) <= _MAX_INT_DIGITS else Number(text)


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=_whole, parse_constant=Number, strict=False)


def json_line(data: bytes) -> tuple[str, bool]:
    """The text of a line, and whether it was UTF-8; other bytes stand as ``\\xNN``, escaped as strings need it."""
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace_in_json"), False


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(f"\\\\x{byte:02x}" for byte in bad), error.end


codecs.register_error("backslashreplace_in_json", _escaped)


def records_of(text: str) -> tuple[list[Record], str]:
    """The objects that stand on a line one behind the other (with a comma between them or not), and the rest."""
    found: list[Record] = []
    at = _blank_end(text, 0)
    while at < len(text):
        read = _object(text, at) if text[at] == "{" else None
        if read is None:
            break
        record, end = read
        found.append(record)
        at = _blank_end(text, end)
    return found, text[at:]


def _blank_end(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _object(text: str, at: int) -> tuple[Record, int] | None:
    """One object and where it ends, or nothing."""
    try:
        record, end = _DECODER.raw_decode(text, at)
    except RecursionError:
        return _shallow(text, at)
    except ValueError:
        return _loose(text, at)
    return (_clean(record, text, at), end) if isinstance(record, dict) else None


def object_at(text: str, at: int) -> tuple[Record | None, int]:
    """An object over any number of lines and where it ends; nothing and where reading failed if there is none."""
    try:
        record, end = _DECODER.raw_decode(text, at)
    except RecursionError:
        return None, len(text)
    except ValueError as error:
        return None, int(getattr(error, "pos", len(text)))
    return (_clean(record, text[at:end], 0), end) if isinstance(record, dict) else (None, end)


def _shallow(text: str, at: int) -> tuple[Record, int] | None:
    """An object whose values nested too deep are replaced by null."""
    kept: list[str] = []
    depth, done = 0, at
    for token in _TOKEN.finditer(text, at):
        match token.group()[0]:
            case "{" | "[":
                depth += 1
                if depth == MAX_DEPTH:
                    kept.append(text[done : token.start()])
            case "}" | "]":
                if depth == MAX_DEPTH:
                    kept.append("null")
                    done = token.end()
                depth -= 1
                if depth == 0:
                    kept.append(text[done : token.end()])
                    return _reread("".join(kept), token.end())
    return None


def _loose(text: str, at: int) -> tuple[Record, int] | None:
    """An object with what bulk readers let pass: a comma behind the last member, NaN and infinity in any spelling."""
    if not any(found[2] is not None or found[3] for found in _LOOSE.finditer(text, at)):
        return None
    depth = 0
    for token in _TOKEN.finditer(text, at):
        match token.group()[0]:
            case "{" | "[":
                depth += 1
            case "}" | "]":
                depth -= 1
        if depth == 0:
            return _reread(_LOOSE.sub(_strict, text[at : token.end()]), token.end())
    return None


def _strict(found: re.Match[str]) -> str:
    return found[1] or found[2] or (f'"{found[3]}"' if found[3] else "")


def _reread(text: str, end: int) -> tuple[Record, int] | None:
    try:
        record = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return (_clean(record, text, 0), end) if isinstance(record, dict) else None


def _clean(record: Record, text: str, at: int) -> Record:
    """Half a surrogate pair, which no text may hold, stays as it was written."""
    return {_well(key): _well_value(value) for key, value in record.items()} if _SURROGATE.search(text, at) else record


def _well(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _well_value(value: object) -> object:
    match value:
        case str():
            return _well(value)
        case list():
            return [_well_value(item) for item in value]
        case dict():
            return {_well(key): _well_value(item) for key, item in value.items()}
        case _:
            return value


def scalar_text(value: object) -> str:
    """A value as text for people: numbers with the digits that they were written with, booleans as the words."""
    match value:
        case str():
            return value
        case Number():
            return value.written
        case _:
            return json.dumps(value, ensure_ascii=False)


def engine_text(value: object) -> str:
    """A value as text in the form that the engine's bulk reader gives: the shortest digits, JSON without blanks."""
    match value:
        case str():
            return value
        case Number() if value - value != 0:  # infinite, or no number at all
            return value.written
        case Number():
            return repr(float(value))
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
