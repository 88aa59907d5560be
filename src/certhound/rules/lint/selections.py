"""Walking the selections of a rule as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Subject
from certhound.rules.yaml_tree import Mapping, Node, Scalar, Sequence


def values(subject: Subject) -> Iterator[tuple[Scalar, tuple[Scalar, ...]]]:
    """Every field with its modifiers, as written, and its values."""
    detection = subject.document.root.get("detection")
    for name, node in detection if isinstance(detection, Mapping) else ():
        if name.text not in ("condition", "timeframe"):
            yield from _inside(node)


def _inside(node: Node) -> Iterator[tuple[Scalar, tuple[Scalar, ...]]]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _inside(item)
    elif isinstance(node, Mapping):
        for key, value in node:
            items = value.items if isinstance(value, Sequence) else (value,)
            yield key, tuple(item for item in items if isinstance(item, Scalar))
