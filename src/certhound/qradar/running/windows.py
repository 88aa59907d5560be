"""Time windows: LAST, START and STOP, and the texts that stand for times. All in UTC, results in epoch milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import AqlError

DEFAULT_MS = 5 * 60_000
"""Without a time frame a console searches the last five minutes (IBM's AQL guide)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60_000
_DAY = 86_400_000
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ABSOLUTE = re.compile(
    r"(\d{4})([-/: ])(\d{1,2})\2(\d{1,2})"
    r"(?:[ T-](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?"
    r"(?: ?'?([zZ]|UTC|GMT)'?| ?([+-]\d{2}):?(\d{2}))?"
)
_AGO = re.compile(r"(\d{1,9}|an?)\s+(second|minute|hour|day|week|month|year)s?\s+ago", re.IGNORECASE)
_UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}
FORMS = "write 'yyyy-MM-dd HH:mm', 'yyyy-MM-dd HH:mm:ss', 'yyyy/MM/dd HH:mm:ss' or epoch milliseconds"


def read_absolute(text: str) -> int | None:
    """Milliseconds of a text in one of the forms that START, STOP and PARSEDATETIME take; None for any other text."""
    found = _ABSOLUTE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[part] or 0) for part in (1, 3, 4, 5, 6, 7))
    millis = int((found[8] or "0").ljust(3, "0")[:3])
    try:
        moment = datetime(year, month, day, hour, minute, second, millis * 1000, tzinfo=UTC)
    except ValueError:
        return None
    east = 0
    if found[10]:
        east = int(found[10]) * 60 + (-1 if found[10][0] == "-" else 1) * int(found[11])
    return (moment - _EPOCH) // timedelta(milliseconds=1) - east * _MINUTE


def read_phrase(text: str, now: int) -> int | None:
    """Milliseconds of ``now``, ``today``, ``2 hours ago``, ``last week`` or ``last monday``; None for other texts."""
    plain = " ".join(text.lower().split())
    midnight = now - now % _DAY
    fixed = {"now": now, "today": midnight, "yesterday": midnight - _DAY, "tomorrow": midnight + _DAY}
    if plain in fixed:
        return fixed[plain]
    word = plain.removeprefix("last ")
    if word != plain and word in _UNITS:
        return now - _UNITS[word] * 1000
    if word != plain and word in _WEEKDAYS:
        today = (now // _DAY + 3) % 7  # the epoch began on a Thursday
        return midnight - ((today - _WEEKDAYS.index(word) - 1) % 7 + 1) * _DAY
    found = _AGO.fullmatch(plain)
    if found is None:
        return None
    count = 1 if found[1] in ("a", "an") else int(found[1])
    return now - count * _UNITS[found[2]] * 1000


def parse_date_time(text: str, now: int) -> int | None:
    """What PARSEDATETIME makes of a text; None where it is no time."""
    found = read_phrase(text, now)
    return read_absolute(text) if found is None else found


def bounds(query: n.Query, now: int, offenses: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """First and last millisecond, both included, of the records that a query looks at."""
    match query.window:
        case None:
            return now - DEFAULT_MS, now
        case n.Last(count=count, unit=unit):
            return max(now - count * unit.milliseconds, -(2**62)), now
        case n.StartStop(start=start, stop=stop):
            first = _bound(query, start, now, is_stop=False)
            return first, now if stop is None else _bound(query, stop, now, is_stop=True)
        case n.OffenseTime(offense=offense, span=span):
            key = offense.value if isinstance(offense, n.Number | n.Text) else ""
            if str(key) in offenses:
                return offenses[str(key)]
            raise AqlError(
                f"the life of offense {key} is not known here",
                span,
                query.text,
                check="not-offline",
                advice="add it to the reference file (--reference): offenses: {ID: [start, stop]}",
            )


def _bound(query: n.Query, expr: n.Expr, now: int, *, is_stop: bool) -> int:
    match expr:
        case n.Number(value=int() as value):
            return min(value, 2**62)
        case n.Text(value=text) if text.strip().isdecimal() and len(text) < 19:
            return int(text)
        case n.Text(value=text):
            found = read_absolute(text)
            if found is not None:
                return _whole_minutes(found, is_stop)
        case n.Call(upper="NOW", arguments=()):
            return now
        case n.Call(upper="PARSEDATETIME", arguments=(n.Text(value=text),)):
            found = parse_date_time(text, now)
            if found is not None:
                return found
    raise AqlError("this is no time that START and STOP take", expr.span, query.text, check="bad-time", advice=FORMS)


def _whole_minutes(ms: int, is_stop: bool) -> int:
    """A console widens texts to whole minutes: 17:00:20 as STOP takes all of 17:00, 17:00 ends at 16:59:59."""
    if not is_stop:
        return ms - ms % _MINUTE
    return ms + -ms % _MINUTE - 1
