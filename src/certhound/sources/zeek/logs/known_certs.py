"""known_certs.log: one row a server certificate of a host, once a day.

Zeek documentation, scripts/policy/protocols/ssl/known-certs.zeek. ``host`` and ``port_num`` are the server.
"""

from __future__ import annotations

from certhound.query.plan import Shape
from certhound.query.tree import Expr
from certhound.sources.zeek.fields import Fields, all_of, common, filled, present, timely
from certhound.sources.zeek.logs import ZeekLog

KNOWN = frozenset("ts host port_num subject issuer_subject serial _system_name @system".split())


def shape(available: frozenset[str]) -> Shape:
    fields = Fields(available)
    mapping: dict[str, Expr | None] = {
        **common(fields, "known_certs"),
        "dst_ip": fields.call("inet_text", "host"),
        "dst_port": fields.integer("port_num"),
        "cert_subject": fields.call("dn_text", "subject"),
        "cert_subject_cn": fields.call("dn_common_name", "subject"),
        "cert_issuer": fields.call("dn_text", "issuer_subject"),
        "cert_issuer_cn": fields.call("dn_common_name", "issuer_subject"),
        "cert_serial": fields.call("serial_text", "serial"),
    }
    certificate = {
        "subject": fields.get("subject"),
        "issuer": fields.get("issuer_subject"),
        "serial": fields.call("serial_text", "serial"),
    }
    valid = all_of(timely(fields), present("host") if "host" in available else None)
    return Shape("zeek.known_certs", "other", filled(mapping), valid, filled(certificate))


LOG = ZeekLog("known_certs", shape, KNOWN, frozenset({"port_num", "issuer_subject", "host"}))
