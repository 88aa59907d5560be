"""Folders as the world has them: odd names, loops, pipes, what cannot be read, what is something else."""

from __future__ import annotations

import gzip
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zeek_logs as z

from certhound.findings.run import scan
from certhound.lake.build import fill_lake, start_lake
from certhound.lake.inputs import collect
from certhound.lake.rows import Account, events
from certhound.model.profile import Profile

pytestmark = pytest.mark.slow

LOG = z.tsv("ssl", z.SESSIONS).encode()

# ruff: noqa: E501
NAMES = [
    b"a*[b].log", b"a1b.log", b"abc?.log", b"abcd.log", b"{x,y}.log", b"**", b"[!a].log", b"[a", b"q'uo\"te.log", b"new\nline.log",
    b"back\\slash.log", b"$(touch x).log", b"-rf.log", b"\x1b[31mred.log", b" ", b"#", b"tab\t.log", b"\xc3\xbcn\xc3\xaf.log",
    b"not-utf8-\xff\xfe.log", b"looks.gz", b"<b>.log", b"%s%n.log", b"~", b"a;b.log", b"'; DROP TABLE x; --",
]  # fmt: skip


def test_each_file_is_read_by_its_own_name_and_once(tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        sessions = [{**each, "uid": f"C{number}-{n}"} for n, each in enumerate(z.SESSIONS)]
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(z.tsv("ssl", sessions))
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/d\xff"))
    folder.mkdir()
    (folder / "ssl.log").write_bytes(LOG)
    account = Account()
    rows = [row for batch in events([tmp_path], Profile(), account) for row in batch.to_pylist()]
    assert len(rows) == 6 * (len(NAMES) + 1)
    by_name = {row["origin_file"]: row["session_uid"].split("-")[0] for row in rows}
    for number, name in enumerate(NAMES):
        shown = name.decode("utf-8", "backslashreplace")
        assert by_name[f"{tmp_path}/{shown}"] == f"C{number}"
    lake = start_lake([tmp_path], Profile())
    try:
        fill_lake(lake)
        assert [part.records for part in lake.parts] == [6] * (len(NAMES) + 1)
        assert lake.rejected == []
    finally:
        lake.close()


def _odd_folder(folder: Path) -> None:
    folder.mkdir()
    (folder / "ssl.log").write_bytes(LOG)
    (folder / "loop").symlink_to(folder)
    (folder / "again.log").symlink_to("ssl.log")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "round").symlink_to("round")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "empty.log").write_bytes(b"")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))


def test_what_is_no_file_neither_hangs_nor_hides(tmp_path: Path) -> None:
    _odd_folder(tmp_path / "in")
    inputs = collect([tmp_path / "in"])
    assert [Path(file.path).name for file, _ in inputs.recognised] == ["again.log"]
    reasons = {Path(each.path).name: each.reason for each in inputs.unreadable}
    assert set(reasons) == {"dangling", "round", "zero", "pipe", "socket"}
    assert reasons["pipe"] == reasons["socket"] == reasons["zero"] == "not a regular file"
    assert "No such file" in reasons["dangling"]
    assert [Path(file).name for file, _ in inputs.unrecognised] == ["empty.log"]
    report = scan([tmp_path / "in"], profile=Profile())
    assert report.sessions == 6
    assert len(report.rejected) == 5


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "ssl.log").write_bytes(LOG)
    (tmp_path / "secret.log").write_bytes(LOG)
    (tmp_path / "secret.log").chmod(0)
    report = scan([tmp_path], profile=Profile())
    assert report.sessions == 6
    assert [(Path(each.file).name, each.reason) for each in report.rejected] == [("secret.log", "Permission denied")]


@pytest.mark.parametrize("change", ["deleted", "truncated", "grown", "turned into a folder"])
def test_files_that_change_between_recognition_and_reading(change: str, tmp_path: Path) -> None:
    changing = tmp_path / "a.log"
    changing.write_bytes(LOG)
    (tmp_path / "b.log").write_bytes(LOG)
    lake = start_lake([tmp_path], Profile())
    try:
        match change:
            case "deleted":
                changing.unlink()
            case "truncated":
                changing.write_bytes(LOG[:-200])
            case "grown":
                changing.write_bytes(LOG + LOG)
            case _:
                changing.unlink()
                changing.mkdir()
        fill_lake(lake)
        first, second = lake.parts
        assert (second.records, second.rejected) == (6, [])
        assert first.records == {"truncated": 5, "grown": 12}.get(change, 0)
        assert len(first.rejected) == (0 if change == "grown" else 1)
    finally:
        lake.close()


GUESSES: dict[str, tuple[bytes, str]] = {
    "zip": (b"PK\x03\x04rest", "zip archive"),
    "tar": (b"a" * 257 + b"ustar  " + b"\x00" * 300, "tar archive"),
    "bzip2": (b"BZh91AY&SY", "bzip2"),
    "xz": (b"\xfd7zXZ\x00\x00", "xz"),
    "capture": (b"\xd4\xc3\xb2\xa1" + b"\x00" * 20, "packet capture"),
    "binary": (bytes(range(256)), "binary data"),
    "UTF-16": (z.tsv("ssl", z.SESSIONS).encode("utf-16"), "UTF-16"),
    "CR alone": (LOG.replace(b"\n", b"\r"), "CR alone"),
    "header without fields": (LOG.replace(b"#fields", b"#felds"), "#fields"),
    "CSV": (b"time,src,dst\n1,2,3\n", "comma-separated"),
    "JSON array": (b'[{"a": 1}, {"a": 2}]\n', "JSON array"),
    "pretty-printed JSON": (json.dumps(z.SESSIONS[0], indent=2).encode()[:-2], "one object a line"),
    "HTML": (b"<!DOCTYPE html><html>", "HTML"),
    "other JSON lines": (b'{"a": 1}\n{"a": 2}\n', "JSON lines"),
    "another of Zeek's logs": (z.tsv("http", [{"ts": 1.5, "uid": "C"}]).encode(), "http log"),
    "another of Zeek's logs in JSON": (b'{"_path": "http", "ts": 1.5}\n', "http log"),
    "words": (b"To whom it may concern\n", "text of no format"),
}


@pytest.mark.parametrize("name", GUESSES)
def test_what_is_not_recognised_has_a_helpful_guess(name: str, tmp_path: Path) -> None:
    data, words = GUESSES[name]
    (tmp_path / "file").write_bytes(data)
    inputs = collect([tmp_path])
    assert inputs.recognised == []
    [(_, guess)] = inputs.unrecognised
    assert words in guess


def test_hundreds_of_tiny_files_are_read_in_one_go(tmp_path: Path) -> None:
    for number in range(300):
        folder = tmp_path / f"{number % 10}"
        folder.mkdir(exist_ok=True)
        (folder / f"ssl.{number}.log").write_bytes(LOG if number % 50 else LOG + b"half a line\n")
    lake = start_lake([tmp_path], Profile())
    try:
        fill_lake(lake)
        assert lake.records == 1800
        assert sorted(len(part.rejected) for part in lake.parts)[-7:] == [0, 1, 1, 1, 1, 1, 1]
    finally:
        lake.close()


def _scan(
    *words: str, before: Callable[[], None] | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "certhound", "scan", *words],
        capture_output=True, timeout=120, check=False, preexec_fn=before, env={**os.environ, **environment},
    )  # fmt: skip


def test_the_command_line_scans_the_oddest_folder(tmp_path: Path) -> None:
    _odd_folder(tmp_path / "in")
    (tmp_path / "in" / "broken.log.gz").write_bytes(gzip.compress(LOG, mtime=0)[:-30])
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/in/\xff\x1b[2J.log")).write_bytes(LOG + b"\x1b]0;x\x07\n")
    done = _scan(str(tmp_path / "in"), "--format", "json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert sum(report["ledger"].values()) >= 17
    assert b"Traceback" not in done.stderr
    done = _scan(str(tmp_path / "in"))
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr


def test_nothing_that_can_be_read_is_exit_3_with_a_guess(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04rest")
    done = _scan(str(tmp_path))
    assert done.returncode == 3
    assert b"zip archive" in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    sessions = [{**z.SESSIONS[n % 6], "uid": f"C{n}", "server_name": f"h{n}.example"} for n in range(20_000)]
    log = tmp_path / "ssl.log"
    log.write_text(z.tsv("ssl", sessions) + "half a line\n")
    before = log.read_bytes()

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = _scan(str(log), before=small_files)
    assert done.returncode == 3
    assert b"error[no-room]" in done.stderr
    assert done.stdout == b""
    assert log.read_bytes() == before


def test_too_little_memory_and_a_wrong_limit_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "ssl.log").write_bytes(LOG)
    done = _scan(str(tmp_path), CERTHOUND_MEMORY="a lot")
    assert done.returncode == 2
    assert b"error[memory]" in done.stderr
