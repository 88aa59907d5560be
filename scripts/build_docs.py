"""Write the pages of docs/ that the code knows best: commands, tables, exit codes, and the keys of the profile.

    python scripts/build_docs.py [--check]

With ``--check`` nothing is written; ends with 1 if a page is not what the code says.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from certhound.cli import main as certhound
from certhound.cli.discovery import commands
from certhound.model.columns import CATEGORIES, TABLES, TLS_STATES, Column, Table
from certhound.model.errors import EXIT_CODES
from certhound.model.profile_file import TABLES as PROFILE
from certhound.x509 import traits

DOCS = Path(__file__).resolve().parent.parent / "docs"
_MADE = "This page is made by `scripts/build_docs.py` from the code."


def pages() -> dict[Path, str]:
    """Every page that is made here, with its text."""
    return {
        DOCS / "commands.md": commands_page(),
        DOCS / "tables.md": tables_page(),
        DOCS / "exit-codes.md": between(DOCS / "exit-codes.md", "exit codes", exit_codes()),
        DOCS / "profile.md": between(DOCS / "profile.md", "keys", profile_keys()),
    }


def between(page: Path, name: str, text: str) -> str:
    """A page written by hand with one part made here, which stands between two comments."""
    pattern = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    return pattern.sub(lambda match: f"{match[1]}\n{text}\n{match[2]}", page.read_text("utf-8"))


# --- commands


def commands_page() -> str:
    parts = ["# Commands", f"{_MADE} In the terminal: `certhound --help`, `certhound COMMAND --help`."]
    section = ""
    for command in commands():
        if command.section != section:
            section = command.section
            parts.append(f"## {section}")
        parts.append(f"### `certhound {command.name}`")
        text = help_of(command.name)
        parts.append(_block(text))
        for each in _subcommands(text):
            parts += [f"#### `certhound {command.name} {each}`", _block(help_of(command.name, each))]
    return "\n\n".join(parts) + "\n"


def help_of(*words: str) -> str:
    """What ``--help`` prints, 100 columns wide."""
    text = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        with contextlib.redirect_stdout(text):
            certhound([*words, "--help"])
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    return text.getvalue().strip()


def _subcommands(text: str) -> list[str]:
    listed = text.partition("\nCommands:\n")[2]
    return re.findall(r"^  (\S+)", listed, re.MULTILINE)


def _block(text: str) -> str:
    return f"```text\n{text}\n```"


# --- tables

_HEAD = f"""\
# Tables and columns

certhound reads everything into two tables, `events` and `certificates`, and derives a third, `contacts`. Rules may read
any of them; `certhound events` and `certhound certificates` show the first two. A column that is absent in a row makes
*no statement*. Times are UTC with microseconds. {_MADE}

The names in the Elastic Common Schema (ECS), in OCSF and in IBM QRadar's Ariel are those under which others know the
same thing; Ariel names in double quotes are custom properties of IBM's content."""

_TYPES = {
    "text": "text", "int": "whole number", "double": "number", "bool": "yes or no", "time": "time", "inet": "address",
    "list": "list of texts", "map": "texts by name", "bytes": "bytes",
}  # fmt: skip


def tables_page() -> str:
    parts = [_HEAD]
    for table in TABLES:
        parts += [f"## `{table.name}`", f"One row: {table.row}.", "\n".join(_rows(table))]
        if table.name == "events":
            parts.append("\n".join(_states()))
        if table.name == "certificates":
            parts += ["### Traits", _TRAITS, "\n".join(_trait_rows())]
    return "\n\n".join(parts) + "\n"


_TRAITS = """\
Computed columns of a certificate that a row of Sigma could not say. They are small files in
`src/certhound/x509/traits`."""


def _rows(table: Table) -> Iterator[str]:
    yield "| column | type | meaning | ECS | OCSF | Ariel |"
    yield "|---|---|---|---|---|---|"
    for column in table.columns:
        yield f"{_start(column)} {_code(column.ecs)} | {_code(column.ocsf)} | {_code(column.ariel)} |"


def _trait_rows() -> Iterator[str]:
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column in traits.columns():
        yield _start(column)


def _start(column: Column) -> str:
    return f"| `{column.name}` | {_TYPES[column.kind.value]} | {column.meaning.replace('|', chr(92) + '|')} |"


def _states() -> Iterator[str]:
    yield f"`category` is one of {', '.join(f'`{name}`' for name in CATEGORIES)}."
    yield ""
    yield "`tls_state` is the first of these that fits:"
    yield ""
    for name, meaning in TLS_STATES:
        yield f"- `{name}`: {meaning}"


def _code(name: str) -> str:
    return f"`{name}`" if name else ""


# --- exit codes and the profile


def exit_codes() -> str:
    lines = ["| code | meaning |", "|---:|---|"]
    lines += [f"| {int(code)} | {meaning} |" for code, meaning in EXIT_CODES]
    return "\n".join(lines)


def profile_keys() -> str:
    """A table of keys for each table of the file."""
    titles = {
        "organisation": "`[organisation]`",
        "trust": "`[trust]`",
        "time_zones": "`[time_zones]`",
        "exception": "`[[exception]]`",
        "match": "`match` of an exception",
    }
    parts = []
    for name, keys in PROFILE.items():
        rows = [f"| `{key}` | {meaning} |" for key, (_, meaning) in keys.items()]
        parts.append("\n".join([f"### {titles[name]}", "", "| key | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is out of date")
    check = parser.parse_args().check
    old = [page for page, text in pages().items() if not page.is_file() or page.read_text("utf-8") != text]
    for page in old:
        if check:
            sys.stderr.write(f"{page} is out of date; run scripts/build_docs.py\n")
        else:
            page.write_text(pages()[page], "utf-8")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
