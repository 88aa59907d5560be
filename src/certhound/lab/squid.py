"""A real Squid between the tap and some servers, as a gateway stands there that intercepts: its access log is its own.

Squid runs without root, as a user that a namespace makes up where the recorder is root there (Squid refuses to be it).
It is told to connect to the server's name, which its own hosts file puts on this machine. What it cannot know is put
right in each line afterwards: the time of the scenario's clock, the client, and where the server is in the scenario.
Where there is no Squid, or it does not come up, the recorder writes the line itself, in the format ``squid`` of its
documentation (http://www.squid-cache.org/Doc/config/logformat/); the recording says which.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from certhound.lab.model import RecordingError, Service, Visit
from certhound.lab.tap import Capture, Endpoint
from certhound.lab.wire import SERVER

_START_S = 20.0
_LINE_S = 10.0
_UNPRIVILEGED = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_CONFIGURATION = """\
http_port 127.0.0.1:{port}
http_access allow all
cache deny all
hosts_file {folder}/hosts
dns_nameservers 127.0.0.1
access_log stdio:{folder}/access.log squid
cache_log {folder}/cache.log
pid_filename none
netdb_filename none
coredump_dir none
pinger_enable off
shutdown_lifetime 0 seconds
"""


def have_squid() -> bool:
    """Whether Squid is here and can be run by the one who records."""
    return _command() is not None


def _command() -> list[str] | None:
    found = shutil.which("squid") or shutil.which("squid", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        return None
    if os.geteuid():
        return [found]
    if shutil.which("unshare") is None:
        return None
    probe = subprocess.run([*_UNPRIVILEGED, "true"], capture_output=True, timeout=20, check=False)
    return None if probe.returncode else [*_UNPRIVILEGED, found]


@dataclass(slots=True)
class Squid:
    """A context manager: Squid while servers run, ``line`` after each connection that went through it.

    ``written`` says that no Squid runs here, and that lines are the recorder's own.
    """

    folder: Path
    names: Iterable[str]
    port: int = 0
    written: bool = True
    lines: list[tuple[float, str]] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _read: int = 0

    def __enter__(self) -> Squid:
        command = _command()
        if command is None:
            return self
        self.folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (self.folder / "hosts").write_text("".join(f"127.0.0.1 {name}\n" for name in sorted(set(self.names))))
        (self.folder / "squid.conf").write_text(_CONFIGURATION.format(port=self.port, folder=self.folder))
        self._process = subprocess.Popen(
            [*command, "-N", "-f", str(self.folder / "squid.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.written = not self._is_up()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
            if self._process.poll() is None:
                self._process.kill()

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it listens; None where there is none."""
        return None if self.written else ("127.0.0.1", self.port)

    def _is_up(self) -> bool:
        """Wait for it; False where it does not come up, as under a policy that keeps it to its own folders."""
        end = time.monotonic() + _START_S
        while time.monotonic() < end and self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(b"GET http://127.0.0.1:1/ HTTP/1.0\r\n\r\n")  # a line that says that all is ready
                while probe.recv(65536):
                    pass
                self._next()
                return True
            time.sleep(0.05)
        return False

    def line(self, visit: Visit, service: Service, capture: Capture, start: float) -> None:
        """Keep the line of the connection that just ended. ``start``: when the scenario begins, epoch seconds."""
        ended = start + visit.time + visit.duration_s
        elapsed = round(visit.duration_s * 1000)
        if self.written:
            code, size = "TCP_TUNNEL/200", str(capture.sent(SERVER))
        else:
            said = self._next().split()
            code, size = said[3], said[4]
        name = visit.server_name or service.address
        self.lines.append(
            (
                ended,
                f"{ended:.3f} {elapsed:6d} {visit.client} {code} {size} CONNECT {name}:{service.port}"
                f" - HIER_DIRECT/{service.address} -",
            )
        )

    def _next(self) -> str:
        """The next line of the log; raises RecordingError where none comes."""
        log, end = self.folder / "access.log", time.monotonic() + _LINE_S
        while time.monotonic() < end:
            lines = log.read_text().splitlines(keepends=True) if log.exists() else []
            if len(lines) > self._read and lines[self._read].endswith("\n"):
                self._read += 1
                return lines[self._read - 1]
            time.sleep(0.01)
        raise RecordingError("Squid wrote nothing of a connection through it", check="lab-squid")

    def text(self) -> str:
        """The log of the recording, in the order of time."""
        return "".join(f"{line}\n" for _, line in sorted(self.lines))
