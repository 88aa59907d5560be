"""Reading, laying out and checking AQL: a usual query, and one of 100 kB.

    python benchmarks/aql_language.py

Prints the best of several runs in the thread's own time. Aims: parse and lint of the usual query under 5 ms together,
of the large one under 1 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from certhound.qradar.aql import format_aql, lint, parse, to_aql

USUAL = """\
SELECT DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss') AS time, sourceip, username, QIDNAME(qid) AS event,
       CASE WHEN UTF8(payload) ILIKE '%certutil%' THEN 80 WHEN UTF8(payload) ILIKE '%bits%' THEN 70 ELSE 0 END AS score
FROM events
WHERE devicetype = 12 AND (qideventid = 4688 OR qideventid = 1) AND NOT INCIDR('10.0.0.0/8', sourceip)
GROUP BY username
HAVING score > 0
ORDER BY score DESC
LIMIT 100
LAST 24 HOURS
"""
LARGE_BYTES = 100_000


def large() -> str:
    """A query of 100 kB, mostly a long condition."""
    text = "SELECT qid FROM events WHERE "
    parts = []
    number = size = 0
    while size < LARGE_BYTES - len(text):
        parts.append(f"(UTF8(payload) ILIKE '%x{number}%' AND sourceip = '10.0.0.{number % 250}')")
        size += len(parts[-1]) + 4
        number += 1
    return f"{text}{' OR '.join(parts)} LIMIT 5 LAST 5 MINUTES"


def best(work: Callable[[str], object], text: str, runs: int) -> float:
    """Seconds of the fastest run."""
    found = []
    for _ in range(runs):
        start = time.thread_time()
        work(text)
        found.append(time.thread_time() - start)
    return min(found)


def main() -> None:
    jobs: dict[str, Callable[[str], object]] = {
        "parse": parse,
        "print": lambda text: to_aql(parse(text)),
        "format": format_aql,
        "lint": lint,
    }
    for name, text, runs in (("usual query", USUAL, 30), ("100 kB", large(), 3)):
        print(f"{name} ({len(text):,} characters)")
        for job, work in jobs.items():
            print(f"  {job:<7} {best(work, text, runs) * 1000:9.2f} ms")


if __name__ == "__main__":
    main()
