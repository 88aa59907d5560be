"""``certhound content``: technique packages as pages, as files for other platforms, compared and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from certhound.cli.lake_words import MaybeLake
from certhound.cli.options import Config, MaybePaths, Output, Quiet, Rules, profile_of, unwrapped
from certhound.cli.sink import text_sink
from certhound.model.errors import ExitCode

if TYPE_CHECKING:
    from certhound.model.profile import Profile

SECTION = "Rules"

COMMAND = App(name="content", help="Technique packages: pages, exports, comparison of detections, checks.")

Technique = Annotated[str, Parameter(help="Id of the technique.")]
Out = Annotated[Path, Parameter(help="Folder to write to; it is made, files in it are replaced.")]


def _writing(out: Path, work: Callable[[], list[Path]]) -> list[Path]:
    """Do the work; what the file system refuses is a usage error."""
    from certhound.model.errors import Place, UsageError

    try:
        return work()
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}", check="unwritable", place=Place(str(out))
        ) from error


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
    from certhound.techniques.compare import detections, lines_of, table
    from certhound.techniques.generated import generate
    from certhound.techniques.load import package

    found = package(technique)
    if found.kit is None or "combined" not in found.aql:
        raise UsageError(f"{found.id} has no combined detection", check="nothing-to-compare")
    world = generate(found.kit, events, seed)
    if write is not None:
        with text_sink(write) as stream:
            stream.write(lines_of(world).decode())
    queries = detections(found)
    queries |= {file.stem: read_query(file) for file in baseline}
    with text_sink(output) as stream:
        stream.write(table(judge(world, queries), world))
    return ExitCode.OK


@COMMAND.command
@unwrapped
def build(
    *,
    out: Out,
    drills: Annotated[
        Path | None, Parameter(help="Folder of drills that you ran; their verdicts are shown instead of ours.")
    ] = None,
) -> int:
    """Write the pages: an overview, one for each technique and for each platform. Open OUT/index.html.

    They work from the disk, without a network; search, copying, phones and printers included.
    """
    from certhound.cli.boundary import tell
    from certhound.rules import load_rules
    from certhound.techniques.compare import comparison_of
    from certhound.techniques.load import package, packages
    from certhound.techniques.measured import measured
    from certhound.techniques.pages import build as build_pages

    rules = list(load_rules().check())
    comparison = comparison_of(package("T1608.003"))
    measures = tuple(each.text for each in measured())
    written = _writing(out, lambda: build_pages(out, packages(), rules, comparison, measures, drills))
    tell(f"{len(written)} files: {out / 'index.html'}")
    return ExitCode.OK


@COMMAND.command
@unwrapped
def export(*, out: Out) -> int:
    """Write the rules and queries for other platforms: Sigma, AQL, SPL, KQL, ES|QL, Suricata, Navigator.

    SPL, KQL and ES|QL need the extra `export`; what was not run is marked so, and what a platform cannot say is listed.
    """
    from certhound.cli.boundary import tell
    from certhound.rules import load_rules
    from certhound.techniques.export import export as write_files
    from certhound.techniques.load import packages

    rules = list(load_rules().check())
    written = _writing(out, lambda: write_files(out, packages(), rules))
    tell(f"{len(written):,} files below {out}")
    return ExitCode.OK


@COMMAND.command
@unwrapped
def coverage(
    *paths: MaybePaths,
    lake: MaybeLake = None,
    config: Config = None,
    rules: Rules = (),
    format: Annotated[
        Literal["table", "json", "navigator"],
        Parameter(help="table for people, json for programs, navigator is a layer of ATT&CK."),
    ] = "table",
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Say which techniques the rules cover, which rules can run over your data, and what to switch on for the others.

    Without files and without --lake: the rules against ATT&CK alone.
    """
    from certhound.cli.lake_words import one_of
    from certhound.findings.run import rules_for
    from certhound.techniques import coverage_text
    from certhound.techniques.coverage import coverage as cover

    if paths or lake is not None:
        one_of(paths, lake, "content coverage")
    profile = profile_of(config, quiet=quiet)
    rule_set = rules_for(profile, rules)
    with _lake_of(paths, lake, profile, quiet) as folder:
        if folder is None:
            found = cover(rule_set)
        else:
            from certhound.findings.lasting import detect
            from certhound.techniques.met import kinds_of

            report = detect(folder, profile=profile, rules=rules, max_findings=1, remember=False)
            found = cover(rule_set, report, kinds_of(folder))
    write = {"table": coverage_text.as_text, "json": coverage_text.as_json, "navigator": coverage_text.as_layer}
    with text_sink(output) as stream:
        stream.write(write[format](found))
    return ExitCode.OK if not found.against_data or found.sources else ExitCode.UNREADABLE


@contextmanager
def _lake_of(paths: tuple[Path, ...], lake: Path | None, profile: Profile, quiet: bool) -> Iterator[Path | None]:
    """The lake that was named, one made of the files for as long as it is needed, or none."""
    if lake is not None or not paths:
        yield lake
        return
    from tempfile import TemporaryDirectory

    from certhound.cli.lake_words import say_ingested
    from certhound.cli.progress import Progress
    from certhound.lake.store.ingest import ingest

    with TemporaryDirectory(prefix="certhound-") as folder:
        with Progress(paths, quiet=quiet) as progress:
            done = ingest(paths, Path(folder), progress=lambda size, file: progress(size, 0, file), zones=profile.zones)
        if not done.recognised:
            say_ingested(done, quiet=quiet)
        yield Path(folder)


@COMMAND.command
@unwrapped
def check(
    *,
    lock: Annotated[
        bool, Parameter(help="Write the locks: what is there now belongs to the versions stated.", negative="")
    ] = False,
    rules: Annotated[
        tuple[Path, ...], Parameter(help="A folder of rules of your own, instead of what ships. May be repeated.")
    ] = (),
    output: Output = None,
) -> int:
    """Lint packages and rules, and compare their versions with the locks; every remark says what to do.

    Content that changed without a higher version fails, with --lock too.
    """
    from certhound.techniques.checking import Everything

    every = Everything(rules)
    if lock and not every.refused():
        _writing(Path("lock.json"), every.write_locks)
    found = every.remarks()
    with text_sink(output) as stream:
        stream.writelines(f"{each}\n" for each in found)
        if not found:
            stream.write(f"{every.said}: nothing is wrong\n")
    return ExitCode.CONTENT if found else ExitCode.OK
