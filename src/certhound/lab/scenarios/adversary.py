"""Adversary: certificates of tools, self-made ones, and issuers that are claimed."""

from __future__ import annotations

from random import Random

from certhound.lab.certificates import Certificate, Name, junk_subject, tools
from certhound.lab.model import Class, Client, Protocols, Service
from certhound.lab.scenarios.world import HOUR, World

_CLAIMED: tuple[Name, ...] = (
    (("C", "US"), ("O", "Let's Encrypt"), ("CN", "E8")),
    (("C", "US"), ("O", "Let's Encrypt"), ("CN", "R3")),
    (("C", "US"), ("O", "Google Trust Services"), ("CN", "WR2")),
    (("C", "US"), ("O", "Google Trust Services"), ("CN", "WE1")),
    (("C", "US"), ("O", "DigiCert Inc"), ("CN", "DigiCert Global G2 TLS RSA SHA256 2020 CA1")),
    (
        ("C", "GB"),
        ("ST", "Greater Manchester"),
        ("L", "Salford"),
        ("O", "Sectigo Limited"),
        ("CN", "Sectigo RSA Domain Validation Secure Server CA"),
    ),
)
_RENAMED = ("Windows Update Host", "svchost", "Telemetry", "Client", "Intranet Service", "Print Spooler")


def add(world: World) -> None:
    """Every tool of the list, each on a server of its own, met by one or two machines."""
    _frameworks(world, world.rng("frameworks"))
    _remote_access(world, world.rng("remote-access"))
    _claimed(world, world.rng("claimed"))
    _self_made(world, world.rng("self-made"))


def _server(
    world: World, key: str, certificate: Certificate, why: str, port: int,
    protocols: Protocols = Protocols.ONLY_12, scenario: str = "",
) -> Service:  # fmt: skip
    return world.service(key, world.outside(), port, certificate, Class.ADVERSARY, why, scenario or key, protocols)


def _beacons(
    world: World, server: Service, rng: Random, name: str | None = None, kind: Client = Client.IMPLANT,
    low: int = 8, high: int = 15,
) -> None:  # fmt: skip
    victims = rng.sample(world.clients, rng.choice((1, 1, 2)))
    for victim in victims:
        interval = rng.uniform(0.4, 6) * HOUR
        count = rng.randrange(low, high) // len(victims)
        world.beacon(server, name, victim, count, interval, rng.choice((0.0, 0.1, 0.3)), rng, kind)


def _frameworks(world: World, rng: Random) -> None:
    now, keys = world.start, world.keys
    web = (443, 443, 8443, 4443, 8080)
    server = _server(
        world, "cobalt-strike", tools.cobalt_strike(rng, keys.rsa("cs"), now),
        "the default subject and serial of Cobalt Strike", rng.choice((443, 50050, 8443)),
    )  # fmt: skip
    _beacons(world, server, rng)
    for number in range(2):
        server = _server(
            world, f"metasploit-{number}", tools.metasploit(rng, keys.rsa(f"msf/{number}"), now),
            "a subject as Metasploit generates it: emailAddress is OU@CN", rng.choice((443, 4444, 8443, 8080)),
            scenario="metasploit",
        )  # fmt: skip
        _beacons(world, server, rng)
    host = world.site_name()
    server = _server(
        world, "sliver", tools.sliver(rng, keys.ec("sliver"), keys.ec("sliver/ca"), now, host),
        "Sliver's subject template, from an issuer without a name", rng.choice(web), Protocols.MODERN,
    )  # fmt: skip
    _beacons(world, server, rng, host)
    _beacons(world, server, rng, host, Client.IMPLANT_13, 4, 8)
    server = _server(
        world, "havoc", tools.havoc(rng, keys.rsa("havoc"), now, world.outside()),
        "the same template as Havoc makes it: a four-digit postal code in the United States", rng.choice(web),
    )  # fmt: skip
    _beacons(world, server, rng)
    server = _server(
        world, "poshc2", tools.posh_c2(rng, keys.rsa("posh"), now), "PoshC2's default certificate", rng.choice(web)
    )
    _beacons(world, server, rng)
    server = _server(
        world, "covenant", tools.covenant(rng, keys.rsa("covenant"), now), "Covenant's own certificate", 7443
    )
    _beacons(world, server, rng)
    server = _server(
        world, "mythic", tools.mythic(rng, keys.ec("mythic", "P-384"), now), "Mythic's own certificate", 7443,
        Protocols.MODERN,
    )  # fmt: skip
    _beacons(world, server, rng, low=4, high=8)
    _beacons(world, server, rng, None, Client.IMPLANT_13, 2, 5)


def _remote_access(world: World, rng: Random) -> None:
    now, keys = world.start, world.keys
    made = (
        ("asyncrat", "AsyncRAT Server", rng.choice((6606, 7707, 8808)), "AsyncRAT's default certificate"),
        ("asyncrat-renamed", rng.choice(_RENAMED), rng.choice((6606, 7707, 8808, 443)),
         "a certificate of AsyncRAT's generator under another name"),
        ("quasar", "Quasar Server CA", 4782, "Quasar's default certificate"),
    )  # fmt: skip
    for key, name, port, why in made:
        certificate = tools.async_rat(rng, keys.rsa(key, 4096), now, name)
        server = _server(world, key, certificate, why, port, Protocols.OLD)
        kind = Client.OLD_DOTNET if key == "asyncrat" else Client.IMPLANT
        _beacons(world, server, rng, kind=kind)
    server = _server(
        world, "dcrat", tools.dcrat(rng, keys.rsa("dcrat", 1024), keys.rsa("dcrat/ca", 1024), now),
        "DcRat's leaf, from the tool's own issuer", rng.choice((8848, 5000, 443)), Protocols.OLD,
    )  # fmt: skip
    _beacons(world, server, rng)


def _claimed(world: World, rng: Random) -> None:
    """One claims a CA that everybody knows, one a CA that this recording's own sites use."""
    local = rng.choice([ca for ca in world.issuers if len(ca.name) > 1]).name
    lookalike = world.brand.replace("o", "0").replace("i", "1").replace("l", "1", 1)
    if lookalike == world.brand:
        lookalike = f"{world.brand}-secure"
    hosts = (world.site_name(), f"{lookalike}-login.example")
    for number, (issuer, host) in enumerate(zip((rng.choice(_CLAIMED), local), hosts, strict=True)):
        key = world.keys.ec(f"claimed/{number}") if number else world.keys.rsa(f"claimed/{number}")
        certificate = tools.claimed_issuer(rng, key, world.keys.rsa(f"claimed/{number}/ca"), world.start, issuer, host)
        server = _server(
            world, f"claimed-issuer-{number}", certificate,
            "names a well-known CA as its issuer, but a foreign key signed it", 443, scenario="claimed-issuer",
        )  # fmt: skip
        _beacons(world, server, rng, host if rng.random() < 0.7 else f"www.{host}")


def _self_made(world: World, rng: Random) -> None:
    """Nothing known about the tool: what is left is the junk, the port, and the regular contact."""
    victim = rng.choice(world.clients)
    key = world.keys.rsa("self-made") if rng.random() < 0.6 else world.keys.ec("self-made")
    server = _server(
        world, "self-made", tools.home_made(rng, key, world.start, junk_subject(rng)),
        "a self-made certificate on an odd port, contacted again and again by one machine",
        rng.choice((4433, 8081, 9001, 2083, 1443, 7777)),
    )  # fmt: skip
    named = world.rng("self-made-name").random() < 0.4  # some implants ask for a name, most for an address
    name = f"cdn.{world.site_name()}" if named else None
    world.beacon(server, name, victim, rng.randrange(30, 42), rng.uniform(0.7, 2.4) * HOUR, 0.1, rng)
    kind = rng.choice(tools.MALFORMATIONS)
    certificate = tools.malformed(rng, world.keys.rsa("malformed"), world.start, kind, junk_subject(rng))
    server = _server(
        world, "malformed", certificate, f"a certificate that strict parsers refuse ({kind}), met again and again",
        rng.choice((8443, 9443, 5443, 6443)),
    )  # fmt: skip
    world.beacon(server, None, rng.choice(world.clients), rng.randrange(14, 22), rng.uniform(1, 4) * HOUR, 0.1, rng)
