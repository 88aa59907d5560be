"""``certhound drill list``: which drills there are."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

from cyclopts import Parameter


def list_drills(
    *, format: Annotated[Literal["table", "json"], Parameter(help="table for people, json for programs.")] = "table"
) -> None:
    """List the drills: what each does, its techniques, and what it needs that is missing here."""
    import json

    from certhound.cli.tables import write_table
    from certhound.lab.drills.plan import drills
    from certhound.lab.drills.run import missing

    found = list(drills())
    if format == "json":
        rows = [
            {"name": each.name, "title": each.plan.title, "techniques": each.techniques, "missing": missing(each)}
            for each in found
        ]
        print(json.dumps(rows, indent=1))  # noqa: T201
        return
    cells = [
        (
            each.name,
            each.plan.title,
            ", ".join(each.techniques),
            "constructed" if each.plan.constructed else missing(each),
        )
        for each in found
    ]
    write_table(sys.stdout, ("name", "title", "techniques", "remark"), cells)


COMMAND = list_drills
