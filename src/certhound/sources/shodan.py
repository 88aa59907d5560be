"""Shodan: banners of its streams, downloads and answers (``matches`` of a search, ``data`` of a host).

One row of events a banner: who served what. The first certificate of the chain is the one; where no chain is there, the
words of ``ssl.cert`` count. The version of ``ssl.cipher`` names the family of the suite, not the version that was
negotiated, so no TLS version is stated. Keys: datapedia.shodan.io, the specification of banners.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.sources.certificate_records import JsonSource, Told
from certhound.sources.certificate_values import (
    Values,
    der_of,
    hash_column,
    of_bytes,
    of_names,
    record_at,
    records_in,
    serial_of_decimal,
    text_of,
    texts_of,
)
from certhound.sources.zeek.json_text import Record
from certhound.x509.der import SEQUENCE, DerError, element
from certhound.x509.general_names import Fields, read_general_names

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z?")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([abfnrtv0])|(.))", re.DOTALL)
_SIGNS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "0": 0}
_ORDER = ("C", "ST", "L", "O", "OU", "CN", "emailAddress")
_USED = frozenset({
    "timestamp", "ip_str", "ip", "port", "transport", "ssl.chain", "ssl.cert", "ssl.ja3s", "ssl.cipher.name",
    "ssl.chain_sha256",
})  # fmt: skip
MAX_CHAIN = 50


def _read(record: Record) -> Iterator[Told | str]:
    banners = records_in(record.get("matches")) or (
        records_in(record.get("data")) if isinstance(record.get("data"), list) else []
    )
    if not banners and ("matches" in record or isinstance(record.get("data"), list)):
        yield "an answer without banners"
        return
    for banner in banners or [record]:
        yield _banner(banner, record if banners else {})


def _banner(banner: Record, host: Record) -> Told | str:
    address = text_of(banner.get("ip_str")) or text_of(host.get("ip_str"))
    if address is None or banner.get("port") is None:
        return "no banner: no address and port"
    tls = record_at(banner, "ssl")
    stated = record_at(tls, "cert")
    chain = [der_of(text) for text in texts_of(tls.get("chain"))[:MAX_CHAIN]]
    ders = [der for der in chain if der is not None]
    problems = [f"ssl.chain: more than {MAX_CHAIN} certificates"] * (len(texts_of(tls.get("chain"))) > MAX_CHAIN)
    problems += [f"ssl.chain: element {number} is no certificate" for number, der in enumerate(chain, 1) if der is None]
    time = text_of(banner.get("timestamp"))
    values: Values = {
        "time": time,
        "time_zone_known": bool(time and re.search(r"Z$|[+-]\d\d:?\d\d$", time)) if time else None,
        "event_type": text_of(record_at(banner, "_shodan").get("module")) or "banner",
        "log_source": text_of(record_at(banner, "_shodan").get("crawler")),
        "dst_ip": address,
        "dst_port": text_of(banner.get("port")),
        "transport": text_of(banner.get("transport")),
        "cipher": text_of(record_at(tls, "cipher").get("name")),
        "ja3s": text_of(tls.get("ja3s")),
        "cert_chain": texts_of(tls.get("chain_sha256")),
    }
    if ders and chain[0] is not None:
        values |= of_bytes(ders[0])
    elif stated:
        values |= _words(stated)
    return Told(values, banner, tuple(ders if chain and chain[0] is None else ders[1:]), tuple(problems), _USED)


def _words(stated: Record) -> Values:
    version = text_of(stated.get("version"))
    key = record_at(stated, "pubkey")
    prints = record_at(stated, "fingerprint")
    values: Values = {
        **of_names(_name(stated.get("subject")), _name(stated.get("issuer"))),
        "cert_serial": serial_of_decimal(stated.get("serial")),
        "cert_not_before": _time(stated.get("issued")),
        "cert_not_after": _time(stated.get("expires")),
        "version": int(version) + 1 if version and version.isdigit() else None,
        "key_type": (text_of(key.get("type")) or "").lower() or None,
        "key_bits": text_of(key.get("bits")),
        "signature_algorithm": text_of(stated.get("sig_alg")),
        **_alternative_names(stated.get("extensions")),
    }
    for value in (prints.get("sha1"), prints.get("sha256")):
        values |= hash_column(value)
    return values


def _name(value: object) -> str | None:
    """A name given as an object; how its attributes were ordered is lost, so they stand in the usual order."""
    name = record_at(value)
    keys = [key for key in _ORDER if key in name] + [key for key in name if key not in _ORDER]
    parts = [f"{key}={_escaped(text)}" for key in keys for text in texts_of(name[key])]
    return ",".join(reversed(parts)) or None


def _escaped(text: str) -> str:
    return re.sub(r'([,+"\\<>;])', r"\\\1", text)


def _time(value: object) -> str | None:
    found = _TIME.fullmatch(text_of(value) or "")
    return "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else None


def _alternative_names(extensions: object) -> Values:
    """The names of a SAN, whose DER stands there as text with escapes."""
    raw = next((each.get("data") for each in records_in(extensions) if each.get("name") == "subjectAltName"), None)
    if not isinstance(raw, str):
        return {}
    fields: Fields = []
    try:
        der = _ESCAPE.sub(_unescaped, raw).encode("latin-1")
        outer = element(der, 0, len(der))
        if outer.tag == SEQUENCE:
            read_general_names(der, outer.start, outer.stop, fields, [])
    except (DerError, IndexError, UnicodeEncodeError):
        return {}
    lists = {name: list(names) for name, names in fields if name in ("san_dns", "san_ip", "san_uri", "san_email")}
    return {**lists, "cert_san": [name for names in lists.values() for name in names]}


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return chr(_SIGNS[found[2]]) if found[2] else found[3]


SOURCE = JsonSource(
    "shodan", "other", r'"(?:_shodan|ip_str|chain_sha256|html_hash|sitemap_hash|acceptable_cas)"\s*:', _read
)
