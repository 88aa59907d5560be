"""Rows as JSON lines, CSV, table and Parquet."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_factory import HOSTILE_TEXTS

from certhound.model.columns import CERTIFICATES, EVENTS
from certhound.model.errors import UsageError
from certhound.outputs.arrow_text import iso_column
from certhound.outputs.defuse import cell
from certhound.outputs.rows import FORMATS, from_dicts, json_line, write_rows

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROW: dict[str, Any] = {
    "time": NOON,
    "source": "zeek.ssl",
    "src_ip": "10.0.0.1",
    "dst_port": 443,
    "duration_s": 1.5,
    "tls_established": True,
    "cert_chain": ["a", "b"],
    "fields": {"x": "1"},
}


def written(rows: Any, form: str, **more: Any) -> str:
    stream = io.BytesIO()
    write_rows(rows, stream, form, more.pop("table", EVENTS), **more)
    return stream.getvalue().decode("utf-8")


def test_json_is_one_flat_object_a_line() -> None:
    lines = written([ROW, {"time": NOON}], "json").splitlines()
    assert json.loads(lines[0]) == ROW | {"time": "2026-03-01T12:00:00.000000Z"}
    assert json.loads(lines[1]) == {"time": "2026-03-01T12:00:00.000000Z"}


def test_the_der_is_given_only_when_asked_for() -> None:
    row = {"id": "x", "der": b"\x30\x00"}
    assert json.loads(written([row], "json", table=CERTIFICATES)) == {"id": "x"}
    assert json.loads(written([row], "json", table=CERTIFICATES, columns=("id", "der"))) == {"id": "x", "der": "MAA="}


def test_csv_has_a_header_and_all_columns() -> None:
    text = written([ROW], "csv")
    assert text.endswith("\r\n")
    header, values = csv.reader(io.StringIO(text))
    assert header == list(EVENTS.names())
    got = dict(zip(header, values, strict=True))
    assert got["time"] == "2026-03-01T12:00:00.000000Z"
    assert got["cert_chain"] == "a; b"
    assert got["fields"] == '{"x":"1"}'
    assert got["dst_port"] == "443"
    assert got["user"] == ""


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_hostile_text_is_harmless_in_every_column(text: str) -> None:
    row: dict[str, Any] = {}
    for column in EVENTS.columns:
        if column.kind in ("text", "inet"):
            row[column.name] = text
        elif column.kind == "list":
            row[column.name] = [text, text]
        elif column.kind == "map":
            row[column.name] = {text: text}
    encodable = text.encode("utf-8", "backslashreplace").decode()
    got = json.loads(written([row], "json"))
    assert got["sni"] == encodable
    assert got["fields"] == {encodable: encodable}
    header, values = csv.reader(io.StringIO(written([row], "csv")))
    for name, value in zip(header, values, strict=True):
        assert value.lstrip()[:1] not in tuple("=+-@"), name
        assert value.isprintable()
    assert dict(zip(header, values, strict=True))["sni"] == cell(encodable)
    for width in (0, 80):
        shown = written([row], "table", width=width)
        assert all(line.isprintable() for line in shown.splitlines())


VALUES = st.none() | st.text(max_size=12) | st.sampled_from(sorted(HOSTILE_TEXTS.values()))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "sni": VALUES,
            "payload": VALUES,
            "dst_port": st.none() | st.integers(-(2**63), 2**63 - 1),
            "duration_s": st.none() | st.floats(),
            "tls_resumed": st.none() | st.booleans(),
            "time": st.none() | st.datetimes(timezones=st.just(UTC)),
            "cert_chain": st.none() | st.lists(st.text(max_size=5), max_size=3),
            "fields": st.none() | st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_the_fast_way_says_what_the_slow_way_says(rows: list[dict[str, Any]]) -> None:
    fast = written(rows, "json").splitlines()
    for line, row in zip(fast, rows, strict=True):
        slow = {key: value for key, value in json.loads(json_line(row)).items() if value is not None}
        assert json.loads(line) == slow


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_csv_cells_are_what_one_cell_says(rows: list[dict[str, Any]]) -> None:
    read = list(csv.DictReader(io.StringIO(written(rows, "csv"), newline="")))
    assert len(read) == len(rows)
    for got, row in zip(read, rows, strict=True):
        for column in ("sni", "payload"):
            text = (row[column] or "").encode("utf-8", "backslashreplace").decode()
            assert got[column] == cell(text)


def test_batches_stream_through(tmp_path: Any) -> None:
    made = []

    def batches() -> Iterator[Any]:
        for number in range(50):
            made.append(number)
            yield pa.RecordBatch.from_pydict({"sni": [f"host{number}.example"] * 100, "extra": [1] * 100})

    class Watched(io.BytesIO):
        def write(self, data: Any) -> int:
            assert len(made) - self.getvalue().count(b"\n") // 100 <= 2
            return super().write(data)

    stream = Watched()
    write_rows(batches(), stream, "json", EVENTS)
    assert stream.getvalue().count(b"\n") == 5000
    assert json.loads(stream.getvalue().splitlines()[0]) == {"sni": "host0.example", "extra": 1}


def test_dictionary_encoded_and_large_columns_are_taken() -> None:
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array(["a", None, "a"]).dictionary_encode(),
            pa.array(["x\ty", "", None], pa.large_string()),
            pa.array([1, None, 3], pa.int32()),
        ],
        names=["sni", "payload", "pid"],
    )
    assert [json.loads(line) for line in written([batch], "json").splitlines()] == [
        {"payload": "x\ty", "sni": "a", "pid": 1},
        {"payload": ""},
        {"sni": "a", "pid": 3},
    ]
    assert len(written([batch.slice(1)], "csv").splitlines()) == 3


def test_years_that_python_cannot_say_are_written() -> None:
    moments = pa.array([253_402_300_800_000_000, -62_135_596_800_000_001], pa.timestamp("us", "UTC"))
    assert iso_column(moments).to_pylist() == ["10000-01-01T00:00:00.000000Z", "0000-12-31T23:59:59.999999Z"]
    batch = pa.RecordBatch.from_arrays([moments], names=["time"])
    for form in FORMATS:
        stream = io.BytesIO()
        write_rows([batch], stream, form, EVENTS)
        assert stream.getvalue()


def test_values_that_do_not_fit_count_as_absent() -> None:
    rows = [{"dst_port": "many", "sni": 5}, {"dst_port": 2**70}, {"dst_port": 443, "cert_chain": 3}]
    got = [json.loads(line) for line in written(rows, "json").splitlines()]
    assert got == [{"sni": "5"}, {}, {"dst_port": 443}]
    assert from_dicts([], pa.schema([("a", pa.string())])).num_rows == 0


def test_parquet_keeps_types_and_may_be_empty() -> None:
    stream = io.BytesIO()
    write_rows([ROW], stream, "parquet", EVENTS)
    table = pq.read_table(pa.BufferReader(stream.getvalue()))
    assert table.schema.field("time").type == pa.timestamp("us", "UTC")
    assert table.column("cert_chain").to_pylist() == [["a", "b"]]
    empty = io.BytesIO()
    write_rows([], empty, "parquet", EVENTS)
    assert pq.read_table(pa.BufferReader(empty.getvalue())).num_rows == 0


def test_no_rows() -> None:
    assert written([], "json") == ""
    assert written([], "csv").count("\r\n") == 1
    assert written([], "table") == "No rows.\n"


def test_a_table_fits_its_terminal_and_a_pipe_is_not_cut() -> None:
    rows = [ROW | {"sni": "long." * 40 + "example"}, ROW]
    assert all(len(line) <= 80 for line in written(rows, "table", width=80).splitlines())
    assert "long." * 40 + "example" in written(rows, "table")
    assert "user" not in written(rows, "table").splitlines()[0]


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no format") as caught:
        written([], "jsonl")
    assert "json" in caught.value.advice
