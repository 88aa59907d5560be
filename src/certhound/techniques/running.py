"""Running a package's queries over files: AQL through our console, the jq form through jq."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from certhound.model.profile import Profile
from certhound.qradar.catalogue.console import catalogue_of
from certhound.qradar.running.own_tables import own_tables
from certhound.qradar.running.run import Console, Row
from certhound.qradar.running.store import Store
from certhound.techniques.filled import EXAMPLES, aql, needs
from certhound.techniques.package import Query


def console_over(paths: Iterable[Path], profile: Profile) -> Console:
    """A console with our properties over files of logs; it stands at the newest record."""
    from certhound.lake.rows import events

    store = Store()
    own = own_tables(events(paths, profile), profile, store)
    catalogue = catalogue_of(None, own=True).with_site_names(own.log_sources)
    newest = max((found for table in own.tables.values() if (found := table.newest()) is not None), default=0)
    return Console(catalogue, own.tables, newest, store=store)


def rows(console: Console, query: Query | str, values: Mapping[str, str] = EXAMPLES) -> list[Row]:
    """The result of a query's AQL. Raises located errors, as a console would refuse it."""
    return list(console.rows(aql(query, values)))


def jq_rows(lines: bytes, query: Query, values: Mapping[str, str] = EXAMPLES) -> list[object]:
    """The result of a query's jq form over JSON lines; needs jq. Raises CalledProcessError for a wrong filter."""
    arguments = [word for name in needs(query) for word in ("--arg", name, values[name])]
    done = subprocess.run(["jq", "-c", *arguments, query.jq], input=lines, capture_output=True, check=True, timeout=60)
    return [json.loads(line) for line in io.BytesIO(done.stdout)]
