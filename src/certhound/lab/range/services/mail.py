"""The organisation's mail server: aiosmtpd, which puts mails into a Maildir in the telemetry of the run.

Why aiosmtpd and no mail system of Debian: those replace the one that a machine has when they are installed, and start
at once. This one is a library that is kept up, and touches nothing outside of the folder that it is given.
"""

from __future__ import annotations

import importlib.util
import sys

from certhound.lab.range.scene import MAILBOX, OWN_DOMAIN
from certhound.lab.range.services import Service


class MailServer(Service):
    """aiosmtpd on the host *mail*, port 25."""

    name = "mail"
    role = "mail"
    records = {"mail": "mails as the mail server of the range (aiosmtpd) delivered them"}  # noqa: RUF012 - never changed

    @classmethod
    def why_not(cls) -> str:
        return "" if importlib.util.find_spec("aiosmtpd") else "missing: aiosmtpd (pip install certhound[lab])"

    def bring_up(self) -> None:
        scene = self.range.scene
        box = self.range.telemetry / "mail"
        handler = "certhound.lab.range.services.maildir.Deliver"
        listen = f"{scene.addresses['mail']}:25"
        name = scene.names["mail"][0]
        self.launch([sys.executable, "-m", "aiosmtpd", "-n", "-l", listen, "-c", handler, str(box), name, OWN_DOMAIN])
        self.wait(lambda: self.listens(25))

    def places(self) -> dict[str, str]:
        box = self.range.telemetry / "mail"
        return {"smtp_url": f"smtp://{self.range.scene.names['mail'][0]}", "box": str(box), "mailbox": MAILBOX}


SERVICE = MailServer
