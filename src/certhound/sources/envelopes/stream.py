"""Lines of a file by the thousand: decompressed, decoded, counted; memory stays bounded whatever stands in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from certhound.sources.files import MAX_LINE_BYTES, InputFile, decode
from certhound.sources.streams import Broken, content

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_COUNT = re.compile(rb"(\d{1,6}) (?=<\d{1,3}>)")
_DIGITS = re.compile(rb"\d{1,6}(?: (?:<\d{0,3})?)?\Z")
_NOT_TEXT = "bytes that are not UTF-8 text"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines without their ends. ``first`` is the number of the first, from 1; ``problems`` tells by index what is wrong
    with a line; of one that is broken (``broken``) only the beginning is there.
    """

    first: int
    texts: list[str]
    problems: dict[int, str] = field(default_factory=dict)
    broken: frozenset[int] = frozenset()


def encoding_of(head: bytes) -> str:
    """UTF-16 by its mark, or by NUL in every other byte; else UTF-8."""
    marked = next((name for mark, name in _UTF16.items() if head.startswith(mark)), None)
    if marked is not None:
        return marked
    sample = head[:512]
    if len(sample) >= 8:
        if not any(sample[0::2]) and all(sample[1::2]):
            return "utf-16-be"
        if not any(sample[1::2]) and all(sample[0::2]):
            return "utf-16-le"
    return "utf-8"


def pieces(file: InputFile) -> Iterator[bytes | Broken]:
    """The bytes of a file in UTF-8, whatever it is written in, without a byte order mark."""
    encoding = encoding_of(file.head)
    raw = content(file.opened, file.compression)
    if encoding == "utf-8":
        yield from counted(_without_mark(raw)) if is_counted(file.head) else _without_mark(raw)
        return
    decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")
    for piece in raw:
        yield piece if isinstance(piece, Broken) else decoder.decode(piece).lstrip("\ufeff").encode("utf-8", "replace")
    if rest := decoder.decode(b"", final=True):
        yield rest.encode("utf-8", "replace")


def _without_mark(raw: Iterator[bytes | Broken]) -> Iterator[bytes | Broken]:
    first = True
    for piece in raw:
        yield piece.removeprefix(codecs.BOM_UTF8) if first and isinstance(piece, bytes) else piece
        first = False


def is_counted(head: bytes) -> bool:
    """Whether syslog messages stand one behind the other with their lengths before them (RFC 6587), not on lines."""
    at = 0
    for _ in range(3):
        found = _COUNT.match(head, at)
        if found is None:
            return False
        at = found.end() + int(found[1])
        if at >= len(head):
            return at > 0 and b"\n" not in head[: at - 1].rstrip(b"\n")
        if head[at : at + 1] == b"\n":
            return False  # lines, which say their lengths besides
    return True


def counted(raw: Iterator[bytes | Broken]) -> Iterator[bytes | Broken]:
    """Counted messages as lines; a newline inside of one stands as ``#012``, as rsyslog writes it."""
    pending = b""
    for piece in raw:
        if isinstance(piece, Broken):
            yield pending
            yield piece
            pending = b""
            continue
        pending += piece
        at = 0
        made: list[bytes] = []
        while (found := _COUNT.match(pending, at)) is not None and found.end() + int(found[1]) <= len(pending):
            end = found.end() + int(found[1])
            made.append(pending[found.end() : end].rstrip(b"\r\n").replace(b"\n", b"#012"))
            at = end
        pending = pending[at:]
        if made:
            yield b"\n".join(made) + b"\n"
        if pending and _COUNT.match(pending) is None and _DIGITS.match(pending) is None:
            yield pending  # not counted any more: what follows is read as lines
            pending = b""
            yield from raw
            return
    if pending:
        yield pending


def chunks(file: InputFile) -> Iterator[Chunk]:
    """All lines of a file."""
    number = 1
    pending = b""
    skipping = False
    for piece in pieces(file):
        if isinstance(piece, Broken):
            yield Chunk(number, [decode(pending)[0]], {0: f"stream broken: {piece.reason}"}, frozenset((0,)))
            number += 1
            pending, skipping = b"", False
            continue
        data = pending + piece
        cut = data.rfind(b"\n")
        if cut < 0:
            pending = data
            if len(pending) > MAX_LINE_BYTES:
                if not skipping:
                    yield _too_long(number, pending)
                    number += 1
                pending, skipping = b"", True
            continue
        whole, pending = data[:cut], data[cut + 1 :]
        if skipping:  # what is left of a line that was too long
            _, _, whole = whole.partition(b"\n")
            skipping = False
            if not whole:
                continue
        chunk = _chunk(number, whole)
        number += len(chunk.texts)
        yield chunk
    if pending and not skipping:
        yield _chunk(number, pending)


def chunk_of(first: int, data: bytes) -> Chunk:
    """Whole lines in UTF-8 as a chunk."""
    return _chunk(first, data.removesuffix(b"\n"))


def _chunk(first: int, whole: bytes) -> Chunk:
    try:
        text = whole.decode("utf-8")
    except UnicodeDecodeError:
        return _odd(first, whole)
    if "\x00" in text:
        return _odd(first, whole)
    texts = text.split("\n")
    if "\r" in text:
        texts = [each.rstrip("\r") for each in texts]
    return Chunk(first, texts)


def _odd(first: int, whole: bytes) -> Chunk:
    """Line by line: bytes that are not UTF-8 stand as ``\\xNN``, and the line says so."""
    texts: list[str] = []
    problems: dict[int, str] = {}
    for index, line in enumerate(whole.split(b"\n")):
        text, clean = decode(line.rstrip(b"\r"))
        texts.append(text.replace("\x00", ""))
        if not clean:
            problems[index] = _NOT_TEXT
    return Chunk(first, texts, problems)


def _too_long(number: int, data: bytes) -> Chunk:
    reason = f"line longer than {MAX_LINE_BYTES} bytes"
    return Chunk(number, [decode(data[:200])[0]], {0: reason}, frozenset((0,)))
