"""Where Windows says that this very certificate came into a store or was used: by its SHA-1."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.joins.evidence import PRINT
from certhound.findings.report import Related
from certhound.lake.build import Lake
from certhound.model.levels import Confidence

_FOUND = f"""
SELECT p.kind, p.key, e.source, e.category, e.computer, e."user", e.process, e.action, e.registry_key, {AGGREGATES}
FROM evidence e JOIN join_prints p ON p.sha1 = e.print WHERE e.category IN ('certificate_service', 'registry')
GROUP BY ALL
"""  # noqa: S608 - fixed texts of our own


def _relate(lake: Lake) -> Iterator[tuple[str, str, Related]]:
    for row in rows(lake, _FOUND):
        found = relation(lake, row, "thumbprint", ("sha1",), Confidence.HIGH, _text(row), "endpoint")
        yield row["kind"], row["key"], found


def _text(row: Row) -> str:
    by = " by ".join(each for each in ("", row["process"]) if each or row["process"])
    user = f" ({row['user']})" if row["user"] else ""
    where = row["computer"] or "a host"
    if row["registry_key"]:
        return f"on {where} it was written to {row['registry_key']}{by}{user}{times(row['records'])}"
    return f"on {where}: {row['action'] or 'used'}{by}{user}{times(row['records'])}"


_TOLD = f"{PRINT} IN (SELECT sha1 FROM join_prints)"  # noqa: S608 - fixed texts of our own
JOIN = Join("thumbprint", {"certificate_service": _TOLD, "registry": _TOLD}, _relate)
