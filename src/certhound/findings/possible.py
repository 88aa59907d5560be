"""What rules could find: their conditions as far as they are known before anybody has counted clients.

Distinct clients and regularity are dear (see :mod:`certhound.lake.clients`). A rule is therefore first asked with these
columns open: every test of one counts as one that may hold. What it could match then is little, and that alone is
counted and asked again, with everything known.
"""

from __future__ import annotations

from certhound.model.columns import CERTIFICATES, CONTACTS
from certhound.query.tree import TRUE, And, Expr, IsTrue, Not, Or, columns, conjunction, disjunction

OPEN: dict[str, frozenset[str]] = {
    CERTIFICATES.name: frozenset({"clients"}),
    CONTACTS.name: frozenset(
        {
            "clients",
            "certificate_clients",
            "bytes_out_median",
            "interval_median_s",
            "interval_mad_s",
            "interval_period_s",
            "interval_period_fit",
        }
    ),
}
"""Columns of each table that are filled last."""


def could_hold(expr: Expr, table: str) -> Expr:
    """An expression without open columns that is true wherever ``expr`` is true for some value of them."""
    if not columns(expr) & OPEN.get(table, frozenset()):
        return expr
    match expr:
        case And(parts):
            return conjunction([could_hold(each, table) for each in parts])
        case Or(parts):
            return disjunction([could_hold(each, table) for each in parts])
        case IsTrue(inner):
            return could_hold(inner, table)
        case Not(inner):
            return _could_miss(inner, table)
        case _:
            return TRUE


def _could_miss(expr: Expr, table: str) -> Expr:
    """The same for ``expr`` being false or unknown."""
    if not columns(expr) & OPEN.get(table, frozenset()):
        return Not(IsTrue(expr))
    match expr:
        case And(parts):
            return disjunction([_could_miss(each, table) for each in parts])
        case Or(parts):
            return conjunction([_could_miss(each, table) for each in parts])
        case IsTrue(inner):
            return _could_miss(inner, table)
        case Not(IsTrue(inner)):
            return could_hold(inner, table)
        case _:
            return TRUE
