"""Windows events: Security, Sysmon (also for Linux), PowerShell, certificate services, CAPI2; as XML, EVTX, and as JSON
of Winlogbeat, NXLog, the Mordor data sets, evtx_dump, Sentinel and Wazuh.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import ASSEMBLE, Log, Vendor
from certhound.sources.vendors.windows.events import LOGS, SCRIPT, log_for
from certhound.sources.vendors.windows.spellings import normalised

MOST_OPEN = 2_000
"""Script blocks whose parts are waited for; the oldest is given as it is when there are more."""


def log_of(record: Record) -> Log | None:
    """Windows events tell their number and their provider or channel."""
    values = normalised(record)
    if values is None:
        return None
    record.values = values
    record.event_id = values.get("System.EventID", "")
    log = log_for(values)
    return ASSEMBLE if log is SCRIPT and values.get("MessageTotal", "1") not in ("1", "") else log


class _ScriptBlocks:
    """Script blocks out of their parts (``MessageNumber`` of ``MessageTotal``), which may come in any order."""

    def __init__(self) -> None:
        self.open: OrderedDict[tuple[str, str], dict[int, Record]] = OrderedDict()

    def feed(self, record: Record) -> Iterator[tuple[Log, Record]]:
        number, total = _count(record, "MessageNumber"), _count(record, "MessageTotal")
        key = (record.values.get("System.Computer", ""), record.values.get("ScriptBlockId", ""))
        parts = self.open.setdefault(key, {})
        if number in parts:  # the same block once more
            yield SCRIPT, self._joined(key)
            parts = self.open.setdefault(key, {})
        parts[number] = record
        if len(parts) >= total:
            yield SCRIPT, self._joined(key)
        elif len(self.open) > MOST_OPEN:
            yield SCRIPT, self._joined(next(iter(self.open)))

    def rest(self) -> Iterator[tuple[Log, Record]]:
        for key in list(self.open):
            yield SCRIPT, self._joined(key)

    def _joined(self, key: tuple[str, str]) -> Record:
        parts = self.open.pop(key)
        made = parts[min(parts)]
        total = _count(made, "MessageTotal")
        made.values["ScriptBlockText"] = "".join(
            parts[each].values.get("ScriptBlockText", "") for each in sorted(parts)
        )
        made.payload = "\n".join(parts[each].payload for each in sorted(parts))
        made.line = min(each.line for each in parts.values())
        made.number = min(each.number for each in parts.values())
        made.parts = len(parts)
        if len(parts) < total:
            made.problem = made.problem or f"{len(parts)} of {total} parts of the script block are there"
        return made


def _count(record: Record, key: str) -> int:
    value = record.values.get(key, "")
    return int(value) if value.isdecimal() and len(value) < 9 else 1


VENDOR = Vendor(
    name="windows",
    title="Windows events",
    forms=frozenset((Form.WINDOWS, Form.JSON, Form.TABLE, Form.KEY_VALUE, Form.TEXT, Form.LEEF)),
    log_of=log_of,
    logs=LOGS,
    log_source_type="Microsoft Windows Security Event Log",
    rank=50,
    assembler=_ScriptBlocks,
)

PAGE = Page(
    recognise=(
        "Events with their number and their provider or channel: XML (one, many, inside of syslog), EVTX files, JSON "
        "of Winlogbeat (old and new), NXLog, the Mordor data sets, evtx_dump, Wazuh, Velociraptor and `Get-WinEvent | "
        "ConvertTo-Json`, and tables: Sentinel's `SecurityEvent`, `WindowsEvent` and `Event`, `Get-WinEvent | "
        "Export-Csv` or `Export-Clixml`. Sysmon for Linux is among them.",
        "Events as text: Snare (`MSWinEventLog`), WinCollect (`AgentDevice=WindowsLog`, and LEEF), Splunk's "
        "`WinEventLog` (a line with the time, `LogName=`, `EventCode=`, `Message=`). Their data are taken out of the "
        "English text by its labels.",
    ),
    options=(
        "4688: audit *Process Creation*, and the policy *Include command line in process creation events*.",
        "4886 to 4889: audit *Certification Services*, and the auditing of the CA itself (`certutil -setreg "
        "CA\\AuditFilter 127`).",
        "4104: *Turn on PowerShell Script Block Logging*.",
        "1001 to 1007: enable the channels "
        "`Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational` and "
        "`…-User/Operational`; CAPI2 likewise.",
        "Sysmon: rules for 1, 3, 11, 12 to 14 (`SystemCertificates`, `EnterpriseCertificates`) and 22.",
        "Snare and WinCollect: send XML or JSON where they can; text loses what has no label.",
    ),
    gaps=(
        "The text of an event is read where nothing else is there, and in English alone; in other languages the event "
        "has its number, log, computer and time.",
        "Times of Snare, Splunk's text and CSV of consoles have no zone: say it, or they are read as UTC.",
        "Times have microseconds; the seventh digit stays in `fields` (`System.TimeCreated`).",
        "1006 tells neither issuer nor serial nor the beginning of the validity.",
        "The user of a script block is an SID.",
        "A script block whose parts are not all there is given as far as it is, and says so.",
    ),
    references=(
        "Security log: <https://learn.microsoft.com/windows/security/threat-protection/auditing/>",
        "Sysmon: <https://learn.microsoft.com/sysinternals/downloads/sysmon>",
        "Certificate services: <https://www.gradenegger.eu/en/>",
        "Tables: <https://learn.microsoft.com/azure/azure-monitor/reference/tables/securityevent>",
    ),
    unconfirmed=(
        "Lifecycle events were read from documentation alone.",
        "WinCollect's LEEF was met in no public sample; it is read by the predefined keys of LEEF.",
    ),
)
