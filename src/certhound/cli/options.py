"""Options that several commands share, with one meaning each, and what turns them into objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter

if TYPE_CHECKING:
    from certhound.model.profile import Profile

Paths = Annotated[Path, Parameter(help="Files and folders; recognised by content, compressed or not.", required=True)]
MaybePaths = Annotated[Path, Parameter(help="Files and folders; recognised by content, compressed or not.")]
Config = Annotated[
    Path | None,
    Parameter(help="Profile; else ./certhound.toml, else certhound/certhound.toml in the configuration folder."),
]
Output = Annotated[Path | None, Parameter(help="Write the result to this file instead of standard output.")]
Rules = Annotated[
    tuple[Path, ...], Parameter(help="Further Sigma rules, a file or folder; adds to ours. May be repeated.")
]
TimeZones = Annotated[
    tuple[str, ...],
    Parameter(
        name="--time-zone",
        help="Zone of logs whose times state none: a name (Europe/Berlin), an offset, or SOURCE=ZONE. May be repeated.",
    ),
]
Quiet = Annotated[bool, Parameter(name=("--quiet", "-q"), help="Say nothing on standard error but errors.")]


def profile_of(config: Path | None, *, quiet: bool = False, time_zones: tuple[str, ...] = ()) -> Profile:
    """The profile of this run; which file it came from is said on standard error. ``time_zones`` add to its own."""
    from certhound.cli.boundary import tell
    from certhound.model.profile import load_profile

    profile = load_profile(config)
    if profile.path is not None and config is None and not quiet:
        tell(f"profile: {profile.path}")
    return _with_zones(profile, time_zones) if time_zones else profile


def _with_zones(profile: Profile, stated: tuple[str, ...]) -> Profile:
    from certhound.model.errors import UsageError
    from certhound.model.zones import Zones, zone_of

    zones = dict(profile.zones.by_source)
    for each in stated:
        source, equals, name = each.rpartition("=")
        zone = zone_of(name)
        if zone is None:
            advice = "write --time-zone Europe/Berlin, --time-zone +02:00, or --time-zone fortigate=Europe/Berlin"
            raise UsageError(f"{name!r} is not a time zone", check="bad-time-zone", advice=advice)
        zones[source if equals else ""] = zone
    return replace(profile, zones=Zones(zones))


Function = TypeVar("Function", bound=Callable[..., Any])


def unwrapped(function: Function) -> Function:
    """The function with a docstring whose paragraphs are single lines, for the help to wrap as the terminal needs."""
    text = inspect.cleandoc(function.__doc__ or "")
    function.__doc__ = "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return function
