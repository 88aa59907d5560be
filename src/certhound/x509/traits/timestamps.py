"""Whether a publicly trusted certificate lacks the timestamps of public logs that browsers ask for.

Since 2018-04-30 Chrome, and later Safari, accept a new certificate only with timestamps. They may also come in the
handshake or a stapled answer, which no certificate shows, and old or unbrowsed services do without.
"""

from __future__ import annotations

from datetime import UTC, datetime

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait

_SINCE = datetime(2018, 4, 30, tzinfo=UTC)
_LIST = "1.3.6.1.4.1.11129.2.4.2"


def _lacks(facts: Facts) -> bool | None:
    if not facts.has_der or facts.trust != "trusted" or facts.not_before is None or facts.is_ca:
        return None
    if facts.extension_oids is not None and _LIST in facts.extension_oids:
        return False
    return facts.not_before >= _SINCE and not facts.sct_count


TRAITS = (
    Trait(
        "lacks_timestamps",
        Kind.BOOL,
        "publicly trusted, issued since browsers ask for timestamps of public logs, and without any of them inside",
        _lacks,
    ),
)
