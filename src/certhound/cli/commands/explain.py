"""``certhound explain``: one finding with everything behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from certhound.cli.boundary import tell
from certhound.cli.options import Config, MaybePaths, Output, Quiet, Rules, profile_of
from certhound.cli.progress import Progress
from certhound.cli.sample import sample_inputs, sample_profile
from certhound.cli.sink import text_sink
from certhound.model.errors import Place, UnreadableError, UsageError

if TYPE_CHECKING:
    from certhound.findings.report import Report

SECTION = "Find"


def explain(
    finding: Annotated[str, Parameter(help="Id of the finding, or its beginning.")],
    /,
    *paths: MaybePaths,
    report: Annotated[Path | None, Parameter(help="Read a report of `scan --format json` instead of scanning.")] = None,
    brief: Annotated[bool, Parameter(help="Without the playbook and the investigation guide.")] = False,
    config: Config = None,
    rules: Rules = (),
    format: Annotated[Literal["text", "json"], Parameter(help="text for people, json for programs.")] = "text",
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Explain one finding: evidence, counter-evidence, what would clear it, what to do next.

    What to do next is a playbook, and an investigation guide whose queries, in AQL and for this machine, have the
    finding's own values in them.

    Scans the paths again (the same input gives the same ids), or reads a report; without either it looks into the
    sample of `certhound demo`.
    """
    if report is not None and paths:
        raise UsageError("give paths or --report, not both", check="usage", advice="certhound explain --help")
    found_in = _read(report) if report is not None else _scan(paths, config, rules, quiet)
    from certhound.outputs.contract import Options
    from certhound.outputs.explain import explain_finding, find

    found = find(found_in, finding)
    with text_sink(output) as stream:
        if format == "text":
            explain_finding(found, stream, Options(), found_in, guide=not brief)
        else:
            from certhound.cli.json_text import json_object

            stream.write(json_object(found))


def _scan(paths: tuple[Path, ...], config: Path | None, rules: tuple[Path, ...], quiet: bool) -> Report:
    if not paths and not quiet:
        tell("no path is given: looking into the sample of certhound demo")
    profile = profile_of(config, quiet=quiet) if paths else sample_profile()
    inputs = paths or sample_inputs()
    with Progress(inputs, quiet=quiet) as progress:
        from certhound.findings.run import scan

        return scan(inputs, profile=profile, rules=rules, progress=progress)


def _read(file: Path) -> Report:
    from certhound.outputs.json import read

    try:
        data = file.read_bytes()
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror}", check="unreadable", place=Place(str(file))
        ) from error
    return read(data, str(file))


COMMAND = explain
