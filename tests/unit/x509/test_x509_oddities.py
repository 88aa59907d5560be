"""Traits of serials, usages, weak keys, timestamps, brands and made-up companies, case by case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from trait_facts import facts_of_names, trait

from certhound.x509.brands import brand_domains, domain_of_brand, wrapped_brand
from certhound.x509.traits import Facts


@pytest.mark.parametrize(
    ("serial", "oddity"),
    [
        ("0", "zero"),
        ("1", "tiny"),
        ("3e8", "tiny"),
        ("-7f", "negative"),
        ("deadbeef", "typed"),
        ("11111111", "typed"),
        ("123456789abcdef", "typed"),
        ("a" * 41, "long"),
        ("8bb00ee", None),
        ("4f1b2c3d5e6f7a8b", None),
        (None, None),
    ],
)
def test_serials(serial: str | None, oddity: str | None) -> None:
    assert trait("serial_oddity", facts_of_names("CN=a", serial=serial)) == oddity


def test_a_serial_says_nothing_where_a_ca_vouches() -> None:
    assert trait("serial_oddity", facts_of_names("CN=a", "CN=b", serial="1")) is None
    assert trait("serial_oddity", facts_of_names("CN=a", serial="1", trust="trusted")) is None


@pytest.mark.parametrize(
    ("more", "forbidden"),
    [
        ({"ext_key_usage": ("clientAuth",)}, "purposes: clientAuth"),
        ({"ext_key_usage": ("clientAuth", "serverAuth")}, None),
        ({"ext_key_usage": ("anyExtendedKeyUsage",)}, None),
        ({"key_usage": ("keyCertSign", "cRLSign"), "ext_key_usage": ("serverAuth",)}, "usages: keyCertSign, cRLSign"),
        ({"key_usage": ("digitalSignature",)}, None),
        ({}, None),
    ],
)
def test_usages(more: dict[str, Any], forbidden: str | None) -> None:
    assert trait("usage_forbids_server", facts_of_names("CN=a", has_der=True, **more)) == forbidden
    assert trait("usage_forbids_server", facts_of_names("CN=a", **more)) is None


@pytest.mark.parametrize(
    ("kind", "bits", "algorithm", "weak"),
    [
        ("rsa", 1024, "sha256WithRSAEncryption", "RSA key of 1024 bits"),
        ("rsa", 2048, "sha1WithRSAEncryption", "signature sha1WithRSAEncryption"),
        ("rsa", 2048, "md5WithRSAEncryption", "signature md5WithRSAEncryption"),
        ("ec", 192, "ecdsa-with-SHA256", "EC key of 192 bits"),
        ("dsa", 2048, "dsa_with_SHA256", "DSA key"),
        ("rsa", 2048, "sha256WithRSAEncryption", None),
        ("ed25519", 256, "ED25519", None),
        (None, None, None, None),
    ],
)
def test_weak_keys_and_signatures(kind: str | None, bits: int | None, algorithm: str | None, weak: str | None) -> None:
    facts = facts_of_names("CN=a", key_type=kind, key_bits=bits, signature_algorithm=algorithm)
    assert trait("weakness", facts) == weak


@pytest.mark.parametrize(
    ("since", "count", "lacks"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), 0, True),
        (datetime(2026, 1, 1, tzinfo=UTC), 2, False),
        (datetime(2017, 1, 1, tzinfo=UTC), 0, False),
    ],
)
def test_timestamps(since: datetime, count: int, lacks: bool) -> None:
    facts = facts_of_names("CN=a", "CN=b", has_der=True, trust="trusted", not_before=since, sct_count=count)
    assert trait("lacks_timestamps", facts) is lacks
    assert trait("lacks_timestamps", facts_of_names("CN=a", "CN=b", not_before=since, sct_count=count)) is None


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("www.microsoft.com", "microsoft.com"),
        ("*.microsoft.com", "microsoft.com"),
        ("MICROSOFT.COM.", "microsoft.com"),
        ("notmicrosoft.com", None),
        ("microsoft.com.example", None),
        ("example.org", None),
        ("com", None),
        ("", None),
    ],
)
def test_domains_of_brands(name: str, owner: str | None) -> None:
    assert domain_of_brand(name) == owner


@pytest.mark.parametrize(
    ("name", "brand"),
    [
        ("login.microsoftonline.com.secure.example", "microsoftonline.com"),
        ("paypal.com-account.example", "paypal.com"),
        ("www.paypal.com", None),
        ("google.com.br", None),
        ("www.apple.com.edgekey.net", None),
        ("mypaypal.com.example", None),
        ("paypal.com.au", None),
    ],
)
def test_brands_inside_other_names(name: str, brand: str | None) -> None:
    assert wrapped_brand(name) == brand
    assert trait("name_wraps_brand", facts_of_names(f"CN={name}", "CN=R3")) == brand
    assert trait("name_wraps_brand", Facts(has_der=True, san_dns=("other.example", name))) == brand


def test_who_poses_issued_itself_or_shows_bytes() -> None:
    assert trait("poses_as", facts_of_names("CN=*.google.com")) == "google.com"
    assert trait("poses_as", facts_of_names("CN=*.google.com", "CN=Corp Proxy")) is None
    assert trait("poses_as", facts_of_names("CN=*.google.com", "CN=Corp Proxy", has_der=True)) == "google.com"
    assert trait("poses_as", facts_of_names("CN=*.google.com", trust="trusted")) is None


def test_no_brand_stands_twice() -> None:
    assert len(brand_domains()) >= 60


@pytest.mark.parametrize(
    ("subject", "made_up"),
    [
        ("CN=Ateei7thapom.statonrc.loan,O=Wemadd Hixchac GmBH,L=Ljubljana,C=SI", True),
        ("CN=heardbellith.Icanwepeh.nagoya,O=Hedanpr S.p.a.,L=Abidjan,C=CI", True),
        ("CN=Server01.contoso.local,O=Contoso Ltd,L=Leeds,C=GB", False),
        ("CN=www.contoso.com,O=Contoso Ltd,L=Leeds,C=GB", False),
        ("CN=shop.nordlicht.de,O=Nordlicht Handel GmbH,L=Kassel,C=DE", False),
        ("CN=gateway,O=Nordlicht Handel GmbH,L=Kassel,C=DE", False),
        ("CN=FILESRV.intern.lan,O=Muster GmbH,L=Kassel,C=DE", False),
        ("CN=heardbellith.Icanwepeh.nagoya,O=Hedanpr,L=Abidjan,C=CI", False),
    ],
)
def test_made_up_companies(subject: str, made_up: bool) -> None:
    assert trait("subject_is_made_up_company", facts_of_names(subject)) is made_up
