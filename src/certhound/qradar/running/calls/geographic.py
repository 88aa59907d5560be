"""Where addresses are, by a MaxMind database that the user has (``geo`` in the reference file).

A database has millions of networks, a table far fewer different addresses: those of the column are looked up before the
query runs, and go into it as a constant table.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certhound.qradar.aql import nodes as n
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.arguments import called, constant, constant_of
from certhound.qradar.running.calls import Lowering
from certhound.qradar.running.maxmind import fact, open_maxmind
from certhound.qradar.running.typed import Typed, as_text
from certhound.query import tree as t
from certhound.query.inet import inet_key

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions

Fact = Callable[[dict[str, Any], str], str | None]


def _lookup(of: Fact) -> Lowering:
    def lower(to: Expressions, node: n.Call) -> Typed:
        path = to.setting.reference.geo
        if not path:
            raise to.error(
                f"{node.name} cannot be answered here: no geographic database is named",
                node,
                "not-offline",
                "name a MaxMind file in the reference file (--reference): geo: /path/to/GeoLite2-City.mmdb",
            )
        key = constant_of(to, node.arguments[1], "the key")
        value = to.value(node.arguments[0])
        database = open_maxmind(Path(path))
        pairs = []
        for address in _addresses(to, value, node):
            record = database.record(address)
            found = None if record is None else of(record, key.lower())
            if found is not None:
                pairs.append([address, found])
        return called("lookup", ArielType.STRING, node, as_text(value), constant(json.dumps(pairs, ensure_ascii=False)))

    return lower


def _addresses(to: Expressions, value: Typed, node: n.Call) -> list[str]:
    """The different addresses that the argument can have."""
    if value.quoted is not None and inet_key(value.quoted) is not None:
        return [value.quoted]
    table = to.setting.tables.get(to.scope.database)
    column = value.expr.name if isinstance(value.expr, t.Column) and value.type is ArielType.HOST else ""
    if table is not None and column in table.schema.columns:
        return [each for each in table.distinct(column) if inet_key(each) is not None]
    if isinstance(value.expr, t.Literal):
        return []
    raise to.error(
        "here an address is looked up only where it is a column of events or flows itself",
        node.arguments[0],
        "not-offline",
        "look it up in the inner SELECT",
    )


def _json(record: dict[str, Any], key: str) -> str | None:
    part = record if key == "geo_json" else record.get(key)
    return None if part is None else json.dumps(part, ensure_ascii=False, sort_keys=True)


LOWERINGS: dict[str, Lowering] = {
    "GEO::LOOKUP": _lookup(_json),
    "GEO::LOOKUP_BY_DOMAIN": _lookup(_json),
    "GEO::LOOKUP_TEXT": _lookup(fact),
}
