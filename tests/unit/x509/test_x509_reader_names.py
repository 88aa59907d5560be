"""Names as text: the spellings that logs have, and the same structure from each."""

from __future__ import annotations

import pytest

from certhound.x509.distinguished_name import EMPTY_NAME
from certhound.x509.dn_text import parse_name

INC = [("C", "US"), ("O", "Foo, Inc."), ("CN", "a")]
SPELLINGS = [
    (r"CN=a,O=Foo\, Inc.,C=US", INC),
    (r"CN=a,O=Foo\\, Inc.,C=US", INC),
    (r"CN=a,O=Foo\x2c Inc.,C=US", INC),
    (r"CN=a,O=Foo\\x2c Inc.,C=US", INC),
    (r"CN=a, O=Foo\2C Inc., C=US", INC),
    ('CN=a, O="Foo, Inc.", C=US', INC),
    ("C=US, O=Foo, Inc., CN=a", INC),
    ('C = US, O = "Foo, Inc.", CN = a', INC),
    ("/C=US/O=Foo, Inc./CN=a", INC),
    ("C=US\nO=Foo, Inc.\nCN=a", INC),
    ("c=US, o=Foo\\, Inc., cn=a", INC),
    ("2.5.4.6=US, OID.2.5.4.10=Foo\\, Inc., 2.5.4.3=a", INC),
    ("L=,ST=,C=US", [("C", "US"), ("ST", ""), ("L", "")]),
    ("E=x@y, CN=srv, S=Texas, C=US", [("C", "US"), ("ST", "Texas"), ("CN", "srv"), ("emailAddress", "x@y")]),
    (r"CN=\C3\A9t\C3\A9", [("CN", "été")]),
    (r"/C=FR/CN=\xC3\xA9", [("C", "FR"), ("CN", "é")]),
    (r"O=foo\\,CN=x", [("O", "foo\\"), ("CN", "x")]),
    ("C=US/ST=a/L=b/O=c/CN=d", [("C", "US/ST=a/L=b/O=c/CN=d")]),
    ("C=/C=US/ST=a/emailAddress=b@c", [("C", "/C=US/ST=a/emailAddress=b@c")]),
    ("1.2.3.4=#0C0548656C6C6F,CN=x", [("CN", "x"), ("1.2.3.4", "Hello")]),
    ("CN=http://x/y=z,C=US", [("C", "US"), ("CN", "http://x/y=z")]),
    (r"CN=\#x\ ", [("CN", "#x ")]),
    ("OU=Works, C++ team", [("OU", "Works, C++ team")]),
]


@pytest.mark.parametrize(("text", "attributes"), SPELLINGS, ids=[text for text, _ in SPELLINGS])
def test_spellings(text: str, attributes: list[tuple[str, str]]) -> None:
    found = [(attribute.type, attribute.value) for attribute in parse_name(text).attributes]
    assert sorted(found) == sorted(attributes)
    if attributes is INC:
        assert found == attributes
        assert parse_name(text).text == r"CN=a,O=Foo\, Inc.,C=US"


def test_multi_valued_relative_names_stay_together() -> None:
    name = parse_name("emailAddress=a@b,CN=x+OU=y,C=US")
    assert [[attribute.type for attribute in rdn] for rdn in name.rdns] == [["C"], ["OU", "CN"], ["emailAddress"]]
    assert name.text == "emailAddress=a@b,CN=x+OU=y,C=US"


def test_questions_to_a_name() -> None:
    name = parse_name("CN=b,CN=a,OU=x,C=US")
    assert name.types() == ("C", "OU", "CN", "CN")
    assert (name.first("CN"), name.all("CN"), name.first("O")) == ("b", ("a", "b"), None)
    assert name.common_name == "b"
    assert name == parse_name("C=US, OU=x, CN=a, CN=b")
    assert parse_name("CN=a,OU=x,C=US").multiset() == parse_name("OU=x,CN=a,C=US").multiset()


def test_texts_without_types() -> None:
    assert parse_name("  ") is EMPTY_NAME
    name = parse_name("just words")
    assert (name.rdns, name.text) == ((), "just words")
    assert name.problem


@pytest.mark.parametrize(
    "bad", ["\\" * 60_000, "CN=" + "\\" * 60_000, "," * 60_000, "+a=" * 20_000, 'CN="' + '\\"' * 30_000]
)
def test_hostile_texts_end_soon(bad: str) -> None:
    assert parse_name(bad).text is not None
