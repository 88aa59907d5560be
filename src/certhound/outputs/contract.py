"""What an output is: a module of this package with ``name`` and ``write``; nothing is registered by hand.

``write(report, stream, options)`` writes the whole report to a text stream and returns nothing. It reads only the
report: same report, same text (terminal width and colour apart). It never closes the stream, never prints elsewhere,
and lets ``BrokenPipeError`` pass, which the command line handles.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Protocol, TextIO, cast, runtime_checkable

from certhound.findings.report import Report
from certhound.model.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Options:
    """How to show a report. ``None`` means: look at the stream and the environment.

    ``width`` in columns (0: never wrap), ``colour`` on or off, ``rows`` and ``evidence``: how many findings
    the terminal's table lists and explains (0: all), ``details`` and ``listed``: how many findings the page
    shows in full and at all.
    """

    width: int | None = None
    colour: bool | None = None
    rows: int | None = None
    evidence: int | None = None
    details: int = 150
    listed: int = 2000


@runtime_checkable
class Output(Protocol):
    """The contract that a module of this package fulfils by having these two names."""

    name: str

    def write(self, report: Report, stream: TextIO, options: Options) -> None: ...


def output(name: str) -> Output:
    """The output of that name; an unknown one is a usage error with the nearest names."""
    found = _load(name) if name in _candidates() else None
    if found is None:
        known = outputs()
        raise UsageError(
            f"no output is called {name!r}; there are {', '.join(known)}",
            check="unknown-output",
            advice=did_you_mean(name, known),
        )
    return found


def outputs() -> tuple[str, ...]:
    """The names of all outputs, sorted."""
    return tuple(sorted(name for name in _candidates() if _load(name) is not None))


def _candidates() -> list[str]:
    package = importlib.import_module(__package__ or "certhound.outputs")
    return [module.name for module in pkgutil.iter_modules(package.__path__)]


def _load(module: str) -> Output | None:
    """An output's module bears its name, so that one can be loaded without importing the others."""
    loaded = importlib.import_module(f"{__package__}.{module}")
    return cast(Output, loaded) if getattr(loaded, "name", None) == module else None
