"""Suricata's EVE JSON of a recording, written by the recorder from the same exchanges as Zeek's logs and the capture.

No Suricata runs here. The shapes are those of Suricata 8: the *EVE JSON Format* and *EVE Index* pages of its
documentation, and src/output-json-tls.c for what is written when. ``tls`` is set to ``custom`` with every field but
``certificate`` (``chain`` holds it, too). As in Suricata a session whose certificate never came, and that was neither
resumed nor TLS 1.3, has no ``tls`` record, and neither has one whose leaf its decoder refuses: that one is an anomaly.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from certhound.lab.certificates import der
from certhound.lab.tap import Capture
from certhound.lab.wire import CLIENT, SERVER, Handshake
from certhound.lab.zeek import Value
from certhound.lab.zeek_x509 import certificate_row, name_parts
from certhound.sources import tls_fingerprints as fingerprints
from certhound.sources import tls_messages as messages

Record = dict[str, Any]

_VERSIONS = {"TLSv10": "TLSv1", "TLSv11": "TLS 1.1", "TLSv12": "TLS 1.2", "TLSv13": "TLS 1.3"}
_ETHERNET = 14
_TIMEOUT_S = 60.0
"""A flow is told when it has been silent for so long."""
_GIVEN_UP = 0.0
"""What :func:`certificate_row` makes of a time that is none."""


@dataclass(slots=True)
class EveLog:
    """Collects records; ``text`` gives the file in the order of time."""

    records: list[tuple[float, Record]] = field(default_factory=list)

    def tls(self, row: Mapping[str, Value], handshake: Handshake) -> None:
        """The record of a session, if Suricata writes one; ``row``: its line of ssl.log."""
        leaf = certificate_row(handshake.chain[0]) if handshake.chain else None
        if leaf is not None and _GIVEN_UP in (
            leaf["certificate.not_valid_before"],
            leaf["certificate.not_valid_after"],
        ):
            found = {"app_proto": "tls", "type": "applayer", "event": "invalid_certificate", "layer": "proto_parser"}
            self._add(row, "anomaly", _time(row), anomaly=found)
        elif leaf is not None or handshake.resumed or handshake.version == "TLSv13":
            self._add(row, "tls", _time(row), tls=_session(handshake, leaf))

    def flow(self, row: Mapping[str, Value]) -> None:
        """The record of a flow; ``row``: its line of conn.log."""
        start, took = _time(row), float(str(row["duration"]))
        packets = {side: int(str(row[f"{side}_pkts"])) for side in ("orig", "resp")}
        octets = {side: int(str(row[f"{side}_ip_bytes"])) + _ETHERNET * packets[side] for side in packets}
        flow = {
            "pkts_toserver": packets["orig"], "pkts_toclient": packets["resp"],
            "bytes_toserver": octets["orig"], "bytes_toclient": octets["resp"],
            "start": stamp(start), "end": stamp(start + took), "age": round(took),
            "state": "closed" if row["proto"] == "tcp" else "established", "reason": "timeout", "alerted": False,
        }  # fmt: skip
        service = str(row["service"])
        name = "tls" if service == "ssl" else service
        self._add(row, "flow", start + took + _TIMEOUT_S, app_proto=name, flow=flow)

    def dns(self, row: Mapping[str, Value]) -> None:
        """Request and response of a line of dns.log, in the form of version 3."""
        number, name, kind = row["trans_id"], row["query"], row["qtype_name"]
        answers = [str(each) for each in row["answers"]] if isinstance(row["answers"], list) else []
        common = {"version": 3, "tx_id": 0, "id": number, "opcode": 0, "rd": True}
        queries = [{"rrname": name, "rrtype": kind}]
        told = {
            "ra": True, "rcode": row["rcode_name"], "queries": queries,
            "answers": [{"rrname": name, "rrtype": kind, "ttl": 300, "rdata": each} for each in answers],
            "grouped": {str(kind): answers},
        }  # fmt: skip
        asked = {"type": "request", **common, "flags": "100", "queries": queries}
        self._add(row, "dns", _time(row), dns=asked)
        answered = {"type": "response", **common, "flags": "8180", **told}
        self._add(row, "dns", _time(row) + float(str(row["rtt"])), dns=answered)

    def http(self, row: Mapping[str, Value], capture: Capture) -> None:
        """The record of a request in the clear; ``row``: its line of conn.log."""
        sent, received = (b"".join(data for who, data in capture.segments if who == side) for side in (CLIENT, SERVER))
        request, *fields = sent.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, url, protocol = request.split(" ")
        names = {key.lower(): value.strip() for key, _, value in (each.partition(":") for each in fields)}
        head, _, body = received.partition(b"\r\n\r\n")
        said = {
            "hostname": names.get("host", ""), "url": url, "http_method": method, "protocol": protocol,
            "status": int(head.split(b" ")[1]), "length": len(body),
        }  # fmt: skip
        self._add(row, "http", _time(row), tx_id=0, http=said)

    def text(self) -> str:
        """One JSON object a line, without blanks, as Suricata writes it."""
        ordered = sorted(self.records, key=lambda each: each[0])
        return "".join(json.dumps(record, separators=(",", ":")) + "\n" for _, record in ordered)

    def _add(self, row: Mapping[str, Value], kind: str, moment: float, **more: Any) -> None:
        number = int.from_bytes(hashlib.sha256(str(row["uid"]).encode()).digest()[:7]) >> 5
        record = {
            "timestamp": stamp(moment), "flow_id": number, "in_iface": "eth1", "event_type": kind,
            "src_ip": row["id.orig_h"], "src_port": row["id.orig_p"],
            "dest_ip": row["id.resp_h"], "dest_port": row["id.resp_p"],
            "ip_v": 4, "proto": str(row.get("proto", "tcp")).upper(), **more,
        }  # fmt: skip
        self.records.append((moment, record))


def stamp(moment: float) -> str:
    """A time as Suricata writes it: six digits, and a zone without a colon."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def _time(row: Mapping[str, Value]) -> float:
    return float(str(row["ts"]))


def _session(handshake: Handshake, leaf: Mapping[str, Value] | None) -> Record:
    found: Record = _certificate(handshake.chain, leaf) if leaf is not None else {}
    if leaf is None and handshake.resumed:
        found["session_resumed"] = True
    if handshake.server_name:
        found["sni"] = handshake.server_name
    version = handshake.version
    found["version"] = _VERSIONS.get(version, version) if version else "UNDETERMINED"
    if CLIENT in handshake.hellos:
        client = messages.client_hello(handshake.hellos[CLIENT])
        text = fingerprints.ja3_text(client)
        found["ja3"] = {"hash": _md5(text), "string": text}
        found["ja4"] = fingerprints.ja4(client)
        if client.alpn:
            found["client_alpns"] = [each.decode("latin-1") for each in client.alpn]
    if SERVER in handshake.hellos:
        server = messages.server_hello(handshake.hellos[SERVER])
        text = fingerprints.ja3s_text(server)
        found["ja3s"] = {"hash": _md5(text), "string": text}
        if server.alpn:
            found["server_alpns"] = [server.alpn.decode("latin-1")]
        shown = {"version": server.legacy_version, "cipher": server.cipher, "exts": list(server.extensions)}
        found["server_handshake"] = shown
    return found


def _certificate(chain: Sequence[bytes], leaf: Mapping[str, Value]) -> Record:
    subject, issuer = (_name(part) for part in _names(chain[0]))
    found: Record = {"subject": subject, "issuerdn": issuer}
    if names := [str(each) for kind in ("san.dns", "san.uri", "san.email", "san.ip") for each in _list(leaf.get(kind))]:
        found["subjectaltname"] = names
    found |= {
        "serial": _pairs(str(leaf["certificate.serial"])),
        "fingerprint": _pairs(hashlib.sha1(chain[0], usedforsecurity=False).hexdigest()),
        "notbefore": _validity(leaf["certificate.not_valid_before"]),
        "notafter": _validity(leaf["certificate.not_valid_after"]),
        "chain": [base64.b64encode(each).decode() for each in chain],
    }
    return found


def _list(value: Value) -> Sequence[str]:
    return value if isinstance(value, list) else ()


def _names(certificate: bytes) -> tuple[bytes, bytes]:
    """Content of subject and issuer."""
    parts = list(der.children(next(der.children(der.read(certificate)[1]))[1]))
    if parts[0][0] == 0xA0:
        parts.pop(0)
    return parts[4][1], parts[2][1]


def _name(content: bytes) -> str:
    """A name as Suricata writes it: in the certificate's order, nothing escaped."""
    return ", ".join(f"{kind}={value}" for kind, value in name_parts(content))


def _pairs(digits: str) -> str:
    even = digits if len(digits) % 2 == 0 else f"0{digits}"
    return ":".join(even[at : at + 2] for at in range(0, len(even), 2))


def _validity(value: Value) -> str:
    return datetime.fromtimestamp(float(str(value)), UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
