"""What ``events`` and ``certificates`` have in common: rows to a format, and an account of what was not understood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from certhound.cli.boundary import tell
from certhound.cli.sink import bytes_sink, width
from certhound.model.errors import ExitCode, UsageError, did_you_mean

if TYPE_CHECKING:
    from certhound.lake.rows import Account
    from certhound.model.columns import Table

Format = Annotated[
    Literal["table", "json", "csv", "parquet"], Parameter(help="json is one object a line; parquet needs --output.")
]
Columns = Annotated[str, Parameter(help="Only these columns, in this order, with commas between them.")]

_LISTED = 5


def chosen(columns: str, known: Sequence[str]) -> list[str]:
    """The columns that ``--columns`` names; unknown ones are usage errors with the nearest names."""
    names = [name.strip() for name in columns.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise UsageError(
                f"there is no column {name!r}", check="unknown-column", advice=did_you_mean(name, tuple(known))
            )
    return names


def usual(format: str, every: Sequence[str], overview: Sequence[str], *, quiet: bool) -> list[str]:
    """The columns where none are named: all, but on a terminal, which has no room for them, those of an overview."""
    if format != "table" or not width():
        return list(every)
    if not quiet:
        tell(f"showing {len(overview)} of {len(every)} columns; others: --columns, all: --format json")
    return list(overview)


def write(rows: Iterable[Any], table: Table, format: str, columns: Sequence[str], output: Path | None) -> None:
    """All rows to standard output or a file."""
    from certhound.outputs.rows import write_rows

    with bytes_sink(output, binary=format == "parquet") as stream:
        write_rows(rows, stream, format, table, columns=columns, width=width())


def conclude(account: Account, *, quiet: bool) -> ExitCode:
    """Say on standard error what was not understood, and return the exit code."""
    inputs = account.inputs
    nothing = inputs is not None and not inputs.recognised
    if nothing or (account.rejected and not account.rows):
        tell("error[nothing-read] nothing could be read or recognised")
    if not quiet or nothing:
        _list("kept aside", [f"{_place(each)}: {each.reason}" for each in account.rejected])
        if inputs is not None:
            _list("not recognised", [f"{file}: {guess}" for file, guess in inputs.unrecognised])
            _list("unreadable", [f"{each.path}: {each.reason}" for each in inputs.unreadable])
    return ExitCode.UNREADABLE if nothing or (account.rejected and not account.rows) else ExitCode.OK


def _place(rejected: Any) -> str:
    return f"{rejected.file}:{rejected.line}" if rejected.line else str(rejected.file)


def _list(what: str, lines: Sequence[str]) -> None:
    for line in lines[:_LISTED]:
        tell(f"{what}: {line}")
    if len(lines) > _LISTED:
        tell(f"{what}: and {len(lines) - _LISTED:,} more")
