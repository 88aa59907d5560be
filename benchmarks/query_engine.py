"""How fast printed queries are beside hand-written SQL: five predicates over generated TLS events, in one run.

Usage: python benchmarks/query_engine.py [rows]        (default 3,000,000)

Prints the best of three for each, and the ratio. Both statements give the key and one truth value for each predicate,
of the rows where any predicate is true, and must find the same rows.
"""

from __future__ import annotations

import sys
import time

import duckdb

from certhound.model.columns import EVENTS, Kind
from certhound.query.engines.duckdb import connect, predicates_query
from certhound.query.regex import translate
from certhound.query.schema import Schema
from certhound.query.tree import (
    And,
    Call,
    Column,
    Compare,
    Expr,
    In,
    IsTrue,
    Like,
    Literal,
    Match,
    Not,
    Op,
    Regex,
    Wild,
)

EVENTS_TABLE = """
CREATE TABLE events AS SELECT
    i AS origin_line,
    CASE WHEN i % 20 = 0 THEN NULL WHEN i % 97 = 0 THEN 'Intranet' || i % 50
         ELSE 'Host' || (i * 7919) % 100003 || '.Example-' || i % 1009 || '.' || ['com', 'net', 'top', 'org'][1 + i % 4]
    END AS sni,
    CASE WHEN i % 11 = 0 THEN '2001:db8::' || to_hex(i % 65536)
         ELSE (i * 31) % 223 || '.' || i % 251 || '.' || (i * 7) % 253 || '.' || i % 255 END AS dst_ip,
    CASE WHEN i % 50 = 0 THEN 8443 ELSE 443 END AS dst_port,
    i % 9 <> 0 AS tls_established,
    'CN=Host ' || (i * 7919) % 100003 || ',O=Organisation ' || i % 1013 AS cert_subject
FROM range({rows}) t(i)
"""

BY_HAND = """
SELECT origin_line, r1 IS TRUE AS dotless, r2 IS TRUE AS top, r3 IS TRUE AS port, r4 IS TRUE AS subject,
    r5 IS TRUE AS net
FROM (
    SELECT origin_line,
        tls_established AND coalesce(sni NOT LIKE '%.%', true) AS r1,
        lower(sni) LIKE '%example-77%' AND lower(sni) LIKE '%.top' AS r2,
        dst_port IN (8443, 4443) AND lower(sni) LIKE 'host9%' AS r3,
        regexp_matches(cert_subject, '(?i)^CN=host 1\\d{3},O=organisation 7\\d*$') AS r4,
        dst_ip LIKE '10.%' AND dst_port <> 443 AS r5
    FROM events
)
WHERE r1 OR r2 OR r3 OR r4 OR r5
"""


def text(value: str) -> Literal:
    return Literal(value, Kind.TEXT)


def predicates() -> dict[str, Expr]:
    """The same five as by hand, as the front ends would lower them."""
    sni, port, subject = Column("sni"), Column("dst_port"), Column("cert_subject")
    pattern = translate(r"^CN=host 1\d{3},O=organisation 7\d*\z", fold=True)
    ports = In(port, (Literal(8443, Kind.INT), Literal(4443, Kind.INT)))
    return {
        "dotless": And((Column("tls_established"), Not(IsTrue(Match(sni, Like((Wild.ANY, ".", Wild.ANY)), True))))),
        "top": And(
            (
                Match(sni, Like((Wild.ANY, "Example-77", Wild.ANY)), True),
                Match(sni, Like((Wild.ANY, ".top")), True),
            )
        ),
        "port": And((ports, Match(sni, Like(("Host9", Wild.ANY)), True))),
        "subject": Match(subject, Regex(pattern.text), pattern.fold),
        "net": And(
            (
                Call("cidr_match", (Column("dst_ip"), text("10.0.0.0/8"))),
                Compare(Op.NE, port, Literal(443, Kind.INT)),
            )
        ),
    }


def best(
    connection: duckdb.DuckDBPyConnection, statement: str, runs: int = 3
) -> tuple[float, list[tuple[object, ...]]]:
    """The shortest wall time in seconds, and the result's counts."""
    sums = ", ".join(f"sum({name}::INT)" for name in predicates())
    counted = f"SELECT count(*), {sums} FROM ({statement})"
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = connection.execute(counted).fetchall()
        times.append(time.perf_counter() - start)
    return min(times), result


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000
    connection = connect()
    connection.execute(EVENTS_TABLE.format(rows=rows))
    printed = predicates_query(Schema.of(EVENTS), predicates(), ["origin_line"])
    by_hand, expected = best(connection, BY_HAND)
    ours, found = best(connection, printed)
    if expected != found:
        sys.exit(f"the results differ: by hand {expected}, printed {found}")
    print(f"rows {rows:,}; found {found[0]}")
    for name, seconds in (("by hand", by_hand), ("printed", ours)):
        print(f"{name:8} {seconds:6.3f} s  {rows / seconds / 1e6:6.2f} M rows/s")
    print(f"ratio {ours / by_hand:.2f}")


if __name__ == "__main__":
    main()
