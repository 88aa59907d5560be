"""``certhound aql lint``: what is wrong with queries, in files of AQL, Markdown and YAML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from certhound.cli.aql_files import spelt
from certhound.cli.boundary import tell
from certhound.cli.options import Output
from certhound.cli.sink import text_sink
from certhound.model.errors import ExitCode, strongest

if TYPE_CHECKING:
    from certhound.qradar.aql.lint_output import Located


def lint(
    *files: Annotated[str, Parameter(help="Files of AQL, Markdown with fences, YAML; - is standard input.")],
    format: Annotated[
        Literal["full", "line", "json", "sarif", "github"], Parameter(help="github is annotations of GitHub Actions.")
    ] = "full",
    level: Annotated[
        Literal["info", "warning", "error"], Parameter(help="Leave out what is less severe than this.")
    ] = "info",
    fail_on: Annotated[
        Literal["info", "warning", "error"], Parameter(help="End with 1 at or above this; an error always gives 4.")
    ] = "error",
    site: Annotated[str, Parameter(help="Site file (YAML), stock, or certhound: what the console has.")] = "stock",
    precedence: Annotated[
        Literal["sql", "or-first", "left-to-right"], Parameter(help="How AND beside OR is read without brackets.")
    ] = "sql",
    output: Output = None,
) -> int:
    """Check queries: what a console refuses, what it would read otherwise, what costs much.

    Ends with 0, with 4 if a query has an error, with 1 if --fail-on is reached, with 3 if a file cannot be read.
    """
    from certhound.cli.aql_files import chosen_site, read_text
    from certhound.model.errors import UnreadableError
    from certhound.qradar.aql import ParseOptions, Precedence
    from certhound.qradar.aql import lint as lint_query
    from certhound.qradar.aql.embedded import snippets
    from certhound.qradar.aql.lint_output import FORMS, Located

    catalogue = chosen_site(site)
    options = ParseOptions(precedence=Precedence(precedence))
    found: list[Located] = []
    queries, code = 0, ExitCode.OK
    for file in map(spelt, files or ("-",)):
        try:
            parts = snippets(*read_text(file))
        except UnreadableError as error:
            tell(str(error))
            code = strongest(code, error.exit_code)
            continue
        queries += len(parts)
        name = "stdin" if file == "-" else Path(file).as_posix()
        for part in parts:
            found += [
                Located(name, part.placed(each)) for each in lint_query(part.text, site=catalogue, options=options)
            ]
    shown = [each for each in found if each.finding.severity.rank <= _rank(level)]
    with text_sink(output) as stream:
        stream.writelines(FORMS[format](shown))
    if format == "full":
        tell(_summary(found, queries))
    return strongest(code, *_codes(found, _rank(fail_on)))


def _rank(level: str) -> int:
    from certhound.qradar.aql import Severity

    return Severity(level).rank


def _codes(found: list[Located], fail_on: int) -> list[ExitCode]:
    ranks = {each.finding.severity.rank for each in found}
    codes = [ExitCode.CONTENT] if 0 in ranks else []
    return codes + ([ExitCode.FINDING] if any(rank <= fail_on for rank in ranks) else [])


def _summary(found: list[Located], queries: int) -> str:
    counts = [(sum(each.finding.severity == word for each in found), word) for word in ("error", "warning", "info")]
    said = ", ".join(f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts if count)
    return f"{queries} quer{'y' if queries == 1 else 'ies'}: {said or 'nothing found'}"


COMMAND = lint
