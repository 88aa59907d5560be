"""Every input on which reading logs ever failed: it raised, it lost something in silence, or the two paths differed."""

from __future__ import annotations

from pathlib import Path

import pytest
import source_damage as d

CORPUS = sorted((Path(__file__).parents[2] / "fuzz" / "corpus" / "sources").iterdir())


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """What is wrong with each file; all are read together."""
    problems: dict[str, list[str]] = {}
    plain = [path for path in CORPUS if path.suffix == ".log"]
    for path, problem in (*d.disagreements(CORPUS), *d.unaccounted(plain)):
        problems.setdefault(path.name, []).append(problem)
    return problems


@pytest.mark.parametrize("name", [path.name for path in CORPUS])
def test_inputs_that_failed_once_do_not_fail_again(name: str, found: dict[str, list[str]]) -> None:
    assert found.get(name) is None
