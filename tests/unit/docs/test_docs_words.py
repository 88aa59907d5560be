"""Words in code type exist: columns, rules, options, commands, files. What is renamed in the code fails here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from docs_pages import ROOT, Page, pages

from certhound.cli import main
from certhound.cli.discovery import commands
from certhound.cli.served import COLUMNS as SERVED
from certhound.findings.hidden import SOURCES
from certhound.model.columns import CATEGORIES, TABLES, TLS_STATES
from certhound.model.profile_file import TABLES as PROFILE
from certhound.outputs.json import schema
from certhound.query.functions import functions
from certhound.rules import load_rules
from certhound.rules.lint import lints
from certhound.rules.schema import table_columns
from certhound.x509.verdict import Reason

PAGES = pages()
_WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_PATH = re.compile(r"(src|tests|docs|scripts|benchmarks|tools)/[\w./-]*[\w/]")

ELSEWHERE = frozenset(
    # Zeek's field and log names; categories, keys and placeholders of Sigma; values of columns
    "known_certs validation_status sni_matches_cert cert_chain_fps cert_chain_fuids server_name id_orig_h "
    "process_creation network_connection own_networks own_domains internal_cas expected_issuers "
    "dual_use benign_default common_name "
    # Suricata's
    "server_alpns server_handshake "
    # What developers write
    "log_of event_name rows_of".split()
)
"""Words with underscores that are no names of ours."""

WITH_FOREIGN_NAMES = ("docs/tables.md", "docs/sources/")
"""Pages (and folders of them) made from the code that print the names others have for our columns."""


@cache
def known_words() -> frozenset[str]:
    found: set[str] = set(ELSEWHERE) | set(CATEGORIES) | {state for state, _ in TLS_STATES}
    found |= {reason.value for reason in Reason} | set(functions()) | {lint.id for lint in lints()}
    for table in TABLES:
        found |= {table.name, *table_columns(table.name)}
    for rule in load_rules():
        found |= {rule.name, rule.family}
    for name, keys in PROFILE.items():
        found |= {name, *keys}
    found |= {*_keys(schema()), *SERVED, *(source for source, _, _ in SOURCES)}
    return frozenset(found)


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties", {})
        yield from properties
        yield from node.get("$defs", {})
        for value in node.values():
            yield from _keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from _keys(value)


@cache
def help_texts() -> dict[str, str]:
    """The help of every command, by its words."""
    import contextlib
    import io

    found: dict[str, str] = {}
    pending: list[tuple[str, ...]] = [(command.name,) for command in commands()]
    while pending:
        words = pending.pop()
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            main([*words, "--help"])
        found[" ".join(words)] = text.getvalue()
        if "\nCommands:\n" in text.getvalue():
            listed = text.getvalue().partition("\nCommands:\n")[2].partition("\n\n")[0]
            pending += [(*words, name) for name in re.findall(r"^  (\S+)", listed, re.MULTILINE) if len(words) < 2]
    return found


@cache
def options() -> frozenset[str]:
    return frozenset(re.findall(r"--?[a-z][a-z-]*", " ".join(help_texts().values()))) | {"--help", "--version"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_in_code_type_exist(page: Page) -> None:
    if page.name.startswith(WITH_FOREIGN_NAMES):
        pytest.skip("made from the code, with names of others")
    words = {span for span in page.spans() if _WORD.fullmatch(span)}
    assert words - known_words() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_exist(page: Page) -> None:
    used = {word for span in page.spans() for word in re.findall(r"(?<!\S)--[a-z][a-z-]*", span)}
    foreign = {word for span in page.spans() if not span.startswith(("--", "certhound")) for word in span.split()}
    assert used - options() - foreign == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Page) -> None:
    for span in page.spans():
        words = span.split()
        if words[0] != "certhound" or len(words) == 1 or words[1].startswith(("-", "COMMAND")):
            continue
        assert words[1] in help_texts(), f"{page.name}: {span}"
        if words[1] == "rules" and len(words) > 2 and words[2].islower():
            assert " ".join(words[1:3]) in help_texts(), f"{page.name}: {span}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_of_the_repository_exist(page: Page) -> None:
    for span in page.spans():
        if _PATH.fullmatch(span):
            assert (ROOT / span).exists(), f"{page.name}: {span}"
