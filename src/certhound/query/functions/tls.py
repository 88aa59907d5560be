"""Numbers of TLS (IANA, *TLS Parameters*) by their names."""

from __future__ import annotations

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload

T = Kind.TEXT

_RSA, _ECDHE_RSA, _ECDHE_ECDSA, _DHE_RSA = (
    "TLS_RSA_WITH_",
    "TLS_ECDHE_RSA_WITH_",
    "TLS_ECDHE_ECDSA_WITH_",
    "TLS_DHE_RSA_WITH_",
)

CIPHERS: dict[int, str] = {
    0x0004: _RSA + "RC4_128_MD5", 0x0005: _RSA + "RC4_128_SHA", 0x000A: _RSA + "3DES_EDE_CBC_SHA",
    0x0016: _DHE_RSA + "3DES_EDE_CBC_SHA", 0x002F: _RSA + "AES_128_CBC_SHA", 0x0033: _DHE_RSA + "AES_128_CBC_SHA",
    0x0035: _RSA + "AES_256_CBC_SHA", 0x0039: _DHE_RSA + "AES_256_CBC_SHA", 0x003B: _RSA + "NULL_SHA256",
    0x003C: _RSA + "AES_128_CBC_SHA256", 0x003D: _RSA + "AES_256_CBC_SHA256", 0x0041: _RSA + "CAMELLIA_128_CBC_SHA",
    0x0067: _DHE_RSA + "AES_128_CBC_SHA256", 0x006B: _DHE_RSA + "AES_256_CBC_SHA256",
    0x0084: _RSA + "CAMELLIA_256_CBC_SHA", 0x008C: "TLS_PSK_WITH_AES_128_CBC_SHA",
    0x008D: "TLS_PSK_WITH_AES_256_CBC_SHA", 0x009C: _RSA + "AES_128_GCM_SHA256", 0x009D: _RSA + "AES_256_GCM_SHA384",
    0x009E: _DHE_RSA + "AES_128_GCM_SHA256", 0x009F: _DHE_RSA + "AES_256_GCM_SHA384",
    0x00A8: "TLS_PSK_WITH_AES_128_GCM_SHA256", 0x00A9: "TLS_PSK_WITH_AES_256_GCM_SHA384",
    0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384", 0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0x1304: "TLS_AES_128_CCM_SHA256", 0x1305: "TLS_AES_128_CCM_8_SHA256",
    0xC007: _ECDHE_ECDSA + "RC4_128_SHA", 0xC008: _ECDHE_ECDSA + "3DES_EDE_CBC_SHA",
    0xC009: _ECDHE_ECDSA + "AES_128_CBC_SHA", 0xC00A: _ECDHE_ECDSA + "AES_256_CBC_SHA",
    0xC011: _ECDHE_RSA + "RC4_128_SHA", 0xC012: _ECDHE_RSA + "3DES_EDE_CBC_SHA",
    0xC013: _ECDHE_RSA + "AES_128_CBC_SHA", 0xC014: _ECDHE_RSA + "AES_256_CBC_SHA",
    0xC023: _ECDHE_ECDSA + "AES_128_CBC_SHA256", 0xC024: _ECDHE_ECDSA + "AES_256_CBC_SHA384",
    0xC027: _ECDHE_RSA + "AES_128_CBC_SHA256", 0xC028: _ECDHE_RSA + "AES_256_CBC_SHA384",
    0xC02B: _ECDHE_ECDSA + "AES_128_GCM_SHA256", 0xC02C: _ECDHE_ECDSA + "AES_256_GCM_SHA384",
    0xC02F: _ECDHE_RSA + "AES_128_GCM_SHA256", 0xC030: _ECDHE_RSA + "AES_256_GCM_SHA384",
    0xC09C: _RSA + "AES_128_CCM", 0xC09D: _RSA + "AES_256_CCM", 0xC0A0: _RSA + "AES_128_CCM_8",
    0xC0AC: _ECDHE_ECDSA + "AES_128_CCM", 0xC0AD: _ECDHE_ECDSA + "AES_256_CCM",
    0xC0AE: _ECDHE_ECDSA + "AES_128_CCM_8", 0xC0AF: _ECDHE_ECDSA + "AES_256_CCM_8",
    0xCCA8: _ECDHE_RSA + "CHACHA20_POLY1305_SHA256", 0xCCA9: _ECDHE_ECDSA + "CHACHA20_POLY1305_SHA256",
    0xCCAA: _DHE_RSA + "CHACHA20_POLY1305_SHA256",
}  # fmt: skip
"""Suites that servers choose; others keep their number."""

_NAMES = {str(number): name for number, name in CIPHERS.items()}


def _cipher_name(text: exp.Expression) -> exp.Expression:
    def body(value: exp.Expression) -> exp.Expression:
        ifs = [exp.If(this=sql.text(number), true=sql.text(name)) for number, name in _NAMES.items()]
        return exp.Case(this=value.copy(), ifs=ifs, default=value.copy())

    return sql.bound("c", [text], body)


FUNCTIONS = (
    Function(
        "cipher_name",
        "the IANA name of a cipher suite's decimal number; whatever else stays as it is",
        (Overload((T,), T, _cipher_name, lambda text: _NAMES.get(text, text)),),
    ),
)
