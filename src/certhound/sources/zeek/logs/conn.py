"""conn.log: one row a connection (Zeek documentation, scripts/base/protocols/conn/main.zeek)."""

from __future__ import annotations

from certhound.query.plan import Shape
from certhound.query.tree import Expr
from certhound.sources.zeek.fields import Fields, addresses, all_of, common, filled, present, timely
from certhound.sources.zeek.logs import ZeekLog

LISTS = frozenset({"tunnel_parents"})
KNOWN = LISTS | frozenset(
    "ts uid id_orig_h id_orig_p id_resp_h id_resp_p proto service duration orig_bytes resp_bytes conn_state "
    "community_id _system_name @system".split()
)


def shape(available: frozenset[str]) -> Shape:
    fields = Fields(available)
    mapping: dict[str, Expr | None] = {
        **common(fields, "conn"),
        **addresses(fields),
        "transport": fields.get("proto"),
        "bytes_out": fields.integer("orig_bytes"),
        "bytes_in": fields.integer("resp_bytes"),
        "duration_s": fields.double("duration"),
        "action": fields.get("conn_state"),
        "service": fields.get("service"),
        "community_id": fields.get("community_id"),
    }
    valid = all_of(
        timely(fields),
        present("id_resp_h") if "id_resp_h" in available else None,
        present("proto", "conn_state") if {"proto", "conn_state"} <= available else None,
    )
    return Shape("zeek.conn", "connection", filled(mapping), valid)


LOG = ZeekLog("conn", shape, KNOWN, frozenset({"conn_state", "id_resp_h", "proto"}), LISTS)
