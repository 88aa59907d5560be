"""PowerShell's ``Export-Clixml``: each object's properties by name, as a row of a table.

An object has its own properties (``Props``) and those that PowerShell added (``MS``, where an event's text is). Of a
property that is an object itself its text counts (``ToString``). Characters that XML does not hold are ``_xNNNN_``.
Format: Microsoft's [MS-PSRP], section 2.2.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from certhound.sources.envelopes.leef import unused
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.xml_pull import pulled
from certhound.sources.streams import Broken

_BEGINS = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<Objs\s[^>]*schemas\.microsoft\.com/powershell/")
_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PARTS = frozenset(("Props", "MS"))


def looks_like(text: str) -> bool:
    """Whether a text begins as such a file does."""
    return _BEGINS.match(text) is not None


def records_of(data: Iterable[bytes | Broken]) -> Iterator[Record | str]:
    """The objects of a file in pieces; damage ends it, and what stands before is kept."""
    depth = 0
    for each in pulled(data):
        if isinstance(each, str):
            yield each
            return
        ends, element = each
        depth += -1 if ends else 1
        if ends and depth == 1:
            yield _record(element)
            element.clear()


def _record(element: Any) -> Record:
    values: dict[str, str] = {}
    for part in element:
        for each in part if _name(part) in _PARTS else ():
            key, value = each.attrib.get("N"), _text_of(each)
            if key and value is not None:
                values[unused(values, key) if key in values else key] = value
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    return Record(Form.TABLE, values, text, text)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _text_of(element: Any) -> str | None:
    """The text of a property; None for null, and for an object that has none."""
    if _name(element) == "Nil":
        return None
    if len(element):
        said = next((each for each in element if _name(each) == "ToString"), None)
        return None if said is None else _text_of(said)
    return _CODED.sub(lambda found: chr(int(found[1], 16)), element.text or "")
