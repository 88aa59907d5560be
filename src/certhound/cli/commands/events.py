"""``certhound events``: what was understood of every record."""

from __future__ import annotations

from certhound.cli.options import Config, Output, Paths, Quiet, profile_of
from certhound.cli.rows import Columns, Format, chosen, conclude, write

SECTION = "Look"


def events(
    *paths: Paths,
    format: Format = "table",
    columns: Columns = "",
    config: Config = None,
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Show what was understood of logs: one row a record.

    Columns and their names elsewhere: docs/tables.md. What could not be read is listed on standard error.
    """
    from certhound.model.columns import EVENTS

    wanted = chosen(columns, EVENTS.names())
    profile = profile_of(config, quiet=quiet)
    from certhound.lake.rows import Account
    from certhound.lake.rows import events as rows

    account = Account()
    write(rows(paths, profile, account), EVENTS, format, wanted, output)
    return conclude(account, quiet=quiet)


COMMAND = events
