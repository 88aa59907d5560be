"""A moment as people and programs write it: ISO 8601 with or without a zone, a date alone, or seconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from certhound.model.errors import UsageError

_EPOCH = re.compile(r"[+-]?\d{1,12}(\.\d{1,9})?")
_COMPACT = re.compile(r"\d{8}([T ]?\d{6}Z?)?")


def read_moment(text: str) -> datetime:
    """The moment in UTC; without a zone it is UTC. What is no moment is a usage error."""
    plain = text.strip()
    try:
        if _EPOCH.fullmatch(plain) and not _COMPACT.fullmatch(plain):
            return datetime.fromtimestamp(float(plain), UTC)
        moment = datetime.fromisoformat(plain)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"{text!r} is not a time",
            check="bad-time",
            advice="write 2026-11-24, 2026-11-24T08:00:00Z or seconds since 1970",
        ) from error
