"""The wires of a range: a bridge in a namespace of its own, a pair of interfaces to each host, and no default route.

The bridge has no port outside of the range and the host's own network is not touched, so nothing can leave. Names come
from the resolver of the range alone.
"""

from __future__ import annotations

import re
from pathlib import Path

from certhound.lab.range.scene import INSIDE, OUTSIDE, Scene
from certhound.lab.range.state import ETC, ROLES, State, command

NETWORKS = (str(OUTSIDE), str(INSIDE))
BRIDGE = "br0"


def build_network(state: State, scene: Scene) -> None:
    """Make namespaces, bridge, interfaces and addresses; RangeError where the system refuses."""
    for name in state.namespaces:
        command(["ip", "netns", "add", name])
        folder = ETC / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text("127.0.0.1 localhost\n")
        (folder / "resolv.conf").write_text(f"nameserver {scene.addresses['resolver']}\noptions timeout:1 attempts:2\n")
    switch = state.namespace("switch")
    _batch(switch, ["link set lo up", f"link add {BRIDGE} type bridge", f"link set {BRIDGE} up"])
    for role in ROLES:
        name, address = state.namespace(role), scene.addresses[role]
        _without_ipv6(name)
        pair = f"link add to-{role} type veth peer name eth0 netns {name}"
        _batch(switch, [pair, f"link set to-{role} master {BRIDGE}", f"link set to-{role} up"])
        routes = [f"route add {network} dev eth0 src {address}" for network in NETWORKS]
        _batch(name, ["link set lo up", f"addr add {address}/32 dev eth0", "link set eth0 up", *routes])


def _batch(namespace: str, lines: list[str]) -> None:
    command(["ip", "-n", namespace, "-batch", "-"], text="\n".join(lines) + "\n")


def _without_ipv6(namespace: str) -> None:
    switch_off = "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done"
    command(["ip", "netns", "exec", namespace, "sh", "-c", switch_off], check=False)


def ways_out(state: State) -> list[str]:
    """Whatever could carry a packet out of the range: routes to elsewhere, interfaces that are not its own."""
    found = []
    for role in (*ROLES, "switch"):
        name = state.namespace(role)
        for line in command(["ip", "-n", name, "route", "show", "table", "all"]).splitlines():
            target = line.split()[0]
            own = target in NETWORKS or line.startswith(("local", "broadcast", "multicast", "anycast"))
            if not own and "::" not in line:
                found.append(f"{role}: route {line.strip()}")
        for line in command(["ip", "-n", name, "-o", "link"]).splitlines():
            interface = re.split(r":\s+|@", line, maxsplit=2)[1]
            if interface not in ("lo", "eth0", BRIDGE, *(f"to-{each}" for each in ROLES)):
                found.append(f"{role}: interface {interface}")
    return found


def counters(state: State, role: str) -> tuple[int, int]:
    """Packets that a host has received and sent."""
    base = "/sys/class/net/eth0/statistics"
    words = ["ip", "netns", "exec", state.namespace(role), "cat", f"{base}/rx_packets", f"{base}/tx_packets"]
    received, sent = command(words).split()
    return int(received), int(sent)


def outside_counters() -> dict[str, int]:
    """Packets that the machine's own interfaces (loopback left out) have sent."""
    base = Path("/sys/class/net")
    return {
        each.name: int((each / "statistics/tx_packets").read_text()) for each in base.iterdir() if each.name != "lo"
    }
