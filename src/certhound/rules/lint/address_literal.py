"""An address in a rule is out of date before the rule is installed; lists have an end and an owner, rules do not."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.lint.selections import values


class AddressLiteral(Lint):
    id = "address-literal"
    summary = "no single public address is written into a rule"
    advice = "put it into a list or a reference set, where it has an owner and an end; a rule says what is typical"

    def notes(self, subject: Subject) -> Iterator[Note]:
        for key, found in values(subject):
            for each in found:
                if _public(each.text):
                    yield self.note(subject, each.span, f"{each.text} under {key.text} is one address")


def _public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_global
