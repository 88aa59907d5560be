"""Mails as files and what gateways say of mails: made here with the standard library, and from the vendors' pages."""

from __future__ import annotations

import base64
import gzip
import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as some
from vendor_rows import rows_of

from certhound.sources.mail.links import of_html, of_text, unwrapped
from certhound.sources.mail.message import decoded, values_of


def mail(
    subject: str = "Invoice", html: str | None = None, plain: str = "see https://plain.example/a."
) -> EmailMessage:
    made = EmailMessage()
    made["Received"] = (
        "from mail.evil.example (mail.evil.example [203.0.113.66]) by mx.corp.example; Mon, 21 Sep 2026 14:13:21 +0000"
    )
    made["Received"] = "from inside (unknown [10.0.0.3]) by mail.evil.example; Mon, 21 Sep 2026 14:13:00 +0000"
    made["From"] = '"Bob, the boss" <bob@evil.example>'
    made["Return-Path"] = "<bounce@evil.example>"
    made["To"] = "ann@corp.example, Cäsar <caesar@corp.example>"
    made["Cc"] = "dora@corp.example"
    made["Subject"] = subject
    made["Date"] = "Mon, 21 Sep 2026 16:13:20 +0200"
    made["Message-ID"] = "<id-1@evil.example>"
    made.set_content(plain)
    if html is not None:
        made.add_alternative(html, subtype="html")
    return made


def test_a_mail(tmp_path: Path) -> None:
    page = (
        '<base href="https://base.example/x/"><a href="https://html.example/?a=1&amp;b=2">x</a><form action="go.php">'
    )
    made = mail("Rechnung für Jürgen", page)
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="rechnung ä.pdf")
    rows, rejected = rows_of(made.as_bytes(), tmp_path)
    assert not rejected
    [row] = rows
    assert (row["mail_from"], row["mail_sender"]) == ("bob@evil.example", "bounce@evil.example")
    assert row["mail_to"] == "ann@corp.example, caesar@corp.example, dora@corp.example"
    assert (row["mail_subject"], row["mail_message_id"]) == ("Rechnung für Jürgen", "id-1@evil.example")
    assert row["mail_urls"] == [
        "https://plain.example/a", "https://html.example/?a=1&b=2", "https://base.example/x/go.php",
    ]  # fmt: skip
    assert (row["src_ip"], row["time"], row["category"]) == ("203.0.113.66", "2026-09-21T14:13:20Z", "mail")
    assert row["fields"][":attachments"] == '["rechnung \\u00e4.pdf"]'


@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "x-unknown"])
def test_every_transfer_encoding(coding: str, charset: str, tmp_path: Path) -> None:
    body = "Grüße https://long.example/" + "x" * 90 + "\n"
    data = body.encode("iso-8859-1" if charset == "iso-8859-1" else "utf-8")
    coded = {
        "base64": base64.encodebytes(data),
        "quoted-printable": __import__("quopri").encodestring(data),
        "8bit": data,
    }[coding]
    head = f"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
    head += f"Content-Transfer-Encoding: {coding}\r\n\r\n"
    rows, _ = rows_of(head.encode() + coded, tmp_path)
    assert rows[0]["mail_urls"] == ["https://long.example/" + "x" * 90]


def test_mails_within_mails(tmp_path: Path) -> None:
    inner: Any = mail(plain="https://inner.example/")
    for _ in range(12):
        outer = mail(plain="forwarded")
        outer.add_attachment(inner)
        inner = outer
    rows, _ = rows_of(inner.as_bytes(), tmp_path)
    assert rows[0]["mail_urls"] == ["https://inner.example/"]


def test_parts_without_end_cost_only_themselves(tmp_path: Path) -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth) for depth in range(5_000)
    )
    rows, rejected = rows_of(
        b"From: a@b.example\r\nTo: c@d.example\r\nSubject: deep\r\nMIME-Version: 1.0\r\n" + nested, tmp_path
    )
    assert not rejected
    assert (rows[0]["mail_subject"], rows[0]["mail_from"]) == ("deep", "a@b.example")


@pytest.mark.parametrize("compress", [False, True])
def test_an_mbox(compress: bool, tmp_path: Path) -> None:
    mails = []
    for number in range(5):
        body = mail(f"number {number}", plain=f"From here on\n\n>From the start\nhttps://n{number}.example/\n")
        text = body.as_bytes().replace(b"\nFrom here", b"\n>From here")
        mails.append(b"From bob@evil.example Mon Sep 21 14:13:2%d 2026\n" % number + text)
    content = b"\n".join(mails)
    rows, rejected = rows_of(gzip.compress(content) if compress else content, tmp_path)
    assert not rejected
    assert [row["mail_subject"] for row in rows] == [f"number {number}" for number in range(5)]
    assert [row["mail_urls"] for row in rows] == [[f"https://n{number}.example/"] for number in range(5)]
    assert all(row["payload"].startswith("Received:") for row in rows)


def test_a_line_that_begins_with_from_begins_no_mail(tmp_path: Path) -> None:
    text = mail(plain="Hello\n\nFrom what I hear all is well.\n").as_bytes()
    rows, _ = rows_of(b"From bob@evil.example Mon Sep 21 14:13:20 2026\n" + text, tmp_path)
    assert len(rows) == 1


def test_a_cut_archive_keeps_its_whole_mails(tmp_path: Path) -> None:
    one = b"From bob@evil.example Mon Sep 21 14:13:20 2026\n" + mail().as_bytes() + b"\n"
    whole = gzip.compress(one * 40, mtime=0)
    rows, rejected = rows_of(whole[: len(whole) * 3 // 4], tmp_path)
    assert len(rows) >= 1
    assert any("stream broken" in row.get("problem", "") for row in rows) or rejected


PROOFPOINT_3 = (
    "https://urldefense.com/v3/__https://evil.example/a*b**Ac__;"
    + base64.urlsafe_b64encode(b"#xy").decode().rstrip("=")
    + "!!X"
)
WRAPPED = {
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2Fp%3Fa%3D1&data=05": "https://evil.example/p?a=1",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_p&d=DwMF": "https://evil.example/p",
    PROOFPOINT_3: "https://evil.example/a#bxyc",
    "https://secure-web.cisco.com/1abc/https%3A%2F%2Fevil.example%2Fp": "https://evil.example/p",
    "https://www.google.com/url?q=https://evil.example/p&sa=D": "https://evil.example/p",
    "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fevil.example%2fp&c=E": "https://evil.example/p",
    "https://www.bing.com/ck/a?!&u=a1"
    + base64.urlsafe_b64encode(b"https://evil.example/p").decode(): "https://evil.example/p",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fevil.example%2F": "https://evil.example/",
    "https://protect-eu.mimecast.com/s/abc?domain=evil.example": "https://protect-eu.mimecast.com/s/abc?domain=evil.example",
    "https://plain.example/?url=https://other.example/": "https://plain.example/?url=https://other.example/",
}


@pytest.mark.parametrize(("link", "target"), WRAPPED.items())
def test_rewriters_are_taken_off(link: str, target: str) -> None:
    assert unwrapped(link) == target
    around = "https://eur01.safelinks.protection.outlook.com/?url=" + quote(link, safe="")
    assert unwrapped(around) == target


def test_links_in_text_and_html() -> None:
    assert list(of_text("(see https://a.example/x_(y)). HTTPS://B.example!")) == [
        "https://a.example/x_(y)",
        "HTTPS://B.example",
    ]
    page = "<A HREF=https://a.example/1>x</A><img src='//b.example/i'><meta http-equiv=refresh content='0; url=https://c.example'>"
    assert list(of_html(page)) == ["https://a.example/1", "https://b.example/i", "https://c.example"]
    assert list(of_html("<!-- <a href='https://no.example'> --><script>'https://no.example'</script>")) == []


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?B?UmVjaG51bmc=?= =?utf-8?Q?_f=C3=BCr?=", "Rechnung für"),
        ("=?iso-8859-1?q?J=FCrgen?= x", "Jürgen x"),
        ("=?x-none?q?a=20b?=", "a b"),
        ("plain\r\n\tfolded", "plain folded"),
        ("=?utf-8?B?####?=", ""),
    ],
)  # fmt: skip
def test_header_words(raw: str, text: str) -> None:
    assert decoded(raw) == text


@given(some.binary(max_size=600))
def test_any_bytes_are_a_mail(data: bytes) -> None:
    values_of(b"From: a@b\nSubject: " + data)


@given(some.text(max_size=300))
def test_any_text_has_links_or_none(text: str) -> None:
    for link in (*of_text(f"https://{text}"), *of_html(f"<a href='https://{text}'>{text}")):
        unwrapped(link)


def test_proofpoint(tmp_path: Path) -> None:
    message = {
        "GUID": "g1", "messageTime": "2026-09-21T14:13:20.000Z", "messageID": "<m1@evil.example>", "subject": "Pay",
        "sender": "bounce@evil.example", "fromAddress": ["bob@evil.example"], "recipient": ["ann@corp.example"],
        "senderIP": "203.0.113.66", "phishScore": 100, "quarantineFolder": "Phish",
        "threatsInfoMap": [{"threat": "https://evil.example/p", "threatType": "url", "classification": "phish",
                            "threatStatus": "active", "threatUrl": "https://threatinsight.proofpoint.com/1"}],
    }  # fmt: skip
    click = {
        "clickTime": "2026-09-21T14:20:00.000Z", "clickIP": "192.0.2.9", "sender": "bounce@evil.example",
        "recipient": "ann@corp.example", "url": "https://evil.example/p", "threatID": "t",
        "messageID": "<m1@evil.example>",
        "classification": "phish", "threatStatus": "active", "userAgent": "Mozilla/5.0", "id": "c1",
    }  # fmt: skip
    rows, rejected = rows_of(json.dumps(message) + "\n" + json.dumps(click) + "\n", tmp_path)
    assert not rejected
    first, second = rows
    assert (first["mail_from"], first["mail_to"], first["mail_urls"]) == (
        "bob@evil.example", "ann@corp.example", ["https://evil.example/p"],
    )  # fmt: skip
    assert (first["verdict"], first["outcome"], first["mail_message_id"]) == (
        "phish (active)",
        "block",
        "m1@evil.example",
    )
    assert (second["category"], second["user"], second["dst_host"]) == ("click", "ann@corp.example", "evil.example")
    assert second["time"] == "2026-09-21T14:20:00Z"
