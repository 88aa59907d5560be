"""Keep the verdicts of drills that were run in the technique package, for its page.

    sudo certhound drill run self-signed-nginx acme-certbot powershell-iis certificate-capture
    python scripts/record_drills.py [certhound-drills]

Only drills that the package names and that passed are kept; ends with 1 where one of them is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from certhound import __version__
from certhound.techniques.load import folder, packages
from certhound.techniques.verified import SHIPPED, VERDICT, recorded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="?", type=Path, default=Path("certhound-drills"), help="folder of the runs")
    runs: Path = parser.parse_args().runs
    missing = False
    for package in packages():
        for drill in package.facts.drill:
            file = runs / drill.plan / VERDICT
            document = json.loads(file.read_text("utf-8")) if file.is_file() else {"outcome": "not run"}
            if document["outcome"] != "passed":
                sys.stderr.write(f"{drill.plan}: {document['outcome']}, not kept\n")
                missing = True
                continue
            target = folder() / package.id / SHIPPED / f"{drill.plan}.json"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(recorded(document, __version__))
            sys.stdout.write(f"{target}\n")
    return int(missing)


if __name__ == "__main__":
    sys.exit(main())
