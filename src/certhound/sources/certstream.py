"""certstream: certificates as Certificate Transparency logs publish them, one message each, with or without the bytes.

Keys: github.com/CaliDog/certstream-server and github.com/d-Rickyy-b/certstream-server-go.
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.sources.certificate_records import JsonSource, Told
from certhound.sources.certificate_values import (
    Values,
    der_of,
    hash_column,
    of_bytes,
    of_names,
    record_at,
    records_in,
    serial_of_hex,
    text_of,
    texts_of,
)
from certhound.sources.zeek.json_text import Record

_TYPES = {"PrecertLogEntry": "precertificate", "X509LogEntry": "certificate"}
_USED = frozenset({
    "message_type", "data.seen", "data.cert_index", "data.update_type", "data.leaf_cert", "data.chain",
})  # fmt: skip
_OTHER = frozenset({"heartbeat", "dns_entries"})


def _read(record: Record) -> Iterator[Told | str]:
    kind = text_of(record.get("message_type"))
    if kind in _OTHER:
        yield f"a message of the kind {kind}, which tells of no certificate"
        return
    data = record_at(record, "data") or record
    leaf = record_at(data, "leaf_cert")
    if not leaf:
        yield "no leaf_cert in it"
        return
    der = der_of(leaf.get("as_der"))
    seen = text_of(data.get("seen"))
    source = record_at(data, "source")
    update = text_of(data.get("update_type"))
    values: Values = {
        "time": seen,
        "time_zone_known": True if seen else None,
        "event_type": update,
        "log_source": text_of(source.get("name")) or text_of(source.get("url")),
        "entry_type": _TYPES.get(update or ""),
        "log_index": text_of(data.get("cert_index")),
    }
    values |= of_bytes(der) if der is not None else _words(leaf)
    chain = tuple(found for each in records_in(data.get("chain")) if (found := der_of(each.get("as_der"))) is not None)
    problem = ("as_der: no certificate in base64",) if leaf.get("as_der") and der is None else ()
    yield Told(values, record, chain, problem, _USED)


def _words(leaf: Record) -> Values:
    names = texts_of(leaf.get("all_domains"))
    values: Values = {
        **of_names(_name(leaf.get("subject")), _name(leaf.get("issuer"))),
        "cert_serial": serial_of_hex(leaf.get("serial_number")),
        "cert_not_before": text_of(leaf.get("not_before")),
        "cert_not_after": text_of(leaf.get("not_after")),
        "cert_san": names,
        "san_dns": names,
        "signature_algorithm": None,
    }
    for key in ("fingerprint", "sha1", "sha256"):
        values |= hash_column(leaf.get(key))
    return values


def _name(value: object) -> str | None:
    """A distinguished name: ``aggregated`` as it stands, else from the parts."""
    name = record_at(value)
    aggregated = text_of(name.get("aggregated"))
    if aggregated:
        return aggregated
    order = ("C", "ST", "L", "O", "OU", "CN", "emailAddress", "email_address")
    parts = [
        f"{'emailAddress' if key == 'email_address' else key}={text}"
        for key in order
        if (text := text_of(name.get(key)))
    ]
    return "".join(f"/{part}" for part in parts) or None


SOURCE = JsonSource(
    "certstream", "ct_entry", r'"message_type"\s*:\s*"(?:certificate_update|dns_entries)"|"leaf_cert"\s*:', _read
)
