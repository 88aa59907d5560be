"""`scan` with all rules against a hand-written DuckDB query over the same files, in one run.

    python benchmarks/scan.py [FOLDER] [--sessions N] [--certificates K] [--kinds tsv,json,...] [--repeat R] [--keep]

The hand-written query joins ssl and x509, applies five predicates and groups by certificate, as one would write it who
knows DuckDB and the files well: columns given, nothing sniffed, two threads, no order kept. It answers one question;
`scan` counts every session into the ledger, judges every certificate, asks all rules and finds the lines behind the
findings.

Kinds: ``tsv``, ``json``, ``gzip``, ``fuid`` (logs of Zeek before 4.1), ``conn`` (with conn.log), ``hours`` (a file an
hour), ``many`` (a thousand files of some 20 KB). Both run in child processes, the query first and last; of each the
best time counts. Printed are wall time, CPU time, peak memory, and the ratio of the wall times.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import resource
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

from generate import Options, generate

THREADS = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """What a child process took: seconds, seconds of all its processors, bytes at its peak; and how many rows came."""

    wall: float
    cpu: float
    peak: int
    rows: int


# --- the two sides -------------------------------------------------------------------------------------------------

QUERY = """
SELECT c.fingerprint, any_value(c.subject), any_value(c.issuer), count(*) AS sessions, count(DISTINCT s.client),
    min(s.ts), max(s.ts)
FROM (
    SELECT {ts} AS ts, "id.orig_h" AS client, server_name, validation_status, {leaf} AS leaf
    FROM {ssl} WHERE {established} AND {leaf} IS NOT NULL
) s JOIN (
    SELECT {print} AS fingerprint, {each}("certificate.subject") AS subject, {each}("certificate.issuer") AS issuer,
        {each}({before}) AS not_before, {each}({after}) AS not_after
    FROM {x509} WHERE "certificate.subject" IS NOT NULL {once}
) c ON s.leaf = c.fingerprint
WHERE c.subject = c.issuer OR c.not_after < s.ts OR c.not_after - c.not_before > 398 * 86400
    OR s.server_name {absent} OR s.validation_status NOT IN ('ok', '-')
GROUP BY c.fingerprint ORDER BY sessions DESC
"""

_USED = {
    "ssl": ("ts", "id.orig_h", "server_name", "validation_status", "cert_chain_fps", "cert_chain_fuids", "established"),
    "x509": (
        "fingerprint", "id", "certificate.subject", "certificate.issuer", "certificate.not_valid_before",
        "certificate.not_valid_after",
    ),
}  # fmt: skip


def query_of(folder: Path) -> str:
    """The hand-written query for the files of a folder."""
    is_json = not _first_line(folder, "ssl").startswith("#")
    columns = _columns(folder, "ssl", is_json)
    by_fuid = "cert_chain_fuids" in columns
    chain, key = ("cert_chain_fuids", "id") if by_fuid else ("cert_chain_fps", "fingerprint")
    return QUERY.format(
        ts="ts" if is_json else "ts::DOUBLE",
        leaf=f"{chain}[1]" if is_json else f"CASE WHEN {chain} <> '-' THEN split_part({chain}, ',', 1) END",
        established="established" if is_json else "established = 'T'",
        print=key,
        # File ids are each written once; fingerprints once a day.
        each="" if by_fuid else "any_value",
        once="" if by_fuid else f"GROUP BY {key}",
        before='"certificate.not_valid_before"' + ("" if is_json else "::DOUBLE"),
        after='"certificate.not_valid_after"' + ("" if is_json else "::DOUBLE"),
        absent="IS NULL" if is_json else "= '-'",
        ssl=_reader(folder, "ssl", is_json),
        x509=_reader(folder, "x509", is_json),
    )


def _reader(folder: Path, log: str, is_json: bool) -> str:
    files = [str(path) for path in sorted(folder.rglob(f"{log}*.log*"))]
    if is_json:
        kinds = {
            "ts": "DOUBLE",
            "established": "BOOLEAN",
            "cert_chain_fps": "VARCHAR[]",
            "cert_chain_fuids": "VARCHAR[]",
        }
        kinds |= {"certificate.not_valid_before": "DOUBLE", "certificate.not_valid_after": "DOUBLE"}
        used = [name for name in _columns(folder, log, True) if name in _USED[log]]
        columns = ", ".join(f"'{name}': '{kinds.get(name, 'VARCHAR')}'" for name in used)
        return f"read_json({files!r}, columns={{{columns}}}, format='newline_delimited')"
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in _columns(folder, log, False))
    return (
        f"read_csv({files!r}, columns={{{columns}}}, delim='\t', quote='', escape='', header=false, auto_detect=false, "
        "skip=8, null_padding=true)"
    )


def _open(path: Path) -> IO[str]:
    return gzip.open(path, "rt") if path.name.endswith(".gz") else path.open()


def _first_line(folder: Path, log: str) -> str:
    with _open(min(folder.rglob(f"{log}*.log*"))) as lines:
        return next(lines)


def _columns(folder: Path, log: str, is_json: bool) -> list[str]:
    with _open(min(folder.rglob(f"{log}*.log*"))) as lines:
        if is_json:
            return list(json.loads(next(lines)))
        return next(line for line in lines if line.startswith("#fields")).rstrip("\n").split("\t")[1:]


def run_query(folder: Path) -> int:
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": str(THREADS),
        "preserve_insertion_order": "false",
        "memory_limit": "2GB",
    }
    with duckdb.connect(config=settings) as connection:
        connection.execute("SET enable_progress_bar = false")
        return len(connection.execute(query_of(folder)).fetchall())


def run_scan(folder: Path) -> int:
    from certhound.findings.run import scan
    from certhound.model.profile import Profile

    report = scan([folder], profile=Profile())
    if report.rejected:
        raise SystemExit(f"{len(report.rejected)} kinds of records of {folder} were rejected")
    return len(report.findings)


# --- measuring -----------------------------------------------------------------------------------------------------


def measured(work: Callable[[Path], int], folder: Path) -> Measured:
    """The work in a process of its own, imports included."""
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    child = context.Process(target=_child, args=(work, folder, queue))
    child.start()
    found: Measured = queue.get()
    child.join()
    return found


def _child(work: Callable[[Path], int], folder: Path, queue: Any) -> None:
    started = time.perf_counter()
    rows = work(folder)
    wall = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    queue.put(Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, rows))


def compare(folder: Path, repeat: int) -> tuple[Measured, Measured]:
    """The hand-written query and the scan, the best of their runs; the query goes first, in turn with it, and last."""
    queries, scans = [measured(run_query, folder)], []
    for _ in range(repeat):
        scans.append(measured(run_scan, folder))
        queries.append(measured(run_query, folder))
    return min(queries, key=lambda each: each.wall), min(scans, key=lambda each: each.wall)


def options_of(kind: str, options: Options) -> Options:
    """What is generated for a kind of logs."""
    kinds: dict[str, dict[str, Any]] = {
        "tsv": {},
        "json": {"format": "json"},
        "gzip": {"gzip": True},
        "fuid": {"style": "fuid"},
        "conn": {"conn": True},
        "hours": {"split": True},
        "many": {"split": True, "days": 21, "sessions": 50_000, "certificates": 3_000},
    }
    return replace(options, **kinds[kind])


def line(label: str, found: Measured, ratio: float | None = None) -> str:
    end = f"{ratio:8.2f}" if ratio is not None else ""
    return f"{label:28}{found.wall:9.2f}{found.cpu:9.2f}{found.peak / 1e9:9.2f}{found.rows:10,}{end}"


def main() -> None:
    parser = argparse.ArgumentParser(description="scan against a hand-written query")
    parser.add_argument("folder", type=Path, nargs="?", help="where the logs are made (a temporary folder unless told)")
    parser.add_argument("--sessions", type=int, default=10_000_000)
    parser.add_argument("--certificates", type=int, default=200_000)
    parser.add_argument("--kinds", default="tsv,json,gzip")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the logs, and use those that are there")
    chosen = parser.parse_args()
    root = chosen.folder or Path(mkdtemp(prefix="certhound-benchmark-"))
    print(f"{'':28}{'wall s':>9}{'CPU s':>9}{'peak GB':>9}{'rows':>10}{'ratio':>8}")
    try:
        for kind in chosen.kinds.split(","):
            options = options_of(kind, Options(sessions=chosen.sessions, certificates=chosen.certificates))
            folder = root / f"{kind}-{options.sessions}-{options.certificates}"
            if not folder.exists():
                generate(folder, options)
            query, scanned = compare(folder, chosen.repeat)
            print(line(f"{kind}: hand-written query", query))
            print(line(f"{kind}: scan", scanned, scanned.wall / query.wall), flush=True)
            if not chosen.keep:
                shutil.rmtree(folder)
    finally:
        if chosen.folder is None:
            shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
