"""Tags in the forms of the Sigma specification; the list of tactics stands here, so that nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.model.errors import did_you_mean
from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.yaml_tree import Scalar, Sequence

TACTICS = (
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement",
    "collection", "command-and-control", "exfiltration", "impact",
)  # fmt: skip
"""ATT&CK's enterprise tactics, those that newer versions split included."""

_ATTACK = re.compile(r"(t\d{4}(\.\d{3})?|[gsm]\d{4}|ds\d{4}|det\d{4}|an\d{4})")
_OTHERS = {
    "cve": re.compile(r"\d{4}[.-]\d{4,}"),
    "car": re.compile(r"\d{4}-\d{2}-\d{3}"),
    "tlp": re.compile(r"(red|amber|amber-strict|green|clear|white)"),
    "detection": re.compile(r"(dfir|emerging-threats|threat-hunting)"),
    "d3fend": re.compile(r"d3[a-z0-9-]+"),
    "stp": re.compile(r"[1-5][auk]?"),
}


class Tags(Lint):
    id = "tags"
    summary = "tags are of a known form, and an ATT&CK technique is among them"
    advice = "a tactic by its name, or attack.t1608.003; other spaces are cve, car, tlp, detection, d3fend, stp"

    def notes(self, subject: Subject) -> Iterator[Note]:
        if not any(re.match(r"attack\.t\d{4}", tag) for tag in subject.rule.tags):
            yield self.at(subject, "tags", text="no ATT&CK technique is named", advice="for example attack.t1608.003")
        node = subject.document.root.get("tags")
        for item in node.items if isinstance(node, Sequence) else ():
            if isinstance(item, Scalar) and (wrong := self._wrong(item.text)):
                yield self.note(subject, item.span, *wrong)

    def _wrong(self, tag: str) -> tuple[str, str] | None:
        space, _, name = tag.partition(".")
        if space == "attack":
            if name in TACTICS or _ATTACK.fullmatch(name):
                return None
            return f"{tag!r} is neither a tactic nor the number of a technique", did_you_mean(name, TACTICS)
        if space in _OTHERS:
            return None if _OTHERS[space].fullmatch(name) else (f"{tag!r} has not the form of a {space} tag", "")
        return f"tags of {space!r} are not known", did_you_mean(space, ["attack", *_OTHERS])
