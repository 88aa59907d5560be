"""AQL, the query language of IBM QRadar: read it, print it, lay it out, check it.

``parse`` gives the tree of :mod:`certhound.qradar.aql.nodes` or raises an :class:`AqlError` with its place,
``to_aql`` prints a tree, ``format_aql`` lays a text out and keeps its comments, ``lint`` tells what is wrong with it.
"""

from __future__ import annotations

from certhound.qradar.aql.errors import AqlError
from certhound.qradar.aql.finding import Finding, Severity
from certhound.qradar.aql.formatter import format_aql
from certhound.qradar.aql.linter import lint
from certhound.qradar.aql.options import ParseOptions, Precedence
from certhound.qradar.aql.parser import parse
from certhound.qradar.aql.printer import to_aql

__all__ = ["AqlError", "Finding", "ParseOptions", "Precedence", "Severity", "format_aql", "lint", "parse", "to_aql"]
