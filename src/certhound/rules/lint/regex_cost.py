"""A regular expression that gives an engine nothing to look for makes it read every text to the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.query.tree import Match, Regex, walk
from certhound.rules.lint.base import Lint, Note, Subject

LITERAL = 3
"""Shortest run of plain characters that is worth looking for."""

_SPECIAL = re.compile(r"\\[a-zA-Z]|\\x\{[^}]*\}|\[[^\]]*\]|\(\?[^:)]*[:)]|\{[^}]*\}|[\^$.*+?()|]")


class RegexCost(Lint):
    id = "regex-cost"
    summary = "a regular expression has an anchor or a few plain characters to look for"
    advice = "anchor it, or give it three plain characters in a row"
    foreign = True

    def notes(self, subject: Subject) -> Iterator[Note]:
        for node in walk(subject.rule.predicate):
            if not isinstance(node, Match) or not isinstance(node.pattern, Regex):
                continue
            text = node.pattern.text
            if re.match(r"(\(\?[a-z]+\))?\.[*+]", text):
                advice = "leave it out: a pattern is found anywhere"
                yield self.note(subject, node.span, "the pattern begins with .* or .+", advice)
            elif not text.startswith(("^", r"\A", "(?-s:^", "(?s:^")) and _longest(text) < LITERAL:
                yield self.note(subject, node.span, "the pattern has neither an anchor nor plain characters in a row")


def _longest(text: str) -> int:
    runs = _SPECIAL.split(text)
    return max((len(run.replace("\\", "")) for run in runs), default=0)
