"""CommonSecurityLog: rows of Sentinel become what the CEF behind them would have become."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

CASES = [
    Case(
        "FortiGate, Palo Alto, Zscaler, nobody's",
        '{"TimeGenerated":"2026-03-05T16:37:18Z","DeviceVendor":"Fortinet","DeviceProduct":"Fortigate",'
        '"DeviceEventClassID":"62300","Activity":"utm:ssl ssl-anomaly","SourceIP":"10.1.2.3","SourcePort":5,'
        '"DestinationIP":"198.51.100.7","DestinationPort":443,"DeviceAction":"blocked","DeviceEventCategory":"utm:ssl",'
        '"AdditionalExtensions":"FTNTFGTsubtype=ssl;FTNTFGTreason=block-cert-invalid;FTNTFGTeventtype=ssl-anomaly"}\n'
        '{"TimeGenerated":"2026-03-05T16:37:19Z","DeviceVendor":"Palo Alto Networks","DeviceProduct":"PAN-OS",'
        '"DeviceEventClassID":"url","Activity":"THREAT","SourceIP":"10.1.2.3","RequestURL":"a.example.test/x",'
        '"DeviceAction":"alert"}\n'
        '{"TimeGenerated":"2026-03-05T16:37:20Z","DeviceVendor":"Zscaler","DeviceProduct":"NSSWeblog",'
        '"DeviceEventClassID":"Allowed","SourceIP":"10.1.2.3","RequestURL":"b.example.test/","SourceUserName":"joe",'
        '"ReceiptTime":"Jan","AdditionalExtensions":"srvcertchainvalpass=Fail;ssldecrypted=Yes"}\n'
        '{"TimeGenerated":"2026-03-05T16:37:21Z","DeviceVendor":"Nobody","DeviceProduct":"X",'
        '"DeviceEventClassID":"7","SourceIP":"10.1.2.3"}',
        ({"source": "fortigate.ssl", "category": "tls", "tls_state": "failed", "cert_validation": "block-cert-invalid",
          "src_ip": "10.1.2.3", "dst_port": 443, "time": "2026-03-05T16:37:18Z"},
         {"source": "paloalto.url", "url": "a.example.test/x", "dst_host": "a.example.test"},
         {"source": "zscaler.nss_web", "category": "tls", "cert_validation": "Fail", "user": "joe",
          "time": "2026-03-05T16:37:20Z"},
         {"source": "unrecognised.cef", "event_id": "7", "src_ip": "10.1.2.3"}),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_sentinel_cef(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
