"""``certhound content``: technique packages as pages, as files for other platforms, compared and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from certhound.cli.options import Output, unwrapped
from certhound.cli.sink import text_sink
from certhound.model.errors import ExitCode

SECTION = "Rules"

COMMAND = App(name="content", help="Technique packages: pages, exports, comparison of detections, checks.")

Technique = Annotated[str, Parameter(help="Id of the technique.")]
Out = Annotated[Path, Parameter(help="Folder to write to; it is made, files in it are replaced.")]


@COMMAND.command
@unwrapped
def compare(
    technique: Technique = "T1608.003",
    *,
    baseline: Annotated[
        tuple[Path, ...],
        Parameter(help="Files of AQL to judge too; columns SourceIP, DestinationIP, Username, RiskScore."),
    ] = (),
    events: Annotated[int, Parameter(help="How many events to make.")] = 20_000,
    seed: Annotated[int, Parameter(help="The same number gives the same events.")] = 1,
    write: Annotated[Path | None, Parameter(help="Also write the events, for aql run --table events=FILE.")] = None,
    output: Output = None,
) -> int:
    """Compare the combined detection with others, over made events whose truth is known.

    Prints rows, entities, precision and recall in every tier of the score. The events are made, so the figures tell
    what a query can and cannot see; they are no base rate of yours.
    """
    from certhound.model.errors import UsageError
    from certhound.qradar.running.session import read_query
    from certhound.techniques.compare import compare as judge
    from certhound.techniques.compare import lines_of, table
    from certhound.techniques.generated import generate
    from certhound.techniques.load import package

    found = package(technique)
    if found.kit is None or "combined" not in found.aql:
        raise UsageError(f"{found.id} has no combined detection", check="nothing-to-compare")
    world = generate(found.kit, events, seed)
    if write is not None:
        with text_sink(write) as stream:
            stream.write(lines_of(world).decode())
    queries = {name: text for name, text in found.aql.items() if "RiskScore" in text}
    queries |= {file.stem: read_query(file) for file in baseline}
    with text_sink(output) as stream:
        stream.write(table(judge(world, queries), world))
    return ExitCode.OK
