"""Texts for platforms that cannot be run here, read at least by a grammar that is not ours, where a package has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Grammar:
    """A reader of a language. ``fault`` gives what is wrong with a text, nothing where it can be read."""

    platform: str
    package: str
    module: str
    fault: Callable[[str], str]

    def installed(self) -> bool:
        try:
            import_module(self.module)
        except ImportError:
            return False
        return True


def _kql(text: str) -> str:
    import duckdb_kql

    return "; ".join(str(each) for each in duckdb_kql.validate(text))


def _spl(text: str) -> str:
    from splint.linter import lint_text

    return "; ".join(str(each) for each in lint_text(text) if each.severity.name == "ERROR")


def _esql(text: str) -> str:
    from antlr4 import CommonTokenStream, InputStream
    from esql_parser.EsqlBaseLexer import EsqlBaseLexer
    from esql_parser.EsqlBaseParser import EsqlBaseParser

    parser = EsqlBaseParser(CommonTokenStream(EsqlBaseLexer(InputStream(text))))
    parser.removeErrorListeners()
    parser.singleStatement()
    return f"{parser.getNumberOfSyntaxErrors()} errors" if parser.getNumberOfSyntaxErrors() else ""


def _suricata(text: str) -> str:
    from suricataparser import parse_rules

    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = parse_rules(text)
    bad = [rule for rule in found if rule.sid is None or rule.action != "alert"]
    return "" if len(found) == len(lines) and not bad else f"{len(found)} of {len(lines)} rules are read"


def _zeek(text: str) -> str:
    import tree_sitter
    import tree_sitter_zeek

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_zeek.language()))
    root = parser.parse(text.encode()).root_node
    return "the tree has an error" if root.has_error else ""


GRAMMARS: tuple[Grammar, ...] = (
    Grammar("kql", "duckdb-kql", "duckdb_kql", _kql),
    Grammar("splunk", "splint-spl", "splint", _spl),
    Grammar("esql", "esql-parser", "esql_parser", _esql),
    Grammar("suricata", "suricataparser", "suricataparser", _suricata),
    Grammar("zeek", "tree-sitter-zeek", "tree_sitter_zeek", _zeek),
)
"""By platform. ``esql-parser`` is no development package: its licence is Elastic's, and it pins an older ANTLR."""
