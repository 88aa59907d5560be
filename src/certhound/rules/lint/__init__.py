"""Lints: what a rule may say and should not. One class a file; a file put here is found."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from functools import cache

from certhound.rules.lint.base import Lint, Note, Subject

__all__ = ["Lint", "Note", "Subject", "lint_rules", "lints"]


@cache
def lints() -> tuple[Lint, ...]:
    """Every lint of this package, by its id."""
    found: list[Lint] = []
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for _, each in inspect.getmembers(module, inspect.isclass):
            if issubclass(each, Lint) and each is not Lint and each.__module__ == module.__name__:
                found.append(each())
    return tuple(sorted(found, key=lambda lint: lint.id))


def lint_rules(subjects: Iterable[Subject]) -> list[Note]:
    """All notes on all rules, in the order of their places."""
    return [
        note
        for subject in subjects
        for note in sorted(
            (note for lint in lints() if subject.rule.own or lint.foreign for note in lint.notes(subject)),
            key=lambda note: (note.place.line or 0, note.place.column or 0, note.check),
        )
    ]
