"""Names survive the way from DER to text and back, in every spelling that logs have."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from certhound.x509.der import encode
from certhound.x509.distinguished_name import Name, read_name
from certhound.x509.dn_text import parse_name
from certhound.x509.oids import NAME_TYPES, oid_bytes

# What a sensor writes for a byte cannot be told from the same characters in a value.
AMBIGUOUS = re.compile(r"\\x[0-9A-Fa-f]{2}")

values = st.text(max_size=20).filter(lambda value: not AMBIGUOUS.search(value))
nasty = st.text(alphabet=' ,+"\\<>;=#/aCN\n\x00é€', max_size=12)
oids = st.sampled_from([*NAME_TYPES, "1.2.3.4.5"])
attributes = st.tuples(oids, st.sampled_from([0x0C, 0x13, 0x1E]), values | nasty)
names = st.lists(st.lists(attributes, min_size=1, max_size=2), min_size=1, max_size=6)


def der_name(rdns: list[list[tuple[str, int, str]]]) -> bytes:
    """The content of an RDNSequence."""
    out = b""
    for rdn in rdns:
        inner = b""
        for oid, tag, value in rdn:
            raw = value.encode("utf-16-be" if tag == 0x1E else "utf-8", "replace")
            inner += encode(0x30, encode(6, oid_bytes(oid)) + encode(tag, raw))
        out += encode(0x31, inner)
    return out


def pairs(name: Name) -> list[list[tuple[str, str]]]:
    return [[(attribute.type, attribute.value) for attribute in rdn] for rdn in name.rdns]


@given(names)
def test_text_of_a_name_reads_back_to_the_same_structure(rdns: list[list[tuple[str, int, str]]]) -> None:
    name = read_name(der_name(rdns))
    assume(not AMBIGUOUS.search(name.text.replace("\\\\", "\\")))
    assert pairs(parse_name(name.text, most_specific_first=True)) == pairs(name)


@given(names)
def test_a_name_has_as_many_attributes_as_were_encoded(rdns: list[list[tuple[str, int, str]]]) -> None:
    name = read_name(der_name(rdns))
    assert name.types() == tuple(NAME_TYPES.get(oid, oid) for rdn in rdns for oid, _, _ in rdn)
    assert all(value in name.all(type_) for rdn in pairs(name) for type_, value in rdn)


@given(st.text(max_size=200) | nasty)
def test_any_text_is_read_without_an_exception(text: str) -> None:
    name = parse_name(text)
    assert name.rdns or name.problem or not text.strip()
    assert parse_name(name.text, most_specific_first=True).rdns == name.rdns or name.problem or AMBIGUOUS.search(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(content: bytes) -> None:
    name = read_name(content)
    assert isinstance(name.text, str)
    name.text.encode("utf-8")
