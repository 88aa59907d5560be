"""Zeek's logs and a capture of the same traffic lead to the same findings and the same ledger.

What differs, and why, stands in docs/sensors-pcap.md.
"""

from __future__ import annotations

import shutil
import ssl
import sys
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "sources"))

import capture_cases as c  # type: ignore[import-not-found,unused-ignore]

from certhound.findings.report import Report
from certhound.findings.run import scan
from certhound.lab.capture_file import CaptureFile
from certhound.lab.exchange import Exchange, client_context, exchange, server_context
from certhound.lab.recorder import CAPTURE, record
from certhound.lab.sensor import Sensor, Validator
from certhound.lab.servers import have_openssl
from certhound.lab.tap import Capture
from certhound.lab.wire import read_handshake
from certhound.lab.zeek import write_log
from certhound.model.profile import Profile
from certhound.model.profile_file import read_profile
from certhound.sources.pcap.tshark import find_tshark

pytestmark = pytest.mark.skipif(find_tshark() is None, reason="needs tshark (apt-get install tshark)")

START = 1_772_000_000.0
DAY_S = 86400.0


def exchanges() -> list[tuple[str, Exchange]]:
    """Sessions of every kind, each with the server's address: an issued certificate, and one that signed itself."""
    shop = server_context(*c.files(), maximum_version=c.V12)
    tool = server_context(*c.own_files(), maximum_version=c.V12)
    modern = server_context(*c.files())
    refusing = client_context(verify_mode=ssl.CERT_REQUIRED)
    resuming = client_context()
    first = exchange(resuming, shop, "shop.example")
    return [
        (c.SHOP, first),
        (c.SHOP, exchange(resuming, shop, "shop.example", session=first.session)),
        (c.SHOP, exchange(client_context(), modern, "shop.example")),
        (c.SHOP, exchange(refusing, shop, "shop.example")),
        (c.SHOP, exchange(client_context(), shop, "other.example")),
        *(("198.51.100.66", exchange(client_context(), tool)) for _ in range(8)),
    ]


def both(folder: Path) -> tuple[Path, Path]:
    """A folder with Zeek's logs and the certificates, and one with the capture."""
    sensor = Sensor(Random(1), Validator([c.root()]), "10.0.0.53", START, lambda address: address.startswith("10."))
    packets = CaptureFile()
    for at, (address, made) in enumerate(exchanges()):
        moment = START + at * 7200.0
        capture = Capture((c.HOST, 50000 + at), (address, 443), made.segments)
        handshake = read_handshake(made.segments)
        assert handshake is not None
        sensor.tls(sensor.connection(capture, handshake, moment, 2.0, "ssl"), handshake, moment)
        packets.connection(capture, moment, 2.0)
    (logs := folder / "logs").mkdir()
    for kind, rows in sensor.rows.items():
        write_log(logs / f"{kind}.log", kind, rows, START, START + DAY_S)
    for fingerprint, certificate in sensor.certificates.items():
        (logs / f"{fingerprint}.der").write_bytes(certificate)
    (taken := folder / "capture").mkdir()
    (taken / "traffic.pcap").write_bytes(packets.data())
    return logs, taken


def findings(report: Report) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Score and rules of each finding by its id."""
    return {each.id: (each.score, tuple(sorted(part.rule for part in each.signals))) for each in report.findings}


def test_the_same_findings_and_ledger(tmp_path: Path) -> None:
    logs, taken = both(tmp_path)
    of_logs, of_capture = scan([logs], profile=Profile()), scan([taken], profile=Profile())
    assert len(of_logs.findings) > 1
    assert findings(of_capture) == findings(of_logs)
    assert of_capture.ledger == of_logs.ledger
    assert of_capture.rejected == of_logs.rejected == ()


@pytest.mark.slow
@pytest.mark.skipif(not have_openssl(), reason="needs the command openssl")
def test_the_same_findings_and_ledger_of_a_whole_recording(tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    record(recorded, 7, all_sensors=True)
    profile = read_profile(recorded / "certhound.toml")
    (logs := tmp_path / "logs").mkdir()
    for name in ("ssl", "x509", "conn", "dns"):
        shutil.copy(recorded / f"{name}.log", logs)
    shutil.copytree(recorded / "certificates", logs / "certificates")
    of_logs, of_capture = scan([logs], profile=profile), scan([recorded / CAPTURE], profile=profile)
    assert len(of_logs.findings) > 10
    assert findings(of_capture) == findings(of_logs)
    assert of_capture.ledger == of_logs.ledger
