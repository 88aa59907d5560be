"""Fuzz target for AQL: ``python tests/fuzz/fuzz_aql.py [corpus]`` with atheris, else random mutants.

Without atheris: ``python tests/fuzz/fuzz_aql.py --mutants 100000 --seed 7``. Every text is read, printed, laid out
and checked: an error of ours with its place is fine, anything else is a crash. What is read must read the same when
printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import time
from pathlib import Path

from certhound.qradar.aql import AqlError, format_aql, lint, parse, to_aql

SLOW_SECONDS = 2.0
"""Own time that no mutant may take; they are a few hundred characters long."""

SEEDS = (
    "SELECT sourceip AS 'Source IP', COUNT(*) n, CASE WHEN UTF8(payload) ILIKE '%a%' THEN 8 ELSE 0 END FROM e "
    "WHERE (qid = 0x0a OR INCIDR('10.0.0.0/8', ip)) AND username NOT IN (SELECT a FROM b LAST 5 MINUTES) "
    "GROUP BY sourceip HAVING n > 5 ORDER BY 'Source IP' DESC COLLATE 'de' LIMIT 5 START '2026-01-01' STOP NOW()",
    "SELECT sessionId, IF a IS NULL THEN -b ELSE c ^ 2 u FROM e INTO x WHERE TEXT SEARCH 'x' AND a BETWEEN 1 AND 2 "
    "SESSION BY starttime username EXPLICIT BEGIN a = 1 END b = 2 TIMEOUT 5 TIMEWINDOW 1 HOURS "
    "PARAMETERS a=1, 2, b='LOW'",
    "-- head\nSELECT geo::lookup(a, 'b') /* c */, * FROM GLOBALVIEW('x','DAILY') TIMES OFFENSE_TIME(4) -- end\n;",
)
_WORDS = (
    "SELECT FROM WHERE AND OR NOT IN LIKE BETWEEN IS NULL CASE WHEN THEN ELSE END IF AS LAST LIMIT GROUP BY START STOP "
    "TEXT SEARCH EXPLICIT :: ( ) , ' \" -- /* */ >>> == <> || # ~ ; . 0x 1e9 %x% ’ \x00 \u200b İ \ud800 DISTINCT"
).split(" ")


def one_input(data: bytes) -> None:
    """A text in, errors of ours out."""
    one_text(data.decode("utf-8", "replace"))


def one_text(text: str) -> None:
    """Read, print, lay out and check a text."""
    lint(text)
    try:
        query = parse(text)
    except AqlError:
        return
    assert parse(to_aql(query)) == query
    laid_out = format_aql(text)
    assert parse(laid_out) == query
    assert format_aql(laid_out) == laid_out


def mutate(text: str, random_: random.Random) -> str:
    """A text with a few parts changed, moved, doubled or left out."""
    for _ in range(random_.randint(1, 6)):
        start = random_.randrange(len(text) + 1)
        end = min(len(text), start + random_.randint(0, 12))
        match random_.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:start] + random_.choice(_WORDS) + text[end:]
            case 2:
                text = f"{text[:start]} {random_.choice(_WORDS)} {text[start:]}"
            case 3:
                text = text[:start] + text[start:end] * random_.randint(2, 40) + text[end:]
            case _:
                text = text[:start] + chr(random_.randrange(0x20, 0x250)) + text[end:]
    return text


def main() -> None:
    if importlib.util.find_spec("atheris") is not None and "--mutants" not in sys.argv:
        import atheris  # type: ignore[import-untyped]

        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random_ = random.Random(chosen.seed)
    for index in range(chosen.mutants):
        text = mutate(random_.choice(SEEDS), random_)
        start = time.thread_time()
        try:
            one_text(text)
            assert time.thread_time() - start < SLOW_SECONDS, "slow"
        except BaseException:
            Path(f"crash-aql-{chosen.seed}-{index}.aql").write_text(text, errors="surrogatepass")
            raise
    print(f"{chosen.mutants} mutants, none of them raised")


if __name__ == "__main__":
    main()
