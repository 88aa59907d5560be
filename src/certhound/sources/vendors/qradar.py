"""Rows of QRadar's exports whose payload is absent or of no format that is known: Ariel's columns and properties.

Results of AQL (REST API: JSON, CSV, XML) name columns as Ariel does (``sourceip``), the console's exports in words
(``Source IP``) or as its classes do (``payloadAsUTF``, ``startDateTime``, ``customProps``). Custom properties of IBM's
content (``URL``, ``Process CommandLine``) fill the columns that mean the same. IBM QRadar SIEM: Ariel database fields;
the class names are those of public exports.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from certhound.model.columns import EVENTS, Kind
from certhound.sources.envelopes.leef import unused
from certhound.sources.envelopes.reads import (
    Read,
    Source_,
    address,
    boolean,
    double,
    integer,
    moment,
    outcome,
    serial,
    text,
    texts,
    time,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

SPELLINGS: Final = {
    "srcip": "sourceip", "source": "sourceip", "sourceaddress": "sourceip", "sourcev6": "sourcev6",
    "destip": "destinationip", "dstip": "destinationip", "destination": "destinationip",
    "destinationaddress": "destinationip", "srcport": "sourceport", "destport": "destinationport",
    "dstport": "destinationport", "startdatetime": "starttime", "time": "starttime", "stopdatetime": "endtime",
    "enddatetime": "endtime", "logsourcetime": "devicetime", "user": "username", "eventname": "qidname",
    "qideventname": "qidname", "qidnameqid": "qidname", "logsource": "logsourcename",
    "logsourcenamelogsourceid": "logsourcename", "sensordevice": "logsourcename", "devicename": "logsourcename",
    "logsourcetypenamedevicetype": "logsourcetypename", "logsourcetype": "logsourcetypename",
    "categorynamecategory": "categoryname", "lowlevelcategory": "categoryname", "protocolname": "protocol",
    "protocolnameprotocolid": "protocol", "protocolid": "protocol", "eventid": "qideventid",
    "totalsourcebytes": "sourcebytes", "totaldestinationbytes": "destinationbytes",
}  # fmt: skip
"""Other spellings of Ariel's columns, in lower case and of letters and digits alone."""

COLUMNS: Final = frozenset((*SPELLINGS.values(), *(
    "sourceip destinationip sourceport destinationport username starttime endtime devicetime qid category magnitude "
    "severity credibility relevance logsourceid devicetype eventcount eventdirection identityip identityhostname "
    "prenatsourceip postnatsourceip domainid processorid highlevelcategory creeventlist payload customprops "
    "payloadasutf sourcepayload flowtype flowdirection applicationid appname"
).split()))  # fmt: skip

_TELLING: Final = 3
"""So many of Ariel's columns make a row one of QRadar's."""

_SURE: Final = frozenset(
    "qid devicetype logsourceid magnitude creeventlist eventdirection logsourcename logsourcetypename qidname "
    "starttime customprops payloadasutf categoryname".split()
)
"""Of these there is one at least, for addresses and ports have such names elsewhere, too."""

_PAIR = re.compile(r",\s(?=[A-Za-z][^=,]{0,60}=)")
_BARE = re.compile(r"[^a-z0-9]+")
_PROPERTIES: Final = {
    column.ariel.strip('"').lower(): column
    for column in EVENTS.columns
    if column.ariel.startswith('"') and column.name != "event_id"
}
_CUSTOM = re.compile(r"\s*\(custom\)\s*$", re.IGNORECASE)


@lru_cache(4096)
def _spelt(key: str) -> str:
    """A key as Ariel spells it; that of a custom property as it stands, in lower case."""
    property_ = _CUSTOM.sub("", key).strip().strip('"')
    if property_.lower() in _PROPERTIES:
        return property_.lower()
    bare = _BARE.sub("", property_.lower())
    named = SPELLINGS.get(bare, bare)
    return named if named in COLUMNS else property_


@lru_cache(1024)
def _row_of(keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """The keys of a row as Ariel spells them, each once; None for keys that are no row's."""
    spelt: dict[str, None] = {}
    for key in keys:
        name = _spelt(key)
        if name in spelt:
            name = unused(spelt, key) if key in spelt else key
        spelt[name] = None
    known = COLUMNS & spelt.keys()
    return tuple(spelt) if len(known) >= _TELLING and known & _SURE else None


def log_of(record: Record) -> Log | None:
    """Rows that have enough of Ariel's columns."""
    names = _row_of(tuple(record.values)) if len(record.values) >= _TELLING else None
    if names is None:
        return None
    spelt = dict(zip(names, record.values.values(), strict=True))
    props = spelt.get("customprops", "")
    if props.startswith("{"):
        for pair in _PAIR.split(props.strip("{} ")):
            key, equals, value = pair.partition("=")
            if equals:
                spelt.setdefault(_spelt(key), value)
    record.values = spelt
    return FLOW if "flowtype" in spelt or "flowdirection" in spelt or "appname" in spelt else EVENT


def _property(kind: Kind, key: str) -> Read:
    reads = {Kind.INT: integer, Kind.DOUBLE: double, Kind.BOOL: boolean, Kind.TIME: time, Kind.LIST: texts}
    return reads.get(kind, text)(key)


_READS: dict[str, Source_] = {column.name: _property(column.kind, key) for key, column in _PROPERTIES.items()}
_READS |= {
    "log_source": text("logsourcename", "logsourceidentifier", "logsourceid"),
    "src_ip": address("sourceip", "sourcev6", "identityip"),
    "src_port": integer("sourceport"),
    "dst_ip": address("destinationip", "destinationv6"),
    "dst_port": integer("destinationport"),
    "user": text("username"),
    "event_type": text("qidname", "categoryname"),
    "event_id": text("qideventid", "qid"),
    "transport": text("protocol"),
    "outcome": outcome("action"),
    "cert_serial": serial("certificate serial number"),
    "computer": text("machine identifier", "identityhostname"),
}
_TIME = moment("devicetime", "starttime", "endtime")

EVENT = Log("qradar.event", "other", _TIME, _READS)
FLOW = Log(
    "qradar.flow",
    "connection",
    _TIME,
    {
        **_READS,
        "bytes_out": integer("sourcebytes"),
        "bytes_in": integer("destinationbytes"),
        "service": text("appname", "applicationid"),
    },
)

VENDOR = Vendor(
    name="qradar",
    title="IBM QRadar exports",
    forms=frozenset((Form.JSON, Form.TABLE)),
    log_of=log_of,
    logs=(EVENT, FLOW),
    log_source_type="Universal DSM",
    rank=600,
)
