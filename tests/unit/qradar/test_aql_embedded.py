"""Queries in files: which are found, and where."""

from __future__ import annotations

import pytest

from certhound.qradar.aql import lint
from certhound.qradar.aql.embedded import snippets

BAD = "SELECT sorceip FROM events LIMIT 5 LAST 1 HOURS"

FILES = {
    "plain": ("q.aql", f"-- a comment\n{BAD}\n", [(2, 8)]),
    "several": ("q.aql", f"{BAD};\n\n{BAD}; {BAD}\n-- end\n", [(1, 8), (3, 8), (3, 57)]),
    "only comments": ("q.aql", "-- nothing\n", []),
    "semicolon in a text": ("q.aql", "SELECT ';' FROM events LIMIT 5 LAST 1 HOURS", []),
    "named fence": ("q.md", f"# Title\n\n```aql\n{BAD}\n```\n", [(4, 8)]),
    "sql fence": ("q.md", f"```sql\n{BAD}\n```\n\n```sql\nSELECT a FROM other\n```\n", [(2, 8)]),
    "fence in a list": ("q.md", f"- x\n\n  ```aql\n  {BAD}\n  ```\n", [(4, 10)]),
    "other fence": ("q.md", f"```python\n{BAD}\n```\n{BAD}\n", []),
    "yaml block": ("q.yaml", f"name: x\nquery: |\n  -- note\n  {BAD}\n", [(4, 10)]),
    "yaml plain": ("q.yml", f"items:\n  - search: {BAD}\n", [(2, 20)]),
    "yaml quoted": ("q.yml", f'search: "{BAD}"\n', [(1, 17)]),
    "yaml key": ("q.yml", "aql: SELEC a\n", [(1, 6)]),
    "yaml without": ("q.yml", "a: {b: [c, 1, null]}\n---\nd: SELECT the right one\n", []),
    "standard input, Markdown": ("", f"text\n```aql\n{BAD}\n```\n", [(3, 8)]),
}


@pytest.mark.parametrize(("name", "text", "places"), FILES.values(), ids=FILES)
def test_findings_have_their_place_in_the_file(name: str, text: str, places: list[tuple[int, int]]) -> None:
    found = [part.placed(each) for part in snippets(text, name) for each in lint(part.text)]
    assert [(each.line, each.column) for each in found] == places
