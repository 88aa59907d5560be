"""tshark as a process: with its own empty settings, few dissectors, limits, and no more rights than it needs.

The capture goes in by standard input, decompressed by us, so that tshark opens no file; started by root it runs as
``nobody``. Name resolution is off, there are no profiles, plug-ins or scripts, and every protocol that tells nothing of
TLS is switched off, which leaves a hostile capture little to aim at.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from certhound.query.plan import Compression
from certhound.sources.files import InputFile
from certhound.sources.pcap.fields import AGGREGATOR, FIELDS, FILTER, STARTERS
from certhound.sources.pcap.thin import Skipped, thinned
from certhound.sources.streams import Broken, content

HOW_TO_INSTALL = "tshark is missing (Debian, Ubuntu: apt-get install tshark; Fedora: dnf install wireshark-cli)"

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A frame with more text than this is no frame of a handshake."""

_STEP = 1 << 18
_MEMORY_SHARE = 0.6
_MIN_MEMORY_BYTES = 2 << 30
_BASE_SECONDS = 120
CLOCK_FACTOR = 4
"""Time on the clock for each second of processor time: other work on the machine is no fault of the capture."""

_BYTES_A_SECOND = 1_000_000
"""A fiftieth of what tshark does: slower than this it is stuck."""

_WANTED = frozenset(
    "frame eth ethertype ip ipv6 icmp tcp udp sll vlan ieee8021ad ppp pppoes pppoed gre mpls vxlan geneve null raw llc "
    "snap pktap nflog wlan radiotap prism ipv6.hopopts ipv6.routing ipv6.fragment ipv6.dstopts gtp ipip "
    "tls dtls quic x509af x509ce x509if x509sat pkix1explicit pkix1implicit pkcs1 ber "
    "http data data-text-lines dns _ws.malformed _ws.short _ws.expert _ws.unreassembled telnet socks eap eapol radius "
    "openvpn xml".split()
) | frozenset(STARTERS)

PREFERENCES = (
    "tcp.reassemble_out_of_order:TRUE",
    "tcp.try_heuristic_first:TRUE",  # TLS is TLS on the port of another protocol, too
    "tls.desegment_ssl_records:TRUE",
    'gui.column.format:"No.","%m"',  # columns nobody asked for are not computed
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why tshark did not come to the end of the capture."""

    reason: str


@cache
def find_tshark() -> str | None:
    """The command, or nothing where it is not installed."""
    return shutil.which("tshark")


@cache
def _protocols(command: str) -> tuple[str, ...]:
    """The short names of all protocols that this tshark knows."""
    with tempfile.TemporaryDirectory(prefix="certhound-tshark-") as folder:
        done = subprocess.run(
            [command, "-G", "protocols"], capture_output=True, env=_environment(folder), timeout=60, check=False
        )
    rows = done.stdout.decode("utf-8", "replace").splitlines()
    return tuple(row.split("\t")[2] for row in rows if row.count("\t") >= 2)


def _environment(folder: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": folder,
        "XDG_CONFIG_HOME": folder,
        "WIRESHARK_CONFIG_DIR": folder,
        "WIRESHARK_PLUGIN_DIR": folder,
        "WIRESHARK_EXTCAP_DIR": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def _arguments(command: str, seconds: int) -> list[str]:
    """tshark under a shell that sets limits: memory, processor time, no core, and no file written."""
    limits = 'ulimit -v "$1" 2>/dev/null; ulimit -t "$2" 2>/dev/null; ulimit -c 0; ulimit -f 0; shift 2; exec "$@"'
    return ["/bin/sh", "-c", limits, "sh", str(_memory_kb()), str(seconds), *_tshark(command)]


def _tshark(command: str) -> list[str]:
    tshark = [command, "-n", "-r", "-", "-Y", FILTER, "-T", "fields", "-E", f"aggregator={AGGREGATOR}"]
    for preference in PREFERENCES:
        tshark += ["-o", preference]
    for field in FIELDS:
        tshark += ["-e", field]
    return tshark


def bare_command(folder: Path) -> tuple[list[str], dict[str, str]]:
    """tshark with the same settings, written into the folder, and without limits; for measuring."""
    command = find_tshark() or "tshark"
    _write_settings(folder, command)
    return _tshark(command), _environment(str(folder))


def _memory_kb() -> int:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return max(_MIN_MEMORY_BYTES, int(pages * size * _MEMORY_SHARE)) // 1024


def _lesser_user() -> dict[str, object]:
    """Arguments of ``Popen`` that give up root's rights."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return {}
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def dissect(file: InputFile, seconds: int | None = None) -> Iterator[str | Failure]:
    """Lines of tshark's answer about a capture; last, if it did not come to its end, why.

    ``seconds`` bounds its processor time, and CLOCK_FACTOR times as much that on the clock; by default the size of the
    file decides. Raises nothing but what the operating system says when no process can be started at all.
    """
    command = find_tshark()
    if command is None:
        yield Failure(HOW_TO_INSTALL)
        return
    seconds = seconds or _BASE_SECONDS + _size(file) // _BYTES_A_SECOND
    with tempfile.TemporaryDirectory(prefix="certhound-tshark-", dir=_place_for_settings()) as folder:
        _write_settings(Path(folder), command)
        process = _start(_arguments(command, seconds), folder)
        run = _Run(process, file, CLOCK_FACTOR * seconds)
        try:
            yield from run.lines()
        finally:
            run.end()


def _size(file: InputFile) -> int:
    return file.size if file.compression is Compression.NONE else file.size * 10


def _place_for_settings() -> str | None:
    """Where another user can read them, if tshark runs as one; None for the ordinary place."""
    if os.geteuid() != 0:
        return None
    usual = Path(tempfile.gettempdir())
    return next((str(each) for each in (usual, Path("/tmp"), Path("/var/tmp")) if _is_open(each)), None)  # noqa: S108


def _is_open(folder: Path) -> bool:
    """Whether everybody may go through to a folder."""
    with contextlib.suppress(OSError):
        return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.resolve().parents))
    return False


def _write_settings(folder: Path, command: str) -> None:
    """A configuration of our own: nothing in it but the protocols that are off."""
    unwanted = [name for name in _protocols(command) if name not in _WANTED]
    (folder / "disabled_protos").write_text("\n".join(unwanted) + "\n")
    folder.chmod(0o755)
    (folder / "disabled_protos").chmod(0o644)


def _start(command: list[str], folder: str) -> subprocess.Popen[bytes]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    common = {**pipes, "env": _environment(folder), "cwd": "/", "close_fds": True, "start_new_session": True}
    lesser = _lesser_user()
    if lesser:
        with contextlib.suppress(OSError, subprocess.SubprocessError):  # a container may forbid the change of user
            return subprocess.Popen(command, **common, **lesser)  # type: ignore[call-overload,no-any-return]
    return subprocess.Popen(command, **common)  # type: ignore[call-overload,no-any-return]


class _Run:
    """One run: a thread feeds the capture, another keeps the end of what tshark complains about."""

    def __init__(self, process: subprocess.Popen[bytes], file: InputFile, seconds: int) -> None:
        self.process = process
        self.file = file
        self.until = time.monotonic() + seconds
        self.broken: str | None = None
        self.late = False
        self.complaint = b""
        self.threads = [
            threading.Thread(target=self._feed, daemon=True, name="certhound-pcap-feed"),
            threading.Thread(target=self._listen, daemon=True, name="certhound-pcap-errors"),
        ]
        self.clock = threading.Timer(seconds, self._too_late)
        self.clock.daemon = True
        for thread in (*self.threads, self.clock):
            thread.start()

    def _feed(self) -> None:
        sink = self.process.stdin
        if sink is None:
            return
        with contextlib.suppress(OSError, ValueError):  # tshark stopped reading: it says why itself
            for piece in thinned(content(self.file.opened, self.file.compression)):
                if isinstance(piece, Skipped):
                    self.broken = f"{piece.count} bytes of the capture are no frames and were passed over"
                    break
                if isinstance(piece, Broken):
                    self.broken = f"could not be read to its end: {piece.reason}"
                    break
                sink.write(piece)
        with contextlib.suppress(OSError, ValueError):
            sink.close()

    def _listen(self) -> None:
        source = self.process.stderr
        if source is None:
            return
        with contextlib.suppress(OSError, ValueError):
            while piece := source.read1(4096):  # type: ignore[attr-defined]
                self.complaint = (self.complaint + piece)[-4096:]

    def _too_late(self) -> None:
        self.late = True
        self.process.kill()

    def lines(self) -> Iterator[str | Failure]:
        source = self.process.stdout
        if source is None:
            return
        yield from _lines(source)
        status = self.process.wait()
        for thread in self.threads:
            thread.join(5)
        if (reason := self._reason(status)) is not None:
            yield Failure(reason)

    def _reason(self, status: int) -> str | None:
        if self.late:
            return "tshark took too long and was stopped"
        if status < 0 or status > 128:
            signal = -status if status < 0 else status - 128
            return f"tshark ended by signal {signal}, as when it crashes or needs more memory or time than it may have"
        if self.broken is not None:
            return self.broken
        if status:
            return f"tshark: {_words(self.complaint)}"
        return None

    def end(self) -> None:
        """Whatever is still there is ended, so that a reader that stops early leaves nothing behind."""
        self.clock.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr, self.process.stdin):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
        for thread in self.threads:
            thread.join(5)


def _lines(source: IO[bytes]) -> Iterator[str | Failure]:
    """Lines as text. One that is too long is passed over and reported, without being held in memory."""
    pending: list[bytes] = []
    size = 0
    while piece := source.read1(_STEP):  # type: ignore[attr-defined]
        first, *others = piece.split(b"\n")
        pending.append(first)
        size += len(first)
        if size > MAX_LINE_BYTES:
            pending = [pending[0][:200]]
        for each in others:
            yield _line(pending, size)
            pending, size = [each], len(each)
    if size:
        yield _line(pending, size)


def _line(parts: list[bytes], size: int) -> str | Failure:
    if size > MAX_LINE_BYTES:
        return Failure(f"a frame of which tshark says more than {MAX_LINE_BYTES} bytes was passed over")
    return b"".join(parts).decode("utf-8", "replace")


def _words(complaint: bytes) -> str:
    """The last thing that tshark said, without what it says to root every time."""
    said = [row for row in complaint.decode("utf-8", "replace").splitlines() if row.strip() and "as user" not in row]
    words = " ".join(each.strip() for each in said).removeprefix("tshark: ")
    words = words.replace("The standard input", "the capture").replace("(", "").replace(")", "")
    return words[-300:] or "ended with an error and said nothing"
