"""One root for every error that a user can meet, and the one table of exit codes.

A message is made of a *place* (``file:line:col``), a *check* (a stable id), the text, and *advice*;
``str(error)`` prints them in the form that editors and CI understand: ``file:line:col error[check] text``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; where several hold, usage wins, then content, unreadable, finding.

    0 to 4 say how a run ended; the last two that it did not end: 70 is ``EX_SOFTWARE`` of sysexits.h, 130 what a shell
    reports for SIGINT.
    """

    OK = 0
    FINDING = 1
    USAGE = 2
    UNREADABLE = 3
    CONTENT = 4
    DEFECT = 70
    INTERRUPTED = 130


EXIT_CODES: tuple[tuple[ExitCode, str], ...] = (
    (
        ExitCode.OK,
        "the run finished and something could be read (findings do not change this without --fail-on)",
    ),
    (
        ExitCode.FINDING,
        "a finding at or above the level of --fail-on; a drill with a signal that was not found",
    ),
    (ExitCode.USAGE, "wrong usage: an unknown option, command or argument"),
    (ExitCode.UNREADABLE, "nothing could be read or recognised"),
    (ExitCode.CONTENT, "a rule, query, profile or list is wrong"),
    (ExitCode.DEFECT, "an error that certhound did not expect: a defect of ours, please report it"),
    (ExitCode.INTERRUPTED, "stopped by Ctrl-C"),
)
"""What each exit code means; the documentation prints this table."""

_PRECEDENCE = (ExitCode.USAGE, ExitCode.CONTENT, ExitCode.UNREADABLE, ExitCode.FINDING, ExitCode.OK)


def strongest(*codes: ExitCode) -> ExitCode:
    """The exit code of a run to which several apply: 2 before 4 before 3 before 1."""
    return next(code for code in _PRECEDENCE if code in codes or code is ExitCode.OK)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text something stands. ``line`` and ``column`` count from 1; absent means the whole file."""

    file: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.file or "<input>"]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


class CerthoundError(Exception):
    """Root of all errors that are the user's to mend; anything else that escapes is a defect of ours."""

    exit_code: ExitCode = ExitCode.CONTENT

    def __init__(
        self,
        text: str,
        *,
        check: str = "error",
        place: Place | None = None,
        advice: str = "",
        marked: str = "",
    ) -> None:
        super().__init__(text)
        self.text = text
        self.check = check
        self.place = place
        self.advice = advice
        self.marked = marked

    def __str__(self) -> str:
        head = f"{self.place} " if self.place else ""
        lines = [f"{head}error[{self.check}] {self.text}"]
        if self.marked:
            lines.append(f"    {self.marked}")
        if self.advice:
            lines.append(f"    advice: {self.advice}")
        return "\n".join(lines)


class UsageError(CerthoundError):
    """The command line asks for something that does not exist."""

    exit_code = ExitCode.USAGE


class UnreadableError(CerthoundError):
    """Nothing that was named could be read or recognised."""

    exit_code = ExitCode.UNREADABLE


class ContentError(CerthoundError):
    """A rule, query, profile or list is wrong."""

    exit_code = ExitCode.CONTENT


class ErrorList(CerthoundError):
    """All errors of one or more files at once, so that a user mends them in one go."""

    def __init__(self, errors: list[CerthoundError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors
        self.exit_code = strongest(*(error.exit_code for error in errors))

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def nearest(word: str, known: list[str] | tuple[str, ...], limit: int = 3) -> list[str]:
    """The known words closest to a misspelt one, best first; where none is close, those that it is a part of."""
    import difflib

    folded = {name.lower(): name for name in known}
    hits = difflib.get_close_matches(word.lower(), list(folded), n=limit, cutoff=0.6)
    if not hits and len(word) >= 3:
        hits = [name for name in folded if word.lower() in name][:limit]
    return [folded[hit] for hit in hits]


def did_you_mean(word: str, known: list[str] | tuple[str, ...]) -> str:
    """Advice with the nearest names, or an empty string."""
    hits = nearest(word, known)
    return f"did you mean {', '.join(hits)}?" if hits else ""
