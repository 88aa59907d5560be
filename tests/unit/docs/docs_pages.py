"""The pages of the documentation as data: their fenced blocks, headings, links and code spans."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^(`{3,})([^`\n]*)\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block. ``info`` is what stands behind the fence, ``line`` its first line of text, from 1."""

    info: str
    text: str
    line: int

    @property
    def language(self) -> str:
        return self.info.split(" ", 1)[0]

    @property
    def file(self) -> str:
        """The file that a block shows, named behind its language, as in ``yaml my_rules/a_rule.yml``."""
        return self.info.partition(" ")[2].strip()


@dataclass(frozen=True)
class Example:
    """One ``$ …`` of a console block, the exit code that it must end with, and what it must print."""

    command: str
    code: int
    output: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Page:
    """One page; ``prose`` is its text without fenced blocks."""

    path: Path
    text: str
    blocks: tuple[Block, ...] = field(default=())

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def spans(self) -> list[str]:
        return _SPAN.findall(self.prose)

    def anchors(self) -> set[str]:
        """Anchors of the headings, as GitHub makes them."""
        return {_anchor(heading) for heading in _HEADING.findall(self.prose)}

    def examples(self) -> list[Example]:
        return [each for block in self.blocks if block.language == "console" for each in _examples(block)]

    def files(self) -> dict[str, str]:
        """Files that the page shows, with their text."""
        return {block.file: block.text for block in self.blocks if block.file}


def _anchor(heading: str) -> str:
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


_CODE = re.compile(r"\s+# exit code (\d+)$")


def _examples(block: Block) -> list[Example]:
    found: list[Example] = []
    command, code, line = "", 0, 0
    output: list[str] = []

    def close() -> None:
        if command:
            found.append(Example(command, code, tuple(output), line))

    rows = iter(enumerate(block.text.splitlines(), block.line))
    for number, row in rows:
        if row.startswith("$ "):
            close()
            command, output, line = row[2:], [], number
            while command.endswith("\\"):
                command = command[:-1] + next(rows, (0, ""))[1].strip()
            stated = _CODE.search(command)
            code = int(stated[1]) if stated else 0
            command = _CODE.sub("", command)
        elif row.strip() and row.strip() != "…":
            output.append(row)
    close()
    return found


def read(path: Path) -> Page:
    text = path.read_text("utf-8")
    blocks = [
        Block(match[2].strip(), match[3], text.count("\n", 0, match.start()) + 2) for match in _FENCE.finditer(text)
    ]
    return Page(path, text, tuple(blocks))


def pages() -> list[Page]:
    """README.md and every page under docs/."""
    return [read(path) for path in (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))]
