"""Cisco's web appliance: access logs of several versions; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

START = "1772728638.123 382 10.1.2.3 {result}/200 4646 {method} {url} {user} DIRECT/198.51.100.7 text/html {tag} "
LONG = '<IW_news,6.5,-,"-",-,-,-,12,"a.dll",382,"7EE2C45DB",-,[Remote],"-","a,b"> "-" "Mozilla/5.0 (X; y) Z/1" - -'
SHORT = "<nc,ns> -"
GET = {"result": "TCP_MISS_SSL", "method": "GET", "url": "http://www.example.test/a", "user": '"CORP\\joe@AD"'}
CONNECT = {"result": "TCP_CONNECT", "method": "CONNECT", "url": "tunnel://www.example.test:8443/", "user": "-"}
W3C = (
    "#Fields: timestamp x-elapsed-time c-ip x-resultcode-httpstatus sc-bytes cs-method cs-url cs-username "
    "x-hierarchy-origin cs-mime-type x-acltag x-webcat-code-abbr cs(User-Agent)\n"
    '1772728638.123 5 10.1.2.3 TCP_MISS/200 77 CONNECT tunnel://www.example.test:443/ "CORP\\joe" '
    'DIRECT/198.51.100.7 - DECRYPT_WEBCAT_7-Policy-NONE IW_news "Agent/1 (x)"\n'
)

CASES = [
    Case(
        "long and short verdicts, blocked, decrypted, passed through, dropped",
        "  " + START.format(**GET, tag="DEFAULT_CASE_12-Policy-NONE") + LONG + "\n"
        + START.format(**GET, tag="BLOCK_WEBCAT_12-Policy") + SHORT + "\n"
        + START.format(**CONNECT, tag="DECRYPT_WBRS_12-Policy") + LONG + "\n"
        + START.format(**CONNECT, tag="PASSTHRU_ADMIN_12-Policy") + LONG + "\n"
        + START.format(**CONNECT, tag="DROP_WEBCAT_12-Policy") + SHORT,
        ({"source": "cisco_wsa.access", "category": "http", "time": "2026-03-05T16:37:18.123000Z", "src_ip": "10.1.2.3",
          "dst_ip": "198.51.100.7", "dst_port": 80, "url": "http://www.example.test/a", "user": "CORP\\joe",
          "action": "DEFAULT_CASE", "outcome": "allow", "event_type": "TCP_MISS_SSL", "http_status": 200,
          "user_agent": "Mozilla/5.0 (X; y) Z/1", "verdict": "IW_news", "duration_s": 0.382, "bytes_in": 4646},
         {"action": "BLOCK_WEBCAT", "outcome": "block", "category": "http"},
         {"action": "DECRYPT_WBRS", "category": "tls", "tls_state": "resigned", "dst_port": 8443,
          "dst_host": "www.example.test", "user": None},
         {"action": "PASSTHRU_ADMIN", "category": "tls", "tls_state": "not_logged"},
         {"action": "DROP_WEBCAT", "category": "tls", "tls_state": "failed", "outcome": "block"}),
    ),
    Case(
        "behind headers",
        "<13>Mar  5 16:37:18 wsa-1 " + START.format(**GET, tag="ALLOW_CUSTOMCAT_1-P") + LONG + "\n"
        + "<38>Mar  5 16:37:18 wsa-1 accesslogs: Info: " + START.format(**GET, tag="ALLOW_CUSTOMCAT_1-P") + LONG,
        ({"log_source": "wsa-1", "action": "ALLOW_CUSTOMCAT", "src_ip": "10.1.2.3"},
         {"log_source": "wsa-1", "action": "ALLOW_CUSTOMCAT", "src_ip": "10.1.2.3"}),
    ),
    Case(
        "W3C",
        W3C,
        ({"category": "tls", "tls_state": "resigned", "action": "DECRYPT_WEBCAT", "event_type": "TCP_MISS",
          "http_status": 200, "dst_ip": "198.51.100.7", "dst_port": 443, "user": "CORP\\joe", "verdict": "IW_news",
          "user_agent": "Agent/1 (x)", "time": "2026-03-05T16:37:18.123000Z"},),
    ),
    Case(
        "about the system",
        "Mon May 04 12:59:58 2026 Info: Time offset from UTC: 113 seconds",
        ({"source": "cisco_wsa.system", "time": "2026-05-04T12:59:58Z", "event_type": "Info"},),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cisco_wsa(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
