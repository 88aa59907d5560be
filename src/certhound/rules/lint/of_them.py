"""``them`` is whatever stands there now: a selection added later changes what the condition means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.yaml_tree import Mapping, Scalar

_THEM = re.compile(r"\b(\d+|all|any) of them\b", re.IGNORECASE)


class OfThem(Lint):
    id = "of-them"
    summary = "the condition names its selections, and says 'of them' nowhere"
    advice = "give the selections a common beginning, and say 1 of selection_*"

    def notes(self, subject: Subject) -> Iterator[Note]:
        detection = subject.document.root.get("detection")
        node = detection.get("condition") if isinstance(detection, Mapping) else None
        if isinstance(node, Scalar) and (found := _THEM.search(node.text)):
            yield self.note(subject, node.span, f"the condition says {found[0]!r}")
