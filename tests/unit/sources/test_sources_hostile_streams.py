"""Damaged gzip and zstd: every whole line before the damage is kept, and what stands behind it, too."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import source_damage as d
import zeek_logs as z
import zstandard

from certhound.lake.rows import Account, events
from certhound.model.profile import Profile
from certhound.query.plan import Compression
from certhound.sources.files import Line, lines
from certhound.sources.streams import Broken, content

pytestmark = pytest.mark.slow

RECORDS = [{**z.SESSIONS[n % 6], "uid": random.Random(n).randbytes(12).hex()} for n in range(6)]
TEXTS = {"tsv": z.tsv("ssl", RECORDS).encode(), "json": z.jsonl(RECORDS).encode()}


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


PACKERS: dict[str, tuple[Callable[[bytes], bytes], Compression]] = {
    "gz": (_gzip, Compression.GZIP),
    "zst": (_zstd, Compression.ZSTD),
}


def _read(path: Path, compression: Compression) -> tuple[list[bytes], list[str]]:
    """Good lines, and the problems of the others."""
    found: list[Line] = list(lines(str(path), compression))
    return [each.data for each in found if each.problem is None], [each.problem for each in found if each.problem]


def _can_be_had(data: bytes) -> bytes:
    """What gzip data give before they break off, told byte by byte."""
    decompressor = zlib.decompressobj(31)
    out = b""
    for index in range(len(data)):
        try:
            out += decompressor.decompress(data[index : index + 1])
        except zlib.error:
            break
    return out


@pytest.mark.parametrize("layout", TEXTS)
def test_gzip_cut_at_every_byte_keeps_every_whole_line_before(layout: str, tmp_path: Path) -> None:
    whole = _gzip(TEXTS[layout])
    path = tmp_path / "cut.gz"
    for end in range(1, len(whole)):
        path.write_bytes(whole[:end])
        good, problems = _read(path, Compression.GZIP)
        assert good == _can_be_had(whole[:end]).split(b"\n")[:-1]
        assert problems == ["stream broken: gzip ends before its end-of-stream marker"]


def test_zstd_cut_at_every_byte_is_never_taken_for_whole(tmp_path: Path) -> None:
    whole = _zstd(TEXTS["json"])
    path = tmp_path / "cut.zst"
    for end in range(1, len(whole)):
        path.write_bytes(whole[:end])
        _, problems = _read(path, Compression.ZSTD)
        assert problems == ["stream broken: zstd ends before its end-of-stream marker"]


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_costs_nothing_before_it(seed: int, tmp_path: Path) -> None:
    chosen = random.Random(seed)
    whole = _gzip(b"".join(b"%d %s\n" % (n, chosen.randbytes(9).hex().encode()) for n in range(2000)))
    at = chosen.randrange(20, len(whole))
    damaged = whole[:at] + bytes([whole[at] ^ 1 << chosen.randrange(8)]) + whole[at + 1 :]
    path = tmp_path / "flipped.gz"
    path.write_bytes(damaged)
    good, problems = _read(path, Compression.GZIP)
    before = _can_be_had(damaged).split(b"\n")[:-1]
    assert good[: len(before)] == before
    assert problems


ENDINGS: dict[str, Callable[[bytes], bytes]] = {
    "another member": lambda whole: whole,
    "padding of zeros": lambda _: b"\x00" * 5000,
    "garbage": lambda _: b"garbage",
    "half a member": lambda whole: whole[: len(whole) // 2],
    "a beginning": lambda whole: whole[:3],
    "garbage and a member": lambda whole: b"garbage" + whole,
    "a damaged member and a whole one": lambda whole: whole[:90] + b"\xff\xff\xff\xff" + whole,
}


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("kind", PACKERS)
def test_what_stands_before_and_behind_damage_is_kept(kind: str, name: str, tmp_path: Path) -> None:
    pack, _ = PACKERS[kind]
    whole = pack(TEXTS["tsv"])
    path = tmp_path / f"log.{kind}"
    path.write_bytes(whole + ENDINGS[name](whole))
    account = Account()
    uids = [uid for batch in events([path], Profile(), account) for uid in batch["session_uid"].to_pylist()]
    expected = [str(each["uid"]) for each in RECORDS]
    assert uids[:6] == expected
    assert uids[-6:] == expected
    assert bool(account.rejected) is (name not in ("another member", "padding of zeros"))
    assert all(each.line and "stream broken" in each.reason for each in account.rejected[:1])


def test_both_paths_agree_on_damaged_streams(tmp_path: Path) -> None:
    paths = []
    for kind, (pack, _) in PACKERS.items():
        for layout, text in TEXTS.items():
            whole = pack(text)
            for name, ending in ENDINGS.items():
                paths.append(tmp_path / f"{layout} {name}.{kind}")
                paths[-1].write_bytes(whole + ending(whole))
            for cut in (len(whole) - 1, len(whole) - 5, len(whole) // 2):
                paths.append(tmp_path / f"{layout} {cut}.{kind}")
                paths[-1].write_bytes(whole[:cut])
    assert d.disagreements(paths) == []


@pytest.mark.parametrize("kind", PACKERS)
def test_a_wrong_check_sum_is_told_though_all_lines_can_be_read(kind: str, tmp_path: Path) -> None:
    pack, _ = PACKERS[kind]
    whole = bytearray(pack(TEXTS["tsv"]))
    whole[-8 if kind == "gz" else -1] ^= 1
    path = tmp_path / f"ssl.log.{kind}"
    path.write_bytes(whole)
    found = d.outcome([path], fast=True)
    assert list(found.rejects.values()) == [1]
    assert d.disagreements([path]) == []


@pytest.mark.parametrize("kind", PACKERS)
def test_a_bomb_is_given_out_in_small_pieces(kind: str, tmp_path: Path) -> None:
    pack, compression = PACKERS[kind]
    path = tmp_path / f"bomb.{kind}"
    path.write_bytes(pack(bytes(200 << 20)))
    sizes = [len(piece) for piece in content(str(path), compression) if not isinstance(piece, Broken)]
    assert sum(sizes) == 200 << 20
    assert max(sizes) <= 64 << 20


def test_a_line_of_50_mb_is_put_aside_and_its_neighbours_are_kept(tmp_path: Path) -> None:
    rows = z.jsonl(RECORDS).encode().split(b"\n")
    long = rows[2][:-1] + b', "x": "' + b"A" * (50 << 20) + b'"}'
    for name, pack in (("long.log", bytes), ("long.log.gz", _gzip)):
        path = tmp_path / name
        path.write_bytes(pack(b"\n".join([*rows[:3], long, *rows[3:]])))
        account = Account()
        count = sum(batch.num_rows for batch in events([path], Profile(), account))
        assert count == 6
        [reject] = account.rejected
        assert (reject.line, reject.record) == (4, 4)
        assert "longer than" in reject.reason
        assert len(reject.sample) <= 200
