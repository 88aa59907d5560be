"""XML in pieces: what stands before damage is kept, and what may not be read is said, wherever pieces end."""

from __future__ import annotations

import pytest

from certhound.sources.envelopes.xml_pull import pulled
from certhound.sources.streams import Broken

ROW = b"<row><a>1</a></row>"


def ends(*data: bytes | Broken) -> list[str]:
    """Names of the elements that ended, and what was said."""
    found: list[str] = []
    for each in pulled(data):
        if isinstance(each, str):
            found.append(f"! {each}")
        elif each[0]:
            found.append(each[1].tag)
    return found


@pytest.mark.parametrize("cut", range(1, 9))
def test_definitions_are_seen_across_pieces(cut: int) -> None:
    text = b"<!DOCTYPE"
    said = "! XML with definitions of its own, which are not read"
    assert ends(text[:cut], text[cut:] + b" t><t>" + ROW + b"</t>") == [said]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ((b"<t>", ROW, b"</t>"), ["a", "row", "t"]),
        ((b"<t>", b"<row><a>1\x00\x1b</a>", b"</row></t>"), ["a", "row", "t"]),
        ((b"<t>", ROW, b"<row></t>"), ["a", "row", "! XML that is not well-formed: mismatched tag: line 1, column 29"]),
        ((b"<t>", ROW), ["a", "row", "! XML that is not well-formed: no element found: line 1, column 22"]),
        ((b"<t>", ROW, Broken("cut")), ["a", "row", "! stream broken: cut"]),
        ((b"<t>" + ROW, b"<n>" * 100_000), ["a", "row", "! XML nested too deep"]),
    ],
)
def test_what_was_read_is_kept_and_the_end_is_said(data: tuple[bytes | Broken, ...], found: list[str]) -> None:
    assert ends(*data) == found
