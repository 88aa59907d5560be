"""Record the sample: real TLS on loopback, written as a Zeek sensor would have logged it.

    python scripts/record_sample.py --out DIR --seed N [--plain-map] [--all-sensors]

Needs openssl; uses nginx, and user namespaces, where they are to be had. Needs no root and no network.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from certhound.lab.recorder import record
from certhound.model.errors import CerthoundError


def main() -> int:
    """Record and print what came of it."""
    parser = argparse.ArgumentParser(description="record a sample of real TLS sessions with its ground truth")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; an earlier recording is replaced")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same certificates (default 1)")
    parser.add_argument("--plain-map", action="store_true", help="stay on 127.0.0.1, use no user namespace")
    parser.add_argument("--all-sensors", action="store_true", help="also write capture.pcap and eve.json of it")
    chosen = parser.parse_args()
    try:
        made = record(chosen.out, chosen.seed, chosen.plain_map, all_sensors=chosen.all_sensors)
    except CerthoundError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    size = sum(path.stat().st_size for path in chosen.out.rglob("*") if path.is_file())
    sys.stdout.write(
        f"{made.out}: {made.sessions} TLS sessions, certificates {made.classes}, ledger {made.ledger}, "
        f"{size / 1000:.0f} kB, network: {made.network}, {made.elapsed_s} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
