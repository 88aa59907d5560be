"""The organisation's proxy: Squid with ssl_bump, which opens TLS, judges the server's certificate and signs again.

https://www.squid-cache.org/Doc/config/ssl_bump/. Its access log has the format that the page on Squid recommends. A
certificate that fails its check is let pass and logged with its errors, but for the names of ``refused``.
"""

from __future__ import annotations

import pwd
import shutil

from certhound.lab.range.scene import MAILBOX
from certhound.lab.range.services import Service
from certhound.lab.range.state import command

INSPECTION_CA = "Corp Inspection CA"
PORT = 3128
_HELPER = "/usr/lib/squid/security_file_certgen"
_USER = "proxy"
_LOGFORMAT = (
    "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt %ssl::bump_mode %ssl::>sni "
    '"%ssl::<cert_subject" "%ssl::<cert_issuer" %ssl::<cert_errors %ssl::<negotiated_version '
    "%ssl::<negotiated_cipher %err_code/%err_detail"
)
_SQUID = """\
http_port {port} ssl-bump cert={folder}/inspection.pem generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
sslcrtd_program {helper} -s {folder}/certificates -M 4MB
sslcrtd_children 2 startup=1 idle=1
acl step1 at_step SslBump1
ssl_bump peek step1
ssl_bump bump all
acl refused ssl::server_name {refused}
sslproxy_cert_error deny refused
sslproxy_cert_error allow all
sslproxy_session_cache_size 0
http_access allow all
cache deny all
logformat certs {format}
access_log stdio:/proc/self/fd/1 certs
cache_log {folder}/cache.log
pid_filename {folder}/squid.pid
coredump_dir {folder}
visible_hostname {name}
pinger_enable off
netdb_filename none
icp_port 0
shutdown_lifetime 0 seconds
cache_effective_user {user}
"""


class Proxy(Service):
    """Squid on the host *proxy*, with an inspection CA of its own that is made for the run."""

    name = "proxy"
    role = "proxy"
    packages = {"squid": "squid-openssl", _HELPER: "squid-openssl", "openssl": "openssl"}  # noqa: RUF012 - never changed
    records = {"proxy": "Squid's own access log"}  # noqa: RUF012 - never changed

    def bring_up(self) -> None:
        key, certificate, both = (self.folder / each for each in ("ca.key", "ca.pem", "inspection.pem"))
        command([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj",
            f"/O={MAILBOX.rpartition('@')[2]}/CN={INSPECTION_CA}", "-keyout", str(key), "-out", str(certificate),
        ])  # fmt: skip
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        command([_HELPER, "-c", "-s", str(self.folder / "certificates"), "-M", "4MB"])
        scene = self.range.scene
        settings = self.folder / "squid.conf"
        settings.write_text(
            _SQUID.format(
                folder=self.folder,
                port=PORT,
                helper=_HELPER,
                refused=f"files.{scene.domain}",
                format=_LOGFORMAT,
                name=scene.names["proxy"][0],
                user=_USER,
            )
        )
        user = pwd.getpwnam(_USER)
        for path in (self.folder, *self.folder.rglob("*")):
            shutil.chown(path, user.pw_uid, user.pw_gid)
        log = self.range.telemetry / "squid-access.log"
        log.touch()
        shutil.chown(log, user.pw_uid)  # Squid drops its privileges, then opens the file that it was given
        name = self.range.state.shared_name  # of its shared memory
        self.launch(["squid", "-N", "-n", name, "-f", str(settings)], into=log)
        self.wait(lambda: self.listens(PORT))

    def places(self) -> dict[str, str]:
        return {"proxy_url": f"http://{self.range.scene.names['proxy'][0]}:{PORT}"}


SERVICE = Proxy
