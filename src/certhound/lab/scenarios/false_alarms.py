"""Benign: the classic false alarms, one each, and an inspecting proxy."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from certhound.lab.certificates import appliances, issue
from certhound.lab.model import Class, Client, Protocols
from certhound.lab.scenarios.world import World

_YEAR = timedelta(days=365)


def add(world: World) -> None:
    """Lab network, legacy application, internal CAs, CDN wildcard, one certificate for many names, inspection."""
    _lab_network(world, world.rng("lab-network"))
    _legacy_application(world, world.rng("legacy"))
    _internal_authorities(world, world.rng("internal-ca"))
    _wildcard(world, world.rng("cdn-wildcard"))
    _load_balancer(world, world.rng("load-balancer"))
    _inspection(world, world.rng("inspection"))


def _lab_network(world: World, rng: Random) -> None:
    now, keys = world.start, world.keys
    made = (
        appliances.openssl_defaults(rng, keys.rsa("lab/openssl"), now),
        appliances.snake_oil(rng, keys.rsa("lab/snakeoil"), now, f"build{rng.randrange(10, 99)}"),
        appliances.traefik(rng, keys.rsa("lab/traefik"), now),
        appliances.unifi(rng, keys.ec("lab/unifi"), now),
        appliances.pfsense(rng, keys.rsa("lab/pfsense"), now),
        appliances.bare_name(rng, keys.ec("lab/bare"), now, rng.choice(("localhost", "test", "dev", "server1"))),
    )
    ports = [443, 8443, 9443, 10443, 4443, 8006]
    rng.shuffle(ports)
    engineers = rng.sample(world.clients, 3)
    for number, (certificate, port) in enumerate(zip(made, ports, strict=True)):
        server = world.service(
            f"lab-{number}", world.inside(66), port, certificate, Class.BENIGN,
            "a self-signed server of the organisation's own lab network", "lab-network",
        )  # fmt: skip
        world.browse(server, None, rng.randrange(3, 6), rng, Client.AGENT, engineers)
    poller = world.clients[3]
    world.beacon(server, None, poller, 12, 3600 * rng.uniform(2, 4), 0.05, rng, Client.AGENT)


def _legacy_application(world: World, rng: Random) -> None:
    old = f"{rng.choice(('app', 'srv', 'web'))}{rng.randrange(1, 30):02d}.{rng.choice(('corp', 'intern', 'lan'))}"
    certificate = issue(
        world.house_ca, (("O", world.organisation), ("CN", old)), world.keys.rsa("legacy"), rng, (old,),
        world.start - 2 * _YEAR, 5 * _YEAR,
    )  # fmt: skip
    server = world.service(
        "legacy-application", world.inside(20), 443, certificate, Class.BENIGN,
        "an application of the organisation whose certificate still has its old name",
    )  # fmt: skip
    world.browse(server, f"{rng.choice(('erp', 'lager', 'orders'))}.{world.domain}", 7, rng, Client.AGENT)


def _internal_authorities(world: World, rng: Random) -> None:
    words = rng.sample(("wiki", "git", "mail", "intranet", "build", "files", "print"), 4)
    for number, word in enumerate(words):
        host = f"{word}.{world.domain}"
        key = world.keys.ec(f"house/{word}") if number % 2 else world.keys.rsa(f"house/{word}")
        certificate = issue(
            world.house_ca, (("O", world.organisation), ("CN", host)), key, rng, (host,),
            world.start - rng.randrange(30, 500) * timedelta(days=1), 3 * _YEAR,
        )  # fmt: skip
        hosted = number == 3  # in somebody else's data centre, so at a public address
        server = world.service(
            f"house-{word}", world.outside() if hosted else world.inside(20), 443, certificate, Class.BENIGN,
            "a certificate of the house CA, which the sensor does not know and the profile does", "house-ca",
            Protocols.MODERN if number == 1 else Protocols.ONLY_12,
        )  # fmt: skip
        world.browse(server, host, rng.randrange(4, 8), rng, Client.AGENT)
        if number == 1:
            world.browse(server, host, 3, rng, Client.BROWSER)
    for number in range(2):
        host = f"plc{number + 1}.{world.domain}"
        certificate = issue(
            world.plant_ca, (("CN", host),), world.keys.rsa(f"plant/{number}"), rng, (host,),
            world.start - _YEAR, 10 * _YEAR,
        )  # fmt: skip
        server = world.service(
            f"plant-{number}", world.inside(40), rng.choice((443, 8443, 4840)), certificate, Class.BENIGN,
            "a certificate of an internal CA that neither the sensor nor the profile knows", "unknown-internal-ca",
        )  # fmt: skip
        world.browse(server, host, 4, rng, Client.AGENT)


def _wildcard(world: World, rng: Random) -> None:
    network, shop = world.site_name(), world.site_name()
    zone = rng.choice(("edge", "global", "cache"))
    certificate = world.public(f"site/{network}", (f"*.{zone}.{network}", f"{zone}.{network}"), rng, "rsa")
    server = world.service(
        "cdn-wildcard", world.outside(), 443, certificate, Class.BENIGN,
        "a content network answers for a customer's name with a wildcard that does not cover it",
        protocols=Protocols.MODERN,
    )  # fmt: skip
    for host in (f"assets.{shop}", f"static.{shop}"):
        world.browse(server, host, 5, rng, Client.AGENT, rng.sample(world.clients, 4))
    world.browse(server, f"assets.{shop}", 3, rng, Client.BROWSER)


def _load_balancer(world: World, rng: Random) -> None:
    certificate = world.public("gateway", (f"vpn.{world.domain}", f"gateway.{world.domain}"), rng, "rsa")
    words = ("vpn", "gateway", "remote", "citrix", "portal", "owa", "sip", "partner", "files", "autodiscover")
    for number in range(rng.randrange(2, 4)):
        server = world.service(
            f"load-balancer-{number}", world.outside(), 443, certificate, Class.BENIGN,
            "a load balancer of the organisation that shows one certificate for every name", "load-balancer",
            front="nginx",
        )  # fmt: skip
        for word in rng.sample(words, 7):
            world.browse(server, f"{word}.{world.domain}", 1, rng, Client.AGENT)


def _inspection(world: World, rng: Random) -> None:
    branch = rng.sample(world.clients, 3)
    for number in range(3):
        host = world.site_name()
        certificate = issue(
            world.inspection_ca, (("CN", host),), world.keys.rsa("inspection/leaf"), rng, (host, f"www.{host}"),
            world.start - timedelta(days=rng.randrange(1, 20)), timedelta(days=90),
        )  # fmt: skip
        server = world.service(
            f"inspected-{number}", world.outside(), 443, certificate, Class.BENIGN,
            "a public site as the inspecting web gateway shows it, re-signed", "inspection", inspected=True,
        )  # fmt: skip
        world.browse(server, f"www.{host}", rng.randrange(4, 7), rng, Client.AGENT, branch)
