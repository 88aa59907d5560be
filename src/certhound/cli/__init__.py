"""The command line. Thin: read arguments, call one function, print, map errors.

A command is one module of ``certhound.cli.commands``; nothing is registered by hand. Importing this room, and its
commands, imports none of the heavy libraries: they are loaded inside the functions that need them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from certhound.cli.boundary import guarded


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (see ``EXIT_CODES``); never raises but on a second Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(lambda: _run(words))


def _run(words: list[str]) -> int:
    from certhound.cli.front import answer

    said = answer(words)
    if said is not None:
        return said
    from certhound.cli.app import run

    return run(words)
