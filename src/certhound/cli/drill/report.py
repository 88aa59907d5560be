"""``certhound drill report``: verdicts as they were kept, for people and programs."""

from __future__ import annotations

from certhound.cli.drill_words import HERE, Folder, Names, ReportFormat, exit_code, write_verdicts
from certhound.cli.options import Output
from certhound.model.errors import UsageError


def report(*names: Names, folder: Folder = HERE, format: ReportFormat = "table", output: Output = None) -> int:
    """Write what the drills came to: a table, JSON, JUnit XML, a page, or a layer for the ATT&CK Navigator."""
    from certhound.lab.drills.plan import find_drills
    from certhound.lab.drills.reports import read_document

    kept = [read_document(folder / each.name) for each in find_drills(names)]
    documents = [each for each in kept if each is not None]
    if not documents:
        raise UsageError(f"{folder} holds no verdict of a drill", check="no-run", advice="certhound drill run")
    write_verdicts(documents, format, output)
    return exit_code(documents)


COMMAND = report
