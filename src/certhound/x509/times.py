"""UTCTime and GeneralizedTime to aware UTC datetimes (RFC 5280, 4.1.2.5; X.680 for what it forbids).

The two forms that RFC 5280 allows are read fast; the others that ASN.1 knows (no seconds, fractions, offsets, no
zone) are read and reported. Years 1 to 9999 fit; anything else has no datetime.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from certhound.x509.der import GENERALIZED_TIME, UTC_TIME, DerError

_LENIENT = re.compile(
    rb"(?P<date>\d{4})(?P<hour>\d\d)(?:(?P<minute>\d\d)(?P<second>\d\d)?)?"
    rb"(?:[.,](?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d(?:\d\d)?)?\Z"
)
"""What may follow the year: month and day, then ever less."""


def read_time(tag: int, content: bytes) -> tuple[datetime, str]:
    """(time, problem) of a time element; the problem is empty for the forms of RFC 5280. Raises DerError."""
    if content[-1:] == b"Z" and content[:-1].isdigit():
        text = content.decode("ascii")
        try:
            if tag == UTC_TIME and len(text) == 13:
                century = "19" if text >= "5" else "20"
                return datetime.fromisoformat(f"{century}{text[:6]}T{text[6:]}"), ""
            if tag == GENERALIZED_TIME and len(text) == 15:
                return datetime.fromisoformat(f"{text[:8]}T{text[8:]}"), ""
        except ValueError as error:
            raise DerError(f"no such time: {text}: {error}") from None
    return _read_lenient(tag, content)


def _read_lenient(tag: int, content: bytes) -> tuple[datetime, str]:
    if tag not in (UTC_TIME, GENERALIZED_TIME):
        raise DerError(f"tag {tag:#04x} is no time")
    digits = 2 if tag == UTC_TIME else 4
    match = _LENIENT.match(content, digits) if len(content) <= 40 else None
    if match is None or not content[:digits].isdigit():
        raise DerError(f"not a time: {content[:40]!r}")
    year = int(content[:digits])
    if tag == UTC_TIME:
        year += 1900 if year >= 50 else 2000
    date, hour, minute, second = match["date"], int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    try:
        whole = datetime(year, int(date[:2]), int(date[2:]), hour, minute, second, tzinfo=UTC)
        moment = whole + _fraction(match) - _offset(match["zone"])
    except (ValueError, OverflowError) as error:
        raise DerError(f"no such time: {error}") from None
    return moment, f"not in the form of RFC 5280: {content.decode('latin-1')}"


def _fraction(match: re.Match[bytes]) -> timedelta:
    """The fraction belongs to the smallest unit that is written."""
    if not match["fraction"]:
        return timedelta()
    unit = timedelta(seconds=1 if match["second"] else 60 if match["minute"] else 3600)
    return unit * int(match["fraction"]) / int(10 ** len(match["fraction"]))


def _offset(zone: bytes | None) -> timedelta:
    if zone is None or zone == b"Z":
        return timedelta()
    minutes = int(zone[1:3]) * 60 + int(zone[3:5] or b"0")
    return timedelta(minutes=minutes if zone[:1] == b"+" else -minutes)
