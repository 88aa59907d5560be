"""Palo Alto Networks: rows made from the field descriptions; every name and address is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendor_cases import Case, check

SHA256 = "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"
TIME = "2026/11/03 19:09:43"


def session(kind: str, subtype: str, action: str = "allow", user: str = "example\\jdoe") -> str:
    """The columns that all sessions begin with."""
    return (
        f"1,{TIME},111111111111,{kind},{subtype},2562,{TIME},192.0.2.4,198.51.100.8,203.0.113.1,0.0.0.0,Rule A,{user},,"
        f"ssl,vsys1,LAN,WAN,ae1,ae2,Fwd,{TIME},2020391,1,55107,443,22814,443,0x400400,tcp,{action}"
    )


def decryption(version: str = "TLS1.2", error: str = "None", certificate: bool = True, more: str = "") -> str:
    """A decryption record of PAN-OS 10 and later."""
    known = f"059125d7,{SHA256},2026/10/01 02:00:00,2027/10/01 01:59:59,V3,256,13,29,10,23,:::::RSA,example.test"
    stated = f"{known},Example CA,Root,static.example.test" if certificate else ",,,,V1,0,0,0,0,0,:::::NONE,,,,"
    chain = "trusted,Trusted,Forward" if certificate else "uninspected,Uninspected,No Decrypt"
    return (
        f"{session('DECRYPTION', '0')},N/A,,,,,25185364-4f1b-46b5-a376-a96a9438d665,Finished,Client_Hello,{version},"
        f"ECDHE,AES_256_GCM,SHA384,Policy,x25519,{error},{chain},{stated},,,,,,,,,2026-11-03T19:09:43.654+01:00{more}"
    )


SEEN = {
    "time": "2026-11-03T18:09:43.654000Z", "time_zone_known": True, "source": "paloalto.decryption",
    "category": "tls", "src_ip": "192.0.2.4", "src_port": 55107, "dst_ip": "198.51.100.8", "dst_port": 443,
    "src_nat_ip": "203.0.113.1", "dst_nat_ip": None, "user": "example\\jdoe", "action": "allow", "outcome": "allow",
    "sni": "static.example.test", "dst_host": "static.example.test", "tls_version": "1.2",
    "cert_sha256": SHA256, "certificate_id": SHA256, "cert_serial": "59125d7", "cert_subject_cn": "example.test",
    "cert_issuer_cn": "Example CA", "cert_not_before": "2026-10-01T01:00:00Z",
    "cert_not_after": "2027-10-01T00:59:59Z", "cert_validation": "Trusted", "tls_state": "seen",
    "fields.rule": "Rule A", "fields.root_cn": "Root",
}  # fmt: skip
URL = (
    f'{session("THREAT", "url", "block-url")},"bad.example.test:8443/x?a=b,c",(9999),malware,informational,'
    'client-to-server,1,0x0,US,US,0,,0,,,1,"Agent/1.0 (a, b)",,,"https://from.example.test/",,,,0,1,2,3,4,,fw-1,,,,get'
)
STRATA = (
    '{"TimeReceived":"2026-11-20T16:40:01Z","LogType":"DECRYPTION","Subtype":"start",'
    '"TimeGenerated":"2026-11-20T16:39:51.000000Z","SourceAddress":"192.0.2.1","DestinationAddress":"198.51.100.2",'
    '"SourceUser":"example\\\\jdoe","DestinationUser":null,"DestinationPort":443,"Action":"allow",'
    '"TLSVersion":"TLS1.3","TLSEncryptionAlgorithm":"AES_256_GCM","TLSAuth":"SHA384","ErrorIndex":"null",'
    f'"ChainStatus":"Untrusted","CertificateSerial":"0ab1","Fingerprint":"{SHA256}","TimeNotBefore":1730875569,'
    '"TimeNotAfter":0,"CommonName":"example.org","IssuerCommonName":"G CA","ServerNameIndication":"x.example.org"}'
)

CASES = [
    Case(
        "a tunnel's inspection, whose type is an end of its session",
        session("END", "end") + ",informational,7,0x0,US,DE,1,2,3,4,,fw-1,0,,0,,GRE,3000,1000,2000,9,4,5,0,0,0,0,1,1,"
        f"aged-out,from-policy,{TIME},12,Rule T",
        ({"source": "paloalto.traffic", "category": "connection", "src_ip": "192.0.2.4", "dst_port": 443,
          "bytes_out": 1000, "bytes_in": 2000, "duration_s": 12.0, "log_source": "fw-1", "user": "example\\jdoe"},),
    ),
    Case("decryption", decryption(), (SEEN,)),
    Case("later version, more columns", decryption(more=",,,,,7,0x8000,53,0,0,0,,fw,1,a,\"b,c\",,ssl,no,no"), (SEEN,)),
    Case("RFC 3164 header", f"<14>Nov  3 19:09:43 fw {decryption()}", (SEEN | {"log_source": "fw"},)),
    Case("RFC 5424 header", f"<14>1 2026-11-03T19:09:43Z fw - - - - {decryption()}", (SEEN | {"log_source": "fw"},)),
    Case("header of two capitals", f"<14>Nov  3 19:09:43 PP {decryption()}", (SEEN,)),
    Case(
        "not decrypted, failed",
        decryption("TLS1.3", certificate=False) + "\n" + decryption(error="Certificate"),
        ({"tls_state": "hidden_tls13", "certificate_id": None, "cipher": "TLS_AES_256_GCM_SHA384", "sni": None},
         {"tls_state": "failed", "certificate_id": SHA256}),
    ),
    Case(
        "url filtering",
        URL,
        ({"source": "paloalto.url", "category": "http", "url": "bad.example.test:8443/x?a=b,c", "outcome": "block",
          "dst_host": "bad.example.test", "user_agent": "Agent/1.0 (a, b)", "http_method": "GET",
          "referrer": "https://from.example.test/", "verdict": "malware", "event_id": "9999", "log_source": "fw-1"},),
    ),
    Case(
        "threats: a URL, a file",
        f'{session("THREAT", "vulnerability", "alert")},"a.example.test/x.php",Some Flaw(30001),any,high\n'
        f'{session("THREAT", "virus", "reset-both")},"setup.exe",Some Virus(2001),any,medium',
        ({"source": "paloalto.threat", "category": "verdict", "url": "a.example.test/x.php", "file_path": None,
          "dst_host": "a.example.test", "verdict": "Some Flaw(30001)", "event_id": "30001"},
         {"url": None, "file_path": "setup.exe", "outcome": "block"}),
    ),
    Case(
        "traffic, first columns only; user with doubled backslash",
        f"{session('TRAFFIC', 'end', 'reset-both', 'net' + chr(92) * 2 + 'joe')},300,100,200,3,{TIME},12,any",
        ({"source": "paloalto.traffic", "bytes_out": 100, "bytes_in": 200, "duration_s": 12.0, "outcome": "block",
          "user": "net\\joe", "time": "2026-11-03T19:09:43Z", "time_zone_known": False},),
    ),
    Case(
        "short dates; types without a session",
        "1,9/16/19 10:00,1801017000,TRAFFIC,start,2049,9/16/19 10:00,192.0.2.1,198.51.100.1,0.0.0.0,0.0.0.0,P,,,ping\n"
        f"1,{TIME},1,HIPMATCH,0,2049,{TIME},joe,vsys1,PC-1,Mac,192.0.2.9,HIP,1,profile\n"
        f'1,{TIME},1,SYSTEM,auth,2049,{TIME},,auth-success,x,0,0,general,high,"user joe, a=b, c=d",1,0x0\n'
        f"1,{TIME},1,NEWTYPE,0,2049,{TIME},joe",
        ({"time": "2019-09-16T10:00:00Z", "src_ip": "192.0.2.1"},
         {"src_ip": "192.0.2.9", "user": "joe", "computer": "PC-1"},
         {"event_id": "auth-success", "fields.opaque": "user joe, a=b, c=d"},
         {"source": "unrecognised.text"}),
    ),
    Case(
        "CEF of both kinds",
        "CEF:0|Palo Alto Networks|LF|2.0|DECRYPTION|end|3|dtz=UTC rt=Mar 01 2026 20:35:55 start=Mar 01 2026 20:35:54 "
        "src=192.0.2.1 dst=198.51.100.1 suser=net\\\\\\\\joe spt=1 dpt=443 act=allow PanOSTLSVersion=TLS1.2 "
        "PanOSChainStatus=null PanOSErrorIndex=Certificate PanOSErrorMessage=Received fatal alert CertificateExpired "
        f"PanOSFingerprint={SHA256} PanOSTimeNotBefore=0 PanOSCommonName=example.test PanOSIssuerCommonName=CA\n"
        "CEF:0|Palo Alto Networks|PAN-OS|10.2|url|THREAT|1|rt=Mar 01 2026 20:35:54 GMT src=192.0.2.1 dst=198.51.100.1 "
        "cs2Label=URL Category cs2=malware request=bad.example.test/x act=alert",
        ({"source": "paloalto.decryption", "time": "2026-03-01T20:35:54Z", "user": "net\\joe", "tls_state": "failed",
          "cert_validation": "Received fatal alert CertificateExpired", "cert_not_before": None},
         {"source": "paloalto.url", "dst_host": "bad.example.test", "verdict": "malware", "event_type": "url"}),
    ),
    Case(
        "LEEF with bars",
        "LEEF:1.0|Palo Alto Networks|PAN-OS Syslog Integration|10.1|(9999)|ReceiveTime=2026/03/01 20:35:54|cat=THREAT|"
        "Subtype=url|devTime=Mar 01 2026 20:35:54 GMT|src=192.0.2.1|dst=198.51.100.1|usrName=net\\joe|srcPort=1|"
        'dstPort=443|action=block-url|Miscellaneous="bad.example.test/x?a=b|c"|URLCategory=malware|RequestMethod=get',
        ({"source": "paloalto.url", "url": "bad.example.test/x?a=b|c", "user": "net\\joe", "outcome": "block"},),
    ),
    Case(
        "JSON of the cloud",
        STRATA,
        ({"source": "paloalto.decryption", "cert_validation": "Untrusted", "cert_not_after": None,
          "cert_not_before": "2024-11-06T06:46:09Z", "user": "example\\jdoe", "tls_version": "1.3", "tls_state": "seen",
          "time": "2026-11-20T16:39:51Z"},),
    ),
    Case(
        "export of the console",
        "Domain,Receive Time,Serial #,Type,Threat/Content Type,Config Version,Generate Time,Source address,"
        "Destination address,Source User,Destination Port,Action,URL/Filename,Category\n"
        f'1,{TIME},1,THREAT,url,1,{TIME},192.0.2.1,198.51.100.1,joe,443,alert,"a.example.test/x",news',
        ({"source": "paloalto.url", "src_ip": "192.0.2.1", "dst_port": 443, "dst_host": "a.example.test",
          "user": "joe", "verdict": "news"},),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_paloalto(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
