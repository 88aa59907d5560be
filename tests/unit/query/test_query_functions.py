"""The catalogue of functions is whole and told apart by types."""

from __future__ import annotations

import pytest

from certhound.model.columns import Kind
from certhound.query.functions import find, functions
from certhound.query.functions.declare import shown

WANTED = (
    "lower upper length concat substring strip contains starts_with ends_with contains_fold starts_with_fold "
    "ends_with_fold "
    "cidr_match list_length list_contains map_get map_keys coalesce add subtract multiply divide seconds_between "
    "minute hour day week month year weekday count count_distinct sum min max avg first any_value"
).split()


@pytest.mark.parametrize("name", WANTED)
def test_is_there(name: str) -> None:
    function = find(name)
    assert function is not None
    assert function.doc


def test_every_function_says_its_types() -> None:
    for function in functions().values():
        assert function.overloads, function.name
        assert all("→" in shown(overload) for overload in function.overloads)


def test_overloads_by_type() -> None:
    add = find("add")
    assert add is not None
    results = {
        kinds: overload.accepts(kinds)
        for kinds in ((Kind.INT, Kind.INT), (Kind.INT, Kind.DOUBLE), (Kind.NULL, Kind.DOUBLE))
        if (overload := add.overload(kinds)) is not None
    }
    assert list(results.values()) == [Kind.INT, Kind.DOUBLE, Kind.DOUBLE]
    assert add.overload((Kind.TEXT, Kind.INT)) is None
