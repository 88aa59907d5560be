"""Check Point: records in the shapes of its exports; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

PAIRS = {
    "time": "1772728638", "hostname": "mgmt-1", "product": "VPN-1 & FireWall-1", "action": "Drop", "ifdir": "inbound",
    "loguid": "{0x5d9ce80f,0x8d0555}", "origin": "192.0.2.1", "originsicname": "cn\\=cp_mgmt,o\\=gw..4zrt7d",
    "dst": "198.51.100.7", "proto": "6", "s_port": "33687", "service": "443", "src": "10.1.2.3",
    "xlatesrc": "203.0.113.9", "xlatedst": "0.0.0.0", "src_user_name": "joe", "rule_name": "out, = all",
}  # fmt: skip
ROW = {
    "source": "checkpoint.firewall", "category": "connection", "time": "2026-03-05T16:37:18Z", "time_zone_known": True,
    "src_ip": "10.1.2.3", "src_port": 33687, "dst_ip": "198.51.100.7", "dst_port": 443, "transport": "tcp",
    "src_nat_ip": "203.0.113.9", "dst_nat_ip": None, "action": "Drop", "outcome": "block", "user": "joe",
    "log_source": "mgmt-1",
}  # fmt: skip
BARS = "|".join(f"{key}={value}" for key, value in PAIRS.items())
DATA = " ".join(f'{key}="{value}"' for key, value in PAIRS.items() if "\\" not in value)
COLONS = "; ".join(f'{key}:"{value}"' for key, value in PAIRS.items() if key != "hostname")
HEAD = "<134>1 2026-03-05T16:37:18.123456Z mgmt-1 CheckPoint 26203 - "

CASES = [
    Case("bars", f"{BARS}|", (ROW,)),
    Case("structured data", f"{HEAD}[fields@1.3.6.1.4.1.2620 {DATA}]", (ROW,)),
    Case("colons", f"{HEAD}[{COLONS}]", (ROW,)),
    Case("JSON", '{"time":1772728638,"hostname":"mgmt-1","product":"VPN-1 & FireWall-1","action":"Drop","ifdir":"x",'
         '"dst":"198.51.100.7","proto":6,"s_port":33687,"service":443,"src":"10.1.2.3","xlatesrc":"203.0.113.9",'
         '"user":"joe"}', (ROW,)),
    Case(
        "CEF",
        "CEF:0|Check Point|VPN-1 & FireWall-1|Check Point|Log|https|Unknown|act=Accept rt=1772728638000 spt=49363 "
        "dpt=443 service_id=https sourceTranslatedAddress=203.0.113.9 dst=198.51.100.7 src=10.1.2.3 proto=6 "
        "origin=192.0.2.1 originsicname=CN\\=R80,O\\=R80_M..6 duser=joe in=61325 out=8421",
        (ROW | {"action": "Accept", "outcome": "allow", "src_port": 49363, "log_source": "192.0.2.1",
                "bytes_in": 61325, "bytes_out": 8421, "service": "https"},),
    ),
    Case(
        "CEF with an empty field too many",
        "CEF:0||Check Point|VPN-1 & FireWall-1|Check Point|Log|https|Unknown|act=Accept rt=1772728638000 spt=33687 "
        "dpt=443 dst=198.51.100.7 src=10.1.2.3 proto=6",
        ({"source": "checkpoint.firewall", "time": "2026-03-05T16:37:18Z", "src_port": 33687, "outcome": "allow"},),
    ),
    Case("colons behind a word, one and two of them, beside signs of equality",
         f"<134>Mar 5 16:37:18 mgmt-1 syslog[{COLONS}; note:\"a=b c=d\"]\n"
         "<134>Mar 5 16:37:18 mgmt-1 syslog [" + COLONS.replace(':"', '::"') + '; note::"a=b, c=d"]', (ROW, ROW)),
    Case(
        "the older names, behind a header with an odd zone",
        "<85>1 2026-03-05T11:37:18--5:00 mgmt-1 CP-GW - Log [Fields@1.3.6.1.4.1.2620 Action=\"Drop\" rule=\"7\" "
        'src="10.1.2.3" dst="198.51.100.7" proto="6" svc="443" sport_svc="33687" user="joe" xlatesrc="203.0.113.9" '
        'layer_name="Outer" ProductName="VPN-1 & FireWall-1" ProductFamily="Network"]',
        (ROW,),
    ),
    Case(
        "rows in quotes",
        '"21" "10Dec2026" "23:44:49" "eth1" "fw-1" "Log" "Drop" "443" "46193" "10.1.2.3" "198.51.100.7" "tcp" "7" "" '
        '"" "a, b"',
        ({"source": "checkpoint.firewall", "time": "2026-12-10T23:44:49Z", "time_zone_known": False, "src_port": 46193,
          "src_ip": "10.1.2.3", "dst_ip": "198.51.100.7", "dst_port": 443, "outcome": "block", "log_source": "fw-1"},),
    ),
    Case(
        "LEEF without its delimiter",
        "LEEF:2.0|Check Point|URL Filtering|1.0|Block|cat=URL Filtering\tdevTime=1772728638\tsrcPort=35354\t"
        "action=Block\torigin=192.0.2.1\tdst=198.51.100.7\tservice=443\tsrc=10.1.2.3\tusrName=joe\t"
        "resource=https://bad.example.test/x",
        ({"source": "checkpoint.url_filtering", "category": "http", "url": "https://bad.example.test/x",
          "dst_host": "bad.example.test", "outcome": "block", "user": "joe", "time": "2026-03-05T16:37:18Z"},),
    ),
    Case(
        "HTTPS inspection",
        "time=1772728638|product=HTTPS Inspection|loguid={1}|https_inspection_action=Inspect|src=10.1.2.3|"
        "proxy_src_ip=10.9.9.9|dst=198.51.100.7|service=https|sni=www.example.test|certificate_validity=Untrusted|"
        "https_validation=self signed\n"
        "time=1772728639|product=HTTPS Inspection|loguid={2}|action=Reject|https_inspection_action=Error|src=10.1.2.3",
        ({"category": "tls", "tls_state": "resigned", "cert_validation": "Untrusted, self signed", "dst_port": None,
          "sni": "www.example.test", "dst_host": "www.example.test", "src_ip": "10.9.9.9"},
         {"tls_state": "failed", "outcome": "block"}),
    ),
    Case(
        "older exports",
        "loc=2302 filename=fw.log fileid=1506 time=26Sep2026 20:18:31 action=accept orig=192.0.2.1 i/f_dir=inbound "
        "src=10.1.2.3 dst=198.51.100.7 proto=tcp service=443",
        ({"time": "2026-09-26T20:18:31Z", "time_zone_known": False, "src_ip": "10.1.2.3", "dst_port": 443},),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_checkpoint(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
