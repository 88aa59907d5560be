"""``certhound demo``: the main job on the sample that ships."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from certhound.cli.boundary import tell
from certhound.cli.options import Output, Quiet, Rules
from certhound.cli.progress import Progress
from certhound.cli.reporting import exit_code, output_for, write_report
from certhound.cli.sample import sample_inputs, sample_profile
from certhound.cli.sink import check_targets

if TYPE_CHECKING:
    from certhound.findings.report import Report

SECTION = "Start here"

_INTRODUCTION = """\
The sample: what a Zeek sensor, a proxy, some machines and the mail gateway of a small organisation kept. It was
recorded from real TLS servers and clients on one machine; addresses and names are made up, and its README says what
real tools wrote. Among ordinary sites and the usual false alarms stand servers as adversaries set them up.
"""


def demo(
    *,
    format: Annotated[str, Parameter(help="table for people, json for programs.")] = "table",
    html: Annotated[Path | None, Parameter(help="Also write a self-contained page to this file.")] = None,
    output: Output = None,
    rules: Rules = (),
    quiet: Quiet = False,
) -> int:
    """Scan the sample that ships with certhound.

    Needs no data, no profile and no network, and writes nothing but what is asked for.
    """
    check_targets(html, output)
    output_for(format)
    if not quiet:
        tell(_INTRODUCTION)
    inputs = sample_inputs()
    with Progress(inputs, quiet=quiet) as progress:
        from certhound.findings.run import scan

        report = scan(inputs, profile=sample_profile(), rules=rules, progress=progress)
    write_report(_with_short_commands(report), format, output=output, html=html, quiet=quiet)
    return exit_code(report, None)


def _with_short_commands(report: Report) -> Report:
    """The next commands without the path of the package: without a path ``explain`` looks into the sample.

    Explained is the finding of which the most kinds of logs tell, the worst of these.
    """
    told = max(report.findings, key=lambda finding: len({each.kind for each in finding.related}), default=None)
    explain = () if told is None else (f"certhound explain {told.id}",)
    return replace(report, next_commands=(*explain, "certhound demo --html demo.html"))


COMMAND = demo
