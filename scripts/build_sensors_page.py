"""Write the tables of docs/sensors-compared.md from the list of differences that the tests hold sensors against.

    python scripts/build_sensors_page.py [--check]

With ``--check`` nothing is written; ends with 1 if the page is not what the list says.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from certhound.lab.differences import FACTS, LEDGER, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "sensors-compared.md"
_TABLES = {"ledger": LEDGER, "facts": FACTS}
_BLOCK = re.compile(r"(<!-- table: (\w+)[^>]*-->\n).*?(<!-- end of table -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """The page with its tables made anew."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{table(_TABLES[found[2]])}\n\n{found[3]}", text)


def main() -> int:
    """Write, or compare."""
    parser = argparse.ArgumentParser(description="write the tables of docs/sensors-compared.md")
    parser.add_argument("--check", action="store_true", help="write nothing, end with 1 where the page is old")
    chosen = parser.parse_args()
    old = PAGE.read_text()
    new = with_tables(old)
    if chosen.check:
        return int(old != new)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
