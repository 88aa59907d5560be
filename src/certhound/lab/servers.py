"""Real TLS servers on 127.0.0.1: openssl s_server, nginx where present, and plain HTTP."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

from certhound.lab.certificates import pem
from certhound.lab.model import Protocols, RecordingError, Service
from certhound.lab.tap import Endpoint

PAGES = {"small": 310, "page": 5200, "large": 23000}
"""Names and sizes (bytes) of what every server has to give."""

_S_SERVER = {
    Protocols.OLD: ("-no_tls1_3",),
    Protocols.ONLY_12: ("-tls1_2",),
    Protocols.MODERN: ("-no_tls1", "-no_tls1_1"),
    Protocols.ONLY_13: ("-tls1_3",),
}
_NGINX = {Protocols.ONLY_12: "TLSv1.2", Protocols.MODERN: "TLSv1.2 TLSv1.3", Protocols.ONLY_13: "TLSv1.3"}
_ACCEPT = re.compile(rb"ACCEPT \S*?:(\d+)\s")
_START_SECONDS = 20.0


def have_openssl() -> bool:
    """Whether the command openssl is there; nothing can be recorded without it."""
    return shutil.which("openssl") is not None


def quiet_environment() -> dict[str, str]:
    """Environment for openssl without the system's configuration, which may forbid what old tools speak."""
    return {**os.environ, "OPENSSL_CONF": os.devnull, "LC_ALL": "C"}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Servers:
    """All servers of a scenario; a context manager that ends every process it started."""

    def __init__(self, workspace: Path) -> None:
        self._root = workspace / "www"
        self._root.mkdir()
        self._certificates = workspace / "servers"
        self._certificates.mkdir()
        for name, size in PAGES.items():
            (self._root / name).write_bytes(b"." * size)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._plain: list[ThreadingHTTPServer] = []

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
            if process.stdout:
                process.stdout.close()
        for server in self._plain:
            server.shutdown()
            server.server_close()

    def start(self, services: Iterable[Service]) -> dict[str, Endpoint]:
        """Start one server for each service; gives where each listens. Services that share certificate and
        protocols share a server. Raises RecordingError where a server does not come up."""
        places: dict[str, Endpoint] = {}
        shared: dict[tuple[str, Protocols], list[str]] = {}
        waiting: list[tuple[list[str], subprocess.Popen[bytes], Service]] = []
        for service in services:
            if service.certificate is None:
                places[service.key] = self._start_plain()
                continue
            identity = (service.certificate.sha256, service.protocols)
            if identity in shared:
                shared[identity].append(service.key)
                continue
            shared[identity] = [service.key]
            if service.front == "nginx" and shutil.which("nginx") and service.protocols in _NGINX:
                places[service.key] = self._start_nginx(service)
            else:
                waiting.append((shared[identity], self._start_openssl(service), service))
        for keys, process, service in waiting:
            places[keys[0]] = self._await(process, service)
        for keys in shared.values():
            places.update((key, places[keys[0]]) for key in keys)
        return places

    def _files(self, service: Service) -> tuple[Path, Path, Path]:
        certificate = service.shown
        stem = self._certificates / service.key
        leaf, key, chain = stem.with_suffix(".pem"), stem.with_suffix(".key"), stem.with_suffix(".chain")
        leaf.write_text(pem(certificate.der))
        key.write_bytes(certificate.key.pem)
        chain.write_text("".join(map(pem, certificate.chain)))
        return leaf, key, chain

    def _start_openssl(self, service: Service) -> subprocess.Popen[bytes]:
        leaf, key, chain = self._files(service)
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-WWW", "-cert", str(leaf), "-key", str(key)]
        command += [*_S_SERVER[service.protocols], "-cipher", "ALL:@SECLEVEL=0", "-alpn", "http/1.1"]
        if chain.stat().st_size:
            command += ["-cert_chain", str(chain)]
        process = subprocess.Popen(
            command,
            cwd=self._root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=quiet_environment(),
        )
        self._processes.append(process)
        return process

    def _await(self, process: subprocess.Popen[bytes], service: Service) -> Endpoint:
        """Wait until s_server says where it listens; then let a thread swallow what else it says."""
        pipe = _pipe(process)
        said, end = b"", time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if not select.select([pipe], [], [], 0.5)[0]:
                continue
            if not (piece := os.read(pipe.fileno(), 4096)):
                break
            said += piece
            if match := _ACCEPT.search(said):
                threading.Thread(target=_swallow, args=(pipe,), daemon=True).start()
                return "127.0.0.1", int(match[1])
        raise RecordingError(
            f"openssl s_server for {service.key} did not start: {said.decode(errors='replace').strip()[-400:]}",
            check="lab-server",
        )

    def _start_nginx(self, service: Service) -> Endpoint:
        leaf, key, chain = self._files(service)
        bundle, home = leaf.with_suffix(".bundle"), leaf.with_suffix(".nginx")
        bundle.write_text(leaf.read_text() + chain.read_text())
        home.mkdir()
        port = _free_port()
        temporary = "".join(
            f"{kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config = home / "nginx.conf"
        user = "user root root; " if os.geteuid() == 0 else ""  # a namespace knows no other user
        config.write_text(
            f"{user}daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;\n"
            f"events {{ worker_connections 64; }}\nhttp {{ access_log off; {temporary}\n"
            f"server {{ listen 127.0.0.1:{port} ssl; root {self._root};\n"
            f"ssl_certificate {bundle}; ssl_certificate_key {key}; ssl_protocols {_NGINX[service.protocols]};\n"
            "ssl_session_cache shared:lab:1m; keepalive_timeout 0; } }\n"
        )
        command = ["nginx", "-p", str(home), "-e", str(home / "error.log"), "-c", str(config)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._processes.append(process)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return "127.0.0.1", port
            time.sleep(0.05)
        said = (home / "error.log").read_text(errors="replace") if (home / "error.log").exists() else ""
        raise RecordingError(f"nginx for {service.key} did not start: {said[-400:]}", check="lab-server")

    def _start_plain(self) -> Endpoint:
        handler = functools.partial(_Quiet, directory=str(self._root))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._plain.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return "127.0.0.1", server.server_address[1]


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise RecordingError("a server without a pipe for what it says", check="lab-server")
    return process.stdout


def _swallow(pipe: IO[bytes]) -> None:
    """Read what a server says until it ends, so that it never waits for a reader."""
    with contextlib.suppress(OSError, ValueError):
        while pipe.read(65536):
            pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
