"""What runs in a range beside the drill: one module a service with ``SERVICE``, started where a drill needs it.

A service is a program of Debian or PyPI as it is, with a configuration of its own in the folder of the range.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from certhound.lab.range.state import RangeError

if TYPE_CHECKING:
    from certhound.lab.range.build import Range

_WAIT_S = 45.0
_SAID = 300


class Service:
    """A service of a range. ``packages``: commands to the package that has each; ``records``: telemetry to its mark.

    ``role`` is the host that it runs on. Without an ``optional`` one a drill runs all the same, but is recorded less.
    """

    name: ClassVar[str]
    role: ClassVar[str]
    packages: ClassVar[Mapping[str, str]] = {}
    records: ClassVar[Mapping[str, str]] = {}
    optional: ClassVar[bool] = False

    def __init__(self, owner: Range) -> None:
        self.range = owner
        self.folder = owner.workspace / self.name
        self.log = self.folder / f"{self.name}.log"
        self._started: list[tuple[str, subprocess.Popen[bytes]]] = []

    @classmethod
    def why_not(cls) -> str:
        """Why there can be none; empty where there can."""
        return lacking(cls.packages)

    def start(self) -> None:
        """Bring it up; RangeError where it does not come."""
        if reason := self.why_not():
            raise RangeError(reason, check=f"no-{self.name}")
        self.folder.mkdir()
        self.bring_up()

    def bring_up(self) -> None:
        """Write its files and start its programs."""
        raise NotImplementedError

    def places(self) -> dict[str, str]:
        """What drills may name of it."""
        return {}

    def fallen(self) -> list[str]:
        """Programs of it that have ended though nobody asked them to, with their last words."""
        return [f"{name} ended with {code}: {self._said()}" for name, each in self._started if (code := each.poll())]

    def reap(self) -> None:
        """Take note that its programs have ended."""
        for _, each in self._started:
            each.wait(timeout=10)

    def launch(self, words: Sequence[str], *, into: Path | None = None, more: Mapping[str, str] | None = None) -> None:
        """Start a program on its host; what it says goes to its log, or what it writes to ``into``."""
        with self.log.open("ab") as said, (into or self.log).open("ab") as out:
            process = subprocess.Popen(
                self.range.enter(self.role, words, audited=False),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=said,
                env={**os.environ, **(more or {})},
                start_new_session=True,  # Ctrl-C is for the drill, which still has to clean up
            )
        self._started.append((Path(words[0]).name, process))

    def wait(self, ready: Callable[[], bool]) -> None:
        """Until it is ready; RangeError with its last words where it ends or takes too long."""
        end = time.monotonic() + _WAIT_S
        while not ready():
            if fallen := self.fallen():
                raise RangeError(f"{self.name} did not start: {fallen[0]}", check=f"range-{self.name}")
            if time.monotonic() > end:
                said = f"{self.name} did not start in {_WAIT_S:.0f} s: {self._said()}"
                raise RangeError(said, check=f"range-{self.name}")
            time.sleep(0.05)

    def listens(self, port: int, *, table: str = "tcp") -> bool:
        """Whether a port of its host is open (proc(5), net/tcp and net/udp)."""
        state = {"tcp": "0A", "udp": "07"}[table]
        lines = self.range.run(self.role, ["cat", f"/proc/net/{table}"], audited=False).stdout.splitlines()
        cells = [line.split() for line in lines[1:]]
        return any(each[1].endswith(f":{port:04X}") and each[3] == state for each in cells if len(each) > 3)

    def _said(self) -> str:
        try:
            return self.log.read_text(errors="replace").strip()[-_SAID:]
        except OSError:
            return ""


def service(name: str) -> type[Service]:
    """The service of that name."""
    found: type[Service] = importlib.import_module(f"{__name__}.{name}").SERVICE
    return found


def lacking(packages: Mapping[str, str]) -> str:
    """Which of these commands are missing, with the line that installs them; empty where none is."""
    missing = {name: package for name, package in packages.items() if not _is_there(name)}
    if not missing:
        return ""
    return f"missing: {', '.join(missing)} (apt-get install {' '.join(sorted(set(missing.values())))})"


def _is_there(name: str) -> bool:
    """A command on the path, or a file where the name is a path, as of programs that are no commands."""
    return Path(name).exists() if name.startswith("/") else shutil.which(name) is not None
