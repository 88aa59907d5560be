"""Certificates as devices and ordinary software make them by themselves: not the work of an adversary."""

from __future__ import annotations

import string
from datetime import datetime, timedelta
from random import Random

from certhound.lab.certificates.build import (
    Certificate,
    Name,
    authority_key,
    basic_constraints,
    extended_key_usage,
    key_usage,
    random_serial,
    self_signed,
    subject_alt_names,
    subject_key,
)
from certhound.lab.certificates.keys import Key

DAY = timedelta(days=1)


def pfsense(rng: Random, key: Key, now: datetime) -> Certificate:
    """The web console of pfSense: organisation and a name with 13 hex digits, 398 days."""
    name = "pfSense-" + "".join(rng.choices("0123456789abcdef", k=13))
    subject: Name = (("O", "pfSense webConfigurator Self-Signed Certificate"), ("CN", name))
    extensions = (
        basic_constraints(False, critical=False),
        subject_key(key),
        authority_key(key.identifier),
        extended_key_usage("serverAuth", "ikeIntermediate"),
        key_usage("digitalSignature", "keyEncipherment", critical=False),
        subject_alt_names(name),
    )
    start = now - rng.randrange(20, 300) * DAY - timedelta(seconds=rng.randrange(86400))
    return self_signed(subject, key, rng, start, 398 * DAY, extensions, random_serial(rng, 8))


def idrac(rng: Random, key: Key, now: datetime) -> Certificate:
    """The management controller of a Dell server: ten years, named for its service tag."""
    tag = "".join(rng.choices(string.ascii_uppercase + string.digits, k=7))
    subject: Name = (
        ("C", "US"),
        ("ST", "Texas"),
        ("L", "Round Rock"),
        ("O", "Dell Inc."),
        ("OU", "Remote Access Group"),
        ("CN", f"idrac-{tag}"),
        ("emailAddress", "support@dell.com"),
    )
    extensions = (subject_key(key), basic_constraints(False, critical=False))
    start = now - rng.randrange(200, 1800) * DAY
    return self_signed(subject, key, rng, start, 3650 * DAY, extensions, random_serial(rng, 8))


def snake_oil(rng: Random, key: Key, now: datetime, host: str) -> Certificate:
    """Debian's ssl-cert package: the host's name, ten years."""
    extensions = (basic_constraints(False, critical=False), subject_alt_names(host))
    start = now - rng.randrange(30, 900) * DAY
    return self_signed((("CN", host),), key, rng, start, 3650 * DAY, extensions, random_serial(rng, 20))


def openssl_defaults(rng: Random, key: Key, now: datetime) -> Certificate:
    """``openssl req -x509`` with return pressed at every question."""
    subject: Name = (("C", "AU"), ("ST", "Some-State"), ("O", "Internet Widgits Pty Ltd"))
    extensions = (subject_key(key), authority_key(key.identifier), basic_constraints(True))
    start = now - rng.randrange(1, 200) * DAY
    return self_signed(subject, key, rng, start, 365 * DAY, extensions, random_serial(rng, 20))


def traefik(rng: Random, key: Key, now: datetime) -> Certificate:
    """Traefik's default certificate."""
    host = ".".join("".join(rng.choices("0123456789abcdef", k=32)) for _ in range(2)) + ".traefik.default"
    extensions = (
        key_usage("digitalSignature", "keyEncipherment", "keyAgreement"),
        extended_key_usage("serverAuth"),
        basic_constraints(False),
        subject_alt_names(host),
    )
    start = now - rng.randrange(1, 60) * DAY
    return self_signed((("CN", "TRAEFIK DEFAULT CERT"),), key, rng, start, 365 * DAY, extensions)


def unifi(rng: Random, key: Key, now: datetime) -> Certificate:
    """A UniFi console: unifi.local, also as localhost."""
    extensions = (
        basic_constraints(False),
        extended_key_usage("serverAuth"),
        subject_alt_names("unifi.local", "localhost", "127.0.0.1"),
    )
    start = now - rng.randrange(30, 600) * DAY
    return self_signed((("CN", "unifi.local"),), key, rng, start, 825 * DAY, extensions)


def bare_name(rng: Random, key: Key, now: datetime, common_name: str, days: int = 3650) -> Certificate:
    """A self-made certificate with one name and no alternative names, as old scripts and consoles make them."""
    extensions = (subject_key(key), authority_key(key.identifier), basic_constraints(True))
    start = now - rng.randrange(30, 1200) * DAY
    return self_signed((("CN", common_name),), key, rng, start, days * DAY, extensions, random_serial(rng, 8))
