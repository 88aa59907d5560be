"""Mappings of foreign log sources and fields to our tables, read from ``content/mappings/sigma/``.

A file holds a list ``logsources``. An entry names a log source as Sigma does (a key may list several values; ``'*'``
takes any, also an absent one; a key that is not named must be absent), the ``table``, and under ``where`` the rows that
are of that log source (columns with values, as in a selection). ``fields`` maps a field to a column, to ``fields.key``,
or to a mapping of ``column`` with ``part`` (the field is only ``inside`` the column, or its ``tail``) or ``form: hex``.
``passes`` lists fields that vendors send and nobody normalises: they are looked up in the map column ``fields`` under
their own names. ``rest: fields`` does that with every other field too, where a log source's fields are no closed set;
elsewhere a field that nobody maps makes its rule not run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from certhound.model.columns import Kind
from certhound.model.errors import ErrorList, did_you_mean
from certhound.query.tree import Span
from certhound.rules.document import LogSource
from certhound.rules.located import Problems, Source
from certhound.rules.schema import table_columns
from certhound.rules.yaml_tree import Mapping, Node, Scalar, Sequence, compose

ANY = "*"
UNNORMALISED = "fields"
"""The map column of ``events`` that keeps what nobody normalised."""
PARTS = ("inside", "tail")
FORMS = ("hex",)
_ENTRY_KEYS = ("logsource", "table", "where", "fields", "passes", "rest", "note")
_LOG_SOURCE_KEYS = ("product", "category", "service")


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where a foreign field leads: a column, perhaps a key of it, and how the field sits in it."""

    column: str
    key: str | None
    kind: Kind
    part: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One log source: which rules it takes, which rows they see, and their fields."""

    accepts: dict[str, tuple[str, ...]]
    table: str
    where: Mapping | None
    fields: dict[str, FieldMap]
    rest: str
    source: Source = field(repr=False)

    def takes(self, log_source: LogSource) -> bool:
        """Whether rules of a log source are of this entry."""
        for key in _LOG_SOURCE_KEYS:
            known, asked = self.accepts.get(key, ("",)), getattr(log_source, key).lower()
            if ANY not in known and asked not in known:
                return False
        return True

    def find(self, name: str) -> FieldMap | None:
        """Where a field leads, itself or through the map that keeps what nobody normalised."""
        if name in self.fields:
            return self.fields[name]
        return FieldMap(self.rest, name, Kind.TEXT) if self.rest else None


def entry_for(log_source: LogSource) -> Entry | None:
    """The first entry of the shipped mappings, in the order of their file names, that takes a log source."""
    return next((entry for entry in packaged_mappings() if entry.takes(log_source)), None)


@cache
def packaged_mappings() -> tuple[Entry, ...]:
    """All entries of the shipped files."""
    folder = files("certhound").joinpath("content", "mappings", "sigma")
    found: list[Entry] = []
    for each in sorted(_yaml_files(folder), key=lambda each: each.name):
        found += read_mapping(Source(each.name, each.read_text("utf-8")))
    return tuple(found)


def _yaml_files(folder: Traversable) -> Iterator[Traversable]:
    return (each for each in folder.iterdir() if each.name.endswith((".yml", ".yaml")))


def read_mapping(source: Source) -> list[Entry]:
    """The entries of one mapping file. Raises :class:`ErrorList` with every located error of it."""
    problems = Problems(source)
    found = [entry for node in _entries(source, problems) if (entry := _entry(node, problems))]
    if problems.errors:
        raise ErrorList(problems.errors)
    return found


def _entries(source: Source, problems: Problems) -> Iterator[Node]:
    for root in compose(source):
        listed = root.get("logsources") if isinstance(root, Mapping) else None
        if isinstance(listed, Sequence):
            yield from listed.items
        else:
            problems.add(root.span, "mapping", "a mapping file holds a list 'logsources'")


def _entry(node: Node, problems: Problems) -> Entry | None:
    before = len(problems.errors)
    if not isinstance(node, Mapping):
        problems.add(node.span, "mapping", "a log source is a mapping")
        return None
    for key, _ in node:
        if key.text not in _ENTRY_KEYS:
            problems.add(key.span, "unknown-key", f"unknown key {key.text!r}", did_you_mean(key.text, _ENTRY_KEYS))
    table = _text(node.get("table")) or "events"
    columns = table_columns(table)
    where, rest = node.get("where"), _text(node.get("rest"))
    if where is not None and not isinstance(where, Mapping):
        problems.add(where.span, "mapping", "where is a mapping of columns to values")
        where = None
    if rest and (rest not in columns or columns[rest].kind is not Kind.MAP):
        problems.add(node.span, "mapping", f"rest names {rest!r}, which is no map column")
    fields = {**_passed(node.get("passes"), problems), **_fields(node.get("fields"), table, problems)}
    accepts = _accepts(node.get("logsource"), node.span, problems)
    return Entry(accepts, table, where, fields, rest, problems.source) if len(problems.errors) == before else None


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _accepts(node: Node | None, span: Span, problems: Problems) -> dict[str, tuple[str, ...]]:
    if not isinstance(node, Mapping):
        problems.add(span, "mapping", "an entry needs a logsource")
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for key, value in node:
        items = value.items if isinstance(value, Sequence) else (value,)
        if key.text not in _LOG_SOURCE_KEYS or not all(isinstance(item, Scalar) for item in items):
            problems.add(key.span, "mapping", f"a log source has {', '.join(_LOG_SOURCE_KEYS)}")
        found[key.text] = tuple(_text(item).lower() for item in items)
    return found


def _fields(node: Node | None, table: str, problems: Problems) -> dict[str, FieldMap]:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        problems.add(node.span, "mapping", "fields is a mapping of fields to columns")
        return {}
    return {key.text: found for key, value in node if (found := _field(value, table, problems))}


def _passed(node: Node | None, problems: Problems) -> dict[str, FieldMap]:
    """Fields under their own names; a list of lists is one list, so that lists can be shared by aliases."""
    if node is None:
        return {}
    if isinstance(node, Scalar):
        return {node.text: FieldMap(UNNORMALISED, node.text, Kind.TEXT)}
    if isinstance(node, Sequence):
        return {name: found for item in node.items for name, found in _passed(item, problems).items()}
    problems.add(node.span, "mapping", "passes is a list of fields")
    return {}


def _field(node: Node, table: str, problems: Problems) -> FieldMap | None:
    target = node.get("column") if isinstance(node, Mapping) else node
    part = _text(node.get("part")) if isinstance(node, Mapping) else ""
    form = _text(node.get("form")) if isinstance(node, Mapping) else ""
    name = _text(target)
    columns = table_columns(table)
    base, dot, key = name.partition(".")
    if base not in columns or (dot and columns[base].kind is not Kind.MAP):
        text = f"table {table} has no column {name!r}"
        problems.add(node.span, "unknown-column", text, did_you_mean(name, tuple(columns)))
        return None
    if part not in ("", *PARTS) or form not in ("", *FORMS):
        problems.add(node.span, "mapping", f"part is one of {', '.join(PARTS)}; form one of {', '.join(FORMS)}")
        return None
    return FieldMap(base, key if dot else None, Kind.TEXT if dot else columns[base].kind, part, form)
