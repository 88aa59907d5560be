"""The pages in Chromium, from the disk: what a reader does with them works, wide and narrow, without a complaint.

A script of the test is added to a copy of each page and admitted by its hash; it clicks, types, and writes what it saw
into an attribute of the page, which Chromium prints.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from certhound.rules import load_rules
from certhound.techniques.load import packages
from certhound.techniques.pages import render

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")

LOOKED_AT = ("index.html", "T1608.003.html", "T1608.003-qradar.html")
PROBE = """
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const see = async () => {
  const seen = { errors: 0 };
  addEventListener("error", () => { seen.errors += 1; });
  const blocks = [...document.querySelectorAll(".code")];
  const button = blocks.length ? blocks[0].querySelector("button") : null;
  let copied = null;
  document.addEventListener("copy", () => { copied = getSelection().toString() || document.activeElement.value; });
  if (button) { button.click(); await wait(300); seen.button = button.textContent; }
  seen.blocks = blocks.length;
  seen.buttons = blocks.filter((each) => each.querySelector("button")).length;
  seen.copied = copied;
  const box = document.querySelector("#find input");
  const hits = (text) => {
    box.value = text;
    box.dispatchEvent(new Event("input"));
    return [...document.querySelectorAll("#found a")].map((each) => each.getAttribute("href"));
  };
  seen.hunts = hits("self-signed");
  seen.rules = hits("known_c2_certificate");
  seen.none = hits("no such words anywhere");
  hits("self-signed");
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  seen.after_escape = document.querySelectorAll("#found a").length;
  seen.links = [...document.querySelectorAll("main a[href^='#']")].filter(
    (each) => !document.getElementById(each.getAttribute("href").slice(1))).length;
  seen.width = innerWidth;
  seen.scroll = document.documentElement.scrollWidth;
  const folded = document.querySelector("details[id]:not([open])");
  if (folded) { location.hash = folded.id; await wait(100); seen.opened = folded.open; }
  dispatchEvent(new Event("beforeprint"));
  seen.closed_in_print = document.querySelectorAll("details:not([open])").length;
  document.body.dataset.seen = JSON.stringify(seen);
};
see();
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode("ascii")
    for name, text in render(packages(), list(load_rules()), "figures", ("n = 16",)):
        if name in LOOKED_AT:
            text = text.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
            text = text.replace("</body>", f"<script>{PROBE}</script></body>")
        (folder / name).write_text(text, "utf-8")
    return folder


def chromium(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0", *options,
         page.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def seen(page: Path, width: int, *options: str) -> dict[str, Any]:
    done = chromium(page, "--virtual-time-budget=6000", f"--window-size={width},900", "--dump-dom", *options)
    assert "CONSOLE" not in done.stderr, done.stderr
    found = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert found is not None
    read: dict[str, Any] = json.loads(html.unescape(found[1]))
    return read


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_reader_finds_copies_and_opens(site: Path, name: str) -> None:
    found = seen(site / name, 1280)
    assert found["errors"] == 0
    assert found["buttons"] == found["blocks"]
    if found["blocks"]:
        assert found["blocks"] > 15
        assert found["button"] == "Copied"
    assert len(found["hunts"]) > 3
    assert "index.html#known_c2_certificate" in found["rules"]
    assert found["none"] == []
    assert found["after_escape"] == 0
    assert found["links"] == 0
    assert found.get("opened", True)
    assert found["closed_in_print"] == 0
    assert found["scroll"] <= found["width"]


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_narrow_screen_needs_no_scrolling_sideways(site: Path, name: str) -> None:
    """Headless Chromium has a least width for windows, so the page stands in a frame as narrow as a phone."""
    frame = site / f"narrow-{name}"
    frame.write_text(
        f'<!doctype html><body><iframe src="{name}" width="390" height="800" style="border:0"></iframe><script>'
        "setInterval(() => { const seen = frames[0].document.body.dataset.seen;"
        " if (seen) { document.body.dataset.seen = seen; } }, 100)</script></body>",
        "utf-8",
    )
    found = seen(frame, 800, "--allow-file-access-from-files")
    assert found["width"] == 390
    assert found["scroll"] <= found["width"]


def test_a_page_prints(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    chromium(site / "T1608.003.html", f"--print-to-pdf={target}", "--no-pdf-header-footer")
    assert target.read_bytes().startswith(b"%PDF")
    assert target.stat().st_size > 100_000
