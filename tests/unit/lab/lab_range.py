"""What tests of the range need: a reason to skip where there can be none."""

from __future__ import annotations

import pytest

from certhound.lab.range.build import why_no_range

REASON = why_no_range()
needs_range = pytest.mark.skipif(bool(REASON), reason=REASON)
