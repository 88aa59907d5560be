"""SSL Visibility: lines as the vendor shows them; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

FP = "0b:92:69:6e:6e:9e:54:22:8b:fa:61:d3:be:be:5b:0e:d6:b6:1c:80"
BEGIN = "<134>May 26 15:41:00 sslv1 ssldata[4242]: [A:3be1d1] 1779802860 10.1.2.3:50001 -> 198.51.100.9:443 "
ROW = {
    "source": "sslv.session", "category": "tls", "time": "2026-05-26T13:41:00Z", "time_zone_known": True,
    "src_ip": "10.1.2.3", "src_port": 50001, "dst_ip": "198.51.100.9", "dst_port": 443, "tls_version": "1.2",
    "cipher": "TLS_RSA_WITH_AES_128_CBC_SHA", "dst_host": "www.example.test", "log_source": "sslv1",
    "session_uid": "3be1d1",
}  # fmt: skip
SUITE = "TLSv1.2 TLS_RSA_WITH_AES_128_CBC_SHA www.example.test "

CASES = [
    Case(
        "with category and fingerprint, whose bytes may be apart",
        f"{BEGIN}{SUITE}[Technology/Internet News] [cert fp: {FP}] rule:4 cut Result(0x0)\n"
        f"{BEGIN}{SUITE}[-] [cert fp: {FP.replace(':', ' ')}] rule:4 resign Result(0x0)",
        (ROW | {"cert_sha1": FP.replace(":", ""), "tls_state": "seen", "action": "cut", "outcome": "allow",
                "verdict": "Technology/Internet News", "event_id": "4"},
         ROW | {"cert_sha1": FP.replace(":", ""), "action": "resign", "verdict": None}),
    ),
    Case(
        "older releases",
        f"{BEGIN}{SUITE}rule:4 resign Result(0x0)\n{BEGIN}{SUITE}rule:5 drop Result(0x0)",
        (ROW | {"cert_sha1": None, "tls_state": "resigned"}, ROW | {"tls_state": "failed", "outcome": "block"}),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lines_become_rows(case: Case, tmp_path: Path) -> None:
    """Each line as the vendor documents it."""
    check(case, tmp_path)
