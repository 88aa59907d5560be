"""Certificates as the tools of adversaries make them.

Each function follows the tool's own generator (named beside it), not one sample of its output, so that every seed
gives another certificate with the same invariants. All keys are the lab's own.
"""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from random import Random

from certhound.lab.certificates import der
from certhound.lab.certificates.build import (
    Certificate,
    Extension,
    Name,
    Spec,
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
FOREVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

_SURNAMES = (
    "Abernathy Bartell Casper Daugherty Emard Feeney Gleason Hackett Jakubowski Kertzmann Leffler Mosciski "
    "Nikolaus Okuneva Pfannerstill Quigley Reichert Schuppe Trantow Ullrich Vandervort Wisozk Yundt Zboncak"
).split()
_STATES = "AL AZ CA CO FL GA IL MA MN NC NJ NV OH OR TX UT VA WA WI".split()
_VERBS = "back up|bypass|hack|override|compress|copy|navigate|index|connect|generate|quantify|calculate".split("|")


def metasploit_subject(rng: Random) -> Name:
    """The subject of Metasploit's generator (rapid7/metasploit-framework, lib/msf/core/cert_provider.rb).

    CN is the lower-case company without ``and``, every run of non-word characters a dot, then a TLD;
    emailAddress is OU@CN.
    """
    one, two, three = rng.sample(_SURNAMES, 3)
    company = rng.choice((f"{one} and Sons", f"{one}-{two}", f"{one} {rng.choice(('Group', 'LLC', 'Inc'))}"))
    if rng.random() < 0.25:
        company = f"{one}, {two} and {three}"
    host = re.sub(r"\W+", ".", company.lower().replace("and", ""))
    host = f"{host}.{rng.choice(('com', 'net', 'org', 'info', 'biz', 'name', 'io', 'co'))}"
    unit = re.sub(r"\W+", ".", rng.choice(_VERBS))
    return (
        ("C", "US"),
        ("ST", rng.choice(_STATES)),
        ("O", company),
        ("OU", unit),
        ("CN", host),
        ("emailAddress", f"{unit}@{host}"),
    )


def metasploit(rng: Random, key: Key, now: datetime) -> Certificate:
    """Metasploit's generated listener certificate: whole 365-day years, 4 to 9; CA:TRUE and a key identifier."""
    return self_signed(
        metasploit_subject(rng),
        key,
        rng,
        now - timedelta(seconds=rng.randrange(365 * 86400, 4 * 365 * 86400)),
        rng.randint(4, 9) * 365 * DAY,
        (basic_constraints(True), subject_key(key)),
        serial=rng.getrandbits(64),
    )


def cobalt_strike(rng: Random, key: Key, now: datetime) -> Certificate:
    """The default subject and serial of Cobalt Strike's key store (keytool writes a key identifier alone)."""
    subject: Name = (
        ("C", "Earth"),
        ("ST", "Cyberspace"),
        ("L", "Somewhere"),
        ("O", "cobaltstrike"),
        ("OU", "AdvancedPenTesting"),
        ("CN", "Major Cobalt Strike"),
    )
    start = now - rng.randrange(100, 1500) * DAY - timedelta(seconds=rng.randrange(86400))
    return self_signed(subject, key, rng, start, 3652 * DAY, (subject_key(key),), serial=146473198)


_CITIES = {
    "": ("",),
    "Arizona": ("Phoenix", "Mesa", "Scottsdale", "Chandler"),
    "California": ("San Francisco", "Oakland", "Berkeley", "Palo Alto", "Los Angeles"),
    "Colorado": ("Denver", "Boulder", "Aurora"),
    "Connecticut": ("New Haven", "Bridgeport", "Stamford"),
    "Washington": ("Seattle", "Tacoma", "Redmond"),
    "Florida": ("Miami", "Orlando", "Tampa"),
    "Illinois": ("Chicago", "Peoria", "Springfield"),
}
_ORGANISATIONS = ("ACME", "Partners", "Tech", "Cloud", "Synergy", "Test", "Debug")
_FORMS = ("co", "llc", "inc", "corp", "ltd")


def sliver_subject(rng: Random, common_name: str) -> Name:
    """The subject template of Sliver (BishopFox/sliver, server/certs/subject.go), which Havoc copied.

    A United States address whose postal code has four digits, and a street.
    """
    state = rng.choice(sorted(_CITIES))
    organisation = f"{rng.choice(_ORGANISATIONS)} {rng.choice(_FORMS)}"
    case = rng.choice((str.lower, str.upper, str.title))
    subject = (
        ("C", "US"),
        ("ST", state),
        ("L", rng.choice(_CITIES[state])),
        ("street", rng.choice(("", "Golden Gate Bridge"))),
        ("postalCode", str(rng.randint(1000, 8999))),
        ("O", case(organisation)),
        ("CN", common_name),
    )
    return subject if rng.random() < 0.8 else tuple(pair for pair in subject if pair[0] != "O")


def sliver(rng: Random, key: Key, signer: Key, now: datetime, host: str) -> Certificate:
    """Sliver's certificate for an HTTPS listener: the issuer, a CA that is never sent, has an empty name."""
    start = now - rng.randrange(30, 300) * DAY
    spec = Spec(
        subject=sliver_subject(rng, host),
        issuer=(),
        serial=random_serial(rng),
        not_before=start,
        not_after=start + rng.choice((365, 730, 1095)) * DAY,
        key=key,
        extensions=(
            key_usage("digitalSignature", "keyEncipherment"),
            extended_key_usage("serverAuth"),
            authority_key(signer.identifier),
            subject_alt_names(host),
        ),
    )
    return Certificate(spec.sign(signer), key)


def havoc(rng: Random, key: Key, now: datetime, host: str) -> Certificate:
    """Havoc's self-made certificate: the same template, issuer and subject alike."""
    extensions = (
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("clientAuth", "serverAuth"),
        subject_alt_names(host),
    )
    start = now - rng.randrange(5, 200) * DAY
    return self_signed(sliver_subject(rng, host), key, rng, start, 1095 * DAY, extensions)


def async_rat(rng: Random, key: Key, now: datetime, common_name: str) -> Certificate:
    """The generator that AsyncRAT, Quasar and their kin share (.NET with BouncyCastle): valid until the last second
    of 9999, sha512WithRSA, key identifier, then CA:TRUE; ``key`` should be RSA 4096."""
    start = now - timedelta(seconds=rng.randrange(10 * 86400, 400 * 86400))
    spec = Spec(
        subject=(("CN", common_name),),
        issuer=(("CN", common_name),),
        serial=random_serial(rng, 15),
        not_before=start,
        not_after=FOREVER,
        key=key,
        extensions=(subject_key(key), basic_constraints(True)),
        digest="sha512",
    )
    return Certificate(spec.sign(key), key)


def dcrat(rng: Random, key: Key, signer: Key, now: datetime) -> Certificate:
    """DcRat's leaf, signed by a private CA that is never sent; 3,935 days, RSA 1024, sha512WithRSA."""
    start = now - rng.randrange(20, 600) * DAY - timedelta(seconds=rng.randrange(86400))
    spec = Spec(
        subject=(("CN", "DcRat"),),
        issuer=(
            ("CN", "DcRat Server"),
            ("OU", "qwqdanchun"),
            ("O", "DcRat By qwqdanchun"),
            ("L", "SH"),
            ("C", "CN"),
        ),
        serial=random_serial(rng, 20),
        not_before=start,
        not_after=start + 3935 * DAY,
        key=key,
        extensions=(subject_key(key), authority_key(signer.identifier), basic_constraints(False)),
        digest="sha512",
    )
    return Certificate(spec.sign(signer), key)


def posh_c2(rng: Random, key: Key, now: datetime) -> Certificate:
    """PoshC2's default: version 1, serial 1000, ten times 365 days, SHA-1."""
    name: Name = (
        ("C", "US"),
        ("ST", "Minnesota"),
        ("L", "Minnetonka"),
        ("O", "Pajfds"),
        ("OU", "Jethpro"),
        ("CN", "P18055077"),
    )
    start = now - timedelta(seconds=rng.randrange(86400, 700 * 86400))
    spec = Spec(name, name, 1000, start, start + 3650 * DAY, key, digest="sha1", version=1)
    return Certificate(spec.sign(key), key)


def covenant(rng: Random, key: Key, now: datetime) -> Certificate:
    """Covenant's own certificate: CN=Covenant alone, 3,651 days."""
    start = now - timedelta(seconds=rng.randrange(86400, 500 * 86400))
    extensions = (
        key_usage("digitalSignature", "keyEncipherment", "dataEncipherment", critical=False),
        extended_key_usage("serverAuth"),
        subject_alt_names("Covenant", "localhost", "127.0.0.1"),
    )
    return self_signed((("CN", "Covenant"),), key, rng, start, 3651 * DAY, extensions, random_serial(rng, 8))


def mythic(rng: Random, key: Key, now: datetime) -> Certificate:
    """Mythic's own certificate: O=Mythic alone, one year."""
    start = now - timedelta(seconds=rng.randrange(86400, 300 * 86400))
    extensions = (
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("serverAuth"),
        basic_constraints(False),
    )
    return self_signed((("O", "Mythic"),), key, rng, start, 365 * DAY, extensions)


def claimed_issuer(
    rng: Random, key: Key, signer: Key, now: datetime, issuer: Name, host: str, lifetime_days: int = 90
) -> Certificate:
    """A leaf that names a well-known CA as its issuer but is signed by a key of the adversary's own.

    The key identifier of the issuer is that of the adversary's key, as any tool writes it.
    """
    start = now - timedelta(seconds=rng.randrange(5 * 86400, 45 * 86400))
    spec = Spec(
        subject=(("CN", host),),
        issuer=issuer,
        serial=random_serial(rng, 18),
        not_before=start,
        not_after=start + lifetime_days * DAY - timedelta(seconds=1),
        key=key,
        extensions=(
            key_usage("digitalSignature", *(("keyEncipherment",) if key.is_rsa else ())),
            extended_key_usage("serverAuth"),
            basic_constraints(False),
            subject_key(key),
            authority_key(signer.identifier),
            subject_alt_names(host, f"www.{host}"),
        ),
    )
    return Certificate(spec.sign(signer), key)


def junk_subject(rng: Random) -> Name:
    """A subject typed or generated without care, of the kinds seen on self-made listeners."""
    word = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(5, 9)))
    mixed = "".join(rng.choices(string.ascii_letters, k=rng.randint(10, 14)))
    digits = "".join(rng.choices(string.digits, k=4))
    choices: tuple[Name, ...] = (
        (("C", "XX"), ("ST", word[:3]), ("L", word[:4]), ("O", word), ("OU", word[::-1]), ("CN", mixed)),
        (("C", "US"), ("ST", "aa"), ("L", "aa"), ("O", "aa"), ("CN", word)),
        (("C", "AU"), ("ST", "Some-State"), ("O", mixed), ("CN", f"{word}{digits}")),
        (("CN", mixed),),
    )
    return rng.choice(choices)


def home_made(rng: Random, key: Key, now: datetime, subject: Name, days: int = 365) -> Certificate:
    """What ``openssl req -x509`` makes: both key identifiers and CA:TRUE."""
    start = now - timedelta(seconds=rng.randrange(86400, 120 * 86400))
    extensions = (subject_key(key), authority_key(key.identifier), basic_constraints(True))
    return self_signed(subject, key, rng, start, days * DAY, extensions, random_serial(rng, 20))


MALFORMATIONS = ("version", "time", "trailing")


def malformed(rng: Random, key: Key, now: datetime, kind: str, subject: Name) -> Certificate:
    """A certificate that strict parsers refuse and OpenSSL serves all the same.

    ``version``: version 9; ``time``: a notAfter with month 13; ``trailing``: an octet after the content of
    basicConstraints. Any other kind raises ValueError.
    """
    if kind not in MALFORMATIONS:
        raise ValueError(f"no such malformation: {kind}")
    start = now - timedelta(seconds=rng.randrange(86400, 200 * 86400))
    constraints = basic_constraints(True)
    if kind == "trailing":
        constraints = Extension(constraints.oid, constraints.value + b"\0", critical=False)
    bad_time = der.tlv(0x17, f"{start.year % 100 + 2:02d}1309000000Z".encode())
    spec = Spec(
        subject=subject,
        issuer=subject,
        serial=random_serial(rng, 8),
        not_before=start,
        not_after=start + 730 * DAY,
        key=key,
        extensions=(subject_key(key), constraints),
        version=9 if kind == "version" else 3,
        raw_not_after=bad_time if kind == "time" else None,
    )
    return Certificate(spec.sign(key), key)
