"""``certhound aql fmt``: the one layout for queries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from certhound.cli.aql_files import spelt
from certhound.cli.boundary import tell
from certhound.cli.sink import text_sink
from certhound.model.errors import CerthoundError, ExitCode, Place, UsageError, strongest

if TYPE_CHECKING:
    from certhound.qradar.aql.embedded import Snippet


def fmt(
    *files: Annotated[str, Parameter(help="Files of AQL or Markdown with fences; - is standard input.")],
    check: Annotated[bool, Parameter(help="Write nothing; name the files that would change and end with 1.")] = False,
) -> int:
    """Lay out queries: files in place, standard input to standard output. Comments and meaning stay.

    Ends with 0, with 4 if a query cannot be read (its file stays as it is), with 3 if a file cannot.
    """
    codes = [ExitCode.OK]
    for file in map(spelt, files or ("-",)):
        try:
            codes.append(_one(file, check=check))
        except CerthoundError as error:
            tell(str(error))
            codes.append(error.exit_code)
    return strongest(*codes)


def _one(file: str, *, check: bool) -> ExitCode:
    from certhound.cli.aql_files import read_text

    text, name = read_text(file)
    laid_out = laid_out_file(text, name)
    if check:
        if laid_out != text:
            tell(f"{name or 'stdin'} would change")
        return ExitCode.FINDING if laid_out != text else ExitCode.OK
    if file == "-":
        with text_sink(None) as stream:
            stream.write(laid_out)
    elif laid_out != text:
        with text_sink(Path(file)) as stream:
            stream.write(laid_out)
    return ExitCode.OK


def laid_out_file(text: str, name: str) -> str:
    """A whole file with its queries laid out; in Markdown everything outside the fences stays.

    Raises:
        AqlError: a query that cannot be read, with its place in the file.
        UsageError: the file is YAML.
    """
    from certhound.qradar.aql import AqlError, format_aql
    from certhound.qradar.aql.embedded import Form, form_of, snippets

    form = form_of(text, name)
    if form is Form.YAML:
        raise UsageError("queries in YAML are not laid out", check="yaml", place=Place(name), advice="lint reads them")
    parts = snippets(text, name)
    done: list[tuple[Snippet, str]] = []
    for part in parts:
        try:
            done.append((part, format_aql(part.text)))
        except AqlError as error:
            line, column = part.lines[min(error.place.line or 1, len(part.lines)) - 1] if error.place else (1, 0)
            error.place = Place(name or "stdin", line, column + ((error.place.column or 1) if error.place else 1))
            raise
    if form is Form.MARKDOWN:
        return _replaced(text, done)
    if not done:
        return text
    last = done[-1][0].span
    rest = text[last.end :].lstrip(";").strip() if last is not None else ""
    return ";\n\n".join(each.rstrip("\n") for _, each in done) + (f";\n\n{rest}\n" if rest else "\n")


def _replaced(text: str, done: list[tuple[Snippet, str]]) -> str:
    """The text with its queries replaced, from the last to the first."""
    for part, each in reversed(done):
        if part.span is not None:
            before, after = text[: part.span.start], text[part.span.end :]
            laid_out = each.rstrip("\n") if after.startswith(";") else each
            gap = "\n\n" if before.endswith(";") else ""
            text = f"{before}{gap}{laid_out}{after}"
    return text


COMMAND = fmt
