"""Who met what, and how regularly: counted only for the contacts of which it matters.

Of every session it is kept which client began it when. To count the distinct clients of all contacts costs as much as
half of all reading, and most contacts are of no interest whatever their clients; so rules are asked first what they
could find if they knew (see :mod:`certhound.findings.possible`), and then the clients of that are counted exactly.
"""

from __future__ import annotations

from certhound.lake import statements as st
from certhound.lake.build import Lake
from certhound.query.engines.duckdb.session import Session


def count_clients(lake: Lake, asked: str = st.EVERY_CONTACT) -> None:
    """Fill ``met_pairs``, ``contact_clients``, ``intervals``, ``contact_bytes`` and ``clients`` of ``certificates``,
    once a lake.

    ``asked`` is a query that gives certificate and contact; with a contact of a certificate all its others are due.
    """
    session = lake.session
    session.execute(st.COUNT_CLIENTS.replace("$asked", asked))
    session.execute(st.CLIENTS_OF_NONE)
    session.execute(st.INTERVALS)
    if session.scalar("SELECT count(*) FROM session_bytes"):
        session.execute(st.SENT)


def session_keys(session: Session) -> str:
    """``CREATE VIEW``: key, client, time and id (where other records may name it) of every session, whichever tables
    they were kept in."""
    columns = session.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() "
        "WHERE regexp_full_match(table_name, 'session_keys_of_[0-9]+') GROUP BY table_name"
    ).fetchall()
    named = {int(table.rpartition("_")[2]): "session" in names for table, names in columns}
    large = [
        f"SELECT {number}::INTEGER AS batch, key, src_ip, time, {'session' if has_id else 'NULL::UBIGINT AS session'} "  # noqa: S608 - a number
        f"FROM session_keys_of_{number}"
        for number, has_id in sorted(named.items())
    ]
    return f"CREATE OR REPLACE VIEW session_keys AS {' UNION ALL '.join(['FROM session_keys_of_small', *large])}"
