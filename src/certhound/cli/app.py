"""The application: all commands under one cyclopts ``App``, and its errors as usage errors of ours."""

from __future__ import annotations

from typing import Any

from cyclopts import App, CycloptsError, Parameter
from cyclopts.exceptions import MissingArgumentError

from certhound import __version__
from certhound.cli.discovery import commands
from certhound.cli.help import PlainHelp
from certhound.cli.options import unwrapped
from certhound.model.errors import ExitCode, UsageError

Result = int | None
_STANDARD_INPUT = "./-"
"""How ``-`` gets past the reader of options, which takes it for one; as a path it is the same."""


def build(wanted: str = "") -> App:
    """The application. Only the wanted command is imported; the others are known by name."""
    app = App(
        name="certhound",
        version=__version__,
        help_formatter=PlainHelp(),
        help_format="plaintext",
        default_parameter=Parameter(negative=(), show_default=_worth_showing),
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    for command in commands():
        if command.name != wanted:
            app.command(f"{command.module}:COMMAND", name=command.name, help=command.summary)
            continue
        target = command.load()
        app.command(target if isinstance(target, App) else unwrapped(target), name=command.name)
    return app


def run(words: list[str]) -> int:
    """Run a command line and return its exit code."""
    app = build(words[0] if words else "")
    try:
        result: Result = app([_STANDARD_INPUT if word == "-" else word for word in words])
    except CycloptsError as error:
        raise usage_error(error) from error
    return ExitCode.OK if result is None else int(result)


def usage_error(error: CycloptsError) -> UsageError:
    """What cyclopts says, in the form of all our errors, with the command whose help tells more."""
    text = str(error).strip()
    if isinstance(error, MissingArgumentError):
        text = text.replace("Command ", "command ", 1)
    chain = [str(each) for each in error.command_chain or ()]
    command = " ".join(["certhound", *(chain or [])])
    return UsageError(_first_lower(text), check="usage", advice=f"{command} --help")


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _worth_showing(value: Any) -> str | None:
    """A default as help shows it; that there is none needs no words."""
    return None if value in (None, (), False, "") else str(getattr(value, "value", value))
