"""Random detections over random rows: the reference evaluator, DuckDB, and pySigma's own reading say the same."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
import yaml
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.rule import SigmaRule
from sigma.types import (
    SigmaCasedString,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaString,
    SpecialChars,
)

from certhound.query.reference import evaluate
from certhound.rules import load_sources
from certhound.rules.build import schema_of
from certhound.rules.located import Source
from certhound.rules.selftest import scan_duckdb

pytestmark = pytest.mark.slow

TEXTS = ["sni", "dst_host", "url", "alpn"]
NUMBERS = ["src_port", "dst_port"]
ALPHABET = ["a", "B", "ab", "-a", "a/b", "*", "?", "x", "\\", "ä", "Ä", "a.b", "", "10.1.2.3", "443", " -x ", "%", "_"]


def word(random_: random.Random) -> str:
    return "".join(random_.choice(ALPHABET) for _ in range(random_.randint(0, 3)))


def item(random_: random.Random, simple: bool) -> tuple[str, Any]:
    """A field with modifiers, and its values. ``simple``: what the small interpreter below knows."""
    kind = random_.randrange(6 if simple else 10)
    values: Any = [word(random_) for _ in range(random_.randint(1, 3))]
    field = random_.choice(TEXTS)
    match kind:
        case 0:
            return field, [*values, *random_.choice(([], [None]))]
        case 1:
            return f"{field}|{random_.choice(('contains', 'startswith', 'endswith'))}", values
        case 2:
            return (
                f"{field}|{random_.choice(('contains|all', 'cased', 'contains|windash', 'neq', 'contains|cased'))}",
                values,
            )
        case 3:
            return f"{random_.choice(NUMBERS)}|{random_.choice(('lt', 'lte', 'gt', 'gte'))}", random_.randint(0, 5)
        case 4:
            return f"{field}|exists", random_.random() < 0.5
        case 5:
            return f"{field}|fieldref", random_.choice(TEXTS)
        case 6:
            return (
                f"{random_.choice(('cert_san', 'fields.k', 'dst_ip'))}|{random_.choice(('contains', 'endswith'))}",
                values,
            )
        case 7:
            return f"{random_.choice([*NUMBERS, 'dst_ip', 'cert_san', 'fields.k', 'tls_version'])}", values
        case 8:
            return f"{field}|re", random_.choice(("^a.*", "[ab]+x", "b$", "(a|B)", r"\d+", "ä"))
        case _:
            return f"{random_.choice(('dst_ip', 'url'))}|cidr", random_.choice(("10.0.0.0/8", "2001:db8::/32"))


def detection(random_: random.Random, simple: bool) -> dict[str, Any]:
    names = [f"s{index}" for index in range(random_.randint(1, 4))]
    found: dict[str, Any] = {}
    for name in names:
        mapping = dict(item(random_, simple) for _ in range(random_.randint(1, 2)))
        found[name] = random_.choice((mapping, [mapping, dict([item(random_, simple)])]))
    found["condition"] = condition(random_, names, 3)
    return found


def condition(random_: random.Random, names: list[str], depth: int) -> str:
    if depth == 0 or random_.random() < 0.3:
        return random_.choice([*names, "1 of s*", "all of them"])
    left = condition(random_, names, depth - 1)
    match random_.randrange(3):
        case 0:
            return f"not {left}" if " " not in left or left.startswith(("1", "all")) else f"not ({left})"
        case 1:
            return f"({left} and {condition(random_, names, depth - 1)})"
        case _:
            return f"{left} or {condition(random_, names, depth - 1)}"


def row(random_: random.Random) -> dict[str, Any]:
    def maybe(value: Any) -> Any:
        return None if random_.random() < 0.4 else value

    return {
        **{name: maybe(word(random_)) for name in TEXTS},
        **{name: maybe(random_.randint(0, 5)) for name in NUMBERS},
        "cert_san": maybe([word(random_) for _ in range(random_.randint(0, 3))]),
        "fields": maybe({"k": word(random_)}),
        "dst_ip": maybe(random_.choice(("10.1.2.3", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1"))),
        "tls_version": maybe(random_.choice(("1.2", "443", "a"))),
        "time": maybe(datetime(2026, 1, random_.randint(1, 28))),
    }


def text_of(found: dict[str, Any]) -> str:
    document = {
        "title": "x",
        "id": "3d4b0a1e-43a8-4a6e-9a77-0f6d0a5d2b10",
        "level": "low",
        "logsource": {"product": "certhound", "category": "tls"},
        "certhound": {"score": 5, "family": "t", "reason": "r"},
        "detection": found,
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


@pytest.mark.parametrize("seed", range(4))
def test_reference_and_duckdb_agree_on_random_rules(seed: int) -> None:
    random_ = random.Random(seed)
    rows = [row(random_) for _ in range(60)]
    rules: dict[str, Any] = {}
    for index in range(60):
        loaded = load_sources([Source("r.yml", text_of(detection(random_, simple=False)))]).rules
        if not loaded.errors:
            rules[str(index)] = loaded.rules[0].predicate
    assert len(rules) > 20
    found = scan_duckdb("events", rules, rows)
    schema = schema_of("events")
    for name, predicate in rules.items():
        expected = {index for index, each in enumerate(rows) if evaluate(predicate, schema, each) is True}
        assert found[name] == expected, predicate


def holds(node: Any, record: dict[str, Any]) -> bool:
    """pySigma's own tree over one record, two-valued, as plainly as it can be said."""
    match node:
        case None:
            return False
        case ConditionAND(args=args):
            return all(holds(arg, record) for arg in args)
        case ConditionOR(args=args):
            return any(holds(arg, record) for arg in args)
        case ConditionNOT(args=[arg]):
            return not holds(arg, record)
        case ConditionFieldEqualsValueExpression(field=field, value=value):
            return equals(record, field, value)
        case ConditionValueExpression():
            raise AssertionError("no keywords here")
    raise AssertionError(node)


def equals(record: dict[str, Any], field: str, value: Any) -> bool:
    got = record.get(field)
    match value:
        case SigmaNull():
            return got is None
        case SigmaExists(exists=exists):
            return (got is not None) is exists
        case SigmaExpansion(values=values):
            return any(equals(record, field, each) for each in values)
        case SigmaFieldReference(field=other):
            return got is not None and record.get(other) is not None and got.lower() == record[other].lower()
        case SigmaCompareExpression(number=number, op=op):
            if got is None:
                return False
            return bool({"LT": got < number.number, "LTE": got <= number.number, "GT": got > number.number,
                         "GTE": got >= number.number}[op.name])  # fmt: skip
        case SigmaString():
            return got is not None and fits(value, got)
    raise AssertionError(value)


def fits(value: SigmaString, got: str) -> bool:
    import re

    parts = [
        "." if part is SpecialChars.WILDCARD_SINGLE else ".*" if not isinstance(part, str) else re.escape(part)
        for part in value.s
    ]
    pattern = "".join(parts)
    flags = re.DOTALL if isinstance(value, SigmaCasedString) else re.DOTALL | re.IGNORECASE
    return re.fullmatch(pattern, got, flags) is not None


@pytest.mark.parametrize("seed", range(20))
def test_the_lowering_means_what_pysigma_reads(seed: int) -> None:
    random_ = random.Random(1000 + seed)
    rows = [row(random_) for _ in range(25)]
    schema = schema_of("events")
    for _ in range(12):
        text = text_of(detection(random_, simple=True))
        loaded = load_sources([Source("r.yml", text)]).rules
        if loaded.errors:
            continue
        theirs = SigmaRule.from_yaml(text).detection.parsed_condition[0].parsed
        for each in rows:
            got = evaluate(loaded.rules[0].predicate, schema, each) is True
            assert got is holds(theirs, each), (text, each)
