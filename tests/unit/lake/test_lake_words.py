"""Certificates known by words: the short way for ordinary ones comes to the same as a look at each."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pyarrow as pa

from certhound.lake.words import READ, _Judge, _table, judge_words
from certhound.model.columns import CERTIFICATES
from certhound.query.engines.duckdb import ARROW
from certhound.x509.known import known_certificates

_TAILS = (
    "",
    ",O=Example Works,C=DE",
    ",OU=Web,O=Example Inc.,L=Town,ST=Land,C=US",
    ",O=Two\\, Inc.",
    ",postalCode=1234,C=US",
)
_ISSUERS = ("CN=R12,O=Let's Encrypt,C=US", "CN=Own CA 1,O=Example", "CN=k3s-server-ca@1700000000", None, "")


def _subjects(chance: random.Random) -> list[str | None]:
    """Hosts, and everything that the lists of known certificates look for, each also hidden among other attributes."""
    lists = known_certificates()
    marks = [f"{type_}={value}" for type_, value in lists._literal["subject"]]
    marks += [
        "OU=abcdefghij012345",
        "OU=Sales Team",
        "CN=www.abcdefghij.net",
        "CN=WMSvc-HOST",
        "O=Webmin Webserver on a",
    ]
    hosts = [f"CN=host{n}.example.org{chance.choice(_TAILS)}" for n in range(200)]
    spelt = [chance.choice((mark, mark.upper(), f"CN=a.example.org,{mark}", f"{mark},C=US")) for mark in marks]
    odd = ["C=US,O=Forward,CN=a.example", "CN=", "O=nobody", "CN=a b c", "", None, "CN=x,C=USA", "C=US/ST=x/CN=y"]
    return [*hosts, *spelt, *odd]


def _certificates(seed: int) -> pa.Table:
    chance = random.Random(seed)
    lists = known_certificates()
    telltales = sorted(lists.telltales())
    rows = []
    for subject in _subjects(chance):
        start = datetime(2025, 1, 1) + timedelta(hours=chance.randrange(9000))
        row = dict.fromkeys(READ) | {
            "sha256": f"{chance.getrandbits(256):064x}",
            "serial": chance.choice((f"{chance.getrandbits(64):x}", chance.choice(telltales), None)),
            "subject": subject,
            "issuer": chance.choice((*_ISSUERS, subject)),
            "not_before": start,
            "not_after": start + timedelta(days=chance.choice((90, 365, 3650)), seconds=chance.choice((0, 1))),
            "san_dns": chance.choice((None, [], ["a.example"])),
            "san_ip": chance.choice((None, ["192.0.2.1"])),
        }
        rows.append(row)
    columns = {name: pa.array([row[name] for row in rows], ARROW[CERTIFICATES.column(name).kind]) for name in READ}
    return pa.table({"n": pa.array(range(len(rows)), pa.int64()), **columns})


def _nobody(subject: str | None, issuer: str | None) -> bool:
    return False


def test_the_short_way_is_the_same_as_the_long_one() -> None:
    for seed in range(5):
        table = _certificates(seed)
        judge = _Judge(_nobody)
        one_by_one = _table(list(judge._rows(table))).sort_by("n")
        assert judge_words(table, _nobody).sort_by("n").equals(one_by_one)


def test_most_hosts_are_ordinary_and_no_known_certificate_is() -> None:
    table = _certificates(1)
    ordinary = dict(zip(table["subject"].to_pylist(), _Judge(_nobody).clues.ordinary(table).to_pylist(), strict=True))
    assert ordinary.get("CN=localhost") in (None, False)
    assert sum(ordinary.values()) > 8
