"""One layout for all queries: a clause a line, long ones broken at commas, AND and OR; comments stay in their place."""

from __future__ import annotations

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.lexer import lex
from certhound.qradar.aql.options import DEFAULT, ParseOptions
from certhound.qradar.aql.parser import parse
from certhound.qradar.aql.pieces import Group, Piece, Remark, Word, pieces

WIDTH = 100
"""Longest line where there is a place to break it."""
STEP = 4
SHORT = 30
"""Brackets with less in them are not broken: the line would not become easier to read."""
_ORDER = list(n.Clause)
_HEADS = {n.Clause.GROUP_BY: 2, n.Clause.ORDER_BY: 2, n.Clause.SESSION_BY: 2}
_BROKEN_AT_JOINS = frozenset({n.Clause.WHERE, n.Clause.HAVING})


def format_aql(text: str, *, options: ParseOptions = DEFAULT) -> str:
    """The query in the one layout, with a line end.

    What it means and its comments are unchanged. A closing semicolon goes. Keywords become capitals, ``==`` and ``<>``
    the usual ``=`` and ``!=``, aliases get AS and double quotes, units their plural, clauses the documented order.
    Names, texts and brackets stay as they are.

    Raises:
        AqlError: what is no query is not laid out.
    """
    query = parse(text, options=options)
    lines = _query(pieces(query, lex(text)), 0)
    return "\n".join(line.rstrip(" ") for line in lines) + "\n"


def _query(body: list[Piece], indent: int) -> list[str]:
    """The clauses of one SELECT, in the documented order, each on lines of its own."""
    before, clauses, after = _clauses(body)
    lines = [line for remark in before for line in _remark_lines(remark, indent)]
    for clause, part in sorted(clauses, key=lambda pair: _ORDER.index(pair[0])):
        lines += _clause(clause, part, indent)
    return lines + [line for remark in after for line in _remark_lines(remark, indent)]


def _clauses(body: list[Piece]) -> tuple[list[Remark], list[tuple[n.Clause, list[Piece]]], list[Remark]]:
    """The comments before SELECT, the clauses each with the comments above it, and the comments behind the last."""
    clauses: list[tuple[n.Clause, list[Piece]]] = []
    before: list[Remark] = []
    held: list[Remark] = []
    for piece in body:
        if isinstance(piece, Remark) and (piece.alone or held or not clauses):
            held.append(piece)
        elif isinstance(piece, Word) and piece.clause is not None:
            before, held = (before, held) if clauses else (held, [])
            clauses.append((piece.clause, [*held, piece]))
            held = []
        elif not (isinstance(piece, Word) and piece.upper == ";"):
            clauses[-1][1].extend([*held, piece])
            held = []
    return before, clauses, held


def _remark_lines(remark: Remark, indent: int) -> list[str]:
    return (" " * indent + remark.text).split("\n")


def _clause(clause: n.Clause, part: list[Piece], indent: int) -> list[str]:
    lines: list[str] = []
    while isinstance(part[0], Remark):
        lines += _remark_lines(part[0], indent)
        part = part[1:]
    if _fits(part, indent):
        return [*lines, " " * indent + _flat(part)]
    size = _HEADS.get(clause, 1)
    if clause is n.Clause.FROM and any(isinstance(piece, Group) for piece in part):
        return lines + _part(part, indent)
    if any(isinstance(piece, Remark) for piece in part[:size]):
        return lines + _part(part, indent)
    head, body = part[:size], part[size:]
    split = _at_joins(body) if clause in _BROKEN_AT_JOINS else _at_commas(body)
    if len(split) == 1 and clause not in (n.Clause.SELECT, *_BROKEN_AT_JOINS):
        return lines + _part(part, indent)
    lines.append(" " * indent + _flat(head))
    for each in split:
        lines += _part(each, indent + STEP)
    return lines


def _at_commas(body: list[Piece]) -> list[list[Piece]]:
    """Split behind each comma; a comment on the comma's line stays on it."""
    parts: list[list[Piece]] = [[]]
    ended = False
    for piece in body:
        if ended and not (isinstance(piece, Remark) and piece.breaks and not piece.alone):
            parts.append([])
            ended = False
        parts[-1].append(piece)
        if isinstance(piece, Word) and piece.upper == ",":
            ended = True
    return parts


def _at_joins(body: list[Piece]) -> list[list[Piece]]:
    """Split before each AND and OR, but for the AND of a BETWEEN."""
    parts: list[list[Piece]] = [[]]
    between = False
    for piece in body:
        upper = piece.upper if isinstance(piece, Word) else ""
        if upper == "BETWEEN":
            between = True
        elif upper == "OR" or (upper == "AND" and not between):
            parts.append([])
        elif upper == "AND":
            between = False
        parts[-1].append(piece)
    return [part for part in parts if part]


def _fits(part: list[Piece], indent: int) -> bool:
    return not _broken(part) and indent + len(_flat(part)) <= WIDTH


def _broken(part: list[Piece]) -> bool:
    """Whether something in it must end a line."""
    for piece in part:
        if isinstance(piece, Remark) and (piece.breaks or piece.alone):
            return True
        if isinstance(piece, Group) and _broken(piece.inside):
            return True
    return False


def _flat(part: list[Piece]) -> str:
    """The pieces on one line."""
    line = _Line(0)
    for piece in part:
        line.flat(piece)
    return line.text


class _Line:
    """Lines that grow piece by piece, the last one open."""

    def __init__(self, indent: int) -> None:
        self.indent = indent
        self.done: list[str] = []
        self.text = " " * indent
        self.holds = True

    @property
    def empty(self) -> bool:
        return not self.text.strip(" ")

    def put(self, text: str, *, tight: bool = False, holds: bool = False) -> None:
        self.text += text if tight or self.holds or self.empty else f" {text}"
        self.holds = holds

    def next(self, indent: int) -> None:
        if not self.empty:
            self.done.append(self.text)
        self.text = " " * indent
        self.holds = True

    def flat(self, piece: Piece) -> None:
        if isinstance(piece, Word):
            self.put(piece.text, tight=piece.tight, holds=piece.holds)
        elif isinstance(piece, Remark):
            self.comment(piece.text)
        else:
            self.put(piece.opening.text, tight=piece.opening.tight, holds=piece.opening.holds)
            for each in piece.inside:
                self.flat(each)
            self.put(piece.closing.text, tight=not piece.is_case)

    def comment(self, text: str) -> None:
        """Text of a comment, always behind a blank: ``-`` and ``--`` would run together."""
        self.holds = False
        self.put(text)

    def remark(self, remark: Remark, indent: int) -> None:
        """A comment; a line of its own where it had one, else behind what stands before it."""
        if remark.alone:
            self.next(indent)
        first, *rest = remark.text.split("\n")
        self.comment(first)
        for line in rest:
            self.done.append(self.text)
            self.text = line
            self.holds = False
        if remark.alone or remark.breaks:
            self.done.append(self.text)
            self.text = " " * indent
            self.holds = True


def _part(part: list[Piece], indent: int) -> list[str]:
    """One item or condition: on one line where it fits, else broken at its joins and in its brackets."""
    if _fits(part, indent):
        return [" " * indent + _flat(part)]
    joined = _at_joins(part)
    lines: list[str] = []
    for index, each in enumerate(joined):
        deeper = indent + STEP if index and len(joined) > 1 else indent
        if index and _fits(each, deeper):
            lines.append(" " * deeper + _flat(each))
        else:
            lines += _pieces(each, deeper)
    return lines


def _pieces(part: list[Piece], indent: int) -> list[str]:
    line = _Line(indent)
    for index, piece in enumerate(part):
        if isinstance(piece, Remark):
            line.remark(piece, indent)
        elif isinstance(piece, Group) and not _group_fits(line, part[index:]):
            _open(line, piece, indent)
        else:
            line.flat(piece)
    line.next(indent)
    return line.done


def _group_fits(line: _Line, rest: list[Piece]) -> bool:
    """Whether a group can stay on the line, with the words behind it up to the next group."""
    end = next((index for index, piece in enumerate(rest[1:], 1) if not isinstance(piece, Word)), len(rest))
    group = rest[0]
    if _broken([group]):
        return False
    short = isinstance(group, Group) and not group.is_case and len(_flat(group.inside)) < SHORT
    return short or len(line.text) + 1 + len(_flat(rest[:end])) <= WIDTH


def _open(line: _Line, group: Group, indent: int) -> None:
    """A group on lines of its own, what is in it one step deeper."""
    line.put(group.opening.text, tight=group.opening.tight)
    if group.is_case:
        _open_case(line, group, indent)
    else:
        line.next(indent)
        line.done += _inside(group.inside, indent + STEP)
    line.next(indent)
    line.put(group.closing.text)


def _inside(body: list[Piece], indent: int) -> list[str]:
    if any(isinstance(piece, Word) and piece.clause is not None for piece in body):
        return _query(body, indent)
    split = _at_commas(body)
    split = _at_joins(body) if len(split) == 1 else split
    return [line for part in split for line in _part(part, indent)]


def _open_case(line: _Line, group: Group, indent: int) -> None:
    parts: list[list[Piece]] = [[]]
    for piece in group.inside:
        if isinstance(piece, Word) and piece.upper in ("WHEN", "ELSE") and _own(parts[-1], piece):
            parts.append([])
        parts[-1].append(piece)
    if parts[0] and _fits(parts[0], indent + STEP):
        line.put(_flat(parts[0]))
        parts = parts[1:]
    line.next(indent)
    line.done += [each for part in parts if part for each in _part(part, indent + STEP)]


def _own(part: list[Piece], word: Word) -> bool:
    """Whether WHEN or ELSE is that of the CASE and not of an IF inside a branch."""
    if word.upper == "WHEN":
        return True
    uppers = [piece.upper for piece in part if isinstance(piece, Word)]
    return uppers.count("IF") == uppers.count("ELSE") - (uppers[:1] == ["ELSE"])
