"""Sources: one module a telemetry format, and the registry that asks each of them whose a file is."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from certhound.sources.contract import NotMine, Recognised, Source
from certhound.sources.files import InputFile
from certhound.sources.guess import guess


@cache
def sources() -> tuple[Source, ...]:
    """Every source of this package, by name; those that take what nobody else does (``last``: 1, 2) come last."""
    found = [
        source
        for module in pkgutil.iter_modules(__path__)
        if (source := getattr(importlib.import_module(f"{__name__}.{module.name}"), "SOURCE", None)) is not None
    ]
    return tuple(sorted(found, key=lambda source: (int(getattr(source, "last", 0)), source.name)))


def recognise(file: InputFile) -> Recognised | NotMine:
    """The first source that takes a file, or the nearest guess of those that do not."""
    refusals: list[NotMine] = []
    for source in sources():
        answer = source.recognise(file)
        if isinstance(answer, Recognised):
            return answer
        refusals.append(answer)
    nearest = max(refusals, key=lambda refusal: refusal.closeness, default=NotMine())
    return nearest if nearest.guess else NotMine(guess(file.head))
