"""Where the lab's addresses come from: a user namespace of its own, or a stated map on 127.0.0.1.

In a user and network namespace every address can be made local without being root, so that clients and servers
have the addresses that the log will show. Where the system forbids that, everything happens on 127.0.0.1 and the
log shows the addresses of the scenario: the map is then part of the recording.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field

from certhound.lab.model import RecordingError
from certhound.lab.tap import Endpoint

_ENTER = ("unshare", "--user", "--map-root-user", "--net")
_HALVES = ("0.0.0.0/1", "128.0.0.0/1")  # the whole of IPv4 without touching the default route


def namespace_command() -> tuple[str, ...] | None:
    """The command that runs another one in a namespace of its own, or None where this system cannot."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return None
    probe = subprocess.run([*_ENTER, "ip", "link", "set", "lo", "up"], capture_output=True, timeout=20, check=False)
    return _ENTER if probe.returncode == 0 else None


@dataclass(slots=True)
class NamespaceNetwork:
    """Every IPv4 address is this machine's. To be used inside ``namespace_command()`` only."""

    mode = "namespace"

    def prepare(self) -> None:
        """Bring the loopback up and make all addresses local; raises RecordingError where that is refused."""
        commands = [["ip", "link", "set", "lo", "up"]]
        commands += [["ip", "route", "add", "local", half, "dev", "lo"] for half in _HALVES]
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
            if done.returncode:
                raise RecordingError(
                    f"{' '.join(command)}: {done.stderr.strip()}",
                    check="lab-network",
                    advice="record with the plain map instead (--plain-map)",
                )

    def listen_at(self, logical: Endpoint) -> Endpoint:
        """Where the tap should listen for a service of this address."""
        return logical

    def source(self, client: str) -> str:
        """The address that a client binds before it connects."""
        return client


@dataclass(slots=True)
class MappedNetwork:
    """Everything on 127.0.0.1; ``places`` maps the scenario's endpoints to real ones."""

    mode = "map"
    places: dict[Endpoint, Endpoint] = field(default_factory=dict)

    def prepare(self) -> None:
        """Nothing to do."""

    def listen_at(self, logical: Endpoint) -> Endpoint:  # noqa: ARG002 - the same shape as the namespace's
        """Any free port of 127.0.0.1."""
        return "127.0.0.1", 0

    def source(self, client: str) -> str:  # noqa: ARG002
        """Always 127.0.0.1."""
        return "127.0.0.1"


Network = NamespaceNetwork | MappedNetwork
