"""Fuzz target for captures: ``python tests/fuzz/fuzz_sources_pcap.py [corpus]`` with atheris, else random damage.

Without atheris: ``python tests/fuzz/fuzz_sources_pcap.py --mutants 20000 --seed 7``. Bytes are read as tshark's answer
and as handshake messages, which is where Python meets what a capture holds; ``--captures N`` damages whole captures and
runs tshark over each.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "sources"))

import capture_cases as c  # type: ignore[import-untyped,import-not-found,unused-ignore]

from certhound.lab.packets import merged, pcap, pcapng
from certhound.query.plan import Rejected
from certhound.sources import tls_messages as tls
from certhound.sources.files import InputFile, open_input
from certhound.sources.pcap.dissection import follow
from certhound.sources.pcap.fields import AGGREGATOR, FIELDS, frame
from certhound.sources.pcap.follow import Follower
from certhound.sources.tls_fingerprints import Carrier, ja3, ja3s, ja4


def one_input(data: bytes) -> None:
    """Bytes as messages, then as lines of an answer in which a column begins at each byte 0x1f."""
    with suppress(tls.Malformed):
        hello = tls.client_hello(data)
        assert len(ja3(hello)) == 32
        assert all(ja4(hello, carrier).count("_") == 2 for carrier in Carrier)
    with suppress(tls.Malformed):
        assert len(ja3s(tls.server_hello(data))) == 32
    with suppress(tls.Malformed):
        tls.certificates(data)
    follower = Follower()
    for row in data.split(b"\n"):
        columns = row.decode("utf-8", "replace").replace("\t", "").split("\x1f")
        places = dict(zip(FIELDS, ["1", *columns], strict=False))
        one = frame("\t".join(places.get(name, "") for name in FIELDS))
        if one is not None:
            list(follower.take(one))
    list(follower.rest())


def seeds() -> list[bytes]:
    """A hello, an answer, a chain, and a line of tshark's."""
    sent = c.tls().segments
    line = ["1.5", "eth:ip:tcp:tls", "10.0.0.1", "10.0.0.2", "", "", "0", "", "50000", "443", "", "", "0x18", "1", "9"]
    line += ["", "", sent[0][1].hex(), "", AGGREGATOR.join(["1", "2"]), str(len(sent[0][1]) - 9)]
    return [sent[0][1][9:], sent[1][1][9:], sent[1][1], "\x1f".join(line).encode()]


def captures(count: int, rng: random.Random) -> None:
    """Damaged captures, each through tshark."""
    frames = merged(*(c.talk(c.tls().segments, client_port=50000 + n, at_s=n) for n in range(3)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture"
        for number in range(count):
            path.write_bytes(_mutant((pcap, pcapng)[number % 2](frames), rng))
            file = open_input(path)
            if isinstance(file, InputFile):
                for item in follow(file):
                    assert not isinstance(item, Rejected) or item.reason


def _mutant(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice((1, 2, 4, 16))):
        at = rng.randrange(len(made))
        match rng.randrange(4):
            case 0:
                made[at] = rng.randrange(256)
            case 1:
                del made[at : at + rng.randrange(1, 64)]
            case 2:
                made[at:at] = rng.randbytes(rng.randrange(1, 64))
            case _:
                made[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff"))
        if not made:
            made = bytearray(b"\x00")
    return bytes(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--captures", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options, rest = parser.parse_known_args()
    if importlib.util.find_spec("atheris") is not None and not options.captures:
        import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

        atheris.Setup([sys.argv[0], *rest], one_input)
        atheris.Fuzz()
        return
    rng = random.Random(options.seed)
    corpus = seeds()
    for _ in range(options.mutants):
        one_input(_mutant(rng.choice(corpus), rng))
    captures(options.captures, rng)
    print(f"{options.mutants} mutants, {options.captures} captures: nothing broke")


if __name__ == "__main__":
    main()
