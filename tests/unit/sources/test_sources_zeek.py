"""Zeek's logs in every spelling come to the same rows, by the fast path and by the careful one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zeek_logs as z

from certhound.lake.build import open_lake
from certhound.lake.rows import Account, events
from certhound.lake.tables import build_tables
from certhound.model.profile import Profile

ABOUT_PLACE = {"origin_file", "origin_line", "origin_record", "payload", "fields", "log_source"}


def rows_of(*paths: Path, account: Account | None = None) -> list[dict[str, Any]]:
    return [row for batch in events(paths, Profile(), account) for row in batch.to_pylist()]


def meaning(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ABOUT_PLACE and value not in (None, [])}


SPELLINGS: dict[str, tuple[str, str]] = {
    "tsv": ("ssl.log", z.tsv("ssl", z.SESSIONS)),
    "tsv gzip": ("ssl.log.gz", z.tsv("ssl", z.SESSIONS)),
    "tsv zstd": ("ssl.log.zst", z.tsv("ssl", z.SESSIONS)),
    "tsv without close": ("x", z.tsv("ssl", z.SESSIONS, close=False)),
    "tsv crlf": ("ssl.log", z.tsv("ssl", z.SESSIONS).replace("\n", "\r\n")),
    "tsv concatenated": ("all.log", z.tsv("ssl", z.SESSIONS[:2]) + z.tsv("ssl", z.SESSIONS[2:])),
    "tsv columns change": (
        "all.log",
        z.tsv("ssl", z.SESSIONS[:3]) + z.tsv("ssl", z.SESSIONS[3:], sorted(z.SESSIONS[0])),
    ),
    "tsv one header line": (
        "ssl.log",
        "\t".join(z.SESSIONS[0]) + "\n" + "".join(z.tsv("ssl", z.SESSIONS, close=False).split("\n", 8)[8]),
    ),
    "tsv with test comments": ("ssl.log", "### made by a test\n" + z.tsv("ssl", z.SESSIONS)),
    "json dotted": ("ssl.json", z.jsonl(z.SESSIONS)),
    "json gzip": ("ssl.json.gz", z.jsonl(z.SESSIONS)),
    "json nested": ("x.log", z.jsonl(z.SESSIONS, z.nested)),
    "json underscored": ("x.log", z.jsonl(z.SESSIONS, z.underscored)),
    "json corelight": ("x.log", z.jsonl(z.SESSIONS, z.corelight("ssl"))),
    "json mixed spellings": ("x.log", z.jsonl(z.SESSIONS[:3], z.nested) + z.jsonl(z.SESSIONS[3:])),
    "json nulls": ("x.log", z.jsonl(z.SESSIONS).replace('"resumed": false', '"resumed": false, "subject": null')),
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path = z.write(tmp_path_factory.mktemp("expected") / "ssl.log", z.tsv("ssl", z.SESSIONS))
    return [meaning(row) for row in rows_of(path)]


def test_a_session_says_what_the_log_says(expected: list[dict[str, Any]]) -> None:
    first = expected[0]
    assert first["source"] == "zeek.ssl"
    assert first["time"].isoformat() == "2023-11-14T22:13:20.123456"
    assert (first["src_ip"], first["src_port"], first["dst_ip"], first["dst_port"]) == (
        "10.1.0.1",
        50000,
        "2001:db8::7",
        443,
    )
    assert (first["tls_version"], first["sni"], first["dst_host"]) == ("1.2", "host0.example.net", "host0.example.net")
    assert first["certificate_id"] == first["cert_sha256"] == z.SHA[0]
    assert first["cert_chain"] == [z.SHA[0], z.SHA[7]]
    assert first["cert_validation"] == "self signed certificate"


def test_every_session_ends_in_one_state(expected: list[dict[str, Any]]) -> None:
    states = [row["tls_state"] for row in expected]
    assert states == ["seen", "failed", "resumed", "hidden_tls13", "seen", "seen"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_mean_the_same(name: str, tmp_path: Path, expected: list[dict[str, Any]]) -> None:
    file, text = SPELLINGS[name]
    account = Account()
    rows = rows_of(z.write(tmp_path / file, text), account=account)
    assert [meaning(row) for row in rows] == expected
    assert account.rejected == []


def _tables(paths: list[Path], *, fast: bool) -> Iterator[Any]:
    """The lake's tables, by the fast path where it goes or by the careful path alone."""
    from certhound.lake.build import fill_lake, start_lake
    from certhound.lake.clients import count_clients

    lake = start_lake(paths, Profile())
    try:
        if not fast:
            from dataclasses import replace

            for part in lake.parts:
                part.plan = replace(part.plan, segment=None)
        fill_lake(lake)
        if fast and not any("concatenated" in str(path) for path in paths):
            yield [part.fast or part.stored is not None for part in lake.parts]
        build_tables(lake)
        count_clients(lake)
        yield lake.session.execute("SELECT * EXCLUDE (first_part, last_part) FROM contacts_raw ORDER BY ALL").fetchall()
        yield lake.session.execute("SELECT * FROM met_pairs ORDER BY ALL").fetchall()
        yield lake.session.execute(
            "SELECT id, serial, subject, issuer, not_before, not_after, san_dns, is_ca, key_bits, sessions, clients, "
            "destinations FROM certificates ORDER BY id"
        ).fetchall()
        yield lake.ledger
        yield lake.records
    finally:
        lake.close()


@pytest.mark.parametrize("spell", ["tsv", "json dotted", "json underscored", "json corelight", "tsv gzip", "json gzip"])
def test_fast_and_careful_path_agree(spell: str, tmp_path: Path) -> None:
    file, text = SPELLINGS[spell]
    sessions = z.write(tmp_path / file, text)
    certificates = z.write(
        tmp_path / f"x509-{file}",
        z.tsv("x509", z.CERTIFICATES) if spell.startswith("tsv") else z.jsonl(z.CERTIFICATES, _speller(spell)),
    )
    fast = list(_tables([sessions, certificates], fast=True))[1:]
    careful = list(_tables([sessions, certificates], fast=False))
    assert fast == careful
    assert fast[-1] == len(z.SESSIONS) + len(z.CERTIFICATES)


def _speller(spell: str) -> object:
    return {
        "json dotted": z.dotted,
        "json gzip": z.dotted,
        "json underscored": z.underscored,
        "json corelight": z.corelight("x509"),
    }[spell]


def test_good_files_take_the_fast_path(tmp_path: Path) -> None:
    z.write(tmp_path / "ssl.log", z.tsv("ssl", z.SESSIONS))
    z.write(tmp_path / "x509.json", z.jsonl(z.CERTIFICATES))
    lake = open_lake([tmp_path], Profile())
    try:
        assert [part.stored for part in lake.parts] == [None, None]
        assert lake.rejected == []
    finally:
        lake.close()


def test_escapes_and_placeholders(tmp_path: Path) -> None:
    record = dict(z.SESSIONS[0])
    text = z.tsv("ssl", [record]).replace("host0.example.net", r"caf\xc3\xa9\x09tab\xffend")
    [row] = rows_of(z.write(tmp_path / "ssl.log", text))
    assert row["sni"] == "caf\u00e9\ttab\\xffend"
    lake = open_lake([tmp_path], Profile())
    try:
        assert lake.parts[0].stored is None
        name = lake.session.scalar("SELECT name FROM contact_parts")
        assert name == row["sni"]
    finally:
        lake.close()


def test_names_keep_one_backslash(tmp_path: Path) -> None:
    for number, text in enumerate((z.tsv("x509", z.CERTIFICATES), z.jsonl(z.CERTIFICATES))):
        rows = rows_of(z.write(tmp_path / f"{number}.log", text))
        assert rows[0]["cert_subject"] == "CN=host0.example.net,O=Example\\, Inc."
        assert rows[0]["cert_subject_cn"] == "host0.example.net"
        assert rows[0]["cert_serial"] == "abc0"


def test_old_generation_is_joined_by_file_ids(tmp_path: Path) -> None:
    fuids = [f"F{n:017d}" for n in range(3)]
    sessions = [
        {k: v for k, v in record.items() if k != "cert_chain_fps"} | {"cert_chain_fuids": [fuids[n % 3]]}
        for n, record in enumerate(z.SESSIONS[:3])
    ]
    same = {k: v for k, v in z.CERTIFICATES[0].items() if k != "fingerprint"}
    certificates = [same | {"id": fuid} for fuid in fuids]
    files = [
        {
            "ts": 1700000000.1,
            "fuid": fuid,
            "mime_type": "application/x-x509-user-cert",
            "seen_bytes": 900,
            "sha1": "ab" * 20,
        }
        for fuid in fuids
    ]
    for name, records in (("ssl", sessions), ("x509", certificates)):
        z.write(tmp_path / f"{name}.log", z.tsv(name, records).replace("cert_chain_fuids", "cert_chain_fuids"))
    rows = [row for row in rows_of(tmp_path) if row["source"] == "zeek.ssl"]
    by_names = {row["certificate_id"] for row in rows}
    assert len(by_names) == 1
    assert by_names.pop().startswith("names:")
    z.write(tmp_path / "files.log", z.tsv("files", files))
    rows = [row for row in rows_of(tmp_path) if row["source"] == "zeek.ssl"]
    assert {row["certificate_id"] for row in rows} == {"sha1:" + "ab" * 20}


def test_other_logs_are_named_not_read(tmp_path: Path) -> None:
    z.write(tmp_path / "http.log", z.tsv("http", [{"ts": 1.0, "uid": "C1", "method": "GET"}]))
    account = Account()
    assert rows_of(tmp_path, account=account) == []
    assert account.inputs is not None
    assert "http" in account.inputs.unrecognised[0][1]


def test_a_record_of_another_log_inside_json_is_put_aside(tmp_path: Path) -> None:
    text = z.jsonl(z.SESSIONS, z.corelight("ssl")) + z.jsonl([{"ts": 1.0, "uid": "C1"}], z.corelight("http"))
    account = Account()
    rows = rows_of(z.write(tmp_path / "mixed.log", text), account=account)
    assert len(rows) == len(z.SESSIONS)
    assert [(each.line, "http" in each.reason) for each in account.rejected] == [(7, True)]


def test_mixed_json_gives_each_record_its_log(tmp_path: Path) -> None:
    text = z.jsonl(z.SESSIONS, z.corelight("ssl")) + z.jsonl(z.CERTIFICATES, z.corelight("x509"))
    rows = rows_of(z.write(tmp_path / "mixed.log", text))
    assert [row["source"] for row in rows] == ["zeek.ssl"] * 6 + ["zeek.x509"] * 4
    lake = open_lake([tmp_path], Profile())
    try:
        build_tables(lake)
        assert lake.session.scalar("SELECT count(*) FROM certificates WHERE serial IS NOT NULL") == 4
        assert sum(lake.ledger.values()) == 6
    finally:
        lake.close()


def test_json_without_type_and_without_unset_columns(tmp_path: Path) -> None:
    """A failed handshake has no cipher and Zeek's JSON leaves out what is unset; it is a session all the same."""
    failed = {
        name: value
        for name, value in z.SESSIONS[1].items()
        if name not in ("cipher", "version", "cert_chain_fps", "validation_status", "resumed")
    }
    z.write(tmp_path / "x.log", z.jsonl([failed, *z.SESSIONS]))
    lake = open_lake([tmp_path], Profile())
    try:
        assert lake.parts[0].stored is None
        build_tables(lake)
        assert lake.ledger["failed"] == 2
    finally:
        lake.close()
