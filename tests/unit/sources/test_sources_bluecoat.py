"""ProxySG and its heirs: records in the formats that ship; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

HEAD = "#Software: SGOS 7.3\n#Version: 1.0\n#Date: 2026-05-04 00:00:00\n"
FIELDS = (
    "#Fields: date time time-taken c-ip c-port sc-status s-action sc-bytes cs-bytes cs-method cs-uri-scheme cs-host "
    "cs-uri-port cs-uri-path cs-uri-query cs-username x-cs-auth-domain s-supplier-name r-ip cs(User-Agent) "
    "sc-filter-result cs-categories s-ip x-exception-id x-rs-certificate-subject x-rs-certificate-validate-status "
    "x-rs-certificate-observed-errors x-rs-connection-negotiated-ssl-version x-rs-connection-negotiated-cipher\n"
)
SEEN = (
    "2026-05-04 17:16:12 98 10.1.2.3 50100 200 TCP_TUNNELED 14258 321 GET https www.example.test 8443 /a ?b=c joe CORP "
    'www.example.test 198.51.100.4 "Agent/1 (x; y)" OBSERVED "News;Media" 192.0.2.1 - '
    '"CN=www.example.test,O=Example ""A"" Ltd" CERT_UNTRUSTED untrusted-issuer TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256\n'
)
PLAIN = (
    "2026-05-04 17:16:13 1 10.1.2.3 50101 403 TCP_DENIED 5 6 CONNECT tcp bad.example.test 443 / - - - - - - DENIED "
    '"none" 192.0.2.1 ssl_server_cert_expired - - - - none\n'
)
OTHER_FIELDS = "#Fields: date time c-ip cs-method cs-uri sc-filter-result s-action x-virus-id\n"
OTHER = "2026-05-04 17:16:14 10.1.2.3 GET http://www.example.test/x PROXIED TCP_HIT -\n"
LINE = (
    '98 10.1.2.3 joe - - OBSERVED "News" - 200 TCP_HIT GET text/html http www.example.test 80 /a.gif ?x=1 gif '
    '"Agent/1 (x; y)" 192.0.2.1 14258 321 -'
)
REPORTED = (
    '2026-05-04 17:16:12 98 10.1.2.3 joe - www.example.test 198.51.100.4 "Example Land" - {exception} {verdict} '
    '"News;Media" {status} {action} CONNECT - ssl www.example.test 443 - - 192.0.2.1 39 812 - '
)
SITES = (
    '98 10.1.2.3 TCP_TUNNELED {status} {errors} none none www.example.test 198.51.100.4 {version} 256 {name} "News" '
    "{version} 256 - 192.0.2.1 SG-SSL-Intercept"
)

CASES = [
    Case(
        "ELFF whose fields change",
        HEAD + FIELDS + SEEN + PLAIN + OTHER_FIELDS + OTHER,
        ({"source": "bluecoat.proxy", "category": "tls", "time": "2026-05-04T17:16:12Z", "time_zone_known": True,
          "src_ip": "10.1.2.3", "src_port": 50100, "dst_ip": "198.51.100.4", "dst_port": 8443, "user": "CORP\\joe",
          "url": "https://www.example.test:8443/a?b=c", "dst_host": "www.example.test", "action": "OBSERVED",
          "outcome": "allow", "event_type": "TCP_TUNNELED", "bytes_in": 14258, "bytes_out": 321, "duration_s": 0.098,
          "user_agent": "Agent/1 (x; y)", "tls_version": "1.2", "cipher": "ECDHE-RSA-AES128-GCM-SHA256",
          "cert_subject_cn": "www.example.test", "cert_validation": "CERT_UNTRUSTED, untrusted-issuer",
          "tls_state": "seen"},
         {"category": "tls", "tls_state": "failed", "outcome": "block", "url": "bad.example.test:443",
          "dst_port": 443, "user": None, "dst_ip": None},
         {"category": "http", "url": "http://www.example.test/x", "dst_host": "www.example.test", "dst_port": 80,
          "outcome": "allow"}),
    ),
    Case(
        "key=value, both legs of an inspected session",
        "<134>1 2026-05-04T17:16:18.123Z proxy1 bluecoat - splunk_format - c-ip=10.1.2.3 cs-host=a.example.test "
        'cs-method=GET cs-uri-path=/a=b cs-uri-port=443 cs-uri-scheme=https cs-User-Agent="x/1" cs-username=joe '
        "s-action=TCP_MISS s-ip=192.0.2.1 s-supplier-ip=198.51.100.4 sc-filter-result=OBSERVED sc-status=200 "
        "x-cs-connection-negotiated-ssl-version=TLSv1.3 x-rs-connection-negotiated-ssl-version=TLSv1.2",
        ({"category": "tls", "tls_state": "resigned", "tls_version": "1.2", "dst_ip": "198.51.100.4",
          "url": "https://a.example.test/a=b", "log_source": "proxy1", "time": "2026-05-04T17:16:18.123000Z"},),
    ),
    Case(
        "time glued to the name",
        "2026-01-12T09:46:02PROXY01.EXAMPLE.TEST bluecoat - access_log - c-ip=10.1.2.3 cs-host=a.example.test "
        'cs-method=CONNECT cs-uri-port=443 cs-uri-scheme=tcp cs-username=- s-action=TCP_ACCELERATED s-ip=192.0.2.1 '
        "sc-filter-result=OBSERVED sc-status=200 x-rs-connection-negotiated-cipher=none",
        ({"time": "2026-01-12T09:46:02Z", "log_source": "PROXY01.EXAMPLE.TEST", "category": "http", "user": None},),
    ),
    Case(
        "JSON of the cloud",
        '{"count":1,"c-ip":"10.1.2.3","cs-host":"a.example.test","cs-method":"GET","cs-uri-scheme":"https",'
        '"cs-uri-path":"/p","cs-uri-port":443,"cs-categories":["A","B"],"date":"2026-01-17","time":"12:34:56",'
        '"r-ip":"198.51.100.4","s-action":"TCP_MISS","sc-filter-result":"OBSERVED","cs-userdn":"joe@example.test",'
        '"x-rs-certificate-hostname":"a.example.test","x-rs-certificate-validate-status":"CERT_VALID",'
        '"x-rs-certificate-observed-errors":"none","cs(referer)":"https://from.example.test/"}',
        ({"time": "2026-01-17T12:34:56Z", "user": "joe@example.test", "cert_subject_cn": "a.example.test",
          "cert_validation": "CERT_VALID", "tls_state": "seen", "referrer": "https://from.example.test/"},),
    ),
    Case(
        "presets without a header",
        f"<134>May  4 17:16:12 proxy1 2026-05-04 17:16:12 {LINE}\n"
        + f"2026-05-04 17:16:13 {LINE}\n".replace("- - OBSERVED", "- o.example.test 198.51.100.4 US - - DENIED"),
        ({"time": "2026-05-04T17:16:12Z", "url": "http://www.example.test/a.gif?x=1", "user": "joe"},
         {"time": "2026-05-04T17:16:13Z", "dst_ip": "198.51.100.4", "outcome": "block", "http_status": 200}),
    ),
    Case(
        "the reporter's preset about TLS without a header, with and without threats, and an older one",
        REPORTED.format(exception="-", verdict="OBSERVED", status=200, action="TCP_TUNNELED")
        + 'source 1 - - none - - high www.example.test "News" 1 2 - -\n'
        + REPORTED.format(exception="ssl_server_cert_expired", verdict="DENIED", status=0, action="DENIED")
        + 'expired - - - www.example.test "News" 1 2\n'
        + REPORTED.format(exception="-", verdict="PROXIED", status=200, action="TCP_TUNNELED").replace(
            'www.example.test 198.51.100.4 "Example Land" - ', "")
        + 'untrusted-issuer - - high www.example.test "News" 1 2\n',
        ({"category": "tls", "time": "2026-05-04T17:16:12Z", "dst_ip": "198.51.100.4", "http_status": 200,
          "event_type": "TCP_TUNNELED", "http_method": "CONNECT", "dst_host": "www.example.test", "dst_port": 443,
          "cert_subject_cn": "www.example.test", "cert_validation": None, "bytes_in": 39, "outcome": "allow"},
         {"category": "tls", "tls_state": "failed", "cert_validation": "expired", "outcome": "block",
          "event_id": "ssl_server_cert_expired"},
         {"cert_validation": "untrusted-issuer", "user": "joe", "bytes_out": 812, "http_status": 200}),
    ),
    Case(
        "the preset of the facility ssl without a header",
        "2026-05-04 17:16:12 " + SITES.format(
            status="CERT_UNTRUSTED", errors="untrusted-issuer", version="TLSv1.2 AES256-GCM", name="www.example.test")
        + "\n2026-05-04 17:16:13 " + SITES.format(status="-", errors="none", version="none none", name="-"),
        ({"category": "tls", "cert_validation": "CERT_UNTRUSTED, untrusted-issuer", "tls_version": "1.2",
          "src_ip": "10.1.2.3", "dst_ip": "198.51.100.4", "dst_host": "www.example.test",
          "cert_subject_cn": "www.example.test"},
         {"category": "http", "cert_validation": None, "dst_host": "www.example.test"}),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bluecoat(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
