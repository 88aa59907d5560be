"""The resolver: dnsmasq, which knows the names of the range and nothing else, and asks nobody."""

from __future__ import annotations

from certhound.lab.range.scene import OWN_DOMAIN
from certhound.lab.range.services import Service


class Resolver(Service):
    """dnsmasq on the host *resolver*. A name that is not of the range does not exist."""

    name = "resolver"
    role = "resolver"
    packages = {"dnsmasq": "dnsmasq-base"}  # noqa: RUF012 - never changed

    def bring_up(self) -> None:
        scene = self.range.scene
        hosts = self.folder / "hosts"
        hosts.write_text("".join(f"{scene.addresses[role]} {' '.join(scene.names[role])}\n" for role in scene.names))
        mail = scene.names["mail"][0]
        self.launch([
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-poll",
            f"--addn-hosts={hosts}", "--address=/#/", f"--mx-host={OWN_DOMAIN},{mail},10", "--user=root", "--pid-file=",
            "--log-facility=-", "--bind-interfaces", f"--listen-address={scene.addresses['resolver']}",
        ])  # fmt: skip
        self.wait(lambda: self.listens(53, table="udp"))


SERVICE = Resolver
