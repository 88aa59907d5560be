"""``certhound aql fields``: what a query can name."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from certhound.cli.options import Output
from certhound.cli.sink import text_sink

Word = Annotated[str, Parameter(help="Only what has this word in its name, type or meaning.")]
SiteName = Annotated[
    str | None,
    Parameter(
        name="--site", help="A site file (YAML or JSON), or stock; without it the site of certhound's own files."
    ),
]


def fields(
    word: Word = "",
    /,
    *,
    site: SiteName = None,
    format: Annotated[Literal["table", "json"], Parameter(help="json is one object a line.")] = "table",
    output: Output = None,
) -> None:
    """List the fields, properties, functions and names of ids that a query can use.

    Columns of events, flows and simarc; custom properties of the site; functions; log source types, categories and
    other ids with their names.
    """
    from certhound.qradar.catalogue.console import catalogue_of, search

    found = search(catalogue_of(site, own=True), word)
    with text_sink(output) as stream:
        if format == "json":
            from certhound.cli.json_text import json_object

            for entry in found:
                stream.write(json_object(entry))
            return
        from certhound.cli.tables import write_table

        if not found:
            stream.write(f"nothing has {word!r} in it\n")
            return
        rows = [(entry.kind, entry.name, entry.type, entry.meaning) for entry in found]
        write_table(stream, ("kind", "name", "type", "meaning"), rows)


COMMAND = fields
