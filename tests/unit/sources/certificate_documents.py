"""Certificates, and the JSON in which services of the field give them: built here, each by its documentation."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certhound.x509.certificate import read_certificate

NAMES = ("fjord.example", "www.fjord.example")
KEY = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
CA_KEY = ec.derive_private_key(0xFEDCBA0987654321, ec.SECP256R1())
CA_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Fjord, Trust"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Fjord CA"),
    ]
)
START = datetime(2026, 3, 1, tzinfo=UTC)


def _builder(subject: x509.Name, serial: int, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(CA_NAME)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=90))
    )


@cache
def ca() -> bytes:
    """The issuer of the others."""
    builder = _builder(CA_NAME, 0x1001, CA_KEY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(CA_KEY, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


@cache
def leaf(*, precertificate: bool = False, serial: int = 0x00AB12CD34EF56AB12CD34EF56) -> bytes:
    """A server's certificate, or the precertificate that was logged for it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    builder = _builder(subject, serial, KEY)
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES])
    builder = builder.add_extension(names, critical=False)
    if precertificate:
        builder = builder.add_extension(x509.PrecertPoison(), critical=True)
    return builder.sign(CA_KEY, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pem(der: bytes) -> str:
    return "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


def log_entry(der: bytes, *, precertificate: bool = False, milliseconds: int = 1_772_400_000_123) -> dict[str, Any]:
    """An entry as ``get-entries`` answers it (RFC 6962, 3.4 and 4.6), with the CA as its chain."""
    chain = _sized(_sized(ca()))
    head = b"\0\0" + milliseconds.to_bytes(8, "big")
    if precertificate:
        body = leaf()[4:]  # which body exactly does not matter: the precertificate stands in the extra data
        leaf_input = head + b"\0\1" + bytes(range(32)) + _sized(body) + b"\0\0"
        return {"leaf_input": b64(leaf_input), "extra_data": b64(_sized(der) + chain)}
    return {"leaf_input": b64(head + b"\0\0" + _sized(der) + b"\0\0"), "extra_data": b64(chain)}


def crtsh_row(**more: Any) -> dict[str, Any]:
    certificate = read_certificate(leaf())
    row: dict[str, Any] = {
        "issuer_ca_id": 7, "issuer_name": 'C=NO, O="Fjord, Trust", CN=Fjord CA', "common_name": NAMES[0],
        "name_value": "\n".join(NAMES), "id": 123456789, "entry_timestamp": "2026-03-01T01:02:03.456",
        "not_before": "2026-03-01T00:00:00", "not_after": "2026-05-30T00:00:00",
        "serial_number": (certificate.serial or "").rjust(26, "0"), "result_count": 2,
    }  # fmt: skip
    return {**row, **more}


def certstream_message(*, der: bool = True, precertificate: bool = False) -> dict[str, Any]:
    certificate = read_certificate(leaf(precertificate=precertificate))
    name = {
        "C": "NO",
        "ST": None,
        "O": "Fjord, Trust",
        "CN": "Fjord CA",
        "aggregated": "/C=NO/O=Fjord, Trust/CN=Fjord CA",
    }
    stated: dict[str, Any] = {
        "subject": {"CN": NAMES[0], "C": None, "aggregated": f"/CN={NAMES[0]}"}, "issuer": name,
        "serial_number": (certificate.serial or "").upper(), "not_before": int(START.timestamp()),
        "not_after": float((START + timedelta(days=90)).timestamp()), "all_domains": list(NAMES),
        "fingerprint": ":".join(certificate.sha1[at : at + 2] for at in range(0, 40, 2)).upper(),
        "extensions": {"subjectAltName": ", ".join(f"DNS:{name}" for name in NAMES)},
    }  # fmt: skip
    if der:
        stated["as_der"] = b64(certificate.der)
    return {
        "message_type": "certificate_update",
        "data": {
            "update_type": "PrecertLogEntry" if precertificate else "X509LogEntry",
            "cert_index": 987654321, "cert_link": "https://log.example/ct/v1/get-entries?start=987654321&end=987654321",
            "seen": 1772400000.25, "source": {"url": "log.example/ct/", "name": "Example 'Fjord' log"},
            "leaf_cert": stated, "chain": [{"as_der": b64(ca())}] if der else [],
        },
    }  # fmt: skip


def shodan_banner(*, chain: bool = True) -> dict[str, Any]:
    certificate = read_certificate(leaf())
    names = b"".join(b"\x82" + bytes((len(name),)) + name.encode() for name in NAMES)
    escaped = "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in names)
    return {
        "ip_str": "198.51.100.7", "ip": 3325256711, "port": 8443, "transport": "tcp", "data": "HTTP/1.1 200 OK\r\n",
        "timestamp": "2026-03-02T10:11:12.345678", "hostnames": ["h7.example.net"], "org": "Example Hosting",
        "_shodan": {"module": "https", "crawler": "c0ffee", "options": {}},
        "ssl": {
            "cert": {
                "subject": {"CN": NAMES[0]}, "issuer": {"CN": "Fjord CA", "C": "NO", "O": "Fjord, Trust"},
                "serial": int(certificate.serial or "0", 16), "issued": "20260301000000Z", "expires": "20260530000000Z",
                "expired": False, "version": 2, "sig_alg": "ecdsa-with-SHA256", "pubkey": {"type": "EC", "bits": 256},
                "fingerprint": {"sha1": certificate.sha1, "sha256": certificate.sha256},
                "extensions": [{"name": "subjectAltName", "data": f"0\\x{len(names):02x}{escaped}"}],
            },
            "chain": [pem(leaf()), pem(ca())] if chain else [], "versions": ["-SSLv3", "TLSv1.2", "TLSv1.3"],
            "cipher": {"name": "TLS_AES_256_GCM_SHA384", "version": "TLSv1/SSLv3", "bits": 256}, "ja3s": "aa" * 16,
        },
    }  # fmt: skip


def _parsed(**more: Any) -> dict[str, Any]:
    certificate = read_certificate(leaf())
    parsed: dict[str, Any] = {
        "version": 3, "serial_number": str(int(certificate.serial or "0", 16)), "subject_dn": f"CN={NAMES[0]}",
        "issuer_dn": "C=NO, O=Fjord\\, Trust, CN=Fjord CA", "signature_algorithm": {"name": "ECDSA-SHA256"},
        "subject_key_info": {"key_algorithm": {"name": "ECDSA"}, "ecdsa": {"curve": "P-256", "length": 256}},
        "extensions": {"subject_alt_name": {"dns_names": list(NAMES)}, "basic_constraints": {"is_ca": False}},
    }  # fmt: skip
    return {**parsed, **more}


def censys_v1_certificate(*, raw: bool = True) -> dict[str, Any]:
    certificate = read_certificate(leaf())
    validity = {"start": "2026-03-01T00:00:00Z", "end": "2026-05-30T00:00:00Z", "length": 7776000}
    document: dict[str, Any] = {
        "fingerprint_sha256": certificate.sha256, "metadata": {"added_at": "2026-03-01 05:06:07"}, "precert": False,
        "parsed": _parsed(validity=validity, fingerprint_sha1=certificate.sha1, fingerprint_md5=certificate.md5),
    }  # fmt: skip
    return {**document, "raw": b64(certificate.der)} if raw else document


def censys_v2_certificate(*, raw: bool = True) -> dict[str, Any]:
    certificate = read_certificate(leaf())
    validity = {"not_before": "2026-03-01T00:00:00Z", "not_after": "2026-05-30T00:00:00Z", "length_seconds": 7776000}
    document: dict[str, Any] = {
        "fingerprint_sha256": certificate.sha256, "fingerprint_sha1": certificate.sha1, "names": list(NAMES),
        "added_at": "2026-03-01T05:06:07.123456789Z",
        "parsed": _parsed(validity_period=validity, serial_number_hex=(certificate.serial or "").rjust(26, "0")),
    }  # fmt: skip
    return {**document, "raw": b64(certificate.der)} if raw else document


def censys_v2_host() -> dict[str, Any]:
    certificate = read_certificate(leaf())
    return {
        "ip": "198.51.100.7", "last_updated_at": "2026-03-03T00:00:00.5Z", "autonomous_system": {"asn": 64500},
        "services": [
            {
                "port": 8443, "service_name": "HTTP", "extended_service_name": "HTTPS", "transport_protocol": "TCP",
                "observed_at": "2026-03-02T10:11:12.345Z", "certificate": certificate.sha256,
                "tls": {
                    "version_selected": "TLSv1_3", "cipher_selected": "TLS_AES_256_GCM_SHA384", "ja3s": "aa" * 16,
                    "ja4s": "t130200_1302_a56c5b993250",
                    "certificates": {
                        "leaf_fp_sha_256": certificate.sha256, "chain_fps_sha_256": ["00" * 32],
                        "leaf_data": {
                            "names": list(NAMES), "subject_dn": f"CN={NAMES[0]}", "pubkey_bit_size": 256,
                            "issuer_dn": "C=NO, O=Fjord\\, Trust, CN=Fjord CA", "pubkey_algorithm": "ECDSA",
                            "fingerprint": certificate.sha256,
                        },
                        "chain": [{"fingerprint": read_certificate(ca()).sha256, "subject_dn": "CN=Fjord CA"}],
                    },
                },
            },
            {"port": 22, "service_name": "SSH", "transport_protocol": "TCP", "observed_at": "2026-03-02T10:11:13Z"},
        ],
    }  # fmt: skip


def censys_platform_host() -> dict[str, Any]:
    service = {
        "port": 8443, "protocol": "HTTP", "transport_protocol": "tcp", "scan_time": "2026-03-02T10:11:12Z",
        "cert": censys_v2_certificate(raw=False), "ip": "198.51.100.7",
        "tls": {
            "version_selected": "tls1_3", "cipher_selected": "TLS_AES_256_GCM_SHA384",
            "fingerprint_sha256": read_certificate(leaf()).sha256,
            "presented_chain": [{"fingerprint_sha256": read_certificate(ca()).sha256, "subject_dn": "CN=Fjord CA"}],
        },
    }  # fmt: skip
    return {"host_v1": {"resource": {"ip": "198.51.100.7", "services": [service]}, "extensions": {}}}


def zgrab_result() -> dict[str, Any]:
    handshake = {
        "server_hello": {
            "version": {"name": "TLSv1.2", "value": 771}, "cipher_suite": {"name": "TLS_AES_256_GCM_SHA384"},
            "supported_versions": {"selected_version": {"name": "TLSv1.3"}},
        },
        "server_certificates": {
            "certificate": {"raw": b64(leaf()), "parsed": _parsed()}, "chain": [{"raw": b64(ca())}],
            "validation": {"browser_trusted": False},
        },
    }  # fmt: skip
    result = {"tls_log": {"handshake_log": handshake}}
    module = {"status": "success", "protocol": "http", "port": 8443, "result": {"response": {"request": result}}}
    return {"ip": "198.51.100.7", "domain": NAMES[0], "data": {"http": {**module, "timestamp": "2026-03-02T10:11:12Z"}}}
