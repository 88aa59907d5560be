"""What the commands about lakes have in common: the option, and sentences on standard error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from certhound.cli.boundary import tell
from certhound.model.errors import UsageError

if TYPE_CHECKING:
    from certhound.lake.store.ingest import Ingested

Lake = Annotated[Path, Parameter(help="Folder of the lake.")]
Since = Annotated[str, Parameter(help="Only what was met from this moment on (UTC), such as 2026-01-31 or 2026-01-31T06:00.")]
Until = Annotated[str, Parameter(help="Only what was met before this moment (UTC).")]

_LISTED = 5


def moment_of(text: str, option: str) -> datetime | None:
    """A day or a moment that an option names, in UTC unless it says otherwise."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is no moment", check="moment", advice="write 2026-01-31 or 2026-01-31T06:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def waiting(quiet: bool) -> Callable[[], None]:
    """Says that another writer is at work."""

    def say() -> None:
        if not quiet:
            tell("another certhound writes to this lake; waiting for it …")

    return say


def say_ingested(done: Ingested, *, quiet: bool) -> None:
    """What an ingest did, and what it could not."""
    from certhound.outputs.words import number, plural

    if not done.recognised:
        tell("error[nothing-read] nothing could be read or recognised")
    for each in done.changed:
        tell(f"changed: {each} holds other content than when it was taken in; it was taken in as a new file")
    if quiet:
        return
    rows = plural(done.rows, "record")
    aside = f", {number(done.rejected)} kept aside" if done.rejected else ""
    tell(
        f"{plural(len(done.new), 'new file')}, {number(len(done.grown))} grown, {number(done.unchanged)} known: {rows}{aside}"
    )
    listed("not recognised", [f"{each.name}: {each.guess}" for each in done.unrecognised])
    listed("unreadable", [f"{each.path}: {each.reason}" for each in done.unreadable])


def listed(what: str, lines: Sequence[str]) -> None:
    """The first of some lines, and how many more there are."""
    for line in lines[:_LISTED]:
        tell(f"{what}: {line}")
    if len(lines) > _LISTED:
        tell(f"{what}: and {len(lines) - _LISTED:,} more")
