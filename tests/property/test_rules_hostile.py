"""Mutated rule files: every error is a located one of ours, never anything else, and the rest is still loaded."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certhound.model.errors import CerthoundError
from certhound.rules import RuleSet, load_sources
from certhound.rules.located import Source

SEED = r"""title: A rule
id: 3d4b0a1e-43a8-4a6e-9a77-0f6d0a5d2b10
status: test
author: A. Author
date: 2026-11-24
tags: [attack.t1608.003, cve.2020-1234]
logsource: {product: certhound, category: tls}
detection:
  one: &one
    sni|endswith|all: ['.exa\*mple', "b\u00e4r?"]
    url|re|i: '^a(b|c)+\d{2,3}$'
    dst_ip|cidr: [10.0.0.0/8, '2001:db8::/32']
    cert_san|contains|windash: ' -a /b'
    fields.size|gte: 0x10
    time|hour|lt: 6
    url|base64offset|contains: hello
    sni|fieldref|startswith: dst_host
    alpn: null
    user|expand: '%users%'
  two:
    - keyword
    - <<: *one
      tls_established: no
  _three: [a, 12, 1.5, ""]
  condition: one and not (1 of t* or not all of _*) or two
falsepositives: [x]
level: low
certhound:
  score: 20
  family: test
  reason: "{sni} met {dst_ip|first}"
  known_gaps: [y]
  events:
    positive: [{sni: a, cert_san: [b], fields: {size: 3}, time: 2026-01-02T03:04:05Z}]
    negative: []
---
title: Theirs
logsource: {product: zeek, service: ssl}
detection: {s: {server_name|contains: x}, condition: s}
---
title: Filter
logsource: {product: zeek}
filter: {rules: any, s: {id.orig_h|cidr: 10.0.0.0/8}, condition: not s}
"""
TOKENS = [
    "|", ":", ": ", "- ", "*", "?", "\\", "'", '"', "{", "}", "[", "]", "&a ", "*a", "<<: ", "---\n", "\n", "  ", "\t",
    "not ", "1 of ", "all of them", "(", ")", "and", "|all", "|re", "|cased", "|neq", "|expand", "|base64", "|wide",
    "|utf16", "|windash", "|exists", "|lt", "|month", "|fieldref", "|cidr", "null", "~", "true", "%x%", "\x00", "é",
    "\U0001f600", "\u202e", "١٢", "9" * 40, "-1", "1e999", "0x", ".*" * 10, "(a+)+$", "(?<=a)", "[^", "{1000}",
    "!!python/object:os.system ", "action: global\n", "correlation: {}\n", "filter: {}\n", "\ufeff", "#", "%YAML 1.1\n",
]  # fmt: skip


def mutate(text: str, random_: random.Random) -> str:
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(text) + 1)
        length = random_.choice((0, 1, 1, 5, 40))
        match random_.randrange(4):
            case 0:
                text = text[:at] + text[at + length :]
            case 1:
                text = text[:at] + random_.choice(TOKENS) + text[at + random_.choice((0, length)) :]
            case 2:
                other = random_.randrange(len(text) + 1)
                text = text[:at] + text[other : other + length] + text[at:]
            case _:
                lines = text.split("\n")
                index = random_.randrange(len(lines))
                lines.insert(random_.randrange(len(lines)), lines.pop(index) if at % 2 else lines[index])
                text = "\n".join(lines)
    return text


def load_hostile(text: str) -> RuleSet:
    rules = load_sources([Source("r.yml", text)], placeholders={"users": ("root",)}).rules
    for error in rules.errors:
        assert isinstance(error, CerthoundError)
        assert str(error).startswith("r.yml:")
        assert not any(char in str(error).replace("\n", "") for char in "\x00\x1b\u202e")
    for each in rules.not_run:
        assert each.needs
        assert each.reason
    return rules


def test_the_seed_is_right() -> None:
    rules = load_hostile(SEED)
    assert not rules.errors
    assert len(rules) == 2


@pytest.mark.parametrize("seed", range(12))
def test_mutants_of_a_rule_never_raise(seed: int) -> None:
    random_ = random.Random(seed)
    for _ in range(60):
        load_hostile(mutate(SEED, random_))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_never_raises(text: str) -> None:
    load_hostile(text)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("abot1*_- ()nf"), max_size=60),
    st.lists(st.text("ab1_", min_size=1, max_size=3), min_size=1, max_size=4, unique=True),
)
def test_any_condition_never_raises(condition: str, names: list[str]) -> None:
    selections = "".join(f"  {name!r}: {{sni: x}}\n" for name in names)
    head = "title: x\nlogsource: {product: zeek, service: ssl}\ndetection:\n"
    body = selections.replace("sni", "server_name")
    load_hostile(f"{head}{body}  condition: {condition!r}\n")
