"""Trust stores, trust at the time of use, house trust beside public trust, statements on names alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import path_maker as m
import pytest
from path_cases import AT, HOST, ica, leaf, root
from path_maker import Made, ec_key, san

from certhound.x509.chain import verify_chain
from certhound.x509.entries import ca_entry
from certhound.x509.house import judge
from certhound.x509.names_only import judge_names
from certhound.x509.trust import Era, RootStore, mozilla_store, pem_blocks, root_history

EMPTY = RootStore.of([], name="public")


def store(*roots: Made, house: bool = False) -> RootStore:
    return RootStore.of((made.der for made in roots), house=house)


def pem(made: Made) -> bytes:
    import base64

    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(made.der) + b"-----END CERTIFICATE-----\n"


def test_pem_text_and_files_make_stores(tmp_path: Path) -> None:
    one, two = root("One", 1), root("Two", 2)
    text = b"# a comment\n" + pem(one) + b"junk\n" + pem(two) + pem(one)
    assert pem_blocks(text) == [one.der, two.der, one.der]
    assert len(RootStore.from_pem(text)) == 2
    (tmp_path / "a.pem").write_bytes(text)
    (tmp_path / "b.der").write_bytes(one.der)
    found = RootStore.from_files([tmp_path / "a.pem", tmp_path / "b.der"])
    assert (len(found), found.house) == (2, True)
    with pytest.raises(OSError):
        RootStore.from_files([tmp_path / "none.pem"])


def test_every_root_of_the_public_store_is_trusted_by_it() -> None:
    public = mozilla_store()
    assert len(public) > 100
    for entry in public.anchors:
        start = entry.certificate.not_before
        assert start is not None
        assert verify_chain(entry.certificate, [], public, start).is_trusted, entry.certificate.subject


def test_history_covers_the_store_and_its_retired_roots() -> None:
    public, history = mozilla_store(), root_history()
    assert len(public.retired) > 100
    assert all(entry.sha256 in history for entry in public.retired)
    assert all(entry.sha256 not in public for entry in public.retired)
    assert all(era.gone_by is None or era.gone_by > era.first_seen for era in history.values())


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (datetime(2021, 6, 1, tzinfo=UTC), "trusted_then"),
        (datetime(2024, 12, 31, tzinfo=UTC), "trusted_then"),
        (datetime(2025, 1, 1, tzinfo=UTC), "unknown_issuer"),
    ],
)
def test_a_root_that_is_gone_was_trusted_while_it_was_there(at: datetime, reason: str) -> None:
    gone = root("Gone Root", 4)
    entry = ca_entry(gone.der)
    public = replace(
        store(root("Other", 5)),
        retired=(entry,),
        eras={entry.sha256: Era(date(2020, 1, 1), date(2025, 1, 1))},
    )
    issuer = ica(gone)
    assert verify_chain(leaf(issuer).der, [issuer.der, gone.der], public, at, HOST).reason == reason


LENIENT = {
    "no-key-usage": root("House", 6, usage=None),
    "basic-constraints-not-critical": root("House", 6, basic=m.basic(critical=False)),
    "no-basic-constraints": root("House", 6, basic=None, usage=None),
    "no-extensions-at-all": root("House", 6, basic=None, usage=None, ski=None),
    "purpose-of-its-own": root("House", 6, more=(m.eku(m.CLIENT),)),
    "no-key-identifier": root("House", 6, ski=None),
    "version-1": m.make(m.name("CN=House"), m.name("CN=House"), ec_key(6), ec_key(6), [], version=None),
    "weak-key": root("House", m.rsa_key(1024)),
    "sha1": root("House", m.rsa_key(2048), algorithm=m.RSA_SHA1),
}


@pytest.mark.parametrize("what", LENIENT)
@pytest.mark.parametrize("middle", [False, True])
def test_no_false_alarm_about_house_roots(what: str, middle: bool) -> None:
    house = LENIENT[what]
    issuer = ica(house, "House Issuing", 7, usage=None) if middle else house
    end = leaf(issuer, end=datetime(2029, 12, 31, tzinfo=UTC))
    chain = [issuer.der] if middle else []
    found = judge(end.der, chain, mozilla_store(), store(house, house=True), AT, HOST)
    assert (found.house_trust, found.house_trust_reason) == ("trusted", "house_ca")
    assert (found.trust, found.is_trusted) == ("untrusted", True)


def test_house_leaf_may_have_its_name_in_the_common_name_only() -> None:
    house = root("House", 6)
    end = leaf(house, san=None, subject=m.name(f"CN={HOST}"))
    assert judge(end.der, [], EMPTY, store(house, house=True), AT, HOST).house_trust_reason == "house_ca"
    assert judge(end.der, [], store(house), None, AT, HOST).trust_reason == "wrong_name"
    other = judge(end.der, [], EMPTY, store(house, house=True), AT, "other.example.com")
    assert other.house_trust_reason == "wrong_name"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"damage": True}, "broken_signature"),
        ({"signer": ec_key(99), "aki": None}, "broken_signature"),
        ({"end": datetime(2024, 1, 1, tzinfo=UTC)}, "expired"),
        ({"more": (m.unknown(),)}, "critical_extension"),
        ({"eku": m.eku(m.CLIENT)}, "ext_key_usage"),
    ],
)
@pytest.mark.parametrize("what", ["no-key-usage", "version-1", "no-extensions-at-all"])
def test_lenient_is_not_blind(what: str, change: dict[str, Any], reason: str) -> None:
    house = LENIENT[what]
    end = leaf(house, **change)
    assert judge(end.der, [], EMPTY, store(house, house=True), AT, HOST).house_trust_reason == reason


def test_a_house_root_lends_nothing_to_strangers() -> None:
    house = LENIENT["version-1"]
    forged = leaf(root("House", 88), ski=None, aki=None)
    found = judge(forged.der, [root("House", 88).der], EMPTY, store(house, house=True), AT, HOST)
    assert (found.trust, found.house_trust) == ("untrusted", "untrusted")


def test_no_house_no_statement() -> None:
    public = root()
    found = judge(leaf(public).der, [], store(public), None, AT, HOST)
    assert (found.trust, found.trust_reason, found.house_trust) == ("trusted", "trusted", None)
    both = judge(leaf(public).der, [], store(public), store(root("House", 6), house=True), AT, HOST)
    assert (both.trust, both.house_trust) == ("trusted", "untrusted")


@pytest.mark.parametrize(
    ("subject", "issuer", "reason", "says"),
    [
        ("CN=a,O=b", "CN=a,O=b", "self_issued", "no signature"),
        ("CN=a,O=b", "CN=A,O=B", "self_issued", "no signature"),
        ("CN=a", "CN=some box", "unknown_issuer", "no public CA of that name"),
        ("CN=a", "CN=ISRG Root X1,O=Internet Security Research Group,C=US", "unknown_issuer", "is that of a public CA"),
        (None, "CN=some box", "unknown_issuer", "no public CA"),
    ],
)
def test_names_alone_never_make_trust(subject: str | None, issuer: str, reason: str, says: str) -> None:
    verdict = judge_names(subject, issuer)
    assert verdict is not None
    assert (verdict.verdict, verdict.reason) == ("untrusted", reason)
    assert says in verdict.detail


def test_without_an_issuer_nothing_is_said() -> None:
    assert judge_names("CN=a", None) is None
    assert judge_names("CN=a", "") is None


def test_names_of_a_leaf_in_the_store_are_its_own() -> None:
    own = m.make(m.name("CN=x"), m.name("CN=x"), ec_key(3), ec_key(3), [san(f"dns:{HOST}")])
    assert verify_chain(own.der, [], store(own), AT, HOST).is_trusted
