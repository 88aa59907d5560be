"""``certhound certificates``: every distinct certificate that files hold or logs tell of."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from certhound.cli.lake_words import MaybeLake, one_of
from certhound.cli.options import Config, MaybePaths, Output, Quiet, profile_of
from certhound.cli.rows import Columns, Format, chosen, conclude, usual, write

SECTION = "Look"

OVERVIEW = ("subject", "trust_reason", "sessions", "clients", "known_tool", "not_after", "issuer", "id")
"""Columns that a terminal shows where none are named."""


def certificates(
    *paths: MaybePaths,
    lake: MaybeLake = None,
    format: Format = "table",
    columns: Columns = "",
    der: Annotated[bool, Parameter(help="With the certificate itself (base64 in json and csv).")] = False,
    config: Config = None,
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Show every distinct certificate of logs, certificate files or a lake, with verdicts and traits.

    Also those that strict parsers refuse; then `field_errors` says what is wrong. Columns: docs/tables.md.
    """
    from certhound.lake.rows import Account, certificate_columns
    from certhound.lake.rows import certificates as rows
    from certhound.model.columns import CERTIFICATES

    one_of(paths, lake, "certificates")
    every = certificate_columns(der=True)
    shown = every if der else [name for name in every if name != "der"]
    wanted = chosen(columns, every) or usual(format, shown, OVERVIEW, quiet=quiet)
    profile = profile_of(config, quiet=quiet)
    account = Account()
    if lake is None:
        found = rows(paths, profile, der="der" in wanted, account=account)
    else:
        from certhound.lake.store.rows import certificates as stored_rows

        found = stored_rows(lake, profile, der="der" in wanted, account=account)
    write(found, CERTIFICATES, format, wanted, output)
    return conclude(account, quiet=quiet)


COMMAND = certificates
