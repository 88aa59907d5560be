"""Damage done to thousands of copies of logs, and what must hold for each of them.

    python benchmarks/nightly_logs.py [--copies 10000] [--seed N] [--failures FOLDER]

For each copy: nothing raises; each line with something on it becomes a row or a reject; each undamaged record of a
damaged file is kept; the engine's bulk readers come to the same tables as the careful reader, or leave the file to it.
For each batch: a scan over damaged and good files gives what a scan over the good ones gives. Before that, gzip and
zstd are cut at every byte of a small file. Inputs that fail are kept; put them into ``tests/fuzz/corpus/sources/``.
"""

from __future__ import annotations

import argparse
import gzip
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "unit" / "sources"))

import source_damage as d  # type: ignore[import-not-found,unused-ignore]
import zeek_logs as z  # type: ignore[import-not-found,unused-ignore]
import zstandard

from certhound.findings.run import scan
from certhound.lake.rows import events
from certhound.model.profile import Profile

BATCH = 50
"""Copies that are read together."""

Failure = tuple[Path, str]


def good_logs(folder: Path) -> list[Path]:
    """A session with a certificate that nobody vouches for, at an outside address: a finding."""
    fingerprint = "fe" * 32
    session = {**z.SESSIONS[0], "uid": "Cgood", "cert_chain_fps": [fingerprint], "id.resp_h": "203.0.113.99"}
    certificate = {
        **z.CERTIFICATES[0],
        "fingerprint": fingerprint,
        "certificate.subject": "CN=a",
        "certificate.issuer": "CN=a",
    }
    return [
        z.write(folder / "good-ssl.log", z.tsv("ssl", [session])),
        z.write(folder / "good-x509.log", z.tsv("x509", [certificate])),
    ]


def cut_everywhere(folder: Path) -> Iterator[Failure]:
    """Every prefix of a small compressed log: whole lines before the cut are rows, in whichever batch they are read."""
    for name in ("ssl.tsv", "ssl.json"):
        text = d.ORIGINALS[name]
        for packed in (gzip.compress(text, mtime=0), zstandard.ZstdCompressor(level=3).compress(text)):
            paths = []
            for end in range(1, len(packed)):
                paths.append(folder / f"cut-{end:05d}")
                paths[-1].write_bytes(packed[:end])
            for first in range(0, len(paths), BATCH):
                yield from checked(paths[first : first + BATCH])
            for path in paths:
                path.unlink()


def checked(paths: list[Path]) -> list[Failure]:
    """What is wrong with damaged files; an exception is a failure of whichever file raises it alone."""
    try:
        return [*d.disagreements(paths), *d.unaccounted(paths)]
    except Exception as error:  # noqa: BLE001 -- that is what is looked for
        if len(paths) == 1:
            return [(paths[0], f"raised {error!r:.500}")]
        return [failure for path in paths for failure in checked([path])]


def findings_of(paths: list[Path]) -> set[str]:
    return {finding.id for finding in scan(paths, profile=Profile()).findings}


def lost_findings(paths: list[Path], good: list[Path]) -> list[Failure]:
    """Findings of the good files that a scan over the damaged ones as well does not give."""
    try:
        lost = findings_of(good) - findings_of([*paths, *good])
    except Exception as error:  # noqa: BLE001 -- that is what is looked for
        return [(path, f"a scan over its batch raised {error!r:.500}") for path in paths]
    return [(paths[0], f"findings lost in its batch: {lost}")] if lost else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failures", type=Path, default=Path("nightly-logs-failures"))
    parser.add_argument("--no-cuts", action="store_true", help="leave out the compressed file cut at every byte")
    chosen = parser.parse_args()
    started = time.perf_counter()
    failures, rows = 0, 0
    damage: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = good_logs(folder)
        if not findings_of(good):
            raise SystemExit("the good logs give no finding, so that their loss would not be seen")
        if not chosen.no_cuts:
            failures += kept(cut_everywhere(folder), chosen.failures, "cut")
        for number in range(0, chosen.copies, BATCH):
            seed = chosen.seed * 1_000_003 + number
            copies = folder / "copies"
            copies.mkdir()
            paths = d.damaged_copies(
                copies, random.Random(seed), min(BATCH, chosen.copies - number), packed=number % (2 * BATCH) == 0
            )
            damage.update(word for path in paths for word in path.name.split(" ")[2:])
            found = [*checked(paths), *lost_findings(paths, good)]
            failures += kept(iter(found), chosen.failures, str(seed))
            rows += sum(batch.num_rows for batch in events(paths, Profile()))
            shutil.rmtree(copies)
            print(f"\r{number + len(paths):,} copies, {rows:,} rows kept, {failures} failures", end="", flush=True)
    print(f"\n{time.perf_counter() - started:.0f} s; damage done: {dict(damage.most_common())}")
    return 1 if failures else 0


def kept(failures: Iterator[Failure], folder: Path, prefix: str) -> int:
    """Print failures and keep their files; how many there were."""
    count = 0
    for path, problem in failures:
        count += 1
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            shutil.copy(path, folder / f"{prefix}-{path.name}"[:200])
        print(f"\n{prefix} {path.name}: {problem}"[:1500])
    return count


if __name__ == "__main__":
    raise SystemExit(main())
