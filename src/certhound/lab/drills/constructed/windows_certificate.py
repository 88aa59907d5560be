"""What Windows would log of New-SelfSignedCertificate and a binding of IIS, as EVTX-shaped XML and as JSON.

Schemas: Sysmon (events 1 and 13), Microsoft-Windows-PowerShell (4104, script block logging), and
Microsoft-Windows-CertificateServicesClient-Lifecycle-System (1006). The certificate is made for the purpose, so that
thumbprint, registry key and names go together.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

COMPUTER = "constructed.example"
"""The name of a host that does not exist says in every record that it is constructed."""

_POWERSHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_USER = r"CONSTRUCTED\administrator"


def build(folder: Path, started: float, command: str, arguments: Mapping[str, str]) -> None:
    """Write ``constructed-windows-events.xml`` and the JSON of the same script block."""
    certificate = _certificate(arguments["name"], started)
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - what Windows calls it by
    events = [
        _sysmon(1, started, {
            "Image": _POWERSHELL, "CommandLine": f'powershell.exe -NoProfile -Command "{_one_line(command)}"',
            "ProcessId": "4321", "ParentImage": r"C:\Windows\explorer.exe", "ParentProcessId": "1200", "User": _USER,
        }),
        _event("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational", 4104, started + 1, _data({
            "MessageNumber": "1", "MessageTotal": "1", "ScriptBlockText": command,
            "ScriptBlockId": "00000000-0000-0000-0000-00000000c0de", "Path": "",
        })),
        _sysmon(13, started + 2, {
            "EventType": "SetValue", "ProcessId": "4321", "Image": _POWERSHELL, "Details": "Binary Data", "User": _USER,
            "TargetObject": rf"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\{thumbprint}\Blob",
        }),
        _lifecycle(certificate, thumbprint, started + 3),
    ]  # fmt: skip
    text = "<!-- constructed from the schemas of the providers, not recorded -->\n<Events>\n" + "\n".join(events)
    (folder / "constructed-windows-events.xml").write_text(f"{text}\n</Events>\n", "utf-8")
    script = {
        "Constructed": True, "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational",
        "ProviderName": "Microsoft-Windows-PowerShell", "Computer": COMPUTER, "ScriptBlockText": command,
        "TimeCreated": _time(started + 1),
    }  # fmt: skip
    (folder / "constructed-windows-events.json").write_text(json.dumps(script) + "\n", "utf-8")


def _certificate(name: str, started: float) -> x509.Certificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.datetime.fromtimestamp(int(started), datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - datetime.timedelta(minutes=10))
        .not_valid_after(begin + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _one_line(command: str) -> str:
    return "; ".join(line.strip() for line in command.splitlines() if line.strip())


def _time(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _data(values: Mapping[str, str]) -> str:
    rows = "".join(f'<Data Name="{name}">{escape(value)}</Data>' for name, value in values.items())
    return f"<EventData>{rows}</EventData>"


def _sysmon(number: int, moment: float, values: Mapping[str, str]) -> str:
    said = {"RuleName": "-", "UtcTime": _time(moment)[:23].replace("T", " "), **values}
    return _event("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", number, moment, _data(said))


def _lifecycle(certificate: x509.Certificate, thumbprint: str, moment: float) -> str:
    name = certificate.subject.rfc4514_string()
    data = (
        '<UserData><CertNotificationData xmlns="http://schemas.microsoft.com/certlifecycle" '
        f'ProcessName="powershell.exe" AccountName="{escape(_USER)}" Context="Machine">'
        f'<CertificateDetails Thumbprint="{thumbprint}"><SubjectNames><SubjectName>{escape(name)}</SubjectName>'
        f"<SubjectName>{escape(name.removeprefix('CN='))}</SubjectName></SubjectNames>"
        f"<NotValidAfter>{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}</NotValidAfter>"
        "</CertificateDetails></CertNotificationData></UserData>"
    )
    provider = "Microsoft-Windows-CertificateServicesClient-Lifecycle-System"
    return _event(provider, f"{provider}/Operational", 1006, moment, data)


def _event(provider: str, channel: str, number: int, moment: float, data: str) -> str:
    return (
        f'<Event xmlns="{_NAMESPACE}"><System><Provider Name="{provider}"/><EventID>{number}</EventID>'
        f'<Level>4</Level><TimeCreated SystemTime="{_time(moment)}"/><Channel>{channel}</Channel>'
        f"<Computer>{COMPUTER}</Computer></System>{data}</Event>"
    )
