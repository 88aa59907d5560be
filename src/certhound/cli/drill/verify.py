"""``certhound drill verify``: judge a run again, by its own telemetry or by yours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from certhound.cli.drill_words import HERE, Folder, Names, ReportFormat, exit_code, keep, write_verdicts
from certhound.cli.lake_words import MaybeLake
from certhound.cli.options import Config, Output, Quiet, Rules, profile_of
from certhound.model.errors import UsageError


def verify(
    *names: Names,
    folder: Folder = HERE,
    logs: Annotated[
        tuple[Path, ...], Parameter(name="--logs", help="Logs to look in, not the run's own. May be repeated.")
    ] = (),
    lake: MaybeLake = None,
    config: Config = None,
    format: ReportFormat = "table",
    output: Output = None,
    rules: Rules = (),
    quiet: Quiet = False,
) -> int:
    """Say for each signal of drills that were run how far it came: seen, parsed, found; and what must be absent.

    Looks into the telemetry of the run, or into other logs of the same time (--logs), or into a lake.
    """
    from certhound.lab.drills.plan import find_drills
    from certhound.lab.drills.run import RUN, read_run
    from certhound.lab.drills.verify import verify as judge

    if logs and lake is not None:
        raise UsageError("name logs or a lake, not both", check="usage", advice="certhound drill verify --help")
    found = [each for each in find_drills(names) if names or (folder / each.name / RUN).exists()]
    if not found:
        raise UsageError(f"{folder} holds no run of a drill", check="no-run", advice="certhound drill run")
    documents = []
    for drill in found:
        here = folder / drill.name
        profile = drill.profile(here) if config is None else profile_of(config, quiet=quiet)
        verdict = judge(drill, read_run(here), here, profile=profile, paths=logs, lake=lake, rules=rules)
        documents.append(keep(verdict, here))
    write_verdicts(documents, format, output)
    return exit_code(documents)


COMMAND = verify
