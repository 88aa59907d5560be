"""Microsoft Sentinel's table CommonSecurityLog: CEF whose fields were given other names. They get their own again.

https://learn.microsoft.com/en-us/azure/sentinel/cef-name-mapping
"""

from __future__ import annotations

from functools import cache

from certhound.sources.envelopes.generic import CEF as PLAIN
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

_NAMES = {
    "SourceIP": "src", "SourcePort": "spt", "DestinationIP": "dst", "DestinationPort": "dpt", "DeviceAction": "act",
    "RequestURL": "request", "SourceUserName": "suser", "DestinationUserName": "duser", "DestinationHostName": "dhost",
    "SourceHostName": "shost", "Protocol": "proto", "ApplicationProtocol": "app", "ReceivedBytes": "in",
    "SentBytes": "out", "RequestMethod": "requestMethod", "RequestClientApplication": "requestClientApplication",
    "RequestContext": "requestContext", "SourceTranslatedAddress": "sourceTranslatedAddress",
    "DestinationTranslatedAddress": "destinationTranslatedAddress", "ExternalID": "externalId", "ExtID": "externalId",
    "DeviceEventCategory": "cat", "Message": "msg", "ReceiptTime": "rt", "EventOutcome": "outcome",
    "DeviceName": "dvchost", "StartTime": "start", "EndTime": "end", "FileName": "fname", "Reason": "reason",
    **{f"DeviceCustomString{n}": f"cs{n}" for n in range(1, 7)},
    **{f"DeviceCustomString{n}Label": f"cs{n}Label" for n in range(1, 7)},
    **{f"DeviceCustomNumber{n}": f"cn{n}" for n in range(1, 4)},
    **{f"DeviceCustomNumber{n}Label": f"cn{n}Label" for n in range(1, 4)},
}  # fmt: skip


@cache
def _readers() -> tuple[Vendor, ...]:
    from certhound.sources.vendors import vendors

    return tuple(vendor for vendor in vendors() if Form.CEF in vendor.forms)


def _values(record: Record) -> dict[str, str]:
    values = {_NAMES.get(key, key): value for key, value in record.values.items()}
    for pair in values.pop("AdditionalExtensions", "").split(";"):
        key, equals, value = pair.partition("=")
        if equals and key.strip():
            values.setdefault(key.strip(), value)
    if "TimeGenerated" in values and len(values.get("rt", "")) < 9:
        values["rt"] = values["TimeGenerated"]
    return values


def log_of(record: Record) -> Log | None:
    """A row with the vendor and product of CEF and a class or further extensions."""
    given = record.values
    if "DeviceVendor" not in given or not ("DeviceEventClassID" in given or "AdditionalExtensions" in given):
        return None
    record.values = _values(record)
    record.form = Form.CEF
    record.vendor, record.product = given["DeviceVendor"], given.get("DeviceProduct", "")
    record.version = given.get("DeviceVersion", "")
    record.event_id = given.get("DeviceEventClassID", "")
    record.event_name = given.get("Activity", "")
    return next((log for vendor in _readers() if (log := vendor.log_of(record)) is not None), PLAIN)


VENDOR = Vendor(
    name="sentinel_cef",
    title="Microsoft Sentinel, CommonSecurityLog",
    forms=frozenset({Form.JSON, Form.TABLE}),
    log_of=log_of,
    rank=-5,
)

PAGE = Page(
    recognise=(
        "JSON or CSV rows with `DeviceVendor` and `DeviceEventClassID` or `AdditionalExtensions`. They are read as the "
        "CEF of their vendor, so `source` and columns are that vendor's.",
    ),
    options=(
        "Export `AdditionalExtensions`, too: what has no column of the table, such as certificates, stands there.",
    ),
    gaps=("An extension whose value holds a semicolon is cut there.",),
    references=("Names: <https://learn.microsoft.com/en-us/azure/sentinel/cef-name-mapping>",),
)
