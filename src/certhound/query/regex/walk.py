"""Every node of a parsed pattern."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.query.regex.nodes import Alt, Cat, Group, Node, Repeat


def nodes_of(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    match node:
        case Cat(parts=below) | Alt(options=below):
            for each in below:
                yield from nodes_of(each)
        case Repeat(body=body) | Group(body=body):
            yield from nodes_of(body)
