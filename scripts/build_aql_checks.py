"""Write docs/aql-checks.md, every check of the AQL linter from the checks themselves.

    python scripts/build_aql_checks.py [--check]

With ``--check`` nothing is written; ends with 1 if the page is not what the code says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from certhound.qradar.aql.check import REFUSALS, Check, Refusal, checks
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.linter import lint

PAGE = Path(__file__).resolve().parent.parent / "docs" / "aql-checks.md"

_HEAD = """\
# Checks of the AQL linter

What `certhound aql lint` looks for. An **error** is refused by a console, or cannot mean what it says; a **warning**
runs and likely gives something else, or costs much; an **info** is worth knowing. How to run it: [in CI](aql-ci.md).

A comment silences checks on its line, or on the next one when it stands alone:

```sql
-- certhound: allow no-limit, payload-scan
```

Where IBM's documentation leaves a matter open, the linter warns and the reader has a switch: AND beside OR without
brackets is read as in SQL unless `--precedence` says otherwise.

This page is made from the checks by `scripts/build_aql_checks.py`; the examples are tested."""

_SHOWN = 400
"""Longest example that is printed; the others are only tested."""


def page() -> str:
    """The whole page."""
    every: list[Check | Refusal] = sorted([*checks(), *REFUSALS], key=lambda each: each.id)
    parts = [_HEAD, "\n".join(_overview(every)), *("\n".join(_card(each)) for each in every)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _severity(check: Check | Refusal) -> Severity:
    return check.severity if isinstance(check, Check) else Severity.ERROR


def _overview(every: list[Check | Refusal]) -> Iterator[str]:
    yield "| check | severity | what |"
    yield "|---|---|---|"
    for check in every:
        yield f"| [{check.id}](#{check.id}) | {_severity(check)} | {check.title} |"


def _card(check: Check | Refusal) -> Iterator[str]:
    yield f"## {check.id}"
    yield ""
    yield f"{check.title} ({_severity(check)}). {check.why}"
    yield ""
    shown = [query for query in check.fires if len(query) <= _SHOWN and query.isprintable()]
    if not shown:
        return
    said = next(each for each in lint(shown[0]) if each.check == check.id)
    yield "Found:"
    yield ""
    yield "```sql"
    yield from shown
    yield "```"
    yield ""
    yield f"> {said.message}" + (f"; {said.advice}" if said.advice else "")
    yield ""
    yield "Left alone:"
    yield ""
    yield "```sql"
    yield from (query for query in check.silent if query.isprintable())
    yield "```"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = page()
    if parser.parse_args().check:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
