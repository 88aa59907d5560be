"""What a sensor meets besides: handshakes that fail, plain HTTP, and records that get lost. Runs last."""

from __future__ import annotations

from certhound.lab.model import Class, Client, Protocols
from certhound.lab.scenarios.world import World


def add(world: World) -> None:
    """Clients that refuse, clients without a common suite or version, HTTP beside HTTPS, lost records."""
    rng = world.rng("trouble")
    host = world.site_name()
    modern = world.service(
        "modern-only", world.outside(), 443, world.public(f"site/{host}", (host,), rng), Class.BENIGN,
        "a modern site: old clients do not get through", protocols=Protocols.MODERN,
    )  # fmt: skip
    world.browse(modern, host, 3, rng, Client.AGENT)
    for kind in (Client.NARROW, Client.ANCIENT):
        for client in rng.sample(world.clients, rng.randrange(2, 4)):
            world.visit(world.office_time(rng), client, modern, host, kind, rng)
    pinned = world.site_name()
    app = world.service(
        "pinned-app", world.outside(), 443, world.public(f"site/{pinned}", (pinned,), rng, "rsa"), Class.BENIGN,
        "a site whose certificate some clients refuse",
    )  # fmt: skip
    world.browse(app, pinned, 2, rng, Client.AGENT)
    for client in rng.sample(world.clients, rng.randrange(2, 5)):
        world.visit(world.office_time(rng), client, app, pinned, Client.STRICT, rng)
    plain = world.service(
        "plain-http", world.outside(), 80, None, Class.BENIGN, "plain HTTP", protocols=Protocols.PLAIN
    )
    for _ in range(rng.randrange(4, 8)):
        world.visit(world.office_time(rng), rng.choice(world.clients), plain, host, Client.PLAIN, rng)
    world.lose(rng.randrange(3, 7), rng)
