"""What the shell answers to one query or command. It knows nothing of how the text was typed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from certhound.cli.aql_results import write_result
from certhound.cli.boundary import is_interrupt, tell
from certhound.model.errors import CerthoundError, UsageError, did_you_mean

if TYPE_CHECKING:
    from certhound.qradar.running.session import Loaded

FORMATS: Final = ("table", "json", "csv")


class Leave(Exception):
    """The shell is to end."""


class Shell:
    """A console that answers, one text after the other. ``failed``: how many it could not answer."""

    def __init__(self, loaded: Loaded, *, format: str = "table", timing: bool = True) -> None:
        self.loaded = loaded
        self.format = format
        self.timing = timing
        self.failed = 0

    def answer(self, text: str) -> None:
        """Run a query or a command and show what comes of it. Errors are told; only Leave is raised."""
        plain = text.strip().rstrip(";").strip()
        if not plain:
            return
        try:
            if plain.lower() in ("exit", "quit", "help"):
                plain = f".{plain.lower()}"
            if plain.startswith("."):
                self._command(plain)
            else:
                self._query(plain)
        except CerthoundError as error:
            self.failed += 1
            tell(str(error))
        except KeyboardInterrupt:
            tell("Stopped.")
        except RuntimeError as error:
            if not is_interrupt(error):
                raise
            tell("Stopped.")

    def _query(self, text: str) -> None:
        start = time.perf_counter()
        prepared = self.loaded.console.prepare(text)
        count = write_result(self.loaded, prepared, self.format, None)
        sys.stdout.flush()
        if self.timing:
            rows = "1 row" if count == 1 else f"{count:,} rows"
            tell(f"{rows} in {time.perf_counter() - start:.3f} s")
        for note in self.loaded.notes(count):
            tell(note)

    def _command(self, text: str) -> None:
        word, _, rest = text[1:].partition(" ")
        command = COMMANDS.get(word.lower())
        if command is None:
            advice = did_you_mean(word, tuple(COMMANDS)) or ".help lists them"
            raise UsageError(f"there is no command .{word}", check="usage", advice=advice)
        command(self, rest.strip())

    # commands

    def help(self, _: str) -> None:
        """what can be typed here"""
        lines = [f"  .{name:<10} {command.__doc__}" for name, command in COMMANDS.items()]
        tell(
            "A query runs with Enter once it is whole; Esc Enter begins a new line; Tab completes; Ctrl-D leaves.\n"
            + "\n".join(lines)
        )

    def fields(self, word: str) -> None:
        """fields, properties, functions and names that have WORD in them"""
        from certhound.cli.tables import write_table
        from certhound.qradar.catalogue.console import search

        catalogue = self.loaded.console.known()
        rows = [(entry.kind, entry.name, entry.type, entry.meaning) for entry in search(catalogue, word)]
        write_table(sys.stdout, ("kind", "name", "type", "meaning"), rows)

    def tables(self, _: str) -> None:
        """the databases that have records here, and when their newest was stored"""
        from certhound.cli.tables import write_table
        from certhound.qradar.running.session import shown_time

        rows = []
        for name, table in self.loaded.console.tables.items():
            newest = table.newest()
            rows.append((name, f"{table.count():,}", "" if newest is None else shown_time(newest)))
        write_table(sys.stdout, ("database", "records", "newest"), rows)

    def explain(self, query: str) -> None:
        """the tree and the SQL of a QUERY"""
        sys.stdout.write(self.loaded.explained(self.loaded.console.prepare(query)))

    def lint(self, query: str) -> None:
        """what the linter says of a QUERY"""
        from certhound.qradar.aql import lint

        found = lint(query, site=self.loaded.console.known())
        for each in found:
            sys.stdout.write(f"{each.line}:{each.column} {each.severity}[{each.check}] {each.message}\n")
            if each.advice:
                sys.stdout.write(f"    advice: {each.advice}\n")
        if not found:
            sys.stdout.write("nothing to say\n")

    def set_format(self, word: str) -> None:
        """how results are shown: table, json or csv"""
        if word not in FORMATS:
            raise UsageError(f"no format is called {word!r}", check="unknown-format", advice=", ".join(FORMATS))
        self.format = word

    def set_timing(self, word: str) -> None:
        """on or off: whether to say how long a query took"""
        if word not in ("on", "off"):
            raise UsageError("timing is on or off", check="usage")
        self.timing = word == "on"

    def set_now(self, word: str) -> None:
        """the TIME that LAST counts from; data: the newest record"""
        self.loaded.set_now(word or None)

    def leave(self, _: str) -> None:
        """the end; so does Ctrl-D"""
        raise Leave


COMMANDS: Final[dict[str, Callable[[Shell, str], None]]] = {
    "help": Shell.help,
    "fields": Shell.fields,
    "tables": Shell.tables,
    "explain": Shell.explain,
    "lint": Shell.lint,
    "format": Shell.set_format,
    "timing": Shell.set_timing,
    "now": Shell.set_now,
    "quit": Shell.leave,
    "exit": Shell.leave,
}
"""Commands by their name behind the dot; what they do is their docstring."""
