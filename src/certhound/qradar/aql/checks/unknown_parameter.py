"""A parameter that is not documented."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.model.errors import did_you_mean
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_KNOWN = (
    "PROGRESSDETAILSRESOLUTION",
    "SNAPSHOTSIZE",
    "EXECUTIONTIMELIMIT",
    "REMOTESERVERS",
    "EXCLUDESERVERS",
    "PRIORITY",
)


def _find(scope: Scope) -> Iterator[Hit]:
    for parameter in scope.query.parameters:
        if parameter.name.upper() not in _KNOWN:
            advice = did_you_mean(parameter.name, _KNOWN) or f"known are {', '.join(_KNOWN)}"
            yield Hit(parameter.span, f"{parameter.name} is no documented parameter", advice)
        value = parameter.values[0]
        asked = value.value.upper() if parameter.name.upper() == "PRIORITY" and isinstance(value, n.Text) else "NORMAL"
        if asked not in ("LOW", "NORMAL", "HIGH"):
            yield Hit(value.span, f"there is no priority {asked}", "LOW, NORMAL or HIGH")


CHECK = Check(
    id="unknown-parameter",
    severity=Severity.WARNING,
    title="A parameter that is not documented",
    why="What PARAMETERS takes is a short list; what else a console does with a name is not known.",
    find=_find,
    fires=("SELECT qid FROM events PARAMETERS snapshotsizes=2",),
    silent=("SELECT qid FROM events PARAMETERS snapshotsize=2, REMOTESERVERS=ARIELSERVERS4EPID(8)",),
)
