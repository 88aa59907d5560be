"""Documents in Elastic's common schema (ECS) of whatever agent wrote them: Elastic Defend, Packetbeat, integrations.

Taken where no source of the vendor itself takes them: the schema says who did what, by names that are the same for
every product. https://www.elastic.co/docs/reference/ecs
"""

from __future__ import annotations

from certhound.sources.envelopes.objects import at
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Source_,
    address,
    boolean,
    fingerprint,
    host,
    integer,
    moment,
    name,
    serial,
    text,
    texts,
    time,
    to_tls_version,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

_SERVER = "tls.server."


def _user(record: Record) -> str | None:
    user, domain = record.get("user.name", "source.user.name", "user.id"), record.get("user.domain")
    return f"{domain}\\{user}" if user is not None and domain is not None else user


def _outcome(record: Record) -> str | None:
    """What a device decided; whether what was tried succeeded (``event.outcome``) is another matter."""
    said = record.values.get("event.type", "")
    return "block" if '"denied"' in said or said == "denied" else "allow" if "allowed" in said else None


def _duration(record: Record) -> float | None:
    """``event.duration`` is in nanoseconds."""
    said = record.values.get("event.duration", "")
    return int(said) / 1_000_000_000 if said.isdecimal() else None


def _command_line(record: Record) -> str | None:
    arguments = at(record.object, "process", "args") if record.object is not None else None
    stated = record.get("process.command_line")
    return stated or (" ".join(map(str, arguments)) if isinstance(arguments, list) and arguments else None)


def _first_of_list(*keys: str) -> Source_:
    """The first of what may be a list as JSON text."""

    def read(record: Record) -> str | None:
        from certhound.sources.envelopes.reads import to_texts

        said = record.get(*keys)
        found = to_texts(said) if said else None
        return found[0] if found else None

    return read


def _version(record: Record) -> str | None:
    number, protocol = record.get("tls.version"), (record.get("tls.version_protocol") or "tls").lower()
    if number is None:
        return None
    return to_tls_version(number if number[:1].isalpha() else f"{protocol}{number}")


_COLUMNS: dict[str, Source_] = {
    "computer": text("host.hostname", "host.name", "agent.hostname"),
    "log_source": text("observer.hostname", "observer.name", "agent.name", "host.name"),
    "event_type": text("event.dataset", "event.module"),
    "event_id": text("event.code"),
    "action": text("event.action"),
    "outcome": _outcome,
    "user": _user,
    "target_user": text("user.target.name", "destination.user.name"),
    "src_ip": address("source.ip", "client.ip", "source.address"),
    "src_port": integer("source.port", "client.port"),
    "dst_ip": address("destination.ip", "server.ip", "destination.address"),
    "dst_port": integer("destination.port", "server.port"),
    "src_nat_ip": address("source.nat.ip"),
    "dst_nat_ip": address("destination.nat.ip"),
    "dst_host": host("tls.client.server_name", "url.domain", "destination.domain", "url.full", "url.original"),
    "transport": text("network.transport"),
    "bytes_out": integer("source.bytes", "client.bytes"),
    "bytes_in": integer("destination.bytes", "server.bytes"),
    "duration_s": _duration,
    "process": text("process.executable", "process.name"),
    "pid": integer("process.pid"),
    "command_line": _command_line,
    "process_hash": text("process.hash.sha256", "process.hash.sha1", "process.hash.md5"),
    "parent_process": text("process.parent.executable", "process.parent.name"),
    "parent_pid": integer("process.parent.pid", "process.ppid"),
    "parent_command_line": text("process.parent.command_line"),
    "file_path": text("file.path"),
    "registry_key": text("registry.path", "registry.key"),
    "registry_value": _first_of_list("registry.data.strings"),
    "script": text("powershell.file.script_block_text"),
    "url": text("url.original", "url.full"),
    "http_method": text("http.request.method"),
    "http_status": integer("http.response.status_code"),
    "user_agent": text("user_agent.original"),
    "referrer": text("http.request.referrer"),
    "dns_query": text("dns.question.name"),
    "dns_type": text("dns.question.type"),
    "dns_answers": texts("dns.resolved_ip"),
}
_TLS: dict[str, Source_] = {
    "sni": text("tls.client.server_name"),
    "tls_version": _version,
    "cipher": text("tls.cipher"),
    "alpn": text("tls.next_protocol"),
    "tls_established": boolean("tls.established"),
    "tls_resumed": boolean("tls.resumed"),
    "ja3": text("tls.client.ja3"),
    "ja3s": text("tls.server.ja3s"),
    "cert_subject": name(f"{_SERVER}subject", f"{_SERVER}x509.subject.distinguished_name"),
    "cert_issuer": name(f"{_SERVER}issuer", f"{_SERVER}x509.issuer.distinguished_name"),
    "cert_serial": serial(f"{_SERVER}x509.serial_number"),
    "cert_not_before": time(f"{_SERVER}not_before", f"{_SERVER}x509.not_before"),
    "cert_not_after": time(f"{_SERVER}not_after", f"{_SERVER}x509.not_after"),
    "cert_san": texts(f"{_SERVER}x509.alternative_names"),
    "cert_sha256": fingerprint(f"{_SERVER}hash.sha256", length=64),
    "cert_sha1": fingerprint(f"{_SERVER}hash.sha1", length=40),
    "cert_md5": fingerprint(f"{_SERVER}hash.md5", length=32),
}
_MAIL: dict[str, Source_] = {
    "mail_from": _first_of_list("email.from.address"),
    "mail_sender": _first_of_list("email.sender.address"),
    "mail_to": _first_of_list("email.to.address"),
    "mail_subject": text("email.subject"),
    "mail_message_id": text("email.message_id"),
}

LOGS: dict[str, Log] = {
    category: Log(f"ecs.{category}", category, moment("@timestamp", "event.created"), columns)
    for category, columns in {
        **dict.fromkeys(("process", "file", "registry", "script", "dns", "http", "connection", "other"), _COLUMNS),
        "tls": {**_COLUMNS, **_TLS},
        "mail": {**_COLUMNS, **_MAIL},
    }.items()
}
_SAYS = ("event.kind", "event.category", "event.module", "event.dataset", "data_stream.dataset")
_BY_CATEGORY = {
    "registry": "registry", "process": "process", "file": "file", "network": "connection",
    "network_traffic": "connection", "email": "mail", "web": "http",
}  # fmt: skip


def _category(record: Record) -> str:
    values = record.values
    if any(key.startswith(_SERVER) for key in values) or "tls.client.server_name" in values or "tls.version" in values:
        return "tls"
    if "dns.question.name" in values:
        return "dns"
    if "http.request.method" in values and ("url.original" in values or "url.full" in values):
        return "http"
    said = values.get("event.category", "")
    return next((category for word, category in _BY_CATEGORY.items() if word in said), "other")


def log_of(record: Record) -> Log | None:
    """Documents have ``@timestamp`` and the schema's version, or what it says of an event."""
    values = record.values
    if "@timestamp" not in values or not ("ecs.version" in values or any(key in values for key in _SAYS)):
        return None
    return LOGS[_category(record)]


VENDOR = Vendor(
    name="ecs",
    title="Elastic common schema",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=tuple(LOGS.values()),
    rank=600,
)

PAGE = Page(
    recognise=(
        "JSON documents with `@timestamp` and `ecs.version` or `event.kind`, `event.category`, `event.module`, "
        "`event.dataset`: Elastic Defend, Packetbeat, Elastic Agent's integrations, Filebeat's modules.",
        "Where the document keeps the record as the product wrote it (`event.original`, `message`) and a source of "
        "that product takes it, that one does.",
    ),
    options=(
        "Packetbeat: `include_raw_certificates` and `send_certificates` of the protocol `tls`.",
        "Integrations: *Preserve original event*.",
    ),
    gaps=(
        "`event.outcome` is whether what was tried succeeded, and stays in `fields`; what a device decided is read "
        "from `event.type` (`allowed`, `denied`).",
        "A certificate has what the schema has of it: chains are not taken apart.",
    ),
    references=("Fields: <https://www.elastic.co/docs/reference/ecs/ecs-field-reference>",),
)
