"""Zscaler Private Access: log streaming of user activity and browser access, as JSON and LEEF.

https://help.zscaler.com/zpa/about-log-streaming-service
"""

from __future__ import annotations

import json
import re

from certhound.sources.envelopes.objects import read as read_object
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, address, integer, moment, text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, host_of, joined_url, transport

_TIME = moment("LogTimestamp", "devTime", "TimestampRequestReceiveStart", "TimestampConnectionStart")


def _url(record: Record) -> str | None:
    get = record.get
    return joined_url((get("Protocol") or "").lower() or None, get("Host"), get("ApplicationPort"), get("URL"), None)


_COMMON: dict[str, Source_] = {
    "event_type": text("InternalReason", "ConnectionReason", "ConnectionStatus", "cat"),
    "action": text("ConnectionStatus"),
    "src_ip": address("ClientPublicIP", "ClientPublicIp", "src", "ClientPrivateIP", "ClientPrivateIp"),
    "src_port": integer("ClientPublicPort"),
    "session_uid": text("ConnectionID"),
    "dst_host": lambda record: host_of(record.get("Host", "dst"), record.get("Server")),
}
ACTIVITY = Log(
    "zscaler_zpa.user_activity",
    "connection",
    _TIME,
    _COMMON
    | {
        "user": account("Username", "usrName"),
        "dst_ip": address("ServerIP", "dst"),
        "dst_port": integer("ServerPort", "dstPort", "ServicePort"),
        "transport": transport("IPProtocol", "proto"),
        "bytes_out": integer("ZENTotalBytesRxClient"),
        "bytes_in": integer("ZENTotalBytesTxClient"),
        "computer": text("Hostname"),
    },
)
BROWSER = Log(
    "zscaler_zpa.browser_access",
    "http",
    _TIME,
    _COMMON
    | {
        "user": account("NameID", "Username"),
        "dst_port": integer("ApplicationPort"),
        "url": _url,
        "http_method": text("Method"),
        "http_status": integer("StatusCode"),
        "user_agent": text("UserAgent"),
        "bytes_out": integer("RequestSize"),
        "bytes_in": integer("ResponseSize"),
    },
)
OTHER = Log(
    "zscaler_zpa.other",
    "other",
    _TIME,
    {"event_type": text("EventType", "SessionStatus", "cat"), "user": account("Username", "User", "ModifiedBy")},
)
_LEADING_ZEROS = re.compile(r"(?<=:)\s*0+(?=\d+\s*[,}])")


def _mended(record: Record) -> bool:
    """JSON in which numbers begin with zeros, as ports of some versions do, becomes readable."""
    try:
        found = json.loads(_LEADING_ZEROS.sub("", record.text))
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    record.values = read_object(found, record.text, record.payload).values
    return True


def log_of(record: Record) -> Log | None:
    """JSON has ``LogTimestamp`` and ``Customer``; LEEF the product ZPA."""
    if record.form is Form.TEXT and not (record.text.startswith('{"LogTimestamp"') and _mended(record)):
        return None
    if record.form is Form.LEEF:
        if record.vendor != "Zscaler" or record.product != "ZPA":
            return None
    elif "LogTimestamp" not in record.values or "Customer" not in record.values:
        return None
    values = record.values
    if "Method" in values and "StatusCode" in values:
        return BROWSER
    return ACTIVITY if "ConnectionID" in values else OTHER


VENDOR = Vendor(
    name="zscaler_zpa",
    title="Zscaler Private Access",
    forms=frozenset({Form.JSON, Form.LEEF, Form.TEXT}),
    log_of=log_of,
    logs=(ACTIVITY, BROWSER, OTHER),
    log_source_type="ZscalerPrivateAccess",
)

PAGE = Page(
    recognise=("JSON: `LogTimestamp` with `Customer`. LEEF: vendor `Zscaler`, product `ZPA`.",),
    gaps=(
        "These logs say nothing about TLS: they serve to tie a user and an application to addresses.",
        "Times are written without a zone and are UTC, unless the receiver was told otherwise.",
    ),
    references=("Log streaming: <https://help.zscaler.com/zpa/about-log-streaming-service>",),
)
