"""FortiGate: made from the log reference's fields; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check
from vendor_rows import rows_of

SHA1 = "0123456789abcdef0123456789abcdef01234567"
CERTIFICATE = (
    'date=2026-05-05 time=10:00:01 devname="edge-1" devid="FG100FTK20000001" eventtime=1778000401123456000 '
    'tz="-0700" logid="1703062200" type="utm" subtype="ssl" eventtype="ssl-server-cert-info" level="information" '
    'vd="root" action="info" policyid=3 sessionid=4711 service="HTTPS" srcip=10.1.2.3 srcport=50100 '
    'dstip=198.51.100.7 dstport=443 proto=6 sni="login.example.test" tlsver="tls1.3" cipher="0x1302" '
    f'certhash="{SHA1}" cn="*.example.test" issuer="Example Issuing CA" sn="00:0A:bc" '
    'notbefore="2026-01-01T00:00:00Z" notafter="2026-12-31T23:59:59Z" san="*.example.test;example.test" mitm="no"'
)
SEEN = {
    "time": "2026-05-05T17:00:01.123456Z", "time_zone_known": True, "source": "fortigate.ssl", "category": "tls",
    "log_source": "edge-1", "event_id": "1703062200", "src_ip": "10.1.2.3", "src_port": 50100,
    "dst_ip": "198.51.100.7", "dst_port": 443, "transport": "tcp", "sni": "login.example.test",
    "dst_host": "login.example.test", "tls_version": "1.3", "cipher": "TLS_AES_256_GCM_SHA384",
    "certificate_id": f"sha1:{SHA1}", "cert_subject_cn": "*.example.test", "cert_issuer_cn": "Example Issuing CA",
    "cert_serial": "abc", "cert_not_before": "2026-01-01T00:00:00Z", "cert_not_after": "2026-12-31T23:59:59Z",
    "cert_san": ["*.example.test", "example.test"], "tls_state": "seen", "cert_validation": None,
    "fields.policyid": "3", "fields.vd": "root",
}  # fmt: skip
HEAD = "date=2026-05-05 time=10:00:02 devid=FG100FTK20000001 logid=1700062300 type=utm "
ANOMALY = (
    f"{HEAD}subtype=ssl eventtype=ssl-anomaly action=blocked srcip=10.1.2.3 srcport=50101 dstip=198.51.100.8 "
    'dstport=443 proto=6 eventsubtype="certificate-blocked" reason="block-cert-invalid" msg="certificate blocked"'
)

CASES = [
    Case("certificate", f"<189>{CERTIFICATE}", (SEEN,)),
    Case("behind a header", f"<189>May  5 10:00:01 relay {CERTIFICATE}", (SEEN,)),
    Case("counted octets", f"{len(CERTIFICATE) + 5} <189>{CERTIFICATE}", (SEEN,)),
    Case(
        "blocked",
        ANOMALY,
        ({"tls_state": "failed", "outcome": "block", "action": "blocked", "cert_validation": "block-cert-invalid",
          "time": "2026-05-05T10:00:02Z", "time_zone_known": False, "certificate_id": None},),
    ),
    Case(
        "exempt and inspected",
        f"{HEAD}subtype=ssl eventtype=ssl-exempt action=exempt reason=exempt-addr dstip=198.51.100.8 dstport=443\n"
        f"{HEAD}subtype=ssl eventtype=ssl-handshake action=inspected mitm=yes tlsver=tls1.2 sni=a.example.test",
        ({"outcome": "allow", "cert_validation": "exempt-addr", "tls_state": "not_logged"},
         {"tls_state": "resigned", "tls_version": "1.2", "dst_host": "a.example.test"}),
    ),
    Case(
        "web filter, commas, path only",
        "date=2026-05-05,time=10:00:03,tz=+0200,devid=FG100FTK20000001,logid=0316013056,type=utm,subtype=webfilter,"
        'eventtype=ftgd_blk,user="EXAMPLE\\\\carol",srcip=10.1.2.3,service="HTTPS",hostname="bad.example.test",'
        'action="blocked",url="/a?b=1,c=2",sentbyte=100,rcvdbyte=200,agent="x/1"',
        ({"source": "fortigate.webfilter", "category": "http", "url": "/a?b=1,c=2",
          "dst_host": "bad.example.test", "user": "EXAMPLE\\carol", "bytes_out": 100, "bytes_in": 200,
          "user_agent": "x/1", "time": "2026-05-05T08:00:03Z", "outcome": "block"},),
    ),
    Case(
        "traffic with translation; sn is no serial here",
        "date=2026-05-05 time=10:00:04 eventtime=1778000401 devid=FG100FTK20000001 logid=0000000013 type=traffic "
        "subtype=forward srcip=10.1.2.3 transip=203.0.113.9 tranip=0.0.0.0 dstip=198.51.100.7 proto=17 "
        "action=server-rst utmaction=block duration=5 sn=FG100",
        ({"source": "fortigate.traffic", "category": "connection", "src_nat_ip": "203.0.113.9", "dst_nat_ip": None,
          "transport": "udp", "outcome": "block", "action": "server-rst", "duration_s": 5.0, "cert_serial": None,
          "time": "2026-05-05T17:00:01Z"},),
    ),
    Case(
        "names of a certificate in an application record; without them it is no TLS session",
        f"{HEAD}subtype=app-ctrl action=pass scertcname=www.example.test scertissuer=R10\n"
        f"{HEAD}subtype=app-ctrl action=pass app=DNS",
        ({"category": "tls", "cert_subject_cn": "www.example.test", "cert_issuer_cn": "R10"},
         {"category": "connection", "cert_subject": None}),
    ),
    Case(
        "CEF, both prefixes",
        "May  5 10:00:04 edge-1 CEF:0|Fortinet|Fortigate|v7.4.3|62200|utm:ssl ssl-server-cert-info|2|"
        "FTNTFGTlogid=1703062200 cat=utm:ssl FTNTFGTsubtype=ssl FTNTFGTeventtype=ssl-server-cert-info "
        f"FTNTFGTeventtime=1778000401123456000 act=info src=10.1.2.3 spt=1 dst=198.51.100.7 dpt=443 duser=carol "
        f"FTNTFGTcerthash={SHA1} FTNTFGTcn=*.example.test FTNTFGTissuer=Some CA FTNTFGTsn=0abc\n"
        "CEF: 0|Fortinet|Fortigate|v6.2.9|32102|event:system|7|FortinetFortiGatelogid=0100032102 cat=event:system "
        "FortinetFortiGateeventtime=1637681708541880000 FortinetFortiGatelogdesc=Configuration changed",
        ({"source": "fortigate.ssl", "cert_sha1": SHA1, "cert_issuer_cn": "Some CA", "user": "carol",
          "time": "2026-05-05T17:00:01.123456Z", "log_source": "edge-1"},
         {"source": "fortigate.event", "event_id": "0100032102", "time": "2021-11-23T15:35:08.541880Z"}),
    ),
    Case("cut in the middle", CERTIFICATE[:700], ({"source": "fortigate.ssl", "src_ip": "10.1.2.3"},)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fortigate(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)


def test_zone_of_the_source_counts_where_the_record_has_none(tmp_path: Path) -> None:
    rows, _ = rows_of(ANOMALY, tmp_path, zones={"fortigate": "Europe/Berlin"})
    assert rows[0]["time"] == "2026-05-05T08:00:02Z"
