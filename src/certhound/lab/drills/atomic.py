"""Atomic Red Team's files: what may stand in them, and a test's commands with arguments put in.

Format: https://github.com/redcanaryco/atomic-red-team, its wiki and the project's own validator. All that the validator
refuses is refused here, and more: a key that the format does not know, a test that only a person can do, an executor
that none of its platforms has. So what is here can be offered there.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from certhound.model.errors import ContentError, Place

_ARGUMENT = re.compile(r"#\{(.*?)\}")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]"

Platform = Literal[
    "windows", "macos", "linux", "office-365", "azure-ad", "google-workspace", "saas", "iaas", "containers", "iaas:gcp",
    "iaas:azure", "iaas:aws", "esxi",
]  # fmt: skip
ExecutorName = Literal["powershell", "sh", "bash", "command_prompt"]
_UNIX = ("linux", "macos", "containers", "esxi")
_CLOUDS = ("office-365", "azure-ad", "google-workspace", "saas", "iaas", "iaas:gcp", "iaas:azure", "iaas:aws")
_RUN_ON = {
    "powershell": ("windows", "linux", "macos", *_CLOUDS), "command_prompt": ("windows",), "sh": (*_UNIX, *_CLOUDS),
    "bash": (*_UNIX, *_CLOUDS),
}  # fmt: skip


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
    get_prereq_command: str | None


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
    dependency_executor_name: ExecutorName | msgspec.UnsetType = msgspec.UNSET

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
    if path.suffix != ".yaml":
        raise ContentError("the name must end with .yaml", check="drill-atomic", place=Place(str(path)))
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
    return found + reused([technique])


def reused(techniques: Iterable[Technique]) -> list[str]:
    """GUIDs and names that stand twice."""
    tests = [test for each in techniques for test in each.atomic_tests]
    found = []
    for word, values in (
        ("GUID", [test.auto_generated_guid for test in tests]),
        ("name", [test.name for test in tests]),
    ):
        found += [f"the {word} {value} stands {times} times" for value, times in Counter(values).items() if times > 1]
    return found


def _test_problems(test: AtomicTest) -> Iterator[str]:
    texts = (test.name, test.description, test.executor.command)
    if not test.supported_platforms or not all(text.strip() for text in texts):
        yield "name, description, supported_platforms and command must not be empty"
    if not _GUID.fullmatch(test.auto_generated_guid):
        yield f"auto_generated_guid {test.auto_generated_guid!r} is no UUID in lower case"
    yield from _executor_problems(test)
    yield from _argument_problems(test)
    for need in test.dependencies:
        if not need.description.strip() or not need.prereq_command.strip():
            yield "description and prereq_command of a dependency must not be empty"


def _executor_problems(test: AtomicTest) -> Iterator[str]:
    named = [test.executor.name]
    if test.dependency_executor_name is not msgspec.UNSET:
        named.append(test.dependency_executor_name)
        if not test.dependencies:
            yield "dependency_executor_name without dependencies"
    for name in named:
        if not any(platform in _RUN_ON[name] for platform in test.supported_platforms):
            yield f"no supported platform has {name}"
    commands = test.executor.command + (test.executor.cleanup_command or "")
    if "sudo" in commands and not test.executor.elevation_required and {"linux", "macos"} & {*test.supported_platforms}:
        yield "sudo without elevation_required"


def _argument_problems(test: AtomicTest) -> Iterator[str]:
    if unused := sorted(set(test.input_arguments) - test.used()):
        yield f"arguments that no command uses: {', '.join(unused)}"
    if undefined := sorted(test.used() - set(test.input_arguments)):
        yield f"arguments that are not defined: {', '.join(undefined)}"
    if wrong := [name for name in test.input_arguments if not re.fullmatch(r"[\w-]{2,}", name)]:
        yield f"names of arguments: {', '.join(wrong)}"
    kinds: dict[str, tuple[type, ...]] = {"integer": (int,), "float": (float,)}
    for name, argument in test.input_arguments.items():
        if not argument.description.strip():
            yield f"{name} has no description"
        if not isinstance(argument.default, (*kinds.get(argument.type, (str,)), type(None))):
            yield f"the default of {name} is no {argument.type}"
        elif argument.type == "url" and argument.default is not None and not _is_url(str(argument.default)):
            yield f"the default of {name} is no url: neither a URL nor a domain nor an address"


def _is_url(text: str) -> bool:
    """A URL, a name with at least one dot, or an address: all three pass for a url there."""
    if re.fullmatch(r"[a-z][a-z0-9+.-]*://[^\s/]+\S*", text) or re.fullmatch(_DOMAIN, text):
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
