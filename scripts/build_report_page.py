"""Write the tables of fields in docs/report.md from the JSON Schema of the report.

    python scripts/build_report_page.py [--check]

With ``--check`` nothing is written; ends with 1 if the page is not what the schema says.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from certhound.outputs.json import schema

PAGE = Path(__file__).resolve().parent.parent / "docs" / "report.md"
Node = Mapping[str, Any]

_FIELDS = re.compile(r"(<!-- fields: [^>]*-->\n).*?(<!-- end of fields -->)", re.DOTALL)
_ORDER = ("finding", "entity", "signal", "counted", "meeting", "met_by", "origin", "hidden", "rejected", "not_run")
_WORDS = {"string": "text", "integer": "whole number"}
_SCALARS = {"severity": "text", "confidence": "text", "time": "time", "counts": "object of counts"}


def with_fields(text: str) -> str:
    """The page with its tables made anew."""
    return _FIELDS.sub(lambda found: f"{found[1]}\n{fields()}\n\n{found[2]}", text)


def fields() -> str:
    """All tables: the report first, then each kind of object in it."""
    whole = schema()
    kinds: Node = whole["$defs"]
    names = [*_ORDER, *(name for name in kinds if name not in _ORDER)]
    parts = [_section("The report", "", whole)]
    listed = [(name, kinds[name]) for name in names if "properties" in kinds[name]]
    parts += [_section(name, node.get("description", ""), node) for name, node in listed]
    parts.append(_certificate(kinds["certificate"]))
    return "\n\n".join(parts)


def _section(title: str, said: str, node: Node) -> str:
    shown = title if title[:1].isupper() else f"`{title}`"
    head = [
        f"### {shown}",
        *([f"\n{_sentence(said)}"] if said else []),
        "",
        "| key | type | meaning |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *_rows(node["properties"])])


def _rows(properties: Node) -> Iterator[str]:
    for name, node in properties.items():
        yield f"| `{name}` | {_type(node)} | {_meaning(node)} |"


def _certificate(node: Node) -> str:
    return f"### `certificate`\n\n{_sentence(node['description'])} See [Tables and columns](tables.md)."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _meaning(node: Node) -> str:
    text: str = node.get("description", "")
    if not text and "$ref" in node:
        text = schema()["$defs"][_kind(node)].get("description", "")
    return text.replace("|", "\\|")


def _kind(node: Node) -> str:
    return str(node["$ref"]).rpartition("/")[2]


def _type(node: Node) -> str:
    """A type in the words of people: ``text or null``, ``list of [signal]``."""
    if "$ref" in node:
        kind = _kind(node)
        return _SCALARS.get(kind, f"[{kind}](#{kind})")
    if "const" in node:
        return f"always {node['const']}"
    if "anyOf" in node:
        return " or ".join(_type(each) for each in node["anyOf"])
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    if kinds == ["array"]:
        return f"list of {_type(node['items'])}"
    return " or ".join(_WORDS.get(kind, kind) for kind in map(str, kinds))


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description="write the fields in docs/report.md")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if the page is not current")
    check = parser.parse_args().check
    text = PAGE.read_text("utf-8")
    if text == with_fields(text):
        return 0
    if check:
        sys.stderr.write(f"{PAGE} is not current: run python scripts/build_report_page.py\n")
        return 1
    PAGE.write_text(with_fields(text), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
