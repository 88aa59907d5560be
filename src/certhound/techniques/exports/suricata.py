"""Suricata rules from the list of certificates that tools make by default."""

from __future__ import annotations

from certhound.techniques.exports.base import Files, Material
from certhound.techniques.suricata import suricata_rules

FOLDER = "suricata"
WHAT = "certificates that tools make by default"
CHECKED = "unverified: not loaded into a Suricata here"


def files(material: Material) -> Files:  # noqa: ARG001 - the contract's signature
    yield f"{FOLDER}/certhound.rules", suricata_rules()
