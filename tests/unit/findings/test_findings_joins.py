"""What proxies, endpoints and mail tell of a certificate that a sensor saw meets in the finding about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import zeek_logs as z
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from certhound.findings import details, joins
from certhound.findings.lasting import scan_into
from certhound.findings.report import Finding, Related, Report
from certhound.findings.run import scan
from certhound.model.levels import Confidence
from certhound.model.profile import Profile

NAME, CLIENT, SERVER = "login.evil.example", "10.1.0.9", "203.0.113.5"
START = 1700000000.0
SHA256, SHA1 = "ab" * 32, hashlib.sha1(b"any", usedforsecurity=False).hexdigest()
SUBJECT = "emailAddress=parse@conn.sons.info,CN=conn.sons.info,OU=parse,O=Conn and Sons,ST=SC,C=US"


def sensor(folder: Path, *, name: str | None = NAME) -> None:
    """Zeek's logs of three sessions, one a minute, with a certificate that ranks."""
    sessions = [
        dict(z.SESSIONS[0])
        | {
            "ts": START + 300 * n, "uid": f"Cjoin{n:012d}", "id.orig_h": CLIENT, "id.orig_p": 51000 + n,
            "id.resp_h": SERVER, "id.resp_p": 443, "server_name": name, "established": True, "resumed": False,
            "version": "TLSv12", "cert_chain_fps": [SHA256], "validation_status": "self signed certificate",
        }
        for n in range(3)
    ]  # fmt: skip
    certificate = dict(z.CERTIFICATES[0]) | {
        "fingerprint": SHA256, "certificate.serial": "06743FC495E54B7B", "certificate.subject": SUBJECT,
        "certificate.issuer": SUBJECT, "certificate.not_valid_before": 1479837055.0,
        "certificate.not_valid_after": 1763661055.0, "san.dns": [], "basic_constraints.ca": True,
    }  # fmt: skip
    z.write(folder / "ssl.log", z.tsv("ssl", sessions))
    z.write(folder / "x509.log", z.tsv("x509", [certificate]))


def squid(
    folder: Path,
    *,
    after: float = 2,
    client: str = CLIENT,
    server: str = SERVER,
    host: str = NAME,
    name: str = "access",
) -> None:
    line = f"{START + after:.3f}     30 {client} TCP_TUNNEL/200 4711 CONNECT {host}:443 carol HIER_DIRECT/{server} -\n"
    (folder / f"{name}.log").write_text(line)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def sysmon(folder: Path, number: int, name: str = "sysmon", **data: str) -> None:
    known = {"UtcTime": _stamp(START + 1), "Image": r"C:\Users\bob\a.exe", "User": r"CORP\bob", "ProcessId": "7"} | data
    said = "".join(f'<Data Name="{key}">{escape(value)}</Data>' for key, value in known.items())
    stamp = known["UtcTime"].replace(" ", "T") + "Z"
    (folder / f"{name}.xml").write_text(
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f'<Provider Name="Microsoft-Windows-Sysmon"/><EventID>{number}</EventID><TimeCreated SystemTime="{stamp}"/>'
        "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>PC1.corp.example</Computer></System>"
        f"<EventData>{said}</EventData></Event>\n"
    )


def connection(folder: Path, **data: str) -> None:
    sysmon(folder, 3, **{
        "Protocol": "tcp", "Initiated": "true", "SourceIp": CLIENT, "SourcePort": "51000", "DestinationIp": SERVER,
        "DestinationPort": "443",
    } | data)  # fmt: skip


def audit(folder: Path, *, after: float = 1) -> None:
    head = f"msg=audit({START + after:.3f}:78):"
    (folder / "audit.log").write_text(
        f"node=web01 type=SYSCALL {head} arch=c000003e syscall=42 success=yes exit=0 items=0 ppid=10 pid=12 auid=1000 "
        'uid=33 comm="curl" exe="/usr/bin/curl" key="net"\n'
        f"node=web01 type=SOCKADDR {head} saddr=020001BBCB0071050000000000000000\nnode=web01 type=EOE {head} \n"
    )


def mail(folder: Path, *, link: str = f"https://{NAME}/invoice") -> None:
    made = EmailMessage()
    made["Received"] = "from mail.evil.example ([203.0.113.66]) by mx.corp.example; Tue, 14 Nov 2023 22:10:00 +0000"
    made["From"], made["To"], made["Subject"] = "bob@evil.example", "ann@corp.example", "Invoice"
    made["Date"], made["Message-ID"] = "Tue, 14 Nov 2023 22:10:00 +0000", "<id-1@evil.example>"
    made.set_content(f"see {link}\n")
    (folder / "mail.eml").write_text(made.as_string())


def click(folder: Path, *, client: str = CLIENT, url: str = f"https://{NAME}/invoice") -> None:
    moment = datetime.fromtimestamp(START - 5, UTC).isoformat().replace("+00:00", "Z")
    said = {
        "Timestamp": moment, "AccountUpn": "ann@corp.example", "Url": url, "ActionType": "ClickAllowed",
        "IsClickedThrough": "false", "IPAddress": client, "NetworkMessageId": "n1",
    }  # fmt: skip
    line = {"time": moment, "tenantId": "t", "category": "AdvancedHunting-UrlClickEvents", "properties": said}
    (folder / "clicks.json").write_text(json.dumps(line) + "\n")


def tool(folder: Path, computer: str, command: str) -> None:
    words = command.split()
    head = f"msg=audit({START - 600:.3f}:5):"
    shown = " ".join(f'a{n}="{word}"' for n, word in enumerate(words))
    (folder / "tool.log").write_text(
        f"node={computer} type=SYSCALL {head} arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=10 pid=11 "
        f'auid=1000 uid=0 comm="{words[0]}" exe="/usr/bin/{words[0]}" key="cert"\n'
        f"node={computer} type=EXECVE {head} argc={len(words)} {shown}\nnode={computer} type=EOE {head} \n"
    )


def finding_of(report: Report) -> Finding:
    return next(each for each in report.findings if each.entity.sha256 == SHA256)


def relations(folder: Path, *kinds: str) -> list[Related]:
    found = finding_of(scan([folder], profile=Profile())).related
    return [each for each in found if not kinds or each.kind in kinds]


def test_all_of_it_meets_in_one_finding(tmp_path: Path) -> None:
    sensor(tmp_path)
    alone = finding_of(scan([tmp_path], profile=Profile()))
    for add in (squid, connection, mail, click):
        add(tmp_path)
    report = scan([tmp_path], profile=Profile())
    assert not report.unrecognised
    finding = finding_of(report)
    by_kind = {each.kind: each for each in finding.related}
    assert set(by_kind) == {"proxy", "process", "mail", "click"}
    assert by_kind["proxy"].certainty is by_kind["process"].certainty is Confidence.HIGH
    assert by_kind["proxy"].keys == ("client", "name", "server address", "time within 60 s")
    assert by_kind["process"].keys[0] == "community_id"
    assert r"C:\Users\bob\a.exe of CORP\bob on PC1.corp.example" in by_kind["process"].text
    assert "Community ID 1:" in by_kind["process"].text
    assert "carol" in by_kind["proxy"].text
    assert "Invoice" in by_kind["mail"].text
    assert "bob@evil.example" in by_kind["mail"].text
    assert "ann@corp.example clicked" in by_kind["click"].text
    assert by_kind["click"].certainty is Confidence.HIGH
    assert all(each.origin is not None and each.origin.record for each in finding.related)
    assert (alone.confidence, finding.confidence) == (Confidence.LOW, Confidence.HIGH)
    assert (alone.score, alone.sessions, alone.id) == (finding.score, finding.sessions, finding.id)


Add = Callable[[Path], None]
CASES: dict[str, tuple[str, Add, tuple[Confidence, str] | None]] = {
    "a proxy without the address": ("proxy", lambda f: squid(f, server="-"), (Confidence.MEDIUM, "name")),
    "a proxy a minute off": ("proxy", lambda f: squid(f, after=130), None),
    "a proxy before": ("proxy", lambda f: squid(f, after=-59), (Confidence.HIGH, "client")),
    "a proxy for another client": ("proxy", lambda f: squid(f, client="10.1.0.10"), None),
    "a proxy for another name": ("proxy", lambda f: squid(f, host="www.evil.example"), None),
    "a proxy to another address": ("proxy", lambda f: squid(f, server="203.0.113.6"), None),
    "no source port": ("process", lambda f: connection(f, SourcePort="0"), (Confidence.MEDIUM, "client")),
    "another source port, at that time": (
        "process",
        lambda f: connection(f, SourcePort="40000"),
        (Confidence.MEDIUM, "client"),
    ),
    "the same five-tuple much later": ("process", lambda f: connection(f, UtcTime=_stamp(START + 7200)), None),
    "another host": ("process", lambda f: connection(f, SourceIp="10.1.0.10"), None),
    "another port of the server": ("process", lambda f: connection(f, DestinationPort="8443"), None),
    "the kernel's audit": ("process", audit, (Confidence.LOW, "server address")),
    "the kernel's audit, late": ("process", lambda f: audit(f, after=4000), None),
    "a lookup": ("lookup", lambda f: sysmon(f, 22, QueryName=NAME, QueryResults=SERVER), (Confidence.MEDIUM, "name")),
    "a lookup of another name": ("lookup", lambda f: sysmon(f, 22, QueryName="a.example", QueryResults=SERVER), None),
    "a mail to a name below": ("mail", lambda f: mail(f, link=f"https://a.{NAME}/"), None),
    "a mail with the name in capitals": (
        "mail",
        lambda f: mail(f, link="https://LOGIN.EVIL.example:443/x"),
        (Confidence.MEDIUM, "host"),
    ),
    "a click from elsewhere": ("click", lambda f: click(f, client="10.9.9.9"), (Confidence.MEDIUM, "host")),
    "a click on another link": ("click", lambda f: click(f, url="https://b.example/"), None),
    "a tool that names it": (
        "host_tool",
        lambda f: tool(f, "pc7", f"certbot certonly -d {NAME}"),
        (Confidence.MEDIUM, "name"),
    ),
    "a tool on the host of that name": (
        "host_tool",
        lambda f: tool(f, NAME, "openssl req -x509"),
        (Confidence.LOW, "computer"),
    ),
    "a tool elsewhere": ("host_tool", lambda f: tool(f, "pc7", "openssl req -x509"), None),
}


@pytest.mark.parametrize("case", CASES)
def test_each_key(case: str, tmp_path: Path) -> None:
    kind, add, expected = CASES[case]
    sensor(tmp_path)
    add(tmp_path)
    found = relations(tmp_path, kind)
    if expected is None:
        assert found == []
    else:
        assert [each.certainty for each in found] == [expected[0]]
        assert expected[1] in " ".join(found[0].keys)


def test_a_link_to_an_address(tmp_path: Path) -> None:
    sensor(tmp_path, name=None)
    mail(tmp_path, link=f"https://{SERVER}/x")
    assert [each.kind for each in relations(tmp_path)] == ["mail"]


def test_joins_add_no_findings_and_change_no_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sensor(tmp_path)
    for add in (squid, connection, audit, mail, click):
        add(tmp_path)
    tool(tmp_path, NAME, f"openssl req -x509 -subj /CN={NAME}")
    joined = scan([tmp_path], profile=Profile())
    monkeypatch.setattr(details, "related", lambda lake: {})
    bare = scan([tmp_path], profile=Profile())
    assert any(each.related for each in joined.findings)
    for one, other in zip(joined.findings, bare.findings, strict=True):
        assert one.confidence == other.confidence or other.confidence in (Confidence.LOW, Confidence.MEDIUM)
        assert replace(one, related=(), confidence=other.confidence) == other


def test_sensors_alone_pay_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sensor(tmp_path)
    z.write(tmp_path / "http.log", z.tsv("http", [{"ts": START, "uid": "C1", "id.orig_h": CLIENT, "host": NAME}]))
    monkeypatch.setattr(joins.evidence, "views", None)
    assert relations(tmp_path) == []


def test_every_join_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "joins.md").read_text()
    assert {join.kind for join in joins.joins()} == {kind for kind in KINDS if f"| `{kind}` |" in page}


KINDS = ("proxy", "process", "lookup", "mail", "click", "thumbprint", "host_tool")


def test_a_thumbprint(tmp_path: Path) -> None:
    """A certificate that was given as a file, and the registry's word that it became a root."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(SUBJECT.replace("emailAddress", "1.2.840.113549.1.9.1"))
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 77, start, start.replace(year=2030))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (tmp_path / "c.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    thumb = made.fingerprint(hashes.SHA1()).hex().upper()
    store = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates"
    sysmon(tmp_path, 13, EventType="SetValue", TargetObject=f"{store}\\{thumb}\\Blob", Details="Binary Data")
    report = scan([tmp_path], profile=Profile())
    finding = next(each for each in report.findings if each.entity.kind == "certificate")
    assert [(each.kind, each.keys, each.certainty) for each in finding.related] == [
        ("thumbprint", ("sha1",), Confidence.HIGH)
    ]
    assert "written to HKLM" in finding.related[0].text


def test_a_verdict_of_a_proxy_meets_the_certificate(tmp_path: Path) -> None:
    sensor(tmp_path)
    moment = datetime.fromtimestamp(START + 3, UTC).strftime("%b %d %y %H:%M:%S")
    (tmp_path / "zscaler.log").write_text(
        f"<134>Nov 14 22:13:23 nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS cat=News "
        f"dhost={NAME} dst={SERVER} src=172.16.0.1 in=5 outcome=200 out=6 request={NAME}/x rt={moment} "
        f"sourceTranslatedAddress={CLIENT} requestMethod=GET suser=joe%40example.test srvcertchainvalpass=Fail\n"
    )
    (found,) = relations(tmp_path)
    assert (found.kind, found.certainty) == ("proxy", Confidence.MEDIUM)
    assert found.keys[0] == "client after translation"
    assert "of the certificate it says: Fail" in found.text


def test_a_tool_on_a_host_known_by_its_address(tmp_path: Path) -> None:
    sensor(tmp_path)
    tool(tmp_path, "pc1.corp.example", "openssl req -x509 -subj /CN=a")
    connection(tmp_path, SourceIp=SERVER, DestinationIp="198.51.100.1")
    (found,) = relations(tmp_path, "host_tool")
    assert (found.certainty, found.keys) == (Confidence.LOW, ("computer", "address of the computer"))


def test_it_is_the_same_over_a_lake(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    sensor(logs)
    for add in (squid, connection, mail, click):
        add(logs)
    scanned = finding_of(scan([logs], profile=Profile())).related
    lasting, _ = scan_into([logs], tmp_path / "lake", profile=Profile())
    stored = finding_of(lasting).related
    assert [(each.kind, each.keys, each.text, each.certainty) for each in stored] == [
        (each.kind, each.keys, each.text, each.certainty) for each in scanned
    ]
    assert [each.origin and Path(each.origin.file).name for each in stored] == [
        each.origin and Path(each.origin.file).name for each in scanned
    ]


def test_a_process_and_a_session_of_eve(tmp_path: Path) -> None:
    connection(tmp_path)
    moment = datetime.fromtimestamp(START, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")
    session = {
        "timestamp": moment, "flow_id": 2, "event_type": "tls", "src_ip": CLIENT, "src_port": 51000, "dest_ip": SERVER,
        "dest_port": 443, "proto": "TCP", "tls": {
            "sni": NAME, "subject": SUBJECT, "issuerdn": SUBJECT, "fingerprint": ":".join(["ab"] * 20), "serial": "01",
            "version": "TLS 1.2", "notbefore": "2020-01-01T00:00:00", "notafter": "2030-01-01T00:00:00",
        },
    }  # fmt: skip
    (tmp_path / "eve.json").write_text(json.dumps(session) + "\n")
    report = scan([tmp_path], profile=Profile())
    finding = next(each for each in report.findings if each.entity.kind == "certificate")
    assert [(each.kind, each.certainty) for each in finding.related] == [("process", Confidence.HIGH)]


@pytest.mark.parametrize(
    ("after", "client", "known"), [(2, CLIENT, True), (400, CLIENT, False), (2, "10.1.0.8", False)]
)
def test_a_proxy_names_a_session_that_hid_its_name(after: float, client: str, known: bool, tmp_path: Path) -> None:
    """The name showed its certificate at one address; at another a session without a name showed nothing."""
    seen = dict(z.SESSIONS[0]) | {
        "ts": START - 5000, "uid": "Cseen", "id.orig_h": "10.1.0.3", "id.resp_h": SERVER, "id.resp_p": 443,
        "server_name": NAME, "established": True, "resumed": False, "version": "TLSv12", "cert_chain_fps": [SHA256],
    }  # fmt: skip
    hidden = seen | {
        "ts": START, "uid": "Chidden", "id.orig_h": CLIENT, "id.resp_h": "203.0.113.80", "server_name": None,
        "version": "TLSv13", "cert_chain_fps": [],
    }  # fmt: skip
    z.write(tmp_path / "ssl.log", z.tsv("ssl", [seen, hidden]))
    squid(tmp_path, after=after, client=client, server="203.0.113.80")
    report = scan([tmp_path], profile=Profile())
    expected = [("proxy_and_session", Confidence.MEDIUM, 1)] if known else []
    assert [(each.source, each.confidence, each.sessions) for each in report.known_from] == expected
