"""``certhound rules``: what is looked for, and what a rule becomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from certhound.cli.boundary import tell
from certhound.cli.options import Config, Output, Rules, profile_of, unwrapped
from certhound.cli.sink import text_sink
from certhound.model.errors import ErrorList, ExitCode, UsageError

if TYPE_CHECKING:
    from certhound.rules import Rule, RuleSet
    from certhound.rules.load import Loaded

SECTION = "Rules"

COMMAND = App(name="rules", help="List, show, test and explain the rules.")

RuleName = Annotated[str, Parameter(help="Name, id, or title of the rule.")]
Format = Annotated[Literal["table", "json"], Parameter(help="json is one object a line.")]


@COMMAND.command(name="list")
@unwrapped
def list_(
    *,
    not_run: Annotated[bool, Parameter(help="Only those that can never run here, and what they need.")] = False,
    rules: Rules = (),
    config: Config = None,
    format: Format = "table",
    output: Output = None,
) -> int:
    """List the rules by score: what each looks for and in which table.

    Rules whose data a run lacks are listed by that run as *not run*.
    """
    from certhound.rules import list_rules

    loaded = _load(rules, config)
    lines = [line for line in list_rules(loaded.rules) if not not_run or line.score is None]
    with text_sink(output) as stream:
        if format == "json":
            from certhound.cli.json_text import json_object

            for line in lines:
                stream.write(json_object(line))
        else:
            from certhound.cli.tables import write_table

            rows = [(str(line.score or "-"), line.name, line.table or "-", line.family, line.title) for line in lines]
            write_table(stream, ("score", "rule", "table", "family", "title"), rows, right=frozenset({0}))
            for line in lines:
                if line.score is None:
                    stream.write(_plain(f"{line.name}: not run, {line.reason}\n"))
    return _conclude(loaded.rules)


@COMMAND.command
@unwrapped
def show(rule: RuleName, /, *, rules: Rules = (), config: Config = None, output: Output = None) -> None:
    """Show what a rule says of itself: reason, score, false positives, known gaps, references."""
    from certhound.rules import show_rule

    found = _find(_load(rules, config).rules, rule)
    with text_sink(output) as stream:
        stream.write(_plain(show_rule(found)) + "\n")


@COMMAND.command
@unwrapped
def explain(rule: RuleName, /, *, rules: Rules = (), config: Config = None, output: Output = None) -> None:
    """Explain what a rule becomes: its condition as a tree, the SQL that runs, the columns that it needs."""
    from certhound.rules import explain_rule

    found = _find(_load(rules, config).rules, rule)
    with text_sink(output) as stream:
        stream.write(_plain(str(explain_rule(found))) + "\n")


@COMMAND.command(name="test")
@unwrapped
def run_tests(
    *paths: Annotated[Path, Parameter(help="Rule files or folders; without any, the rules that ship.")],
    config: Config = None,
    output: Output = None,
) -> int:
    """Test rules by the events inside them, in two engines, and lint them.

    Every positive event must match and no negative one may, in the reference evaluator and in DuckDB alike. Lints are
    remarks on standard error and fail nothing.
    """
    from certhound.rules.selftest import test_rules

    loaded = _load(paths, config, packaged=not paths)
    every = list(loaded.rules)
    report = test_rules(every)
    for note in _notes(loaded, every):
        tell(note)
    failed = len({failure.rule.id for failure in report.failures})
    with text_sink(output) as stream:
        stream.write(
            f"{report.rules:,} rules with {report.examples:,} events: "
            f"{f'{failed:,} rules fail' if failed else 'all as the rules say, in both engines'}\n"
        )
        if report.untested:
            stream.write(f"{len(report.untested):,} rules have no events of their own\n")
    errors = [*loaded.rules.errors, *(failure.as_error() for failure in report.failures)]
    if errors:
        raise ErrorList(errors)
    return ExitCode.OK


def _notes(loaded: Loaded, rules: list[Rule]) -> list[str]:
    from certhound.rules.lint import Subject, lint_rules

    subjects = [Subject(rule, loaded.documents[rule.id], loaded.unused.get(rule.id, ())) for rule in rules]
    return [str(note) for note in lint_rules(subjects)]


def _load(paths: tuple[Path, ...], config: Path | None, *, packaged: bool = True) -> Loaded:
    from certhound.rules.load import load

    return load(paths, packaged=packaged, placeholders=profile_of(config, quiet=True).placeholders())


def _find(rules: RuleSet, word: str) -> Rule:
    """The rule of that name. Where it is not there because its file is wrong, that is what is said."""
    from certhound.rules import find_rule

    try:
        return find_rule(rules, word)
    except UsageError:
        rules.check()
        raise


def _conclude(rules: RuleSet) -> ExitCode:
    """Errors of rule files are told after what is good was shown."""
    for error in rules.errors:
        tell(str(error))
    return ExitCode.CONTENT if rules.errors else ExitCode.OK


def _plain(text: str) -> str:
    """Text of rules, which others may have written, without anything that acts on a terminal."""
    from certhound.outputs.defuse import visible

    return "\n".join(visible(line) for line in text.split("\n"))
