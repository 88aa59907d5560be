"""The catalogue in force: the stock console, and the site that adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from certhound.model.errors import did_you_mean
from certhound.qradar.catalogue.ariel import ArielColumn, ArielType
from certhound.qradar.catalogue.databases import DATABASES, IBM_PROPERTIES, WIDELY_WRITTEN
from certhound.qradar.catalogue.functions import functions
from certhound.qradar.catalogue.site import NAMES, Site, load_site, read_site
from certhound.rules.located import Source

SHIPPED = "certhound"
"""Name of the site that ships with the project and holds over our own files."""

STOCK = "stock"
"""Word of ``--site`` for the console as it is installed."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a console knows. ``names`` gives ids their names by section (:data:`~.site.NAMES` and ``protocols``)."""

    site: str
    names: Mapping[str, Mapping[int, str]]
    properties: Mapping[str, ArielColumn] = field(default_factory=dict)
    internal_types: Mapping[int, str] = field(default_factory=dict)
    """Internal names of log source types, as some tools write them (``ZscalerNss``)."""

    def column(self, database: str, name: str) -> ArielColumn | None:
        """A column or custom property by its name in any case."""
        return _native(database).get(name.lower()) or self.properties.get(name.lower())

    def columns(self, database: str) -> Iterator[ArielColumn]:
        """All columns of a database, then the custom properties."""
        yield from DATABASES.get(database, ())
        yield from self.properties.values()

    def name_of(self, section: str, number: int) -> str | None:
        return self.names.get(section, {}).get(number)

    def has_log_source_type(self, name: str) -> bool:
        """Whether LOGSOURCETYPENAME can give this name; case counts."""
        return name in self.names["log_source_types"].values()

    def hyphenated(self) -> frozenset[str]:
        """Names with hyphens, in lower case: without quotes they are names here, not subtractions."""
        return frozenset(name for name in self.properties if "-" in name)

    def advice(self, database: str, name: str) -> str:
        """What to write instead of a field that does not exist."""
        known = WIDELY_WRITTEN.get(name.lower())
        if known is not None:
            return f"{name} is no native field: {known}"
        content = next((each for each, _, _ in IBM_PROPERTIES if each.lower() == name.lower()), None)
        if content is not None:
            return f'"{content}" is a property of IBM\'s content packs; a site file (--site) says that yours has it'
        near = did_you_mean(name, [column.name for column in self.columns(database)])
        return near or "certhound aql fields lists what there is; a site file (--site) adds properties"

    def with_site(self, site: Site) -> Catalogue:
        """This catalogue and what a site adds; the site's names win."""
        names = {section: {**known, **site.names.get(section, {})} for section, known in self.names.items()}
        return replace(self, site=site.name, names=names, properties={**self.properties, **site.properties})

    def with_site_names(self, site: Site) -> Catalogue:
        """This catalogue and the names of ids that a site adds, those that have one already left as they are."""
        names = {section: {**site.names.get(section, {}), **known} for section, known in self.names.items()}
        return replace(self, names=names)

    def with_properties(self, properties: Mapping[str, ArielColumn]) -> Catalogue:
        """This catalogue and properties that rows bring along; those that are known stay as they are.

        But a number that rows write with a point is a double from then on.
        """
        doubles = {name: each for name, each in properties.items() if each.type is ArielType.DOUBLE}
        wider = {name: each for name, each in doubles.items() if name in self.properties}
        return replace(self, properties={**properties, **self.properties, **wider})


@cache
def _native(database: str) -> dict[str, ArielColumn]:
    return {column.name: column for column in DATABASES.get(database, ())}


@cache
def stock() -> Catalogue:
    """The console as it is installed: no custom property, no rule, no log source."""
    types = _table("log_source_types")
    names: dict[str, dict[int, str]] = {section: {} for section in NAMES}
    names["log_source_types"] = {number: row[-1] for number, row in types.items()}
    names["categories"] = {number: row[0] for number, row in _table("categories").items()}
    names["protocols"] = {number: row[0] for number, row in _table("protocols").items()}
    return Catalogue("stock", names, {}, {number: row[0] for number, row in types.items()})


def _table(name: str) -> dict[int, list[str]]:
    text = files(__package__).joinpath("data", f"{name}.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {int(row[0]): row[1:] for row in rows}


@cache
def shipped_site() -> Site:
    """The site ``certhound``: types, ids and properties that our own events have."""
    path = files("certhound").joinpath("content", "sites", f"{SHIPPED}.yaml")
    return read_site(Source(f"{SHIPPED}.yaml", path.read_text(encoding="utf-8")), SHIPPED)


def catalogue_of(site: str | None, *, own: bool) -> Catalogue:
    """The catalogue of a site file, of ``stock``, or without either of our own site (``own``) or the stock console."""
    if site is None:
        return stock().with_site(shipped_site()) if own else stock()
    return stock() if site.lower() == STOCK else stock().with_site(load_site(Path(site)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of ``certhound aql fields``: a column, property, function, or an id with its name."""

    kind: str
    name: str
    type: str
    meaning: str


def entries(catalogue: Catalogue) -> Iterator[Entry]:
    """Everything that a query can name."""
    for database in DATABASES:
        for column in DATABASES[database]:
            yield Entry(database, column.name, str(column.type), column.meaning)
    for column in catalogue.properties.values():
        yield Entry("property", f'"{column.name}"', str(column.type), column.meaning)
    here = set(catalogue.properties)
    for name, kind, meaning in IBM_PROPERTIES:
        if name.lower() not in here:
            yield Entry("IBM content", f'"{name}"', str(kind), f"{meaning}; not on this console")
    for function in functions().values():
        yield Entry("function", function.shown, str(function.result or ""), function.doc)
    for section, names in catalogue.names.items():
        for number, name in names.items():
            yield Entry(section.replace("_", " ").removesuffix("s"), name, str(number), "")


def search(catalogue: Catalogue, word: str) -> list[Entry]:
    """The entries that have a word in any of their parts, in any case; all of them for an empty word."""
    wanted = word.lower()
    return [
        each for each in entries(catalogue) if wanted in f"{each.kind} {each.name} {each.type} {each.meaning}".lower()
    ]
