"""``certhound lake``: what a lake holds, and looking after it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from certhound.cli.boundary import tell
from certhound.cli.help import PlainHelp
from certhound.cli.lake_words import Lake, status_json, status_lines, waiting
from certhound.cli.options import Quiet, unwrapped
from certhound.model.errors import UsageError

SECTION = "Lake"

COMMAND = App(name="lake", help="Show what a lake holds, and look after it.", help_formatter=PlainHelp())


@COMMAND.command
@unwrapped
def status(
    *, lake: Lake, format: Annotated[Literal["table", "json"], Parameter(help="table for people.")] = "table"
) -> None:
    """Show what a lake holds: records by format and day, certificates, what could not be read."""
    from certhound.lake.store.upkeep import status as run

    found = run(lake)
    print(status_json(found) if format == "json" else "\n".join(status_lines(lake, found)))  # noqa: T201


@COMMAND.command
@unwrapped
def compact(*, lake: Lake, quiet: Quiet = False) -> None:
    """Put the many small files of a day together, and the journal into one manifest.

    What a lake holds stays the same. Whoever reads it meanwhile goes on reading.
    """
    from certhound.lake.store.upkeep import compact as run

    done = run(lake, waiting=waiting(quiet))
    if not quiet:
        tell(f"{done.before:,} files became {done.after:,}")


@COMMAND.command
@unwrapped
def expire(
    *,
    lake: Lake,
    before: Annotated[str, Parameter(help="Take out the days before this one, such as 2026-01-31.")] = "",
    keep_days: Annotated[
        int | None, Parameter(help="Keep so many days, today among them.", validator=Number(gte=1))
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Take old days out of a lake. Certificates stay, and with them when they were first met.

    An input whose days are gone stays known: it is not taken in again.
    """
    from certhound.lake.store.upkeep import day_before
    from certhound.lake.store.upkeep import expire as run

    if bool(before) == (keep_days is not None):
        raise UsageError("name either --before or --keep-days", check="usage", advice="certhound lake expire --help")
    first = day_before(keep_days, datetime.now(UTC).date()) if keep_days is not None else _day(before)
    done = run(lake, first, waiting=waiting(quiet))
    if not quiet:
        tell(f"{done.rows:,} records in {done.before - done.after:,} files are gone; the first day is now {first}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--before {text!r} is no day", check="day", advice="write 2026-01-31") from error
