"""XML in pieces, however hostile: no definitions of its own, no depth without end; damage ends it with a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias
from xml.etree.ElementTree import ParseError, XMLPullParser

from certhound.sources.streams import Broken

_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OVERLAP = len(b"<!DOCTYPE") - 1
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MAX_DEPTH = 64

Pulled: TypeAlias = tuple[bool, Any]
"""Whether an element ends (else it begins), and the element."""


def pulled(data: Iterable[bytes | Broken]) -> Iterator[Pulled | str]:
    """Beginnings and ends of elements as they come; a text says why reading ended early. Who is done with an element
    clears it, or the whole document is kept."""
    parser: Any = XMLPullParser(("start", "end"))
    depth, before = 0, b""
    try:
        for piece in data:
            if isinstance(piece, Broken):
                yield f"stream broken: {piece.reason}"
                return
            if _FORBIDDEN.search(before + piece):
                yield "XML with definitions of its own, which are not read"
                return
            before = (before + piece)[-_OVERLAP:]
            parser.feed(_CONTROL.sub(b"", piece))
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                if depth > _MAX_DEPTH:
                    yield "XML nested too deep"
                    return
                yield event == "end", element
        parser.close()
    except ParseError as error:
        yield f"XML that is not well-formed: {error}"
