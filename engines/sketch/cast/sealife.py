"""What swims and what creeps without legs: every kind of `swimmers.py` in its pose.

Units: an SVG of 160 x 160.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from engines.sketch.canvas.colours import RGB, rgb
from engines.sketch.canvas.svg import document

from . import crawlers, fishes
from .artwork import Drawing, Light, measured, recoloured
from .motion import Pose
from .swimmers import SEALIFE, SIDE, Swimmer

__all__ = ["SEALIFE", "acting", "standing"]

_DRAWN = {
    "fish": fishes.fish,
    "turtle": fishes.turtle,
    "seal": fishes.seal,
    "ray": fishes.ray,
    "octopus": crawlers.octopus,
    "jellyfish": crawlers.jellyfish,
    "crab": crawlers.crab,
    "seahorse": crawlers.seahorse,
    "snake": crawlers.snake,
    "snail": crawlers.snail,
    "star": crawlers.star,
}


@lru_cache(maxsize=64)
def standing(name: str) -> Drawing:
    """The drawing of an animal at rest, measured."""
    shape = measured(_document(SEALIFE[name], Pose()), SIDE)
    return replace(shape, dominant=rgb(SEALIFE[name].skin))


def acting(name: str, now: Pose, target: RGB | None, light: Light) -> bytes:
    """The SVG document of an animal in a pose, coloured and lit."""
    return recoloured(_document(SEALIFE[name], now), rgb(SEALIFE[name].skin), target, light)


def _document(s: Swimmer, now: Pose) -> str:
    return document(_DRAWN[s.kind](s, now), SIDE)
