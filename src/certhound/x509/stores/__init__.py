"""Stores of certificates that programs keep in a format of their own: one module a format.

A module with a ``STORE`` is found, not registered. A store is told by its first bytes; reading one never raises.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Protocol

from certhound.x509.found import Found, Reject


class Store(Protocol):
    """One format. ``name`` is also the container of what was found in it."""

    name: str

    def looks_like(self, head: bytes) -> bool:
        """Whether the first bytes (some thousand, or all) are those of such a store; wrong only towards yes."""
        ...

    def extract(self, data: bytes) -> Iterator[Found | Reject]:
        """Its certificates in order, and a Reject for what should have been one. Record numbers are the caller's."""
        ...


@cache
def stores() -> tuple[Store, ...]:
    """Every store of this package, by name."""
    modules = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = [store for module in modules if (store := getattr(module, "STORE", None)) is not None]
    return tuple(sorted(found, key=lambda store: store.name))


def store_of(head: bytes) -> Store | None:
    """The store that begins so, if any."""
    return next((store for store in stores() if store.looks_like(head)), None)
