"""Reference data, assets, networks and look-up services that a console has and a laptop gets from a file.

Keys of the file (YAML or JSON), all optional: ``sets`` {name: [value]}, ``maps`` {name: {key: value}}, ``map_of_sets``
{name: {key: [value]}}, ``tables`` {name: {outer key: {column: value}}}, ``networks`` {CIDR: name}, ``assets``
{address: {hostname, user, any property}}, ``xforce`` {ip or URL: {category: confidence}}, ``offenses``
{id: [start, stop]} in epoch milliseconds, ``geo`` the path of a MaxMind database, from the folder of this file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from certhound.model.errors import CerthoundError, ContentError, ErrorList, Place, did_you_mean
from certhound.qradar.catalogue.documents import read_source
from certhound.query.inet import inet_key, network_keys
from certhound.rules.located import Source
from certhound.rules.yaml_tree import Mapping as YamlMapping
from certhound.rules.yaml_tree import Node, Scalar, compose
from certhound.rules.yaml_tree import Sequence as YamlSequence

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """What the file says; every name as it is written there. Treat all of it as frozen."""

    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    maps: Mapping[str, Texts] = field(default_factory=dict)
    map_of_sets: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)
    networks: Texts = field(default_factory=dict)
    assets: Mapping[str, Texts] = field(default_factory=dict)
    xforce: Mapping[str, Texts] = field(default_factory=dict)
    offenses: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    geo: str = ""


def load_reference(path: Path) -> ReferenceData:
    """Read a reference file. Raises located errors; those inside a JSON file say the keys that lead there."""
    source = read_source(path)
    reader = _Reader(source.file)
    data = reader.plain(source)
    known = ReferenceData.__dataclass_fields__
    if not isinstance(data, dict):
        reader.fault((), f"a reference file has the keys {', '.join(known)}")
        data = {}
    for key in data:
        if key not in known:
            reader.fault((key,), f"a reference file has no key {key!r}", did_you_mean(key, tuple(known)))
    found = ReferenceData(
        sets={k: reader.values(v, ("sets", k)) for k, v in reader.pairs(data, "sets")},
        maps={k: reader.texts(v, ("maps", k)) for k, v in reader.pairs(data, "maps")},
        map_of_sets={
            k: {key: reader.values(each, ("map_of_sets", k, key)) for key, each in reader.inner(v, ("map_of_sets", k))}
            for k, v in reader.pairs(data, "map_of_sets")
        },
        tables={
            k: {key: reader.texts(each, ("tables", k, key)) for key, each in reader.inner(v, ("tables", k))}
            for k, v in reader.pairs(data, "tables")
        },
        networks=reader.networks(data),
        assets=reader.assets(data),
        xforce={k: reader.texts(v, ("xforce", k)) for k, v in reader.pairs(data, "xforce")},
        offenses=dict(reader.lives(data)),
        geo=str(path.parent / reader.text(data["geo"], ("geo",))) if data.get("geo") else "",
    )
    if reader.errors:
        raise ErrorList(reader.errors)
    return found


@dataclass
class _Reader:
    file: str
    errors: list[CerthoundError] = field(default_factory=list)

    def fault(self, path: tuple[str, ...], text: str, advice: str = "", line: int | None = None) -> None:
        place = f"at {' → '.join(path)}: " if path else ""
        self.errors.append(
            ContentError(place + text, check="reference-file", place=Place(self.file, line), advice=advice)
        )

    def plain(self, source: Source) -> Any:
        """The file as dictionaries and lists. JSON may be far larger than what the YAML reader takes."""
        if source.text.lstrip()[:1] != "{":
            documents = compose(source)
            return _plain(documents[0]) if documents else {}
        try:
            return json.loads(source.text)
        except ValueError as error:
            line = getattr(error, "lineno", None)
            self.fault((), f"no JSON: {getattr(error, 'msg', error)}", line=line)
        except RecursionError:
            self.fault((), "nested too deep")
        return {}

    def pairs(self, data: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
        return self.inner(data.get(key), (key,))

    def inner(self, value: Any, path: tuple[str, ...]) -> list[tuple[str, Any]]:
        if value is None:
            return []
        if isinstance(value, dict):
            return list(value.items())
        self.fault(path, "a mapping is wanted here")
        return []

    def text(self, value: Any, path: tuple[str, ...]) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        self.fault(path, "a single value is wanted here")
        return ""

    def values(self, value: Any, path: tuple[str, ...]) -> tuple[str, ...]:
        if isinstance(value, list):
            return tuple(self.text(each, path) for each in value)
        self.fault(path, "a list of values is wanted here")
        return ()

    def texts(self, value: Any, path: tuple[str, ...]) -> dict[str, str]:
        return {key: self.text(each, (*path, key)) for key, each in self.inner(value, path)}

    def networks(self, data: Mapping[str, Any]) -> dict[str, str]:
        found = {key: self.text(value, ("networks", key)) for key, value in self.pairs(data, "networks")}
        for key in found:
            if network_keys(key) is None:
                self.fault(("networks", key), f"{key!r} is no network in CIDR form")
        return found

    def assets(self, data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        found = {key: self.texts(value, ("assets", key)) for key, value in self.pairs(data, "assets")}
        for key in found:
            if inet_key(key) is None:
                self.fault(("assets", key), f"{key!r} is no address")
        return found

    def lives(self, data: Mapping[str, Any]) -> list[tuple[str, tuple[int, int]]]:
        found = []
        for key, value in self.pairs(data, "offenses"):
            numbers = [int(each) for each in value if str(each).isdecimal()] if isinstance(value, list) else []
            if len(numbers) == 2:
                found.append((key, (numbers[0], numbers[1])))
            else:
                self.fault(("offenses", key), "two times in epoch milliseconds are wanted here: [start, stop]")
        return found


def _plain(node: Node) -> Any:
    match node:
        case YamlMapping():
            return {name.text: _plain(value) for name, value in node}
        case YamlSequence(items=items):
            return [_plain(item) for item in items]
        case Scalar():
            return None if node.is_null else node.text
