"""A query as nested pieces for the formatter: words, brackets and comments, each with how it is to be written.

The pieces are those of the text, so nothing of it can be lost; the tree only says what a word is (a keyword is written
in capitals, a name as typed), where blanks belong, and where clauses begin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.lexer import Kind, Lexed, Token
from certhound.qradar.aql.words import UNITS
from certhound.query.tree import Span


@dataclass(slots=True)
class Word:
    """One token as it is written. ``tight``: no blank before it; ``holds``: none after it."""

    text: str
    upper: str = ""
    tight: bool = False
    holds: bool = False
    clause: n.Clause | None = None


@dataclass(slots=True)
class Remark:
    """A comment. ``alone``: it has its line to itself; ``breaks``: the line ends behind it."""

    text: str
    alone: bool
    breaks: bool


@dataclass(slots=True)
class Group:
    """What stands between brackets, or between CASE and END."""

    opening: Word
    inside: list[Piece] = field(default_factory=list)
    closing: Word = field(default_factory=lambda: Word(")"))

    @property
    def is_case(self) -> bool:
        return self.opening.upper == "CASE"


Piece = Word | Remark | Group


@dataclass(slots=True)
class _Roles:
    """What the tree says of offsets in the text."""

    names: set[int] = field(default_factory=set)
    aliases: dict[int, bool] = field(default_factory=dict)  # whether AS stands before it
    calls: set[int] = field(default_factory=set)
    signs: set[int] = field(default_factory=set)
    cases: dict[int, int] = field(default_factory=dict)  # start of CASE to the end of its END
    clauses: dict[int, n.Clause] = field(default_factory=dict)
    parameters: list[tuple[int, int]] = field(default_factory=list)
    zones: set[int] = field(default_factory=set)  # Z behind the quotes of START and STOP


def pieces(query: n.Query, lexed: Lexed) -> list[Piece]:
    """The pieces of a text and of the query that it holds."""
    roles = _Roles()
    for each in n.queries(query):
        _roles_of(each, roles)
    stack: list[Group] = [Group(Word(""))]
    ends: list[int] = []
    before: Token | None = None
    for entry in _merged(lexed):
        inside = stack[-1].inside
        if isinstance(entry, n.Comment):
            inside.append(_remark(entry, query.text))
        elif entry.upper == "(" or entry.start in roles.cases:
            group = Group(_opening(entry, before, roles))
            inside.append(group)
            stack.append(group)
            ends.append(roles.cases.get(entry.start, -1))
        elif entry.upper == ")" or (len(stack) > 1 and ends[-1] == entry.end):
            stack.pop().closing = Word(entry.text.upper())
            ends.pop()
        else:
            _put(entry, roles, inside)
            last = inside[-1]
            if isinstance(last, Word) and _may_join(entry, before, query.text):
                last.tight = last.holds = True
        before = entry if isinstance(entry, Token) else before
    return stack[0].inside


def _may_join(token: Token, before: Token | None, text: str) -> bool:
    """Whether a hyphen may be part of a name that some console has (``Bluecoat-cs-host``), and stays as it stands."""
    return (
        token.upper == "-"
        and before is not None
        and before.kind is Kind.WORD
        and before.end == token.start
        and text[token.end : token.end + 1].isalnum()
    )


def _merged(lexed: Lexed) -> list[Token | n.Comment]:
    def start(entry: Token | n.Comment) -> int:
        return entry.start if isinstance(entry, Token) else entry.span.start

    return sorted([*lexed.tokens[:-1], *lexed.comments], key=start)


def _roles_of(query: n.Query, roles: _Roles) -> None:
    roles.clauses.update({mark.span.start: mark.clause for mark in query.clauses})
    for item in query.items:
        if item.alias is not None:
            roles.aliases[item.alias_span.start] = item.explicit
    if isinstance(query.source, n.Table):
        roles.names.add(query.source.span.start)
    if isinstance(query.source, n.GlobalView):
        roles.calls.add(query.source.span.start)
    for parameter in query.parameters:
        roles.parameters.append((parameter.span.start, parameter.span.end))
        roles.names.add(parameter.span.start)
    if isinstance(query.window, n.OffenseTime):
        _role_of(n.Call("OFFENSE_TIME", (), name_span=_offense_time(query, query.window.span)), roles)
    if isinstance(query.window, n.StartStop):
        for bound in (query.window.start, query.window.stop):
            if isinstance(bound, n.Text) and query.text[bound.span.end - 1] in "zZ":
                roles.zones.add(bound.span.end - 1)
    for whole in n.everything(query):
        for node in n.walk(whole):
            _role_of(node, roles)
    if query.into is not None:
        mark = next(each for each in query.clauses if each.clause is n.Clause.INTO)
        roles.names.add(mark.span.end - len(query.text[mark.span.start : mark.span.end].split()[-1]))


def _offense_time(query: n.Query, window: Span) -> Span:
    """The name of the function behind TIMES, of which the tree keeps the argument only."""
    at = query.text.upper().find("OFFENSE_TIME", window.start, window.end)
    return Span(at, at + len("OFFENSE_TIME"))


def _role_of(node: n.Expr, roles: _Roles) -> None:
    match node:
        case n.Name(span=span):
            roles.names.add(span.start)
        case n.Call(name=name, name_span=span):
            roles.names.add(span.start)
            last = span.end - len(name.rpartition("::")[2]) if "::" in name else span.start
            roles.names.add(last)
            roles.calls.add(last)
        case n.Unary(span=span):
            roles.signs.add(span.start)
        case n.Case(span=span):
            roles.cases[span.start] = span.end
        case _:
            pass


def _remark(comment: n.Comment, text: str) -> Remark:
    start, end = comment.span.start, comment.span.end
    before = text[text.rfind("\n", 0, start) + 1 : start].strip()
    stop = text.find("\n", end)
    after = text[end : stop if stop >= 0 else len(text)].strip()
    is_line = comment.text.startswith("--")
    return Remark(comment.text, not before and not after, is_line or "\n" in comment.text)


def _opening(token: Token, before: Token | None, roles: _Roles) -> Word:
    called = token.upper == "(" and before is not None and before.start in roles.calls
    return Word(token.text.upper(), token.upper, tight=called, holds=token.upper == "(")


def _put(token: Token, roles: _Roles, inside: list[Piece]) -> None:
    if token.start in roles.aliases:
        if not roles.aliases[token.start]:
            inside.append(Word("AS", "AS"))
        inside.append(Word(_alias(token)))
        return
    word = Word(_written(token, roles), token.upper, clause=roles.clauses.get(token.start))
    if token.start in roles.names:
        word.upper = ""
    if token.upper in (",", ";") or token.start in roles.zones:
        word.tight = True
    elif token.upper == "::":
        word.tight = word.holds = True
    elif token.start in roles.signs:
        word.holds = True
    elif token.upper == "=" and any(start < token.start < end for start, end in roles.parameters):
        word.tight = word.holds = True
    inside.append(word)


def _alias(token: Token) -> str:
    return token.text if token.kind is Kind.WORD else '"' + token.text.replace('"', '""') + '"'


def _written(token: Token, roles: _Roles) -> str:
    match token.kind:
        case Kind.TEXT:
            return "'" + token.text.replace("'", "''") + "'"
        case Kind.QUOTED:
            return '"' + token.text.replace('"', '""') + '"'
        case Kind.WORD if token.start not in roles.names:
            return UNITS[token.upper].value if token.upper in UNITS else token.upper
        case Kind.SYMBOL:
            return {"==": "=", "<>": "!="}.get(token.text, token.text)
        case _:
            return token.text
