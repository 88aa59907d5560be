"""SentinelOne: events of Cloud Funnel and Deep Visibility, whose keys are the platform's own names.

``src.process`` is who did it; of a started process, ``tgt.process`` is the new one. https://www.sentinelone.com
"""

from __future__ import annotations

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, address, host, integer, moment, text, texts, words
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

TIME = moment("event.time", "timestamp", "meta.event.time", "time")
_SOURCE: dict[str, Source_] = {
    "computer": text("endpoint.name", "agent.name"),
    "event_type": text("event.category"),
    "action": text("event.type"),
    "user": text("src.process.user", "event.login.userName"),
    "process": text("src.process.image.path", "src.process.name"),
    "pid": integer("src.process.pid"),
    "command_line": text("src.process.cmdline"),
    "process_hash": text("src.process.image.sha256", "src.process.image.sha1"),
    "parent_process": text("src.process.parent.image.path", "src.process.parent.name"),
    "parent_pid": integer("src.process.parent.pid"),
    "parent_command_line": text("src.process.parent.cmdline"),
}
STARTED = Log("sentinelone.process", "process", TIME, {
    **_SOURCE, "process": text("tgt.process.image.path", "tgt.process.name"), "pid": integer("tgt.process.pid"),
    "command_line": text("tgt.process.cmdline"), "user": text("tgt.process.user", "src.process.user"),
    "process_hash": text("tgt.process.image.sha256", "tgt.process.image.sha1"),
    "parent_process": text("src.process.image.path", "src.process.name"), "parent_pid": integer("src.process.pid"),
    "parent_command_line": text("src.process.cmdline"),
})  # fmt: skip
LOGS: dict[str, Log] = {
    "process": STARTED,
    "ip": Log("sentinelone.connection", "connection", TIME, {
        **_SOURCE, "src_ip": address("src.ip.address"), "src_port": integer("src.port.number"),
        "dst_ip": address("dst.ip.address"), "dst_port": integer("dst.port.number"),
        "transport": words("event.network.protocolName", tcp="tcp", udp="udp"),
        "outcome": words("event.network.connectionStatus", success="allow", blocked="block"),
    }),
    "dns": Log("sentinelone.dns", "dns", TIME, {
        **_SOURCE, "dns_query": text("event.dns.request"), "dst_host": host("event.dns.request"),
        "dns_answers": texts("event.dns.response", separator=";"),
    }),
    "url": Log("sentinelone.url", "http", TIME, {
        **_SOURCE, "url": text("url.address"), "dst_host": host("url.address"), "http_method": text("event.url.action"),
        "dst_ip": address("dst.ip.address"), "dst_port": integer("dst.port.number"),
    }),
    "file": Log("sentinelone.file", "file", TIME, {**_SOURCE, "file_path": text("tgt.file.path")}),
    "registry": Log("sentinelone.registry", "registry", TIME, {
        **_SOURCE, "registry_key": text("registry.keyPath"), "registry_value": text("registry.value"),
    }),
    "command_script": Log("sentinelone.script", "script", TIME, {**_SOURCE, "script": text("cmdScript.content")}),
    "": Log("sentinelone.event", "other", TIME, _SOURCE),
}  # fmt: skip


def log_of(record: Record) -> Log | None:
    """Events have a type and the process that did it; or their platform's name."""
    values = record.values
    if "event.type" not in values or not (
        "src.process.storyline.id" in values or "src.process.name" in values or "src.process.image.path" in values
    ):
        return None
    category = values.get("event.category", "").lower()
    if category == "process" and "tgt.process.pid" not in values and "tgt.process.name" not in values:
        return LOGS[""]
    return LOGS.get(category, LOGS[""])


VENDOR = Vendor(
    name="sentinelone",
    title="SentinelOne",
    forms=frozenset((Form.JSON, Form.TABLE)),
    log_of=log_of,
    logs=tuple(LOGS.values()),
)

PAGE = Page(
    recognise=("JSON or CSV with `event.type` and `src.process.…`, as Cloud Funnel and Deep Visibility give them.",),
    options=("Cloud Funnel with process, IP, DNS, URL, file, registry and command script events.",),
    gaps=("Threats and activities of the console are not read.",),
    references=("Cloud Funnel: <https://www.sentinelone.com/platform/singularity-cloud-funnel/>",),
    unconfirmed=("Names were read from public queries and documentation, not from records of a console.",),
)
