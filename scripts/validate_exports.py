"""Have the projects that own a format check what ``certhound content export`` writes.

    python scripts/validate_exports.py [--folder DIR] [sigmahq] [contentctl] [navigator]

Their packages pin much that ours does not, so they are no dependency: each is installed into a virtual environment of
its own below DIR (else a temporary folder), which needs an index of packages. Ends with 1 where something is refused.
SigmaHQ's validators that fetch lists from the network are left out where there is none, and named.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

SIGMAHQ = """
import sys
import sigma.validators.sigmahq as sigmahq
from sigma.collection import SigmaCollection

rules = SigmaCollection.load_ruleset([sys.argv[1]]).rules
issues, unreachable, used = [], [], 0
for name, kind in sigmahq.validators.items():
    try:
        validator = kind()
        issues += [issue for rule in rules for issue in validator.validate(rule)] + list(validator.finalize())
        used += 1
    except RuntimeError:
        unreachable.append(name)
print(f"{len(rules)} rules, {used} validators, {len(issues)} issues; not reachable: {', '.join(unreachable) or 'none'}")
print("\\n".join(map(str, issues)))
sys.exit(bool(issues))
"""
NAVIGATOR = """
import sys
from pathlib import Path
from mitreattack.navlayers import Layer

for file in sorted(Path(sys.argv[1]).glob("*.json")):
    layer = Layer(strict=True)
    layer.from_file(str(file))
    print(f"{file.name}: {len(layer.layer.techniques)} techniques")
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="keep environments and files here")
    parser.add_argument("names", nargs="*", choices=[*CHECKS, []], help="which; all where none is named")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = arguments.folder or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "certhound", "content", "export", "--out", str(home / "export")])
        codes = [CHECKS[name](home, home / "export") for name in arguments.names or CHECKS]
    return max(codes)


def _python(home: Path, name: str, *packages: str) -> Path:
    """The interpreter of an environment with these packages."""
    folder = home / f"venv-{name}"
    if not folder.exists():
        venv.create(folder, with_pip=True)
        _run([str(folder / "bin" / "pip"), "install", "--quiet", *packages])
    return folder / "bin" / "python"


def _run(command: list[str], cwd: Path | None = None, *, check: bool = True) -> int:
    return subprocess.run(command, cwd=cwd, check=check, timeout=900).returncode


def sigmahq(home: Path, export: Path) -> int:
    python = _python(home, "sigmahq", "pySigma-validators-sigmahq>=0.21,<1")
    return _run([str(python), "-c", SIGMAHQ, str(export / "sigmahq" / "rules")], check=False)


def contentctl(home: Path, export: Path) -> int:
    """A project as ``contentctl init`` makes it, with our files in it."""
    python = _python(home, "contentctl", "contentctl>=5.6,<6")
    tool = str(python.with_name("contentctl"))
    with tempfile.TemporaryDirectory() as project:
        _run([tool, "init"], Path(project))
        _run(["cp", "-r", f"{export / 'contentctl'}/.", project])
        _run(["git", "init", "--quiet"], Path(project))
        return _run([tool, "validate"], Path(project), check=False)


def navigator(home: Path, export: Path) -> int:
    python = _python(home, "navigator", "mitreattack-python>=6.3,<7")
    return _run([str(python), "-c", NAVIGATOR, str(export / "navigator")], check=False)


CHECKS: dict[str, Callable[[Path, Path], int]] = {
    "sigmahq": sigmahq,
    "contentctl": contentctl,
    "navigator": navigator,
}

if __name__ == "__main__":
    sys.exit(main())
