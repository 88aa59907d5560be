"""Google Workspace: activities of the Reports API, alerts of the Alert Center, Gmail's log in BigQuery.

https://developers.google.com/admin-sdk/reports, https://developers.google.com/admin-sdk/alertcenter,
https://support.google.com/a/answer/7230050
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certhound.sources.envelopes.objects import at
from certhound.sources.envelopes.objects import read as read_object
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read, Source_, address, moment, text, tls_version
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import cipher

_MAX_DEPTH = 12


def _first_event(record: Record) -> Mapping[str, Any]:
    events = at(record.object, "events")
    first = events[0] if isinstance(events, list) and events else events
    return first if isinstance(first, dict) else {}


def _event(key: str) -> Source_:
    def read(record: Record) -> str | None:
        said = _first_event(record).get(key)
        return said if isinstance(said, str) and said else None

    return read


def _parameter(*names: str) -> Source_:
    """A parameter of the first event that has it, whatever its type is called."""

    def read(record: Record) -> str | None:
        parameters = _first_event(record).get("parameters")
        for each in parameters if isinstance(parameters, list) else ():
            if isinstance(each, dict) and each.get("name") in names:
                said = each.get("value", each.get("intValue", each.get("multiValue")))
                return ", ".join(map(str, said)) if isinstance(said, list) else None if said is None else str(said)
        return None

    return read


ACTIVITY = Log(
    "google_workspace.activity",
    "other",
    moment("id.time"),
    {
        "log_source": text("id.applicationName"),
        "event_type": _event("type"),
        "event_id": text("id.uniqueQualifier"),
        "action": _event("name"),
        "src_ip": address("ipAddress"),
        "user": text("actor.email", "actor.key"),
        "target_user": _parameter("USER_EMAIL", "target_user", "affected_email_address"),
        "url": _parameter("url", "URL", "TRIGGER_URL", "link_url"),
    },
)


def _messages(record: Record) -> list[Mapping[str, Any]]:
    found = at(record.object, "data", "messages")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _of_messages(key: str) -> Source_:
    def read(record: Record) -> str | None:
        said = [each[key] for each in _messages(record) if isinstance(each.get(key), str) and each[key]]
        return ", ".join(dict.fromkeys(said)) or None

    return read


def _first_of_messages(key: str) -> Source_:
    def read(record: Record) -> str | None:
        said = next((each[key] for each in _messages(record) if isinstance(each.get(key), str) and each[key]), None)
        return None if said is None else said.strip("<>") or None

    return read


_ALERT: dict[str, Source_] = {
    "log_source": text("source"),
    "event_type": text("data.@type"),
    "event_id": text("alertId"),
    "action": text("data.systemActionType"),
    "src_ip": address("data.sourceIp", "data.loginDetails.ipAddress"),
    "user": text("data.email", "data.actorEmail"),
    "mail_from": text("data.maliciousEntity.fromHeader", "data.maliciousEntity.entity.emailAddress"),
    "mail_to": _of_messages("recipient"),
    "mail_subject": _first_of_messages("subjectText"),
    "mail_message_id": _first_of_messages("messageId"),
    "verdict": text("type"),
}
ALERT = Log("google_workspace.alert", "verdict", moment("createTime", "startTime"), _ALERT)

_GMAIL: dict[str, Source_] = {
    "event_type": text("event_type", "event_name"),
    "event_id": text("event_id", "unique_identifier"),
    "src_ip": address("message_info.connection_info.client_ip", "message_info.connection_info.smtp_in_connect_ip"),
    "mail_from": text("message_info.source.from_header_address", "message_info.source.address"),
    "mail_sender": text("message_info.source.address"),
    "mail_to": lambda record: _destinations(record),
    "mail_subject": text("message_info.subject"),
    "mail_message_id": Read(("message_info.rfc2822_message_id",), lambda value: value.strip("<> ") or None),
    "mail_urls": lambda record: _link_domains(record),
    "tls_version": tls_version("message_info.connection_info.smtp_tls_version"),
    "cipher": cipher("message_info.connection_info.smtp_tls_cipher"),
    "outcome": lambda record: "block" if record.get("message_info.is_spam") == "true" else None,
    "verdict": lambda record: "spam" if record.get("message_info.is_spam") == "true" else None,
}
GMAIL = Log("google_workspace.gmail", "mail", moment("event_info.timestamp_usec", "time_usec"), _GMAIL)


def _destinations(record: Record) -> str | None:
    found = at(record.object, "message_info", "destination")
    said = [each.get("address") for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return ", ".join(each for each in said if isinstance(each, str)) or None


def _link_domains(record: Record) -> list[str] | None:
    """Only the hosts of links are logged; each is given as a link to that host."""
    found = at(record.object, "message_info", "link_domain")
    said = [f"https://{each}/" for each in found if isinstance(each, str) and each] if isinstance(found, list) else []
    return said or None


def _named(cells: object, fields: object, depth: int = 0) -> dict[str, Any]:
    """BigQuery's rows, ``{"f": [{"v": …}]}``, by the names of the schema that stands beside them."""
    made: dict[str, Any] = {}
    row = cells.get("f") if isinstance(cells, dict) else None
    if not isinstance(row, list) or not isinstance(fields, list) or depth > _MAX_DEPTH:
        return made
    for cell, field in zip(row, fields, strict=False):
        if not isinstance(cell, dict) or not isinstance(field, dict) or not isinstance(name := field.get("name"), str):
            continue
        value, inner = cell.get("v"), field.get("fields")
        if isinstance(value, list):
            items = [each.get("v") for each in value if isinstance(each, dict)]
            made[name] = [_named(each, inner, depth + 1) for each in items] if inner else items
        elif value is not None:
            made[name] = _named(value, inner, depth + 1) if inner else value
    return made


def _of_bigquery(record: Record) -> Log | None:
    named = _named(at(record.object, "row"), at(record.object, "schema", "fields"))
    if "message_info" not in named and "event_info" not in named:
        return None
    again = read_object(named, record.text, record.payload)
    record.values, record.object = again.values, again.object
    return GMAIL


def log_of(record: Record) -> Log | None:
    """Activities by ``kind`` or the parts of ``id``, alerts by the type of their data, Gmail by ``message_info``."""
    values = record.values
    if "id.applicationName" in values and "id.time" in values and ("events" in values or "actor.email" in values):
        return ACTIVITY
    if "alertId" in values and "data.@type" in values:
        return ALERT
    if "message_info.rfc2822_message_id" in values or "message_info.source.address" in values:
        return GMAIL
    return _of_bigquery(record) if "row.f" in values and "schema.fields" in values else None


VENDOR = Vendor(
    name="google_workspace",
    title="Google Workspace (reports, alerts, Gmail)",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=(ACTIVITY, ALERT, GMAIL),
    log_source_type="Google G Suite Activity Reports",
)

PAGE = Page(
    recognise=(
        "Activities: `id.applicationName` with `id.time`; alerts: `alertId` with `data.@type`; Gmail's log in "
        "BigQuery: `message_info`, by name or as rows by position with their schema beside.",
    ),
    options=("Gmail's log must be exported to BigQuery: Apps > Google Workspace > Gmail > Setup > Email logs.",),
    gaps=(
        "Of an activity with several events the first is named; all are kept in `fields`.",
        "Gmail logs hosts of links, no URLs: `mail_urls` has `https://host/` for each.",
        "TLS fields are those of the delivery of the mail and name no certificate.",
    ),
    references=(
        "Reports: <https://developers.google.com/admin-sdk/reports>",
        "Alerts: <https://developers.google.com/admin-sdk/alertcenter>",
        "Gmail in BigQuery: <https://support.google.com/a/answer/7230050>",
    ),
)
