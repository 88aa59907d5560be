"""Correlation rules find their own sequences of events, pass Sigma's own checker, and are said in other languages."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule, SigmaCorrelationType
from sigma.exceptions import SigmaError
from sigma.processing.conditions import LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import AddConditionTransformation

from certhound.rules import load
from certhound.techniques.correlations import Correlation, Sequence, convert, correlations
from certhound.techniques.export import rendered
from certhound.techniques.load import packages
from certhound.techniques.translated import installed, platforms

START = datetime(2026, 11, 24)
BY_NAME = {each.name: each for each in correlations()}
CASES = [
    pytest.param(each, sequence, id=f"{each.name}-{number}-{'finds' if sequence.expected else 'silent'}")
    for each in correlations()
    for number, sequence in enumerate(each.sequences)
]
COLUMNS = sorted(
    {name for each in correlations() for one in each.sequences for _, event in one.events for name in event}
)


def pipeline() -> ProcessingPipeline:
    """Rules are asked of the records of their log source only."""
    of = {"web": ["http", "tls"]}
    categories = ("web", "tls", "mail", "click", "process")
    return ProcessingPipeline(
        items=[
            ProcessingItem(
                AddConditionTransformation({"category": of.get(each, each)}),
                rule_conditions=[LogsourceCondition(category=each, product="certhound")],
            )
            for each in categories
        ]
    )


def alerts(correlation: Correlation, sequence: Sequence) -> list[dict[str, Any]]:
    """What the correlation finds in a table of the sequence's events."""
    backend = pytest.importorskip("sigma.backends.sqlite.sqlite")
    from sigma.backends.sqlite.runtime import execute_plan

    connection = sqlite3.connect(":memory:")
    connection.create_function("regexp", 2, regexp, deterministic=True)
    names = ["timestamp", *COLUMNS]
    connection.execute(f"CREATE TABLE logs ({', '.join(f'{name} TEXT COLLATE NOCASE' for name in names)})")
    for seconds, event in sequence.events:
        row = [(START + timedelta(seconds=seconds)).isoformat(), *(event.get(name) for name in COLUMNS)]
        connection.execute(f"INSERT INTO logs VALUES ({', '.join('?' * len(row))})", row)
    rules = SigmaCollection.from_yaml(correlation.bundle())
    made = backend.sqliteBackend(processing_pipeline=pipeline(), table="logs").convert(rules, "zircolite")
    plans = [each["correlation_plan"] for each in json.loads(made) if each.get("correlation_plan")]
    assert len(plans) == 1
    found: list[dict[str, Any]] = execute_plan(connection, plans[0])[0]  # type: ignore[no-untyped-call]
    return found


def regexp(pattern: str, value: str | None) -> bool | None:
    import re

    return None if value is None else re.search(pattern, value) is not None


@pytest.mark.parametrize(("correlation", "sequence"), CASES)
def test_a_correlation_finds_what_it_should_and_nothing_else(correlation: Correlation, sequence: Sequence) -> None:
    assert bool(alerts(correlation, sequence)) is sequence.expected


def test_there_are_counts_values_and_orders() -> None:
    kinds = {
        rule.type
        for each in correlations()
        for rule in SigmaCollection.from_yaml(each.bundle())
        if isinstance(rule, SigmaCorrelationRule)
    }
    wanted = ("EVENT_COUNT", "VALUE_COUNT", "TEMPORAL", "TEMPORAL_ORDERED")
    assert kinds >= {SigmaCorrelationType[each] for each in wanted}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_correlation_has_what_a_rule_of_ours_has(name: str) -> None:
    correlation = BY_NAME[name]
    assert {each.expected for each in correlation.sequences} == {True, False}
    document = next(each for each in yaml.safe_load_all(correlation.text) if "correlation" in each)
    assert correlation.file == f"correlation_{name}.yml"
    assert document["falsepositives"]
    assert document["certhound"]["known_gaps"]
    assert "attack.t1608.003" in document["tags"] or "attack.t1553.004" in document["tags"] or name.startswith("checks")


def test_back_ends_that_know_correlations_say_them() -> None:
    said: dict[str, set[str]] = {}
    refused: list[str] = []
    for platform in platforms():
        if not installed(platform):
            continue
        for each in correlations():
            try:
                assert convert(each, platform)
                said.setdefault(platform, set()).add(each.name)
            except SigmaError as error:
                refused.append(str(error))
    assert all(len(each) > 10 for each in refused)
    assert {"certificate_made_and_trusted", "many_certificates_one_address"} <= said["splunk"] & said["esql"]


def test_ids_and_names_are_unique_among_all_rules() -> None:
    documents = [each for one in correlations() for each in yaml.safe_load_all(one.text)]
    ids, names = [each["id"] for each in documents], [each["name"] for each in documents]
    rules = list(load().rules)
    assert len(set(ids)) == len(ids)
    assert not set(ids) & {rule.id for rule in rules}
    assert len(set(names)) == len(names)
    assert not set(names) & {rule.name for rule in rules}


def test_sigma_check_passes_on_the_export(tmp_path: Path) -> None:
    """Sigma's own checker, every core validator that needs no network, without one."""
    program = shutil.which("sigma", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("sigma-cli is not installed")
    for name, text in rendered(packages(), list(load().rules)):
        if name.startswith(("sigma/rules/", "sigma/validation")):
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    config = tmp_path / "sigma" / "core.yaml"
    config.write_text(yaml.safe_dump({"validators": core_validators()}), "utf-8")
    nowhere = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "HOME": str(tmp_path)}
    done = subprocess.run(
        [program, "check", "--validation-config", str(config), "--fail-on-issues", str(tmp_path / "sigma" / "rules")],
        capture_output=True, text=True, timeout=120, env={**os.environ, **nowhere},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def core_validators() -> list[str]:
    """pySigma's own validators by name, those left out that download; others may be installed beside them."""
    from sigma.plugins import InstalledSigmaPlugins

    found = InstalledSigmaPlugins.autodiscover().validators
    own = {name for name, each in found.items() if each.__module__.startswith("sigma.validators.core")}
    left_out = {"attacktag", "d3_fendtag"}
    assert left_out <= own
    return sorted(own - left_out)
