"""Forcepoint and Websense: records in the vendor's formats; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

CEF = (
    "0|Forcepoint|Security|8.5.5|9|Transaction blocked|7| act=blocked app=https dvc=192.0.2.9 dst=198.51.100.7 "
    "dhost=www.example.test dpt=443 src=10.1.2.3 spt=62062 suser=LDAP://192.0.2.8 OU\\=Users,DC\\=example/Jane Doe "
    "loginID=jdoe destinationTranslatedPort=0 rt=1779802860000 in=5 out=6 requestMethod=GET "
    "requestClientApplication=agent/1 reason=- cs1Label=Policy cs1=P request=https://www.example.test/x?a=b"
)
ROW = {
    "source": "forcepoint.web", "category": "http", "time": "2026-05-26T13:41:00Z", "src_ip": "10.1.2.3",
    "src_port": 62062, "dst_ip": "198.51.100.7", "dst_port": 443, "dst_host": "www.example.test", "user": "Jane Doe",
    "action": "blocked", "outcome": "block", "url": "https://www.example.test/x?a=b", "log_source": "192.0.2.9",
    "bytes_in": 5, "bytes_out": 6, "http_method": "GET", "user_agent": "agent/1",
}  # fmt: skip
PAIRS = (
    "<159>May 26 13:41:00 gw1 vendor=Websense product=Security product_version=7.7.0 action=permitted severity=1 "
    "category=153 user=LDAP://192.0.2.8 OU=Users,DC=example,DC=test/Jane Doe src_host=10.1.2.3 src_port=3122 "
    "dst_host=www.example.test dst_ip=198.51.100.7 dst_port=443 bytes_out=6 bytes_in=5 http_response=200 "
    "http_method=GET disposition=1034 url=https://www.example.test/x"
)
LEEF = (
    "<13>May 26 13:41:00 gw1 LEEF:1.0|Forcepoint|Security|8.5|transaction:blocked|sev=7\tcat=9\tusrName=EX/jane\t"
    "loginID=jane\tsrc=10.1.2.3\tsrcPort=3122\tsrcBytes=6\tdstBytes=5\tdst=198.51.100.7\tdstPort=443\t"
    "proxyStatus-code=403\tmethod=GET\turl=https://www.example.test/x"
)
FIREWALL = (
    "CEF:0|FORCEPOINT|Firewall|6.7.1|70019|Connection_Discarded|0|spt=50001 deviceExternalId=fw1 dst=198.51.100.7 "
    "app=HTTPS rt=May 26 2026 13:41:00 act=Discard proto=6 dpt=443 src=10.1.2.3 dvc=192.0.2.9"
)

CASES = [
    Case("CEF without its first word, after a blank, and whole", f"{CEF}\n {CEF}\nCEF:{CEF}", (ROW, ROW, ROW)),
    Case(
        "key=value whose user has blanks",
        PAIRS,
        ({"source": "forcepoint.web", "user": "Jane Doe", "action": "permitted", "outcome": "allow",
          "src_ip": "10.1.2.3", "src_port": 3122, "dst_ip": "198.51.100.7", "dst_port": 443,
          "dst_host": "www.example.test", "http_status": 200, "log_source": "gw1"},),
    ),
    Case(
        "LEEF: the action stands in the event's id",
        LEEF,
        ({"source": "forcepoint.web", "action": "blocked", "outcome": "block", "user": "EX/jane", "dst_port": 443,
          "src_ip": "10.1.2.3", "url": "https://www.example.test/x", "dst_host": "www.example.test"},),
    ),
    Case(
        "the firewall",
        FIREWALL,
        ({"source": "forcepoint.firewall", "category": "connection", "time": "2026-05-26T13:41:00Z",
          "action": "Discard", "outcome": "block", "transport": "tcp", "dst_port": 443, "log_source": "fw1"},),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_records_become_rows(case: Case, tmp_path: Path) -> None:
    """Each record as the vendor documents it."""
    check(case, tmp_path)
