"""One line of an audit log: its header, its fields, and what their encodings say.

``[node=HOST ]type=T msg=audit(EPOCH.mmm:SERIAL): k=v …``. A value without quotes in a field that holds text is hex;
with quotes it is plain. ``ausearch -i`` writes values decoded and without quotes, and local time. Sources: the
documentation of linux-audit (record types, fields, execve), *audit-event-encoding*, own runs of auditd and ausearch
3.0.9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from certhound.sources.vendors.auditd.numbers import TYPES

HEADER = re.compile(
    r"(?:node=(?P<node>\S+) )?(?:type=(?P<type>[\w\[\]]+) )?(?:msg=)?audit\("
    r"(?:(?P<epoch>\d{1,12}(?:\.\d{1,9})?)|(?P<local>[^()]{6,40}?)):(?P<serial>\d{1,20})\)(?P<interpreted> )?:? ?"
)
"""What a record begins with; ``interpreted`` is the blank by which ``ausearch -i`` is told."""

_PAIR = re.compile(r"""([A-Za-z_][\w\-]*(?:\[\d+\])?)=(?:"([^"]*)"|'([^']*)'|([^\s"']\S*|))""")
_LOOSE_PAIR = re.compile(r"(?:^| )([A-Za-z_][\w\-]*(?:\[\d+\])?)=(.*?)(?= [A-Za-z_][\w\-]*(?:\[\d+\])?=|\s*$)")
_LOST_SEPARATOR = re.compile(
    r"(?<=[^\sA-Z_=\x1d])(?=(?:ARCH|SYSCALL|AUID|UID|GID|EUID|SUID|FSUID|EGID|SGID|FSGID|OUID|OGID|SADDR|OAUID|ID)=)"
)
_SEPARATORS = ("\x1d", "\\x1d", "#035", "\\035")
"""What stands before the fields that auditd interpreted (``ENRICHED``): 0x1D, or what syslog made of it."""

TEXTS = frozenset(
    "exe comm name cwd proctitle cmd key acct path file data watch tty terminal vm unit old-disk new-disk cgroup "
    "old_prog grp new-chardev".split()
)
"""Fields that are hex where they stand without quotes."""

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_ARGUMENT = re.compile(r"a(\d+)(?:\[(\d+)\])?")
_AUOMS_TITLE = re.compile(r"(?:^| )proctitle=([^\"'].*?)(?= redactors=|$)")
_NESTED = re.compile(r"msg='(.*)'", re.DOTALL)
_ABSENT = frozenset(("?", "(null)", "(none)", ""))


Piece: TypeAlias = tuple[int, int, str, bool]
"""Of an argument of execve: which one, which piece of it, what was written, and whether that is hex."""


@dataclass(slots=True, eq=False)
class AuditRecord:
    """One record. ``fields`` are decoded. ``stamp`` is the time as written: seconds since 1970, or local time where
    ``local``.
    """

    kind: str
    node: str | None
    stamp: str
    local: bool
    serial: str
    fields: dict[str, str]
    pieces: list[Piece]


def read(text: str) -> AuditRecord | None:
    """The record in a text; None where it is none."""
    head = HEADER.search(text, 0, 400)
    if head is None:
        return None
    kind = head["type"] or _type_before(text[: head.start()])
    if kind is None:
        return None
    if kind.isdecimal() or kind.startswith("UNKNOWN["):
        number = int(kind.strip("UNKOW[]"))
        kind = TYPES.get(number, f"UNKNOWN[{number}]")
    body = text[head.end() :]
    local = head["epoch"] is None
    fields, pieces = _interpreted(kind, body) if local or head["interpreted"] else _coded(kind, body)
    return AuditRecord(kind, head["node"], head["epoch"] or head["local"], local, head["serial"], fields, pieces)


def _type_before(text: str) -> str | None:
    """The kernel writes ``audit: type=1300 audit(…)``; older ones leave the type out for some records."""
    found = re.search(r"type=(\w+)\s*$", text)
    return found[1] if found else None


def _coded(kind: str, body: str) -> tuple[dict[str, str], list[Piece]]:
    """Fields as the kernel and auditd write them."""
    if "ID=" in body or "ARCH=" in body or "SADDR=" in body:
        body = _parted(body)
    if "msg='" in body and (nested := _NESTED.search(body)) is not None:
        body = f"{body[: nested.start()]} {_unnested(nested[1])} {body[nested.end() :]}"
    if kind == "EXECVE":
        return _execve(body)
    fields: dict[str, str] = {}
    if kind.startswith("AUOMS_") and (title := _AUOMS_TITLE.search(body)) is not None:
        fields["proctitle"] = title[1]
        body = body[: title.start()] + body[title.end() :]
    for name, quoted, single, bare in _PAIR.findall(body):
        if bare:
            value = bare.rstrip(",)") if bare[-1] in ",)" and "(" not in bare else bare
            if name in TEXTS and len(value) % 2 == 0 and _HEX.fullmatch(value):
                value = _decoded(value, " " if name == "proctitle" else None)
        else:
            value = quoted or single
        fields.setdefault(name, value)
    return fields, []


def _parted(body: str) -> str:
    """The fields that auditd interpreted stand behind 0x1D; transport makes a text of that, or loses it."""
    for separator in _SEPARATORS:
        if separator in body:
            return body.replace(separator, " ")
    return _LOST_SEPARATOR.sub(" ", body)


def _unnested(text: str) -> str:
    """What programs write in ``msg='…'``; old ones put ``(hostname=?, addr=?, …)`` around some of it."""
    return text.replace("(hostname=", " hostname=") if "(hostname=" in text else text


def _execve(body: str) -> tuple[dict[str, str], list[Piece]]:
    fields: dict[str, str] = {}
    pieces: list[Piece] = []
    for name, quoted, single, bare in _PAIR.findall(body):
        found = _ARGUMENT.fullmatch(name)
        if found is None:
            fields.setdefault(name, quoted or single or bare)
            continue
        coded = bool(bare) and len(bare) % 2 == 0 and _HEX.fullmatch(bare) is not None
        value = quoted or single or ("" if bare == "(null)" else bare)
        pieces.append((int(found[1]), int(found[2] or 0), value, coded))
    return fields, pieces


def arguments(pieces: list[Piece]) -> list[str]:
    """Arguments in their order; a long one is cut into pieces ``a2[0]``, ``a2[1]`` over several records."""
    whole: list[str] = []
    by_place: dict[int, list[Piece]] = {}
    for piece in sorted(pieces):
        by_place.setdefault(piece[0], []).append(piece)
    for parts in by_place.values():
        if all(coded for *_, coded in parts):
            whole.append(_decoded("".join(value for _, _, value, _ in parts), None))
        else:
            whole.append("".join(_decoded(value, None) if coded else value for _, _, value, coded in parts))
    return whole


def _decoded(value: str, separator: str | None) -> str:
    """Bytes as text; NULs end or separate what they stand between."""
    text = bytes.fromhex(value).decode("utf-8", "replace")
    if separator is not None:
        return text.rstrip("\0").replace("\0", separator)
    # Several rule keys of one event are separated by 0x01.
    return text.rstrip("\0").replace("\0", " ").replace("\x01", ",")


def _interpreted(kind: str, body: str) -> tuple[dict[str, str], list[Piece]]:
    """Fields as ``ausearch -i`` writes them: where a value with blanks ends is only told by the next field."""
    body = body.rstrip()
    nested = _NESTED.search(body)
    if nested is not None:
        body = f"{body[: nested.start()]} {_unnested(nested[1])} {body[nested.end() :]}"
    if kind == "PROCTITLE":
        return {"proctitle": body.removeprefix("proctitle=")}, []
    if kind == "EXECVE":
        parts = re.split(r"(?:^| )a(\d+)=", body)
        return {}, [(int(place), 0, text.rstrip(), False) for place, text in zip(parts[1::2], parts[2::2], strict=True)]
    fields: dict[str, str] = {}
    for name, value in _LOOSE_PAIR.findall(body):
        fields.setdefault(name, value.strip().strip('"'))
    return fields, []


def stated(value: str | None) -> str | None:
    """A value that says something."""
    return None if value is None or value in _ABSENT else value


def socket_address(saddr: str) -> tuple[str, str | None, int | None] | None:
    """Family (``inet``, ``inet6``, ``unix``), address or path, and port, of a ``saddr`` in hex or as interpreted."""
    if saddr.startswith("{"):
        words = dict(re.findall(r"(\w+)=(\S+)", saddr.strip("{} ")))
        family = words.get("saddr_fam") or words.get("fam") or ""
        port = words.get("lport", "")
        found = words.get("laddr") or words.get("path")
        return family.replace("local", "unix"), found, int(port) if port.isdecimal() else None
    try:
        octets = bytes.fromhex(saddr)
    except ValueError:
        return None
    from ipaddress import IPv4Address, IPv6Address

    match octets[:2]:
        # The family is in the byte order of the machine that logged it.
        case b"\x02\x00" | b"\x00\x02" if len(octets) >= 8:
            return "inet", str(IPv4Address(octets[4:8])), int.from_bytes(octets[2:4])
        case b"\x0a\x00" | b"\x00\x0a" if len(octets) >= 24:
            address = IPv6Address(octets[8:24])
            return "inet6", str(address.ipv4_mapped or address), int.from_bytes(octets[2:4])
        case b"\x01\x00" | b"\x00\x01" if len(octets) > 2:
            path = octets[2:].removeprefix(b"\0").split(b"\0")[0].decode("utf-8", "replace")
            return "unix", path or None, None
        case _:
            return None
