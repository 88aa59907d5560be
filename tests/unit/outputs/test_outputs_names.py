"""Distinguished names as people read them."""

from __future__ import annotations

import pytest

from certhound.outputs.certificate import common_name, name_parts

NAMES = {
    r"CN=a,O=b": [("common name", "a"), ("organisation", "b")],
    r"CN=\ lead and trail\ ,O=b": [("common name", " lead and trail "), ("organisation", "b")],
    r"CN=a\\ ,O=b": [("common name", "a\\"), ("organisation", "b")],
    r"O=A\, \"B\" \+ C,CN=x": [("organisation", 'A, "B" + C'), ("common name", "x")],
    r"CN=z\C3\BCrich": [("common name", "zürich")],
    r"CN=a+O=b": [("common name", "a"), ("organisation", "b")],
    "no name at all": [("name", "no name at all")],
    "": [],
}


@pytest.mark.parametrize("text", NAMES)
def test_names_in_parts(text: str) -> None:
    assert name_parts(text) == NAMES[text]


def test_the_common_name() -> None:
    assert common_name(r"O=b,CN=\#1\ ") == "#1 "
