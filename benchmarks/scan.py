"""`certhound scan` against a query that an expert writes by hand, over the same files in the same run.

    python benchmarks/scan.py FOLDER… [--rounds N]

Each FOLDER holds ssl and x509 logs of one format, as ``benchmarks/generate.py`` makes them. For each, the hand-written
query and the scan (all packaged rules) run in child processes in turn; printed are wall time, computing time, peak
memory and the ratio of the wall times. The hand-written query joins sessions with certificates, applies five predicates
and groups by certificate; its columns are given, nothing is sniffed, and it need not care about a damaged line.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

QUERY = """
SELECT c.fingerprint, any_value(c.subject), any_value(c.issuer), count(*) AS sessions, count(DISTINCT s.src) AS clients,
    min(s.ts), max(s.ts)
FROM (
    SELECT ts::DOUBLE AS ts, "id.orig_h" AS src, server_name, validation_status, {leaf} AS leaf
    FROM {sessions} WHERE {established}
) s JOIN (
    SELECT fingerprint, any_value("certificate.subject") AS subject, any_value("certificate.issuer") AS issuer,
        any_value("certificate.not_valid_before"::DOUBLE) AS nb, any_value("certificate.not_valid_after"::DOUBLE) AS na
    FROM {certificates} WHERE "certificate.subject" IS NOT NULL GROUP BY fingerprint
) c ON s.leaf = c.fingerprint
WHERE c.subject = c.issuer OR c.na < s.ts OR c.na - c.nb > 398 * 86400 OR s.server_name = {unset}
    OR s.validation_status NOT IN ('ok', '-')
GROUP BY c.fingerprint ORDER BY sessions DESC
"""
JSON_SSL = ("ts", "id.orig_h", "server_name", "validation_status", "established", "cert_chain_fps")
JSON_X509 = (
    "fingerprint",
    "certificate.subject",
    "certificate.issuer",
    "certificate.not_valid_before",
    "certificate.not_valid_after",
)


def first_lines(path: Path) -> list[str]:
    """The beginning of a log, as text."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        return [next(stream, "") for _ in range(20)]


def files_of(folder: Path, log: str) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name.split(".")[0].startswith(log))


def delimited(files: list[Path]) -> str:
    """A ``read_csv`` call, as one writes it by hand: columns given, header lines skipped."""
    lines = first_lines(files[0])
    header = next(line for line in lines if line.startswith("#fields"))
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in header.rstrip("\n").split("\t")[1:])
    skip = next(index for index, line in enumerate(lines) if not line.startswith("#"))
    return (
        f"read_csv({[str(file) for file in files]}, columns={{{columns}}}, delim='\t', quote='', escape='', "
        f"header=false, auto_detect=false, skip={skip}, null_padding=true)"
    )


def json_lines(files: list[Path], names: tuple[str, ...]) -> str:
    columns = ", ".join(f"'{name}': '{'VARCHAR[]' if name == 'cert_chain_fps' else 'VARCHAR'}'" for name in names)
    return f"read_json({[str(file) for file in files]}, columns={{{columns}}}, format='newline_delimited')"


def query(folder: Path) -> str:
    sessions, certificates = files_of(folder, "ssl"), files_of(folder, "x509")
    if first_lines(sessions[0])[0].startswith("#"):
        return QUERY.format(
            sessions=delimited(sessions),
            certificates=delimited(certificates),
            leaf="split_part(cert_chain_fps, ',', 1)",
            established="established = 'T'",
            unset="'-'",
        )
    return QUERY.format(
        sessions=json_lines(sessions, JSON_SSL),
        certificates=json_lines(certificates, JSON_X509),
        leaf="cert_chain_fps[1]",
        established="established = 'true'",
        unset="''",
    )


def by_hand(folder: Path) -> int:
    """The hand-written query; how many certificates it lists."""
    import duckdb

    connection = duckdb.connect(config={"threads": "2", "preserve_insertion_order": "false", "memory_limit": "2GB"})
    return len(connection.execute(query(folder)).fetchall())


def by_scan(folder: Path) -> int:
    """The scan; how many sessions its ledger has, so that a scan that lost some would show."""
    from certhound.findings.run import scan
    from certhound.model.profile import Profile

    return sum(scan([folder], profile=Profile()).ledger.values())


WORKS = {"by hand": by_hand, "scan": by_scan}


def child(work: str, folder: Path) -> None:
    """Do one work and print what it cost."""
    started = time.perf_counter()
    result = WORKS[work](folder)
    wall = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1e6, "result": result}
    print(json.dumps(cost))


def run(work: str, folder: Path) -> dict[str, float]:
    words = [sys.executable, __file__, "--child", work, str(folder)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    cost: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return cost


def compare(folder: Path, rounds: int) -> None:
    costs: dict[str, list[dict[str, float]]] = {work: [] for work in WORKS}
    for _ in range(rounds):
        for work, found in costs.items():
            found.append(run(work, folder))
    medians = {
        work: {key: statistics.median(cost[key] for cost in found) for key in found[0]} for work, found in costs.items()
    }
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e9:.2f} GB, {medians['scan']['result']:,.0f} sessions, {rounds} rounds, medians")
    for work, cost in medians.items():
        print(f"  {work:8s} {cost['wall']:7.2f} s wall {cost['cpu']:7.2f} s computing {cost['memory']:6.2f} GB peak")
    ratios = {key: medians["scan"][key] / medians["by hand"][key] for key in ("wall", "cpu")}
    print(f"  ratio    {ratios['wall']:7.2f}        {ratios['cpu']:7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=sorted(WORKS))
    options = parser.parse_args()
    for folder in options.folders:
        if options.child:
            child(options.child, folder)
        else:
            compare(folder, options.rounds)


if __name__ == "__main__":
    main()
