"""How fast vendor sources read: ``python benchmarks/vendors.py [--records 200000] [NAME …]``.

Records as long as in the field, each different, read to Arrow columns as a scan reads them: by one process, and by two
where the file is large enough. For scale the same run times records of the same envelope that no vendor takes.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from certhound.query.plan import Rejected
from certhound.sources.contract import Recognised
from certhound.sources.envelopes import SOURCE, parallel
from certhound.sources.files import Unreadable, open_input


def _clock(number: int) -> str:
    return f"{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}"


def _client(number: int) -> str:
    return f"10.{number % 7}.{number % 251}.{number % 249}"


def zscaler(number: int) -> str:
    pairs = {
        "cat": "Allowed", "devTime": f"Nov 24 2026 {_clock(number)} GMT", "src": _client(number),
        "dst": f"198.51.100.{number % 250}", "srcPostNAT": "203.0.113.5", "realm": "Site",
        "usrName": f"user{number % 5000}@example.test", "srcBytes": str(number), "dstBytes": str(number * 3),
        "url": f"www{number % 900}.example.test/path/{number}", "recordid": str(number), "useragent": "Mozilla/5.0 (X)",
        "hostname": f"www{number % 900}.example.test", "appproto": "HTTPS", "urlcategory": "News", "threatname": "None",
        "reqmethod": "GET", "respcode": "200", "srvtlsversion": "TLS1_2", "srvcertchainvalpass": "Pass",
        "ssldecrypted": "Yes", "policy": "Default rule of all sites", "role": "Department of things",
    }  # fmt: skip
    head = f"<134>Nov 24 {_clock(number)} nss1 LEEF:1.0|Zscaler|NSS|4.1|Allowed|"
    return head + "\t".join(f"{key}={value}" for key, value in pairs.items())


def fortigate_cef(number: int) -> str:
    return (
        f"<189>Nov 24 {_clock(number)} fw1 CEF:0|Fortinet|Fortigate|v7.4.3|00013|traffic:forward accept|3|"
        f"FTNTFGTlogid=0000000013 cat=traffic:forward FTNTFGTsubtype=forward FTNTFGTlevel=notice FTNTFGTvd=root "
        f"FTNTFGTeventtime={1_778_000_401_123_456_000 + number * 1_000_000} src={_client(number)} "
        f"spt={1024 + number % 60000} deviceInboundInterface=lan dst=198.51.100.{number % 250} dpt=443 proto=6 "
        f"act=accept FTNTFGTpolicyid=7 FTNTFGTservice=HTTPS app=HTTPS sourceTranslatedAddress=203.0.113.4 "
        f"externalId={number} FTNTFGTduration=12 out={number} in={number * 2} FTNTFGTsentpkt=58 FTNTFGTrcvdpkt=105"
    )


def fortigate_pairs(number: int) -> str:
    return (
        f'<189>date=2026-11-24 time={_clock(number)} devname="edge-1" devid="FG100FTK20000001" '
        f'eventtime={1_778_000_401_123_456_000 + number * 1_000_000} tz="-0700" logid="1703062200" type="utm" '
        f'subtype="ssl" eventtype="ssl-server-cert-info" level="information" vd="root" action="info" '
        f'sessionid={number} service="HTTPS" srcip={_client(number)} srcport={1024 + number % 60000} '
        f'dstip=198.51.100.{number % 250} dstport=443 proto=6 sni="login{number % 900}.example.test" tlsver="tls1.3" '
        f'cipher="0x1302" certhash="{number % 900:040x}" cn="*.example{number % 900}.test" issuer="Example CA" '
        f'sn="{number % 900:x}" notbefore="2026-01-01T00:00:00Z" notafter="2026-12-31T23:59:59Z"'
    )


def paloalto(number: int) -> str:
    at = f"2026/11/24 {_clock(number)}"
    return (
        f"<14>Nov 24 {_clock(number)} fw1 1,{at},0111,DECRYPTION,0,2562,{at},{_client(number)},"
        f"198.51.100.{number % 250},203.0.113.1,0.0.0.0,Rule A,net\\u{number % 5000},,ssl,vsys1,LAN,WAN,ae1,ae2,Fwd,"
        f"{at},{number},1,{1024 + number % 60000},443,22814,443,0x400400,tcp,allow,N/A,,,,,25185364-4f1b,Finished,"
        f"Client_Hello,TLS1.2,ECDHE,AES_256_GCM,SHA384,Policy,x25519,None,trusted,Trusted,Forward,0591{number % 900:x},"
        f"{number % 900:064x},2026/10/01 02:00:00,2027/10/01 01:59:59,V3,256,13,29,10,23,:::::RSA,"
        f"e{number % 900}.example.test,Example CA,Root,s.example.test,,,,,,,,,2026-11-24T{_clock(number)}.654+01:00"
    )


def squid(number: int) -> str:
    host = f"www{number % 900}.example.test"
    return (
        f"{1_795_504_633 + number}.170     30 {_client(number)} NONE_NONE/200 0 CONNECT {host}:443 "
        f"dom\\\\user{number % 5000} HIER_DIRECT/198.51.100.{number % 250} - bump {host} "
        f"/C=DE/O=Example GmbH/CN={host} /C=DE/O=Lab Trust/CN=Lab Root CA - -/-"
    )


def checkpoint(number: int) -> str:
    return (
        f"time={1_772_728_638 + number}|hostname=mgmt-1|product=VPN-1 & FireWall-1|action=Drop|ifdir=inbound|"
        f"loguid={{0x5d9ce80f,{number}}}|origin=192.0.2.1|originsicname=cn\\=cp_mgmt,o\\=gw..4zrt7d|"
        f"dst=198.51.100.{number % 250}|proto=6|s_port={1024 + number % 60000}|service=443|src={_client(number)}|"
        f"xlatesrc=203.0.113.9|xlatedst=0.0.0.0|src_user_name=u{number % 5000}|rule_name=out|layer_name=Network"
    )


def zscaler_json(number: int) -> str:
    event = {
        "sourcetype": "zscalernss-web", "datetime": f"2026-11-24 {_clock(number)}", "action": "Allowed",
        "user": f"user{number % 5000}@example.test", "clientip": _client(number),
        "serverip": f"198.51.100.{number % 250}",
        "url": f"www{number % 900}.example.test/path/{number}", "hostname": f"www{number % 900}.example.test",
        "protocol": "SSL", "requestsize": number, "responsesize": number * 3, "requestmethod": "CONNECT",
        "status": "200", "srvtlsversion": "TLS1_2", "srvcertchainvalpass": "Pass", "ssldecrypted": "Yes",
    }  # fmt: skip
    return json.dumps(event)


def nobody_leef(number: int) -> str:
    return zscaler(number).replace("|Zscaler|", "|Nobody|")


def nobody_pairs(number: int) -> str:
    return fortigate_pairs(number).replace("logid=", "logno=")


RECORDS: dict[str, Callable[[int], str]] = {
    "leef": nobody_leef, "zscaler leef": zscaler, "fortigate cef": fortigate_cef, "key=value": nobody_pairs,
    "fortigate key=value": fortigate_pairs, "paloalto csv": paloalto, "squid": squid, "checkpoint": checkpoint,
    "zscaler json": zscaler_json,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("names", nargs="*", default=list(RECORDS))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.log"
        path.write_text(zscaler(1), "utf-8")
        _rows(path)  # what is imported once is not measured
        for name in chosen.names:
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(RECORDS[name](number) + "\n" for number in range(chosen.records))
            _report(name, path, chosen.records)


def _report(name: str, path: Path, count: int) -> None:
    for processes, least in ((1, 1 << 60), (2, 1)):
        parallel.FROM_BYTES = least
        started, used = time.perf_counter(), sum(os.times()[:4])
        rows = _rows(path)
        wall, used = time.perf_counter() - started, sum(os.times()[:4]) - used
        assert rows == count, (rows, count)
        print(
            f"{name:20} {path.stat().st_size // count:4} bytes  {processes} processes  {count / wall:9,.0f} records/s"
            f"  {used / count * 1e6:6.1f} µs of processor time each"
        )


def _rows(path: Path) -> int:
    file = open_input(path)
    assert not isinstance(file, Unreadable), file
    answer = SOURCE.recognise(file)
    assert isinstance(answer, Recognised), answer
    items = (item for plan in answer.plans for item in plan.careful())
    return sum(len(item.lines) for item in items if not isinstance(item, Rejected))


if __name__ == "__main__":
    main()
