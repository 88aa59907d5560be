"""Mail gateways: Mimecast, Abnormal, Google Workspace, Proofpoint's logs; every name and address is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from vendor_cases import Case, check

MIMECAST = {
    "aggregateId": "a", "processingId": "p", "accountId": "C1", "timestamp": 1779802860579, "action": "Acc",
    "senderEnvelope": "bounce@example.test", "senderHeader": "jane@example.test", "messageId": "<1@example.test>",
    "subject": "Hello", "recipients": "joe@example.org", "senderIp": "203.0.113.7", "tlsVersion": "TLSv1.3",
    "tlsCipher": "TLS_AES_256_GCM_SHA384", "type": "receipt", "subtype": "Acc", "virusFound": None,
}  # fmt: skip
MAIL = {
    "category": "mail", "mail_from": "jane@example.test", "mail_sender": "bounce@example.test",
    "mail_to": "joe@example.org", "mail_subject": "Hello", "mail_message_id": "1@example.test",
    "src_ip": "203.0.113.7",
}  # fmt: skip
PAIRS = (
    "datetime=2026-05-26T14:41:00+0100|aCode=a1|acc=C1|Act=Rej|Sender=<>|Rcpt=joe@example.org|IP=203.0.113.7|"
    "Subject=a b|MsgId=<1@example.test>|TlsVer=TLSv1.2|Cphr=ECDHE-RSA-AES256-GCM-SHA384"
)
CLICKED = {
    "userEmailAddress": "joe@example.org", "fromUserEmailAddress": "jane@example.test", "action": "warn",
    "url": "https://www.example.test/?a=1", "scanResult": "malicious", "sendingIp": "203.0.113.7",
    "date": "2026-05-26T13:41:00+0000", "creationMethod": "User Click", "messageId": "\\u003c1@example.test\\u003e",
}  # fmt: skip
ABNORMAL = {
    "abxMessageId": -4898763529198204348, "attackType": "Phishing: Credential", "fromAddress": "jane@example.test",
    "internetMessageId": "<1@example.test>", "receivedTime": "2026-05-26T13:41:00Z", "subject": "Hello",
    "remediationStatus": "Auto-Remediated", "toAddresses": ["joe@example.org"], "returnPath": "bounce@example.test",
    "senderIpAddress": "203.0.113.7", "urls": [], "links": [{"url": "https://www.example.test/"}],
}  # fmt: skip
DEMAND = {
    "connection": {"ip": "203.0.113.7", "tls": {"inbound": {"version": "TLSv1.2", "cipher": "0xC02F"}}},
    "filter": {"disposition": "discard"}, "guid": "g1", "ts": "2026-05-26T06:41:00.5-0700", "type": "message",
    "msg": {"header": {"from": ['"J" <jane@example.test>'], "message-id": ["<1@example.test>"], "subject": ["Hello"]},
            "parsedAddresses": {"from": ["jane@example.test"], "to": ["joe@example.org"]}},
    "envelope": {"from": "bounce@example.test", "rcpts": ["joe@example.org", "other@example.org"]},
}  # fmt: skip
MAILLOG = {
    "data": "sendmail[7]: x: to=<joe@example.org>", "ts": "2026-05-26T06:41:00.5-0700", "type": "maillog", "id": "i1",
    "tls": {"version": "TLSv1.3", "cipher": "NONE", "verify": "OK"}, "pps": {"agent": "m1.example.test"},
    "sm": {"to": ["<joe@example.org>"], "from": "<bounce@example.test>", "qid": "q1", "stat": "Sent",
           "relay": "mx.example.org [198.51.100.7]"},
}  # fmt: skip
ALERT = {
    "alertId": "9", "createTime": "2026-05-26T13:41:00.5Z", "type": "User reported phishing",
    "source": "Gmail phishing",
    "data": {"@type": "type.googleapis.com/google.apps.alertcenter.type.MailPhishing",
             "maliciousEntity": {"fromHeader": "jane@example.test"},
             "messages": [{"messageId": "1@example.test", "recipient": "joe@example.org", "subjectText": "Hello"}]},
}  # fmt: skip
ACTIVITY = {
    "kind": "admin#reports#activity", "id": {"time": "2026-05-26T13:41:00.5Z", "applicationName": "admin"},
    "actor": {"email": "admin@example.org"}, "ipAddress": "2001:db8::7",
    "events": [{"type": "USER", "name": "CREATE_USER",
                "parameters": [{"name": "USER_EMAIL", "value": "n@example.org"}]}],
}  # fmt: skip


def by_position(value: Any) -> tuple[Any, list[dict[str, Any]] | None]:
    """A value as BigQuery writes it, ``{"v": …}``, and the schema of its parts."""
    if isinstance(value, dict):
        made = [by_position(each) for each in value.values()]
        schema = [
            {"name": name, "mode": "NULLABLE"} | ({"fields": inner} if inner else {})
            for name, (_, inner) in zip(value, made, strict=True)
        ]
        return {"v": {"f": [cell for cell, _ in made]}}, schema
    if isinstance(value, list):
        return {"v": [by_position(each)[0] for each in value]}, by_position(value[0])[1]
    return {"v": value}, None


GMAIL = {
    "event_info": {"timestamp_usec": "1779802860500000"},
    "message_info": {
        "rfc2822_message_id": "<1@example.test>", "subject": "Hello",
        "source": {"address": "bounce@example.test", "from_header_address": "jane@example.test"},
        "destination": [{"address": "joe@example.org"}],
        "connection_info": {"client_ip": "203.0.113.7", "smtp_tls_version": "TLSv1.3"}, "is_spam": "true",
        "link_domain": ["www.example.test"],
    },
}  # fmt: skip
ROW, FIELDS = by_position(GMAIL)

CASES = [
    Case(
        "Mimecast: a receipt, a bounce as pairs, a click",
        "\n".join((json.dumps(MIMECAST), PAIRS, json.dumps(CLICKED))),
        (MAIL | {"source": "mimecast.mail", "time": "2026-05-26T13:41:00.579000Z", "action": "Acc", "outcome": "allow",
                 "tls_version": "1.3", "cipher": "TLS_AES_256_GCM_SHA384", "event_type": "receipt"},
         {"source": "mimecast.mail", "time": "2026-05-26T13:41:00Z", "mail_from": None, "outcome": "block",
          "mail_subject": "a b", "mail_message_id": "1@example.test", "tls_version": "1.2"},
         {"source": "mimecast.url", "category": "click", "user": "joe@example.org", "src_ip": None,
          "url": "https://www.example.test/?a=1", "dst_host": "www.example.test", "verdict": "malicious",
          "mail_from": "jane@example.test", "mail_message_id": "1@example.test"}),
    ),
    Case(
        "Abnormal",
        json.dumps(ABNORMAL),
        (MAIL | {"source": "abnormal.threat", "time": "2026-05-26T13:41:00Z", "verdict": "Phishing: Credential",
                 "outcome": "block", "mail_urls": ["https://www.example.test/"],
                 "fields.abxMessageId": "-4898763529198204348"},),
    ),
    Case(
        "Proofpoint on Demand: a message, sendmail's log",
        json.dumps(DEMAND) + "\n" + json.dumps(MAILLOG),
        (MAIL | {"source": "proofpoint.demand", "time": "2026-05-26T13:41:00.500000Z", "outcome": "block",
                 "tls_version": "1.2", "cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
         {"source": "proofpoint.maillog", "mail_sender": "bounce@example.test", "mail_to": "joe@example.org",
          "src_ip": "198.51.100.7", "tls_version": "1.3", "cipher": None, "log_source": "m1.example.test"}),
    ),
    Case(
        "Google: an alert, an activity",
        json.dumps(ALERT) + "\n" + json.dumps(ACTIVITY),
        ({"source": "google_workspace.alert", "category": "verdict", "mail_from": "jane@example.test",
          "mail_to": "joe@example.org", "mail_subject": "Hello", "mail_message_id": "1@example.test",
          "verdict": "User reported phishing", "time": "2026-05-26T13:41:00.500000Z"},
         {"source": "google_workspace.activity", "user": "admin@example.org", "src_ip": "2001:db8::7",
          "action": "CREATE_USER", "target_user": "n@example.org", "event_type": "USER"}),
    ),
    Case(
        "Gmail in BigQuery: by position, by name",
        json.dumps({"row": ROW["v"], "schema": {"fields": FIELDS}}) + "\n" + json.dumps(GMAIL),
        (MAIL | {"source": "google_workspace.gmail", "time": "2026-05-26T13:41:00.500000Z", "tls_version": "1.3",
                 "verdict": "spam", "mail_urls": ["https://www.example.test/"]},) * 2,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_records_become_rows(case: Case, tmp_path: Path) -> None:
    """Each record as the vendor documents it."""
    check(case, tmp_path)
