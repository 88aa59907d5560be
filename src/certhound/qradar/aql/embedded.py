"""Queries where people keep them: files of AQL, fences of Markdown, fields of YAML; each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING

from certhound.model.errors import Place, UnreadableError
from certhound.qradar.aql.errors import AqlError
from certhound.qradar.aql.finding import Finding
from certhound.qradar.aql.lexer import Kind, lex
from certhound.query.tree import Span

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

_LOOKS_LIKE = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*+SELECT\b.*?\bFROM\s+(?:events|flows|simarc|globalview|\()", re.IGNORECASE | re.DOTALL
)
_FENCE = re.compile(r"(?P<indent>[ \t>]*)(?P<marks>`{3,}|~{3,})[ \t]*(?P<kind>[\w+-]*)")
_AQL_KINDS = frozenset({"aql", "qradar", "ariel"})
_MAYBE_KINDS = frozenset({"", "sql", "text", "txt"})
_AQL_KEYS = frozenset({"aql", "aql_query", "query_expression", "ariel_query"})


class Form(Enum):
    """Kinds of files that hold queries."""

    AQL = "aql"
    MARKDOWN = "markdown"
    YAML = "yaml"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One query and where it stands: ``lines`` has, for each of its lines, the line in the file and the columns before.

    ``span`` is the part of the file that is this text, where it is one part and could be replaced.
    """

    text: str
    lines: tuple[tuple[int, int], ...]
    span: Span | None = None

    def placed(self, finding: Finding) -> Finding:
        """A finding in the text, with its place in the file."""
        line, column = self._place(finding.line, finding.column)
        end_line, end_column = self._place(finding.end_line, finding.end_column)
        return replace(finding, line=line, column=column, end_line=end_line, end_column=end_column)

    def _place(self, line: int, column: int) -> tuple[int, int]:
        found, before = self.lines[min(line, len(self.lines)) - 1]
        return found, before + column


def snippets(text: str, name: str = "") -> list[Snippet]:
    """The queries of a file, by its name's ending: Markdown, YAML, else AQL, several divided by semicolons.

    Raises:
        UnreadableError: YAML that is none.
    """
    match form_of(text, name):
        case Form.MARKDOWN:
            return list(_in_markdown(text))
        case Form.YAML:
            return list(_in_yaml(text, name))
        case Form.AQL:
            return list(_statements(text))


def form_of(text: str, name: str) -> Form:
    """The form of a file by its name's ending; without one, fences tell Markdown."""
    ending = PurePath(name).suffix.lower()
    if ending in (".yml", ".yaml"):
        return Form.YAML
    fenced = not ending and re.search(r"^(?:```|~~~)", text, re.MULTILINE) is not None
    return Form.MARKDOWN if fenced or ending in (".md", ".markdown") else Form.AQL


def _statements(text: str) -> Iterator[Snippet]:
    try:
        tokens = lex(text).tokens
    except AqlError:
        yield _part(text, 0, len(text))
        return
    start, filled = 0, False
    for token in tokens:
        if token.upper == ";" or token.kind is Kind.END:
            if filled:
                yield _part(text, start, token.start)
                start, filled = token.end, False
        else:
            filled = True


def _part(text: str, start: int, end: int) -> Snippet:
    """A part of a file, unchanged."""
    line = text.count("\n", 0, start) + 1
    before = start - (text.rfind("\n", 0, start) + 1)
    count = text.count("\n", start, end) + 1
    return Snippet(text[start:end], ((line, before), *((line + more, 0) for more in range(1, count))), Span(start, end))


def _in_markdown(text: str) -> Iterator[Snippet]:
    offset, opened, start, indent = 0, "", 0, ""
    certain = maybe = False
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line)
        if fence is not None and not opened:
            opened, start, indent = fence["marks"], offset + len(line), fence["indent"]
            kind = fence["kind"].lower()
            certain, maybe = kind in _AQL_KINDS, kind in _MAYBE_KINDS
        elif fence is not None and fence["marks"].startswith(opened) and not fence["kind"]:
            body = text[start:offset]
            if body.strip() and ">" not in indent and (certain or (maybe and _LOOKS_LIKE.match(body))):
                found = _within(text, start, offset)
                yield from (replace(each, span=None) for each in found) if indent else found
            opened = ""
        offset += len(line)


def _within(text: str, start: int, end: int) -> Iterator[Snippet]:
    """The statements in a part of a file."""
    whole = _part(text, start, end)
    for piece in _statements(whole.text):
        if piece.span is not None:
            yield _part(text, start + piece.span.start, start + piece.span.end)


def _in_yaml(text: str, name: str) -> Iterator[Snippet]:
    import yaml

    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(name, mark.line + 1, mark.column + 1) if mark is not None else Place(name)
        problem = str(getattr(error, "problem", None) or "nested too deeply")
        raise UnreadableError(f"is not YAML: {problem}", check="yaml", place=place) from None
    for key, scalar in _scalars([each for each in documents if each is not None]):
        if (key in _AQL_KEYS and scalar.value.strip()) or _LOOKS_LIKE.match(scalar.value):
            yield _scalar(scalar, text)


def _scalars(roots: list[Node]) -> Iterator[tuple[str, ScalarNode]]:
    """Every text of a document with the key that it stands under; shared parts once."""
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

    pending: list[tuple[str, Node]] = [("", root) for root in reversed(roots)]
    seen: set[int] = set()
    while pending:
        key, node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode):
            yield key, node
        elif isinstance(node, SequenceNode):
            pending.extend((key, each) for each in reversed(node.value))
        elif isinstance(node, MappingNode):
            pending.extend((str(name.value).lower(), value) for name, value in reversed(node.value))


def _scalar(node: ScalarNode, text: str) -> Snippet:
    """A text of YAML. Literal blocks keep their lines; of a folded or quoted one over several lines only the start."""
    line, column = node.start_mark.line + 1, node.start_mark.column
    if node.style == "|":
        source = text.split("\n")
        first = line  # the line behind the mark, counted from 0
        while first < len(source) and not source[first].strip():
            first += 1
        indent = len(source[first]) - len(source[first].lstrip(" ")) if first < len(source) else 0
        skipped = len(node.value) - len(node.value.lstrip("\n"))
        start = max(first - skipped, 0)
        return Snippet(node.value, tuple((start + 1 + more, indent) for more in range(node.value.count("\n") + 1)))
    quote = 1 if node.style in ("'", '"') else 0
    return Snippet(node.value, ((line, column + quote),))
