"""Records out of what was followed: TLS sessions, certificates, connections, names, as texts under events' own columns.

A session's row has the certificate's subject, issuer, serial and validity beside its id, for the bytes are at hand.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from certhound.sources.pcap.streams import CLIENT, SERVER, Stream, Tls
from certhound.sources.tls_fingerprints import alpn_mark, ja3, ja3s, ja4, version_mark
from certhound.sources.tls_names import alert_name, cipher_name, group_name, version_name
from certhound.sources.zeek.logs.ssl import ECH_PUBLIC_NAMES
from certhound.x509.certificate import Certificate, read_certificate

Values = dict[str, str | list[str] | None]


class Kind(StrEnum):
    """The kinds of records of a capture; each has its shape."""

    CERTIFICATE = "certificate"
    TLS = "tls"
    CONNECTION = "connection"
    DNS = "dns"
    HTTP = "http"


@dataclass(slots=True)
class Record:
    """One record: its kind, the frame by which it is known, its values, and what no column has."""

    kind: Kind
    frame: int
    values: Values
    fields: dict[str, str] | None = None


MAX_REMEMBERED = 300_000
"""Certificates that are told once a file; a capture with more tells some of them again."""


class Records:
    """Makes records; remembers which certificates it has told of."""

    def __init__(self) -> None:
        self.told: set[tuple[bytes, str]] = set()

    def session(self, stream: Stream, session: Tls) -> Iterator[Record]:
        """A record for the session, and one for each certificate in it that is new."""
        for side, role in ((SERVER, "leaf"), (CLIENT, "client")):
            for place, der in enumerate(session.chains[side] or ()):
                yield from self._certificate(stream, session, der, role if place == 0 else "issuer")
        yield _session(stream, session)

    def _certificate(self, stream: Stream, session: Tls, der: bytes, role: str) -> Iterator[Record]:
        certificate = _read(der)
        mark = (bytes.fromhex(certificate.sha256), role)
        if mark in self.told:
            return
        if len(self.told) >= MAX_REMEMBERED:
            self.told.clear()
        self.told.add(mark)
        values: Values = {
            "time": session.time,
            "session_uid": stream.uid,
            "role": role,
            "der": base64.b64encode(der).decode("ascii"),
            **_stated(certificate),
        }
        yield Record(Kind.CERTIFICATE, session.frame, values)

    def connection(self, stream: Stream) -> Record:
        begun, ended = _seconds(stream.time), _seconds(stream.last_time)
        values: Values = {
            "time": stream.time,
            "session_uid": stream.uid,
            **_ends(stream),
            "transport": stream.transport,
            "service": _service(stream),
            "bytes_out": _text(stream.bytes_[CLIENT]),
            "bytes_in": _text(stream.bytes_[SERVER]),
            "duration_s": None if begun is None or ended is None else f"{max(0.0, ended - begun):.6f}",
            "action": stream.state if stream.transport == "tcp" else None,
        }
        return Record(Kind.CONNECTION, stream.frame, values)


def _ends(stream: Stream) -> Values:
    client, server = stream.ends
    return {"src_ip": client[0], "src_port": str(client[1]), "dst_ip": server[0], "dst_port": str(server[1])}


def _session(stream: Stream, session: Tls) -> Record:
    hello, answer = session.hello, session.answer
    chain = [_read(der) for der in session.chains[SERVER] or ()]
    clients = session.chains[CLIENT]
    version = session.version
    values: Values = {
        "time": session.time,
        "session_uid": stream.uid,
        **_ends(stream),
        "transport": stream.transport,
        "service": _service(stream),
        "sni": hello.server_name if hello else None,
        "tls_version": None if version is None else version_name(version),
        "cipher": None if version is None or answer is None else cipher_name(answer.cipher),
        "alpn": answer.alpn.decode("ascii", "backslashreplace") if answer and answer.alpn else None,
        "ja3": ja3(hello) if hello else None,
        "ja3s": ja3s(answer) if answer and version is not None else None,
        "ja4": ja4(hello, session.carrier) if hello else None,
        "ja4s": _ja4s(session),
        "tls_established": _bool(established(stream, session)),
        "tls_resumed": _bool(resumed(session)),
        "tls_state": state(stream, session),
        "certificate_id": chain[0].sha256 if chain else None,
        "cert_chain": [each.sha256 for each in chain] or None,
        "client_certificate_id": _read(clients[0]).sha256 if clients else None,
        **(_stated(chain[0]) if chain else {}),
    }
    return Record(Kind.TLS, session.frame, values, _extra(session))


def _ja4s(session: Tls) -> str | None:
    """JA4S where the module that has it, and its licence, is there."""
    answer = session.answer
    if answer is None or session.version is None:
        return None
    try:
        from certhound.x509.ja4plus.server import ja4s
    except ImportError:
        return None
    protocol = alpn_mark(answer.alpn or b"")
    return ja4s(session.carrier.value, version_mark(answer.version), answer.cipher, answer.extensions, protocol)


def _extra(session: Tls) -> dict[str, str]:
    """What no column has: versions offered, group, last alert and who sent it, ECH, the retry."""
    found: dict[str, str] = {}
    hello, answer = session.hello, session.answer
    if hello is not None:
        offered = hello.versions or (hello.version,)
        found["offered_versions"] = ",".join(version_name(each) for each in offered if each & 0x0F0F != 0x0A0A)
        if hello.ech or hello.esni:
            found["ech"] = "offered" if hello.ech else "esni"
        if hello.psk or hello.ticket or hello.session_id:
            wish = "psk" if hello.psk else "ticket" if hello.ticket else "session_id"
            found["resumption_offered"] = wish
    if answer is not None and answer.group is not None:
        found["curve"] = group_name(answer.group)
    if session.retried:
        found["hello_retry"] = "true"
    if session.alert is not None:
        found["last_alert"] = alert_name(session.alert)
        found["alert_by"] = "client" if session.alert_by == CLIENT else "server"
    return found


def established(stream: Stream, session: Tls) -> bool | None:
    """Whether the handshake was completed; None where the capture does not show it, one way or the other."""
    if all(session.finished):
        return True
    if not stream.seen[SERVER] or (not stream.seen[CLIENT] and session.hello is None):
        return None  # only one direction was captured
    if session.fatal or session.closed or stream.rst is not None:
        return False
    return None


def resumed(session: Tls) -> bool | None:
    """Whether the server took up an earlier session: no certificate and no key exchange, or a pre-shared key."""
    answer = session.answer
    if answer is None or session.version is None:
        return None
    if session.is_13:
        return answer.psk
    if session.chains[SERVER] is not None or session.key_exchange:
        return False
    same = bool(session.hello and answer.session_id and answer.session_id == session.hello.session_id)
    return same or (session.changed[SERVER] and bool(session.hello and session.hello.ticket))


def state(stream: Stream, session: Tls) -> str:
    """The ledger's state, before inspecting proxies are known: the first that fits, in its order."""
    if established(stream, session) is False:
        return "failed"
    if session.chains[SERVER]:
        return "seen"
    if resumed(session):
        return "resumed"
    if not session.is_13:
        return "not_logged"
    hello = session.hello
    outer = hello is not None and (hello.server_name or "").lower() in ECH_PUBLIC_NAMES
    return "hidden_ech" if hello is not None and ((hello.ech and outer) or hello.esni) else "hidden_tls13"


def _service(stream: Stream) -> str | None:
    """Application protocols in the order in which they were met, under Zeek's names; RDP is told by its port alone."""
    found = [_SERVICES[name] for name in stream.protocols if name in _SERVICES]
    if stream.ends[SERVER][1] == _RDP_PORT and "ssl" in found:
        found.insert(0, "rdp")
    return ",".join(dict.fromkeys(found)) or None


_RDP_PORT = 3389
_SERVICES = {
    "tls": "ssl", "dtls": "dtls", "quic": "quic", "http": "http", "dns": "dns", "smtp": "smtp", "imap": "imap",
    "pop": "pop3", "ftp": "ftp", "ldap": "ldap", "pgsql": "postgresql", "mysql": "mysql", "xmpp": "xmpp",
    "nntp": "nntp", "irc": "irc", "tds": "tds", "socks": "socks", "radius": "radius", "openvpn": "openvpn",
}  # fmt: skip


@lru_cache(4096)
def _read(der: bytes) -> Certificate:
    return read_certificate(der)


def _stated(certificate: Certificate) -> Values:
    names = [*certificate.san_dns, *certificate.san_ip, *certificate.san_uri, *certificate.san_email]
    return {
        "cert_sha256": certificate.sha256,
        "cert_sha1": certificate.sha1,
        "cert_md5": certificate.md5,
        "cert_subject": certificate.subject,
        "cert_subject_cn": certificate.subject_cn,
        "cert_issuer": certificate.issuer,
        "cert_issuer_cn": certificate.issuer_cn,
        "cert_serial": certificate.serial,
        "cert_not_before": _moment(certificate.not_before),
        "cert_not_after": _moment(certificate.not_after),
        "cert_san": names or None,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _bool(value: bool | None) -> str | None:
    return None if value is None else "true" if value else "false"
