"""Reading Suricata's EVE against DuckDB's own reader over the same fields of the same files, in one run.

    python benchmarks/eve.py [FOLDER] [--records N] [--certificates] [--compression none|gzip|zstd] [--scan]

A file mixes sessions, flows, DNS, HTTP and alerts, as sensors write it. DuckDB reads every field that certhound reads
into a table of its own. certhound reads the file once, checks that no record is doubtful, counts the lines against the
records, and stores what it read by kind. With ``--certificates`` sessions carry their chain in base64, and with
``--scan`` a whole scan with all rules is timed, too.

Both run in child processes, in turn; of each the best time counts. Printed are seconds, seconds of all processors,
megabytes a second, peak memory, and the rate as a share of DuckDB's.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import multiprocessing
import random
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

THREADS = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """What a child process took: seconds, seconds of all processors, bytes at its peak, and the records it read."""

    wall: float
    cpu: float
    peak: int
    records: int


# --- the file ------------------------------------------------------------------------------------------------------


def records(count: int, chosen: random.Random, *, certificates: bool) -> Iterator[dict[str, Any]]:
    """Records of all kinds, in the order of time."""
    chains = [[base64.b64encode(chosen.randbytes(1300)).decode() for _ in range(2)] for _ in range(2000)]
    kinds = ("tls", "flow", "dns", "http", "alert")
    for n, kind in enumerate(chosen.choices(kinds, (35, 35, 20, 8, 2), k=count)):
        second, micros = divmod(n * 1_000_000 // 2000, 1_000_000)
        clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_700_000_000 + second))
        common = {
            "timestamp": f"{clock}.{micros:06d}+0000", "flow_id": 10**15 + n, "in_iface": "eth1", "event_type": kind,
            "src_ip": f"10.{n % 7}.{n % 251}.{n % 241}", "src_port": 32768 + n % 28000,
            "dest_ip": f"203.0.{n % 113}.{n % 199}", "dest_port": 53 if kind == "dns" else 443,
            "proto": "UDP" if kind == "dns" else "TCP", "community_id": f"1:{n:027x}=",
        }  # fmt: skip
        yield {**common, **_object(kind, n, chains if certificates else None)}


def _object(kind: str, n: int, chains: list[list[str]] | None) -> dict[str, Any]:
    host = n % 20_000
    match kind:
        case "tls" | "alert":
            carried = {"chain": chains[host % len(chains)]} if chains else {}
            print_ = f"{host * 2654435761 % 2**160:040x}"
            session = {
                "subject": f"C=US, ST=Ohio, O=Example Widgets, Inc., CN=host{host}.example.net",
                "issuerdn": "C=US, O=Example Trust, CN=Example CA 7", "serial": f"0A:0B:{host % 251:02X}:11:22",
                "fingerprint": ":".join(print_[at : at + 2] for at in range(0, 40, 2)),
                "sni": f"host{host}.example.net",
                "version": "TLS 1.2", "notbefore": "2023-07-22T04:26:40",
                "notafter": "2024-07-03T09:46:40",
                "ja3": {"hash": f"{n % 97:032x}", "string": "771,4865-4866-4867-49195,0-23-65281-10-11-35,29-23-24,0"},
                "ja3s": {"hash": f"{n % 31:032x}", "string": "771,49195,65281-0-11-35"}, **carried,
            }  # fmt: skip
            alert = {"alert": {"action": "allowed", "signature_id": 2024833, "signature": "ET INFO x"}}
            return {"tls": session, **(alert if kind == "alert" else {})}
        case "flow":
            ended = {"start": "2023-11-14T22:13:20.000000+0000", "end": "2023-11-14T22:13:22.500000+0000", "age": 2}
            sent = {"pkts_toserver": 9, "bytes_toserver": n, "bytes_toclient": 4000}
            return {"app_proto": "http", "flow": {**sent, **ended}}
        case "dns":
            asked: dict[str, Any] = {"rrname": f"host{host}.example.net", "rrtype": "A"}
            answers = [{**asked, "ttl": 60, "rdata": "203.0.113.9"}]
            answer = {"version": 2, "type": "answer", "rcode": "NOERROR", "answers": answers}
            return {"dns": {**asked, **answer, "grouped": {"A": ["203.0.113.9"]}}}
        case _:
            asked = {"hostname": f"host{host}.example.net", "url": f"/path/{n}", "http_method": "GET", "status": 200}
            return {"http": {**asked, "http_user_agent": "Mozilla/5.0 (X11; Linux x86_64)", "length": n}}


def write(path: Path, count: int, compression: str, *, certificates: bool) -> int:
    """Write a file; how many bytes of text are in it."""
    rows = records(count, random.Random(1), certificates=certificates)
    text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in rows).encode()
    if compression == "gzip":
        path.write_bytes(gzip.compress(text, 6, mtime=0))
    elif compression == "zstd":
        import zstandard

        path.write_bytes(zstandard.ZstdCompressor().compress(text))
    else:
        path.write_bytes(text)
    return len(text)


# --- the two sides -------------------------------------------------------------------------------------------------


def by_duckdb(path: Path) -> int:
    """Every field that certhound reads, into a table."""
    import duckdb

    from certhound.lake.mixed import fields_read
    from certhound.query.engines.duckdb.read import reader
    from certhound.query.functions import sql
    from certhound.sources import recognise
    from certhound.sources.contract import Recognised
    from certhound.sources.files import Unreadable, open_input

    file = open_input(path)
    answer = None if isinstance(file, Unreadable) else recognise(file)
    plan = answer.plans[0] if isinstance(answer, Recognised) else None
    if plan is None or plan.segment is None:
        raise SystemExit(f"{path} is not read in bulk")
    fields = [column.name for column in fields_read(plan.segment, plan.shape)]
    table = reader(plan.segment, fields, several=False).table
    table = table.transform(lambda node: sql.text(str(path)) if getattr(node, "name", "") == "getvariable" else node)
    with duckdb.connect(config={"threads": str(THREADS), "preserve_insertion_order": "false"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"CREATE TABLE read_by_hand AS SELECT * FROM {table.sql(dialect='duckdb')}")
        return int(connection.execute("SELECT count(*) FROM read_by_hand").fetchall()[0][0])


def by_certhound(path: Path) -> int:
    """The file's records by kind, stored."""
    from certhound.lake import mixed
    from certhound.lake.build import start_lake
    from certhound.model.profile import Profile

    lake = start_lake([path], Profile())
    try:
        mixed.stage(lake.session, lake.parts)
        return lake.records
    finally:
        lake.close()


def by_scan(path: Path) -> int:
    from certhound.findings.run import scan
    from certhound.model.profile import Profile

    return sum(source.records for source in scan([path], profile=Profile()).sources)


# --- measuring -----------------------------------------------------------------------------------------------------


def measured(work: Callable[[Path], int], path: Path) -> Measured:
    """The work in a process of its own; its imports are not counted."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(work, path, sender))
    child.start()
    sender.close()
    try:
        found: Measured = receiver.recv()
    except EOFError:
        raise SystemExit("the work failed") from None
    finally:
        child.join()
    return found


def _child(work: Callable[[Path], int], path: Path, sender: Any) -> None:
    import certhound.findings.run
    import certhound.lake.build  # noqa: F401

    started, used = time.perf_counter(), time.process_time()
    count = work(path)
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    sender.send(Measured(wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, count))


def main() -> None:
    parser = argparse.ArgumentParser(description="reading EVE against DuckDB's reader")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--certificates", action="store_true")
    parser.add_argument("--compression", choices=("none", "gzip", "zstd"), default="none")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--scan", action="store_true")
    chosen = parser.parse_args()
    folder = chosen.folder or Path(mkdtemp(prefix="certhound-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "eve.json"
    try:
        size = write(path, chosen.records, chosen.compression, certificates=chosen.certificates)
        print(f"{chosen.records:,} records, {size / 1e6:,.0f} MB of text, {path.stat().st_size / 1e6:,.0f} MB on disk")
        print(f"{'':28}{'wall s':>9}{'CPU s':>9}{'MB/s':>9}{'peak GB':>9}{'records':>12}{'of DuckDB':>11}")
        sides = {"DuckDB, the same fields": by_duckdb, "certhound, read and stored": by_certhound}
        sides |= {"certhound, whole scan": by_scan} if chosen.scan else {}
        runs = [{name: measured(partial(work), path) for name, work in sides.items()} for _ in range(chosen.repeat)]
        best = {name: min((run[name] for run in runs), key=lambda each: each.wall) for name in sides}
        base = next(iter(best.values())).wall
        for name, found in best.items():
            rate = f"{size / found.wall / 1e6:9.0f}{found.peak / 1e9:9.2f}{found.records:12,}{base / found.wall:11.2f}"
            print(f"{name:28}{found.wall:9.2f}{found.cpu:9.2f}{rate}")
    finally:
        if chosen.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
