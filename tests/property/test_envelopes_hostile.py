"""Damaged files of records in envelopes: nothing is raised, whatever was changed."""

from __future__ import annotations

import random

import fuzz_envelopes as f
import pytest

CORPUS = sorted(f.CORPUS.iterdir())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_mutants(path: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    assert isinstance(path, Path)
    assert isinstance(tmp_path, Path)
    monkeypatch.setattr(f, "PATH", tmp_path / "input")
    random_ = random.Random(path.name)
    data = path.read_bytes()
    f.one_input(data)
    for _ in range(15):
        f.one_input(f.mutate(data, random_))
