"""Every check of packages fires on one broken thing and is silent on what ships."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import pytest

from certhound.cli import main
from certhound.rules import load_rules
from certhound.techniques.check import Subject, check, checks
from certhound.techniques.load import folder, package, packages, read_package
from certhound.techniques.package import Package

RULES = list(load_rules())

BROKEN = {
    "query-ids": ("guide.toml", 'id = "guide-rhythm"', 'id = "guide-clients"'),
    "query-marks": ("guide.toml", "destinationip = :address", "destinationip = :adress"),
    "query-lint": ("hunts.toml", "SELECT sourceip, destinationip,", "SELECT DISTINCT sourceip,"),
    "query-bounds": ("hunts.toml", "LIMIT 200 LAST 7 DAYS", "LAST 7 DAYS"),
    "hunt-values": ("hunts.toml", "WHERE qid = 2000007", "WHERE sourceip = :client AND qid = 2000007"),
    "categories": ("technique.toml", 'category = "http"', 'category = "proxy"'),
    "columns": ("technique.toml", '"mail_to"', '"mail_too"'),
    "rules-exist": ("technique.toml", '"acme_dry_run"', '"acme_wet_run"'),
    "has-rules": ("technique.toml", 'id = "T1608.003"', 'id = "T9999"'),
    "phases": ("playbook.toml", 'phase = "lessons"', 'phase = "recovery"'),
    "roles": ("playbook.toml", 'role = "network"', 'role = "nobody"'),
    "exceptions": ("tuning.toml", "expires = 2027-06-30", ""),
    "expressions": ("kit.toml", 'value = "Some CA"', 'value = "Other CA"'),
    "drill-runs": ("technique.toml", 'plan = "acme-certbot"', 'plan = "acme-certbotty"'),
    "kit-names": ("kit.toml", "sets = [\"certhound met clients\"]", "sets = [\"certhound met servers\"]"),
    "kit-events": ("kit.toml", 'families = ["identity"]', 'families = ["identitty"]'),
    "references": ("technique.toml", "https://www.rfc", "http://www.rfc"),
    "inferred-apart": ("technique.toml", 'id = "T1588.004"', 'id = "T1557"'),
}  # fmt: skip


def test_what_ships_is_right() -> None:
    found = [each for one in packages() for each in check(one, RULES)]
    assert [str(each) for each in found] == []


def test_every_check_has_a_broken_case() -> None:
    assert set(BROKEN) == set(checks())
    assert all(each.summary for each in checks().values())


@pytest.mark.parametrize("name", BROKEN)
def test_a_check_fires_on_what_it_is_for(name: str, tmp_path: Path) -> None:
    file, old, new = BROKEN[name]
    target = tmp_path / "T1608.003"
    shutil.copytree(folder() / "T1608.003", target)
    text = (target / file).read_text("utf-8")
    assert old in text
    (target / file).write_text(text.replace(old, new, 1), "utf-8")
    broken = _read(target, tmp_path, name)
    found = [*checks()[name].found(Subject(broken, RULES))]
    assert found
    assert all(text and advice for text, advice in found)
    assert not [*checks()[name].found(Subject(package("T1608.003"), RULES))]


def _read(target: Path, tmp_path: Path, name: str) -> Package:
    if name != "has-rules":
        return read_package(target)
    return read_package(target.rename(tmp_path / "T9999"))


def test_the_command_says_that_nothing_is_wrong() -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["content", "check"]) == 0
    assert "nothing is wrong" in out.getvalue()
