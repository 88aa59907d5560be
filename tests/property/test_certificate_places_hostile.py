"""Places of certificates: nothing raises on any bytes, and nothing is lost of what is whole."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import certificate_documents as documents
import fuzz_certificates as fuzz
import probe_servers as servers
import pytest
import store_makers as make
from hypothesis import given, settings
from hypothesis import strategies as st

from certhound.probe.messages import Reader
from certhound.query.plan import RawBatch, Rejected
from certhound.sources import recognise
from certhound.sources.contract import Recognised
from certhound.sources.files import InputFile, Unreadable, open_input
from certhound.x509.containers import Found, extract_certificates
from certhound.x509.stores import stores

DERS = [documents.leaf(), documents.ca(), documents.leaf(precertificate=True)]
SEEDS = [
    make.java_store(DERS, (DERS[:2],)),
    make.java_store(DERS, magic=b"\xce" * 4, secret_at=1),
    make.bouncy_castle_store(DERS[:1], DERS[1:]),
    make.serialised_store(DERS),
    make.property_list(DERS[0]),
    make.registry_export(DERS[:2]).encode("utf-16"),
    make.registry_query(DERS[:2]).encode(),
    make.certutil_dump(DERS[0]).encode(),
    make.open_pkcs12(DERS),
    json.dumps({"a": [base64.b64encode(der).decode() for der in DERS]}).encode(),
]
JSON_SEEDS = [
    documents.crtsh_row(), documents.certstream_message(), documents.shodan_banner(), documents.zgrab_result(),
    documents.shodan_banner(chain=False), documents.censys_v2_host(), documents.censys_platform_host(),
    documents.censys_v1_certificate(raw=False), {"entries": [documents.log_entry(documents.leaf())]},
]  # fmt: skip
FEW = settings(max_examples=60, deadline=None)

damage = st.lists(
    st.tuples(st.integers(0, 1 << 30), st.sampled_from(["flip", "cut", "insert", "zero", "double"])), max_size=4
)


def damaged(data: bytes, steps: list[tuple[int, str]]) -> bytes:
    for place, kind in steps:
        at = place % max(1, len(data))
        match kind:
            case "flip":
                data = data[:at] + bytes(((data[at] if data else 0) ^ (1 << place % 8),)) + data[at + 1 :]
            case "cut":
                data = data[:at]
            case "insert":
                data = data[:at] + bytes((place & 0xFF,)) * (place % 7) + data[at:]
            case "zero":
                data = data[:at] + bytes(4) + data[at + 4 :]
            case "double":
                data = data[:at] + data[at : at + 64] + data[at:]
    return data


@FEW
@given(st.sampled_from(SEEDS), damage)
def test_a_damaged_store_never_raises(seed: bytes, steps: list[tuple[int, str]]) -> None:
    for item in extract_certificates(damaged(seed, steps)):
        assert item.der if isinstance(item, Found) else item.reason


@FEW
@given(st.sampled_from([store.name for store in stores()]), st.binary(max_size=400))
def test_no_bytes_make_a_store_raise(name: str, data: bytes) -> None:
    store = next(store for store in stores() if store.name == name)
    store.looks_like(data)
    assert list(store.extract(data)) or True


@FEW
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5))
def test_what_is_written_into_a_store_comes_out(bodies: list[bytes]) -> None:
    ders = [b"\x30\x82" + (len(body) + 4).to_bytes(2, "big") + b"\x30\x02\x05\x00" + body for body in bodies]
    for data in (make.java_store(ders), make.serialised_store(ders), make.bouncy_castle_store(ders[:1], ders[1:])):
        assert [item.der for item in extract_certificates(data) if isinstance(item, Found)] == ders
    assert [item.der for item in extract_certificates(make.open_pkcs12(ders)) if isinstance(item, Found)] == ders


def _read(tmp: Path, data: bytes) -> tuple[int, int]:
    """(rows, rejects) of a file; nothing may raise."""
    path = tmp / "input"
    path.write_bytes(data)
    file = open_input(path)
    taken = recognise(file) if isinstance(file, InputFile) else file
    if isinstance(taken, Unreadable) or not isinstance(taken, Recognised):
        return 0, 0
    rows, rejects = 0, 0
    for plan in taken.plans:
        for item in plan.careful():
            if isinstance(item, RawBatch):
                rows += len(item.lines)
                assert all(len(column) == len(item.lines) for column in item.raw.values())
            else:
                rejects += 1
                assert isinstance(item, Rejected)
                assert item.reason
    for _ in taken.certificates or ():
        pass
    return rows, rejects


@FEW
@given(st.sampled_from(JSON_SEEDS), damage)
def test_damaged_json_never_raises(
    tmp_path_factory: pytest.TempPathFactory, seed: object, steps: list[tuple[int, str]]
) -> None:
    data = (json.dumps(seed) + "\n").encode() * 2
    _read(tmp_path_factory.mktemp("json"), damaged(data, steps))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, each in value.items():
            found += _paths(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            found += _paths(each, (*path, index))
    return found


@FEW
@given(st.data())
def test_values_of_any_type_anywhere_never_raise(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(JSON_SEEDS))))
    for path in data.draw(st.lists(st.sampled_from(_paths(document)), min_size=1, max_size=3)):
        holder = document
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = data.draw(values)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    rows, rejects = _read(tmp_path_factory.mktemp("json"), json.dumps(document).encode())
    assert rows + rejects >= 0


@FEW
@given(st.lists(st.binary(max_size=200), max_size=6), st.binary(max_size=48) | st.none())
def test_no_server_makes_the_reader_raise(parts: list[bytes], secret: bytes | None) -> None:
    reader = Reader(lambda: secret)
    hello = servers.server_hello()
    for data in (*parts, servers.record(22, hello), *parts, servers.record(22, servers.certificate_message(*parts))):
        reader.feed(data)
    assert len(reader.certificates) <= 100


@FEW
@given(st.lists(st.integers(1, 50), max_size=40))
def test_how_the_bytes_are_cut_does_not_matter(sizes: list[int]) -> None:
    whole = servers.records(22, servers.server_hello() + servers.certificate_message(*DERS))
    reader, at = Reader(lambda: None), 0
    for size in sizes:
        reader.feed(whole[at : at + size])
        at += size
    reader.feed(whole[at:])
    assert (reader.certificates, reader.version) == (DERS, "1.2")


@pytest.mark.parametrize("path", sorted(fuzz.CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_corpus_of_the_fuzz_target(path: Path) -> None:
    fuzz.one_input(path.read_bytes())
