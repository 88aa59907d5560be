"""The organisation's profile: who is inside, whom it trusts, and what it has looked at already.

``certhound.toml`` is optional; without one sensible defaults hold (private address space is inside). It is looked for
at ``--config``, else ``./certhound.toml``, else ``certhound/certhound.toml`` in the user's configuration folder.
Importing this module costs nothing but the standard library; the reader of the file is loaded when there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from certhound.model.addresses import PRIVATE, THIS_LINK, Network, is_within, read_address
from certhound.model.errors import Place, UsageError
from certhound.model.exceptions import FindingException
from certhound.model.wildcards import any_match
from certhound.model.zones import NO_ZONES, Zones

FILE_NAME: Final = "certhound.toml"
"""The name under which a profile is looked for."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What an organisation says of itself; every default is what holds without a profile.

    ``networks`` are those of the file (or private space); ``own_networks`` adds what is always one's own. Domains and
    brands are in lower case, domains without a leading or trailing dot. Paths are absolute and were files when read.
    ``zones`` are those of sources whose times state none.
    """

    name: str = ""
    networks: tuple[Network, ...] = PRIVATE
    domains: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    expected_issuers: tuple[str, ...] = ()
    public_roots: tuple[Path, ...] = ()
    internal_cas: tuple[Path, ...] = ()
    inspection_cas: tuple[Path, ...] = ()
    inspection_issuers: tuple[str, ...] = ()
    exceptions: tuple[FindingException, ...] = ()
    zones: Zones = NO_ZONES
    path: Path | None = None
    networks_stated: bool = False

    @property
    def own_networks(self) -> tuple[Network, ...]:
        """The organisation's networks, and loopback and link-local, which are anybody's own."""
        return tuple(dict.fromkeys((*self.networks, *THIS_LINK)))

    @property
    def own_domains(self) -> tuple[str, ...]:
        return self.domains

    def is_own_address(self, text: str | None) -> bool:
        """Whether an address (with or without brackets and zone) is inside; what is no address is not."""
        address = read_address(text) if text else None
        return address is not None and is_within(address, self.own_networks)

    def is_own_name(self, name: str | None) -> bool:
        """Whether a DNS name is one of the organisation's domains, or below one."""
        host = (name or "").lower().rstrip(".")
        return any(host == domain or host.endswith(f".{domain}") for domain in self.domains)

    def is_inspection_issuer(self, issuer: str | None) -> bool:
        """Whether an issuer's name fits one of the patterns for devices that re-sign what they inspect."""
        return issuer is not None and any_match(self.inspection_issuers, issuer)

    def placeholders(self, internal_ca_names: Iterable[str] | None = None) -> Mapping[str, tuple[str, ...]]:
        """Texts for Sigma's placeholders (``expand``); an empty tuple means that the organisation has none.

        ``internal_cas`` takes the subjects of the internal CAs, which only a reader of certificates can tell; where
        nobody tells them although there are such CAs the placeholder is left out, so that its rules are *not run*.
        """
        known = {
            "own_networks": tuple(str(network) for network in self.own_networks),
            "own_domains": self.domains,
            "brands": self.brands,
            "expected_issuers": self.expected_issuers,
        }
        if internal_ca_names is not None or not self.internal_cas:
            known["internal_cas"] = tuple(internal_ca_names or ())
        return known


def find_profile(config: Path | None = None) -> Path | None:
    """The file that ``load_profile`` would read, or ``None`` where there is none. A named one must exist."""
    if config is not None:
        if not config.is_file():
            raise UsageError("there is no such file", check="no-profile", place=Place(str(config)))
        return config
    return next((place for place in (Path(FILE_NAME), user_profile()) if place is not None and place.is_file()), None)


def user_profile() -> Path | None:
    """Where the profile of the user stands, if there is one (XDG Base Directory specification)."""
    stated = os.environ.get("XDG_CONFIG_HOME", "")
    try:
        base = Path(stated) if Path(stated).is_absolute() else Path.home() / ".config"
    except RuntimeError:  # no home folder, as in some containers
        return None
    return base / "certhound" / FILE_NAME


def load_profile(config: Path | None = None) -> Profile:
    """The profile of this run. What is wrong in the file is raised as one ``ErrorList``, each error with its place."""
    path = find_profile(config)
    if path is None:
        return default_profile()
    from certhound.model.profile_file import read_profile  # imports tomllib and msgspec

    return read_profile(path)


@cache
def default_profile() -> Profile:
    """What holds without a file."""
    return Profile()
