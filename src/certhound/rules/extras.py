"""The key ``certhound`` of a rule: version, score, family, reason, known gaps, and the rule's own events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from certhound.model.columns import Column, Kind
from certhound.model.errors import did_you_mean
from certhound.query.tree import Value
from certhound.rules.document import Document, scalar, texts
from certhound.rules.located import Problems
from certhound.rules.reason import Template, TemplateError, parse_template
from certhound.rules.rule import Example
from certhound.rules.yaml_tree import Mapping as MappingNode
from certhound.rules.yaml_tree import Node, Scalar, Sequence

KEYS = ("version", "score", "family", "reason", "known_gaps", "events")
_FAMILY = re.compile(r"[a-z][a-z0-9_]*")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Extras:
    """What stands under the key; absent parts are empty."""

    score: int | None = None
    family: str = ""
    reason: Template | None = None
    known_gaps: tuple[str, ...] = ()
    positive: tuple[Example, ...] = ()
    negative: tuple[Example, ...] = ()
    version: int = 1


def read_extras(
    document: Document, columns: Mapping[str, Column], defaults: Mapping[str, Value], problems: Problems
) -> Extras:
    """The extras of a document. ``defaults`` are columns that an event has where it does not say otherwise."""
    node = document.root.get("certhound")
    if node is None:
        return Extras()
    if not isinstance(node, MappingNode):
        problems.add(node.span, "certhound-key", f"certhound must be a mapping of {', '.join(KEYS)}")
        return Extras()
    for key, _ in node:
        if key.text not in KEYS:
            problems.add(key.span, "unknown-key", f"unknown key {key.text!r}", did_you_mean(key.text, KEYS))
    if document.own:
        for name in ("score", "family", "reason"):
            if node.get(name) is None:
                problems.add(document.span("certhound", name), "missing-key", f"key 'certhound.{name}' is missing")
    events = _Events(columns, defaults, problems)
    return Extras(
        _score(node.get("score"), problems),
        _family(node.get("family"), problems),
        _reason(node.get("reason"), columns, problems),
        texts("known_gaps", found, problems) or () if (found := node.get("known_gaps")) else (),
        *events.read(node.get("events")),
        _version(node.get("version"), problems),
    )


def _version(node: Node | None, problems: Problems) -> int:
    if node is None:
        return 1
    text = scalar("version", node, problems)
    if text is None or not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        problems.add(node.span, "rule-version", "a version is a whole number from 1", "raise it by one for each change")
        return 1
    return int(text)


def _score(node: Node | None, problems: Problems) -> int | None:
    if node is None:
        return None
    text = scalar("score", node, problems)
    if text is None or not re.fullmatch(r"[0-9]{1,2}", text) or int(text) == 0:
        problems.add(
            node.span, "rule-score", "a score is a whole number from 1 to 99", "how sure is one match, in percent"
        )
        return None
    return int(text)


def _family(node: Node | None, problems: Problems) -> str:
    text = scalar("family", node, problems) if node is not None else None
    if node is not None and (text is None or not _FAMILY.fullmatch(text)):
        problems.add(node.span, "rule-family", "a family is one lower-case word with underscores")
    return text or ""


def _reason(node: Node | None, columns: Mapping[str, Column], problems: Problems) -> Template | None:
    text = scalar("reason", node, problems) if node is not None else None
    if node is None or text is None:
        return None
    try:
        template = parse_template(text)
    except TemplateError as error:
        problems.add(node.span, "rule-reason", error.text)
        return None
    for slot in template.slots():
        base, dot, _ = slot.column.partition(".")
        if base not in columns or (dot and columns[base].kind is not Kind.MAP):
            advice = did_you_mean(slot.column, tuple(columns))
            problems.add(node.span, "unknown-column", f"the reason names {slot.column!r}, which is no column", advice)
    return template


class _Events:
    """Reads the rows under ``events``, typed by the columns of the rule."""

    def __init__(self, columns: Mapping[str, Column], defaults: Mapping[str, Value], problems: Problems) -> None:
        self.columns = columns
        self.defaults = defaults
        self.problems = problems

    def read(self, node: Node | None) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
        if node is None:
            return (), ()
        if not isinstance(node, MappingNode):
            self.problems.add(node.span, "rule-events", "events must be a mapping of positive and negative")
            return (), ()
        for key, _ in node:
            if key.text not in ("positive", "negative"):
                self.problems.add(key.span, "unknown-key", f"unknown key {key.text!r}", "positive or negative")
        return self._list(node.get("positive"), True), self._list(node.get("negative"), False)

    def _list(self, node: Node | None, expected: bool) -> tuple[Example, ...]:
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return ()
        if not isinstance(node, Sequence):
            self.problems.add(node.span, "rule-events", "events are a list of rows")
            return ()
        return tuple(self._event(item, expected) for item in node.items)

    def _event(self, node: Node, expected: bool) -> Example:
        row: dict[str, Value | list[str] | dict[str, str]] = dict.fromkeys(self.columns)
        row |= self.defaults
        if not isinstance(node, MappingNode):
            self.problems.add(node.span, "rule-events", "an event is a mapping of columns to values")
        else:
            for key, value in node:
                if key.text in self.columns:
                    row[key.text] = self._value(self.columns[key.text], value)
                else:
                    advice = did_you_mean(key.text, tuple(self.columns))
                    self.problems.add(key.span, "unknown-column", f"there is no column {key.text!r}", advice)
        source = self.problems.source
        return Example(row, expected, source.place(node.span.start), source.marked(node.span))

    def _value(self, column: Column, node: Node) -> Value | list[str] | dict[str, str]:
        if isinstance(node, Scalar) and node.is_null:
            return None
        if column.kind is Kind.LIST:
            return self._texts(column, node)
        if column.kind is Kind.MAP:
            return self._map(column, node)
        if isinstance(node, Scalar):
            try:
                return _CONVERT[column.kind](node.text)
            except (ValueError, KeyError, OverflowError):
                pass
        self.problems.add(node.span, "rule-events", f"column {column.name} takes a value of type {column.kind}")
        return None

    def _texts(self, column: Column, node: Node) -> list[str] | None:
        if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
            return [item.text for item in node.items if isinstance(item, Scalar)]
        self.problems.add(node.span, "rule-events", f"column {column.name} takes a list of texts")
        return None

    def _map(self, column: Column, node: Node) -> dict[str, str] | None:
        if isinstance(node, MappingNode) and all(isinstance(value, Scalar) for _, value in node):
            return {key.text: value.text for key, value in node if isinstance(value, Scalar)}
        self.problems.add(node.span, "rule-events", f"column {column.name} takes a mapping of texts")
        return None


def _whole(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


_CONVERT: dict[Kind, Callable[[str], Value]] = {
    Kind.TEXT: str,
    Kind.INET: str,
    Kind.INT: _whole,
    Kind.DOUBLE: float,
    Kind.BOOL: lambda text: _BOOLEANS[text.lower()],
    Kind.TIME: _time,
    Kind.BYTES: bytes.fromhex,
}
