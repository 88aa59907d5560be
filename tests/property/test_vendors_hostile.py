"""Vendor sources against hostile records: whatever a key holds, no read raises, and each column has its kind."""

from __future__ import annotations

import random
from pathlib import Path

import fuzz_envelopes as f
import pytest
import test_sources_bluecoat
import test_sources_checkpoint
import test_sources_cisco
import test_sources_cisco_wsa
import test_sources_forcepoint
import test_sources_fortigate
import test_sources_mail_gateways
import test_sources_netskope
import test_sources_paloalto
import test_sources_squid
import test_sources_sslv
import test_sources_zscaler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vendor_cases import Case

from certhound.lake.careful_batches import raw_table
from certhound.sources.envelopes.gather import batch_of
from certhound.sources.envelopes.reads import Read
from certhound.sources.envelopes.record import Form, Header, Record
from certhound.sources.envelopes.times import Clock
from certhound.sources.envelopes.vendor import ASSEMBLE, SINK, SKIP, Vendor
from certhound.sources.vendors import vendors

MODULES = (
    test_sources_bluecoat, test_sources_checkpoint, test_sources_cisco_wsa, test_sources_fortigate,
    test_sources_paloalto, test_sources_squid, test_sources_zscaler, test_sources_netskope, test_sources_forcepoint,
    test_sources_cisco, test_sources_sslv, test_sources_mail_gateways,
)  # fmt: skip
CASES = [case for module in MODULES for case in module.CASES]
NASTY = (
    "", " ", "-", "\x00", "²", "٣٤", "0x", "0xZZ", "-1", "65536", "9" * 40, "1e999", "nan", "http://[::1", "http://",
    "[", "]", "https://[fe80::1%eth0]:x/", "a@b@c:99999", "//", "%", "%zz", "%C3%28", "/C=DE/CN=", "CN=", "=", "\\",
    "\\x", "\\xZZ\\xC3", "/C=DE/O=a\\", "CN=a,,=,", "TLS/", "TLSv", "0x13", "TCP_/", "TCP_MISS/", "HIER_/", "/", "<>",
    "> <", "Jan", "Jan 31 24 25:61:61", "2026-99-99T99:99:99Z", "99/Zzz/9999:99:99:99", "1" * 25, "1" * 500,
    ":" * 50, '"', '""', "a\nb", "🂡.example", "xn--", "." * 300, "NONE", "CONNECT", "[[]]", '["a",', "{}", "True",
)  # fmt: skip
"""Values that have broken parsers, or look as if they could."""

WEB = (
    "bluecoat", "checkpoint", "cisco_wsa", "fortigate", "paloalto", "squid", "zscaler", "zscaler_zpa", "netskope",
    "forcepoint", "cisco_umbrella", "cisco_firewall", "sslv", "mimecast", "abnormal", "google_workspace", "proofpoint",
)  # fmt: skip
MINE = [vendor for vendor in vendors() if vendor.name in WEB]


def _keys(vendor: Vendor) -> list[str]:
    """Every key that a column of the vendor's logs is read from, and a few that its functions look at."""
    keys = {key for log in vendor.logs for read in log.columns.values() if isinstance(read, Read) for key in read.keys}
    keys |= {key for log in vendor.logs for spelling in log.time.spellings for key in spelling}
    keys |= {"logid", "type", "subtype", "sourcetype", "vendor", "product", "loguid", "x-acltag", "s-action",
             "c-ip", "LogType", "DeviceSN", "Type", "Generate Time", "Customer", "url", "event.url", "bump",
             "b64url"}  # fmt: skip
    return sorted(keys)


@pytest.mark.parametrize("vendor", MINE, ids=lambda vendor: vendor.name)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_value_breaks_a_read(vendor: Vendor, data: st.DataObject) -> None:
    values = data.draw(st.dictionaries(st.sampled_from(_keys(vendor)), st.sampled_from(NASTY), max_size=40))
    form = data.draw(st.sampled_from(sorted(vendor.forms)))
    text = data.draw(st.lists(st.sampled_from(NASTY), max_size=30)).__str__()
    for log in vendor.logs:
        record = Record(Form(form), dict(values), text, text, 1, 1, Header("rfc3164", time="Jan 31 99:99:99", app="x"))
        table = raw_table(batch_of(log, [record], Clock()))
        assert table.num_rows == 1
    record = Record(Form(form), dict(values), text, text, 1, 1, before=data.draw(st.sampled_from(NASTY)))
    taken = vendor.log_of(record)
    if taken is not None and taken not in (ASSEMBLE, SINK, SKIP):
        assert raw_table(batch_of(taken, [record], Clock())).num_rows == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damaged_records_of_a_file(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f, "PATH", tmp_path / "input")
    random_ = random.Random(case.name)
    data = case.text.encode()
    for _ in range(6):
        good, damaged = b"\n" + data + b"\n", f.mutate(data, random_)
        f.one_input(good + damaged + good)
        f.one_input(damaged)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cut_at_any_place(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f, "PATH", tmp_path / "input")
    data = case.text.encode()
    for at in random.Random(case.name).sample(range(len(data)), 8):
        f.one_input(data[:at])
        f.one_input(data[at:])
