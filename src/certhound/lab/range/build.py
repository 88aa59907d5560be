"""A range as a context manager: up in seconds, away completely, whatever happens in between."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from certhound.lab.range import audit
from certhound.lab.range.interrupts import unbroken
from certhound.lab.range.network import BRIDGE, build_network
from certhound.lab.range.scene import scene
from certhound.lab.range.services import Service, service
from certhound.lab.range.state import RangeError, State, clean, new_state, take_down

TOOLS = {"ip": "iproute2", "unshare": "util-linux", "dumpcap": "tshark", "dnsmasq": "dnsmasq-base"}
"""Commands that a range needs, and the package of Debian that has each."""

_WAIT_S = 20.0


def why_no_range() -> str:
    """Why there can be no range here; empty where there can."""
    if os.geteuid() != 0:
        return "the range needs root, for network namespaces"
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        packages = " ".join(sorted({TOOLS[name] for name in missing}))
        return f"missing: {', '.join(missing)} (apt-get install {packages})"
    words = ["unshare", "--net", "--mount", "sh", "-ec", _PROBE.format(name=f"certhound-probe-{os.getpid()}")]
    try:
        probe = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, start_new_session=True)
    except subprocess.TimeoutExpired:
        return "no network namespaces here: the attempt did not end"
    return "" if probe.returncode == 0 else f"no network namespaces here: {probe.stderr.strip()}"


_PROBE = """
ip link add probe0 type bridge
ip link add probe1 type veth peer name probe2
ip netns add {name}
ip netns exec {name} true
ip netns del {name}
"""
"""All that a range is built of, once, in namespaces of its own; nothing of it stays."""


class Range:
    """Hosts, a resolver, a sensor, the kernel's audit, and what services are wanted.

    ``telemetry`` is the folder for what they record; ``seed`` chooses names and addresses.
    ``not_recorded``: kinds of telemetry that cannot be had here, with the reason. ``preloads``: a library that the
    programs of a drill are run with, by host.
    """

    def __init__(self, telemetry: Path, *, services: Sequence[str] = (), seed: int = 0) -> None:
        self.telemetry = telemetry
        self.scene = scene(seed)
        self.not_recorded: dict[str, str] = {}
        self.wanted = tuple(services)
        self.services: list[Service] = []
        self.preloads: dict[str, str] = {}
        self.state: State
        self._audit: audit.Audit | None = None
        self._sensor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Range:
        self._check()
        clean()
        state = None
        try:
            with unbroken():
                state = self.state = new_state()
            self._build()
        except BaseException:
            if state is not None:
                self._down()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._down()

    def _check(self) -> None:
        if reason := why_no_range():
            raise RangeError(reason, check="no-range", advice="run as root on a Linux machine of your own")

    def _build(self) -> None:
        self._folders()
        build_network(self.state, self.scene)
        self._start_sensor()
        self._start_audit(audit.why_not())
        for name in ("resolver", *self.wanted):
            self._start_service(service(name))

    def _start_service(self, kind: type[Service]) -> None:
        if kind.optional and (reason := kind.why_not()):
            self.not_recorded.update(dict.fromkeys(kind.records, reason))
            return
        self.services.append(kind(self))
        self.services[-1].start()

    def _folders(self) -> None:
        self.workspace.chmod(0o711)  # servers drop their privileges and must still reach what they serve
        self.files.mkdir()
        self.telemetry.mkdir(parents=True, exist_ok=True)

    def _start_audit(self, why_not: str) -> None:
        if why_not:
            self.not_recorded["audit"] = why_not
            return
        self._audit = audit.Audit(self.state, self.telemetry / "audit.log")
        self._audit.start(self.files)

    @property
    def places(self) -> dict[str, str]:
        """What stands for the places that arguments of drills name."""
        of_services = {name: text for each in self.services for name, text in each.places().items()}
        return {
            **self.scene.places,
            "files": str(self.files),
            "authorities": "",
            "audit_key": self.state.audit_key,
            **of_services,
        }

    @property
    def workspace(self) -> Path:
        """The folder of everything that this range writes, but for its telemetry."""
        return Path(self.state.workspace)

    @property
    def files(self) -> Path:
        """Where drills write; the audit watches it."""
        return self.workspace / "files"

    def enter(self, role: str, words: Sequence[str], *, audited: bool = True) -> list[str]:
        """The command that runs ``words`` on a host; its log-in id is that of the host, so that audit knows it."""
        if not audited:
            return self._inside(role, words)
        if preload := self.preloads.get(role):
            words = ["env", f"LD_PRELOAD={preload}", *words]  # inside, where its configuration is that of the range
        if self._audit is None:
            return self._inside(role, words)
        # Marked inside, so that the way in is not recorded: only what the drill itself does.
        mark = 'echo "$0" > /proc/self/loginuid && exec "$@"'
        return self._inside(role, ["sh", "-c", mark, str(self.state.login_id(role)), *words])

    @property
    def recorded_by(self) -> dict[str, str]:
        """Who recorded each kind of telemetry."""
        known = {"sensor": "dumpcap on the bridge of the range", "audit": audit.MARK}
        return known | {name: mark for each in self.services for name, mark in each.records.items()}

    def fallen(self) -> list[str]:
        """What should still run and does not: services, and the sensor."""
        found = [f"{each.role}: {said}" for each in self.services for said in each.fallen()]
        if self._sensor is not None and (code := self._sensor.poll()) is not None:
            found.append(f"the sensor ended with {code}: {self._said_by_sensor()}")
        return found

    def _inside(self, role: str, words: Sequence[str]) -> list[str]:
        return ["ip", "netns", "exec", self.state.namespace(role), *words]

    def run(
        self, role: str, words: Sequence[str], *, timeout: float = 60, audited: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a host and wait for it. What it leaves running goes when the range goes."""
        log = self.workspace / "said"
        with log.open("w+b") as said:
            process = subprocess.Popen(
                self.enter(role, words, audited=audited),
                stdin=subprocess.DEVNULL,
                stdout=said,  # a file: a server left running would hold a pipe open
                stderr=subprocess.STDOUT,
                cwd=self.workspace,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,
            )
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                code = 124
            finally:
                if process.poll() is None:
                    with contextlib.suppress(OSError):
                        os.killpg(process.pid, 9)
                    process.wait()
            return subprocess.CompletedProcess(list(words), code, log.read_text(errors="replace"), "")

    def running(self, role: str) -> set[int]:
        """Process ids on a host."""
        said = subprocess.run(
            ["ip", "netns", "pids", self.state.namespace(role)], capture_output=True, text=True, timeout=20, check=False
        )
        return {int(each) for each in said.stdout.split()}

    def _start_sensor(self) -> None:
        capture = self.telemetry / "capture.pcap"
        words = ["dumpcap", "-q", "-P", "-i", BRIDGE, "-w", str(capture)]
        log = (self.workspace / "sensor.log").open("wb")
        with log:
            self._sensor = subprocess.Popen(
                ["ip", "netns", "exec", self.state.namespace("switch"), *words],
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is not for it: it records the clean-up as well
            )
        end = time.monotonic() + _WAIT_S
        while not capture.exists() or capture.stat().st_size < 24:
            if self._sensor.poll() is not None or time.monotonic() > end:
                raise RangeError(f"the sensor did not start: {self._said_by_sensor()}", check="range-sensor")
            time.sleep(0.05)

    def _said_by_sensor(self) -> str:
        return (self.workspace / "sensor.log").read_text(errors="replace").strip()[-300:]

    def stop_recording(self) -> None:
        """End sensor and audit; what they saw is then in their files."""
        if self._sensor is not None and self._sensor.poll() is None:
            time.sleep(1.2)  # dumpcap hands over what it holds once a second at most
            self._sensor.terminate()
            try:
                self._sensor.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._sensor.kill()
                self._sensor.wait()
        if self._audit is not None:
            self._audit.stop()

    def _down(self) -> None:
        with unbroken():
            self.stop_recording()
            left = take_down(self.state)
            for each in self.services:
                each.reap()
        if left:
            raise RangeError(
                f"could not be removed: {', '.join(left)}", check="range-left", advice="certhound drill clean"
            )
