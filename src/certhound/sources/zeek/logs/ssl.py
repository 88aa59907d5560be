"""ssl.log: one row a TLS session.

Up to Zeek 4.0 the certificates are named by file ids (``cert_chain_fuids``), from 4.1 by fingerprints
(``cert_chain_fps``, SHA-256 unless ``X509::hash_function`` is redefined). Columns: Zeek documentation, scripts/base/
protocols/ssl/main.zeek and files.zeek; validation_status from policy/protocols/ssl/validate-certs.zeek.
"""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.query.plan import Shape
from certhound.query.tree import And, Call, Case, Column, Compare, Expr, In, IsNull, Like, Literal, Match, Not, Op, Wild
from certhound.sources.zeek.fields import (
    NULL,
    Fields,
    addresses,
    all_of,
    common,
    filled,
    identity,
    of_length,
    present,
    text,
    timely,
)
from certhound.sources.zeek.logs import ZeekLog

ECH_PUBLIC_NAMES = ("cloudflare-ech.com",)
"""Outer names that only stand in a ClientHello whose real name is encrypted (the provider's ECH configuration)."""

LISTS = frozenset({"cert_chain_fps", "client_cert_chain_fps", "cert_chain_fuids", "client_cert_chain_fuids"})
KNOWN = LISTS | frozenset(
    "ts uid id_orig_h id_orig_p id_resp_h id_resp_p version cipher curve server_name resumed last_alert next_protocol "
    "established ssl_history subject issuer client_subject client_issuer sni_matches_cert validation_status "
    "validation_code ocsp_status ja3 ja3s ja4 ja4s resp_certificate_sha1 not_valid_before not_valid_after "
    "_system_name @system".split()
)


def shape(available: frozenset[str]) -> Shape:
    fields = Fields(available)
    leaf = fields.first("cert_chain_fps")
    sha1 = _either(of_length(leaf, 40), fields.call("lower", "resp_certificate_sha1"))
    mapping: dict[str, Expr | None] = {
        **common(fields, "ssl"),
        **addresses(fields),
        "transport": _transport(fields),
        "dst_host": fields.get("server_name"),
        "sni": fields.get("server_name"),
        "tls_version": fields.call("tls_version", "version"),
        "cipher": fields.get("cipher"),
        "alpn": fields.get("next_protocol"),
        "ja3": fields.get("ja3"),
        "ja3s": fields.get("ja3s"),
        "ja4": fields.get("ja4"),
        "ja4s": fields.get("ja4s"),
        "tls_established": fields.call("record_bool", "established"),
        "tls_resumed": fields.call("record_bool", "resumed"),
        "tls_state": _state(fields),
        "certificate_id": _certificate_id(fields, leaf),
        "cert_chain": fields.get("cert_chain_fps"),
        "cert_validation": fields.get("validation_status"),
        "cert_sha256": of_length(leaf, 64),
        "cert_sha1": sha1,
        "cert_md5": of_length(leaf, 32),
        "cert_subject": fields.call("dn_text", "subject"),
        "cert_subject_cn": fields.call("dn_common_name", "subject"),
        "cert_issuer": fields.call("dn_text", "issuer"),
        "cert_issuer_cn": fields.call("dn_common_name", "issuer"),
        "cert_not_before": fields.call("record_time", "not_valid_before"),
        "cert_not_after": fields.call("record_time", "not_valid_after"),
        "cert_fuid": fields.first("cert_chain_fuids"),
        "cert_chain_fuids": fields.get("cert_chain_fuids"),
        "client_certificate_id": identity(fields.first("client_cert_chain_fps")),
    }
    return Shape("zeek.ssl", "tls", filled(mapping), _valid(fields), filled(_certificate(fields, leaf, sha1)))


def _certificate(fields: Fields, leaf: Expr | None, sha1: Expr | None) -> dict[str, Expr | None]:
    return {
        "sha256": of_length(leaf, 64),
        "sha1": sha1,
        "md5": of_length(leaf, 32),
        "fuid": fields.first("cert_chain_fuids"),
        "subject": fields.get("subject"),
        "issuer": fields.get("issuer"),
        "not_before": fields.call("record_time", "not_valid_before"),
        "not_after": fields.call("record_time", "not_valid_after"),
        "sensor_validation": fields.get("validation_status"),
    }


def _valid(fields: Fields) -> Expr:
    """A session has its time and both addresses, and says something that only TLS says."""
    # The columns that are read anyway; a record with the others alone is looked at carefully.
    read: list[str] = [name for name in ("established", "version", "resumed") if name in fields.available]
    known: list[str] = read or [name for name in ("cipher", "ssl_history") if name in fields.available]
    return all_of(
        timely(fields),
        present("id_orig_h") if "id_orig_h" in fields.available else None,
        present("id_resp_h") if "id_resp_h" in fields.available else None,
        present(*known) if known else None,
    )


def _certificate_id(fields: Fields, leaf: Expr | None) -> Expr | None:
    """What identifies the leaf without any other log; file ids are resolved by the lake."""
    return _either(identity(leaf), identity(fields.get("resp_certificate_sha1")))


def _either(*options: Expr | None) -> Expr | None:
    """The first that has a value, of those that the file can give."""
    there = tuple(option for option in options if option is not None)
    return Call("coalesce", there) if len(there) > 1 else there[0] if there else None


def _transport(fields: Fields) -> Expr | None:
    version = fields.get("version")
    if version is None:
        return None
    return Case(((Match(version, Like(("DTLS", Wild.ANY))), text("udp")),), NULL)


def _state(fields: Fields) -> Expr:
    """The ledger's state of a session, before inspecting proxies are known: the first that fits, in its order."""
    branches: list[tuple[Expr, Expr]] = []
    established = fields.call("record_bool", "established")
    if established is not None:
        branches.append((Compare(Op.EQ, established, Literal(False, Kind.BOOL)), text("failed")))
    for name in ("cert_chain_fps", "cert_chain_fuids"):
        first = fields.first(name)
        if first is not None:
            branches.append((Not(IsNull(first)), text("seen")))
    if not LISTS & fields.available and "subject" in fields.available:
        branches.append((present("subject"), text("seen")))
    resumed = fields.call("record_bool", "resumed")
    if resumed is not None:
        branches.append((Compare(Op.EQ, resumed, Literal(True, Kind.BOOL)), text("resumed")))
    branches.extend(_hidden(fields))
    return Case(tuple(branches), text("not_logged")) if branches else text("not_logged")


def _hidden(fields: Fields) -> list[tuple[Expr, Expr]]:
    if "version" not in fields.available:
        return []
    hidden = Match(Column("version"), Like((Wild.ANY, "TLSv13", Wild.ANY)))
    branches: list[tuple[Expr, Expr]] = [(hidden, text("hidden_tls13"))]
    if "server_name" in fields.available:
        outer = In(Call("lower", (Column("server_name"),)), tuple(text(name) for name in ECH_PUBLIC_NAMES))
        branches.insert(0, (And((hidden, outer)), text("hidden_ech")))
    return branches


TELLING = LISTS | {"cipher", "curve", "established", "resumed", "ssl_history", "validation_status", "ja3", "ja3s"}
"""Columns that no other log of Zeek has beside an address."""

LOG = ZeekLog("ssl", shape, KNOWN, frozenset({"cipher", "established", "id_resp_h"}), LISTS, TELLING)
