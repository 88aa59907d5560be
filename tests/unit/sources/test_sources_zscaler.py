"""Zscaler: records in the vendor's templates; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

VERDICT = "srvcertchainvalpass=Fail is_sslselfsigned=Yes is_sslexpiredca=No srvtlsversion=TLS1_2 ssldecrypted=Yes"
CEF = (
    "<134>Jan 31 08:15:00 zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS "
    "cat=News dhost=www.example.test dst=198.51.100.7 src=10.1.2.3 in=5 outcome=200 out=6 "
    "request=www.example.test/x%20y rt=Jan 31 26 08:15:00 sourceTranslatedAddress=203.0.113.5 "
    "requestClientApplication=Mozilla/5.0%20(X) requestMethod=GET suser=joe%40example.test externalId=7 "
    "reason=Allowed cs5=None cs5Label=threatname"
)
WEB = {
    "source": "zscaler.nss_web", "category": "http", "time": "2026-01-31T08:15:00Z", "time_zone_known": False,
    "src_ip": "10.1.2.3", "src_nat_ip": "203.0.113.5", "dst_ip": "198.51.100.7", "dst_port": 443,
    "url": "www.example.test/x%20y", "dst_host": "www.example.test", "user": "joe@example.test", "action": "Allowed",
    "outcome": "allow", "bytes_in": 5, "bytes_out": 6, "http_status": 200, "http_method": "GET",
    "user_agent": "Mozilla/5.0 (X)", "verdict": "News", "log_source": "zscaler-nss",
}  # fmt: skip
KEY_VALUE = (
    "2026-03-05 16:17:18\treason=Allowed\tevent_id=9\tprotocol=HTTPS\taction=Allowed\tresponsesize=65\t"
    "requestsize=598\tserverip=198.51.100.7\trequestmethod=CONNECT\tproduct=NSS\tlocation=A->B, C\t"
    "ClientIP=10.1.2.3\tstatus=200\tuser=joe@example.test\turl=www.example.test:8443\tvendor=Zscaler\t"
    "hostname=www.example.test\tclientpublicIP=203.0.113.5"
)
JSON = (
    '{"sourcetype":"zscalernss-web","event":{"datetime":"2026-08-28 15:43:14","tz":"Europe/Berlin","action":"%s",'
    '"protocol":"SSL","serverip":"198.51.100.8","ClientIP":"10.1.2.5","url":"a.example.test","vendor":"Zscaler",'
    '"hostname":"a.example.test","user":"None","useragent":"Unknown","devicehostname":" "%s}}'
)
PRESET = (
    '"Mon Jun 22 15:29:11 2026","joe","HTTP","shop.example.test/a,b","Blocked","Shop","Apps","72","14061","0","0",'
    '"Loss","Shopping","Online Shopping","None","None","0","None","None","site","Dept","172.17.3.49",'
    '"198.51.100.229","GET","403","curl/7.68.0","None","FwFilter","Rule","Other","None","NA","PC-1","N/A"'
)

CASES = [
    Case("CEF", CEF, (WEB,)),
    Case(
        "CEF with verdicts",
        f"{CEF} {VERDICT}",
        (WEB | {"category": "tls", "tls_version": "1.2", "cert_validation": "Fail, self-signed",
                "tls_state": "resigned", "fields.srvcertchainvalpass": "Fail"},),
    ),
    Case(
        "blocked for its certificate, time cut, comma in the time",
        CEF.replace("Allowed", "Blocked") + " is_ssluntrustedca=Fail srvocspresult=Revoked\n"
        + CEF.replace("rt=Jan 31 26 08:15:00", "rt=Jan"),
        (WEB | {"category": "tls", "action": "Blocked", "outcome": "block", "tls_state": "failed",
                "cert_validation": "untrusted CA, revoked"},
         {"source": "zscaler.nss_web"}),
    ),
    Case(
        "LEEF with tabs, and with blanks for them",
        "LEEF:1.0|Zscaler|NSS|4.1|Malware|cat=Blocked\tdevTime=Oct 02 2026 16:21:40 GMT\tsrc=10.1.2.4\t"
        "dst=198.51.100.9\tsrcPostNAT=203.0.113.5\tusrName=joe\turl=https.example.test/\thostname=https.example.test\t"
        "srcBytes=3\tdstBytes=4\tuseragent=a b\tappproto=HTTPS\tclienttlsversion=TLS1_3\tis_sslselfsigned=No\n"
        "Mon Oct 02 16:21:40 UTC 2026 zscaler-nss: LEEF:1.0|Zscaler|NSS|4.1|NA|filetype=Archive Files cat=Blocked "
        "hostname=NA src=10.1.2.4 url=www.example.test/ policy=Malicious file devTimeFormat=MMM dd yyyy HH:mm:ss z "
        "usrName=joe@example.test devTime=Mon Oct 02 16:21:40 UTC 2026 dst=198.51.100.9 threatname=W32/Tool",
        ({"category": "tls", "tls_version": "1.3", "action": "Blocked", "user": "joe", "user_agent": "a b",
          "time": "2026-10-02T16:21:40Z", "time_zone_known": True, "src_nat_ip": "203.0.113.5", "dst_port": 443},
         {"category": "http", "url": "www.example.test/", "dst_host": "www.example.test", "verdict": "W32/Tool",
          "time": "2026-10-02T16:21:40Z", "user": "joe@example.test"}),
    ),
    Case(
        "key=value, time before the first key",
        KEY_VALUE,
        ({"time": "2026-03-05T16:17:18Z", "src_ip": "10.1.2.3", "dst_port": 8443, "user": "joe@example.test",
          "category": "http", "fields.location": "A->B, C"},),
    ),
    Case(
        "JSON below event; words that say nothing",
        JSON % ("Allowed", "") + "\n" + JSON % ("Blocked", ',"cltsslfailreason":"Bad certificate"'),
        ({"category": "tls", "tls_state": "not_logged", "time": "2026-08-28T13:43:14Z", "user": None,
          "user_agent": None, "computer": None, "dst_port": 443},
         {"tls_state": "failed", "cert_validation": "Bad certificate"}),
    ),
    Case(
        "other feeds of the same wrapper",
        '{"sourcetype":"zscalernss-fw","event":{"datetime":"Mon Aug 31 15:43:59 2026","user":"joe","cdport":"443",'
        '"csport":"52352","csip":"10.1.2.3","cdip":"198.51.100.1","ssip":"203.0.113.6","sdip":"0.0.0.0",'
        '"action":"Drop","proto":"UDP","inbytes":"1","outbytes":"2"}}\n'
        '{"sourcetype":"zscalernss-dns","event":{"datetime":"Mon Aug 31 15:43:59 2026","user":"joe",'
        '"reqaction":"Block","dns_req":"x.example.test","dns_reqtype":"AAAA","clt_sip":"10.1.2.3","srv_dip":"1.1.1.1"}}\n'
        '{"sourcetype":"zscalernss-fw","event":{"datetime":"Mon Aug 31 15:43:59 2026","login":"joe",'
        '"clt_sip":"10.1.2.3","clt_sport":"53321","srv_dip":"198.51.100.1","srv_dport":"445","action":"Block/Drop","nwsvc":"TCP"}}\n'
        '{"sourcetype":"zscalernss-dns","event":{"datetime":"Mon Aug 31 15:43:59 2026","user":"joe",'
        '"reqaction":"REQ_ALLOW","dns_req":"x.example.test","dns_reqtype":"A record","clt_sip":"10.1.2.3"}}\n'
        '{"sourcetype":"zscalernss-tunnel","event":{"datetime":"Mon Aug 31 15:43:59 2026","user":"joe"}}',
        ({"category": "connection", "transport": "udp", "outcome": "block", "src_nat_ip": "203.0.113.6",
          "dst_nat_ip": None, "src_port": 52352},
         {"category": "dns", "dns_query": "x.example.test", "dns_type": "AAAA", "outcome": "block"},
         {"category": "connection", "src_ip": "10.1.2.3", "src_port": 53321, "dst_ip": "198.51.100.1", "dst_port": 445,
          "outcome": "block", "user": "joe"},
         {"dns_type": "A", "outcome": "allow"},
         {"source": "zscaler.nss_other", "user": "joe"}),
    ),
    Case(
        "CSV, the preset order and columns of its own",
        PRESET,
        ({"url": "shop.example.test/a,b", "user": "joe", "computer": "PC-1", "src_ip": "172.17.3.49",
          "http_status": 403, "time": "2026-06-22T15:29:11Z", "outcome": "block"},),
    ),
    Case(
        "CSV with a header, base64",
        "epochtime,login,action,proto,b64url,cip,sip,srvcertchainvalpass,srvtlsversion,srvsslcipher\n"
        "1774000000,joe,Allowed,HTTPS,d3d3LmV4YW1wbGUudGVzdC94,10.1.2.3,198.51.100.7,Pass,TLS1_3,TLS_AES_256_GCM_SHA384",
        ({"url": "www.example.test/x", "dst_host": "www.example.test", "tls_version": "1.3", "category": "tls",
          "cert_validation": "Pass", "cipher": "TLS_AES_256_GCM_SHA384", "tls_state": "hidden_tls13",
          "time": "2026-03-20T09:46:40Z"},),
    ),
    Case(
        "Private Access, a port with zeros before it",
        '{"LogTimestamp":"Tue Mar 03 16:17:18 2026","Customer":"c","ConnectionID":"a,b","Method":"GET",'
        '"Protocol":"HTTPS","Host":"app.example.test","URL":"/x","NameID":"joe","StatusCode":101,'
        '"ApplicationPort":443,"ClientPublicIp":"203.0.113.9","ClientPublicPort":00000}\n'
        '{"LogTimestamp":"Tue Mar 03 16:17:18 2026","Customer":"c","ConnectionID":"a","ConnectionStatus":"open",'
        '"Username":"joe","ServerIP":"192.0.2.1","ServerPort":443,"IPProtocol":6,"ClientPublicIP":"203.0.113.9"}',
        ({"source": "zscaler_zpa.browser_access", "url": "https://app.example.test/x", "user": "joe",
          "time": "2026-03-03T16:17:18Z", "src_ip": "203.0.113.9"},
         {"source": "zscaler_zpa.user_activity", "dst_ip": "192.0.2.1", "transport": "tcp", "action": "open"}),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_zscaler(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
