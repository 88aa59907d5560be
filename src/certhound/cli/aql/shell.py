"""``certhound aql shell``: query after query over the same records."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from certhound.cli.aql.fields import SiteName
from certhound.cli.aql.run import Binding, Now, ReferenceFiles, Tables
from certhound.cli.boundary import tell
from certhound.cli.lake_words import MaybeLake
from certhound.cli.options import Config, Quiet
from certhound.model.errors import ExitCode

if TYPE_CHECKING:
    from certhound.cli.aql_shell.answering import Shell
    from certhound.qradar.running.session import Loaded

Paths = Annotated[Path, Parameter(help="Files and folders of logs, recognised by content.")]


def shell(
    *paths: Paths,
    table: Tables = (),
    site: SiteName = None,
    reference: ReferenceFiles = None,
    lake: MaybeLake = None,
    now: Now = None,
    format: Annotated[Literal["table", "json", "csv"], Parameter(help="How results are shown.")] = "table",
    precedence: Binding = "sql",
    null_equals: Annotated[bool, Parameter(help="Read = NULL as IS NULL.")] = False,
    whole_match: Annotated[bool, Parameter(help="MATCHES fits the whole value, it is not searched in it.")] = False,
    config: Config = None,
    quiet: Quiet = False,
) -> int:
    """Ask query after query; the records are read once.

    On a terminal there are history and completion (Tab), and Ctrl-C stops a query. From a pipe, queries end with ;
    and all of them run; the exit code says whether one could not be answered. .help lists the commands.
    """
    from certhound.cli.aql_shell.answering import Shell
    from certhound.qradar.running.session import Request, load

    request = Request(paths, table, site, reference, now, config, precedence, null_equals, whole_match, lake)
    loaded = load(request)
    made = Shell(loaded, format=format, timing=not quiet)
    if not quiet and loaded.account is not None:
        from certhound.cli.rows import conclude

        conclude(loaded.account, quiet=False)
    if sys.stdin is not None and sys.stdin.isatty():
        _typed(made, loaded, quiet=quiet)
        return ExitCode.OK
    from certhound.cli.aql_shell.statements import statements

    _answer(made, statements(sys.stdin or ()))
    return ExitCode.CONTENT if made.failed else ExitCode.OK


def _typed(made: Shell, loaded: Loaded, *, quiet: bool) -> None:
    from certhound.cli.aql_shell.editor import session, typed

    if not quiet:
        tell(".help says what can be typed here; Ctrl-D leaves.")
    _answer(made, typed(session(loaded.console.known(), loaded.console.reference)))


def _answer(made: Shell, texts: Iterable[str]) -> None:
    from certhound.cli.aql_shell.answering import Leave

    for text in texts:
        try:
            made.answer(text)
        except Leave:
            return


COMMAND = shell
