"""Hygiene: wrong, but nobody's attack."""

from __future__ import annotations

from certhound.lab.certificates import appliances
from certhound.lab.model import Class, Client, Protocols
from certhound.lab.scenarios.world import World


def add(world: World) -> None:
    """An expired public certificate, two self-signed appliances at outside addresses, a wrong name."""
    rng = world.rng("hygiene")
    host = world.site_name()
    late = rng.uniform(4, 40)
    certificate = world.public("expired", (host, f"www.{host}"), rng, "rsa", days=90, age_days=90 + late)
    site = world.service(
        "expired", world.outside(), 443, certificate, Class.HYGIENE,
        "a public certificate that ran out some weeks ago",
    )  # fmt: skip
    world.browse(site, f"www.{host}", rng.randrange(4, 7), rng, Client.AGENT)

    makers = (("pfsense", appliances.pfsense), ("idrac", appliances.idrac))
    for name, make in makers:
        certificate = make(rng, world.keys.rsa(f"appliance/{name}"), world.start)
        console = world.service(
            f"appliance-{name}", world.outside(), 8443, certificate, Class.HYGIENE,
            "the console of an appliance at an outside address, with the certificate it made for itself",
        )  # fmt: skip
        world.browse(console, None, rng.randrange(2, 5), rng, Client.AGENT, [world.admin])
        if name == "idrac":
            world.visit(world.office_time(rng), world.admin, console, None, Client.S_CLIENT, rng)

    hoster, customer = world.site_name(), world.site_name()
    certificate = world.public("wrong-name", (f"host{rng.randrange(2, 80)}.{hoster}",), rng)
    site = world.service(
        "wrong-name", world.outside(), 443, certificate, Class.HYGIENE,
        "a shared host that shows its own name instead of its customer's", protocols=Protocols.MODERN,
    )  # fmt: skip
    world.browse(site, f"www.{customer}", rng.randrange(3, 6), rng, Client.AGENT)
