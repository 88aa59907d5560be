"""Windows events: XML as the event log renders it (single, joined, in ``<Events>``), and EVTX files.

The values of an event are its ``EventData`` by name, and these of ``System``: ``EventID``, ``Provider``, ``Channel``,
``Computer``, ``TimeCreated``, ``EventRecordID``, ``Level``, ``Task``, ``Opcode``, ``Keywords``, ``ProcessID``,
``ThreadID``, ``UserID``, ``Version``, ``ActivityID`` under ``System.`` and their name. ``UserData`` is flattened with
dots, attributes behind ``@``. Data without a name is ``Data``, ``Data#2``, …
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any
from xml.etree.ElementTree import ParseError, XMLPullParser

from certhound.query.plan import Compression
from certhound.sources.envelopes.evtx_shapes import Shapes
from certhound.sources.envelopes.leef import unused
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.streams import Broken, content
from certhound.sources.zeek.json_text import scalar_text

START = re.compile(r"<(?:\w+:)?Event(?=[\s>])")
END = re.compile(r"</(?:\w+:)?Event\s*>")
_FORBIDDEN = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));", re.I
)
_SPACES = re.compile(r"\s+xmlns(?::\w+)?\s*=\s*(?:'[^']*'|\"[^\"]*\")")
_PREFIX = re.compile(r"(</?)\w+:(?=\w)")
_MAX_DEPTH = 64
_OF_SYSTEM = {"Execution": ("ProcessID", "ThreadID"), "Security": ("UserID",), "Correlation": ("ActivityID",)}


def read(text: str, payload: str) -> Record | None:
    """The record of one ``<Event>``; None for what cannot be read."""
    if _FORBIDDEN.search(text):
        return None
    values = _values_of(text)
    if values is None:
        return _loose(text, payload)
    if not ({"System.EventID", "System.Provider"} & values.keys()):
        return None
    return _record(values, text, payload)


_LOOSE_DATA = re.compile(r"<Data\s+Name=(?:'([^']*)'|\"([^\"]*)\")\s*(?:/>|>(.*?)</Data>)", re.DOTALL)
_CUT_DATA = re.compile(r"<Data\s+Name=(?:'([^']*)'|\"([^\"]*)\")\s*>((?:(?!</Data>).)*)\Z", re.DOTALL)
_LOOSE_SYSTEM = re.compile(r"<(\w+)((?:\s+\w+\s*=\s*(?:'[^']*'|\"[^\"]*\"))*)\s*(?:/>|>([^<]*)</\1>)")
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\")")


def _loose(text: str, payload: str) -> Record | None:
    """An event that is no well-formed XML: Sysmon for Linux writes ``<unknown process>``; others are cut."""
    values: dict[str, str] = {}
    system = text[: text.find("</System>")] if "</System>" in text else text
    for name, attributes, body in _LOOSE_SYSTEM.findall(system[system.find("<System>") + 8 :]):
        _system(name, unescape(body), {k: unescape(a or b) for k, a, b in _ATTRIBUTE.findall(attributes)}, values)
    if "System.EventID" not in values:
        return None
    for single, double, body in _LOOSE_DATA.findall(text):
        key = single or double
        values[unused(values, key) if key in values else key] = unescape(body)
    cut = _CUT_DATA.search(text)
    if cut is not None:
        values.setdefault(cut[1] or cut[2], unescape(cut[3]))
    record = _record(values, text, payload)
    record.problem = "XML that is not well-formed" if END.search(text) else "an event that is cut"
    return record


def _record(values: dict[str, str], text: str, payload: str) -> Record:
    return Record(
        Form.WINDOWS, values, text, payload,
        event_id=values.get("System.EventID", ""), product=values.get("System.Channel", ""),
        vendor=values.get("System.Provider", ""),
    )  # fmt: skip


def _values_of(text: str) -> dict[str, str] | None:
    parser: Any = XMLPullParser(("start", "end"))
    values: dict[str, str] = {}
    path: list[str] = []
    try:
        parser.feed(_PREFIX.sub(r"\1", _SPACES.sub("", _CONTROL.sub("", text))))
        parser.close()
        for event, element in parser.read_events():
            if event == "start":
                path.append(element.tag)
                if len(path) > _MAX_DEPTH:
                    return None
            else:
                _take(path, element, values)
                path.pop()
    except ParseError:
        return None
    return values


def _take(path: list[str], element: Any, values: dict[str, str]) -> None:
    section = path[1] if len(path) > 1 else ""
    name = path[-1]
    text = element.text or ""
    if section == "System" and len(path) == 3:
        _system(name, text, element.attrib, values)
    elif section == "EventData" and len(path) == 3:
        key = element.attrib.get("Name") or name
        values[unused(values, key) if key in values else key] = text
    elif section == "UserData" and len(path) >= 3:
        for attribute, said in element.attrib.items():
            key = ".".join((*path[3:], f"@{attribute}"))
            values[unused(values, key) if key in values else key] = said
        if len(path) > 3 and (text.strip() or not (len(element) or element.attrib)):
            key = ".".join(path[3:])
            values[unused(values, key) if key in values else key] = text
    elif section == "RenderingInfo" and len(path) == 3 and text.strip():
        values[f"Rendering.{name}"] = text


def _system(name: str, text: str, attributes: Mapping[str, str], values: dict[str, str]) -> None:
    if name == "Provider":
        values["System.Provider"] = attributes.get("Name") or attributes.get("EventSourceName") or ""
    elif name == "TimeCreated":
        values["System.TimeCreated"] = attributes.get("SystemTime") or attributes.get("RawTime") or text
    elif name in _OF_SYSTEM:
        for key in _OF_SYSTEM[name]:
            value = attributes.get(key) or attributes.get(key.replace("ID", "Id"))
            if value:
                values[f"System.{key}"] = value
    else:
        values[f"System.{name}"] = text.strip()


def from_json(document: str) -> Record | None:
    """The record of one event as ``evtx`` gives it in JSON (attributes under ``#attributes``, text under ``#text``)."""
    return _from_document(document, Shapes(_flattened))


def _from_document(document: str, shapes: Shapes) -> Record | None:
    values = shapes.values_of(document)
    return None if values is None else _record(values, document, document)


def _flattened(found: Mapping[str, Any]) -> dict[str, str] | None:
    # A damaged file may have another name for the one element in which all lies.
    event = found.get("Event") or next(iter(found.values()), None)
    if not isinstance(event, dict):
        return None
    values: dict[str, str] = {}
    for name, value in (event.get("System") or {}).items():
        attributes = value.get("#attributes") if isinstance(value, dict) else None
        text = value.get("#text", "") if isinstance(value, dict) else "" if value is None else scalar_text(value)
        _system(
            name, scalar_text(text), {k: scalar_text(v) for k, v in (attributes or {}).items() if v is not None}, values
        )
    _data(event.get("EventData"), "", values)
    for body in (event.get("UserData") or {}).values():
        _data(body, "", values, attributes=True)
    return values


def _data(found: object, prefix: str, values: dict[str, str], depth: int = 0, *, attributes: bool = False) -> None:
    """``EventData`` or ``UserData`` flattened; ``attributes`` stand behind ``@``."""
    if not isinstance(found, dict) or depth > 8:
        return
    for key, value in found.items():
        if value is None:
            continue
        if key == "#attributes":
            for attribute, said in value.items() if isinstance(value, dict) and attributes else ():
                name = f"{prefix}@{attribute}"
                values[unused(values, name) if name in values else name] = scalar_text(said)
            continue
        if key == "#text":
            key = prefix.rstrip(".") or "Data"
            for each in value if isinstance(value, list) else (value,):
                values[unused(values, key) if key in values else key] = scalar_text(each)
        elif isinstance(value, dict):
            _data(value, f"{prefix}{key}.", values, depth + 1, attributes=attributes)
        elif isinstance(value, list):
            for each in value:
                name = prefix + key
                if isinstance(each, dict) and attributes:
                    _data(each, f"{name}.", values, depth + 1, attributes=True)
                else:
                    values[unused(values, name) if name in values else name] = scalar_text(each)
        else:
            values[prefix + key] = scalar_text(value)


MAX_PACKED = 1 << 30
"""Of a compressed EVTX file so many bytes are read: it must be in memory as a whole."""


def _whole(path: str, compression: Compression) -> io.BytesIO:
    """The bytes of a compressed file, as far as they can be had."""
    made = io.BytesIO()
    for piece in content(path, compression):
        if isinstance(piece, Broken) or made.tell() + len(piece) > MAX_PACKED:
            break
        made.write(piece)
    made.seek(0)
    return made


def records_of_evtx(path: str, compression: Compression = Compression.NONE) -> Iterator[Record | str]:
    """Every record of an EVTX file; a text says why one could not be read."""
    from evtx import PyEvtxParser

    try:
        parser = PyEvtxParser(path if compression is Compression.NONE else _whole(path, compression))
        documents = parser.records_json()
    except (RuntimeError, OSError, ValueError) as error:
        yield f"not a Windows event log that can be read: {error}"
        return
    shapes = Shapes(_flattened)
    while True:
        try:
            found: Any = next(documents)
        except StopIteration:
            return
        except (RuntimeError, ValueError, OSError) as error:  # a damaged chunk or record; the next one may be whole
            yield f"a record that cannot be read: {str(error)[:200]}"
            continue
        record = _from_document(found["data"], shapes)
        yield record if record is not None else "a record that is no event"
