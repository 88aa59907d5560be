"""What the outputs say, word for word. ``GOLDEN=write pytest tests/golden`` writes the files anew: read the diff."""

import io
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "outputs"))

from report_factory import empty_report, make_report

from certhound.findings.report import Report
from certhound.outputs import explain
from certhound.outputs.contract import Options, output

FOLDER = Path(__file__).parent / "outputs"
CASES: dict[str, tuple[str, Report, Options]] = {
    "scan_piped.txt": ("terminal", make_report(), Options(width=0, colour=False)),
    "scan_wide.txt": ("terminal", make_report(), Options(width=140, colour=False)),
    "scan_narrow.txt": ("terminal", make_report(), Options(width=60, colour=False)),
    "scan_empty.txt": ("terminal", empty_report(), Options(width=0, colour=False)),
    "scan.json": ("json", make_report(), Options()),
    "explain.txt": ("explain", make_report(), Options(width=100, colour=False)),
}


@pytest.mark.parametrize("file", CASES)
def test_output(file: str) -> None:
    form, report, options = CASES[file]
    stream = io.StringIO()
    if form == "explain":
        explain.explain_finding(report.findings[2], stream, options, report)
    else:
        output(form).write(report, stream, options)
    path = FOLDER / file
    if os.environ.get("GOLDEN") == "write":
        path.write_text(stream.getvalue(), encoding="utf-8")
    assert stream.getvalue() == path.read_text(encoding="utf-8")
