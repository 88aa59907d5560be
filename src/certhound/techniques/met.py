"""What the records of a lake really hold: by source and category how many there are, and which columns are filled.

Read from the statistics of the lake's Parquet files, so that it takes no longer for a large lake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from certhound.lake.store.journal import Journal
from certhound.query.reference import evaluate
from certhound.rules import Rule, could_match
from certhound.rules.build import schema_of


@dataclass(slots=True)
class Kind:
    """Records of one source and category: how many, and in how many of them each column has a value."""

    source: str
    category: str
    records: int = 0
    filled: Counter[str] = field(default_factory=Counter)


def kinds_of(lake: Path) -> list[Kind]:
    """Every kind of record in a lake. Raises located errors where there is no lake."""
    found: dict[tuple[str, str], Kind] = {}
    with Journal(lake).reading() as state:
        for path, stored in state.events.items():
            key = (stored.shape.source, stored.shape.category)
            kind = found.setdefault(key, Kind(*key))
            kind.records += stored.file.rows
            kind.filled += _filled(lake / path)
    met = [each for each in found.values() if each.records and each.source]
    return sorted(met, key=lambda each: (each.source, each.category))


def _filled(file: Path) -> Counter[str]:
    """Values of each column; without statistics every one counts."""
    metadata = pq.read_metadata(file)
    found: Counter[str] = Counter()
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for number in range(row_group.num_columns):
            column = row_group.column(number)
            statistics = column.statistics
            nulls = statistics.null_count if statistics is not None and statistics.has_null_count else 0
            found[column.path_in_schema.split(".", 1)[0]] += column.num_values - (nulls or 0)
    return found


def empty_columns(rule: Rule, kinds: Iterable[Kind]) -> tuple[str, ...]:
    """Columns that a rule about records reads and no record that it could match has, where it cannot do without."""
    fitting = [kind for kind in kinds if could_match(rule, kind.source, kind.category)]
    empty = [name for name in rule.columns if not any(kind.filled[name.partition(".")[0]] for kind in fitting)]
    return tuple(empty) if fitting and empty and not _does_without(rule, empty) else ()


def _does_without(rule: Rule, empty: Iterable[str]) -> bool:
    """Whether an event of the rule's own still matches when these columns are absent."""
    schema, absent = schema_of(rule.table), dict.fromkeys(empty)
    return any(evaluate(rule.predicate, schema, {**each.row, **absent}) is True for each in rule.positive)
