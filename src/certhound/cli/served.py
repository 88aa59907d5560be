"""What a server sent, beside its certificate: how it spoke, and the chain in the order in which it came."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from certhound.probe.ask import Served
    from certhound.x509.certificate import Certificate


COLUMNS = (
    "server", "server_address", "sni", "starttls", "tls_version", "cipher", "handshake_problem", "sent_chain",
    "sent_chain_notes",
)  # fmt: skip
"""What the JSON of ``certhound cert`` has of a server beside the columns of its certificate."""


def as_columns(served: Served) -> dict[str, Any]:
    """For the JSON of ``certhound cert``: flat, absent where there is nothing to say."""
    from certhound.x509.certificate import read_certificate

    chain = [read_certificate(der) for der in served.chain]
    values = (
        str(served.target), served.address, served.sni, served.protocol, served.tls_version, served.cipher,
        served.problem or None, [each.sha256 for each in chain], notes(chain),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def write(served: Served, stream: TextIO) -> None:
    """As a person reads it."""
    from certhound.outputs.contract import Options
    from certhound.outputs.screen import Screen, words
    from certhound.x509.certificate import read_certificate

    screen = Screen(stream, Options())
    screen.heading("Server")
    spoke = [f"TLS {served.tls_version}" if served.tls_version else "", served.cipher or ""]
    pairs = [
        ("address", f"{served.address} port {served.target.port}"),
        ("asked for", served.sni or "no name (SNI is for names only)"),
        ("before TLS", served.protocol or ""),
        ("spoke", ", ".join(each for each in spoke if each)),
        ("then", served.problem),
    ]
    screen.pairs([(label, value) for label, value in pairs if value], indent=4)
    screen.heading("Chain as sent")
    chain = [read_certificate(der) for der in served.chain]
    for number, each in enumerate(chain, 1):
        subject = each.subject_cn or each.subject or "(no subject)"
        issuer = "itself" if each.self_issued else each.issuer_cn or each.issuer or "nobody named"
        screen.say(words(f"{number} ", (subject, "bold"), f", issued by {issuer}  {each.sha256[:16]}"), 4)
    for note in notes(chain):
        screen.say(note, 4)


def notes(chain: list[Certificate]) -> list[str]:
    """What is odd about a chain as sent; a client that builds its own path does not mind."""
    found: list[str] = []
    for number, (below, above) in enumerate(pairwise(chain), 1):
        if below.issuer != above.subject:
            found.append(f"certificate {number + 1} did not issue certificate {number}")
    if len({each.sha256 for each in chain}) < len(chain):
        found.append("a certificate was sent twice")
    if len(chain) > 1 and chain[-1].self_issued:
        found.append("its root was sent too, which clients ignore")
    return found
