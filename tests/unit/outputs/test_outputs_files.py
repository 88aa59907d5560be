"""Files are whole or not there."""

import os
from pathlib import Path

import pytest

from certhound.model.errors import UsageError
from certhound.outputs.files import atomic_bytes, atomic_text


def test_a_file_appears_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with atomic_text(path) as stream:
        stream.write("half")
        assert not path.exists()
        stream.write(" and whole, caf\udce9\n")
    assert path.read_text() == "half and whole, caf\\udce9\n"
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.bin"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), atomic_bytes(path) as stream:
        stream.write("not bytes")  # type: ignore[call-overload]
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["report.bin"]


def test_the_mode_follows_the_old_file_or_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a"
    old = os.umask(0o027)
    try:
        with atomic_text(path) as stream:
            stream.write("x")
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o604)
        with atomic_text(path) as stream:
            stream.write("y")
        assert path.stat().st_mode & 0o777 == 0o604
    finally:
        os.umask(old)


def test_a_link_keeps_being_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with atomic_text(tmp_path / "link") as stream:
        stream.write("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.mark.parametrize("place", ["missing/report.html", ".", "x" * 300])
def test_what_cannot_be_written_is_a_usage_error(tmp_path: Path, place: str) -> None:
    with pytest.raises(UsageError, match="cannot write"), atomic_text(tmp_path / place) as stream:
        stream.write("x")


def test_special_files_are_written_to() -> None:
    with atomic_text("/dev/null") as stream:
        stream.write("x")
    assert Path("/dev/null").is_char_device()
