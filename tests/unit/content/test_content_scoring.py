"""What the shipped rules make of whole certificates, adversaries' and honest people's, by the sum of their signals.

The bands are the promise of the project: an adversary's certificate at 70 or more, hygiene below, benign traffic below
40. Each case is a certificate of the lab (or names alone, as most sensors log them) and how it was met.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from scoring_rows import BEACON, logged, risk, seen, signals

from certhound.lab.certificates import appliances, tools
from certhound.lab.certificates.keys import KeyRing

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEYS = KeyRing(7)
LEAF, CA = KEYS.ec("leaf"), KEYS.ec("ca")
LETS_ENCRYPT = (("C", "US"), ("O", "Let's Encrypt"), ("CN", "R3"))
R3 = "CN=R3,O=Let's Encrypt,C=US"
ODD: dict[str, Any] = {"dst_port": 8081, "port_is_usual": False}
FOREVER: dict[str, Any] = {
    "not_before": datetime(2025, 5, 1, tzinfo=UTC),
    "not_after": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    "signature_algorithm": "sha512WithRSAEncryption",
}


def rng() -> Random:
    return Random(5)


def junk(index: int) -> tuple[tuple[str, str], ...]:
    return tools.junk_subject(Random(index))


ADVERSARY: dict[str, dict[str, Any]] = {
    "cobalt strike": seen(tools.cobalt_strike(rng(), LEAF, NOW), "self_signed"),
    "metasploit": seen(tools.metasploit(rng(), LEAF, NOW), "self_signed"),
    "metasploit, inside": seen(tools.metasploit(rng(), LEAF, NOW), "self_signed", dst_is_outside=False),
    "metasploit, by names": logged(
        "emailAddress=parse@conn.sons.info,CN=conn.sons.info,OU=parse,O=Conn and Sons,ST=SC,C=US", days_valid=3285
    ),
    "sliver": seen(tools.sliver(rng(), LEAF, CA, NOW, "x.example"), "chain_incomplete"),
    "havoc": seen(tools.havoc(rng(), LEAF, NOW, "x.example"), "self_signed"),
    "quasar renamed, by names": logged("CN=Windows Update", **FOREVER),
    "dcrat": seen(tools.dcrat(rng(), LEAF, CA, NOW), "unknown_issuer"),
    "poshc2": seen(tools.posh_c2(rng(), LEAF, NOW), "self_signed"),
    "covenant": seen(tools.covenant(rng(), LEAF, NOW), "self_signed", dst_port=7443, port_is_usual=False),
    "mythic": seen(tools.mythic(rng(), LEAF, NOW), "self_signed", dst_port=7443, port_is_usual=False),
    "claimed public CA": seen(tools.claimed_issuer(rng(), LEAF, CA, NOW, LETS_ENCRYPT, "a.example"), "unknown_issuer"),
    **{
        f"malformed {kind}": seen(tools.malformed(rng(), LEAF, NOW, kind, (("CN", "srv"),)), "malformed")
        for kind in tools.MALFORMATIONS
    },
    **{
        f"junk subject {index}, odd port, like a clock": seen(
            tools.home_made(rng(), LEAF, NOW, junk(index)), "self_signed", name=None, **ODD, **BEACON
        )
        for index in range(12)
    },
    "plain name, odd port, like a clock": seen(
        tools.home_made(rng(), LEAF, NOW, (("CN", "gateway"),)), "self_signed", **ODD, **BEACON
    ),
    "plain name, no server name, like a clock, by names": logged("CN=gateway", name=None, **BEACON),
}

HYGIENE: dict[str, dict[str, Any]] = {
    "expired public certificate": logged("CN=shop.example", R3, days_valid=90, expired_then=True),
    "self-signed appliance on 8443": seen(appliances.pfsense(rng(), LEAF, NOW), "self_signed", dst_port=8443),
    "the same, polled like a clock": seen(
        appliances.idrac(rng(), LEAF, NOW), "self_signed", dst_port=8443, name=None, **BEACON
    ),
    "self-made certificate outside": seen(appliances.bare_name(rng(), LEAF, NOW, "vpn.office.example"), "self_signed"),
    "wrong name": logged("CN=shop.example", R3, days_valid=90, name="pay.example", name_match="mismatch"),
    "unlisted device, no name, odd port": seen(
        appliances.snake_oil(rng(), LEAF, NOW, "cam1.example"), "self_signed", name=None, **ODD
    ),
    "OpenSSL's samples, no name, odd port": seen(
        appliances.openssl_defaults(rng(), LEAF, NOW), "self_signed", name=None, **ODD
    ),
    "own mail server, polled": seen(
        appliances.bare_name(rng(), LEAF, NOW, "mail.home.example"), "self_signed", dst_port=993, **BEACON
    ),
}
PREFERABLY_LOW = set(HYGIENE) - {"own mail server, polled"}

BENIGN: dict[str, dict[str, Any]] = {
    "public certificate, by names": logged("CN=www.example.com", R3, days_valid=90, name_match="match"),
    "public certificate, polled by one client": logged("CN=api.example.com", R3, days_valid=90, **BEACON),
    "public CA that we do not know, polled, by names": logged(
        "CN=api.example.com", "CN=R99,O=Let's Encrypt,C=US", days_valid=90, trust="untrusted",
        trust_reason="unknown_issuer", **BEACON, **ODD, name=None,
    ),
    "public certificate on an odd port": logged("CN=api.example.com", R3, days_valid=90, **ODD),
    "sensor misses the intermediate": logged(
        "CN=api.example.com", R3, days_valid=90, sensor_validation="unable to get local issuer certificate", **BEACON
    ),
    "lab network": seen(
        tools.home_made(rng(), LEAF, NOW, junk(3)), "self_signed", dst_is_outside=False, name=None, **ODD, **BEACON
    ),
    "lab network of sample values": seen(
        appliances.openssl_defaults(rng(), LEAF, NOW), "self_signed", dst_is_outside=False, **ODD, **BEACON
    ),
    "legacy application": seen(
        appliances.bare_name(rng(), LEAF, NOW, "app-old"), "self_signed", dst_is_outside=False, name_match="mismatch"
    ),
    "internal CA, sensor does not know it": logged(
        "CN=erp.corp.example", "CN=Corp Issuing CA 2,O=Corp,C=DE", days_valid=730, dst_is_outside=False,
        sensor_validation="unable to get local issuer certificate", **BEACON,
    ),
    "internal CA, profile knows it, hosted outside": logged(
        "CN=erp.corp.example", "CN=Corp Issuing CA 2,O=Corp,C=DE", days_valid=730, house_trust="trusted",
        sensor_validation="unable to get local issuer certificate", **BEACON, **ODD,
    ),
    "CDN wildcard": logged(
        "CN=*.cdn.example", R3, days_valid=90, trust="trusted", has_der=True, name="a.b.cdn.example",
        name_match="mismatch", clients=40, destinations=80, **ODD,
    ),
    "load balancer": logged(
        "CN=vpn.example.com", R3, days_valid=90, name="portal.example.com", name_match="mismatch", destinations=6
    ),
    "WebRTC": logged("CN=WebRTC", days_valid=30, transport="udp", name=None, destinations=30, **ODD, **BEACON),
    "inspection product": logged(
        "CN=bank.example", "CN=Zscaler Intermediate Root CA (zscaler.net),O=Zscaler Inc.", days_valid=14,
        sensor_validation="unable to get local issuer certificate", **BEACON,
    ),
    "remote desktop": logged("CN=DESKTOP-AB12CD3", days_valid=182, dst_port=3389, name=None),
}  # fmt: skip


@pytest.mark.parametrize("case", ADVERSARY)
def test_an_adversarys_certificate_is_high(case: str) -> None:
    row = ADVERSARY[case]
    assert risk(row) >= 70, signals(row)


@pytest.mark.parametrize("case", HYGIENE)
def test_hygiene_is_seen_but_never_high(case: str) -> None:
    row = HYGIENE[case]
    assert 15 <= risk(row) < (50 if case in PREFERABLY_LOW else 70), signals(row)


@pytest.mark.parametrize("case", BENIGN)
def test_benign_traffic_stays_below_medium(case: str) -> None:
    row = BENIGN[case]
    assert risk(row) < 40, signals(row)


def test_names_alone_make_a_forger_medium() -> None:
    """A public CA that issues for ten years cannot be; whether its key is foreign, names do not tell."""
    unknown = "unable to get local issuer certificate"
    row = logged("CN=a.example", R3, days_valid=3650, sensor_validation=unknown, **ODD)
    assert 40 <= risk(row) < 70, signals(row)


@pytest.mark.parametrize("interval", [20, 60, 300, 900, 3600, 14400, 43200])
@pytest.mark.parametrize("jitter", [0.0, 0.2, 0.5])
def test_regular_contact_is_seen_with_jitter(interval: int, jitter: float) -> None:
    """An implant that waits at random between (1 - jitter) and 1 times its interval, as Cobalt Strike does."""
    median = interval * (1 - jitter / 2)
    row = logged("CN=gateway", **{**BEACON, "interval_median_s": median, "interval_mad_s": interval * jitter / 4})
    assert "regular_contact_unvouched" in signals(row)


@pytest.mark.parametrize("interval", [20, 60, 300, 900, 3600, 14400, 43200])
def test_contact_at_random_is_not_regular(interval: int) -> None:
    """Contact at random times: intervals are exponential, with median ln 2 and median deviation 0.48 of their mean."""
    row = logged("CN=gateway", **{**BEACON, "interval_median_s": 0.693 * interval, "interval_mad_s": 0.481 * interval})
    assert "regular_contact_unvouched" not in signals(row)


def test_expired_long_ago_is_still_only_hygiene() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    row = logged("CN=old.example", R3, not_before=start, not_after=start + timedelta(days=90), expired_then=True)
    assert signals(row) == {"expired_when_met_outside": (16, "trust")}
