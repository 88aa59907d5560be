"""A named selection: fields with modifiers and values, lists of such, or keywords."""

from __future__ import annotations

from sigma.types import SigmaExpansion, SigmaRegularExpression, SigmaString, SigmaType, SpecialChars

from certhound.model.columns import Kind
from certhound.query.tree import FALSE, Expr, Span, conjunction, disjunction
from certhound.rules.lowering.gather import gather, negate
from certhound.rules.lowering.modifiers import Modifiers
from certhound.rules.lowering.scope import Scope, Target
from certhound.rules.lowering.values import match_value
from certhound.rules.yaml_tree import Mapping, Node, Scalar, Sequence

_KEYWORDS = (SigmaString, SigmaRegularExpression, SigmaExpansion)


def lower_selection(node: Node, scope: Scope) -> Expr:
    """A mapping holds when all its fields do, a list when one of its members does, a bare value is a keyword."""
    match node:
        case Mapping(pairs=pairs):
            if not pairs:
                scope.wrong(node.span, "sigma-detection", "the selection is empty")
            return conjunction([_item(key, value, scope) for key, value in pairs])
        case Sequence(items=items):
            if not items:
                scope.wrong(node.span, "sigma-detection", "the selection is empty")
            if all(isinstance(item, Scalar) for item in items):
                return _keywords(items, scope, node.span)
            return disjunction([lower_selection(item, scope) for item in items])
        case Scalar():
            return _keywords((node,), scope, node.span)


def _item(key: Scalar, value: Node, scope: Scope) -> Expr:
    """One field with its modifiers and values."""
    field, *names = key.text.split("|")
    values = value.items if isinstance(value, Sequence) else (value,)
    scalars = [each for each in values if isinstance(each, Scalar)]
    for each in values:
        if not isinstance(each, Scalar):
            scope.wrong(each.span, "sigma-value", "a value must be a scalar, or a list of scalars")
    if len(scalars) != len(values):
        return FALSE
    modifiers = Modifiers(field or None, names, key.span, scope)
    if not field:
        return _values(scope.keyword_target(key.span), scalars, modifiers, scope, key.span, keyword=True)
    if not scalars:  # as pySigma reads it: no value is null
        scalars = [Scalar("", True, value.span)]
    return _values(scope.target(field, key.span), scalars, modifiers, scope, key.span)


def _keywords(items: tuple[Node, ...], scope: Scope, span: Span) -> Expr:
    scalars = [item for item in items if isinstance(item, Scalar)]
    modifiers = Modifiers(None, [], span, scope)
    return _values(scope.keyword_target(span), scalars, modifiers, scope, span, keyword=True)


def _values(
    target: Target | None,
    scalars: list[Scalar],
    modifiers: Modifiers,
    scope: Scope,
    span: Span,
    *,
    keyword: bool = False,
) -> Expr:
    """The values of one item, linked by ``or`` (or ``and`` with ``all``), negated with ``neq``."""
    tests: list[Expr] = []
    for scalar in scalars:
        if scope.spent:
            break
        made = modifiers.apply(scalar)
        if target is None:
            continue
        if modifiers.networks and target.kind is not Kind.INET:
            scope.lack(scalar.span, "an address column", f"a {target.kind} column cannot lie in a network")
            continue
        if keyword:
            made = [_anywhere(each) for each in made]
            if not all(isinstance(each, _KEYWORDS) for each in made):
                scope.wrong(scalar.span, "sigma-keyword", "a keyword is a text or a regular expression")
                continue
        tests.append(gather([match_value(target, each, scalar.span, scope) for each in made], scalar.span))
    if not tests:
        return FALSE
    linked = conjunction(tests) if modifiers.all_values else gather(tests, span)
    return negate(linked, span) if modifiers.negated else linked


def _anywhere(value: SigmaType) -> SigmaType:
    """A keyword stands anywhere in the record."""
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_anywhere(each) for each in value.values])
    if isinstance(value, SigmaString):
        opened = type(value)()
        opened.s = [SpecialChars.WILDCARD_MULTI, *value.s, SpecialChars.WILDCARD_MULTI]
        return opened
    return value
