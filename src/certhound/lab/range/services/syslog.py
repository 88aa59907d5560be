"""Syslog of the adversary's host: rsyslog, to which snoopy tells every program that is run.

Nothing of the machine's own syslog is used: rsyslog listens on a socket in the folder of the range, and snoopy, which
is loaded into the processes of a drill alone (LD_PRELOAD, ld.so(8)), is told to write there.
"""

from __future__ import annotations

from pathlib import Path

from certhound.lab.range.services import Service
from certhound.lab.range.state import ETC

_LIBRARIES = ("/lib/x86_64-linux-gnu/libsnoopy.so", "/lib/aarch64-linux-gnu/libsnoopy.so", "/usr/lib64/libsnoopy.so")
_RSYSLOG = """\
global(workDirectory="{folder}" localHostname="{host}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{socket}" ParseHostname="off")
action(type="omfile" file="{log}" template="RSYSLOG_FileFormat")
"""
_SNOOPY = """\
[snoopy]
output = socket:{socket}
message_format = "<86>snoopy[%{{pid}}]: [login:%{{login}} ssh:(%{{env:SSH_CONNECTION}}) sid:%{{sid}} tty:%{{tty}} \
(%{{tty_uid}}/%{{tty_username}}) uid:%{{username}}(%{{uid}})/%{{eusername}}(%{{euid}}) cwd:%{{cwd}}]: %{{cmdline}}"
"""
"""The format is snoopy's own from 2.5, behind a priority and a tag as its output to /dev/log would set them."""


class Syslog(Service):
    """rsyslog and snoopy for the host *adversary*."""

    name = "syslog"
    role = "adversary"
    packages = {"rsyslogd": "rsyslog"}  # noqa: RUF012 - never changed
    optional = True
    records = {"syslog": "rsyslog, of what snoopy told it"}  # noqa: RUF012 - never changed

    @classmethod
    def why_not(cls) -> str:
        if cls.library() is None:
            return "missing: snoopy (apt-get install snoopy rsyslog)"
        return super().why_not()

    @staticmethod
    def library() -> str | None:
        """Where snoopy's library is."""
        return next((each for each in _LIBRARIES if Path(each).exists()), None)

    def bring_up(self) -> None:
        socket, settings = self.folder / "socket", self.folder / "rsyslog.conf"
        log = self.range.telemetry / "syslog.log"
        settings.write_text(_RSYSLOG.format(folder=self.folder, host=self.role, socket=socket, log=log))
        own = (
            ETC / self.range.state.namespace(self.role) / "snoopy.ini"
        )  # which ip netns exec puts over /etc/snoopy.ini
        own.write_text(_SNOOPY.format(socket=socket))
        self.launch(["rsyslogd", "-n", "-f", str(settings), "-i", str(self.folder / "pid")])
        self.wait(socket.exists)
        self.range.preloads[self.role] = self.library() or ""


SERVICE = Syslog
