"""Traits: what they say of certificates that tools make, and that they leave ordinary ones alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from trait_facts import facts_of_der, facts_of_names, trait

from certhound.lab.certificates import appliances, tools
from certhound.lab.certificates.keys import Key, KeyRing
from certhound.model.columns import CERTIFICATES, Kind
from certhound.x509 import lifetime
from certhound.x509.traits import Facts, TraitValue, columns, traits

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SEEDS = range(25)


@pytest.fixture(scope="module")
def key() -> Key:
    return KeyRing(7).ec("leaf")


@pytest.fixture(scope="module")
def other_key() -> Key:
    return KeyRing(7).ec("ca")


def test_traits_are_found_and_have_names_of_their_own() -> None:
    names = [column.name for column in columns()]
    assert len(names) == len(set(names)) >= 25
    assert not set(names) & set(CERTIFICATES.names())
    assert all(column.meaning for column in columns())


def test_nothing_in_nothing_out() -> None:
    """Of a certificate of which nothing is known no trait states that something is so."""
    assert {each.name: each.compute(Facts()) for each in traits() if each.compute(Facts())} == {}


_TYPES: dict[Kind, type] = {Kind.BOOL: bool, Kind.INT: int, Kind.TEXT: str}


def test_values_have_the_stated_types(key: Key) -> None:
    for certificate in (tools.metasploit(Random(1), key, NOW), appliances.pfsense(Random(1), key, NOW)):
        facts = facts_of_der(certificate.der)
        for each in traits():
            value = each.compute(facts)
            assert value is None or type(value) is _TYPES[each.kind], each.name


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_certificates_are_known_whatever_was_drawn(seed: int, key: Key, other_key: Key) -> None:
    rng = Random(seed)
    metasploit = facts_of_der(tools.metasploit(rng, key, NOW).der)
    sliver = facts_of_der(tools.sliver(rng, key, other_key, NOW, "x.example").der)
    havoc = facts_of_der(tools.havoc(rng, key, NOW, "y.example").der)
    assert trait("subject_is_metasploit_generated", metasploit) is True
    assert trait("subject_is_sliver_template", sliver) is True
    assert trait("subject_is_sliver_template", havoc) is True
    assert trait("subject_is_sliver_template", metasploit) is False
    assert trait("subject_is_metasploit_generated", havoc) is False


@pytest.mark.parametrize("seed", SEEDS)
def test_appliances_are_neither_generated_nor_junk(seed: int, key: Key) -> None:
    rng = Random(seed)
    for certificate in (
        appliances.pfsense(rng, key, NOW),
        appliances.idrac(rng, key, NOW),
        appliances.snake_oil(rng, key, NOW, f"web{seed:02d}.corp.example"),
        appliances.openssl_defaults(rng, key, NOW),
        appliances.traefik(rng, key, NOW),
        appliances.unifi(rng, key, NOW),
        appliances.bare_name(rng, key, NOW, "vpn.office.example"),
    ):
        facts = facts_of_der(certificate.der, "self_signed")
        accusing = ("is_quasar_family_structure", "subject_is_junk", "structure_is_malformed", "serial_is_known_bad")
        for name in (*accusing, "subject_is_metasploit_generated", "subject_is_sliver_template"):
            assert not trait(name, facts), (name, facts.subject.text)


def test_most_junk_subjects_are_called_junk(key: Key) -> None:
    found = [
        trait("subject_is_junk", facts_of_der(tools.home_made(rng, key, NOW, tools.junk_subject(rng)).der))
        for rng in map(Random, range(200))
    ]
    assert sum(map(bool, found)) >= 180


QUASAR: dict[str, Any] = {
    "not_before": datetime(2024, 3, 1, tzinfo=UTC),
    "not_after": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    "signature_algorithm": "sha512WithRSAEncryption",
}


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        # Metasploit, as two sensors logged it, and names that only come near.
        (
            "subject_is_metasploit_generated",
            facts_of_names("emailAddress=parse@conn.sons.info,CN=conn.sons.info,OU=parse,O=Conn and Sons,ST=SC,C=US"),
            True,
        ),
        (
            "subject_is_metasploit_generated",
            facts_of_names("emailAddress=it@shop.example,CN=shop.example,OU=IT,O=Shop Limited,ST=TX,C=US", days=365),
            False,
        ),
        (
            "subject_is_metasploit_generated",
            facts_of_names("emailAddress=a@x.y.net,CN=x.y.net,OU=a,O=X-Y,L=Here,ST=TX,C=US"),
            False,
        ),
        (
            "subject_is_metasploit_generated",
            facts_of_names("emailAddress=a@x.y.net,CN=x.y.net,OU=a,O=X-Y,ST=TX,C=US", "CN=Some CA"),
            False,
        ),
        ("subject_is_rex_generated", Facts(), None),
        ("subject_is_rex_generated", facts_of_names("CN=www.example.com,C=US"), False),
        # Sliver: five digits are honest, and so is a company of one's own.
        (
            "subject_is_sliver_template",
            facts_of_names("CN=a,O=Tech Llc,postalCode=1755,street=,L=Miami,ST=Florida,C=US", "CN=b"),
            True,
        ),
        (
            "subject_is_sliver_template",
            facts_of_names("CN=a,O=Tech Llc,postalCode=33101,street=,L=Miami,ST=Florida,C=US", "CN=b"),
            False,
        ),
        (
            "subject_is_sliver_template",
            facts_of_names("CN=a,O=Bridge Bank,postalCode=2139,street=Main,L=Cambridge,ST=Massachusetts,C=US", "CN=b"),
            False,
        ),
        # Quasar and kin by names and validity alone; a device's certificate without an end is not one.
        ("is_quasar_family_structure", facts_of_names("CN=Windows Update", **QUASAR), True),
        ("is_quasar_family_structure", facts_of_names("CN=Device 7", "CN=Maker CA", **QUASAR), False),
        ("is_quasar_family_structure", facts_of_names("CN=x", **{**QUASAR, "signature_algorithm": None}), None),
        (
            "is_quasar_family_structure",
            facts_of_names("CN=x", **{**QUASAR, "signature_algorithm": "sha256WithRSAEncryption"}),
            False,
        ),
        # Junk, and what merely looks unusual.
        ("subject_junk_kind", facts_of_names("CN=qwerty,O=asdf,C=US"), "keyboard"),
        ("subject_junk_kind", facts_of_names("CN=a,O=aa,L=a,C=US"), "one letter"),
        ("subject_junk_kind", facts_of_names("CN=x,O=Aqx7k2jd9,OU=k3jd8vqz,ST=Some-State,C=AU"), None),
        ("subject_junk_kind", facts_of_names("CN=k3jd8vqz.com,O=k3jd8vqz,OU=k3jd8vqz,ST=Some-State,C=AU"), "repeated"),
        ("subject_junk_kind", facts_of_names("CN=pEiTyQlMoR.com", days=365), "mixed case"),
        ("subject_junk_kind", facts_of_names("CN=FileServer.local", days=365), None),
        ("subject_junk_kind", facts_of_names("CN=test,O=example,C=US"), "placeholder"),
        ("subject_junk_kind", facts_of_names("CN=server,C=Earth"), "country"),
        ("subject_junk_kind", facts_of_names("CN=test.corp.example"), None),
        ("subject_junk_kind", facts_of_names("CN=MacBookProServer,O=Home"), None),
        ("subject_junk_kind", facts_of_names("CN=FGT60E4Q16077123,O=Fortinet"), None),
        ("subject_junk_kind", facts_of_names("CN=5f4dcc3b5aa765d61d8327deb882cf99"), None),
        ("subject_junk_kind", facts_of_names("CN=xkzqvbnwtrhj", "CN=R3,O=Let's Encrypt,C=US"), None),
        # Names.
        ("has_ip_name_only", Facts(san_ip=("192.0.2.1",)), True),
        ("has_ip_name_only", Facts(san_ip=("192.0.2.1",), san_dns=("a.example",)), False),
        ("names_count", Facts(san_ip=("192.0.2.1",), san_dns=("a.example",)), 2),
        ("issuer_is_empty", Facts(has_der=True), True),
        ("issuer_is_empty", Facts(), None),
        ("subject_has_empty_value", facts_of_names("CN=a,O=,C=US"), True),
        ("subject_has_empty_value", facts_of_names("CN=a,O=b,C=US"), False),
        # Lifetimes.
        ("lifetime_days", facts_of_names("CN=a", days=90), 91),
        ("lifetime_whole_years_365", facts_of_names("CN=a", days=3650), 10),
        ("lifetime_whole_years_365", facts_of_names("CN=a", days=3652), None),
        ("lifetime_over_limit", facts_of_names("CN=a", "CN=b", days=201), True),
        ("lifetime_over_limit", facts_of_names("CN=a", "CN=b", days=200), False),
        # Vouching: names alone accuse nobody but those who issued themselves.
        ("nobody_vouches", facts_of_names("CN=a"), True),
        ("nobody_vouches", facts_of_names("CN=a", "CN=b", trust="untrusted", trust_reason="unknown_issuer"), None),
        ("nobody_vouches", Facts(has_der=True, trust="untrusted", trust_reason="unknown_issuer"), True),
        ("nobody_vouches", Facts(has_der=True, trust="untrusted", trust_reason="expired"), False),
        ("nobody_vouches", Facts(has_der=True, trust="trusted", trust_reason="trusted"), False),
        # Form: only what its maker must have done on purpose; a capture that was cut short accuses nobody.
        ("structure_malformed_kind", Facts(has_der=True, field_errors={"version": "no version of X.509"}), "version"),
        ("structure_is_malformed", Facts(has_der=True, field_errors={"der": "cut: 20 bytes are missing"}), False),
        ("structure_is_malformed", Facts(has_der=True, field_errors={"subject": "O: not valid UTF-8"}), False),
        ("structure_is_untidy", Facts(has_der=True, field_errors={"subject": "O: not valid UTF-8"}), True),
        ("structure_is_malformed", Facts(), None),
    ],
)
def test_trait(name: str, facts: Facts, expected: TraitValue) -> None:
    assert trait(name, facts) == expected


@pytest.mark.parametrize("country", ["US/ST=TX/L=Austin/O=AbcDef/CN=x.com", "/C=US/ST=NV/O=Q/emailAddress=a@b/CN=c"])
def test_older_generator_of_metasploit(country: str) -> None:
    facts = facts_of_names("C=US")
    attribute = facts.subject.rdns[0][0]._replace(value=country)
    name = type(facts.subject)(((attribute,),), f"C={country}")
    assert trait("subject_is_rex_generated", Facts(subject=name, issuer=name, self_issued=True)) is True


@pytest.mark.parametrize("kind", tools.MALFORMATIONS)
def test_malformed_certificates_of_the_lab(kind: str, key: Key) -> None:
    facts = facts_of_der(tools.malformed(Random(3), key, NOW, kind, (("CN", "srv"),)).der)
    assert trait("structure_is_malformed", facts) is True
    assert trait("structure_what", facts)


@pytest.mark.parametrize(
    "issued", [datetime(2014, 1, 1), datetime(2019, 1, 1), datetime(2026, 3, 15), datetime(2030, 1, 1)]
)
@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_over_limit_agrees_with_the_table_of_limits(issued: datetime, seconds: int) -> None:
    start = issued.replace(tzinfo=UTC)
    limit = lifetime.lifetime_limit_days(start)
    assert limit is not None
    end = start + timedelta(days=limit, seconds=seconds)
    facts = Facts(not_before=start, not_after=end)
    assert trait("lifetime_over_limit", facts) is lifetime.over_limit(start, end)
    assert trait("lifetime_days", facts) == lifetime.lifetime_days(start, end)


LETS_ENCRYPT = (("C", "US"), ("O", "Let's Encrypt"), ("CN", "R3"))


def test_a_claimed_ca_with_a_foreign_key(key: Key, other_key: Key) -> None:
    der = tools.claimed_issuer(Random(1), key, other_key, NOW, LETS_ENCRYPT, "shop.example").der
    facts = facts_of_der(der, "unknown_issuer")
    assert trait("issuer_claims_known_ca", facts) is True
    assert trait("issuer_key_is_foreign", facts) is True
    assert trait("nobody_vouches", facts) is True


@pytest.mark.parametrize(
    ("aki", "reason", "expected"),
    [
        ("142eb317b75856cbae500940e61faf9d8b14c2c6", "chain_incomplete", False),
        ("142eb317b75856cbae500940e61faf9d8b14c2c6", "broken_signature", True),
        ("00" * 20, "chain_incomplete", True),
        ("00" * 20, "expired", False),
        (None, "chain_incomplete", None),
    ],
)
def test_the_key_of_a_known_ca(aki: str | None, reason: str, expected: bool | None) -> None:
    facts = facts_of_names(
        "CN=a.example", "CN=R3,O=Let's Encrypt,C=US", aki=aki, trust="untrusted", trust_reason=reason, has_der=True
    )
    assert trait("issuer_key_is_foreign", facts) is expected


def test_names_alone_say_nothing_of_keys() -> None:
    facts = facts_of_names("CN=a.example", "CN=R3,O=Let's Encrypt,C=US")
    assert trait("issuer_claims_known_ca", facts) is True
    assert trait("issuer_key_is_foreign", facts) is None
