"""Atomic Red Team's files: what may stand in them, and a test's commands with arguments put in.

Format: https://github.com/redcanaryco/atomic-red-team/wiki/Contributing and the project's ``spec.yaml``. A key that the
format does not know is an error, so that what is here can be offered there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from certhound.model.errors import ContentError, Place

_ARGUMENT = re.compile(r"#\{(.*?)\}")

Platform = Literal[
    "windows", "macos", "linux", "office-365", "azure-ad", "google-workspace", "saas", "iaas", "containers", "iaas:gcp",
    "iaas:azure", "iaas:aws", "esxi",
]  # fmt: skip
ExecutorName = Literal["powershell", "sh", "bash", "command_prompt"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Argument(_Strict, frozen=True):
    """An argument of a test."""

    description: str
    type: Literal["url", "string", "float", "integer", "path"]
    default: str | int | float | None


class Dependency(_Strict, frozen=True):
    """What must be there before: ``prereq_command`` ends with 0 if it is."""

    description: str
    prereq_command: str
    get_prereq_command: str | None = None


class Executor(_Strict, frozen=True):
    """Who runs the command, and what undoes it."""

    name: ExecutorName
    command: str
    cleanup_command: str | None = None
    elevation_required: bool = False


class AtomicTest(_Strict, frozen=True):
    """One test."""

    name: str
    description: str
    supported_platforms: list[Platform]
    executor: Executor
    auto_generated_guid: str
    input_arguments: dict[str, Argument] = {}
    dependencies: list[Dependency] = []
    dependency_executor_name: Literal["powershell", "sh", "bash", "command_prompt"] | None = None

    def fill(self, text: str, arguments: Mapping[str, str]) -> str:
        """A command with its arguments; those that are not given have their defaults."""

        def value(match: re.Match[str]) -> str:
            name = match[1]
            return arguments[name] if name in arguments else str(self.input_arguments[name].default)

        return _ARGUMENT.sub(value, text)

    def used(self) -> set[str]:
        """Names of the arguments that its commands use."""
        texts = [self.executor.command, self.executor.cleanup_command or ""]
        texts += [text or "" for each in self.dependencies for text in (each.prereq_command, each.get_prereq_command)]
        return {name for text in texts for name in _ARGUMENT.findall(text)}


class Technique(_Strict, frozen=True):
    """A file: tests of one technique."""

    attack_technique: str
    display_name: str
    atomic_tests: list[AtomicTest]

    def test(self, name: str) -> AtomicTest | None:
        return next((each for each in self.atomic_tests if each.name == name), None)


def read_technique(path: Path) -> Technique:
    """Read and check a file; ContentError says what is wrong with it."""
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Technique)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ContentError(str(error), check="drill-atomic", place=Place(str(path))) from error
    for problem in problems(found):
        raise ContentError(problem, check="drill-atomic", place=Place(str(path)))
    return found


def problems(technique: Technique) -> list[str]:
    """What the format demands beyond the types of its keys."""
    found = []
    if not re.fullmatch(r"T\d{4}(\.\d{3})?", technique.attack_technique):
        found.append(f"attack_technique {technique.attack_technique!r} is no technique")
    if len(technique.display_name) < 5 or not technique.atomic_tests:
        found.append("display_name is too short, or there is no test")
    for test in technique.atomic_tests:
        found += [f"{test.name}: {said}" for said in _test_problems(test)]
    return found


def _test_problems(test: AtomicTest) -> list[str]:
    found = []
    if not test.supported_platforms or not test.description or not test.executor.command:
        found.append("supported_platforms, description and command must not be empty")
    if unused := sorted(set(test.input_arguments) - test.used()):
        found.append(f"arguments that no command uses: {', '.join(unused)}")
    if undefined := sorted(test.used() - set(test.input_arguments)):
        found.append(f"arguments that are not defined: {', '.join(undefined)}")
    if wrong := [name for name in test.input_arguments if not re.fullmatch(r"[\w-]{2,}", name)]:
        found.append(f"names of arguments: {', '.join(wrong)}")
    if test.dependency_executor_name is not None and not test.dependencies:
        found.append("dependency_executor_name without dependencies")
    if "sudo" in test.executor.command and not test.executor.elevation_required:
        found.append("sudo without elevation_required")
    kinds: dict[str, tuple[type, ...]] = {"integer": (int,), "float": (float,)}
    for name, argument in test.input_arguments.items():
        if not isinstance(argument.default, (*kinds.get(argument.type, (str,)), type(None))):
            found.append(f"the default of {name} is no {argument.type}")
    return found
