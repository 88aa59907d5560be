"""Envelopes: what is written by their rules is read back, and whatever stands in a line, it is one record."""

from __future__ import annotations

import csv
import io
import json
import string
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.gather import Gatherer
from certhound.sources.envelopes.interpret import read_text
from certhound.sources.envelopes.reader import Dispatch
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.stream import Chunk, chunk_of
from certhound.sources.envelopes.syslog import read_header
from certhound.sources.envelopes.tables import header_of
from certhound.sources.envelopes.times import read_time
from certhound.sources.vendors import vendors

settings.register_profile("envelopes", deadline=None, max_examples=150)
settings.load_profile("envelopes")

KEYS = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8).map(lambda text: "k" + text)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
ANY = st.text(st.characters(codec="utf-8"), max_size=60)
PAIRS = st.dictionaries(KEYS, TEXT, min_size=2, max_size=8)
HEADERS = st.sampled_from(
    ["", "<134>", "<134>Nov 24 10:00:00 fw ", "Nov  4 10:00:00 fw ", "<14>1 2026-11-24T10:00:00.123Z fw app 1 - - "]
)


@given(PAIRS, st.sampled_from(["\t", "^", "|", "\u00a6"]), st.booleans(), HEADERS)
def test_leef(pairs: dict[str, str], delimiter: str, hexadecimal: bool, header: str) -> None:
    pairs = {key: value.replace(delimiter, "").replace("\\", "/") for key, value in pairs.items()}
    announced = f"x{ord(delimiter):02X}" if hexadecimal and delimiter != "|" else delimiter
    announced = "" if delimiter == "\t" else announced
    if delimiter == "|":
        announced = "x7C"
    text = f"{header}LEEF:2.0|V|P|1|E|{announced}|" + delimiter.join(f"{k}={v}" for k, v in pairs.items())
    [record] = read_text(text)
    assert record.form is Form.LEEF
    assert {key: value.rstrip("\r\n") for key, value in record.values.items()} == pairs
    assert record.payload == text


@given(PAIRS, HEADERS)
def test_cef(pairs: dict[str, str], header: str) -> None:
    # A backslash before "=" is taken for what a writer left that escapes twice.
    pairs = {key: " ".join(value.split()).replace("\\=", "=") for key, value in pairs.items()}
    written = " ".join(f"{k}=" + v.replace("\\", "\\\\").replace("=", "\\=") for k, v in pairs.items())
    [record] = read_text(f"{header}CEF:0|V|P|1|E|N|5|{written}")
    assert record.form is Form.CEF
    assert record.values == pairs


@given(PAIRS)
def test_key_value(pairs: dict[str, str]) -> None:
    written = " ".join(f'{k}="' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for k, v in pairs.items())
    [record] = read_text(f"<134>{written}")
    assert record.form is Form.KEY_VALUE
    assert record.values == pairs


@given(st.dictionaries(KEYS, TEXT | st.integers() | st.booleans(), max_size=6), HEADERS, st.integers(0, 2))
def test_json(found: dict[str, object], header: str, indent: int) -> None:
    text = json.dumps(found, indent=indent or None)
    framer = Framer("x")
    lines = text.split("\n") if indent and not header else [header + json.dumps(found)]
    [record] = [*framer.feed(Chunk(1, lines)), *framer.rest()]
    assert isinstance(record, Record)
    expected = {k: v if isinstance(v, str) else json.dumps(v) for k, v in found.items()}
    assert record.values == expected


@given(st.lists(st.lists(ANY.filter(lambda text: "\x00" not in text), min_size=3, max_size=3), min_size=1, max_size=6))
def test_csv(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\r", " ") for cell in row] for row in rows]
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["one", "two", "three"], *rows])
    lines = stream.getvalue().split("\n")
    columns = header_of(lines[0], "")
    assert columns is not None
    framer = Framer("x", columns)
    found = [*framer.feed(Chunk(1, lines)), *framer.rest()]
    assert [list(each.values.values()) for each in found if isinstance(each, Record)] == rows


@given(PAIRS)
@example({"k0": "", "k1": "\ufffe"})
def test_windows_event(pairs: dict[str, str]) -> None:
    data = "".join(f"<Data Name={quoteattr(k)}>{escape(v)}</Data>" for k, v in pairs.items())
    head = "<Provider Name='P'/><EventID>7</EventID><Computer>c</Computer>"
    [record] = read_text(f"<Event xmlns='x'><System>{head}</System><EventData>{data}</EventData></Event>")
    assert record.form is Form.WINDOWS
    # The last two code points of the plane are no characters of XML: what nobody may write is left out.
    written = {k: v.replace("\ufffe", "").replace("\uffff", "") for k, v in pairs.items()}
    assert {k: v for k, v in record.values.items() if not k.startswith("System.")} == written
    assert record.event_id == "7"


@given(ANY)
def test_no_text_is_too_much(text: str) -> None:
    header, at = read_header(text)
    assert 0 <= at <= len(text)
    assert header is not None
    read_time(text)
    records = read_text(text)
    assert records


@given(
    st.lists(ANY, max_size=8),
    st.sampled_from(["", "<13>Nov 24 10:00:00 h ", "LEEF:1.0|V|P|1|E|", "CEF:0|V|P|1|E|N|5|"]),
)
def test_each_line_is_a_record(texts: list[str], begin: str) -> None:
    lines = [begin + " ".join(text.split()) for text in texts]
    plain = [line for line in lines if line.strip() and (begin or line[0] not in "{[<]}#,")]
    dispatch = Dispatch.over("x", Gatherer(), vendors())
    framer = Framer("x")
    items: list[object] = []
    for found in [*framer.feed(chunk_of(1, "\n".join(plain).encode())), *framer.rest()]:
        items.extend(dispatch.feed(found) if isinstance(found, Record) else [found])
    items.extend(dispatch.rest())
    batches = [item for item in items if isinstance(item, RawBatch)]
    rows = sum(sum(batch.parts or [1] * len(batch.lines)) for batch in batches)
    rejects = len([item for item in items if isinstance(item, Rejected)])
    separators = [line for line in plain if line.strip().startswith("----")]
    assert rows + rejects >= len(plain) - len(separators)


@pytest.mark.parametrize(
    "text", ["(" * 5000, "a=" * 20000, '"' * 20001, "CEF:0|" + "\\" * 20000, "<13>" * 3000, " " * 50000]
)
def test_long_texts_end_soon(text: str) -> None:
    assert read_text(text)
    assert read_text("LEEF:1.0|V|P|1|E|" + text)
