"""The catalogue: what the stock console has, what a site adds, and what is wrong with site files."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhound.model.columns import CATEGORIES
from certhound.model.errors import ErrorList, UnreadableError
from certhound.model.profile import Profile
from certhound.qradar.catalogue import ArielType, find_function, functions, load_site, shipped_site, stock
from certhound.qradar.catalogue.console import entries, search
from certhound.qradar.catalogue.databases import DATABASES
from certhound.qradar.catalogue.site import read_site
from certhound.qradar.running.calls import lowerings
from certhound.qradar.running.own_events import OWN_CATEGORIES, PROPERTIES, QIDS, event_columns, flow_columns
from certhound.rules.located import Source


def test_sizes_of_databases() -> None:
    assert {name: len(columns) for name, columns in DATABASES.items()} == {"events": 65, "flows": 51, "simarc": 18}
    for columns in DATABASES.values():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert all(name == name.lower() for name in names)
        assert any(column.default for column in columns)


@pytest.mark.parametrize(
    ("database", "name", "kind"),
    [
        ("events", "SourceIP", ArielType.HOST),
        ("events", "payload", ArielType.BYTES),
        ("events", "creEventList", ArielType.LIST),
        ("events", "hasoffense", ArielType.BOOLEAN),
        ("flows", "sourceBytes", ArielType.LONG),
        ("simarc", "flowcount", ArielType.INTEGER),
    ],
)
def test_columns_by_name(database: str, name: str, kind: ArielType) -> None:
    column = stock().column(database, name)
    assert column is not None
    assert column.type is kind


@pytest.mark.parametrize("name", ["eventid", "eventname", "URL", "sourcebytes"])
def test_stock_console_has_no_such_column_in_events(name: str) -> None:
    assert stock().column("events", name) is None
    assert stock().advice("events", name)


def test_names_of_log_source_types() -> None:
    assert stock().name_of("log_source_types", 12) == "Microsoft Windows Security Event Log"
    assert stock().has_log_source_type("Zscaler Nss")
    for invented in ("Proxy", "Windows", "Zscaler Internet Access"):
        assert not stock().has_log_source_type(invented)


def test_site_adds_names_and_properties() -> None:
    site = read_site(Source("s.yaml", "qids: {12: Twelve}\nproperties: {URL Host: text, Bytes: number}"), "s")
    catalogue = stock().with_site(site)
    assert catalogue.name_of("qids", 12) == "Twelve"
    column = catalogue.column("events", "url host")
    assert column is not None
    assert (column.name, column.custom) == ("URL Host", True)
    assert stock().column("events", "url host") is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("qids:\n  x: y\n", 2, "whole number"),
        ("properties:\n  a: txet\n", 2, "no type 'txet'"),
        ("propertys: {}\n", 1, "no key 'propertys'"),
        ("properties:\n  Url: text\n  URL: text\n", 3, "stands twice"),
        ("rules:\n  - a\n", 2, "is a mapping"),
        ("- a\n", 1, "is a mapping"),
        ("qids: {1: [a]}\n", 1, "is a text"),
    ],
)
def test_wrong_site_files_are_located(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ErrorList) as refused:
        load_site(path)
    error = refused.value.errors[0]
    assert said in error.text
    assert error.place is not None
    assert (error.place.file, error.place.line) == (str(path), line)


def test_absent_site_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        load_site(tmp_path / "none.yaml")


def test_json_is_a_site_file_too(tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text('{"rules":\t{"7": "Seven"}}', encoding="utf-8")
    assert load_site(path).names["rules"] == {7: "Seven"}


def test_every_function_runs_or_says_why_not() -> None:
    assert set(functions()) == set(lowerings())
    assert find_function("qidNAME") is functions()["QIDNAME"]


def test_shipped_site_names_what_our_events_have() -> None:
    declared = set(shipped_site().properties)
    made = {name.lower() for name in PROPERTIES}
    assert declared == made
    native = {database: {column.name for column in DATABASES[database]} for database in DATABASES}
    assert set(event_columns(Profile(), [])) - made - {"fields"} <= native["events"]
    assert set(flow_columns(Profile())) - made - {"fields"} <= native["flows"]


def test_every_category_of_ours_has_a_qid_and_a_category_with_a_name() -> None:
    catalogue = stock().with_site(shipped_site())
    assert set(QIDS) == set(OWN_CATEGORIES) == set(CATEGORIES)
    assert all(catalogue.name_of("qids", number) for number in QIDS.values())
    assert all(catalogue.name_of("categories", number) for number in OWN_CATEGORIES.values())


def test_search_finds_by_any_part() -> None:
    catalogue = stock().with_site(shipped_site())
    assert [entry.name for entry in search(catalogue, "ja3s")] == ['"tls ja3s hash"']
    assert {entry.kind for entry in search(catalogue, "zscaler")} == {"log source type"}
    assert len(search(catalogue, "")) == len(list(entries(catalogue)))
    assert search(catalogue, "no such word") == []
