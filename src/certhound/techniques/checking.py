"""All that is checked: packages and rules that ship, and folders of rules of one's own, with their locks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from certhound.rules.lint import Note, Subject, lint_rules, lints
from certhound.rules.load import Loaded, load
from certhound.techniques.check import check, checks
from certhound.techniques.check.base import Remark
from certhound.techniques.load import folder, packages
from certhound.techniques.locks import (
    LOCK,
    Entry,
    Lock,
    outdated,
    package_entries,
    read_lock,
    refused,
    renewed,
    rule_entries,
)
from certhound.techniques.package import Package


@dataclass(frozen=True, slots=True)
class Locked:
    """A folder with a lock: what is in it now, and what the lock says."""

    kind: str
    home: Path
    now: dict[str, Entry]
    lock: Lock


class Everything:
    """What ships, or folders of rules of one's own. Raises the errors of rules and packages that cannot be read."""

    def __init__(self, own: Iterable[Path] = ()) -> None:
        self._loaded: list[Loaded] = []
        self._locked: list[Locked] = []
        self._packages: tuple[Package, ...] = ()
        for each in own:
            self._rules(each if each.is_dir() else each.parent, load((each,), packaged=False))
        if not self._loaded:
            home = folder()
            self._packages = packages()
            self._rules(home.parent / "detections", load(()))
            self._locked.append(Locked("package", home, package_entries(self._packages, home), read_lock(home)))

    def _rules(self, home: Path, loaded: Loaded) -> None:
        loaded.rules.check()
        self._loaded.append(loaded)
        self._locked.append(Locked("rule", home, rule_entries(loaded.rules, loaded.documents), read_lock(home)))

    def refused(self) -> list[Remark]:
        """What keeps the locks from being written."""
        return [remark for each in self._locked for remark in refused(each.kind, each.now, each.lock)]

    def write_locks(self) -> list[Path]:
        """Write every lock; the files."""
        written = []
        for each in self._locked:
            target = each.home / LOCK
            target.write_text(renewed(each.now, each.lock).text(), "utf-8")
            written.append(target)
        return written

    def remarks(self) -> list[Remark | Note]:
        """Everything that is wrong now, by the locks as they are on the disk."""
        found: list[Remark | Note] = []
        for one in self._packages:
            found += check(one, list(self._loaded[0].rules))
        for loaded in self._loaded:
            found += lint_rules(
                Subject(rule, loaded.documents[rule.id], loaded.unused.get(rule.id, ())) for rule in loaded.rules
            )
        for each in self._locked:
            lock = read_lock(each.home)
            found += [*refused(each.kind, each.now, lock), *outdated(each.kind, each.now, lock)]
        return found

    @property
    def said(self) -> str:
        """What was checked."""
        rules = sum(len(each.rules) for each in self._loaded)
        one = "1 rule" if rules == 1 else f"{rules:,} rules"
        if not self._packages:
            return f"{one}, {len(lints())} checks and the lock"
        return f"{len(self._packages)} packages, {one}, {len(checks()) + len(lints())} checks and the locks"
