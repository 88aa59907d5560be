"""Bytes out of files, compressed or not, as far as they can be had.

Damage is a value in the stream, not an exception: what stands before it has been given out to the last byte, and where
a further gzip member or zstd frame begins behind it, reading goes on there.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import zstandard

from certhound.query.plan import Compression

PLAIN_STEP = 1 << 20
_IN = "!/"
"""Stands between an archive and the name of its member."""

_SEARCH_BACK = 64 * 1024
"""A decompressor notices late that another member has begun: bytes before the place of the error that are searched."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the bytes of a file could not be read or decompressed."""

    reason: str


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Codec:
    """One way of compression. ``step`` is how many bytes go in at once: it bounds what a bomb can give back at once."""

    name: str
    magic: bytes
    step: int
    new: Callable[[], _Decompressor]


def _gzip() -> _Decompressor:
    return zlib.decompressobj(31)  # header and check sum of gzip (RFC 1952)


def _zstd() -> _Decompressor:
    return zstandard.ZstdDecompressor().decompressobj()


_CODECS = {
    Compression.GZIP: _Codec("gzip", b"\x1f\x8b\x08", 8192, _gzip),  # at most 8 MB come back
    Compression.ZSTD: _Codec("zstd", b"\x28\xb5\x2f\xfd", 1024, _zstd),  # at most 32 MB come back
}
_ERRORS = (zlib.error, zstandard.ZstdError)


def compression_of(magic: bytes) -> Compression:
    """Compression by the first bytes (RFC 1952, RFC 8878)."""
    if magic.startswith(b"\x1f\x8b"):
        return Compression.GZIP
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return Compression.ZSTD
    return Compression.NONE


def content(path: str, compression: Compression) -> Iterator[bytes | Broken]:
    """The decompressed bytes of a file in pieces of bounded size; never raises."""
    if compression is Compression.ZIP:
        yield from _of_member(path)
        return
    try:
        with Path(path).open("rb") as raw:
            codec = _CODECS.get(compression)
            yield from _plain(raw) if codec is None else _members(raw, codec)
    except OSError as error:
        yield Broken(error.strerror or str(error))


def member_path(archive: str, member: str) -> str:
    """How a member of an archive is named."""
    return f"{archive}{_IN}{member}"


def _of_member(path: str) -> Iterator[bytes | Broken]:
    """The bytes of a member; never more than the archive says it has, whatever is packed into it."""
    archive, _, member = path.partition(_IN)
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(member) as raw:
            yield from _plain(raw)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, KeyError, EOFError, *_ERRORS) as error:
        yield Broken(f"damaged zip: {_words(error)}")


def _plain(raw: IO[bytes]) -> Iterator[bytes]:
    while piece := raw.read(PLAIN_STEP):
        yield piece


def _members(raw: IO[bytes], codec: _Codec) -> Iterator[bytes | Broken]:
    """All gzip members or zstd frames of a file, also behind damage."""
    start = 0
    while True:
        end, problem = yield from _member(raw, codec, start)
        if problem is not None:
            yield Broken(problem)
            following = _find(raw, codec.magic, max(start + 1, end - _SEARCH_BACK))
        else:
            following = _next_start(raw, codec, end)
            if following is not None and following < 0:
                yield Broken(f"bytes that are not {codec.name} behind its end")
                following = _find(raw, codec.magic, end)
        if following is None:
            return
        start = following


def _member(raw: IO[bytes], codec: _Codec, start: int) -> Generator[bytes, None, tuple[int, str | None]]:
    """One member; returns where it ends (or is damaged), and how."""
    raw.seek(start)
    decompressor = codec.new()
    at = start
    while not decompressor.eof:
        data = raw.read(codec.step)
        if not data:
            return at, f"{codec.name} ends before its end-of-stream marker"
        try:
            piece = decompressor.decompress(data)
        except _ERRORS as error:
            yield _up_to_the_error(raw, codec, start, at, data)
            return at + len(data), f"damaged {codec.name}: {_words(error)}"
        at += len(data)
        if piece:
            yield piece
    return at - len(decompressor.unused_data), None


def _up_to_the_error(raw: IO[bytes], codec: _Codec, start: int, at: int, data: bytes) -> bytes:
    """What a block gives byte by byte that gave an error as a whole: its beginning is still good."""
    decompressor = codec.new()
    raw.seek(start)
    for offset in range(start, at, codec.step):
        decompressor.decompress(raw.read(min(codec.step, at - offset)))
    pieces: list[bytes] = []
    with suppress(*_ERRORS):
        pieces.extend(decompressor.decompress(data[index : index + 1]) for index in range(len(data)))
    return b"".join(pieces)


def _next_start(raw: IO[bytes], codec: _Codec, end: int) -> int | None:
    """Where the next member begins: None at the end of the file (zeros may pad it), -1 where something else is."""
    raw.seek(end)
    while data := raw.read(codec.step):
        rest = data.lstrip(b"\x00")
        if rest:
            end += len(data) - len(rest)
            raw.seek(end)
            return end if compression_of(raw.read(4)) in _CODECS and rest[:1] == codec.magic[:1] else -1
        end += len(data)
    return None


def _find(raw: IO[bytes], magic: bytes, start: int) -> int | None:
    """The first place from ``start`` on where a member seems to begin."""
    raw.seek(start)
    before = b""
    while data := raw.read(PLAIN_STEP):
        window = before + data
        found = window.find(magic)
        if found >= 0:
            return start - len(before) + found
        start += len(data)
        before = window[-len(magic) + 1 :]
    return None


def _words(error: Exception) -> str:
    """The library's words without its numbers, which mean nothing to a reader."""
    return str(error).rpartition(": ")[2] or type(error).__name__
