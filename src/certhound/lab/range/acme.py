"""An ACME CA in the range: pebble under the real names of Let's Encrypt, which resolve to it there and only there."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from certhound.lab.range.network import NAMES
from certhound.lab.range.state import RangeError

if TYPE_CHECKING:
    from certhound.lab.range.build import Range

_WAIT_S = 20.0


def why_not() -> str:
    """Why there can be no ACME CA; empty where there can."""
    packages = {"pebble": "pebble", "nginx": "nginx-light"}
    lacking = [name for name in packages if shutil.which(name) is None]
    if not lacking:
        return ""
    return f"missing: {', '.join(lacking)} (apt-get install {' '.join(packages[name] for name in lacking)})"


_FRONT = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 443 ssl; ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    proxy_set_header Host $host;
    location = /directory {{ proxy_pass https://127.0.0.1:14000/dir; }}
    location / {{ proxy_pass https://127.0.0.1:14000; }}
  }}
}}
"""


class Acme:
    """pebble on the host *acme*, behind an nginx on port 443 that gives its directory the path of Let's Encrypt's.

    ``bundle``: the file with the authority that its clients must trust.
    """

    def __init__(self, owner: Range) -> None:
        self.range = owner
        self.folder = owner.workspace / "acme"
        self.bundle = self.folder / "authority.pem"

    def start(self) -> None:
        """Bring it up; RangeError where it does not come."""
        if reason := why_not():
            raise RangeError(reason, check="no-pebble")
        self.folder.mkdir()
        self._certificates()
        settings = {
            "listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
            "certificate": str(self.folder / "server.pem"), "privateKey": str(self.folder / "server.key"),
            "httpPort": 80, "tlsPort": 443, "ocspResponderURL": "", "externalAccountBindingRequired": False,
        }  # fmt: skip
        config, log = self.folder / "pebble.json", self.folder / "pebble.log"
        config.write_text(json.dumps({"pebble": settings}))
        quick = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        pebble = self._start(["pebble", "-config", str(config)], log, quick)
        front = self.folder / "nginx.conf"
        front.write_text(_FRONT.format(folder=self.folder))
        nginx = self._start(["nginx", "-p", str(self.folder), "-e", f"{self.folder}/nginx.log", "-c", str(front)], log)
        end = time.monotonic() + _WAIT_S
        while "ACME directory available" not in log.read_text(errors="replace") or not self._answers():
            if pebble.poll() is not None or nginx.poll() is not None or time.monotonic() > end:
                raise RangeError(f"the CA did not start: {log.read_text(errors='replace')[-300:]}", check="range-acme")
            time.sleep(0.1)

    def _start(self, words: list[str], log: Path, more: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        with log.open("ab") as said:
            return subprocess.Popen(
                self.range.enter("acme", words, audited=False),
                stdout=said,
                stderr=said,
                env={**os.environ, **(more or {})},
            )

    def _answers(self) -> bool:
        """Whether port 443 listens (proc(5), net/tcp)."""
        lines = self.range.run("acme", ["cat", "/proc/net/tcp"], audited=False).stdout.splitlines()
        return any(":01BB 00000000:0000 0A" in line for line in lines)

    def _certificates(self) -> None:
        """An authority of the range and a certificate for the names of the CA, as openssl would make them."""
        names = NAMES["acme"]
        top, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Range {self.range.state.run} Authority")])
        root = _certificate(issuer, issuer, top, top).add_extension(x509.BasicConstraints(True, None), critical=True)
        self.bundle.write_bytes(root.sign(top, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        leaf = _certificate(subject, issuer, key, top).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
        (self.folder / "server.pem").write_bytes(
            leaf.sign(top, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        (self.folder / "server.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=60))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
