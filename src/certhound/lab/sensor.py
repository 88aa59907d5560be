"""The sensor behind the tap: captures become rows of Zeek's logs, with the verdicts a Zeek sensor would give.

The sensor knows the public roots of its recording and nothing of the organisation's own authorities, as is usual.
Times come from the virtual clock of the scenario.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from OpenSSL import crypto

from certhound.lab.tap import Capture
from certhound.lab.wire import CLIENT, SERVER, Handshake
from certhound.lab.zeek import Value
from certhound.lab.zeek_x509 import certificate_row

_ALPHABET = string.ascii_letters + string.digits
_Rows = list[dict[str, Value]]


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a host name matches one of a certificate's names (a wildcard stands for one whole label)."""
    labels = name.lower().rstrip(".").split(".")
    for pattern in patterns:
        wanted = pattern.lower().split(".")
        if len(wanted) == len(labels) and wanted[1:] == labels[1:] and wanted[0] in ("*", labels[0]):
            return True
    return False


class Validator:
    """OpenSSL's verdict on a chain in its own words, as validate-certs logs it."""

    def __init__(self, roots: Sequence[bytes]) -> None:
        self._roots = [crypto.load_certificate(crypto.FILETYPE_ASN1, root) for root in roots]

    def __call__(self, chain: Sequence[bytes], moment: float) -> str:
        store = crypto.X509Store()
        for root in self._roots:
            store.add_cert(root)
        store.set_time(datetime.fromtimestamp(moment, UTC).replace(tzinfo=None))
        try:
            leaf, *others = (crypto.load_certificate(crypto.FILETYPE_ASN1, one) for one in chain)
            crypto.X509StoreContext(store, leaf, others).verify_certificate()
        except crypto.X509StoreContextError as error:
            return str(error)
        except crypto.Error:
            return "unable to decode the certificate"
        return "ok"


@dataclass(slots=True)
class Sensor:
    """Collects the rows of the four logs and the certificates seen."""

    rng: Random
    validate: Validator
    resolver: str
    start: float
    local: Any
    """Function that tells whether an address is the organisation's own."""
    rows: dict[str, _Rows] = field(default_factory=lambda: {"ssl": [], "x509": [], "conn": [], "dns": []})
    certificates: dict[str, bytes] = field(default_factory=dict)
    _parsed: dict[str, dict[str, Value]] = field(default_factory=dict)
    _logged: set[tuple[str, int, bool]] = field(default_factory=set)
    _verdicts: dict[tuple[str, ...], str] = field(default_factory=dict)
    _resolved: dict[tuple[str, str], float] = field(default_factory=dict)

    def uid(self) -> str:
        """A connection id of Zeek's shape."""
        return "C" + "".join(self.rng.choices(_ALPHABET, k=17))

    def connection(
        self, capture: Capture, handshake: Handshake | None, moment: float, duration_s: float, service: str
    ) -> dict[str, Value]:
        """Write the line of conn.log; gives the columns that the TLS line shares with it."""
        identity = self._identity(capture.client, capture.server, moment)
        sent, received = capture.sent(CLIENT), capture.sent(SERVER)
        packets = [4 + -(-count // 1400) + 1 for count in (sent, received)]
        failed = handshake is not None and not handshake.established
        self.rows["conn"].append(
            {
                **identity,
                "proto": "tcp",
                "service": service,
                "duration": duration_s,
                "orig_bytes": sent,
                "resp_bytes": received,
                "conn_state": "SF",
                "local_orig": self.local(capture.client[0]),
                "local_resp": self.local(capture.server[0]),
                "missed_bytes": 0,
                "history": "ShADadfF" if failed else "ShADadFf",
                "orig_pkts": packets[0],
                "orig_ip_bytes": sent + 52 * packets[0] + 8,
                "resp_pkts": packets[1],
                "resp_ip_bytes": received + 52 * packets[1] + 8,
            }
        )
        return identity

    def _identity(self, client: tuple[str, int], server: tuple[str, int], moment: float) -> dict[str, Value]:
        return {
            "ts": moment,
            "uid": self.uid(),
            "id.orig_h": client[0],
            "id.orig_p": client[1],
            "id.resp_h": server[0],
            "id.resp_p": server[1],
        }

    def tls(self, identity: dict[str, Value], handshake: Handshake, moment: float) -> dict[str, Value]:
        """Write the line of ssl.log, and those of x509.log for certificates not met yet on this day; gives the line."""
        moment += self.rng.uniform(0.012, 0.09)
        fingerprints = [self._certificate(one, at == 0, moment) for at, one in enumerate(handshake.chain)]
        row: dict[str, Value] = {
            **identity,
            "ts": moment,
            "version": handshake.version,
            "cipher": handshake.cipher,
            "curve": handshake.curve,
            "server_name": handshake.server_name,
            "resumed": handshake.resumed,
            "last_alert": handshake.last_alert,
            "next_protocol": handshake.next_protocol,
            "established": handshake.established,
            "ssl_history": handshake.history,
            "ja3": handshake.ja3,
            "ja3s": handshake.ja3s,
        }
        if fingerprints:
            row |= {"cert_chain_fps": fingerprints, "client_cert_chain_fps": []}
            row["validation_status"] = self._verdict(handshake.chain, tuple(fingerprints), moment)
            if handshake.server_name:
                row["sni_matches_cert"] = matches(handshake.server_name, self._names(fingerprints[0]))
        self.rows["ssl"].append(row)
        return row

    def _verdict(self, chain: Sequence[bytes], key: tuple[str, ...], moment: float) -> str:
        if key not in self._verdicts:
            self._verdicts[key] = self.validate(chain, moment)
        return self._verdicts[key]

    def _names(self, fingerprint: str) -> Sequence[str]:
        row = self._parsed[fingerprint]
        names = row.get("san.dns")
        if isinstance(names, list):
            return names
        subject = str(row["certificate.subject"])
        return [part[3:] for part in subject.split(",") if part.startswith("CN=")]

    def _certificate(self, certificate: bytes, host: bool, moment: float) -> str:
        fingerprint = hashlib.sha256(certificate).hexdigest()
        self.certificates[fingerprint] = certificate
        row = self._parsed.get(fingerprint)
        if row is None:
            row = self._parsed[fingerprint] = certificate_row(certificate)
        once = (fingerprint, int((moment - self.start) // 86400), host)
        if once not in self._logged:  # Zeek logs a certificate once a day and role
            self._logged.add(once)
            self.rows["x509"].append({"ts": moment, **row, "host_cert": host, "client_cert": False})
        return fingerprint

    def lookup(self, client: str, name: str, address: str, moment: float) -> dict[str, Value] | None:
        """Write the DNS answer a client needed before this contact, unless it still has it (300 s); gives the line."""
        if moment - self._resolved.get((client, name), -1e9) < 300:
            return None
        self._resolved[client, name] = moment
        moment -= self.rng.uniform(0.01, 0.06)
        rtt = self.rng.uniform(0.0004, 0.03)
        identity = self._identity((client, self.rng.randrange(49152, 65535)), (self.resolver, 53), moment)
        row: dict[str, Value] = {
            **identity,
            "proto": "udp",
            "trans_id": self.rng.randrange(65536),
            "rtt": rtt,
            "query": name,
            "qclass": 1,
            "qclass_name": "C_INTERNET",
            "qtype": 1,
            "qtype_name": "A",
            "rcode": 0,
            "rcode_name": "NOERROR",
            "AA": False,
            "TC": False,
            "RD": True,
            "RA": True,
            "Z": 0,
            "answers": [address],
            "TTLs": ["300.000000"],
            "rejected": False,
        }
        self.rows["dns"].append(row)
        query, answer = len(name) + 18, len(name) + 34
        self.rows["conn"].append(
            {
                **identity,
                "proto": "udp",
                "service": "dns",
                "duration": rtt,
                "orig_bytes": query,
                "resp_bytes": answer,
                "conn_state": "SF",
                "local_orig": True,
                "local_resp": True,
                "missed_bytes": 0,
                "history": "Dd",
                "orig_pkts": 1,
                "orig_ip_bytes": query + 28,
                "resp_pkts": 1,
                "resp_ip_bytes": answer + 28,
            }
        )
        return row
