"""What happens in a recording: one module a part, each with ``add(world)``; ``build`` finds them all.

A new part is a new module here and nothing else to register.
"""

from __future__ import annotations

import importlib
import pkgutil

from certhound.lab.model import Scenario
from certhound.lab.scenarios.world import World


def build(seed: int) -> Scenario:
    """The scenario of a seed: the same seed gives the same one, certificates and all."""
    world = World(seed)
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "add"):
            module.add(world)
    return world.scenario()
