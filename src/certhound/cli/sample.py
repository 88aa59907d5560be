"""The recording that ships with the project, and its profile."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certhound.model.profile import Profile


_NOT_LOGGED = frozenset({"README.md", "certhound.toml", "ground_truth.json"})
"""What lies there and is no log."""


def sample_folder() -> Path:
    """The folder of the sample inside the package."""
    return Path(str(files("certhound").joinpath("content", "sample")))


def sample_inputs() -> list[Path]:
    """What sensors, proxy, endpoints and mail left there, without the profile and the ground truth."""
    return sorted(path for path in sample_folder().iterdir() if path.name not in _NOT_LOGGED)


def sample_profile() -> Profile:
    """The profile of the organisation in the sample; it names the authorities that play the public ones."""
    from certhound.model.profile import load_profile

    return load_profile(sample_folder() / "certhound.toml")
