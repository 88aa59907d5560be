"""The page: whole, self-contained, and deaf to what an adversary wrote."""

import base64
import hashlib
import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from report_factory import HOSTILE_TEXTS, empty_report, hostile, make_report

from certhound.findings.report import Report
from certhound.outputs import html
from certhound.outputs.axis import axis_over
from certhound.outputs.contract import Options

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ACTIVE = {"script", "iframe", "object", "embed", "base", "form", "link", "img", "audio", "video", "style", "meta"}
VOID = {"meta", "link", "img", "input", "br", "hr", "base", "embed"}


def page(report: Report, options: Options | None = None) -> str:
    stream = io.StringIO()
    html.write(report, stream, options or Options())
    return stream.getvalue()


class Reader(HTMLParser):
    """Tags, attributes and text of a page, and whether tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.text.append(data)


REPORTS = {"usual": make_report(), "empty": empty_report(), "bare": Report((), (), {}, (), (), (), ())}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_the_page_is_well_formed_and_loads_nothing(report: Report) -> None:
    text = page(report)
    read = Reader(text)
    assert not read.unbalanced
    assert not read.open
    assert text.lstrip().startswith("<!DOCTYPE html>")
    for tag, attributes in read.tags:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on") and name != "on"]
        assert "src" not in attributes, tag
        if "href" in attributes:
            assert re.match(r"#|https?://", attributes["href"] or ""), attributes
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert not re.search(r"url\((?!#)|@import", text)


def test_the_policy_allows_exactly_our_style_and_script() -> None:
    text = page(make_report())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    stated = policy[1].replace("&#39;", "'")
    assert stated.startswith("default-src 'none'")
    assert "unsafe" not in stated
    for tag in ("style", "script"):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(bodies) == 1
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in stated


def test_the_page_says_all_of_it() -> None:
    shown = re.sub(r"\s+", " ", " ".join(Reader(page(make_report())).text))
    for expected in (
        "2 critical, 1 high, 1 medium and 2 low findings",
        "In 34% of the sessions nobody could judge the server's certificate.",
        "hidden by TLS 1.3",
        "Why 97 points",
        "The name was looked up in DNS before the first contact.",
        "What would clear it",
        "Kling, Ward and Hahn",
        "first met 9 h 30 min after it became valid",
        "had expired 9 y",
        "A laboratory that runs the framework on purpose.",
        "not sent, but it leads to a root that is trusted",
        "rule by Florian Example (Example Systems)",
        "gzip ends before its end-of-stream marker",
        "needs mail_urls",
        "Old firewall, replaced in June",
        "expires 2026-07-01",
        "a packet capture",
        "No profile was found",
        "subject is metasploit generated",
    ):
        assert expected in shown, expected


def test_an_empty_result_explains_itself() -> None:
    shown = " ".join(Reader(page(empty_report())).text)
    for expected in ("No findings", "rejected: 15 records", "blind: 34%", "hidden by exceptions: 1 finding"):
        assert expected in shown


def test_points_are_drawn_to_scale_and_sum_to_the_score() -> None:
    report = make_report(1, 30)
    text = page(report)
    for drawing in re.findall(r'<svg class="points.*?</svg>', text, re.DOTALL)[:30]:
        widths = [int(width) for width in re.findall(r'class="part s\d" x="\d+%" width="(\d+)%"', drawing)]
        total = re.search(r"= (\d+) of 100 points", drawing)
        assert total
        assert sum(widths) == int(total[1])


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_hostile_text_makes_no_tag_and_no_attribute(text: str) -> None:
    """The page of hostile text has the tags and attributes of the same page with harmless text."""
    usual = Reader(page(hostile(make_report(), "harmless")))
    read = Reader(page(hostile(make_report(), text)))
    if text:  # sections of absent texts are left out
        assert {tag for tag, _ in read.tags} <= {tag for tag, _ in usual.tags}
        assert {tuple(sorted(each)) for _, each in read.tags} <= {tuple(sorted(each)) for _, each in usual.tags}
    assert [tag for tag, _ in read.tags if tag in ACTIVE] == [tag for tag, _ in usual.tags if tag in ACTIVE]
    assert not read.unbalanced
    body = "".join(read.text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", body)
    for tag, attributes in read.tags:
        if tag == "a":
            assert (attributes["href"] or "").startswith(("#", "https://", "http://"))


def test_many_findings_are_cut_and_said() -> None:
    options = Options(details=10, listed=50)
    report = make_report(2, 100)
    text = page(report, options)
    assert text.count('<details class="finding') == 50
    shown = re.sub(r"\s+", " ", " ".join(Reader(text).text))
    assert "The first 10 findings are shown in full, 40 in short." in shown
    assert f"{len(report.findings) - 50} more findings of lower score left out" in shown


def test_five_hundred_findings_stay_a_page_that_loads() -> None:
    text = page(make_report(2, 500))
    assert len(text) < 6_000_000
    assert text.count('<details class="finding') == 506


@pytest.mark.parametrize(
    ("hours", "labels"),
    [(0, 0), (0.1, 1), (5, 3), (72, 3), (24 * 40, 2), (24 * 400, 3), (24 * 365 * 30, 4), (24 * 365 * 7000, 4)],
)
def test_an_axis_has_ticks_at_any_length(hours: float, labels: int) -> None:
    from datetime import UTC, datetime, timedelta

    start = datetime(2026, 3, 2, 1, 17, tzinfo=UTC)
    axis = axis_over([start, start + timedelta(hours=hours)], 0.02)
    assert axis is not None
    ticks = axis.ticks()
    assert labels <= len(ticks) <= 14
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
    assert all(0 <= tick.at <= 100 for tick in ticks)


def _colours(mode: int) -> dict[str, tuple[float, ...]]:
    style = files("certhound.outputs").joinpath("page", "page.css").read_text("utf-8")
    block = re.findall(r":root \{(.*?)\n\s*\}", style, re.DOTALL)[mode]
    found = re.findall(r"--([\w-]+): #([0-9a-f]{3,6})\b", block)
    wide = {name: "".join(c * 2 for c in code) if len(code) == 3 else code for name, code in found}
    return {name: tuple(int(code[place : place + 2], 16) / 255 for place in (0, 2, 4)) for name, code in wide.items()}


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """WCAG 2.2, contrast ratio."""

    def luminance(colour: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_has_contrast(mode: int) -> None:
    """At least 4.5 to 1 (WCAG 2.2 AA), also for the numbers on the parts of the score."""
    colours = _colours(mode)
    tones = ("critical", "high", "medium", "low", "info")
    for name in ("ink", "quiet", "accent", *tones):
        for ground in ("ground", "paper", "sunk"):
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    style = files("certhound.outputs").joinpath("page", "page.css").read_text("utf-8")
    fades = [0.0] + [int(percent) / 100 for percent in re.findall(r"--fade: (\d+)%; \}", style)]
    for tone in tones:
        for place, fade in enumerate(fades):
            mixed = tuple(p * fade + t * (1 - fade) for p, t in zip(colours["paper"], colours[tone], strict=True))
            text = colours["on-tone" if place < 2 else "ink"]
            assert _contrast(mixed, text) >= 4.5, (tone, place)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_runs_our_script_and_nothing_else(tmp_path: Path) -> None:
    """One page a hostile text; any that executes would change the title or leave a mark."""
    names = ("script", "image", "attribute", "closing", "comment", "javascript", "svg", "template")
    mixed = iter(range(10**9))
    attacks = [HOSTILE_TEXTS[each].replace("\"document.title='owned'\"", "document.title='owned'") for each in names]
    attacks += [HOSTILE_TEXTS[each] for each in names]

    from report_factory import _walk

    report = _walk(make_report(), lambda _: attacks[next(mixed) % len(attacks)])
    file = tmp_path / "report.html"
    file.write_text(page(report), encoding="utf-8")
    dom = _dump_dom(file, tmp_path)
    assert "6 shown</p>" in dom, "our own script did not run"
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title
    assert title[1] == "2 critical, 1 high, 1 medium and 2 low findings · certhound"
    assert len(re.findall(r"<script", dom)) == 1
    assert "<img" not in dom
    assert dom.count("<svg") == page(report).count("<svg")


def _dump_dom(file: Path, folder: Path) -> str:
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=2000", "--dump-dom", file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
