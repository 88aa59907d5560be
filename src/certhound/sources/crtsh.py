"""crt.sh, the search over Certificate Transparency logs: its JSON (``output=json``), and rows that bring the bytes.

The list tells issuer, serial, validity and identities of a certificate, no subject and no hash. Keys: crt.sh itself,
github.com/crtsh/certwatch_db.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.sources.certificate_records import JsonSource, Told
from certhound.sources.certificate_values import (
    Values,
    der_of,
    of_bytes,
    of_names,
    serial_of_hex,
    text_of,
)
from certhound.sources.zeek.json_text import Record

_BYTES = ("certificate", "cert", "der", "raw", "pem", "CERTIFICATE")
_USED = frozenset({
    "issuer_name", "common_name", "name_value", "entry_timestamp", "not_before", "not_after", "serial_number",
    "min_entry_timestamp", *_BYTES,
})  # fmt: skip
_ADDRESS = re.compile(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]+")


def _read(record: Record) -> Iterator[Told | str]:
    if "issuer_name" not in record or not {"name_value", "issuer_ca_id"} & record.keys():
        yield "no row of crt.sh: it has no issuer_name, or neither name_value nor issuer_ca_id"
        return
    der = next((found for key in _BYTES if (found := der_of(record.get(key))) is not None), None)
    time = text_of(record.get("entry_timestamp")) or text_of(record.get("min_entry_timestamp"))
    values: Values = {"event_type": "crt.sh", "log_source": "crt.sh", "time": time, "log_timestamp": time}
    if time:
        values["time_zone_known"] = False
    values |= of_bytes(der) if der is not None else _words(record)
    yield Told(values, record, used=_USED)


def _words(record: Record) -> Values:
    names = list(dict.fromkeys(line.strip() for line in (text_of(record.get("name_value")) or "").split("\n")))
    names = [name for name in names if name]
    mails = [name for name in names if "@" in name]
    addresses = [name for name in names if name not in mails and _ADDRESS.fullmatch(name)]
    hosts = [name for name in names if name not in mails and name not in addresses]
    return {
        **of_names(None, text_of(record.get("issuer_name"))),
        "cert_subject_cn": text_of(record.get("common_name")),
        "cert_serial": serial_of_hex(record.get("serial_number")),
        "cert_not_before": text_of(record.get("not_before")),
        "cert_not_after": text_of(record.get("not_after")),
        "cert_san": names,
        "san_dns": hosts,
        "san_ip": addresses,
        "san_email": mails,
    }


SOURCE = JsonSource("crtsh", "ct_entry", r'"(?:issuer_ca_id|name_value)"\s*:', _read)
