"""An ACME CA in the range: pebble under the real names of Let's Encrypt, which resolve to it there and only there."""

from __future__ import annotations

import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from certhound.lab.range.services import Service

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


class Acme(Service):
    """pebble on the host *acme*, behind an nginx on port 443 that gives its directory the path of Let's Encrypt's."""

    name = "acme"
    role = "acme"
    packages = {"pebble": "pebble", "nginx": "nginx-light"}  # noqa: RUF012 - never changed

    def bring_up(self) -> None:
        self._certificates()
        settings = {
            "listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
            "certificate": str(self.folder / "server.pem"), "privateKey": str(self.folder / "server.key"),
            "httpPort": 80, "tlsPort": 443, "ocspResponderURL": "", "externalAccountBindingRequired": False,
        }  # fmt: skip
        config, front = self.folder / "pebble.json", self.folder / "nginx.conf"
        config.write_text(json.dumps({"pebble": settings}))
        self.launch(["pebble", "-config", str(config)], more={"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"})
        front.write_text(_FRONT.format(folder=self.folder))
        self.launch(["nginx", "-p", str(self.folder), "-e", f"{self.folder}/nginx.log", "-c", str(front)])
        self.wait(lambda: "ACME directory available" in self.log.read_text(errors="replace") and self.listens(443))

    def places(self) -> dict[str, str]:
        """``authorities``: the file with the authority that its clients must trust."""
        return {"authorities": str(self.folder / "authority.pem")}

    def _certificates(self) -> None:
        """An authority of the range and a certificate for the names of the CA, as openssl would make them."""
        names = self.range.scene.names["acme"]
        top, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Range {self.range.state.run} Authority")])
        root = _certificate(issuer, issuer, top, top).add_extension(x509.BasicConstraints(True, None), critical=True)
        (self.folder / "authority.pem").write_bytes(
            root.sign(top, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
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


SERVICE = Acme
