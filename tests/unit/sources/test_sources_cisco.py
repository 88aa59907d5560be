"""Cisco Umbrella, and Cisco's firewalls (FTD, ASA); every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

PROXY = (
    '"2026-05-26 13:41:00","Doe, Jane (jane@example.test)","10.1.2.3","203.0.113.7", "198.51.100.9","text/html",'
    '"BLOCKED","https://www.example.test/a,b?c=1&d=2","","agent/1","403","562","1489","","","Malware, X","","","","",'
    '"","Roaming Computer","Malware","PC-1","Roaming Computer","GET","","%s","a","77",""'
)
DNS = (
    '"2026-05-26 13:41:00","PC-1", "PC-1,Site","10.1.2.3","203.0.113.7","Allowed","28 (AAAA)","NOERROR",'
    '"www.example.test.", "Software,Business","Roaming Computers","Roaming Computers",""'
)
FLOW = "2026-05-26 13:41:00,[21],Tunnel,Device,OUTBOUND,6,84,10.1.2.3,50001,198.51.100.9,443,fra1,12,%s"
IP = '"2026-05-26 13:41:00","PC-1","10.1.2.3","50001","198.51.100.9","443","Botnet"'

FTD = (
    "<113>2026-05-26T13:41:30Z fw1 %%FTD-1-430003: EventPriority: Low, FirstPacketSecond: 2026-05-26T13:41:00Z, "
    "ConnectionID: 48101, AccessControlRuleAction: %s, SrcIP: 10.1.2.3, DstIP: 198.51.100.9, SrcPort: 50001, "
    "DstPort: 443, Protocol: tcp, ACPolicy: a, b and c, Prefilter Policy: Unknown, User: EX\\jane, "
    "InitiatorBytes: 10, ResponderBytes: 20, ConnectionDuration: 3%s"
)
INSPECTED = (
    ", SSLPolicy: P, SSLActualAction: Decrypt (Resign), SSLServerCertStatus: Self Signed, Expired, SSLVersion: TLSv1.2,"
    " SSLCertificate: 0b92696e6e9e54228bfa61d3bebe5b0ed6b61c80, SSLServerName: www.example.test"
)
CONNECTION = {
    "source": "cisco_firewall.connection", "time": "2026-05-26T13:41:00Z", "time_zone_known": True,
    "log_source": "fw1", "src_ip": "10.1.2.3", "src_port": 50001, "dst_ip": "198.51.100.9", "dst_port": 443,
    "transport": "tcp", "user": "EX\\jane", "bytes_out": 10, "bytes_in": 20, "duration_s": 3.0, "event_id": "430003",
    "session_uid": "48101", "fields.ACPolicy": "a, b and c",
}  # fmt: skip
ASA = "May 26 2026 13:41:00 fw1 : %ASA-6-"

CASES = [
    Case(
        "proxy: blanks before quotes, commas inside; with errors of the certificate",
        PROXY % "" + "\n" + PROXY % "expired certificate",
        ({"source": "cisco_umbrella.proxy", "category": "http", "time": "2026-05-26T13:41:00Z",
          "src_ip": "10.1.2.3", "src_nat_ip": "203.0.113.7", "dst_ip": "198.51.100.9", "dst_port": 443,
          "dst_host": "www.example.test", "url": "https://www.example.test/a,b?c=1&d=2", "user": "jane@example.test",
          "action": "BLOCKED", "outcome": "block", "http_method": "GET", "http_status": 403, "verdict": "Malware"},
         {"category": "tls", "cert_validation": "expired certificate", "tls_state": "failed"}),
    ),
    Case(
        "DNS, with fewer columns too",
        DNS + "\n" + DNS.rpartition(',"Roaming Computers","Roaming')[0],
        ({"source": "cisco_umbrella.dns", "category": "dns", "dns_query": "www.example.test", "dns_type": "AAAA",
          "action": "Allowed", "outcome": "allow", "src_ip": "10.1.2.3", "user": "PC-1"},
         {"source": "cisco_umbrella.dns", "dst_host": "www.example.test"}),
    ),
    Case(
        "firewall and IP logs",
        FLOW % "BLOCK" + "\n" + IP,
        ({"source": "cisco_umbrella.firewall", "category": "connection", "transport": "tcp", "outcome": "block",
          "src_port": 50001, "dst_port": 443, "event_type": "OUTBOUND"},
         {"source": "cisco_umbrella.ip", "dst_ip": "198.51.100.9", "dst_port": 443}),
    ),
    Case(
        "FTD: a value with commas, a stray tag, no TLS; inspected",
        FTD % ("<br/>Block with reset", "") + "\n" + FTD % ("Allow", INSPECTED),
        (CONNECTION | {"category": "connection", "action": "Block with reset", "outcome": "block"},
         CONNECTION | {"category": "tls", "action": "Allow", "outcome": "allow", "sni": "www.example.test",
                       "tls_version": "1.2", "cert_sha1": "0b92696e6e9e54228bfa61d3bebe5b0ed6b61c80",
                       "cert_validation": "Self Signed, Expired", "tls_state": "seen"}),
    ),
    Case(
        "ASA: the client by direction, else by the ports",
        ASA + "302013: Built outbound TCP connection 7 for outside:198.51.100.9/443 (198.51.100.9/443) to "
        "inside:10.1.2.3/50001 (203.0.113.7/50001)\n"
        + ASA + "302014: Teardown TCP connection 7 for outside:198.51.100.9/443 to inside:10.1.2.3/50001 duration "
        "0:01:02 bytes 99 TCP FINs\n"
        + ASA + "106100: access-list in denied tcp inside/10.1.2.3(50001) -> outside/198.51.100.9(443) hit-cnt 1\n"
        + ASA + "302013: Built inbound TCP connection 8 for OUT:2001:db8::7/50001 (2001:db8::7/50001)(LOCAL\\jane) to "
        "IN:2001:db8::9/443 (2001:db8::9/443) (jane)",
        tuple({"source": "cisco_firewall.asa", "category": "connection", "time": "2026-05-26T13:41:00Z",
               "log_source": "fw1", "src_port": 50001, "dst_port": 443, "transport": "tcp"} | more for more in (
            {"src_ip": "10.1.2.3", "dst_ip": "198.51.100.9", "src_nat_ip": "203.0.113.7", "outcome": "allow"},
            {"src_ip": "10.1.2.3", "dst_ip": "198.51.100.9", "duration_s": 62.0, "bytes_in": 99},
            {"src_ip": "10.1.2.3", "action": "denied", "outcome": "block"},
            {"src_ip": "2001:db8::7", "dst_ip": "2001:db8::9", "user": "jane", "src_nat_ip": None},
        )),
    ),
    Case(
        "ASA: URLs, handshakes, certificates",
        ASA + "304001: jane@10.1.2.3 Accessed URL 198.51.100.9:http://www.example.test/a\n"
        + ASA + "725002: Device completed SSL handshake with client outside:203.0.113.7/50001 to 198.51.100.9/443 for "
        "TLSv1.2 session\n"
        + ASA + "717009: Certificate validation failed. Peer certificate is expired. serial number: 1A2C, subject "
        "name: cn=vpn.example.test,o=Example, issuer name: cn=Root,o=Example.",
        ({"category": "http", "src_ip": "10.1.2.3", "dst_ip": "198.51.100.9", "dst_host": "www.example.test"},
         {"category": "tls", "tls_version": "1.2", "src_ip": "203.0.113.7", "dst_port": 443},
         {"category": "tls", "cert_serial": "1a2c", "cert_subject": "CN=vpn.example.test,O=Example",
          "cert_issuer": "CN=Root,O=Example",
          "cert_validation": "Certificate validation failed. Peer certificate is expired"}),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_records_become_rows(case: Case, tmp_path: Path) -> None:
    """Each record as the vendor documents it."""
    check(case, tmp_path)
