"""Captures against bare tshark with the same fields, in one run.

    python benchmarks/pcap.py [CAPTURE] [--sessions N] [--bulk BYTES] [--repeat R] [--scan]

Without a capture one is made: N sessions, half TLS 1.2 with a chain of two certificates and half TLS 1.3, each with so
many bytes of data behind. Bare tshark gets the same filter, fields, preferences and switched-off protocols by standard
input and writes to nowhere. Printed are the best wall times, frames and sessions a second, the ratio, and what the
processes took in memory at most; ``--scan`` measures a whole scan beside it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from certhound.lab.certificates import KeyRing, build_ca, issue, pem
from certhound.lab.exchange import client_context, exchange, server_context
from certhound.lab.packets import Frame, Talk, merged, pcap, tcp_frames
from certhound.lab.wire import SERVER
from certhound.sources.files import InputFile, open_input
from certhound.sources.pcap import tshark
from certhound.sources.pcap.dissection import follow
from certhound.sources.pcap.records import Kind, Record

START_NS = 1_767_225_600_000_000_000
SPACING_NS = 3_000_000


def make_capture(path: Path, sessions: int, bulk: int) -> int:
    """Write the capture; gives its frames."""
    with tempfile.TemporaryDirectory() as folder:
        files = _identity(Path(folder))
        client = client_context()
        contexts = [server_context(*files, maximum_version=ssl.TLSVersion.TLSv1_2), server_context(*files)]
        made = [exchange(client, context, "shop.example").segments for context in contexts]
    data = [(SERVER, b"\x17\x03\x03\x40\x00" + b"." * 16384)] * (bulk // 16384)
    frames: list[list[Frame]] = []
    for number in range(sessions):
        ends = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 40000), ("203.0.113.10", 443)
        segments = [*made[number % 2], *data]
        frames.append(tcp_frames(Talk(*ends, segments, START_NS + number * SPACING_NS, acks=True)))
    path.write_bytes(pcap(merged(*frames)))
    return sum(map(len, frames))


def _identity(folder: Path) -> tuple[Path, Path]:
    keys, rng, begin = KeyRing(9), Random(9), datetime(2025, 12, 1, tzinfo=UTC)
    root = build_ca((("CN", "Root"),), keys.ec("root"), rng, begin, timedelta(days=3650))
    ca = build_ca((("CN", "CA"),), keys.ec("ca"), rng, begin, timedelta(days=900), root)
    leaf = issue(ca, (("CN", "shop.example"),), keys.ec("leaf"), rng, ("shop.example",), begin, timedelta(days=90))
    (folder / "chain.pem").write_text("".join(map(pem, (leaf.der, *leaf.chain))))
    (folder / "key.pem").write_bytes(leaf.key.pem)
    return folder / "chain.pem", folder / "key.pem"


def bare(path: Path) -> int:
    """tshark alone; gives its lines."""
    with path.open("rb") as source, tempfile.TemporaryDirectory() as folder:
        command, environment = tshark.bare_command(Path(folder))
        done = subprocess.run(
            command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
    return done.returncode


def ours(path: Path) -> int:
    """All records; gives the sessions."""
    file = open_input(path)
    if not isinstance(file, InputFile):
        raise SystemExit(file.reason)
    return sum(isinstance(each, Record) and each.kind is Kind.TLS for each in follow(file))


def scanned(path: Path) -> int:
    from certhound.findings.run import scan
    from certhound.model.profile import Profile

    return scan([path], profile=Profile()).sessions


def best(work: Callable[[Path], int], path: Path, repeat: int) -> tuple[float, int]:
    """The best wall time, and what the work gave."""
    times: list[float] = []
    result = 0
    for _ in range(repeat):
        begun = time.perf_counter()
        result = work(path)
        times.append(time.perf_counter() - begun)
    return min(times), result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capture", nargs="?", type=Path)
    parser.add_argument("--sessions", type=int, default=4000)
    parser.add_argument("--bulk", type=int, default=65536)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--scan", action="store_true")
    options = parser.parse_args()
    if tshark.find_tshark() is None:
        sys.stderr.write(f"{tshark.HOW_TO_INSTALL}\n")
        return 3
    with tempfile.TemporaryDirectory() as folder:
        path = options.capture or Path(folder) / "made.pcap"
        if options.capture is None:
            with multiprocessing.get_context("spawn").Pool(1) as pool:  # what it takes in memory is not ours
                frames = pool.apply(make_capture, (path, options.sessions, options.bulk))
            print(f"made: {options.sessions:,} sessions, {frames:,} frames, {path.stat().st_size / 1e6:,.0f} MB")
        alone, _ = best(bare, path, options.repeat)
        mine, sessions = best(ours, path, options.repeat)
        size = path.stat().st_size / 1e6
        print(f"bare tshark   {alone:7.2f} s  {size / alone:7.1f} MB/s")
        print(f"certhound     {mine:7.2f} s  {size / mine:7.1f} MB/s  {sessions / mine:9,.0f} sessions/s")
        print(f"ratio         {mine / alone:7.2f}")
        if options.scan:
            whole, _ = best(scanned, path, 1)
            print(f"scan          {whole:7.2f} s  ratio {whole / alone:.2f}")
    for who, what in ((resource.RUSAGE_SELF, "certhound"), (resource.RUSAGE_CHILDREN, "tshark")):
        print(f"{what} took at most {resource.getrusage(who).ru_maxrss / 1024:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
