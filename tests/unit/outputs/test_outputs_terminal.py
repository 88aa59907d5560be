"""The terminal's text: plain when piped, drawn on a terminal, and never acting."""

import dataclasses
import io
import re

import pytest
from report_factory import HOSTILE_TEXTS, certificate, empty_report, hostile, make_report

from certhound.findings.report import Report
from certhound.model.errors import UsageError
from certhound.outputs import explain, terminal
from certhound.outputs.contract import Options, output, outputs
from certhound.outputs.screen import look

PLAIN = Options(width=0, colour=False)
ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def text_of(report: Report, options: Options = PLAIN) -> str:
    stream = io.StringIO()
    terminal.write(report, stream, options)
    return stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_one_full_line_a_finding() -> None:
    report = make_report()
    text = text_of(report)
    table = text.split("Evidence")[0]
    for finding in report.findings:
        line = next(line for line in table.splitlines() if finding.id in line)
        assert (finding.entity.subject or "?") in line
        assert str(finding.score) in line
        assert finding.severity in line
        assert finding.destinations.top[0] in line
    assert not ACTING.search(text)
    assert not re.search("[│─┃━]", text)
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_points_sum_to_the_score() -> None:
    for block in re.split(r"\n\n(?=critical|high)", text_of(make_report()).split("\nEvidence\n")[1])[:3]:
        parts = [int(number) for number in re.findall(r"^ +(\d+)  (?!in all)", block, re.MULTILINE)]
        assert sum(parts) == int(re.findall(r"^ +(\d+)  in all", block, re.MULTILINE)[0])


def test_nothing_is_silent() -> None:
    text = text_of(make_report())
    for expected in (
        "Of 92,113 TLS sessions: certificate seen 45%",
        "hidden by TLS 1.3 34% (30,877)",
        "zeek/ssl.2026-03-02.log.gz:88121: gzip ends",
        "needs mail_urls",
        "by Florian Example (Example Systems)",
        "by Jane Example",
        "Old firewall, replaced in June (owner network team, expires 2026-07-01)",
        "dump.pcap: a packet capture",
        "No profile was found",
        "Read 110,354 records of 47 files",
        "next:  certhound explain F-",
    ):
        assert expected in text


def test_an_empty_result_explains_itself() -> None:
    text = text_of(empty_report())
    assert text.startswith("No findings.")
    for word in ("read", "not recognised", "rejected", "rules", "blind", "hidden by exceptions"):
        assert re.search(rf"^  {word} +\S", text, re.MULTILINE), word


def test_a_report_of_nothing_does_not_break() -> None:
    assert "nothing that certhound recognises" in text_of(Report((), (), {}, (), (), (), ()))


@pytest.mark.parametrize("width", [30, 60, 80, 110, 200])
def test_a_terminal_is_never_overrun(width: int) -> None:
    text = text_of(make_report(1, 60), Options(width=width, colour=False))
    wide = [line for line in text.splitlines() if len(line) > width and "certhound " not in line]
    assert not wide
    assert "… and" in text


def test_colour_is_only_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert look(Terminal(), Options()).rich
    assert look(io.StringIO(), Options()) == look(io.StringIO(), PLAIN)
    monkeypatch.setenv("NO_COLOR", "1")
    assert look(Terminal(), Options()) == look(io.StringIO(), PLAIN)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not look(Terminal(), Options()).rich


def test_colour_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = text_of(make_report(), Options(width=120, colour=True))
    assert "\x1b[" in text
    assert "\x1b[2J" not in text


@pytest.mark.parametrize("width", [0, 60, 140])
@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_hostile_text_does_not_act(text: str, width: int) -> None:
    report = hostile(make_report(), text)
    shown = text_of(report, Options(width=width, colour=False))
    assert not ACTING.search(shown)
    shown.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_hostile_text_adds_no_escape_to_a_coloured_terminal(text: str) -> None:
    shown = text_of(hostile(make_report(), text), Options(width=100, colour=True))
    left = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert not ACTING.search(left)
    if text == HOSTILE_TEXTS["markup"]:
        assert "[red]" in left


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_hostile_text_does_not_act_in_an_explanation(text: str) -> None:
    report = hostile(make_report(), text)
    for finding in report.findings[:4]:
        stream = io.StringIO()
        explain.explain_finding(finding, stream, PLAIN, report)
        bare = dataclasses.replace(finding, certificate={}, chain=())
        explain.explain_finding(bare, stream, Options(width=60, colour=False), report)
        assert not ACTING.search(stream.getvalue())


def test_an_explanation_has_all_of_it() -> None:
    report = make_report()
    stream = io.StringIO()
    explain.explain_finding(report.findings[2], stream, PLAIN, report)
    text = stream.getvalue()
    for expected in (
        "78  in all",
        "What speaks against it",
        "What would clear it",
        "5 clients",
        "organisation  Let's Encrypt",
        "public roots: untrusted, issuer unknown",
        "2026-02-27 06:00 to 2026-05-28 06:00 UTC (90 days)",
        "first met 4 d 20 h after it became valid",
        "issuer key is foreign",
        "zeek/x509.log:1042",
        "Florian Example",
        "└ R11",
        "certhound events zeek/ certs/ --format json | jq",
    ):
        assert expected in text


def test_a_certificate_is_explained_alone() -> None:
    row = certificate("CN=a.example", "CN=Some CA,O=Some", names=("a.example",), field_errors={"serial": "negative"})
    stream = io.StringIO()
    explain.certificate_text(row, stream, PLAIN, verdicts=[explain.Verdict("given roots", "trusted")])
    text = stream.getvalue()
    for expected in (
        "a.example",
        "given roots: trusted",
        "serial  negative",
        "neither sent nor known",
        "RSA, 2048 bits",
    ):
        assert expected in text


def test_a_certificate_of_nothing_is_explained() -> None:
    stream = io.StringIO()
    explain.certificate_text({"not_before": "soon", "san_dns": 3, "field_errors": 7}, stream, PLAIN)
    assert "(no subject)" in stream.getvalue()


def test_findings_are_found_by_id_or_its_start() -> None:
    report = make_report()
    wanted = report.findings[1]
    assert explain.find(report, wanted.id) is wanted
    assert explain.find(report, wanted.id[:6].lower()) is wanted
    with pytest.raises(UsageError, match="could be any"):
        explain.find(report, "F-")
    with pytest.raises(UsageError, match="no finding"):
        explain.find(report, "nonsense")


def test_an_encoding_without_the_signs_gets_plain_ones() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    terminal.write(hostile(make_report(), "証明書 …"), stream, PLAIN)
    stream.flush()
    assert raw.getvalue().isascii()


def test_outputs_are_found_by_being_there() -> None:
    assert {"html", "json", "terminal"} <= set(outputs())
    assert output("json").name == "json"
    with pytest.raises(UsageError, match="no output"):
        output("jsn")
    with pytest.raises(UsageError):
        output("defuse")


def test_a_closed_pipe_is_left_to_the_caller() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    for name in outputs():
        with pytest.raises(BrokenPipeError):
            output(name).write(make_report(), Closed(), Options())
