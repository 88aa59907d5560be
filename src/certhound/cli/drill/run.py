"""``certhound drill run``: do it, and judge it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from certhound.cli.boundary import tell
from certhound.cli.drill_words import HERE, Folder, Names, ReportFormat, exit_code, keep, write_verdicts
from certhound.cli.options import Output, Quiet, Rules
from certhound.model.errors import ExitCode

if TYPE_CHECKING:
    from certhound.lab.drills.plan import Drill


def run(
    *names: Names,
    folder: Folder = HERE,
    dry_run: Annotated[bool, Parameter(help="Print the commands and do nothing.")] = False,
    on_this_host: Annotated[
        bool, Parameter(help="On this host, which /etc/certhound-lab marks as a lab, not in the range.")
    ] = False,
    seed: Annotated[int, Parameter(help="Other names, addresses and paces; 0 are those of the documentation.")] = 0,
    format: ReportFormat = "table",
    html: Annotated[Path | None, Parameter(help="Also write a self-contained page to this file.")] = None,
    output: Output = None,
    rules: Rules = (),
    quiet: Quiet = False,
) -> int:
    """Run drills in a closed range, undo them, and say which expected signal was seen, parsed and found.

    The range is made of network namespaces without a way out, and is gone afterwards; it needs root. Where something is
    missing the drill is skipped and the reason is given. Telemetry and verdicts are kept in the folder.
    """
    from certhound.lab.drills.plan import find_drills

    found = find_drills(names)
    if dry_run:
        _print_commands(found, seed)
        return ExitCode.OK
    from certhound.lab.drills.run import run_drill, skipped
    from certhound.lab.drills.verify import verify
    from certhound.lab.range.build import why_no_range
    from certhound.lab.range.interrupts import ended_as_by_ctrl_c

    say = (lambda _: None) if quiet else tell
    reason = "" if on_this_host else why_no_range()
    documents = []
    with ended_as_by_ctrl_c():
        for drill in found:
            here = folder / drill.name
            if reason and not drill.plan.constructed:
                done = skipped(drill, here, reason)
            else:
                done = run_drill(drill, here, on_this_host=on_this_host, seed=seed, say=say)
            verdict = verify(drill, done, here, profile=drill.profile(here), rules=rules, fresh=True)
            documents.append(keep(verdict, here))
    if html is not None:
        write_verdicts(documents, "html", html)
    write_verdicts(documents, format, output)
    return exit_code(documents)


def _print_commands(found: list[Drill], seed: int) -> None:
    from certhound.lab.drills.run import commands

    for drill in found:
        for step, command, undo in commands(drill, seed):
            print(f"# {drill.name}: {step.name}, on {step.on}\n{command.rstrip()}")  # noqa: T201
            if undo:
                print(f"# clean-up\n{undo.rstrip()}")  # noqa: T201
            print()  # noqa: T201


COMMAND = run
