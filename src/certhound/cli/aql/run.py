"""``certhound aql run``: a query over files, or over rows given by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from certhound.cli.aql.fields import SiteName
from certhound.cli.aql_results import write_result
from certhound.cli.boundary import tell
from certhound.cli.lake_words import MaybeLake
from certhound.cli.options import Config, Output, Quiet
from certhound.cli.sink import check_targets, text_sink
from certhound.model.errors import CerthoundError, ErrorList, ExitCode, Place, UsageError

if TYPE_CHECKING:
    from certhound.qradar.running.session import Loaded

Words = Annotated[
    str, Parameter(help="The query, unless --file has it; then files and folders of logs, recognised by content.")
]
QueryFile = Annotated[
    Path | None, Parameter(name=("--file", "-f"), help="Read the query from this file; - is standard input.")
]
Tables = Annotated[
    tuple[str, ...],
    Parameter(
        name="--table", help="NAME=FILE.jsonl: rows of events, flows or simarc, one object a line. May be repeated."
    ),
]
ReferenceFiles = Annotated[
    Path | None, Parameter(help="Reference sets, maps and tables, assets, networks (YAML or JSON).")
]
Now = Annotated[str | None, Parameter(help="What LAST counts from: a time, or data for the newest record; else now.")]
Format = Annotated[
    Literal["table", "json", "csv", "parquet"], Parameter(help="json as the REST API gives it; parquet needs --output.")
]
Binding = Annotated[
    Literal["sql", "or-first", "left-to-right"],
    Parameter(help="How AND and OR without brackets bind, which IBM does not say."),
]


def run(
    *words: Words,
    file: QueryFile = None,
    table: Tables = (),
    site: SiteName = None,
    reference: ReferenceFiles = None,
    lake: MaybeLake = None,
    now: Now = None,
    format: Format = "table",
    explain: Annotated[bool, Parameter(help="Show the query as a tree and as SQL instead of running it.")] = False,
    precedence: Binding = "sql",
    null_equals: Annotated[bool, Parameter(help="Read = NULL as IS NULL.")] = False,
    whole_match: Annotated[bool, Parameter(help="MATCHES fits the whole value, it is not searched in it.")] = False,
    config: Config = None,
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Run a query as a QRadar would, over logs that certhound reads or over rows that you give it.

    Without a time frame a query sees the last five minutes before --now; with --now data, those before the newest
    record. What a console refuses is refused in its words.
    """
    from certhound.qradar.running.session import Request, load

    check_targets(output)
    if format == "parquet" and output is None and not explain:
        raise UsageError("parquet is written to a file", check="binary-output", advice="--output FILE")
    text, paths, name = _query(words, file)
    request = Request(paths, table, site, reference, now, config, precedence, null_equals, whole_match, lake)
    loaded = load(request)
    try:
        prepared = loaded.console.prepare(text)
    except CerthoundError as error:
        raise _in_file(error, name) from None
    if explain:
        with text_sink(output) as stream:
            stream.write(loaded.explained(prepared))
        return ExitCode.OK
    count = write_result(loaded, prepared, format, output)
    if not quiet:
        for note in loaded.notes(count):
            tell(note)
    return _account(loaded, quiet)


def _query(words: tuple[str, ...], file: Path | None) -> tuple[str, tuple[Path, ...], str]:
    """The query's text, the paths, and the name of the file that the text is from."""
    if file is None:
        if not words:
            raise UsageError("there is no query", check="usage", advice="certhound aql run 'SELECT …', or -f FILE")
        return words[0], tuple(map(Path, words[1:])), ""
    from certhound.qradar.running.session import read_query

    return read_query(file), tuple(map(Path, words)), str(file)


def _in_file(error: CerthoundError, name: str) -> CerthoundError:
    """The error with the name of the file that the query is from."""
    for each in error.errors if isinstance(error, ErrorList) else [error]:
        if name and each.place is not None and not each.place.file:
            each.place = Place(name, each.place.line, each.place.column)
    return error


def _account(loaded: Loaded, quiet: bool) -> int:
    """What of the files was not understood."""
    if loaded.account is None:
        return ExitCode.OK
    from certhound.cli.rows import conclude

    return conclude(loaded.account, quiet=quiet)


COMMAND = run
