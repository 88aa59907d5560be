"""How fast AQL runs beside hand-written SQL of the same meaning: queries of many kinds over generated events.

Usage: python benchmarks/aql_run.py [rows]        (default 10,000,000)

Prints the best of three of each, and the ratio. Both must find the same: results are compared by a sum over all rows.
"""

# ruff: noqa: E501 -- statements are easier to compare on long lines

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import duckdb

from certhound.model.columns import Kind
from certhound.qradar.aql import parse
from certhound.qradar.catalogue import stock
from certhound.qradar.catalogue.site import read_site
from certhound.qradar.running.reference_data import ReferenceData
from certhound.qradar.running.select import lower_select
from certhound.qradar.running.setting import ORDER, Setting, TableInfo
from certhound.query.engines.duckdb import DuckDbEngine, connect
from certhound.query.schema import Schema
from certhound.rules.located import Source

NOW = 1_800_000_000_000
COLUMNS = {
    ORDER: Kind.INT, "endtime": Kind.INT, "starttime": Kind.INT, "qid": Kind.INT, "devicetype": Kind.INT,
    "category": Kind.INT, "eventcount": Kind.INT, "magnitude": Kind.INT, "sourceport": Kind.INT,
    "destinationport": Kind.INT, "sourceip": Kind.INET, "destinationip": Kind.INET, "username": Kind.TEXT,
    "payload": Kind.TEXT, "eventdirection": Kind.TEXT,
}  # fmt: skip

EVENTS = """
CREATE TABLE events AS SELECT
    i AS "#", {now} - i * 8 AS endtime, {now} - i * 8 - 500 AS starttime, 5000 + (i * 7919) % 300 AS qid,
    [12, 331, 206, 73][1 + i % 4] AS devicetype, 4000 + i % 21 AS category, 1 + i % 3 AS eventcount,
    i % 11 AS magnitude, 1024 + (i * 31) % 60000 AS sourceport, [80, 443, 53, 8443, 22][1 + (i * 7) % 5] AS destinationport,
    '10.' || (i * 31) % 40 || '.' || (i * 17) % 251 || '.' || i % 253 AS sourceip,
    (i * 7) % 223 || '.' || i % 251 || '.' || (i * 13) % 253 || '.' || i % 255 AS destinationip,
    CASE WHEN i % 9 = 0 THEN NULL ELSE 'user' || (i * 7919) % 5003 END AS username,
    'GET http://host' || (i * 7919) % 100003 || '.example.org/path/' || i % 1009 || '/file.' || ['html', 'exe', 'Dll', 'png'][1 + i % 4]
        AS payload,
    ['L2L', 'L2R', 'R2L'][1 + i % 3] AS eventdirection
FROM range({rows}) t(i)
"""

WINDOW = f"endtime BETWEEN {NOW - 86_400_000} AND {NOW}"
QIDS = {number: f"Kind {number}" for number in range(5000, 5300)}
WATCHED = tuple(f"user{n}" for n in range(0, 5003, 5))

PAIRS: dict[str, tuple[str, str]] = {
    "filter": (
        "SELECT sourceip, destinationport FROM events WHERE destinationport = 8443 AND magnitude > 7",
        'SELECT sourceip, destinationport FROM events WHERE {w} AND destinationport = 8443 AND magnitude > 7 ORDER BY "#"',
    ),
    "payload ILIKE": (
        "SELECT COUNT(*) FROM events WHERE UTF8(payload) ILIKE '%host99%.dll'",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND lower(payload) LIKE '%host99%.dll'",
    ),
    "three ILIKEs": (
        "SELECT COUNT(*) FROM events WHERE UTF8(payload) ILIKE '%.exe%' OR UTF8(payload) ILIKE '%.dll%' "
        "OR UTF8(payload) ILIKE '%.bin%'",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND (lower(payload) LIKE '%.exe%' OR lower(payload) LIKE '%.dll%' "
        "OR lower(payload) LIKE '%.bin%')",
    ),
    "LIKE": (
        "SELECT COUNT(*) FROM events WHERE username LIKE 'user49%'",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND username LIKE 'user49%'",
    ),
    "MATCHES": (
        "SELECT COUNT(*) FROM events WHERE UTF8(payload) MATCHES 'host\\d{3}\\.example'",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND regexp_matches(payload, 'host\\d{3}\\.example')",
    ),
    "group": (
        "SELECT devicetype, COUNT(*) AS n, SUM(eventcount) AS s FROM events GROUP BY devicetype ORDER BY n DESC",
        "SELECT devicetype, count(*)::DOUBLE n, sum(eventcount)::DOUBLE s FROM events WHERE {w} GROUP BY 1 ORDER BY n DESC",
    ),
    "group, many": (
        "SELECT username, COUNT(*) AS n FROM events GROUP BY username ORDER BY n DESC LIMIT 10",
        "SELECT username, count(*)::DOUBLE n, min(\"#\") m FROM events WHERE {w} GROUP BY 1 ORDER BY n DESC, m LIMIT 10",
    ),
    "group by name": (
        "SELECT QIDNAME(qid) AS name, COUNT(*) AS n FROM events GROUP BY name ORDER BY n DESC LIMIT 20",
        "SELECT name, count(*)::DOUBLE n, min(\"#\") m FROM events JOIN names USING (qid) WHERE {w} GROUP BY 1 "
        "ORDER BY n DESC, m LIMIT 20",
    ),
    "buckets": (
        "SELECT starttime/60000 AS minute, COUNT(*) AS n FROM events GROUP BY minute ORDER BY minute",
        "SELECT starttime // 60000 AS minute, count(*)::DOUBLE n FROM events WHERE {w} GROUP BY 1 ORDER BY 1",
    ),
    "first value": (
        "SELECT qid, sourceip, COUNT(*) AS n FROM events GROUP BY qid ORDER BY qid",
        'SELECT qid, arg_min(sourceip, "#"), count(*)::DOUBLE n FROM events WHERE {w} GROUP BY 1 ORDER BY 1',
    ),
    "UNIQUECOUNT": (
        "SELECT devicetype, UNIQUECOUNT(username) AS u FROM events GROUP BY devicetype ORDER BY u",
        "SELECT devicetype, count(DISTINCT username)::DOUBLE u FROM events WHERE {w} GROUP BY 1 ORDER BY u",
    ),
    "sub-select in IN": (
        "SELECT COUNT(*) FROM events WHERE sourceip IN (SELECT sourceip FROM events WHERE magnitude = 10 AND qid = 5007 "
        "LAST 24 HOURS)",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND sourceip IN (SELECT sourceip FROM events WHERE {w} AND "
        "magnitude = 10 AND qid = 5007)",
    ),
    "sub-select in FROM": (
        "SELECT who, COUNT(*) AS n FROM (SELECT username AS who, qid FROM events WHERE qid < 5010 LAST 24 HOURS) "
        "GROUP BY who ORDER BY n DESC LIMIT 5",
        'SELECT who, count(*)::DOUBLE n, min("#") m FROM (SELECT username who, "#" FROM events WHERE {w} AND qid < 5010) '
        "GROUP BY 1 ORDER BY n DESC, m LIMIT 5",
    ),
    "reference set": (
        "SELECT COUNT(*) FROM events WHERE REFERENCESETCONTAINS('watched', username)",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND username IN (SELECT name FROM watched)",
    ),
    "CIDR": (
        "SELECT COUNT(*) FROM events WHERE INCIDR('10.7.0.0/16', sourceip)",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND sourceip LIKE '10.7.%'",
    ),
    "addresses": (
        "SELECT COUNT(*) FROM events WHERE sourceip IN ('10.1.2.3', '10.2.34.68', '10.31.17.1')",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND sourceip IN ('10.1.2.3', '10.2.34.68', '10.31.17.1')",
    ),
    "top n": (
        "SELECT sourceip, magnitude, starttime FROM events ORDER BY magnitude DESC LIMIT 100",
        'SELECT sourceip, magnitude, starttime FROM events WHERE {w} ORDER BY magnitude DESC, "#" LIMIT 100',
    ),
    "newest": (
        "SELECT * FROM events WHERE eventdirection = 'R2L' LIMIT 100",
        "SELECT starttime, sourceip, qid, sourceport, eventcount, magnitude, destinationip, destinationport, category, "
        "username FROM events WHERE {w} AND eventdirection = 'R2L' ORDER BY \"#\" LIMIT 100",
    ),
    "CASE score": (
        "SELECT CASE WHEN UTF8(payload) ILIKE '%.exe%' THEN 80 WHEN destinationport = 443 THEN 60 ELSE 50 END AS score, "
        "COUNT(*) AS n FROM events GROUP BY score ORDER BY score",
        "SELECT CASE WHEN lower(payload) LIKE '%.exe%' THEN 80 WHEN destinationport = 443 THEN 60 ELSE 50 END AS score, "
        "count(*)::DOUBLE n FROM events WHERE {w} GROUP BY 1 ORDER BY 1",
    ),
    "name of an id": (
        "SELECT COUNT(*) FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Microsoft Windows Security Event Log' "
        "AND QIDNAME(qid) ILIKE '%kind 50%'",
        "SELECT count(*)::DOUBLE FROM events JOIN names USING (qid) WHERE {w} AND devicetype = 12 AND lower(name) LIKE '%kind 50%'",
    ),
    "range of addresses": (
        "SELECT COUNT(*) FROM events WHERE sourceip BETWEEN '10.7.3.0' AND '10.9.200.255'",
        "SELECT count(*)::DOUBLE FROM events WHERE {w} AND split_part(sourceip, '.', 1)::BIGINT * 16777216 + "
        "split_part(sourceip, '.', 2)::BIGINT * 65536 + split_part(sourceip, '.', 3)::BIGINT * 256 + "
        "split_part(sourceip, '.', 4)::BIGINT BETWEEN 168231680 AND 168413439",
    ),
    "SUBSTRING": (
        "SELECT SUBSTRING(UTF8(payload), 11, 5) AS s, COUNT(*) AS n FROM events GROUP BY s ORDER BY n DESC, s LIMIT 5",
        "SELECT substring(payload, 12, 5) s, count(*)::DOUBLE n FROM events WHERE {w} GROUP BY 1 ORDER BY n DESC, s LIMIT 5",
    ),
    "DATEFORMAT": (
        "SELECT DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm') AS t, COUNT(*) AS n FROM events WHERE qid < 5020 GROUP BY t "
        "ORDER BY t",
        "SELECT strftime(make_timestamp(starttime * 1000), '%Y-%m-%d %H:%M') AS t, count(*)::DOUBLE n FROM events "
        "WHERE {w} AND qid < 5020 GROUP BY 1 ORDER BY 1",
    ),
}  # fmt: skip


def setting() -> Setting:
    names = json.dumps({"qids": {str(number): name for number, name in QIDS.items()}})
    catalogue = stock().with_site(read_site(Source("site", names), "site"))
    reference = ReferenceData(sets={"watched": WATCHED})
    return Setting(catalogue, {"events": TableInfo(Schema("events", COLUMNS))}, NOW, reference)


def best(connection: duckdb.DuckDBPyConnection, statement: str, runs: int = 3) -> tuple[float, int]:
    """The shortest wall time in seconds, and the number of rows."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        count = len(connection.sql(statement).to_arrow_table())
        times.append(time.perf_counter() - start)
    return min(times), count


def measured(connection: duckdb.DuckDBPyConnection, engine: DuckDbEngine) -> Iterator[tuple[str, float, float]]:
    made = setting()
    for name, (aql, by_hand) in PAIRS.items():
        text = f"{aql} LAST 24 HOURS"
        start = time.perf_counter()
        ours = engine.sql(lower_select(parse(text), made, text).query)
        lowering = time.perf_counter() - start
        hand, expected = best(connection, by_hand.replace("{w}", WINDOW))
        seconds, found = best(connection, ours)
        if expected != found:
            sys.exit(f"{name}: {expected} rows by hand, {found} by AQL")
        yield name, hand, seconds
        if lowering > 0.05:
            print(f"    (parsing and printing took {lowering * 1000:.0f} ms)")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    connection = connect()
    connection.execute(EVENTS.format(rows=rows, now=NOW))
    connection.execute(
        "CREATE TABLE names AS SELECT 5000 + i AS qid, 'Kind ' || (5000 + i) AS name FROM range(300) t(i)"
    )
    connection.execute("CREATE TABLE watched AS SELECT 'user' || (i * 5) AS name FROM range(1001) t(i)")
    engine = DuckDbEngine(connection=connection)
    engine.declare(Schema("events", COLUMNS))
    ratios = []
    print(f"{rows:,} events\n{'query':20} {'by hand':>9} {'AQL':>9}  ratio")
    for name, hand, ours in measured(connection, engine):
        ratios.append(ours / hand)
        print(f"{name:20} {hand:8.3f}s {ours:8.3f}s  {ours / hand:.2f}", flush=True)
    print(f"{len(ratios)} queries; highest ratio {max(ratios):.2f}, over 1.15: {sum(r > 1.15 for r in ratios)}")


if __name__ == "__main__":
    main()
