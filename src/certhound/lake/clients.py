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
    """Fill ``met_pairs``, ``contact_clients``, ``intervals`` and ``clients`` of ``certificates``, once a lake.

    ``asked`` is a query that gives certificate and contact; with a contact of a certificate all its others are due.
    """
    session = lake.session
    session.execute(st.COUNT_CLIENTS.replace("$asked", asked))
    session.execute(st.CLIENTS_OF_NONE)
    session.execute(st.INTERVALS)


def session_keys(session: Session) -> str:
    """``CREATE VIEW``: key, client and time of every session, whichever tables they were kept in."""
    tables = session.execute(
        "SELECT table_name FROM duckdb_tables() WHERE regexp_full_match(table_name, 'session_keys_of_[0-9]+')"
    ).fetchall()
    numbers = sorted(int(name.rpartition("_")[2]) for (name,) in tables)
    large = [
        f"SELECT {number}::INTEGER AS batch, key, src_ip, time FROM session_keys_of_{number}"  # noqa: S608 - a number
        for number in numbers
    ]
    return f"CREATE OR REPLACE VIEW session_keys AS {' UNION ALL '.join(['FROM session_keys_of_small', *large])}"
