"""``python -m certhound``: the command line."""

import sys

from certhound.cli import main

if __name__ == "__main__":
    sys.exit(main())
