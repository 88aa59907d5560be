"""A site: what one console has beyond the stock one, from a YAML or JSON file.

Keys, all optional: ``qids``, ``log_sources``, ``log_source_types``, ``categories``, ``rules``, ``domains``,
``applications``, ``processors``, ``log_source_groups`` (each id to name), ``properties`` (name to type).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from certhound.model.errors import did_you_mean
from certhound.qradar.catalogue.ariel import ArielColumn, ArielType
from certhound.qradar.catalogue.documents import Document, read_source
from certhound.rules.located import Source

NAMES = (
    "qids",
    "log_sources",
    "log_source_types",
    "categories",
    "rules",
    "domains",
    "applications",
    "processors",
    "log_source_groups",
)
"""Sections that give ids their names."""

KEYS = (*NAMES, "properties")

TYPES: dict[str, ArielType] = {
    **dict.fromkeys(("text", "string", "alphanumeric", "aln"), ArielType.STRING),
    **dict.fromkeys(("number", "numeric", "int", "integer", "long", "num"), ArielType.LONG),
    **dict.fromkeys(("double", "float"), ArielType.DOUBLE),
    **dict.fromkeys(("ip", "address", "host", "inet"), ArielType.HOST),
    **dict.fromkeys(("date", "time", "timestamp"), ArielType.LONG),
    **dict.fromkeys(("bool", "boolean"), ArielType.BOOLEAN),
    "port": ArielType.PORT,
    "mac": ArielType.MAC,
    "list": ArielType.LIST,
}
"""Names of types that a site file may use for a property. Dates are epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Site:
    """Names of ids by section, and properties by their name in lower case. Treat both as frozen."""

    name: str = "stock"
    names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    properties: Mapping[str, ArielColumn] = field(default_factory=dict)


def load_site(path: Path) -> Site:
    """Read a site file. Raises located errors, all of them at once."""
    return read_site(read_source(path), path.stem)


def read_site(source: Source, name: str) -> Site:
    """A site from its text."""
    document = Document(source, KEYS, "site file")
    names: dict[str, dict[int, str]] = {}
    for section in NAMES:
        names[section] = {}
        for key, value in document.section(section):
            number = document.number(key, f"an id of {section}")
            text = document.text(value, f"the name of {key.text}")
            if number is not None:
                names[section][number] = text
    properties = _properties(document)
    document.raise_faults()
    return Site(name, names, properties)


def _properties(document: Document) -> dict[str, ArielColumn]:
    found: dict[str, ArielColumn] = {}
    for key, value in document.section("properties"):
        word = document.text(value, f"the type of property {key.text!r}").lower()
        kind = TYPES.get(word)
        if kind is None:
            known = tuple(TYPES)
            advice = did_you_mean(word, known) or "text, number, double, ip, port, boolean, date or list"
            document.fault(value, f"there is no type {word!r} for a property", advice)
        elif key.text.lower() in found:
            document.fault(key, f"property {key.text!r} stands twice; names are compared without case")
        else:
            found[key.text.lower()] = ArielColumn(key.text, kind, "custom property", custom=True)
    return found
