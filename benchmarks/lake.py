"""Lakes against hand-written DuckDB over the same files, in one run.

    python benchmarks/lake.py [FOLDER] [--sessions N] [--certificates K] [--kinds tsv,json] [--files N]
        [--only ingest] [--keep]

``ingest`` is held against DuckDB's own COPY of the same logs to Parquet (zstd, columns given, two threads, no order
kept), ``detect`` with all rules against a hand-written query over the lake's own Parquet (the query of ``scan.py``: a
join, five predicates, grouped by certificate), a second ``ingest`` of many unchanged small files against the clock.
Each runs in a process of its own, the hand-written side first and last; of it the best time counts. Processor time is
that of all processes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from generate import Options, generate
from scan import THREADS, Measured, _columns, _first_line, line, options_of

QUERY = """
SELECT c.id, any_value(c.subject), any_value(c.issuer), count(*) AS sessions, count(DISTINCT s.src_ip), min(s.time),
    max(s.time)
FROM (SELECT time, src_ip, sni, cert_validation, certificate_id FROM {events}
    WHERE category = 'tls' AND tls_established AND certificate_id IS NOT NULL) s
JOIN (SELECT certificate_id AS id, any_value(cert_subject) AS subject, any_value(cert_issuer) AS issuer,
        any_value(cert_not_before) AS not_before, any_value(cert_not_after) AS not_after
    FROM {events} WHERE source = 'zeek.x509' AND cert_subject IS NOT NULL GROUP BY certificate_id) c
ON s.certificate_id = c.id
WHERE c.subject = c.issuer OR c.not_after < s.time OR c.not_after - c.not_before > INTERVAL 398 DAYS OR s.sni IS NULL
    OR s.cert_validation <> 'ok'
GROUP BY c.id ORDER BY sessions DESC
"""


def connection() -> Any:
    import duckdb

    settings: dict[str, Any] = {"threads": str(THREADS), "preserve_insertion_order": "false", "memory_limit": "2GB"}
    made = duckdb.connect(config=settings)
    made.execute("SET enable_progress_bar = false")
    return made


def run_copy(folder: Path) -> int:
    """DuckDB's own way from logs to Parquet: a file for each kind of log."""
    rows, out = 0, folder.with_name(f"{folder.name}-copy")
    out.mkdir(exist_ok=True)
    with connection() as database:
        for log in ("ssl", "x509"):
            is_json = not _first_line(folder, log).startswith("#")
            files = [str(path) for path in sorted(folder.rglob(f"{log}*.log*"))]
            columns = ", ".join(f"'{name}': 'VARCHAR'" for name in _columns(folder, log, False)) if not is_json else ""
            reader = (
                f"read_json({files!r}, format='newline_delimited')"
                if is_json
                else f"read_csv({files!r}, columns={{{columns}}}, delim='\t', quote='', escape='', header=false, "
                "auto_detect=false, skip=8, null_padding=true)"
            )
            statement = f"COPY (FROM {reader}) TO '{out / log}.parquet' (FORMAT parquet, COMPRESSION zstd)"
            rows += database.execute(statement).fetchall()[0][0]
    shutil.rmtree(out)
    return rows


def lake_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-lake")


def run_ingest(folder: Path) -> int:
    from certhound.lake.store.ingest import ingest

    shutil.rmtree(lake_of(folder), ignore_errors=True)
    done = ingest([folder], lake_of(folder))
    if done.rejected:
        raise SystemExit(f"{done.rejected} records were rejected")
    return done.rows


def run_again(folder: Path) -> int:
    from certhound.lake.store.ingest import ingest

    return ingest([folder], lake_of(folder)).unchanged


def run_query(folder: Path) -> int:
    events = f"read_parquet('{lake_of(folder)}/events/*/*.parquet', union_by_name=true, hive_partitioning=false)"
    with connection() as database:
        return len(database.execute(QUERY.format(events=events)).fetchall())


def run_detect(folder: Path) -> int:
    from certhound.findings.lasting import detect
    from certhound.model.profile import Profile

    return len(detect(lake_of(folder), profile=Profile(), remember=False).findings)


def measured(work: Callable[[Path], int], folder: Path) -> Measured:
    """The work in a process of its own, with what it starts; imports are in it."""
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
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(each.ru_utime + each.ru_stime for each in used)
    queue.put(Measured(wall, cpu, max(each.ru_maxrss for each in used) * 1024, rows))


def pair(label: str, folder: Path, by_hand: Callable[[Path], int], ours: Callable[[Path], int]) -> None:
    before, own, after = measured(by_hand, folder), measured(ours, folder), measured(by_hand, folder)
    best = min(before, after, key=lambda each: each.wall)
    print(line(f"{label} by hand", best))
    print(line(label, own, own.wall / best.wall), f"  CPU {own.cpu / min(before.cpu, after.cpu):.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="lakes against hand-written DuckDB")
    parser.add_argument("folder", type=Path, nargs="?", help="where the logs are made (a temporary folder unless told)")
    parser.add_argument("--sessions", type=int, default=10_000_000)
    parser.add_argument("--certificates", type=int, default=200_000)
    parser.add_argument("--kinds", default="tsv,json")
    parser.add_argument("--files", type=int, default=1_000, help="small files for the second ingest; 0: none")
    parser.add_argument("--only", choices=["ingest"], help="leave out what is detected")
    parser.add_argument("--keep", action="store_true", help="keep the logs, and use those that are there")
    chosen = parser.parse_args()
    root = chosen.folder or Path(mkdtemp(prefix="certhound-benchmark-"))
    print(f"{'':28}{'wall s':>9}{'CPU s':>9}{'peak GB':>9}{'rows':>10}{'ratio':>8}")
    try:
        for kind in [each for each in chosen.kinds.split(",") if each]:
            options = options_of(kind, Options(sessions=chosen.sessions, certificates=chosen.certificates))
            folder = root / f"{kind}-{options.sessions}-{options.certificates}"
            if not folder.exists():
                generate(folder, options)
            pair(f"{kind}: ingest", folder, run_copy, run_ingest)
            if chosen.only != "ingest":
                pair(f"{kind}: detect", folder, run_query, run_detect)
            shutil.rmtree(lake_of(folder))
            if not chosen.keep:
                shutil.rmtree(folder)
        if chosen.files:
            again(root, chosen.files)
    finally:
        if chosen.folder is None:
            shutil.rmtree(root, ignore_errors=True)


def again(root: Path, files: int) -> None:
    """A folder of many small files, and the same once more."""
    folder = root / "many"
    if not folder.exists():
        generate(folder, options_of("many", Options()))
    for path in sorted(folder.rglob("*.log"))[files:]:
        path.unlink()
    print(line("many: ingest", measured(run_ingest, folder)))
    print(line("many: the same again", measured(run_again, folder)), flush=True)
    shutil.rmtree(lake_of(folder))


if __name__ == "__main__":
    main()
