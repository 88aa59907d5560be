"""Damaged and hostile logs as data: what a file holds, how many of its records are kept, and which lines are put aside.

A case is the bytes of a file, the number of rows, and for each reject its line and a word of its reason.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import zeek_logs as z

T = z.tsv("ssl", z.SESSIONS)
"""Eight lines of header, records on lines 9 to 14, ``#close`` on line 15."""

J = z.jsonl(z.SESSIONS)
"""Records on lines 1 to 6."""

_ROWS, _OBJECTS = T.split("\n"), J.split("\n")
_HEADER = "\n".join(_ROWS[:8]) + "\n"
_NAMES = list(z.SESSIONS[0])


class Case(NamedTuple):
    data: bytes
    rows: int
    rejects: list[tuple[int, str]]


def case(data: str | bytes, rows: int = 6, *rejects: tuple[int, str]) -> Case:
    return Case(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, rows, list(rejects))


def _line(number: int, text: str) -> str:
    """The TSV log with another text on a physical line."""
    return "\n".join([*_ROWS[: number - 1], text, *_ROWS[number:]])


def _insert(number: int, text: str) -> str:
    return "\n".join([*_ROWS[: number - 1], text, *_ROWS[number - 1 :]])


def _cell(column: str, value: str, number: int = 10) -> str:
    cells = _ROWS[number - 1].split("\t")
    cells[_NAMES.index(column)] = value
    return _line(number, "\t".join(cells))


def _object(number: int, text: str) -> str:
    """The JSON log with another text on a physical line."""
    return "\n".join([*_OBJECTS[: number - 1], text, *_OBJECTS[number:]])


def _member(text: str, number: int = 2) -> str:
    return _object(number, _OBJECTS[number - 1][:-1] + ", " + text + "}")


def _value(old: str, new: str, number: int = 2) -> str:
    assert old in _OBJECTS[number - 1]
    return _object(number, _OBJECTS[number - 1].replace(old, new))


_OTHER = z.tsv("ssl", z.SESSIONS, sorted(z.SESSIONS[0]), close=False)
_HTTP = z.tsv("http", [{"ts": 1.5, "uid": "C1", "method": "GET"}])

TSV_CASES: dict[str, Case] = {
    "byte order mark": case("\ufeff" + T),
    "blank lines": case(_insert(11, "\n\n") + "\n\n"),
    "no newline at the end": case(T.rstrip("\n")),
    "no newline at the end of a record": case(z.tsv("ssl", z.SESSIONS, close=False).rstrip("\n")),
    "cut inside the last column": case(z.tsv("ssl", z.SESSIONS, close=False).rstrip("\n")[:-1]),
    "cut inside a column": case(z.tsv("ssl", z.SESSIONS, close=False).rstrip("\n")[:-60], 5, (14, "columns")),
    "close in the middle": case(_insert(11, "#close\t2023-11-14-23-00-00")),
    "a comment in the middle": case(_insert(11, "# somebody was here")),
    "the same header again": case(_insert(11, _HEADER.rstrip("\n"))),
    "another header behind": case(
        z.tsv("ssl", z.SESSIONS[:3], close=False) + z.tsv("ssl", z.SESSIONS[3:], sorted(_NAMES))
    ),
    "a damaged header behind": case(
        z.tsv("ssl", z.SESSIONS, close=False) + _OTHER.replace("#fields", "#fjelds"), 6,
        *[(line, "no header") for line in range(23, 29)],
    ),
    "a log of another kind behind": case(T + _HTTP, 6, (24, "http log")),
    "a log of a kind that is read behind": case(T + z.tsv("x509", z.CERTIFICATES), 10),
    "a path that a site renamed": case(T.replace("#path\tssl", "#path\tssl_outside")),
    "a record that begins with a comment sign": case(_line(10, "#" + _ROWS[9][1:]), 5, (10, "damaged")),
    "a first record that begins with a comment sign": case(_line(9, "#" + _ROWS[8][1:]), 5, (9, "damaged")),
    "damaged types": case(T.replace("#types", '#type"s'), 6, (8, "damaged")),
    "a lost tab": case(_line(10, _ROWS[9].replace("\t", " ", 1)), 5, (10, "12 columns")),
    "a lost tab and one too many": case(_line(10, _ROWS[9].replace("\t", " ", 1) + "\t-")),
    "a column too many": case(_line(10, _ROWS[9] + "\textra"), 5, (10, "14 columns")),
    "a tab too many at the end": case(_line(10, _ROWS[9] + "\t")),
    "three tabs too many at the end": case(_line(10, _ROWS[9] + "\t\t\t")),
    "columns one place off": case(_line(10, "\t".join([*_ROWS[9].split("\t")[1:], "x"]))),
    "a record of nothing": case(_line(10, "\t".join("-" * 13)), 5, (10, "no value")),
    "a record of empty columns": case(_line(10, "\t" * 12), 5, (10, "no value")),
    "CR inside of a value": case(T.replace("host1.ex", "host1\r.ex")),
    "CRLF on some lines": case("\n".join(row + "\r" * (n % 2) for n, row in enumerate(_ROWS))),
    "CRLF on the first line alone": case(T.replace("\n", "\r\n", 1)),
    "CR inside of the header": case(T.replace("#open\t", "#open\r\t")),
    "two CR on each line": case(T.replace("\n", "\r\r\n")),
    "blank lines in the header": case("\n" + _insert(4, "\n")),
    "quotes": case(T.replace("host1.example.net", '"host1').replace("host0", '"ho"st0"')),
    "NUL": case(T.replace("host1", "ho\x00st1")),
    "a block of NUL": case(T + "\x00" * 5000, 6, (16, "columns")),
    "Latin-1": case(T.encode().replace(b"host1", b"h\xf6st1")),
    "half of a surrogate pair": case(T.encode().replace(b"host1", b"h\xed\xa0\x80st1")),
    "text beyond ASCII": case(T.replace("host1", "h\u00fcst\u4e16")),
    "control characters": case(T.replace("host1", "\x1b]0;x\x07\x1b[2Jhost1\x85\u2028")),
    "HTML and formulas": case(T.replace("host1.example.net", "=cmd|' /C calc'!A0<script>alert(1)</script>")),
    "escapes that are none": case(T.replace("host1", "\\x\\x4\\xzz\\xff\\x00host1")),
    "a time that is none": case(_cell("ts", "XXXX")),
    "a time that is empty": case(_cell("ts", "")),
    "a time before 1970": case(_cell("ts", "-8640000.5")),
    "a time before our era": case(_cell("ts", "-99999999999999")),
    "the last second of 9999": case(_cell("ts", "253402300799.000000")),
    "a time beyond 9999": case(_cell("ts", "253402300801.000000")),
    "a time without end": case(_cell("ts", "inf")),
    "a time that is no number": case(_cell("ts", "nan")),
    "a time of 400 digits": case(_cell("ts", "9" * 400)),
    "a time in milliseconds": case(_cell("ts", "1700000001123")),
    "a port beyond 65535": case(_cell("id.resp_p", "99999999999")),
    "a port below zero": case(_cell("id.resp_p", "-1")),
    "a port that is none": case(_cell("id.resp_p", "https")),
    "an address that is none": case(_cell("id.resp_h", "not-an-address")),
    "a very long name": case(_cell("server_name", "a" * 300_000)),
    "a name that is empty": case(_cell("server_name", "")),
    "a list of separators": case(_cell("cert_chain_fps", ",,,,")),
    "a chain of junk": case(_cell("cert_chain_fps", "\x00,zz,<b>")),
    "a set separator of nothing": case(T.replace("#set_separator\t,", "#set_separator\t")),
    "a set separator of two characters": case(T.replace("#set_separator\t,", "#set_separator\t, ")),
    "unset fields of nothing": case(T.replace("#unset_field\t-", "#unset_field\t").replace("\t-\t", "\t\t")),
    "one word for empty and unset": case(T.replace("#empty_field\t(empty)", "#empty_field\t-").replace("(empty)", "-")),
    "duplicated column names": case(T.replace("\tversion\t", "\tcipher\t")),
    "another separator": case(T.replace("\t", ";").replace("\\x09", "\\x3b").replace("#separator;", "#separator ")),
    "thousands of columns": case(
        z.tsv("ssl", [{**each, **{f"x{n}": n for n in range(3000)}} for each in z.SESSIONS])
    ),
    "types of another length": case(T.replace("#types\tstring", "#types")),
}  # fmt: skip

JSON_CASES: dict[str, Case] = {
    "byte order mark": case("\ufeff" + J),
    "half a line": case(_object(2, _OBJECTS[1][:100]), 5, (2, "JSON")),
    "half a line at the end": case(J[:-40], 5, (6, "JSON")),
    "half a line to which the next one was appended": case(
        _object(2, _OBJECTS[1][:100] + _OBJECTS[2]).replace("\n" + _OBJECTS[2] + "\n", "\n"), 4, (2, "JSON")
    ),
    "two objects on one line": case("\n".join([*_OBJECTS[:2], _OBJECTS[2] + _OBJECTS[3], *_OBJECTS[4:]])),
    "all objects on one line": case(J.replace("\n", "")),
    "commas between the lines": case(J.replace("\n", ",\n")),
    "a comma behind the last member": case(_object(2, _OBJECTS[1][:-1] + ",}")),
    "words behind an object": case(_object(2, _OBJECTS[1] + " and more"), 6, (2, "behind")),
    "a bracket too many": case(_object(2, _OBJECTS[1] + "}"), 6, (2, "behind")),
    "an array": case(_object(2, "[1, 2]"), 5, (2, "JSON")),
    "a text": case(_object(2, '"text"'), 5, (2, "JSON")),
    "an object of nothing": case(_object(2, "{}"), 5, (2, "nothing of")),
    "an object of another kind": case(_object(2, '{"hello": "world"}'), 5, (2, "nothing of")),
    "a record of a log that is not read": case(
        _object(2, '{"_path": "http", "ts": 1.5, "uid": "C1", "method": "GET"}'), 5, (2, "http log")
    ),
    "a record of a log that is read": case(
        _object(2, json.dumps({"_path": "x509", **z.CERTIFICATES[0]}))
    ),
    "not a number": case(_value("50001", "NaN")),
    "infinity": case(_value("50001", "-Infinity")),
    "a time that is not a number": case(_value("1700000001.123456", "NaN")),
    "a number beyond doubles": case(_value("50001", "1e999")),
    "an integer of 5000 digits": case(_value("50001", "9" * 5000)),
    "numbers as texts": case(_value("50001", '"50001"')),
    "a text as number": case(_value('"host1.example.net"', "1.50")),
    "booleans as texts": case(_value('"established": false', '"established": "F"')),
    "a list as text": case(_object(1, _OBJECTS[0].replace('["' + z.SHA[0], '"' + z.SHA[0] + '", "y": ["'))),
    "a text as list": case(_value('"host1.example.net"', '["a", 1.50, null]')),
    "a text as object": case(_value('"host1.example.net"', '{"a": 1.50}')),
    "a list of everything": case(
        _value('"cert_chain_fps": [', '"cert_chain_fps": [null, 1.50, true, [1], {"a": {}}, ')
    ),
    "duplicate keys": case(_member('"server_name": "second.example"')),
    "two spellings of a key": case(_member('"id_orig_h": "203.0.113.9"')),
    "another spelling later": case(_object(4, json.dumps(z.nested(z.SESSIONS[3])))),
    "nesting of 100,000 lists": case(_member('"x": ' + "[" * 100_000 + "]" * 100_000)),
    "nesting of 100,000 objects": case(_member('"x": ' + '{"a":' * 100_000 + "1" + "}" * 100_000)),
    "nesting that never ends": case(_object(2, "[" * 100_000), 5, (2, "JSON")),
    "objects that never end": case(_object(2, '{"a":' * 100_000), 5, (2, "JSON")),
    "half of a surrogate pair": case(_value("host1", "h\\ud800st")),
    "half of a surrogate pair elsewhere": case(_member('"x": "\\udc00", "\\ud801": {"y": ["\\ud802"]}')),
    "a surrogate pair": case(_value("host1", "h\\ud83d\\ude00st")),
    "NUL as an escape": case(_value("host1", "h\\u0000st")),
    "NUL": case(_value("host1", "h\x00st")),
    "a block of NUL": case(J + "\x00" * 5000, 6, (7, "JSON")),
    "control characters": case(_value("host1", "h\t\r\x01\x1b[2Jst")),
    "tabs between the members": case(J.replace(", ", ",\t")),
    "CRLF": case(J.replace("\n", "\r\n")),
    "CR alone": case(J.replace("\n", "\r")),
    "blank lines": case("\n\n" + J.replace("\n", "\n \t\n")),
    "Latin-1": case(_value("host1", "h@st").encode().replace(b"@", b"\xf6\xff")),
    "keys of other case": case(J.replace('"server_name"', '"Server_Name"')),
    "keys with escapes": case(J.replace('"server_name"', '"server\\u005fname"')),
    "HTML and formulas": case(_value("host1.example.net", "=HYPERLINK(1)<img src=x onerror=alert(1)>")),
    "a time that is none": case(_value("1700000001.123456", '"XXXX"')),
    "no time": case(_value('"ts": 1700000001.123456, ', "")),
    "a time in ISO 8601": case(_value("1700000001.123456", '"2023-11-14T22:13:21.123456Z"')),
    "a port beyond 65535": case(_value("443", "99999999999")),
}  # fmt: skip
