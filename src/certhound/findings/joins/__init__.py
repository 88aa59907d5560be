"""What other logs tell of the entities that rank, and by which keys that is known.

A finding grows out of sessions and certificates. Proxies, endpoints and mail gateways keep records of the same events
under other keys; each module here is one such join, and says which keys tie the records, and how sure that is. A join
only tells: it adds no finding and changes no score, and raises the confidence where kinds of sources agree.

The records that any join could use are read once, by a statement for each part of the lake that is no sensor's; where
there are only sensors nothing is read. See :mod:`.contract` for what a join is, :mod:`.evidence` for the tables.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from functools import cache

from certhound.findings.joins import evidence
from certhound.findings.joins.contract import CERTAINTIES, Join
from certhound.findings.report import Related
from certhound.lake.build import Lake

SHOWN = 20
"""How many relations one finding has, the surest first."""

Relations = dict[tuple[str, str], tuple[Related, ...]]


@cache
def joins() -> tuple[Join, ...]:
    """Every join of this package: each module that has a ``JOIN``."""
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    found = [module.JOIN for module in modules if hasattr(module, "JOIN")]
    return tuple(sorted(found, key=lambda join: join.kind))


def related(lake: Lake) -> Relations:
    """Relations of the entities that rank, by kind and key; ``top_entities`` and ``top_contacts`` must stand."""
    found: dict[tuple[str, str], list[Related]] = defaultdict(list)
    if not evidence.collect(lake, joins()):
        return {}
    for join in joins():
        for kind, key, relation in join.relate(lake):
            found[kind, key].append(relation)
    return {entity: tuple(sorted(each, key=_order)[:SHOWN]) for entity, each in found.items()}


def _order(relation: Related) -> tuple[int, str, str, str]:
    first = relation.first_seen.isoformat() if relation.first_seen else ""
    return CERTAINTIES.index(relation.certainty), relation.kind, first, relation.text
