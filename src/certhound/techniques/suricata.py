"""Suricata rules from the list of certificates that tools make by default, where a name or a hash says it all.

Suricata compares text of subject and issuer and the SHA-1 of the certificate; what our list knows otherwise (serials,
structures) is left to certhound. The rules were not loaded into a Suricata here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

FIRST_SID = 4_100_001
"""Ids from here on; local rules may use 1,000,000 to 1,999,999, and others above what the public sets use."""

_PLAIN = re.compile(r"[\w .,@=/'&()-]{2,120}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


def suricata_rules() -> str:
    """The rules, one a line, ids in the order of the list."""
    text = files("certhound").joinpath("content", "lists", "c2_certificates.toml").read_text("utf-8")
    lines = ["# Certificates that command-and-control software makes by default. Made by certhound; not loaded here."]
    seen: set[str] = set()
    for entry in tomllib.loads(text)["entry"]:
        if entry.get("strength") != "strong":
            continue
        for body in _bodies(entry):
            if body not in seen:
                seen.add(body)
                lines.append(_rule(str(entry["tool"]), str(entry["references"][0]), body, FIRST_SID + len(seen) - 1))
    return "\n".join(lines) + "\n"


def _bodies(entry: dict[str, Any]) -> Iterator[str]:
    """The tests of an entry; none where a part of it cannot be said."""
    for digest in entry.get("sha1", ()):
        if _SHA1.fullmatch(digest):
            yield f'tls.cert_fingerprint; content:"{":".join(re.findall("..", digest))}";'
    parts = [
        f'tls.cert_{side}; content:"{name}={value}";'
        for side in ("subject", "issuer")
        for name, value in dict(entry.get(side, {})).items()
        if isinstance(value, str)
    ]
    stated = sum(len(dict(entry.get(side, {}))) for side in ("subject", "issuer"))
    other = set(entry) - {"tool", "what", "strength", "checked", "references", "subject", "issuer", "sha1"}
    if parts and len(parts) == stated and not other and all(_PLAIN.fullmatch(part.split('"')[1]) for part in parts):
        yield " ".join(parts)


def _rule(tool: str, reference: str, body: str, sid: int) -> str:
    name = re.sub(r"[^\w .-]", "", tool)
    url = re.sub(r"[^\w./:-]", "", reference.partition("://")[2])
    return (
        f'alert tls $EXTERNAL_NET any -> $HOME_NET any (msg:"certhound default certificate of {name}"; '
        f"flow:established,to_client; {body} reference:url,{url}; classtype:trojan-activity; "
        f"metadata:attack_technique T1608.003; sid:{sid}; rev:1;)"
    )
