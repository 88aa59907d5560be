"""Real TLS clients: Python's ssl with several temperaments, and openssl s_client."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import warnings
from collections.abc import Callable

from certhound.lab.model import Client
from certhound.lab.servers import quiet_environment
from certhound.lab.tap import Endpoint

_TIMEOUT_S = 10.0
_Version = ssl.TLSVersion


def _context(lowest: _Version, highest: _Version, ciphers: str = "DEFAULT:@SECLEVEL=0") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():  # old versions are meant here
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = lowest
        context.maximum_version = highest
    return context


def _browser() -> ssl.SSLContext:
    context = _context(_Version.TLSv1_2, _Version.TLSv1_3)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def _agent() -> ssl.SSLContext:
    context = _context(_Version.TLSv1_2, _Version.TLSv1_2, "ECDHE+AESGCM:ECDHE+AES:RSA+AESGCM:@SECLEVEL=0")
    context.set_alpn_protocols(["http/1.1"])
    return context


def _strict() -> ssl.SSLContext:
    context = _agent()
    context.verify_mode = ssl.CERT_REQUIRED  # and no authority loaded
    return context


_CONTEXTS: dict[Client, Callable[[], ssl.SSLContext]] = {
    Client.BROWSER: _browser,
    Client.AGENT: _agent,
    Client.IMPLANT: lambda: _context(_Version.TLSv1_2, _Version.TLSv1_2, "ECDHE:RSA:@SECLEVEL=0"),
    Client.IMPLANT_13: lambda: _context(_Version.TLSv1_3, _Version.TLSv1_3),
    Client.OLD_DOTNET: lambda: _context(_Version.TLSv1, _Version.TLSv1, "ECDHE+AES:RSA+AES:@SECLEVEL=0"),
    Client.STRICT: _strict,
    Client.NARROW: lambda: _context(_Version.TLSv1_2, _Version.TLSv1_2, "kRSA+AES:@SECLEVEL=0"),
    Client.ANCIENT: lambda: _context(_Version.TLSv1, _Version.TLSv1_1, "ECDHE+AES:RSA+AES:@SECLEVEL=0"),
}


class Clients:
    """All clients of a scenario. Sessions are kept for each client and service, for resumption."""

    def __init__(self) -> None:
        self._contexts: dict[Client, ssl.SSLContext] = {}
        self._sessions: dict[tuple[Client, str, str], ssl.SSLSession] = {}

    def visit(
        self, kind: Client, who: str, service: str, server_name: str | None, ends: tuple[str, Endpoint],
        path: str, resume: bool = False,
    ) -> bool:  # fmt: skip
        """Connect from the source address to the endpoint in ``ends``, ask for ``path``, read the answer.

        Gives whether the handshake succeeded; ``resume`` without an earlier session is a full handshake.
        """
        source, endpoint = ends
        if kind is Client.S_CLIENT:
            return _s_client(source, endpoint, server_name, path)
        with socket.create_connection(endpoint, timeout=_TIMEOUT_S, source_address=(source, 0)) as raw:
            if kind is Client.PLAIN:
                return _fetch(raw, server_name, path)
            context = self._contexts.get(kind) or self._contexts.setdefault(kind, _CONTEXTS[kind]())
            session = self._sessions.get((kind, who, service)) if resume else None
            try:
                tls = context.wrap_socket(raw, server_hostname=server_name, session=session)
            except (ssl.SSLError, OSError):
                return False
            with tls:
                _fetch(tls, server_name, path)
                if tls.session is not None and tls.version() == "TLSv1.2":
                    self._sessions[kind, who, service] = tls.session
                return True


def _fetch(connection: socket.socket, host: str | None, path: str) -> bool:
    connection.sendall(f"GET /{path} HTTP/1.0\r\nHost: {host or 'server'}\r\n\r\n".encode())
    with contextlib.suppress(OSError):  # servers may close without saying so
        while connection.recv(65536):
            pass
    return True


def _s_client(source: str, endpoint: Endpoint, server_name: str | None, path: str) -> bool:
    command = ["openssl", "s_client", "-connect", f"{endpoint[0]}:{endpoint[1]}", "-bind", f"{source}:0"]
    command += ["-tls1_2", "-quiet", "-cipher", "DEFAULT:@SECLEVEL=0"]
    command += ["-servername", server_name] if server_name else ["-noservername"]
    request = f"GET /{path} HTTP/1.0\r\n\r\n".encode()
    done = subprocess.run(
        command, input=request, capture_output=True, timeout=_TIMEOUT_S * 2, check=False, env=quiet_environment()
    )
    return b"HTTP/1.0 200" in done.stdout
