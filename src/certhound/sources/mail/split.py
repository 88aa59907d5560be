"""Mails out of a file: the file is one, or an mbox whose mails begin at lines ``From …`` behind an empty line.

A line of a mail that begins so is written with ``>`` before it (mboxo, mboxrd), or not at all, and then it is told by
what follows: a mail begins with headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from certhound.query.plan import Compression
from certhound.sources.streams import Broken, content

MAX_MAIL_BYTES = 64 * 1024 * 1024
"""Of a larger mail the rest is left out, and that is said."""

_BEGIN = re.compile(rb"From \S+.*\d\d:\d\d.*\d{4}|From (?:\S+@\S+|MAILER-DAEMON|-|\?\?\?)\s")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's bytes without the line ``From …``, the line of the file where it begins, and what is wrong with it."""

    data: bytes
    line: int
    problem: str | None = None


class _Pile:
    """Lines of one mail."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.lines: list[bytes] = []
        self.size = 0
        self.problem: str | None = None

    def add(self, line: bytes) -> None:
        if self.size + len(line) > MAX_MAIL_BYTES:
            self.problem = self.problem or f"mail longer than {MAX_MAIL_BYTES} bytes: the rest is left out"
            return
        self.lines.append(line)
        self.size += len(line)

    def mail(self, *, quoted: bool) -> Mail:
        data = b"".join(self.lines)
        return Mail(_QUOTED.sub(rb"\1", data) if quoted and b"\n>" in data else data, self.line, self.problem)


def mails(path: str, compression: Compression) -> Iterator[Mail]:
    """Every mail of a file, in its order."""
    pile: _Pile | None = None
    is_mbox = False
    empty = True
    for number, line, problem in _lines(path, compression):
        if problem is not None:
            pile = pile or _Pile(number)
            pile.problem = pile.problem or problem
        if line.startswith(b"From ") and (pile is None or (is_mbox and empty)) and _BEGIN.match(line):
            if pile is not None and pile.lines:
                yield pile.mail(quoted=True)
            pile, is_mbox = _Pile(number), True
        elif pile is not None:
            pile.add(line)
        elif line.strip():
            pile = _Pile(number)
            pile.add(line)
        empty = not line.strip()
    if pile is not None and (pile.lines or pile.problem):
        yield pile.mail(quoted=is_mbox)


def _lines(path: str, compression: Compression) -> Iterator[tuple[int, bytes, str | None]]:
    """Lines with their ends, their numbers, and where the stream is broken why; a line may come in pieces."""
    number, rest, within = 0, b"", False
    for chunk in content(path, compression):
        if isinstance(chunk, Broken):
            yield number + 1, rest, f"stream broken: {chunk.reason}"
            rest, within = b"", False
            continue
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            number += not within
            within = False
            yield number, piece + b"\n", None
        if len(rest) > MAX_MAIL_BYTES:
            number += not within
            yield number, rest, None
            rest, within = b"", True
    if rest:
        yield number + (not within), rest, None
