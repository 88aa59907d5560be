"""A commit is there whole or not at all, whatever fails and whenever the process ends; a rerun is always right."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from lake_inputs import Row, contents, folder_of, log, read_only, rows

from certhound.lake.store.disk import Disk, LakeError
from certhound.lake.store.ingest import ingest as ingest_in_processes
from certhound.lake.store.journal import Journal
from certhound.lake.store.manifest import FORMAT
from certhound.lake.store.upkeep import compact, expire

ingest = partial(ingest_in_processes, command=())
Contents = tuple[list[Row], list[Row], list[Row]]


def some_logs(folder: Path) -> Path:
    """Files of all kinds: clean, without a last line end, damaged, compressed, certificates."""
    lines, conn = log("ssl").splitlines(keepends=True), log("conn").splitlines(keepends=True)
    damaged = lines[:8] + lines[200:230]
    damaged[20] = b"damaged\n"
    return folder_of(
        folder,
        {
            "ssl.log": log("ssl", 30),
            "x509.log": log("x509", 30),
            "unfinished.log": b"".join(conn[:8] + conn[300:320])[:-30],
            "damaged.log": b"".join(damaged),
        },
    )


class Failing(Disk):
    """Does its work until the n-th operation, which fails before or after it was done."""

    def __init__(self, at: int, *, stored: bool, reason: int = errno.EIO) -> None:
        self.at = at
        self.stored = stored
        self.reason = reason
        self.count = 0

    def _now(self, work: Callable[[], object]) -> object:
        self.count += 1
        if self.count != self.at:
            return work()
        if self.stored:
            work()
        raise OSError(self.reason, os.strerror(self.reason), "the disk")

    def make_folder(self, path: Path) -> None:
        self._now(lambda: super(Failing, self).make_folder(path))

    def open(self, path: Path, flags: int) -> int:
        return int(str(self._now(lambda: super(Failing, self).open(path, flags))))

    def put(self, handle: int, data: memoryview) -> int:
        return int(str(self._now(lambda: super(Failing, self).put(handle, data))))

    def flush(self, handle: int) -> None:
        self._now(lambda: super(Failing, self).flush(handle))

    def rename(self, old: Path, new: Path) -> None:
        self._now(lambda: super(Failing, self).rename(old, new))

    def remove(self, path: Path) -> None:
        self._now(lambda: super(Failing, self).remove(path))


def clean(tmp_path: Path, logs: Path) -> Contents:
    """What one run that nothing disturbs leaves."""
    ingest([logs], tmp_path / "clean")
    return contents(tmp_path / "clean")


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
@pytest.mark.parametrize("stored", [False, True], ids=["not stored", "stored but reported as failed"])
def test_every_operation_of_a_commit_may_fail(tmp_path: Path, stored: bool, step: int) -> None:
    first = folder_of(tmp_path / "first", {"conn.log": log("conn", 30)})
    logs = some_logs(tmp_path / "logs")
    ingest([first], tmp_path / "before")
    before = contents(tmp_path / "before")
    shutil.copytree(tmp_path / "before", tmp_path / "clean")
    after = clean(tmp_path, logs)
    counting = Failing(0, stored=stored)
    shutil.copytree(tmp_path / "before", tmp_path / "counted")
    ingest([logs], tmp_path / "counted", disk=counting)
    assert counting.count > 30
    for at in range(1, counting.count + 1, step):
        lake = tmp_path / f"lake-{at}"
        shutil.copytree(tmp_path / "before", lake)
        with pytest.raises(LakeError, match="what was committed before is whole"):
            ingest([logs], lake, disk=Failing(at, stored=stored))
        assert contents(lake) in (before, after)
        ingest([logs], lake)
        assert contents(lake) == after
        shutil.rmtree(lake)


@pytest.mark.parametrize("work", [compact, partial(expire, before=__import__("datetime").date(2026, 9, 2))])
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_every_operation_of_upkeep_may_fail(
    tmp_path: Path, work: Callable[..., object], stored: bool, step: int
) -> None:
    lake = tmp_path / "lake"
    for number in range(3):
        ingest(
            [
                folder_of(
                    tmp_path / str(number),
                    {f"{name}.log": log(name)[: 9000 * (number + 1)] for name in ("ssl", "x509")},
                )
            ],
            lake,
        )
    before = contents(lake)
    counting = Failing(0, stored=stored)
    shutil.copytree(lake, tmp_path / "counted")
    work(tmp_path / "counted", disk=counting)
    after = contents(tmp_path / "counted")
    for at in range(1, counting.count + 1, step):
        copy = tmp_path / f"lake-{at}"
        shutil.copytree(lake, copy)
        with pytest.raises(LakeError):
            work(copy, disk=Failing(at, stored=stored))
        assert contents(copy) in (before, after)
        work(copy)
        assert contents(copy) == after
        shutil.rmtree(copy)


_CHILD = """
import sys
from pathlib import Path
from certhound.lake.store.ingest import ingest
print("started", flush=True)
ingest([Path(sys.argv[1])], Path(sys.argv[2]), command=() if sys.argv[3] == "here" else {command!r}, commit_files=2)
"""


def _child(logs: Path, lake: Path, how: str) -> subprocess.Popen[bytes]:
    from certhound.lake.store.crew import COMMAND

    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD.replace("{command!r}", repr(COMMAND)), str(logs), str(lake), how],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    return child


def _killed(tmp_path: Path, moments: int, how: str) -> None:
    logs = some_logs(tmp_path / "logs")
    after = clean(tmp_path, logs)
    whole = Counter(row["origin_file"] for row in after[0])
    started = time.monotonic()
    assert _child(logs, tmp_path / "timed", how).wait(120) == 0
    lasts = time.monotonic() - started
    draw = random.Random(5)
    for number in range(moments):
        lake = tmp_path / f"lake-{number}"
        child = _child(logs, lake, how)
        time.sleep(draw.random() * lasts)
        child.send_signal(signal.SIGKILL)
        child.wait(60)
        if (lake / "manifests").is_dir():
            seen = Counter(row["origin_file"] for row in rows(lake))
            assert all(count == whole[file] for file, count in seen.items())
        ingest([logs], lake)
        assert contents(lake) == after
        shutil.rmtree(lake)


def test_killed_at_some_moments(tmp_path: Path) -> None:
    _killed(tmp_path, 3, "here")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_fifty_random_moments(tmp_path: Path) -> None:
    _killed(tmp_path, 50, "with children")


def test_reader_beside_a_writer_never_sees_half_a_commit(tmp_path: Path) -> None:
    logs, lake = some_logs(tmp_path / "logs"), tmp_path / "lake"
    whole = Counter(row["origin_file"] for row in clean(tmp_path, logs)[0])
    ingest([folder_of(tmp_path / "first", {"dns.log": log("dns", 20)})], lake)
    failures: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with Journal(lake).reading() as state:
                seen = Counter(row["origin_file"] for row in rows(lake, state))
            failures.extend((file, count) for file, count in seen.items() if file in whole and count != whole[file])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        ingest([logs], lake, commit_files=1)
        for _ in range(2):
            compact(lake)
    finally:
        stop.set()
        reader.join()
    assert not failures


def test_two_writers_at_a_time(tmp_path: Path) -> None:
    logs, lake = some_logs(tmp_path / "logs"), tmp_path / "lake"
    after = clean(tmp_path, logs)
    children = [_child(logs, lake, "here") for _ in range(3)]
    assert [child.wait(120) for child in children] == [0, 0, 0]
    assert contents(lake) == after


def test_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    told: list[str] = []
    with Journal(lake).writing():
        waiter = threading.Thread(
            target=lambda: ingest([some_logs(tmp_path / "logs")], lake, waiting=lambda: told.append("wait"))
        )
        waiter.start()
        while not told:
            time.sleep(0.01)
    waiter.join()
    assert told == ["wait"]
    assert rows(lake)


@pytest.mark.parametrize("how", [ingest, ingest_in_processes], ids=["here", "with children"])
@pytest.mark.parametrize("limit", [2_000, 15_000])
def test_full_disk_is_a_clear_error_and_damages_nothing(tmp_path: Path, how: Callable[..., object], limit: int) -> None:
    """A limit on the size of files stands for a disk without room: in a process that reads, and in a commit."""
    logs, lake = some_logs(tmp_path / "logs"), tmp_path / "lake"
    ingest([folder_of(tmp_path / "first", {"dns.log": log("dns", 20)})], lake)
    before = contents(lake)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(LakeError, match="disk"):
            how([logs], lake)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert contents(lake) == before
    ingest([logs], lake)
    assert len(rows(lake)) > len(before[0])
    assert not any("put aside" in row["reason"] for row in contents(lake)[2])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_lake_can_be_read(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([some_logs(tmp_path / "logs")], lake)
    before = contents(lake)
    with read_only(lake):
        with pytest.raises(LakeError) as caught:
            ingest([folder_of(tmp_path / "first", {"dns.log": log("dns", 20)})], lake)
        assert caught.value.check == "lake-read-only"
        assert contents(lake) == before


@pytest.mark.parametrize("reason", [errno.EROFS, errno.ENOSPC])
def test_reasons_are_told(tmp_path: Path, reason: int) -> None:
    with pytest.raises(LakeError) as caught:
        ingest([some_logs(tmp_path / "logs")], tmp_path / "lake", disk=Failing(9, stored=False, reason=reason))
    assert caught.value.check == {errno.EROFS: "lake-read-only", errno.ENOSPC: "lake-no-room"}[reason]


def test_newer_format_is_a_clear_error(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([some_logs(tmp_path / "logs")], lake)
    path = lake / "manifests" / "000000000001.json"
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))
    with pytest.raises(LakeError) as caught:
        Journal(lake).read()
    assert caught.value.check == "lake-format"


def test_missing_manifest_is_a_clear_error(tmp_path: Path) -> None:
    lake, logs = tmp_path / "lake", some_logs(tmp_path / "logs")
    ingest([logs], lake, commit_files=1)
    (lake / "manifests" / "000000000002.json").unlink()
    with pytest.raises(LakeError) as caught:
        Journal(lake).read()
    assert caught.value.check == "lake-damaged"


def test_columns_of_a_newer_version_and_keys_of_a_later_manifest_are_passed_over(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([some_logs(tmp_path / "logs")], lake)
    before = contents(lake)
    path = lake / "manifests" / "000000000001.json"
    path.write_text(path.read_text().replace('"kind"', '"a_later_key": {"x": 1}, "kind"', 1))
    assert contents(lake) == before


def test_nothing_is_left_over(tmp_path: Path) -> None:
    """The next writer removes what a run that failed has left."""
    lake, logs = tmp_path / "lake", some_logs(tmp_path / "logs")
    for at in (20, 30, 40):
        with pytest.raises(LakeError):
            ingest([logs], lake, disk=Failing(at, stored=True))
    ingest([logs], lake)
    ingest([logs], lake)
    named = Journal(lake).read().paths()
    there = {path.relative_to(lake).as_posix() for path in lake.rglob("*.parquet")}
    assert there == named
