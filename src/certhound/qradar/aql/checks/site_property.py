"""A custom property that a console may not have."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.model.errors import did_you_mean
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.names import names, possible_property
from certhound.qradar.aql.printer import expression_to_aql, quoted_text
from certhound.qradar.aql.scope import Scope

_EVENT_IDS = frozenset({"eventid", "event id"})


def _find(scope: Scope) -> Iterator[Hit]:
    met: set[str] = set()
    rewrites = dict(_rewrites(scope))
    for name in names(scope):
        key = name.text.lower()
        if key in met or scope.has_column(name.text) is not False or not possible_property(scope, name):
            continue
        met.add(key)
        yield Hit(
            name.span,
            f'"{name.text}" is a custom property; a console that lacks it refuses the whole query',
            rewrites.get(key) or _advice(scope, name.text),
        )


def _advice(scope: Scope, name: str) -> str:
    near = did_you_mean(name, [column.name for column in scope.catalogue.columns(scope.database)])
    return near or "name it in a site file (--site) where it exists; read it from UTF8(payload) where it does not"


def _rewrites(scope: Scope) -> Iterator[tuple[str, str]]:
    """What to write for a condition on a property where the console lacks it; first come, first kept by the reader."""
    for node in reversed(list(scope.condition_nodes)):
        subject = node.left if isinstance(node, n.Compare) else getattr(node, "operand", None)
        if not isinstance(subject, n.Name) or scope.database != "events":
            continue
        written, fallback = expression_to_aql(node), _fallback(node, subject.text.lower())
        if fallback:
            yield subject.text.lower(), f"where it is missing write {fallback} for {written}"


def _fallback(node: n.Expr, name: str) -> str:
    if name in _EVENT_IDS and isinstance(node, n.Compare):
        return expression_to_aql(n.Compare(node.op, n.Name("qideventid"), node.right))
    if name in _EVENT_IDS and isinstance(node, n.In):
        return expression_to_aql(n.In(n.Name("qideventid"), node.options, node.negated))
    if isinstance(node, n.Match) and isinstance(node.pattern, n.Text):
        return f"UTF8(payload) {'NOT ' if node.negated else ''}{node.op} {quoted_text(node.pattern.value)}"
    if isinstance(node, n.Compare) and node.op is n.CompareOp.EQ and isinstance(node.right, n.Text | n.Number):
        value = node.right.value if isinstance(node.right, n.Text) else node.right.text
        return f"UTF8(payload) ILIKE {quoted_text(f'%{value}%')}"
    return ""


CHECK = Check(
    id="site-property",
    severity=Severity.WARNING,
    title="A property that a console may lack",
    why="Custom properties exist where an administrator or an app made them. A query that names one that is missing "
    "does not run at all. A site file tells the linter what a console has: then what is missing is an error.",
    find=_find,
    fires=(
        'SELECT "URL" FROM events WHERE "URL" ILIKE \'%login%\'',
        "SELECT sourceip FROM events WHERE eventid = 4688",
    ),
    silent=("SELECT sourceip FROM events WHERE qideventid = 4688", 'SELECT qid AS "URL" FROM events ORDER BY "URL"'),
)
