"""The same outline at many places of a layer, drawn as one path: how a forest costs no more than a few fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.sketch.canvas.colours import RGB
from engines.sketch.canvas.vector import Canvas, Fill, ellipses, polygons
from engines.sketch.stage import Floats, Indices, Layer

Height = Callable[[Floats], Floats]
"""World x → world y of the ground there."""

Outline = Sequence[tuple[float, float]]
"""Corners of a shape about its foot (0, 0), y down, in units of its size."""


def level(y: float) -> Height:
    """Ground that is flat."""
    return lambda x: np.full(len(x), y)


def scattered(
    layer: Layer, spacing: float, density: float, salt: int = 0, margin: float = 0.1
) -> tuple[Indices, Floats]:
    """(indices, world x) of the things of a layer: at most one in every `spacing`, kept with a chance of `density`,
    as far as `margin` world units outside the frame."""
    index = layer.cells(spacing, margin)
    index = index[layer.chance(index, 50 + salt) < density]
    return _seen(layer, index, (index + 0.15 + 0.7 * layer.chance(index, 51 + salt)) * spacing, margin)


def _seen(layer: Layer, index: Indices, x: Floats, margin: float) -> tuple[Indices, Floats]:
    """Those that are within `margin` world units of the frame."""
    left = -layer.origin / layer.scale
    near = (x > left - margin) & (x < left + layer.stage.width / layer.scale + margin)
    return index[near], x[near]


def landmarks(layer: Layer, spacing: float, offset: float, margin: float) -> tuple[Indices, Floats]:
    """(indices, world x) of what stands once in every `spacing`, one of them near world x `offset`, so that a shot
    that begins shows it; `margin` is half its width."""
    index = layer.cells(spacing, margin + 0.2 * spacing)
    return _seen(layer, index, index * spacing + offset + 0.12 * (layer.chance(index, 49) - 0.5), 1.4 * margin)


@lru_cache(maxsize=512)
def _corners(outline: tuple[tuple[float, float], ...]) -> tuple[Floats, Floats]:
    """The x and the y of an outline."""
    corners = np.array(outline)
    return corners[:, 0].copy(), corners[:, 1].copy()


def stamped(layer: Layer, x: Floats, y: Floats, size: Floats, outline: Outline) -> Floats:
    """The outline [k, 2] at every world place, scaled by size, in pixels: [n, k, 2]."""
    right, down = _corners(tuple(outline))
    shapes = np.empty((len(x), len(right), 2))  # filled in two halves: stacking them costs as much again
    shapes[..., 0] = (x[:, None] + right * size[:, None]) * layer.scale + layer.origin
    shapes[..., 1] = (y[:, None] + down * size[:, None]) * layer.scale + layer.stage.horizon
    return shapes


class Stamp:
    """Things at world places (x, y) [n] of sizes [n]: each call lays down one more part of all of them."""

    def __init__(self, canvas: Canvas, layer: Layer, x: Floats, y: Floats, size: Floats, distance: float = 0.0) -> None:
        self.canvas, self.layer, self.distance = canvas, layer, distance
        self.x, self.y, self.size = x, y, size

    def part(self, outline: Outline, colour: RGB, alpha: float = 1.0) -> None:
        """One more polygon of each, in a colour of the land."""
        self.lit(outline, self.layer.stage.seen(colour, self.distance), alpha)

    def lit(self, outline: Outline, colour: Fill, alpha: float = 1.0) -> None:
        """One more polygon of each, in a colour as it is seen."""
        if len(self.x):
            shapes = stamped(self.layer, self.x, self.y, self.size, outline)
            self.canvas.fill(polygons(shapes), colour, alpha)

    def many(self, outlines: Sequence[Outline], colour: Fill, alpha: float = 1.0) -> None:
        """Several polygons of each, all with equally many corners, as one path, in a colour as it is seen."""
        if len(self.x) == 0:
            return
        corners = np.array(outlines)  # [k, c, 2]
        shapes = corners[None] * self.size[:, None, None, None] + np.stack([self.x, self.y], -1)[:, None, None]
        self.canvas.fill(polygons(self.layer.pixels(shapes).reshape(-1, *corners.shape[1:])), colour, alpha)

    def box(self, left: float, top: float, right: float, low: float, colour: RGB, alpha: float = 1.0) -> None:
        """One more rectangle of each."""
        self.part(((left, low), (right, low), (right, top), (left, top)), colour, alpha)

    def ovals(self, spots: Sequence[tuple[float, float, float, float]], colour: RGB, alpha: float = 1.0) -> None:
        """Ellipses (x, y, rx, ry) of each, in a colour of the land."""
        self.glows(spots, self.layer.stage.seen(colour, self.distance), alpha)

    def glows(self, spots: Sequence[tuple[float, float, float, float]], colour: RGB, alpha: float = 1.0) -> None:
        """Ellipses (x, y, rx, ry) of each, in a colour as it is seen."""
        if len(self.x) == 0:
            return
        all_spots = np.array(spots)
        places = np.stack([self.x, self.y], -1)[:, None, :] + all_spots[None, :, :2] * self.size[:, None, None]
        radii = all_spots[None, :, 2:] * self.size[:, None, None] * self.layer.scale
        corners = 10 if float(radii.max(initial=0.0)) < 12.0 else 20
        path = ellipses(self.layer.pixels(places.reshape(-1, 2)), radii.reshape(-1, 2), corners)
        self.canvas.fill(path, colour, alpha)

    def some(self, chosen: NDArray[np.bool_]) -> Stamp:
        """Those of them that are chosen [n]."""
        return Stamp(self.canvas, self.layer, self.x[chosen], self.y[chosen], self.size[chosen], self.distance)


def boxes(layer: Layer, left: Floats, right: Floats, top: Floats, low: Floats) -> Floats:
    """Rectangles [n, 4, 2] in pixels from world sides [n]."""
    corners = np.empty((len(left), 4, 2))
    corners[:, (0, 3), 0], corners[:, (1, 2), 0] = left[:, None], right[:, None]
    corners[:, :2, 1], corners[:, 2:, 1] = low[:, None], top[:, None]
    return layer.pixels(corners)


def slab(canvas: Canvas, layer: Layer, top: float, low: float | None, fill: Fill, alpha: float = 1.0) -> None:
    """A band across the whole frame from world y `top` to `low` (None: the bottom of the frame)."""
    stage = layer.stage
    y = stage.horizon + top * layer.scale
    floor = float(stage.height) if low is None else min(float(stage.height), stage.horizon + low * layer.scale)
    if floor > y:
        canvas.rectangle(0, y, stage.width, floor - y, fill, alpha)
