"""Fuzz target for places of certificates: ``python tests/fuzz/fuzz_certificates.py [corpus]`` with atheris.

Without atheris: ``python tests/fuzz/fuzz_certificates.py --mutants 9000 --seed 7``. The first byte of an input says who
reads the rest: stores and texts, JSON of services, or the reader of what a TLS server sends.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
from pathlib import Path

from mutate import mutate  # type: ignore[import-not-found,unused-ignore]

from certhound.probe.messages import Reader
from certhound.sources import recognise
from certhound.sources.contract import Recognised
from certhound.sources.files import Unreadable, open_input
from certhound.x509.containers import embeds, extract_certificates, looks_like

CORPUS = Path(__file__).parent / "corpus" / "certificates"
PATH = Path(tempfile.gettempdir()) / "certhound-fuzz-certificates"
STORES, RECORDS, WIRE = b"s", b"j", b"w"


def one_input(data: bytes) -> None:
    """Bytes in; whatever comes out has a reason or bytes, and nothing raises."""
    kind, data = data[:1], data[1:]
    if kind == RECORDS:
        PATH.write_bytes(data)
        file = open_input(PATH)
        taken = None if isinstance(file, Unreadable) else recognise(file)
        if isinstance(taken, Recognised):
            for plan in taken.plans:
                assert all(plan.careful())
            assert all(found.file for found in taken.certificates or ())
    elif kind == WIRE:
        reader = Reader(lambda: data[:32])
        for at in range(0, len(data), 1000):
            reader.feed(data[at : at + 1000])
        assert len(reader.certificates) <= 100
    else:
        looks_like(data)
        embeds(data[:65536])
        assert all(item.record for item in extract_certificates(data))


def _changed(text: bytes, random_: random.Random) -> bytes:
    """A text with a few pieces of it elsewhere, lost, or turned into another value."""
    for _ in range(random_.choice([1, 2, 5])):
        at, to = sorted(random_.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + 200)
        piece = random_.choice([b"", b"null", b"[]", b"{", b'"', b"\\u0000", b"-1e999", text[at:to] * 2, b"\xff\n"])
        text = text[:at] + piece + text[to:]
    return text


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
        seed = random_.choice(seeds)
        data = seed[:1] + (mutate(seed[1:], random_) if seed[:1] != RECORDS else _changed(seed[1:], random_))
        try:
            one_input(data)
        except BaseException:
            Path(f"crash-certificates-{chosen.seed}-{index}").write_bytes(data)
            raise
    print(f"{chosen.mutants} mutants, none of them raised")


if __name__ == "__main__":
    main()
