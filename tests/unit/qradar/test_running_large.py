"""Files larger than memory should hold: read in blocks, kept in a store, and the same to queries as small ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certhound.model.errors import ErrorList
from certhound.qradar.catalogue import stock
from certhound.qradar.catalogue.site import read_site
from certhound.qradar.running import tables
from certhound.qradar.running.run import Console
from certhound.qradar.running.store import Stored
from certhound.qradar.running.tables import read_table, table_of_rows
from certhound.rules.located import Source

NOW = 1_800_000_000_000
ROWS: list[dict[str, Any]] = [
    {
        "endtime": NOW - 1000 * (n % 7),
        "starttime": NOW - 500 * n,
        "qid": 5000 + n % 3,
        "sourceip": "2001:DB8:0::1" if n == 11 else f"10.0.0.{n}",
        "UserName": None if n % 4 == 0 else f"user{n % 5}",
        "payload": f"record {n}",
        "creeventlist": [n, 100],
        "Plain": n,
        "Mixed": "text" if n == 38 else n % 3 + (0.5 if n == 20 else 0),
        "Late": None if n < 30 else n / 2,
        "Sent": n if n < 25 else n + 0.5,
    }
    for n in range(40)
]
QUERIES = (
    "SELECT qid, sourceip, username, creeventlist, Plain, Mixed, Late, Sent FROM events",
    "SELECT username, COUNT(*), FIRST(sourceip), MAX(Sent) FROM events GROUP BY username",
    "SELECT Mixed, COUNT(*) FROM events GROUP BY Mixed ORDER BY Mixed",
    "SELECT sourceip FROM events WHERE creeventlist = 7 OR sourceip = '2001:db8::1'",
    "SELECT UTF8(payload) FROM events ORDER BY sourceip LIMIT 3",
    "SELECT qid FROM events START 1799999998000 STOP 1799999999000",
)


def console(path: Path) -> Console:
    site = read_site(Source("site", json.dumps({"properties": {"Sent": "number"}})), "site")
    catalogue = stock().with_site(site)
    return Console(catalogue, {"events": read_table("events", path, catalogue)}, NOW)


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few records are a block."""
    monkeypatch.setattr(tables, "SMALL_BYTES", 100)
    monkeypatch.setattr(tables, "_BLOCK_BYTES", 1000)


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("stored", [True, False])
def test_a_large_file_means_what_a_small_one_does(
    query: str, stored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ROWS if stored else [{k: v for k, v in row.items() if k != "endtime" or row["Plain"] % 3} for row in ROWS]
    path = written(tmp_path / "rows.jsonl", rows)
    small = list(console(path).rows(query))
    monkeypatch.setattr(tables, "SMALL_BYTES", 100)
    monkeypatch.setattr(tables, "_BLOCK_BYTES", 1000)
    large = console(path)
    assert isinstance(large.tables["events"].data, Stored)
    assert list(large.rows(query)) == small == large.reference_rows(query)


@pytest.mark.usefixtures("blocks")
def test_faults_of_a_large_file_have_their_line(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [*ROWS[:30], {"qid": "many"}, *ROWS[30:]]
    with pytest.raises(ErrorList) as refused:
        console(written(tmp_path / "rows.jsonl", rows))
    assert [error.place.line for error in refused.value.errors if error.place] == [31]


@pytest.mark.usefixtures("blocks")
def test_a_store_reaches_nothing_else(tmp_path: Path) -> None:
    import duckdb

    made = console(written(tmp_path / "rows.jsonl", ROWS))
    with made.engine() as engine:
        for statement in ("SELECT * FROM read_text('/etc/hostname')", "ATTACH '/tmp/x.db'", "SET threads = 1"):
            with pytest.raises(duckdb.Error):
                engine.connection.execute(statement)
    assert len(list(made.rows("SELECT qid FROM events"))) == len(ROWS)


def test_a_key_that_never_has_a_value_is_a_property_all_the_same() -> None:
    table = table_of_rows("events", [{"endtime": NOW, "Empty One": None}], stock())
    made = Console(stock(), {"events": table}, NOW)
    assert list(made.rows('SELECT "empty one" FROM events')) == [{"empty one": None}]


AWKWARD = (
    "#",
    "stored",
    "place",
    "nothing",
    "rowid",
    "fields",
    "k0",
    "c0",
    "o0",
    "bound n",
    'a"b',
    "'; --",
    "\0x",
    "İ",
    "a.b",
)
"""Keys that our own columns are called by, or that would break a statement put together from strings."""


@pytest.mark.parametrize("stored", [True, False])
def test_keys_of_any_name_are_properties(stored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if stored:
        monkeypatch.setattr(tables, "SMALL_BYTES", 100)
        monkeypatch.setattr(tables, "_BLOCK_BYTES", 1000)
    rows = [{"endtime": NOW - n, "qid": n, **dict.fromkeys(AWKWARD, f"v{n}")} for n in range(4)]
    made = console(written(tmp_path / "rows.jsonl", rows))
    for key in AWKWARD:
        name = '"' + key.replace('"', '""') + '"'
        query = (
            f"SELECT {name} AS v, COUNT(*) AS n FROM events WHERE {name} != 'v1' GROUP BY {name} ORDER BY {name} DESC"
        )
        assert list(made.rows(query)) == [{"v": f"v{n}", "n": 1.0} for n in (3, 2, 0)], key


def test_a_number_with_a_point_in_a_property_of_numbers_makes_it_doubles(tmp_path: Path) -> None:
    made = console(written(tmp_path / "rows.jsonl", [{"endtime": NOW, "sent": 1.5}, {"endtime": NOW, "Sent": 2}]))
    assert [row["Sent"] for row in made.rows("SELECT Sent FROM events")] == [1.5, 2.0]
