"""Every key and array element of a TOML document has its place, however it is spelt."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from certhound.model.toml_places import Path, places, spot_of

DOCUMENTS = {
    "comments and strings": '# [a]\nx = "]#\\" [y]" # z = 1\ny = \'\\\'\n',
    "multi-line strings": 'a = """\n[b]\nc = 1 \\""" """""\nd = \'\'\'\n[e]\'\'\'\'\nf = 1\n',
    "arrays": 'a = [ "1", # ]\n  [2, [3]],\n {b = 4, "c d".e = [5, ],}, ]\nz = []\n'.replace(",}", "}"),
    "dotted and quoted keys": 'a . b."c.d" = 1\n"\\u00e9" = 2\n\'x y\'.z = 3\n"" = 4\n',
    "tables": "[a]\nb = 1\n[a.c.d]\ne = 1979-05-27T07:32:00Z\n[ f . 'g' ]\nh = -1.5e3\n",
    "arrays of tables": "[[a]]\nb = 1\n[a.c]\nd = 1\n[[a.e]]\n[[a.e]]\nf = 1\n[[a]]\n[[a.e]]\ng = {}\n",
    "nothing": "",
    "only a comment": "# a",
    "no line end": "a = 1",
}


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from paths(item, (*at, key))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_are_those_of_the_parsed_document(name: str) -> None:
    text = DOCUMENTS[name]
    assert set(places(text)) == set(paths(tomllib.loads(text)))


def test_places_count_from_one() -> None:
    found = places('[a]\n  b = [ 1,\n 2 ]\n[[c]]\nd = { e = "x" }\n')
    assert found[("a",)] == (1, 1)
    assert found[("a", "b")] == (2, 3)
    assert found[("a", "b", 0)] == (2, 9)
    assert found[("a", "b", 1)] == (3, 2)
    assert found[("c", 0, "d", "e")] == (5, 7)
    assert spot_of(found, ("c", 0, "d", "absent", 3)) == (5, 1)
    assert spot_of(found, ("absent",)) is None
