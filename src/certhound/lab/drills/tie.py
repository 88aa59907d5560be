"""Whether a rule's finding is about what a record tells of: the same certificate, name, server or host.

That a rule raised some finding in a run proves nothing: another step may have given it cause. So a finding counts for a
record only where its entity is that of the record, and, for a rule over records, where the rule holds for that record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from certhound.findings.report import Entity, Finding
from certhound.model.columns import EVENTS
from certhound.query.reference import evaluate
from certhound.query.schema import Schema
from certhound.rules import Rule
from certhound.rules.build import schema_of

Row = Mapping[str, Any]


class Raised:
    """The findings of a run by rule."""

    def __init__(self, findings: Iterable[Finding], rules: Iterable[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.findings: dict[str, list[Finding]] = {}
        for finding in findings:
            for signal in finding.signals:
                self.findings.setdefault(signal.rule, []).append(finding)
        self._schema: Schema = schema_of(EVENTS.name)

    def about(self, rule: str, rows: Sequence[Row]) -> list[Finding]:
        """Findings that this rule raised about one of the rows, each once."""
        fitting = [row for row in rows if self._holds(rule, row)]
        return [each for each in self.findings.get(rule, ()) if any(is_about(each, row) for row in fitting)]

    def _holds(self, name: str, row: Row) -> bool:
        rule = self.rules.get(name)
        if rule is None or rule.table != EVENTS.name:
            return True
        return evaluate(rule.where, self._schema, dict(row)) is True


def is_about(finding: Finding, row: Row) -> bool:
    """Whether the entity of a finding is the one that a record tells of."""
    entity = finding.entity
    if entity.kind == "certificate":
        return _is_certificate(finding, row)
    wanted = {
        "name": (row.get("sni"), row.get("dst_host")),
        "destination": (f"{row.get('dst_ip')}:{row.get('dst_port')}", row.get("dst_ip")),
        "host": (row.get("computer"), row.get("log_source")),
    }.get(entity.kind, ())
    return entity.key.casefold() in {str(each).casefold() for each in wanted if each}


def _is_certificate(finding: Finding, row: Row) -> bool:
    """By its bytes' hash, else by what the record states of it, else by where it was met."""
    entity = finding.entity
    hashes = [(row.get("certificate_id"), entity.key), (row.get("cert_sha256"), entity.sha256)]
    hashes.append((row.get("cert_sha1"), entity.sha1))
    known = [(mine, theirs) for mine, theirs in hashes if mine and theirs]
    if any(mine == theirs for mine, theirs in known):
        return True
    if row.get("cert_sha256") and entity.sha256:
        return False
    if row.get("cert_subject") and row.get("cert_issuer"):
        return _states(row, entity)
    where = f"{row.get('dst_ip')}:{row.get('dst_port')}"
    return any(each.destination == where and each.name in (None, row.get("sni")) for each in finding.meetings)


def _states(row: Row, entity: Entity) -> bool:
    serials = (row.get("cert_serial"), entity.serial)
    return (
        row["cert_subject"] == entity.subject
        and row["cert_issuer"] == entity.issuer
        and (not all(serials) or serials[0] == serials[1])
    )
