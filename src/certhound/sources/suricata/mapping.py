"""What EVE records mean (Suricata documentation, *EVE JSON Format*; src/output-json-tls.c for the object ``tls``).

One file mixes all kinds of records, so one mapping serves them all: each kind has an object of its own, and what has no
object is absent. Alerts and QUIC tell of sessions that other records tell of as well (``Shape.again``).
"""

from __future__ import annotations

from functools import cache

from certhound.model.columns import Kind
from certhound.query.plan import Shape
from certhound.query.tree import (
    FALSE,
    And,
    Call,
    Case,
    Column,
    Compare,
    Expr,
    In,
    IsNull,
    IsTrue,
    Literal,
    Match,
    Not,
    Op,
    Or,
    Regex,
)
from certhound.sources.suricata.names import KNOWN
from certhound.sources.zeek.fields import NULL, filled, text
from certhound.sources.zeek.logs.ssl import ECH_PUBLIC_NAMES

CATEGORIES: dict[str, str] = {
    "tls": "tls", "quic": "tls", "http": "http", "http2": "http", "dns": "dns", "flow": "connection",
    "fileinfo": "file", "smtp": "mail", "alert": "other", "anomaly": "other", "stats": "other", "netflow": "other",
    "ssh": "other", "smb": "other", "drop": "other",
}  # fmt: skip
"""The category of each kind of record; kinds that are not here are ``other``."""

OTHER = "other"
_KINDS = tuple(CATEGORIES)


def kind_of(event_type: str) -> str:
    """The kind that a record goes under: Suricata's own word where it is one that is told apart."""
    return event_type if event_type in CATEGORIES else OTHER


def source_of(kind: str) -> str:
    return f"suricata.{kind}"


@cache
def shape_of(kind: str) -> Shape:
    """The shape of the records of one kind. Alerts carry the objects of whatever they are about."""
    tells = kind in ("tls", "alert")
    mapping = {**_common(), **_addresses(), **_host(kind)}
    if tells or kind == "quic":
        mapping |= _session()
    if tells:
        mapping |= _server_certificate()
    for own, more in (("flow", _flow), ("http", _http), ("dns", _dns)):
        if kind in (own, "alert") or (own == "http" and kind in ("http2", "fileinfo")):
            mapping |= more()
    return Shape(
        source_of(kind),
        CATEGORIES.get(kind, OTHER),
        filled({name: expr for name, expr in mapping.items() if name not in ("source", "category")}),
        _valid(),
        filled(_statement()) if tells else None,
        _again() if kind in ("alert", "quic") else None,
        _ders() if tells else None,
    )


@cache
def mixed_shape() -> Shape:
    """The shape of a file, in which records of all kinds stand."""
    mapping = {
        **_common(), **_addresses(), **_session(), **_server_certificate(), **_flow(), **_http(), **_dns(),
        **_host("alert"),
    }  # fmt: skip
    kinds = {source_of(kind): shape_of(kind) for kind in (*CATEGORIES, OTHER)}
    return Shape("suricata", OTHER, filled(mapping), _valid(), filled(_statement()), _again(), _ders(), kinds)


# --- small words ---------------------------------------------------------------------------------------------------


def _c(name: str) -> Expr:
    if name not in KNOWN:
        raise ValueError(f"no field of EVE: {name}")
    return Column(name)


def _call(function: str, name: str) -> Expr:
    return Call(function, (_c(name),))


def _first(*options: Expr) -> Expr:
    return Call("coalesce", options) if len(options) > 1 else options[0]


def _item(name: str) -> Expr:
    return Call("list_element", (_c(name), Literal(0, Kind.INT)))


def _said(*names: str) -> Expr:
    """True when any of them says something; Suricata writes empty texts, too."""
    tests = tuple(IsTrue(Compare(Op.NE, _c(name), text(""))) for name in names)
    return Or(tests) if len(tests) > 1 else tests[0]


def _full(name: str) -> Expr:
    """A value, absent where it is an empty text."""
    return Case(((Compare(Op.NE, _c(name), text("")), _c(name)),), NULL)


def _is(kind: str) -> Expr:
    return IsTrue(Compare(Op.EQ, _c("event_type"), text(kind)))


def _among(name: str, *words: str) -> Expr:
    return IsTrue(In(_c(name), tuple(text(word) for word in words)))


def _when(condition: Expr, value: Expr, otherwise: Expr = NULL) -> Expr:
    return Case(((condition, value),), otherwise)


def _absent(name: str) -> Expr:
    return IsNull(_c(name))


# --- what all records say ------------------------------------------------------------------------------------------


def _valid() -> Expr:
    """A record says of which kind it is; one without a time is kept all the same, and looked at by nobody twice."""
    return _said("event_type")


def _common() -> dict[str, Expr | None]:
    words = tuple((_is(kind), text(CATEGORIES[kind])) for kind in _KINDS if CATEGORIES[kind] != OTHER)
    sources = tuple((_is(kind), text(source_of(kind))) for kind in _KINDS)
    sensor = _first(_c("host"), _c("log_host"))
    return {
        "source": Case(sources, text(source_of(OTHER))),
        "category": Case(words, text(OTHER)),
        "time": _call("record_time", "timestamp"),
        "time_zone_known": Match(_c("timestamp"), Regex(r"[Tt ][0-9:.]*(?:[Zz]|[+-][0-9]{2}:?[0-9]{0,2})$|^[0-9.]+$")),
        "event_type": _c("event_type"),
        "event_id": _c("alert_signature_id"),
        "verdict": _c("alert_signature"),
        "log_source": sensor,
        "computer": _c("log_host"),
        "session_uid": _c("flow_id"),
        "community_id": _c("community_id"),
        "interface": _c("in_iface"),
        "vlan": _c("vlan"),
        "transport": _call("lower", "proto"),
        "file_path": _c("fileinfo_filename"),
        "action": _first(_c("alert_action"), _when(_is("flow"), _c("flow_state")), _when(_is("dns"), _c("dns_rcode"))),
        "outcome": Case(
            (
                (_among("alert_action", "allowed"), text("allow")),
                (_among("alert_action", "blocked", "denied", "drop", "reject"), text("block")),
            ),
            NULL,
        ),
    }


def _addresses() -> dict[str, Expr | None]:
    """Client and server. Alerts, DNS answers and files are logged in a packet's direction, which may be an answer's."""
    turned = And((_among("event_type", "alert", "dns", "fileinfo", "anomaly", "drop"), _is_turned()))
    return {
        "src_ip": _when(turned, _call("inet_text", "dest_ip"), _call("inet_text", "src_ip")),
        "src_port": _when(turned, _call("record_int", "dest_port"), _call("record_int", "src_port")),
        "dst_ip": _when(turned, _call("inet_text", "src_ip"), _call("inet_text", "dest_ip")),
        "dst_port": _when(turned, _call("record_int", "src_port"), _call("record_int", "dest_port")),
    }


def _is_turned() -> Expr:
    """By the flow's own client, else by the direction, else by the port on which servers listen."""
    same_client = And(
        (
            IsTrue(Compare(Op.EQ, _c("flow_src_ip"), _c("dest_ip"))),
            Or((_absent("flow_src_port"), IsTrue(Compare(Op.EQ, _c("flow_src_port"), _c("dest_port"))))),
        )
    )
    unknown = And((_absent("flow_src_ip"), _absent("direction")))
    ports = ("53", "80", "443", "465", "636", "853", "990", "993", "995", "8443", "5353")
    served = And((_among("src_port", *ports), Not(_among("dest_port", *ports))))
    return Or(
        (
            same_client,
            And((_absent("flow_src_ip"), _among("direction", "to_client"))),
            And((unknown, served)),
        )
    )


# --- sessions ------------------------------------------------------------------------------------------------------

_CERTIFICATE = ("tls_fingerprint", "tls_subject", "tls_issuerdn", "tls_serial", "tls_certificate")


def _tells_of_tls() -> Expr:
    return _said("tls_version", "tls_sni", "tls_ja3_hash", "tls_ja4", "tls_session_resumed", *_CERTIFICATE)


def _is_session() -> Expr:
    return Or((_among("event_type", "tls", "quic"), And((_is("alert"), _tells_of_tls()))))


def _again() -> Expr:
    """Alerts stand beside the session's own record; of QUIC each side's hello is a record."""
    return Or((_is("quic"), And((_is("alert"), _tells_of_tls()))))


def _session() -> dict[str, Expr | None]:
    sni = _first(_full("tls_sni"), _full("quic_sni"))
    is_quic = _is("quic")
    gquic = IsTrue(Match(_c("quic_version"), Regex("^[QT][0-9]")))
    return {
        "sni": sni,
        "tls_version": _when(is_quic, _when(gquic, NULL, text("1.3")), _call("tls_version", "tls_version")),
        "cipher": _call("cipher_name", "tls_server_handshake_cipher"),
        "alpn": _item("tls_server_alpns"),
        "ja3": _first(_c("tls_ja3_hash"), _string("tls_ja3"), _c("quic_ja3_hash"), _string("quic_ja3")),
        "ja3s": _first(_c("tls_ja3s_hash"), _string("tls_ja3s"), _c("quic_ja3s_hash"), _string("quic_ja3s")),
        "ja4": _first(_full("tls_ja4"), _full("quic_ja4")),
        "tls_resumed": _call("record_bool", "tls_session_resumed"),
        "tls_established": _when(_failed(), FALSE),
        "tls_state": _when(_is_session(), _state(is_quic, gquic)),
    }


_VERSION_13 = r"^(?:[Tt][Ll][Ss][ /_]?v?)?1[._]?3(?:$|[ -])|^0x0304$|^772$"
"""The spellings of TLS 1.3, drafts of it included."""


def _string(name: str) -> Expr:
    """A hash that stands where an object is usual."""
    return _when(Match(_c(name), Regex("^[0-9A-Fa-f]{32}$")), _c(name))


def _has_certificate() -> Expr:
    return Or((_said(*_CERTIFICATE), Not(IsNull(_item("tls_chain")))))


def _failed() -> Expr:
    """A session that ended before the server's hello: no version was agreed, no certificate sent."""
    silent = (_is("tls"), _among("tls_version", "UNDETERMINED"), _absent("tls_ja3s_hash"), Not(_has_certificate()))
    return And((*silent, Not(_among("tls_session_resumed", "true"))))


def _state(is_quic: Expr, gquic: Expr) -> Expr:
    """The ledger's state of a session, the first that fits in its order."""
    is_13 = Or((And((is_quic, Not(gquic))), IsTrue(Compare(Op.EQ, _call("tls_version", "tls_version"), text("1.3")))))
    outer = Call("lower", (_first(_c("tls_sni"), _c("quic_sni")),))
    ech = IsTrue(In(outer, tuple(text(name) for name in ECH_PUBLIC_NAMES)))
    return Case(
        (
            (_failed(), text("failed")),
            (_has_certificate(), text("seen")),
            (IsTrue(_call("record_bool", "tls_session_resumed")), text("resumed")),
            (And((is_13, ech)), text("hidden_ech")),
            (is_13, text("hidden_tls13")),
        ),
        text("not_logged"),
    )


# --- certificates --------------------------------------------------------------------------------------------------


def _name(field: str) -> Expr:
    return Call("dn_rfc4514", (_full(field),))


def _leaf() -> Expr:
    return _first(_full("tls_certificate"), _item("tls_chain"))


def _fingerprint(field: str, length: int) -> Expr:
    value = _call("hash_text", field)
    return _when(Compare(Op.EQ, Call("length", (value,)), Literal(length, Kind.INT)), value)


def _id(leaf: Expr, fingerprint: str) -> Expr:
    return _first(Call("der_id", (leaf,)), Call("hash_id", (_call("hash_text", fingerprint),)))


def _server_certificate() -> dict[str, Expr | None]:
    client = _first(_full("tls_client_certificate"), _item("tls_client_chain"))
    return {
        "certificate_id": _id(_leaf(), "tls_fingerprint"),
        "cert_chain": Call("der_ids", (_c("tls_chain"),)),
        "cert_sha256": _first(Call("der_id", (_leaf(),)), _fingerprint("tls_fingerprint", 64)),
        "cert_sha1": _fingerprint("tls_fingerprint", 40),
        "cert_md5": _fingerprint("tls_fingerprint", 32),
        "cert_subject": _name("tls_subject"),
        "cert_subject_cn": Call("dn_common_name", (_name("tls_subject"),)),
        "cert_issuer": _name("tls_issuerdn"),
        "cert_issuer_cn": Call("dn_common_name", (_name("tls_issuerdn"),)),
        "cert_serial": Call("serial_text", (_full("tls_serial"),)),
        "cert_not_before": _call("record_time", "tls_notbefore"),
        "cert_not_after": _call("record_time", "tls_notafter"),
        "cert_san": _c("tls_subjectaltname"),
        "client_certificate_id": _id(client, "tls_client_fingerprint"),
    }


def _statement() -> dict[str, Expr | None]:
    return {
        "sha256": _first(Call("der_id", (_leaf(),)), _fingerprint("tls_fingerprint", 64)),
        "sha1": _fingerprint("tls_fingerprint", 40),
        "md5": _fingerprint("tls_fingerprint", 32),
        "serial": Call("serial_text", (_full("tls_serial"),)),
        "subject": _name("tls_subject"),
        "issuer": _name("tls_issuerdn"),
        "not_before": _call("record_time", "tls_notbefore"),
        "not_after": _call("record_time", "tls_notafter"),
        "san_dns": _call("san_dns", "tls_subjectaltname"),
        "san_ip": _call("san_ip", "tls_subjectaltname"),
        "san_uri": _call("san_uri", "tls_subjectaltname"),
        "san_email": _call("san_email", "tls_subjectaltname"),
    }


def _ders() -> Expr:
    """Everything that a record carries in base64: the leaf, its chain, what the client showed."""
    single = [Call("split", (_full(name), text(","))) for name in ("tls_certificate", "tls_client_certificate")]
    return Call("list_concat", (*single, _c("tls_chain"), _c("tls_client_chain")))


# --- the other kinds -----------------------------------------------------------------------------------------------


def _host(kind: str) -> dict[str, Expr | None]:
    """The name that was contacted, of the kinds that know one."""
    names = {
        "tls": ("tls_sni",), "quic": ("quic_sni",), "http": ("http_hostname",), "http2": ("http_hostname",),
        "fileinfo": ("http_hostname",), "alert": ("tls_sni", "quic_sni", "http_hostname"),
    }.get(kind, ())  # fmt: skip
    return {"dst_host": _first(*map(_full, names)) if names else None}


def _flow() -> dict[str, Expr | None]:
    return {
        "service": _when(_is("flow"), _c("app_proto")),
        "bytes_out": _call("record_int", "flow_bytes_toserver"),
        "bytes_in": _call("record_int", "flow_bytes_toclient"),
        "duration_s": Call("coalesce", (_elapsed(), NULL)),
    }


def _elapsed() -> Expr:
    start, end = _call("record_time", "flow_start"), _call("record_time", "flow_end")
    return Call("seconds_between", (start, end))


def _http() -> dict[str, Expr | None]:
    return {
        "url": _c("http_url"),
        "http_method": _c("http_http_method"),
        "http_status": _call("record_int", "http_status"),
        "user_agent": _c("http_http_user_agent"),
        "referrer": _c("http_http_refer"),
    }


def _dns() -> dict[str, Expr | None]:
    grouped = Call("list_concat", tuple(_c(f"dns_grouped_{name}") for name in ("A", "AAAA", "CNAME")))
    single = Call("split", (_full("dns_rdata"), text("\n")))
    return {
        "dns_query": _first(_full("dns_rrname"), _item("dns_queries")),
        "dns_type": _first(_full("dns_rrtype"), _item("dns_queries_types")),
        "dns_answers": _first(_c("dns_answers"), grouped, single),
    }
