"""Extensions of a certificate to columns: one small reader for each kind (RFC 5280, 4.2; RFC 6962, 3.3).

Most extensions of a certificate are byte for byte those of its neighbours (same CA, same policy), so a whole
extension is looked up by its bytes first. What one reader cannot read costs its own columns only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from certhound.x509.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    DerError,
    children,
    integer,
    span,
    whole,
    why,
)
from certhound.x509.general_names import read_general_names, read_uri_names
from certhound.x509.oids import EXT_KEY_USAGES, KEY_USAGES, oid_bytes, oid_text

MAX_EXTENSIONS = 500
"""Extensions of one certificate beyond these are not read, and ``field_errors`` says so."""

SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"
CT_POISON = "1.3.6.1.4.1.11129.2.4.3"

Fields = list[tuple[str, Any]]
Problems = list[tuple[str, str]]


class Extension(NamedTuple):
    """One extension as read: columns that it fills, and what could not be read in it.

    ``content`` is the content of its OCTET STRING; None where even that could not be found.
    """

    oid: str
    critical: bool
    fields: tuple[tuple[str, Any], ...]
    problems: tuple[tuple[str, str], ...]
    content: bytes | None


_MEMO_BYTES = 512
_MEMO_ENTRIES = 2048
known_extensions: dict[bytes, Extension] = {}
"""Extensions that were read before, by their bytes: looked up by the reader before it calls `read_extension`."""

# Of these every certificate has its own: remembering them would only push out the others.
_PERSONAL = {oid_bytes("2.5.29.17"), oid_bytes("2.5.29.14"), oid_bytes(SCT_LIST)}


def read_extension(raw: bytes) -> Extension:
    """One Extension element that is not in `known_extensions`.

    Never raises: an extension without a readable identifier has the oid ``""``.
    """
    try:
        oid, critical, content = _split(raw)
    except (DerError, IndexError) as error:
        return Extension("", False, (), (("extension_oids", f"extension cannot be read: {why(error)}"),), None)
    reader = _READERS.get(oid)
    fields: Fields = []
    problems: Problems = []
    if reader is not None:
        try:
            reader(content, fields, problems)
            beside = len(content) - span(content, 0, len(content))[2]
            if beside > 0:
                problems.append((_COLUMNS[oid], f"{beside} bytes beside the value of the extension"))
        except (DerError, IndexError) as error:
            problems.append((_COLUMNS[oid], f"extension cannot be read: {why(error)}"))
    found = Extension(oid_text(oid), critical, tuple(fields), tuple(problems), content)
    if oid not in _PERSONAL and len(raw) <= _MEMO_BYTES:
        if len(known_extensions) >= _MEMO_ENTRIES:
            known_extensions.clear()
        known_extensions[raw] = found
    return found


def _split(raw: bytes) -> tuple[bytes, bool, bytes]:
    """(content of the oid, critical, content of the value) of one Extension element."""
    size = len(raw)
    if raw[2:5] == b"\x06\x03\x55" and raw[7] == OCTET_STRING and raw[8] == size - 9 < 0x80:
        return raw[4:7], False, raw[9:]  # Short, of id-ce, not critical: most that reach this point.
    position, stop, _ = span(raw, 0, size)
    if raw[position] != OID:
        raise DerError(f"tag {raw[position]:#04x} where an object identifier belongs")
    start, end, position = span(raw, position, stop)
    oid = raw[start:end]
    oid_text(oid)
    critical = False
    if raw[position] == BOOLEAN:
        start, end, position = span(raw, position, stop)
        critical = any(raw[start:end])
    if raw[position] != OCTET_STRING:
        raise DerError(f"{oid_text(oid)}: tag {raw[position]:#04x} where an octet string belongs")
    start, end, after = span(raw, position, stop)
    if after > size:
        raise DerError(f"{oid_text(oid)}: value is cut")
    return oid, critical, raw[start:end]


def _sequence(content: bytes, what: str) -> tuple[int, int]:
    if not content or content[0] != SEQUENCE:
        raise DerError(f"{what} is no sequence")
    start, stop, _ = span(content, 0, len(content))
    return start, stop


def _subject_key_id(content: bytes, fields: Fields, problems: Problems) -> None:
    if content[0] != OCTET_STRING:
        raise DerError("key identifier is no octet string")
    if content[1] == len(content) - 2:
        fields.append(("ski", content[2:].hex()))
        return
    start, stop, after = span(content, 0, len(content))
    if after > stop:
        problems.append(("ski", "key identifier is cut"))
    fields.append(("ski", content[start:stop].hex()))


def _authority_key_id(content: bytes, fields: Fields, _: Problems) -> None:
    start, stop = _sequence(content, "authority key identifier")
    for child in children(content, start, stop, 10):
        if child.tag == 0x80:
            fields.append(("aki", content[child.start : child.stop].hex()))


def _basic_constraints(content: bytes, fields: Fields, problems: Problems) -> None:
    start, stop = _sequence(content, "basic constraints")
    is_ca = False
    path_len: int | None = None
    for child in children(content, start, stop, 10):
        if child.tag == BOOLEAN:
            is_ca = any(content[child.start : child.stop])
        elif child.tag == INTEGER:
            path_len = integer(content[child.start : child.stop])
    fields.append(("is_ca", is_ca))
    if path_len is not None and 0 <= path_len < 1 << 31:
        fields.append(("path_len", path_len))
    elif path_len is not None:
        problems.append(("path_len", "no usable number"))


def _key_usage(content: bytes, fields: Fields, _: Problems) -> None:
    if content[0] != BIT_STRING:
        raise DerError("key usage is no bit string")
    start, stop, _after = span(content, 0, len(content))
    bits = content[start + 1 : stop][:2].ljust(2, b"\0")
    set_bits = int.from_bytes(bits, "big")
    fields.append(("key_usage", tuple([name for i, name in enumerate(KEY_USAGES) if set_bits & (0x8000 >> i)])))


def _ext_key_usage(content: bytes, fields: Fields, _: Problems) -> None:
    start, stop = _sequence(content, "extended key usage")
    oids = [oid_text(content[c.start : c.stop]) for c in children(content, start, stop, 200) if c.tag == OID]
    fields.append(("ext_key_usage", tuple([EXT_KEY_USAGES.get(oid, oid) for oid in oids])))


def _subject_alt_name(content: bytes, fields: Fields, problems: Problems) -> None:
    start, stop = _sequence(content, "subject alternative name")
    read_general_names(content, start, stop, fields, problems)


def _policies(content: bytes, fields: Fields, _: Problems) -> None:
    start, stop = _sequence(content, "certificate policies")
    oids: list[str] = []
    for child in children(content, start, stop, 200):
        kind = whole(content, child.start, child.stop, OID, "policy")
        oids.append(oid_text(content[kind.start : kind.stop]))
    fields.append(("policies", tuple(oids)))


_AIA_OCSP, _AIA_ISSUERS = oid_bytes("1.3.6.1.5.5.7.48.1"), oid_bytes("1.3.6.1.5.5.7.48.2")


def _authority_info(content: bytes, fields: Fields, problems: Problems) -> None:
    start, stop = _sequence(content, "authority information access")
    ocsp: list[str] = []
    issuers: list[str] = []
    for child in children(content, start, stop, 200):
        method = whole(content, child.start, child.stop, OID, "access method")
        oid = content[method.start : method.stop]
        found = ocsp if oid == _AIA_OCSP else issuers if oid == _AIA_ISSUERS else []
        read_uri_names(content, method.after, child.stop, found, "aia_ocsp", problems)
    fields.append(("aia_ocsp", tuple(ocsp)))
    fields.append(("aia_issuers", tuple(issuers)))


def _crl_points(content: bytes, fields: Fields, problems: Problems) -> None:
    start, stop = _sequence(content, "CRL distribution points")
    urls: list[str] = []
    for point in children(content, start, stop, 200):
        for part in children(content, point.start, point.stop, 10):
            if part.tag != 0xA0:
                continue
            for choice in children(content, part.start, part.stop, 10):
                if choice.tag == 0xA0:
                    read_uri_names(content, choice.start, choice.stop, urls, "crl_urls", problems)
    fields.append(("crl_urls", tuple(urls)))


def _scts(content: bytes, fields: Fields, problems: Problems) -> None:
    if content[0] != OCTET_STRING:
        raise DerError("list of SCTs is no octet string")
    start, stop, _ = span(content, 0, len(content))
    position = start + 2
    count = 0
    while position + 2 <= stop:
        position += 2 + (content[position] << 8 | content[position + 1])
        count += 1
    if position != stop or stop - start - 2 != (content[start] << 8 | content[start + 1]):
        problems.append(("sct_count", "list of SCTs is cut or has bytes to spare"))
    fields.append(("sct_count", count))


_Reader = Callable[[bytes, Fields, Problems], None]
_TABLE: tuple[tuple[str, str, _Reader], ...] = (
    ("2.5.29.14", "ski", _subject_key_id),
    ("2.5.29.15", "key_usage", _key_usage),
    ("2.5.29.17", "san_dns", _subject_alt_name),
    ("2.5.29.19", "is_ca", _basic_constraints),
    ("2.5.29.31", "crl_urls", _crl_points),
    ("2.5.29.32", "policies", _policies),
    ("2.5.29.35", "aki", _authority_key_id),
    ("2.5.29.37", "ext_key_usage", _ext_key_usage),
    ("1.3.6.1.5.5.7.1.1", "aia_ocsp", _authority_info),
    (SCT_LIST, "sct_count", _scts),
)
_READERS: dict[bytes, _Reader] = {oid_bytes(oid): reader for oid, _, reader in _TABLE}
_COLUMNS: dict[bytes, str] = {oid_bytes(oid): column for oid, column, _ in _TABLE}
