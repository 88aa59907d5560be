"""A whole detection: its condition over its selections, with filters, within the depth that the tree takes."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass
from itertools import islice

from certhound.query.tree import FALSE, MAX_DEPTH, Expr, depth, walk
from certhound.rules.located import Problems
from certhound.rules.lowering.conditions import RESERVED, lower_conditions
from certhound.rules.lowering.scope import Fields, Lack, Scope
from certhound.rules.yaml_tree import Mapping, Node

MAX_NODES = 200_000
"""Most nodes of one predicate, those of a selection counted each time that the condition names it."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """The predicate, what it reads (``column`` or ``map.key``), what is lacking, and selections that nothing uses."""

    predicate: Expr
    columns: tuple[str, ...]
    lacks: tuple[Lack, ...]
    unused: tuple[str, ...]


def lower_detection(
    node: Node,
    problems: Problems,
    fields: Fields,
    *,
    own: bool,
    placeholders: Dict[str, tuple[str, ...]],
) -> Lowered:
    """The predicate of a ``detection`` (or ``filter``) mapping. Errors go to ``problems``; lacks come back."""
    scope = Scope(problems, fields, own, placeholders)
    if not isinstance(node, Mapping):
        scope.wrong(node.span, "sigma-detection", "detection must be a mapping of selections and a condition")
        return Lowered(FALSE, (), (), ())
    names = [key.text for key, _ in node if key.text not in RESERVED and key.text != "rules"]
    if not names:
        scope.wrong(node.span, "sigma-detection", "the detection has no selection")
        return Lowered(FALSE, (), (), ())
    predicate = lower_conditions(node, scope)
    if next(islice(walk(predicate), MAX_NODES, None), None) is not None:
        scope.wrong(node.span, "sigma-detection", f"the condition comes to more than {MAX_NODES:,} tests")
        return Lowered(FALSE, (), (), ())
    if depth(predicate) > MAX_DEPTH:
        scope.wrong(node.span, "sigma-detection", f"nested deeper than {MAX_DEPTH} levels")
    unused = tuple(name for name in names if name not in scope.used_selections)
    return Lowered(predicate, tuple(scope.columns), tuple(scope.lacks), unused)
