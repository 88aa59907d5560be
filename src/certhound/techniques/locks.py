"""Ids and versions of packages and rules, locked to their content by hashes.

A lock is a JSON file beside what it locks. Content that changed under the same version, an id that moved and an id that
was given out before are refused, so that whoever installed version 1 of a rule can tell what he has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from certhound.model.errors import ContentError, Place
from certhound.rules.document import Document
from certhound.rules.rule import Rule
from certhound.rules.yaml_tree import Mapping as MappingNode
from certhound.rules.yaml_tree import Node, Scalar
from certhound.techniques.check.base import Remark
from certhound.techniques.package import Package
from certhound.techniques.verified import SHIPPED

LOCK = "lock.json"
_WRITE = "certhound content check --lock"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is locked under an id: the name that people use, the version, and the hash of the content."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Lock:
    """The entries by id, and the names of what had an id that must not be given out again."""

    entries: dict[str, Entry] = field(default_factory=dict)
    retired: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The file, by name, so that a change of one entry is a change of a few lines."""
        ordered = sorted(self.entries.items(), key=lambda each: each[1].name)
        found = {id_: asdict(entry) for id_, entry in ordered}
        return json.dumps({"entries": found, "retired": dict(sorted(self.retired.items()))}, indent=1) + "\n"


def read_lock(folder: Path) -> Lock:
    """The lock of a folder; empty where there is none yet. Raises ContentError for what is no lock."""
    file = folder / LOCK
    if not file.is_file():
        return Lock()
    try:
        found = json.loads(file.read_text("utf-8"))
        return Lock({id_: Entry(**each) for id_, each in found["entries"].items()}, dict(found["retired"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ContentError(
            f"is no lock: {error}", check="bad-lock", place=Place(str(file)), advice=f"delete it, then {_WRITE}"
        ) from error


def package_entries(packages: Iterable[Package], folder: Path) -> dict[str, Entry]:
    """What the packages of a folder are now."""
    return {each.id: Entry(each.id, each.facts.version, digest_of(folder / each.id)) for each in packages}


def rule_entries(rules: Iterable[Rule], documents: Mapping[str, Document]) -> dict[str, Entry]:
    """What rules are now, by their ids."""
    return {each.id: Entry(each.name, each.version, digest_of_rule(documents[each.id])) for each in rules}


def digest_of(folder: Path) -> str:
    """One hash over all files of a package, by their names; records of drills are evidence, and no content of it."""
    whole = hashlib.sha256()
    evidence = folder / SHIPPED
    for each in sorted(path for path in folder.rglob("*") if path.is_file() and evidence not in path.parents):
        whole.update(f"{each.relative_to(folder).as_posix()}\0".encode())
        whole.update(hashlib.sha256(each.read_bytes()).digest())
    return whole.hexdigest()


def digest_of_rule(document: Document) -> str:
    """The hash of what a rule says: not of its comments, its spelling as YAML, its version or the day of a change."""
    return hashlib.sha256(json.dumps(_plain(document.root, ""), ensure_ascii=True).encode()).hexdigest()


_OUTSIDE = frozenset({"/modified", "/certhound/version"})


def _plain(node: Node, path: str) -> object:
    if isinstance(node, Scalar):
        return None if node.is_null else node.text.strip()
    if isinstance(node, MappingNode):
        found = {
            key.text: _plain(value, f"{path}/{key.text}") for key, value in node if f"{path}/{key.text}" not in _OUTSIDE
        }
        return dict(sorted(found.items()))
    return [_plain(item, f"{path}/-") for item in node.items]


def refused(kind: str, now: Mapping[str, Entry], lock: Lock) -> list[Remark]:
    """What must be put right before a lock is written. ``kind`` is 'rule' or 'package'."""
    return [Remark(about, f"{kind}-lock", *said) for about, said in _refused(now, lock)]


def _refused(now: Mapping[str, Entry], lock: Lock) -> Iterator[tuple[str, tuple[str, str]]]:
    ids = {entry.name: id_ for id_, entry in lock.entries.items()}
    for id_, entry in now.items():
        before = lock.entries.get(id_)
        if before is None:
            if id_ in lock.retired:
                yield entry.name, (f"its id was that of {lock.retired[id_]}, which was retired", "take a new id")
            elif entry.name in ids and ids[entry.name] not in now:
                yield entry.name, (f"its id was {ids[entry.name]}", "an id is for ever: put it back, or rename it")
        elif entry.version < before.version:
            yield entry.name, (f"its version was {before.version} and is {entry.version}", "versions only rise")
        elif entry.sha256 != before.sha256 and entry.version == before.version:
            advice = f"raise its version to {before.version + 1}, then {_WRITE}"
            yield entry.name, (f"its content changed and its version is still {entry.version}", advice)


def outdated(kind: str, now: Mapping[str, Entry], lock: Lock) -> list[Remark]:
    """Where the lock does not say what is there, though nothing is refused: new, gone, or of a higher version."""
    found = []
    for id_, entry in now.items():
        before = lock.entries.get(id_)
        if before is None and id_ not in lock.retired:
            found.append(Remark(entry.name, f"{kind}-lock", "it is not in the lock", _WRITE))
        elif before is not None and entry != before and entry.version > before.version:
            found.append(Remark(entry.name, f"{kind}-lock", f"the lock has version {before.version}", _WRITE))
        elif before is not None and entry.name != before.name:
            found.append(Remark(entry.name, f"{kind}-lock", f"the lock calls it {before.name}", _WRITE))
    for id_, before in lock.entries.items():
        if id_ not in now:
            text = "it is in the lock and is gone"
            found.append(Remark(before.name, f"{kind}-lock", text, f"{_WRITE} retires its id"))
    return found


def renewed(now: Mapping[str, Entry], lock: Lock) -> Lock:
    """The lock as it should be, where nothing is refused."""
    gone = {id_: entry.name for id_, entry in lock.entries.items() if id_ not in now}
    return Lock(dict(now), {**lock.retired, **gone})
