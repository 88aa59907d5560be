"""How fast records come out of their envelopes: ``python benchmarks/envelopes.py [--records 200000]``.

Records of about 500 bytes with all keys kept, read to Arrow columns as a scan reads them: by one process, and by two.
For scale the same run times ``json.loads`` over the same keys, and DuckDB over the same JSON lines and CSV.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from certhound.query.plan import RawBatch
from certhound.sources.contract import Recognised
from certhound.sources.envelopes import SOURCE, parallel
from certhound.sources.files import Unreadable, open_input


def record(number: int) -> dict[str, str]:
    """The keys of one record; values vary as they do in the field: some always, some hardly ever."""
    return {
        "src": f"10.{number % 7}.{number % 251}.{number % 249}",
        "dst": f"203.0.{number % 113}.{number % 250}",
        "srcPort": str(1024 + number % 60000),
        "dstPort": "443",
        "usrName": f"user{number % 5000}@example.com",
        "url": f"host{number % 3000}.example.net/path/{number}?q={number * 7919}",
        "action": "Allowed" if number % 9 else "Blocked",
        "proto": "HTTPS",
        "srcBytes": str(number % 9000),
        "dstBytes": str(number % 99999),
        "policy": "Default rule",
        "realm": "Road Warrior",
        "role": "Engineering",
        "useragent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
        "tlsversion": "TLS1_2",
        "certificate": "PASS",
        "recordid": str(6_748_427_317_914_890_000 + number),
    }


def _clock(number: int) -> str:
    """The time of a record: a collector at this rate sees hundreds a second."""
    second = number // 500
    return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def leef(number: int) -> str:
    pairs = "\t".join(f"{key}={value}" for key, value in record(number).items())
    head = f"<134>Nov 24 {_clock(number)} nss1 LEEF:1.0|Vendor|Product|6.0|Allowed|"
    return f"{head}devTime=Nov 24 2026 {_clock(number)} GMT\t{pairs}"


def cef(number: int) -> str:
    pairs = " ".join(f"{key}={value}" for key, value in record(number).items())
    head = f"<134>Nov 24 {_clock(number)} nss1 CEF:0|Vendor|Product|6.0|100|Allowed|3|"
    return f"{head}rt=Nov 24 2026 {_clock(number)} {pairs}"


def key_value(number: int) -> str:
    pairs = " ".join(
        f"{key}={value}" if value.isdigit() else f'{key}="{value}"' for key, value in record(number).items()
    )
    return f'<189>date=2026-11-24 time={_clock(number)} devname="gw1" devid="X100" type="utm" {pairs}'


def syslog(number: int) -> str:
    return f"<134>Nov 24 {_clock(number)} host{number % 20} app[{number % 30000}]: {' '.join(record(number).values())}"


def _ariel(number: int) -> dict[str, object]:
    keys = {"src": "sourceip", "dst": "destinationip", "srcPort": "sourceport", "dstPort": "destinationport"}
    named: dict[str, object] = {keys.get(key, key): value for key, value in record(number).items()}
    return {"starttime": 1795514400000 + number, "qid": 1003000001, "magnitude": 3, **named}


def json_line(number: int) -> str:
    return json.dumps(_ariel(number))


def csv_line(number: int) -> str:
    return ",".join(f'"{value}"' for value in _ariel(number).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        _scale(count)
        for name, line in {"leef": leef, "cef": cef, "key=value": key_value, "syslog": syslog}.items():
            _report(name, _written(Path(folder), name, count, line, ""), count)
        path = _written(Path(folder), "json", count, json_line, "")
        _report("json lines", path, count)
        _duckdb("json lines", f"SELECT count(COLUMNS(*)) FROM read_json('{path}', format='newline_delimited')", count)
        path = _written(Path(folder), "csv", count, csv_line, ",".join(f'"{key}"' for key in _ariel(0)) + "\n")
        _report("csv", path, count)
        _duckdb("csv", f"SELECT count(COLUMNS(*)) FROM read_csv('{path}', all_varchar=true)", count)


def _written(folder: Path, name: str, count: int, line: Callable[[int], str], head: str) -> Path:
    path = folder / f"{name.replace('=', '-')}.log"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(head)
        stream.writelines(line(number) + "\n" for number in range(count))
    return path


def _report(name: str, path: Path, count: int) -> None:
    size = path.stat().st_size // count
    for processes, least in ((1, 1 << 60), (2, 1)):
        parallel.FROM_BYTES = least
        started, used = time.perf_counter(), sum(os.times()[:4])
        rows = sum(_rows(path))
        wall, used = time.perf_counter() - started, sum(os.times()[:4]) - used
        assert rows == count, (rows, count)
        print(
            f"{name:<10} {size} bytes, {processes} process{'es' * (processes > 1)}: {count / wall:>9,.0f} records/s, "
            f"{used / count * 1e6:.1f} µs of processor each"
        )


def _rows(path: Path) -> Iterator[int]:
    from certhound.lake.careful_batches import raw_table

    file = open_input(path)
    assert not isinstance(file, Unreadable)
    answer = SOURCE.recognise(file)
    assert isinstance(answer, Recognised), answer
    for plan in answer.plans:
        for item in plan.careful():
            if isinstance(item, RawBatch):
                yield raw_table(item).num_rows


def _scale(count: int) -> None:
    lines = [json.dumps(record(number)) for number in range(min(count, 50_000))]
    started = time.process_time()
    for line in lines:
        json.loads(line)
    print(
        f"json.loads of the same keys: {len(lines) / (time.process_time() - started):,.0f} records/s of one processor"
    )


def _duckdb(name: str, query: str, count: int) -> None:
    connection = duckdb.connect(config={"threads": 2})
    started = time.perf_counter()
    connection.execute(query).fetchall()
    print(f"{name:<10} DuckDB, two threads, all columns: {count / (time.perf_counter() - started):,.0f} records/s")


if __name__ == "__main__":
    main()
