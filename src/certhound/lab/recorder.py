"""Records a scenario: real servers, real clients, a passive tap between them, and a sensor that writes Zeek's logs.

On request the same exchanges are also written as packets and as Suricata's EVE. Beside the sensor stand a web gateway
(a real Squid where there is one), Sysmon on some machines, and mail: see the README that each recording gets.

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

from certhound.lab.capture_file import CaptureFile
from certhound.lab.clients import Clients
from certhound.lab.eve import EveLog
from certhound.lab.mailbox import mbox
from certhound.lab.model import Client, Protocols, RecordingError, Scenario, Service, Visit
from certhound.lab.network import MappedNetwork, NamespaceNetwork, Network, namespace_command
from certhound.lab.readme import readme
from certhound.lab.scenarios import build
from certhound.lab.sensor import Sensor, Validator
from certhound.lab.servers import Servers, have_openssl
from certhound.lab.squid import Squid
from certhound.lab.sysmon import SysmonLog
from certhound.lab.tap import Backend, Capture, Endpoint, Tap
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
    names = [visit.server_name for visit in scenario.visits if scenario.services[visit.service].proxied]
    with tempfile.TemporaryDirectory(prefix="certhound-servers-") as workspace:
        Path(workspace).chmod(0o755)  # a proxy without rights must get to its own folder
        squid = Squid(Path(workspace) / "squid", [name for name in names if name])
        with Servers(Path(workspace)) as servers, squid:
            say(f"starting {len(scenario.services)} servers")
            backends = servers.start(scenario.services.values())
            stage = _Stage(scenario, network, _sensor(scenario), Truth(scenario), squid)
            stage.others = OtherSensors() if all_sensors else None
            stage.listen(backends)
            say(f"{len(scenario.visits)} visits")
            with stage.tap:
                for visit in scenario.visits:
                    stage.visit(visit)
    stage.write(out)


@dataclass(slots=True)
class _Stage:
    """One recording while it happens."""

    scenario: Scenario
    network: Network
    sensor: Sensor
    truth: Truth
    squid: Squid
    others: OtherSensors | None = None
    sysmon: SysmonLog = field(default_factory=SysmonLog)
    tap: Tap = field(default_factory=Tap)
    clients: Clients = field(default_factory=Clients)
    _backends: dict[str, Backend] = field(default_factory=dict)
    _places: dict[str, Endpoint] = field(default_factory=dict)

    def listen(self, servers: dict[str, Endpoint]) -> None:
        """Stand before every server, with the gateway between where the scenario has it."""
        for service in self.scenario.services.values():
            proxy = self.squid.endpoint if service.proxied else None
            self._backends[service.key] = backend = Backend(servers[service.key], proxy)
            at = self.network.listen_at((service.address, service.port))
            self._places[service.key] = self.tap.listen(at, backend)

    def visit(self, visit: Visit) -> None:
        """Let a client connect, and everybody log it."""
        service = self.scenario.services[visit.service]
        self._backends[service.key].name = visit.server_name or "127.0.0.1"
        ends = (self.network.source(visit.client), self._places[service.key])
        self.clients.visit(visit.kind, visit.client, service.key, visit.server_name, ends, visit.path, visit.resume)
        try:
            seen = self.tap.captures.get(timeout=_CAPTURE_WAIT_S)
        except queue.Empty:
            raise RecordingError(f"the tap saw nothing of {visit.kind} at {service.key}", check="lab-tap") from None
        # under the scenario's addresses; the client's port stays the real one
        capture = Capture((visit.client, seen.client[1]), (service.address, service.port), seen.segments)
        self._observe(capture, visit, service)
        if service.proxied:
            self.squid.line(visit, service, capture, self.scenario.start)

    def _observe(self, capture: Capture, visit: Visit, service: Service) -> None:
        moment = self.scenario.start + visit.time
        self._endpoint(capture, visit, service, moment)
        is_plain = service.protocols is Protocols.PLAIN or visit.kind is Client.PLAIN
        handshake = None if is_plain else read_handshake(capture.segments)
        if handshake is None and not is_plain:
            raise RecordingError(f"{visit.kind} at {service.key}: no TLS in this connection", check="lab-tap")
        kind = "http" if is_plain else "ssl"
        identity = self.sensor.connection(capture, handshake, moment, visit.duration_s, kind)
        if self.others is not None:
            self.others.connection(capture, handshake, identity, visit.duration_s, visit.lost)
        if handshake is None:
            return
        if not visit.lost:
            row = self.sensor.tls(identity, handshake, moment)
            if self.others is not None:
                self.others.eve.tls(row, handshake)
        self.truth.add(visit, service, state_of(visit, service, handshake))

    def _endpoint(self, capture: Capture, visit: Visit, service: Service, moment: float) -> None:
        """The client's question for the name, and what its own machine logs of all this."""
        row = None
        if visit.server_name:
            row = self.sensor.lookup(visit.client, visit.server_name, service.address, moment)
        if visit.program is not None:
            computer = self.scenario.computers[visit.client]
            if row is not None:
                self.sysmon.lookup(computer, visit.program, row)
            self.sysmon.connection(computer, visit.program, capture, moment)

    def write(self, out: Path) -> None:
        """Write logs, certificates, profile, roots and ground truth into a new folder."""
        out.mkdir(parents=True)
        self._logs(out)
        (out / "certificates").mkdir()
        for fingerprint, certificate in self.sensor.certificates.items():
            (out / "certificates" / f"{fingerprint}.der").write_bytes(certificate)
        for name, text in self.scenario.files.items():
            path = out / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        if self.others is not None:
            self.others.write(out, self.sensor)
        told = {
            "access.log": self.squid.text(),
            "sysmon.xml": self.sysmon.text(),
            "mail.mbox": mbox(self.scenario.mails, self.scenario.start, self.scenario.mail_gateway),
            "README.md": readme(self.scenario, squid_is_real=not self.squid.written),
        }
        for name, text in told.items():
            (out / name).write_text(text)
        document = self.truth.document(self.sensor.certificates, self.network.mode, self._records())
        (out / _TRUTH).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")

    def _records(self) -> dict[str, int]:
        """How many records each file has."""
        told = {f"{kind}.log": len(rows) for kind, rows in self.sensor.rows.items()}
        told |= {"access.log": len(self.squid.lines), "sysmon.xml": len(self.sysmon.events)}
        return {**told, "mail.mbox": len(self.scenario.mails), "certificates": len(self.sensor.certificates)}

    def _logs(self, out: Path) -> None:
        closed = self.scenario.start + self.scenario.visits[-1].time + 60
        for kind, rows in self.sensor.rows.items():
            rows.sort(key=lambda row: float(str(row["ts"])))
            write_log(out / f"{kind}.log", kind, rows, self.scenario.start, closed)


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
