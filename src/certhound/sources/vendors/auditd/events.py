"""Audit events out of their records, which interleave and come in any order, and what an event says in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from certhound.sources.envelopes.reads import to_address
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.vendors.auditd.numbers import FILE, INCOMING, PROCESS, syscall_name
from certhound.sources.vendors.auditd.records import AuditRecord, arguments, read, socket_address, stated

_WHOLE = (
    "USER", "CRED_", "CRYPTO_", "SERVICE_", "SYSTEM_", "DAEMON_", "ADD_", "DEL_", "GRP_", "ROLE_", "CHUSER", "CHGRP",
    "ACCT_", "LABEL_", "DEV_", "VIRT_", "RESP_", "TRUSTED_APP", "SOFTWARE_UPDATE", "AUOMS_",
)  # fmt: skip
"""Records that programs write: each is an event of its own."""

_PARTS = frozenset(
    "SYSCALL EXECVE PATH CWD PROCTITLE SOCKADDR SOCKETCALL EOE FD_PAIR OBJ_PID BPRM_FCAPS CAPSET MMAP IPC IPC_SET_PERM "
    "KERNEL_OTHER FANOTIFY OPENAT2 MQ_OPEN MQ_SENDRECV MQ_NOTIFY MQ_GETSETATTR URINGOP AVC_PATH".split()
)
"""Records that tell more of an event; any other kind is what the event is about."""

HELD_SECONDS = 2.0
"""An event is taken as whole when records so much later have come (auditd's own libraries do the same)."""

MOST_OPEN = 8_192
_UNSET = frozenset(("4294967295", "-1", "unset"))
_KINDS = ("CREATE", "DELETE", "NORMAL", "UNKNOWN")
_UNKNOWN_ID = re.compile(r"unknown\((\d+)\)")

Key = tuple[str | None, str, str]


@dataclass(slots=True, eq=False)
class Event:
    """Records with the same node, time and serial, in the order in which they came."""

    first: Record
    time: float
    records: list[AuditRecord] = field(default_factory=list)
    payloads: list[str] = field(default_factory=list)


class Assembler:
    """Puts records together. ``feed`` and ``rest`` give events that are whole, as records with columns' values."""

    def __init__(self) -> None:
        self.open: dict[Key, Event] = {}
        self.newest = 0.0

    def feed(self, record: Record) -> Iterator[Record]:
        audit = read(record.text)
        if audit is None:
            record.problem = "an audit record without time and serial"
            yield record
            return
        key = (audit.node or record.header.host, audit.stamp, audit.serial)
        event = self.open.get(key)
        if event is None:
            event = self.open[key] = Event(record, 0.0 if audit.local else float(audit.stamp))
            yield from self._close_old(event.time)
        event.records.append(audit)
        event.payloads.append(record.payload)
        # EOE closes nothing: ausearch writes it first, and records may come after it.
        if len(event.records) == 1 and audit.kind.startswith(_WHOLE):
            yield self._close(key)

    def rest(self) -> Iterator[Record]:
        for key in list(self.open):
            yield self._close(key)

    def _close_old(self, time: float) -> Iterator[Record]:
        self.newest = max(self.newest, time)
        while len(self.open) > 1:
            oldest = next(iter(self.open))
            waits = self.open[oldest].time > self.newest - HELD_SECONDS or not self.newest
            if waits and len(self.open) <= MOST_OPEN:
                return
            yield self._close(oldest)

    def _close(self, key: Key) -> Record:
        event = self.open.pop(key)
        return _row(event, key)


def _row(event: Event, key: Key) -> Record:
    first, count = event.first, len(event.records)
    payload = first.payload if count == 1 else "\n".join(event.payloads)
    values = Values(event.records).all()
    node, stamp, serial = key
    values |= {":time": _iso(stamp) if event.records[0].local else stamp, ":serial": serial}
    if node:
        values[":computer"] = node
    row = Record(Form.KEY_VALUE, values, first.text, payload, first.line, first.number, first.header)
    row.parts = count
    return row


def _iso(stamp: str) -> str:
    """``ausearch``'s local time as ISO 8601: month first, unless that cannot be; years have two digits or four."""
    found = re.match(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})\s+(\d\S*)", stamp)
    if found is None:
        return stamp
    one, two, three, clock = found.groups()
    if len(one) == 4:
        return f"{one}-{two:0>2}-{three:0>2}T{clock}"
    year = three if len(three) == 4 else f"20{three:0>2}"
    month, day = (two, one) if int(one) > 12 else (one, two)
    return f"{year}-{month:0>2}-{day:0>2}T{clock}"


class Values:
    """What an event says: columns' values under names that begin with a colon, all else as it was written."""

    def __init__(self, records: list[AuditRecord]) -> None:
        self.records = records
        self.of: dict[str, AuditRecord] = {}
        for record in records:
            self.of.setdefault(record.kind, record)
        # Who did it stands in the system call's record; else in that of the program that wrote it.
        self.main = self.of.get("SYSCALL") or next((each for each in records if each.kind not in _PARTS), records[0])
        about = next((each for each in records if each.kind not in _PARTS), None)
        self.kind = (about or self.of.get("SYSCALL") or records[0]).kind
        number = self.main.fields.get("syscall") if self.main.kind == "SYSCALL" else None
        self.call = self._call(number) if number else None

    def _call(self, number: str) -> str:
        fields = self.main.fields
        named = stated(fields.get("SYSCALL")) or syscall_name(fields.get("arch"), number) or number
        return named.partition("(")[0]

    def get(self, *names: str) -> str | None:
        for name in names:
            value = stated(self.main.fields.get(name))
            if value is not None:
                return value
        return None

    def all(self) -> dict[str, str]:
        values = self._fields()
        derived = {
            ":action": self.kind if self.kind.startswith("AUOMS_") else self.kind.lower(),
            ":event_type": self.call or self.get("syscall") if self.kind.startswith("AUOMS_") else self.call,
            ":category": self._category(),
            ":process": self.get("exe"),
            ":pid": self.get("pid"),
            ":parent_pid": self.get("ppid"),
            ":command_line": self._command_line(),
            ":user": self._user(),
            ":target_user": self.get("acct"),
            ":file_path": self._file(),
            **self._addresses(),
        }
        values.update((name, value) for name, value in derived.items() if value is not None)
        return values

    def _fields(self) -> dict[str, str]:
        """Everything that was written: the main record's fields by their names, those of others behind their kind."""
        values: dict[str, str] = {}
        counts: dict[str, int] = {}
        for record in self.records:
            if record is self.main:
                values.update(record.fields)
                continue
            count = counts[record.kind] = counts.get(record.kind, 0) + 1
            prefix = record.kind if count == 1 else f"{record.kind}#{count}"
            for name, value in record.fields.items():
                values[f"{prefix}.{name}"] = value
        return values

    def _category(self) -> str:
        if self.call in PROCESS or "EXECVE" in self.of or self.kind in ("USER_CMD", "AUOMS_EXECVE"):
            return "process"
        address = self._socket()
        if address is not None and address[0] in ("inet", "inet6"):
            return "connection"
        return "file" if self.call in FILE and "PATH" in self.of else "other"

    def _command_line(self) -> str | None:
        pieces = [piece for record in self.records if record.kind == "EXECVE" for piece in record.pieces]
        if pieces:
            return " ".join(arguments(pieces))
        title = self.of.get("PROCTITLE")
        if title is not None and stated(title.fields.get("proctitle")):
            return title.fields["proctitle"]
        return self.get("cmd", "cmdline", "proctitle")

    def _user(self) -> str | None:
        """The person who logged in, where that is known; else the account that the process had."""
        named = self.get("AUID", "audit_user"), self.get("auid")
        login = named[0] if named[0] not in _UNSET else None
        if login is None and named[1] is not None and named[1] not in _UNSET:
            login = named[1]
        if login is None:
            login = self.get("UID", "user") or self.get("uid")
        found = _UNKNOWN_ID.fullmatch(login) if login else None
        return found[1] if found else login

    def _file(self) -> str | None:
        """The file that was created, deleted or used, absolute where that is known."""
        paths = [
            record.fields for record in self.records if record.kind == "PATH" and stated(record.fields.get("name"))
        ]
        if not paths:
            return self.get("name", "path")
        chosen = min(paths, key=lambda each: _rank(each.get("nametype", "")))
        name = chosen["name"]
        cwd = self.of["CWD"].fields.get("cwd") if "CWD" in self.of else None
        if name.startswith("/") or not cwd:
            return name
        return f"{cwd.rstrip('/')}/{name.removeprefix('./')}"

    def _socket(self) -> tuple[str, str | None, int | None] | None:
        record = self.of.get("SOCKADDR")
        saddr = record.fields.get("saddr") if record is not None else self.get("saddr")
        return socket_address(saddr) if saddr else None

    def _addresses(self) -> dict[str, str | None]:
        found = self._socket()
        if found is not None and found[0] in ("inet", "inet6") and found[1] is not None:
            side = "src" if self.call in INCOMING else "dst"
            port = None if found[2] is None else str(found[2])
            return {f":{side}_ip": found[1], f":{side}_port": port}
        remote = self.get("addr", "src", "saddr"), self.get("hostname")
        address = next((each for each in remote if each is not None and to_address(each) is not None), None)
        if address is None:
            return {}
        # sshd tells its own side, too; so do the records of IPsec and of the packet filter.
        return {
            ":src_ip": to_address(address),
            ":src_port": self.get("rport", "sport"),
            ":dst_ip": self.get("laddr", "dst", "daddr"),
            ":dst_port": self.get("lport", "dport"),
        }


def _rank(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)
