"""Reading for the commands of ``certhound aql``: files of queries, and the site that names are looked up in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from certhound.model.errors import Place, UnreadableError

if TYPE_CHECKING:
    from certhound.qradar.catalogue import Catalogue

MAX_BYTES = 16 * 2**20
"""Largest file of queries that is read."""


def spelt(file: str) -> str:
    """A file as its user wrote it: ``-`` comes here as a path."""
    return "-" if file == "./-" else file


def read_text(file: str) -> tuple[str, str]:
    """The text of a file, or of standard input for ``-``, and the file's name (empty for standard input).

    Raises:
        UnreadableError: it cannot be read, is too large, or is not UTF-8.
    """
    name = "" if file == "-" else file
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error), check="unreadable", place=Place(file)) from None
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"is larger than {MAX_BYTES:,} bytes", check="unreadable", place=Place(file))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n"), name
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError("is not UTF-8", check="unreadable", place=Place(file, line)) from None


def chosen_site(site: str) -> Catalogue | None:
    """The catalogue for ``--site``: a file, the shipped site ``certhound``, or None for a stock console."""
    if site == "stock":
        return None
    from certhound.qradar.catalogue import load_site, shipped_site, stock

    return stock().with_site(shipped_site() if site == "certhound" else load_site(Path(site)))
