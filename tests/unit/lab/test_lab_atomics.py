"""The tests of drills are in Atomic Red Team's format: each of its rules fires where it must, and only there."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from certhound.lab.drills.atomic import read_technique, reused
from certhound.lab.drills.plan import ATOMICS, techniques
from certhound.model.errors import ContentError

GOOD: dict[str, Any] = {
    "attack_technique": "T1608.003",
    "display_name": "A name",
    "atomic_tests": [
        {
            "name": "n",
            "description": "d",
            "supported_platforms": ["linux"],
            "auto_generated_guid": "00000000-0000-4000-8000-000000000001",
            "input_arguments": {"word": {"description": "d", "type": "string", "default": "x"}},
            "dependency_executor_name": "sh",
            "dependencies": [{"description": "d", "prereq_command": "true", "get_prereq_command": None}],
            "executor": {"name": "sh", "command": "echo #{word}", "cleanup_command": "true"},
        }
    ],
}
TEST, EXECUTOR, NEED = "atomic_tests/0", "atomic_tests/0/executor", "atomic_tests/0/dependencies/0"
ARGUMENT = "atomic_tests/0/input_arguments/word"
GUID = "00000000-0000-4000-8000-00000000000f"
ABSENT = object()


def argument(kind: str, default: object) -> dict[str, object]:
    return {"description": "d", "type": kind, "default": default}


def other(**values: object) -> list[Any]:
    """Two tests, of which the second differs so."""
    first = GOOD["atomic_tests"][0]
    return [first, {**first, "name": "m", "auto_generated_guid": GUID, **values}]


def manual(steps: str) -> dict[str, str]:
    return {"name": "manual", "steps": steps}


RULES: list[tuple[str, str, object, object, str]] = [
    ("a technique", "attack_technique", "T16", "T1608", "no technique"),
    ("a technique's whole id", "attack_technique", "T1608.0031", "T1608.001", "no technique"),
    ("a technique must be there", "attack_technique", ABSENT, "T1608", "attack_technique"),
    ("a display name of five characters", "display_name", "Four", "Fives", "too short"),
    ("a display name must be there", "display_name", ABSENT, "Fives", "display_name"),
    ("at least one test", "atomic_tests", [], GOOD["atomic_tests"], "no test"),
    ("tests must be there", "atomic_tests", ABSENT, GOOD["atomic_tests"], "atomic_tests"),
    ("no unknown key of a file", "extra", 1, ABSENT, "extra"),
    ("no unknown key of a test", f"{TEST}/extra", 1, ABSENT, "extra"),
    ("no unknown key of an executor", f"{EXECUTOR}/extra", 1, ABSENT, "extra"),
    ("no unknown key of a dependency", f"{NEED}/extra", 1, ABSENT, "extra"),
    ("no unknown key of an argument", f"{ARGUMENT}/extra", 1, ABSENT, "extra"),
    ("a name", f"{TEST}/name", "", "m", "must not be empty"),
    ("a name must be there", f"{TEST}/name", ABSENT, "m", "name"),
    ("a name is text", f"{TEST}/name", 5, "5", "name"),
    ("a description", f"{TEST}/description", "", "e", "must not be empty"),
    ("a description must be there", f"{TEST}/description", ABSENT, "e", "description"),
    ("a platform", f"{TEST}/supported_platforms", [], ["linux", "macos"], "must not be empty"),
    ("platforms must be there", f"{TEST}/supported_platforms", ABSENT, ["macos"], "supported_platforms"),
    ("platforms are a list", f"{TEST}/supported_platforms", "linux", ["linux"], "supported_platforms"),
    ("a known platform", f"{TEST}/supported_platforms", ["amiga"], ["linux", "iaas:aws"], "amiga"),
    ("a platform in lower case", f"{TEST}/supported_platforms", ["Linux"], ["linux"], "Linux"),
    ("an executor must be there", f"{TEST}/executor", ABSENT, GOOD["atomic_tests"][0]["executor"], "executor"),
    ("a known executor", f"{EXECUTOR}/name", "zsh", "bash", "executor.name"),
    ("an executor of a platform", f"{EXECUTOR}/name", "command_prompt", "powershell", "no supported platform has"),
    ("no test for a person alone", f"{TEST}/executor", manual("Open the menu"), ABSENT, "executor"),
    ("a command", f"{EXECUTOR}/command", "", "echo a #{word}", "must not be empty"),
    ("a command must be there", f"{EXECUTOR}/command", ABSENT, "cat #{word}", "command"),
    ("a command is text", f"{EXECUTOR}/command", ["echo #{word}"], "cat #{word}", "command"),
    ("clean-up is text or nothing", f"{EXECUTOR}/cleanup_command", 1, None, "cleanup_command"),
    ("elevation is a truth value", f"{EXECUTOR}/elevation_required", "yes, please", True, "elevation_required"),
    ("sudo in a command", f"{EXECUTOR}/command", "sudo echo #{word}", "su -c #{word}", "sudo without"),
    ("sudo in a clean-up", f"{EXECUTOR}/cleanup_command", "sudo true", "true", "sudo without"),
    ("arguments are a mapping", f"{TEST}/input_arguments", None, {"word": argument("string", "y")}, "input_arguments"),
    ("an argument that is used", f"{TEST}/input_arguments/spare", argument("string", "x"), ABSENT, "no command uses"),
    ("an argument that is defined", f"{EXECUTOR}/command", "echo #{word} #{nothing}", "echo #{word}", "not defined"),
    ("one in a clean-up", f"{EXECUTOR}/cleanup_command", "rm #{nothing}", "rm #{word}", "not defined"),
    ("one in a dependency", f"{NEED}/prereq_command", "test #{nothing}", "test #{word}", "not defined"),
    ("one that gets a dependency", f"{NEED}/get_prereq_command", "get #{nothing}", "get #{word}", "not defined"),
    ("a known type", ARGUMENT, argument("text", "x"), argument("path", "/x"), "type"),
    ("a type in lower case", ARGUMENT, argument("String", "x"), argument("string", "x"), "type"),
    ("a type must be there", f"{ARGUMENT}/type", ABSENT, "path", "type"),
    ("a default must be there", f"{ARGUMENT}/default", ABSENT, None, "default"),
    ("a description of an argument", f"{ARGUMENT}/description", ABSENT, "e", "description"),
    ("one that says something", f"{ARGUMENT}/description", " ", "e", "no description"),
    ("a text that is one", ARGUMENT, argument("string", 5), argument("string", "5"), "no string"),
    ("a path that is text", ARGUMENT, argument("path", 5), argument("path", "5"), "no path"),
    ("a whole number", ARGUMENT, argument("integer", "5"), argument("integer", 5), "no integer"),
    ("a number with a fraction", ARGUMENT, argument("float", 5), argument("float", 5.0), "no float"),
    ("a URL", ARGUMENT, argument("url", "not one"), argument("url", "https://a.example/b"), "no url"),
    ("a URL with its scheme", ARGUMENT, argument("url", "//a"), argument("url", "smtp://a"), "no url"),
    ("a domain for a URL", ARGUMENT, argument("url", "localhost"), argument("url", "a.example"), "no url"),
    ("an address for a URL", ARGUMENT, argument("url", "300.1.1.1:5"), argument("url", "192.0.2.1"), "no url"),
    ("a description of a dependency", f"{NEED}/description", "", "e", "of a dependency"),
    ("one must be there", f"{NEED}/description", ABSENT, "e", "description"),
    ("a check of a dependency", f"{NEED}/prereq_command", "", "false", "of a dependency"),
    ("that must be there", f"{NEED}/prereq_command", ABSENT, "false", "prereq_command"),
    ("a way to meet it must be stated", f"{NEED}/get_prereq_command", ABSENT, "exit 1", "get_prereq_command"),
    ("dependencies are a list", f"{TEST}/dependencies", GOOD, [], "dependencies"),
    ("an executor of dependencies", f"{TEST}/dependency_executor_name", "zsh", "bash", "dependency_executor_name"),
    ("one that is not empty", f"{TEST}/dependency_executor_name", "", ABSENT, "dependency_executor_name"),
    ("one that is no null", f"{TEST}/dependency_executor_name", None, ABSENT, "dependency_executor_name"),
    ("one of a platform", f"{TEST}/dependency_executor_name", "command_prompt", "sh", "no supported platform has"),
    ("one only with dependencies", f"{TEST}/dependencies", [], ABSENT, "without dependencies"),
    ("a GUID", f"{TEST}/auto_generated_guid", "12", GUID, "no UUID"),
    ("a GUID in lower case", f"{TEST}/auto_generated_guid", GUID.upper(), GUID, "no UUID"),
    ("a GUID once", "atomic_tests", other(auto_generated_guid=GOOD["atomic_tests"][0]["auto_generated_guid"]), other(),
     "the GUID"),
    ("a name once", "atomic_tests", other(name="n"), other(), "the name"),
]  # fmt: skip
SILENT_BY = {"one only with dependencies": {f"{TEST}/dependency_executor_name": ABSENT}}
"""Where the silent case needs a second change."""
SILENT_BY["dependencies are a list"] = SILENT_BY["one only with dependencies"]


def changed(*changes: tuple[str, object]) -> dict[str, Any]:
    """The good document with values at paths; ABSENT takes a key away."""
    document = copy.deepcopy(GOOD)
    for path, value in changes:
        *way, last = path.split("/")
        at: Any = document
        for key in way:
            at = at[int(key)] if isinstance(at, list) else at[key]
        if value is ABSENT:
            at.pop(last, None)
            if last == "executor":
                at[last] = GOOD["atomic_tests"][0]["executor"]
        else:
            at[last] = copy.deepcopy(value)
    return document


def write(folder: Path, document: object, name: str = "T1608.003.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(document))
    return path


def test_the_document_that_cases_change_is_good(tmp_path: Path) -> None:
    assert read_technique(write(tmp_path, GOOD)).atomic_tests[0].used() == {"word"}


@pytest.mark.parametrize("case", RULES, ids=lambda case: case[0])
def test_a_rule_fires_on_what_it_forbids(tmp_path: Path, case: tuple[str, str, object, object, str]) -> None:
    _, path, firing, _, said = case
    document = changed((path, firing))
    if firing is ABSENT and path.endswith("executor"):
        del document["atomic_tests"][0]["executor"]
    with pytest.raises(ContentError, match=re.escape(said)):
        read_technique(write(tmp_path, document))


@pytest.mark.parametrize("case", RULES, ids=lambda case: case[0])
def test_a_rule_is_silent_on_its_neighbour(tmp_path: Path, case: tuple[str, str, object, object, str]) -> None:
    name, path, _, silent, _ = case
    read_technique(write(tmp_path, changed((path, silent), *SILENT_BY.get(name, {}).items())))


def test_the_file_is_called_yaml(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"must end with \.yaml"):
        read_technique(write(tmp_path, GOOD, "T1608.003.yml"))


def test_all_files_are_valid_and_lie_as_in_atomic_red_team() -> None:
    found = techniques()
    assert reused(found.values()) == []
    for folder in ATOMICS.iterdir():
        assert [path.name for path in folder.iterdir()] == [f"{folder.name}.yaml"]
        assert found[folder.name].attack_technique == folder.name
    for technique in found.values():
        for test in technique.atomic_tests:
            assert test.executor.cleanup_command or test.name.startswith(("Visit", "Resume", "Open")), test.name
