"""A Zeek script from the list of certificates that tools make by default."""

from __future__ import annotations

from certhound.techniques.exports.base import Files, Material
from certhound.techniques.zeek_script import zeek_script

FOLDER = "zeek"
WHAT = "certificates that tools make by default, as a script that raises notices"
CHECKED = "read by an independent grammar; not loaded into a Zeek here"


def files(material: Material) -> Files:  # noqa: ARG001 - the contract's signature
    yield f"{FOLDER}/certhound.zeek", zeek_script()
