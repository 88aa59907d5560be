"""The key of an address is the same in Python and in DuckDB, for good addresses and for anything like one."""

from __future__ import annotations

import ipaddress
import random

from certhound.query.engines.duckdb import connect
from certhound.query.inet import canonical, inet_key, network_keys, same_address

ODD = (
    "01.2.3.4", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
    "1:2:3:4::5:6:7:8", "1:::2",
    "1::2::3", "fe80::1%eth0", "fe80::1%", "fe80::1%a%b", "1.2.3.4%eth0", "12345::", ":1", "1:", ":", "",
    "::1.2.3", "1.2.3.4::",
    "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "FE80::AbCd", " 1.2.3.4",
    "1.2.3.4\n", "::1\n",
    "１.2.3.4", "::%\n", "::ffff:1.2.3.4", "::ffff:01.2.3.4",
)  # fmt: skip


def test_keys_agree() -> None:
    source = random.Random(3)
    pieces = ["::", ":", ":", ":", "0", "ffff", "1a", "1.2.3.4", "%e", ".", "5"]
    texts = [*ODD, *("".join(source.choice(pieces) for _ in range(source.randrange(10))) for _ in range(10_000))]
    texts += [str(ipaddress.IPv6Address(source.getrandbits(128) & source.getrandbits(128))) for _ in range(1000)]
    texts += [str(ipaddress.IPv4Address(source.getrandbits(32))) for _ in range(1000)]
    rows = connect().execute("SELECT certhound_inet_key(x) FROM (SELECT unnest($1::VARCHAR[]) x)", [texts]).fetchall()
    assert [(text, key) for text, (key,) in zip(texts, rows, strict=True) if key != inet_key(text)] == []


def test_order_and_spelling() -> None:
    keys = [inet_key(text) for text in ("::", "0.0.0.0", "9.255.255.255", "10.0.0.0", "255.255.255.255", "2001:db8::")]
    assert keys == sorted(key for key in keys if key is not None)
    assert canonical(inet_key("::FFFF:A00:1") or 0) == "10.0.0.1"
    assert same_address("::1", "0:0::1")
    assert not same_address("-", "x")


def test_networks() -> None:
    assert network_keys("10.1.2.3/8") == network_keys("10.0.0.0/8") == network_keys("::ffff:10.0.0.0/104")
    assert network_keys("10.0.0.0/33") is None
    assert network_keys("ten") is None
