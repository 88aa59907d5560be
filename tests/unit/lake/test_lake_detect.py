"""Detection over a lake says what a scan of the same files says, and knows what was found before."""

from __future__ import annotations

import base64
import dataclasses
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lake_inputs import SAMPLE, folder_of, log

from certhound.findings.lasting import detect as detect_in
from certhound.findings.report import Finding, Report
from certhound.findings.run import scan
from certhound.lake.rows import certificates, events
from certhound.lake.store import rows as stored
from certhound.lake.store.history import FOLDER
from certhound.lake.store.ingest import ingest as ingest_in_processes
from certhound.lake.store.stored import Window
from certhound.lake.store.upkeep import compact, expire, status
from certhound.model.profile import Profile, load_profile

ingest = partial(ingest_in_processes, command=())
PROFILE = load_profile(SAMPLE / "certhound.toml")
detect = partial(detect_in, profile=PROFILE)


def essence(report: Report) -> dict[str, object]:
    """All of a report that does not tell how and when it was made."""
    left_out = ("seconds", "inputs", "next_commands", "notes", "findings", "hidden", "known_from")
    told = {
        field.name: getattr(report, field.name) for field in dataclasses.fields(report) if field.name not in left_out
    }
    findings = [dataclasses.replace(each, new=None) for each in report.findings]
    return {**told, "findings": findings, "hidden": [each.finding.id for each in report.hidden]}


def of(report: Report) -> dict[str, Finding]:
    return {each.id: each for each in report.findings}


def test_sample_gives_the_report_of_a_scan(tmp_path: Path) -> None:
    ingest([SAMPLE], tmp_path / "lake")
    assert essence(detect(tmp_path / "lake")) == essence(scan([SAMPLE], profile=PROFILE))


@pytest.mark.slow
def test_recording_gives_the_report_of_a_scan(tmp_path: Path) -> None:
    from certhound.lab.recorder import record

    record(tmp_path / "recorded", seed=11)
    profile = load_profile(tmp_path / "recorded" / "certhound.toml")
    ingest([tmp_path / "recorded"], tmp_path / "lake")
    scanned = scan([tmp_path / "recorded"], profile=profile)
    assert essence(detect_in(tmp_path / "lake", profile=profile)) == essence(scanned)


@pytest.mark.slow
def test_logs_taken_in_one_by_one_give_the_report_of_a_scan(tmp_path: Path) -> None:
    """Whatever the order: certificates behind the sessions that show them."""
    logs = folder_of(tmp_path / "logs", {f"{name}.log": log(name) for name in ("ssl", "x509", "conn", "dns")})
    for name in ("ssl", "conn", "x509", "dns"):
        ingest([logs / f"{name}.log"], tmp_path / "lake")
    compact(tmp_path / "lake")
    there, scanned = essence(detect(tmp_path / "lake")), essence(scan([logs], profile=PROFILE))
    assert there == scanned


def test_logs_in_envelopes_are_told_by_the_vendors_of_their_records(tmp_path: Path) -> None:
    firewall = (
        '<189>date=2026-11-03 time=19:09:4{} devname="fw" devid="FG1" logid="0000000013" type="traffic" '
        'subtype="forward" level="notice" vd="root" eventtime=1793729383000000000 tz="+0000" srcip=10.1.2.3 '
        'srcport=51000 dstip=198.51.100.7 dstport=443 proto=6 action="close" policyid=1 service="HTTPS"\n'
    )
    proxy = "179372938{}.170 30 10.1.2.3 TCP_TUNNEL/200 9 CONNECT a.example.test:443 - HIER_DIRECT/198.51.100.7 -\n"
    lines = [[text.format(index) for index in range(count)] for text, count in ((firewall, 3), (proxy, 2))]
    texts = {"fw.log": "".join(lines[0]), "proxy.log": "".join(lines[1]), "both.log": "".join(lines[0] + lines[1])}
    logs = folder_of(tmp_path / "logs", {name: text.encode() for name, text in texts.items()})
    ingest([logs], tmp_path / "lake")
    told = detect(tmp_path / "lake").sources
    assert told == scan([logs], profile=PROFILE).sources
    assert [(each.source, each.files, each.records) for each in told] == [
        ("fortigate.traffic", 2, 6), ("squid.access", 1, 4)
    ]  # fmt: skip
    compact(tmp_path / "lake")
    assert detect(tmp_path / "lake").sources == told


def test_rows_are_those_of_the_files(tmp_path: Path) -> None:
    ingest([SAMPLE], tmp_path / "lake")
    for ours, theirs in (
        (stored.events(tmp_path / "lake", PROFILE), events([SAMPLE], PROFILE)),
        (stored.certificates(tmp_path / "lake", PROFILE, der=True), certificates([SAMPLE], PROFILE, der=True)),
    ):
        there = sorted(repr(sorted(row.items())) for batch in ours for row in batch.to_pylist())
        assert there == sorted(repr(sorted(row.items())) for batch in theirs for row in batch.to_pylist())


def test_what_is_new_is_marked(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lines = log("ssl").splitlines(keepends=True)
    half = folder_of(tmp_path / "logs", {"ssl.log": b"".join(lines[:200]), "x509.log": log("x509")})
    ingest([half], lake)
    first = detect(lake)
    assert all(each.new for each in first.findings)
    ingest([folder_of(half, {"ssl.log": b"".join(lines)})], lake)
    second = detect(lake)
    assert {each.id for each in second.findings if not each.new} == of(first).keys() & of(second).keys()
    assert any(each.new for each in second.findings)
    assert not any(each.new for each in detect(lake).findings)


@pytest.mark.slow
def test_first_seen_survives_retention(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([SAMPLE], lake)
    before = of(detect(lake))
    done = expire(lake, datetime(2026, 9, 3).date())
    assert done.rows > 0
    after = of(detect(lake))
    assert after
    for id_, finding in after.items():
        assert finding.first_seen == before[id_].first_seen
        assert finding.new is False
    assert ingest([SAMPLE], lake).rows == 0


@pytest.mark.slow
def test_since_judges_what_was_met_since_and_knows_what_was_before(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([SAMPLE], lake)
    whole = of(detect(lake, remember=False))
    moment = datetime(2026, 9, 3, tzinfo=UTC)
    report = detect(lake, since=moment, remember=False)
    assert 0 < report.sessions < sum(1 for _ in log("ssl").splitlines())
    assert 0 < len(report.findings) < len(whole)
    for finding in report.findings:
        known = whole[finding.id]
        assert finding.last_seen is not None
        assert finding.last_seen >= moment
        assert (finding.first_seen, finding.sessions, finding.clients) == (
            known.first_seen, known.sessions, known.clients,
        )  # fmt: skip
    earlier = detect(lake, until=moment, remember=False)
    assert report.sessions + earlier.sessions == sum(detect(lake, remember=False).ledger.values())


def test_events_of_a_window(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([SAMPLE], lake)
    window = Window(datetime(2026, 9, 2, 6), datetime(2026, 9, 3, 6))
    times = [row["time"] for batch in stored.events(lake, Profile(), window) for row in batch.to_pylist()]
    everything = [row["time"] for batch in stored.events(lake, Profile()) for row in batch.to_pylist()]
    low, high = datetime(2026, 9, 2, 6, tzinfo=None), datetime(2026, 9, 3, 6, tzinfo=None)
    assert len(times) == sum(low <= each.replace(tzinfo=None) < high for each in everything) > 0


@pytest.mark.slow
def test_first_id_stays_when_the_bytes_turn_up(tmp_path: Path) -> None:
    """A certificate that only words told of, then a log with its bytes."""
    lake = tmp_path / "lake"
    rows: dict[str, Any] = {}
    for batch in certificates([SAMPLE], PROFILE, der=True):
        rows |= {row["sha256"]: row for row in batch.to_pylist() if row["der"]}
    found = next(
        each for each in scan([SAMPLE], profile=PROFILE).findings if each.entity.sha256 in rows and each.score > 80
    )
    row = rows[str(found.entity.sha256)]
    header = (
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{path}\n"
        "#fields\t{fields}\n#types\t{types}\n"
    )
    serial, subject, issuer = row["serial"].upper(), row["subject"], row["issuer"]
    ends = [f"{row[name].replace(tzinfo=UTC).timestamp():.6f}" for name in ("not_before", "not_after")]
    words = ["1788336000.0", "FAbc1", "3", serial, subject, issuer, *ends]
    fields = "ts id certificate.version certificate.serial certificate.subject certificate.issuer " \
        "certificate.not_valid_before certificate.not_valid_after"  # fmt: skip
    x509 = header.format(
        path="x509",
        fields="\t".join(fields.split()),
        types="\t".join("time string count string string string time time".split()),
    )
    session = (
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher server_name resumed established cert_chain_fuids"
    )
    types = "time string addr port addr port string string string bool bool vector[string]"
    ssl = header.format(path="ssl", fields="\t".join(session.split()), types="\t".join(types.split()))
    met = ["1788336000.0", "CAbc1", "10.0.0.1", "40000", "93.184.216.34", "4443", "TLSv12", "X", "-", "F", "T", "FAbc1"]
    logs = folder_of(
        tmp_path / "old",
        {"x509.log": (x509 + "\t".join(words) + "\n").encode(), "ssl.log": (ssl + "\t".join(met) + "\n").encode()},
    )
    ingest([logs], lake)
    [first] = [each for each in detect(lake).findings if each.entity.key.startswith("names:")]
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(row["der"]) + b"-----END CERTIFICATE-----\n"
    ingest([folder_of(tmp_path / "new", {"found.pem": pem})], lake)
    for _ in range(2):
        [second] = [each for each in detect(lake).findings if each.entity.sha256 == found.entity.sha256]
        assert (second.id, second.new) == (first.id, False)
        assert second.entity.key == found.entity.sha256


def test_detection_reads_a_lake_that_cannot_be_written(tmp_path: Path) -> None:
    """Where there is no room for the history, the report says so."""
    lake = tmp_path / "lake"
    ingest([folder_of(tmp_path / "logs", {"ssl.log": log("ssl", 100), "x509.log": log("x509")})], lake)
    (lake / FOLDER).write_text("in the way")
    report = detect(lake)
    assert report.sessions
    assert any("could not be remembered" in note for note in report.notes)


def test_status_counts(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lines = log("ssl", 60).splitlines(keepends=True)
    lines[20] = b"half a line\n"
    ingest(
        [
            folder_of(
                tmp_path / "logs", {"ssl.log": b"".join(lines), "note.txt": b"nothing\n", "x509.log": log("x509", 30)}
            )
        ],
        lake,
    )
    found = status(lake)
    assert found.rows == {"zeek.ssl": 51, "zeek.x509": 22}
    assert found.inputs == {"zeek.ssl": 1, "zeek.x509": 1}
    assert found.unrecognised == 1
    assert sum(found.rejected.values()) == 1
    assert sum(found.days.values()) == 73
    shutil.rmtree(lake)
