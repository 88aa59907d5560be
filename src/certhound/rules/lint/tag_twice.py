"""A list of tags is read by people and compared by tools: each once, and a tactic among them."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.lint.tags import TACTICS
from certhound.rules.yaml_tree import Scalar, Sequence


class TagTwice(Lint):
    id = "tag-twice"
    summary = "an ATT&CK tactic is among the tags, tags are in lower case, and none stands twice"
    advice = "for example attack.resource-development before attack.t1608.003"

    def notes(self, subject: Subject) -> Iterator[Note]:
        tags = subject.rule.tags
        if any(tag.lower().startswith("attack.t") for tag in tags) and not any(
            tag.removeprefix("attack.") in TACTICS for tag in tags
        ):
            yield self.at(subject, "tags", text="a technique is named and no tactic")
        node = subject.document.root.get("tags")
        seen: set[str] = set()
        for item in node.items if isinstance(node, Sequence) else ():
            if not isinstance(item, Scalar):
                continue
            if item.text != item.text.lower():
                yield self.note(subject, item.span, f"{item.text!r} is not in lower case", item.text.lower())
            if item.text.lower() in seen:
                yield self.note(subject, item.span, f"{item.text!r} stands twice", "once is enough")
            seen.add(item.text.lower())
