"""Ask one server for its certificates: connect, STARTTLS where the protocol has it, one handshake, and goodbye.

Nothing is verified here, and nothing is refused for being weak: the question is what the server sends. OpenSSL speaks,
from TLS 1.0 on and with every suite that has a certificate; the certificates are read beside it from the wire, so that
they are known even where OpenSSL gives up.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from OpenSSL import SSL, crypto

from certhound.model.errors import Place, UnreadableError
from certhound.probe.messages import Reader
from certhound.probe.starttls import PORTS, Refused, upgrades
from certhound.probe.target import Target, ascii_name, is_address
from certhound.probe.wire import Wire, connect

TIMEOUT_S = 15.0
_LEGACY_SERVER_CONNECT, _IGNORE_UNEXPECTED_EOF = 0x4, 0x80
_SUITES = b"ALL:!aNULL:!eNULL:@SECLEVEL=0"
_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Served:
    """What a server sent: the chain as DER in its order, and how it spoke.

    ``problem`` says why the handshake did not end well, where it did not; the certificates were sent all the same.
    """

    target: Target
    address: str
    chain: tuple[bytes, ...]
    sni: str | None
    protocol: str | None
    tls_version: str | None
    cipher: str | None
    problem: str = ""


def ask(target: Target, name: str | None = None, starttls: str | None = None, timeout_s: float = TIMEOUT_S) -> Served:
    """One connection to a server. ``name`` is asked for in place of the host (SNI); ``starttls`` is a protocol,
    ``none``, or None for what the port says.

    Raises UnreadableError where no certificate came: no address, no connection, no TLS, none sent.
    """
    protocol = PORTS.get(target.port) if starttls is None else None if starttls == "none" else starttls
    sni = _server_name(target, name)
    with connect(target, timeout_s) as wire:
        try:
            if protocol is not None:
                upgrades()[protocol](wire, sni or name or target.host)
                wire.forget()
        except Refused as error:
            raise UnreadableError(
                f"{protocol}: {error}", check="no-starttls", place=Place(str(target)),
                advice="another protocol: --starttls; TLS from the first byte on: --starttls none",
            ) from error  # fmt: skip
        except (TimeoutError, ConnectionError) as error:
            raise UnreadableError(
                f"{protocol}: {_words(error)}", check="no-starttls", place=Place(str(target)),
                advice="TLS from the first byte on: --starttls none",
            ) from error  # fmt: skip
        return _Handshake(wire, sni).run(target, protocol)


def _server_name(target: Target, name: str | None) -> str | None:
    """The name for SNI, which no address may be (RFC 6066, 3)."""
    if name is None:
        return None if target.is_address else target.host
    return None if is_address(name) else ascii_name(name)


def _words(error: Exception) -> str:
    return "it took too long" if isinstance(error, TimeoutError) else str(error)


class _Handshake:
    """One handshake over a wire."""

    def __init__(self, wire: Wire, sni: str | None) -> None:
        self.wire = wire
        self.sni = sni
        self.secrets: list[bytes] = []
        self.reader = Reader(lambda: self.secrets[-1] if self.secrets else None)
        self.connection = SSL.Connection(_context(self._keep), None)
        self.connection.set_connect_state()
        if sni is not None:
            self.connection.set_tlsext_host_name(sni.encode())

    def _keep(self, _: SSL.Connection, line: bytes) -> None:
        label, _random, secret = line.split(b" ")
        if label == b"SERVER_HANDSHAKE_TRAFFIC_SECRET":
            self.secrets.append(bytes.fromhex(secret.decode()))

    def run(self, target: Target, protocol: str | None) -> Served:
        problem = ""
        try:
            self._shake()
        except SSL.Error as error:
            problem = self._why(error)
            self._rest()
        except (TimeoutError, ConnectionError) as error:
            problem = _words(error)
        else:
            self._leave()
        chain = tuple(self.reader.certificates) or self._parsed()
        if not chain:
            raise self._nothing(target, protocol, problem)
        problem = problem or self.reader.problem
        cipher = self.connection.get_cipher_name() if not problem else None
        version = self.reader.version
        return Served(target, self.wire.address, chain, self.sni, protocol, version, cipher, problem)

    def _shake(self) -> None:
        while True:
            try:
                self.connection.do_handshake()
            except SSL.WantReadError:
                self._flush()
                self._receive()
            else:
                self._flush()
                return

    def _receive(self) -> None:
        """One piece from the wire: to OpenSSL record by record, and then to the reader, which needs its secrets."""
        data = self.wire.receive()
        self.connection.bio_write(data)
        try:
            self.connection.do_handshake()
        except SSL.WantReadError:
            pass
        finally:
            self.reader.feed(data)
        self._flush()

    def _flush(self) -> None:
        while True:
            try:
                data = self.connection.bio_read(_PIECE)
            except SSL.WantReadError:
                return
            self.wire.send(data)

    def _leave(self) -> None:
        """Say goodbye as TLS does; whoever does not listen any more need not."""
        with contextlib.suppress(SSL.Error, OSError):
            self.connection.shutdown()
            self._flush()

    def _rest(self) -> None:
        """OpenSSL gave up; a Certificate message that had begun is still read to its end."""
        try:
            while self.reader.waits:
                self.reader.feed(self.wire.receive())
        except (TimeoutError, ConnectionError):
            return

    def _parsed(self) -> tuple[bytes, ...]:
        """The chain as OpenSSL has it."""
        found = self.connection.get_peer_cert_chain() or []
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, each) for each in found)

    def _why(self, error: SSL.Error) -> str:
        if self.reader.alert:
            return f"the server ended the handshake: {self.reader.alert}"
        reasons = [str(each[-1]) for each in error.args[0] if each] if error.args and error.args[0] else []
        return f"the handshake failed: {reasons[-1] if reasons else type(error).__name__}"

    def _nothing(self, target: Target, protocol: str | None, problem: str) -> UnreadableError:
        place = Place(str(target))
        if not self.reader.is_tls:
            advice = "a server that speaks another protocol before TLS: --starttls PROTOCOL" if protocol is None else ""
            what = self.reader.problem or problem or "not TLS"
            return UnreadableError(f"no TLS: {what}", check="no-tls", place=place, advice=advice)
        if self.reader.has_certificates:
            problem = "its list of certificates is empty"
        return UnreadableError(
            f"the server sent no certificate: {problem or 'it chose a suite without'}",
            check="no-certificate", place=place, advice=_ADVICE.get(self.reader.alert or "", ""),
        )  # fmt: skip


_ADVICE = {
    "unrecognized_name": "the server wants another name: --name",
    "handshake_failure": "the server may want another name: --name",
    "protocol_version": "it may speak nothing newer than SSL 3.0, which OpenSSL no longer does",
}


def _context(keep: object) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(_SUITES)
    context.set_options(_LEGACY_SERVER_CONNECT | _IGNORE_UNEXPECTED_EOF)
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    context.set_keylog_callback(keep)  # type: ignore[arg-type]
    return context
