"""Where things stand in a frame: its size, the horizon, the camera, and layers that move with it at their own depth.

A layer has a world of its own: x to the right and y down from the horizon, in units of `stage.unit` pixels. The near
ground has depth 1 and moves with the camera; the sky has depth 0 and stays. What a layer shows at a world x is a
function of (seed, salt, x) alone, so that a pan brings back what it left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.base import View

from .atmosphere import Atmosphere
from .canvas.colours import RGB, lit, luminance, mix

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.int64]


def bounded(value: float, low: float, high: float, otherwise: float = 0.0) -> float:
    """The value cut to low..high; `otherwise` for NaN."""
    if value != value:
        return otherwise
    return max(low, min(high, value))


def smooth(x: float) -> float:
    """Eased 0..1."""
    x = bounded(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


_MOST_CELLS = 4000
"""Of a layer, at a time: what the widest frame that can be drawn shows, 64 times as wide as high."""

_BLOCK_BITS = 10
_BLOCK = 1 << _BLOCK_BITS


@lru_cache(maxsize=512)
def _chances(seed: int, salt: int, block: int) -> Floats:
    """The numbers of the indices (block - 1/2) * 1024 onwards. 8 KiB each, 4 MiB in all."""
    return _hashed(seed, salt, np.arange(_BLOCK, dtype=np.int64) + (block * _BLOCK - _BLOCK // 2))


def _hashed(seed: int, salt: int, index: Indices) -> Floats:
    """splitmix64 (Steele, Lea, Flood 2014) of the index, scaled to 0..1."""
    with np.errstate(over="ignore"):
        start = np.uint64((seed * 0x632BE5AB + salt * 0x85157AF5) % 2**64)
        z = index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(2**53)


def chance(seed: int, salt: int, index: Indices) -> Floats:
    """Numbers 0..1 that look random, one for each index; the same for the same (seed, salt, index)."""
    if len(index) == 0:
        return np.empty(0)
    block = (int(index[0]) + _BLOCK // 2) // _BLOCK
    place = index - (block * _BLOCK - _BLOCK // 2)
    if np.bitwise_or.reduce(place) >> _BLOCK_BITS:  # some lie in another block
        return _hashed(seed, salt, index)
    return _chances(seed, salt, block).take(place)


@dataclass(frozen=True, slots=True)
class Stage:
    """One frame's geometry and light. Pixels; t in seconds."""

    width: int
    height: int
    t: float
    seed: int
    view: View
    air: Atmosphere

    @staticmethod
    def of(width: int, height: int, t: float, seed: int, view: View, air: Atmosphere) -> Stage:
        """A stage whose numbers are finite and within reason, whatever came in."""
        safe = View(bounded(view.x, -1e4, 1e4), bounded(view.y, -0.6, 0.6), bounded(view.zoom, 0.5, 2.5, 1.0))
        return Stage(width, height, t % 86_400.0 if isfinite(t) else 0.0, seed, safe, air)

    @property
    def unit(self) -> float:
        """Pixels of world unit 1: the height, less in a portrait frame."""
        return float(min(self.height, self.width * 1.3))

    @property
    def horizon(self) -> float:
        """Pixels from the top."""
        middle, rest = self.height * 0.5, self.height * 0.12
        return bounded(
            middle + rest * self.view.zoom - self.view.y * self.height * 0.5, self.height * 0.2, self.height * 0.9
        )

    def layer(self, depth: float, salt: int) -> Layer:
        """The layer at a depth of 0 (the sky) to 1 (the near ground) and beyond."""
        scale = 1.0 + (self.view.zoom - 1.0) * depth
        return Layer(self, depth, salt, scale * self.unit, self.width * 0.5 - self.view.x * self.width * depth * scale)

    def seen(self, colour: RGB, distance: float = 0.0) -> RGB:
        """A colour of the land in this light, at a distance 0 (near) to 1 (where the haze takes it)."""
        air = self.air
        under = self.drained(lit(colour, air.light))
        return mix(under, self.drained(air.haze), air.thickness * bounded(distance, 0.0, 1.0))

    def drained(self, colour: RGB) -> RGB:
        """A colour as the style leaves it."""
        if self.air.grey <= 0.0:
            return colour
        grey = luminance(colour) * 255
        return mix(colour, (grey, grey, grey), self.air.grey)

    def snowy(self, colour: RGB, share: float = 1.0) -> RGB:
        """A colour of the ground, before the light, as far as snow covers it."""
        return mix(colour, (240.0, 246.0, 252.0), self.air.white * share)


@dataclass(frozen=True, slots=True)
class Layer:
    """Maps a layer's world to pixels."""

    stage: Stage
    depth: float
    salt: int
    scale: float  # pixels of world unit 1
    origin: float  # pixels: where world x = 0 is seen

    def cells(self, spacing: float, margin: float = 1.0) -> Indices:
        """The indices i of the places i * spacing that may be seen; `margin` world units more on either side."""
        low = (0.0 - self.origin) / self.scale - margin
        high = (self.stage.width - self.origin) / self.scale + margin
        first, last = int(np.floor(low / spacing)), int(np.ceil(high / spacing))
        return np.arange(first, min(last, first + _MOST_CELLS) + 1, dtype=np.int64)

    def chance(self, index: Indices, salt: int = 0) -> Floats:
        """Numbers 0..1 of this layer, one for each index."""
        return chance(self.stage.seed, self.salt * 31 + salt, index)

    def pixels(self, points: Floats) -> Floats:
        """World points [..., 2] in pixels."""
        seen: Floats = points * self.scale
        seen[..., 0] += self.origin
        seen[..., 1] += self.stage.horizon
        return seen

    def noise(self, x: Floats, spacing: float, salt: int = 0) -> Floats:
        """Smooth noise 0..1 along x, changing over `spacing` world units."""
        place = x / spacing
        left = np.floor(place)
        share = place - left
        share = share * share * (3.0 - 2.0 * share)
        index = left.astype(np.int64)
        height: Floats = self.chance(index, salt) * (1.0 - share) + self.chance(index + 1, salt) * share
        return height

    def ground(self, base: float, height: float, spacing: float, low: float) -> Floats:
        """The outline [n, 2] of rolling land, in pixels, down to `low`."""
        x = self.cells(0.04, 0.1) * 0.04
        top = self.pixels(np.stack([x, self.height_at(x, base, height, spacing)], axis=-1))
        return np.concatenate([top, [[top[-1, 0], low], [top[0, 0], low]]])

    def below(self, base: float) -> float:
        """Pixels from the top, down from where land of that `base` hides all that is behind it."""
        return min(self.stage.height + 2.0, self.stage.horizon + max(0.0, base) * self.scale + 2.0)

    def height_at(self, x: Floats, base: float, height: float, spacing: float) -> Floats:
        """World y of the outline that `ground` draws, at world x."""
        return base - height * (0.7 * self.noise(x, spacing, 1) + 0.3 * self.noise(x, spacing * 0.37, 2))
