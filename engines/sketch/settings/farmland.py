"""Land that is tilled or kept: farm, orchard, vineyard, graveyard, and the old stones of castle and temple."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, polygons
from engines.sketch.stage import Floats, Layer, Stage

from . import growth
from .land import backdrop, green, hills, path
from .plants import bare_trees
from .stamps import Height, Stamp, landmarks, level, scattered, slab


def draw_farm(canvas: Canvas, stage: Stage) -> None:
    """A red barn with its silo, striped fields, bales, a fence along the yard."""
    backdrop(canvas, stage, 211)
    field = stage.layer(0.45, 213)
    hills(canvas, field, 0.075, 0.03, 0.9, green(stage, (206.0, 186.0, 92.0)), 0.3)
    _furrows(canvas, field, 0.075, 0.16, (176.0, 150.0, 70.0))
    _barns(canvas, stage.layer(0.6, 214))
    hills(canvas, stage.layer(0.8, 215), 0.125, 0.03, 0.8, green(stage, (134.0, 190.0, 88.0)), 0.05)
    _bales(canvas, stage.layer(0.85, 216))
    fence(canvas, stage.layer(0.9, 217), 0.155, 0.075, (238.0, 232.0, 220.0))
    path(canvas, stage, 0.19)
    near = stage.layer(1.0, 218)
    growth.grass(canvas, near, 0.08, 0.04, (0.29, 0.5), stage.snowy((98.0, 156.0, 66.0), 0.8))
    growth.flowers(canvas, near, 0.1, (0.3, 0.5))


def _furrows(canvas: Canvas, layer: Layer, top: float, low: float, colour: RGB) -> None:
    """Rows that run to a vanishing point at the horizon."""
    stage = layer.stage
    index = layer.cells(0.09, 1.2)
    x, gap = index * 0.09, 0.035
    shape = np.empty((len(index), 4, 2))
    for corner, (side, y) in enumerate(((0.0, top - 0.005), (gap, top - 0.005), (gap, low), (0.0, low))):
        spread = 1.0 if y < low else 2.0
        middle = (stage.width * 0.5 - layer.origin) / layer.scale
        shape[:, corner, 0] = middle + (x - middle + side) * spread
        shape[:, corner, 1] = y
    colour = stage.seen(stage.snowy(colour, 0.85), 0.3)
    for furrow in layer.pixels(shape):  # as one path they take ten times as long (Path.columns)
        if furrow[:, 0].max() > 0 and furrow[:, 0].min() < stage.width:
            canvas.fill(polygons(furrow), colour, 0.6)


def _barns(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    _, x = landmarks(layer, 1.9, 0.24, 0.4)
    barn = Stamp(canvas, layer, x, np.full(len(x), 0.13), np.full(len(x), 0.36), 0.12)
    grey, red = (186.0, 190.0, 196.0), (176.0, 58.0, 50.0)
    barn.box(0.46, -1.0, 0.74, 0.0, grey)
    barn.box(0.62, -1.0, 0.74, 0.0, mix(grey, BLACK, 0.14))
    barn.ovals(((0.6, -1.0, 0.14, 0.12),), stage.snowy((150.0, 60.0, 54.0), 0.8))
    barn.part(((-0.5, 0.0), (-0.5, -0.42), (-0.36, -0.64), (0.0, -0.8), (0.36, -0.64), (0.5, -0.42), (0.5, 0.0)), red)
    roof = stage.snowy((110.0, 84.0, 82.0), 0.9)
    barn.part(((-0.56, -0.4), (-0.39, -0.66), (0.0, -0.84), (0.0, -0.76), (-0.34, -0.61), (-0.5, -0.36)), roof)
    barn.part(((0.56, -0.4), (0.39, -0.66), (0.0, -0.84), (0.0, -0.76), (0.34, -0.61), (0.5, -0.36)), roof)
    white: RGB = (244.0, 238.0, 228.0)
    barn.box(-0.17, -0.36, 0.17, 0.0, white)
    barn.box(-0.145, -0.335, 0.145, 0.0, mix(red, BLACK, 0.22))
    barn.part(((-0.145, -0.335), (-0.115, -0.335), (0.145, 0.0), (0.115, 0.0)), white)
    barn.part(((0.145, -0.335), (0.115, -0.335), (-0.145, 0.0), (-0.115, 0.0)), white)
    barn.box(-0.09, -0.62, 0.09, -0.46, white)
    glow = mix(stage.seen((80.0, 66.0, 66.0), 0.1), stage.drained((255.0, 214.0, 120.0)), stage.air.lamps)
    barn.lit(((-0.07, -0.48), (0.07, -0.48), (0.07, -0.6), (-0.07, -0.6)), glow)


def _bales(canvas: Canvas, layer: Layer) -> None:
    index, x = scattered(layer, 0.4, 0.6, 221, 0.1)
    bales = Stamp(canvas, layer, x, np.full(len(x), 0.155), 0.05 + 0.02 * layer.chance(index, 61))
    snowy = layer.stage.snowy
    bales.box(0.0, -1.0, 0.9, 0.0, snowy((206.0, 168.0, 76.0), 0.4))
    bales.ovals(((0.9, -0.5, 0.3, 0.5),), snowy((206.0, 168.0, 76.0), 0.4))
    bales.ovals(((0.0, -0.5, 0.36, 0.5),), snowy((232.0, 198.0, 104.0), 0.5))
    bales.ovals(((0.0, -0.5, 0.2, 0.28),), snowy((206.0, 168.0, 76.0), 0.5))
    bales.ovals(((0.0, -0.5, 0.1, 0.15),), snowy((236.0, 204.0, 116.0), 0.5))


def fence(canvas: Canvas, layer: Layer, foot: float, high: float, colour: RGB) -> None:
    """Posts with two rails along the frame."""
    stage = layer.stage
    index = layer.cells(0.13, 0.2)
    tone = stage.snowy(colour, 0.3)
    for rail in (0.42, 0.82):
        slab(canvas, layer, foot - rail * high - 0.008, foot - rail * high + 0.008, stage.seen(tone))
    posts = Stamp(canvas, layer, index * 0.13, np.full(len(index), foot), np.full(len(index), high))
    posts.part(((-0.11, 0.0), (-0.11, -1.0), (0.0, -1.14), (0.11, -1.0), (0.11, 0.0)), tone)
    posts.part(((0.05, 0.0), (0.05, -1.08), (0.11, -1.0), (0.11, 0.0)), mix(tone, BLACK, 0.18))


def draw_orchard(canvas: Canvas, stage: Stage) -> None:
    """Rows of fruit trees, apples in the grass."""
    backdrop(canvas, stage, 231)
    for number, (depth, foot, spacing, tall) in enumerate(
        ((0.4, 0.08, 0.17, 0.2), (0.62, 0.11, 0.32, 0.34), (0.85, 0.15, 0.62, 0.58))
    ):
        layer = stage.layer(depth, 233 + number)
        far = 0.35 - 0.17 * number
        hills(canvas, layer, foot, 0.012, 0.8, green(stage, (128.0, 184.0, 88.0)), far)
        growth.broadleaves(canvas, layer, spacing, tall, level(foot), far, 0.95, (92.0, 154.0, 72.0))
        index, x = scattered(layer, spacing, 0.95 * (1.0 - stage.air.spring), 7, tall)  # the same trees
        fruit = Stamp(
            canvas, layer, x, np.full(len(x), foot + 0.01), tall * (0.75 + 0.5 * layer.chance(index, 53)), far
        )
        spots = ((-0.2, -0.6), (-0.05, -0.7), (0.12, -0.62), (0.2, -0.76), (-0.12, -0.84), (0.02, -0.56), (0.08, -0.86))
        fruit.ovals([(a, b, 0.03, 0.032) for a, b in spots], stage.snowy((222.0, 58.0, 48.0), 0.3))
    near = stage.layer(1.0, 237)
    growth.grass(canvas, near, 0.07, 0.035, (0.18, 0.5), stage.snowy((92.0, 152.0, 62.0), 0.8))
    index, x = scattered(near, 0.17, 0.6 * (1.0 - stage.air.white), 61)
    apples = Stamp(canvas, near, x, 0.2 + 0.26 * near.chance(index, 62), np.full(len(x), 0.018))
    apples.ovals(((0.0, 0.3, 0.9, 0.3),), (70.0, 110.0, 52.0), 0.6)
    apples.ovals(((0.0, -0.3, 0.75, 0.75),), (216.0, 60.0, 50.0))
    apples.ovals(((-0.25, -0.55, 0.18, 0.2),), (250.0, 170.0, 150.0))


def draw_vineyard(canvas: Canvas, stage: Stage) -> None:
    """Hills striped with vines, a farmhouse on one, trellises close by with grapes."""
    far = stage.layer(0.12, 241)
    top = hills(
        canvas, far, 0.02, 0.16, 0.7, green(stage, (130.0, 164.0, 116.0)), 0.7, stage.layer(0.35, 242).below(0.06)
    )
    _stripes(canvas, far, top, 0.1, 0.65)
    layer = stage.layer(0.35, 242)
    middle = hills(
        canvas, layer, 0.06, 0.1, 0.6, green(stage, (150.0, 176.0, 92.0)), 0.35, stage.layer(0.8, 243).below(0.14)
    )
    growth.houses(canvas, layer, 0.8, 0.15, middle, 0.25, 0.9)
    _stripes(canvas, layer, middle, 0.12, 0.3)
    growth.pines(canvas, layer, 0.5, 0.2, middle, 0.3, 0.6)
    hills(canvas, stage.layer(0.8, 243), 0.14, 0.03, 0.8, green(stage, (166.0, 150.0, 98.0)), 0.05)
    for depth, foot, high in ((0.85, 0.165, 0.1), (1.0, 0.34, 0.15)):
        _trellis(canvas, stage.layer(depth, 244 + int(depth * 10)), foot, high)
    growth.grass(canvas, stage.layer(1.0, 248), 0.08, 0.03, (0.19, 0.5), stage.snowy((110.0, 150.0, 70.0), 0.8))


def _stripes(canvas: Canvas, layer: Layer, ground: Height, reach: float, distance: float) -> None:
    """Rows of vines that climb a hill."""
    index = layer.cells(0.05, 0.2)
    x = index * 0.05
    shape = np.empty((len(x), 4, 2))
    shape[:, 0, 0], shape[:, 1, 0], shape[:, 2, 0], shape[:, 3, 0] = x, x + 0.02, x + 0.075, x + 0.045
    shape[:, :2, 1] = ground(x + 0.01)[:, None] + 0.012
    shape[:, 2:, 1] = ground(x + 0.06)[:, None] + reach
    canvas.fill(
        polygons(layer.pixels(shape)), layer.stage.seen(green(layer.stage, (92.0, 132.0, 66.0), 0.5), distance), 0.7
    )


def _trellis(canvas: Canvas, layer: Layer, foot: float, high: float) -> None:
    stage = layer.stage
    index = layer.cells(0.3, 0.3)
    posts = Stamp(canvas, layer, index * 0.3, np.full(len(index), foot), np.full(len(index), high))
    posts.box(-0.04, -1.05, 0.04, 0.0, (130.0, 98.0, 70.0))
    leaf = green(stage, (88.0, 148.0, 66.0), 0.5)
    index = layer.cells(0.055, 0.1)
    vines = Stamp(
        canvas, layer, index * 0.055, foot - high * (0.62 + 0.12 * layer.chance(index, 60)), np.full(len(index), high)
    )
    vines.ovals(((0.0, 0.0, 0.32, 0.26), (0.1, 0.2, 0.2, 0.18)), mix(leaf, BLACK, 0.14))
    vines.ovals(((-0.05, -0.1, 0.22, 0.16),), leaf)
    grapes = vines.some((layer.chance(index, 61) < 0.5) & (stage.air.white < 0.5))
    grapes.ovals(
        ((0.0, 0.1, 0.06, 0.06), (0.1, 0.12, 0.06, 0.06), (0.05, 0.2, 0.06, 0.06), (0.0, 0.26, 0.05, 0.05)),
        (112.0, 58.0, 130.0),
    )


def draw_graveyard(canvas: Canvas, stage: Stage) -> None:
    """Leaning stones under bare trees, a chapel, an iron fence, mist at their feet."""
    far = stage.layer(0.15, 251)
    top = hills(canvas, far, 0.03, 0.12, 0.8, green(stage, (104.0, 124.0, 108.0)), 0.65)
    _chapel(canvas, far, top)
    growth.pines(canvas, far, 0.12, 0.12, top, 0.6, 0.6)
    hills(canvas, stage.layer(0.5, 252), 0.08, 0.05, 0.7, green(stage, (100.0, 130.0, 88.0)), 0.3)
    bare_trees(canvas, stage.layer(0.5, 253), 0.75, 0.55, 0.09, 0.25)
    _railing(canvas, stage.layer(0.6, 254))
    hills(canvas, stage.layer(0.85, 255), 0.13, 0.02, 0.6, green(stage, (104.0, 138.0, 84.0)), 0.05)
    for depth, foot, spacing, size in ((0.7, 0.13, 0.17, 0.1), (0.95, 0.18, 0.3, 0.16)):
        _stones(canvas, stage.layer(depth, 256 + int(10 * depth)), foot, spacing, size)
    near = stage.layer(1.0, 268)
    growth.grass(canvas, near, 0.07, 0.04, (0.19, 0.5), stage.snowy((84.0, 122.0, 66.0), 0.8))
    index, x = scattered(near, 0.5, 0.9, 66, 0.6)
    mist = Stamp(canvas, near, x + 0.05 * np.sin(stage.t * 0.25 + index), np.full(len(x), 0.15), np.full(len(x), 0.5))
    mist.glows(((0.0, 0.0, 0.7, 0.035), (0.3, 0.03, 0.5, 0.03)), stage.drained(mix(stage.air.haze, WHITE, 0.2)), 0.3)


def _chapel(canvas: Canvas, layer: Layer, top: Height) -> None:
    _, x = landmarks(layer, 1.6, -0.2, 0.2)
    chapel = Stamp(canvas, layer, x, top(x) + 0.02, np.full(len(x), 0.2), 0.5)
    wall: RGB = (150.0, 146.0, 150.0)
    chapel.box(-0.3, -0.5, 0.5, 0.0, wall)
    chapel.part(
        ((-0.34, -0.48), (0.54, -0.48), (0.4, -0.78), (-0.2, -0.78)), layer.stage.snowy((88.0, 84.0, 100.0), 0.8)
    )
    chapel.part(((-0.5, 0.0), (-0.5, -0.9), (-0.34, -1.4), (-0.18, -0.9), (-0.18, 0.0)), mix(wall, BLACK, 0.12))
    glow = mix(
        layer.stage.seen((70.0, 74.0, 92.0), 0.4), layer.stage.drained((255.0, 206.0, 120.0)), layer.stage.air.lamps
    )
    for left in (-0.05, 0.15, 0.35):
        chapel.lit(
            ((left - 0.05, -0.12), (left - 0.05, -0.3), (left, -0.38), (left + 0.05, -0.3), (left + 0.05, -0.12)), glow
        )


def _railing(canvas: Canvas, layer: Layer) -> None:
    iron: RGB = (52.0, 54.0, 64.0)
    index = layer.cells(0.03, 0.1)
    bars = Stamp(canvas, layer, index * 0.03, np.full(len(index), 0.12), np.full(len(index), 0.1))
    bars.part(((-0.03, 0.0), (-0.03, -0.95), (0.0, -1.1), (0.03, -0.95), (0.03, 0.0)), iron)
    for y in (0.04, 0.105):
        slab(canvas, layer, y - 0.003, y + 0.003, layer.stage.seen(iron))


def _stones(canvas: Canvas, layer: Layer, foot: float, spacing: float, size: float) -> None:
    index, x = scattered(layer, spacing, 0.75, 67, size)
    lean = 0.24 * (layer.chance(index, 63) - 0.5)
    stones = Stamp(
        canvas, layer, x, foot + 0.02 * layer.chance(index, 62), size * (0.7 + 0.5 * layer.chance(index, 61))
    )
    grey = layer.stage.snowy((158.0, 158.0, 164.0), 0.2)
    for kind in range(3):
        for tilt in (False, True):
            some = stones.some((index % 3 == kind) & ((lean > 0.0) == tilt))
            a = 0.1 if tilt else -0.06
            if kind == 2:
                some.part(
                    (
                        (-0.07, 0.0),
                        (a - 0.07, -0.55),
                        (a - 0.3, -0.55),
                        (a - 0.3, -0.7),
                        (a - 0.07, -0.7),
                        (a - 0.07, -1.0),
                        (a + 0.08, -1.0),
                        (a + 0.08, -0.7),
                        (a + 0.3, -0.7),
                        (a + 0.3, -0.55),
                        (a + 0.08, -0.55),
                        (0.08, 0.0),
                    ),
                    grey,
                )
                continue
            head = [(a + 0.3 * np.cos(t), -0.65 + 0.3 * np.sin(t)) for t in np.linspace(np.pi, 2 * np.pi, 9)]
            square = [(a - 0.3, -0.8), (a, -0.95), (a + 0.3, -0.8)]
            some.part([(-0.32, 0.0), *(head if kind == 0 else square), (0.32, 0.0)], grey)
            some.part([(0.2, 0.0), (a + 0.2, -0.75), (a + 0.3, -0.66), (0.32, 0.0)], mix(grey, BLACK, 0.22))
            for row in (0.5, 0.38):
                some.part(
                    (
                        (a * 0.5 - 0.16, -row),
                        (a * 0.5 + 0.14, -row),
                        (a * 0.5 + 0.14, -row + 0.04),
                        (a * 0.5 - 0.16, -row + 0.04),
                    ),
                    mix(grey, BLACK, 0.3),
                )


def draw_ruins(canvas: Canvas, stage: Stage) -> None:
    """Columns of an old temple on dry grass, some fallen, cypresses behind."""
    growth.peaks(canvas, stage.layer(0.05, 271), 0.8, 0.24, 0.03, 0.85, 0.1)
    far = stage.layer(0.2, 272)
    top = hills(
        canvas, far, 0.04, 0.08, 0.7, green(stage, (160.0, 168.0, 112.0)), 0.55, stage.layer(0.75, 0).below(0.14)
    )
    growth.pines(canvas, far, 0.13, 0.2, top, 0.5, 0.6)
    _temple(canvas, stage.layer(0.5, 273))
    hills(canvas, stage.layer(0.75, 274), 0.12, 0.03, 0.8, green(stage, (182.0, 178.0, 112.0)), 0.1)
    layer = stage.layer(0.9, 275)
    index, x = scattered(layer, 0.5, 0.8, 68, 0.2)
    high = 0.2 + 0.35 * layer.chance(index, 61)
    columns(canvas, layer, x, np.full(len(x), 0.15), high, 0.075, 0.0)
    near = stage.layer(1.0, 276)
    index, x = scattered(near, 0.7, 0.8, 69, 0.3)
    drums = Stamp(canvas, near, x, 0.22 + 0.14 * near.chance(index, 60), np.full(len(x), 0.09))
    stone = stage.snowy((226.0, 214.0, 190.0), 0.4)
    drums.box(-0.9, -0.8, 0.7, 0.0, stone)
    drums.box(-0.9, -0.28, 0.7, 0.0, mix(stone, BLACK, 0.2))
    drums.ovals(((0.7, -0.4, 0.2, 0.4),), mix(stone, BLACK, 0.1))
    drums.ovals(((-0.9, -0.4, 0.2, 0.4),), mix(stone, WHITE, 0.25))
    growth.grass(canvas, near, 0.06, 0.035, (0.16, 0.5), stage.snowy((146.0, 150.0, 80.0), 0.8))
    growth.flowers(canvas, near, 0.12, (0.18, 0.5))


def columns(canvas: Canvas, layer: Layer, x: Floats, foot: Floats, high: Floats, wide: float, distance: float) -> None:
    """Fluted columns with base and capital; `high` is of each."""
    stage = layer.stage
    stone = stage.snowy((230.0, 218.0, 196.0), 0.25)
    shaft = Stamp(canvas, layer, x, foot, np.full(len(x), wide), distance)
    left, right = np.full(len(x), -0.36), np.full(len(x), 0.36)
    for a, b, tone in (
        (left, right, stone),
        (np.full(len(x), 0.14), right, mix(stone, BLACK, 0.18)),
        (np.full(len(x), -0.2), np.full(len(x), -0.1), mix(stone, BLACK, 0.1)),
        (np.full(len(x), 0.0), np.full(len(x), 0.07), mix(stone, BLACK, 0.1)),
    ):
        corners = np.stack(
            [
                np.stack([x + a * wide, foot], -1),
                np.stack([x + b * wide, foot], -1),
                np.stack([x + 0.86 * b * wide, foot - high], -1),
                np.stack([x + 0.86 * a * wide, foot - high], -1),
            ],
            axis=1,
        )
        canvas.fill(polygons(layer.pixels(corners)), stage.seen(tone, distance))
    shaft.box(-0.5, -0.22, 0.5, 0.02, mix(stone, BLACK, 0.08))
    caps = Stamp(canvas, layer, x, foot - high, np.full(len(x), wide), distance)
    caps.part(((-0.34, 0.12), (-0.52, -0.1), (0.52, -0.1), (0.34, 0.12)), mix(stone, WHITE, 0.15))
    caps.box(-0.56, -0.24, 0.56, -0.08, stone)


def _temple(canvas: Canvas, layer: Layer) -> None:
    _, middle = landmarks(layer, 1.8, -0.1, 0.5)
    stage = layer.stage
    stone = stage.snowy((222.0, 208.0, 184.0), 0.3)
    base = Stamp(canvas, layer, middle, np.full(len(middle), 0.115), np.full(len(middle), 0.4), 0.25)
    base.box(-0.85, -0.08, 0.85, 0.02, stone)
    base.box(-0.78, -0.15, 0.78, -0.07, mix(stone, BLACK, 0.1))
    for k in range(6):
        at = middle + 0.4 * (-0.66 + 0.264 * k)
        high = np.full(len(middle), 0.29 if k != 4 else 0.17)
        columns(canvas, layer, at, np.full(len(middle), 0.06), high, 0.055, 0.25)
    base.part(((-0.78, -0.88), (0.3, -0.88), (0.24, -1.0), (-0.78, -1.0)), mix(stone, BLACK, 0.06))
    base.part(((-0.82, -1.0), (0.2, -1.0), (0.12, -1.1), (0.0, -1.16), (-0.3, -1.24)), stone)


def draw_courtyard(canvas: Canvas, stage: Stage) -> None:
    """A castle on its hill, flags in the wind, a moat wall nearer by, a road to it."""
    growth.peaks(canvas, stage.layer(0.05, 281), 0.7, 0.3, 0.03, 0.85, 0.3)
    backdrop(canvas, stage, 282)
    layer = stage.layer(0.4, 284)
    castle(canvas, layer)
    hills(canvas, stage.layer(0.75, 285), 0.12, 0.05, 0.8, green(stage, (126.0, 184.0, 90.0)), 0.08)
    path(canvas, stage, 0.18, (196.0, 182.0, 156.0))
    near = stage.layer(1.0, 286)
    growth.grass(canvas, near, 0.07, 0.035, (0.14, 0.18), stage.snowy((98.0, 160.0, 66.0), 0.8))
    growth.grass(canvas, near, 0.07, 0.035, (0.29, 0.5), stage.snowy((98.0, 160.0, 66.0), 0.8))
    growth.flowers(canvas, near, 0.08, (0.29, 0.5))


def _merlons(left: float, right: float, top: float, number: int, high: float) -> list[tuple[float, float]]:
    """The notched upper edge of a wall, from left to right."""
    step = (right - left) / (2 * number - 1)
    edge = []
    for k in range(2 * number - 1):
        y = top if k % 2 else top - high
        edge += [(left + k * step, y), (left + (k + 1) * step, y)]
    return edge


def castle(canvas: Canvas, layer: Layer) -> None:
    """Walls, towers with cone roofs, flags."""
    stage = layer.stage
    _, x = landmarks(layer, 2.2, -0.16, 0.6)
    keep = Stamp(canvas, layer, x, np.full(len(x), 0.1), np.full(len(x), 0.5), 0.2)
    wall, roof = stage.snowy((196.0, 190.0, 188.0), 0.15), stage.snowy((74.0, 96.0, 150.0), 0.6)
    keep.part(((-1.1, 0.12), (-0.8, -0.02), (0.8, -0.02), (1.1, 0.12)), green(stage, (110.0, 156.0, 86.0)))
    flutter = 0.02 * np.sin(stage.t * 4.0)
    for left, right, top in ((-0.3, -0.06, -0.86), (0.14, 0.34, -0.74), (-0.66, -0.46, -0.62), (0.5, 0.7, -0.6)):
        middle = (left + right) / 2
        keep.part([(left, 0.0), *_merlons(left - 0.02, right + 0.02, top, 3, 0.04), (right, 0.0)], wall)
        keep.box(middle + 0.02, top, right, 0.0, mix(wall, BLACK, 0.14))
        keep.part(((left - 0.03, top - 0.02), (middle, top - 0.34), (right + 0.03, top - 0.02)), roof)
        keep.part(
            ((middle, top - 0.34), (right + 0.03, top - 0.02), (middle + 0.02, top - 0.02)), mix(roof, BLACK, 0.2)
        )
        keep.box(middle - 0.005, top - 0.46, middle + 0.005, top - 0.32, (90.0, 84.0, 84.0))
        keep.part(
            ((middle, top - 0.46), (middle + 0.14, top - 0.43 + flutter), (middle, top - 0.39)), (206.0, 60.0, 60.0)
        )
    keep.part([(-0.6, 0.0), *_merlons(-0.6, 0.62, -0.34, 10, 0.05), (0.62, 0.0)], mix(wall, WHITE, 0.1))
    keep.part(
        ((-0.1, 0.0), (-0.1, -0.16), (-0.06, -0.24), (0.02, -0.27), (0.1, -0.24), (0.14, -0.16), (0.14, 0.0)),
        (92.0, 66.0, 52.0),
    )
    glow = mix(stage.seen((84.0, 88.0, 104.0), 0.2), stage.drained((255.0, 210.0, 120.0)), stage.air.lamps)
    for left, y in ((-0.2, -0.6), (0.22, -0.54), (-0.58, -0.48), (0.58, -0.46), (-0.42, -0.18), (0.34, -0.18)):
        keep.lit(
            ((left - 0.022, y), (left - 0.022, y - 0.07), (left, y - 0.1), (left + 0.022, y - 0.07), (left + 0.022, y)),
            glow,
        )
