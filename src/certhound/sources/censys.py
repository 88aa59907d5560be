"""Censys and the ZMap family: certificates and hosts of Censys (v1, v2, platform), zcrypto's JSON, ZGrab2.

One row of events a certificate, or a service of a host: who served what. ``raw`` is the certificate itself; where it is
missing the words of ``parsed`` count. Serials are decimal there unless the key says otherwise. Keys:
github.com/zmap/zcrypto (x509 as JSON), github.com/zmap/zgrab2, the data definitions of search.censys.io.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.sources.certificate_records import JsonSource, Told
from certhound.sources.certificate_values import (
    Values,
    der_of,
    hash_column,
    hexadecimal,
    of_bytes,
    record_at,
    records_in,
    text_of,
)
from certhound.sources.zcrypto import KEY_TYPES, of_parsed
from certhound.sources.zeek.json_text import Record

_WRAPPERS = ("result", "resource", "host_v1", "certificate_v1", "webproperty_v1", "host", "certificate", "webproperty")
_LISTS = ("hits", "results", "resources", "hosts", "certificates")
_PORT = re.compile(r"p?([0-9]{1,5})")
MAX_DEPTH = 6


def _read(record: Record) -> Iterator[Told | str]:
    yield from _unwrapped(record, 0)


def _unwrapped(record: Record, depth: int) -> Iterator[Told | str]:
    """Answers of the services wrap what they found in up to four layers."""
    if depth <= MAX_DEPTH:
        if _is_host(record):
            yield from _host(record)
            return
        if _is_certificate(record):
            yield _certificate(record)
            return
        inner = [value for key in _WRAPPERS if isinstance(value := record.get(key), dict)]
        inner += [each for key in _LISTS for each in records_in(record.get(key))]
        if isinstance(record.get("result"), list):
            inner += records_in(record["result"])
        if inner:
            for each in inner:
                yield from _unwrapped(each, depth + 1)
            return
    yield "neither a certificate nor a host of Censys"


def _is_certificate(record: Record) -> bool:
    parsed = record.get("parsed")
    bare = {"subject_dn", "issuer_dn"} <= record.keys() and ("validity" in record or "validity_period" in record)
    return isinstance(parsed, dict) or bare or ("raw" in record and "fingerprint_sha256" in record)


def _is_host(record: Record) -> bool:
    if isinstance(record.get("services"), list) and ("ip" in record or "name" in record):
        return True
    if "hostname" in record and "port" in record and ("cert" in record or "tls" in record):
        return True
    if "ip" in record or "domain" in record:
        return isinstance(record.get("data"), dict) or any(_PORT.fullmatch(key) for key in record)
    return False


# --- certificates ----------------------------------------------------------------------------------------------------


def _certificate(record: Record) -> Told:
    parsed = record_at(record, "parsed") or record
    der = der_of(record.get("raw"))
    time = next(
        (text for key in ("added_at", "modified_at", "updated_at", "timestamp") if (text := text_of(record.get(key)))),
        None,
    )
    time = time or text_of(record_at(record, "metadata").get("added_at"))
    values: Values = {
        "event_type": "certificate",
        "time": time,
        "time_zone_known": _has_zone(time),
        **(of_bytes(der) if der is not None else of_parsed(record)),
    }
    precertificate = record.get("precert")
    if isinstance(precertificate, bool):
        values["entry_type"] = "precertificate" if precertificate else "certificate"
    problem = ("raw: no certificate",) if record.get("raw") and der is None else ()
    used = {"raw", "parsed", "fingerprint_sha256", "fingerprint_sha1", "fingerprint_md5", "added_at", "names"}
    if parsed is record:
        used |= set(record)
    return Told(values, record, (), problem, frozenset(used))


def _has_zone(time: str | None) -> bool | None:
    return None if time is None else bool(re.search(r"Z$|[+-]\d\d:?\d\d$|^\d+(\.\d*)?$", time))


# --- hosts -----------------------------------------------------------------------------------------------------------


def _host(host: Record) -> Iterator[Told | str]:
    services = records_in(host.get("services"))
    if services:
        for service in services:
            yield _service(host, service)
    elif "hostname" in host and "port" in host:
        yield _service(host, host)
    elif isinstance(host.get("data"), dict):
        yield from _scanned(host)
    elif "services" in host:
        yield "a host without services"
    else:
        yield from _old_host(host)


def _service(host: Record, service: Record) -> Told:
    """One service of a host: v2 (``tls.certificates.leaf_data``, ``certificate``) and platform (``cert``)."""
    tls = record_at(service, "tls")
    stated = record_at(service, "cert") or record_at(tls, "certificates", "leaf_data") or record_at(tls, "certificate")
    chain = records_in(record_at(tls, "certificates").get("chain")) or records_in(tls.get("presented_chain"))
    time = next(
        (
            text
            for holder, key in (
                (service, "scan_time"), (service, "observed_at"), (host, "last_updated_at"), (host, "timestamp"),
            )
            if (text := text_of(holder.get(key)))
        ),
        None,
    )  # fmt: skip
    hashes = (
        service.get("certificate"), record_at(tls, "certificates").get("leaf_fp_sha_256"),
        tls.get("fingerprint_sha256"),
    )  # fmt: skip
    values: Values = {
        "time": time,
        "time_zone_known": _has_zone(time),
        "event_type": text_of(service.get("extended_service_name"))
        or text_of(service.get("service_name"))
        or text_of(service.get("protocol"))
        or "service",
        "dst_ip": text_of(host.get("ip")) or text_of(service.get("ip")),
        "dst_port": text_of(service.get("port")),
        "dst_host": text_of(host.get("hostname")) or text_of(host.get("name")),
        "transport": (text_of(service.get("transport_protocol")) or "").lower() or None,
        "tls_version": text_of(tls.get("version_selected")),
        "cipher": text_of(tls.get("cipher_selected")),
        "ja3s": text_of(tls.get("ja3s")),
        "ja4s": text_of(tls.get("ja4s")),
    }
    values |= _stated(stated)
    for value in hashes:
        if not values.get("cert_sha256"):
            values |= hash_column(value)
    prints = [text for each in chain if (text := _print(each))]
    if values.get("cert_sha256"):
        values["cert_chain"] = [values["cert_sha256"], *(each for each in prints if each != values["cert_sha256"])]
    part = service if service is host else {**service, "ip": host.get("ip")}
    used = frozenset({"tls", "cert", "certificate", "port", "ip", "scan_time", "observed_at", "transport_protocol"})
    return Told(values, part, _ders(chain), (), used)


def _stated(stated: Record) -> Values:
    if not stated:
        return {}
    der = der_of(stated.get("raw"))
    if der is not None:
        return of_bytes(der)
    values = of_parsed(stated)
    # The flat form of v2 has the key's size beside the names.
    values["key_bits"] = values.get("key_bits") or text_of(stated.get("pubkey_bit_size"))
    kind = (text_of(stated.get("pubkey_algorithm")) or "").lower()
    values["key_type"] = values.get("key_type") or KEY_TYPES.get(kind, kind or None)
    return values


def _print(each: Record) -> str | None:
    return hexadecimal(each.get("fingerprint_sha256")) or hexadecimal(each.get("fingerprint"))


def _ders(chain: list[Record]) -> tuple[bytes, ...]:
    return tuple(der for each in chain if (der := der_of(each.get("raw"))) is not None)


def _scanned(host: Record) -> Iterator[Told | str]:
    """ZGrab2: ``data`` has a result for each protocol, and in it the handshake."""
    count = 0
    for module, outcome in record_at(host, "data").items():
        handshake = _handshake(outcome, 0)
        if not handshake:
            continue
        count += 1
        yield _shaken(host, module, record_at(outcome), handshake)
    if not count:
        yield "a scan without a TLS handshake"


def _handshake(value: object, depth: int) -> Record:
    """The log of a handshake, wherever the protocol's module keeps it."""
    if not isinstance(value, dict) or depth > MAX_DEPTH:
        return {}
    if "server_certificates" in value or "server_hello" in value:
        return value
    return next((found for each in value.values() if (found := _handshake(each, depth + 1))), {})


def _shaken(host: Record, module: str, outcome: Record, handshake: Record) -> Told:
    certificates = record_at(handshake, "server_certificates")
    leaf = record_at(certificates, "certificate")
    hello = record_at(handshake, "server_hello")
    chain = records_in(certificates.get("chain"))
    time = text_of(outcome.get("timestamp")) or text_of(host.get("timestamp"))
    selected = record_at(hello, "supported_versions", "selected_version") or record_at(hello, "version")
    values: Values = {
        "time": time,
        "time_zone_known": _has_zone(time),
        "event_type": text_of(outcome.get("protocol")) or module,
        "dst_ip": text_of(host.get("ip")),
        "dst_port": text_of(outcome.get("port")),
        "dst_host": text_of(host.get("domain")),
        "transport": "tcp",
        "tls_version": text_of(selected.get("name")),
        "cipher": text_of(record_at(hello, "cipher_suite").get("name")),
        **_stated(leaf),
    }
    trusted = record_at(certificates, "validation").get("browser_trusted")
    values["cert_validation"] = None if trusted is None else f"browser_trusted: {str(trusted).lower()}"
    part = {**outcome, "ip": host.get("ip"), "domain": host.get("domain"), "module": module}
    return Told(values, part, _ders(chain), (), frozenset({"result", "ip", "domain", "port", "timestamp"}))


def _old_host(host: Record) -> Iterator[Told | str]:
    """v1: ``p443.https.tls.certificate``."""
    count = 0
    for key, value in host.items():
        port = _PORT.fullmatch(key)
        for protocol, found in record_at(value).items() if port else ():
            held = record_at({"": found}, "")
            tls = record_at(found, "tls") or record_at(found, "starttls", "tls") or record_at(found, "tls", "tls")
            if not tls:
                continue
            count += 1
            leaf, chain = record_at(tls, "certificate"), records_in(tls.get("chain"))
            time = text_of(host.get("updated_at")) or text_of(held.get("timestamp"))
            values: Values = {
                "time": time,
                "time_zone_known": _has_zone(time),
                "event_type": protocol,
                "dst_ip": text_of(host.get("ip")),
                "dst_port": port[1] if port else None,
                "transport": "tcp",
                "tls_version": text_of(tls.get("version")),
                "cipher": text_of(record_at(tls, "cipher_suite").get("name")),
                **_stated(leaf),
            }
            part = {"ip": host.get("ip"), key: {protocol: found}}
            yield Told(values, part, _ders(chain), (), frozenset({key, "ip"}))
    if not count:
        yield "a host without a TLS service"


SOURCE = JsonSource(
    "censys",
    "other",
    r'"(?:subject_dn|issuer_dn|leaf_fp_sha_256|host_v1|certificate_v1|webproperty_v1|handshake_log|server_certificates'
    r'|autonomous_system|extended_service_name|spki_subject_fingerprint|tbs_fingerprint|fingerprint_sha256)"\s*:',
    _read,
)
