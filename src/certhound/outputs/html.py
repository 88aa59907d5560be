"""The report as one self-contained page that works from a file, without a network.

Nothing in the data can act: jinja2 escapes, ``visible`` spells out what reorders or hides, no data is ever Markdown,
style, script or a link (but for http and https), and the page's Content-Security-Policy allows exactly its own style
and its own script by their hashes and loads nothing. The page also works without the script.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from certhound.findings.report import Report
from certhound.outputs import certificate, words
from certhound.outputs.contract import Options
from certhound.outputs.defuse import link, visible
from certhound.outputs.html_view import page_view

name = "html"

_LONGEST = 600
"""Characters of one text that the page shows; how many were cut is said."""


def write(report: Report, stream: TextIO, options: Options) -> None:
    """The whole page; ``options.details`` findings in full, ``options.listed`` at all."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment().get_template("page.html.j2")
    chunks = template.stream(page=page_view(report, options), style=style, script=script, policy=policy)
    chunks.enable_buffering(500)
    for chunk in chunks:
        stream.write(chunk)


def harmless(value: Any) -> Any:
    """Every expression of the templates passes here before it is escaped."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value, _LONGEST)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("certhound.outputs", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["link"] = link
    environment.globals.update(read=certificate, say=words)
    return environment


@cache
def _asset(file: str) -> Markup:
    """Style and script are ours, constant, and free of data: they alone go into the page unescaped."""
    text = files("certhound.outputs").joinpath("page", file).read_text("utf-8")
    return Markup(text)  # noqa: S704


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
