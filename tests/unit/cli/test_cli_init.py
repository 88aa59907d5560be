"""``certhound init``: answers from flags, from the data, from a person; a file that explains itself and can be read."""

from __future__ import annotations

import os
import pty
import select
import sys
from pathlib import Path

import pytest
from command_line import SAMPLE, environment, run

from certhound.model.profile import Profile, load_profile
from certhound.model.profile_write import EXAMPLE_EXCEPTION, Answers, profile_text


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_terminal_nothing_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, "init")
    assert (outcome.code, outcome.out) == (0, "")
    assert "wrote certhound.toml" in outcome.err
    profile = load_profile(tmp_path / "certhound.toml")
    assert profile.networks == Profile().networks
    assert profile.networks_stated


def test_every_answer_is_a_flag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca = str(SAMPLE / "roots" / "house-ca.pem")
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "own.pem").write_bytes(Path(ca).read_bytes())
    flags = (
        "--name", 'Ex"ample', "--network", "10.0.0.0/8", "--network", "192.0.2.0/24", "--domain", "example.org",
        "--brand", "contoso", "--expected-issuer", "Let's Encrypt", "--internal-ca", ca, "--internal-ca",
        "roots/own.pem", "--inspection-ca", ca, "--inspection-issuer", "CN=Proxy, Inc*",
    )  # fmt: skip
    assert run(capsys, "init", *flags, "--output", "sub.toml", "--quiet").err == ""
    profile = load_profile(tmp_path / "sub.toml")
    assert profile.name == 'Ex"ample'
    assert [str(network) for network in profile.networks] == ["10.0.0.0/8", "192.0.2.0/24"]
    assert profile.internal_cas == (Path(ca), tmp_path / "roots" / "own.pem")
    assert profile.inspection_issuers == ("CN=Proxy, Inc*",)
    assert 'internal_cas = ["' in (tmp_path / "sub.toml").read_text()


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "certhound.toml").write_text("# mine\n")
    assert run(capsys, "init").code == 2
    assert (tmp_path / "certhound.toml").read_text() == "# mine\n"
    assert run(capsys, "init", "--force").code == 0
    assert (tmp_path / "certhound.toml").read_text() != "# mine\n"


def test_a_wrong_answer_is_refused_and_nothing_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, "init", "--network", "10.0.0.1/8", "--internal-ca", "absent.pem")
    assert outcome.code == 2
    assert "did you mean 10.0.0.0/8?" in outcome.err
    assert "absent.pem" in outcome.err
    assert not (tmp_path / "certhound.toml").exists()


def test_defaults_come_from_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "init", SAMPLE).code == 0
    text = (tmp_path / "certhound.toml").read_text()
    profile = load_profile(tmp_path / "certhound.toml")
    assert profile.domains == ("aldermoor.example",)
    assert "#   CN=Aldermoor Internal CA,O=Aldermoor Foods\n" in text
    assert profile.inspection_issuers == ()  # a proposal that only a person may accept


def test_hostile_names_stay_comments_or_strings() -> None:
    hostile = 'CN=a"\n[evil]\nx = 1\x1b[31m\u2028\u202e'
    text = profile_text(
        Answers(name=hostile, brands=(hostile,), internal_hints=(hostile,), inspection_hints=(hostile,))
    )
    import tomllib

    read = tomllib.loads(text)
    assert set(read) == {"organisation", "trust"}
    assert read["organisation"]["name"] == hostile
    assert "\x1b" not in text


def test_the_example_of_an_exception_is_one(tmp_path: Path) -> None:
    (tmp_path / "certhound.toml").write_text(EXAMPLE_EXCEPTION)
    assert len(load_profile().exceptions) == 1


def test_a_person_is_asked_and_asked_again(tmp_path: Path) -> None:
    lines = [b"Example", b"10.0.0.1/8", b"10.0.0.0/8, 192.0.2.0/24", b"", b"-", b"", b"CN=Proxy, Inc*; CN=Other"]
    said = converse([sys.executable, "-m", "certhound", "init"], lines, tmp_path)
    assert "did you mean 10.0.0.0/8?" in said
    profile = load_profile(tmp_path / "certhound.toml")
    assert profile.name == "Example"
    assert [str(network) for network in profile.networks] == ["10.0.0.0/8", "192.0.2.0/24"]
    assert profile.brands == ()
    assert profile.inspection_issuers == ("CN=Proxy, Inc*", "CN=Other")


def converse(command: list[str], lines: list[bytes], folder: Path) -> str:
    """Run a command on a terminal and answer each question with the next line; what it said."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, environment())
    said, waiting = b"", list(lines)
    while select.select([terminal], [], [], 60)[0]:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # the other end is gone
            break
        if said.rstrip().endswith(b"]:") and waiting:
            os.write(terminal, waiting.pop(0) + b"\n")
            said += b"\n"
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, said.decode()
    assert not waiting
    return said.decode()
