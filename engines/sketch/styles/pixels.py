"""Pixel art: the scene drawn small, in few colours with ordered dithering, each pixel a block on a fixed grid."""

from __future__ import annotations

from functools import lru_cache
from math import pi

import numpy as np
from numpy.typing import NDArray

from engines.base import Picture
from engines.sketch.canvas.colours import RGB, from_lch

from .pigments import Planes

_ROWS = 120
"""Blocks of the shorter side, about."""

_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.int16)
"""Bayer's ordered dither of 4x4 (1973)."""

_BITS = 5  # of a channel, by which the nearest colour is looked up


def block_of(width: int, height: int) -> int:
    """Pixels of a block's side."""
    return max(1, round(min(width, height) / _ROWS))


def _palette() -> tuple[RGB, ...]:
    """99 colours: greys, and ramps from dark to light of ten hues, clear and dull; shades turn towards blue."""
    greys = [from_lch(0.06 + 0.94 * n / 9, 0.008, 4.7) for n in range(10)]
    ramps = [
        from_lch(lightness, chroma * share, hue * 2 * pi / 10 + 0.45 + turn)
        for hue in range(10)
        for lightness, chroma, turn in ((0.28, 0.08, -0.16), (0.46, 0.13, -0.08), (0.64, 0.17, 0.0), (0.82, 0.12, 0.06))
        for share in (1.0, 0.38)
    ]
    skins = [(141.0, 90.0, 60.0), (198.0, 140.0, 100.0), (236.0, 190.0, 150.0), (96.0, 60.0, 44.0)]
    skies = [(186.0, 224.0, 246.0), (60.0, 76.0, 124.0), (40.0, 52.0, 94.0), (24.0, 30.0, 66.0), (12.0, 16.0, 38.0)]
    return (*greys, *ramps, *skins, *skies)


@lru_cache(maxsize=1)
def _nearest() -> NDArray[np.uint8]:
    """[32768, 3]: the colour of the palette nearest to each colour of 15 bits, weighted as eyes do (redmean)."""
    colours = np.rint(np.array(_palette())).astype(np.int32)
    steps = (np.arange(1 << _BITS, dtype=np.int32) * 255) // ((1 << _BITS) - 1)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    best = np.zeros(len(cube), np.int64)
    least = np.full(len(cube), 1 << 40, np.int64)
    for number, colour in enumerate(colours):
        d = (cube - colour).astype(np.int64)
        red = (cube[:, 0] + colour[0]) // 2
        distance = (512 + red) * d[:, 0] ** 2 + 1024 * d[:, 1] ** 2 + (767 - red) * d[:, 2] ** 2
        nearer = distance < least
        least, best = np.where(nearer, distance, least), np.where(nearer, number, best)
    nearest: NDArray[np.uint8] = colours[best].astype(np.uint8)
    return nearest


def quantised(small: Planes) -> Planes:
    """The channels in colours of the palette only, dithered."""
    height, width = small.shape[1:]
    threshold = np.tile(_BAYER, (-(-height // 4), -(-width // 4)))[:height, :width] - 7  # -7..8
    shaken = np.clip(small + threshold[None], 0, 255).astype(np.int32) >> (8 - _BITS)
    index = (shaken[0] << (2 * _BITS)) | (shaken[1] << _BITS) | shaken[2]
    return np.ascontiguousarray(np.moveaxis(_nearest()[index], -1, 0))


def enlarged(small: Planes, block: int, height: int, width: int) -> Picture:
    """Each pixel as a block, cut to height x width."""
    wide = np.repeat(np.moveaxis(small, 0, -1), block, axis=1)[:, :width]
    return np.repeat(wide, block, axis=0)[:height]
