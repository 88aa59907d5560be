"""The tests of content share the makers of facts with those of the traits."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "x509"))
