"""Who doubts a rule wants to read what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.yaml_tree import Scalar, Sequence


class ReferenceForm(Lint):
    id = "reference-form"
    summary = "there is a reference, each is an https address, and none stands twice"
    advice = "name the page that describes what the rule looks for, as https://example.org/report"

    def notes(self, subject: Subject) -> Iterator[Note]:
        node = subject.document.root.get("references")
        if not subject.rule.references:
            yield self.at(subject, "references", text="no reference is named")
        seen: set[str] = set()
        for item in node.items if isinstance(node, Sequence) else ():
            if not isinstance(item, Scalar):
                continue
            if not item.text.startswith("https://"):
                yield self.note(subject, item.span, f"{item.text!r} is no https address")
            if item.text in seen:
                yield self.note(subject, item.span, f"{item.text!r} stands twice")
            seen.add(item.text)
