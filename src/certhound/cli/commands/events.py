"""``certhound events``: what was understood of every record."""

from __future__ import annotations

from certhound.cli.lake_words import MaybeLake, Since, Until, one_of, window
from certhound.cli.options import Config, MaybePaths, Output, Quiet, TimeZones, profile_of
from certhound.cli.rows import Columns, Format, chosen, conclude, usual, write

SECTION = "Look"

OVERVIEW = ("time", "src_ip", "dst_ip", "dst_port", "sni", "tls_state", "source", "tls_version")
"""Columns that a terminal shows where none are named."""


def events(
    *paths: MaybePaths,
    lake: MaybeLake = None,
    since: Since = "",
    until: Until = "",
    format: Format = "table",
    columns: Columns = "",
    config: Config = None,
    output: Output = None,
    time_zone: TimeZones = (),
    quiet: Quiet = False,
) -> int:
    """Show what was understood of logs, or what a lake holds of them: one row a record.

    Columns and their names elsewhere: docs/tables.md. What could not be read is listed on standard error.
    """
    from certhound.model.columns import EVENTS

    one_of(paths, lake, "events")
    first, end = window(lake, since, until)
    every = EVENTS.names()
    wanted = chosen(columns, every) or usual(format, every, OVERVIEW, quiet=quiet)
    profile = profile_of(config, quiet=quiet, time_zones=time_zone)
    from certhound.lake.rows import Account
    from certhound.lake.rows import events as rows

    account = Account()
    if lake is None:
        found = rows(paths, profile, account)
    else:
        from certhound.lake.store.rows import events as stored_rows
        from certhound.lake.store.stored import window_of

        found = stored_rows(lake, profile, window_of(first, end), account)
    write(found, EVENTS, format, wanted, output)
    return conclude(account, quiet=quiet)


COMMAND = events
