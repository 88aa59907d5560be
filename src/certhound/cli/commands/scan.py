"""``certhound scan``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from certhound.cli.lake_words import MaybeLake, say_ingested, waiting
from certhound.cli.options import Config, Output, Paths, Quiet, Rules, TimeZones, profile_of
from certhound.cli.progress import Progress
from certhound.cli.reporting import exit_code, output_for, say_unreadable, write_report
from certhound.cli.sink import check_targets
from certhound.model.errors import ExitCode
from certhound.model.levels import Severity

SECTION = "Find"


def scan(
    *paths: Paths,
    lake: MaybeLake = None,
    config: Config = None,
    format: Annotated[str, Parameter(help="table for people, json for programs, leef for QRadar.")] = "table",
    html: Annotated[Path | None, Parameter(help="Also write a self-contained page to this file.")] = None,
    output: Output = None,
    fail_on: Annotated[Severity | None, Parameter(help="Exit with 1 when a finding is at or above this level.")] = None,
    rules: Rules = (),
    max_findings: Annotated[
        int, Parameter(help="List at most so many findings; the rest is counted.", validator=Number(gte=1))
    ] = 1000,
    time_zone: TimeZones = (),
    quiet: Quiet = False,
) -> int:
    """Find adversaries' certificates in logs and certificate files.

    Reads files and folders, says what it recognised, ranks what it found with evidence in words and who met it,
    and states what it could not see, could not read, and did not run. With --lake it takes them into a lake first and
    judges all that is in it.
    """
    check_targets(html, output)
    output_for(format)  # a wrong format is said before the work, not after it
    profile = profile_of(config, quiet=quiet, time_zones=time_zone)
    with Progress(paths, quiet=quiet) as progress:
        if lake is None:
            from certhound.findings.run import scan as run

            report = run(paths, profile=profile, rules=rules, progress=progress, max_findings=max_findings)
        else:
            from certhound.findings.lasting import scan_into

            report, done = scan_into(
                paths,
                lake,
                profile=profile,
                rules=rules,
                progress=progress,
                waiting=waiting(quiet),
                max_findings=max_findings,
            )
    if lake is not None:
        say_ingested(done, quiet=quiet)
    write_report(report, format, output=output, html=html, quiet=quiet)
    code = exit_code(report, fail_on)
    if code is ExitCode.UNREADABLE:
        say_unreadable(report)
    return code


COMMAND = scan
