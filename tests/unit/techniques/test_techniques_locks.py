"""Ids and versions are locked: a rule that says something else has a higher version, and no id is given out twice."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from certhound.cli import main
from certhound.rules import load_sources
from certhound.rules.load import load
from certhound.rules.located import Source
from certhound.techniques.load import folder, packages
from certhound.techniques.locks import (
    Entry,
    Lock,
    outdated,
    package_entries,
    read_lock,
    refused,
    renewed,
    rule_entries,
)

HINT = "run certhound content check --lock"

RULE = """title: Certificate of Somebody
id: 7b0c7d3a-3f3e-4d7f-9a5b-5a0f4f0c1c55
status: test
description: A certificate that somebody made for a server of his own.
author: A. Author
date: 2026-11-24
references: [https://example.org/]
tags: [attack.resource-development, attack.t1608.003]
logsource: {product: certhound, category: contact}
detection:
  selection: {name: somebody.example}
  condition: selection
falsepositives: [The somebody meant]
level: low
certhound:
  score: 20
  family: form
  reason: "{name} is somebody's"
  known_gaps: [Another name]
  events:
    positive: [{name: somebody.example}]
    negative: [{name: nobody.example}]
"""


def entries(text: str) -> dict[str, Entry]:
    found = load_sources([Source("somebody.yml", text)])
    found.rules.check()
    return rule_entries(found.rules, found.documents)


def run(*words: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["content", "check", *words])
    return code, out.getvalue() + err.getvalue()


def test_the_locks_that_ship_are_what_the_command_would_write() -> None:
    now, lock = package_entries(packages(), folder()), read_lock(folder())
    assert (folder() / "lock.json").read_text("utf-8") == renewed(now, lock).text(), HINT
    home, rules = folder().parent / "detections", load(())
    now, lock = rule_entries(rules.rules, rules.documents), read_lock(home)
    assert [str(each) for each in refused("rule", now, lock)] == []
    assert (home / "lock.json").read_text("utf-8") == renewed(now, lock).text(), HINT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Cert", "# a comment\ntitle: Cert"),
        ("[attack.resource-development, attack.t1608.003]", "\n  - attack.resource-development\n  - attack.t1608.003"),
        ("date: 2026-11-24", "date: 2026-11-24\nmodified: 2026-12-01"),
        ("status: test\ndesc", "status: 'test'\ndesc"),
    ],
)
def test_what_changes_no_meaning_changes_no_hash(old: str, new: str) -> None:
    assert old in RULE
    assert entries(RULE.replace(old, new)) == entries(RULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("score: 20", "score: 21"),
        ("somebody.example}\n  cond", "another.example}\n  cond"),
        ("negative: [", "negative: [{name: x.example}, "),
        ("The somebody meant", "Somebody"),
    ],
)
def test_content_that_changes_needs_a_higher_version(old: str, new: str) -> None:
    lock = Lock(entries(RULE))
    text = RULE.replace(old, new)
    assert text != RULE
    (remark,) = refused("rule", entries(text), lock)
    assert "version is still 1" in remark.text
    assert "raise its version to 2" in remark.advice
    raised = entries(text.replace("certhound:\n", "certhound:\n  version: 2\n"))
    assert refused("rule", raised, lock) == []
    (remark,) = outdated("rule", raised, lock)
    assert remark.text == "the lock has version 1"
    assert outdated("rule", raised, renewed(raised, lock)) == []


def test_a_version_never_falls() -> None:
    lock = Lock(entries(RULE.replace("certhound:\n", "certhound:\n  version: 3\n")))
    (remark,) = refused("rule", entries(RULE), lock)
    assert remark.text == "its version was 3 and is 1"


def test_an_id_that_was_retired_is_not_given_out_again() -> None:
    lock = renewed({}, Lock(entries(RULE)))
    assert not lock.entries
    (remark,) = refused("rule", entries(RULE), lock)
    assert "was that of somebody" in remark.text
    assert [each.text for each in outdated("rule", {}, Lock(entries(RULE)))] == ["it is in the lock and is gone"]


def test_a_rule_keeps_its_id() -> None:
    other = entries(RULE.replace("7b0c7d3a-", "8b0c7d3a-"))
    (remark,) = refused("rule", other, Lock(entries(RULE)))
    assert "its id was 7b0c7d3a-" in remark.text


def test_the_command_locks_rules_of_ones_own(tmp_path: Path) -> None:
    rule = tmp_path / "somebody.yml"
    rule.write_text(RULE)
    assert run("--rules", str(tmp_path))[0] == 4
    code, said = run("--rules", str(tmp_path), "--lock")
    assert (code, "nothing is wrong" in said) == (0, True)
    rule.write_text(RULE.replace("score: 20", "score: 22"))
    code, said = run("--rules", str(tmp_path), "--lock")
    assert code == 4
    assert "somebody error[rule-lock] its content changed and its version is still 1" in said
    assert json.loads((tmp_path / "lock.json").read_text())["entries"]
    rule.write_text(
        RULE.replace("score: 20", "version: 2\n  score: 22").replace("\nref", "\nmodified: 2026-12-01\nref")
    )
    assert run("--rules", str(tmp_path), "--lock")[0] == 0
    assert run("--rules", str(tmp_path))[0] == 0


def test_remarks_of_lints_are_among_them(tmp_path: Path) -> None:
    (tmp_path / "somebody.yml").write_text(RULE.replace("title: C", "title: c"))
    code, said = run("--rules", str(tmp_path), "--lock")
    assert code == 4
    assert "warning[title-style]" in said


def test_a_broken_lock_is_told(tmp_path: Path) -> None:
    (tmp_path / "somebody.yml").write_text(RULE)
    (tmp_path / "lock.json").write_text("[]")
    code, said = run("--rules", str(tmp_path))
    assert code == 4
    assert "error[bad-lock]" in said
