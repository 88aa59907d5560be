"""Which table and which columns a rule of ours sees, by the category of its log source."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache

from certhound.model.columns import CATEGORIES, CERTIFICATES, CONTACTS, EVENTS, Column
from certhound.model.errors import ContentError, did_you_mean

CERTIFICATE = "certificate"
CONTACT = "contact"
PREFIX = "certificate_"
"""Stands before a certificate's column whose name ``contacts`` also has."""
WEB = "web"
"""What proxies and firewalls log of the web: records of ``http``, and those of ``tls`` where the proxy tells of the
handshake; not the sessions of sensors.
"""
SENSORS = ("zeek", "suricata", "pcap")
"""What the sources of sensors begin with."""
RULE_CATEGORIES: tuple[str, ...] = (CERTIFICATE, CONTACT, WEB, *CATEGORIES)
"""Categories of our own log source, ``product: certhound``."""


@dataclass(frozen=True, slots=True)
class RuleSchema:
    """The columns of one row as a rule sees it, and the table that the engine scans for it."""

    table: str
    category: str
    columns: dict[str, Column]

    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)


def trait_columns() -> tuple[Column, ...]:
    """The computed columns of a certificate; none where the traits are not installed."""
    if importlib.util.find_spec("certhound.x509.traits") is None:
        return ()
    from certhound.x509 import traits

    return traits.columns()


def certificate_columns() -> tuple[Column, ...]:
    """Columns of a certificate row: the table's own and the traits."""
    return (*CERTIFICATES.columns, *trait_columns())


def contact_columns() -> tuple[Column, ...]:
    """Columns of a contact row: its own, and its certificate's, prefixed where the name is taken."""
    own = CONTACTS.names()
    joined = tuple(
        Column(PREFIX + each.name, each.kind, each.meaning) if each.name in own else each
        for each in certificate_columns()
        if PREFIX + each.name not in own  # the certificate's id is the contact's certificate_id
    )
    return (*CONTACTS.columns, *joined)


@cache
def table_columns(table: str) -> dict[str, Column]:
    """Columns of a table as rules see them, by name."""
    columns = {
        EVENTS.name: lambda: EVENTS.columns,
        CERTIFICATES.name: certificate_columns,
        CONTACTS.name: contact_columns,
    }
    if table not in columns:
        raise ContentError(
            f"there is no table {table!r}", check="unknown-table", advice=did_you_mean(table, list(columns))
        )
    return {column.name: column for column in columns[table]()}


def schema_for(category: str) -> RuleSchema:
    """The schema of a category of ours; an unknown one is an error with the nearest names."""
    if category == CERTIFICATE:
        return RuleSchema(CERTIFICATES.name, category, table_columns(CERTIFICATES.name))
    if category == CONTACT:
        return RuleSchema(CONTACTS.name, category, table_columns(CONTACTS.name))
    if category == WEB or category in CATEGORIES:
        return RuleSchema(EVENTS.name, category, table_columns(EVENTS.name))
    raise ContentError(
        f"there is no category {category!r}",
        check="unknown-category",
        advice=did_you_mean(category, RULE_CATEGORIES) or f"one of {', '.join(RULE_CATEGORIES)}",
    )
