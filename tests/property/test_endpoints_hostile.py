"""Sources of hosts against hostile records: whatever stands in a value or a text, nothing is raised and all is kept."""

from __future__ import annotations

import random

import fuzz_envelopes as f
import pytest
import test_sources_ecs
import test_sources_endpoints
import test_sources_windows_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_vendors_hostile import NASTY

from certhound.lake.careful_batches import raw_table
from certhound.sources.envelopes.gather import batch_of
from certhound.sources.envelopes.reads import Read
from certhound.sources.envelopes.record import Form, Header, Record
from certhound.sources.envelopes.times import Clock
from certhound.sources.envelopes.vendor import ASSEMBLE, SINK, SKIP, Vendor
from certhound.sources.vendors import vendors
from certhound.sources.vendors.windows import messages

NAMES = (
    "windows", "ecs", "osquery", "auditbeat", "defender", "crowdstrike", "carbon_black", "sentinelone", "falco",
    "journald", "laurel", "linux_syslog",
)  # fmt: skip
MINE = [vendor for vendor in vendors() if vendor.name in NAMES]
MARKS = (
    "EventID", "Channel", "winlog.event_id", "Event.System.EventID", "EventData", "Message", "Data", "LogName", "Id",
    "AgentDevice", "EventCode", "@timestamp", "ecs.version", "event.category", "tls.version", "unixTime", "name",
    "calendarTime", "snapshot", "event_simpleName", "aid", "type", "device_name", "event.type", "src.process.name",
    "rule",
    "priority", "output", "output_fields.fd.name", "__REALTIME_TIMESTAMP", "MESSAGE", "category",
    "AdditionalFields", "ID",
)  # fmt: skip
TEXTS = [text for text, _ in test_sources_windows_text.CASES.values()]
TEXTS += [case.text for case in (*test_sources_ecs.CASES, *test_sources_endpoints.CASES)]
LABELS = (
    "Subject:",
    "Security ID:",
    "Process Command Line:",
    "CommandLine:",
    "Message=",
    "\nMessage=",
    "MSWinEventLog\t",
)


def _keys(vendor: Vendor) -> list[str]:
    keys = {key for log in vendor.logs for read in log.columns.values() if isinstance(read, Read) for key in read.keys}
    return sorted(keys | {key for log in vendor.logs for each in log.time.spellings for key in each} | {*MARKS})


@pytest.mark.parametrize("vendor", MINE, ids=lambda vendor: vendor.name)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_value_breaks_a_read(vendor: Vendor, data: st.DataObject) -> None:
    values = data.draw(st.dictionaries(st.sampled_from(_keys(vendor)), st.sampled_from(NASTY), max_size=40))
    text = "".join(data.draw(st.lists(st.sampled_from((*NASTY, *LABELS)), max_size=30)))
    header = Header("rfc3164", time="Jan 31 99:99:99", app=data.draw(st.sampled_from(("sudo", "sshd", "x"))))
    for log in vendor.logs:
        record = Record(Form.TEXT, dict(values), text, text, 1, 1, header)
        assert raw_table(batch_of(log, [record], Clock())).num_rows == 1
    form = data.draw(st.sampled_from(sorted(vendor.forms)))
    taken = vendor.log_of(Record(Form(form), dict(values), text, text, 1, 1, header, object=dict(values)))
    assert taken is None or taken in (*vendor.logs, ASSEMBLE, SINK, SKIP)


@given(
    st.lists(st.sampled_from((*NASTY, *LABELS, "  ", "\n\n")), max_size=40),
    st.sampled_from(("", "sysmon", "powershell")),
)
@settings(max_examples=300, deadline=None)
def test_any_text_has_some_values_or_none(parts: list[str], origin: str) -> None:
    for number in ("1", "4688", "4887", "4103", "4104"):
        found = messages.values_of(" ".join(parts), number, origin)
        assert all(isinstance(value, str) for value in found.values())


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_damaged_records_are_rows_or_rejects(text: str) -> None:
    random_ = random.Random(len(text))
    for _ in range(6):
        f.one_input(f.mutate(text.encode() * 2, random_))
