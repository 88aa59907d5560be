"""Recipes name what the kit has: reference sets, building blocks, ready queries."""

from __future__ import annotations

import re

from certhound.techniques.check.base import Check, Found, Subject

_SET = re.compile(r"reference set(?:\(s\))?:? (certhound [a-z ]+?)(?= the value|, where|$|,)")


class KitNames(Check):
    id = "kit-names"
    summary = "recipes name sets, building blocks and queries that the kit has"

    def found(self, it: Subject) -> Found:
        kit = it.package.kit
        if kit is None:
            return
        sets = {each.name for each in kit.reference_set}
        blocks = {each.name: each for each in kit.building_block}
        for recipe in kit.recipe:
            named = [blocks[name] for name in recipe.building_blocks if name in blocks]
            said = [*recipe.test, *recipe.responses, *(test for block in named for test in block.tests)]
            for name in sorted({*recipe.sets, *(found for text in said for found in _SET.findall(text))} - sets):
                yield f"recipe {recipe.title!r}: there is no reference set {name!r}", f"sets are {', '.join(sets)}"
            for name in recipe.building_blocks:
                if name not in blocks:
                    yield f"recipe {recipe.title!r}: there is no building block {name!r}", "add it to the kit"
            if recipe.aql and recipe.aql not in it.package.aql:
                yield f"recipe {recipe.title!r}: there is no query {recipe.aql!r}", "name a file of the folder aql"
