"""Set up, check and test the project with nothing but Python: what `make` calls, and what works without it.

    python3 scripts/dev.py setup      a virtual environment with certhound and what its tests need
    python3 scripts/dev.py demo       set up, then scan the sample
    python3 scripts/dev.py check      lint, types, pages, and the quick tests (a few minutes)
    python3 scripts/dev.py test       the same with all tests
    python3 scripts/dev.py nightly    all tests, then the long campaigns of benchmarks/nightly_*.py

Further words go to pytest: `python3 scripts/dev.py test -k profile`. The environment is `.venv`, or where
CERTHOUND_VENV says. Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("CERTHOUND_VENV", ROOT / ".venv")).absolute()
BIN = VENV / "bin"
LEAST = (3, 11)

CODE = ("src", "tests", "scripts", "benchmarks")
PAGES = (
    "scripts/build_docs.py",
    "scripts/build_detections_page.py",
    "scripts/build_equality_page.py",
    "scripts/build_report_page.py",
    "scripts/build_sources_pages.py",
)
QUICK = ("-m", "not slow")


def run(*words: str | Path) -> int:
    """Run a command in the project's folder and return its exit code."""
    line = [str(word) for word in words]
    sys.stderr.write(f"$ {shlex.join(line)}\n")
    sys.stderr.flush()
    code = subprocess.run(line, cwd=ROOT, check=False).returncode
    return code if code >= 0 else 128 - code


def must(*words: str | Path) -> None:
    """Run a command without which the rest makes no sense."""
    if code := run(*words):
        raise SystemExit(code)


def setup() -> None:
    """Make the environment, or bring it up to date when pyproject.toml has changed."""
    if sys.version_info < LEAST:
        raise SystemExit(
            f"certhound needs Python {'.'.join(map(str, LEAST))} or later; this is {sys.version.split()[0]}"
        )
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / "certhound-setup"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    try:
        import ensurepip  # noqa: F401 -- Debian keeps it in a package of its own
    except ImportError:
        raise SystemExit("Python's venv is incomplete; on Debian: apt-get install python3-venv") from None
    must(sys.executable, "-m", "venv", VENV)
    must(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", ".[dev]")
    stamp.write_text(wanted)


def demo() -> None:
    setup()
    must(BIN / "certhound", "demo")


def check(*words: str) -> None:
    setup()
    conclude([*style(), tests(*QUICK, *words)])


def test(*words: str) -> None:
    setup()
    conclude([*style(), tests(*words)])


def nightly(*words: str) -> None:
    setup()
    campaigns = sorted((ROOT / "benchmarks").glob("nightly_*.py"))
    conclude([*style(), tests(*words), *(run(BIN / "python", campaign) for campaign in campaigns)])


def style() -> list[int]:
    """Lint, layout, types, and whether the pages made from the code are current."""
    folders = [folder for folder in CODE if (ROOT / folder).is_dir()]
    pages = [script for script in PAGES if (ROOT / script).is_file()]
    return [
        run(BIN / "ruff", "check", "--quiet", *folders),
        run(BIN / "ruff", "format", "--check", "--quiet", *folders),
        run(BIN / "mypy"),
        *(run(BIN / "python", script, "--check") for script in pages),
    ]


def tests(*words: str) -> int:
    return run(BIN / "python", "-m", "pytest", "-n", "auto", "--dist", "loadfile", *words)


def conclude(codes: list[int]) -> None:
    """Everything runs, so that one run shows all that is wrong; then the first failure is the end."""
    raise SystemExit(next((code for code in codes if code), 0))


COMMANDS = {"setup": setup, "demo": demo, "check": check, "test": test, "nightly": nightly}


def main() -> None:
    name, *words = sys.argv[1:] or ["--help"]
    if name not in COMMANDS or (words and name in ("setup", "demo")):
        raise SystemExit(__doc__)
    COMMANDS[name](*words)


if __name__ == "__main__":
    main()
