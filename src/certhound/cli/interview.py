"""The questions of ``certhound init``: on standard error, each with a default, checked before the next one comes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certhound.cli.boundary import tell
from certhound.cli.progress import Progress
from certhound.model.errors import CerthoundError, ErrorList, UsageError
from certhound.model.profile import default_profile
from certhound.model.profile_write import Answers, profile_text

if TYPE_CHECKING:
    from certhound.lake.proposal import Proposal

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flags:
    """Answers given on the command line; empty: not given."""

    name: str | None = None
    networks: Texts = ()
    domains: Texts = ()
    brands: Texts = ()
    expected_issuers: Texts = ()
    internal_cas: Texts = ()
    inspection_cas: Texts = ()
    inspection_issuers: Texts = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the field of ``Answers`` that it fills, and its words."""

    field: str
    text: str
    many: bool = True


QUESTIONS: tuple[Question, ...] = (
    Question("name", "Name of the organisation", many=False),
    Question("networks", "Own networks: who is inside"),
    Question("domains", "Own domains"),
    Question("brands", "Names that impostors would imitate"),
    Question("internal_cas", "Files (PEM or DER) of your own certificate authorities"),
    Question("inspection_issuers", "Issuer names of devices that open and re-sign TLS, with * and ?"),
)


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def answers_for(flags: Flags, paths: Sequence[Path], *, ask: bool, folder: Path, quiet: bool = False) -> Answers:
    """Flags, else what a person says, else what the data suggest, else the defaults; checked as the profile is."""
    answers = _given(_suggested(paths, quiet=quiet), flags)
    problem = check(answers, folder)
    if problem is not None:
        raise UsageError(problem, check="bad-answer", advice="certhound init --help")
    if ask:
        tell("Return takes what stands in brackets; several values with commas; - for none.")
        for question in QUESTIONS:
            if not getattr(flags, question.field):
                answers = _asked(question, answers, folder, _read_line)
    return answers.with_paths_from(folder)


def check(answers: Answers, folder: Path) -> str | None:
    """What the reader of profiles would say against these answers, without the places; ``None``: nothing."""
    from certhound.model.profile_file import parse_profile

    text = profile_text(answers.with_paths_from(folder))
    try:
        parse_profile(text.encode(), folder / "certhound.toml")
    except ErrorList as error:
        return "; ".join(_said(each) for each in error.errors)
    return None


def _said(error: CerthoundError) -> str:
    return f"{error.text} ({error.advice})" if error.advice else error.text


def _suggested(paths: Sequence[Path], *, quiet: bool) -> Answers:
    if not paths:
        return Answers()
    with Progress(paths, quiet=quiet) as progress:
        from certhound.lake.proposal import propose

        found: Proposal = propose(paths, default_profile(), lambda done, file: progress(done, 0, file))
    return Answers(
        networks=found.networks,
        domains=found.domains,
        expected_issuers=found.expected_issuers,
        internal_hints=found.internal_issuers,
        inspection_hints=found.inspection_issuers,
    )


def _given(answers: Answers, flags: Flags) -> Answers:
    given: dict[str, Any] = {}
    for field in Flags.__slots__:
        if getattr(flags, field):
            given[field] = getattr(flags, field)
    return replace(answers, **given)


def _asked(question: Question, answers: Answers, folder: Path, read: Callable[[str], str]) -> Answers:
    """The answers with that of a person, who is asked again until the profile would take it."""
    while True:
        said = read(f"{question.text} [{_shown(_default(question, answers))}]: ").strip()
        value: Any = _value(question, said, _default(question, answers))
        new = replace(answers, **{question.field: value})
        problem = check(new, folder)
        if problem is None:
            return new
        tell(f"  {problem}")


def _default(question: Question, answers: Answers) -> str | Texts:
    """What Return stands for; a device that the data suggest is a default here, where a person can refuse it."""
    value: str | Texts = getattr(answers, question.field)
    return value or (answers.inspection_hints if question.field == "inspection_issuers" else value)


def _value(question: Question, said: str, default: str | Texts) -> str | Texts:
    if not said:
        return default
    if said == "-":
        return () if question.many else ""
    if not question.many:
        return said
    # Names in RFC 4514 form hold commas themselves, so these are separated by semicolons.
    separator = ";" if question.field == "inspection_issuers" else ","
    return tuple(part.strip() for part in said.split(separator) if part.strip())


def _shown(value: str | Texts) -> str:
    from certhound.outputs.defuse import visible

    return visible(value if isinstance(value, str) else ", ".join(value), 400)


def _read_line(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise UsageError("the input ended before the last question", check="no-answer", advice="--yes asks nothing")
    return line
