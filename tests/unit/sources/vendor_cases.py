"""What a vendor's record must come out as: cases as data, and the one check for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from vendor_rows import rows_of


class Case(NamedTuple):
    """Records as text, and for each row the columns that it must have (None: must be absent)."""

    name: str
    text: str
    rows: tuple[dict[str, Any], ...]


def check(case: Case, folder: Path) -> None:
    """Each row has what the case says; nothing is rejected, and nothing of a row could not be read."""
    rows, rejected = rows_of(case.text, folder)
    assert not rejected
    assert len(rows) == len(case.rows)
    for row, expected in zip(rows, case.rows, strict=True):
        shown = {name: row["fields"].get(name[7:]) if name[:7] == "fields." else row.get(name) for name in expected}
        wrong = {name: (value, expected[name]) for name, value in shown.items() if value != expected[name]}
        assert not wrong, f"is and should be: {wrong}"
        assert row["payload"].strip()
