"""Lines into queries: where one ends, and whether what has been typed is one already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def statements(lines: Iterable[str]) -> Iterator[str]:
    """The queries and dot-commands of a text. A query ends at ``;``, a dot-command at the end of its line."""
    held = ""
    for line in lines:
        if not held.strip() and line.lstrip().startswith("."):
            yield line.strip()
            held = ""
            continue
        held += line
        while (end := _end(held)) >= 0:
            if held[:end].strip():
                yield held[:end].strip()
            held = held[end + 1 :]
    if held.strip():
        yield held.strip()


def is_whole(text: str) -> bool:
    """Whether Enter should run a text: a command, a query, or one with an error that no further line can mend."""
    from certhound.qradar.aql import parse
    from certhound.qradar.aql.errors import AqlError

    plain = text.strip()
    if not plain or plain.startswith(".") or plain.endswith(";") or " " not in plain:
        return True
    if _open(text):
        return False
    try:
        parse(plain)
    except AqlError as error:
        return error.span.start < len(plain) - 1
    return True


def _end(text: str) -> int:
    """The place of the first ``;`` outside of quotes and comments, or -1."""
    for place, char, inside in _scan(text):
        if char == ";" and not inside:
            return place
    return -1


def _open(text: str) -> bool:
    """Whether a text ends inside quotes or a comment."""
    last = [inside for _, _, inside in _scan(text)][-1:]
    return bool(last) and last[0] in ("'", '"', "/*")


def _scan(text: str) -> Iterator[tuple[int, str, str]]:
    """Each character with its place and what it stands in after it: a kind of quotes, a kind of comment, or nothing."""
    inside = ""
    place = 0
    while place < len(text):
        two = text[place : place + 2]
        step = 1
        if inside in ("'", '"'):
            inside = "" if text[place] == inside else inside
        elif inside == "--":
            inside = "" if text[place] == "\n" else inside
        elif inside == "/*":
            if two == "*/":
                inside, step = "", 2
        elif text[place] in "'\"":
            inside = text[place]
        elif two in ("--", "/*"):
            inside, step = two, 2
        yield place, text[place], inside
        place += step
