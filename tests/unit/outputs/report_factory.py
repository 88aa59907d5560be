"""A synthetic, realistic report from a seed, and one in which every text is hostile.

``make_report(seed, extra)`` tells the story of a small organisation: a few adversary certificates, ordinary hygiene,
and ``extra`` more findings to see how an output bears many. ``hostile(report, text)`` puts a text into every text
field of the report by walking its dataclasses, so that a field added later is tested without a word here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from certhound.findings.report import (
    Counted,
    Entity,
    Finding,
    HiddenFinding,
    Meeting,
    MetBy,
    NotRun,
    Origin,
    Rejected,
    Related,
    Report,
    Signal,
    SourceRead,
    Unrecognised,
)
from certhound.model.levels import Confidence, severity_of

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SPAN_H = 72

METASPLOIT = (
    "subject_metasploit",
    "Generated subject in the manner of Metasploit",
    "subject",
    "The subject is built as Metasploit builds it: an O of two surnames, an OU from its list of verbs, an e-mail "
    "address that is OU@CN",
)
OUTSIDE = (
    "self_signed_outside",
    "Self-signed at an outside address",
    "issuer",
    "A self-signed certificate answers at an address outside the organisation's networks",
)
PORT = ("unusual_port", "Unusual port", "place", "TLS on a port on which it is not ordinary")
REPEATED = (
    "repeated_contact",
    "Repeated contact, few clients",
    "behaviour",
    "One client met this certificate again and again, every 60 s (median), and nobody else ever did",
)
DEFAULT = (
    "c2_default_certificate",
    "Default certificate of Cobalt Strike",
    "known",
    "The serial 8bb00ee and the subject are those that Cobalt Strike's team server ships",
)
FOREIGN_KEY = (
    "claimed_ca_foreign_key",
    "Claims a well-known CA, signed by another key",
    "issuer",
    "The issuer calls itself R11 of Let's Encrypt, but its key is not that intermediate's",
)
EXPIRED = ("expired_when_met", "Expired when met", "validity", "The certificate had expired when it was met")
WRONG_NAME = ("name_mismatch", "Wrong name", "name", "The certificate does not cover the name that was asked for")
JUNK = ("junk_subject", "Junk subject", "subject", "The subject says nothing: CN=asdf, O=asdf")
SIGMA = (
    "d1a6ab62-d8d0-4bd4-b8f4-27d5a4e0b7a1",
    "Suspicious SSL Certificate Issuer",
    "issuer",
    "Matches a public rule: the issuer has none of the usual attributes",
)


def _signal(kind: tuple[str, str, str, str], score: int, share: int, author: str = "certhound") -> Signal:
    rule, title, family, reason = kind
    return Signal(
        rule=rule,
        title=title,
        score=score,
        points=share,
        family=family,
        reason=reason,
        author=author,
        url="https://rules.example/rule" if author != "certhound" else "",
        tags=("attack.t1608.003", "attack.t1587.003"),
        known_gaps=("An operator who brings a certificate of a public CA is not seen by this rule.",),
        false_positives=("A laboratory that runs the framework on purpose.",),
        matched=3,
        origins=(Origin("zeek/x509.log", line=1042, record=1034), Origin("zeek/ssl.log.gz", line=88, record=80)),
    )


def _hex(*parts: object, bits: int = 256) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[: bits // 4]


def certificate(
    subject: str,
    issuer: str,
    *,
    names: tuple[str, ...] = (),
    start: datetime = START,
    lifetime: timedelta = timedelta(days=365),
    **more: object,
) -> dict[str, object]:
    """A row of ``certificates`` as an output meets it."""
    common = subject.partition("CN=")[2].partition(",")[0]
    row: dict[str, object] = {
        "id": _hex(subject, issuer, start),
        "sha256": _hex(subject, issuer, start),
        "sha1": _hex(subject, issuer, start, bits=160),
        "spki_sha256": _hex("key", subject),
        "version": 3,
        "serial": _hex("serial", subject, bits=128),
        "subject": subject,
        "subject_cn": common or None,
        "issuer": issuer,
        "issuer_cn": issuer.partition("CN=")[2].partition(",")[0],
        "not_before": start,
        "not_after": start + lifetime,
        "san_dns": list(names),
        "key_type": "rsa",
        "key_bits": 2048,
        "signature_algorithm": "sha256WithRSAEncryption",
        "is_ca": False,
        "key_usage": ["digital_signature", "key_encipherment"],
        "ext_key_usage": ["server_auth"],
        "self_issued": subject == issuer,
        "self_signed": subject == issuer,
        "trust": "untrusted",
        "trust_reason": "self_signed" if subject == issuer else "unknown_issuer",
        "house_trust": "untrusted",
        "house_trust_reason": "unknown_issuer",
        "field_errors": {},
        "sources": ["zeek.x509", "certificate.der"],
        "origin_file": "zeek/x509.log",
        "origin_line": 1042,
    }
    return row | more


def finding(
    number: int,
    row: dict[str, object],
    signals: tuple[Signal, ...],
    *,
    clients: tuple[str, ...],
    destination: str,
    name: str | None,
    first_h: float,
    last_h: float,
    sessions: int,
    chain: tuple[dict[str, object], ...] = (),
    confidence: Confidence = Confidence.MEDIUM,
    rng: random.Random | None = None,
) -> Finding:
    """One finding whose score is the sum of its signals' points."""
    score = sum(signal.points for signal in signals)
    first, last = START + timedelta(hours=first_h), START + timedelta(hours=last_h)
    rng = rng or random.Random(number)
    met = []
    for place, client in enumerate(clients):
        share = max(1, sessions // len(clients))
        begin = first + timedelta(hours=place * 2 if len(clients) > 1 and last_h - first_h > 8 else 0)
        step = (last - begin) / max(1, min(share, 120))
        times = tuple(begin + step * k + timedelta(seconds=rng.randrange(-20, 20)) for k in range(min(share, 120)))
        met.append(MetBy(client, share, begin, last, times))
    return Finding(
        id=f"F-{_hex('finding', number, bits=48)}",
        severity=severity_of(score),
        score=score,
        confidence=confidence,
        entity=Entity(
            "certificate",
            str(row["id"]),
            str(row["sha256"]),
            str(row["sha1"]),
            str(row["serial"]),
            str(row["subject"]),
            str(row["issuer"]),
            tuple(str(each) for each in row["san_dns"]),  # type: ignore[attr-defined]
        ),
        signals=signals,
        first_seen=first,
        last_seen=last,
        clients=Counted(len(clients), clients),
        destinations=Counted(1, (destination,)),
        sessions=sessions,
        meetings=(
            Meeting(
                name,
                destination,
                sessions,
                Counted(len(clients), clients),
                first,
                last,
                {"seen": sessions},
                "mismatch" if name else None,
                60.0 if sessions > 100 else None,
            ),
        ),
        certificate=row,
        chain=chain,
        clears="A certificate of a known CA at this address would take it below low: points 62 and 25 would go.",
        counter_evidence=("The name was looked up in DNS before the first contact.",),
        met_by=tuple(met),
        related=_RELATED if number == 1 else (),
    )


_RELATED = (
    Related(
        "process",
        ("community_id", "time within 300 s"),
        Confidence.HIGH,
        r"C:\Users\bob\a.exe of CORP\bob on PC1 connected to 203.0.113.66:8443",
        "endpoint",
        3,
        START,
        START + timedelta(hours=2),
        Origin("sysmon.xml", 7, 7),
    ),
    Related("mail", ("host of the link",), Confidence.MEDIUM, "a mail from bob@evil.example links to it", "mail"),
)


def _adversaries() -> list[Finding]:
    generated = "CN=kling.info,O=Kling\\, Ward and Hahn,OU=bypass,emailAddress=bypass@kling.info"
    lets_encrypt = "CN=R11,O=Let's Encrypt,C=US"
    fake = certificate(
        "CN=mail.brook-logistics.example",
        lets_encrypt,
        names=("mail.brook-logistics.example", "brook-logistics.example"),
        start=START - timedelta(days=3),
        lifetime=timedelta(days=90),
        aki="c5cf46a4eaf4c3c07a6c95c42db05e922f26e3b9",
        issuer_key_is_foreign=True,
    )
    fake_ca = certificate(
        lets_encrypt, lets_encrypt, start=START - timedelta(days=3), lifetime=timedelta(days=3650), is_ca=True
    )
    strike = "CN=Major Cobalt Strike,OU=AdvancedPenTesting,O=cobaltstrike,L=Somewhere,ST=Cyberspace,C=Earth"
    return [
        finding(
            1,
            certificate(generated, generated, lifetime=timedelta(days=1825), subject_is_metasploit_generated=True),
            (_signal(METASPLOIT, 92, 66), _signal(OUTSIDE, 40, 14), _signal(REPEATED, 45, 13), _signal(PORT, 15, 4)),
            clients=("10.20.4.17",),
            destination="203.0.113.66:8443",
            name=None,
            first_h=9.5,
            last_h=70.1,
            sessions=3641,
            confidence=Confidence.HIGH,
        ),
        finding(
            2,
            certificate(strike, strike, start=datetime(2015, 5, 20, 18, 26, 24, tzinfo=UTC), serial="8bb00ee"),
            (_signal(DEFAULT, 95, 73), _signal(EXPIRED, 30, 11), _signal(OUTSIDE, 40, 11)),
            clients=("10.20.4.17", "10.20.7.31"),
            destination="198.51.100.23:443",
            name=None,
            first_h=20,
            last_h=41,
            sessions=212,
            confidence=Confidence.HIGH,
        ),
        finding(
            3,
            fake,
            (_signal(FOREIGN_KEY, 80, 66), _signal(SIGMA, 30, 12, author="Florian Example (Example Systems)")),
            clients=("10.20.9.2", "10.20.9.8", "10.20.9.14", "10.20.9.15", "10.20.9.77"),
            destination="203.0.113.140:443",
            name="mail.brook-logistics.example",
            first_h=44,
            last_h=58,
            sessions=37,
            chain=(fake_ca,),
        ),
    ]


def _others() -> list[Finding]:
    appliance = "CN=192.168.1.1,O=Router Works,C=DE"
    return [
        finding(
            4,
            certificate("CN=asdf,O=asdf,C=XX", "CN=asdf,O=asdf,C=XX", lifetime=timedelta(days=3650)),
            (_signal(JUNK, 40, 30), _signal(OUTSIDE, 40, 28)),
            clients=("10.20.3.3",),
            destination="198.51.100.200:443",
            name="cdn-4.tracking.example",
            first_h=30,
            last_h=30.2,
            sessions=4,
        ),
        finding(
            5,
            certificate(appliance, appliance, start=START - timedelta(days=4000), lifetime=timedelta(days=3650)),
            (_signal(EXPIRED, 30, 22),),
            clients=tuple(f"10.20.1.{n}" for n in range(1, 9)),
            destination="10.20.0.1:8443",
            name=None,
            first_h=0,
            last_h=71,
            sessions=640,
        ),
        finding(
            6,
            certificate(
                "CN=*.legacy.example",
                "CN=House CA 2,O=Example GmbH",
                names=("*.legacy.example",),
                house_trust="trusted",
                house_trust_reason="trusted",
            ),
            (_signal(WRONG_NAME, 18, 18),),
            clients=("10.20.5.5", "10.20.5.6"),
            destination="10.20.200.4:443",
            name="app.old.example",
            first_h=3,
            last_h=66,
            sessions=96,
        ),
    ]


def _filler(number: int, rng: random.Random) -> Finding:
    kinds = rng.sample([METASPLOIT, OUTSIDE, PORT, EXPIRED, WRONG_NAME, JUNK, REPEATED], rng.randint(1, 4))
    weights = [rng.choice((5, 8, 12, 18, 24)) for _ in kinds]
    host = f"host{number}.example"
    first = rng.uniform(0, 60)
    return finding(
        number,
        certificate(f"CN={host},O=Example {number}", f"CN={host},O=Example {number}", names=(host, f"www.{host}")),
        tuple(_signal(kind, min(99, weight + 10), weight) for kind, weight in zip(kinds, weights, strict=True)),
        clients=tuple(f"10.21.{rng.randrange(250)}.{rng.randrange(250)}" for _ in range(rng.randint(1, 6))),
        destination=f"198.51.100.{number % 250}:443",
        name=host,
        first_h=first,
        last_h=first + rng.uniform(0, 12),
        sessions=rng.randint(1, 400),
        rng=rng,
    )


def make_report(seed: int = 1, extra: int = 0) -> Report:
    """The report of a three-day run; the same seed gives the same report."""
    rng = random.Random(seed)
    findings = _adversaries() + _others() + [_filler(100 + n, rng) for n in range(extra)]
    findings.sort(key=lambda each: (-each.score, each.id))
    hidden = dataclasses.replace(_others()[1], id="F-0000hidden00")
    return Report(
        findings=tuple(findings),
        hidden=(HiddenFinding(hidden, "Old firewall, replaced in June", "network team", "2026-07-01"),),
        ledger={
            "seen": 41_210,
            "hidden_tls13": 30_877,
            "hidden_ech": 12,
            "resumed": 18_004,
            "resigned": 0,
            "failed": 1_919,
            "not_logged": 91,
        },
        rejected=(
            Rejected("zeek/ssl.2026-03-02.log.gz", "gzip ends before its end-of-stream marker", 12, 88_121),
            Rejected("zeek/x509.log", "the line has 18 columns, the header names 21", 3, 4_410),
        ),
        not_run=(
            NotRun("encoded_url", "Certificate fetched by a script", ("script",), "no source filled this column"),
            NotRun("b1e5", "Suspicious mail link", ("mail_urls",), "no source filled this column", "Jane Example"),
        ),
        sources=(
            SourceRead("zeek.ssl", 3, 92_113, 12, 31_200_441),
            SourceRead("zeek.x509", 3, 18_200, 3, 9_111_200),
            SourceRead("certificate.der", 41, 41, 0, 60_101),
        ),
        unrecognised=(
            Unrecognised("notes.txt", "looks like plain text"),
            Unrecognised("dump.pcap", "a packet capture"),
        ),
        notes=("No profile was found: private address space counts as inside.",),
        rules_run=23,
        certificates=1_284,
        sessions=92_113,
        first_seen=START,
        last_seen=START + timedelta(hours=SPAN_H),
        seconds=3.42,
        bytes_read=40_371_742,
        inputs=("zeek/", "certs/"),
        next_commands=(f"certhound explain {findings[0].id}", "certhound scan zeek/ --html report.html"),
        tool_version="0.1.0",
    )


def empty_report() -> Report:
    """A run that read something and found nothing."""
    return dataclasses.replace(make_report(), findings=(), next_commands=())


HOSTILE_TEXTS: dict[str, str] = {
    "script": "<script>document.title='owned'</script>",
    "image": "<img src=x onerror=\"document.title='owned'\">",
    "attribute": "\" onmouseover=\"document.title='owned'\" autofocus onfocus=\"document.title='owned'\" x='",
    "template": "{{ 7*7 }}{% for x in y %}${7*7}#{7*7}",
    "closing": "</style></script></title></details><script>document.title='owned'</script>",
    "comment": "--><script>document.title='owned'</script><!--",
    "javascript": "javascript:document.title='owned'",
    "svg": "<svg/onload=document.title='owned'>",
    "ansi": "\x1b[31mred\x1b[0m\x1b]0;owned\x07\x1b[2J\x1b[H\x9b31m\x90q\x9c",
    "bidi": "moc.elpmaxe\u202e\u2066txt.exe\u2069\u200f",
    "nul": "before\x00after\x08\x7f\r\noverwritten",
    "formula": "=cmd|'/C calc'!A0",
    "formula_tab": '\t=HYPERLINK("http://evil.example")',
    "markup": "[red]not red[/red][link=http://evil.example]x[/link] :smile: [/]",
    "long": "A" * 20_000,
    "rtl": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "invisible": "a\u200bb\ufeffc\u00add\U000e0041e\u3164",
    "surrogate": "caf\udce9 \ud800",
    "zalgo": "z" + "\u0300\u0301\u0302\u0303\u0304" * 40,
    "quote": "a\"b'c`d\\e,f;g\u2028h",
    "wide": "\u8b49\u660e\u66f8" * 30,
    "empty": "",
}
"""Texts that an adversary may write into any field, by what they attack."""


def hostile(report: Report, text: str) -> Report:
    """The report with ``text`` in every text field, key and list (levels stay what they are)."""
    changed: Report = _walk(report, lambda _: text)
    return changed


def _walk(value: Any, put: Callable[[str], str]) -> Any:
    if isinstance(value, Enum) or value is None:
        return value
    if isinstance(value, str):
        return put(value)
    if isinstance(value, tuple | list):
        return type(value)(_walk(each, put) for each in value)
    if isinstance(value, dict):
        kept = {key: _walk(each, put) for key, each in value.items()}
        return kept | {put(key): each for key, each in list(kept.items())[:1]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {field.name: _walk(getattr(value, field.name), put) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **changes)
    return value


def shown(report: Report) -> Report:
    """The report with every text marked by a running number, to see which fields an output shows."""
    counter = iter(range(10**9))
    marked: Report = _walk(report, lambda _: f"mark{next(counter):06d}k")
    return marked
