"""Plants of warmer and wetter land: palms, acacias, reeds, bushes, big leaves, vines."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, polygons
from engines.sketch.stage import Floats, Layer

from .growth import turned
from .stamps import Height, Stamp, scattered


def _frond(angle: float, long: float) -> list[tuple[float, float]]:
    """A leaf that leaves (0, 0) at an angle (radians, 0 to the right, up negative) and hangs at its tip."""
    share = np.linspace(0.0, 1.0, 6)
    x = long * share * np.cos(angle)
    y = long * share * np.sin(angle) + 0.55 * long * share**2.2
    wide = 0.17 * long * np.sin(np.pi * (0.1 + 0.9 * share)) ** 0.8
    upper = [(float(a), float(b - c)) for a, b, c in zip(x, y, wide, strict=True)]
    return upper + [(float(a), float(b + 0.25 * c)) for a, b, c in zip(x, y, wide, strict=True)][::-1]


_FRONDS = [_frond(angle, 0.44) for angle in (-2.9, -2.2, -1.65, -1.1, -0.45, 0.05, 3.1)]


def palms(
    canvas: Canvas, layer: Layer, spacing: float, tall: float, ground: Height, distance: float, density: float
) -> None:
    """Leaning palms here and there."""
    index, x = scattered(layer, spacing, density, 41, tall)
    palm_trees(canvas, layer, x, ground(x), tall * (0.8 + 0.4 * layer.chance(index, 62)), distance)


def palm_trees(canvas: Canvas, layer: Layer, x: Floats, y: Floats, size: Floats, distance: float) -> None:
    """Leaning palms at world places, whose fronds sway."""
    if len(x) == 0:
        return
    stage = layer.stage
    trees = Stamp(canvas, layer, x, y, size, distance)
    trunk = ((-0.05, 0.0), (0.05, 0.0), (0.09, -0.35), (0.17, -0.75), (0.13, -0.78), (0.03, -0.36))
    trees.part(trunk, (146.0, 108.0, 74.0))
    trees.part(
        ((0.01, 0.0), (0.05, 0.0), (0.09, -0.35), (0.17, -0.75), (0.15, -0.76), (0.06, -0.36)), (112.0, 80.0, 56.0)
    )
    sway = (0.02 + 0.05 * stage.air.wind) * np.sin(stage.t * 1.5 + x * 7.0) * size
    crown = Stamp(canvas, layer, trees.x + 0.15 * size + sway * 0.3, trees.y - 0.76 * size, size, distance)
    for number, frond in enumerate(_FRONDS):
        leaf = mix((56.0, 138.0, 76.0), (104.0, 176.0, 84.0), (number * 3 % 7) / 6)
        crown.part(frond, stage.snowy(leaf, 0.35))
    crown.ovals(((-0.04, 0.05, 0.035, 0.04), (0.04, 0.06, 0.035, 0.04)), (122.0, 82.0, 52.0))


def acacias(
    canvas: Canvas, layer: Layer, spacing: float, tall: float, ground: Height, distance: float, density: float
) -> None:
    """Flat-topped trees of the savanna."""
    index, x = scattered(layer, spacing, density, 42, tall)
    trees = Stamp(canvas, layer, x, ground(x) + 0.01, tall * (0.75 + 0.5 * layer.chance(index, 62)), distance)
    bark: RGB = (96.0, 72.0, 54.0)
    trees.part(
        (
            (-0.05, 0.0),
            (0.05, 0.0),
            (0.03, -0.4),
            (0.24, -0.8),
            (0.19, -0.82),
            (0.0, -0.5),
            (-0.2, -0.84),
            (-0.25, -0.82),
            (-0.03, -0.4),
        ),
        bark,
    )
    leaf = layer.stage.snowy(turned(layer.stage, (112.0, 140.0, 66.0)), 0.5)
    trees.ovals(((-0.3, -0.8, 0.3, 0.08), (0.3, -0.84, 0.34, 0.08), (0.0, -0.9, 0.36, 0.09)), mix(leaf, BLACK, 0.2))
    trees.ovals(((-0.28, -0.84, 0.28, 0.07), (0.28, -0.88, 0.32, 0.07), (0.0, -0.95, 0.34, 0.08)), leaf)
    trees.ovals(((-0.1, -0.98, 0.2, 0.035), (0.3, -0.92, 0.16, 0.03)), mix(leaf, WHITE, 0.15))


def reeds(canvas: Canvas, layer: Layer, spacing: float, tall: float, rows: tuple[float, float], density: float) -> None:
    """Tufts of reed with brown heads, swaying."""
    index, x = scattered(layer, spacing, density, 43, 0.1)
    if len(index) == 0:
        return
    stage = layer.stage
    y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 62)
    size = tall * (0.7 + 0.6 * layer.chance(index, 63))
    sway: Floats = (0.05 + 0.16 * stage.air.wind) * np.sin(stage.t * 1.4 + x * 5.0) * size
    leaf = stage.snowy(turned(stage, (92.0, 140.0, 76.0)), 0.4)
    for number, lean in enumerate((-0.3, -0.14, 0.02, 0.16, 0.34)):
        high = 1.0 - 0.5 * abs(lean)
        blades = Stamp(canvas, layer, x, y, size)
        tip = np.stack([x + sway * high + lean * size, y - high * size], -1)
        root = np.stack([x + 0.1 * lean * size, y], -1)
        half = np.stack([0.022 * size, np.zeros_like(size)], -1)
        shape = np.stack([root - half, root + half, tip], axis=1)
        canvas.fill(polygons(layer.pixels(shape)), stage.seen(mix(leaf, BLACK, 0.07 * number)))
        if number in (1, 3):
            heads = Stamp(canvas, layer, tip[:, 0], tip[:, 1], size)
            heads.ovals(((0.0, 0.02, 0.022, 0.075),), stage.snowy((126.0, 84.0, 54.0), 0.4))
        del blades


def bushes(
    canvas: Canvas,
    layer: Layer,
    spacing: float,
    size: float,
    ground: Height,
    distance: float,
    leaf: RGB,
    density: float,
) -> None:
    """Round bushes."""
    index, x = scattered(layer, spacing, density, 44, size)
    shrubs = Stamp(canvas, layer, x, ground(x) + 0.01, size * (0.7 + 0.6 * layer.chance(index, 62)), distance)
    shrubs.ovals(((-0.3, -0.16, 0.3, 0.22), (0.32, -0.16, 0.3, 0.2), (0.0, -0.22, 0.34, 0.26)), mix(leaf, BLACK, 0.16))
    shrubs.ovals(((-0.22, -0.24, 0.22, 0.16), (0.2, -0.26, 0.22, 0.16)), leaf)


_LEAF = ((0.0, 0.0), (0.2, -0.2), (0.26, -0.5), (0.14, -0.82), (0.0, -1.0), (-0.14, -0.82), (-0.26, -0.5), (-0.2, -0.2))


def big_leaves(
    canvas: Canvas,
    layer: Layer,
    spacing: float,
    tall: float,
    foot: float,
    distance: float,
    leaf: RGB,
    *,
    hang: bool = False,
) -> None:
    """Fans of broad leaves that rise from a world y, or hang down from it."""
    index, x = scattered(layer, spacing, 0.9, 45 + int(hang), tall)
    if len(index) == 0:
        return
    stage = layer.stage
    size = tall * (0.7 + 0.6 * layer.chance(index, 62))
    y = np.full(len(x), foot)
    sway = (0.03 + 0.1 * stage.air.wind) * np.sin(stage.t * 1.1 + index * 1.7)
    way = -1.0 if hang else 1.0
    for number, angle in enumerate((-1.0, -0.55, -0.1, 0.35, 0.85)):
        turn = angle + sway
        c, s = np.cos(turn), np.sin(turn)
        corners = np.array(_LEAF) * (1.0 - 0.25 * abs(angle))
        shape = np.stack(
            [
                x[:, None] + (corners[None, :, 0] * c[:, None] - corners[None, :, 1] * s[:, None]) * size[:, None],
                y[:, None]
                + way * (corners[None, :, 0] * s[:, None] + corners[None, :, 1] * c[:, None]) * size[:, None],
            ],
            -1,
        )
        tone = mix(leaf, WHITE if number % 2 else BLACK, 0.1 + 0.02 * number)
        canvas.fill(polygons(layer.pixels(shape)), stage.seen(stage.snowy(tone, 0.3), distance))


def vines(canvas: Canvas, layer: Layer, spacing: float, top: float, long: float, distance: float, leaf: RGB) -> None:
    """Lianas that hang from above the frame, with leaves along them."""
    index, x = scattered(layer, spacing, 0.8, 47, 0.2)
    if len(index) == 0:
        return
    stage = layer.stage
    share = np.linspace(0.0, 1.0, 7)
    length = long * (0.5 + 0.8 * layer.chance(index, 62))
    sway = 0.03 * np.sin(stage.t * 0.8 + index)[:, None] * share**2
    line = np.stack([x[:, None] + sway, top + length[:, None] * share], -1)
    thick = np.array([0.004, 0.0])
    strip = np.concatenate([line - thick, (line + thick)[:, ::-1]], axis=1)
    canvas.fill(polygons(layer.pixels(strip)), stage.seen(mix(leaf, BLACK, 0.3), distance))
    dots = line[:, 1:].reshape(-1, 2)
    leaves = Stamp(canvas, layer, dots[:, 0], dots[:, 1], np.full(len(dots), 0.045), distance)
    leaves.part(((0.0, -0.5), (0.5, -0.1), (0.1, 0.4)), leaf)
    leaves.part(((0.0, -0.4), (-0.5, 0.0), (-0.1, 0.5)), mix(leaf, BLACK, 0.15))


def bare_trees(canvas: Canvas, layer: Layer, spacing: float, tall: float, foot: float, distance: float) -> None:
    """Dead trees hung with moss."""
    index, x = scattered(layer, spacing, 0.85, 32, tall)
    trees = Stamp(canvas, layer, x, np.full(len(x), foot), tall * (0.7 + 0.5 * layer.chance(index, 61)), distance)
    bark = layer.stage.snowy((82.0, 74.0, 66.0), 0.15)
    trees.part(
        ((-0.12, 0.02), (-0.05, -0.1), (-0.04, -0.6), (-0.01, -1.0), (0.02, -0.6), (0.05, -0.12), (0.13, 0.02)), bark
    )
    for branch in (
        ((-0.03, -0.5), (-0.26, -0.78), (-0.3, -0.92), (-0.22, -0.78), (-0.02, -0.58)),
        ((0.02, -0.4), (0.2, -0.6), (0.32, -0.62), (0.22, -0.66), (0.01, -0.5)),
        ((0.0, -0.68), (0.14, -0.9), (0.15, -1.0), (0.1, -0.88), (-0.01, -0.78)),
    ):
        trees.part(branch, bark)
    moss = layer.stage.snowy(turned(layer.stage, (118.0, 138.0, 96.0)), 0.5)
    for left, top in ((-0.24, -0.78), (0.2, -0.6), (-0.12, -0.64)):
        trees.part(
            (
                (left - 0.05, top),
                (left + 0.05, top + 0.01),
                (left + 0.02, top + 0.16),
                (left, top + 0.24),
                (left - 0.03, top + 0.12),
            ),
            moss,
            0.85,
        )
