"""The lists of known certificates: what they find, what they leave alone, and how a wrong list is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from trait_facts import facts_of_der, facts_of_names, trait

from certhound.lab.certificates import appliances, tools
from certhound.lab.certificates.keys import Key, KeyRing
from certhound.model.errors import ContentError
from certhound.x509.distinguished_name import build_name
from certhound.x509.dn_text import parse_name
from certhound.x509.known import CLASSES, known_certificates, read_list
from certhound.x509.traits import Facts

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PUBLIC = "CN=R3,O=Let's Encrypt,C=US"


@pytest.fixture(scope="module")
def key() -> Key:
    return KeyRing(7).ec("leaf")


CASES: list[tuple[Facts, tuple[str, str, str] | None]] = [
    (Facts(serial="8bb00ee"), ("Cobalt Strike", "malicious", "strong")),
    (Facts(sha1="6ece5ece4192683d2d84e25b0ba7e04f9cb7eb7c"), ("Cobalt Strike", "malicious", "strong")),
    (Facts(md5="950098276a495286eb2a2556fbab6d83"), ("Cobalt Strike", "malicious", "strong")),
    (facts_of_names("CN=AsyncRat server"), ("AsyncRAT", "malicious", "strong")),
    (facts_of_names("CN=Covenant"), ("Covenant", "malicious", "strong")),
    (facts_of_names("CN=Covenant,O=Covenant House,C=US"), None),
    (facts_of_names("CN=Covenant", PUBLIC), None),
    (facts_of_names("O=Mythic"), ("Mythic", "malicious", "strong")),
    (facts_of_names("CN=www.mythic.example,O=Mythic"), None),
    (facts_of_names("C=US"), ("Empire", "malicious", "medium")),
    (facts_of_names("CN=Venom", "CN=Server,O=Venom By qwqdanchun"), ("DcRat and its kin", "malicious", "strong")),
    (facts_of_names("CN=multiplayer", "CN=operators"), ("Sliver", "malicious", "strong")),
    (facts_of_names("OU=CONTROL,O=AbcdEfghij", "O=KlmnOpqrst"), ("Pupy", "malicious", "strong")),
    (
        facts_of_names("CN=*.aliyun.com,O=Alibaba (China) Technology Co.\\, Ltd.,C=CN"),
        ("RedGuard", "malicious", "strong"),
    ),
    (facts_of_names("CN=*.aliyun.com,O=Alibaba (China) Technology Co.\\, Ltd.,C=CN", PUBLIC, trust="trusted"), None),
    (facts_of_names("CN=localhost,O=Internet Widgits Pty Ltd,ST=Some-State,C=AU"), ("OpenSSL", "weak", "weak")),
    (
        facts_of_names("CN=x,O=Default Company Ltd,L=Default City,C=XX", days=365),
        ("OpenSSL on Red Hat and CentOS", "weak", "weak"),
    ),
    (
        facts_of_names("CN=x,O=Default Company Ltd,L=Default City,C=XX", days=2000),
        ("FindPOS and others", "malicious", "medium"),
    ),
    (facts_of_names("O=Gophish"), ("Gophish", "dual_use", "strong")),
    (facts_of_names("CN=www.mk3hxyz2dpz.net", "CN=www.4gkxwq7aw.com"), ("Tor relay", "dual_use", "weak")),
    (facts_of_names("CN=www.shopping.net", PUBLIC), None),
    (
        facts_of_names("CN=bank.example", "CN=PortSwigger CA,OU=PortSwigger CA,O=PortSwigger"),
        ("Burp Suite", "interception", "strong"),
    ),
    (
        facts_of_names("CN=bank.example", "CN=FG100,OU=Certificate Authority,O=Fortinet"),
        ("FortiGate", "interception", "weak"),
    ),
    (
        facts_of_names("CN=FG100,OU=FortiGate,O=Fortinet", "CN=support,OU=Certificate Authority,O=Fortinet"),
        ("FortiGate", "benign_default", "medium"),
    ),
    (
        facts_of_names("CN=www.example.com,OU=Certificate generated at installation time,O=Bitnami"),
        ("Bitnami", "benign_default", "medium"),
    ),
    (facts_of_names("CN=SSL_Self_Signed_Fallback"), ("Microsoft SQL Server", "benign_default", "medium")),
    (facts_of_names("CN=www.example.com,O=Example,C=US", PUBLIC), None),
    (Facts(), None),
]


@pytest.mark.parametrize(("facts", "expected"), CASES)
def test_known(facts: Facts, expected: tuple[str, str, str] | None) -> None:
    found = known_certificates().match(facts)
    assert (found and (found.tool, found.class_, found.strength)) == expected
    assert trait("known_tool", facts) == (expected and expected[0])
    assert trait("known_tool_class", facts) == (expected and expected[1])


def test_order_of_attributes_counts_where_an_entry_says_so() -> None:
    """IcedID writes the common name first, OpenSSL's prompts last. Only the bytes tell: text is printed either way."""
    prompts = parse_name("CN=localhost,O=Internet Widgits Pty Ltd,ST=Some-State,C=AU")
    turned = build_name([prompts.rdns[-1], *prompts.rdns[:-1]])
    found = [
        known_certificates().match(Facts(subject=name, issuer=name, self_issued=True)) for name in (turned, prompts)
    ]
    assert [each and each.tool for each in found] == ["IcedID", "OpenSSL"]


def test_the_lab_tools_and_appliances_are_on_the_lists(key: Key) -> None:
    rng = Random(11)
    made = {
        "Cobalt Strike": tools.cobalt_strike(rng, key, NOW),
        "DcRat": tools.dcrat(rng, key, key, NOW),
        "PoshC2": tools.posh_c2(rng, key, NOW),
        "Covenant": tools.covenant(rng, key, NOW),
        "Mythic": tools.mythic(rng, key, NOW),
        "pfSense": appliances.pfsense(rng, key, NOW),
        "Dell iDRAC": appliances.idrac(rng, key, NOW),
        "Traefik": appliances.traefik(rng, key, NOW),
        "UniFi OS": appliances.unifi(rng, key, NOW),
        "OpenSSL": appliances.openssl_defaults(rng, key, NOW),
    }
    assert {tool: trait("known_tool", facts_of_der(each.der)) for tool, each in made.items()} == {
        tool: tool for tool in made
    }


def test_a_serial_tells_malware_only_where_it_is_listed() -> None:
    assert trait("serial_is_known_bad", Facts(serial="8bb00ee")) is True
    assert trait("serial_is_known_bad", Facts(serial="8bb00ef")) is False
    assert trait("serial_is_known_bad", Facts()) is None


def test_every_entry_says_where_it_is_from() -> None:
    entries = known_certificates().entries
    assert len(entries) >= 95
    assert {entry.known.class_ for entry in entries} == set(CLASSES)
    assert all(entry.known.reference and entry.known.what for entry in entries)


ENTRY = """class = "weak"
[[entry]]
tool = "x"
what = "y"
strength = "weak"
checked = "source"
references = ["z"]
"""


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('class = "evil"\n', "unknown class"),
        ('class = "weak"\n[[entry]]\ntool = "x"\nwhat = "y"\n', "lacks"),
        (ENTRY + 'subjet.CN = "y"\n', "did you mean subject"),
        (ENTRY, "names no hash"),
        (ENTRY + 'subject.CN = "re:("\n', "subject.CN"),
        (ENTRY.replace('"source"', '"sure"') + 'subject.CN = "y"\n', "checked"),
    ],
)
def test_a_wrong_list_is_refused(text: str, part: str, tmp_path: Path) -> None:
    file = tmp_path / "list.toml"
    file.write_text(text)
    with pytest.raises(ContentError) as refused:
        read_list(file)
    assert part in str(refused.value)


def test_a_file_of_another_kind_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('title = "something else"\n')
    assert read_list(file) == []
