"""The wheel has everything: built, installed alone, it scans its sample and tests its rules in an empty folder."""

from __future__ import annotations

import json
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from command_line import environment

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.slow


def run(*words: str | Path, cwd: Path, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True, text=True, cwd=cwd, env=environment(**more), timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from what is in the repository's folder, not in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    try:
        run("-c", "import hatchling", cwd=source)
    except AssertionError:
        run("-m", "build", "--wheel", "--outdir", folder, source, cwd=folder)
    else:
        run("-c", build, folder, cwd=source)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certhound from the wheel; what it depends on comes from this environment."""
    target = tmp_path_factory.mktemp("installed")
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel, cwd=target)
    return target


def certhound(installed: Path, folder: Path, *words: str) -> str:
    """A command of the installed program; ``-S`` and an explicit path keep the repository's own sources out."""
    code = (
        "import sys, certhound; assert certhound.__file__.startswith(sys.argv[1])\n"
        "from certhound.cli import main; sys.exit(main(sys.argv[2:]))"
    )
    packages = ":".join([str(installed), *site.getsitepackages()])
    return run("-S", "-c", code, installed, *words, cwd=folder, PYTHONPATH=packages)


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    report = json.loads(certhound(installed, tmp_path, "demo", "--format", "json"))
    assert report["findings"]
    assert report["sessions"] > 0
    assert not any(tmp_path.iterdir())


def test_the_page_and_the_rules_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    certhound(installed, tmp_path, "demo", "--html", "page.html", "--quiet")
    assert "<html" in (tmp_path / "page.html").read_text()
    assert "in both engines" in certhound(installed, tmp_path, "rules", "test")


def test_every_data_file_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "certhound").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= inside


def test_the_program_is_called_certhound(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    entry = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
    assert "certhound = certhound.cli:main" in archive.read(entry).decode()
