"""What a report says of its inputs beyond counts: times without a zone, records that no vendor source takes."""

from __future__ import annotations

from collections import defaultdict

from certhound.lake.build import Lake
from certhound.lake.reading import Part, whole_view
from certhound.sources.envelopes.generic import UNRECOGNISED

_SAMPLE = 100
_ZONELESS = "SELECT count(*) FROM whole_rows WHERE NOT time_zone_known"
_FIRST = """
SELECT origin_file, origin_line, substring(payload, 1, 400) FROM whole_rows ORDER BY origin_record LIMIT 1
"""


def input_notes(lake: Lake) -> list[str]:
    """Sentences for the report's notes, sources in order."""
    parts: dict[str, list[Part]] = defaultdict(list)
    for part in lake.parts:
        if part.whole and part.stored:
            parts[part.plan.shape.source].append(part)
    zoneless = {source: _without_zone(lake, source, found) for source, found in sorted(parts.items())}
    notes = _about_zones({source: count for source, count in zoneless.items() if count})
    return notes + [
        note for source, found in sorted(parts.items()) if (note := _unrecognised(lake, source, found)) is not None
    ]


def _without_zone(lake: Lake, source: str, parts: list[Part]) -> int:
    """How many times were taken for UTC because nobody says their zone."""
    if lake.profile.zones.of(source) is not None:
        return 0
    count = 0
    for part in parts:
        whole_view(lake.session, part, "whole_rows")
        count += int(lake.session.scalar(_ZONELESS) or 0)
    return count


def _about_zones(counts: dict[str, int]) -> list[str]:
    """One sentence, however many sources there are."""
    if not counts:
        return []
    total, first = sum(counts.values()), next(iter(counts))
    of = f" of {first}" if len(counts) == 1 else ""
    what = f"{total:,} times{of} state no zone and were" if total > 1 else f"one time of {first} states no zone and was"
    each = f" ({', '.join(f'{source} {count:,}' for source, count in counts.items())})" if len(counts) > 1 else ""
    return [f"{what} read as UTC{each}; --time-zone {first.partition('.')[0]}=ZONE says otherwise"]


def _unrecognised(lake: Lake, source: str, parts: list[Part]) -> str | None:
    if source.partition(".")[0] != UNRECOGNISED:
        return None
    count = sum(part.records for part in parts)
    whole_view(lake.session, parts[0], "whole_rows")
    [(file, line, payload)] = lake.session.execute(_FIRST).fetchall()
    text = " ".join(str(payload).split())
    shown = text if len(text) <= _SAMPLE else text[:_SAMPLE] + "…"
    form = source.partition(".")[2]
    what = f"{count:,} {form} records are" if count > 1 else f"one {form} record is"
    return f"{what} of no vendor that is known, and kept; the first: {file}:{line}: {shown}"
