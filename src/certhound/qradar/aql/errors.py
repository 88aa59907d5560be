"""What is wrong with a query, with its place."""

from __future__ import annotations

from certhound.model.errors import ContentError, Place
from certhound.qradar.aql.places import Places
from certhound.query.tree import Span


class AqlError(ContentError):
    """A query that a console refuses. ``span`` is the offending text in the query; the place counts from 1.

    Where QRadar's own words are known, ``text`` is in them.
    """

    def __init__(self, text: str, span: Span, source: str, *, check: str = "syntax", advice: str = "") -> None:
        places = Places(source)
        line, column = places.line_column(span.start)
        super().__init__(text, check=check, place=Place("", line, column), advice=advice, marked=places.marked(span))
        self.span = span


def no_such_field(name: str, database: str) -> str:
    """QRadar's words for a field that it does not know (422, code 2000)."""
    return f'Field "{name}" does not exist in catalog "{database}"'


def wrong_argument(given: str, wanted: str) -> str:
    """QRadar's words for an argument of another type."""
    return f'Wrong argument type: "{given}". "{wanted}" is required.'
