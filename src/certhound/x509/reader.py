"""From bytes to a `Certificate`, whatever the bytes (RFC 5280, 4.1).

One missing or broken field never costs the others: each part is read on its own, and what could not be read stands in
``field_errors`` under the column that it would have filled (``der`` for the whole).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import md5, sha1, sha256
from typing import Any

from certhound.x509.certificate import NOWHERE, Certificate, Span
from certhound.x509.der import BIT_STRING, INTEGER, OID, SEQUENCE, SET, UTC_TIME, DerError, span, why
from certhound.x509.distinguished_name import Name, read_name
from certhound.x509.extensions import MAX_EXTENSIONS, Extension, known_extensions, read_extension
from certhound.x509.general_names import MAX_NAMES
from certhound.x509.keys import read_key
from certhound.x509.oids import SIGNATURE_ALGORITHMS, oid_text
from certhound.x509.resume import BODY, HAS_TIMES, VALIDITY, VERSION, name_before, resume
from certhound.x509.times import read_time

MAX_SERIAL_BYTES = 4096
"""Longer serials are cut there and reported."""

_BROKEN = (DerError, IndexError)
_MEMO_BYTES = 128
_MEMO_ENTRIES = 1024
_algorithms: dict[bytes, tuple[str, str]] = {}


class _Draft:
    """A Certificate while it is being filled.

    It has the slots of Certificate and becomes one by changing its class at the end: a frozen dataclass with fifty
    fields otherwise spends as long in its own constructor as in reading the bytes.
    """

    __slots__ = Certificate.__slots__

    def __init__(self, der: bytes) -> None:
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.sha1 = sha1(der, usedforsecurity=False).hexdigest()
        self.md5 = md5(der, usedforsecurity=False).hexdigest()
        self.field_errors: dict[str, str] = {}
        self.spki_sha256: str | None = None
        self.version: int | None = None
        self.serial: str | None = None
        self.subject: str | None = None
        self.subject_cn: str | None = None
        self.issuer: str | None = None
        self.issuer_cn: str | None = None
        self.not_before: Any = None
        self.not_after: Any = None
        self.san_dns: tuple[str, ...] = ()
        self.san_ip: tuple[str, ...] = ()
        self.san_uri: tuple[str, ...] = ()
        self.san_email: tuple[str, ...] = ()
        self.san_other: tuple[str, ...] = ()
        self.key_type: str | None = None
        self.key_bits: int | None = None
        self.curve: str | None = None
        self.signature_algorithm: str | None = None
        self.is_ca: bool | None = None
        self.path_len: int | None = None
        self.key_usage: tuple[str, ...] = ()
        self.ext_key_usage: tuple[str, ...] = ()
        self.aki: str | None = None
        self.ski: str | None = None
        self.policies: tuple[str, ...] = ()
        self.aia_ocsp: tuple[str, ...] = ()
        self.aia_issuers: tuple[str, ...] = ()
        self.crl_urls: tuple[str, ...] = ()
        self.sct_count: int | None = None
        self.extension_oids: tuple[str, ...] = ()
        self.self_issued: bool | None = None
        self.subject_name: Name | None = None
        self.issuer_name: Name | None = None
        self.extensions: tuple[Extension, ...] = ()
        self.key_oid: str | None = None
        self.signature_oid: str | None = None
        self.trailing_bytes = 0
        self.serial_bytes = 0
        self.algorithms_agree: bool | None = None
        self.tbs_span: Span = NOWHERE
        self.spki_span: Span = NOWHERE
        self.issuer_span: Span = NOWHERE
        self.subject_span: Span = NOWHERE
        self.algorithm_span: Span = NOWHERE
        self.signature_span: Span = NOWHERE
        self._self_signed: bool | str | None = None

    def wrong(self, column: str, what: str) -> None:
        """Note what is wrong with a column; the first two notes of a column are kept."""
        known = self.field_errors.get(column)
        if known is None:
            self.field_errors[column] = what
        elif what not in known and known.count("; ") < 1:
            self.field_errors[column] = f"{known}; {what}"


def read_certificate(der: bytes) -> Certificate:
    """Read one certificate from DER, or from what was meant to be DER. Never raises on any bytes."""
    draft = _Draft(der if type(der) is bytes else bytes(der))
    try:
        _read_outer(draft, draft.der)
    except _BROKEN as error:
        draft.wrong("der", f"no certificate: {why(error)}")
        _read_fragment(draft, draft.der)
    draft.__class__ = Certificate  # type: ignore[assignment]
    return draft  # type: ignore[return-value]


def read_certificates(ders: Iterable[bytes]) -> list[Certificate]:
    """Read many certificates, in order."""
    return [read_certificate(der) for der in ders]


def _read_outer(draft: _Draft, data: bytes) -> None:
    size = len(data)
    if not size or data[0] != SEQUENCE:
        raise DerError(f"starts with {data[:1].hex()}, not with a sequence" if size else "no bytes")
    body, _, after = span(data, 0, size)
    if after > size:
        draft.wrong("der", f"cut: {after - size} bytes are missing")
    elif after < size:
        draft.trailing_bytes = size - after
        draft.wrong("der", f"{size - after} bytes after the certificate")
    if data[body] != SEQUENCE:
        raise DerError(f"tag {data[body]:#04x} where the body of a certificate belongs")
    start, stop, after = span(data, body, size)
    draft.tbs_span = (body, stop)
    end = _read_body(draft, data, start, size)
    if end != stop:
        draft.wrong("der", f"the body of the certificate ends {abs(end - stop)} bytes beside its stated length")
        if not 0 < after < size or data[after] != SEQUENCE:
            after = end
    try:
        _read_signature(draft, data, after, size)
    except _BROKEN as error:
        draft.wrong("signature_algorithm", f"signature cannot be read: {why(error)}")


def _read_fragment(draft: _Draft, data: bytes) -> None:
    """What of a body can be told where the outermost headers are broken: from its version on, or from its times."""
    found = BODY.search(data, 0, 64)
    if found is not None:
        _read_body(draft, data, found.start(), len(data))
    elif (times := HAS_TIMES.search(data, 0, 8192)) is not None:
        draft.wrong("serial", "not found before the times")
        _reread_issuer(draft, data, 0, times.start())
        _read_body(draft, data, times.start(), len(data), VALIDITY)


def _read_body(draft: _Draft, data: bytes, position: int, limit: int, part: int = VERSION) -> int:
    """Read the parts of a TBSCertificate in turn, from ``part`` on, and return where they end.

    The limit is the end of all bytes, not of the body: a body that states a wrong length is still read.
    """
    first = position
    while part < len(_PARTS):
        columns, read = _PARTS[part]
        try:
            position = read(draft, data, position, limit)
            part += 1
        except _BROKEN as error:
            for column in columns:
                draft.wrong(column, f"cannot be read: {why(error)}")
            resumed = resume(data, first, position, part, limit)
            if resumed is None:
                for rest, _ in _PARTS[part + 1 :]:
                    for column in rest:
                        draft.wrong(column, "not reached, for what stands before it is broken")
                break
            found, position = resumed
            for rest, _ in _PARTS[part + 1 : found]:
                for column in rest:
                    draft.wrong(column, "not found between broken parts")
            if found == VALIDITY:
                _reread_issuer(draft, data, first, position)
            part = found
    if draft.issuer_name is not None and draft.subject_name is not None:
        draft.self_issued = draft.issuer == draft.subject
    return position


def _read_version(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    if data[position : position + 5] == b"\xa0\x03\x02\x01\x02":
        draft.version = 3
        return position + 5
    if data[position] != 0xA0:
        draft.version = 1
        return position
    start, stop, after = span(data, position, limit)
    if data[start] != INTEGER:
        draft.wrong("version", f"tag {data[start]:#04x} where an integer belongs")
        return after
    first, last, _ = span(data, start, stop)
    value = int.from_bytes(data[first:last], "big", signed=True) if 0 < last - first <= 6 else None
    if value is None or not 0 <= value <= 2:
        draft.wrong("version", f"no version of X.509: {data[first : first + 16].hex()}")
    if value is not None:
        draft.version = value + 1
    return after


def _read_serial(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    if data[position] != INTEGER:
        raise DerError(f"tag {data[position]:#04x} where an integer belongs")
    start, stop, after = span(data, position, limit)
    draft.serial_bytes = size = stop - start
    if after > limit or not size:
        raise DerError("number is cut" if size else "number without content")
    if size > MAX_SERIAL_BYTES:
        draft.wrong("serial", f"{size} bytes, cut at {MAX_SERIAL_BYTES}")
        stop = start + MAX_SERIAL_BYTES
    if data[start] < 0x80:
        draft.serial = data[start:stop].hex().lstrip("0") or "0"
    else:
        draft.serial = format(int.from_bytes(data[start:stop], "big", signed=True), "x")
    return after


def _read_inner_algorithm(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    if data[position] != SEQUENCE:
        raise DerError(f"tag {data[position]:#04x} where a sequence belongs")
    _, stop, after = span(data, position, limit)
    draft.algorithm_span = (position, stop)
    draft.signature_oid, draft.signature_algorithm = _algorithm(data[position:stop])
    return after


def _algorithm(raw: bytes) -> tuple[str, str]:
    """(dotted, name) of an AlgorithmIdentifier. Raises DerError or IndexError."""
    known = _algorithms.get(raw)
    if known is None:
        start, stop, _ = span(raw, 0, len(raw))
        if raw[start] != OID:
            raise DerError(f"tag {raw[start]:#04x} where an object identifier belongs")
        start, stop, _ = span(raw, start, stop)
        oid = oid_text(raw[start:stop])
        known = (oid, SIGNATURE_ALGORITHMS.get(oid, oid))
        if len(raw) <= _MEMO_BYTES:
            if len(_algorithms) >= _MEMO_ENTRIES:
                _algorithms.clear()
            _algorithms[raw] = known
    return known


def _read_issuer(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    name, draft.issuer_span, after = _name(data, position, limit)
    draft.issuer_name, draft.issuer, draft.issuer_cn = name, name.text, name.first("CN")
    if name.problem:
        draft.wrong("issuer", name.problem)
    return after


def _read_subject(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    name, draft.subject_span, after = _name(data, position, limit)
    draft.subject_name, draft.subject, draft.subject_cn = name, name.text, name.first("CN")
    if name.problem:
        draft.wrong("subject", name.problem)
    return after


def _name(data: bytes, position: int, limit: int) -> tuple[Name, Span, int]:
    # OpenSSL reads names whose sequence lacks the bit for constructed, so servers can send them.
    if data[position] | 0x20 != SEQUENCE:
        raise DerError(f"tag {data[position]:#04x} where a name belongs")
    start, stop, after = span(data, position, limit)
    if start < stop and data[start] | 0x20 != SET:
        raise DerError(f"tag {data[start]:#04x} where a relative name belongs")
    return read_name(data[start:stop]), (position, min(after, limit)), after


def _reread_issuer(draft: _Draft, data: bytes, first: int, position: int) -> None:
    """After a restart at the validity: the issuer is the name that ends there, if there is one."""
    if draft.issuer_span[1] != position and (start := name_before(data, first, position)) is not None:
        _read_issuer(draft, data, start, position)
        draft.wrong("issuer", "found from its end")


def _read_validity(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    if data[position] != SEQUENCE:
        raise DerError(f"tag {data[position]:#04x} where a sequence belongs")
    if data[position + 1 : position + 4] == b"\x1e\x17\x0d" and data[position + 17 : position + 19] == b"\x17\x0d":
        # Two UTCTimes of the usual length: all but the certificates that run past 2049.
        _set_time(draft, "not_before", UTC_TIME, data[position + 4 : position + 17])
        _set_time(draft, "not_after", UTC_TIME, data[position + 19 : position + 32])
        return position + 32
    start, stop, after = span(data, position, limit)
    if start < stop and data[start] == SET:
        raise DerError("a name where the times belong")
    first, last, second = span(data, start, stop)
    _set_time(draft, "not_before", data[start], data[first:last])
    try:
        first, last, end = span(data, second, stop)
    except _BROKEN as error:
        draft.wrong("not_after", why(error))
        return after
    _set_time(draft, "not_after", data[second], data[first:last])
    if end != stop:
        draft.wrong("not_after", "bytes beside the times")
    return after


def _set_time(draft: _Draft, column: str, tag: int, content: bytes) -> None:
    try:
        moment, problem = read_time(tag, content)
    except DerError as error:
        draft.wrong(column, why(error))
        return
    setattr(draft, column, moment)
    if problem:
        draft.wrong(column, problem)


def _read_public_key(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    if data[position] != SEQUENCE:
        raise DerError(f"tag {data[position]:#04x} where a public key belongs")
    start, stop, after = span(data, position, limit)
    draft.spki_span = (position, stop)
    if after > limit:
        draft.wrong("spki_sha256", "public key is cut")
    else:
        draft.spki_sha256 = sha256(data[position:after]).hexdigest()
    facts, draft.key_bits, problem = read_key(data, start, stop)
    draft.key_type, _, draft.curve, draft.key_oid = facts
    if problem:
        draft.wrong("key_bits", problem)
    return after


def _read_extensions(draft: _Draft, data: bytes, position: int, limit: int) -> int:
    """The optional tail of the body: unique identifiers (skipped) and extensions."""
    draft.sct_count = 0
    while position < limit:
        tag = data[position]
        if tag in (0x81, 0x82, 0xA1, 0xA2):
            position = span(data, position, limit)[2]
            continue
        if tag != 0xA3:
            break
        start, stop, after = span(data, position, limit)
        if data[start] != SEQUENCE:
            raise DerError(f"tag {data[start]:#04x} where a sequence belongs")
        start, stop, _ = span(data, start, stop)
        _read_extension_list(draft, data, start, stop)
        return after
    return position


def _read_extension_list(draft: _Draft, data: bytes, position: int, stop: int) -> None:
    found: list[Extension] = []
    while position < stop:
        if len(found) >= MAX_EXTENSIONS:
            draft.wrong("extension_oids", f"more than {MAX_EXTENSIONS} extensions, the rest is not read")
            break
        try:
            size = data[position + 1]
            after = position + 2 + size if size < 0x80 else span(data, position, stop)[2]
            if data[position] != SEQUENCE:
                raise DerError(f"tag {data[position]:#04x} where a sequence belongs")
        except _BROKEN as error:
            draft.wrong("extension_oids", f"list of extensions breaks off: {why(error)}")
            break
        if after > stop:
            draft.wrong("extension_oids", "list of extensions is cut")
            after = stop
        raw = data[position:after]
        found.append(known_extensions.get(raw) or read_extension(raw))
        position = after
    draft.extensions = tuple(found)
    draft.extension_oids = oids = tuple([extension[0] for extension in found])
    if len(set(oids)) != len(oids):
        _merge_duplicates(draft, found)
        return
    for extension in found:
        for column, value in extension[2]:
            setattr(draft, column, value)
        for column, problem in extension[3]:
            draft.wrong(column, problem)


def _merge_duplicates(draft: _Draft, found: list[Extension]) -> None:
    """A second extension of a kind is against the rules: of lists all entries are kept, of the rest the first."""
    oids = draft.extension_oids
    twice = sorted({oid for oid in oids if oids.count(oid) > 1})
    draft.wrong("extension_oids", f"more than once: {', '.join(twice[:5])}")
    seen: dict[str, Any] = {}
    for extension in found:
        for column, value in extension[2]:
            known = seen.setdefault(column, value)
            if known is not value and type(value) is tuple:
                seen[column] = (known + value)[:MAX_NAMES]
        for column, problem in extension[3]:
            draft.wrong(column, problem)
    for column, value in seen.items():
        setattr(draft, column, value)


def _read_signature(draft: _Draft, data: bytes, position: int, limit: int) -> None:
    inner = draft.algorithm_span
    if data[position] != SEQUENCE:
        raise DerError(f"tag {data[position]:#04x} where a sequence belongs")
    _, stop, after = span(data, position, limit)
    raw = data[position:stop]
    draft.algorithm_span = (position, stop)
    draft.algorithms_agree = raw == data[inner[0] : inner[1]]
    if not draft.algorithms_agree:
        outer = _algorithm(raw)
        if draft.signature_oid not in (None, outer[0]):
            draft.wrong("signature_algorithm", f"{draft.signature_algorithm} inside, {outer[1]} outside")
        draft.signature_oid, draft.signature_algorithm = outer
    if data[after] != BIT_STRING:
        raise DerError(f"tag {data[after]:#04x} where the signature belongs")
    start, stop, end = span(data, after, limit)
    draft.signature_span = (min(start + 1, stop), stop)
    if end > limit:
        draft.wrong("der", "signature is cut")


_Part = Callable[[_Draft, bytes, int, int], int]
_PARTS: tuple[tuple[tuple[str, ...], _Part], ...] = (
    (("version",), _read_version),
    (("serial",), _read_serial),
    (("signature_algorithm",), _read_inner_algorithm),
    (("issuer",), _read_issuer),
    (("not_before", "not_after"), _read_validity),
    (("subject",), _read_subject),
    (("key_type",), _read_public_key),
    (("extension_oids",), _read_extensions),
)
"""The parts of a TBSCertificate in order, with the columns that a broken one costs."""
