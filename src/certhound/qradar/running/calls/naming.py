"""Ids to names: kinds of events, log sources, categories, rules. An id without a name shows as itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from certhound.model.columns import Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import wrong_argument
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.arguments import constant, whole_of
from certhound.qradar.running.calls import Lowering
from certhound.qradar.running.typed import Typed, as_text
from certhound.query import tree as t

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions


def _pairs(names: Mapping[int, str]) -> str:
    return json.dumps([[str(number), name] for number, name in sorted(names.items())], ensure_ascii=False)


def name_of(number: t.Expr, names: Mapping[int, str], span: t.Span) -> Typed:
    """The name of an id, else the id as text."""
    text = t.Cast(number, Kind.TEXT)
    found = t.Call("lookup", (number, constant(_pairs(names))), span)
    return Typed(t.Call("coalesce", (found, text), span), ArielType.STRING)


def _section(section: str) -> Lowering:
    def lower(to: Expressions, node: n.Call) -> Typed:
        number = whole_of(to, node.arguments[0])
        return name_of(number, to.setting.catalogue.names[section], node.span)

    return lower


def _rule_name(to: Expressions, node: n.Call) -> Typed:
    return _of_list(to, node, "rules")


def _group_name(to: Expressions, node: n.Call) -> Typed:
    return _of_list(to, node, "log_source_groups")


def _of_list(to: Expressions, node: n.Call, section: str) -> Typed:
    names = to.setting.catalogue.names[section]
    value = to.value(node.arguments[0])
    if value.type is ArielType.LIST:
        return Typed(t.Call("lookup_each", (value.expr, constant(_pairs(names))), node.span), ArielType.LIST)
    if value.type.is_number or value.quoted is not None:
        text = as_text(value)
        found = t.Call("lookup", (text, constant(_pairs(names))), node.span)
        return Typed(t.Call("coalesce", (found, text), node.span), ArielType.STRING)
    raise to.error(
        wrong_argument(value.type, "List"), node.arguments[0], "arguments", "an id or a list of ids is wanted"
    )


LOWERINGS: dict[str, Lowering] = {
    "QIDNAME": _section("qids"),
    "QIDDESCRIPTION": _section("qids"),
    "QIDESCRIPTION": _section("qids"),
    "CATEGORYNAME": _section("categories"),
    "LOGSOURCENAME": _section("log_sources"),
    "LOGSOURCETYPENAME": _section("log_source_types"),
    "LOGSOURCEGROUPNAME": _group_name,
    "PROTOCOLNAME": _section("protocols"),
    "APPLICATIONNAME": _section("applications"),
    "DOMAINNAME": _section("domains"),
    "PROCESSORNAME": _section("processors"),
    "HOSTNAME": _section("processors"),
    "RULENAME": _rule_name,
}
