"""``certhound cert``: one certificate as a person reads it, and whether it is to be trusted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

from cyclopts import Parameter

from certhound.cli.options import Config, Output, Quiet, profile_of
from certhound.cli.sink import text_sink
from certhound.model.errors import ExitCode, Place, UnreadableError

if TYPE_CHECKING:
    from certhound.cli.one_certificate import Answer, Question

SECTION = "Look"


def cert(
    file: Annotated[
        Path, Parameter(help="PEM, DER or PKCS#7. The first certificate is the one; others are its chain.")
    ],
    /,
    *,
    chain: Annotated[Path | None, Parameter(help="Certificates that the server sent with it; may be empty.")] = None,
    roots: Annotated[Path | None, Parameter(help="Trust anchors in place of all others.")] = None,
    name: Annotated[str | None, Parameter(help="DNS name or address that the client asked for.")] = None,
    at: Annotated[str | None, Parameter(help="Time of use, ISO 8601 or seconds since 1970; else now.")] = None,
    format: Annotated[Literal["text", "json"], Parameter(help="text for people, json for programs.")] = "text",
    config: Config = None,
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Explain one certificate: what it says, what is wrong with it, whether it is trusted and why.

    The verdict is that of a TLS client: public roots (Mozilla's, or the profile's), and the organisation's own CAs.
    """
    from certhound.cli import one_certificate as one
    from certhound.cli.moments import read_moment

    moment = read_moment(at) if at is not None else datetime.now(UTC)
    data = one.read_file(file)
    given = one.certificates_in(data)
    if not given and format == "text":
        raise UnreadableError("there is no certificate in it", check="no-certificate", place=Place(str(file)))
    given = given or [data]  # a program that asks for JSON is told in JSON: malformed
    sent = one.certificates_in(one.read_file(chain)) if chain is not None else given[1:]
    anchors = one.roots_in(one.read_file(roots), roots) if roots is not None else None
    question = one.Question(moment, tuple(sent), anchors, name)
    answer = one.examine(given[0], question, profile_of(config, quiet=quiet or roots is not None))
    with text_sink(output) as stream:
        if format == "json":
            from certhound.cli.json_text import json_object

            stream.write(json_object(one.as_object(answer, question)))
        else:
            _write_text(answer, question, stream)
    return ExitCode.OK if answer.is_readable else ExitCode.UNREADABLE


def _write_text(answer: Answer, question: Question, stream: TextIO) -> None:
    from certhound.cli import one_certificate as one
    from certhound.outputs.contract import Options
    from certhound.outputs.explain import Verdict, certificate_text

    asked = f" as {question.name}" if question.name else ""
    verdicts = [
        Verdict(f"{view}{asked}, {question.at:%Y-%m-%d %H:%M}", each.verdict, each.explain())
        for view, each in one.verdict_lines(answer)[: 1 if answer.verdict.is_trusted else None]
    ]
    shown = {key: value for key, value in answer.row.items() if not key.startswith(("trust", "house_trust"))}
    certificate_text(
        shown,  # the verdicts below say more than these columns
        stream,
        Options(),
        verdicts=verdicts,
        chain=answer.chain,
        signals=one.matching_rules(answer.row),
    )


COMMAND = cert
