"""Which names of a query are looked up in the catalogue, and what a name that is not there may still be."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.scope import Scope, result_names
from certhound.qradar.catalogue.databases import IBM_PROPERTIES, WIDELY_WRITTEN

_OFTEN_THERE = frozenset(
    "eventid message objectname hostname value command image parentimage commandline accountname targetusername "
    "logontype domain workstationname accesses servicename".split()
)
"""Native nowhere, but many consoles have a property of the name: those of apps, agents and health metrics."""

_CONTENT = {name.lower() for name, _, _ in IBM_PROPERTIES}
_PSEUDO = frozenset({"sessionid"})


def names(scope: Scope) -> Iterator[n.Name]:
    """The names that must be columns: neither aliases nor QRadar's own names of results."""
    given = {text.lower() for item in scope.query.items for text in _own(scope, item)}
    for node in scope.nodes:
        if isinstance(node, n.Name) and node.text.lower() not in scope.aliases and node.text.lower() not in given:
            if scope.query.session is not None and node.text.lower() in _PSEUDO:
                continue
            yield node


def _own(scope: Scope, item: n.Item) -> list[str]:
    """Names that QRadar gives a result column, which ORDER BY and HAVING may use: ``COUNT_sourceip``."""
    if item.alias is not None or isinstance(item.expr, n.Name):
        return []
    return result_names(item, grouped=scope.grouped)


def possible_property(scope: Scope, name: n.Name) -> bool:
    """Whether an unknown name may be a custom property of a console that we do not know.

    Quoted names and those of IBM's content may; a bare word that is none of these is taken for a mistake.
    """
    key = name.text.lower()
    if scope.site or not scope.database or (key in WIDELY_WRITTEN and key not in _OFTEN_THERE):
        return False
    return name.quoted or key in _CONTENT or key in _OFTEN_THERE
