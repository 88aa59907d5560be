"""What the commands about drills have in common: options, the table of verdicts, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from certhound.cli.sink import text_sink
from certhound.cli.tables import write_table
from certhound.model.errors import ExitCode

if TYPE_CHECKING:
    from certhound.lab.drills.verify import Verdict

Names = Annotated[str, Parameter(help="Drills by name; all where none is named.")]
Folder = Annotated[Path, Parameter(help="Folder of the runs, one a drill below it.")]
ReportFormat = Annotated[
    Literal["table", "json", "junit", "html", "navigator"],
    Parameter(help="table for people, json for programs, junit for CI, navigator is a layer of ATT&CK."),
]
HERE = Path("certhound-drills")
"""Where runs go if nothing else is said."""


def write_verdicts(documents: Sequence[Mapping[str, Any]], format: str, output: Path | None) -> None:
    """Verdicts in their format, to standard output or ``output``."""
    from certhound.lab.drills.reports import FORMATS

    with text_sink(output) as stream:
        if format == "table":
            _table(stream, documents)
        else:
            stream.write(FORMATS[format](documents))


def _table(stream: Any, documents: Sequence[Mapping[str, Any]]) -> None:
    rows = []
    for drill in documents:
        mark = " (constructed)" if drill["constructed"] else ""
        rows.append((drill["drill"], f"{drill['outcome']}{mark}", "", drill["skipped"] or "; ".join(drill["problems"])))
        for each in drill["signals"]:
            after = "" if each["after_s"] is None else f"{each['after_s']:.1f} s"
            sign = {True: "ok", False: "FAILED", None: "?"}[each["good"]]
            said = each["why"] or ", ".join(each["rules"])
            rows.append((f"  {each['name']}", f"{sign}: {each['state']}{mark}", after, said))
    write_table(stream, ("drill", "state", "after", "rules, reason"), rows, right=frozenset({2}))


def exit_code(documents: Sequence[Mapping[str, Any]]) -> ExitCode:
    """1 where something that should be seen was not, 3 where nothing could be run."""
    outcomes = {drill["outcome"] for drill in documents}
    if "failed" in outcomes:
        return ExitCode.FINDING
    return ExitCode.UNREADABLE if outcomes == {"skipped"} else ExitCode.OK


def keep(verdict: Verdict, folder: Path) -> dict[str, Any]:
    """The verdict as a document, kept beside its run."""
    from certhound.lab.drills.reports import document, write_document

    write_document(verdict, folder)
    return document(verdict)
