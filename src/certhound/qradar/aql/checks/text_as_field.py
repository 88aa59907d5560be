"""A text in single quotes in the place of a field."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import quoted_name
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        match node:
            case (
                n.Match(operand=n.Text() as text) | n.IsNull(operand=n.Text() as text) | n.In(operand=n.Text() as text)
            ):
                yield _hit(scope, text)
            case n.Compare(left=n.Text() as text, right=n.Text() | n.Number()):
                yield _hit(scope, text)


def _hit(scope: Scope, text: n.Text) -> Hit:
    known = text.value.lower() in scope.aliases
    what = "single quotes make a text; whether a console takes it for the alias is not known"
    return Hit(text.span, what if known else "single quotes make a text, the same for every record", _advice(text))


def _advice(text: n.Text) -> str:
    return f"write {quoted_name(text.value)} for the field"


CHECK = Check(
    id="text-as-field",
    severity=Severity.WARNING,
    title="A text where a field is meant",
    why="Single quotes make texts, double quotes make names. A condition on a text is the same for every record.",
    find=_find,
    fires=("SELECT qid FROM events WHERE 'Log Source' NOT ILIKE '%x%'",),
    silent=("SELECT qid FROM events WHERE username NOT ILIKE '%x%'",),
)
