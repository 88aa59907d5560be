"""x509.log: one row a certificate met (since 4.1 at most once a day for each certificate and role).

Columns: Zeek documentation, scripts/base/files/x509/main.zeek; ``cert`` (base64 of the DER) from
policy/protocols/ssl/log-certs-base64.zeek.
"""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.query.plan import Shape
from certhound.query.tree import Call, Case, Column, Compare, Expr, Literal, Op
from certhound.sources.zeek.fields import Fields, all_of, common, filled, identity, of_length, present, text, timely
from certhound.sources.zeek.logs import ZeekLog

LISTS = frozenset({"san_dns", "san_uri", "san_email", "san_ip"})
KNOWN = LISTS | frozenset(
    "ts id fingerprint certificate_version certificate_serial certificate_subject certificate_issuer "
    "certificate_not_valid_before certificate_not_valid_after certificate_key_alg certificate_sig_alg "
    "certificate_key_type certificate_key_length certificate_exponent certificate_curve basic_constraints_ca "
    "basic_constraints_path_len host_cert client_cert cert _system_name @system".split()
)


def shape(available: frozenset[str]) -> Shape:
    fields = Fields(available)
    print_ = fields.get("fingerprint")
    mapping: dict[str, Expr | None] = {
        **common(fields, "x509"),
        "certificate_id": identity(print_),
        "cert_sha256": of_length(print_, 64),
        "cert_sha1": of_length(print_, 40),
        "cert_md5": of_length(print_, 32),
        "cert_subject": fields.call("dn_text", "certificate_subject"),
        "cert_subject_cn": fields.call("dn_common_name", "certificate_subject"),
        "cert_issuer": fields.call("dn_text", "certificate_issuer"),
        "cert_issuer_cn": fields.call("dn_common_name", "certificate_issuer"),
        "cert_serial": fields.call("serial_text", "certificate_serial"),
        "cert_not_before": fields.call("record_time", "certificate_not_valid_before"),
        "cert_not_after": fields.call("record_time", "certificate_not_valid_after"),
        "cert_san": _all_names(fields),
        "cert_fuid": fields.get("id"),
    }
    named = [name for name in ("certificate_serial", "certificate_subject", "fingerprint") if name in fields.available]
    valid = all_of(timely(fields), present(*named) if named else None)
    return Shape("zeek.x509", "other", filled(mapping), valid, filled(_certificate(fields)))


def _certificate(fields: Fields) -> dict[str, Expr | None]:
    print_ = fields.get("fingerprint")
    return {
        "sha256": of_length(print_, 64),
        "sha1": of_length(print_, 40),
        "md5": of_length(print_, 32),
        "fuid": fields.get("id"),
        "version": fields.integer("certificate_version"),
        "serial": fields.call("serial_text", "certificate_serial"),
        "subject": fields.get("certificate_subject"),
        "issuer": fields.get("certificate_issuer"),
        "not_before": fields.call("record_time", "certificate_not_valid_before"),
        "not_after": fields.call("record_time", "certificate_not_valid_after"),
        "key_type": fields.get("certificate_key_type"),
        "key_bits": fields.integer("certificate_key_length"),
        "curve": fields.get("certificate_curve"),
        "signature_algorithm": fields.get("certificate_sig_alg"),
        "san_dns": fields.get("san_dns"),
        "san_ip": fields.get("san_ip"),
        "san_uri": fields.get("san_uri"),
        "san_email": fields.get("san_email"),
        "is_ca": fields.call("record_bool", "basic_constraints_ca"),
        "path_len": fields.integer("basic_constraints_path_len"),
        "der": fields.get("cert"),
        "role": _role(fields),
    }


def _role(fields: Fields) -> Expr | None:
    """``client`` for a certificate that only a client showed; chains tell leaves from issuers elsewhere."""
    client = fields.call("record_bool", "client_cert")
    host = fields.call("record_bool", "host_cert")
    if client is None or host is None:
        return None
    yes = Literal(True, Kind.BOOL)
    return Case(
        ((Compare(Op.EQ, host, yes), text("leaf")), (Compare(Op.EQ, client, yes), text("client"))), text("issuer")
    )


def _all_names(fields: Fields) -> Expr | None:
    lists = [Column(name) for name in ("san_dns", "san_uri", "san_email", "san_ip") if name in fields.available]
    return Call("list_concat", tuple(lists)) if len(lists) > 1 else lists[0] if lists else None


LOG = ZeekLog("x509", shape, KNOWN, frozenset({"certificate_serial", "certificate_subject"}), LISTS)
