"""DNS and HTTP out of a capture: which name led to which address, and what was asked of a plain web server."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from certhound.sources.pcap.fields import Frame
from certhound.sources.pcap.records import Kind, Record, Values

MAX_PENDING = 20_000

_TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 43: "DS",
    48: "DNSKEY", 52: "TLSA", 64: "SVCB", 65: "HTTPS", 255: "*", 257: "CAA",
}  # fmt: skip
_CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

_Asked = tuple[str, str, str, str, str]


class Names:
    """Pairs questions with answers; what stays without answer is told at the end."""

    def __init__(self) -> None:
        self.asked: OrderedDict[_Asked, Record] = OrderedDict()
        self.requests: OrderedDict[str, Record] = OrderedDict()

    def take(self, frame: Frame) -> Iterator[Record]:
        if frame.text("dns.qry.name"):
            yield from self._dns(frame)
        if frame.text("http.request.method") or frame.text("http.response.code"):
            yield from self._http(frame)

    def rest(self) -> Iterator[Record]:
        yield from self.asked.values()
        yield from self.requests.values()
        self.asked.clear()
        self.requests.clear()

    def _dns(self, frame: Frame) -> Iterator[Record]:
        transport = "tcp" if frame.text("tcp.stream") else "udp"
        here = _ends(frame, transport)
        there = {
            "src_ip": here["dst_ip"],
            "src_port": here["dst_port"],
            "dst_ip": here["src_ip"],
            "dst_port": here["src_port"],
        }
        answer = frame.last("dns.flags.response") in ("1", "True")
        ends = there if answer else here
        asked = (
            f"{ends['src_ip']} {ends['src_port']}", f"{ends['dst_ip']} {ends['dst_port']}", frame.last("dns.id"),
            frame.text("dns.qry.name"), frame.text("dns.qry.type"),
        )  # fmt: skip
        kind = frame.number("dns.qry.type")
        known = self.asked.pop(asked, None)
        if known is None:
            values: Values = {
                "time": frame.text("frame.time_epoch"),
                **ends,
                "transport": transport,
                "dns_query": _plain(frame.text("dns.qry.name")),
                "dns_type": None if kind is None else _TYPES.get(kind, f"query-{kind}"),
            }
            known = Record(Kind.DNS, frame.number("frame.number") or 0, values)
        if not answer:
            if len(self.asked) >= MAX_PENDING:
                yield self.asked.popitem(last=False)[1]
            self.asked[asked] = known
            return
        code = frame.number("dns.flags.rcode")
        known.values["action"] = None if code is None else _CODES.get(code, f"unassigned-{code}")
        known.values["dns_answers"] = [
            _plain(a) for n in ("cname", "a", "aaaa") for a in frame.values(f"dns.{n}")
        ] or None
        yield known

    def _http(self, frame: Frame) -> Iterator[Record]:
        stream = frame.last("tcp.stream")
        waiting = self.requests.pop(stream, None)
        if frame.text("http.request.method"):
            if waiting is not None:
                yield waiting  # another request before the answer to the one before
            host, path = _plain(frame.last("http.host")), _plain(frame.last("http.request.uri"))
            values: Values = {
                "time": frame.text("frame.time_epoch"),
                **_ends(frame, "tcp"),
                "transport": "tcp",
                "http_method": frame.last("http.request.method"),
                "dst_host": _host(host) or None,
                "url": (path if "://" in path or not path.startswith("/") else host + path) or None,
                "user_agent": _plain(frame.last("http.user_agent")) or None,
                "referrer": _plain(frame.last("http.referer")) or None,
            }
            if len(self.requests) >= MAX_PENDING:
                yield self.requests.popitem(last=False)[1]
            self.requests[stream] = Record(Kind.HTTP, frame.number("frame.number") or 0, values)
        elif waiting is not None:
            waiting.values["http_status"] = frame.last("http.response.code")
            yield waiting


def _ends(frame: Frame, transport: str) -> dict[str, str | None]:
    ip = "ip" if frame.text("ip.src") else "ipv6"
    return {
        "src_ip": frame.last(f"{ip}.src") or None,
        "src_port": frame.last(f"{transport}.srcport") or None,
        "dst_ip": frame.last(f"{ip}.dst") or None,
        "dst_port": frame.last(f"{transport}.dstport") or None,
    }


def _plain(text: str) -> str:
    return text.rstrip(".")


def _host(text: str) -> str:
    """The name of a Host header without its port."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]
