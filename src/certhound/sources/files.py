"""Finding and opening inputs: folders walked without loops, compression told by content, never by name."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard

from certhound.query.plan import Compression

HEAD_BYTES = 64 * 1024
"""How much of a file (after decompression) a source sees when it is asked whether it knows the format."""

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is not a log record; the careful path rejects it without holding it in memory."""


BROKEN_STREAM = (OSError, EOFError, zlib.error, zstandard.ZstdError)
"""What the decompressors raise on damaged input."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as sources see it before it is read: where it is, how large, how compressed, and how it begins."""

    path: str
    size: int
    compression: Compression
    head: bytes
    truncated_head: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path that could not be opened, and why."""

    path: str
    reason: str


def walk(paths: list[Path]) -> Iterator[Path | Unreadable]:
    """Every regular file under the paths, each once, in a stable order; symbolic links to folders already seen are loops."""
    seen_folders: set[tuple[int, int]] = set()
    seen_files: set[tuple[int, int]] = set()
    for path in paths:
        yield from _walk(path, seen_folders, seen_files)


def _walk(
    path: Path, seen_folders: set[tuple[int, int]], seen_files: set[tuple[int, int]]
) -> Iterator[Path | Unreadable]:
    pending = [path]
    while pending:
        each = pending.pop()
        try:
            status = each.stat()
            identity = (status.st_dev, status.st_ino)
            if stat.S_ISDIR(status.st_mode):
                if identity not in seen_folders:
                    seen_folders.add(identity)
                    pending.extend(sorted(each.iterdir(), reverse=True))
            elif not stat.S_ISREG(status.st_mode):
                yield Unreadable(str(each), "not a regular file")
            elif identity not in seen_files:
                seen_files.add(identity)
                yield each
        except OSError as error:
            yield Unreadable(str(each), error.strerror or str(error))


def open_input(path: Path) -> InputFile | Unreadable:
    """Look at the beginning of a file; what cannot be opened or decompressed at all is a value, not an exception."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            magic = stream.read(6)
        compression = compression_of(magic)
        with open_stream(str(path), compression) as stream:
            head, truncated = _read_head(stream)
    except BROKEN_STREAM as error:
        return Unreadable(str(path), _reason(error))
    return InputFile(str(path), size, compression, head, truncated)


def _read_head(stream: IO[bytes]) -> tuple[bytes, bool]:
    """As much of the head as can be had: a stream that breaks inside it still shows its beginning."""
    parts: list[bytes] = []
    got = 0
    while got < HEAD_BYTES:
        try:
            part = stream.read(min(4096, HEAD_BYTES - got))
        except BROKEN_STREAM:
            if parts:
                return b"".join(parts), True
            raise
        if not part:
            return b"".join(parts), False
        parts.append(part)
        got += len(part)
    return b"".join(parts), True


def compression_of(magic: bytes) -> Compression:
    """Compression by the first bytes (RFC 1952, RFC 8878)."""
    if magic.startswith(b"\x1f\x8b"):
        return Compression.GZIP
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return Compression.ZSTD
    return Compression.NONE


def open_stream(path: str, compression: Compression) -> IO[bytes]:
    """The decompressed bytes of a file, as a stream."""
    match compression:
        case Compression.GZIP:
            return cast("IO[bytes]", gzip.open(path, "rb"))
        case Compression.ZSTD:
            raw = Path(path).open("rb")  # noqa: SIM115 - the reader closes it
            return zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=True)
        case Compression.NONE:
            return Path(path).open("rb")


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line without its end. ``problem`` tells why its content is not to be trusted, if so."""

    number: int
    data: bytes
    problem: str | None = None


def lines(path: str, compression: Compression) -> Iterator[Line]:
    """All physical lines of a file; a broken stream ends with a line that carries what was left and the reason.

    Lines longer than MAX_LINE_BYTES come with a problem and only their beginning, so that memory stays bounded.
    """
    number = 0
    pending = b""
    skipping = False
    try:
        with open_stream(path, compression) as stream:
            while chunk := _read_some(stream):
                pieces = (pending + chunk).split(b"\n")
                pending = pieces.pop()
                for piece in pieces:
                    number += 1
                    if skipping:
                        skipping = False
                    elif len(piece) > MAX_LINE_BYTES:
                        yield _too_long(number, piece)
                    else:
                        yield Line(number, piece.removesuffix(b"\r"))
                if len(pending) > MAX_LINE_BYTES or skipping:
                    if not skipping:
                        yield _too_long(number + 1, pending)
                    skipping, pending = True, b""
    except BROKEN_STREAM as error:
        yield Line(number + 1, pending, f"stream broken: {_reason(error)}")
        return
    if pending and not skipping:
        yield Line(number + 1, pending.removesuffix(b"\r"))


def _too_long(number: int, data: bytes) -> Line:
    return Line(number, data[:200], f"line longer than {MAX_LINE_BYTES} bytes")


def _read_some(stream: IO[bytes]) -> bytes:
    """The next bytes that can be had: one read of the decompressor, so that what precedes a break is not lost."""
    some: bytes = stream.read1(1 << 20)  # type: ignore[attr-defined]
    return some


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def decode(data: bytes) -> tuple[str, bool]:
    """Text of a line, and whether it was UTF-8 without NUL; bytes that are neither stand as ``\\xNN``, as Zeek writes them."""
    try:
        text = data.decode("utf-8")
        clean = True
    except UnicodeDecodeError:
        text = data.decode("utf-8", "backslashreplace")
        clean = False
    if "\x00" in text:
        return text.replace("\x00", "\\x00"), False
    return text, clean


def display(path: str) -> str:
    """A path for people: relative where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(path) else path
