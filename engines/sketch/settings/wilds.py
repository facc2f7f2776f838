"""Wild land that is hot or dry: desert, oasis, savanna, canyon, volcano, jungle."""

from __future__ import annotations

from math import sin

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, ellipses, polygons
from engines.sketch.stage import Floats, Layer, Stage

from . import growth
from .drifting import dust, embers, fireflies
from .land import green, hills
from .plants import acacias, big_leaves, bushes, palm_trees, palms, reeds, vines
from .stamps import Stamp, landmarks, level, scattered
from .waters import sea_colours

_DUNES: tuple[tuple[float, float, float, RGB, float], ...] = (
    (0.08, 0.0, 0.12, (222.0, 170.0, 120.0), 0.6),
    (0.3, 0.06, 0.12, (232.0, 184.0, 116.0), 0.25),
    (0.7, 0.14, 0.10, (240.0, 200.0, 132.0), 0.0),
)
"""(depth, base, height, colour, distance) of the rows of dunes."""


def draw_desert(canvas: Canvas, stage: Stage, *, oasis: bool = False) -> None:
    """Dunes with a shaded side, cacti; an oasis has a pool under palms."""
    for number, (depth, base, height, colour, distance) in enumerate(_DUNES):
        layer = stage.layer(depth, 31 + number)
        ground = hills(canvas, layer, base, height, 0.8, stage.snowy(colour, 0.9), distance)
        _lee(canvas, layer, (base, height, colour, distance))
        if not oasis:
            growth.cacti(canvas, layer, 0.5 + 0.4 * number, 0.06 + 0.11 * number, ground, distance)
        elif number == 1:
            palms(canvas, layer, 0.2, 0.3, ground, 0.2, 0.8)
    near = stage.layer(1.0, 35)
    if oasis:
        _pool(canvas, stage.layer(0.9, 36))
    _ripples(canvas, near)
    growth.rocks(canvas, near, 0.7, 0.06, (0.2, 0.46), (196.0, 140.0, 96.0))
    dust(canvas, stage, (232.0, 190.0, 130.0))


def _lee(canvas: Canvas, layer: Layer, dune: tuple[float, float, RGB, float]) -> None:
    """The shaded flank of each dune, from its crest down to the right."""
    base, height, colour, distance = dune
    stage = layer.stage
    x = layer.cells(0.04, 0.1) * 0.04
    top = layer.height_at(x, base, height, 0.8)
    depth = np.maximum(0.0, np.gradient(top, 0.04)) * 0.32
    shape = layer.pixels(np.concatenate([np.stack([x, top], -1), np.stack([x + 0.03, top + depth], -1)[::-1]]))
    canvas.fill(polygons(shape), stage.seen(stage.snowy(mix(colour, (150.0, 86.0, 70.0), 0.4), 0.6), distance), 0.7)


def _ripples(canvas: Canvas, layer: Layer) -> None:
    """Ripples that the wind drew in the sand."""
    stage = layer.stage
    index, x = scattered(layer, 0.13, 0.8, 24, 0.2)
    y = 0.19 + 0.3 * layer.chance(index, 60)
    lines = Stamp(canvas, layer, x, y, 0.08 + 0.1 * layer.chance(index, 61))
    lines.part(
        ((-1.0, 0.0), (-0.4, -0.05), (0.3, -0.02), (1.0, -0.06), (0.3, 0.02), (-0.4, -0.01)),
        stage.snowy((206.0, 158.0, 98.0), 0.8),
    )


def _pool(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    far, near = sea_colours(stage)
    _, x = landmarks(layer, 2.2, 0.1, 0.7)
    pool = Stamp(canvas, layer, x, np.full(len(x), 0.12), np.full(len(x), 0.6))
    pool.ovals(((0.0, 0.02, 0.86, 0.125),), green(stage, (128.0, 164.0, 84.0)))
    pool.glows(((0.0, 0.02, 0.78, 0.1),), mix(far, near, 0.4))
    pool.glows(
        ((-0.2, -0.02, 0.4, 0.012), (0.2, 0.03, 0.3, 0.009), (0.05, 0.07, 0.3, 0.008)), mix(far, WHITE, 0.5), 0.6
    )
    feet = (x[:, None] + np.array([-0.56, -0.4, 0.5, 0.68])).ravel()
    tall = np.tile(np.array([0.5, 0.36, 0.46, 0.34]), len(x))
    palm_trees(canvas, layer, feet, np.full(len(feet), 0.12), tall, 0.0)
    reeds(canvas, layer, 0.14, 0.08, (0.185, 0.2), 0.5)


def draw_savanna(canvas: Canvas, stage: Stage) -> None:
    """Golden grass to the horizon under flat-topped trees, a far blue mountain."""
    growth.peaks(canvas, stage.layer(0.04, 511), 1.6, 0.3, 0.03, 0.85, 0.3)
    rows: tuple[tuple[float, float, RGB, float, float, float], ...] = (
        (0.14, 0.015, (206.0, 178.0, 108.0), 0.6, 0.16, 0.13),
        (0.35, 0.05, (214.0, 178.0, 92.0), 0.35, 0.42, 0.26),
        (0.75, 0.11, (222.0, 182.0, 88.0), 0.08, 1.0, 0.55),
    )
    for number, (depth, base, colour, distance, spacing, tall) in enumerate(rows):
        layer = stage.layer(depth, 512 + number)
        ground = hills(canvas, layer, base, 0.025, 0.9, stage.snowy(colour), distance)
        acacias(canvas, layer, spacing, tall, ground, distance, 0.8)
        bushes(
            canvas,
            layer,
            0.3 * spacing + 0.08,
            0.3 * tall,
            ground,
            distance,
            stage.snowy((140.0, 146.0, 76.0), 0.5),
            0.5,
        )
    near = stage.layer(1.0, 516)
    _tall_grass(canvas, near, 0.035, 0.07, (0.15, 0.5), (196.0, 150.0, 62.0))
    _tall_grass(canvas, near, 0.05, 0.1, (0.3, 0.5), (230.0, 192.0, 96.0))


def _tall_grass(
    canvas: Canvas, layer: Layer, spacing: float, tall: float, rows: tuple[float, float], colour: RGB
) -> None:
    """Dry grass in which the wind runs."""
    index, x = scattered(layer, spacing, 0.85, 33, 0.1)
    stage = layer.stage
    y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 60)
    size = tall * (0.6 + 0.8 * layer.chance(index, 61))
    lean = (0.2 + 0.5 * stage.air.wind) * np.sin(stage.t * 1.6 + x * 6.0)
    for number, way in enumerate((-0.5, -0.1, 0.35)):
        root = np.stack([x + 0.1 * way * size, y], -1)
        tip = np.stack([x + (way + lean) * size * 0.7, y - size * (1.0 - 0.3 * abs(way))], -1)
        half = np.stack([0.05 * size, np.zeros_like(size)], -1)
        tone = stage.snowy(mix(colour, BLACK, 0.08 * number), 0.7)
        canvas.fill(polygons(layer.pixels(np.stack([root - half, root + half, tip], axis=1))), stage.seen(tone))


def draw_canyon(canvas: Canvas, stage: Stage) -> None:
    """Red tables of rock in layers, one row behind the other."""
    for number, (depth, base, spacing, size, distance) in enumerate(
        ((0.06, 0.02, 0.5, 0.42, 0.75), (0.2, 0.05, 0.75, 0.46, 0.4), (0.45, 0.1, 1.5, 0.5, 0.12))
    ):
        layer = stage.layer(depth, 521 + number)
        _mesas(canvas, layer, spacing, size, base, distance)
        hills(canvas, layer, base, 0.02, 0.7, stage.snowy((214.0, 136.0, 88.0), 0.8), distance * 0.9)
    near = stage.layer(0.85, 525)
    hills(canvas, near, 0.14, 0.03, 0.6, stage.snowy((224.0, 150.0, 96.0), 0.9), 0.0)
    _ripples(canvas, stage.layer(1.0, 526))
    bushes(canvas, near, 0.34, 0.06, level(0.16), 0.0, stage.snowy((138.0, 140.0, 82.0), 0.5), 0.5)
    growth.rocks(canvas, stage.layer(1.0, 527), 0.4, 0.09, (0.2, 0.46), (190.0, 104.0, 74.0))
    dust(canvas, stage, (226.0, 150.0, 100.0))


def _mesas(canvas: Canvas, layer: Layer, spacing: float, size: float, foot: float, distance: float) -> None:
    index, x = scattered(layer, spacing, 0.85, 34, size)
    table = Stamp(
        canvas, layer, x, np.full(len(x), foot + 0.02), size * (0.6 + 0.6 * layer.chance(index, 61)), distance
    )
    snowy = layer.stage.snowy
    for grow, low, high, colour in (
        (0.55, 0.0, -0.3, (186.0, 100.0, 70.0)),
        (0.42, -0.28, -0.48, (206.0, 118.0, 76.0)),
        (0.38, -0.46, -0.56, (170.0, 86.0, 64.0)),
        (0.37, -0.54, -0.74, (216.0, 132.0, 86.0)),
        (0.34, -0.72, -0.8, (232.0, 158.0, 106.0)),
    ):
        shrunk = grow - 0.1 * (low - high) / 0.3
        table.part(((-grow, low), (-shrunk, high), (shrunk * 0.9, high), (grow, low)), snowy(colour, 0.35))
        table.part(((0.12, low), (0.16, high), (shrunk * 0.9, high), (grow, low)), BLACK, 0.12)


def draw_volcano(canvas: Canvas, stage: Stage) -> None:
    """A cone that smokes and glows, lava down its side and in cracks before one's feet."""
    far = stage.layer(0.1, 531)
    _, x = landmarks(far, 2.6, -0.05, 1.0)
    pulse = 0.75 + 0.25 * sin(stage.t * 1.7)
    cone = Stamp(canvas, far, x, np.full(len(x), 0.06), np.full(len(x), 0.62), 0.25)
    hot = stage.drained((255.0, 120.0, 40.0))
    for spot in x:
        px, py = far.pixels(np.array([spot, 0.06 - 0.5]))
        reach = 0.36 * far.scale
        canvas.ellipse(
            px, py, reach, reach, Radial((px, py), reach, ((0.0, hot, 0.6), (0.5, hot, 0.18), (1.0, hot, 0.0))), pulse
        )
    _smoke(canvas, far, x)
    rock = stage.snowy((92.0, 76.0, 80.0), 0.3)
    cone.part(
        (
            (-1.0, 0.0),
            (-0.55, -0.3),
            (-0.26, -0.66),
            (-0.14, -0.84),
            (0.14, -0.84),
            (0.28, -0.62),
            (0.6, -0.26),
            (1.0, 0.0),
        ),
        rock,
    )
    cone.part(
        ((0.02, -0.84), (0.14, -0.84), (0.28, -0.62), (0.6, -0.26), (1.0, 0.0), (0.3, 0.0), (0.12, -0.4)),
        mix(rock, BLACK, 0.25),
    )
    cone.glows(((0.0, -0.84, 0.14, 0.03),), stage.drained((255.0, 190.0, 80.0)))
    for flow in (
        (
            (-0.05, -0.84),
            (0.04, -0.84),
            (0.0, -0.6),
            (0.1, -0.4),
            (0.07, -0.12),
            (0.16, 0.0),
            (0.04, 0.0),
            (-0.02, -0.14),
            (0.02, -0.38),
            (-0.06, -0.58),
        ),
        ((-0.12, -0.83), (-0.08, -0.83), (-0.2, -0.56), (-0.22, -0.36), (-0.32, -0.24), (-0.28, -0.4), (-0.23, -0.6)),
    ):
        cone.lit(flow, mix(stage.drained((255.0, 84.0, 30.0)), stage.drained((255.0, 200.0, 90.0)), 0.5 * pulse))
    for number, (depth, base, colour) in enumerate(((0.3, 0.05, (86.0, 74.0, 76.0)), (0.7, 0.12, (74.0, 64.0, 68.0)))):
        layer = stage.layer(depth, 533 + number)
        hills(canvas, layer, base, 0.07 - 0.02 * number, 0.4, stage.snowy(colour, 0.4), 0.3 - 0.25 * number)
        growth.rocks(canvas, layer, 0.22, 0.08 + 0.05 * number, (base, base + 0.05), (96.0, 82.0, 84.0))
    near = stage.layer(1.0, 536)
    index, x = scattered(near, 0.3, 0.8, 35, 0.3)
    cracks = Stamp(canvas, near, x, 0.18 + 0.26 * near.chance(index, 60), 0.14 + 0.12 * near.chance(index, 61))
    zigzag = (
        (-1.0, 0.0),
        (-0.6, -0.09),
        (-0.3, -0.02),
        (0.1, -0.12),
        (0.4, -0.03),
        (1.0, -0.08),
        (0.45, 0.04),
        (0.1, -0.05),
        (-0.3, 0.06),
        (-0.62, -0.02),
    )
    cracks.lit([(1.12 * a, 1.7 * b) for a, b in zigzag], hot, 0.25)
    cracks.lit(zigzag, mix(hot, stage.drained((255.0, 214.0, 100.0)), 0.6 * pulse))
    growth.rocks(canvas, near, 0.4, 0.09, (0.2, 0.46), (88.0, 78.0, 82.0))
    embers(canvas, stage)


def _smoke(canvas: Canvas, layer: Layer, x: Floats) -> None:
    stage = layer.stage
    age = (np.arange(9) / 9 + stage.t * 0.05) % 1.0
    grey = mix(stage.seen((120.0, 110.0, 116.0)), stage.drained(stage.air.sky[2]), 0.3)
    for spot in x:
        where = np.stack(
            [spot + 0.12 * age + 0.05 * np.sin(age * 9.0) + 0.2 * stage.air.wind * age, -0.46 - 0.42 * age], -1
        )
        size = (0.035 + 0.11 * age) * np.minimum(1.0, (1.0 - age) * 3.0)
        canvas.fill(ellipses(layer.pixels(where), size[:, None] * layer.scale, 18), grey, 0.55)


def draw_jungle(canvas: Canvas, stage: Stage) -> None:
    """Green on green: great trunks, lianas, fans of leaves from below and from above; light falls through."""
    stage_dim = stage.seen((60.0, 120.0, 84.0), 0.6)
    canvas.rectangle(
        0,
        0,
        stage.width,
        stage.height,
        Linear(
            (0, 0),
            (0, stage.horizon),
            (
                (0.0, mix(stage_dim, stage.drained(stage.air.sky[1]), 0.25), 1.0),
                (1.0, mix(stage_dim, stage.drained(mix(stage.air.sky[3], (226.0, 240.0, 160.0), 0.4)), 0.55), 1.0),
            ),
        ),
    )
    rows: tuple[tuple[float, float, RGB, float, float], ...] = (
        (0.12, 0.16, (82.0, 140.0, 96.0), 0.7, 0.09),
        (0.3, 0.3, (64.0, 126.0, 80.0), 0.42, 0.15),
        (0.6, 0.62, (52.0, 104.0, 64.0), 0.15, 0.24),
    )
    for number, (depth, spacing, leaf, distance, big) in enumerate(rows):
        layer = stage.layer(depth, 541 + number)
        _trunks(canvas, layer, spacing, distance)
        foot = 0.05 + 0.05 * number
        bushes(canvas, layer, spacing * 0.6, 1.4 * big, level(foot + 0.05), distance, green(stage, leaf, 0.3), 0.95)
        hills(
            canvas, layer, foot, 0.03, 0.4, green(stage, mix(leaf, BLACK, 0.1), 0.4), distance, layer.below(foot + 0.1)
        )
        big_leaves(canvas, layer, spacing * 0.8, big * 1.2, foot + 0.05, distance, green(stage, leaf, 0.3))
        vines(
            canvas,
            layer,
            spacing * 0.9,
            -stage.horizon / layer.scale - 0.02,
            0.34,
            distance,
            green(stage, mix(leaf, WHITE, 0.12), 0.3),
        )
    near = stage.layer(1.0, 545)
    hills(canvas, near, 0.15, 0.03, 0.6, green(stage, (86.0, 134.0, 70.0)), 0.0)
    growth.grass(canvas, near, 0.07, 0.05, (0.17, 0.5), stage.snowy((64.0, 120.0, 60.0), 0.7))
    _orchids(canvas, near)
    front = stage.layer(1.25, 546)
    leaf = green(stage, (34.0, 92.0, 58.0), 0.3)
    fireflies(canvas, stage)
    big_leaves(canvas, front, 0.7, 0.2, (stage.height - stage.horizon) / front.scale + 0.03, 0.0, leaf)
    big_leaves(canvas, front, 0.42, 0.2, -stage.horizon / front.scale - 0.02, 0.0, leaf, hang=True)


def _trunks(canvas: Canvas, layer: Layer, spacing: float, distance: float) -> None:
    index, x = scattered(layer, spacing, 0.75, 36, 0.2)
    top = layer.stage.horizon / layer.scale + 0.1
    trees = Stamp(canvas, layer, x, np.full(len(x), 0.2), np.full(len(x), 1.0), distance)
    wide = 0.16 * spacing
    trees.part(
        (
            (-1.8 * wide, 0.0),
            (-0.7 * wide, -0.1),
            (-0.5 * wide, -top - 0.2),
            (0.5 * wide, -top - 0.2),
            (0.7 * wide, -0.1),
            (1.8 * wide, 0.0),
        ),
        (104.0, 84.0, 62.0),
    )
    trees.part(
        (
            (0.5 * wide, 0.0),
            (0.2 * wide, -0.1),
            (0.15 * wide, -top - 0.2),
            (0.5 * wide, -top - 0.2),
            (0.7 * wide, -0.1),
            (1.8 * wide, 0.0),
        ),
        (76.0, 62.0, 50.0),
    )


def _orchids(canvas: Canvas, layer: Layer) -> None:
    index, x = scattered(layer, 0.16, 0.6 * (1.0 - layer.stage.air.white), 37)
    flowers = Stamp(canvas, layer, x, 0.18 + 0.26 * layer.chance(index, 60), 0.03 + 0.02 * layer.chance(index, 61))
    for paint, petal in enumerate(((236.0, 84.0, 140.0), (250.0, 160.0, 60.0), (160.0, 110.0, 220.0))):
        some = flowers.some(index % 3 == paint)
        some.part(
            (
                (-0.5, -0.3),
                (-0.15, -0.1),
                (-0.3, -0.7),
                (0.0, -0.35),
                (0.3, -0.7),
                (0.15, -0.1),
                (0.5, -0.3),
                (0.0, 0.2),
            ),
            petal,
        )
        some.ovals(((0.0, -0.15, 0.12, 0.12),), (252.0, 236.0, 150.0))
