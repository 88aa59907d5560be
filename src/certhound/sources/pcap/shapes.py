"""What the records of a capture mean: their values stand under the names of ``events`` already."""

from __future__ import annotations

from functools import cache

from certhound.model.columns import EVENTS
from certhound.model.columns import Kind as Type
from certhound.query.plan import Shape
from certhound.query.tree import Call, Cast, Column, Expr, IsNull, Literal, Not
from certhound.sources.pcap.records import Kind

_CATEGORIES = {
    Kind.TLS: "tls",
    Kind.CERTIFICATE: "other",
    Kind.CONNECTION: "connection",
    Kind.DNS: "dns",
    Kind.HTTP: "http",
}
_ENDS = ("src_ip", "src_port", "dst_ip", "dst_port", "transport")
_CERTIFICATE = (
    "cert_sha256", "cert_sha1", "cert_md5", "cert_subject", "cert_subject_cn", "cert_issuer", "cert_issuer_cn",
    "cert_serial", "cert_not_before", "cert_not_after", "cert_san",
)  # fmt: skip
COLUMNS: dict[Kind, tuple[str, ...]] = {
    Kind.TLS: (
        "time", "session_uid", *_ENDS, "service", "sni", "tls_version", "cipher", "alpn", "ja3", "ja3s", "ja4", "ja4s",
        "tls_established", "tls_resumed", "tls_state", "certificate_id", "cert_chain", "client_certificate_id",
        *_CERTIFICATE,
    ),
    Kind.CERTIFICATE: ("time", "session_uid", "role", "der", *_CERTIFICATE),
    Kind.CONNECTION: ("time", "session_uid", *_ENDS, "service", "bytes_out", "bytes_in", "duration_s", "action"),
    Kind.DNS: ("time", *_ENDS, "action", "dns_query", "dns_type", "dns_answers"),
    Kind.HTTP: ("time", *_ENDS, "dst_host", "url", "http_method", "http_status", "user_agent", "referrer"),
}  # fmt: skip
"""Raw columns of each kind of record."""

LISTS = frozenset({"cert_chain", "cert_san", "dns_answers"})
_ONLY_OF_CERTIFICATES = ("role", "der")


@cache
def shape_of(kind: Kind) -> Shape:
    """The shape of a kind, the same object each time, for which an engine prints its views once."""
    mapping = {name: _event(name) for name in COLUMNS[kind] if name not in _ONLY_OF_CERTIFICATES}
    mapping["time_zone_known"] = Literal(True, Type.BOOL)
    mapping["event_type"] = Literal("x509" if kind is Kind.CERTIFICATE else kind.value, Type.TEXT)
    certificate: dict[str, Expr] | None = None
    if kind is Kind.TLS:
        mapping["dst_host"] = Column("sni")
    if kind is Kind.CERTIFICATE:
        mapping["certificate_id"] = Column("cert_sha256")
        certificate = {
            "sha256": Column("cert_sha256"),
            "sha1": Column("cert_sha1"),
            "md5": Column("cert_md5"),
            "subject": Column("cert_subject"),
            "issuer": Column("cert_issuer"),
            "serial": Column("cert_serial"),
            "not_before": _event("cert_not_before"),
            "not_after": _event("cert_not_after"),
            "der": Column("der"),
            "role": Column("role"),
        }
    valid = Not(IsNull(Column("time")))
    return Shape(f"pcap.{kind.value}", _CATEGORIES[kind], mapping, valid, certificate)


def _event(name: str) -> Expr:
    match EVENTS.column(name).kind:
        case Type.TIME:
            return Call("record_time", (Column(name),))
        case Type.INT:
            return Call("record_int", (Column(name),))
        case Type.BOOL:
            return Call("record_bool", (Column(name),))
        case Type.DOUBLE:
            return Cast(Column(name), Type.DOUBLE)
        case Type.INET:
            return Call("inet_text", (Column(name),))
        case _:
            return Column(name)
