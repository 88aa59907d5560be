"""A report on its way out: to standard output or files, and as the exit code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from certhound.cli.boundary import tell
from certhound.cli.sink import text_sink
from certhound.model.errors import ExitCode, UsageError, did_you_mean, strongest
from certhound.model.levels import Severity

if TYPE_CHECKING:
    from certhound.findings.report import Report
    from certhound.outputs.contract import Output

_WORDS = {"terminal": "table"}
"""Words of ``--format`` for outputs that are called otherwise."""


def output_for(format: str) -> Output:
    """The output that a word of ``--format`` means; an unknown one is a usage error."""
    from certhound.outputs.contract import output, outputs

    words = {word: name for name in outputs() for word in (_WORDS.get(name, name),)}
    if format not in words:
        raise UsageError(
            f"no format is called {format!r}; there are {', '.join(words)}",
            check="unknown-format",
            advice=did_you_mean(format, tuple(words)),
        )
    return output(words[format])


def write_report(
    report: Report, format: str, *, output: Path | None = None, html: Path | None = None, quiet: bool = False
) -> None:
    """The report in its format to standard output (or ``output``), and as a page to ``html``."""
    from certhound.outputs.contract import Options

    if html is not None:
        with text_sink(html) as stream:
            output_for("html").write(report, stream, Options())
    with text_sink(output) as stream:
        output_for(format).write(report, stream, Options())
    for written in (html, output):
        if written is not None and not quiet:
            tell(f"wrote {written}")


def exit_code(report: Report, fail_on: Severity | None) -> ExitCode:
    """What the run means to whoever looks at the exit code only."""
    codes = [ExitCode.OK]
    if not any(source.records or not source.rejected for source in report.sources):
        codes.append(ExitCode.UNREADABLE)
    if fail_on is not None and any(finding.severity.rank >= fail_on.rank for finding in report.findings):
        codes.append(ExitCode.FINDING)
    return strongest(*codes)


def say_unreadable(report: Report) -> None:
    """Why nothing could be read, in one line with the first reason."""
    reasons = [f"{each.file}: {each.reason}" for each in report.rejected]
    reasons += [f"{each.file}: not recognised, {each.guess}" for each in report.unrecognised]
    first = f": {reasons[0]}" if reasons else ""
    more = f" (and {len(reasons) - 1:,} more)" if len(reasons) > 1 else ""
    tell(f"error[nothing-read] nothing could be read or recognised{first}{more}")
