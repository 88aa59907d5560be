"""A row of ``certificates`` read as a person reads a certificate; the terminal and the page share it.

Rows come from engines, or from a report's JSON, so values may be times or text, lists or tuples, or absent; a value
of an unexpected type counts as absent. Nothing here is defused: whoever shows a text does that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from certhound.model.columns import CERTIFICATES
from certhound.outputs.words import TRUST_WORDS, days, duration, number, plural, utc, when

Row = Mapping[str, object]

_ATTRIBUTES = {
    "CN": "common name", "O": "organisation", "OU": "unit", "L": "locality", "ST": "state", "C": "country",
    "EMAILADDRESS": "mail", "SERIALNUMBER": "serial number", "DC": "domain component", "STREET": "street",
    "UID": "user id", "SN": "surname", "GN": "given name", "TITLE": "title", "2.5.4.3": "common name",
    "2.5.4.10": "organisation", "2.5.4.11": "unit", "1.2.840.113549.1.9.1": "mail",
}  # fmt: skip
_ESCAPED = re.compile(r"(?:\\[0-9A-Fa-f]{2})+|\\(.)", re.DOTALL)
_KEYS = {"rsa": "RSA", "ec": "EC", "dsa": "DSA", "ed25519": "Ed25519", "ed448": "Ed448"}


def text(row: Row, column: str) -> str:
    """A scalar column as text, empty where absent."""
    value = row.get(column)
    if value is None or isinstance(value, list | tuple | Mapping | bytes):
        return ""
    return when(value) if isinstance(value, datetime) else str(value)


def moment(row: Row, column: str) -> datetime | None:
    """A time column, also from its ISO 8601 text."""
    value = row.get(column)
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, str):
        try:
            return utc(datetime.fromisoformat(value))
        except ValueError:
            return None
    return None


def many(row: Row, column: str) -> list[str]:
    """A list column as texts."""
    value = row.get(column)
    return [str(each) for each in value if each is not None] if isinstance(value, list | tuple) else []


def errors(row: Row) -> list[tuple[str, str]]:
    """Fields and what was wrong with them."""
    value = row.get("field_errors")
    if isinstance(value, Mapping):
        return sorted((str(key), str(item)) for key, item in value.items())
    if isinstance(value, list | tuple):  # an engine's map may come as pairs
        return sorted(
            (str(pair[0]), str(pair[1])) for pair in value if isinstance(pair, list | tuple) and len(pair) == 2
        )
    return []


def split_name(distinguished: str) -> list[str]:
    """The attributes of an RFC 4514 name, as they stand: split at commas and plus signs that are not escaped."""
    parts: list[str] = []
    start, place = 0, 0
    while place < len(distinguished):
        if distinguished[place] == "\\":
            place += 1
        elif distinguished[place] in ",+":
            parts.append(_trimmed(distinguished[start:place]))
            start = place + 1
        place += 1
    return [*parts, _trimmed(distinguished[start:])]


def _trimmed(piece: str) -> str:
    """Without blanks around it, but with one that is escaped at its end and so belongs to it."""
    bare = piece.strip(" ")
    escapes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if escapes % 2 and piece.endswith(" ") else bare


def name_parts(distinguished: str, limit: int = 24) -> list[tuple[str, str]]:
    """An RFC 4514 name as labelled values in words, in the order they stand; one that is none comes whole."""
    if not distinguished:
        return []
    shown: list[tuple[str, str]] = []
    pieces = split_name(distinguished)
    for piece in pieces[:limit]:
        attribute, equals, value = piece.partition("=")
        if not equals:
            return [("name", distinguished)]
        shown.append((_ATTRIBUTES.get(attribute.upper(), attribute), _unescaped(value)))
    if len(pieces) > limit:
        shown.append(("", f"and {plural(len(pieces) - limit, 'more attribute')}"))
    return shown


def _unescaped(value: str) -> str:
    def plain(match: re.Match[str]) -> str:
        if match[1] is not None:
            return str(match[1])
        return bytes.fromhex(match[0].replace("\\", "")).decode("utf-8", "backslashreplace")

    return _ESCAPED.sub(plain, value)


def common_name(distinguished: str) -> str:
    """The value of the first common name, else the whole name."""
    return next(
        (value for label, value in name_parts(distinguished) if label == "common name" and value), distinguished
    )


def names(row: Row) -> list[str]:
    """Every name that the certificate covers, with the kind where it is not a DNS name."""
    labelled = (("san_dns", ""), ("san_ip", ""), ("san_uri", "URI "), ("san_email", "mail "))
    return [f"{label}{value}" for column, label in labelled for value in many(row, column)]


def key(row: Row) -> str:
    """``RSA, 2048 bits``, ``EC, secp256r1``."""
    kind = text(row, "key_type")
    if not kind:
        return ""
    bits = text(row, "key_bits")
    detail = text(row, "curve") or (f"{bits} bits" if bits else "")
    return f"{_KEYS.get(kind, kind)}, {detail}" if detail else _KEYS.get(kind, kind)


def trust(row: Row) -> list[tuple[str, str, str]]:
    """Our verdicts as (view, verdict, reason in words), and the sensor's own where it has one."""
    verdicts = []
    for view, column in (("public roots", "trust"), ("own CAs", "house_trust")):
        verdict, reason = text(row, column), text(row, f"{column}_reason")
        if verdict:
            verdicts.append((view, verdict, TRUST_WORDS.get(reason, reason.replace("_", " "))))
    sensor = text(row, "sensor_validation")
    if sensor:
        verdicts.append(("the sensor said", sensor, ""))
    return verdicts


def beyond(leaf: Row) -> str:
    """What is known of the issuer at which the chain that was sent ends."""
    if "trusted" in (text(leaf, "trust"), text(leaf, "house_trust")):
        return "not sent, but it leads to a root that is trusted"
    return "neither sent nor known"


def signature(row: Row) -> str:
    """Who signs, as far as it is known: itself (verified), itself by name only, or another."""
    if row.get("self_signed") is True:
        return "signs itself (verified)"
    if row.get("self_issued") is True:
        if row.get("self_signed") is False:
            return "names itself as issuer, but the signature is not its own"
        return "names itself as issuer (no key to check)"
    return ""


def lifetime(row: Row) -> str:
    """``365 days``, where both ends are known."""
    start, end = moment(row, "not_before"), moment(row, "not_after")
    if start is None or end is None:
        return ""
    return days(end - start) if end >= start else "ends before it starts"


def contact(row: Row, first: datetime | None, last: datetime | None) -> str:
    """How the time of contact lies to the validity, in words; empty where either is unknown."""
    start, end = moment(row, "not_before"), moment(row, "not_after")
    if first is None or start is None or end is None:
        return ""
    first, last = utc(first), utc(last or first)
    if first < start:
        return f"first met {_length(start, first)} before it became valid"
    if first > end:
        return f"had expired {_length(first, end)} before it was first met"
    if last > end:
        return f"still met {_length(last, end)} after it expired"
    return f"first met {_length(first, start)} after it became valid"


def _length(late: datetime, early: datetime) -> str:
    return duration((late - early).total_seconds())


def facts(row: Row) -> list[str]:
    """Computed facts (traits) that hold: columns beyond those of the table, in words."""
    known = set(CERTIFICATES.names())
    return sorted(name.replace("_", " ") for name, value in row.items() if value is True and name not in known)


def details(row: Row) -> list[tuple[str, str]]:
    """What else a reader of certificates looks for, as labels and values; absent ones are left out."""
    ca = row.get("is_ca")
    basic = "a CA" if ca is True else "not a CA" if ca is False else ""
    if basic and text(row, "path_len"):
        basic += f", path length {text(row, 'path_len')}"
    pairs = [
        ("logged as", text(row, "entry_type")),
        ("version", text(row, "version")),
        ("signature", text(row, "signature_algorithm")),
        ("basic constraints", basic),
        ("key usage", ", ".join(each.replace("_", " ") for each in many(row, "key_usage"))),
        ("meant for", ", ".join(each.replace("_", " ") for each in many(row, "ext_key_usage"))),
        ("embedded SCTs", text(row, "sct_count")),
        ("policies", ", ".join(many(row, "policies"))),
        ("issuer's key id", text(row, "aki")),
        ("own key id", text(row, "ski")),
        ("OCSP", ", ".join(many(row, "aia_ocsp"))),
        ("issuer's certificate", ", ".join(many(row, "aia_issuers"))),
        ("CRL", ", ".join(many(row, "crl_urls"))),
        ("JA4X", text(row, "ja4x")),
        ("structure", text(row, "structure")),
        ("read by", ", ".join(many(row, "sources"))),
        ("first met in", _origin(row)),
    ]
    return [(label, value) for label, value in pairs if value]


def fingerprints(row: Row) -> list[tuple[str, str]]:
    """Serial and hashes, as labels and values."""
    columns = (
        ("serial", "serial"),
        ("SHA-256", "sha256"),
        ("SHA-1", "sha1"),
        ("MD5", "md5"),
        ("key SHA-256", "spki_sha256"),
    )
    pairs = [(label, text(row, column)) for label, column in columns]
    if not text(row, "sha256"):
        pairs.append(("identity", text(row, "id")))
    return [(label, value) for label, value in pairs if value]


def _origin(row: Row) -> str:
    file = text(row, "origin_file")
    line = text(row, "origin_line")
    record = text(row, "origin_record")
    if not file:
        return ""
    return f"{file}:{line}" if line else f"{file}, record {record}" if record else file


def capped(values: list[str], limit: int) -> tuple[list[str], str]:
    """The first values, and in words how many were left out."""
    rest = len(values) - limit
    return values[:limit], f"and {number(rest)} more" if rest > 0 else ""
