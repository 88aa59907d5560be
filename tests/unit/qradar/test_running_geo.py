"""Geographic look-ups over a MaxMind database that is written here, whole and damaged."""

from __future__ import annotations

import ipaddress
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from certhound.model.errors import CerthoundError
from certhound.qradar.aql import AqlError
from certhound.qradar.catalogue import stock
from certhound.qradar.running.maxmind import MaxMindFile, fact
from certhound.qradar.running.reference_data import ReferenceData, load_reference
from certhound.qradar.running.run import Console
from certhound.qradar.running.tables import table_of_rows

NOW = 1_800_000_000_000
NEVERLAND = {
    "country": {"iso_code": "NL", "names": {"en": "Neverland"}},
    "city": {"names": {"en": "Lagoon"}},
    "location": {"latitude": 52.5, "longitude": -1.25},
    "list": ["a", True, 7],
}
MOON = {"country": {"names": {"en": "Moon"}}, "continent": {"names": {"en": "Sky"}}}


def encoded(value: Any) -> bytes:
    """A value in the format of the data section."""
    match value:
        case bool():
            return bytes([int(value), 7])
        case str():
            raw = value.encode()
            return head(2, len(raw)) + raw
        case float():
            return head(3, 8) + struct.pack(">d", value)
        case int():
            raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
            return head(6, len(raw)) + raw
        case list():
            return bytes([len(value), 4]) + b"".join(map(encoded, value))
        case dict():
            return head(7, len(value)) + b"".join(encoded(each) for pair in value.items() for each in pair)
    raise TypeError


def head(kind: int, size: int) -> bytes:
    return bytes([kind << 5 | size]) if size < 29 else bytes([kind << 5 | 29, size - 29])


def written(networks: dict[str, dict[str, Any]], size: int = 28) -> bytes:
    """A database of IPv6 (IPv4 at its usual place) whose tree is made bit by bit."""
    nodes: list[list[int | str]] = [["", ""]]
    data, places = b"", {}
    for text, record in networks.items():
        network = ipaddress.ip_network(text)
        bits = network.prefixlen + (96 if network.version == 4 else 0)
        number = int(network.network_address)
        places[text] = len(data)
        data += encoded(record)
        node = 0
        for place in range(bits - 1):
            side = number >> (127 - place) & 1
            if nodes[node][side] == "":
                nodes.append(["", ""])
                nodes[node][side] = len(nodes) - 1
            node = int(nodes[node][side])
        nodes[node][number >> (128 - bits) & 1] = f"={text}"
    tree = b"".join(packed([_record(each, len(nodes), places) for each in node], size) for node in nodes)
    metadata = {"node_count": len(nodes), "record_size": size, "ip_version": 6, "database_type": "Test"}
    return tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + encoded(metadata)


def _record(value: int | str, nodes: int, places: dict[str, int]) -> int:
    if value == "":
        return nodes
    return value if isinstance(value, int) else nodes + 16 + places[value[1:]]


def packed(pair: list[int], size: int) -> bytes:
    left, right = pair
    if size == 28:
        middle = (left >> 24) << 4 | right >> 24
        return (left & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3, "big")
    return left.to_bytes(size // 8, "big") + right.to_bytes(size // 8, "big")


NETWORKS: dict[str, dict[str, Any]] = {"192.0.2.0/24": NEVERLAND, "2001:db8::/32": MOON}


@pytest.mark.parametrize("size", [24, 28, 32])
def test_records_of_addresses(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.mmdb"
    path.write_bytes(written(NETWORKS, size))
    database = MaxMindFile(path)
    assert database.record("192.0.2.77") == NEVERLAND
    assert database.record("2001:db8:1::9") == MOON
    assert database.record("192.0.3.1") is None
    assert fact(NEVERLAND, "country_name") == "Neverland"
    assert fact(NEVERLAND, "country_iso_code") == "NL"
    assert fact(NEVERLAND, "latitude") == "52.5"
    assert fact(MOON, "city_name") is None


def console(tmp_path: Path) -> Console:
    (tmp_path / "x.mmdb").write_bytes(written(NETWORKS))
    (tmp_path / "reference.json").write_text(json.dumps({"geo": "x.mmdb"}), encoding="utf-8")
    addresses = ["192.0.2.1", "2001:DB8::1", "198.51.100.1", "192.0.2.1"]
    rows = [{"endtime": NOW - n, "sourceip": address} for n, address in enumerate(addresses)]
    tables = {"events": table_of_rows("events", rows, stock())}
    return Console(stock(), tables, NOW, load_reference(tmp_path / "reference.json"))


def test_look_ups_in_queries(tmp_path: Path) -> None:
    made = console(tmp_path)
    query = (
        "SELECT GEO::LOOKUP_TEXT(sourceip, 'country_name') AS land, COUNT(*) AS n FROM events "
        "GROUP BY land ORDER BY n DESC"
    )
    expected = [{"land": "Neverland", "n": 2.0}, {"land": None, "n": 1.0}, {"land": "Moon", "n": 1.0}]
    assert list(made.rows(query)) == expected == made.reference_rows(query)
    whole = next(made.rows("SELECT GEO::LOOKUP(sourceip, 'geo_json') AS g FROM events LIMIT 1"))["g"]
    assert json.loads(whole) == NEVERLAND


def test_without_a_database_it_says_so() -> None:
    rows = [{"endtime": NOW, "sourceip": "192.0.2.1"}]
    made = Console(stock(), {"events": table_of_rows("events", rows, stock())}, NOW, ReferenceData())
    with pytest.raises(AqlError, match="no geographic database"):
        made.prepare("SELECT GEO::LOOKUP_TEXT(sourceip, 'country_name') FROM events")


@pytest.mark.parametrize("cut", [0, 10, 100, 400])
def test_damaged_databases_are_refused_or_read(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.mmdb"
    whole = written(NETWORKS)
    path.write_bytes(whole[:cut])
    with pytest.raises(CerthoundError):
        MaxMindFile(path)


def test_no_byte_makes_it_fail_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "x.mmdb"
    whole = written({"192.0.2.0/24": NEVERLAND})
    for place in range(len(whole) - 400, len(whole)):
        for value in (0, 0x20, 0x3F, 0xFF):
            path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            try:
                MaxMindFile(path).record("192.0.2.1")
            except CerthoundError:
                continue
