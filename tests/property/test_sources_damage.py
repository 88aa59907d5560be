"""Random damage to logs: nothing raises, nothing is lost in silence, and both paths come to the same."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "sources"))

import source_damage as d  # type: ignore[import-not-found,unused-ignore]

from certhound.query.plan import Compression
from certhound.sources import recognise
from certhound.sources.files import InputFile, Unreadable, lines, open_input
from certhound.sources.streams import Broken, content
from certhound.sources.zeek.json_text import engine_text, records_of, scalar_text
from certhound.sources.zeek.tsv import read_header

pytestmark = pytest.mark.slow

COPIES = 12
"""Damaged copies in one lake."""


@pytest.mark.parametrize("seed", range(3))
def test_damaged_logs_are_read_alike_by_both_paths_and_nothing_is_lost(seed: int, tmp_path: Path) -> None:
    paths = d.damaged_copies(tmp_path, random.Random(seed), COPIES)
    assert d.disagreements(paths) == []
    assert d.unaccounted(paths) == []


def _file(data: bytes) -> Path:
    path = Path(tempfile.gettempdir()) / "certhound-property-input"
    path.write_bytes(data)
    return path


@given(
    st.sampled_from([b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"#separator \\x09\n#fields\t", b"{", b"\xff\xfe"]),
    st.binary(),
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_opened_and_sorted(begin: bytes, rest: bytes) -> None:
    file = open_input(_file(begin + rest))
    if isinstance(file, Unreadable):
        assert file.reason
    else:
        answer = recognise(file)
        assert answer is not None
        assert all(isinstance(each, bytes | Broken) for each in content(file.path, file.compression))


@given(st.binary())
@settings(max_examples=200, deadline=None)
def test_lines_of_plain_files_are_the_bytes_between_newlines(data: bytes) -> None:
    found = list(lines(str(_file(data)), Compression.NONE))
    expected = data.split(b"\n")[: None if not data.endswith(b"\n") and data else -1]
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    assert [each.data for each in found] == [line.rstrip(b"\r").removeprefix(b"\xef\xbb\xbf") for line in expected]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=5), _JSON, max_size=3), max_size=3), st.sampled_from(["", " ", ",", "\t"])
)
@settings(max_examples=200, deadline=None)
def test_objects_glued_together_come_apart_again(objects: list[dict[str, object]], between: str) -> None:
    text = between.join(json.dumps(each) for each in objects)
    found, rest = records_of(text)
    assert rest == ""
    assert [list(each) for each in found] == [list(each) for each in objects]
    for record in found:
        for value in record.values():
            assert isinstance(engine_text(value).encode(), bytes)
            assert isinstance(scalar_text(value).encode(), bytes)


@given(st.text(alphabet='{}[]",:\\ \t0123456789eEnNaAiIfFtruls-+.\x00\ud800u'))
@settings(max_examples=400, deadline=None)
def test_junk_beside_json_never_raises_and_the_rest_is_given_back(text: str) -> None:
    found, rest = records_of(text)
    assert text.endswith(rest)
    assert found or not text.strip(" \t\r\n,") or rest


@given(st.text(alphabet="#fieldstypaprch\t\n\\x09,-(em)uid."))
@settings(max_examples=300, deadline=None)
def test_headers_of_any_text_are_read(text: str) -> None:
    header, count = read_header("#separator \\x09\n#fields\t" + text)
    assert count >= 0
    assert isinstance(header.columns, tuple)


def test_a_file_that_is_gone_is_a_value(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert isinstance(open_input(gone), Unreadable)
    assert [type(each) for each in content(str(gone), Compression.GZIP)] == [Broken]
    [line] = lines(str(gone), Compression.NONE)
    assert line.problem
    assert InputFile("x", 0, Compression.NONE, b"").opened == "x"
