"""What needs no command: the five lines, the overview, the version. Made here, for it must come at once."""

from __future__ import annotations

from typing import Final

from certhound import __version__
from certhound.model.errors import ExitCode

WELCOME: Final = """\
certhound finds the TLS certificates that adversaries install on servers they control, in the logs you already have.

  certhound demo                       scan the sample that ships with it: nothing to set up
  certhound init                       say who is inside and whom you trust (a few questions)
  certhound scan /var/log/zeek         your own logs and certificate files, files or folders
  certhound cert server.pem            read one certificate as a person does
  certhound rules list                 what it looks for

No account, nothing is sent anywhere. All commands: certhound --help"""

_HEAD: Final = """\
Usage: certhound COMMAND [OPTIONS]

Finds the TLS certificates that adversaries install on servers they control, in the logs you already have.
"""

_TAIL: Final = """\
certhound COMMAND --help explains a command. Exit codes: 0 done, 1 a finding (--fail-on), 2 wrong usage,
3 nothing could be read, 4 a rule, query, profile or list is wrong."""


def answer(words: list[str]) -> int | None:
    """Answer what needs no command and return the exit code; ``None`` leaves the words to the commands."""
    if not words:
        text = WELCOME
    elif words in (["--help"], ["-h"], ["help"]):
        text = overview()
    elif words in (["--version"], ["version"], ["-V"]):
        text = f"certhound {__version__}"
    else:
        return None
    print(text)  # noqa: T201
    return ExitCode.OK


def overview() -> str:
    """All commands, by heading, one line each."""
    from certhound.cli.discovery import commands

    found = commands()
    width = max(len(command.name) for command in found)
    lines = [_HEAD]
    section = ""
    for command in found:
        if command.section != section:
            section = command.section
            lines += [f"{section}:"] if len(lines) == 1 else ["", f"{section}:"]
        lines.append(f"  {command.name:<{width}}  {command.summary}")
    return "\n".join([*lines, "", _TAIL])
