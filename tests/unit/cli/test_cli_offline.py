"""Nothing opens a socket: an audit hook sees Python's, an empty network namespace counts everybody's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import SAMPLE, environment, few_logs

HOOK = """\
import sys
def _watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        with open(%r, "a") as stream:
            stream.write(f"{event} {arguments!r}\\n")
        raise RuntimeError("a socket was used")
sys.addaudithook(_watch)
"""

RUN_ALL = """\
import json, sys
from certhound.cli import main
codes = []
for words in json.loads(sys.argv[1]):
    sys.stderr.write(f"$ {words}\\n")
    codes.append(main(words))
sys.stderr.write(json.dumps(codes) + "\\n")
"""


def command_lines(folder: Path) -> list[list[str]]:
    """The main commands, on little data."""
    logs = str(few_logs(folder / "logs"))
    certificate = str(next((SAMPLE / "certificates").iterdir()))
    return [
        ["demo", "--html", str(folder / "page.html")],
        ["scan", logs, "--format", "json"],
        ["explain", "F-03QYES8J9A3W"],
        ["events", logs, "--format", "csv"],
        ["certificates", logs, certificate, "--format", "json"],
        ["cert", certificate, "--name", "www.example.org"],
        ["rules", "list"],
        ["rules", "test"],
        ["rules", "show", "known_c2_certificate"],
        ["rules", "explain", "known_c2_certificate"],
        ["init", logs, "--output", str(folder / "certhound.toml")],
        ["doctor"],
        ["--help"],
    ]


def run_all(folder: Path, before: tuple[str, ...] = (), **more: str) -> subprocess.CompletedProcess[str]:
    lines = json.dumps(command_lines(folder))
    return subprocess.run(
        [*before, sys.executable, "-c", RUN_ALL, lines],
        capture_output=True, text=True, cwd=folder, env=environment(**more), timeout=200, check=False,
    )  # fmt: skip


def test_no_command_uses_a_socket_of_python(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK % str(seen))
    done = run_all(tmp_path, PYTHONPATH=str(tmp_path / "hook"))
    assert json.loads(done.stderr.splitlines()[-1]) == [0] * len(command_lines(tmp_path)), done.stderr
    assert not seen.exists(), seen.read_text()


def test_the_hook_would_have_seen_one(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    (tmp_path / "sitecustomize.py").write_text(HOOK % str(seen))
    code = "import socket; socket.getaddrinfo('localhost', 1)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(PYTHONPATH=str(tmp_path)), capture_output=True, check=False
    )
    assert done.returncode != 0
    assert seen.read_text().startswith("socket.getaddrinfo")


NAMESPACE = ("unshare", "--map-root-user", "--net")
COUNTERS = (("Ip", "OutNoRoutes"), ("Ip", "OutRequests"), ("Tcp", "ActiveOpens"), ("Udp", "OutDatagrams"))
THEN_COUNT = """\
"$@"; code=$?
cat /proc/net/snmp >&3
exit $code
"""


def _may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


needs_namespaces = pytest.mark.skipif(not _may_unshare(), reason="needs network namespaces (unshare --net)")


def counted(report: Path) -> dict[str, int]:
    """The kernel's counters of a namespace: what anybody in it tried to send."""
    lines = [line.split() for line in report.read_text().splitlines()]
    found: dict[str, int] = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        for name, value in zip(names[1:], values[1:], strict=True):
            if (names[0].rstrip(":"), name) in COUNTERS:
                found[name] = int(value)
    return found


def in_namespace(report: Path) -> tuple[str, ...]:
    return ("bash", "-c", f'exec {" ".join(NAMESPACE)} bash -c "$0" - "$@" 3>"{report}"', THEN_COUNT)


@pytest.mark.slow
@needs_namespaces
def test_no_command_sends_a_packet_nor_needs_to(tmp_path: Path) -> None:
    report = tmp_path / "snmp"
    done = run_all(tmp_path, in_namespace(report))
    assert json.loads(done.stderr.splitlines()[-1]) == [0] * len(command_lines(tmp_path)), done.stderr
    assert counted(report) == dict.fromkeys(("OutNoRoutes", "OutRequests", "ActiveOpens", "OutDatagrams"), 0)


@needs_namespaces
def test_the_kernel_would_have_counted_one(tmp_path: Path) -> None:
    report = tmp_path / "snmp"
    code = "import socket; socket.create_connection(('192.0.2.1', 443), 1)"
    subprocess.run([*in_namespace(report), sys.executable, "-c", code], capture_output=True, check=False)
    assert sum(counted(report).values()) > 0
