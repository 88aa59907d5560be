"""Help as plain text: two columns, wrapped once, the same on a terminal and in a pipe.

cyclopts' own plain formatter wraps twice, which breaks lines in the middle, and its default one draws boxes.
"""

from __future__ import annotations

import shutil
import textwrap
from typing import Any

_LEFT = 24
"""Columns of names; a longer one gets a line of its own."""


class PlainHelp:
    """A help formatter of cyclopts (see ``cyclopts.help.protocols.HelpFormatter``)."""

    def __call__(self, console: Any, options: Any, panel: Any) -> None:  # noqa: ARG002 -- the protocol
        if not panel.entries:
            return
        lines = [f"{panel.title}:"]
        for entry in panel.entries:
            if panel.format == "parameter":
                lines += _entry(_labels(entry), _described(entry, console), _width())
            else:
                lines += _entry(", ".join(entry.all_options), _flat(entry.description, console), _width())
        _print(console, [*lines, ""])

    def render_usage(self, console: Any, options: Any, usage: Any) -> None:  # noqa: ARG002
        if usage:
            text = _flat(usage, console)
            _print(console, [text if text.startswith("Usage:") else f"Usage: {text}", ""])

    def render_description(self, console: Any, options: Any, description: Any) -> None:  # noqa: ARG002
        text = _plain(description, console)
        for paragraph in text.split("\n\n") if text else ():
            _print(console, [*textwrap.wrap(" ".join(paragraph.split()), max(40, _width())), ""])


def _width() -> int:
    """Columns of the terminal as it is now; a console remembers what held when it was made."""
    return shutil.get_terminal_size((80, 24)).columns


def _entry(name: str, text: str, width: int) -> list[str]:
    """One name with its description, wrapped into the second column."""
    body = textwrap.wrap(text, max(30, width - _LEFT - 2), break_long_words=False) or [""]
    if len(name) + 2 > _LEFT:
        return [f"  {name}", *(f"{'':{_LEFT + 2}}{line}" for line in body)]
    return [f"  {name:<{_LEFT}}{body[0]}".rstrip(), *(f"{'':{_LEFT + 2}}{line}" for line in body[1:])]


def _labels(entry: Any) -> str:
    """The names of an option, the positive ones, with what it takes."""
    names = ", ".join(sorted(entry.display_labels, key=lambda name: (len(name) > 2, name)))
    takes = "" if not entry.metavar else f" {entry.metavar}"
    if not names.startswith("-"):
        return names
    return f"{names} {{{'|'.join(entry.choices)}}}" if entry.choices and len(entry.choices) < 4 else f"{names}{takes}"


def _described(entry: Any, console: Any) -> str:
    parts = [_flat(entry.description, console)]
    if entry.choices and len(entry.choices) > 3:
        parts.append(f"One of {', '.join(entry.choices)}.")
    if entry.default is not None:
        parts.append(f"[default: {entry.default}]")
    return " ".join(part for part in parts if part)


def _plain(text: Any, console: Any) -> str:
    """Text out of what cyclopts made for rich."""
    if text is None:
        return ""
    if hasattr(text, "plain"):
        return str(text.plain).strip()
    if hasattr(text, "__rich_console__"):
        with console.capture() as captured:
            console.print(text, end="", soft_wrap=True, highlight=False, markup=False)
        return str(captured.get()).strip()
    return str(text).strip()


def _flat(text: Any, console: Any) -> str:
    return " ".join(_plain(text, console).split())


def _print(console: Any, lines: list[str]) -> None:
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True, style=None)
