"""Zeek's logs, Suricata's EVE and a capture of the same traffic lead to the same findings and the same ledger.

Where they cannot, ``certhound.lab.differences`` says so, and docs/sensors-compared.md shows that very list.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "sources"))

import capture_cases as c  # type: ignore[import-not-found,unused-ignore]

from certhound.findings.report import Report
from certhound.findings.run import scan
from certhound.lab.certificates import Certificate, KeyRing, pem, tools
from certhound.lab.differences import FACTS, LEDGER, SENSORS, Difference
from certhound.lab.exchange import Exchange, client_context, exchange, server_context
from certhound.lab.recorder import CAPTURE, EVE, OtherSensors, record
from certhound.lab.sensor import Sensor, Validator
from certhound.lab.servers import have_openssl
from certhound.lab.tap import Capture
from certhound.lab.wire import CLIENT, SERVER, Segment, read_handshake
from certhound.lab.zeek import read_log, write_log
from certhound.lake.rows import Account, events
from certhound.model.profile import Profile
from certhound.model.profile_file import read_profile
from certhound.sources.pcap.tshark import find_tshark

pytestmark = pytest.mark.skipif(find_tshark() is None, reason="needs tshark (apt-get install tshark)")

START = 1_772_000_000.0
DAY_S = 86400.0
Segments = list[Segment]


@dataclass(slots=True)
class Recorder:
    """One traffic, three records of it: ``connection`` takes a connection, ``write`` gives a folder a format."""

    sensor: Sensor = field(
        default_factory=lambda: Sensor(Random(1), Validator([c.root()]), "10.0.0.53", START, _is_inside)
    )
    others: OtherSensors = field(default_factory=OtherSensors)
    connections: int = 0

    def connection(self, address: str, segments: Segments, *, ends: bool = True) -> None:
        moment = START + self.connections * 7200.0
        capture = Capture((c.HOST, 50000 + self.connections), (address, 443), segments)
        handshake = read_handshake(segments)
        assert handshake is not None
        identity = self.sensor.connection(capture, handshake, moment, 2.0, "ssl")
        self.others.connection(capture, handshake, identity, 2.0, lost=False)
        if not ends:
            del self.others.packets.frames[-3:]  # FIN from both sides
        self.others.eve.tls(self.sensor.tls(identity, handshake, moment), handshake)
        self.connections += 1

    def write(self, folder: Path) -> dict[str, Path]:
        made = {name: folder / name for name in SENSORS}
        for place in made.values():
            place.mkdir()
        for kind, rows in self.sensor.rows.items():
            write_log(made["zeek"] / f"{kind}.log", kind, rows, START, START + DAY_S)
        for fingerprint, certificate in self.sensor.certificates.items():
            (made["zeek"] / f"{fingerprint}.der").write_bytes(certificate)
        self.others.write(folder, self.sensor)
        (folder / EVE).rename(made["eve"] / EVE)
        (folder / CAPTURE).rename(made["capture"] / CAPTURE)
        return made


def _is_inside(address: str) -> bool:
    return address.startswith("10.")


def findings(report: Report) -> dict[str, tuple[object, ...]]:
    """What must be the same of each finding, by its id."""
    return {
        each.id: (
            each.entity.key, each.severity, each.score, each.confidence,
            tuple(sorted((part.rule, part.points) for part in each.signals)),
            each.clients.count, each.destinations.count,
        )
        for each in report.findings
    }  # fmt: skip


def exchanges() -> list[tuple[str, Exchange]]:
    """Sessions of every kind, each with the server's address: an issued certificate, and one that signed itself."""
    shop = server_context(*c.files(), maximum_version=c.V12)
    tool = server_context(*c.own_files(), maximum_version=c.V12)
    modern = server_context(*c.files())
    resuming = client_context()
    first = exchange(resuming, shop, "shop.example")
    return [
        (c.SHOP, first),
        (c.SHOP, exchange(resuming, shop, "shop.example", session=first.session)),
        (c.SHOP, exchange(client_context(), modern, "shop.example")),
        (c.SHOP, exchange(client_context(), shop, "other.example")),
        *(("198.51.100.66", exchange(client_context(), tool)) for _ in range(8)),
    ]


def test_the_same_findings_and_ledger(tmp_path: Path) -> None:
    recorder = Recorder()
    for address, made in exchanges():
        recorder.connection(address, made.segments)
    reports = {name: scan([place], profile=Profile()) for name, place in recorder.write(tmp_path).items()}
    of_zeek = reports["zeek"]
    assert len(of_zeek.findings) > 1
    for name, report in reports.items():
        assert findings(report) == findings(of_zeek), name
        assert report.ledger == of_zeek.ledger, name
        assert report.rejected == (), name


# --- where they differ ----------------------------------------------------------------------------------------------


def _refused_certificate() -> Segments:
    shop = server_context(*c.files(), maximum_version=c.V12)
    return exchange(client_context(verify_mode=ssl.CERT_REQUIRED), shop, "shop.example").segments


def _nothing_in_common() -> Segments:
    old = client_context(maximum_version=c.V11)
    return exchange(old, server_context(*c.files(), minimum_version=c.V12), "shop.example").segments


@cache
def _unreadable() -> Certificate:
    now = datetime.fromtimestamp(START, UTC)
    return tools.malformed(Random(3), KeyRing(5).rsa("unreadable"), now, "time", (("CN", "unreadable"),))


def _unreadable_certificate() -> Segments:
    """A real exchange whose Certificate message is replaced; what follows is encrypted and says nothing of it."""
    shop = server_context(*c.own_files(), maximum_version=c.V12)
    made = exchange(client_context(), shop, "shop.example").segments
    old, new = (len(one.der).to_bytes(3, "big") + one.der for one in (c.own(), _unreadable()))
    spoken = b"".join(data for side, data in made if side == SERVER)
    at = spoken.index(old)
    grown = len(new) - len(old)
    record_at = spoken.rindex(b"\x16\x03\x03", 0, at - 4)
    head = bytearray(spoken[:at])
    for place, size in ((record_at + 3, 2), (record_at + 6, 3), (record_at + 9, 3)):
        head[place : place + size] = (int.from_bytes(head[place : place + size], "big") + grown).to_bytes(size, "big")
    changed = bytes(head) + new + spoken[at + len(old) :]
    client = [data for side, data in made if side == CLIENT]
    return [(CLIENT, client[0]), (SERVER, changed), *((CLIENT, data) for data in client[1:])]


def _resumed_13() -> Segments:
    shop, client = server_context(*c.files(), minimum_version=c.V13), client_context()
    first = exchange(client, shop, "shop.example")
    return exchange(client, shop, "shop.example", session=first.session).segments


def _refused_13_clear() -> Segments:
    shop = server_context(*c.files(), minimum_version=c.V13)
    return exchange(client_context(verify_mode=ssl.CERT_REQUIRED), shop, "shop.example").segments


def _refused_13() -> Segments:
    """The same with the alert as clients send it that have changed their keys by then."""
    made = _refused_13_clear()
    assert made[-1][1][:1] == b"\x15"
    return [*made[:-1], (CLIENT, b"\x14\x03\x03\x00\x01\x01" + b"\x17\x03\x03\x00\x13" + bytes(range(19)))]


def _cut() -> Segments:
    made = exchange(client_context(), server_context(*c.files(), maximum_version=c.V12), "shop.example").segments
    return made[:2]


def _client_alone() -> Segments:
    made = exchange(client_context(), server_context(*c.files(), maximum_version=c.V12), "shop.example").segments
    return [(side, data) for side, data in made if side == CLIENT]


CASES: dict[str, Callable[[], Segments]] = {
    "refused_certificate": _refused_certificate,
    "nothing_in_common": _nothing_in_common,
    "unreadable_certificate": _unreadable_certificate,
    "resumed_13": _resumed_13,
    "refused_13_clear": _refused_13_clear,
    "refused_13": _refused_13,
    "cut": _cut,
    "client_alone": _client_alone,
}
"""A session for each difference that states what becomes of one."""


def states(place: Path) -> dict[str, str]:
    """The ledger's state of the session at each server's address. A flow without a session counts as not logged."""
    found: dict[str, str] = {}
    flows = set()
    for row in _rows(place):
        if row["category"] == "tls" and row["tls_state"]:
            found[row["dst_ip"]] = row["tls_state"]
        elif row["category"] == "connection" and row["service"] in ("ssl", "tls"):
            flows.add(row["dst_ip"])
    return dict.fromkeys(flows, "not_logged") | found


def _rows(place: Path) -> Iterable[dict[str, str]]:
    for batch in events([place], Profile(), Account()):
        columns = {name: batch[name] for name in ("category", "tls_state", "dst_ip", "service")}
        lists = {
            name: values.to_pylist() if hasattr(values, "to_pylist") else values for name, values in columns.items()
        }
        yield from (dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """State by address, by format, of all cases; the servers' addresses count up."""
    recorder = Recorder()
    for number, (key, make) in enumerate(CASES.items()):
        recorder.connection(f"198.51.100.{number + 1}", make(), ends=key != "cut")
    made = recorder.write(tmp_path_factory.mktemp("differences"))
    return {name: states(place) for name, place in made.items()}


def test_every_difference_has_its_session() -> None:
    assert {each.key for each in LEDGER} == CASES.keys()
    assert all(len(set(each.states.values())) > 1 for each in LEDGER)
    assert len({each.key for each in (*LEDGER, *FACTS)}) == len(LEDGER) + len(FACTS)


@pytest.mark.parametrize("difference", LEDGER, ids=lambda each: each.key)
def test_what_becomes_of_a_session_is_as_the_list_says(difference: Difference, told: dict[str, dict[str, str]]) -> None:
    address = f"198.51.100.{list(CASES).index(difference.key) + 1}"
    assert {name: told[name].get(address) for name in SENSORS} == difference.states


# --- a whole recording ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not have_openssl(), reason="needs the command openssl")
@pytest.mark.parametrize("seed", [3, 7])
def test_the_same_of_a_whole_recording(tmp_path: Path, seed: int) -> None:
    """What failed is known to the recorder; of the rest the three must say the same."""
    recorded = tmp_path / "recorded"
    record(recorded, seed, all_sensors=True)
    profile = read_profile(recorded / "certhound.toml")
    (logs := tmp_path / "logs").mkdir()
    for name in ("ssl", "x509", "conn", "dns"):
        shutil.copy(recorded / f"{name}.log", logs)
    shutil.copytree(recorded / "certificates", logs / "certificates")
    places = {"zeek": logs, "eve": recorded / EVE, "capture": recorded / CAPTURE}
    reports = {name: scan([place], profile=profile) for name, place in places.items()}
    assert len(reports["zeek"].findings) > 10
    assert findings(reports["capture"]) == findings(reports["zeek"])
    assert reports["capture"].ledger == reports["zeek"].ledger
    refused = _refused_by_suricata(recorded)
    assert findings(reports["eve"]) == {
        id_: said for id_, said in findings(reports["zeek"]).items() if said[0] not in refused
    }
    assert +Counter(reports["eve"].ledger) == _as_suricata_counts(recorded, Counter(reports["zeek"].ledger), refused)


def _refused_by_suricata(recorded: Path) -> set[str]:
    """Certificates whose dates Zeek could not read either: its logs show the year 1970."""
    rows = read_log(recorded / "x509.log")
    ends = ("certificate.not_valid_before", "certificate.not_valid_after")
    return {row["fingerprint"] for row in rows if any(float(row[end]) == 0 for end in ends)}


def _as_suricata_counts(recorded: Path, ledger: Counter[str], refused: set[str]) -> Counter[str]:
    """Zeek's ledger, with what the list of differences says of the sessions that Suricata counts otherwise."""
    by_key = {each.key: each.states for each in LEDGER}
    for row in read_log(recorded / "ssl.log"):
        leaf = row["cert_chain_fps"].split(",")[0]
        has_certificate = leaf not in ("-", "(empty)")
        if row["established"] != "T":
            key = "refused_certificate" if has_certificate else "nothing_in_common"
        elif leaf in refused:
            key = "unreadable_certificate"
        else:
            continue
        ledger[str(by_key[key]["zeek"])] -= 1
        ledger[str(by_key[key]["eve"])] += 1
    return +ledger


def test_certificates_of_eve_are_those_of_the_exchange(tmp_path: Path) -> None:
    """The writer's own words agree with the bytes beside them."""
    recorder = Recorder()
    recorder.connection(c.SHOP, exchanges()[0][1].segments)
    place = recorder.write(tmp_path)["eve"] / EVE
    record_ = next(found for line in place.read_text().splitlines() if "tls" in (found := json.loads(line)))
    said = record_["tls"]
    digest = hashlib.sha1(c.chain()[0], usedforsecurity=False).hexdigest()
    assert said["fingerprint"].replace(":", "") == digest
    assert said["subject"] == "CN=shop.example"
    assert said["issuerdn"] == "O=Lab, CN=Lab CA"
    assert said["subjectaltname"] == ["shop.example"]
    assert said["notbefore"] == "2025-12-01T00:00:00"
    assert len(said["chain"]) == 2
    assert pem(c.chain()[0]).replace("\n", "").find(said["chain"][0]) > 0
