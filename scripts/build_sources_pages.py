"""Write docs/sources/: a page for each vendor source that has a ``PAGE``, from its module.

    python scripts/build_sources_pages.py [--check]

With ``--check`` nothing is written; ends with 1 if a page is not what the code says.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from certhound.model.columns import EVENTS
from certhound.sources import vendors
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read
from certhound.sources.envelopes.record import Form
from certhound.sources.envelopes.vendor import Log, Vendor

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "sources"

_FORMS = {
    Form.LEEF: "LEEF", Form.CEF: "CEF", Form.KEY_VALUE: "key=value", Form.JSON: "JSON",
    Form.TABLE: "CSV or TSV below a header", Form.W3C: "W3C extended log format", Form.WINDOWS: "Windows events",
    Form.TEXT: "lines of text",
}  # fmt: skip
_INDEX = """\
# Sources of vendors

A page for each kind of log that is read out of [envelopes](../scan.md) (syslog, LEEF, CEF, JSON and so on): how it is
recognised, which columns of `events` it fills, what to switch on at the vendor so that the facts arrive, and what it
cannot say. These pages are made from the code by `scripts/build_sources_pages.py`.

| source | written as | QRadar's log source type |
|---|---|---|
"""


def described() -> Iterator[tuple[Vendor, Page]]:
    """Vendor sources with a page, by name."""
    found = []
    for module in pkgutil.iter_modules(vendors.__path__):
        loaded = importlib.import_module(f"{vendors.__name__}.{module.name}")
        if isinstance(page := getattr(loaded, "PAGE", None), Page):
            found.append((loaded.VENDOR, page))
    return iter(sorted(found, key=lambda each: each[0].name))


def pages() -> dict[Path, str]:
    """All pages and their index."""
    made = {FOLDER / f"{vendor.name}.md": page_of(vendor, page) for vendor, page in described()}
    rows = [
        f"| [{vendor.title}]({vendor.name}.md) | {_forms(vendor)} | {vendor.log_source_type} |"
        for vendor, _ in described()
    ]
    return made | {FOLDER / "README.md": _INDEX + "\n".join(rows) + "\n"}


def page_of(vendor: Vendor, page: Page) -> str:
    """The page of a vendor."""
    parts = [f"# {vendor.title}", _listed("How it is recognised", page.recognise), _logs(vendor)]
    parts += [_columns(vendor)] if vendor.logs else []
    parts += [
        _listed("What to switch on", page.options),
        _listed("Gaps", page.gaps),
        _listed("Not confirmed by a public source", page.unconfirmed),
        _listed("References", page.references),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _forms(vendor: Vendor) -> str:
    return ", ".join(name for form, name in _FORMS.items() if form in vendor.forms)


def _listed(title: str, items: tuple[str, ...]) -> str:
    return "\n".join([f"## {title}", "", *(f"- {item}" for item in items)]) if items else ""


def _by_source(vendor: Vendor) -> dict[str, list[Log]]:
    sources: dict[str, list[Log]] = {}
    for log in vendor.logs:
        sources.setdefault(log.source, []).append(log)
    return sources


def _logs(vendor: Vendor) -> str:
    lines = ["## Its logs", "", f"Written as {_forms(vendor)}."]
    if vendor.log_source_type:
        lines.append(f"In QRadar's words the log source type is *{vendor.log_source_type}*.")
    if vendor.logs:
        lines += ["", "| `source` | `category` | becomes a TLS session | names certificates |", "|---|---|---|---|"]
        for source, logs in _by_source(vendor).items():
            categories = " or ".join(dict.fromkeys(f"`{log.category}`" for log in logs))
            session = "yes" if any(log.category == "tls" for log in logs) else ""
            stated = "yes" if any(log.shape.certificate for log in logs) else ""
            lines.append(f"| `{source}` | {categories} | {session} | {stated} |")
    return "\n".join(lines)


def _columns(vendor: Vendor) -> str:
    lines = [
        "## Columns that it fills", "",
        "The first key that has a value counts. Other keys of a record are kept in `fields`, the record in `payload`.",
        "", "| column | read from | in |", "|---|---|---|",
    ]  # fmt: skip
    sources = _by_source(vendor)
    times: dict[str, None] = {}
    for log in vendor.logs:
        times |= dict.fromkeys(" ".join(spelling).removeprefix(":") for spelling in log.time.spellings)
    lines.append(f"| `time` | {_code(times) or 'the header'} | all |")
    for column in EVENTS.names():
        within = [source for source, logs in sources.items() if any(column in log.columns for log in logs)]
        if within:
            shown = (
                "all" if len(within) == len(sources) else ", ".join(f"`{each.partition('.')[2]}`" for each in within)
            )
            lines.append(f"| `{column}` | {_read_from(column, vendor)} | {shown} |")
    return "\n".join(lines)


def _read_from(column: str, vendor: Vendor) -> str:
    keys: dict[str, None] = {}
    said: dict[str, None] = {}
    for log in vendor.logs:
        read = log.columns.get(column)
        if isinstance(read, Read):
            keys |= dict.fromkeys(key for key in read.keys if not key.startswith(":"))
            if any(key.startswith(":") for key in read.keys):
                said["worked out from the record's text"] = None
        elif isinstance(read, str):
            said[f"always *{read}*"] = None
        elif read is not None:
            words = (read.__doc__ or "").strip().partition("\n")[0].rstrip(".")
            said[words.replace("``", "`") or "several keys together"] = None
    return "; ".join([*([_code(keys)] if keys else []), *said])


def _code(keys: dict[str, None]) -> str:
    return ", ".join("`" + key.replace("|", "\\|") + "`" for key in keys)


def main() -> int:
    """Write the pages, or check them; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    made = pages()
    odd = {path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text}
    odd |= {path for path in FOLDER.glob("*.md") if path not in made}
    if check:
        for path in sorted(odd):
            sys.stderr.write(f"{path} is not current: run python scripts/build_sources_pages.py\n")
        return int(bool(odd))
    FOLDER.mkdir(exist_ok=True)
    for path in odd - made.keys():
        path.unlink()
    for path, text in made.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
