"""Time: differences, parts (UTC, weeks as in ISO 8601), and milliseconds since 1970 as QRadar counts them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload

EPOCH = datetime(1970, 1, 1)
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_MS, _LAST_MS = ((moment - EPOCH) // timedelta(milliseconds=1) for moment in (FIRST, LAST))


def _micros(node: exp.Expression) -> exp.Expression:
    return sql.call("epoch_us", node)


def _seconds(first: exp.Expression, second: exp.Expression) -> exp.Expression:
    difference = sql.binary(exp.Sub, _micros(second), _micros(first))
    return sql.binary(exp.Div, difference, sql.cast(sql.number(1_000_000), sql.DOUBLE))


def _seconds_of(first: datetime, second: datetime) -> float:
    return float((second - first) // _MICROSECOND) / 1e6  # via a double, as the engines divide


def _millis(node: exp.Expression) -> exp.Expression:
    shifted = sql.binary(exp.Sub, _micros(node), sql.number(_FIRST_MS * 1000))  # not negative, so // rounds down
    return sql.binary(exp.Add, sql.binary(exp.IntDiv, shifted, sql.number(1000)), sql.number(_FIRST_MS))


def _from_millis(node: exp.Expression) -> exp.Expression:
    def body(value: exp.Expression) -> exp.Expression:
        within = exp.Between(this=value.copy(), low=sql.number(_FIRST_MS), high=sql.number(_LAST_MS))
        micros = sql.binary(exp.Mul, sql.cast(value.copy(), sql.BIGINT), sql.number(1000))
        return exp.Case().when(within, sql.call("make_timestamp", micros))

    return sql.bound("t", [node], body)


def _from_millis_of(value: int) -> datetime | None:
    return EPOCH + timedelta(milliseconds=value) if _FIRST_MS <= value <= _LAST_MS else None


def _part(name: str, word: str, doc: str, python: Callable[[datetime], int]) -> Function:
    form = Overload((Kind.TIME,), Kind.INT, lambda x: sql.call(word, x), python)
    return Function(name, doc, (form,))


def _start(name: str, word: str, doc: str, **zero: int) -> Function:
    def python(moment: datetime) -> datetime:
        return moment.replace(**zero)  # type: ignore[arg-type]

    form = Overload((Kind.TIME,), Kind.TIME, lambda x: sql.call("date_trunc", sql.text(word), x), python)
    return Function(name, doc, (form,))


FUNCTIONS = (
    Function(
        "seconds_between",
        "seconds from the first time to the second; negative when that is earlier",
        (Overload((Kind.TIME, Kind.TIME), Kind.DOUBLE, _seconds, _seconds_of),),
    ),
    Function(
        "epoch_ms",
        "milliseconds since 1970, cut to the millisecond before",
        (Overload((Kind.TIME,), Kind.INT, _millis, lambda moment: (moment - EPOCH) // timedelta(milliseconds=1)),),
    ),
    Function(
        "from_epoch_ms",
        "the time so many milliseconds after 1970; absent outside the years 1 to 9999",
        (Overload((Kind.INT,), Kind.TIME, _from_millis, _from_millis_of),),
    ),
    _part("year", "year", "year", lambda moment: moment.year),
    _part("month", "month", "month, from 1", lambda moment: moment.month),
    _part("week", "week", "week of ISO 8601, from 1", lambda moment: moment.isocalendar().week),
    _part("day", "day", "day of the month, from 1", lambda moment: moment.day),
    _part("weekday", "isodow", "1 for Monday to 7 for Sunday", lambda moment: moment.isoweekday()),
    _part("hour", "hour", "hour of the day, 0 to 23", lambda moment: moment.hour),
    _part("minute", "minute", "minute of the hour, 0 to 59", lambda moment: moment.minute),
    _part("second", "second", "second of the minute, 0 to 59", lambda moment: moment.second),
    _start("start_of_day", "day", "midnight before", hour=0, minute=0, second=0, microsecond=0),
    _start("start_of_hour", "hour", "the full hour before", minute=0, second=0, microsecond=0),
    _start("start_of_minute", "minute", "the full minute before", second=0, microsecond=0),
)
