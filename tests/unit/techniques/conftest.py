"""The sample as a console and as JSON lines, read once a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from certhound.cli import main
from certhound.cli.sample import sample_folder, sample_inputs, sample_profile
from certhound.qradar.running.run import Console
from certhound.techniques.running import console_over


@pytest.fixture(scope="session")
def console() -> Console:
    return console_over(sample_inputs(), sample_profile())


@pytest.fixture(scope="session")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    @cache
    def read(table: str) -> bytes:
        target = tmp_path_factory.mktemp("tables") / f"{table}.jsonl"
        config = str(sample_folder() / "certhound.toml")
        words = [table, *map(str, sample_inputs()), "--format", "json", "--config", config, "--output", str(target)]
        assert main([*words, "--quiet"]) == 0
        return target.read_bytes()

    return read
