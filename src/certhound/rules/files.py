"""Rule files: from paths and packages to texts, within bounds, and what in them cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from certhound.model.errors import CerthoundError, ContentError, Place
from certhound.rules.located import Source
from certhound.rules.yaml_tree import MAX_BYTES

SUFFIXES = (".yml", ".yaml")
PACKAGED = "detections"
MAX_FILES = 100_000


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The name by which people know a file, and how to read it."""

    name: str
    place: Path | Traversable

    def read(self) -> Source:
        """Its text. Raises a :class:`CerthoundError` for what is no text of bearable size."""
        try:
            with self.place.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise self.refuse("unreadable", error.strerror or str(error)) from None
        if len(data) > MAX_BYTES:
            raise self.refuse("too-large", f"a rule file has at most {MAX_BYTES:,} bytes")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise self.refuse("encoding", f"byte {error.start} is not UTF-8", line) from None
        return Source(self.name, text.replace("\r\n", "\n"))

    def refuse(self, check: str, text: str, line: int | None = None) -> CerthoundError:
        return ContentError(text, check=check, place=Place(self.name, line))


def packaged_files() -> list[RuleFile]:
    """The rules that ship with the project, by name."""
    root = files("certhound").joinpath("content", PACKAGED)
    return sorted(_inside(root, PACKAGED), key=lambda each: each.name) if root.is_dir() else []


def _inside(folder: Traversable, name: str) -> Iterator[RuleFile]:
    for each in folder.iterdir():
        path = f"{name}/{each.name}"
        if each.is_dir():
            yield from _inside(each, path)
        elif each.name.endswith(SUFFIXES):
            yield RuleFile(path, each)


def files_under(path: Path) -> list[RuleFile]:
    """A file, or the rule files of a folder and those below it, by name. Raises where there is no such path."""
    if path.is_dir():
        found = (each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file())
        return [RuleFile(str(each), each) for each in sorted(found)][:MAX_FILES]
    if not path.exists():
        raise ContentError("there is no such file or folder", check="unreadable", place=Place(str(path)))
    return [RuleFile(str(path), path)]
