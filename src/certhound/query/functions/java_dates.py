"""Times as text in patterns of Java's ``SimpleDateFormat``, as QRadar's DATEFORMAT and PARSETIMESTAMP have them.

Times are milliseconds since 1970, in UTC; the locale is that of the United States: English names, weeks from Sunday,
and week 1 is the week with January 1. Source: the class documentation of ``java.text.SimpleDateFormat``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Constant, Function, Overload
from certhound.query.functions.time import EPOCH

T, I = Kind.TEXT, Kind.INT  # noqa: E741 (the two types that every line names)
_YEARS = (datetime(1, 1, 1), datetime(9999, 12, 24))
_FIRST_MS, _LAST_MS = ((moment - EPOCH) // timedelta(milliseconds=1) for moment in _YEARS)
"""What both forms can say; the last week of 9999 reaches into a year that neither has."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of one pattern letter, or literal text (``letter`` empty)."""

    letter: str
    count: int
    text: str = ""


class PatternError(ValueError):
    """A pattern that Java refuses or that is not supported here."""


@lru_cache(maxsize=256)
def pieces(pattern: str) -> tuple[Piece, ...]:
    """The parts of a pattern. Raises PatternError for unknown letters and a quote that is not closed."""
    found: list[Piece] = []
    for run in re.finditer(r"''|'((?:[^']|'')*)'|(')|([A-Za-z])\3*|([^A-Za-z']+)", pattern):
        if run[2]:
            raise PatternError("a quote in the pattern is not closed")
        if run[3]:
            if run[3] not in _LETTERS:
                raise PatternError(f"the pattern letter {run[3]!r} is not known")
            found.append(Piece(run[3], len(run[0])))
        else:
            text = "'" if run[0] == "''" else (run[1] or "").replace("''", "'") if run[0][0] == "'" else run[0]
            found.append(Piece("", 0, text))
    return tuple(found)


def pattern_fault(pattern: str) -> str:
    """What is wrong with a pattern, or an empty text."""
    try:
        pieces(pattern)
    except PatternError as error:
        return str(error)
    return ""


# --- to text -------------------------------------------------------------------------------------------------------


def _call(name: str, moment: exp.Expression) -> exp.Expression:
    return sql.call(name, moment.copy())


def _plus(node: exp.Expression, number: int) -> exp.Expression:
    return sql.binary(exp.Add, node, sql.number(number))


def _rest(node: exp.Expression, number: int) -> exp.Expression:
    return sql.binary(exp.Mod, node, sql.number(number))


def _part(node: exp.Expression, number: int) -> exp.Expression:
    return sql.binary(exp.IntDiv, node, sql.number(number))


def _saturday(moment: exp.Expression) -> exp.Expression:
    """The last day of the week that begins on Sunday."""
    days = sql.binary(exp.Sub, sql.number(6), _call("dayofweek", moment))
    return sql.binary(exp.Add, moment.copy(), sql.call("to_days", sql.cast(days, "INTEGER")))


def _saturday_of(moment: datetime) -> datetime:
    return moment + timedelta(days=6 - moment.isoweekday() % 7)


def _week_of_month(moment: exp.Expression) -> exp.Expression:
    first = _rest(sql.binary(exp.Sub, _plus(_call("dayofweek", moment), 35), _plus(_call("day", moment), -1)), 7)
    return _plus(_part(_plus(sql.binary(exp.Add, _call("day", moment), first), -1), 7), 1)


def _week_of_month_of(moment: datetime) -> int:
    first = moment.replace(day=1).isoweekday() % 7
    return (moment.day - 1 + first) // 7 + 1


Number = tuple[Callable[[exp.Expression], exp.Expression], Callable[[datetime], int]]

_NUMBERS: dict[str, Number] = {
    "y": (lambda m: _call("year", m), lambda m: m.year),
    "u": (lambda m: _call("isodow", m), lambda m: m.isoweekday()),
    "Y": (lambda m: _call("year", _saturday(m)), lambda m: _saturday_of(m).year),
    "M": (lambda m: _call("month", m), lambda m: m.month),
    "w": (
        lambda m: _plus(_part(_plus(_call("dayofyear", _saturday(m)), -1), 7), 1),
        lambda m: (_saturday_of(m).timetuple().tm_yday - 1) // 7 + 1,
    ),
    "W": (_week_of_month, _week_of_month_of),
    "D": (lambda m: _call("dayofyear", m), lambda m: m.timetuple().tm_yday),
    "d": (lambda m: _call("day", m), lambda m: m.day),
    "F": (lambda m: _plus(_part(_plus(_call("day", m), -1), 7), 1), lambda m: (m.day - 1) // 7 + 1),
    "H": (lambda m: _call("hour", m), lambda m: m.hour),
    "k": (lambda m: _plus(_rest(_plus(_call("hour", m), 23), 24), 1), lambda m: (m.hour + 23) % 24 + 1),
    "K": (lambda m: _rest(_call("hour", m), 12), lambda m: m.hour % 12),
    "h": (lambda m: _plus(_rest(_plus(_call("hour", m), 11), 12), 1), lambda m: (m.hour + 11) % 12 + 1),
    "m": (lambda m: _call("minute", m), lambda m: m.minute),
    "s": (lambda m: _call("second", m), lambda m: m.second),
    "S": (lambda m: _rest(_call("millisecond", m), 1000), lambda m: m.microsecond // 1000),
}
_NUMBERS["L"] = _NUMBERS["M"]

_NAMES: dict[str, tuple[str, str]] = {"M": ("%b", "%B"), "L": ("%b", "%B"), "E": ("%a", "%A"), "a": ("%p", "%p")}
"""Letters that give words: the abbreviation and the whole word, as ``strftime`` has them in English."""

_FIXED: dict[str, Callable[[int], str]] = {
    "G": lambda _: "AD",
    "z": lambda count: "UTC" if count < 4 else "Coordinated Universal Time",
    "Z": lambda _: "+0000",
    "X": lambda _: "Z",
}
"""Letters that always say the same in UTC."""

_LETTERS = frozenset({*_NUMBERS, *_NAMES, *_FIXED})


def _is_word(piece: Piece) -> bool:
    return piece.letter in _NAMES and (piece.letter not in _NUMBERS or piece.count >= 3)


def _digits(piece: Piece) -> int:
    return min(piece.count, 20)


def _shown(piece: Piece, moment: exp.Expression) -> exp.Expression:
    if not piece.letter:
        return sql.text(piece.text)
    if piece.letter in _FIXED:
        return sql.text(_FIXED[piece.letter](piece.count))
    if _is_word(piece):
        return sql.call("strftime", moment.copy(), sql.text(_NAMES[piece.letter][piece.count >= 4]))
    number = _NUMBERS[piece.letter][0](moment)
    if piece.letter in "yY" and piece.count == 2:
        number = _rest(number, 100)
    text = sql.cast(number, sql.VARCHAR)
    if piece.count < 2:
        return text
    width = sql.call("greatest", sql.number(_digits(piece)), sql.call("length", text.copy()))
    return sql.call("lpad", text, sql.cast(width, "INTEGER"), sql.text("0"))


_SIGNS = {
    ("y", 4): "%Y", ("y", 2): "%y", ("M", 2): "%m", ("M", 3): "%b", ("M", 4): "%B", ("d", 2): "%d", ("D", 3): "%j",
    ("E", 3): "%a", ("E", 4): "%A", ("H", 2): "%H", ("h", 2): "%I", ("a", 1): "%p", ("m", 2): "%M", ("s", 2): "%S",
    ("S", 3): "%g",
}  # fmt: skip
"""Letters and counts that DuckDB's ``strftime`` has a sign for with the same meaning."""


def _strftime(pattern: str) -> str | None:
    """The whole pattern as one of ``strftime``, which is far faster; None where a part has no sign."""
    text = ""
    for piece in pieces(pattern):
        sign = _SIGNS.get((piece.letter, piece.count)) if piece.letter else piece.text.replace("%", "%%")
        if sign is None or "\0" in sign:
            return None
        text += sign
    return text or None


def _format(ms: exp.Expression, pattern: str) -> exp.Expression:
    def body(value: exp.Expression) -> exp.Expression:
        micros = sql.binary(exp.Mul, sql.cast(value.copy(), sql.BIGINT), sql.number(1000))
        moment = sql.call("make_timestamp", micros)
        within = exp.Between(this=value.copy(), low=sql.number(_FIRST_MS), high=sql.number(_LAST_MS))
        sign = _strftime(pattern)
        if sign is not None:
            return exp.Case().when(within, sql.call("strftime", moment, sql.text(sign)))
        parts = [_shown(piece, moment) for piece in pieces(pattern)]
        text = sql.call("concat", *parts) if parts else sql.text("")
        return exp.Case().when(within, text)

    return sql.bound("d", [ms], body)


_ENGLISH = {
    "%b": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
    "%B": ("January February March April May June July August September October November December".split()),
    "%a": "Mon Tue Wed Thu Fri Sat Sun".split(),
    "%A": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}


def _word(moment: datetime, sign: str) -> str:
    """Python's own ``strftime`` follows the locale of the process."""
    if sign == "%p":
        return "AM" if moment.hour < 12 else "PM"
    place = moment.month - 1 if sign in ("%b", "%B") else moment.isoweekday() - 1
    return _ENGLISH[sign][place]


def _shown_of(piece: Piece, moment: datetime) -> str:
    if not piece.letter:
        return piece.text
    if piece.letter in _FIXED:
        return _FIXED[piece.letter](piece.count)
    if _is_word(piece):
        return _word(moment, _NAMES[piece.letter][piece.count >= 4])
    number = _NUMBERS[piece.letter][1](moment)
    if piece.letter in "yY" and piece.count == 2:
        number %= 100
    return f"{number:0{_digits(piece)}d}" if piece.count > 1 else str(number)


def _format_of(ms: int, pattern: str) -> str | None:
    if not _FIRST_MS <= ms <= _LAST_MS:
        return None
    moment = EPOCH + timedelta(milliseconds=ms)
    return "".join(_shown_of(piece, moment) for piece in pieces(pattern))


# --- from text -----------------------------------------------------------------------------------------------------

_READABLE = {"y", "M", "d", "H", "h", "K", "k", "m", "s", "S", "a", "z", "Z", "X"}
_ZONE = r"(?:UTC|GMT|Z)?(?:[+-][0-9]{2}:?[0-9]{2})?"


def _group(piece: Piece, adjacent: bool) -> str:
    """The expression for one part: a number takes as many digits as it has letters where another follows at once."""
    if not piece.letter:
        return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", piece.text)
    if piece.letter == "a":
        return "([AaPp][Mm])"
    if piece.letter in "zZX":
        return f"({_ZONE})"
    if piece.letter == "M" and piece.count >= 3:
        return "([A-Za-z]{3,9})"
    if adjacent:
        return f"([0-9]{{{piece.count}}})"
    return f"([0-9]{{1,{max(piece.count, 9)}}})"


@lru_cache(maxsize=256)
def _reading(pattern: str) -> tuple[str, dict[str, int]]:
    """The expression of a pattern, and the group of each letter."""
    parts = pieces(pattern)
    numeric = [bool(p.letter) and p.letter not in "azZX" and not (p.letter == "M" and p.count >= 3) for p in parts]
    text = "^"
    groups: dict[str, int] = {}
    for place, piece in enumerate(parts):
        if piece.letter:
            groups[piece.letter] = len(groups) + 1
        text += _group(piece, numeric[place] and place + 1 < len(parts) and numeric[place + 1])
    return text, groups


def parse_fault(pattern: str) -> str:
    """What is wrong with a pattern for reading, or an empty text."""
    fault = pattern_fault(pattern)
    if fault:
        return fault
    letters = [piece.letter for piece in pieces(pattern) if piece.letter]
    odd = [letter for letter in letters if letter not in _READABLE]
    if odd:
        return f"times are not read by the pattern letter {odd[0]!r} here"
    return "a letter stands twice in the pattern" if len(letters) != len(set(letters)) else ""


_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"


def _parse(text: exp.Expression, pattern: str) -> exp.Expression:
    regex, groups = _reading(pattern)

    def body(value: exp.Expression) -> exp.Expression:
        def part(letter: str) -> exp.Expression:
            return sql.call("regexp_extract", value.copy(), sql.text(regex), sql.number(groups[letter]))

        def number(letter: str) -> exp.Expression:
            return sql.try_cast(part(letter), sql.BIGINT)

        day = sql.call(
            "make_timestamp",
            _year(pattern, number) if "y" in groups else sql.number(1970),
            _month(pattern, part, number) if "M" in groups else sql.number(1),
            number("d") if "d" in groups else sql.number(1),
            sql.number(0),
            sql.number(0),
            sql.cast(sql.number(0), sql.DOUBLE),
        )
        ms = sql.call("epoch_ms", sql.call("try", day))
        for letter, factor in (("m", 60_000), ("s", 1_000), ("S", 1)):
            if letter in groups:
                ms = sql.binary(exp.Add, ms, sql.binary(exp.Mul, number(letter), sql.number(factor)))
        ms = sql.binary(exp.Add, ms, sql.binary(exp.Mul, _hour(groups, part, number), sql.number(3_600_000)))
        zone = next((letter for letter in "zZX" if letter in groups), None)
        if zone is not None:
            ms = sql.binary(exp.Sub, ms, _offset(part(zone)))
        return exp.Case().when(sql.call("regexp_matches", value.copy(), sql.text(regex)), ms)

    return sql.bound("x", [text], body)


Reader = Callable[[str], exp.Expression]


def _year(pattern: str, number: Reader) -> exp.Expression:
    """Two letters: the year within 80 years before and 20 after 2026 that ends so."""
    if not any(piece.letter == "y" and piece.count == 2 for piece in pieces(pattern)):
        return number("y")
    century = exp.Case().when(exp.GT(this=number("y"), expression=sql.number(46)), sql.number(1900))
    short = sql.binary(exp.Add, number("y"), sql.paren(century.else_(sql.number(2000))))
    return sql.paren(exp.Case().when(exp.LT(this=number("y"), expression=sql.number(100)), short).else_(number("y")))


def _month(pattern: str, part: Reader, number: Reader) -> exp.Expression:
    if not any(piece.letter == "M" and piece.count >= 3 for piece in pieces(pattern)):
        return number("M")
    word = sql.call("substring", sql.lower(part("M")), sql.number(1), sql.number(3))
    place = sql.call("strpos", sql.text(_MONTHS), word)
    whole = exp.EQ(this=_rest(place.copy(), 3), expression=sql.number(1))
    return sql.paren(exp.Case().when(whole, _plus(_part(place, 3), 1)).else_(sql.number(0)))


def _hour(groups: dict[str, int], part: Reader, number: Reader) -> exp.Expression:
    letter = next((each for each in "HkhK" if each in groups), None)
    if letter is None:
        return sql.number(0)
    if letter in "Hk":
        return _rest(number(letter), 24) if letter == "k" else number(letter)
    hour = _rest(number(letter), 12)
    if "a" not in groups:
        return hour
    after = exp.EQ(this=sql.lower(part("a")), expression=sql.text("pm"))
    return sql.paren(exp.Case().when(after, _plus(hour, 12)).else_(hour.copy()))


def _offset(zone: exp.Expression) -> exp.Expression:
    """Milliseconds east of Greenwich of ``+hh:mm``; 0 for a name."""

    def digits(group: int) -> exp.Expression:
        found = sql.call("regexp_extract", zone.copy(), sql.text(_OFFSET), sql.number(group))
        return sql.call("coalesce", sql.try_cast(found, sql.BIGINT), sql.number(0))

    minutes = sql.binary(exp.Add, sql.binary(exp.Mul, digits(2), sql.number(60)), digits(3))
    west = sql.call("contains", zone.copy(), sql.text("-"))
    signed = exp.Case().when(west, sql.number(-60_000)).else_(sql.number(60_000))
    return sql.binary(exp.Mul, minutes, sql.paren(signed))


_OFFSET = "([+-])([0-9]{2}):?([0-9]{2})"


def parse_java(text: str, pattern: str) -> int | None:
    """Milliseconds of a time that is written in a pattern, at the start of a text; None where it is not."""
    regex, groups = _reading(pattern)
    found = re.match(regex, text)
    if found is None:
        return None
    values = {letter: found[group] for letter, group in groups.items()}
    counts = {piece.letter: piece.count for piece in pieces(pattern)}
    year = int(values.get("y", "1970"))
    if counts.get("y") == 2 and year < 100:
        year += 1900 if year > 46 else 2000
    month = int(values.get("M", "1")) if counts.get("M", 0) < 3 else _month_of(values["M"])
    try:
        day = datetime(year, month, int(values.get("d", "1")))
    except (ValueError, OverflowError):
        return None
    ms = (day - EPOCH) // timedelta(milliseconds=1)
    ms += int(values.get("m", 0)) * 60_000 + int(values.get("s", 0)) * 1_000 + int(values.get("S", 0))
    ms += _hour_of(values) * 3_600_000
    zone = next((values[letter] for letter in "zZX" if letter in values), "")
    return ms - _offset_of(zone)


def _month_of(word: str) -> int:
    place = _MONTHS.find(word[:3].lower())
    return place // 3 + 1 if place >= 0 and place % 3 == 0 else 0


def _hour_of(values: dict[str, str]) -> int:
    letter = next((each for each in "HkhK" if each in values), None)
    if letter is None:
        return 0
    hour = int(values[letter])
    if letter in "Hk":
        return hour % 24 if letter == "k" else hour
    return hour % 12 + (12 if values.get("a", "").lower() == "pm" else 0)


def _offset_of(zone: str) -> int:
    found = re.search(_OFFSET, zone)
    if found is None:
        return 0
    minutes = int(found[2]) * 60 + int(found[3])
    return minutes * (-60_000 if found[1] == "-" else 60_000)


FUNCTIONS = (
    Function(
        "java_format",
        "milliseconds since 1970 as text in a constant pattern of Java, in UTC; absent outside the years 1 to 9999",
        (Overload((I, Constant(T, pattern_fault)), T, _format, _format_of),),
    ),
    Function(
        "java_parse",
        "milliseconds since 1970 of a text that begins with a time in a constant pattern of Java, else absent",
        (Overload((T, Constant(T, parse_fault)), I, _parse, parse_java),),
    ),
)
