"""Fuzz target for envelopes: ``python tests/fuzz/fuzz_envelopes.py [corpus]`` with atheris, else random mutants.

Without atheris: ``python tests/fuzz/fuzz_envelopes.py --mutants 20000 --seed 7``. A file of records in every envelope,
damaged, is read to its end: nothing is raised, records are rows or rejects, and batches fit their columns.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
from pathlib import Path

from certhound.query.plan import Rejected
from certhound.sources.contract import Recognised
from certhound.sources.envelopes import SOURCE
from certhound.sources.files import Unreadable, open_input

CORPUS = Path(__file__).parent / "corpus" / "envelopes"
PATH = Path(tempfile.gettempdir()) / "certhound-fuzz-envelopes"
_WORDS = (
    b"LEEF:2.0|", b"CEF:0|", b"<13>", b"<Event>", b"</Event>", b"{", b"}", b"[", b"]", b"\n", b"\t", b"|", b"=", b'"',
    b"\\", b"#Fields: a b", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"[a@1 k=\"",
    b"1 2026-01-01T00:00:00Z - - - - ", b"_raw",
    b"payload", b"12 ", b"]]>", b"<!DOCTYPE x>", b"&#0;", b"utf8(payload),qid,starttime,sourceip\n",
)  # fmt: skip


def one_input(data: bytes) -> None:
    """Bytes in, batches and rejects out."""
    from certhound.lake.careful_batches import raw_table

    PATH.write_bytes(data)
    file = open_input(PATH)
    if isinstance(file, Unreadable):
        return
    answer = SOURCE.recognise(file)
    if not isinstance(answer, Recognised):
        return
    for plan in answer.plans:
        for item in plan.careful():
            if isinstance(item, Rejected):
                assert item.reason
                item.sample.encode("utf-8")
            else:
                assert raw_table(item).num_rows == len(item.lines) == len(item.payloads) == len(item.fields)


def mutate(data: bytes, random_: random.Random) -> bytes:
    """Bytes with a few parts changed, doubled, moved, left out, or with words of the formats put in."""
    for _ in range(random_.choice([1, 2, 5])):
        start = random_.randrange(len(data) + 1)
        end = min(len(data), start + random_.randint(0, 40))
        match random_.randrange(5):
            case 0:
                data = data[:start] + data[end:]
            case 1:
                data = data[:end] + data[start:]
            case 2:
                data = data[:start] + random_.choice(_WORDS) + data[start:]
            case 3:
                data = data[:start] + random_.randbytes(random_.randint(1, 4)) + data[end:]
            case _:
                data = data[start:] + data[:start]
    return data


def main() -> None:
    if importlib.util.find_spec("atheris") is not None and "--mutants" not in sys.argv:
        import atheris  # type: ignore[import-untyped,unused-ignore]

        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random_ = random.Random(chosen.seed)
    seeds = [path.read_bytes() for path in sorted(CORPUS.iterdir())]
    for index in range(chosen.mutants):
        data = mutate(random_.choice(seeds), random_)
        try:
            one_input(data)
        except BaseException:
            Path(f"crash-envelopes-{chosen.seed}-{index}").write_bytes(data)
            raise
    print(f"{chosen.mutants} mutants, none of them raised")


if __name__ == "__main__":
    main()
