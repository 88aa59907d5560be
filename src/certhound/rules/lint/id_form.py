"""Ids are random UUIDs in the one spelling that comparisons by text agree on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.yaml_tree import Scalar


class IdForm(Lint):
    id = "id-form"
    summary = "the id is a UUID of version 4 in lower case"
    advice = "take a new one from uuidgen, and never change it again"

    def notes(self, subject: Subject) -> Iterator[Note]:
        node = subject.document.root.get("id")
        text = node.text if isinstance(node, Scalar) else ""
        if text and (text != str(uuid.UUID(text)) or uuid.UUID(text).version != 4):
            yield self.at(subject, "id", text=f"{text} is no UUID of version 4 in lower case", advice=str(uuid.uuid4()))
