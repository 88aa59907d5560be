"""The sample that ships is a whole recording, and a recording can be made again."""

from __future__ import annotations

import hashlib
import json
import socket
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import certhound
from certhound.cli.sample import sample_inputs, sample_profile
from certhound.findings.run import scan
from certhound.lab.model import Class, Client, RecordingError, Service, Visit
from certhound.lab.recorder import record
from certhound.lab.scenarios import build
from certhound.lab.servers import have_openssl
from certhound.lab.squid import Squid, have_squid
from certhound.lab.tap import Backend, Capture
from certhound.lab.wire import SERVER
from certhound.lab.zeek import read_log
from certhound.lake.rows import Account, events
from certhound.model.levels import Confidence, Severity

SAMPLE = Path(certhound.__file__).parent / "content" / "sample"
TRUTH = json.loads((SAMPLE / "ground_truth.json").read_text())


def _state(row: dict[str, str], resigned: set[str]) -> str:
    if row["established"] != "T":
        return "failed"
    if row["cert_chain_fps"] not in ("-", "(empty)"):
        return "resigned" if row["cert_chain_fps"].split(",")[0] in resigned else "seen"
    return "resumed" if row["resumed"] == "T" else "hidden_tls13"


def test_the_ledger_of_the_truth_is_that_of_the_logs() -> None:
    sessions, connections = read_log(SAMPLE / "ssl.log"), read_log(SAMPLE / "conn.log")
    resigned = {row["sha256"] for row in TRUTH["certificates"] if row["scenario"] == "inspection"}
    counted = Counter(_state(row, resigned) for row in sessions)
    logged = {row["uid"] for row in sessions}
    counted["not_logged"] = sum(row["service"] == "ssl" and row["uid"] not in logged for row in connections)
    assert counted == Counter(TRUTH["ledger"])
    assert sum(counted.values()) == TRUTH["sessions"]


def test_every_certificate_in_the_logs_lies_beside_them_and_is_known_to_the_truth() -> None:
    known = {row["sha256"] for row in (*TRUTH["certificates"], *TRUTH["authorities"])}
    logged = {row["fingerprint"] for row in read_log(SAMPLE / "x509.log")}
    chains = [row["cert_chain_fps"] for row in read_log(SAMPLE / "ssl.log")]
    shown = {one for chain in chains if chain not in ("-", "(empty)") for one in chain.split(",")}
    files = {path.stem: path.read_bytes() for path in (SAMPLE / "certificates").iterdir()}
    assert logged == shown == set(files)
    assert logged <= known
    assert all(hashlib.sha256(content).hexdigest() == name for name, content in files.items())
    on_wire = {row["sha256"] for row in TRUTH["certificates"] if row["on_wire"]}
    assert on_wire <= logged


def test_every_adversary_and_hygiene_certificate_was_seen_in_the_clear() -> None:
    for row in TRUTH["certificates"]:
        if row["class"] != Class.BENIGN:
            assert row["on_wire"], row["subject"]
            assert row["states"]["seen"] > 0


def test_all_parts_of_the_scenario_are_there() -> None:
    found = {row["scenario"] for row in TRUTH["certificates"]}
    assert found >= {
        *("cobalt-strike", "metasploit", "sliver", "havoc", "poshc2", "covenant", "mythic", "dcrat", "quasar"),
        *("asyncrat", "asyncrat-renamed", "claimed-issuer", "self-made", "malformed"),
        *("expired", "appliance-pfsense", "appliance-idrac", "wrong-name"),
        *("lab-network", "legacy-application", "house-ca", "unknown-internal-ca", "cdn-wildcard"),
        *("load-balancer", "inspection", "content-network", "update-agent"),
    }
    public = [row for row in TRUTH["certificates"] if row["scenario"] == "public-site" and row["on_wire"]]
    assert len(public) >= 25


def test_the_sensor_trusts_the_public_sites_and_none_of_the_others() -> None:
    verdicts: dict[str, set[str]] = {}
    for row in read_log(SAMPLE / "ssl.log"):
        verdicts.setdefault(row["cert_chain_fps"].split(",")[0], set()).add(row["validation_status"])
    for row in TRUTH["certificates"]:
        if row["scenario"] == "public-site":
            assert verdicts[row["sha256"]] == {"ok"}, row["subject"]
        if row["class"] == "adversary" or row["scenario"] in ("house-ca", "lab-network", "inspection", "expired"):
            assert "ok" not in verdicts[row["sha256"]], row["subject"]


def test_the_profile_names_files_that_are_there() -> None:
    profile = tomllib.loads((SAMPLE / "certhound.toml").read_text())
    for names in profile["trust"].values():
        for name in names:
            assert (SAMPLE / name).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert profile["organisation"]["domains"]


def test_one_adversary_is_told_of_by_proxy_endpoint_and_mail() -> None:
    """The truth says what belongs together, and the finding has all of it, by the keys that the joins state."""
    (row,) = [row for row in TRUTH["certificates"] if len(row["related"]) == 4 and row["class"] == Class.ADVERSARY]
    report = scan(sample_inputs(), profile=sample_profile())
    (finding,) = [each for each in report.findings if each.entity.sha256 == row["sha256"]]
    assert finding.severity.rank >= Severity.HIGH.rank
    assert finding.confidence is Confidence.HIGH
    counts: Counter[str] = Counter()
    for each in finding.related:
        counts[each.kind] += each.records
    assert counts == row["related"]
    surest = {each.kind: each for each in finding.related}
    assert surest["proxy"].keys[:3] == ("client", "name", "server address")
    assert surest["process"].keys[0] == "community_id"
    assert surest["mail"].keys == ("host of the link",)
    assert not report.rejected


def test_every_record_of_the_sample_is_a_row() -> None:
    account = Account()
    rows = Counter(
        source.partition(".")[0] if not source.startswith("zeek") else source.partition(".")[2] + ".log"
        for batch in events(sample_inputs(), sample_profile(), account)
        for source in batch["source"].to_pylist()
    )
    assert account.rejected == []
    names = {"squid": "access.log", "windows": "sysmon.xml", "mail": "mail.mbox"}
    told = {names.get(name, name): count for name, count in rows.items()}
    for file, count in TRUTH["records"].items():
        if file not in ("x509.log", "certificates"):  # these are rows of certificates
            assert told[file] == count, file


def test_where_no_squid_is_the_recorder_writes_its_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    visit = Visit(60.0, "10.1.2.3", "site", "www.a.example", Client.AGENT, duration_s=1.5)
    service = Service("site", "203.0.113.9", 443, None, Class.BENIGN, "s", "w", proxied=True)
    capture = Capture(("10.1.2.3", 50000), ("203.0.113.9", 443), [(SERVER, b"." * 700)])
    with Squid(tmp_path / "squid", ["www.a.example"]) as squid:
        assert squid.endpoint is None
        squid.line(visit, service, capture, 1_772_000_000.0)
    expected = "TCP_TUNNEL/200 700 CONNECT www.a.example:443 - HIER_DIRECT/203.0.113.9 -"
    assert squid.text() == f"1772000061.500   1500 10.1.2.3 {expected}\n"


@pytest.mark.skipif(not have_squid(), reason="needs squid (apt-get install squid-openssl)")
def test_a_real_squid_writes_what_passes_it(tmp_path: Path) -> None:
    """Bytes go to a server that the test plays; the line's result and size are Squid's own."""
    with socket.create_server(("127.0.0.1", 0)) as server, Squid(tmp_path / "squid", ["www.a.example"]) as squid:
        backend = Backend(server.getsockname()[:2], squid.endpoint, "www.a.example")
        with backend.connect() as client:
            served, _ = server.accept()
            with served:
                served.sendall(b"." * 1234)
            assert client.recv(4096)
            while client.recv(4096):
                pass
        visit = Visit(60.0, "10.1.2.3", "site", "www.a.example", Client.AGENT, duration_s=1.5)
        service = Service("site", "203.0.113.9", 8443, None, Class.BENIGN, "s", "w", proxied=True)
        squid.line(visit, service, Capture(("10.1.2.3", 50000), ("203.0.113.9", 8443)), 1_772_000_000.0)
    assert not squid.written
    fields = squid.text().split()
    assert fields[2:4] == ["10.1.2.3", "TCP_TUNNEL/200"]
    assert int(fields[4]) >= 1234
    assert fields[5:] == ["CONNECT", "www.a.example:8443", "-", "HIER_DIRECT/203.0.113.9", "-"]


@pytest.mark.slow
def test_a_seed_gives_the_sample_s_certificates_again() -> None:
    made = build(TRUTH["seed"])
    again = {service.certificate.sha256 for service in made.services.values() if service.certificate}
    assert again == {row["sha256"] for row in TRUTH["certificates"]}


def test_something_else_than_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    if not have_openssl():
        pytest.skip("openssl is missing")
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(RecordingError, match="not empty"):
        record(tmp_path, 1)
    assert (tmp_path / "letter.txt").read_text() == "keep me"


@pytest.mark.slow
@pytest.mark.parametrize("plain_map", [False, True])
def test_another_seed_records_as_planned(tmp_path: Path, plain_map: bool) -> None:
    if not have_openssl():
        pytest.skip("openssl is missing")
    made = record(tmp_path / "recording", 4242, plain_map)
    assert made.sessions == sum(made.ledger.values()) > 300
    ours = {path.name for path in (SAMPLE / "certificates").iterdir()}
    assert ours.isdisjoint(path.name for path in (tmp_path / "recording" / "certificates").iterdir())
    assert made.network == "map" or not plain_map
