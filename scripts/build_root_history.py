"""Build the history of Mozilla's roots from certifi's own releases.

    python scripts/build_root_history.py [--spacing DAYS] [--work DIR]

Asks the package index which releases there are, takes one each ``--spacing`` days from 2015 on (and the newest),
downloads their wheels with pip, and writes to ``src/certhound/content/lists``:

* ``roots_history.csv``: SHA-256, subject, the date of the first release that had the root, and of the first without it;
* ``roots_retired.pem``: the roots that the newest release no longer has.

The dates are those of releases, so a root may have been added or removed up to ``--spacing`` days earlier.
"""

from __future__ import annotations

import argparse
import base64
import csv
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

from certhound.x509.certificate import read_certificate
from certhound.x509.trust import pem_blocks

LISTS = Path(__file__).resolve().parent.parent / "src" / "certhound" / "content" / "lists"
FIRST = date(2015, 1, 1)
_DATED = re.compile(r"(20\d\d)\.(\d{1,2})\.(\d{1,2})(?:\.\d+)?\Z")


def main() -> None:
    """Read the command line, fetch, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spacing", type=int, default=100, help="least days between two releases taken")
    parser.add_argument("--work", type=Path, help="folder that keeps the downloads (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        releases = choose(list_releases(), options.spacing)
        stores = {day: roots_of(version, work) for day, version in releases.items()}
    write(stores, list(releases.values()))


def list_releases() -> dict[date, str]:
    """Release date (which certifi's version is) to version, the last of each day."""
    command = [sys.executable, "-m", "pip", "index", "versions", "certifi"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[date, str] = {}
    for version in reversed(text.partition("Available versions:")[2].splitlines()[0].replace(" ", "").split(",")):
        if match := _DATED.match(version):
            found[date(*map(int, match.groups()))] = version
    return dict(sorted(found.items()))


def choose(releases: dict[date, str], spacing: int) -> dict[date, str]:
    """One release each ``spacing`` days, and the newest."""
    chosen: dict[date, str] = {}
    for day, version in releases.items():
        if day >= FIRST and (not chosen or (day - max(chosen)).days >= spacing):
            chosen[day] = version
    newest = max(releases)
    return {**chosen, newest: releases[newest]}


def roots_of(version: str, work: Path) -> dict[str, bytes]:
    """SHA-256 to DER of the roots of a release."""
    folder = work / version
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", str(folder), f"certifi=={version}"], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        text = wheel.read("certifi/cacert.pem")
    roots = {read_certificate(der).sha256: der for der in pem_blocks(text)}
    sys.stderr.write(f"certifi {version}: {len(roots)} roots\n")
    return roots


def write(stores: dict[date, dict[str, bytes]], versions: list[str]) -> None:
    """Write the two files."""
    days = sorted(stores)
    every = {sha256: der for day in days for sha256, der in stores[day].items()}
    rows = [(sha256, *era(sha256, stores, days)) for sha256 in every]
    note = (
        "# Roots of Mozilla's store by release of certifi, built by scripts/build_root_history.py.\n"
        f"# Reference: https://pypi.org/project/certifi/, releases {', '.join(versions)}.\n"
        "# first_seen: first of these releases with the root; gone_by: first one without it, empty while it is there.\n"
    )
    out = io.StringIO(note)
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("sha256", "first_seen", "gone_by", "subject"))
    for sha256, first, gone in sorted(rows, key=lambda row: (row[1], row[0])):
        writer.writerow((sha256, first, gone or "", read_certificate(every[sha256]).subject))
    (LISTS / "roots_history.csv").write_text(out.getvalue(), "utf-8")
    retired = [every[sha256] for sha256, _, gone in sorted(rows) if gone]
    (LISTS / "roots_retired.pem").write_text("".join(map(pem, retired)), "ascii")
    sys.stderr.write(f"{len(rows)} roots, {len(retired)} of them retired\n")


def era(sha256: str, stores: dict[date, dict[str, bytes]], days: list[date]) -> tuple[date, date | None]:
    """(first release with the root, first release after the last one with it)."""
    having = [day for day in days if sha256 in stores[day]]
    after = [day for day in days if day > having[-1]]
    return having[0], after[0] if after else None


def pem(der: bytes) -> str:
    """One PEM block with its subject above it."""
    body = base64.encodebytes(der).decode().replace("\n", "")
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    subject = (read_certificate(der).subject or "").encode("ascii", "backslashreplace").decode()
    return f"# {subject}\n-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


if __name__ == "__main__":
    main()
