"""One adversary as several logs see it: a mail with a link, a click, a proxy that let it pass, a program that stays.

Takes a server that claims an issuer and is reached by its name, and the machines that meet it. Nothing of what other
parts plan changes but who logs it, so it runs after all of them.
"""

from __future__ import annotations

from dataclasses import replace

from certhound.lab.model import Client, Mail, Program, Service, Visit
from certhound.lab.scenarios.world import World

ADVERSARY = "claimed-issuer-1"
_EDGE = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"
_OUTLOOK = "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE"
_BROWSER = Program(_EDGE, f'"{_EDGE}"')
_GAP_S = (2400.0, 600.0)
"""How long before the first contact of the program the mail comes, and the click."""


def add(world: World) -> None:
    """The story, then what is ordinary in the same logs."""
    (server,) = world.find(ADVERSARY)
    victims = {visit.client for visit in world.visits_to(server)}
    _story(world, server)
    world.put(replace(server, proxied=True))
    _ordinary(world, victims)


def _story(world: World, server: Service) -> None:
    rng = world.rng("story")
    first = min(world.visits_to(server), key=lambda visit: visit.time)
    name = first.server_name or server.shown.sha256
    person = world.computer(first.client).user.rpartition("\\")[2]
    link = f"https://{name}/session/{rng.randrange(16**8):08x}"
    colleagues = [client for client in world.clients if client != first.client]
    readers = [first.client, *rng.sample(colleagues, 2)]
    world.mails.append(Mail(
        first.time - _GAP_S[0], f"postmaster@{name.removeprefix('www.')}",
        tuple(world.computer(client).mail for client in readers), "Your mailbox is almost full",
        "Sign in within 24 hours to keep receiving mail.", {link: "Sign in to your mailbox"},
    ))  # fmt: skip
    clicked = Program(_EDGE, f'"{_EDGE}" --single-argument {link}', _OUTLOOK)
    dropped = f"C:\\Users\\{person}\\AppData\\Roaming\\PrintView\\printview.exe"
    stays = Program(dropped, f'"{dropped}" /background', _EDGE)
    world.change_visits(lambda visit: replace(visit, program=stays) if visit.service == server.key else visit)
    world.visit(first.time - _GAP_S[1], first.client, server, name, Client.AGENT, rng)
    world.change_visits(
        lambda visit: (
            replace(visit, program=clicked) if visit.service == server.key and visit.time < first.time else visit
        )
    )


def _ordinary(world: World, victims: set[str]) -> None:
    """Sites that the same proxy lets pass, the browser of the same machines, and mails with links to sites."""
    rng = world.rng("ordinary")
    sites = world.find("site-0")
    for site in sites[::2]:
        world.put(replace(site, proxied=True))

    def watched(visit: Visit) -> Visit:
        browsing = visit.kind in (Client.BROWSER, Client.AGENT) and visit.server_name and visit.program is None
        return replace(visit, program=_BROWSER) if browsing and visit.client in victims else visit

    world.change_visits(watched)
    for site, subject in zip(sites, ("Your order has shipped", "This week", "Invoice", "Minutes"), strict=False):
        visits = sorted(world.visits_to(site), key=lambda visit: visit.time)
        name = next((visit.server_name for visit in visits if visit.server_name), None)
        if name:
            world.mails.append(Mail(
                max(visits[0].time - rng.uniform(600, 7200), 30.0), f"news@{name.removeprefix('www.')}",
                (world.computer(visits[0].client).mail,), subject, "The details are behind the link.",
                {f"https://{name}/m/{rng.randrange(16**6):06x}": "Read more"},
            ))  # fmt: skip
    sender, reader = (world.computer(client).mail for client in rng.sample(world.clients, 2))
    world.mails.append(Mail(world.office_time(rng), sender, (reader,), "Lunch", "Noon, downstairs?"))
