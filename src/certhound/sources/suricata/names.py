"""One name for each field of EVE, however a shipper spells it.

Suricata nests (``{"tls": {"sni": …}}``). Shippers flatten with dots or underscores, put all of it below a key of their
own (Filebeat ``suricata.eve``, Wazuh ``data``, Elasticsearch ``_source``, Splunk ``result``), and Elastic's module
moves values to the names of ECS. The canonical name is Suricata's own path joined by underscores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from certhound.query.plan import EACH

TLS = (
    "version", "subject", "issuerdn", "serial", "fingerprint", "notbefore", "notafter", "sni", "session_resumed",
    "certificate", "from_proto", "ja4",
)  # fmt: skip
CLIENT = ("subject", "issuerdn", "serial", "fingerprint", "notbefore", "notafter", "certificate")

TEXTS: frozenset[str] = frozenset(
    {
        "event_type", "timestamp", "flow_id", "in_iface", "src_ip", "src_port", "dest_ip", "dest_port", "proto",
        "app_proto", "community_id", "host", "direction", "log_host",
        "flow_src_ip", "flow_src_port", "flow_bytes_toserver", "flow_bytes_toclient", "flow_age", "flow_state",
        "flow_reason", "flow_start", "flow_end",
        *(f"tls_{name}" for name in TLS), *(f"tls_client_{name}" for name in CLIENT),
        "tls_ja3", "tls_ja3_hash", "tls_ja3s", "tls_ja3s_hash", "tls_server_handshake_cipher",
        "quic_version", "quic_sni", "quic_ja4", "quic_ja3", "quic_ja3_hash", "quic_ja3s", "quic_ja3s_hash",
        "http_hostname", "http_url", "http_http_method", "http_status", "http_http_user_agent", "http_http_refer",
        "dns_type", "dns_rrname", "dns_rrtype", "dns_rdata", "dns_rcode",
        "alert_action", "alert_signature", "alert_signature_id", "fileinfo_filename",
    }
)  # fmt: skip
"""Canonical names of single values."""

LISTS: dict[str, tuple[str, ...]] = {
    "vlan": (),
    "tls_chain": (),
    "tls_subjectaltname": (),
    "tls_client_alpns": (),
    "tls_server_alpns": (),
    "tls_client_chain": (),
    "dns_answers": ("rdata",),
    "dns_queries": ("rrname",),
    "dns_queries_types": ("rrtype",),
    "dns_grouped_A": (),
    "dns_grouped_AAAA": (),
    "dns_grouped_CNAME": (),
}
"""Canonical names of lists; of lists of objects the key that is taken from each of them."""

KNOWN: frozenset[str] = TEXTS | LISTS.keys()

_OBJECTS = frozenset(name.rsplit("_", count)[0] for name in KNOWN for count in range(1, name.count("_") + 1))
INTERIOR: frozenset[str] = frozenset({"tls_ja3", "tls_ja3s", "quic_ja3", "quic_ja3s", "host"})
"""Known names that older or other writers use for a value where an object is usual."""

_WRAPPERS = re.compile(r"^(?:_source|result|suricata_eve|suricata|eve|data|json|fields|event_original|raw)_")
_ECS = {
    "source_ip": "src_ip", "source_address": "src_ip", "source_port": "src_port", "destination_ip": "dest_ip",
    "destination_address": "dest_ip", "destination_port": "dest_port", "network_transport": "proto",
    "network_protocol": "app_proto", "network_community_id": "community_id", "@timestamp": "timestamp",
    "observer_hostname": "host", "observer_name": "host", "host_name": "host", "agent_name": "host",
    "observer_ingress_interface_name": "in_iface", "tls_client_server_name": "tls_sni",
    "tls_client_ja3": "tls_ja3_hash", "tls_server_ja3s": "tls_ja3s_hash", "tls_resumed": "tls_session_resumed",
    "tls_server_hash_sha1": "tls_fingerprint", "tls_server_subject": "tls_subject", "tls_server_issuer": "tls_issuerdn",
    "tls_server_x509_serial_number": "tls_serial", "tls_server_not_before": "tls_notbefore",
    "tls_server_not_after": "tls_notafter", "tls_server_certificate": "tls_certificate",
    "tls_server_certificate_chain": "tls_chain", "http_request_method": "http_http_method",
    "http_response_status_code": "http_status", "http_request_referrer": "http_http_refer", "url_original": "http_url",
    "url_domain": "http_hostname", "user_agent_original": "http_http_user_agent",
    "source_bytes": "flow_bytes_toserver", "destination_bytes": "flow_bytes_toclient", "event_start": "flow_start",
    "event_end": "flow_end", "dns_question_name": "dns_rrname", "dns_question_type": "dns_rrtype",
    "dns_response_code": "dns_rcode", "rule_name": "alert_signature", "rule_id": "alert_signature_id",
    "file_path": "fileinfo_filename", "suricata_eve_id": "flow_id",
}  # fmt: skip
"""Names of the Elastic Common Schema to which shippers move Suricata's values."""

Path = tuple[str, ...]


@lru_cache(20_000)
def canonical(path: Path) -> tuple[str, int]:
    """The canonical name of a path of keys, and how sure it is: what lies deeper in a shipper's keys is the sensor's.

    A name of ECS ranks lowest, for Suricata's own name may stand beside it.
    """
    name, rank = "_".join(path).replace(".", "_"), 1
    if name in _ECS:
        return _ECS[name], 0
    while name not in KNOWN and (found := _WRAPPERS.match(name)):
        name, rank = name[found.end() :], rank + 1
    if name in _ECS and name not in KNOWN:
        return _ECS[name], 0
    return name, rank


def flatten(record: Mapping[str, object], prefix: Path = ()) -> Iterator[tuple[Path, object]]:
    """Each leaf of a record with its path. Objects are opened where a known field may lie in them, or a few levels."""
    for key, value in record.items():
        path = (*prefix, key)
        if isinstance(value, dict) and value and _opens(path):
            yield from flatten(value, path)
        else:
            yield path, value


@lru_cache(20_000)
def _opens(path: Path) -> bool:
    name = canonical(path)[0]
    return name in INTERIOR or (name not in KNOWN and (len(path) < 4 or name in _OBJECTS))


def element_path(name: str) -> Path:
    """What follows the path of a list: a key of each of its objects, or nothing."""
    keys = LISTS.get(name, ())
    return (EACH, *keys) if keys else ()
