"""Patterns with ``*`` (any run of characters) and ``?`` (one character), as profiles use them; case does not count."""

from __future__ import annotations


def wildcard_match(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern.

    No escapes: a backslash is a backslash, for RFC 4514 names have their own. Time is bounded by the product of the
    two lengths whatever the text is, which a regular expression with several ``.*`` would not promise.
    """
    pattern, text = pattern.lower(), text.lower()
    at = read = 0
    star, resume = -1, 0
    while read < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, read
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[read]):
            at += 1
            read += 1
        elif star >= 0:  # let the last star take one character more
            resume += 1
            at, read = star + 1, resume
        else:
            return False
    return all(rest == "*" for rest in pattern[at:])


def any_match(patterns: tuple[str, ...], text: str) -> bool:
    """Whether the text fits at least one of the patterns."""
    return any(wildcard_match(pattern, text) for pattern in patterns)
