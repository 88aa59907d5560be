"""The documents of one file: rules, filters, and what Sigma's collections add (``action: global``, ``repeat``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from certhound.model.errors import did_you_mean
from certhound.rules.document import Document, LogSource, read_document
from certhound.rules.located import Problems, Source
from certhound.rules.yaml_tree import Mapping, Node, Scalar, compose

ACTIONS = ("global", "reset", "repeat")


class Role(StrEnum):
    RULE = "rule"
    FILTER = "filter"
    CORRELATION = "correlation"


@dataclass(frozen=True, slots=True)
class Member:
    """One document of a file, what it is, and the collector of its own errors."""

    role: Role
    document: Document
    problems: Problems


def read_members(source: Source) -> list[Member]:
    """The members of a file. Raises a located error where the file is no YAML; other errors lie with each member."""
    return [_member(source, root, problems) for root, problems in _roots(source)]


def _member(source: Source, root: Mapping, problems: Problems) -> Member:
    if root.get("correlation") is not None:
        name = root.get("title")
        title = name.text if isinstance(name, Scalar) else ""
        author = root.get("author")
        meta = {"title": title, "author": author.text if isinstance(author, Scalar) else ""}
        return Member(Role.CORRELATION, Document(source, root, LogSource(), meta), problems)
    role = Role.FILTER if root.get("filter") is not None else Role.RULE
    return Member(role, read_document(source, root, problems), problems)


def _roots(source: Source) -> Iterator[tuple[Mapping, Problems]]:
    """Each document merged with the global one before it, as Sigma's old collections mean it."""
    common: Mapping | None = None
    previous: Mapping | None = None
    for node in compose(source):
        problems = Problems(source)
        if isinstance(node, Scalar) and node.is_null:
            continue
        if not isinstance(node, Mapping):
            problems.add(node.span, "sigma-document", "a rule is a mapping of keys")
            yield Mapping((), node.span), problems
            continue
        action = node.get("action")
        word = action.text if isinstance(action, Scalar) else ""
        if action is not None and word not in ACTIONS:
            problems.add(action.span, "sigma-action", f"unknown action {word!r}", did_you_mean(word, ACTIONS))
        node = _without(node, "action")
        if word == "global":
            common = previous = node
            continue
        if word == "reset":
            common = None
            continue
        if word == "repeat" and previous is not None:
            node = merge(node, previous)
        elif common is not None:
            node = merge(common, node)
        previous = node
        yield node, problems


def _without(node: Mapping, key: str) -> Mapping:
    return Mapping(tuple(pair for pair in node if pair[0].text != key), node.span, node.size)


def merge(first: Mapping, second: Mapping) -> Mapping:
    """Both mappings in one, down through mappings; where both have a value the first one's holds."""
    pairs: dict[str, tuple[Scalar, Node]] = {key.text: (key, value) for key, value in second}
    for key, value in first:
        other = pairs[key.text][1] if key.text in pairs else None
        both = isinstance(value, Mapping) and isinstance(other, Mapping)
        pairs[key.text] = (key, merge(value, other) if both else value)  # type: ignore[arg-type]
    return Mapping(tuple(pairs.values()), second.span, first.size + second.size)
