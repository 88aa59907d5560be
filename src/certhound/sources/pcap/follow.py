"""From frames to records: follows every stream and says what became of it when it ends.

Memory is bounded: streams that have ended are forgotten, and of those that are open the oldest is closed when there are
too many.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from certhound.sources.pcap.fields import Frame
from certhound.sources.pcap.messages import Messages, messages
from certhound.sources.pcap.names import Names
from certhound.sources.pcap.records import Record, Records
from certhound.sources.pcap.streams import ACK, CLIENT, FIN, RST, SERVER, SYN, Endpoint, Stream, Tls
from certhound.sources.tls_fingerprints import Carrier

MAX_OPEN = 50_000
MAX_ENDED = 100_000

_CHANGE, _ALERT, _HANDSHAKE, _DATA = 20, 21, 22, 23
_FATAL = 2
_CLOSE_NOTIFY, _USER_CANCELED = 0, 90
_FINISHED_13_BYTES = 40
"""A Finished of TLS 1.3 is longer than this as a record, an alert shorter (RFC 8446, 4.4.4, 5.2 and 6)."""


class Follower:
    """Takes frames in their order and gives the records that they complete."""

    def __init__(self) -> None:
        self.open: OrderedDict[tuple[str, int], Stream] = OrderedDict()
        self.ended: OrderedDict[tuple[str, int], None] = OrderedDict()
        self.records = Records()
        self.names = Names()

    def take(self, frame: Frame) -> Iterator[Record | str]:
        """Records that this frame completes, or in words why it is none of which a record can be made."""
        yield from self.names.take(frame)
        key, source, target = _place(frame)
        if key is None or source is None or target is None:
            if frame.text("tls.handshake.type"):
                yield "TLS in something else than TCP or UDP over IP"
            return
        if key in self.ended:
            return
        if key[0] == "udp" and not _is_tls(frame):
            return
        stream = self.open.get(key)
        if stream is None:
            stream = self.open[key] = Stream(key, frame.number("frame.number") or 0, _time(frame), [source, target])
        stream.last_time = _time(frame)
        stream.note(frame.text("frame.protocols"))
        if _begins_with_data(frame):
            stream.note("tls")
        yield from self._look(stream, frame, source)
        if stream.ended:
            yield from self._close(stream)
        elif len(self.open) > MAX_OPEN:
            yield from self._close(next(iter(self.open.values())))

    def rest(self) -> Iterator[Record]:
        """What is still open at the end of the capture."""
        for stream in list(self.open.values()):
            yield from self._close(stream)
        yield from self.names.rest()

    def _close(self, stream: Stream) -> Iterator[Record]:
        del self.open[stream.key]
        self.ended[stream.key] = None
        if len(self.ended) > MAX_ENDED:
            self.ended.popitem(last=False)
        yield from self._finish(stream)
        if stream.transport == "tcp" or stream.sessions:
            yield self.records.connection(stream)

    def _finish(self, stream: Stream) -> Iterator[Record]:
        """The records of the TLS session that the stream carries, if it does."""
        session, stream.tls = stream.tls, None
        if session is not None and (session.hello is not None or session.answer is not None or any(session.chains)):
            stream.sessions += 1
            session.closed = stream.ended or any(stream.fin)
            yield from self.records.session(stream, session)

    def _look(self, stream: Stream, frame: Frame, source: Endpoint) -> Iterator[Record]:
        _flags(stream, frame, source)
        if (prefix := _prefix(frame)) is not None:
            yield from self._tls(stream, frame, source, prefix)
        stream.seen[stream.side(source)] = True

    def _tls(self, stream: Stream, frame: Frame, source: Endpoint, prefix: str) -> Iterator[Record]:
        said = messages(frame, prefix)
        if said.client is not None:
            if stream.side(source) == SERVER and (stream.tls is None or stream.tls.hello is None):
                stream.turn()
            known = stream.tls
            if known is not None and known.hello is not None and known.random != said.client_random:
                yield from self._finish(stream)  # the same ports, another session
        elif said.server is not None and stream.tls is None and not stream.sure and stream.side(source) == CLIENT:
            stream.turn()
        if stream.tls is None:
            if not said.types:
                return
            stream.tls = Tls(frame.number("frame.number") or 0, _time(frame), _carrier(frame, prefix))
        _apply(stream.tls, said, frame, stream.side(source), prefix)


def _apply(session: Tls, said: Messages, frame: Frame, side: int, prefix: str) -> None:
    if said.client is not None and session.hello is None:
        session.hello, session.random = said.client, said.client_random
    if said.server is not None and (session.answer is None or session.answer.retry):
        session.answer = said.server
        session.retried = session.retried or said.server.retry
    if said.chain is not None and session.chains[side] is None:
        session.chains[side] = said.chain
    if side == SERVER and {12, 14} & set(said.types):
        session.key_exchange = True
    _records(session, frame, side, prefix)
    if "2" in frame.values("quic.long.packet_type") and side == CLIENT and session.answer is not None:
        session.finished = [True, True]  # the client has the server's keys for the handshake
    if frame.text("quic.cc.error_code") and not all(session.finished):
        session.fatal, session.alert_by = True, side
    _alerts(session, frame, side, prefix)


def _begins_with_data(frame: Frame) -> bool:
    """Whether a segment begins with a record of encrypted data."""
    begun = frame.text("tcp.payload")[:6]
    return begun[:5] == "17030" and begun[5:] in ("1", "2", "3")


def _records(session: Tls, frame: Frame, side: int, prefix: str) -> None:
    """What the kinds of records tell: encrypted ones behind the change of ciphers are the end of a handshake."""
    kinds = frame.numbers(f"{prefix}.record.content_type")
    if not session.is_13:
        for kind in kinds:
            if kind == _CHANGE:
                session.changed[side] = True
            elif kind in (_HANDSHAKE, _DATA) and session.changed[side]:
                session.finished[side] = True
            if kind == _DATA and side == CLIENT and session.finished[CLIENT]:
                session.finished[SERVER] = True  # nobody sends data before the other has finished, seen or not
        return
    opaque = frame.numbers("tls.record.opaque_type")
    lengths = frame.numbers("tls.record.length")
    encrypted = _DATA in (opaque or kinds)
    if encrypted and session.answer is not None and (side == SERVER or max(lengths, default=0) >= _FINISHED_13_BYTES):
        session.finished[side] = True
        if side == CLIENT:
            session.finished[SERVER] = True


def _alerts(session: Tls, frame: Frame, side: int, prefix: str) -> None:
    levels, kinds = frame.numbers(f"{prefix}.alert_message.level"), frame.numbers(f"{prefix}.alert_message.desc")
    for place, kind in enumerate(kinds):
        session.alert, session.alert_by = kind, side
        fatal = place < len(levels) and levels[place] == _FATAL
        if (fatal or kind == _USER_CANCELED) and kind != _CLOSE_NOTIFY and not all(session.finished):
            session.fatal = True


def _flags(stream: Stream, frame: Frame, source: Endpoint) -> None:
    """What TCP tells: who began, who ended, and by sequence numbers how many bytes each sent."""
    if stream.transport != "tcp":
        return
    flags = frame.number("tcp.flags") or 0
    side = stream.side(source)
    if flags & SYN:
        if flags & ACK and side == CLIENT and not stream.seen[CLIENT] and not stream.sure:
            stream.turn()
            side = SERVER
        stream.syn[side] = stream.sure = True
    if flags & FIN:
        stream.fin[side] = True
    if flags & RST and stream.rst is None:
        stream.rst = side
    if flags & (FIN | RST):
        sequence, length = frame.number("tcp.seq"), frame.number("tcp.len") or 0
        if sequence is not None and stream.syn[side]:
            stream.bytes_[side] = max(0, sequence - 1 + length)


def _place(frame: Frame) -> tuple[tuple[str, int] | None, Endpoint | None, Endpoint | None]:
    """The stream of the innermost packet, and its source and target."""
    protocols = frame.text("frame.protocols").split(":")
    tcp, udp = frame.number("tcp.stream"), frame.number("udp.stream")
    if tcp is not None and (udp is None or _last(protocols, "tcp") > _last(protocols, "udp")):
        key = ("tcp", tcp)
    elif udp is not None:
        key = ("udp", udp)
    else:
        return None, None, None
    family = "ipv6" if _last(protocols, "ipv6") > _last(protocols, "ip") else "ip"
    return (
        key,
        _endpoint(frame, f"{family}.src", f"{key[0]}.srcport"),
        _endpoint(frame, f"{family}.dst", f"{key[0]}.dstport"),
    )


def _last(protocols: list[str], name: str) -> int:
    return len(protocols) - 1 - protocols[::-1].index(name) if name in protocols else -1


def _endpoint(frame: Frame, address: str, port: str) -> Endpoint | None:
    host, number = frame.last(address), frame.number(port)
    return (host, number) if host and number is not None else None


def _time(frame: Frame) -> str:
    return frame.text("frame.time_epoch")


def _prefix(frame: Frame) -> str | None:
    for prefix in ("tls", "dtls"):
        if (
            frame.text(f"{prefix}.handshake.type")
            or frame.text(f"{prefix}.record.content_type")
            or frame.text(f"{prefix}.alert_message.desc")
            or (prefix == "tls" and frame.text("tls.record.opaque_type"))
        ):
            return prefix
    return "tls" if frame.text("quic.long.packet_type") or frame.text("quic.cc.error_code") else None


def _is_tls(frame: Frame) -> bool:
    return _prefix(frame) is not None


def _carrier(frame: Frame, prefix: str) -> Carrier:
    if prefix == "dtls":
        return Carrier.DTLS
    return Carrier.QUIC if "quic" in frame.text("frame.protocols").split(":") else Carrier.TCP
