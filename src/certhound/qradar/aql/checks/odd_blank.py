"""Blanks that are none."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    if scope.outermost:
        for span in scope.lexed.odd_blanks:
            text = f"this blank is U+{ord(scope.text[span.start]):04X}, which a console may refuse"
            yield Hit(span, text, "replace it by a plain blank; certhound aql fmt does")


CHECK = Check(
    id="odd-blank",
    severity=Severity.WARNING,
    title="A blank that is no plain blank",
    why="Text copied from pages and mails has no-break and zero-width spaces, which look like blanks or like nothing.",
    find=_find,
    fires=("SELECT\u00a0qid FROM events", "SELECT qid\u200b FROM events"),
    silent=("SELECT qid FROM events WHERE username = 'a\u00a0b'",),
)
