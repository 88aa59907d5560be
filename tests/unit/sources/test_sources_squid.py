"""Squid: lines in its formats and in own ones; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

NAMES = '/C=DE/O=Example GmbH/CN=www.example.test /C=DE/O=Lab, "A" Trust/CN=Lab Root CA'
QUOTED = '"/C=DE/O=Example GmbH/CN=www.example.test" "/C=DE/O=Lab, "A" Trust/CN=Lab Root CA"'
NATIVE = (
    "1795504633.170     30 10.1.2.3 NONE_NONE/200 0 CONNECT www.example.test:8443 dom\\\\carol "
    "HIER_DIRECT/198.51.100.7 -"
)
SEEN = {
    "source": "squid.access", "category": "tls", "time": "2026-11-24T07:17:13.170000Z", "time_zone_known": True,
    "src_ip": "10.1.2.3", "dst_ip": "198.51.100.7", "dst_port": 8443, "url": "www.example.test:8443",
    "dst_host": "www.example.test", "user": "dom\\carol", "action": "NONE_NONE", "http_method": "CONNECT",
    "http_status": 200, "bytes_in": 0, "duration_s": 0.03, "outcome": "allow", "sni": "www.example.test",
    "cert_subject": "CN=www.example.test,O=Example GmbH,C=DE", "tls_state": "seen",
    "cert_issuer": 'CN=Lab Root CA,O=Lab\\, \\"A\\" Trust,C=DE',
}  # fmt: skip
PAIRS = (
    "24/Nov/2026:07:17:13 +0100 10.1.2.3:41119 {result} CONNECT www.example.test:443 user=dom\\carol "
    'dst=198.51.100.7:443 bump={bump} sni="www.example.test" server_subject="/C=DE/O=Self, \\"Ltd\\"/CN=a" '
    'server_issuer="/C=DE/L=Z\\\\xC3\\\\xBCrich/O=a\\\\/b/CN=a" errors={errors} stls={version} sciph=-'
)
REFUSED = "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT@depth=0"
COMMAS = (
    "2026-11-24T07:17:13+0000,10.1.2.3,41119,198.51.100.7,443,CONNECT,www.example.test:443,dom%5Ccarol,bump,"
    "www.example.test,/C=DE/O=Self,%20%22Ltd%22/CN=a,/C=DE/O=Lab%20Trust/CN=R,TLS/1.3,TLS_AES_256_GCM_SHA384,-"
)

CASES = [
    Case("native and what was put behind", f"{NATIVE} bump www.example.test {NAMES} - -/-", (SEEN,)),
    Case(
        "names in quotes, as the page recommends",
        f"{NATIVE} bump www.example.test {QUOTED} X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT@depth=0 TLS/1.2 "
        "ECDHE-RSA-AES256-GCM-SHA384 -/-",
        (SEEN | {"cert_validation": "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT@depth=0", "tls_version": "1.2",
                 "cipher": "ECDHE-RSA-AES256-GCM-SHA384"},),
    ),
    Case("one name in quotes, a refused certificate",
         NATIVE.replace("HIER_DIRECT/198.51.100.7", "HIER_NONE/-")
         + f' bump www.example.test "/CN=a" - {REFUSED} - - ERR_SECURE_CONNECT_FAIL/{REFUSED[:-8]}+broken_cert',
         ({"cert_subject": "CN=a", "cert_issuer": None, "tls_state": "failed", "outcome": "block"},)),
    Case("the same in another order", f"{NATIVE} www.example.test bump 47755 {NAMES} - TLS/1.2",
         (SEEN | {"tls_version": "1.2"},)),
    Case("behind a header", f"<134>Nov 24 07:17:13 proxy squid[12]: {NATIVE} bump www.example.test {NAMES} - -/-",
         (SEEN | {"log_source": "proxy"},)),
    Case(
        "a child's tag",
        f"<30>Nov 24 07:17:13 proxy (squid-1)[12]: {NATIVE} bump www.example.test {NAMES} - -/-",
        (SEEN | {"log_source": "proxy"},),
    ),
    Case(
        "plain, denied, IPv6, no server, a URL like pairs",
        "1795504633.170 30 2001:db8::1 TCP_DENIED/407 4 GET http://a.example.test/?a=1;b=2,c=3 - HIER_NONE/- a/b\n"
        "1795504633.171 30 10.1.2.3 TCP_TUNNEL/200 4 CONNECT [2001:db8::7]:443 - HIER_DIRECT/2001:db8::7 -\n"
        "1795504633.172 0 10.1.2.3 NONE/400 4 NONE error:invalid-request - HIER_NONE/- text/html\n"
        '1795504633.173 83 10.1.2.3 NONE/503 0 CONNECT a.example.test:443 - HIER_NONE/- - "-" "Agent/1 (x)"',
        ({"category": "http", "src_ip": "2001:db8::1", "outcome": "block", "dst_ip": None, "user": None,
          "url": "http://a.example.test/?a=1;b=2,c=3", "dst_port": 80, "dst_host": "a.example.test"},
         {"category": "http", "dst_ip": "2001:db8::7", "dst_host": "2001:db8::7", "dst_port": 443},
         {"dst_host": None, "action": "NONE", "http_status": 400},
         {"user_agent": "Agent/1 (x)", "dst_host": "a.example.test"}),
    ),
    Case(
        "own columns: the protocol before the user, quoted words, a name that is no server name of TLS",
        "1795504633.170 12 10.1.2.3 51000 TCP_MISS/200 812 GET http://www.example.test/a 1.1 dom\\carol "
        'HIER_DIRECT/198.51.100.7 80 text/html "http://ref.example.test/" "lab/8.0" www.example.test\n'
        "1795504633.170 12 10.1.2.3 51000 TCP_MISS/200 812 GET http://www.example.test/a HTTP/1.1 - "
        'HIER_DIRECT/198.51.100.7 80 text/html "-" "tool"',
        ({"category": "http", "user": "dom\\carol", "src_port": 51000, "dst_ip": "198.51.100.7", "dst_port": 80,
          "referrer": "http://ref.example.test/", "user_agent": "lab/8.0", "sni": None, "http_status": 200},
         {"user": None, "user_agent": "tool", "referrer": None, "http_method": "GET"}),
    ),
    Case(
        "common and combined",
        '10.1.2.3 - dom\\\\carol [24/Nov/2026:07:17:13 +0000] "CONNECT www.example.test:443 HTTP/1.1" 200 0 "-" '
        '"lab/1.0" NONE_NONE:HIER_DIRECT\n'
        '10.1.2.4 - - [24/Nov/2026:08:17:14 +0100] "GET http://a.example.test/a HTTP/1.1" 404 249 TCP_MISS:HIER_DIRECT',
        ({"time": "2026-11-24T07:17:13Z", "user": "dom\\carol", "user_agent": "lab/1.0", "action": "NONE_NONE",
          "dst_port": 443, "category": "http"},
         {"time": "2026-11-24T07:17:14Z", "http_status": 404, "url": "http://a.example.test/a", "bytes_in": 249}),
    ),
    Case(
        "key=value behind words: allowed in spite of an error, refused, spliced",
        PAIRS.format(result="TCP_TUNNEL/200", bump="bump", errors=REFUSED, version="TLS/1.3") + "\n"
        + PAIRS.format(result="NONE_NONE/200", bump="bump", errors=REFUSED, version="-") + "\n"
        + PAIRS.format(result="NONE_NONE/200", bump="terminate", errors="-", version="-"),
        ({"time": "2026-11-24T06:17:13Z", "src_ip": "10.1.2.3", "src_port": 41119, "dst_ip": "198.51.100.7",
          "dst_port": 443, "user": "dom\\carol", "tls_version": "1.3", "cert_validation": REFUSED, "tls_state": "seen",
          "cert_subject": 'CN=a,O=Self\\, \\"Ltd\\",C=DE', "cert_issuer": "CN=a,O=a/b,L=Zürich,C=DE"},
         {"tls_state": "failed", "outcome": "block"},
         {"tls_state": "failed", "outcome": "block"}),
    ),
    Case(
        "commas and percent signs",
        COMMAS + "\n" + COMMAS.replace("CONNECT,www.example.test:443", "GET,https://www.example.test/"),
        ({"category": "tls", "src_port": 41119, "dst_ip": "198.51.100.7", "user": "dom\\carol", "tls_version": "1.3",
          "cipher": "TLS_AES_256_GCM_SHA384", "sni": "www.example.test", "cert_issuer": "CN=R,O=Lab Trust,C=DE",
          "cert_subject": 'CN=a,O=Self\\, \\"Ltd\\",C=DE'},
         {"category": "http", "cert_issuer": "CN=R,O=Lab Trust,C=DE"}),
    ),
    Case(
        "JSON; a bumped session of which no certificate is logged; a spliced one, twice",
        '{"ts":1795504633.170,"src":"10.1.2.3","sport":41119,"action":"NONE_NONE","status":200,"method":"CONNECT",'
        '"url":"www.example.test:443","user":"alice","dst":"198.51.100.7","dport":"443","bump":"bump",'
        '"sni":"www.example.test","cert_subject":"-","cert_errors":"-"}\n'
        '{"ts":1795504633.171,"src":"10.1.2.3","action":"NONE_NONE","method":"CONNECT","url":"b.example.test:443",'
        '"bump":"splice","sni":"b.example.test"}\n'
        '{"ts":1795504633.172,"src":"10.1.2.3","action":"TCP_TUNNEL","method":"CONNECT","url":"b.example.test:443",'
        '"bump":"splice","sni":"b.example.test"}',
        ({"tls_state": "resigned", "src_port": 41119, "time": "2026-11-24T07:17:13.170000Z", "user": "alice"},
         {"category": "http"},
         {"category": "tls", "tls_state": "not_logged", "sni": "b.example.test"}),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_squid(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
