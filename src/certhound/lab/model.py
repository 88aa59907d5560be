"""What a scenario is made of: services that show certificates, visits that clients pay them, mails, and the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from certhound.lab.certificates import Certificate
from certhound.model.errors import CerthoundError


class RecordingError(CerthoundError):
    """A recording could not be made, or what happened is not what the scenario planned."""


class Class(StrEnum):
    """The three classes of the ground truth."""

    ADVERSARY = "adversary"
    HYGIENE = "hygiene"
    BENIGN = "benign"


class Protocols(StrEnum):
    """Which versions of TLS a server offers."""

    OLD = "1.0-1.2"
    ONLY_12 = "1.2"
    MODERN = "1.2-1.3"
    ONLY_13 = "1.3"
    PLAIN = "none"
    """No TLS at all: plain HTTP."""


class Client(StrEnum):
    """Kinds of TLS client; each has its own versions, cipher suites and manners."""

    BROWSER = "browser"
    """TLS 1.2 and 1.3, ALPN."""
    AGENT = "agent"
    """TLS 1.2 alone, ALPN http/1.1: an updater, a business application."""
    IMPLANT = "implant"
    """TLS 1.2, takes any certificate, no ALPN."""
    IMPLANT_13 = "implant-1.3"
    """The same with TLS 1.3."""
    OLD_DOTNET = "old-dotnet"
    """TLS 1.0, takes any certificate."""
    S_CLIENT = "s_client"
    """openssl s_client, TLS 1.2: an administrator's look."""
    STRICT = "strict"
    """Trusts no authority: sends the alert unknown_ca and gives up."""
    NARROW = "narrow"
    """Offers only RSA key exchange: an ECDSA server answers handshake_failure."""
    ANCIENT = "ancient"
    """Speaks TLS 1.1 at most: a modern server answers protocol_version."""
    PLAIN = "plain"
    """HTTP without TLS."""

    @property
    def fails(self) -> bool:
        """Whether the handshake is meant to fail."""
        return self in (Client.STRICT, Client.NARROW, Client.ANCIENT)


@dataclass(frozen=True, slots=True)
class Service:
    """One listening endpoint. ``key`` is unique in its scenario; ``inspected`` says that what answers is the
    inspecting proxy, which shows a certificate of its own in place of the server's."""

    key: str
    address: str
    port: int
    certificate: Certificate | None
    klass: Class
    scenario: str
    why: str
    protocols: Protocols = Protocols.ONLY_12
    front: str = "openssl"
    """``openssl``: s_server; ``nginx``: nginx where present, else s_server."""
    inspected: bool = False
    proxied: bool = False
    """Whether the web gateway stands between: it lets TLS pass as it is, and logs that it did."""

    @property
    def shown(self) -> Certificate:
        """The certificate; RecordingError for a service without TLS."""
        if self.certificate is None:
            raise RecordingError(f"{self.key} has no certificate", check="lab-service")
        return self.certificate


@dataclass(frozen=True, slots=True)
class Computer:
    """The machine at a client's address, and who works there (``DOMAIN\\name``)."""

    name: str
    user: str
    mail: str


@dataclass(frozen=True, slots=True)
class Program:
    """A process by its path, its command line, and the path of what started it."""

    image: str
    command_line: str
    parent: str = "C:\\Windows\\explorer.exe"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that came ``time`` seconds after the scenario's start. ``links``: what they lead to, and their words."""

    time: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """One contact. ``time``: seconds after the scenario's start; ``duration_s``: for the virtual clock;
    ``resume``: offer the session of this client's last visit; ``lost``: the sensor loses the TLS record."""

    time: float
    client: str
    service: str
    server_name: str | None
    kind: Client
    path: str = "page"
    duration_s: float = 1.0
    resume: bool = False
    lost: bool = False
    program: Program | None = None
    """Whose connection it is, where the client's machine is watched."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything of one recording before it happens. ``start``: epoch seconds, UTC. ``files`` go beside the logs."""

    seed: int
    start: float
    organisation: str
    services: dict[str, Service]
    visits: tuple[Visit, ...]
    sensor_roots: tuple[bytes, ...]
    files: dict[str, str]
    authorities: dict[bytes, str]
    """CA certificates of the scenario by their DER, with what they are."""
    resolver: str = "10.0.0.53"
    computers: Mapping[str, Computer] = field(default_factory=dict)
    """By address."""
    mails: tuple[Mail, ...] = ()
    mail_gateway: str = "mail.example"
