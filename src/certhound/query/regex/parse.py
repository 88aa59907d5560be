"""Pattern text of a dialect to nodes. Recursive descent with bounded depth; every refusal has its place."""

from __future__ import annotations

import re
from dataclasses import replace

from certhound.query.regex import charset
from certhound.query.regex.charset import CharSet
from certhound.query.regex.classes import read_class
from certhound.query.regex.dialects import Dialect, Flags, refuse, wrong
from certhound.query.regex.escapes import escaped_set
from certhound.query.regex.nodes import EMPTY, Alt, Assert, At, Cat, Chars, Group, Node, Repeat

MAX_LENGTH = 10_000
"""Longest pattern that is read, in characters."""

MAX_COMMON_LENGTH = 1_000_000
"""The same for the common dialect, where categories of Unicode are written out."""

MAX_DEPTH = 100
"""Deepest nesting of groups."""

_PERL_FAMILY = (Dialect.PCRE, Dialect.SIGMA, Dialect.JAVA)
_COUNT = re.compile(r"\{(\d*)(?:(,)(\d*))?\}")
_NAME = re.compile(r"P?<([A-Za-z_][A-Za-z0-9_]*)>|'([A-Za-z_][A-Za-z0-9_]*)'")
_FLAGS = re.compile(r"([a-zA-Z^]*)(?:-([a-zA-Z]*))?([:)])")
_JAVA_LINE_BREAK = Alt(
    (
        Cat((Chars(charset.chars("\r")), Chars(charset.NEWLINE))),
        Chars(charset.VERTICAL),
    )
)
_TWO_CONDITIONS = "write it as two conditions, joined by 'and' or 'and not'"
_LOOK = {
    "=": "a look-ahead",
    "!": "a negative look-ahead",
    "<=": "a look-behind",
    "<!": "a negative look-behind",
}


class Parser:
    """One pattern being read. Use :func:`parse`."""

    def __init__(self, pattern: str, dialect: Dialect, flags: Flags) -> None:
        self.pattern = pattern
        self.dialect = dialect
        self.flags = flags
        self.at = 0
        self.depth = 0
        self.folds = flags.fold
        self.names: set[str] = set()

    def whole(self) -> Node:
        node = self.alternatives()
        if self.at < len(self.pattern):
            wrong(self.pattern, self.at, self.at + 1, "a closing bracket without an opening one")
        return node

    def alternatives(self) -> Node:
        """Up to the end of the group. Flags set inside hold to its end, over the bars, as PCRE and Java have it."""
        options = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            options.append(self.sequence())
        return options[0] if len(options) == 1 else Alt(tuple(options))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while True:
            self.skip_blanks()
            if self.peek() in ("", "|", ")"):
                return parts[0] if len(parts) == 1 else Cat(tuple(parts))
            node = self.atom()
            if node is not None and (node := self.quantified(node)) != EMPTY:
                parts.append(node)

    def peek(self, length: int = 1) -> str:
        return self.pattern[self.at : self.at + length]

    def skip_blanks(self) -> None:
        """White space and comments of the mode x."""
        while self.flags.verbose and (char := self.peek()) and (char in " \t\n\r\f\x0b#"):
            if char == "#":
                end = self.pattern.find("\n", self.at)
                self.at = len(self.pattern) if end < 0 else end
            else:
                self.at += 1

    # one item

    def atom(self) -> Node | None:
        """One item without its quantifier; None for what matches nothing by itself (flags, comments)."""
        start, char = self.at, self.peek()
        if char == "\\":
            return self.escape()
        if char == "(":
            return self.group()
        if char == "[":
            points, self.at = read_class(self.pattern, self.at, self.dialect, self.flags)
            return Chars(points)
        self.at += 1
        match char:
            case ".":
                return Chars(charset.EVERYTHING if self.flags.dot_all else ~self.line_ends())
            case "^":
                return Assert(self.line_start(start) if self.flags.multi_line else At.START, start, self.at)
            case "$":
                return Assert(self.dollar(start), start, self.at)
            case "*" | "+" | "?":
                wrong(self.pattern, start, self.at, "nothing before it that could be repeated")
            case "{" if self.dialect is Dialect.JAVA:
                wrong(self.pattern, start, self.at, "nothing before it that could be repeated")
        return self.one(charset.chars(char))

    def one(self, points: CharSet) -> Chars:
        return Chars(charset.closed(points) if self.flags.fold else points)

    def line_ends(self) -> CharSet:
        java = self.dialect is Dialect.JAVA and not self.flags.unix_lines
        return charset.JAVA_LINE_ENDS if java else charset.NEWLINE

    def line_start(self, start: int) -> At:
        if self.line_ends() is not charset.NEWLINE:
            why = "in Java every kind of line end starts a new line here, which no other engine can say"
            refuse(self.pattern, start, start + 1, why, "write (?dm) to have only \\n as line end")
        return At.LINE_START

    def dollar(self, start: int) -> At:
        if self.flags.multi_line:
            self.line_start(start)
            return At.LINE_END
        if self.dialect is Dialect.COMMON:
            return At.END
        return At.END_OR_NEWLINE if self.line_ends() is charset.NEWLINE else At.END_OR_LINE_END

    def escape(self) -> Node | None:
        start, letter = self.at, self.pattern[self.at + 1 : self.at + 2]
        found = escaped_set(self.pattern, self.at, self.dialect, in_class=False)
        if found is not None:
            points, self.at = found
            return self.folded_escape(points, letter)
        self.at += 2
        if letter in "bBAzZ":
            return self.assertion(start, letter)
        if letter == "Q" and self.dialect in _PERL_FAMILY:
            return self.quoted()
        if letter == "E" and self.dialect in _PERL_FAMILY:
            return None
        if letter == "R" and self.dialect in _PERL_FAMILY:
            return _JAVA_LINE_BREAK
        if letter in "123456789kg":
            refuse(self.pattern, start, self.at, "a back reference cannot be matched in linear time")
        if letter in "KGXC":
            refuse(self.pattern, start, self.at, f"\\{letter} is not known to every engine")
        return wrong(self.pattern, start, self.at, f"\\{letter} is no escape of this dialect ({self.dialect.value})")

    def folded_escape(self, points: CharSet, letter: str) -> Chars:
        if letter in "DWSHVP" and self.flags.fold:  # not [^\w] closed, but the rest of \w closed
            return Chars(~charset.closed(~points))
        return self.one(points)

    def assertion(self, start: int, letter: str) -> Assert:
        if letter == "z" and self.dialect is Dialect.PYTHON:
            wrong(self.pattern, start, self.at, r"\z is no escape of this dialect (python)")
        at = {"b": At.WORD_EDGE, "B": At.NO_WORD_EDGE, "A": At.START, "z": At.END, "Z": At.END}[letter]
        if letter == "Z" and self.dialect in _PERL_FAMILY:
            at = At.END_OR_NEWLINE if self.line_ends() is charset.NEWLINE else At.END_OR_LINE_END
        return Assert(at, start, self.at)

    def quoted(self) -> Node | None:
        end = self.pattern.find("\\E", self.at)
        text = self.pattern[self.at : end if end >= 0 else len(self.pattern)]
        self.at = end + 2 if end >= 0 else len(self.pattern)
        if not text:
            return None
        parts = [self.one(charset.chars(char)) for char in text]
        last = self.quantified(parts[-1])  # a quantifier after \E holds for the last character only
        return Cat((*parts[:-1], last)) if parts[:-1] else last

    # groups

    def group(self) -> Node | None:
        start = self.at
        self.at += 1
        if self.peek() == "*" and self.dialect in (Dialect.PCRE, Dialect.SIGMA):
            refuse(self.pattern, start, start + 2, "verbs of PCRE steer its own search and mean nothing elsewhere")
        if self.peek() != "?":
            return Group(self.body(start))
        self.at += 1
        if self.peek() == "#":
            end = self.pattern.find(")", self.at)
            self.at = end + 1 if end >= 0 else wrong(self.pattern, start, start + 3, "the comment is not closed")
            return None
        if self.peek() in (":", "|"):
            self.at += 1
            return self.body(start)
        name = _NAME.match(self.pattern, self.at)
        if name:
            return self.named(start, name)
        self.refuse_special(start)
        return self.with_flags(start)

    def body(self, start: int) -> Node:
        """The inside of a group whose opening has been read, with its closing bracket."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            refuse(self.pattern, start, start + 1, f"more than {MAX_DEPTH} groups inside each other")
        outer = self.flags
        node = self.alternatives()
        self.flags = outer
        if self.peek() != ")":
            wrong(self.pattern, start, start + 1, "the group is not closed")
        self.at += 1
        self.depth -= 1
        return node

    def named(self, start: int, name: re.Match[str]) -> Node:
        word = name[1] or name[2]
        if word in self.names:
            refuse(self.pattern, start, name.end(), f"two groups have the name {word!r}")
        self.names.add(word)
        self.at = name.end()
        return Group(self.body(start), word)

    def refuse_special(self, start: int) -> None:
        for sign, what in sorted(_LOOK.items(), reverse=True):
            if self.pattern.startswith(sign, self.at):
                end = self.at + len(sign)
                refuse(self.pattern, start, end, f"{what} cannot be matched in linear time", _TWO_CONDITIONS)
        if self.peek() == ">":
            refuse(self.pattern, start, self.at + 1, "an atomic group is not known to every engine", "write (?:…)")
        if self.peek() in ("(", "R", "&", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "+") or self.peek(2) in (
            "P=",
            "P>",
        ):
            refuse(self.pattern, start, self.at + 1, "conditions, recursion and references are not regular")

    def with_flags(self, start: int) -> Node | None:
        found = _FLAGS.match(self.pattern, self.at)
        if found is None:
            wrong(self.pattern, start, self.at + 1, "no such kind of group")
        outer, self.at = self.flags, found.end()
        flags = outer
        for letters, on in ((found[1], True), (found[2] or "", False)):
            for letter in letters:
                flags = self.flag(flags, letter, on, start)
        self.folds |= flags.fold
        if found[3] == ":":
            self.flags = flags
            node = self.body(start)
            self.flags = outer
            return node
        if self.dialect is Dialect.PYTHON and start > 0:
            wrong(self.pattern, start, self.at, "flags for the whole pattern must stand at its start")
        self.flags = flags
        return None

    def flag(self, flags: Flags, letter: str, on: bool, start: int) -> Flags:
        known = {"i": "fold", "m": "multi_line", "s": "dot_all", "x": "verbose"}
        if self.dialect is Dialect.JAVA:
            known |= {"d": "unix_lines"}
        if letter == "^" and on and self.dialect in (Dialect.PCRE, Dialect.SIGMA):
            return Flags()
        if self.dialect is Dialect.COMMON and letter in "ix":
            wrong(self.pattern, start, self.at, f"the flag {letter} does not belong to the common dialect")
        if letter in known:
            return replace(flags, **{known[letter]: on})
        if (letter, self.dialect) in (("a", Dialect.PYTHON), ("u", Dialect.JAVA)):
            return flags  # classes are ASCII here anyway, and case is Unicode's
        if letter in "nU" and self.dialect in (Dialect.PCRE, Dialect.SIGMA):
            return flags  # who captures, and how greedily, does not change whether something matches
        return refuse(self.pattern, start, self.at, f"the flag {letter} cannot be carried over")

    # quantifiers

    def quantified(self, node: Node) -> Node:
        """The item with the quantifier that follows it, if one does."""
        self.skip_blanks()
        start = self.at
        bounds = self.bounds()
        if bounds is None:
            return node
        lazy = self.peek() == "?"
        if lazy:
            self.at += 1
        elif self.peek() == "+" and self.dialect is not Dialect.COMMON:
            why = "a possessive quantifier is not known to every engine"
            refuse(self.pattern, start, self.at + 1, why, "leave out the + after the quantifier")
        after = self.at
        if self.bounds() is not None:
            wrong(self.pattern, after, self.at, "a quantifier after a quantifier")
        return repeated(node, *bounds, lazy)

    def bounds(self) -> tuple[int, int | None] | None:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        char = self.peek()
        if char in simple and char:
            self.at += 1
            return simple[char]
        found = _COUNT.match(self.pattern, self.at)
        if found is None or not (found[1] or found[3]):
            return None
        if not found[1] and self.dialect is not Dialect.PYTHON:
            if self.dialect is Dialect.JAVA:
                wrong(self.pattern, found.start(), found.end(), "a count must start with a number")
            return None  # a literal to PCRE before 10.43 and to RE2
        low = int(found[1] or 0)
        high = low if not found[2] else int(found[3]) if found[3] else None
        if high is not None and high < low:
            wrong(self.pattern, found.start(), found.end(), "the smaller number must stand first")
        if max(low, high or 0) > 65_535:
            refuse(self.pattern, found.start(), found.end(), "more than 65535 repeats")
        self.at = found.end()
        return low, high


def repeated(node: Node, low: int, high: int | None, lazy: bool) -> Node:
    """A repeat; of an assertion it is the assertion itself or nothing, as no engine but PCRE repeats those."""
    if high == 0 or node == EMPTY:
        return EMPTY
    if isinstance(node, Assert):
        return node if low else EMPTY
    return Repeat(node, low, high, lazy)


def parse(pattern: str, dialect: Dialect, flags: Flags) -> tuple[Node, bool]:
    """The nodes of a pattern, and whether case is ignored in any part of it.

    Raises :class:`~certhound.query.regex.dialects.RegexError` with the place in the pattern.
    """
    longest = MAX_COMMON_LENGTH if dialect is Dialect.COMMON else MAX_LENGTH
    if len(pattern) > longest:
        refuse(pattern, longest, longest + 1, f"longer than {longest} characters")
    parser = Parser(pattern, dialect, flags)
    return parser.whole(), parser.folds
