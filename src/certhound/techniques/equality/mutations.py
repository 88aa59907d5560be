"""How rows are changed: each mutation takes a row of a rule's, and says whether its truth for the rule is kept.

Kept is what the language of rules promises: letters of ASCII count alike in either case, and columns that a rule does
not read do not matter. What else a change does to the truth, only a judge can tell.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from certhound.model.columns import Kind
from certhound.query.text import is_cased
from certhound.query.tree import Column, Compare, In, Like, Literal, Match, columns, walk
from certhound.rules import Rule

Values = dict[str, Any]
HOSTILE = (
    "", " ", "%", "_", "*", "?", "\\", "\\\\", "'", '"', "[a]", "%00", "a\nb", "\n", "\t", "äöü", "ÄÖÜ", "straße",
    "日本", "\u202eexe.cod", "null",
    "NULL", "true", "0", "-1", "1e3", "10.0.0.1", "::1", "e\u0301", "😀", "$", "^", "{}",
    "()", "|",
)  # fmt: skip
_SWAPS = {"k": "\u212a", "s": "\u017f", "i": "\u0130", "a": "ä", "o": "ö", "e": "é", "c": "с", "n": "ñ"}
_ADDRESSES = (
    "10.0.0.1", "172.16.0.9", "172.32.0.1", "192.168.1.1", "203.0.113.9", "127.0.0.1", "2001:db8::1", "fe80::1",
    "::ffff:10.0.0.1",
)  # fmt: skip
_INSERTS = ("%", "_", "*", "?", "\\", "'", '"', "[", "]", "^", "\n", "\t", ".", "$", "|", "(", "{", "#", "-", "/")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a rule reads: its columns by type, the texts that it looks for, and the columns where case counts."""

    kinds: Mapping[str, Kind]
    texts: Mapping[str, tuple[str, ...]]
    cased: frozenset[str]
    numbers: Mapping[str, tuple[int, ...]]


def shape_of(rule: Rule) -> Shape:
    """The shape of a rule; its log source's own columns are left out."""
    from certhound.rules.schema import table_columns

    known = table_columns(rule.table)
    own = columns(rule.predicate)
    texts: dict[str, list[str]] = {}
    numbers: dict[str, list[int]] = {}
    cased: set[str] = set()
    for node in walk(rule.predicate):
        match node:
            case Match(operand=operand, pattern=Like(parts=parts), fold=fold):
                found = [part for part in parts if isinstance(part, str)]
                name = next(iter(columns(operand)), "")
                texts.setdefault(name, []).extend(found)
                if not fold and any(map(is_cased, found)):
                    cased.add(name)
            case Match(operand=operand, fold=False):
                cased |= columns(operand)
            case Compare(left=Column(name=name), right=Literal(value=str() as text), fold=fold):
                texts.setdefault(name, []).append(text)
                if not fold and is_cased(text):
                    cased.add(name)
            case Compare(left=Column(name=name), right=Literal(value=int() | float() as number)):
                numbers.setdefault(name, []).append(int(number))
            case In(operand=Column(name=name), options=tuple() as options, fold=fold):
                found = [each.value for each in options if isinstance(each, Literal) and isinstance(each.value, str)]
                texts.setdefault(name, []).extend(found)
                if not fold and any(map(is_cased, found)):
                    cased.add(name)
            case _:
                pass
    return Shape(
        {name: known[name].kind for name in sorted(own)},
        {name: tuple(dict.fromkeys(each)) for name, each in texts.items() if name and name in own},
        frozenset(cased),
        {name: tuple(each) for name, each in numbers.items()},
    )


Mutation = Callable[[Values, Shape, random.Random], bool | None]
"""Changes a row in place; True where the truth for the rule is kept, None where nobody promised that."""


def _pick(row: Values, shape: Shape, kinds: tuple[Kind, ...], chance: random.Random) -> str | None:
    found = [name for name, kind in shape.kinds.items() if kind in kinds and row.get(name) is not None]
    return chance.choice(found) if found else None


def _on_text(row: Values, name: str, change: Callable[[str], str], chance: random.Random) -> None:
    """Change a text, or one element of a list."""
    value = row[name]
    if isinstance(value, list):
        if value:
            place = chance.randrange(len(value))
            row[name] = [change(each) if each and at == place else each for at, each in enumerate(value)]
    else:
        row[name] = change(value)


_TEXT = (Kind.TEXT, Kind.LIST)


def same(row: Values, shape: Shape, chance: random.Random) -> bool | None:  # noqa: ARG001 - a mutation
    return True


def case(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """Letters of ASCII in the other case, where the rule promises that case does not count."""
    kept = True
    for name, kind in shape.kinds.items():
        if kind not in _TEXT or row.get(name) is None or chance.random() < 0.3:
            continue
        kept = kept and name not in shape.cased
        _on_text(row, name, lambda text: "".join(_other_case(each, chance) for each in text), chance)
    return True if kept else None


def _other_case(char: str, chance: random.Random) -> str:
    return char.swapcase() if char.isascii() and chance.random() < 0.5 else char


def bystander(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """Texts in columns that the rule does not read."""
    for name in chance.sample(("referrer", "mail_subject", "alpn", "cipher", "user_agent", "curve", "key_type"), 3):
        if name not in shape.kinds and name in row:
            row[name] = chance.choice(HOSTILE)
    return True


def absent(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    name = _pick(row, shape, tuple(Kind), chance)
    if name is not None:
        row[name] = None
    return None


def near(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """A character less, more, or twice."""
    name = _pick(row, shape, _TEXT, chance)
    if name is None:
        return None

    def change(text: str) -> str:
        at = chance.randrange(len(text) + 1)
        return chance.choice(
            (text[:at] + text[at + 1 :], text[:at] + "x" + text[at:], text[:at] + text[at - 1 : at] + text[at:])
        )

    _on_text(row, name, change, chance)
    return None


def special(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """A character that some language takes for a wildcard, an escape or a quote: put in, or in place of another."""
    name = _pick(row, shape, _TEXT, chance)
    if name is None:
        return None

    def change(text: str) -> str:
        at = chance.randrange(len(text) + 1)
        return text[:at] + chance.choice(_INSERTS) + text[at + chance.randrange(2) :]

    _on_text(row, name, change, chance)
    return None


def foreign(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """A letter of ASCII becomes one beyond, among them those that lower case makes ASCII of."""
    name = _pick(row, shape, _TEXT, chance)
    if name is None:
        return None

    def change(text: str) -> str:
        places = [at for at, char in enumerate(text) if char.lower() in _SWAPS]
        if not places:
            return text + chance.choice("äЖ漢\u0301")
        at = chance.choice(places)
        return text[:at] + _SWAPS[text[at].lower()] + text[at + 1 :]

    _on_text(row, name, change, chance)
    return None


def splice(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """A text that the rule looks for, alone or inside of another."""
    wanted = [name for name in shape.texts if shape.kinds[name] in _TEXT]
    if not wanted:
        return None
    name = chance.choice(sorted(wanted))
    text = chance.choice(shape.texts[name])
    before, after = chance.choice(("", "", "x", " ", "-")), chance.choice(("", "", "y", " ", ".exe"))
    made = chance.choice((text, before + text + after, text.upper()))
    row[name] = [made] if shape.kinds[name] is Kind.LIST else made
    return None


def hostile(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    name = _pick(row, shape, _TEXT, chance)
    if name is not None:
        row[name] = [chance.choice(HOSTILE)] if isinstance(row[name], list) else chance.choice(HOSTILE)
    return None


def number(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """Numbers at and about the rule's bounds."""
    found = [name for name, kind in shape.kinds.items() if kind in (Kind.INT, Kind.DOUBLE)]
    if not found:
        return None
    name = chance.choice(found)
    bound = chance.choice(shape.numbers.get(name, (0, 443)))
    value: float = chance.choice((bound - 1, bound, bound + 1, 0, -1, 2**31))
    row[name] = float(value) + chance.choice((0.0, 0.5)) if shape.kinds[name] is Kind.DOUBLE else int(value)
    return None


def flag(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    found = [name for name, kind in shape.kinds.items() if kind is Kind.BOOL]
    if found:
        row[chance.choice(found)] = chance.choice((True, False, None))
    return None


def many(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    """Lists with more elements, absent ones, or none."""
    found = [name for name, kind in shape.kinds.items() if kind is Kind.LIST]
    if not found:
        return None
    name = chance.choice(found)
    row[name] = chance.choice(([], [None], [*(row.get(name) or []), "x"], ["x", *(row.get(name) or []), None]))
    return None


def address(row: Values, shape: Shape, chance: random.Random) -> bool | None:
    found = [name for name, kind in shape.kinds.items() if kind is Kind.INET]
    if found:
        row[chance.choice(found)] = chance.choice(_ADDRESSES)
    return None


MUTATIONS: Mapping[str, Mutation] = {
    each.__name__: each
    for each in (same, case, bystander, absent, near, special, foreign, splice, hostile, number, flag, many, address)
}
"""By name; a row remembers the names of those that made it."""
