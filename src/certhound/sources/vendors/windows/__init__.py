"""Windows events: Security, Sysmon (also for Linux), PowerShell, certificate services, CAPI2; as XML, EVTX, and as JSON
of Winlogbeat, NXLog, the Mordor data sets, evtx_dump, Sentinel and Wazuh.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

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
    forms=frozenset((Form.WINDOWS, Form.JSON)),
    log_of=log_of,
    logs=LOGS,
    log_source_type="Microsoft Windows Security Event Log",
    rank=50,
    assembler=_ScriptBlocks,
)
