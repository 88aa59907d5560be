"""Benign: ordinary traffic of several clients to sites with certificates of public CAs."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from certhound.lab.certificates import Certificate, Name
from certhound.lab.model import Class, Client, Protocols
from certhound.lab.scenarios.world import HOUR, World

_WHY = "an ordinary site with a certificate of a public CA"
_LIMIT_200_FROM = datetime(2026, 3, 15, tzinfo=UTC)


def _organisation(rng: Random, host: str) -> Name:
    country, state, city = rng.choice(
        (("DE", "Hessen", "Kassel"), ("US", "Oregon", "Salem"), ("FR", "Bretagne", "Vannes"), ("GB", "Kent", "Dover"))
    )
    company = host.split(".")[0].title() + rng.choice((" GmbH", " Ltd", " SA", ", Inc."))
    return (("C", country), ("ST", state), ("L", city), ("O", company), ("CN", host))


def _certificate(world: World, style: int, host: str, rng: Random) -> Certificate:
    """One of ten kinds that public CAs issue."""
    label = f"site/{host}"
    both = (host, f"www.{host}")
    match style:
        case 0:
            return world.public(label, both, rng, "rsa")
        case 1:
            return world.public(label, both, rng, days=47)
        case 2:
            return world.public(label, both, rng, "rsa", days=199, age_days=_age(world, rng, 199),
                                subject=_organisation(rng, host))  # fmt: skip
        case 3:
            return world.public(label, (f"*.{host}", host), rng)
        case 4:
            more = tuple(f"{word}.{host}" for word in ("api", "assets", "login", "shop", "status", "docs", "img"))
            return world.public(label, (*both, *more), rng, days=90)
        case 5:
            return world.public(label, (host,), rng, days=7, age_days=rng.uniform(0.1, 0.9))
        case 6:
            return world.public(label, both, rng, subject=())
        case 7:  # issued before 2026-03-15, when 398 days were allowed
            before = (world.start - _LIMIT_200_FROM).days + rng.randrange(3, 60)
            return world.public(label, both, rng, "rsa", 397, before, _organisation(rng, host))
        case 8:
            return world.public(label, both, rng, "ec384", days=100)
        case _:
            country: Name = (("jurisdictionC", "DE"), ("businessCategory", "Private Organization"))
            number: Name = (("serialNumber", f"HRB {rng.randrange(1000, 99999)}"),)
            subject = (*country, *number, *_organisation(rng, host))
            return world.public(label, both, rng, "rsa", 180, _age(world, rng, 180), subject)


def _age(world: World, rng: Random, days: int) -> float:
    """Days before the start, such that the certificate falls under the limit of 200 days and is still valid."""
    most = min((world.start - _LIMIT_200_FROM).days - 1, days - 8)
    return rng.uniform(1, max(most, 2))


def add(world: World) -> None:
    """About thirty sites; a CDN site on several addresses; a machine that asks for updates; a message broker."""
    rng = world.rng("public-sites")
    for number in range(rng.randrange(28, 33)):
        host = world.site_name()
        protocols = Protocols.ONLY_12 if number % 3 == 0 else Protocols.MODERN
        port = rng.choice((993, 8443, 465)) if number % 13 == 7 else 443
        certificate = _certificate(world, number % 10, host, rng)
        # a wildcard covers one label; the six-day certificate has the bare name alone
        name = {3: f"eu{rng.randrange(1, 9)}.{host}", 5: host}.get(number % 10, f"www.{host}")
        site = world.service(
            f"site-{number:02d}", world.outside(), port, certificate, Class.BENIGN, _WHY, "public-site", protocols
        )
        world.browse(site, name, rng.randrange(2, 5), rng, Client.AGENT)
        if protocols is Protocols.MODERN:
            world.browse(site, name, rng.randrange(2, 6), rng, Client.BROWSER)
    _only_13(world, rng)
    _content_network(world, rng)
    _machines(world, rng)
    _incomplete_chain(world, rng)


def _only_13(world: World, rng: Random) -> None:
    for number in range(3):
        host = world.site_name()
        certificate = world.public(f"site/{host}", (host,), rng)
        site = world.service(
            f"site-tls13-{number}", world.outside(), 443, certificate, Class.BENIGN,
            "a site that speaks TLS 1.3 alone: its certificate is never seen", "public-site-tls13",
            Protocols.ONLY_13,
        )  # fmt: skip
        world.browse(site, host, rng.randrange(3, 7), rng, Client.BROWSER)


def _content_network(world: World, rng: Random) -> None:
    host = world.site_name()
    certificate = world.public(f"site/{host}", (f"*.{host}", host), rng, "rsa")
    for number in range(rng.randrange(4, 7)):
        edge = world.service(
            f"edge-{number}", world.outside(), 443, certificate, Class.BENIGN,
            "one certificate on many addresses of a content network", "content-network", Protocols.MODERN,
        )  # fmt: skip
        world.browse(edge, f"img{number}.{host}", 2, rng, Client.AGENT)
        world.browse(edge, f"img{number}.{host}", 1, rng, Client.BROWSER)


def _machines(world: World, rng: Random) -> None:
    """Contact as regular as a beacon's, by one client, for good reasons."""
    updates, broker = world.site_name(), world.site_name()
    service = world.service(
        "update-agent", world.outside(), 443, world.public("update", (f"updates.{updates}",), rng, "rsa"),
        Class.BENIGN, "an agent on one machine that asks for updates at a steady interval",
    )  # fmt: skip
    world.beacon(service, f"updates.{updates}", world.clients[1], rng.randrange(18, 26), 4 * HOUR, 0.04, rng,
                 Client.AGENT, first=HOUR)  # fmt: skip
    service = world.service(
        "message-broker", world.outside(), 8883, world.public("broker", (f"mqtt.{broker}",), rng),
        Class.BENIGN, "a message broker on its usual port, contacted by one gateway all the time",
    )  # fmt: skip
    world.beacon(service, f"mqtt.{broker}", world.clients[2], rng.randrange(12, 18), 5 * HOUR, 0.1, rng, Client.AGENT)


def _incomplete_chain(world: World, rng: Random) -> None:
    host = world.site_name()
    certificate = world.public(f"site/{host}", (host,), rng, "rsa", send_chain=False)
    site = world.service(
        "incomplete-chain", world.outside(), 443, certificate, Class.BENIGN,
        "a site that forgets to send its intermediate; other sites show it",
    )  # fmt: skip
    world.browse(site, host, 4, rng, Client.AGENT)
