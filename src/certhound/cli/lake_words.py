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
    from certhound.lake.store.upkeep import Status

Lake = Annotated[Path, Parameter(help="Folder of the lake.")]
MaybeLake = Annotated[Path | None, Parameter(help="Folder of a lake, instead of or beside files.")]
Since = Annotated[
    str, Parameter(help="Only what was met from this moment on (UTC), such as 2026-01-31 or 2026-01-31T06:00.")
]
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


def window(lake: Path | None, since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """What --since and --until say; they are about lakes."""
    if lake is None and (since or until):
        raise UsageError("--since and --until need --lake", check="usage", advice="certhound ingest PATH --lake DIR")
    return moment_of(since, "--since"), moment_of(until, "--until")


def one_of(paths: Sequence[Path], lake: Path | None, command: str) -> None:
    """Files or a lake, not both and not neither."""
    if bool(paths) == (lake is not None):
        raise UsageError(
            "name files and folders, or a lake with --lake", check="usage", advice=f"certhound {command} --help"
        )


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
    files = f"{plural(len(done.new), 'new file')}, {number(len(done.grown))} grown, {number(done.unchanged)} known"
    tell(f"{files}: {rows}{aside}")
    listed("not recognised", [f"{each.name}: {each.guess}" for each in done.unrecognised])
    listed("unreadable", [f"{each.path}: {each.reason}" for each in done.unreadable])


def listed(what: str, lines: Sequence[str]) -> None:
    """The first of some lines, and how many more there are."""
    for line in lines[:_LISTED]:
        tell(f"{what}: {line}")
    if len(lines) > _LISTED:
        tell(f"{what}: and {len(lines) - _LISTED:,} more")


def status_json(found: Status) -> str:
    """A lake's status for programs."""
    import json
    from dataclasses import asdict

    return json.dumps(asdict(found), indent=1, sort_keys=True)


def status_lines(lake: Path, found: Status) -> list[str]:
    """A lake's status for people."""
    from certhound.outputs.defuse import visible
    from certhound.outputs.words import number, plural, size

    days = sorted(day for day in found.days if day != "unknown")
    span = f", {days[0]} to {days[-1]}" if days else ""
    lines = [
        f"lake {lake}: {plural(sum(found.rows.values()), 'record')}{span}",
        f"  {plural(found.certificates, 'certificate')} in {plural(found.statements, 'statement')}",
        f"  {plural(found.files, 'file')}, {size(found.size)}; commit {number(found.number)} of {found.last_commit}",
    ]
    lines += [f"  {source}: {plural(count, 'record')}" for source, count in sorted(found.rows.items())]
    lines.append(f"inputs: {number(sum(found.inputs.values()))} known, {number(found.unrecognised)} not recognised")
    if found.unfinished:
        lines.append(f"  {plural(found.unfinished, 'input')} whose last line has no end yet")
    if found.rejected:
        lines.append(f"kept aside: {plural(sum(found.rejected.values()), 'record')}")
        lines += [f"  {visible(reason)}: {number(count)}" for reason, count in found.rejected.most_common(10)]
    if found.unnamed:
        lines.append(f"{plural(found.unnamed, 'file')} that no commit names: the next ingest removes them")
    return lines
