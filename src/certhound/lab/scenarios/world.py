"""The stage of a scenario: an organisation, its people, the public and the house authorities, and a clock.

Names live under ``.example`` and public addresses in the documentation ranges (RFC 2606, RFC 5737), so that the
sample accuses nobody. Everything that varies is drawn from generators that the seed names.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from certhound.lab.certificates import Authority, Certificate, KeyRing, LogKeys, Name, build_ca, issue, pem
from certhound.lab.model import Class, Client, Computer, Mail, Protocols, Scenario, Service, Visit

DAY = 86400.0
HOUR = 3600.0
DAYS = 5
_OUTSIDE = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
_FIRST = "amber basalt cedar delta ember fjord garnet harbour indigo juniper kestrel lumen marble nimbus opal".split()
_SECOND = "bridge cart desk field gate haven labs line market metrics paper point press route shelf supply".split()
_ORGANISATIONS = ("Wexcombe Freight", "Aldermoor Foods", "Tarnholt Paper", "Brisling Marine", "Quarrington Textiles")
_PEOPLE = "a.berg c.diaz e.frost g.hale i.jansen k.lind m.novak o.pires q.ross s.tamm u.vega w.young y.zorn".split()
_PUBLIC_ROOTS = ("Lantern Root R2", "Halyard Global Root G3", "Corvid Trust Root X1")
_PUBLIC_CAS = (
    ("Lantern Trust Services", "Lantern DV TLS R4", "NL"),
    ("Halyard Certification", "Halyard Secure Server CA 3", "SE"),
    ("Corvid Sign", "Corvid RSA Organization Validation CA 2024", "AT"),
    ("Pelican Free Certificates", "P11", "US"),
    ("Meridian Seal", "Meridian Seal TLS RSA CA G2", "PT"),
    ("Tessera Trust", "Tessera ECC Server CA 5", "CH"),
)


class World:
    """Collects services and visits. ``rng(label)`` gives a generator of its own to every part, so that a part
    can change without changing the others."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.keys = KeyRing(seed)
        rng = self.rng("world")
        self.start = datetime(2026, 4, 20, tzinfo=UTC) + timedelta(weeks=rng.randrange(27))
        self.organisation = rng.choice(_ORGANISATIONS)
        self.domain = self.organisation.split()[0].lower() + ".example"
        self.brand = self.organisation.split()[0].lower()
        outside = [str(host) for network in _OUTSIDE for host in ipaddress.ip_network(network).hosts()]
        rng.shuffle(outside)
        self._outside = iter(outside)
        site = rng.randrange(1, 120)
        self._site = site
        self._inside_taken: set[str] = set()
        self.clients = self._draw_clients(rng, 9 + rng.randrange(4))
        self.admin = self.clients[0]
        self._names = iter(rng.sample([f"{a}{b}" for a in _FIRST for b in _SECOND], 200))
        self._services: dict[str, Service] = {}
        self._visits: list[Visit] = []
        self.mails: list[Mail] = []
        self._build_authorities(rng)

    def computer(self, client: str) -> Computer:
        """The machine at a client's address; the same people work there in every part."""
        number = self.clients.index(client)
        person, domain = _PEOPLE[number % len(_PEOPLE)], self.domain.split(".")[0].upper()
        return Computer(f"PC-{number + 1:03d}.{self.domain}", f"{domain}\\{person}", f"{person}@{self.domain}")

    def find(self, start: str) -> list[Service]:
        """The services whose keys begin with ``start``, in their order."""
        return [service for key, service in self._services.items() if key.startswith(start)]

    def put(self, service: Service) -> None:
        """Put a service in place of the one with its key."""
        self._services[service.key] = service

    def visits_to(self, service: Service) -> Iterator[Visit]:
        """The visits planned so far, in no order."""
        return (visit for visit in self._visits if visit.service == service.key)

    def change_visits(self, change: Callable[[Visit], Visit]) -> None:
        """Put what ``change`` makes of it in place of every visit."""
        self._visits = [change(visit) for visit in self._visits]

    def rng(self, label: str) -> Random:
        """A generator named by the seed and the label."""
        return Random(f"{self.seed}/{label}")  # noqa: S311 - repeatable on purpose

    def _draw_clients(self, rng: Random, count: int) -> list[str]:
        return [f"10.{self._site}.{rng.choice((10, 11, 12))}.{host}" for host in rng.sample(range(20, 250), count)]

    def outside(self) -> str:
        """A public-looking address that nobody has yet."""
        return next(self._outside)

    def inside(self, subnet: int) -> str:
        """A private address of the organisation that nobody has yet."""
        rng = self.rng(f"inside/{len(self._inside_taken)}")
        while (address := f"10.{self._site}.{subnet}.{rng.randrange(5, 250)}") in self._inside_taken:
            continue
        self._inside_taken.add(address)
        return address

    def site_name(self) -> str:
        """A registrable name that nobody has yet."""
        return next(self._names) + ".example"

    def _build_authorities(self, rng: Random) -> None:
        root_name = rng.choice(_PUBLIC_ROOTS)
        owner = root_name.split()[0]
        name: Name = (("C", "NL"), ("O", f"{owner} Trust Services"), ("CN", root_name))
        old = self.start - timedelta(days=rng.randrange(2500, 3600))
        years = timedelta(days=365)
        root = build_ca(name, self.keys.ec("public-root", "P-384"), rng, old, 20 * years)
        self.public_root = root
        self.issuers = []
        for organisation, common_name, country in rng.sample(_PUBLIC_CAS, 4):
            label = f"ca/{common_name}"
            key = self.keys.ec(label, "P-384") if "ECC" in common_name else self.keys.rsa(label)
            subject: Name = (("C", country), ("O", organisation), ("CN", common_name))
            host = organisation.split()[0].lower() + ".example"
            start = self.start - timedelta(days=rng.randrange(300, 900))
            self.issuers.append(build_ca(subject, key, rng, start, 6 * years, root, host, path_len=0))
        self.logs = LogKeys((self.keys.ec("log/1"), self.keys.ec("log/2")))
        house: Name = (("O", self.organisation), ("CN", f"{self.organisation.split()[0]} Internal CA"))
        self.house_ca = build_ca(house, self.keys.rsa("house-ca"), rng, old, 15 * years, minimal=True)
        other: Name = (("O", self.organisation), ("OU", "Manufacturing"), ("CN", "Plant Floor CA"))
        self.plant_ca = build_ca(other, self.keys.rsa("plant-ca"), rng, old, 15 * years, minimal=True)
        proxy: Name = (("O", self.organisation), ("OU", "Network"), ("CN", "Web Gateway Inspection CA"))
        self.inspection_ca = build_ca(proxy, self.keys.rsa("inspection-ca"), rng, old, 10 * years)

    def public(
        self, label: str, names: Sequence[str], rng: Random, kind: str = "ec", days: int = 90,
        age_days: float | None = None, subject: Name | None = None, issuer: Authority | None = None,
        send_chain: bool = True,
    ) -> Certificate:  # fmt: skip
        """A certificate of a public CA, valid during the whole recording unless ``age_days`` says otherwise.

        ``age_days``: how long before the start it was issued; ``kind``: ``ec``, ``ec384`` or ``rsa``.
        """
        if age_days is None:
            age_days = rng.uniform(0.5, max(days - DAYS - 1.0, 0.6))
        begin = (self.start - timedelta(days=age_days)).replace(microsecond=0)
        key = self.keys.rsa(label) if kind == "rsa" else self.keys.ec(label, "P-384" if kind == "ec384" else "P-256")
        shown: Name = (("CN", names[0]),) if subject is None else subject
        chosen = issuer or rng.choice(self.issuers)
        return issue(chosen, shown, key, rng, tuple(names), begin, timedelta(days=days), self.logs, send_chain)

    def service(
        self, key: str, address: str, port: int, certificate: Certificate | None, klass: Class, why: str,
        scenario: str = "", protocols: Protocols = Protocols.ONLY_12, front: str = "openssl",
        inspected: bool = False,
    ) -> Service:  # fmt: skip
        """Add a service; ``scenario`` is the key unless several services share one."""
        made = Service(
            key, address, port, certificate, klass, scenario or key, why, protocols, front, inspected=inspected
        )
        self._services[key] = made
        return made

    def visit(
        self, time: float, client: str, service: Service, name: str | None, kind: Client, rng: Random,
        path: str = "page", longest_s: float = 20.0,
    ) -> None:  # fmt: skip
        """Add one visit at ``time`` seconds after the start (moved by a fraction of a second)."""
        moment = min(max(time + rng.uniform(0, 0.9), 1.0), DAYS * DAY - 60)
        duration = min(0.08 + rng.lognormvariate(-0.5, 1.0), longest_s)
        self._visits.append(Visit(moment, client, service.key, name, kind, path, round(duration, 6)))

    def office_time(self, rng: Random) -> float:
        """A moment of somebody's working day."""
        return rng.randrange(DAYS) * DAY + min(max(rng.gauss(12.5, 2.6), 6.5), 20.0) * HOUR

    def browse(
        self, service: Service, name: str | None, count: int, rng: Random, kind: Client,
        clients: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """``count`` visits by people, some in bursts a few minutes long: the later ones offer the session again."""
        people = list(clients or rng.sample(self.clients, min(len(self.clients), 1 + count // 2)))
        left = count
        while left > 0:
            client, moment = rng.choice(people), self.office_time(rng)
            for step in range(min(left, rng.choice((1, 1, 2, 3)))):
                self.visit(moment + step * rng.uniform(40, 500), client, service, name, kind, rng, "large")
                if step and kind in (Client.AGENT, Client.IMPLANT):
                    self._visits[-1] = replace(self._visits[-1], resume=True)
                left -= 1

    def beacon(
        self, service: Service, name: str | None, client: str, count: int, interval_s: float, jitter: float,
        rng: Random, kind: Client = Client.IMPLANT, first: float | None = None,
    ) -> None:  # fmt: skip
        """``count`` contacts at a steady interval; ``jitter`` is the share by which an interval may shrink."""
        room = DAYS * DAY - count * interval_s
        moment = rng.uniform(2 * HOUR, max(room, 3 * HOUR)) if first is None else first
        for _ in range(count):
            self.visit(moment, client, service, name, kind, rng, "small", longest_s=2.5)
            moment += interval_s * (1 - rng.uniform(0, jitter))

    def lose(self, share: int, rng: Random) -> None:
        """Let the sensor lose the TLS record of ``share`` ordinary visits to benign services."""
        ordinary = [
            at
            for at, visit in enumerate(self._visits)
            if self._services[visit.service].klass is Class.BENIGN and visit.kind in (Client.BROWSER, Client.AGENT)
        ]
        for at in rng.sample(ordinary, share):
            self._visits[at] = replace(self._visits[at], lost=True, resume=False)

    def profile(self) -> str:
        """The organisation's certhound.toml for this sample."""
        return (
            "# The profile of this recording: who is inside, and whom the organisation trusts.\n"
            f"# {self.organisation} and the authorities below exist in the lab only.\n\n"
            "[organisation]\n"
            f'networks = ["10.0.0.0/8"]\n'
            f'domains = ["{self.domain}"]\n'
            f'brands = ["{self.brand}"]\n\n'
            "[trust]\n"
            'public_roots = ["roots/public-root.pem"]      # stands for the public roots in this recording\n'
            'internal_cas = ["roots/house-ca.pem"]\n'
            'inspection_cas = ["roots/inspection-ca.pem"]  # the web gateway that opens some traffic\n'
        )

    def scenario(self) -> Scenario:
        """All of it, visits in the order of the clock."""
        authorities = {self.public_root.der: "the root that plays the public ones"}
        authorities |= {ca.der: "intermediate of a public CA" for ca in self.issuers}
        authorities |= {self.house_ca.der: "house CA", self.plant_ca.der: "internal CA outside the profile"}
        authorities[self.inspection_ca.der] = "inspecting web gateway"
        return Scenario(
            seed=self.seed,
            start=self.start.timestamp(),
            organisation=self.organisation,
            services=self._services,
            visits=tuple(sorted(self._visits, key=lambda visit: visit.time)),
            sensor_roots=(self.public_root.der,),
            files={
                "certhound.toml": self.profile(),
                "roots/public-root.pem": pem(self.public_root.der),
                "roots/house-ca.pem": pem(self.house_ca.der),
                "roots/inspection-ca.pem": pem(self.inspection_ca.der),
            },
            authorities=authorities,
            resolver=f"10.{self._site}.0.53",
            computers={client: self.computer(client) for client in self.clients},
            mails=tuple(self.mails),
            mail_gateway=f"mx.{self.domain}",
        )
