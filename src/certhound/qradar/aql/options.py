"""What a reader of AQL may choose where IBM's documentation leaves a matter open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Precedence(Enum):
    """How AND and OR that stand together without brackets are read; no page of IBM settles it.

    SQL lets AND bind tighter. What QRadar renders from its filter panel only makes sense with OR_FIRST.
    """

    SQL = "sql"
    OR_FIRST = "or-first"
    LEFT_TO_RIGHT = "left-to-right"


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """Switches of :func:`certhound.qradar.aql.parse`.

    ``hyphenated``: names with hyphens, in lower case, that may stand without quotes (``Bluecoat-cs-host``); every
    other hyphen between words is a subtraction. ``singular_units``: LAST 1 HOUR is read, not refused.
    ``any_clause_order``: clauses behind FROM may stand in any order, as queries in the wild have them.
    """

    precedence: Precedence = Precedence.SQL
    hyphenated: frozenset[str] = frozenset()
    singular_units: bool = True
    any_clause_order: bool = True


DEFAULT = ParseOptions()
