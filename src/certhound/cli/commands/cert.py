"""``certhound cert``: one certificate as a person reads it, and whether it is to be trusted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

from cyclopts import Parameter

from certhound.cli.options import Config, Output, Quiet, profile_of
from certhound.cli.sink import text_sink
from certhound.model.errors import ExitCode, Place, UnreadableError, UsageError

if TYPE_CHECKING:
    from certhound.cli.one_certificate import Answer, Question
    from certhound.probe.ask import Served

SECTION = "Look"

Starttls = Literal[
    "none", "ftp", "imap", "ldap", "lmtp", "mysql", "nntp", "pop3", "postgres", "rdp", "sieve", "smtp", "xmpp",
    "xmpp-server",
]  # fmt: skip
MAX_TIMEOUT_S = 600.0
_SUFFIXES = frozenset((".pem", ".der", ".crt", ".cer", ".p7b", ".p12", ".pfx", ".jks", ".json", ".txt"))


def cert(
    file_or_server: Annotated[
        str,
        Parameter(
            help="A file (PEM, DER, PKCS#7, PKCS#12, a store of Java or Windows, JSON) or a server as HOST:PORT. The "
            "first certificate is the one; others are its chain."
        ),
    ],
    /,
    *,
    chain: Annotated[Path | None, Parameter(help="Certificates that the server sent with it; may be empty.")] = None,
    roots: Annotated[Path | None, Parameter(help="Trust anchors in place of all others.")] = None,
    name: Annotated[
        str | None, Parameter(help="DNS name or address that the client asked for; a server is asked for it (SNI).")
    ] = None,
    at: Annotated[str | None, Parameter(help="Time of use, ISO 8601 or seconds since 1970; else now.")] = None,
    starttls: Annotated[
        Starttls | None, Parameter(help="What the server speaks before TLS; else what its port says.")
    ] = None,
    timeout: Annotated[float, Parameter(help="Seconds after which a server is given up.")] = 15.0,
    format: Annotated[Literal["text", "json"], Parameter(help="text for people, json for programs.")] = "text",
    config: Config = None,
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Explain one certificate: what it says, what is wrong with it, whether it is trusted and why.

    The verdict is that of a TLS client: public roots (Mozilla's, or the profile's), and the organisation's own CAs.
    Only HOST:PORT uses the network: one connection to that server, and nothing else.
    """
    from certhound.cli import one_certificate as one
    from certhound.cli.moments import read_moment

    moment = read_moment(at) if at is not None else datetime.now(UTC)
    served = _served(file_or_server, name, starttls, timeout)
    given = list(served.chain) if served is not None else _given(Path(file_or_server), format)
    sent = one.certificates_in(one.read_file(chain)) if chain is not None else given[1:]
    anchors = one.roots_in(one.read_file(roots), roots) if roots is not None else None
    asked = name if name is not None or served is None else served.target.host
    question = one.Question(moment, tuple(sent), anchors, asked)
    answer = one.examine(given[0], question, profile_of(config, quiet=quiet or roots is not None))
    with text_sink(output) as stream:
        if format == "json":
            from certhound.cli.json_text import json_object

            told = one.as_object(answer, question)
            if served is not None:
                from certhound.cli.served import as_columns

                told |= as_columns(served)
            stream.write(json_object(told))
        else:
            _write_text(answer, question, stream, served)
    return ExitCode.OK if answer.is_readable else ExitCode.UNREADABLE


def _served(text: str, name: str | None, starttls: str | None, timeout: float) -> Served | None:
    """What a server sent, where the argument names one; a file of that name comes first."""
    if Path(text).exists():
        if starttls is not None:
            raise UsageError("--starttls is for servers, and this is a file", check="no-server", place=Place(text))
        return None
    from certhound.probe.target import read_target

    target = read_target(text)
    if target is None:
        return None
    if not 0 < timeout <= MAX_TIMEOUT_S:
        raise UsageError(f"--timeout {timeout:g} is not within 0 and {MAX_TIMEOUT_S:g} seconds", check="no-timeout")
    from certhound.probe.ask import ask

    return ask(target, name, starttls, timeout)


def _given(file: Path, format: str) -> list[bytes]:
    from certhound.cli import one_certificate as one

    if not file.exists() and "/" not in str(file) and file.suffix.lower() not in _SUFFIXES:
        raise UnreadableError(
            "no such file", check="unreadable", place=Place(str(file)), advice=f"for a server write {file}:443"
        )
    data = one.read_file(file)
    given, reason = one.certificates_of(file, data)
    if not given and format == "text":
        raise UnreadableError(reason or "there is no certificate in it", check="no-certificate", place=Place(str(file)))
    return given or [data]  # a program that asks for JSON is told in JSON: malformed


def _write_text(answer: Answer, question: Question, stream: TextIO, served: Served | None) -> None:
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
    if served is not None:
        from certhound.cli.served import write

        write(served, stream)


COMMAND = cert
