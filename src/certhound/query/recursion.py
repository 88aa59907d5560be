"""Room for recursive walks: trees are at most 150 deep, but one level may take a dozen frames of Python."""

from __future__ import annotations

import sys

FRAMES = 20_000


def make_room() -> None:
    """Raise the interpreter's limit once, and never lower it: other threads may be deep in a walk of their own."""
    if sys.getrecursionlimit() < FRAMES:
        sys.setrecursionlimit(FRAMES)
