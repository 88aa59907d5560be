"""Values of certificates as services write them: hashes, serials, names, times and bytes, in canonical form."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

from certhound.query.functions.records import record_time
from certhound.sources.zeek.json_text import Record, scalar_text
from certhound.x509.certificate import Certificate, read_certificate
from certhound.x509.dn_text import parse_name

Values = dict[str, Any]
"""Columns of an event and of its certificate: texts, lists of texts, whole numbers, booleans."""


def of_bytes(der: bytes) -> Values:
    """The columns about a certificate, read from its bytes."""
    return of_certificate(read_certificate(der))


def of_certificate(certificate: Certificate) -> Values:
    """The columns about a certificate that has been read; its own words are the only ones that count."""
    names = (*certificate.san_dns, *certificate.san_ip, *certificate.san_uri, *certificate.san_email)
    return {
        "der": base64.b64encode(certificate.der).decode(),
        "cert_sha256": certificate.sha256,
        "cert_sha1": certificate.sha1,
        "cert_md5": certificate.md5,
        "cert_subject": certificate.subject,
        "cert_subject_cn": certificate.subject_cn,
        "cert_issuer": certificate.issuer,
        "cert_issuer_cn": certificate.issuer_cn,
        "cert_serial": certificate.serial,
        "cert_not_before": iso(certificate.not_before),
        "cert_not_after": iso(certificate.not_after),
        "cert_san": list(names),
    }


def of_names(subject: str | None, issuer: str | None) -> Values:
    """Subject and issuer that came as text, in whatever order, in RFC 4514 form."""
    values: Values = {}
    for column, text in (("cert_subject", subject), ("cert_issuer", issuer)):
        if text:
            name = parse_name(text)
            values[column] = name.text or text
            values[f"{column}_cn"] = name.common_name
    return values


_FIRST = datetime(1970, 1, 1)


def names_id(values: Values) -> str | None:
    """The identity of a certificate that is known by words alone, as the lake makes it: a hash over what names it."""
    if any(values.get(name) for name in ("cert_sha256", "cert_sha1", "cert_md5")):
        return None
    if not values.get("cert_serial") and not values.get("cert_subject"):
        return None
    names = [_one_backslash(values.get(name) or "") for name in ("cert_issuer", "cert_subject")]
    times = []
    for name in ("cert_not_before", "cert_not_after"):
        moment = record_time(values[name]) if values.get(name) else None
        times.append("" if moment is None else str((moment - _FIRST) // timedelta(microseconds=1)))
    text = "\x1f".join((names[0], values.get("cert_serial") or "", names[1], *times))
    return "names:" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _one_backslash(name: str) -> str:
    return re.sub(r"\\+", r"\\", name)


def iso(moment: datetime | None) -> str | None:
    """A time of a certificate as ISO 8601; years before 1000 keep their zeros."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def text_of(value: object) -> str | None:
    """A value as text; nothing for what is absent or no scalar."""
    if value is None or isinstance(value, dict | list):
        return None
    return scalar_text(value).strip() or None


def texts_of(value: object) -> list[str]:
    """A list of texts, from a list or a single value."""
    values = value if isinstance(value, list) else [value]
    return [text for each in values if (text := text_of(each))]


def record_at(value: object, *path: str) -> Record:
    """The object at a path of keys; an empty one where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def records_in(value: object) -> list[Record]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def hexadecimal(value: object) -> str | None:
    """A hash in lower-case hex without separators."""
    text = text_of(value)
    bare = re.sub(r"[:\s-]", "", text).lower() if text else ""
    return bare if re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", bare) else None


def serial_of_hex(value: object) -> str | None:
    """A serial that came in hexadecimal, in canonical form."""
    text = text_of(value)
    bare = re.sub(r"[:\s]|^0[xX]", "", text).lower() if text else ""
    if not re.fullmatch(r"-?[0-9a-f]+", bare):
        return None
    return re.sub(r"^(-?)0+(?=[0-9a-f])", r"\1", bare)


def serial_of_decimal(value: object) -> str | None:
    """A serial that came as a decimal number of any size."""
    text = text_of(value)
    if text is None or not re.fullmatch(r"-?[0-9]{1,3000}", text, re.ASCII):
        return serial_of_hex(value)
    number = int(text)
    return f"{number:x}"


def hash_column(value: object) -> Values:
    """A fingerprint under the column that its length tells."""
    text = hexadecimal(value)
    return {{32: "cert_md5", 40: "cert_sha1", 64: "cert_sha256"}[len(text)]: text} if text else {}


_HEX = re.compile(r"(?:\\x|0x)?((?:[0-9a-fA-F]{2})+)")
_ARMOUR = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]+-----")


def der_of(value: object) -> bytes | None:
    """A certificate that came as base64 (of either alphabet), PEM or hexadecimal; nothing where it is none."""
    text = text_of(value)
    if text is None or len(text) < 16:
        return None
    found = _HEX.fullmatch(text)
    if found is not None:
        der = bytes.fromhex(found[1])
    else:
        packed = "".join(_ARMOUR.sub("", text).split()).translate(str.maketrans("-_", "+/")).rstrip("=")
        try:
            der = binascii.a2b_base64(packed + "===="[: -len(packed) % 4], strict_mode=True)
        except (binascii.Error, ValueError):
            return None
    return der if der[:1] == b"\x30" else None
