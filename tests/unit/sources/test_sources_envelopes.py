"""Envelopes: what comes out of the text of a record."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_rows import rows_of

from certhound.sources.envelopes import parallel
from certhound.sources.envelopes.interpret import read_text
from certhound.sources.envelopes.record import Form
from certhound.sources.envelopes.syslog import read_header

HEADERS = [
    ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed", ("Oct 11 22:14:15", "mymachine", "su", "'su root' failed")),
    ("<34>Oct  1 22:14:15 mymachine su[12]: x", ("Oct  1 22:14:15", "mymachine", "su", "x")),
    ("Oct 11 22:14:15 mymachine app: x", ("Oct 11 22:14:15", "mymachine", "app", "x")),
    ("<13> Oct 11 22:14:15 10.0.0.1 x y", ("Oct 11 22:14:15", "10.0.0.1", None, "x y")),
    ("57 <13>Oct 11 22:14:15 10.0.0.1 x y", ("Oct 11 22:14:15", "10.0.0.1", None, "x y")),
    ("<13>Oct 11 2026 22:14:15 fw x", ("Oct 11 2026 22:14:15", "fw", None, "x")),
    ("<13>2026-10-11T22:14:15.003Z fw app[1]: x", ("2026-10-11T22:14:15.003Z", "fw", "app", "x")),
    ("<13>1 2026-10-11T22:14:15.003Z fw app 1 ID1 - \ufeffx", ("2026-10-11T22:14:15.003Z", "fw", "app", "x")),
    (
        '<13>1 2026-10-11T22:14:15Z fw app - - [a@1 k="v\\"w"][b@2 l="\\]"] x',
        ("2026-10-11T22:14:15Z", "fw", "app", "x"),
    ),
    ("<13>1 - - - - - - x", (None, None, None, "x")),
    ("<13>Oct 11 22:14:15 relay <13>Oct 11 22:14:10 origin app: x", ("Oct 11 22:14:10", "origin", "app", "x")),
    (
        "<166>84: fw: 022: *Oct 11 22:14:15.123 CET: %SYS-5-CONFIG_I: x",
        ("Oct 11 22:14:15.123 CET", "fw", None, "%SYS-5-CONFIG_I: x"),
    ),
    ("<13>key=value other=value", (None, None, None, "key=value other=value")),
    ("no header at all", (None, None, None, "no header at all")),
]


@pytest.mark.parametrize(("text", "expected"), HEADERS)
def test_header(text: str, expected: tuple[str | None, str | None, str | None, str]) -> None:
    header, at = read_header(text)
    assert (header.time, header.host, header.app, text[at:]) == expected


RECORDS = [
    ("LEEF:1.0|V|P|1|E|a=1\tb=x y\tc=d=e", Form.LEEF, {"a": "1", "b": "x y", "c": "d=e"}),
    ("LEEF:2.0|V|P|1|E|^|a=1^b=2", Form.LEEF, {"a": "1", "b": "2"}),
    ("LEEF:2.0|V|P|1|E|0x5E|a=1^b=2", Form.LEEF, {"a": "1", "b": "2"}),
    ("LEEF:2.0|V|P|1|E|x5e|a=1^b=2", Form.LEEF, {"a": "1", "b": "2"}),
    ("LEEF:2.0|V|P|1|E||a=1\tb=2", Form.LEEF, {"a": "1", "b": "2"}),
    ("LEEF:2.0|V|P|1|E|a=1\tb=2", Form.LEEF, {"a": "1", "b": "2"}),
    ("LEEF:1.0|V|P|1|E|a=1|b=2", Form.LEEF, {"a": "1", "b": "2"}),
    ("LEEF:1.0|V|P|1|E|a=1#011b=2", Form.LEEF, {"a": "1", "b": "2"}),
    ("LEEF:1.0|V|P|1|E|a=one word b=2", Form.LEEF, {"a": "one word", "b": "2"}),
    ("LEEF:1.0|V|P|1|E|a=1\ta=2", Form.LEEF, {"a": "1", "a#2": "2"}),
    ("CEF:0|V|P|1|E|N|5|a=1 b=x y c=d\\=e f=\\\\ g=l\\nm", Form.CEF,
     {"a": "1", "b": "x y", "c": "d=e", "f": "\\", "g": "l\nm"}),
    ("CEF: 0|V|P|1|E|N|5| request=https://h/?q=1&r=2 act=x", Form.CEF, {"request": "https://h/?q=1&r=2", "act": "x"}),
    ("CEF:0|V|P\\|Q|1|E|N|5|a=1", Form.CEF, {"a": "1"}),
    ("CEF:0|V|P|1|E|N|5|", Form.CEF, {}),
    ("CEF:0|V|P|1|E|N|5", Form.CEF, {}),
    ('date=2026-01-01 time=10:00:00 msg="a \\"b\\" c" n=1', Form.KEY_VALUE,
     {"date": "2026-01-01", "time": "10:00:00", "msg": 'a "b" c', "n": "1"}),
    ("a=1|b=x y|c=3", Form.KEY_VALUE, {"a": "1", "b": "x y", "c": "3"}),
    ("a=1, b=2, c=3", Form.KEY_VALUE, {"a": "1", "b": "2", "c": "3"}),
    ("type=X msg=other(1.2:3): pid=1 msg='op=y res=z'", Form.KEY_VALUE,
     {"type": "X", "msg": "other(1.2:3):", "pid": "1", "msg#2": "op=y res=z"}),
    ('{"a":{"b":1.50,"c":null},"d":[1,"x"],"e":true}', Form.JSON, {"a.b": "1.50", "d": '[1, "x"]', "e": "true"}),
    (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/>"
        "<EventID>1</EventID><Computer>c</Computer></System>"
        "<EventData><Data Name='Image'>x &amp; y</Data></EventData></Event>",
        Form.WINDOWS,
        {"System.Provider": "P", "System.EventID": "1", "System.Computer": "c", "Image": "x & y"},
    ),
    ("just words", Form.TEXT, {}),
]  # fmt: skip


@pytest.mark.parametrize("header", ["", "<13>Oct 11 22:14:15 fw ", "<13>1 2026-10-11T22:14:15Z fw app - - - "])
@pytest.mark.parametrize(("text", "form", "values"), RECORDS)
def test_record(text: str, form: Form, values: dict[str, str], header: str) -> None:
    [record] = read_text(header + text)
    assert record.form is form
    assert record.values == values
    assert record.payload == header + text
    assert record.header.host == ("fw" if header else None)


def test_many_forms_in_one_file(tmp_path: Path) -> None:
    lines = [text for text, _, _ in RECORDS]
    rows, rejected = rows_of("\n".join(f"<13>Oct 11 22:14:15 fw {line}" for line in lines), tmp_path)
    assert not rejected
    assert [row["payload"] for row in rows] == [f"<13>Oct 11 22:14:15 fw {line}" for line in lines]
    assert {row["category"] for row in rows} == {"other"}


def test_two_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [text for text, form, _ in RECORDS if form is not Form.WINDOWS] * 300
    content = "\n".join(f"<13>Oct 11 22:14:{number % 60:02d} fw {line}" for number, line in enumerate(lines))
    damaged = content.encode() + b"\n<13>Oct 11 22:14:15 fw \xff\xfe\n" + b"<13>Oct 11 22:14:15 fw {" + b"\n" * 3
    alone, rejected_alone = rows_of(damaged, tmp_path)
    monkeypatch.setattr(parallel, "FROM_BYTES", 1)
    monkeypatch.setattr(parallel, "PIECE_BYTES", 4096)
    together, rejected = rows_of(damaged, tmp_path)
    assert [_plain(row) for row in together] == [_plain(row) for row in alone]
    assert rejected == rejected_alone
    assert sum(int(row["parts"]) for row in alone) + len(rejected_alone) == len(lines) + 2


def _plain(row: dict[str, object]) -> dict[str, object]:
    """Fields as pairs: Arrow gives maps so."""
    fields = row["fields"]
    assert isinstance(fields, dict | list)
    return row | {"fields": list(fields.items()) if isinstance(fields, dict) else fields}


def test_counted_messages_without_lines(tmp_path: Path) -> None:
    messages = [
        b"<13>Oct 11 22:14:15 fw app: one",
        b"<13>Oct 11 22:14:16 fw app: two\nlines",
        b"<13>Oct 11 22:14:17 fw x",
    ]
    rows, rejected = rows_of(b"".join(b"%d %s" % (len(each), each) for each in messages) * 50, tmp_path)
    assert not rejected
    assert len(rows) == 150
    assert [row["payload"] for row in rows[:3]] == [
        "<13>Oct 11 22:14:15 fw app: one",
        "<13>Oct 11 22:14:16 fw app: two#012lines",
        "<13>Oct 11 22:14:17 fw x",
    ]
