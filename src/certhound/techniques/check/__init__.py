"""Checks of technique packages. One class a file; a file put here is found."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from certhound.rules import Rule
from certhound.techniques.check.base import Check, Remark, Subject
from certhound.techniques.package import Package

__all__ = ["Check", "Remark", "Subject", "check", "checks"]


@cache
def checks() -> dict[str, Check]:
    """Every check of this package by its id."""
    found: list[Check] = []
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for _, each in inspect.getmembers(module, inspect.isclass):
            if issubclass(each, Check) and each is not Check and each.__module__ == module.__name__:
                found.append(each())
    return {each.id: each for each in sorted(found, key=lambda each: each.id)}


def check(package: Package, rules: list[Rule]) -> list[Remark]:
    """Everything that is wrong in a package, by the checks' ids."""
    subject = Subject(package, rules)
    return [Remark(package.id, name, *said) for name, each in checks().items() for said in each.found(subject)]
