"""Every query of every package passes the linter and runs over the sample, in both spellings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from certhound.cli.sample import sample_folder
from certhound.model.exceptions import Subject, hiding
from certhound.model.profile_file import parse_profile
from certhound.qradar.aql import Severity, lint
from certhound.qradar.catalogue.console import shipped_site
from certhound.qradar.running.run import Console
from certhound.techniques.filled import EXAMPLES, aql, command, literal, needs
from certhound.techniques.load import packages
from certhound.techniques.package import FalsePositive, Query
from certhound.techniques.running import jq_rows, rows

QUERIES = [query for each in packages() for query in each.queries()]
FALSE_POSITIVES = [each for found in packages() if found.tuning for each in found.tuning.false_positive]

FINDING = {
    "name": "deltabridge.example",
    "address": "198.51.100.219",
    "client": "10.45.10.40",
    "sha256": "",
    "subject": "CN=deltabridge.example",
    "issuer": "CN=E8,O=Let's Encrypt,C=US",
}
"""A finding of the sample; its fingerprint is looked up."""


@pytest.fixture(scope="session")
def values(console: Console) -> dict[str, str]:
    found = rows(
        console,
        'SELECT "Certificate SHA256" AS h FROM events '
        "WHERE destinationip = '198.51.100.219' AND \"Certificate SHA256\" IS NOT NULL LIMIT 1 LAST 30 DAYS",
    )
    return {**FINDING, "sha256": found[0]["h"]}


def test_ids_are_unique() -> None:
    assert len({query.id for query in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.id)
def test_the_linter_finds_no_error_and_no_warning(query: Query) -> None:
    found = [each for each in lint(aql(query), site=shipped_site()) if each.severity != Severity.INFO]
    assert [(each.check, each.message) for each in found] == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.id)
def test_aql_runs_over_the_sample(query: Query, console: Console, values: dict[str, str]) -> None:
    found = rows(console, query, values)
    assert bool(found) >= query.finds


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.id)
def test_jq_runs_over_the_sample(query: Query, lines: Callable[[str], bytes], values: dict[str, str]) -> None:
    found = jq_rows(lines(query.table), query, values)
    assert bool(found) >= query.finds


@pytest.mark.parametrize("each", FALSE_POSITIVES, ids=lambda each: each.id)
def test_exceptions_are_read_by_the_profile(each: FalsePositive, tmp_path: Path) -> None:
    shutil.copytree(sample_folder() / "roots", tmp_path / "roots")
    profile = parse_profile(each.exception.encode(), tmp_path / "certhound.toml")
    assert len(profile.exceptions) + len(profile.internal_cas) == 1


HIDDEN = {
    "lab-self-signed": (
        Subject(destinations=("203.0.113.40:8443",), rules=("self_signed_outside",)),
        Subject(destinations=("203.0.113.40:8443", "198.51.100.9:443"), rules=("self_signed_outside",)),
        Subject(destinations=("203.0.113.40:8443",), rules=("self_signed_outside", "known_c2_certificate")),
    ),
    "renamed-server": (
        Subject(names=("erp-new.example.org",), rules=("name_mismatch_outside",)),
        Subject(names=("erp-new.example.org", "other.example"), rules=("name_mismatch_outside",)),
    ),
    "cdn-wildcard": (
        Subject(
            names=("a.assets.example.net",), issuer="CN=Example CDN CA 2,O=Example", rules=("name_mismatch_outside",)
        ),
        Subject(names=("a.assets.example.net",), issuer="CN=Other CA", rules=("name_mismatch_outside",)),
    ),
    "shared-appliance": (
        Subject(subject="CN=vpn.example.org,O=Example", destinations=("198.51.100.33:443",)),
        Subject(subject="CN=vpn.example.org,O=Example", destinations=("198.51.100.1:443",)),
    ),
}
"""By the false positive: what its exception must hide, and what comes near and must be shown."""


def test_every_exception_is_tried() -> None:
    with_exception = {each.id for each in FALSE_POSITIVES if "[[exception]]" in each.exception}
    assert with_exception == set(HIDDEN)
    assert len(FALSE_POSITIVES) >= 5


@pytest.mark.parametrize("name", HIDDEN)
def test_an_exception_hides_its_false_positive_and_no_more(name: str, tmp_path: Path) -> None:
    shutil.copytree(sample_folder() / "roots", tmp_path / "roots")
    text = next(each.exception for each in FALSE_POSITIVES if each.id == name)
    exceptions = parse_profile(text.encode(), tmp_path / "certhound.toml").exceptions
    meant, *near = HIDDEN[name]
    assert exceptions[0].expires is not None
    assert hiding(exceptions, meant, exceptions[0].expires) is exceptions[0]
    assert hiding(exceptions, meant, exceptions[0].expires + timedelta(days=1)) is None
    for each in near:
        assert hiding(exceptions, each, exceptions[0].expires) is None


def test_data_never_becomes_query() -> None:
    query = Query(id="x", title="x", aql="SELECT sourceip FROM events WHERE username = :name", jq="$name", read="x")
    hostile = "a' OR 1=1 --\n; rm -rf / $(id) `id`"
    filled = {**EXAMPLES, "name": hostile}
    assert aql(query, filled).endswith("= 'a'' OR 1=1 -- ; rm -rf / $(id) `id`'")
    assert literal("'") == "''''"
    assert "'a'\"'\"' OR 1=1 -- ; rm -rf / $(id) `id`'" in command(query, filled)
    assert needs(query) == ("name",)
