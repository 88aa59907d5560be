"""What Sysmon on the clients' machines would have logged, written by the recorder: no Windows runs here.

Events as ``wevtutil qe /f:xml`` gives them, one a line, with the fields of Sysmon's own documentation
(learn.microsoft.com/sysinternals/downloads/sysmon): 1 process creation, 3 network connection, 22 DNS query. Addresses,
ports and names are those of the recorded connections; processes, users and machines are the scenario's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from certhound.lab.model import Computer, Program
from certhound.lab.tap import Capture
from certhound.lab.zeek import Value

_GUID = "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
_VERSIONS = {1: 5, 3: 5, 22: 5}
_SPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_PORTS = {443: "https"}


@dataclass(slots=True)
class SysmonLog:
    """Collects events; ``text`` gives the file in the order of time."""

    events: list[tuple[float, int, Computer, dict[str, str]]] = field(default_factory=list)
    _running: dict[tuple[str, str], str] = field(default_factory=dict)

    def lookup(self, computer: Computer, program: Program, row: Mapping[str, Value]) -> None:
        """The question that this program asked; ``row``: the sensor's line of dns.log."""
        answers = row["answers"] if isinstance(row["answers"], list) else []
        moment = float(str(row["ts"])) + float(str(row["rtt"]))
        data = {
            "QueryName": str(row["query"]), "QueryStatus": "0",
            "QueryResults": "".join(f"::ffff:{address};" for address in answers),
        }  # fmt: skip
        self._of(computer, program, 22, moment, data)

    def connection(self, computer: Computer, program: Program, capture: Capture, moment: float) -> None:
        """The connection that this program made."""
        data = {
            "Protocol": "tcp", "Initiated": "true",
            "SourceIsIpv6": "false", "SourceIp": capture.client[0], "SourceHostname": computer.name,
            "SourcePort": str(capture.client[1]), "SourcePortName": "-",
            "DestinationIsIpv6": "false", "DestinationIp": capture.server[0], "DestinationHostname": "-",
            "DestinationPort": str(capture.server[1]), "DestinationPortName": _PORTS.get(capture.server[1], "-"),
        }  # fmt: skip
        self._of(computer, program, 3, moment, data)

    def _of(self, computer: Computer, program: Program, number: int, moment: float, data: dict[str, str]) -> None:
        guid = self._process(computer, program, moment)
        process = {"ProcessGuid": guid, "ProcessId": _id(guid), "Image": program.image, "User": computer.user}
        self._add(number, moment, computer, {**process, **data})

    def _process(self, computer: Computer, program: Program, moment: float) -> str:
        """Its GUID; where it has not run on this machine before, it is started a second earlier."""
        key = (computer.name, program.command_line)
        if key not in self._running:
            digits = hashlib.sha256("/".join(key).encode()).hexdigest()
            self._running[key] = guid = (
                f"{{{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}}}"
            )
            parent = hashlib.sha256(f"{computer.name}/{program.parent}".encode()).hexdigest()
            self._add(1, moment - 1.0, computer, {
                "ProcessGuid": guid, "ProcessId": _id(guid), "Image": program.image, "FileVersion": "-",
                "Description": "-", "Product": "-", "Company": "-", "OriginalFileName": "-",
                "CommandLine": program.command_line, "CurrentDirectory": "C:\\Windows\\system32\\",
                "User": computer.user, "IntegrityLevel": "Medium", "Hashes": f"SHA256={digits.upper()}",
                "ParentProcessId": _id(parent), "ParentImage": program.parent, "ParentCommandLine": program.parent,
                "ParentUser": computer.user,
            })  # fmt: skip
        return self._running[key]

    def _add(self, number: int, moment: float, computer: Computer, data: dict[str, str]) -> None:
        time = datetime.fromtimestamp(moment, UTC)
        head = {"RuleName": "-", "UtcTime": f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d}"}
        self.events.append((moment, number, computer, {**head, **data}))

    def text(self) -> str:
        """The events, one a line."""
        ordered = sorted(self.events, key=lambda event: event[0])
        return "".join(_xml(at, *event) for at, event in enumerate(ordered, 1))


def _id(text: str) -> str:
    return str(int(text.strip("{")[:4], 16) // 4 * 4 + 1000)


def _xml(record: int, moment: float, number: int, computer: Computer, data: dict[str, str]) -> str:
    logged = datetime.fromtimestamp(moment + 0.004, UTC)
    said = "".join(f"<Data Name='{name}'>{escape(value)}</Data>" for name, value in data.items())
    return (
        f"<Event xmlns='{_SPACE}'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{_GUID}'/>"
        f"<EventID>{number}</EventID><Version>{_VERSIONS[number]}</Version><Level>4</Level><Task>{number}</Task>"
        f"<Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>"
        f"<TimeCreated SystemTime='{logged:%Y-%m-%dT%H:%M:%S}.{logged.microsecond:06d}0Z'/>"
        f"<EventRecordID>{record}</EventRecordID><Correlation/><Execution ProcessID='2616' ThreadID='3540'/>"
        f"<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>{computer.name}</Computer>"
        f"<Security UserID='S-1-5-18'/></System><EventData>{said}</EventData></Event>\n"
    )
