"""Records that no vendor source recognises: read by their form alone, with the keys that the form defines.

They are category ``other``, their source is ``unrecognised.`` and the form, and nothing of them is lost.
"""

from __future__ import annotations

from certhound.sources.envelopes.reads import address, host, integer, moment, outcome, text, to_integer
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log

UNRECOGNISED = "unrecognised"

LEEF = Log(
    f"{UNRECOGNISED}.leef",
    "other",
    moment("devTime", "devtime", "date"),
    {
        "event_type": lambda record: f"{record.vendor} {record.product}".strip(),
        "event_id": lambda record: record.event_id or None,
        "src_ip": address("src"),
        "src_port": integer("srcPort"),
        "dst_ip": address("dst"),
        "dst_port": integer("dstPort"),
        "transport": text("proto"),
        "user": text("usrName"),
        "url": text("url"),
        "dst_host": host("url", "domain"),
        "action": text("action"),
        "outcome": outcome("action"),
        "bytes_out": integer("srcBytes"),
        "bytes_in": integer("dstBytes"),
        "computer": text("identHostName"),
    },
)

CEF = Log(
    f"{UNRECOGNISED}.cef",
    "other",
    moment("rt", "deviceReceiptTime", "end", "start", "deviceCustomDate1", zones=("dtz",)),
    {
        "event_type": lambda record: record.event_name or None,
        "event_id": lambda record: record.event_id or None,
        "log_source": lambda record: record.header.host or record.get("dvchost", "deviceHostName", "dvc"),
        "src_ip": address("src", "sourceAddress"),
        "src_port": integer("spt", "sourcePort"),
        "dst_ip": address("dst", "destinationAddress"),
        "dst_port": integer("dpt", "destinationPort"),
        "transport": text("proto", "transportProtocol"),
        "user": text("suser", "sourceUserName", "duser", "destinationUserName"),
        "url": text("request", "requestUrl"),
        "dst_host": host("dhost", "destinationHostName", "request", "requestUrl"),
        "http_method": text("requestMethod"),
        "user_agent": text("requestClientApplication"),
        "action": text("act", "deviceAction"),
        "outcome": outcome("act", "deviceAction"),
        "bytes_in": integer("in", "bytesIn"),
        "bytes_out": integer("out", "bytesOut"),
        "file_path": text("filePath", "fname"),
    },
)

_TIMES = (
    "@timestamp",
    "timestamp",
    "time",
    "Timestamp",
    "TimeGenerated",
    "EventTime",
    "eventTime",
    "_time",
    ("date", "time"),
)


def _plain(form: Form) -> Log:
    return Log(
        f"{UNRECOGNISED}.{form.value}",
        "other",
        moment(*_TIMES),
        {
            "event_type": lambda record: record.header.app,
            "src_ip": address("src_ip", "srcip", "src", "SourceIP", "sourceip", "c-ip", "client_ip", "source.ip"),
            "src_port": integer("src_port", "srcport", "sourceport", "SourcePort", "source.port"),
            "dst_ip": address(
                "dst_ip", "dest_ip", "dstip", "dst", "DestinationIP", "destinationip", "s-ip", "destination.ip"
            ),
            "dst_port": integer(
                "dst_port", "dest_port", "dstport", "destinationport", "DestinationPort", "destination.port"
            ),
            "user": text("user", "username", "usrName", "user.name", "User"),
            "url": text("url", "URL", "url.original"),
        },
    )


_WINDOWS = Log(
    f"{UNRECOGNISED}.windows",
    "other",
    moment("System.TimeCreated"),
    {
        "event_id": text("System.EventID"),
        "event_type": text("System.Provider"),
        "computer": text("System.Computer"),
        "log_source": text("System.Computer"),
        "user": text("SubjectUserName", "User", "TargetUserName"),
    },
)

_BY_FORM = {
    **{form: _plain(form) for form in (Form.KEY_VALUE, Form.JSON, Form.TABLE, Form.W3C)},
    Form.LEEF: LEEF,
    Form.CEF: CEF,
    Form.WINDOWS: _WINDOWS,
    Form.TEXT: Log(f"{UNRECOGNISED}.text", "other", moment(), {"event_type": lambda record: record.header.app}),
}
SYSLOG = Log(
    f"{UNRECOGNISED}.syslog",
    "other",
    moment(),
    {
        "event_type": lambda record: record.header.app,
        "computer": lambda record: record.header.host,
        "pid": lambda record: to_integer(record.header.pid or ""),
    },
)


LOGS = (*_BY_FORM.values(), SYSLOG)
"""All of them."""


def log_for(record: Record) -> Log:
    """The log of an unrecognised record."""
    if record.form is Form.TEXT and record.header.kind:
        return SYSLOG
    return _BY_FORM[record.form]
