"""JSON records: objects flattened to keys and texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from certhound.sources.envelopes.record import Form, Record
from certhound.sources.zeek.json_text import Number, engine_text, records_of, scalar_text

MAX_NESTING = 8
"""Objects nested deeper are kept as JSON text."""

_WHOLE = msgspec.json.Decoder(float_hook=Number)


def objects_of(text: str) -> tuple[list[dict[str, Any]], str]:
    """The objects that stand in a text one behind the other, and the rest that is none."""
    try:
        found = _WHOLE.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return records_of(text)  # several, or what only a patient reader takes
    return ([found], "") if type(found) is dict else records_of(text)


def read(found: Mapping[str, object], text: str, payload: str) -> Record:
    """A record of an object. Keys of nested objects are joined by dots; lists and what is nested deep is JSON text."""
    values: dict[str, str] = {}
    _flatten(found, "", values, 0)
    return Record(Form.JSON, values, text, payload, object=found)


def _flatten(found: Mapping[str, object], prefix: str, values: dict[str, str], depth: int) -> None:
    for key, value in found.items():
        if type(value) is str:
            values[prefix + key] = value
        elif value is None:
            continue
        elif type(value) is int:
            values[prefix + key] = str(value)
        elif type(value) is dict and value and depth < MAX_NESTING:
            _flatten(value, f"{prefix}{key}.", values, depth + 1)
        else:
            values[prefix + key] = scalar_text(value)


def at(found: Mapping[str, object] | None, *path: str) -> Any:
    """The value at a path of keys (dots inside keys are tried, too); None where there is none."""
    value: object = found
    for index, key in enumerate(path):
        if not isinstance(value, dict):
            return None
        if key not in value:
            return value.get(".".join(path[index:]))
        value = value[key]
    return value


def as_text(found: Mapping[str, object]) -> str:
    """An object as one line of JSON."""
    return engine_text(found)
