"""Netskope: transaction events with and without a header, events of the API; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

from certhound.sources.vendors.netskope import COLUMNS

SAID = {
    "date": "2026-05-26", "time": "13:41:00", "time-taken": "640", "cs-bytes": "1977", "sc-bytes": "651",
    "bytes": "2628", "c-ip": "203.0.113.7", "s-ip": "198.51.100.9", "cs-username": "joe@example.test",
    "cs-method": "POST", "cs-uri-scheme": "https", "cs-user-agent": "agent/1 (a; b)", "sc-status": "200",
    "cs-dns": "shop.example.test", "cs-host": "shop.example.test", "cs-uri": "/a?b=1", "cs-uri-query": "b=1",
    "cs-uri-port": "443", "x-cs-timestamp": "1779802860", "x-cs-userip": "10.1.2.3", "x-type": "http_transaction",
    "x-cs-sni": "shop.example.test", "x-transaction-id": "77", "x-category": "Shopping, All", "x-ssl-bypass": "No",
    "x-cs-ssl-ja3": "2d908070f157946cc4ea9dca39dbe374", "x-sr-ssl-ja3s": "NotAvailable",
    "x-r-cert-subject-cn": "*.example.test", "x-r-cert-issuer-cn": "Example CA",
    "x-r-cert-startdate": "May  1 00:00:00 2026 GMT", "x-r-cert-enddate": "Aug  1 00:00:00 2026 GMT",
    "x-r-cert-valid": "No", "x-r-cert-expired": "Yes", "x-r-cert-untrusted-root": "Yes", "x-cs-src-port": "50001",
    "x-sr-ssl-version": "TLSv1.2", "x-sr-ssl-cipher": "ECDHE-RSA-AES128-GCM-SHA256", "x-cs-ssl-version": "TLSv1.3",
    "x-ssl-policy-action": "Decrypt", "x-policy-action": "alert", "x-s-dp-name": "DE-FRA1",
}  # fmt: skip
TLS = {
    "source": "netskope.transaction", "category": "tls", "time": "2026-05-26T13:41:00Z", "time_zone_known": True,
    "src_ip": "10.1.2.3", "src_port": 50001, "src_nat_ip": "203.0.113.7", "dst_ip": "198.51.100.9", "dst_port": 443,
    "dst_host": "shop.example.test", "url": "https://shop.example.test/a?b=1", "user": "joe@example.test",
    "sni": "shop.example.test", "action": "alert", "outcome": "allow", "tls_version": "1.2",
    "ja3": "2d908070f157946cc4ea9dca39dbe374", "ja3s": None, "cert_validation": "expired, untrusted root",
    "cert_subject": "*.example.test", "cert_issuer": "Example CA", "cert_not_after": "2026-08-01T00:00:00Z",
    "cert_not_before": "2026-05-01T00:00:00Z", "tls_state": "seen", "log_source": "DE-FRA1", "duration_s": 0.64,
    "user_agent": "agent/1 (a; b)", "http_status": 200, "verdict": "Shopping, All",
}  # fmt: skip
UNSAID = dict.fromkeys((name for name in SAID if name.startswith("x-r-cert")), "NotChecked")


def row(said: dict[str, str], separator: str) -> str:
    """A row in the documented order; what holds blanks or commas is in quotes."""
    cells = [said.get(name, "-") for name in COLUMNS]
    return separator.join(f'"{cell}"' if " " in cell or "," in cell else cell for cell in cells)


EVENT = (
    '{"timestamp":1779802860,"type":"%s","action":"%s","access_method":"Client","ccl":"unknown","user":"joe@example.test",'
    '"ur_normalized":"joe@example.test","srcip":"203.0.113.7","userip":"10.1.2.3","dstip":"198.51.100.9","dstport":443,'
    '"url":"shop.example.test/a","page":"shop.example.test","hostname":"PC-1","activity":"Browse","ja3s":"NotAvailable"%s}'
)

CASES = [
    Case("rows of CSV without a header", row(SAID, ",") + "\n" + row(SAID, ",") + ",more,columns", (TLS, TLS)),
    Case("rows with blanks between", row(SAID, " ") + "\n", (TLS,)),
    Case(
        "W3C with a header",
        "#Fields: " + " ".join(SAID) + "\n"
        + " ".join(f'"{value}"' if " " in value else value for value in SAID.values()),
        (TLS,),
    ),
    Case(
        "certificate not checked: re-signed; handshake failed; plain HTTP",
        row(SAID | UNSAID, ",") + "\n"
        + row(SAID | UNSAID | {"x-sr-ssl-handshake-error": "Yes", "x-policy-action": "block"}, ",") + "\n"
        + row({name: value for name, value in SAID.items() if not name.startswith("x-") or "type" in name}, ","),
        ({"tls_state": "resigned", "cert_validation": None, "cert_subject": None},
         {"tls_state": "failed", "outcome": "block"},
         {"category": "http", "time": "2026-05-26T13:41:00Z", "src_ip": "203.0.113.7", "tls_version": None}),
    ),
    Case(
        "events and alerts of the API",
        "\n".join((EVENT % ("nspolicy", "block", ""), EVENT % ("malsite", "block", ',"malsite_category":["Phishing"]'),
                   EVENT % ("connection", "", ',"conn_duration":3,"domain":"shop.example.test"'))),
        ({"source": "netskope.web", "category": "http", "time": "2026-05-26T13:41:00Z", "action": "block",
          "outcome": "block", "src_ip": "203.0.113.7", "dst_ip": "198.51.100.9", "dst_port": 443, "computer": "PC-1",
          "user": "joe@example.test", "dst_host": "shop.example.test", "url": "shop.example.test/a",
          "event_type": "Browse", "fields.userip": "10.1.2.3"},
         {"source": "netskope.alert", "category": "verdict", "verdict": "Phishing"},
         {"source": "netskope.connection", "action": None, "duration_s": 3.0}),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_records_become_rows(case: Case, tmp_path: Path) -> None:
    """Each record as the vendor documents it."""
    check(case, tmp_path)
