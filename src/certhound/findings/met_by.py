"""Which clients met an entity when: the starts of their sessions, thinned, for the picture that shows a beacon.

Times of single sessions are only kept for contacts that were looked at for regularity (few clients, nobody vouches),
and those are the ones whose picture is worth drawing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from certhound.findings.report import MetBy
from certhound.lake.build import Lake

CLIENTS = 6
TIMES = 120

_TIMES = """
SELECT t.entity_kind, t.entity_key, i.src_ip, list(i.time ORDER BY i.time) AS times
FROM (SELECT DISTINCT entity_kind, entity_key, certificate, contact FROM top_contacts) t
JOIN interval_times i ON i.certificate IS NOT DISTINCT FROM t.certificate AND i.contact = t.contact
GROUP BY t.entity_kind, t.entity_key, i.src_ip
"""


def met_by(lake: Lake) -> dict[tuple[str, str], tuple[MetBy, ...]]:
    """By kind and key of the entity: the clients with most sessions, and when these began."""
    found: dict[tuple[str, str], list[MetBy]] = defaultdict(list)
    for kind, key, client, times in lake.session.execute(_TIMES).fetchall():
        moments = [moment.replace(tzinfo=UTC) for moment in times if moment is not None]
        if moments:
            found[kind, key].append(MetBy(client or "unknown", len(times), moments[0], moments[-1], _thinned(moments)))
    return {
        entity: tuple(sorted(clients, key=lambda each: (-each.sessions, each.client))[:CLIENTS])
        for entity, clients in found.items()
    }


def _thinned(moments: Sequence[datetime]) -> tuple[datetime, ...]:
    """At most TIMES of them, evenly taken, the first and the last among them."""
    if len(moments) <= TIMES:
        return tuple(moments)
    step = (len(moments) - 1) / (TIMES - 1)
    return tuple(moments[round(place * step)] for place in range(TIMES))
