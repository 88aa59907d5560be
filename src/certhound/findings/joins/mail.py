"""Which mail brought a link to the name: by the host of the link.

A name that many mails link to says little of any of them; the host is all that a link and a session share.
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.joins.evidence import LINK_HOSTS
from certhound.findings.report import Related
from certhound.lake.build import Lake
from certhound.model.levels import Confidence

_FOUND = f"""
SELECT n.kind, n.key, n.name, e.source, e.mail_from, e.mail_to, e.mail_subject, e.mail_message_id,
    max(e.verdict) AS verdict, arg_min(e.link, e.id) AS link, {AGGREGATES}
FROM (SELECT *, unnest(link_hosts) AS link_host, unnest(links) AS link FROM evidence WHERE category = 'mail') e
JOIN join_names n ON n.name = e.link_host
GROUP BY n.kind, n.key, n.name, e.source, e.mail_from, e.mail_to, e.mail_subject, e.mail_message_id
"""  # noqa: S608 - fixed texts of our own


def _relate(lake: Lake) -> Iterator[tuple[str, str, Related]]:
    for row in rows(lake, _FOUND):
        certainty = Confidence.MEDIUM
        yield row["kind"], row["key"], relation(lake, row, "mail", ("host of the link",), certainty, _text(row), "mail")


def _text(row: Row) -> str:
    subject = f" \u201c{row['mail_subject']}\u201d" if row["mail_subject"] else ""
    sender = f" from {row['mail_from']}" if row["mail_from"] else ""
    readers = f" to {row['mail_to']}" if row["mail_to"] else ""
    number = f" ({row['mail_message_id']})" if row["mail_message_id"] else ""
    verdict = f"; judged {row['verdict']}" if row["verdict"] else ""
    return f"a mail{subject}{sender}{readers}{number} links to {row['link']}{verdict}{times(row['records'])}"


_TOLD = f"list_has_any({LINK_HOSTS}, (SELECT list(DISTINCT name) FROM join_names))"  # noqa: S608 - fixed texts
JOIN = Join("mail", {"mail": _TOLD}, _relate)
