"""Zeek's TSV logs as its ASCII writer makes them (scripts/base/frameworks/logging/writers/ascii.zeek).

Columns and types are those of Zeek 6 with the script validate-certs and the ja3 package. Values are Python's:
``None`` is unset, a list a vector, a bool T or F, a float a time or an interval with six digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

Value = None | bool | int | float | str | Sequence[str]
Row = Mapping[str, Value]

_CONNECTION = ("ts:time", "uid:string", "id.orig_h:addr", "id.orig_p:port", "id.resp_h:addr", "id.resp_p:port")

COLUMNS: dict[str, tuple[str, ...]] = {
    "ssl": (
        *_CONNECTION,
        *("version:string", "cipher:string", "curve:string", "server_name:string", "resumed:bool"),
        *("last_alert:string", "next_protocol:string", "established:bool", "ssl_history:string"),
        *("cert_chain_fps:vector[string]", "client_cert_chain_fps:vector[string]", "sni_matches_cert:bool"),
        *("validation_status:string", "ja3:string", "ja3s:string"),
    ),
    "x509": (
        *("ts:time", "fingerprint:string", "certificate.version:count", "certificate.serial:string"),
        *("certificate.subject:string", "certificate.issuer:string"),
        *("certificate.not_valid_before:time", "certificate.not_valid_after:time"),
        *("certificate.key_alg:string", "certificate.sig_alg:string", "certificate.key_type:string"),
        *("certificate.key_length:count", "certificate.exponent:string", "certificate.curve:string"),
        *("san.dns:vector[string]", "san.uri:vector[string]", "san.email:vector[string]", "san.ip:vector[addr]"),
        *("basic_constraints.ca:bool", "basic_constraints.path_len:count", "host_cert:bool", "client_cert:bool"),
    ),
    "conn": (
        *_CONNECTION,
        *("proto:enum", "service:string", "duration:interval", "orig_bytes:count", "resp_bytes:count"),
        *("conn_state:string", "local_orig:bool", "local_resp:bool", "missed_bytes:count", "history:string"),
        *("orig_pkts:count", "orig_ip_bytes:count", "resp_pkts:count", "resp_ip_bytes:count"),
        "tunnel_parents:set[string]",
    ),
    "dns": (
        *_CONNECTION,
        *("proto:enum", "trans_id:count", "rtt:interval", "query:string", "qclass:count", "qclass_name:string"),
        *("qtype:count", "qtype_name:string", "rcode:count", "rcode_name:string", "AA:bool", "TC:bool"),
        *("RD:bool", "RA:bool", "Z:count", "answers:vector[string]", "TTLs:vector[interval]", "rejected:bool"),
    ),
}
"""``name:type`` of every column of the logs that the recorder writes, in Zeek's order."""


def _escape(text: str) -> str:
    """Escape what would break the line or read as a placeholder; other UTF-8 passes (enable_utf_8)."""
    if text in ("-", "(empty)"):
        return f"\\x{ord(text[0]):02x}{text[1:]}"
    text = text.replace("\\", "\\\\")
    return "".join(f"\\x{ord(c):02x}" if c < " " or c == "\x7f" else c for c in text)


def _cell(value: Value) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "T" if value else "F"
        case float():
            return f"{value:.6f}"
        case int():
            return str(value)
        case str():
            return _escape(value) if value else "(empty)"
        case _:
            return ",".join(_escape(item).replace(",", "\\x2c") for item in value) or "(empty)"


def write_log(path: Path, kind: str, rows: Iterable[Row], opened: float, closed: float) -> None:
    """Write one log with header and footer. ``opened`` and ``closed``: epoch seconds for ``#open`` and ``#close``.

    A row may leave columns out (unset); a key that is no column of this log raises KeyError.
    """
    names, types = zip(*(column.split(":") for column in COLUMNS[kind]), strict=True)
    stamp = [datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d-%H-%M-%S") for moment in (opened, closed)]
    lines = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        f"#path\t{kind}",
        f"#open\t{stamp[0]}",
        "#fields\t" + "\t".join(names),
        "#types\t" + "\t".join(types),
    ]
    for row in rows:
        if unknown := set(row) - set(names):
            raise KeyError(f"no column of {kind}.log: {', '.join(sorted(unknown))}")
        lines.append("\t".join(_cell(row.get(name)) for name in names))
    lines.append(f"#close\t{stamp[1]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_log(path: Path) -> list[dict[str, str]]:
    """Rows of a log that ``write_log`` wrote, as text under the header's names; for the lab's own checks."""
    names: list[str] = []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#fields\t"):
            names = line.split("\t")[1:]
        elif not line.startswith("#"):
            rows.append(dict(zip(names, line.split("\t"), strict=True)))
    return rows
