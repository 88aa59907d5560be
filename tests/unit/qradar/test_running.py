"""Running queries: rows and reference files, hostile text, switches, our own events, the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certhound.cli import main
from certhound.lake.rows import events
from certhound.model.errors import CerthoundError, ErrorList, UsageError
from certhound.model.profile import Profile
from certhound.qradar.aql import AqlError, Precedence
from certhound.qradar.catalogue import shipped_site, stock
from certhound.qradar.running.own_tables import own_tables
from certhound.qradar.running.reference_data import load_reference
from certhound.qradar.running.run import Console, batches_of, json_result
from certhound.qradar.running.session import Request, load
from certhound.qradar.running.setting import Switches
from certhound.qradar.running.tables import build, read_table, table_argument, table_of_rows

NOW = 1_800_000_000_000
SAMPLE = Path(__file__).parents[3] / "src" / "certhound" / "content" / "sample"


def console(rows: list[dict[str, Any]], **options: Any) -> Console:
    tables = {"events": table_of_rows("events", rows, stock()), "flows": build("flows", {}, 0, {})}
    return Console(stock(), tables, NOW, **options)


ROWS = [
    {"endtime": NOW - 1, "qid": 1, "username": "a", "sourceip": "10.0.0.1", "payload": "x=1"},
    {"endtime": NOW - 2, "qid": 2, "sourceip": "10.0.0.2", "payload": "y", "Extra": 7},
]


# --- rows ----------------------------------------------------------------------------------------------------------


def test_keys_that_are_no_columns_are_properties() -> None:
    assert list(console(ROWS).rows("SELECT extra, qid FROM events WHERE extra = 7")) == [{"extra": 7, "qid": 2}]


def test_names_that_look_native_are_no_properties_of_rows() -> None:
    with pytest.raises(AqlError, match='Field "eventid" does not exist'):
        console([{"endtime": NOW, "eventid": 4688}]).prepare("SELECT eventid FROM events")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON object"),
        ("[1]", "one JSON object"),
        ('{"sourceport": "http"}', "sourceport is of type Port"),
        ('{"starttime": 1.5}', "starttime is of type Long"),
        ('{"hasoffense": "maybe"}', "hasoffense is of type Boolean"),
        ('{"qid": 99999999999999999999}', "qid is of type Integer"),
    ],
)
def test_wrong_rows_are_located(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"qid": 1}}\n\n{line}\n', encoding="utf-8")
    with pytest.raises(ErrorList) as refused:
        read_table("events", path, stock())
    error = refused.value.errors[0]
    assert said in error.text
    assert error.place is not None
    assert error.place.line == 3


@pytest.mark.parametrize("text", ["events", "=x", "certificates=x.jsonl", "events="])
def test_table_arguments(text: str) -> None:
    with pytest.raises(UsageError):
        table_argument(text)


def test_a_record_that_does_not_say_when_it_was_stored_counts_by_its_start() -> None:
    made = console([{"starttime": NOW - 5, "qid": 1}, {"endtime": NOW - 1, "starttime": 5, "qid": 2}])
    assert list(made.rows("SELECT qid, endtime FROM events")) == [
        {"qid": 2, "endtime": NOW - 1},
        {"qid": 1, "endtime": None},
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('{"sets": {"a": 1}}', "sets → a"),
        ('{"sets": [}', "no JSON"),
        ("stes: {}", "no key 'stes'"),
        ('{"networks": {"10.0.0/8": "x"}}', "no network"),
        ('{"assets": {"host": {}}}', "no address"),
        ('{"offenses": {"1": [5]}}', "two times"),
        ('{"tables": {"t": {"k": {"c": []}}}}', "single value"),
    ],
)
def test_wrong_reference_files(tmp_path: Path, data: str, said: str) -> None:
    path = tmp_path / "reference"
    path.write_text(data, encoding="utf-8")
    with pytest.raises(CerthoundError) as refused:
        load_reference(path)
    assert said in str(refused.value)


# --- meaning -------------------------------------------------------------------------------------------------------


def test_switches() -> None:
    absent = "SELECT qid FROM events WHERE username = NULL"
    assert list(console(ROWS, switches=Switches(null_equals=True)).rows(absent)) == [{"qid": 2}]
    found = "SELECT qid FROM events WHERE UTF8(payload) MATCHES 'x'"
    assert list(console(ROWS).rows(found)) == [{"qid": 1}]
    assert list(console(ROWS, switches=Switches(whole_match=True)).rows(found)) == []
    mixed = "SELECT qid FROM events WHERE qid = 1 OR qid = 2 AND username = 'a'"
    assert len(list(console(ROWS).rows(mixed))) == 1
    assert list(console(ROWS, precedence=Precedence.OR_FIRST).rows(mixed)) == [{"qid": 1}]


def test_errors_of_patterns_point_into_the_query() -> None:
    with pytest.raises(AqlError) as refused:
        console(ROWS).prepare("SELECT qid FROM events\nWHERE username MATCHES 'it''s (?=x)'")
    place = refused.value.place
    assert place is not None
    assert (place.line, place.column) == (2, 31)


def test_aliases_that_double_are_refused() -> None:
    items = ", ".join(["qid + qid AS a0", *(f"a{n} + a{n} AS a{n + 1}" for n in range(30))])
    with pytest.raises(AqlError, match="too large"):
        console(ROWS).prepare(f"SELECT {items} FROM events")


def test_numbers_keep_their_kind_in_json() -> None:
    made = console(ROWS)
    prepared = made.prepare("SELECT qid, qid * 1.5 AS d, COUNT(*) FROM events GROUP BY qid ORDER BY qid")
    with made.engine() as engine:
        text = "".join(json_result(prepared, batches_of(prepared, engine)))
    assert json.loads(text) == {"events": [{"qid": 1, "d": 1.5, "COUNT": 1.0}, {"qid": 2, "d": 3.0, "COUNT": 1.0}]}
    assert '"COUNT":1.0' in text


# --- hostile text --------------------------------------------------------------------------------------------------


HOSTILE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    'SELECT * FROM "raw events"',
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM duckdb_settings()",
    "SELECT read_text('/etc/passwd') FROM events",
    "SELECT getenv('HOME') FROM events",
    "SELECT current_setting('memory_limit') FROM events",
    "ATTACH '/tmp/x.db'",
    "SELECT qid FROM events; ATTACH '/tmp/x.db'",
    "COPY events TO '/tmp/x'",
    "SET lock_configuration = false",
    "SELECT qid FROM events UNION SELECT 1",
    "SELECT qid FROM events WHERE qid IN (SELECT content FROM read_text('/etc/passwd'))",
    'SELECT "qid"" FROM read_text(/etc/passwd) --" FROM events',
    'SELECT qid AS "x"" FROM t" FROM events WHERE 1 = 1 OR \'',
    "SELECT query('SELECT 1') FROM events",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_queries_are_refused(text: str) -> None:
    with pytest.raises(CerthoundError):
        list(console(ROWS).rows(text))


@pytest.mark.parametrize(
    "name", ["x'; DROP TABLE events; --", 'a"b', "a\\'b", "\x00", "$1", "{}", "%s", "é\u202e", "a\nb"]
)
def test_hostile_literals_and_aliases_are_texts(name: str) -> None:
    quoted = name.replace("'", "''")
    rows = [{"endtime": NOW, "username": name, "qid": 1}]
    made = console(rows)
    found = list(made.rows(f"SELECT qid, '{quoted}' AS lit FROM events WHERE username = '{quoted}'"))
    assert found == [{"qid": 1, "lit": name}]


def test_the_connection_is_locked() -> None:
    import duckdb

    with console(ROWS).engine() as engine:
        for statement in (
            "SELECT * FROM read_text('/etc/hostname')",
            "ATTACH '/tmp/other.db'",
            "COPY (SELECT 1) TO '/tmp/out.csv'",
            "SET enable_external_access = true",
            "SET lock_configuration = false",
            "INSTALL httpfs",
            "LOAD httpfs",
        ):
            with pytest.raises(duckdb.Error):
                engine.connection.execute(statement)


# --- our own events ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own() -> Console:
    found = own_tables(events([SAMPLE / "ssl.log", SAMPLE / "conn.log"], Profile()), Profile())
    catalogue = stock().with_site(shipped_site()).with_site_names(found.log_sources)
    newest = found.tables["events"].newest()
    assert newest is not None
    return Console(catalogue, found.tables, newest)


def test_a_lake_gives_the_rows_of_the_files_that_it_was_made_of(tmp_path: Path) -> None:
    from certhound.lake.store.ingest import ingest

    ingest([SAMPLE / "ssl.log", SAMPLE / "conn.log"], tmp_path / "lake")
    query = "SELECT sourceip, destinationip, COUNT(*) AS n FROM events GROUP BY sourceip, destinationip LAST 90 DAYS"
    answers = []
    for request in (
        Request(paths=(SAMPLE / "ssl.log", SAMPLE / "conn.log"), now="data"),
        Request(lake=tmp_path / "lake", now="data"),
    ):
        rows = list(load(request).console.rows(query))
        answers.append(sorted(map(repr, rows)))
    assert answers[0] == answers[1]
    assert len(answers[0]) > 10


def test_only_one_thing_can_be_asked(tmp_path: Path) -> None:
    for request in (Request(), Request(paths=(SAMPLE,), lake=tmp_path), Request(tables=("events=x",), lake=tmp_path)):
        with pytest.raises(UsageError):
            load(request)


def test_events_have_types_qids_and_categories(own: Console) -> None:
    query = (
        "SELECT LOGSOURCETYPENAME(devicetype) AS t, QIDNAME(qid) AS q, CATEGORYNAME(category) AS c, COUNT(*) AS n "
        "FROM events GROUP BY t, q, c ORDER BY q LAST 90 DAYS"
    )
    rows = list(own.rows(query))
    assert rows == own.reference_rows(query)
    assert [(row["t"], row["q"], row["c"]) for row in rows] == [
        ("Zeek", "Network connection", "Misc Network Communication Event"),
        ("Zeek", "TLS session", "TLS session"),
    ]


def test_flows_have_what_network_insights_writes(own: Console) -> None:
    query = (
        'SELECT "tls server name indication" AS sni, "suspect content descriptions" AS said, flowdirection FROM flows '
        'WHERE "suspect content descriptions" ILIKE \'%self-signed%\' AND "tls ja3 hash" IS NOT NULL LAST 90 DAYS'
    )
    rows = list(own.rows(query))
    assert rows
    assert rows == own.reference_rows(query)
    assert {row["flowdirection"] for row in rows} <= {"L2L", "L2R", "R2L", "R2R"}


def test_fields_of_the_vendor_are_properties(own: Console) -> None:
    query = 'SELECT "curve", COUNT(*) AS n FROM events WHERE "curve" IS NOT NULL GROUP BY "curve" LAST 90 DAYS'
    rows = list(own.rows(query))
    assert rows == own.reference_rows(query)
    assert "x25519" in {row["curve"] for row in rows}


def test_payload_is_the_record(own: Console) -> None:
    query = "SELECT COUNT(*) AS n FROM events WHERE UTF8(payload) ILIKE '%x25519%' LAST 90 DAYS"
    assert next(iter(own.rows(query)))["n"] > 0


# --- the command line ----------------------------------------------------------------------------------------------


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    return path


def test_json_of_a_table(rows_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["aql", "run", "SELECT qid, COUNT(*) FROM events GROUP BY qid", "--table", f"events={rows_file}"]
    assert main([*words, "--now", str(NOW), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"events": [{"qid": 1, "COUNT": 1.0}, {"qid": 2, "COUNT": 1.0}]}


def test_a_database_without_rows_is_empty(rows_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["aql", "run", "SELECT sourceip FROM flows", "--table", f"events={rows_file}", "--format", "json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out) == {"flows": []}


def test_errors_are_in_qradars_words_with_place(rows_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = rows_file.parent / "q.aql"
    query.write_text("SELECT qid\nFROM events WHERE foo = 1", encoding="utf-8")
    assert main(["aql", "run", "-f", str(query), "--table", f"events={rows_file}"]) == 4
    said = capsys.readouterr().err
    assert 'Field "foo" does not exist in catalog "events"' in said
    assert f"{query}:2:19" in said


def test_stock_console_knows_no_property(rows_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["aql", "run", "SELECT extra FROM events", "--table", f"events={rows_file}", "--site", "stock"]
    assert main(words) == 4
    assert 'Field "extra" does not exist' in capsys.readouterr().err


@pytest.mark.parametrize("format", ["table", "csv", "parquet"])
def test_other_formats(format: str, rows_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["aql", "run", "SELECT qid, sourceip FROM events", "--table", f"events={rows_file}", "--now", "data"]
    assert main([*words, "--format", format, "--output", str(out)]) == 0
    assert out.stat().st_size > 0


def test_nothing_found_points_to_the_newest_record(rows_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["aql", "run", "SELECT qid FROM events", "--table", f"events={rows_file}", "--now", "2028-01-01 00:00"]
    assert main(words) == 0
    assert "--now data" in capsys.readouterr().err


def test_explain_shows_tree_and_sql(rows_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["aql", "run", "SELECT qid FROM events", "--table", f"events={rows_file}", "--explain"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "Query" in out
    assert "SELECT" in out


@pytest.mark.parametrize(
    "words",
    [
        ["aql", "run"],
        ["aql", "run", "SELECT qid FROM events"],
        ["aql", "run", "SELECT qid FROM events", "--table", "nope"],
        ["aql", "run", "SELECT qid FROM events", "x", "--table", "events=y"],
    ],
)
def test_wrong_usage(words: list[str]) -> None:
    assert main(words) == 2


def test_wrong_now(rows_file: Path) -> None:
    with pytest.raises(UsageError):
        load(Request(tables=(f"events={rows_file}",), now="soon"))


def test_fields_lists_and_searches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["aql", "fields", "sourcebytes"]) == 0
    assert "sourcebytes" in capsys.readouterr().out
    assert main(["aql", "fields", "LOGSOURCETYPENAME", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["kind"] in ("events", "function")
