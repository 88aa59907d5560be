"""Near names: misspelt words find what was meant, and a part of a long name finds the name."""

from __future__ import annotations

import pytest

from certhound.model.errors import nearest

NAMES = ("metasploit_generated_subject", "rex_generated_subject", "self_signed_outside")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("self_singed_outside", ["self_signed_outside"]),
        ("metasploit", ["metasploit_generated_subject"]),
        ("REX", ["rex_generated_subject"]),
        ("xyz", []),
        ("se", []),
    ],
)
def test_near_names(word: str, found: list[str]) -> None:
    assert nearest(word, NAMES) == found
