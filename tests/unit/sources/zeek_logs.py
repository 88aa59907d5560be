"""Small Zeek logs in every spelling, built from the documentation of its ASCII and JSON writers.

One session list, written by many hands: each writer must be read to the same rows.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import zstandard

Record = dict[str, object]

SHA = [f"{n:064x}" for n in range(1, 9)]

SESSIONS: list[Record] = [
    {
        "ts": 1700000000.123456 + n,
        "uid": f"C{n:016d}",
        "id.orig_h": f"10.1.0.{n + 1}",
        "id.orig_p": 50000 + n,
        "id.resp_h": "198.51.100.7" if n % 2 else "2001:db8::7",
        "id.resp_p": 443 if n != 4 else 8443,
        "version": "TLSv13" if n == 3 else "TLSv12",
        "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "server_name": None if n == 5 else f"host{n % 3}.example.net",
        "resumed": n == 2,
        "established": n != 1,
        "cert_chain_fps": [] if n in (2, 3) else [SHA[n % 4], SHA[7]],
        "validation_status": "ok" if n % 2 else "self signed certificate",
    }
    for n in range(6)
]

CERTIFICATES: list[Record] = [
    {
        "ts": 1700000000.5 + n,
        "fingerprint": SHA[n],
        "certificate.version": 3,
        "certificate.serial": f"{0xABC0 + n:08X}",
        "certificate.subject": f"CN=host{n}.example.net,O=Example\\, Inc.",
        "certificate.issuer": "CN=Example CA,O=Example\\, Inc.",
        "certificate.not_valid_before": 1690000000.0,
        "certificate.not_valid_after": 1720000000.0,
        "certificate.key_alg": "rsaEncryption",
        "certificate.sig_alg": "sha256WithRSAEncryption",
        "certificate.key_type": "rsa",
        "certificate.key_length": 2048,
        "san.dns": [f"host{n}.example.net", "*.example.org"],
        "basic_constraints.ca": False,
    }
    for n in range(4)
]

_TYPES = {"cert_chain_fps": "vector[string]", "san.dns": "vector[string]", "resumed": "bool", "established": "bool"}


def tsv_value(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "T" if value else "F"
        case float():
            return f"{value:.6f}"
        case list():
            return ",".join(str(each) for each in value) if value else "(empty)"
        case _:
            return str(value).replace("\\", "\\\\")


def tsv(path: str, records: Sequence[Record], columns: Sequence[str] | None = None, *, close: bool = True) -> str:
    """A Zeek TSV file as one text."""
    names = list(columns or records[0])
    types = [_TYPES.get(name, "string") for name in names]
    lines = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        f"#path\t{path}",
        "#open\t2023-11-14-22-13-20",
        "#fields\t" + "\t".join(names),
        "#types\t" + "\t".join(types),
    ]
    lines += ["\t".join(tsv_value(record.get(name)) for name in names) for record in records]
    lines += ["#close\t2023-11-14-23-00-00"] if close else []
    return "\n".join(lines) + "\n"


def _present(record: Record) -> Record:
    return {name: value for name, value in record.items() if value is not None}


def dotted(record: Record) -> Record:
    return _present(record)


def underscored(record: Record) -> Record:
    return {name.replace(".", "_"): value for name, value in _present(record).items()}


def nested(record: Record) -> Record:
    result: Record = {}
    for name, value in _present(record).items():
        *path, last = name.split(".")
        place = result
        for key in path:
            place = place.setdefault(key, {})  # type: ignore[assignment]
        place[last] = value
    return result


def corelight(log: str) -> object:
    def spell(record: Record) -> Record:
        return {"_path": log, "_system_name": "sensor-1", "_write_ts": "2023-11-14T22:13:20.000000Z", **dotted(record)}

    return spell


def jsonl(records: Sequence[Record], spell: object = dotted) -> str:
    return "".join(json.dumps(spell(record)) + "\n" for record in records)  # type: ignore[operator]


def write(path: Path, text: str | bytes) -> Path:
    """Write by the ending of the name: plain, gzip or zstd."""
    data = text.encode() if isinstance(text, str) else text
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    elif path.suffix == ".zst":
        data = zstandard.ZstdCompressor().compress(data)
    path.write_bytes(data)
    return path
