"""YAML as a tree of nodes with places, in which every scalar is still text.

PyYAML's C parser gives the events; the tree is built here, without recursion and within bounds, because YAML's own
types (1.1: ``no`` is false, ``012`` is ten, ``12:30:45`` a number) are not what the author of a rule means, and because
aliases can make a small file mean a huge tree. A reader converts each scalar by the schema of its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from certhound.model.errors import CerthoundError
from certhound.query.tree import Span
from certhound.rules.located import Source, located

MAX_BYTES = 1_000_000
"""Largest rule file that is read."""
MAX_DEPTH = 40
"""Deepest nesting of sequences and mappings."""
MAX_NODES = 60_000
"""Most nodes of one file, those that aliases repeat counted again."""

_TEXT_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str"})
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as it is written. ``plain``: without quotes, so that a number, a boolean or null may be meant."""

    text: str
    plain: bool
    span: Span

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    span: Span
    size: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys are scalars, each at most once. ``size`` is the number of nodes in it."""

    pairs: tuple[tuple[Scalar, Node], ...]
    span: Span
    size: int = 1

    def get(self, key: str) -> Node | None:
        return next((node for name, node in self.pairs if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """The node of the key itself, for its place."""
        return next((name for name, _ in self.pairs if name.text == key), None)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.pairs)


Node = Scalar | Sequence | Mapping


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    is_mapping: bool
    start: int
    anchor: str | None
    items: list[Node]


class _Composer:
    """Builds the documents of one text from parser events, with a stack instead of recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.documents: list[Node] = []
        self.count = 0

    def refuse(self, span: Span, text: str, advice: str = "") -> CerthoundError:
        return located(self.source, span, "yaml", text, advice)

    def take(self, event: yaml.Event) -> None:
        if event.start_mark is None or event.end_mark is None:
            return
        span = Span(event.start_mark.index, event.end_mark.index)
        if isinstance(event, yaml.ScalarEvent):
            self._check_tag(event.tag, span)
            plain = event.implicit[0] and event.tag is None
            self.place(Scalar(event.value, plain, span), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if event.tag is not None:
                raise self.refuse(span, f"tag {event.tag!r} is not allowed in a rule")
            if len(self.stack) >= MAX_DEPTH:
                raise self.refuse(span, f"nested deeper than {MAX_DEPTH} levels")
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(_Open(is_mapping, span.start, event.anchor, []))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            opened = self.stack.pop()
            whole = Span(opened.start, span.end)
            make = self.mapping if opened.is_mapping else self.sequence
            self.place(make(opened.items, whole), opened.anchor)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise self.refuse(span, f"alias *{event.anchor} has no complete anchor before it")
            self.place(self.anchors[event.anchor], None)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.anchors = {}

    def _check_tag(self, tag: str | None, span: Span) -> None:
        if tag not in _TEXT_TAGS:
            raise self.refuse(span, f"tag {tag!r} is not allowed in a rule", "write the value without a tag")

    def place(self, node: Node, anchor: str | None) -> None:
        self.count += 1 if isinstance(node, Scalar) else node.size
        if self.count > MAX_NODES * MAX_DEPTH or (not isinstance(node, Scalar) and node.size > MAX_NODES):
            raise self.refuse(node.span, f"more than {MAX_NODES} nodes, those repeated by aliases counted")
        if anchor is not None:
            self.anchors[anchor] = node
        (self.stack[-1].items if self.stack else self.documents).append(node)

    def sequence(self, items: list[Node], span: Span) -> Sequence:
        return Sequence(tuple(items), span, 1 + sum(_size(item) for item in items))

    def mapping(self, items: list[Node], span: Span) -> Mapping:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise self.refuse(key.span, "a key must be a scalar")
            if key.plain and key.text == "<<":
                for parent in value.items if isinstance(value, Sequence) else (value,):
                    if not isinstance(parent, Mapping):
                        raise self.refuse(parent.span, "<< takes a mapping or a list of mappings")
                    merged = {**{name.text: (name, node) for name, node in parent}, **merged}
            elif key.text in pairs:
                raise self.refuse(key.span, f"key {key.text!r} stands twice", "join both, or rename one")
            else:
                pairs[key.text] = (key, value)
        kept = tuple({**merged, **pairs}.values())
        return Mapping(kept, span, 1 + sum(1 + _size(value) for _, value in kept))


def _size(node: Node) -> int:
    return 1 if isinstance(node, Scalar) else node.size


def compose(source: Source) -> list[Node]:
    """The documents of a YAML text. Raises a located :class:`CerthoundError` at the first thing that is no YAML."""
    if any("\ud800" <= char <= "\udfff" for char in source.text):
        raise located(source, Span(), "yaml", "the text is not valid Unicode")
    composer = _Composer(source)
    try:
        for event in yaml.parse(source.text, Loader=yaml.CSafeLoader):
            composer.take(event)
    except yaml.reader.ReaderError as error:
        at = int(error.position or 0)
        raise located(source, Span(at, at + 1), "yaml", f"unacceptable character #x{error.character:04x}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, len(source.text)) if mark else 0
        text = " ".join(part for part in (error.context, error.problem) if part)
        raise located(source, Span(at, at + 1), "yaml", text or "not YAML") from None
    return composer.documents
