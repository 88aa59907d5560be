"""Finding and opening inputs: folders walked without loops, compression told by content, never by name."""

from __future__ import annotations

import codecs
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from certhound.model.zones import NO_ZONES, Zones
from certhound.query.plan import Compression
from certhound.sources.streams import Broken, compression_of, content, member_path

HEAD_BYTES = 64 * 1024
"""How much of a file (after decompression) a source sees when it is asked whether it knows the format."""

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is not a log record; the careful path rejects it without holding it in memory."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as sources see it before it is read: where it is, how large, how compressed, and how it begins.

    ``path`` names it; where the name is not UTF-8 that is a text about it, and only ``opened`` opens the file.
    ``zones`` are those that the user set for sources whose times state none.
    """

    path: str
    size: int
    compression: Compression
    head: bytes
    truncated_head: bool = False
    real_path: str | None = None
    zones: Zones = NO_ZONES

    @property
    def opened(self) -> str:
        """The path for opening the file."""
        return self.real_path or self.path

    @property
    def has_plain_name(self) -> bool:
        """Whether an engine, which takes names for UTF-8 text, can open the file."""
        return self.real_path is None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path that could not be opened, and why."""

    path: str
    reason: str


def walk(paths: list[Path]) -> Iterator[Path | Unreadable]:
    """Every regular file under the paths, each once, in a stable order; a link to a folder already seen is a loop."""
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
                yield Unreadable(path_text(each), "not a regular file")
            elif identity not in seen_files:
                seen_files.add(identity)
                yield each
        except OSError as error:
            yield Unreadable(path_text(each), error.strerror or str(error))


def open_input(path: Path) -> InputFile | Unreadable:
    """Look at the beginning of a file; what cannot be opened or decompressed at all is a value, not an exception."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            compression = compression_of(stream.read(6))
    except OSError as error:
        return Unreadable(path_text(path), error.strerror or str(error))
    head, truncated, problem = _read_head(str(path), compression)
    if problem is not None and not head:
        return Unreadable(path_text(path), problem)
    name = path_text(path)
    return InputFile(name, size, compression, head, truncated, None if name == str(path) else str(path))


MAX_MEMBERS = 100_000
"""An archive of more files is not opened."""


def open_inputs(path: Path) -> Iterator[InputFile | Unreadable]:
    """A file, or the members of a zip archive, each as a file; archives inside of archives stay closed."""
    members = _members(path)
    if members is None:
        yield open_input(path)
        return
    if len(members) > MAX_MEMBERS:
        yield Unreadable(path_text(path), f"a zip archive of more than {MAX_MEMBERS:,} files")
        return
    for member in members:
        opened = member_path(str(path), member.filename)
        name = member_path(path_text(path), path_text(Path(member.filename)))
        if member.flag_bits & 1:
            yield Unreadable(name, "encrypted")
            continue
        head, truncated, problem = _read_head(opened, Compression.ZIP)
        if problem is not None and not head:
            yield Unreadable(name, problem)
        else:
            yield InputFile(name, member.file_size, Compression.ZIP, head, truncated, opened)


def _members(path: Path) -> list[zipfile.ZipInfo] | None:
    """The files in an archive of files; None for everything else, documents and programs that are archives among it."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) != b"PK\x03\x04":
                return None
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
    except (OSError, zipfile.BadZipFile, NotImplementedError):
        return None
    return None if any(each.filename in _OF_A_DOCUMENT for each in members) else members


_OF_A_DOCUMENT = frozenset(("[Content_Types].xml", "META-INF/MANIFEST.MF", "AndroidManifest.xml", "mimetype"))


def path_text(path: Path) -> str:
    """A path as text that can be written anywhere: bytes of its name that are not UTF-8 stand as ``\\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _read_head(path: str, compression: Compression) -> tuple[bytes, bool, str | None]:
    """As much of the head as can be had: a stream that breaks inside it still shows its beginning."""
    parts: list[bytes] = []
    got = 0
    problem: str | None = None
    for piece in content(path, compression):
        if isinstance(piece, Broken):
            problem = piece.reason
            if parts:
                break
            continue
        parts.append(piece)
        got += len(piece)
        if got >= HEAD_BYTES:
            break
    else:
        return b"".join(parts)[:HEAD_BYTES], problem is not None, problem
    return b"".join(parts)[:HEAD_BYTES], True, problem


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line without its end. ``problem`` tells why its content is not to be trusted, if so."""

    number: int
    data: bytes
    problem: str | None = None


def lines(path: str, compression: Compression) -> Iterator[Line]:
    """All physical lines of a file, without a byte order mark. Where the stream is broken stands a line with the reason
    and with what was left of the line before it.

    Lines longer than MAX_LINE_BYTES come with a problem and only their beginning, so that memory stays bounded.
    """
    number = 0
    pending = b""
    skipping = False
    for chunk in content(path, compression):
        if isinstance(chunk, Broken):
            number += 1
            yield Line(number, pending, f"stream broken: {chunk.reason}")
            skipping, pending = False, b""
            continue
        pieces = (pending + chunk).split(b"\n")
        pending = pieces.pop()
        for piece in pieces:
            number += 1
            if skipping:
                skipping = False
            elif len(piece) > MAX_LINE_BYTES:
                yield _too_long(number, piece)
            else:
                yield Line(number, _bare(piece))
        if len(pending) > MAX_LINE_BYTES or skipping:
            if not skipping:
                yield _too_long(number + 1, pending)
            skipping, pending = True, b""
    if pending and not skipping:
        yield Line(number + 1, _bare(pending))


def _bare(line: bytes) -> bytes:
    """Without the CR of a CRLF (some tools write two), and without the mark at the beginning of a file."""
    return line.rstrip(b"\r").removeprefix(codecs.BOM_UTF8)


def _too_long(number: int, data: bytes) -> Line:
    return Line(number, data[:200], f"line longer than {MAX_LINE_BYTES} bytes")


def decode(data: bytes) -> tuple[str, bool]:
    """Text of a line, and whether it was UTF-8 without NUL; other bytes stand as ``\\xNN``, as Zeek writes them."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace"), False
    return text, "\x00" not in text


def display(path: str) -> str:
    """A path for people: relative where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(path) else path
