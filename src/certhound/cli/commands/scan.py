"""``certhound scan``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from certhound.cli.options import Config, Output, Paths, Quiet, Rules, TimeZones, profile_of
from certhound.cli.progress import Progress
from certhound.cli.reporting import exit_code, output_for, say_unreadable, write_report
from certhound.cli.sink import check_targets
from certhound.model.errors import ExitCode
from certhound.model.levels import Severity

SECTION = "Find"


def scan(
    *paths: Paths,
    config: Config = None,
    format: Annotated[str, Parameter(help="table for people, json for programs.")] = "table",
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
    and states what it could not see, could not read, and did not run.
    """
    check_targets(html, output)
    output_for(format)  # a wrong format is said before the work, not after it
    profile = profile_of(config, quiet=quiet, time_zones=time_zone)
    with Progress(paths, quiet=quiet) as progress:
        from certhound.findings.run import scan as run

        report = run(paths, profile=profile, rules=rules, progress=progress, max_findings=max_findings)
    write_report(report, format, output=output, html=html, quiet=quiet)
    code = exit_code(report, fail_on)
    if code is ExitCode.UNREADABLE:
        say_unreadable(report)
    return code


COMMAND = scan
