"""The table of exit codes, command by command; of several that hold usage wins, then content, then unreadable."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from command_line import SAMPLE, few_logs, run

from certhound.cli.reporting import exit_code
from certhound.findings.report import Counted, Entity, Finding, Rejected, Report, SourceRead
from certhound.model.errors import EXIT_CODES, ExitCode
from certhound.model.levels import Confidence, Severity

BROKEN_RULE = (
    "title: x\nlogsource: {product: certhound, category: certificate}\ndetection:\n  a: {nope: 1}\n  condition: b\n"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    few_logs(folder / "logs")
    (folder / "junk").write_bytes(bytes(range(256)) * 20)
    (folder / "empty").write_bytes(b"")
    (folder / "nothing").mkdir()
    (folder / "bad.toml").write_text("[organisation]\nnetwoks = []\n")
    (folder / "bad.yml").write_text(BROKEN_RULE)
    (folder / "report.json").write_text("{}")
    return folder


@pytest.fixture(autouse=True)
def _there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place / "config"))


CASES: list[tuple[str, ExitCode]] = [
    ("", ExitCode.OK),
    ("--help", ExitCode.OK),
    ("scan --help", ExitCode.OK),
    ("--version", ExitCode.OK),
    ("rules", ExitCode.OK),
    ("doctor", ExitCode.OK),
    ("scan logs", ExitCode.OK),
    ("events logs", ExitCode.OK),
    ("certificates logs", ExitCode.OK),
    ("rules list", ExitCode.OK),
    ("nosuchcommand", ExitCode.USAGE),
    ("scan", ExitCode.USAGE),
    ("scan logs --nosuchoption", ExitCode.USAGE),
    ("scan logs --format nosuchformat", ExitCode.USAGE),
    ("scan logs --fail-on nosuchlevel", ExitCode.USAGE),
    ("scan logs --max-findings many", ExitCode.USAGE),
    ("scan logs --config absent.toml", ExitCode.USAGE),
    ("scan logs --html absent/page.html", ExitCode.USAGE),
    ("scan logs --output logs", ExitCode.USAGE),
    ("events logs --columns nosuchcolumn", ExitCode.USAGE),
    ("rules nosuchcommand", ExitCode.USAGE),
    ("rules show nosuchrule", ExitCode.USAGE),
    ("explain F-NOSUCHFINDING logs", ExitCode.USAGE),
    ("explain F-1 logs --report report.json", ExitCode.USAGE),
    ("cert absent.pem --at yesterday", ExitCode.USAGE),
    ("scan absent", ExitCode.UNREADABLE),
    ("scan junk", ExitCode.UNREADABLE),
    ("scan empty", ExitCode.UNREADABLE),
    ("scan nothing", ExitCode.UNREADABLE),
    ("scan absent --fail-on info", ExitCode.UNREADABLE),
    ("scan absent logs", ExitCode.OK),
    ("events junk", ExitCode.UNREADABLE),
    ("certificates junk", ExitCode.UNREADABLE),
    ("cert absent.pem", ExitCode.UNREADABLE),
    ("cert junk", ExitCode.UNREADABLE),
    ("explain F-1 --report absent.json", ExitCode.UNREADABLE),
    ("scan logs --config bad.toml", ExitCode.CONTENT),
    ("scan absent --config bad.toml", ExitCode.CONTENT),
    ("scan logs --rules bad.yml", ExitCode.CONTENT),
    ("rules list --rules bad.yml", ExitCode.CONTENT),
    ("rules test bad.yml", ExitCode.CONTENT),
    ("explain F-1 --report report.json", ExitCode.CONTENT),
    ("scan absent --config bad.toml --nosuchoption", ExitCode.USAGE),
]


@pytest.mark.parametrize(("words", "code"), CASES)
def test_exit_codes(words: str, code: ExitCode, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, *words.split())
    assert outcome.code == code, outcome.err
    assert (outcome.err.find("error[") >= 0) is (code in (ExitCode.USAGE, ExitCode.UNREADABLE, ExitCode.CONTENT))
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(("level", "code"), [("critical", 1), ("high", 1), ("low", 1), ("info", 1), ("", 0)])
def test_a_finding_at_or_above_the_level(
    level: str, code: int, capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    certificate = next(path for path in (SAMPLE / "certificates").iterdir() if b"Covenant" in path.read_bytes())
    words = ["--fail-on", level] if level else []
    assert run(capsys, "scan", certificate, "--quiet", *words).code == code


@dataclass
class _Made:
    """A report of the given severities."""

    severities: list[Severity]
    sources: tuple[SourceRead, ...] = (SourceRead("zeek.ssl", 1, 5, 0),)
    rejected: tuple[Rejected, ...] = field(default=())

    def report(self) -> Report:
        nobody = Counted(0)
        findings = tuple(
            Finding(
                f"F-{place}", severity, 50, Confidence.LOW, Entity("certificate", "x"), (), None, None, nobody, nobody
            )
            for place, severity in enumerate(self.severities)
        )
        return Report(findings, (), {}, self.rejected, (), self.sources, ())


@pytest.mark.parametrize(
    ("made", "fail_on", "code"),
    [
        (_Made([]), None, ExitCode.OK),
        (_Made([Severity.CRITICAL]), None, ExitCode.OK),
        (_Made([Severity.HIGH]), Severity.CRITICAL, ExitCode.OK),
        (_Made([Severity.HIGH, Severity.LOW]), Severity.HIGH, ExitCode.FINDING),
        (_Made([Severity.INFO]), Severity.INFO, ExitCode.FINDING),
        (_Made([], sources=()), Severity.INFO, ExitCode.UNREADABLE),
        (_Made([], sources=(SourceRead("zeek.ssl", 1, 0, 9),)), None, ExitCode.UNREADABLE),
        (_Made([], sources=(SourceRead("zeek.ssl", 1, 0, 0),)), None, ExitCode.OK),
    ],
)
def test_the_code_of_a_report(made: _Made, fail_on: Severity | None, code: ExitCode) -> None:
    assert exit_code(made.report(), fail_on) is code


def test_every_code_is_explained() -> None:
    assert {code for code, _ in EXIT_CODES} == set(ExitCode)
