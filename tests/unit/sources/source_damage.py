"""Damage to logs as data: named ways to spoil a file, each from a seed, and what must hold afterwards.

Whatever is done to a log, three things hold: nothing raises; each line with something on it becomes a row or a reject
(or is a comment); and the fast path gives what the careful path gives, or leaves the file to it.
"""

from __future__ import annotations

import gzip
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import eve_logs as e
import zeek_logs as z
import zstandard

from certhound.lake.build import fill_lake, start_lake
from certhound.lake.clients import session_keys
from certhound.lake.rows import Account, events
from certhound.model.profile import Profile
from certhound.query.plan import Compression

Damage = Callable[[bytes, random.Random], bytes]

HEADER_LINES = 8
"""Lines above the records in a file of ``zeek_logs.tsv``."""


def _sessions(count: int) -> list[z.Record]:
    return [
        {**z.SESSIONS[n % 6], "ts": 1700000000.25 + 7 * n, "uid": f"C{n * 7919:017d}", "id.orig_p": 40000 + n}
        for n in range(count)
    ]


def _certificates(count: int) -> list[z.Record]:
    return [
        {**z.CERTIFICATES[n % 4], "ts": 1700000000.5 + n, "fingerprint": f"{n * 104729:064x}"} for n in range(count)
    ]


ORIGINALS: dict[str, bytes] = {
    "ssl.tsv": z.tsv("ssl", _sessions(14)).encode(),
    "ssl.json": z.jsonl(_sessions(14)).encode(),
    "x509.tsv": z.tsv("x509", _certificates(9)).encode(),
    "x509.json": z.jsonl(_certificates(9)).encode(),
    "ssl.corelight": z.jsonl(_sessions(14), z.corelight("ssl")).encode(),
    "eve.json": e.jsonl(e.ALL).encode(),
    "eve.dotted": e.jsonl(e.SESSIONS, e.dotted).encode(),
    "eve.certificates": e.jsonl([e.common(n, "tls", **e.tls(n, chain=e.BASE64[:2])) for n in range(4)]).encode(),
}
"""Small good logs of each kind."""


# --- damage ----------------------------------------------------------------------------------------------------------


def _place(data: bytes, chosen: random.Random) -> int:
    return chosen.randrange(len(data))


def bit_flip(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + bytes([data[at] ^ 1 << chosen.randrange(8)]) + data[at + 1 :]


def bit_flips(data: bytes, chosen: random.Random) -> bytes:
    for _ in range(chosen.randrange(2, 30)):
        data = bit_flip(data, chosen)
    return data


def insert_bytes(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + chosen.choice(SNIPPETS) + data[at:]


def replace_bytes(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + chosen.choice(SNIPPETS) + data[at + chosen.randrange(1, 40) :]


def delete_bytes(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + data[at + chosen.randrange(1, 200) :]


def cut(data: bytes, chosen: random.Random) -> bytes:
    return data[: chosen.randrange(len(data))]


def repeat_bytes(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + data[max(0, at - chosen.randrange(1, 400)) :]


def nul_block(data: bytes, chosen: random.Random) -> bytes:
    """As a file system leaves a file after a power cut."""
    at = _place(data, chosen)
    length = chosen.randrange(1, 600)
    return data[:at] + b"\x00" * length + data[at + length :]


def move_line(data: bytes, chosen: random.Random) -> bytes:
    rows = data.split(b"\n")
    row = rows.pop(chosen.randrange(len(rows)))
    rows.insert(chosen.randrange(len(rows) + 1), row)
    return b"\n".join(rows)


def repeat_line(data: bytes, chosen: random.Random) -> bytes:
    rows = data.split(b"\n")
    rows.insert(chosen.randrange(len(rows) + 1), chosen.choice(rows))
    return b"\n".join(rows)


def line_ends(data: bytes, chosen: random.Random) -> bytes:
    parts = re.split(rb"(\n)", data)
    return b"".join(
        chosen.choice([b"\r\n", b"\n\n", b"\r\r\n", b"\n", b"\n", b"\n", b"\n"]) if p == b"\n" else p for p in parts
    )


def other_encoding(data: bytes, chosen: random.Random) -> bytes:
    at = data.find(b"host", _place(data, chosen))
    word = chosen.choice(["h\u00f6\u00dfl\u00ee", "\u4e16\u754c", "\ufeff", "\u2028"])
    code = chosen.choice(["latin-1", "utf-16-le", "utf-8", "cp1252", "utf-8-sig"])
    return data[:at] + word.encode(code, "replace") + data[at:] if at >= 0 else data


def column(data: bytes, chosen: random.Random) -> bytes:
    """One value of one record replaced."""
    rows = data.split(b"\n")
    index = chosen.randrange(len(rows))
    value = chosen.choice(VALUES)
    if rows[index].startswith(b"{"):
        return _json_value(rows, index, value, chosen)
    cells = rows[index].split(b"\t")
    cells[chosen.randrange(len(cells))] = value
    rows[index] = b"\t".join(cells)
    return b"\n".join(rows)


def _json_value(rows: list[bytes], index: int, value: bytes, chosen: random.Random) -> bytes:
    members = list(re.finditer(rb'": ("[^"]*"|[^",\[\]]+|\[[^\]]*\])(?=[,}])', rows[index]))
    if members:
        member = chosen.choice(members)
        new = value if chosen.random() < 0.5 else b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        rows[index] = rows[index][: member.start(1)] + new + rows[index][member.end(1) :]
    return b"\n".join(rows)


def add_member(data: bytes, chosen: random.Random) -> bytes:
    """A further member in one JSON record (a further column in one TSV record)."""
    rows = data.split(b"\n")
    index = chosen.randrange(len(rows))
    if rows[index].endswith(b"}"):
        rows[index] = rows[index][:-1] + b", " + chosen.choice(MEMBERS) + b"}"
    else:
        rows[index] += b"\t" + chosen.choice([b"", b"-", b"x", b"\t"])
    return b"\n".join(rows)


def glue_lines(data: bytes, chosen: random.Random) -> bytes:
    ends = [match.start() for match in re.finditer(rb"\n", data)]
    if not ends:
        return data
    at = chosen.choice(ends)
    return data[:at] + data[at + 1 :]


def split_line(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + chosen.choice([b"\n", b"\r", b"\r\n"]) + data[at:]


def concatenate(data: bytes, chosen: random.Random) -> bytes:
    other = chosen.choice(list(ORIGINALS.values()))
    return data[: chosen.choice([len(data), _place(data, chosen)])] + other


# ruff: noqa: E501
SNIPPETS = (
    b"\x00", b"\t", b"\n", b"\r", b"\r\n", b'"', b"'", b"\\", b"\\x", b"\\x0", b"\\xff", b"\\x00", b"#", b"#close\n",
    b"\n#fields\tts\tuid\n", b"\n#types\ttime\n", b"\n#separator \\x2c\n", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"{", b"}", b"}{", b"[", b",", b":", b"NaN", b"null", b"-", b"(empty)", b"\n\n", b"=cmd|' /C calc'!A0", b"<script>",
    b"\x1b[31m", b"\x85", b"\xe2\x80\xa8", b"9" * 400, b"\\u0000", b"\\ud800", b"[" * 3000, b"\x1a", b"\n}\n", b"\n{}\n",
)  # fmt: skip
VALUES = (
    b"", b"-", b"(empty)", b"0", b"-1", b"1e9", b"1E5", b"1.50", b"1e400", b"nan", b"inf", b"-inf", b"NaN", b"99999999999",
    b"-62135596800", b"253402300799", b"253402300801", b"1700000000123", b"9" * 25, b"9" * 5000, b"XXXX", b"T", b"F",
    b"true", b"false", b"null", b"a,b", b",", b"a,,b", b" 443", b"0x1bb", b"\\x41\\xc3\\xa9", b"\\xff\\xfe", b"\\x00",
    b"::ffff:1.2.3.4", b"2001:db8::1", b"1.2.3", b"[1, 2]", b"[]", b"{}", b'{"a": 1.50}', b"[null]", b"[[]]", b"K\xc3\xa4",
    b"2023-11-14T22:13:20.5Z", b"2023-11-14 22:13:20", b"2023-02-30T00:00:00Z", b"0000-00-00T00:00:00Z", b"+5", b"1_000",
    b"\xd9\xa4\xd9\xa3", b"=1+1", b"A" * 70000, b"\xc4\xb0", b"0", b"007", b"-0", b"-0.0",
)  # fmt: skip
MEMBERS = (
    b'"ts": null', b'"ts": 5', b'"uid": "x"', b'"server_name": "other.example"', b'"id_orig_h": "9.9.9.9"',
    b'"id": {"orig_h": "9.9.9.9"}', b'"certificate": {"subject": "CN=x"}', b'"san": {"dns": ["x.example"]}',
    b'"_path": "http"', b'"_path": "x509"', b'"_path": "ssl"', b'"@stream": "conn"', b'"cert_chain_fps": null',
    b'"cert_chain_fps": "abc"', b'"x": ' + b"[" * 2000 + b"]" * 2000, b'"": 1', b'"\\u0073ni": 1', b'"SERVER_NAME": "y"',
    b'"san.dns": [1.50, true, null]', b'"established": "T"', b'"x": "\\ud800"', b'"event_type": "http"', b'"tls": "x"',
    b'"tls": {"sni": 1.50}', b'"tls.sni": "dotted.example"', b'"timestamp": 5', b'"flow_id": null', b'"vlan": 7',
    b'"dns": {"answers": "x"}', b'"flow": {"src_ip": ["a"]}', b'"event_type": {"a": 1}',
)  # fmt: skip

DAMAGES: dict[str, Damage] = {
    damage.__name__: damage
    for damage in (
        bit_flip, bit_flips, insert_bytes, replace_bytes, delete_bytes, cut, repeat_bytes, nul_block, move_line,
        repeat_line, line_ends, other_encoding, column, add_member, glue_lines, split_line, concatenate,
    )
}  # fmt: skip


PACKERS: dict[str, Damage] = {
    "gz": lambda data, _: gzip.compress(data, mtime=0),
    "zst": lambda data, _: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}


def damaged_copies(folder: Path, chosen: random.Random, count: int, *, packed: bool = False) -> list[Path]:
    """Files of a folder, each a good log that was damaged up to three times; ``packed``: compressed before or after."""
    paths = []
    for number in range(count):
        kind = chosen.choice(list(ORIGINALS))
        data, done = ORIGINALS[kind], [kind]
        steps = list(chosen.choices(list(DAMAGES), k=chosen.choice([1, 1, 1, 2, 3])))
        if packed:
            steps.insert(chosen.randrange(len(steps) + 1), chosen.choice(list(PACKERS)))
        for step in steps:
            if data:
                data = (DAMAGES.get(step) or PACKERS[step])(data, chosen)
                done.append(step)
        paths.append(folder / f"{number:03d} {' '.join(done)}")
        paths[-1].write_bytes(data)
    return paths


# --- what must hold --------------------------------------------------------------------------------------------------

TABLES = {
    "contacts": """SELECT certificate_id, name, dst_ip, dst_port, tls_state, transport, sum(sessions), sum(established),
        min(first_seen), max(last_seen), bit_or(days), min(sensor_validation), max(sensor_validation)
        FROM contact_parts GROUP BY certificate_id, name, dst_ip, dst_port, tls_state, transport ORDER BY ALL""",
    "times": """SELECT k.certificate, k.contact, s.src_ip, s.time FROM session_keys s
        JOIN key_contacts k ON k.key = s.key AND k.batch = s.batch ORDER BY ALL""",
    "statements": """SELECT id, sum(records), min(first_seen), max(last_seen) FROM statements GROUP BY id ORDER BY ALL""",
    "stated": """SELECT id, any_value(COLUMNS(* EXCLUDE (id, part, batch, key, records)))
        FROM statements GROUP BY id HAVING sum(records) = 1 ORDER BY ALL""",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a lake holds: its tables, and for each file its records, its rejects, and whether it went the fast path."""

    tables: dict[str, list[Any]]
    records: dict[str, int]
    rejects: dict[str, int]
    fast: dict[str, bool]


def outcome(paths: list[Path], *, fast: bool) -> Outcome:
    """What a lake holds of files, by the fast path where it goes or by the careful path alone."""
    lake = start_lake(paths, Profile())
    try:
        if not fast:
            for part in lake.parts:
                part.plan = replace(part.plan, segment=None)
        fill_lake(lake)
        lake.session.execute(session_keys(lake.session))
        records: Counter[str] = Counter()
        rejects: Counter[str] = Counter()
        for part in lake.parts:  # of a file that mixes kinds of records there are several
            records[Path(part.plan.file).name] += part.records
            rejects[Path(part.plan.file).name] += len(part.rejected)
        return Outcome(
            {name: list(lake.session.execute(query).fetchall()) for name, query in TABLES.items()},
            dict(records),
            dict(rejects),
            {Path(part.plan.file).name: part.in_place for part in lake.parts if not part.staged},
        )
    finally:
        lake.close()


def disagreement(paths: list[Path]) -> str | None:
    """How the fast path and the careful path differ over files, in words, or nothing."""
    by_fast, careful = outcome(paths, fast=True), outcome(paths, fast=False)
    for name, one, two in (
        ("records", by_fast.records, careful.records),
        ("rejects", by_fast.rejects, careful.rejects),
        *((name, by_fast.tables[name], careful.tables[name]) for name in TABLES),
    ):
        if one != two:
            return f"{name}: {_first_difference(one, two)}"
    return None


def _first_difference(one: Any, two: Any) -> str:
    left, right = (list(each.items()) if isinstance(each, dict) else each for each in (one, two))
    only_left = [each for each in left if each not in right][:2]
    only_right = [each for each in right if each not in left][:2]
    return f"only fast {only_left!r:.700}, only carefully {only_right!r:.700}"


def disagreements(paths: list[Path]) -> list[tuple[Path, str]]:
    """The files on which the two paths differ or raise; all are asked at once, and singly only where that fails."""
    try:
        found = disagreement(paths)
    except Exception as error:  # noqa: BLE001 -- the finding of a test: whatever a damaged file makes raise
        found = f"raised {error!r:.700}"
    if found is None:
        return []
    if len(paths) == 1:
        return [(paths[0], found)]
    middle = len(paths) // 2
    return disagreements(paths[:middle]) + disagreements(paths[middle:])


def unaccounted(paths: list[Path]) -> list[tuple[Path, str]]:
    """What is not accounted for in recognised plain files.

    That is a line that became neither a row nor a reject, an undamaged record that was not kept, a reject without reason.
    """
    account = Account()
    rows: dict[str, set[int | None]] = defaultdict(set)
    for batch in events(paths, Profile(), account):
        for file, line in zip(batch["origin_file"].to_pylist(), batch["origin_line"].to_pylist(), strict=True):
            rows[file].add(line)
    rejects: dict[str, set[int | None]] = defaultdict(set)
    for each in account.rejected:
        rejects[each.file].add(each.line)
    assert account.inputs is not None
    return [
        (Path(file.path), problem)
        for file, taken in account.inputs.recognised
        if file.compression is Compression.NONE
        for problem in _unaccounted(Path(file.path).read_bytes(), taken.source, rows[file.path], rejects[file.path])
    ] + [(Path(each.file), "a reject without a reason") for each in account.rejected if not each.reason]


_HEADERS = {name: data.split(b"\n")[:HEADER_LINES] for name, data in ORIGINALS.items() if name.endswith("tsv")}
_RECORDS = {
    name: {line for line in data.split(b"\n") if line and not line.startswith(b"#")} for name, data in ORIGINALS.items()
}


def _good_lines(lines: list[bytes], source: str) -> set[bytes]:
    """Records that must be kept wherever they stand in a file: in TSV only where no header but the first is in force."""
    if source.startswith("suricata") or lines[0].startswith(b"{"):
        is_eve = source.startswith("suricata")
        return set().union(
            *(found for name, found in _RECORDS.items() if name not in _HEADERS and name.startswith("eve") == is_eve)
        )
    name = next((name for name, header in _HEADERS.items() if lines[:HEADER_LINES] == header), None)
    odd = any(line.startswith(b"#") and not line.startswith(b"#close") for line in lines[HEADER_LINES:])
    return set() if name is None or odd else _RECORDS[name]


def _unaccounted(data: bytes, source: str, rows: set[int | None], rejects: set[int | None]) -> Iterator[str]:
    lines = data.split(b"\n")
    if source.startswith("suricata") and lines[0].strip() in (b"{", b"["):
        return  # objects over several lines stand on their first
    is_tsv = data.removeprefix(b"\xef\xbb\xbf").startswith((b"#", b"ts\t"))
    good = _good_lines(lines, source)
    for number, line in enumerate(lines, 1):
        bare = line.rstrip(b"\r").removeprefix(b"\xef\xbb\xbf")
        if bare in good and number not in rows:
            yield f"line {number}: {line[:80]!r} is good and was not kept"
        is_comment = is_tsv and bare.startswith((b"#", b"ts\t"))
        if line.strip(b" \t\r\n,\xef\xbb\xbf") and number not in rows | rejects and not is_comment:
            yield f"line {number}: {line[:80]!r} is neither row nor reject"
