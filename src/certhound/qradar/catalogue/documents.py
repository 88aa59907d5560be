"""Site and reference files: YAML or JSON (which is YAML) as trees with places, and how values are read out of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from certhound.model.errors import CerthoundError, ContentError, ErrorList, Place, UnreadableError, did_you_mean
from certhound.query.tree import Span
from certhound.rules.located import Problems, Source
from certhound.rules.yaml_tree import Mapping, Node, Scalar, Sequence, compose

MAX_BYTES = 64 * 1024 * 1024


class Document:
    """The top mapping of one file. Faults gather in ``problems``; ``raise_faults`` tells them all at once."""

    def __init__(self, source: Source, keys: tuple[str, ...], what: str) -> None:
        self.problems = Problems(source)
        documents = compose(source)
        top = documents[0] if documents else Mapping((), Span())
        if len(documents) > 1:
            self.fault(documents[1], f"a {what} is one document, this file has {len(documents)}")
        if not isinstance(top, Mapping):
            self.fault(top, f"a {what} is a mapping with the keys {', '.join(keys)}")
            top = Mapping((), Span())
        self.top = top
        for name, _ in top:
            if name.text not in keys:
                self.fault(name, f"a {what} has no key {name.text!r}", did_you_mean(name.text, keys) or ", ".join(keys))

    def fault(self, node: Node, text: str, advice: str = "") -> None:
        self.problems.add(node.span, "site-file", text, advice)

    def raise_faults(self) -> None:
        if self.problems.errors:
            raise ErrorList(self.problems.errors)

    def section(self, name: str) -> Iterator[tuple[Scalar, Node]]:
        """The pairs of a mapping under a key of the file; none where the key is absent or empty."""
        yield from self.pairs(self.top.get(name), f"{name!r}")

    def pairs(self, node: Node | None, what: str) -> Iterator[tuple[Scalar, Node]]:
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return
        if not isinstance(node, Mapping):
            self.fault(node, f"{what} is a mapping")
            return
        yield from node

    def text(self, node: Node, what: str) -> str:
        if isinstance(node, Scalar):
            return node.text
        self.fault(node, f"{what} is a text")
        return ""

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        if isinstance(node, Sequence):
            return tuple(self.text(each, f"a value of {what}") for each in node.items)
        self.fault(node, f"{what} is a list of values")
        return ()

    def number(self, node: Scalar, what: str) -> int | None:
        if node.text.isdecimal() and len(node.text) < 19:
            return int(node.text)
        self.fault(node, f"{what} is a whole number, not {node.text!r}")
        return None


def read_source(path: Path) -> Source:
    """The text of a file. Raises a located error for what cannot be read, is too large, or no UTF-8."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error), check="unreadable", place=Place(str(path))) from None
    if len(data) > MAX_BYTES:
        raise _refused(path, f"larger than {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(path, f"byte {error.start} is not UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    return Source(str(path), text.replace("\r\n", "\n").replace("\t", "    "))


def _refused(path: Path, text: str, line: int | None = None) -> CerthoundError:
    return ContentError(text, check="site-file", place=Place(str(path), line))
