"""An ACME CA in the range: pebble under the real names of Let's Encrypt, which resolve to it there and only there."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import time
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
    return "" if shutil.which("pebble") else "the command pebble is missing (apt-get install pebble)"


class Acme:
    """pebble on port 443 of the host *acme*. ``bundle``: the file with the authority that its clients must trust."""

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
            "listenAddress": "0.0.0.0:443", "managementListenAddress": "127.0.0.1:15000",
            "certificate": str(self.folder / "server.pem"), "privateKey": str(self.folder / "server.key"),
            "httpPort": 80, "tlsPort": 443, "ocspResponderURL": "", "externalAccountBindingRequired": False,
        }  # fmt: skip
        config, log = self.folder / "pebble.json", self.folder / "pebble.log"
        config.write_text(json.dumps({"pebble": settings}))
        with log.open("wb") as said:
            process = subprocess.Popen(
                self.range.enter("acme", ["pebble", "-config", str(config)], audited=False),
                stdout=said,
                stderr=said,
                env={**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"},
            )
        end = time.monotonic() + _WAIT_S
        while "ACME directory available" not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > end:
                raise RangeError(f"pebble did not start: {log.read_text(errors='replace')[-300:]}", check="range-acme")
            time.sleep(0.05)

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
