"""The README that lies in a recording: what each file is, and whether a real tool wrote it."""

from __future__ import annotations

from datetime import UTC, datetime

from certhound.lab.model import Scenario

_HEAD = """\
# Five days at {organisation}

Recorded by `scripts/record_sample.py --seed {seed}`: real TLS servers and clients on one machine, without root and
without a network. The organisation, its people and all names are made up; names are under `.example`, public addresses
in the documentation ranges. Times are those of the scenario's clock, from {day} on.

| file | made by | what |
|---|---|---|
"""
_SQUID = (
    "a real Squid",
    "what passed the web gateway, in Squid's format `squid`. Times, the client, and the server's address and port were "
    "moved to those of the scenario",
)
_NO_SQUID = ("the recorder", "what passed the web gateway, in the format `squid` of Squid's documentation")
_FILES = {
    "ssl.log, x509.log, conn.log, dns.log": (
        "the recorder",
        "Zeek's logs in its own format: a tap between real servers and clients read the handshakes. Answers of name "
        "servers are the scenario's own",
    ),
    "certificates/": ("the servers", "the bytes of the certificates that passed the tap"),
    "access.log": _SQUID,
    "sysmon.xml": (
        "the recorder",
        "events 1, 3 and 22 in the form of Sysmon's documentation; addresses and ports are those of the recorded "
        "connections",
    ),
    "mail.mbox": ("the recorder", "messages as of RFC 5322 in an mbox"),
    "certhound.toml, roots/": ("the recorder", "the organisation's profile, and the authorities that it names"),
    "ground_truth.json": ("the recorder", "what everything is, how many sessions ended how, what belongs together"),
}


def readme(scenario: Scenario, *, squid_is_real: bool) -> str:
    """The page as text."""
    day = f"{datetime.fromtimestamp(scenario.start, UTC):%Y-%m-%d}"
    head = _HEAD.format(organisation=scenario.organisation, seed=scenario.seed, day=day)
    told = {**_FILES, "access.log": _SQUID if squid_is_real else _NO_SQUID}
    return head + "".join(
        f"| `{'`, `'.join(files.split(', '))}` | {who} | {what} |\n" for files, (who, what) in told.items()
    )
