"""Foreign rules go through mappings; what nobody maps makes them not run, with what they need."""

from __future__ import annotations

from typing import Any

import pytest

from certhound.model.columns import Kind
from certhound.model.errors import ErrorList
from certhound.query.reference import evaluate
from certhound.rules import RuleSet, load_sources
from certhound.rules.build import schema_of
from certhound.rules.located import Source
from certhound.rules.mapping import packaged_mappings, read_mapping
from certhound.rules.schema import table_columns


def load_foreign(log_source: str, selection: str, level: str = "high") -> RuleSet:
    text = f"""title: Theirs
author: Someone Else
level: {level}
logsource: {{{log_source}}}
detection:
  s:
    {selection}
  condition: s
"""
    return load_sources([Source("theirs.yml", text)]).rules.check()


CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "product: zeek, service: ssl",
        "server_name|endswith: .example",
        {"category": "tls", "source": "zeek.ssl", "sni": "a.EXAMPLE"},
        {"category": "tls", "source": "suricata.tls", "sni": "a.example"},
    ),
    (
        "product: zeek, service: ssl",
        "validation_status|contains: self signed",
        {"category": "tls", "source": "zeek.ssl", "cert_validation": "self signed certificate"},
        {"category": "tls", "source": "zeek.ssl", "cert_validation": "ok"},
    ),
    ("product: zeek, service: x509", "certificate.serial: 8BB00EE", {"serial": "8bb00ee"}, {"serial": "8bb00ef"}),
    ("product: zeek, service: x509", "certificate.serial: '00:8B:B0:0E:E0'", {"serial": "8bb00ee0"}, {"serial": "0"}),
    ("product: zeek, service: x509", "san.dns|endswith: .x", {"san_dns": ["a.x"]}, {"san_dns": []}),
    (
        "product: zeek, service: http",
        "uri|endswith: .exe",
        {"category": "http", "source": "zeek.http", "url": "http://a/b.EXE"},
        {"category": "http", "source": "zeek.http", "url": "http://a.exe/b"},
    ),
    (
        "product: zeek, service: http",
        "resp_mime_types: application/x-sh",
        {"category": "http", "source": "zeek.http", "fields": {"resp_mime_types": "application/x-sh"}},
        {"category": "http", "source": "zeek.http", "fields": {}},
    ),
    (
        "category: proxy",
        "cs-uri-query|contains: cmd=",
        {"category": "http", "url": "https://a/?CMD=x"},
        {"category": "dns", "url": "https://a/?CMD=x"},
    ),
    (
        "product: windows, category: process_creation",
        r"Image|endswith: \certutil.exe",
        {"category": "process", "source": "windows.sysmon", "event_id": "1", "process": r"C:\W\CertUtil.exe"},
        {"category": "process", "source": "windows.sysmon", "event_id": "5", "process": r"C:\W\CertUtil.exe"},
    ),
    (
        "product: windows, category: process_creation",
        "OriginalFileName: CertUtil.exe",
        {"category": "process", "source": "windows.sysmon", "fields": {"OriginalFileName": "certutil.exe"}},
        {"category": "process", "source": "linux.auditd", "fields": {"OriginalFileName": "certutil.exe"}},
    ),
    (
        "product: windows, service: security",
        "EventID: 4887",
        {"source": "windows.security", "event_id": "4887"},
        {"source": "windows.security", "event_id": "4886"},
    ),
    (
        "product: windows, category: registry_set",
        r"TargetObject|contains: \SystemCertificates\Root",
        {
            "category": "registry",
            "source": "windows.sysmon",
            "event_id": "13",
            "registry_key": r"HKLM\x\SystemCertificates\ROOT\y",
        },
        {"category": "registry", "source": "windows.sysmon", "event_id": "13", "registry_key": "HKLM"},
    ),
    (
        "product: windows, category: network_connection",
        "DestinationPort: 4444",
        {"category": "connection", "source": "windows.sysmon", "event_id": "3", "dst_port": 4444},
        {"category": "connection", "source": "windows.sysmon", "event_id": "3", "dst_port": 443},
    ),
    ("category: dns", "query|endswith: .onion", {"category": "dns", "dns_query": "x.onion"}, {"category": "dns"}),
    ("category: firewall", "dst_port: 22", {"category": "connection", "dst_port": 22}, {"category": "connection"}),
    (
        "product: windows, category: ps_script",
        "ScriptBlockText|contains: Import-Certificate",
        {"category": "script", "event_id": "4104", "script": "import-certificate x"},
        {"category": "script", "event_id": "4104", "script": "get-item"},
    ),
]


@pytest.mark.parametrize(("log_source", "selection", "hit", "miss"), CASES, ids=[f"{c[0]} {c[1]}" for c in CASES])
def test_foreign_rule(log_source: str, selection: str, hit: dict[str, Any], miss: dict[str, Any]) -> None:
    rule = load_foreign(log_source, selection).rules[0]
    schema = schema_of(rule.table)
    assert evaluate(rule.where, schema, hit) is True
    assert evaluate(rule.where, schema, miss) is not True
    assert rule.author == "Someone Else"
    assert not rule.own


LEVELS = [("informational", 5), ("low", 20), ("medium", 45), ("high", 75), ("critical", 92)]


@pytest.mark.parametrize(("level", "score"), LEVELS)
def test_the_score_of_a_foreign_rule_is_its_levels(level: str, score: int) -> None:
    assert load_foreign("category: dns", "query: x", level).rules[0].score == score


NOT_RUN = [
    ("product: zeek, service: ssl", "nonsense: x", "field nonsense"),
    ("category: proxy", "cs-nonsense: x", "field cs-nonsense"),
    ("product: windows, category: process_creation", "Nonsense: x", "field Nonsense"),
    ("product: aws, service: cloudtrail", "eventName: x", "log source product aws, service cloudtrail"),
    ("category: proxy", "cs-uri-query: x", "the field as a column of its own"),
    ("category: proxy", "cs-uri-stem: null", "the field as a column of its own"),
    ("category: dns", "query|re: '(?=a)b'", "another regular expression"),
    ("product: zeek, service: x509", "'|re': x", "column payload"),
]


@pytest.mark.parametrize(("log_source", "selection", "need"), NOT_RUN, ids=[f"{c[0]} {c[1]}" for c in NOT_RUN])
def test_what_nobody_maps_is_not_run_and_no_error(log_source: str, selection: str, need: str) -> None:
    rules = load_foreign(log_source, selection)
    assert not rules.rules
    assert rules.not_run[0].needs == (need,)
    assert rules.not_run[0].reason
    assert rules.not_run[0].author == "Someone Else"


def test_every_mapping_leads_to_columns_that_exist() -> None:
    for entry in packaged_mappings():
        columns = table_columns(entry.table)
        for name, found in entry.fields.items():
            assert found.column in columns, name
            assert (columns[found.column].kind is Kind.MAP) == (found.key is not None), name


def test_wrong_mappings_are_told_all_at_once() -> None:
    text = """logsources:
  - logsource: {product: x, brand: y}
    tabel: events
    fields: {a: urll, b: {column: url, part: middle}}
    rest: url
  - fields: {}
"""
    with pytest.raises(ErrorList) as raised:
        read_mapping(Source("m.yaml", text))
    checks = [error.check for error in raised.value.errors]
    assert checks.count("mapping") == 4
    assert {"unknown-key", "unknown-column"} <= set(checks)
