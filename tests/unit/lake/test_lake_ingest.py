"""What a lake takes for the same file, and what for more of it."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import zstandard
from lake_inputs import SAMPLE, contents, folder_of, log, places, rows, worker_that

from certhound.lake.rows import events
from certhound.lake.store.ingest import Ingested
from certhound.lake.store.ingest import ingest as ingest_in_processes
from certhound.lake.store.journal import Journal
from certhound.model.profile import Profile

ingest = partial(ingest_in_processes, command=())


def taken(done: Ingested) -> tuple[int, int, int, int]:
    return len(done.new), len(done.grown), done.unchanged, done.rows


def test_events_are_those_of_the_careful_reader(tmp_path: Path) -> None:
    """Every column but those that need other records or a computation at the time of asking."""
    ingest([SAMPLE], tmp_path / "lake")
    stored = {(row["origin_file"], row["origin_line"]): row for row in rows(tmp_path / "lake")}
    count = 0
    for batch in events([SAMPLE], Profile()):
        for row in batch.to_pylist():
            count += 1
            other = stored[row["origin_file"], row["origin_line"]]
            row["fields"] = dict(row["fields"] or [])
            for name, value in row.items():
                if name not in ("community_id", "certificate_id", "tls_state"):
                    assert other.get(name) == value, name
    assert count == len(stored)


def test_same_again_adds_nothing(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    first = ingest_in_processes([SAMPLE], lake)
    assert first.rows == len(rows(lake)) > 1000
    again = ingest([SAMPLE], lake)
    assert taken(again) == (0, 0, len(first.new), 0)
    assert Journal(lake).read().number == 1


def test_grown_adds_what_is_new(tmp_path: Path) -> None:
    lake, path = tmp_path / "lake", tmp_path / "ssl.log"
    whole = log("ssl")
    text = whole.splitlines(keepends=True)
    for lines in (20, 21, 60, len(text)):
        path.write_bytes(b"".join(text[:lines]))
        ingest([path], lake)
    assert contents(lake)[0] == _clean(tmp_path, "ssl.log", whole)


@pytest.mark.parametrize("cut", [30, 1, 77])
@pytest.mark.parametrize("name", ["ssl", "x509"])
def test_line_without_end_is_read_whole_later(tmp_path: Path, cut: int, name: str) -> None:
    lake, path = tmp_path / "lake", tmp_path / f"{name}.log"
    whole = log(name)
    at = len(b"".join(whole.splitlines(keepends=True)[:40])) - cut
    path.write_bytes(whole[:at])
    ingest([path], lake)
    path.write_bytes(whole)
    done = ingest([path], lake)
    assert taken(done)[:2] == (0, 1)
    assert contents(lake)[0] == _clean(tmp_path, path.name, whole)
    assert contents(lake)[2] == []
    assert taken(ingest([path], lake)) == (0, 0, 1, 0)


def test_last_record_without_line_end_counts(tmp_path: Path) -> None:
    lake, path = tmp_path / "lake", tmp_path / "ssl.log"
    path.write_bytes(log("ssl", 30).rstrip(b"\n"))
    ingest([path], lake)
    assert len(rows(lake)) == 22
    path.write_bytes(log("ssl", 30))
    assert taken(ingest([path], lake)) == (0, 1, 0, 0)
    assert len(rows(lake)) == 22


def test_rotated_and_compressed_is_known(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    data = log("ssl")
    logs = folder_of(tmp_path / "logs", {"ssl.log": data})
    ingest([logs], lake)
    (logs / "ssl.log").rename(logs / "ssl.1.log")
    assert taken(ingest([logs], lake)) == (0, 0, 1, 0)
    (logs / "ssl.1.log").unlink()
    (logs / "ssl.2026-01-01.log.gz").write_bytes(gzip.compress(data))
    assert taken(ingest([logs], lake)) == (0, 0, 1, 0)
    (logs / "archive.zst").write_bytes(zstandard.compress(data))
    assert taken(ingest([logs], lake)) == (0, 0, 2, 0)


def test_rotated_while_it_grew(tmp_path: Path) -> None:
    """What was written after the last ingest and before rotation and compression is new."""
    lake = tmp_path / "lake"
    whole = log("ssl")
    logs = folder_of(tmp_path / "logs", {"ssl.log": log("ssl", 50)})
    ingest([logs], lake)
    (logs / "ssl.log").unlink()
    folder_of(logs, {"old/ssl.log.gz": gzip.compress(whole), "ssl.log": log("conn", 20)})
    done = ingest([logs], lake)
    assert taken(done)[:3] == (1, 1, 0)
    assert done.changed == []
    assert len(rows(lake)) == len(whole.splitlines()) - 8 - 1 + 12


def test_same_name_in_another_folder_is_another_file(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([folder_of(tmp_path / "a", {"ssl.log": log("ssl", 40)})], lake)
    other = log("ssl", 8) + b"".join(log("ssl").splitlines(keepends=True)[60:90])
    done = ingest([folder_of(tmp_path / "b", {"ssl.log": other})], lake)
    assert taken(done)[:3] == (1, 0, 0)
    assert done.changed == []


def test_changed_file_is_told(tmp_path: Path) -> None:
    lake, path = tmp_path / "lake", tmp_path / "ssl.log"
    path.write_bytes(log("ssl", 40))
    ingest([path], lake)
    path.write_bytes(log("ssl", 40).replace(b"443", b"444"))
    assert ingest([path], lake).changed == [str(path)]


def test_damage_is_kept_aside_once(tmp_path: Path) -> None:
    lake, path = tmp_path / "lake", tmp_path / "ssl.log"
    lines = log("ssl", 60).splitlines(keepends=True)
    lines[20] = b"half a line\n"
    path.write_bytes(b"".join(lines))
    done = ingest([path], lake)
    assert (done.rows, done.rejected) == (51, 1)
    path.write_bytes(b"".join(lines) + b"another half\n" + lines[30])
    done = ingest([path], lake)
    assert (len(done.grown), done.rows, done.rejected) == (1, 1, 1)
    [first, second] = sorted(row["origin_line"] for row in contents(lake)[2])
    assert (first, second) == (21, 61)


def test_truncated_gzip_is_read_on_when_it_is_whole(tmp_path: Path) -> None:
    lake, path = tmp_path / "lake", tmp_path / "ssl.log.gz"
    data = log("ssl")
    packed = gzip.compress(data)
    path.write_bytes(packed[: len(packed) // 2])
    done = ingest([path], lake)
    assert done.rejected == 1
    path.write_bytes(packed)
    ingest([path], lake)
    assert contents(lake)[2] == []
    assert contents(lake)[0] == _clean(tmp_path, path.name, packed)


def test_header_inside_a_grown_file(tmp_path: Path) -> None:
    """Columns of the new header count for what stands behind it."""
    lake, path = tmp_path / "lake", tmp_path / "all.log"
    path.write_bytes(log("ssl", 40))
    ingest([path], lake)
    path.write_bytes(log("ssl", 40) + log("conn", 30))
    ingest([path], lake)
    assert contents(lake)[0] == _clean(tmp_path, path.name, path.read_bytes())


def test_certificates_are_appended_once(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([folder_of(tmp_path / "a", {"x509.log": log("x509", 60)})], lake)
    before = contents(lake)[1]
    ingest([folder_of(tmp_path / "b", {"x509.log": log("x509")})], lake)
    after = contents(lake)[1]
    assert len(after) > len(before) > 10
    assert len({row["content"] for row in after}) == len(after)


def test_file_that_ends_the_process_is_put_aside_and_the_others_are_read(tmp_path: Path) -> None:
    crash = (
        "import os\nfrom certhound.lake.store import engine\nblock, batch = engine.Engine.block, engine.Engine.batch\n"
        "def first(self, plan, path, data, line, record):\n    if b'www.crash' in data: os.abort()\n"
        "    return block(self, plan, path, data, line, record)\n"
        "def second(self, plan, found):\n    if any('www.crash' in each for each in found.payloads): os.abort()\n"
        "    return batch(self, plan, found)\n"
        "engine.Engine.block, engine.Engine.batch = first, second\n"
    )
    lines = log("ssl").splitlines(keepends=True)
    files = {f"ssl{number}.log": b"".join(lines[:8] + lines[20 * number + 30 :][:20]) for number in range(6)}
    files["bad.log"] = log("ssl", 30).replace(b"\tTLSv1", b"\twww.crash", 1)
    logs = folder_of(tmp_path / "logs", files)
    done = ingest([logs], tmp_path / "lake", command=worker_that(tmp_path, crash))
    assert done.rows == 6 * 20
    [reject] = contents(tmp_path / "lake")[2]
    assert reject["origin_file"].endswith("bad.log")
    assert "ended the process" in reject["reason"]
    assert taken(ingest([logs], tmp_path / "lake"))[2] == 7


def test_all_columns_show_in_every_lake(tmp_path: Path) -> None:
    import duckdb

    from certhound.model.columns import EVENTS

    ingest([folder_of(tmp_path / "logs", {"dns.log": log("ssl", 20)})], tmp_path / "lake")
    query = "SELECT * FROM read_parquet($glob, union_by_name=true, hive_partitioning=false) LIMIT 0"
    found = duckdb.execute(query, {"glob": str(tmp_path / "lake/events/*/*.parquet")}).description
    assert set(EVENTS.names()) <= {column[0] for column in found}


def test_times_decide_the_day(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([SAMPLE / "ssl.log"], lake)
    for path in Journal(lake).read().events:
        for moment in pq.read_table(lake / path, columns=["time"])["time"].to_pylist():
            assert path.split("/")[1] == f"day={moment:%Y-%m-%d}"


def _clean(tmp_path: Path, name: str, data: bytes) -> list[dict[str, object]]:
    """The rows of one run over the whole file."""
    (tmp_path / name).write_bytes(data)
    ingest([tmp_path / name], tmp_path / "clean")
    clean: list[dict[str, object]] = contents(tmp_path / "clean")[0]
    return clean


def test_order_of_lines_is_kept(tmp_path: Path) -> None:
    ingest([folder_of(tmp_path / "logs", {"ssl.log": log("ssl")})], tmp_path / "lake")
    found = places(tmp_path / "lake")
    assert found == sorted(found)
    assert [line for _, line in found] == list(range(9, 9 + len(found)))


def test_the_same_content_twice_in_one_run(tmp_path: Path) -> None:
    data = log("ssl")
    logs = {"a.log": data, "b.log.gz": gzip.compress(data), "c/d.log": data, "e.log": data + log("ssl", 12)[-400:]}
    done = ingest([folder_of(tmp_path / "logs", logs)], tmp_path / "lake")
    assert (len(done.new), done.unchanged, len(done.grown)) == (1, 2, 1)
    assert len({row["payload"] for row in rows(tmp_path / "lake")}) >= len(data.splitlines()) - 9
