"""Damaged chains: the judge never raises, never trusts what was changed, and always has a reason."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from path_cases import AT, HOST, ica, leaf, root
from path_maker import Made

from certhound.x509.chain import verify_chain
from certhound.x509.trust import RootStore

ROOT = root()
INTERMEDIATE = ica(ROOT)
LEAF = leaf(INTERMEDIATE)
STORE = RootStore.of([ROOT.der])


def damaged(made: Made, rng: random.Random) -> bytes:
    """The certificate with one to four random changes: bytes set, cut out, doubled, or the rest cut off."""
    data = bytearray(made.der)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data))
        match rng.randrange(5):
            case 0:
                data[place] = rng.randrange(256)
            case 1:
                data[place] ^= 1 << rng.randrange(8)
            case 2:
                del data[place : place + rng.randint(1, 8)]
            case 3:
                data[place:place] = data[place : place + rng.randint(1, 40)]
            case _:
                del data[max(1, place) :]
        if not data:
            break
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_leaf_is_never_trusted(seed: int) -> None:
    rng = random.Random(seed)
    for number in range(400):
        der = damaged(LEAF, rng)
        verdict = verify_chain(der, [INTERMEDIATE.der], STORE, AT, HOST if number % 2 else None)
        assert verdict.path
        assert not verdict.is_trusted or der == LEAF.der, der.hex()


@pytest.mark.parametrize("seed", range(4))
def test_damaged_issuers_never_raise(seed: int) -> None:
    rng = random.Random(1000 + seed)
    for _ in range(300):
        chain = [damaged(INTERMEDIATE, rng) for _ in range(rng.randint(1, 3))]
        assert not verify_chain(LEAF.der, chain, STORE, AT, HOST).is_trusted or INTERMEDIATE.der in chain
        roots = RootStore.of([damaged(ROOT, rng)])
        verify_chain(LEAF.der, [INTERMEDIATE.der, damaged(ROOT, rng)], roots, AT)


@pytest.mark.parametrize("at", [datetime.min, datetime.max, datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)])
def test_any_moment_will_do(at: datetime) -> None:
    assert not verify_chain(LEAF.der, [INTERMEDIATE.der], STORE, at, HOST).is_trusted


@pytest.mark.parametrize(
    "name", ["", "\0", "*", "a" * 5000, "[::1", "..", "host.example.com\n", "ſ.example.com", "::1%"]
)
def test_any_name_will_do(name: str) -> None:
    assert verify_chain(LEAF.der, [INTERMEDIATE.der], STORE, AT, name).reason in ("wrong_name", "trusted")


def test_random_bytes() -> None:
    rng = random.Random(7)
    for size in range(200):
        verdict = verify_chain(rng.randbytes(size), [rng.randbytes(size)], STORE, AT)
        assert verdict.reason == "malformed"
