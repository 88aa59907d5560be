"""Distinguished names: from DER to an ordered structure, and to text as RFC 4514 has it.

A name keeps the order of its encoding (usually country first); text runs the other way, most specific first, within
multi-valued RDNs too, as OpenSSL and Zeek print it.
Types are spelt as OpenSSL and Zeek spell them; an unknown type stays dotted and its value becomes ``#`` and hex, as
RFC 4514, 2.4 demands. Names that only exist as text are read by `certhound.x509.dn_text.parse_name` to the same
structure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from certhound.x509.der import OID, SEQUENCE, SET, DerError, children, element, encode, whole, why
from certhound.x509.oids import NAME_TYPES, oid_text
from certhound.x509.strings import STRING_TYPES, decode_string

MAX_ATTRIBUTES = 5000
"""Attributes of one name beyond these are not read, and the name's problem says so."""

_MEMO_BYTES = 512
_MEMO_ENTRIES = 4096  # More would save little and lengthen every full garbage collection.
_PLAIN = re.compile(r'[^",+;<>\\\x00-\x1f\x7f]+')
_NEEDS_ESCAPE = re.compile(r'[",+;<>\\\x00-\x1f\x7f]|\A[# ]| \Z')


class Attribute(NamedTuple):
    """One attribute of a name. ``tag`` is that of the string type; 0 where the name came as text."""

    type: str
    value: str
    oid: str
    tag: int


Rdn = tuple[Attribute, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A name: RDNs in the order of the encoding, its RFC 4514 text, and what was wrong with it (or nothing).

    Two names are equal when types and values are, whatever the string types they were encoded with.
    """

    rdns: tuple[Rdn, ...]
    text: str
    problem: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes, in the order of the encoding."""
        return tuple([attribute for rdn in self.rdns for attribute in rdn])

    def types(self) -> tuple[str, ...]:
        """The attribute types, in the order of the encoding."""
        return tuple([attribute[0] for rdn in self.rdns for attribute in rdn])

    def all(self, type_: str) -> tuple[str, ...]:
        """Every value of a type, in the order of the encoding."""
        return tuple([attribute[1] for rdn in self.rdns for attribute in rdn if attribute[0] == type_])

    def first(self, type_: str) -> str | None:
        """The most specific value of a type (the last of the encoding, the first of the text), or None."""
        for rdn in reversed(self.rdns):
            for attribute in reversed(rdn):
                if attribute[0] == type_:
                    return attribute[1]
        return None

    @property
    def common_name(self) -> str | None:
        """The most specific CN, which is what Zeek logs as the common name."""
        return self.first("CN")

    def multiset(self) -> tuple[tuple[str, str], ...]:
        """Types and values sorted: equal for two sources that print the same name in different order."""
        return tuple(sorted((attribute.type, attribute.value) for attribute in self.attributes))


EMPTY_NAME = Name((), "")

_RdnRecord = tuple[Rdn, str, str]
_names: dict[bytes, Name] = {}
_rdns: dict[bytes, _RdnRecord] = {}


def escape_value(value: str) -> str:
    """A value as RFC 4514 writes it; control characters become hex pairs, as OpenSSL does."""
    if _PLAIN.fullmatch(value) is not None and value[0] not in "# " and value[-1] != " ":
        return value
    return _NEEDS_ESCAPE.sub(_escape_one, value)


def _escape_one(match: re.Match[str]) -> str:
    character = match.group()
    return f"\\{ord(character):02X}" if character < " " or character == "\x7f" else "\\" + character


def attribute_text(attribute: Attribute) -> str:
    """``type=value`` of one attribute."""
    type_, value, oid, tag = attribute
    if type_ == oid and tag in STRING_TYPES:
        return f"{type_}=#{encode(tag, _encoded(tag, value)).hex().upper()}"
    if value[:1] == "#" and tag not in STRING_TYPES and tag:
        return f"{type_}={value}"
    return f"{type_}={escape_value(value)}"


def _encoded(tag: int, value: str) -> bytes:
    codec = {0x0C: "utf-8", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}.get(tag, "latin-1")
    return value.encode(codec, "replace")


def rdn_text(rdn: Rdn) -> str:
    """Text of one RDN: as OpenSSL and Zeek turn the whole name round, so within an RDN."""
    return "+".join([attribute_text(attribute) for attribute in reversed(rdn)])


def build_name(rdns: list[Rdn], problem: str = "") -> Name:
    """A Name from its RDNs in the order of the encoding."""
    return Name(tuple(rdns), ",".join([rdn_text(rdn) for rdn in reversed(rdns)]), problem)


def read_name(content: bytes) -> Name:
    """The Name whose RDNSequence has this content. Never raises: what cannot be read stands in ``problem``."""
    name = _names.get(content)
    if name is not None:
        return name
    name = _read_name(content)
    if len(content) <= _MEMO_BYTES:
        if len(_names) >= _MEMO_ENTRIES:
            _names.clear()
        _names[content] = name
    return name


def _read_name(content: bytes) -> Name:
    rdns: list[Rdn] = []
    texts: list[str] = []
    problem = ""
    position, limit, attributes = 0, len(content), 0
    while position < limit:
        try:
            size = content[position + 1]
            after = position + 2 + size if size < 0x80 else element(content, position, limit).after
            if after > limit:
                raise DerError(f"{after - limit} bytes are missing")
            raw = content[position:after]
        except (DerError, IndexError) as error:
            problem = problem or f"breaks off: {why(error)}"
            break
        position = after
        try:
            rdn, text, trouble = _rdns.get(raw) or _read_rdn(raw)
        except (DerError, IndexError) as error:
            problem = problem or f"relative name {len(rdns) + 1} cannot be read: {why(error)}"
            continue
        problem = problem or trouble
        if not rdn:
            continue
        rdns.append(rdn)
        texts.append(text)
        attributes += len(rdn)
        if attributes > MAX_ATTRIBUTES:
            problem = f"more than {MAX_ATTRIBUTES} attributes"
            break
    texts.reverse()
    return Name(tuple(rdns), ",".join(texts), problem)


def _read_rdn(raw: bytes) -> _RdnRecord:
    size = len(raw)
    if size > 6 and raw[0] == SET and raw[1] == size - 2 and raw[2] == SEQUENCE and raw[3] == size - 4:
        # One attribute, lengths in short form: nearly all.
        attribute, trouble = _read_attribute(raw[4:])
        problem = f"{attribute[0]}: {trouble}" if trouble else ""
        record: _RdnRecord = ((attribute,), attribute_text(attribute), problem)
    else:
        record = _read_odd_rdn(raw)
    if size <= _MEMO_BYTES:
        if len(_rdns) >= _MEMO_ENTRIES:
            _rdns.clear()
        _rdns[raw] = record
    return record


def _read_odd_rdn(raw: bytes) -> _RdnRecord:
    attributes: list[Attribute] = []
    problems: list[str] = []
    outer = element(raw, 0, len(raw))
    # OpenSSL reads sets and sequences that lack the bit for constructed, so servers can send them.
    if outer.tag | 0x20 != SET:
        raise DerError(f"tag {outer.tag:#04x} where a set belongs")
    if outer.tag != SET:
        problems.append("set without the bit for constructed")
    for child in children(raw, outer.start, outer.stop, MAX_ATTRIBUTES):
        if child.tag | 0x20 != SEQUENCE:
            raise DerError(f"attribute with tag {child.tag:#04x}")
        attribute, trouble = _read_attribute(raw[child.start : child.stop])
        attributes.append(attribute)
        if trouble:
            problems.append(f"{attribute.type}: {trouble}")
    if not attributes:
        problems.append("relative name without attributes")
    rdn = tuple(attributes)
    return rdn, rdn_text(rdn), "; ".join(problems[:3])


def _read_attribute(content: bytes) -> tuple[Attribute, str]:
    size = len(content)
    oid_end = 2 + content[1]
    # Short forms only here; everything else, and everything odd, goes the careful way.
    if content[0] == OID and oid_end + 1 < size and content[oid_end + 1] == size - oid_end - 2 < 0x80:
        kind, tag, raw = content[2:oid_end], content[oid_end], content[oid_end + 2 :]
    else:
        found = whole(content, 0, size, OID, "attribute type")
        kind = content[found.start : found.stop]
        held = next(children(content, found.after, size, 2), None)
        if held is None:
            raise DerError("attribute without a value")
        tag, raw = held.tag, content[held.start : held.stop]
    value, trouble = decode_string(tag, raw)
    try:
        oid = oid_text(kind)
    except DerError as error:
        # The value is worth keeping; the type gets a word that no registered one has.
        return Attribute("unreadable-type", value, "", tag), why(error)
    return Attribute(NAME_TYPES.get(oid, oid), value, oid, tag), trouble
