"""Progress: only on a terminal, honest about what it knows, harmless whatever files are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhound.cli.progress import Progress


@pytest.mark.parametrize(
    ("done", "total", "seconds", "line"),
    [
        (0, 0, 0.0, "looking …"),
        (0, 5_000_000, 1.0, "looking at 5.0 MB …"),
        (500_000_000, 0, 10.0, "500 MB  50.0 MB/s  ssl.log"),
        (500_000_000, 2_000_000_000, 10.0, "25 %  500 MB of 2.0 GB  50.0 MB/s  about 30 s to go  ssl.log"),
        (10_000_000, 2_000_000_000, 10.0, "0 %  10.0 MB of 2.0 GB  1.0 MB/s  about 33 min to go  ssl.log"),
        (500, 1000, 1.0, "50 %  500 bytes of 1.0 kB  500 bytes/s  ssl.log"),
        (1000, 1000, 4.0, "read 1.0 kB at 250 bytes/s; joining, judging, matching rules … 4 s"),
        (2000, 1000, 0.0, "read 2.0 kB at ; joining, judging, matching rules … 0 s"),
    ],
)
def test_lines(done: int, total: int, seconds: float, line: str) -> None:
    progress = Progress([])
    progress(done, total, "/var/log/ssl.log")
    assert progress.line(seconds) == line


def test_nothing_is_drawn_where_nobody_looks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Progress([tmp_path]) as progress:
        progress(1, 2, "x")
    assert capfd.readouterr() == ("", "")


def test_an_interruption_says_what_was_done() -> None:
    def work() -> None:
        with Progress([]) as progress:
            progress(1000, 2000, "x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"1\.0 kB of 2\.0 kB read in 0 s"):
        work()
