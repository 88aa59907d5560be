"""A rule that names no false positive was not looked at hard enough, or tells its user nothing."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject

_EMPTY = frozenset({"unknown", "none", "unlikely", "n/a", "-", ""})


class FalsePositives(Lint):
    id = "false-positives"
    summary = "false positives are named in words that help to recognise them"
    advice = "say what else looks like this, and how to tell"

    def notes(self, subject: Subject) -> Iterator[Note]:
        useful = [each for each in subject.rule.false_positives if each.strip().rstrip(".").lower() not in _EMPTY]
        if not useful:
            text = "no false positive is named"
            yield self.at(subject, "falsepositives", text=text, advice="say what else looks like this, and how to tell")
