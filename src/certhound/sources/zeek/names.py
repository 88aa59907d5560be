"""One name for each field, however a site spells it.

Zeek writes ``id.orig_h``; other writers nest it (``{"id": {"orig_h": …}}``) or use underscores (RockNSM, Elastic,
Kafka).
The canonical name has underscores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TYPE_KEYS = ("_path", "@path", "@stream")
"""Keys that tell which log a JSON record belongs to (Zeek and Corelight, RockNSM)."""

SYSTEM_KEYS = ("_system_name", "@system")
"""Keys that name the sensor (Corelight, RockNSM)."""


def canonical(name: str) -> str:
    return name.replace(".", "_")


def flatten(
    record: Mapping[str, object], prefix: tuple[str, ...] = (), whole: frozenset[str] = frozenset()
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Each leaf of a JSON record with its path of keys.

    Nesting deeper than Zeek's own records stays a value, and so does what a key at the top holds whose canonical name
    is in ``whole``.
    """
    for key, value in record.items():
        if isinstance(value, dict) and value and len(prefix) < 3 and (prefix or canonical(key) not in whole):
            yield from flatten(value, (*prefix, key))
        else:
            yield (*prefix, key), value


def canonical_path(path: tuple[str, ...]) -> str:
    """The canonical name of a path of keys: nested, dotted and underscored spellings meet here."""
    return canonical("_".join(path))
