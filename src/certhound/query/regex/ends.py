r"""``$`` and ``\Z`` of PCRE, Python and Java: the end of the text, *or* just before a line end that ends it.

RE2 has only the very end. At the tail of a pattern (or before what may match nothing) ``$`` is the same as an optional
line end and then the very end, as long as it only matters whether something matches. Elsewhere it is refused.
"""

from __future__ import annotations

from certhound.query.regex import charset
from certhound.query.regex.dialects import refuse
from certhound.query.regex.nodes import Alt, Assert, At, Cat, Chars, Group, Node, Repeat, nullable

_NEWLINE = Repeat(Chars(charset.NEWLINE), 0, 1)
_LINE_END = Repeat(
    Alt((Cat((Chars(charset.chars("\r")), Chars(charset.NEWLINE))), Chars(charset.JAVA_LINE_ENDS))), 0, 1
)


def settle_ends(node: Node, pattern: str, whole: bool) -> Node:
    """The node with every such end made explicit; ``whole`` ties both ends of the pattern to those of the text."""
    if whole:
        return Cat((Assert(At.START), _settled(node, pattern, tail=False), Assert(At.END)))
    return _settled(node, pattern, tail=True)


def _settled(node: Node, pattern: str, tail: bool) -> Node:
    match node:
        case Assert(at=(At.END_OR_NEWLINE | At.END_OR_LINE_END) as at):
            if not tail:
                why = "text after an end of the text: engines read this in different ways"
                refuse(pattern, node.start, node.end, why, r"write \z for the very end")
            return Cat((_NEWLINE if at is At.END_OR_NEWLINE else _LINE_END, Assert(At.END)))
        case Assert() | Chars():
            return node
        case Cat(parts=parts):
            return Cat(
                tuple(
                    _settled(part, pattern, tail and all(nullable(after) for after in parts[index + 1 :]))
                    for index, part in enumerate(parts)
                )
            )
        case Alt(options=options):
            return Alt(tuple(_settled(option, pattern, tail) for option in options))
        case Group(body=body, name=name):
            return Group(_settled(body, pattern, tail), name)
        case Repeat(body=body, low=low, high=high, lazy=lazy):
            return Repeat(_settled(body, pattern, tail and high == 1), low, high, lazy)
