"""files.log: one row a file seen, among them certificates before Zeek 4.1.

Zeek documentation, scripts/base/frameworks/files/main.zeek. Older files name the hosts ``tx_hosts`` and ``rx_hosts``.
"""

from __future__ import annotations

from certhound.query.plan import Shape
from certhound.query.tree import Case, Column, Expr, Match, Regex
from certhound.sources.zeek.fields import NULL, Fields, addresses, all_of, common, filled, present, timely
from certhound.sources.zeek.logs import ZeekLog

LISTS = frozenset({"tx_hosts", "rx_hosts", "conn_uids", "analyzers"})
KNOWN = LISTS | frozenset(
    "ts fuid uid id_orig_h id_orig_p id_resp_h id_resp_p source mime_type filename md5 sha1 sha256 _system_name "
    "@system".split()
)


def shape(available: frozenset[str]) -> Shape:
    fields = Fields(available)
    mapping: dict[str, Expr | None] = {
        **common(fields, "files"),
        **addresses(fields),
        "session_uid": fields.get("uid") or fields.first("conn_uids"),
        "file_path": fields.get("filename"),
        "cert_fuid": _of_certificate(fields, "fuid"),
        "cert_sha256": _of_certificate(fields, "sha256"),
        "cert_sha1": _of_certificate(fields, "sha1"),
        "cert_md5": _of_certificate(fields, "md5"),
    }
    if "src_ip" not in filled(mapping) and LISTS & available:
        mapping["src_ip"], mapping["dst_ip"] = fields.first("rx_hosts"), fields.first("tx_hosts")
    valid = all_of(timely(fields), present("fuid") if "fuid" in available else None)
    certificate = {name: _of_certificate(fields, name) for name in ("fuid", "sha256", "sha1", "md5")}
    return Shape("zeek.files", "file", filled(mapping), valid, filled(certificate))


def _of_certificate(fields: Fields, name: str) -> Expr | None:
    """A value of the record if the file is a certificate, by its media type or the analyzer that took it."""
    value = fields.get(name)
    if value is None or "mime_type" not in fields.available:
        return None
    is_certificate = Match(Column("mime_type"), Regex("x509|pkix-cert"))
    return Case(((is_certificate, value),), NULL)


LOG = ZeekLog("files", shape, KNOWN, frozenset({"fuid", "mime_type", "seen_bytes"}), LISTS)
