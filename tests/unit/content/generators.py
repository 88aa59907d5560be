"""Certificates exactly as the generators of adversaries' tools make them, from their published source and fixed seeds.

Each case says where its listener usually stands (port, server name or none). Names that operators choose are chosen
here, too: what must be found is the structure, so nearly every tool has a case whose operator renamed everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

from certhound.lab.certificates import der, tools
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
    subject_alt_names,
    subject_key,
)
from certhound.lab.certificates.keys import Key, KeyRing
from certhound.x509.structures import is_prime

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
FOREVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_KEYS = KeyRing(31)


@dataclass(frozen=True, slots=True)
class Case:
    """A certificate and how it is met: server port, the server name that clients send, seconds between sessions."""

    certificate: Certificate
    port: int = 443
    name: str | None = None
    every: float = 0.0
    sessions: int = 4
    transport: str = "tcp"
    by_names: int = 40
    """The least score where a sensor logs names only; 0 where nothing is asked."""


@cache
def rsa(bits: int = 2048) -> Key:
    return _KEYS.rsa("a", bits)


def ec(label: str = "a", curve: str = "P-256") -> Key:
    return _KEYS.ec(label, curve)


def name(text: str) -> Name:
    """``C=US, O=x`` in the order of the encoding; values hold no comma and blank."""
    pairs = [part.partition("=") for part in text.split(", ")] if text else []
    return tuple((type_, value) for type_, _, value in pairs)


def made(
    subject: Name | str,
    key: Key,
    start: datetime,
    end: datetime,
    extensions: tuple[Extension, ...],
    serial: int,
    *,
    issuer: Name | str | None = None,
    signer: Key | None = None,
    digest: str = "sha256",
    version: int = 3,
) -> Certificate:
    own = name(subject) if isinstance(subject, str) else subject
    other = own if issuer is None else name(issuer) if isinstance(issuer, str) else issuer
    spec = Spec(own, other, serial, start, end, key, extensions, digest, version)
    return Certificate(spec.sign(signer or key), key)


def prime(rng: Random, bits: int) -> int:
    """BouncyCastle's ``BigInteger.ProbablePrime``: the top bit is set."""
    while True:
        number = rng.getrandbits(bits) | 1 << (bits - 1) | 1
        if is_prime(number):
            return number


def moment(rng: Random, most_days: int = 300) -> datetime:
    return NOW - timedelta(seconds=rng.randrange(2 * 86400, most_days * 86400))


# --- .NET with BouncyCastle ------------------------------------------------------------------------------------------


def quasar(seed: int, common_name: str, bits: int = 4096) -> Certificate:
    """quasar/Quasar and AsyncRAT: CreateCertificateAuthority."""
    rng, key = Random(seed), rsa(bits)
    extensions = (subject_key(key), basic_constraints(True))
    start = moment(rng) - 2 * DAY
    return made(f"CN={common_name}", key, start, FOREVER, extensions, prime(rng, 120), digest="sha512")


def dcrat(seed: int, leaf: str, ca: str, author: str) -> Certificate:
    """qwqdanchun/DcRat and its copies: its own key signs under the made-up issuer."""
    rng, key = Random(seed), rsa(1024)
    made_at = moment(rng)
    return made(
        f"CN={leaf}", key, made_at - 285 * DAY, made_at + 3650 * DAY, (subject_key(key), basic_constraints(True)),
        prime(rng, 160), issuer=f"CN={ca}, OU={author}, O={ca} By {author}, L=SH, C=CN", digest="sha512",
    )  # fmt: skip


def pulsar(seed: int) -> Certificate:
    """Pulsar, a successor of Quasar that draws nearly everything "to avoid fingerprinting"."""
    rng, key = Random(seed), rsa()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    organisation, place = ("".join(rng.choices(letters, k=rng.randint(*size))) for size in ((8, 15), (5, 12)))
    country = "".join(rng.choices(letters[:26], k=2))
    made_at = moment(rng)
    extensions = (
        subject_key(key),
        basic_constraints(True),
        key_usage("keyCertSign", "cRLSign"),
        extended_key_usage("serverAuth"),
    )
    return made(
        f"CN=Update Service, O={organisation}, L={place}, C={country}", key, made_at - rng.randint(1, 7) * DAY,
        made_at.replace(day=1, year=made_at.year + rng.randint(5, 15)), extensions, prime(rng, rng.randint(120, 200)),
        digest=rng.choice(("sha256", "sha384", "sha512")),
    )  # fmt: skip


def pulsar_before(seed: int) -> Certificate:
    """An earlier Pulsar: ten years, a serial of 160 bits."""
    rng, key = Random(seed), rsa()
    made_at = moment(rng)
    end = made_at.replace(day=1, year=made_at.year + 10)
    extensions = (subject_key(key), basic_constraints(True))
    return made("CN=Local Service", key, made_at - DAY, end, extensions, prime(rng, 160), digest="sha512")


def orcus(seed: int) -> Certificate:
    """Orcus: from a year before midnight to thirty years after, by Windows' own functions."""
    rng, key = Random(seed), rsa()
    start = datetime(2025, 3, 2, tzinfo=UTC)
    return made("CN=Orcus Server", key, start, start.replace(year=2056), (), random_serial(rng), digest="sha1")


# --- Go --------------------------------------------------------------------------------------------------------------


def _sliver_template(rng: Random, host: str) -> Name:
    states: dict[str, tuple[str, ...]] = {"": ("",), "Arizona": ("Phoenix", "Mesa"), "Illinois": ("Chicago", "Peoria")}
    state = rng.choice(sorted(states))
    word, form = rng.choice(("", "ACME", "Partners", "Tech", "Debug")), rng.choice(("", "co", "llc", "ltd"))
    case = rng.choice((str.lower, str.upper, str.title, None))
    organisation: Name = () if case is None else (("O", case(f"{word} {form}").strip()),)
    # Go writes country, organisation, locality, province, street, postal code, then the common name.
    return (
        ("C", "US"), *organisation, ("L", rng.choice(states[state])), ("ST", state), ("street", ""),
        ("postalCode", str(rng.randint(1000, 8999))), ("CN", host),
    )  # fmt: skip


def sliver(seed: int, host: str) -> Certificate:
    """BishopFox/sliver's HTTPS listener: signed by a nameless CA that is never sent."""
    rng, key, ca = Random(seed), rsa(), ec("sliver ca", "P-384")
    start = moment(rng, 360)
    extensions = (
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("serverAuth"),
        authority_key(ca.identifier),
        subject_alt_names(host),
    )
    end = start + rng.choice((2, 3)) * 365 * DAY
    subject = _sliver_template(rng, host)
    return made(subject, key, start, end, extensions, rng.getrandbits(128), issuer=(), signer=ca)


def sliver_mtls(seed: int, host: str) -> Certificate:
    """Its listener for mutual TLS: the same, named by the host alone, on P-384."""
    rng, key, ca = Random(seed), ec("mtls", "P-384"), ec("sliver ca", "P-384")
    start = moment(rng, 360)
    extensions = (
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("serverAuth"),
        authority_key(ca.identifier),
        subject_alt_names(host),
    )
    serial = rng.getrandbits(127)
    return made(f"CN={host}", key, start, start + 1095 * DAY, extensions, serial, issuer=(), signer=ca, digest="sha384")


def sliver_nameless(seed: int) -> Certificate:
    """Its listener for mutual TLS where the operator gave no host."""
    rng, key, ca = Random(seed), ec("mtls", "P-384"), ec("sliver ca", "P-384")
    start = moment(rng, 360)
    extensions = (
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("serverAuth"),
        authority_key(ca.identifier),
    )
    return made("", key, start, start + 1095 * DAY, extensions, rng.getrandbits(127), signer=ca, digest="sha384")


def sliver_first(seed: int, host: str) -> Certificate:
    """Its first versions: an organisation without a value, on both sides."""
    rng, key, ca = Random(seed), rsa(), ec("sliver ca", "P-384")
    start = moment(rng, 360)
    extensions = (
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("serverAuth"),
        subject_alt_names(host),
    )
    serial = rng.getrandbits(127)
    own = (("O", ""),)
    return made(own, key, start, start + 1095 * DAY, extensions, serial, issuer=own, signer=ca)


def havoc(seed: int, host: str) -> Certificate:
    """HavocFramework/Havoc: Sliver's template, its own CA and server at once."""
    rng, key = Random(seed), rsa()
    start = moment(rng, 360)
    extensions = (
        key_usage("digitalSignature", "keyEncipherment", "keyCertSign"),
        extended_key_usage("serverAuth", "clientAuth"),
        basic_constraints(True),
        subject_key(key),
        subject_alt_names(host),
    )
    return made(_sliver_template(rng, host), key, start, start + 1095 * DAY, extensions, rng.getrandbits(127))


def go_server(seed: int, subject: str, key: Key, days: int = 365) -> Certificate:
    """A server's certificate of Go's making without names: Mythic, and a nameless one as Merlin's."""
    rng = Random(seed)
    start = moment(rng, 200)
    usages = key_usage("digitalSignature", "keyEncipherment")
    extensions = (usages, extended_key_usage("serverAuth"), basic_constraints(False))
    return made(subject, key, start, start + days * DAY, extensions, rng.getrandbits(127))


def evilginx(seed: int, host: str) -> Certificate:
    """kgretzky/evilginx2 in developer mode."""
    rng, key, ca = Random(seed), rsa(), rsa(1024)
    start = moment(rng, 200)
    extensions = (
        key_usage("digitalSignature", "keyEncipherment"),
        extended_key_usage("serverAuth"),
        basic_constraints(True),
        authority_key(ca.identifier),
        subject_alt_names(host),
    )
    return made(
        f"O=Evilginx Signature Trust Co., CN={host}", key, start, start + 365 * DAY, extensions, rng.getrandbits(127),
        issuer="O=Evilginx Signature Trust Co., CN=Evilginx Super-Evil Root CA", signer=ca,
    )  # fmt: skip


# --- Java, Python, Ruby, OpenSSL -------------------------------------------------------------------------------------


def keytool(seed: int, subject: str | Name, days: int = 365) -> Certificate:
    """Cobalt Strike's ``https-certificate`` block, which runs keytool."""
    rng, key = Random(seed), rsa()
    start = moment(rng, 200)
    return made(subject, key, start, start + days * DAY, (subject_key(key),), rng.getrandbits(31))


def poshc2(seed: int, subject: str) -> Certificate:
    """nettitude/PoshC2, poshc2/server/Certificate.py."""
    start = moment(Random(seed), 200)
    return made(subject, rsa(), start, start + 3650 * DAY, (), 1000, version=1)


def rex(seed: int) -> Certificate:
    """rapid7/rex-socket: the whole name in the country, another one in the issuer's, its own key signs."""
    rng, key = Random(seed), rsa()
    start = NOW - timedelta(seconds=rng.randrange(365 * 86400, 4 * 365 * 86400))
    subject = (("C", "US/ST=VA/L=Opwnzzkq/O=Mhgtrs/CN=ya3.hk9fdw.net"),)
    issuer = (("C", "US/O=Kdnwops/CN=Vhsk Qowm"),)
    end = start + rng.randint(3, 9) * 365 * DAY
    return made(
        subject, key, start, end, (basic_constraints(False, critical=False),), rng.getrandbits(64), issuer=issuer
    )


def pupy(seed: int, version: int = 3) -> Certificate:
    """n1nj4sec/pupy, PupyCredentials.py (M2Crypto writes version 4 where it was told 3)."""
    rng, key, ca = Random(seed), rsa(1024), ec("pupy ca")
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    own, other = ("".join(rng.choices(letters, k=10)) for _ in range(2))
    start = moment(rng, 300)
    extensions = (
        basic_constraints(False),
        subject_key(key),
        key_usage("keyEncipherment"),
        Extension("2.16.840.1.113730.1.1", der.named_bits((1,))),
    )
    return made(
        f"O={own}, OU=SERVERS",
        key,
        start,
        start + 365 * DAY,
        extensions,
        2,
        issuer=f"O={other}",
        signer=ca,
        version=version,
    )


def covenant(seed: int, address: str) -> Certificate:
    """cobbr/Covenant, CreateSelfSignedCertificate: a listener is named by its address."""
    rng, key = Random(seed), rsa()
    at = moment(rng, 200)
    extensions = (
        key_usage("digitalSignature", "keyEncipherment", "dataEncipherment", critical=False),
        extended_key_usage("serverAuth"),
        subject_alt_names(address),
    )
    serial = rng.getrandbits(62) | 1 << 61
    return made(f"CN={address}", key, at - DAY, at + 3650 * DAY, extensions, serial)


def openssl(seed: int, subject: Name | str, days: int = 365, key: Key | None = None) -> Certificate:
    """``openssl req -x509``: Empire's cert.sh, AdaptixC2's ssl_gen.sh, Villain's and many others' instructions."""
    rng, used = Random(seed), key or rsa()
    start = moment(rng, min(300, days))
    extensions = (subject_key(used), authority_key(used.identifier), basic_constraints(True))
    return made(subject, used, start, start + days * DAY, extensions, random_serial(rng, 20))


_SYLLABLES = (
    "wem add hix chac oof wor oro gup ssd at eei tha pom ste tro nrc hed anp ppo eeb psp rpo unst aqu ycah".split()
)


def dridex(seed: int) -> Certificate:
    """Dridex and its loaders: made-up words as host and company, a legal form, a capital that goes with the country."""
    rng, key = Random(seed), rsa()

    def word(least: int, most: int) -> str:
        return "".join(rng.choices(_SYLLABLES, k=rng.randint(least, most)))

    host = f"{word(2, 3).capitalize()}.{rng.randint(2, 9)}{word(2, 3).title()}.{rng.choice(('tm', 'loan', 'nagoya'))}"
    form = rng.choice(("GmBH", "S.p.a.", "SAS", "LLC"))
    place, country = rng.choice((("Lilongwe", "MW"), ("Abidjan", "CI"), ("N'Djamena", "TD"), ("Tirana", "AL")))
    start = moment(rng, 100)
    extensions = (subject_key(key), authority_key(key.identifier), basic_constraints(True))
    company = f"{word(2, 2).capitalize()} {word(2, 3).capitalize()} {form}"
    return made(
        f"C={country}, L={place}, O={company}, CN={host}",
        key,
        start,
        start + 184 * DAY,
        extensions,
        random_serial(rng, 8),
    )


def qakbot(seed: int) -> Certificate:
    """Qakbot: a unit of a few words and a short host; its issuer is made up and has the same host."""
    rng, key, ca = Random(seed), rsa(), ec("qakbot ca")
    start = moment(rng, 100)
    issuer = "C=BY, ST=OS, L=Wuio Tpreo, O=Mrsw Uiqp Inc., CN=qzmod.biz"
    return made(
        "C=BY, OU=Mneo Wpqsz, CN=qzmod.biz", key, start, start + 365 * DAY, (), random_serial(rng, 2),
        issuer=issuer, signer=ca,
    )  # fmt: skip


ALIYUN = (("C", "CN"), ("L", "HangZhou"), ("O", "Alibaba (China) Technology Co., Ltd."), ("CN", "*.aliyun.com"))
GLOBAL_SECURITY = "C=GB, ST=London, L=London, O=Global Security, OU=IT Department, CN=example.com"
SAMPLES = "C=AU, ST=Some-State, O=Internet Widgits Pty Ltd"
MICROSOFT = "C=US, ST=WA, L=Redmond, O=Microsoft Corporation, OU=Microsoft IT, CN=*.microsoft.com"
TEAM = "C=DE, ST=Hessen, L=Kassel, O=Nordlicht Handel, OU=IT, CN=portal.nordlicht.example"


def _metasploit() -> Certificate:
    return tools.metasploit(Random(5), rsa(), NOW)


def adversaries() -> Iterator[tuple[str, Case]]:
    """Every case by its name. ``by_names`` 0: names alone say too little of it."""
    yield "quasar", Case(quasar(1, "Quasar Server CA"), 4782)
    yield "quasar, renamed", Case(quasar(2, "Windows Time"), 4782)
    yield "quasar, renamed, weaker key, port of the Web", Case(quasar(3, "mail", 2048), 443)
    yield "asyncrat", Case(quasar(4, "AsyncRAT Server"), 6606)
    yield "asyncrat, renamed", Case(quasar(5, "client-api"), 8808)
    yield "dcrat", Case(dcrat(1, "DcRat", "DcRat Server", "qwqdanchun"), 8848)
    yield "boratrat, a copy of dcrat", Case(dcrat(2, "BoratRat", "BoratRat", "Sa8XOfH1BudX"), 443)
    yield "pegasus, a copy of dcrat", Case(dcrat(3, "PEGASUS", "PEGASUS", "PEGASUSSoft"), 4449)
    yield "pulsar", Case(pulsar(1), 443, by_names=70)
    yield "pulsar, another", Case(pulsar(2), 9000, by_names=0)
    yield "pulsar before", Case(pulsar_before(3), 443)
    yield "orcus", Case(orcus(1), 10134)
    yield "bitrat", Case(openssl(9, "CN=BitRAT"), 8080)
    yield "sliver, a host", Case(sliver(1, "cdn.nordlicht.example"), name="cdn.nordlicht.example")
    yield "sliver, an address", Case(sliver(2, "203.0.113.9"))
    yield "sliver, mutual TLS", Case(sliver_mtls(3, "multi.example"), 8888, by_names=0)
    yield "sliver, first versions", Case(sliver_first(4, "update.example"), name="update.example", by_names=0)
    yield "havoc", Case(havoc(5, "203.0.113.10"))
    yield "metasploit", Case(_metasploit(), 8443)
    yield "metasploit, rex", Case(rex(6), 4444)
    yield "cobalt strike", Case(tools.cobalt_strike(Random(7), rsa(), NOW))
    yield "cobalt strike, a profile posing as Microsoft", Case(keytool(8, MICROSOFT), name="update.microsoft.com")
    yield "cobalt strike, a profile posing as jQuery", Case(keytool(9, "C=US, O=jQuery, CN=code.jquery.com"))
    yield (
        "cobalt strike, a profile, like a clock",
        Case(keytool(10, TEAM), name="portal.nordlicht.example", every=60.0, sessions=40, by_names=60),
    )
    yield (
        "cobalt strike, a profile half filled",
        Case(
            keytool(11, (("C", "US"), ("ST", ""), ("L", ""), ("O", "Foo"), ("OU", ""), ("CN", "a.example"))), by_names=0
        ),
    )
    yield (
        "meterpreter's own certificate, a borrowed name, like a clock",
        Case(openssl(54, "CN=gateway7"), name="www.office.com", every=40.0, sessions=20),
    )
    posh = "C=US, ST=Minnesota, L=Minnetonka, O=Pajfds, OU=Jethpro, CN=P18055077"
    yield "poshc2", Case(poshc2(12, posh))
    yield "poshc2, renamed", Case(poshc2(13, TEAM))
    yield "covenant", Case(tools.covenant(Random(14), rsa(), NOW), 7443)
    yield "covenant, a listener", Case(covenant(15, "203.0.113.11"), by_names=0)
    yield "empire", Case(openssl(16, "C=US"))
    yield "mythic", Case(tools.mythic(Random(17), ec("mythic", "P-384"), NOW), 7443)
    yield "mythic, renamed", Case(go_server(18, "O=Nordlicht", ec("mythic", "P-384")), 7443, by_names=0)
    yield "merlin, nameless", Case(go_server(19, "", rsa()), by_names=0)
    yield "pupy", Case(pupy(20), 8443, by_names=0)
    yield "pupy, version 4", Case(pupy(21, 4), 443, by_names=0)
    yield "evilginx, developer mode", Case(evilginx(22, "login.nordlicht.example"), name="login.nordlicht.example")
    yield "adaptix, samples, like a clock", Case(openssl(23, SAMPLES, 3650), 4321, every=5.0, sessions=60)
    yield (
        "villain, a typed subject, like a clock",
        Case(openssl(24, "C=US, ST=NY, L=NY, O=corp"), every=1.2, sessions=90),
    )
    yield "brute ratel, a plain name, like a clock", Case(openssl(25, "CN=gw"), every=62.0, sessions=50)
    yield "deimos, like a clock", Case(go_server(26, "O=Acme Co", rsa(4096)), 4443, every=30.0, sessions=30)
    yield "trickbot, a manual's sample", Case(openssl(27, GLOBAL_SECURITY), 449)
    yield "trickbot, OpenSSL's samples", Case(openssl(52, SAMPLES), 447)
    yield "sliver, mutual TLS without a name", Case(sliver_nameless(53), 8888, by_names=0)
    yield "emotet, a manual's sample", Case(openssl(28, GLOBAL_SECURITY), 8080)
    yield "icedid", Case(openssl(29, "CN=localhost, C=AU, ST=Some-State, O=Internet Widgits Pty Ltd"), by_names=0)
    yield "icedid, older", Case(openssl(30, "CN=kTgRbVqZwX.net"))
    yield "gozi", Case(openssl(31, "C=XX, ST=1, L=1, O=1, OU=1, CN=*"))
    for seed in range(40, 46):
        yield f"dridex {seed}", Case(dridex(seed))
    yield "qakbot", Case(qakbot(46), 995, by_names=0)
    yield "pikabot", Case(openssl(47, "C=KE, ST=LM, O=Undrape Palaemon, OU=Sabotage, L=Marsala, CN=slackly.cat",
                                  key=rsa(4096)), 2967)  # fmt: skip
    yield "geacon", Case(openssl(48, "C=KZ, ST=KZ, L=, O=NN Fern Sub, OU=NN Fern, CN=foren.zik"))
    yield "bianlian", Case(openssl(49, "C=aB3dE6gH9jK2mN5p, O=q8R1sT4uV7wX0yZ3, OU=A6bC9dE2fG5hJ8kL"))
    yield "redguard", Case(openssl(50, ALIYUN))
    yield (
        "forged public CA",
        Case(
            tools.claimed_issuer(
                Random(51), rsa(), ec("forger"), NOW, name("C=US, O=Let's Encrypt, CN=R3"), "a.example"
            ),
            name="a.example",
            by_names=0,
        ),
    )
