"""Keys of known CAs, and who only borrows their names."""

from __future__ import annotations

from typing import Any

import path_maker as m
import pytest
from path_cases import ica, leaf, root
from path_maker import Made, ec_key

from certhound.x509.certificate import read_certificate
from certhound.x509.der import encode
from certhound.x509.known_issuers import (
    issuer_key_is_foreign,
    keys_of,
    known_ca_keys,
    text_key,
)
from certhound.x509.trust import mozilla_store

PUBLIC = root("Known CA", 40)
ISSUING = ica(PUBLIC, "Known Issuing", 41)
KNOWN = keys_of([PUBLIC.der, ISSUING.der])


def foreign(made: Made) -> bool | None:
    return issuer_key_is_foreign(read_certificate(made.der), KNOWN)


def test_lists_are_read() -> None:
    known = known_ca_keys()
    assert len(known) > 150
    name = text_key("CN=Amazon RSA 2048 M01,O=Amazon,C=US")
    assert {key.ski for key in known[name]} == {"81b80e638a891218e5fa3b3b50959fe6e5901385"}
    assert all(key.spki_sha256 for keys in known.values() for key in keys)


def test_real_ones_are_not_foreign() -> None:
    assert foreign(leaf(ISSUING)) is False
    assert foreign(leaf(ISSUING, aki=None)) is False
    assert foreign(ISSUING) is False
    for entry in mozilla_store().anchors:
        assert issuer_key_is_foreign(entry.certificate) in (False, None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"signer": ec_key(66), "aki": m.aki(ec_key(66))}, True),
        ({"signer": ec_key(66)}, True),
        ({"signer": ec_key(66), "aki": None}, True),
        ({"damage": True}, True),
        ({"issuer": m.name("CN=Nobody Knows"), "signer": ec_key(66), "aki": None}, None),
        ({"issuer": m.name(""), "signer": ec_key(66)}, None),
    ],
)
def test_borrowed_names(change: dict[str, Any], expected: bool | None) -> None:
    assert foreign(leaf(ISSUING, **change)) is expected


def test_a_name_of_the_list_without_its_certificate() -> None:
    issuer = m.name("C=US,O=Amazon,CN=Amazon RSA 2048 M01")
    pointing = read_certificate(leaf(PUBLIC, issuer=issuer).der)
    silent = read_certificate(leaf(PUBLIC, issuer=issuer, aki=None).der)
    right = m.ext("2.5.29.35", m.seq(encode(0x80, bytes.fromhex("81b80e638a891218e5fa3b3b50959fe6e5901385"))))
    copied = read_certificate(leaf(PUBLIC, issuer=issuer, aki=right).der)
    assert issuer_key_is_foreign(pointing) is True
    assert issuer_key_is_foreign(silent) is None
    assert issuer_key_is_foreign(copied) is False
