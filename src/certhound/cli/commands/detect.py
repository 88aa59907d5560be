"""``certhound detect``: judge what a lake holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from certhound.cli.lake_words import Lake, Since, Until, moment_of
from certhound.cli.options import Config, Output, Quiet, Rules, profile_of
from certhound.cli.reporting import exit_code, output_for, say_unreadable, write_report
from certhound.cli.sink import check_targets
from certhound.model.errors import ExitCode
from certhound.model.levels import Severity

SECTION = "Lake"


def detect(
    *,
    lake: Lake,
    since: Since = "",
    until: Until = "",
    config: Config = None,
    format: Annotated[str, Parameter(help="table for people, json for programs, leef for QRadar.")] = "table",
    html: Annotated[Path | None, Parameter(help="Also write a self-contained page to this file.")] = None,
    output: Output = None,
    fail_on: Annotated[Severity | None, Parameter(help="Exit with 1 when a finding is at or above this level.")] = None,
    rules: Rules = (),
    max_findings: Annotated[
        int, Parameter(help="List at most so many findings; the rest is counted.", validator=Number(gte=1))
    ] = 1000,
    forget: Annotated[bool, Parameter(help="Do not remember in the lake what was found.")] = False,
    quiet: Quiet = False,
) -> int:
    """Find adversaries' certificates in a lake, and say what is new since the last time.

    All that was ever taken in counts: when something was first seen, how many met it. Findings keep their ids.
    """
    check_targets(html, output)
    output_for(format)
    first, end = moment_of(since, "--since"), moment_of(until, "--until")
    profile = profile_of(config, quiet=quiet)
    from certhound.findings.lasting import detect as run

    report = run(
        lake, profile=profile, rules=rules, max_findings=max_findings, since=first, until=end, remember=not forget
    )
    write_report(report, format, output=output, html=html, quiet=quiet)
    code = exit_code(report, fail_on)
    if code is ExitCode.UNREADABLE:
        say_unreadable(report)
    return code


COMMAND = detect
