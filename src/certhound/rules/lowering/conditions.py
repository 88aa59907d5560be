"""Conditions: pySigma's grammar, with the selections put in and negation made two-valued."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
    SigmaCondition,
)
from sigma.exceptions import SigmaError

from certhound.model.errors import did_you_mean
from certhound.query.tree import FALSE, And, Expr, Or, Span, disjunction
from certhound.rules.lowering.gather import negate
from certhound.rules.lowering.scope import Scope
from certhound.rules.lowering.selections import lower_selection
from certhound.rules.yaml_tree import Mapping, Node, Scalar, Sequence

MAX_CONDITION = 10_000
"""Longest condition, in characters."""
RESERVED = ("condition", "timeframe")
_AT = re.compile(r"\(at char (\d+)\)")


@dataclass
class _Condition:
    """One condition being lowered: its text and place, and the selections as expressions, each made once."""

    text: str
    span: Span
    selections: dict[str, Node]
    done: dict[str, Expr]
    scope: Scope

    def place(self, word: str) -> Span:
        """Where a word stands in the condition; the whole condition where escapes or folding hide it."""
        found = re.search(rf"(?<![\w*-]){re.escape(word)}(?![\w*-])", self.text)
        raw = self.scope.source.text[self.span.start : self.span.end]
        shift = raw.find(self.text)
        if not found or shift < 0:
            return self.span
        return Span(self.span.start + shift + found.start(), self.span.start + shift + found.end())

    def lower(self, node: object) -> Expr:
        match node:
            case ConditionSelector():
                return self.selector(node)
            case ConditionIdentifier(identifier=name):
                return self.selection(name)
            case ConditionNOT(args=[operand]):
                return negate(self.lower(operand), self.span)
            case ConditionAND(args=args):
                return And(tuple(self.lower(arg) for arg in args), self.span)
            case ConditionOR(args=args):
                return Or(tuple(self.lower(arg) for arg in args), self.span)
        self.scope.wrong(self.span, "sigma-condition", "this form of condition is not known")
        return FALSE

    def selection(self, name: str) -> Expr:
        if name not in self.selections:
            text = f"the condition names {name!r}, which is no selection"
            self.scope.wrong(self.place(name), "sigma-condition", text, did_you_mean(name, list(self.selections)))
            return FALSE
        self.scope.used_selections.add(name)
        if name not in self.done:
            self.done[name] = lower_selection(self.selections[name], self.scope)
        return self.done[name]

    def selector(self, node: ConditionSelector) -> Expr:
        """``1 of``, ``any of`` and ``all of``: a name with wildcards, or all that begin with no underscore."""
        pattern = "*" if node.pattern == "them" else node.pattern
        fits = re.compile(".*".join(map(re.escape, pattern.split("*"))))
        names = [
            name
            for name in self.selections
            if fits.fullmatch(name) and (pattern.startswith("_") or not name.startswith("_"))
        ]
        if not names:
            advice = did_you_mean(pattern.strip("*_"), list(self.selections))
            text = f"no selection fits {node.pattern!r}"
            self.scope.wrong(self.place(node.pattern), "sigma-condition", text, advice)
            return FALSE
        parts = tuple(self.selection(name) for name in names)
        if len(parts) == 1:
            return parts[0]
        return Or(parts, self.span) if issubclass(node.cond_class, ConditionOR) else And(parts, self.span)


def lower_conditions(detection: Mapping, scope: Scope) -> Expr:
    """The condition of a detection; of several conditions one is enough."""
    node = detection.get("condition")
    if node is None:
        scope.wrong(detection.span, "sigma-condition", "the detection has no condition")
        return FALSE
    conditions = node.items if isinstance(node, Sequence) else (node,)
    texts = [each for each in conditions if isinstance(each, Scalar) and not each.is_null]
    if not texts or len(texts) != len(conditions):
        scope.wrong(node.span, "sigma-condition", "a condition is a text, or a list of texts")
        return FALSE
    selections = {key.text: value for key, value in detection if key.text not in RESERVED}
    done: dict[str, Expr] = {}
    return disjunction([_lower(each, selections, done, scope) for each in texts])


def _lower(node: Scalar, selections: dict[str, Node], done: dict[str, Expr], scope: Scope) -> Expr:
    condition = _Condition(node.text, node.span, selections, done, scope)
    if len(node.text) > MAX_CONDITION:
        scope.wrong(node.span, "sigma-condition", f"the condition is longer than {MAX_CONDITION} characters")
        return FALSE
    try:
        parsed = _parse(node.text)
        return condition.lower(parsed)
    except SigmaError as error:
        at = _AT.search(str(error))
        text = _AT.split(str(error))[0].strip()
        scope.wrong(_offset(node, int(at[1])) if at else node.span, "sigma-condition", text)
    except RecursionError:
        scope.wrong(node.span, "sigma-condition", "the condition is nested too deeply")
    return FALSE


def _parse(text: str) -> ConditionItem | object:
    # The detections are only needed to resolve names, which is done here, with places.
    return SigmaCondition(text, None).parse(postprocess=False)  # type: ignore[arg-type]


def _offset(node: Scalar, offset: int) -> Span:
    """Place of a character of a plain scalar on one line; the whole scalar otherwise."""
    if not node.plain or node.span.end - node.span.start != len(node.text):
        return node.span
    at = min(node.span.start + offset, node.span.end - 1)
    return Span(at, node.span.end if offset >= len(node.text) else at + 1)
