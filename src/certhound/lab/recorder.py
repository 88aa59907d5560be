"""Records a scenario: real servers, real clients, a passive tap between them, and a sensor that writes Zeek's logs.

On request the same exchanges are also written as packets and as Suricata's EVE.

Handshakes and their order are real; times come from the scenario's clock, so that five days pass in a minute.
DNS answers are written from the scenario's own table. Nothing leaves this machine: in a user namespace of its own
the recording has its own network, without one it stays on 127.0.0.1.
"""

from __future__ import annotations

import ipaddress
import json
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from certhound.lab.capture_file import CaptureFile
from certhound.lab.clients import Clients
from certhound.lab.eve import EveLog
from certhound.lab.model import Client, Protocols, RecordingError, Scenario, Service, Visit
from certhound.lab.network import MappedNetwork, NamespaceNetwork, Network, namespace_command
from certhound.lab.scenarios import build
from certhound.lab.sensor import Sensor, Validator
from certhound.lab.servers import Servers, have_openssl
from certhound.lab.tap import Capture, Endpoint, Tap
from certhound.lab.truth import Truth, state_of
from certhound.lab.wire import Handshake, read_handshake
from certhound.lab.zeek import Value, write_log

Progress = Callable[[str], None]
_CAPTURE_WAIT_S = 15.0
_TRUTH = "ground_truth.json"
CAPTURE = "capture.pcap"
"""The packets of the recording, where they were asked for."""
EVE = "eve.json"
"""What Suricata would have logged of it, where that was asked for."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recording came to. ``classes``: distinct certificates by class; ``elapsed_s``: wall time."""

    out: Path
    seed: int
    network: str
    sessions: int
    ledger: dict[str, int]
    classes: dict[str, int]
    elapsed_s: float


def record(
    out: Path, seed: int, plain_map: bool = False, progress: Progress | None = None, all_sensors: bool = False
) -> Recording:
    """Record the scenario of ``seed`` into the folder ``out``; an earlier recording there is replaced.

    ``plain_map`` stays on 127.0.0.1 even where a user namespace could be had; ``all_sensors`` writes the packets of
    the same traffic (``capture.pcap``) and what Suricata would have logged of it (``eve.json``) beside Zeek's logs.
    Raises RecordingError where openssl is missing, ``out`` holds something else than a recording, or a session did
    not end as planned.
    """
    begun = time.monotonic()
    if not have_openssl():
        raise RecordingError("the command openssl is missing", check="lab-openssl", advice="install openssl")
    if out.exists() and any(out.iterdir()) and not (out / _TRUTH).exists():
        raise RecordingError(f"{out} is not empty and no recording", check="lab-out", advice="name an empty folder")
    enter = None if plain_map else namespace_command()
    with tempfile.TemporaryDirectory(prefix="certhound-lab-") as workspace:
        made = Path(workspace) / "recording"
        if enter is None:
            _record_here(made, seed, MappedNetwork(), progress, all_sensors)
        else:
            more = ["all-sensors"] if all_sensors else []
            command = [*enter, sys.executable, "-m", "certhound.lab.recorder", str(made), str(seed), *more]
            done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise RecordingError(done.stderr.strip()[-2000:], check="lab-recorder")
        if out.exists():
            shutil.rmtree(out)
        shutil.copytree(made, out)
    return _summary(out, time.monotonic() - begun)


def _summary(out: Path, elapsed_s: float) -> Recording:
    truth = json.loads((out / _TRUTH).read_text())
    classes: dict[str, int] = {}
    for certificate in truth["certificates"]:
        classes[certificate["class"]] = classes.get(certificate["class"], 0) + 1
    return Recording(
        out, truth["seed"], truth["network"], truth["sessions"], truth["ledger"], classes, round(elapsed_s, 1)
    )


def _record_here(
    out: Path, seed: int, network: Network, progress: Progress | None = None, all_sensors: bool = False
) -> None:
    """Record in this very process and network."""
    say = progress or (lambda _: None)
    network.prepare()
    say("making keys and certificates")
    scenario = build(seed)
    sensor = _sensor(scenario)
    truth = Truth(scenario)
    others = OtherSensors() if all_sensors else None
    with tempfile.TemporaryDirectory(prefix="certhound-servers-") as workspace, Servers(Path(workspace)) as servers:
        say(f"starting {len(scenario.services)} servers")
        backends = servers.start(scenario.services.values())
        tap = Tap()
        places = {
            service.key: tap.listen(network.listen_at((service.address, service.port)), backends[service.key])
            for service in scenario.services.values()
        }
        say(f"{len(scenario.visits)} visits")
        with tap:
            _visit_all(scenario, network, tap, places, sensor, truth, others)
    _write(out, scenario, sensor, truth.document(sensor.certificates, network.mode))
    if others is not None:
        others.write(out, sensor)


@dataclass(slots=True)
class OtherSensors:
    """What other sensors than Zeek would have kept of the same exchanges."""

    packets: CaptureFile = field(default_factory=CaptureFile)
    eve: EveLog = field(default_factory=EveLog)

    def connection(
        self, capture: Capture, handshake: Handshake | None, identity: dict[str, Value], duration_s: float, lost: bool
    ) -> None:
        """One connection as it began at ``ts`` of its ``identity``; ``handshake`` as the sensor read it."""
        self.packets.connection(capture, float(str(identity["ts"])), duration_s, lost=lost)
        if handshake is None:
            self.eve.http(identity, capture)

    def write(self, out: Path, sensor: Sensor) -> None:
        """Write both files; flows and lookups are those of the sensor."""
        for row in sensor.rows["dns"]:
            self.packets.lookup(row)
            self.eve.dns(row)
        for row in sensor.rows["conn"]:
            self.eve.flow(row)
        (out / CAPTURE).write_bytes(self.packets.data())
        (out / EVE).write_text(self.eve.text())


def _sensor(scenario: Scenario) -> Sensor:
    own = ipaddress.ip_network("10.0.0.0/8")
    return Sensor(
        rng=Random(f"{scenario.seed}/sensor"),  # noqa: S311 - repeatable on purpose
        validate=Validator(scenario.sensor_roots),
        resolver=scenario.resolver,
        start=scenario.start,
        local=lambda address: ipaddress.ip_address(address) in own,
    )


def _visit_all(
    scenario: Scenario,
    network: Network,
    tap: Tap,
    places: dict[str, Endpoint],
    sensor: Sensor,
    truth: Truth,
    others: OtherSensors | None,
) -> None:
    clients = Clients()
    for visit in scenario.visits:
        service = scenario.services[visit.service]
        ends = (network.source(visit.client), places[service.key])
        clients.visit(visit.kind, visit.client, service.key, visit.server_name, ends, visit.path, visit.resume)
        try:
            capture = tap.captures.get(timeout=_CAPTURE_WAIT_S)
        except queue.Empty:
            raise RecordingError(f"the tap saw nothing of {visit.kind} at {service.key}", check="lab-tap") from None
        _observe(scenario, _as_planned(capture, visit, service), visit, service, sensor, truth, others)


def _as_planned(capture: Capture, visit: Visit, service: Service) -> Capture:
    """The capture under the scenario's addresses; the client's port stays the real one."""
    return Capture((visit.client, capture.client[1]), (service.address, service.port), capture.segments)


def _observe(
    scenario: Scenario,
    capture: Capture,
    visit: Visit,
    service: Service,
    sensor: Sensor,
    truth: Truth,
    others: OtherSensors | None,
) -> None:
    moment = scenario.start + visit.time
    if visit.server_name:
        sensor.lookup(visit.client, visit.server_name, service.address, moment)
    is_plain = service.protocols is Protocols.PLAIN or visit.kind is Client.PLAIN
    handshake = None if is_plain else read_handshake(capture.segments)
    if handshake is None and not is_plain:
        raise RecordingError(f"{visit.kind} at {service.key}: no TLS in this connection", check="lab-tap")
    identity = sensor.connection(capture, handshake, moment, visit.duration_s, "http" if is_plain else "ssl")
    if others is not None:
        others.connection(capture, handshake, identity, visit.duration_s, visit.lost)
    if handshake is None:
        return
    if not visit.lost:
        row = sensor.tls(identity, handshake, moment)
        if others is not None:
            others.eve.tls(row, handshake)
    truth.add(visit, service, state_of(visit, service, handshake))


def _write(out: Path, scenario: Scenario, sensor: Sensor, truth: dict[str, Any]) -> None:
    """Write logs, certificates, profile, roots and ground truth into a new folder."""
    out.mkdir(parents=True)
    closed = scenario.start + scenario.visits[-1].time + 60
    for kind, rows in sensor.rows.items():
        rows.sort(key=lambda row: float(str(row["ts"])))
        write_log(out / f"{kind}.log", kind, rows, scenario.start, closed)
    (out / "certificates").mkdir()
    for fingerprint, certificate in sensor.certificates.items():
        (out / "certificates" / f"{fingerprint}.der").write_bytes(certificate)
    for name, text in scenario.files.items():
        path = out / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (out / _TRUTH).write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n")


def _main(arguments: list[str]) -> int:
    """Inside the namespace: record, and say on standard error what went wrong."""
    out, seed, *more = arguments
    try:
        _record_here(Path(out), int(seed), NamespaceNetwork(), all_sensors=more == ["all-sensors"])
    except RecordingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
