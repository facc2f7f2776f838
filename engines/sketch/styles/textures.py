"""Paper, grain, dabs, dots and dark corners: masks of a frame's size, baked once and the same for every frame.

A factor is meant as so many 256ths. They are made from noise that depends on nothing, so that they are the same on
every machine, and kept for the last size or two: at most a byte for each pixel, eight where they say where to look.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.sketch.stage import Floats

from .pigments import TILE, Plane, noise_tile, scaled, spread

GRAINS = 4
"""Patterns of film grain that take turns."""

Places = NDArray[np.int64]
"""[height, width]: for each pixel, the number of another."""


@lru_cache(maxsize=4)
def _reach(height: int, width: int) -> Floats:
    """0 in the middle to 1 in the corners, eased."""
    y = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None]
    reach = np.clip((x * x + y * y - 0.6) / 1.4, 0.0, 1.0)
    return reach * reach * (3.0 - 2.0 * reach)


@lru_cache(maxsize=6)
def vignette(height: int, width: int, depth: int) -> Plane:
    """Factors 255 down to 255 - depth in the corners."""
    mask: Plane = np.rint(255.0 - depth * _reach(height, width)).astype(np.uint8)
    return mask


@lru_cache(maxsize=16)
def grain(height: int, width: int, number: int, strength: int) -> Plane:
    """0..2 * strength: noise with soft ends, mean `strength`."""
    tile = noise_tile(number, 0).astype(np.int32) + noise_tile(number + GRAINS, 0)
    return spread(np.rint(tile * (2 * strength / 510)).astype(np.uint8), height, width)


@lru_cache(maxsize=3)
def sheet(height: int, width: int, salt: int, low: int, smoothness: int) -> Plane:
    """Factors low..255: the tooth of a sheet of paper."""
    tile = noise_tile(40 + salt, smoothness).astype(np.int32)
    return spread((low + tile * (255 - low) // 255).astype(np.uint8), height, width)


def _smooth_noise(height: int, width: int, salt: int, cells: int) -> Floats:
    """0..1, varying over 1 / cells of the longer side."""
    size = max(2, max(height, width) // max(1, cells))
    rows, columns = height // size + 3, width // size + 3
    grid = noise_tile(salt, 0)[np.arange(rows)[:, None] % TILE, np.arange(columns)[None] % TILE].astype(np.float32)

    def eased(count: int) -> tuple[NDArray[np.int64], Floats]:
        place = np.arange(count, dtype=np.float32) / size
        left = np.floor(place)
        share = place - left
        return left.astype(np.int64), share * share * (3 - 2 * share)

    row, down = eased(height)
    column, along = eased(width)
    tall = grid[row] * (1 - down[:, None]) + grid[row + 1] * down[:, None]
    return (tall[:, column] * (1 - along) + tall[:, column + 1] * along) / 255.0


@lru_cache(maxsize=1)
def bled(height: int, width: int) -> Places:
    """Where each pair of neighbours of a watercolour takes its colours from: nearby, so that edges wander."""
    reach = 0.011 * min(height, width)
    across, down = (
        (_smooth_noise(height, width, salt, 30) + 0.4 * _smooth_noise(height, width, salt + 1, 90) - 0.7) * 2 * reach
        for salt in (51, 53)
    )
    y = np.clip(np.rint(np.arange(height)[:, None] + down), 0, height - 1).astype(np.int64)
    x = np.clip(np.rint(np.arange(width)[None] + across), 0, width - 1).astype(np.int64)
    return y[:, ::2] * (width // 2) + x[:, ::2] // 2


@lru_cache(maxsize=2)
def painted(height: int, width: int) -> Plane:
    """How much of a watercolour is paint: 255, 0 along its ragged border."""
    y = np.minimum(np.arange(height), np.arange(height)[::-1]).astype(np.float32)[:, None]
    x = np.minimum(np.arange(width), np.arange(width)[::-1]).astype(np.float32)[None]
    side = min(height, width)
    edge = np.minimum(y, x) / side + 0.05 * (_smooth_noise(height, width, 55, 14) - 0.5)
    edge += 0.016 * (_smooth_noise(height, width, 56, 60) - 0.5)
    mask: Plane = np.rint(255 * np.clip((edge - 0.028) / 0.014, 0.0, 1.0)).astype(np.uint8)
    return mask


@lru_cache(maxsize=2)
def washed(height: int, width: int) -> tuple[Plane, Plane]:
    """What a watercolour does to a colour: factors of at most 171, and what is added of the paper that shows through
    and, where there is no paint, of the bare sheet. The two never make more than 255 of any colour."""
    paint = scaled(_wash(height, width), painted(height, width))
    bare = scaled(scaled(~painted(height, width), 253), sheet(height, width, 0, 240, 1))
    return scaled(paint, 172), scaled(paint, 83) + bare


def _wash(height: int, width: int) -> Plane:
    """Factors: where a wash dried thicker, on the tooth of the paper."""
    cloud = 0.65 * _smooth_noise(height, width, 57, 7) + 0.35 * _smooth_noise(height, width, 58, 22)
    tooth = sheet(height, width, 0, 226, 1).astype(np.float32) / 255
    mask: Plane = np.rint((255 - 30 * np.clip(1.6 * cloud - 0.5, 0, 1)) * np.minimum(1.0, tooth + 0.05)).astype(
        np.uint8
    )
    return mask


@lru_cache(maxsize=2)
def blinds(height: int, width: int) -> Plane:
    """Factors 120..255: a cone of light across the frame, striped as by a blind, in the dark of the corners."""
    y = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None]
    fall = y - 0.16 * x
    stripe = np.clip((np.abs((fall * 8.0) % 1.0 - 0.5) - 0.10) * 9.0, 0.0, 1.0)
    beam = np.clip(1.25 - np.abs(x - 0.55 + 0.5 * y) * 1.5, 0.0, 1.0)
    striped = 1.0 - 0.22 * beam * (1.0 - stripe)
    spot = 1.0 - 0.62 * _reach(height, width) * 1.1
    mask: Plane = np.rint(255 * np.clip(striped * spot, 0.0, 1.0)).astype(np.uint8)
    return mask


@lru_cache(maxsize=2)
def fibres(height: int, width: int, depth: int) -> Plane:
    """Factors 232..255: card with short fibres lying about, darker by as much as `depth` in the corners."""
    tile = noise_tile(61, 0).astype(np.float32)
    long = sum(np.roll(tile, n, 1) for n in range(9)) / 9
    tall = sum(np.roll(np.roll(tile, n, 0), n // 2, 1) for n in range(9)) / 9
    card = np.maximum(long, tall) * 0.7 + noise_tile(62, 2).astype(np.float32) * 0.3
    card = (card - card.min()) / (card.max() - card.min())
    return scaled(spread(np.rint(232 + 23 * card).astype(np.uint8), height, width), vignette(height, width, depth))


@lru_cache(maxsize=2)
def dots(height: int, width: int) -> Plane:
    """0..255: a screen of round dots at 45 degrees."""
    pitch = max(4.0, min(height, width) / 64)
    y = np.arange(height)[:, None] * (2 * np.pi / pitch * 0.7071)
    x = np.arange(width)[None] * (2 * np.pi / pitch * 0.7071)
    mask: Plane = np.rint(127.5 + 63.75 * (np.cos(x + y) + np.cos(x - y))).astype(np.uint8)
    return mask


@lru_cache(maxsize=1)
def dabs(height: int, width: int) -> Places:
    """Where each pixel of an oil painting takes its colour from; in blocks of a few pixels where a frame is large."""
    block = max(1, min(height, width) // 540)
    cells = _cells(-(-height // block), -(-width // block))
    if block == 1:
        return cells
    row, column = np.divmod(cells, cells.shape[1])
    places = np.minimum(row * block, height - 1) * width + np.minimum(column * block, width - 1)
    return np.ascontiguousarray(np.repeat(np.repeat(places, block, axis=0), block, axis=1)[:height, :width])


def _cells(height: int, width: int) -> Places:
    """Where each pixel of an oil painting takes its colour from: the middle of the dab it lies in.

    Dabs are cells about points of a jittered grid, longer than high, turned by a slow swirl; the smallest of the nine
    nearest distances wins.
    """
    pitch = max(2.0, min(height, width) / 62)
    y = np.arange(height, dtype=np.float32)[:, None] / np.float32(pitch)
    x = np.arange(width, dtype=np.float32)[None] / np.float32(pitch)
    row, column = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    turn = (_smooth_noise(height, width, 71, 5) * 2 - 1) * np.float32(1.2)
    c, s = (wave(turn.astype(np.float64)).astype(np.float32) for wave in (np.cos, np.sin))  # alike on all machines
    best = np.full((height, width), np.inf, np.float32)
    place = np.zeros((height, width), np.int64)
    jitter_y, jitter_x = noise_tile(72, 0), noise_tile(73, 0)
    for down in (-1, 0, 1):
        for along in (-1, 0, 1):
            at = ((row + down) % TILE, (column + along) % TILE)
            middle_y = row + down + jitter_y[at] / np.float32(255)
            middle_x = column + along + jitter_x[at] / np.float32(255)
            dy, dx = y - middle_y, x - middle_x
            distance = np.square((dx * c + dy * s) * np.float32(0.5)) + np.square(dy * c - dx * s)
            nearer = distance < best
            best = np.where(nearer, distance, best)
            of_y = np.clip(np.rint(middle_y * pitch), 0, height - 1).astype(np.int64)
            of_x = np.clip(np.rint(middle_x * pitch), 0, width - 1).astype(np.int64)
            place = np.where(nearer, of_y * width + of_x, place)
    return place


@lru_cache(maxsize=2)
def bristles(height: int, width: int) -> Plane:
    """Factors 216..255: every dab its own, lit along its upper edge."""
    place = dabs(height, width)
    tone = noise_tile(74, 0).reshape(-1)[(place * 2_654_435_761 >> 7) % (TILE * TILE)].astype(np.float32)
    edge = np.zeros((height, width), np.float32)
    edge[1:] = place[1:] != place[:-1]
    mask: Plane = np.rint(222 + 27 * tone / 255 - 14 * edge).astype(np.uint8)
    return mask


@lru_cache(maxsize=2)
def hatching(height: int, width: int) -> Plane:
    """0..255: thresholds; strokes one way in the half shade, both ways in the dark."""
    pitch = max(3.0, min(height, width) / 110)
    wander = _smooth_noise(height, width, 81, 24) * np.float32(2.0)
    y = np.arange(height, dtype=np.float32)[:, None] / np.float32(pitch)
    x = np.arange(width, dtype=np.float32)[None] / np.float32(pitch)
    one = np.abs((x + y * 0.8 + wander) % 1.0 - 0.5) * 2
    two = np.abs((x * 0.7 - y + wander) % 1.0 - 0.5) * 2
    threshold = np.minimum(one * 0.75 + 0.22, two * 0.5 + 0.48)
    tooth = spread(noise_tile(82, 0), height, width).astype(np.float32) / 255 - 0.5
    mask: Plane = np.rint(255 * np.clip(1.0 - threshold + 0.18 * tooth, 0.0, 1.0)).astype(np.uint8)
    return mask
