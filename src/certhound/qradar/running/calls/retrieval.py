"""Reference data, assets, the network hierarchy and X-Force, all from the reference file (``--reference``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from certhound.model.columns import Kind
from certhound.model.errors import did_you_mean
from certhound.qradar.aql import nodes as n
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.addresses import in_network
from certhound.qradar.running.arguments import address_of, called, constant, constant_of, text_of
from certhound.qradar.running.calls import Lowering
from certhound.qradar.running.typed import Typed, as_text, spelt
from certhound.query import tree as t
from certhound.query.inet import network_keys

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions

_TEXT, _BOOL = ArielType.STRING, ArielType.BOOLEAN
_SEPARATOR = "\x1f"
Found = TypeVar("Found")


def _named(to: Expressions, node: n.Expr, names: Mapping[str, Found], what: str, key: str) -> Found:
    """A collection of the reference file by the name in the query, in any case."""
    name = constant_of(to, node, f"the name of the {what}")
    found = names.get(name)
    if found is None:
        found = next((each for known, each in names.items() if known.lower() == name.lower()), None)
    if found is None:
        near = did_you_mean(name, list(names))
        advice = near or f"add it to the reference file (--reference FILE): {key}: {{{name}: …}}"
        raise to.error(f'The {what} "{name}" does not exist', node, "reference-data", advice)
    return found


def _table(pairs: Mapping[str, str]) -> t.Literal:
    return constant(json.dumps(list(pairs.items()), ensure_ascii=False))


def _members(values: object) -> t.Literal:
    return constant(json.dumps(values, ensure_ascii=False))


def _set_contains(to: Expressions, node: n.Call) -> Typed:
    values = _named(to, node.arguments[0], to.setting.reference.sets, "reference set", "sets")
    value = to.value(node.arguments[1])
    to.no_bytes((value,), node.arguments[1])
    if value.type is ArielType.LIST:
        tests = t.In(t.Element(), tuple(constant(each) for each in values), span=node.span)
        return Typed(t.AnyOf(value.expr, tests, node.span), _BOOL)
    if value.type is ArielType.HOST:
        return called("among", _BOOL, node, as_text(value), _members([spelt(each) for each in values]))
    return called("among", _BOOL, node, as_text(value), _members(values))


def _map(to: Expressions, node: n.Call) -> Typed:
    pairs = _named(to, node.arguments[0], to.setting.reference.maps, "reference map", "maps")
    return called("lookup", _TEXT, node, text_of(to, node.arguments[1]), _table(pairs))


def _map_set_contains(to: Expressions, node: n.Call) -> Typed:
    sets = _named(to, node.arguments[0], to.setting.reference.map_of_sets, "reference map of sets", "map_of_sets")
    both = [f"{key}{_SEPARATOR}{value}" for key, values in sets.items() for value in values]
    key, value = text_of(to, node.arguments[1]), text_of(to, node.arguments[2])
    joined = t.Call("concat", (key, constant(_SEPARATOR), value))
    return called("among", _BOOL, node, joined, _members(both))


def _reference_table(to: Expressions, node: n.Call) -> Typed:
    table = _named(to, node.arguments[0], to.setting.reference.tables, "reference table", "tables")
    column = constant_of(to, node.arguments[1], "the column, which comes before the key,")
    pairs = {key: value for key, row in table.items() for name, value in row.items() if name.lower() == column.lower()}
    if table and not pairs:
        known = sorted({name for row in table.values() for name in row})
        advice = did_you_mean(column, known) or f"it has {', '.join(known)}; the column comes before the key"
        raise to.error(f'The reference table has no column "{column}"', node.arguments[1], "reference-data", advice)
    return called("lookup", _TEXT, node, text_of(to, node.arguments[2]), _table(pairs))


# assets and networks


def _asset(to: Expressions, node: n.Call, property_: str, address: n.Expr) -> Typed:
    assets = to.setting.reference.assets
    if not assets:
        raise to.error(
            "no asset is known here",
            node,
            "not-offline",
            "give assets in the reference file (--reference): assets: {IP: …}",
        )
    pairs: dict[str, str] = {}
    for key, facts in assets.items():
        value = next((each for name, each in facts.items() if name.lower() == property_.lower()), None)
        if value is not None:
            pairs[spelt(key)] = value
    plain = t.Cast(address_of(to, address), Kind.TEXT)
    return called("lookup", _TEXT, node, plain, _table(pairs))


def _asset_property(to: Expressions, node: n.Call) -> Typed:
    return _asset(to, node, constant_of(to, node.arguments[0], "the property"), node.arguments[1])


def _in_cidr(to: Expressions, node: n.Call) -> Typed:
    network = constant_of(to, node.arguments[0], "the range, which comes first,")
    if network_keys(network) is None:
        raise to.error(
            f"{network!r} is no address range", node.arguments[0], "cidr", "INCIDR('192.0.2.0/24', sourceip)"
        )
    address = address_of(to, node.arguments[1])
    return Typed(in_network(address, network, node.span), _BOOL)


def _network(full: bool) -> Lowering:
    """The smallest network that an address is in; a dotted name's last part is its short name."""

    def lower(to: Expressions, node: n.Call) -> Typed:
        address = address_of(to, node.arguments[0])
        sizes = {name: keys[1] - keys[0] for name in to.setting.reference.networks if (keys := network_keys(name))}
        branches = tuple(
            (
                in_network(address, network),
                constant(name if full else name.rpartition(".")[2]),
            )
            for network, name in sorted(to.setting.reference.networks.items(), key=lambda pair: sizes[pair[0]])
        )
        absent = (t.IsNull(address), t.Literal(None, Kind.TEXT))
        return Typed(t.Case((absent, *branches), constant("other"), node.span), _TEXT)

    return lower


# X-Force


def _xforce(to: Expressions, node: n.Call) -> Mapping[str, Mapping[str, str]]:
    if not to.setting.reference.xforce:
        raise to.error(
            "X-Force cannot be asked here",
            node,
            "not-offline",
            "give its answers in the reference file (--reference): xforce: {IP or URL: {category: confidence}}",
        )
    return to.setting.reference.xforce


def _confidence(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _xforce_category(to: Expressions, node: n.Call) -> Typed:
    best = {
        key: max(categories, key=lambda each: _confidence(categories[each]))
        for key, categories in _xforce(to, node).items()
        if categories
    }
    return called("lookup", _TEXT, node, text_of(to, node.arguments[-1]), _table(best))


def _xforce_confidence(to: Expressions, node: n.Call) -> Typed:
    category = constant_of(to, node.arguments[0], "the category")
    pairs = {
        key: value
        for key, categories in _xforce(to, node).items()
        for name, value in categories.items()
        if name.lower() == category.lower()
    }
    found = t.Call("lookup", (text_of(to, node.arguments[1]), _table(pairs)), node.span)
    zero = t.Literal(0, Kind.INT)
    return Typed(t.Call("coalesce", (t.Cast(found, Kind.INT), zero), node.span), ArielType.INTEGER)


LOWERINGS: dict[str, Lowering] = {
    "REFERENCESETCONTAINS": _set_contains,
    "REFERENCEMAP": _map,
    "REFERENCEMAPSETCONTAINS": _map_set_contains,
    "REFERENCETABLE": _reference_table,
    "ASSETHOSTNAME": lambda to, node: _asset(to, node, "hostname", node.arguments[0]),
    "ASSETUSER": lambda to, node: _asset(to, node, "user", node.arguments[0]),
    "ASSETPROPERTY": _asset_property,
    "INCIDR": _in_cidr,
    "NETWORKNAME": _network(full=False),
    "FULLNETWORKNAME": _network(full=True),
    "XFORCE_IP_CATEGORY": _xforce_category,
    "XFORCE_URL_CATEGORY": _xforce_category,
    "XFORCE_IP_CONFIDENCE": _xforce_confidence,
}
