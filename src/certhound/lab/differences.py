"""What Zeek's logs, Suricata's EVE and a capture of the same traffic can know, and where they therefore differ.

The one list behind the table of docs/sensors-compared.md and behind the test that holds the three against each other
(tests/conformance/test_sensors_agree.py): where a difference states what becomes of a session in the ledger, the test
makes that session for each format and looks.
"""

from __future__ import annotations

from dataclasses import dataclass

SENSORS = ("zeek", "eve", "capture")
TITLES = {"zeek": "Zeek's logs", "eve": "Suricata's EVE", "capture": "capture"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one format says. ``state``: the ledger's state of such a session, where it has one; ``why``: in words."""

    why: str = ""
    state: str | None = None

    def __str__(self) -> str:
        shown = f"`{self.state}`" if self.state else ""
        return f"{shown}: {self.why}" if shown and self.why else shown or self.why


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that the formats do not all know. ``key`` names the test's session."""

    key: str
    what: str
    zeek: Told
    eve: Told
    capture: Told

    @property
    def states(self) -> dict[str, str | None]:
        """The ledger's state by format."""
        return {"zeek": self.zeek.state, "eve": self.eve.state, "capture": self.capture.state}


LEDGER: tuple[Difference, ...] = (
    Difference(
        "refused_certificate",
        "the client refuses the server's certificate with an alert",
        Told(state="failed"),
        Told("no field says how a handshake ended", "seen"),
        Told(state="failed"),
    ),
    Difference(
        "refused_13_clear",
        "the same in TLS 1.3, the alert in the clear (as OpenSSL's clients send it)",
        Told(state="failed"),
        Told("no field says how a handshake ended", "hidden_tls13"),
        Told(state="failed"),
    ),
    Difference(
        "refused_13",
        "the same in TLS 1.3, the alert encrypted",
        Told("looks established", "hidden_tls13"),
        Told("looks established", "hidden_tls13"),
        Told("the client's answer is too short to be a Finished", "failed"),
    ),
    Difference(
        "nothing_in_common",
        "the handshake fails before a certificate is sent",
        Told(state="failed"),
        Told("no `tls` record, only the `flow`", "not_logged"),
        Told(state="failed"),
    ),
    Difference(
        "unreadable_certificate",
        "Suricata's decoder refuses the certificate (a time that is none, say)",
        Told(state="seen"),
        Told("an `anomaly` without the certificate, and the `flow`; no finding can come of it", "not_logged"),
        Told(state="seen"),
    ),
    Difference(
        "resumed_13",
        "a session of TLS 1.3 is resumed",
        Told("not told", "hidden_tls13"),
        Told("not told", "hidden_tls13"),
        Told("by the pre-shared key that the server took", "resumed"),
    ),
    Difference(
        "cut",
        "what was recorded ends within the handshake, behind the certificate",
        Told(state="failed"),
        Told(state="seen"),
        Told("left open", "seen"),
    ),
    Difference(
        "client_alone",
        "only the client's direction was recorded",
        Told(state="failed"),
        Told("no `tls` record, only the `flow`", "not_logged"),
        Told(state="not_logged"),
    ),
)
"""Sessions that the formats count under different states."""

FACTS: tuple[Difference, ...] = (
    Difference(
        "bytes",
        "bytes of certificates",
        Told("with `log-certs-base64` or extracted files beside the logs; the whole chain"),
        Told("with `certificate` (the leaf) or `chain` under `custom`"),
        Told("always, where they were sent in the clear"),
    ),
    Difference(
        "words",
        "of a certificate without its bytes",
        Told("names, serial, dates, key and signature of each of the chain; SHA-256"),
        Told("names, serial, dates and alternative names of the leaf; SHA-1, so that the finding has another id"),
        Told("does not happen"),
    ),
    Difference(
        "verdict",
        "the sensor's own verdict on the chain",
        Told("`validation_status`"),
        Told("none; certhound's own"),
        Told("none; certhound's own"),
    ),
    Difference(
        "fingerprints",
        "JA3, JA3S, JA4",
        Told("with packages"),
        Told("JA3 and JA3S, JA4 from Suricata 8 on, where they are switched on"),
        Told("computed, and JA4S, too"),
    ),
    Difference(
        "cipher",
        "cipher and ALPN that the server chose",
        Told("always"),
        Told("with `server_handshake` and `server_alpns` under `custom` (Suricata 8)"),
        Told("always"),
    ),
    Difference(
        "began_before",
        "TLS that began before the record did",
        Told("no TLS in `conn.log`"),
        Told("no protocol in the `flow`"),
        Told("a TLS connection without a session: `not_logged`"),
    ),
    Difference(
        "lost",
        "a segment of the handshake was lost",
        Told("`failed`"),
        Told("no `tls` record, only the `flow`: `not_logged`"),
        Told("`not_logged`, if data followed: the session was there, its certificate was not"),
    ),
    Difference(
        "time",
        "time of a session",
        Told("of the ServerHello or later"),
        Told("when the handshake was complete"),
        Told("of the ClientHello"),
    ),
    Difference(
        "client",
        "who is the client of a connection without SYN",
        Told("by ports and content"),
        Told("by ports and content"),
        Told("who sent the ClientHello, else the first frame"),
    ),
    Difference(
        "datagrams",
        "UDP connections without TLS",
        Told("in `conn.log`"),
        Told("in `flow`"),
        Told("not told"),
    ),
)
"""What one format knows and another does not, apart from the ledger."""


def table(differences: tuple[Difference, ...]) -> str:
    """Differences as a table in Markdown."""
    head = f"| | {' | '.join(TITLES[sensor] for sensor in SENSORS)} |\n|---|---|---|---|\n"
    return head + "\n".join(f"| {each.what} | {each.zeek} | {each.eve} | {each.capture} |" for each in differences)
