"""Owners whose names adversaries borrow, and the domains that are theirs (``content/lists/brands.toml``)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from certhound.model.errors import ContentError

_CARRIERS = re.compile(
    r"(?:^|\.)(?:akadns|edgekey|edgesuite|akamai|akamaiedge|akamaized|trafficmanager|nsatc|cloudfront|fastly|fastlylb|"
    r"cloudflare|azureedge|amazonaws|msedge)\.(?:net|com)$"
)
"""Carriers that put a customer's whole name before their own."""


@cache
def brand_domains() -> dict[str, str]:
    """The owner of each listed domain. Raises ContentError where the list is wrong."""
    text = (files("certhound") / "content" / "lists" / "brands.toml").read_text("utf-8")
    found: dict[str, str] = {}
    for entry in tomllib.loads(text).get("brand", ()):
        if not entry.get("name") or not entry.get("domains"):
            raise ContentError("brands.toml: an entry lacks its name or its domains", check="known-list")
        found.update(dict.fromkeys(entry["domains"], entry["name"]))
    return found


def domain_of_brand(name: str) -> str | None:
    """The listed domain that a DNS name is, or lies below; None where there is none."""
    labels = name.lower().rstrip(".").removeprefix("*.").split(".")
    domains = brand_domains()
    # Listed domains have two or three labels.
    for count in (2, 3):
        candidate = ".".join(labels[-count:])
        if len(labels) >= count and candidate in domains:
            return candidate
    return None


@cache
def wrapped_clue() -> str:
    """A pattern that finds a listed domain in front of another one."""
    listed = "|".join(sorted(re.escape(domain) for domain in brand_domains()))
    return rf"CN=(?:[^,]*\.)?(?:{listed})[.-][a-z0-9-]+"


@cache
def _wrapped() -> re.Pattern[str]:
    listed = "|".join(sorted((re.escape(domain) for domain in brand_domains()), key=len, reverse=True))
    return re.compile(rf"(?:^|[.-])({listed})([.-].+)$")


def wrapped_brand(name: str) -> str | None:
    """The listed domain that stands before another one, as ``paypal.com`` in ``paypal.com.account.example``.

    A country's registry after it (``google.com.br``) and the names of carriers do not count.
    """
    lower = name.lower().rstrip(".")
    found = _wrapped().search(lower)
    if found is None:
        return None
    rest = found[2]
    if (rest[0] == "." and len(rest) == 3) or "." not in rest or _CARRIERS.search(rest):
        return None
    return found[1] if domain_of_brand(lower) is None else None
