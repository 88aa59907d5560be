"""Exceptions that are copied are parts of a profile, and end."""

from __future__ import annotations

import re

from certhound.techniques.check.base import Check, Found, Subject


class Exceptions(Check):
    id = "exceptions"
    summary = "examples of exceptions fit the profile and end"

    def found(self, it: Subject) -> Found:
        from certhound.model.profile_file import TABLES as PROFILE

        for each in it.package.tuning.false_positive if it.package.tuning else ():
            tables = re.findall(r"^\[+(\w+)\]+", each.exception, re.MULTILINE)
            if not tables or set(tables) - set(PROFILE):
                yield f"false positive {each.id}: its example is no part of a profile", "docs/profile.md has the tables"
            if "[[exception]]" in each.exception and "expires" not in each.exception:
                yield f"false positive {each.id}: the exception never ends", "give it an end"
