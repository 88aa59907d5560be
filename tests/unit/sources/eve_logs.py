"""Small EVE logs in every spelling, made from Suricata's documentation of its JSON output.

One list of records, written by many hands: each writer must be read to the same rows.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Record = dict[str, Any]
DERS = [b"0\x82\x01\x00" + bytes([n]) * 300 for n in range(4)]
"""Bytes in place of certificates."""

SHA1 = [hashlib.sha1(der).hexdigest() for der in DERS]
SHA256 = [hashlib.sha256(der).hexdigest() for der in DERS]
BASE64 = [base64.b64encode(der).decode() for der in DERS]


def colons(text: str) -> str:
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2))


def common(n: int, event_type: str, **further: Any) -> Record:
    """What every record begins with: flow ``n`` of client ``n`` at second ``n``."""
    return {
        "timestamp": f"2023-11-14T22:13:{20 + n % 40:02d}.123456+0000",
        "flow_id": 1_000_000_000_000_000 + n,
        "in_iface": "eth1",
        "event_type": event_type,
        "src_ip": f"10.1.0.{n % 250 + 1}",
        "src_port": 50000 + n,
        "dest_ip": "198.51.100.7" if n % 2 else "2001:0db8:0000:0000:0000:0000:0000:0007",
        "dest_port": 443,
        "proto": "TCP",
        **further,
    }


def certificate(n: int) -> Record:
    return {
        "subject": f"C=US, O=Example, Inc., CN=host{n}.example.net",
        "issuerdn": "C=US, O=Example, Inc., CN=Example CA",
        "serial": f"00:AB:C{n}",
        "fingerprint": colons(SHA1[n]),
        "notbefore": "2023-07-22T04:26:40",
        "notafter": "2024-07-03T09:46:40",
        "subjectaltname": [f"host{n}.example.net", "*.example.org"],
    }


def tls(n: int, version: str = "TLS 1.2", **further: Any) -> Record:
    said = {"sni": f"host{n % 3}.example.net", "version": version, "ja3": {"hash": f"{n:032x}", "string": "771,4865,0"}}
    return {"tls": {**said, "ja3s": {"hash": "ab" * 16, "string": "771,4865,0"}, **further}}


SESSIONS: list[Record] = [
    common(0, "tls", **tls(0, **certificate(0))),
    common(1, "tls", **tls(1, **certificate(1), server_alpns=["h2"], client_alpns=["h2", "http/1.1"])),
    common(2, "tls", **tls(2, session_resumed=True)),
    common(3, "tls", **tls(3, "TLS 1.3", ja4="t13d1516h2_8daaf6152771_e5627efa2ab1")),
    common(4, "tls", tls={"sni": "host1.example.net", "version": "UNDETERMINED"}),
    common(5, "tls", vlan=[100, 200], community_id="1:abc=", **tls(5, "TLSv1", **certificate(2))),
]
"""Seen, seen, resumed, hidden, failed, seen."""

OTHERS: list[Record] = [
    common(0, "alert", alert={"action": "allowed", "signature_id": 5, "signature": "X"}, **tls(0, **certificate(0))),
    common(
        6, "alert", alert={"action": "blocked", "signature_id": 5, "signature": "X"}, app_proto="tls",
        flow={"src_ip": "10.1.0.7", "src_port": 50006, "pkts_toserver": 3}, **tls(6, **certificate(3)),
    ) | {"src_ip": "198.51.100.7", "src_port": 443, "dest_ip": "10.1.0.7", "dest_port": 50006},
    common(7, "quic", quic={"version": "1", "sni": "quic.example.net", "ja4": "q13d"}) | {"proto": "UDP"},
    common(7, "quic", quic={"version": "1", "ja3s": {"hash": "cd" * 16, "string": "0"}}) | {"proto": "UDP"},
    common(8, "http", http={"hostname": "www.example.net", "url": "/x", "http_method": "GET", "status": 200}),
    common(9, "dns", dns={"type": "query", "rrname": "a.example.net", "rrtype": "A"}) | {"dest_port": 53},
    common(9, "dns", dns={"version": 2, "type": "answer", "rrname": "a.example.net", "rrtype": "A", "rcode": "NOERROR",
           "answers": [{"rrname": "a.example.net", "rrtype": "A", "ttl": 5, "rdata": "192.0.2.1"}],
           "grouped": {"A": ["192.0.2.1"]}}) | {"dest_port": 53},
    common(9, "dns", dns={"version": 3, "type": "request", "queries": [{"rrname": "b.example.net", "rrtype": "AAAA"}]})
    | {"dest_port": 53},
    common(0, "flow", app_proto="tls", flow={"bytes_toserver": 700, "bytes_toclient": 4000, "state": "closed",
           "start": "2023-11-14T22:13:20.000000+0000", "end": "2023-11-14T22:13:22.500000+0000"}),
    common(10, "flow", app_proto="tls", flow={"bytes_toserver": 1, "bytes_toclient": 2, "state": "new"}),
    {"timestamp": "2023-11-14T22:14:00.000000+0000", "event_type": "stats", "stats": {"uptime": 5, "tcp": {"syn": 1}}},
]  # fmt: skip

ALL = [*SESSIONS, *OTHERS]


def line(record: Mapping[str, Any]) -> str:
    """As Suricata writes it: no blanks."""
    return json.dumps(record, separators=(",", ":"))


def jsonl(records: list[Record], spell: Callable[[Record], Record] = dict) -> str:
    return "".join(line(spell(record)) + "\n" for record in records)


def _leaves(record: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*prefix, key))
        else:
            yield (*prefix, key), value


def dotted(record: Record) -> Record:
    return {".".join(path): value for path, value in _leaves(record)}


def underscored(record: Record) -> Record:
    return {"_".join(path): value for path, value in _leaves(record)}


def filebeat(record: Record) -> Record:
    return {"@timestamp": "2023-11-14T22:20:00.000Z", "event": {"module": "suricata"}, "suricata": {"eve": record}}


def filebeat_dotted(record: Record) -> Record:
    return {f"suricata.eve.{name}": value for name, value in dotted(record).items()}


def elastic(record: Record) -> Record:
    """Addresses moved to names of ECS, all of it below ``_source``."""
    rest = {key: value for key, value in record.items() if key not in ("src_ip", "src_port", "dest_ip", "dest_port")}
    moved: Record = {"suricata": {"eve": rest}, "agent": {"type": "filebeat"}}
    if "src_ip" in record:
        moved["source"] = {"ip": record["src_ip"], "port": record["src_port"]}
        moved["destination"] = {"ip": record["dest_ip"], "port": record["dest_port"]}
    return {"_index": "filebeat", "_source": moved}


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, bool):
        return str(value).lower()
    return [_texts(each) for each in value] if isinstance(value, list) else str(value)


def wazuh(record: Record) -> Record:
    """Below ``data``, with numbers and booleans as texts, and a time of Wazuh's own beside it."""
    return {"timestamp": "2023-11-14T23:00:00.000+0000", "rule": {"level": 3}, "data": _texts(record)}


def splunk(record: Record) -> Record:
    return {"preview": False, "result": {"_raw": line(record), "host": "sensor"}}


def logstash(record: Record) -> Record:
    return {"@timestamp": "2023-11-14T23:00:00.000Z", "message": line(record)}
