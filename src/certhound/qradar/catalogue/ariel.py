"""Ariel's types and how a column is described."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from certhound.model.columns import Kind


class ArielType(StrEnum):
    """Types of columns and of what functions take and give; the values are the words of QRadar's own messages.

    The REST API tells more of them apart (``object_value_type``); these are the ones that behave differently in AQL.
    """

    INTEGER = "Integer"
    LONG = "Long"
    DOUBLE = "Double"
    PORT = "Port"
    BOOLEAN = "Boolean"
    STRING = "String"
    HOST = "Host"  # an address, v4 or v6
    MAC = "MACAddress"
    BYTES = "byte[]"
    LIST = "List"  # of ids, or of the names that RULENAME makes of them
    NULL = "NULL"  # of a bare NULL

    @property
    def kind(self) -> Kind:
        """How our engines hold such a value. The payload is text here: every payload that is read is."""
        return _KINDS[self]

    @property
    def is_number(self) -> bool:
        return self in (ArielType.INTEGER, ArielType.LONG, ArielType.DOUBLE, ArielType.PORT)


_KINDS = {
    ArielType.INTEGER: Kind.INT,
    ArielType.LONG: Kind.INT,
    ArielType.DOUBLE: Kind.DOUBLE,
    ArielType.PORT: Kind.INT,
    ArielType.BOOLEAN: Kind.BOOL,
    ArielType.STRING: Kind.TEXT,
    ArielType.HOST: Kind.INET,
    ArielType.MAC: Kind.TEXT,
    ArielType.BYTES: Kind.TEXT,
    ArielType.LIST: Kind.LIST,
    ArielType.NULL: Kind.NULL,
}


@dataclass(frozen=True, slots=True)
class ArielColumn:
    """One column or custom property. ``name`` is in lower case for columns, as the console has it for properties."""

    name: str
    type: ArielType
    meaning: str = ""
    custom: bool = False
    default: bool = False
    """Whether ``SELECT *`` gives it."""
