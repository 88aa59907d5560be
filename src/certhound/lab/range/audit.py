"""Records of the kernel's audit for the processes of a range, read from its multicast group and written as auditd does.

No daemon is started, and one that runs is not disturbed: the group (``AUDIT_NLGRP_READLOG``, audit_netlink) is for any
number of readers. Rules take only processes whose log-in id is one of the range's. auditd writes ``type=NAME
msg=audit(…): …`` (raw format) and, with ``name_format``, ``node=``; so do we: the host of the range stands there.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import struct
import threading
from pathlib import Path
from typing import IO

from certhound.lab.range.state import ROLES, RangeError, State, command, locked, states
from certhound.sources.vendors.auditd.numbers import TYPES

MARK = "records of the kernel's audit, read from its multicast group by certhound and written in auditd's raw format"
_NETLINK_AUDIT = 9
_GROUP = 1
_HEADER = struct.Struct("=IHHII")
_STAMP = re.compile(rb"audit\((\d+\.\d+:\d+)\)")
_AUID = re.compile(rb"\bauid=(\d+)")
_SYSCALL = 1300
_CALLS = (("execve", "execveat"), ("connect", "bind"))


def why_not() -> str:
    """Why the kernel's audit cannot be had here; empty where it can."""
    if shutil.which("auditctl") is None:
        return "the command auditctl is missing (apt-get install auditd)"
    try:
        said = command(["auditctl", "-s"])
    except RangeError as error:
        return f"the kernel's audit does not answer: {error.text}"
    found = re.search(r"^enabled (\d)", said, re.MULTILINE)
    if found is None:
        return "the kernel's audit does not answer"
    if found[1] == "2":
        return "the rules of the kernel's audit are locked until the next start (enabled 2)"
    try:
        _open().close()
    except OSError as error:
        return f"the multicast group of the kernel's audit cannot be joined: {error.strerror}"
    return ""


def _open() -> socket.socket:
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_AUDIT)
    try:
        link.bind((0, _GROUP))
    except OSError:
        link.close()
        raise
    with contextlib.suppress(OSError):
        link.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE: a burst must not be lost
    link.settimeout(0.2)
    return link


class Audit:
    """Records into ``log`` from ``start`` to ``stop``. ``lost``: how often the kernel said that it dropped records."""

    def __init__(self, state: State, log: Path) -> None:
        self.state = state
        self.log = log
        self.lost = 0
        self._roles = {str(state.login_id(role)).encode(): role for role in ROLES}
        self._events: dict[bytes, str] = {}
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, watched: Path) -> None:
        """Set the rules and begin; ``watched`` is the folder whose files' writing and changing is recorded."""
        with locked():
            enabled = re.search(r"^enabled (\d)", command(["auditctl", "-s"]), re.MULTILINE)
            others = [each.audit_before for each in states() if each.audit_before is not None]
            self.state.audit_before = 0 if 0 in others else int(enabled[1]) if enabled else 0
            self.state.save()
            command(["auditctl", "-e", "1"])
        ids = [self.state.login_id(role) for role in ROLES]
        who = ["-F", f"auid>={min(ids)}", "-F", f"auid<={max(ids)}", "-k", self.state.audit_key]
        for calls in _CALLS:
            wanted = [word for call in calls for word in ("-S", call)]
            command(["auditctl", "-a", "always,exit", "-F", "arch=b64", *wanted, *who])
        command(["auditctl", "-a", "always,exit", "-F", f"dir={watched}", "-F", "perm=wa", *who])
        link = _open()
        self._thread = threading.Thread(target=self._read, args=(link,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what has come, and end."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _read(self, link: socket.socket) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with link, self.log.open("wb") as out:
            while True:
                try:
                    message = link.recv(65536)
                except TimeoutError:
                    out.flush()
                    if self._end.is_set():
                        return
                    continue
                except OSError:  # ENOBUFS: more came than fits
                    self.lost += 1
                    continue
                self._take(message, out)

    def _take(self, message: bytes, out: IO[bytes]) -> None:
        length, kind, *_ = _HEADER.unpack_from(message)
        text = message[_HEADER.size : max(length, _HEADER.size + 1)].rstrip(b"\0")
        if len(message) > length:
            text = message[_HEADER.size :].rstrip(b"\0")  # the kernel counts the text without the header here
        stamp = _STAMP.match(text)
        if stamp is None:
            return
        if kind == _SYSCALL and (who := _AUID.search(text)) is not None and who[1] in self._roles:
            self._events[stamp[1]] = self._roles[who[1]]
        role = self._events.get(stamp[1])
        if role is not None:
            name = TYPES.get(kind, f"UNKNOWN[{kind}]")
            out.write(b"node=%s type=%s msg=%s\n" % (role.encode(), name.encode(), text))
