"""What a file might be that no source takes, so that a user learns what to do about it."""

from __future__ import annotations

import codecs
import re

_ARCHIVES = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\xfd7zXZ\x00", "a file compressed by xz"),
    (b"BZh", "a file compressed by bzip2"),
    (b"\x04\x22\x4d\x18", "a file compressed by lz4"),
    (b"\x1f\x9d", "a file compressed by compress"),
    (b"\x1f\x8b", "gzip inside of gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd inside of compressed data"),
)
_OTHERS = (
    (b"PAR1", "a Parquet file"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture of a version that is not read"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture of a version that is not read"),
    (b"snoop\x00\x00\x00", "a packet capture by snoop (editcap -F pcapng FILE OUT makes one of it that is read)"),
    (b"GMBU", "a capture by Network Monitor (editcap -F pcapng FILE OUT makes one of it that is read)"),
    (b"ElfFile\x00", "a Windows event log (evtx)"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%PDF", "a PDF document"),
)
_TEXTS = (
    (r"<\d{1,3}>", "syslog, or a log inside of it"),
    (r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ", "syslog, or a log inside of it"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+) \S+ ", "syslog, or a log inside of it"),
    (r"LEEF:\d", "LEEF events"),
    (r"CEF:\d", "CEF events"),
    (r"(?i)<!doctype html|<html", "an HTML page"),
    (r"<\?xml|<[A-Za-z]", "XML"),
    (r"\[", "a JSON array: one object a line is read (jq -c '.[]' FILE makes that of it)"),
    (r"\{", "JSON that is not one object a line (jq -c . FILE makes that of it)"),
    (r"[^\n,;]+([,;])[^\n,;]+\1[^\n]*(\n|$)", "comma-separated values"),
    (r"[^\n\t]+\t[^\n\t]+\t[^\n]*(\n|$)", "tab-separated values without Zeek's header"),
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def guess(head: bytes) -> str:
    """Words about the beginning of a file."""
    for magic, words in _ARCHIVES:
        if head.startswith(magic):
            return f"{words}, which is not unpacked"
    if head[257:262] == b"ustar":
        return "a tar archive, which is not unpacked"
    for magic, words in _OTHERS:
        if head.startswith(magic):
            return words
    if head.startswith(_UTF16):
        return "text in UTF-16: UTF-8 is read (iconv -f UTF-16 -t UTF-8 FILE makes that of it)"
    text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    if _is_binary(text[:4096]):
        return "binary data of no format that is known here"
    return _of_text(text)


def _is_binary(text: str) -> bool:
    """NUL, or a tenth of characters that no text has."""
    odd = sum(each == "\ufffd" or (each < " " and each not in "\t\r\n\x1b") for each in text)
    return "\x00" in text or odd * 10 > len(text)


def _of_text(text: str) -> str:
    if "\n" not in text and text.count("\r") > 1:
        return "text whose lines end in CR alone: LF or CRLF is read (tr '\\r' '\\n' makes that of it)"
    if text.startswith(("#separator", "#fields", "#path")):
        return "Zeek TSV without a #fields line that can be read"
    begun = text.lstrip()
    return next(
        (words for pattern, words in _TEXTS if re.match(pattern, begun)), "text of no format that is known here"
    )
