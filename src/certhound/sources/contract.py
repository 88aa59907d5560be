"""What a source is: it recognises a file by its content, and says how the file is read.

A source is one module of this package (or one package in it) with a ``SOURCE``; it is found, not registered. Sources
import no engine: they give read plans, and an engine executes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from certhound.query.plan import ReadPlan, Rejected
from certhound.sources.files import InputFile


@dataclass(frozen=True, slots=True)
class CertificateFound:
    """A certificate that a file held as such: its DER, and where it stood."""

    der: bytes
    file: str
    line: int | None
    record: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file that a source takes: one plan for each kind of log in it, or certificates to read one by one.

    ``note`` says what was taken for what, in words, where that helps.
    """

    source: str
    plans: tuple[ReadPlan, ...] = ()
    certificates: Iterator[CertificateFound | Rejected] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotMine:
    """The file is not of this source. ``guess`` names what it might be; ``closeness`` from 0 ranks the guesses."""

    guess: str = ""
    closeness: int = 0


class Source(Protocol):
    """One telemetry format, or a family of formats that share one way of writing."""

    name: str

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        """Whether a file is of this format, told by its content alone; reads no further than the head."""
        ...
