"""EVE in every spelling comes to the same rows, by the fast path and by the careful one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import eve_logs as e
import pytest
import source_damage as d
import zeek_logs as z

from certhound.lake.build import Lake, open_lake
from certhound.lake.rows import Account, certificates, events
from certhound.lake.tables import build_tables
from certhound.model.profile import Profile

ABOUT_PLACE = {"origin_file", "origin_line", "origin_record", "payload", "fields", "log_source", "computer"}


def rows_of(*paths: Path, account: Account | None = None) -> list[dict[str, Any]]:
    rows = [row for batch in events(paths, Profile(), account) for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: (row["origin_file"], row["origin_line"], row["origin_record"]))


def meaning(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ABOUT_PLACE and value not in (None, [])}


def lake_of(*paths: Path) -> Lake:
    lake = open_lake(list(paths), Profile())
    build_tables(lake)
    return lake


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return rows_of(z.write(tmp_path_factory.mktemp("eve") / "eve.json", e.jsonl(e.ALL)))


@pytest.fixture(scope="module")
def expected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [meaning(row) for row in rows]


# --- what a record means -------------------------------------------------------------------------------------------


def test_a_session_says_what_the_record_says(expected: list[dict[str, Any]]) -> None:
    row = expected[1]
    assert row == {
        "time": row["time"], "time_zone_known": True, "source": "suricata.tls", "category": "tls", "event_type": "tls",
        "src_ip": "10.1.0.2", "src_port": 50001, "dst_ip": "198.51.100.7", "dst_port": 443, "transport": "tcp",
        "interface": "eth1", "session_uid": "1000000000000001", "community_id": row["community_id"],
        "dst_host": "host1.example.net", "sni": "host1.example.net", "tls_version": "1.2", "alpn": "h2",
        "ja3": f"{1:032x}", "ja3s": "ab" * 16, "tls_state": "seen", "certificate_id": f"sha1:{e.SHA1[1]}",
        "cert_sha1": e.SHA1[1], "cert_subject": "CN=host1.example.net,O=Example\\, Inc.,C=US",
        "cert_subject_cn": "host1.example.net", "cert_issuer": "CN=Example CA,O=Example\\, Inc.,C=US",
        "cert_issuer_cn": "Example CA", "cert_serial": "abc1", "cert_not_before": row["cert_not_before"],
        "cert_not_after": row["cert_not_after"], "cert_san": ["host1.example.net", "*.example.org"],
    }  # fmt: skip
    assert str(row["time"]) == "2023-11-14 22:13:21.123456"
    assert str(row["cert_not_before"]) == "2023-07-22 04:26:40"


def test_every_session_ends_in_one_state(expected: list[dict[str, Any]]) -> None:
    states = [row.get("tls_state") for row in expected]
    assert states == [
        "seen", "seen", "resumed", "hidden_tls13", "failed", "seen", "seen", "seen", "hidden_tls13", "hidden_tls13",
        *[None] * 7,
    ]  # fmt: skip
    assert [row.get("tls_version") for row in expected[:6]] == ["1.2", "1.2", "1.2", "1.3", None, "1.0"]
    assert expected[4]["tls_established"] is False
    assert expected[3]["ja4"] == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_records_of_all_kinds(expected: list[dict[str, Any]]) -> None:
    assert [row["source"].removeprefix("suricata.") for row in expected[6:]] == [
        "alert", "alert", "quic", "quic", "http", "dns", "dns", "dns", "flow", "flow", "stats",
    ]  # fmt: skip
    assert [row["category"] for row in expected[6:]] == [
        "other", "other", "tls", "tls", "http", "dns", "dns", "dns", "connection", "connection", "other",
    ]  # fmt: skip
    http, query, answer, request, flow = expected[10:15]
    assert (http["dst_host"], http["url"], http["http_method"], http["http_status"]) == (
        "www.example.net", "/x", "GET", 200,
    )  # fmt: skip
    assert (query["dns_query"], query["dns_type"]) == ("a.example.net", "A")
    assert (answer["dns_answers"], answer["action"]) == (["192.0.2.1"], "NOERROR")
    assert (request["dns_query"], request["dns_type"]) == ("b.example.net", "AAAA")
    assert (flow["service"], flow["bytes_out"], flow["bytes_in"], flow["duration_s"]) == ("tls", 700, 4000, 2.5)
    assert (expected[5]["vlan"], expected[5]["community_id"]) == (["100", "200"], "1:abc=")


def test_an_alert_on_an_answer_is_turned_round(expected: list[dict[str, Any]]) -> None:
    alert = expected[7]
    assert (alert["src_ip"], alert["src_port"], alert["dst_ip"], alert["dst_port"]) == (
        "10.1.0.7", 50006, "198.51.100.7", 443,
    )  # fmt: skip
    assert (alert["action"], alert["outcome"], alert["event_id"], alert["verdict"]) == ("blocked", "block", "5", "X")


def test_what_nobody_normalised_stays_visible(rows: list[dict[str, Any]]) -> None:
    fields = dict(rows[1]["fields"])
    assert fields["tls.ja3.string"] == "771,4865,0"
    assert json.loads(rows[1]["payload"]) == e.SESSIONS[1]


# --- spellings -----------------------------------------------------------------------------------------------------

_LINES = e.jsonl(e.ALL).splitlines()
_HEADER = "<134>Nov 14 22:13:20 sensor-1 suricata[123]: "

SPELLINGS: dict[str, tuple[str, str]] = {
    "gzip": ("eve.json.gz", e.jsonl(e.ALL)),
    "zstd": ("eve.json.zst", e.jsonl(e.ALL)),
    "crlf": ("x", e.jsonl(e.ALL).replace("\n", "\r\n")),
    "blanks": ("x", "".join(json.dumps(record) + "\n" for record in e.ALL)),
    "dotted": ("x", e.jsonl(e.ALL, e.dotted)),
    "underscored": ("x", e.jsonl(e.ALL, e.underscored)),
    "mixed spellings": ("x", e.jsonl(e.ALL[:3]) + e.jsonl(e.ALL[3:9], e.dotted) + e.jsonl(e.ALL[9:], e.filebeat)),
    "filebeat": ("x", e.jsonl(e.ALL, e.filebeat)),
    "filebeat dotted": ("x", e.jsonl(e.ALL, e.filebeat_dotted)),
    "elastic": ("x", e.jsonl(e.ALL, e.elastic)),
    "wazuh": ("x", e.jsonl(e.ALL, e.wazuh)),
    "splunk": ("x", e.jsonl(e.ALL, e.splunk)),
    "logstash": ("x", e.jsonl(e.ALL, e.logstash)),
    "array": ("x", json.dumps(e.ALL)),
    "array with a record a line": ("x", "[\n" + ",\n".join(_LINES) + "\n]\n"),
    "pretty": ("x", "".join(json.dumps(record, indent=2) + "\n" for record in e.ALL)),
    "pretty array": ("x", json.dumps(e.ALL, indent=4)),
    "syslog": ("x", "".join(_HEADER + row + "\n" for row in _LINES)),
    "syslog with cee": ("x", "".join(f"{_HEADER}@cee: {row}\n" for row in _LINES)),
    "syslog with an ISO time": ("x", "".join(f"2023-11-14T22:13:20+00:00 s suricata: {row}\n" for row in _LINES)),
    "nulls": ("x", e.jsonl(e.ALL).replace('"proto":"TCP"', '"proto":"TCP","vlan2":null,"tls2":null')),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_mean_the_same(name: str, tmp_path: Path, expected: list[dict[str, Any]]) -> None:
    file, text = SPELLINGS[name]
    account = Account()
    found = [meaning(row) for row in rows_of(z.write(tmp_path / file, text), account=account)]
    assert account.rejected == []
    assert len(found) == len(expected)
    key = lambda row: json.dumps(row, default=str, sort_keys=True)  # noqa: E731
    assert sorted(found, key=key) == sorted(expected, key=key)


def test_the_host_of_a_syslog_header_is_the_sensor(tmp_path: Path) -> None:
    [row, *_] = rows_of(z.write(tmp_path / "x", SPELLINGS["syslog"][1]))
    assert (row["log_source"], row["computer"]) == ("sensor-1", "sensor-1")


@pytest.mark.parametrize("name", ["gzip", "zstd", "dotted", "underscored", "blanks", "filebeat", "array", "syslog"])
def test_fast_and_careful_path_agree(name: str, tmp_path: Path) -> None:
    file, text = SPELLINGS[name]
    assert d.disagreement([z.write(tmp_path / file, text)]) is None


def test_good_files_take_the_fast_path(tmp_path: Path) -> None:
    for name in ("dotted", "underscored", "blanks", "gzip"):
        file, text = SPELLINGS[name]
        z.write(tmp_path / (name + file), text)
    lake = lake_of(tmp_path)
    try:
        assert [part.in_place for part in lake.parts if not part.staged] == [True] * 4
        assert lake.records == 4 * len(e.ALL)
        assert lake.rejected == []
    finally:
        lake.close()


# --- the ledger ----------------------------------------------------------------------------------------------------


def ledger_of(tmp_path: Path, records: list[e.Record], **further: list[e.Record]) -> dict[str, int]:
    paths = [z.write(tmp_path / "eve.json", e.jsonl(records))]
    paths += [z.write(tmp_path / f"{name}.json", e.jsonl(more)) for name, more in further.items()]
    lake = lake_of(*paths)
    try:
        return {state: count for state, count in lake.ledger.items() if count}
    finally:
        lake.close()


def test_no_session_counts_twice(tmp_path: Path) -> None:
    """Flow 0 has a session's record, an alert and a flow; flow 6 an alert alone; flow 7 two hellos of QUIC."""
    assert ledger_of(tmp_path, e.ALL) == {"seen": 4, "resumed": 1, "hidden_tls13": 2, "failed": 1, "not_logged": 1}


def test_alerts_stand_in_for_sessions_that_nobody_logged(tmp_path: Path) -> None:
    alerts = [record for record in e.ALL if record["event_type"] == "alert"]
    assert ledger_of(tmp_path, [*alerts, *alerts]) == {"seen": 2}
    assert ledger_of(tmp_path, alerts, sessions=e.SESSIONS) == {"seen": 4, "resumed": 1, "hidden_tls13": 1, "failed": 1}


def test_the_ledger_is_the_same_by_the_careful_path(tmp_path: Path) -> None:
    z.write(tmp_path / "eve.json", e.jsonl(e.ALL, e.filebeat))
    lake = lake_of(tmp_path)
    try:
        assert {s: n for s, n in lake.ledger.items() if n} == {
            "seen": 4, "resumed": 1, "hidden_tls13": 2, "failed": 1, "not_logged": 1,
        }  # fmt: skip
        assert lake.records == len(e.ALL)
    finally:
        lake.close()


# --- certificates --------------------------------------------------------------------------------------------------


def certificates_of(*paths: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for batch in certificates(paths, Profile()) for row in batch.to_pylist()}


def test_certificates_are_known_by_their_words(tmp_path: Path) -> None:
    found = certificates_of(z.write(tmp_path / "eve.json", e.jsonl(e.ALL)))
    assert found.keys() == {f"sha1:{sha1}" for sha1 in e.SHA1}
    row = found[f"sha1:{e.SHA1[0]}"]
    assert (row["subject"], row["serial"], row["sessions"]) == (
        "CN=host0.example.net,O=Example\\, Inc.,C=US",
        "abc0",
        1,
    )
    assert row["san_dns"] == ["host0.example.net", "*.example.org"]


CUSTOM: dict[str, e.Record] = {
    "certificate": {"certificate": e.BASE64[0]},
    "chain": {"chain": [e.BASE64[0], e.BASE64[1]]},
    "certificate and fingerprint": {"certificate": e.BASE64[0], "fingerprint": e.colons(e.SHA1[0])},
    "chain and words": {"chain": [e.BASE64[0], e.BASE64[1]], **e.certificate(0)},
}
"""What ``custom`` in Suricata's configuration makes it log."""


@pytest.mark.parametrize("name", CUSTOM)
def test_bytes_of_certificates(name: str, tmp_path: Path) -> None:
    record = e.common(0, "tls", tls={"version": "TLS 1.2", **CUSTOM[name]})
    path = z.write(tmp_path / "eve.json", e.jsonl([record]))
    [row] = rows_of(path)
    assert (row["certificate_id"], row["cert_sha256"], row["tls_state"]) == (e.SHA256[0], e.SHA256[0], "seen")
    assert row["cert_chain"] == ([e.SHA256[0], e.SHA256[1]] if "chain" in CUSTOM[name] else None)
    found = certificates_of(path)
    assert set(found) == {e.SHA256[0], e.SHA256[1]} if "chain" in CUSTOM[name] else {e.SHA256[0]}
    assert (found[e.SHA256[0]]["sha1"], found[e.SHA256[0]]["sessions"]) == (e.SHA1[0], 1)


def test_words_and_bytes_of_one_certificate_are_one(tmp_path: Path) -> None:
    records = [
        e.common(0, "tls", **e.tls(0, **e.certificate(0))),
        e.common(1, "tls", tls={"version": "TLS 1.2", "certificate": e.BASE64[0]}),
    ]
    found = certificates_of(z.write(tmp_path / "eve.json", e.jsonl(records)))
    assert {id_: row["sessions"] for id_, row in found.items()} == {e.SHA256[0]: 2}


def test_certificates_of_clients(tmp_path: Path) -> None:
    client = {"subject": "CN=client", "fingerprint": e.colons(e.SHA1[1]), "certificate": e.BASE64[1]}
    path = z.write(tmp_path / "eve.json", e.jsonl([e.common(0, "tls", **e.tls(0, **e.certificate(0), client=client))]))
    [row] = rows_of(path)
    assert row["client_certificate_id"] == e.SHA256[1]
    assert e.SHA256[1] in certificates_of(path)


VERSIONS = {
    "TLS 1.2": "1.2", "TLSv1.2": "1.2", "TLSv1": "1.0", "TLS 1.1": "1.1", "SSLv3": "ssl3.0", "SSLv2": "ssl2.0",
    "TLS 1.3": "1.3", "TLS 1.3 draft-28": "1.3", "0x7f1c": None, "UNDETERMINED": None, "0x0303": "1.2",
}  # fmt: skip


def test_versions(tmp_path: Path) -> None:
    records = [e.common(n, "tls", **e.tls(n, version)) for n, version in enumerate(VERSIONS)]
    rows = rows_of(z.write(tmp_path / "eve.json", e.jsonl(records)))
    assert [row["tls_version"] for row in rows] == list(VERSIONS.values())


def test_old_and_odd_values(tmp_path: Path) -> None:
    """A hash where an object is usual, empty texts, an object of nothing, a time without a zone, a suite's number."""
    records = [
        e.common(0, "tls", tls={"version": "TLS 1.2", "ja3": "ab" * 16, "subject": "", "fingerprint": "", "sni": ""}),
        e.common(1, "tls", tls={"version": "TLS 1.3", "ja3": {}, "server_handshake": {"cipher": 4865}}),
        e.common(2, "tls", tls={"version": "TLS 1.3", "sni": "cloudflare-ech.com"})
        | {"timestamp": "2023-11-14T22:13:20.5"},
    ]
    rows = rows_of(z.write(tmp_path / "eve.json", e.jsonl(records)))
    assert [row["tls_state"] for row in rows] == ["not_logged", "hidden_tls13", "hidden_ech"]
    assert (rows[0]["ja3"], rows[0]["sni"], rows[0]["certificate_id"]) == ("ab" * 16, None, None)
    assert rows[1]["cipher"] == "TLS_AES_128_GCM_SHA256"
    assert [row["time_zone_known"] for row in rows] == [True, True, False]
    assert d.disagreement([tmp_path / "eve.json"]) is None


# --- recognising ---------------------------------------------------------------------------------------------------


def test_what_is_no_eve(tmp_path: Path) -> None:
    z.write(tmp_path / "zeek.log", z.jsonl(z.SESSIONS))
    z.write(tmp_path / "other.json", '{"event_type": "login", "user": "x"}\n')
    account = Account()
    assert {row["source"] for row in rows_of(tmp_path, account=account)} == {"zeek.ssl"}


def test_a_first_record_longer_than_the_head(tmp_path: Path) -> None:
    stats = {**e.OTHERS[-1], "stats": {f"x{n}": n for n in range(9000)}}
    stats = {"timestamp": stats.pop("timestamp"), "event_type": stats.pop("event_type"), **stats}
    assert len(rows_of(z.write(tmp_path / "eve.json", e.jsonl([stats, *e.SESSIONS])))) == 7
