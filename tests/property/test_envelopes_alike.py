"""Texts that are read by the pattern of others before them come out as those that are taken apart."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certhound.sources.envelopes.alike import Patterns
from certhound.sources.envelopes.interpret import read_text
from certhound.sources.envelopes.record import Record

KEYS = st.lists(
    st.sampled_from("a b cs1 cs1Label src url _x time msg k.d Mon".split()), min_size=2, max_size=6, unique=True
)
PLAIN = st.text("abz019./:-_", max_size=6)
NASTY = st.text("ab =\t|^,;'\"\\\r\n:#", max_size=8)
VALUES = st.lists(st.one_of(PLAIN, PLAIN, NASTY), min_size=6, max_size=6)


def leef(keys: list[str], values: list[str]) -> str:
    return "LEEF:1.0|V|P|1|E|" + "\t".join(f"{key}={value}" for key, value in zip(keys, values, strict=False))


def announced(keys: list[str], values: list[str]) -> str:
    return "LEEF:2.0|V|P|1|E|^|" + "^".join(f"{key}={value}" for key, value in zip(keys, values, strict=False))


def cef(keys: list[str], values: list[str]) -> str:
    return "CEF:0|V|P|1|E|N|5|" + " ".join(f"{key}={value}" for key, value in zip(keys, values, strict=False))


def bare(keys: list[str], values: list[str]) -> str:
    return "<13>" + " ".join(f"{key}={value}" for key, value in zip(keys, values, strict=False))


def quoted(keys: list[str], values: list[str]) -> str:
    pairs = enumerate(zip(keys, values, strict=False))
    return "<13>" + " ".join(f'{key}="{value}"' if index % 2 else f"{key}={value}" for index, (key, value) in pairs)


def _seen(records: list[Record]) -> list[tuple[object, ...]]:
    return [(each.form, list(each.values.items()), each.text, each.before, each.header.kind) for each in records]


@pytest.mark.parametrize("write", [leef, announced, cef, bare, quoted])
@given(keys=KEYS, before=VALUES, values=VALUES)
@settings(max_examples=300, deadline=None)
def test_patterns_change_nothing(write: object, keys: list[str], before: list[str], values: list[str]) -> None:
    assert callable(write)
    for _ in range(3):
        read_text(write(keys, before))
    text = write(keys, values)
    with patch.object(Patterns, "read", lambda *_: None):
        apart = read_text(text)
    assert _seen(read_text(text)) == _seen(apart)
