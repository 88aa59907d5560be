"""What AQL means: every case of ``aql_*.yaml``, in DuckDB and in the reference evaluator alike.

A group has ``rows`` of events, perhaps a ``site`` and ``reference`` data; a case has a ``query`` and what it ``gives``,
or the words in which it is ``refused``. The time is 2027-01-15 08:00 UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from certhound.model.errors import CerthoundError
from certhound.qradar.catalogue import stock
from certhound.qradar.catalogue.site import read_site
from certhound.qradar.running.reference_data import load_reference
from certhound.qradar.running.run import Console
from certhound.qradar.running.tables import build, table_of_rows
from certhound.rules.located import Source

NOW = 1_800_000_000_000


def cases() -> Iterator[Any]:
    for path in sorted(Path(__file__).parent.glob("aql_*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8")):
            for number, case in enumerate(group["cases"]):
                yield pytest.param(group, case, id=f"{group['about'].split(';')[0]}-{number}")


def console(group: dict[str, Any], folder: Path) -> Console:
    site = read_site(Source("site.json", json.dumps(group.get("site", {}))), "site")
    catalogue = stock().with_site(site)
    (folder / "reference.json").write_text(json.dumps(group.get("reference", {})), encoding="utf-8")
    tables = {"events": table_of_rows("events", group["rows"], catalogue), "flows": build("flows", {}, 0, {})}
    return Console(catalogue, tables, NOW, load_reference(folder / "reference.json"))


@pytest.mark.parametrize(("group", "case"), list(cases()))
def test_case(group: dict[str, Any], case: dict[str, Any], tmp_path: Path) -> None:
    made = console(group, tmp_path)
    if "refused" in case:
        with pytest.raises(CerthoundError) as refused:
            made.prepare(case["query"])
        assert case["refused"] in str(refused.value)
        return
    for engine, rows in {
        "duckdb": list(made.rows(case["query"])),
        "reference": made.reference_rows(case["query"]),
    }.items():
        assert rows == case["gives"], engine
        for row, expected in zip(rows, case["gives"], strict=True):
            assert [type(value) for value in row.values()] == [type(value) for value in expected.values()], engine
            assert list(row) == list(expected), engine
