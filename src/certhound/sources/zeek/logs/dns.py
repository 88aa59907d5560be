"""dns.log: one row a query (Zeek documentation, scripts/base/protocols/dns/main.zeek)."""

from __future__ import annotations

from certhound.query.plan import Shape
from certhound.query.tree import Expr
from certhound.sources.zeek.fields import Fields, addresses, all_of, common, filled, present, timely
from certhound.sources.zeek.logs import ZeekLog

LISTS = frozenset({"answers", "TTLs"})
KNOWN = LISTS | frozenset(
    "ts uid id_orig_h id_orig_p id_resp_h id_resp_p proto trans_id query qtype_name rcode_name rejected "
    "_system_name @system".split()
)


def shape(available: frozenset[str]) -> Shape:
    fields = Fields(available)
    mapping: dict[str, Expr | None] = {
        **common(fields, "dns"),
        **addresses(fields),
        "transport": fields.get("proto"),
        "action": fields.get("rcode_name"),
        "dns_query": fields.get("query"),
        "dns_type": fields.get("qtype_name"),
        "dns_answers": fields.get("answers"),
    }
    valid = all_of(timely(fields), present("id_resp_h") if "id_resp_h" in available else None)
    return Shape("zeek.dns", "dns", filled(mapping), valid)


LOG = ZeekLog("dns", shape, KNOWN, frozenset({"query", "qtype_name", "id_resp_h"}), LISTS)
