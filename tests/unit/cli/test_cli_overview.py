"""A terminal has no room for seventy columns: where none are named it gets those of an overview, and all others all."""

from __future__ import annotations

import pytest

from certhound.cli import rows
from certhound.cli.commands import certificates, events
from certhound.lake.rows import certificate_columns
from certhound.model.columns import EVENTS

EVERY = ("a", "b", "c")


@pytest.mark.parametrize(
    ("format", "width", "shown"),
    [("table", 120, ["b"]), ("table", 0, ["a", "b", "c"]), ("json", 120, ["a", "b", "c"])],
)
def test_only_a_terminal_is_spared(
    format: str, width: int, shown: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rows, "width", lambda: width)
    assert rows.usual(format, EVERY, ("b",), quiet=False) == shown
    assert ("showing 1 of 3 columns" in capsys.readouterr().err) is (shown == ["b"])


def test_the_overviews_are_columns() -> None:
    assert set(events.OVERVIEW) <= set(EVENTS.names())
    assert set(certificates.OVERVIEW) <= set(certificate_columns())
