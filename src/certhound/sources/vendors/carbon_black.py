"""VMware Carbon Black Cloud: events of its Data Forwarder.

https://developer.carbonblack.com/reference/carbon-black-cloud/data-forwarder/schema/latest/
"""

from __future__ import annotations

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, host, integer, moment, text, to_address, to_integer
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

TIME = moment("device_timestamp", "create_time", "backend_timestamp")
_PROCESS: dict[str, Source_] = {
    "computer": text("device_name"),
    "event_type": text("type"),
    "action": text("action"),
    "user": text("process_username"),
    "process": text("process_path"),
    "pid": integer("process_pid"),
    "command_line": text("process_cmdline"),
    "process_hash": lambda record: _last_hash(record, "process_hash"),
    "parent_process": text("parent_path"),
    "parent_pid": integer("parent_pid"),
    "parent_command_line": text("parent_cmdline"),
}


def _last_hash(record: Record, key: str) -> str | None:
    """A list of MD5 and SHA-256; the longer one."""
    from certhound.sources.envelopes.reads import to_texts

    said = record.get(key)
    found = to_texts(said) if said else None
    return max(found, key=len) if found else None


def _side(client: str, server: str) -> Source_:
    """The local side is the client, unless the connection came in."""

    def read(record: Record) -> str | int | None:
        key = server if record.values.get("netconn_inbound") == "true" else client
        said = record.get(key)
        return None if said is None else to_integer(said) if key.endswith("port") else to_address(said)

    return read


def _in_place(record: Record) -> None:
    """Times end in ``+0000 UTC``."""
    for key in TIME.spellings:
        said = record.values.get(key[0])
        if said is not None:
            record.values[key[0]] = said.removesuffix(" UTC")


STARTED = Log("carbon_black.process", "process", TIME, {
    **_PROCESS, "process": text("childproc_name", "process_path"), "pid": integer("childproc_pid", "process_pid"),
    "user": text("childproc_username", "process_username"), "command_line": text("target_cmdline", "process_cmdline"),
    "process_hash": lambda record: _last_hash(record, "childproc_hash") or _last_hash(record, "process_hash"),
    "parent_process": lambda record: record.get("process_path" if "childproc_name" in record.values else "parent_path"),
    "parent_pid": lambda record: to_integer(
        record.get("process_pid" if "childproc_pid" in record.values else "parent_pid") or ""
    ),
    "parent_command_line": lambda record: record.get(
        "process_cmdline" if "target_cmdline" in record.values else "parent_cmdline"
    ),
})  # fmt: skip
LOGS = {
    "endpoint.event.procstart": STARTED,
    "endpoint.event.netconn": Log("carbon_black.connection", "connection", TIME, {
        **_PROCESS, "src_ip": _side("local_ip", "remote_ip"), "src_port": _side("local_port", "remote_port"),
        "dst_ip": _side("remote_ip", "local_ip"), "dst_port": _side("remote_port", "local_port"),
        "dst_host": host("netconn_domain"),
        "transport": lambda record: (record.get("netconn_protocol") or "").removeprefix("PROTO_").lower() or None,
    }),
    "endpoint.event.filemod": Log("carbon_black.file", "file", TIME, {**_PROCESS, "file_path": text("filemod_name")}),
    "endpoint.event.regmod": Log(
        "carbon_black.registry", "registry", TIME, {**_PROCESS, "registry_key": text("regmod_name")}
    ),
    "endpoint.event.scriptload": Log("carbon_black.script", "script", TIME, {
        **_PROCESS, "file_path": text("scriptload_name"), "script": text("fileless_scriptload_cmdline"),
    }),
    "": Log("carbon_black.event", "other", TIME, _PROCESS),
}  # fmt: skip


def log_of(record: Record) -> Log | None:
    """Events name their kind (``endpoint.event.…``) and the device."""
    values = record.values
    if "device_name" not in values or "type" not in values:
        return None
    kind = values["type"]
    if not kind.startswith("endpoint.event."):
        return None
    _in_place(record)
    return LOGS.get(kind.replace("fileless_scriptload", "scriptload"), LOGS[""])


VENDOR = Vendor(
    name="carbon_black",
    title="Carbon Black Cloud",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=tuple(LOGS.values()),
    log_source_type="CarbonBlack",
)

PAGE = Page(
    recognise=("JSON of the Data Forwarder: `type` endpoint.event.…, `device_name`.",),
    options=("A Data Forwarder of the type *Endpoint Event*.",),
    gaps=("Alerts and watchlist hits are kept and not taken apart.",),
    references=(
        "Schema: <https://developer.carbonblack.com/reference/carbon-black-cloud/data-forwarder/schema/latest/>",
    ),
)
