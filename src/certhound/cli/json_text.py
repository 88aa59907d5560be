"""Any object of ours as one line of JSON, with hostile characters as escapes."""

from __future__ import annotations

from typing import Any


def json_object(value: Any) -> str:
    """One JSON object and a line end. Absent values of mappings are left out; see ``outputs.json.plain``."""
    import msgspec

    from certhound.outputs.defuse import json_text
    from certhound.outputs.json import plain

    return json_text(msgspec.json.encode(plain(value)).decode("utf-8")) + "\n"
