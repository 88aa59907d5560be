"""The kit's expressions take their value out of their line."""

from __future__ import annotations

import re

from certhound.techniques.check.base import Check, Found, Subject


class Expressions(Check):
    id = "expressions"
    summary = "every expression is proved by its line"

    def found(self, it: Subject) -> Found:
        for each in it.package.kit.property if it.package.kit else ():
            try:
                found = re.search(each.expression, each.line)
            except re.error as error:
                yield f"property {each.name} of {each.source}: {error}", "the expression must be readable"
                continue
            if found is None or found.re.groups != 1 or found[1] != each.value:
                yield (
                    f"property {each.name} of {each.source} does not take its value out of its line",
                    "group 1 is the value",
                )
