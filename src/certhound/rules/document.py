"""One document of a Sigma file: what stands under each key, read by a table of keys, with all errors told at once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from certhound.model.errors import did_you_mean
from certhound.query.tree import Span
from certhound.rules.located import Problems, Source
from certhound.rules.yaml_tree import Mapping, Node, Scalar, Sequence

OWN_PRODUCT = "certhound"
MAX_TITLE = 256
STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")
LEVELS = ("informational", "low", "medium", "high", "critical")
_DATES = (re.compile(r"([1-3]\d{3})-([01]\d)-([0-3]\d)"), re.compile(r"([1-3]\d{3})/([01]?\d)/([0-3]?\d)"))


@dataclass(frozen=True, slots=True)
class LogSource:
    """Sigma's log source; an absent key is an empty text."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __str__(self) -> str:
        parts = (("product", self.product), ("category", self.category), ("service", self.service))
        return ", ".join(f"{key} {value}" for key, value in parts if value)


@dataclass(frozen=True, slots=True)
class Document:
    """A rule (or filter) document: its nodes, and its plain keys already read."""

    source: Source
    root: Mapping
    log_source: LogSource
    meta: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """Written against our own tables."""
        return self.log_source.product == OWN_PRODUCT

    @property
    def id(self) -> str:
        """The rule's id; for a rule without one a UUID made of its text, so that it stays the same."""
        stated = self.meta.get("id")
        span = self.root.span
        return stated or str(uuid.uuid5(uuid.NAMESPACE_OID, self.source.text[span.start : span.end]))

    def span(self, *path: str) -> Span:
        """Place of the value under a path of keys; of the nearest key above where it is missing."""
        node: Node = self.root
        span = Span(self.root.span.start, self.root.span.start + 1)
        for key in path:
            if not isinstance(node, Mapping) or (found := node.get(key)) is None:
                return span
            name = node.key(key)
            span = name.span if name and not isinstance(found, Scalar) else found.span
            node = found
        return span


Reader = Callable[[str, Node, Problems], str | tuple[str, ...] | None]


def scalar(key: str, node: Node, problems: Problems) -> str | None:
    """A text; null counts as absent."""
    if not isinstance(node, Scalar):
        problems.add(node.span, "sigma-type", f"{key} must be a text")
        return None
    return None if node.is_null else node.text


def _title(key: str, node: Node, problems: Problems) -> str | None:
    text = scalar(key, node, problems)
    if text is not None and len(text) > MAX_TITLE:
        problems.add(node.span, "sigma-title", f"a title has at most {MAX_TITLE} characters, this one {len(text)}")
    return text


def _uuid(key: str, node: Node, problems: Problems) -> str | None:
    text = scalar(key, node, problems)
    if text is None:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        problems.add(node.span, "sigma-id", f"{key} must be a UUID", f"for example {uuid.uuid4()}")
        return None


def _date(key: str, node: Node, problems: Problems) -> str | None:
    text = scalar(key, node, problems)
    if text is None:
        return None
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    try:
        if found:
            return date(*map(int, found.groups())).isoformat()
    except ValueError:
        pass
    problems.add(node.span, "sigma-date", f"{key} must be a date", "write it as yyyy-mm-dd")
    return None


def _choice(*known: str) -> Reader:
    def read(key: str, node: Node, problems: Problems) -> str | None:
        text = scalar(key, node, problems)
        if text is not None and text.lower() not in known:
            advice = did_you_mean(text, known) or f"one of {', '.join(known)}"
            problems.add(node.span, f"sigma-{key}", f"{key} {text!r} is not known", advice)
            return None
        return text.lower() if text is not None else None

    return read


def texts(key: str, node: Node, problems: Problems) -> tuple[str, ...] | None:
    """A list of texts."""
    if isinstance(node, Scalar) and node.is_null:
        return None
    if not isinstance(node, Sequence):
        problems.add(node.span, "sigma-type", f"{key} must be a list of texts", "begin each with a dash")
        return None
    found = [scalar(key, item, problems) for item in node.items]
    return tuple(text for text in found if text is not None)


def _any(_key: str, _node: Node, _problems: Problems) -> None:
    return None


KEYS: dict[str, Reader] = {
    "title": _title,
    "id": _uuid,
    "related": _any,
    "name": scalar,
    "taxonomy": scalar,
    "status": _choice(*STATUSES),
    "description": scalar,
    "license": scalar,
    "author": scalar,
    "references": texts,
    "date": _date,
    "modified": _date,
    "tags": texts,
    "fields": texts,
    "falsepositives": texts,
    "level": _choice(*LEVELS),
    "scope": texts,
    "logsource": _any,
    "detection": _any,
    "filter": _any,
    "certhound": _any,
}
"""Every key of a document (Sigma specification 2, and our own), with its reader."""

_REQUIRED = ("title", "logsource")
_REQUIRED_OF_OURS = ("id", "level", "certhound")


def read_document(source: Source, root: Mapping, problems: Problems) -> Document:
    """The document; whatever is wrong in its plain keys goes to ``problems``."""
    log_source = _log_source(root, problems)
    own = log_source.product == OWN_PRODUCT
    meta: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for key, node in root:
        reader = KEYS.get(key.text)
        if reader is None:
            if own:  # Sigma lets others add keys of their own
                problems.add(key.span, "unknown-key", f"unknown key {key.text!r}", did_you_mean(key.text, list(KEYS)))
            continue
        value = reader(key.text, node, problems)
        if isinstance(value, str):
            meta[key.text] = value
        elif value is not None:
            lists[key.text] = value
    document = Document(source, root, log_source, meta, lists)
    _require(document, problems)
    return document


def _require(document: Document, problems: Problems) -> None:
    keys = _REQUIRED
    if document.root.get("filter") is None:
        keys += ("detection", *(_REQUIRED_OF_OURS if document.own else ()))
    for key in keys:
        node = document.root.get(key)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            problems.add(document.span(key), "missing-key", f"key {key!r} is missing")
    title = document.root.get("title")
    if isinstance(title, Scalar) and not title.text.strip() and not title.is_null:
        problems.add(title.span, "sigma-title", "the title is empty")


def _log_source(root: Mapping, problems: Problems) -> LogSource:
    node = root.get("logsource")
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return LogSource()
    if not isinstance(node, Mapping):
        problems.add(node.span, "sigma-logsource", "logsource must be a mapping of product, category, service")
        return LogSource()
    found = {}
    for key in ("product", "category", "service"):
        value = node.get(key)
        found[key] = (scalar(key, value, problems) or "") if value is not None else ""
    if not any(found.values()):
        problems.add(node.span, "sigma-logsource", "logsource names neither product nor category nor service")
    if found["product"] == OWN_PRODUCT:
        for name, _ in node:
            if name.text not in ("product", "category", "definition"):
                text = f"our log source has no key {name.text!r}"
                problems.add(name.span, "unknown-key", text, "it takes product and category")
    return LogSource(**found)
