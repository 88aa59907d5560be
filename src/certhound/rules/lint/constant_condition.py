"""A condition that holds for no row, or for every row, is a slip."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.query.tree import And, Expr, In, IsTrue, Literal, Not, Or
from certhound.rules.lint.base import Lint, Note, Subject


def constant(expr: Expr) -> bool | None:
    """What a condition is for every row, where its shape alone tells; None otherwise."""
    match expr:
        case Literal(value=bool() as value):
            return value
        case In(options=()):
            return False
        case IsTrue(operand=operand):
            return constant(operand)
        case Not(operand=operand):
            inner = constant(operand)
            return None if inner is None else not inner
        case And(operands=operands):
            if any(constant(each) is False for each in operands) or _contradicts(operands):
                return False
            return True if all(constant(each) is True for each in operands) else None
        case Or(operands=operands):
            if any(constant(each) is True for each in operands):
                return True
            return False if all(constant(each) is False for each in operands) else None
    return None


def _contradicts(operands: tuple[Expr, ...]) -> bool:
    """Something together with its own negation."""
    denied = {each.operand.operand for each in operands if isinstance(each, Not) and isinstance(each.operand, IsTrue)}
    denied |= {each.operand for each in operands if isinstance(each, Not)}
    return any(each in denied for each in operands)


class ConstantCondition(Lint):
    id = "constant-condition"
    summary = "the condition is neither always nor never true"
    advice = "look for a selection that is denied twice, or for an empty list"
    foreign = True

    def notes(self, subject: Subject) -> Iterator[Note]:
        value = constant(subject.rule.predicate)
        if value is not None:
            text = f"the condition is {'always' if value else 'never'} true"
            yield self.at(subject, "detection", "condition", text=text)
