"""Every engine gives what the conformance cases say (README.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from query_language import read

from certhound.model.columns import Kind
from certhound.model.errors import ErrorList
from certhound.query import reference
from certhound.query.check import check_expr
from certhound.query.engines.duckdb import DuckDbEngine
from certhound.query.schema import Schema
from certhound.query.tree import Item, Query


def groups() -> Iterator[Any]:
    for path in sorted(Path(__file__).parent.glob("query_*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(group, id=group["about"].split(",")[0].split(";")[0][:50])


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDbEngine]:
    with DuckDbEngine() as made:
        yield made


@pytest.mark.parametrize("group", list(groups()))
def test_cases(group: dict[str, Any], engine: DuckDbEngine) -> None:
    schema = Schema("t", {name: Kind(kind) for name, kind in group["columns"].items()})
    engine.register_rows(schema, group["rows"])
    table = reference.Table(schema, group["rows"])
    for case in group["cases"]:
        expr = read(case["expr"])
        if "refused" in case:
            with pytest.raises(ErrorList) as refused:
                check_expr(expr, schema, tables={"t": schema})
            assert case["refused"] in [error.check for error in refused.value.errors], case["expr"]
            continue
        query = Query((Item(expr, "x"),), "t")
        results = {
            "reference": reference.run(query, {"t": table}),
            "duckdb": list(engine.rows(query)),
        }
        for name, rows in results.items():
            values = [row["x"] for row in rows]
            assert values == case["gives"], f"{name}: {case['expr']}"
            assert [type(value) for value in values] == [type(value) for value in case["gives"]], case["expr"]
