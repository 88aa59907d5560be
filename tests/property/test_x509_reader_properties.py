"""Whatever the bytes, the reader gives a certificate with a row that JSON and Arrow take."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import certifi
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from certhound.x509.certificate import read_certificate
from certhound.x509.containers import Found, Reject, extract_certificates, looks_like
from certhound.x509.der import DerError, children, element, encode
from certhound.x509.oids import oid_bytes, oid_text
from certhound.x509.times import read_time

DERS = [found.der for found in extract_certificates(Path(certifi.where()).read_bytes()) if isinstance(found, Found)]

changed = st.tuples(
    st.sampled_from(DERS),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    st.integers(0, 3000),
)


def damage(der: bytes, edits: list[tuple[int, int]], kept: int) -> bytes:
    out = bytearray(der)
    for at, value in edits:
        out[at % len(out)] = value
    return bytes(out[:kept])


def check(der: bytes) -> None:
    row = read_certificate(der).row()
    assert row["id"] == row["sha256"]
    json.dumps({key: value for key, value in row.items() if key != "der"}, default=str).encode("utf-8")
    row["field_errors"] = list((row["field_errors"] or {}).items())
    assert pa.Table.from_pylist([row]).num_rows == 1


@given(st.binary(max_size=600))
def test_any_bytes(der: bytes) -> None:
    check(der)


@given(st.binary(max_size=300), st.sampled_from([b"\x30\x80", b"\x30\x82\x01\x00\x30\x81\xf0\xa0\x03\x02\x01\x02\x02"]))
def test_any_bytes_that_begin_like_a_certificate(der: bytes, begin: bytes) -> None:
    check(begin + der)


@given(changed)
def test_damaged_certificates(change: tuple[bytes, list[tuple[int, int]], int]) -> None:
    check(damage(*change))


@given(st.binary(max_size=500) | changed.map(lambda change: damage(*change)) | st.text().map(str.encode))
def test_containers_give_values_for_any_bytes(data: bytes) -> None:
    looks_like(data)
    items = list(extract_certificates(data))
    assert [item.record for item in items] == list(range(1, len(items) + 1))
    assert all(item.reason if isinstance(item, Reject) else item.der for item in items)


@given(st.binary(max_size=60), st.integers(0, 70))
def test_elements_stay_inside_the_limit(data: bytes, position: int) -> None:
    try:
        found = element(data, min(position, len(data)), len(data))
    except DerError:
        return
    assert position < found.start <= max(found.stop, found.start)
    assert found.stop <= len(data)


@given(st.binary(max_size=40))
def test_children_end(data: bytes) -> None:
    with suppress(DerError):
        assert len(list(children(data, 0, len(data)))) <= len(data)


@given(st.integers(0, 30), st.binary(max_size=300))
def test_encoded_elements_read_back(tag: int, content: bytes) -> None:
    data = encode(tag, content)
    found = element(data, 0, len(data))
    assert (found.tag, data[found.start : found.stop], found.after) == (tag, content, len(data))


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 1 << 70), max_size=8))
def test_object_identifiers_read_back(first: int, second: int, rest: list[int]) -> None:
    dotted = ".".join(map(str, [first, second, *rest]))
    assert oid_text(oid_bytes(dotted)) == dotted


@given(
    st.sampled_from([0x17, 0x18, 0x0C]),
    st.binary(max_size=24) | st.text("0123456789Z+-. ", max_size=24).map(str.encode),
)
def test_times_are_aware_or_refused(tag: int, content: bytes) -> None:
    try:
        moment, _ = read_time(tag, content)
    except DerError:
        return
    assert moment.utcoffset() is not None
