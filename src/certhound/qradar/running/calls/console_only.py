"""What only a console can answer: an error that says what is missing, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certhound.qradar.aql import nodes as n
from certhound.qradar.catalogue import find_function
from certhound.qradar.running.calls import Lowering

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions
    from certhound.qradar.running.typed import Typed


def _refused(lacks: str, advice: str) -> Lowering:
    def lower(to: Expressions, node: n.Call) -> Typed:
        function = find_function(node.name)
        name = function.name if function else node.name
        raise to.error(f"{name} cannot be answered here: {lacks}", node, "not-offline", advice)

    return lower


_DEPLOYMENT = _refused("it asks for the servers of a deployment", "leave it out; over files there is one server")

LOWERINGS: dict[str, Lowering] = {
    **dict.fromkeys(
        ("GEO::DISTANCE", "GEO::DISTANCE_BY_DOMAIN"), _refused("distances are not reckoned", "use GEO::LOOKUP")
    ),
    **dict.fromkeys(("ARIELSERVERS4EPID", "ARIELSERVERS4EPNAME", "COMPONENTID"), _DEPLOYMENT),
    "INOFFENSE": _refused("which records belong to an offense only the console knows", "filter by creeventlist"),
    "MATCHESASSETSEARCH": _refused(
        "saved asset searches are kept by the console", "use a reference set: REFERENCESETCONTAINS('name', sourceip)"
    ),
    "OFFENSE_TIME": _refused("it stands only behind TIMES", "TIMES OFFENSE_TIME(id)"),
}
