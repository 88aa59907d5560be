"""Java date patterns in calls, as far as checks must understand them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.scope import Scope

_QUOTED = re.compile(r"'[^']*'")
_RUN = re.compile(r"([A-Za-z])\1*")


def patterns(scope: Scope) -> Iterator[n.Text]:
    """The pattern literals of DATEFORMAT and PARSETIMESTAMP."""
    for node in scope.nodes:
        if isinstance(node, n.Call) and node.upper in ("DATEFORMAT", "PARSETIMESTAMP") and len(node.arguments) == 2:
            pattern = node.arguments[1 if node.upper == "DATEFORMAT" else 0]
            if isinstance(pattern, n.Text):
                yield pattern


def letters(pattern: str) -> list[str]:
    """The runs of one letter in a pattern, quoted text left out: ``['yyyy', 'MM', 'dd']``."""
    return [match[0] for match in _RUN.finditer(_QUOTED.sub(" ", pattern))]
