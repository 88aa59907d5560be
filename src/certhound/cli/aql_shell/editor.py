"""The line editor of the shell: history, completion, several lines. Only here prompt_toolkit is used, when it is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from certhound.cli.aql_shell.answering import COMMANDS, FORMATS
from certhound.cli.aql_shell.statements import is_whole

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output

    from certhound.qradar.catalogue import Catalogue
    from certhound.qradar.running.reference_data import ReferenceData

PROMPT = "aql> "
_MORE = " ... "


def offers(
    before: str, after: str, catalogue: Catalogue, reference: ReferenceData, *, asked: bool = True
) -> Iterator[tuple[str, int, str]]:
    """Completions of queries and of the shell's own commands: text, how much of what was typed it replaces, meaning."""
    from certhound.qradar.running.completion import completions

    plain = before.lstrip()
    if plain.startswith("."):
        word, blank, rest = plain[1:].partition(" ")
        if not blank:
            yield from _beginning(word, COMMANDS)
            return
        if word == "format":
            yield from _beginning(rest, FORMATS)
        if word not in ("explain", "lint"):
            return
    elif not asked and not before[-1:].strip():
        return
    for each in completions(before, after, catalogue, reference):
        yield each.text, each.start, each.meaning


def _beginning(word: str, known: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    return ((each, len(word), "") for each in known if each.startswith(word))


def session(
    catalogue: Catalogue, reference: ReferenceData, *, input: Input | None = None, output: Output | None = None
) -> PromptSession[str]:
    """An editor for queries: Enter runs what is whole, Esc Enter begins a line, Tab completes."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.output import create_output

    class AqlCompleter(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            before, after = document.text_before_cursor, document.text_after_cursor
            asked = complete_event.completion_requested
            for text, start, meaning in offers(before, after, catalogue, reference, asked=asked):
                yield Completion(text, -start, display_meta=meaning)

    return PromptSession(
        PROMPT,
        history=history(),
        completer=AqlCompleter(),
        complete_while_typing=False,
        multiline=True,
        prompt_continuation=_MORE,
        key_bindings=_keys(),
        enable_history_search=True,
        input=input,
        output=output or create_output(always_prefer_tty=True),
    )


def _keys() -> KeyBindings:
    from prompt_toolkit.filters import has_completions, is_done
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter", filter=~is_done & ~has_completions)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_whole(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.newline(copy_margin=False)

    @keys.add("enter", filter=has_completions)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    return keys


def history() -> History:
    """The lines of earlier sessions, in a file that only its owner reads; nowhere where there is no such place."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    place = history_file()
    if place is None:
        return InMemoryHistory()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(place)


def history_file() -> Path | None:
    """Where the history is kept (XDG Base Directory specification)."""
    stated = os.environ.get("XDG_STATE_HOME", "")
    try:
        base = Path(stated) if Path(stated).is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:  # no home folder, as in some containers
        return None
    return base / "certhound" / "aql_history"


def typed(editor: PromptSession[str]) -> Iterator[str]:
    """What is typed, until Ctrl-D; Ctrl-C only gives up the text at hand."""
    while True:
        try:
            yield editor.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
