"""Where the sea ends: beach, island, harbour, cliffs."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, polygons
from engines.sketch.stage import Layer, Stage

from . import growth
from .land import green, hills
from .plants import palms
from .stamps import Stamp, landmarks, level, scattered, slab
from .waters import draw_water

BEACH = 0.16
"""World y of the near ground where a beach's sand begins; the next ones are of their kind."""
QUAY = 0.2
CLIFF = 0.13


def draw_beach(canvas: Canvas, stage: Stage, *, island: bool = False) -> None:
    """The sea, its swash, sand with shells; an island has palms, and others across the water."""
    shore = stage.horizon + BEACH * stage.layer(0.9, 0).scale
    draw_water(canvas, stage, shore + 0.05 * stage.unit, swell=0.8)
    if island:
        far = stage.layer(0.15, 63)
        _islet(canvas, far)
    layer = stage.layer(0.9, 61)
    x = layer.cells(0.04, 0.1) * 0.04
    swash = 0.012 * np.sin(stage.t * 0.9)
    edge = BEACH + 0.02 * (layer.noise(x, 0.3) - 0.5) - (0.03 * np.cos(x * 2.0) if island else 0.0)
    sand = (
        (-0.028, WHITE, 0.55),
        (-0.02, WHITE, 0.8),
        (-0.012, (196.0, 166.0, 118.0), 1.0),
        (0.014, (240.0, 214.0, 160.0), 1.0),
    )
    for lift, colour, alpha in sand:
        y = edge + lift + (swash if lift < 0.01 else 0.0)
        top = layer.pixels(np.stack([x, y], -1))
        floor = stage.height + 2.0
        tone = stage.seen(stage.snowy(colour))
        dark = Linear((0, float(top[0, 1])), (0, floor), ((0.0, tone, 1.0), (1.0, mix(tone, BLACK, 0.1), 1.0)))
        canvas.fill(
            polygons(np.concatenate([top, [[top[-1, 0], floor], [top[0, 0], floor]]])),
            dark if lift > 0.0 else tone,
            alpha,
        )
    near = stage.layer(1.0, 62)
    growth.rocks(canvas, near, 0.9, 0.05, (0.26, 0.48), (188.0, 160.0, 128.0), 0.6)
    _shells(canvas, near)
    palms(canvas, stage.layer(0.92, 64), 0.55 if island else 1.3, 0.5, level(0.21), 0.0, 0.9 if island else 0.45)
    if island:
        growth.grass(canvas, near, 0.12, 0.05, (0.22, 0.3), stage.snowy((110.0, 160.0, 84.0), 0.7))


def _islet(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    _, x = landmarks(layer, 1.1, 0.3, 0.4)
    isle = Stamp(canvas, layer, x, np.full(len(x), 0.012), np.full(len(x), 0.3), 0.45)
    isle.part(
        ((-0.62, 0.03), (-0.4, -0.08), (-0.16, -0.24), (0.04, -0.36), (0.2, -0.26), (0.44, -0.1), (0.66, 0.03)),
        green(stage, (84.0, 146.0, 96.0), 0.5),
    )
    isle.part(
        ((0.04, -0.36), (0.2, -0.26), (0.44, -0.1), (0.66, 0.03), (0.2, 0.03)), green(stage, (66.0, 124.0, 84.0), 0.4)
    )
    isle.part(((-0.7, 0.04), (-0.5, -0.01), (0.54, -0.01), (0.72, 0.04)), stage.snowy((234.0, 210.0, 160.0)))


def _shells(canvas: Canvas, layer: Layer) -> None:
    index, x = scattered(layer, 0.16, 0.5 * (1.0 - layer.stage.air.white), 26)
    y = 0.25 + 0.25 * layer.chance(index, 60)
    spots = Stamp(canvas, layer, x, y, 0.014 + 0.008 * layer.chance(index, 61))
    star = [(np.cos(a) * r, np.sin(a) * r * 0.6) for a, r in zip(np.arange(10) * 0.628, (0.7, 0.3) * 5, strict=True)]
    spots.some(index % 3 == 0).part(star, (232.0, 112.0, 84.0))
    spots.some(index % 3 == 1).part(
        ((-0.5, 0.0), (-0.4, -0.4), (0.0, -0.6), (0.4, -0.4), (0.5, 0.0), (0.0, 0.2)), (250.0, 232.0, 218.0)
    )
    spots.some(index % 3 == 2).ovals(((0.0, 0.0, 0.4, 0.2),), (206.0, 176.0, 126.0))


def draw_harbour(canvas: Canvas, stage: Stage) -> None:
    """A bay with a town around it, moored boats that bob, a stone quay."""
    far = stage.layer(0.14, 451)
    ground = hills(canvas, far, 0.01, 0.1, 0.8, green(stage, (110.0, 150.0, 112.0)), 0.55, far.below(0.02))
    growth.houses(canvas, far, 0.085, 0.07, lambda x: np.minimum(ground(x) + 0.03, 0.0), 0.4, 0.9)
    draw_water(canvas, stage, stage.horizon + QUAY * stage.layer(1.0, 0).scale + 2.0, swell=0.4)
    for number, (depth, y, spacing) in enumerate(((0.35, 0.04, 0.3), (0.7, 0.13, 0.62))):
        _moored(canvas, stage.layer(depth, 452 + number), y, spacing, 0.12 + 0.12 * number)
    near = stage.layer(1.0, 454)
    stone = stage.snowy((168.0, 160.0, 150.0), 0.8)
    slab(canvas, near, QUAY - 0.01, QUAY + 0.012, stage.seen(mix(stone, WHITE, 0.2)))
    slab(canvas, near, QUAY + 0.012, None, stage.seen(stone))
    index = near.cells(0.17, 0.2)
    for row in range(3):
        y = QUAY + 0.06 + 0.075 * row
        slab(canvas, near, y, y + 0.004, stage.seen(mix(stone, BLACK, 0.18)))
        joints = Stamp(
            canvas, near, (index + 0.5 * (row % 2)) * 0.17, np.full(len(index), y), np.full(len(index), 0.075)
        )
        joints.box(0.0, -1.0, 0.04, 0.0, mix(stone, BLACK, 0.18))
    _, x = landmarks(near, 0.6, -0.12, 0.1)
    posts = Stamp(canvas, near, x, np.full(len(x), QUAY + 0.035), np.full(len(x), 0.07))
    posts.box(-0.2, -0.7, 0.2, 0.0, (60.0, 66.0, 78.0))
    posts.ovals(((0.0, -0.7, 0.3, 0.16), (0.0, 0.0, 0.2, 0.08)), (74.0, 80.0, 92.0))


_HULLS: tuple[RGB, ...] = ((206.0, 74.0, 66.0), (64.0, 112.0, 168.0), (240.0, 236.0, 226.0))


def _moored(canvas: Canvas, layer: Layer, y: float, spacing: float, size: float) -> None:
    stage = layer.stage
    index, x = scattered(layer, spacing, 0.75, 28, size)
    bob = 0.03 * size * np.sin(stage.t * 1.1 + index)
    boats = Stamp(canvas, layer, x, y + bob, size * (0.8 + 0.4 * layer.chance(index, 60)), 0.5 - 0.5 * layer.depth)
    boats.box(-0.02, -1.1, 0.02, 0.0, (130.0, 96.0, 70.0))
    boats.part(((0.05, -1.0), (0.06, -0.22), (0.4, -0.24)), (244.0, 238.0, 226.0))
    for paint, hull in enumerate(_HULLS):
        some = boats.some(index % 3 == paint)
        some.part(((-0.55, -0.2), (0.6, -0.24), (0.42, 0.08), (-0.42, 0.08)), hull)
        some.part(((-0.55, -0.2), (0.6, -0.24), (0.57, -0.17), (-0.53, -0.14)), mix(hull, WHITE, 0.5))
    boats.part(((-0.4, -0.19), (-0.4, -0.42), (-0.1, -0.42), (-0.06, -0.2)), (240.0, 232.0, 214.0))
    boats.ovals(((0.0, 0.1, 0.5, 0.025),), (226.0, 240.0, 246.0), 0.6)


def draw_cliffs(canvas: Canvas, stage: Stage) -> None:
    """A rocky headland over the sea; stacks stand in the surf."""
    draw_water(canvas, stage, stage.horizon + CLIFF * stage.layer(1.0, 0).scale + 3.0, swell=1.2)
    for depth, spacing, size, offset in ((0.2, 0.9, 0.2, -0.35), (0.45, 1.5, 0.34, 0.4)):
        layer = stage.layer(depth, 461 + int(depth * 10))
        _, x = landmarks(layer, spacing, offset, size)
        y = 0.03 + 0.08 * depth
        stack = Stamp(canvas, layer, x, np.full(len(x), y), np.full(len(x), size), 0.6 - depth)
        rock = stage.snowy((128.0, 122.0, 124.0), 0.2)
        stack.part(
            (
                (-0.42, 0.0),
                (-0.36, -0.4),
                (-0.24, -0.62),
                (-0.1, -0.9),
                (0.1, -0.86),
                (0.2, -0.5),
                (0.36, -0.3),
                (0.42, 0.0),
            ),
            rock,
        )
        stack.part(
            ((0.1, -0.86), (0.2, -0.5), (0.36, -0.3), (0.42, 0.0), (0.1, 0.0), (0.0, -0.4)), mix(rock, BLACK, 0.25)
        )
        stack.part(
            ((-0.16, -0.8), (-0.1, -0.92), (0.1, -0.88), (0.14, -0.76), (0.0, -0.8)), green(stage, (120.0, 158.0, 92.0))
        )
        surf = 0.05 + 0.02 * np.sin(stage.t * 1.6)
        stack.ovals(
            ((-0.2, 0.0, 0.3, surf), (0.2, 0.01, 0.32, surf), (0.0, 0.02, 0.36, surf)), (246.0, 250.0, 252.0), 0.85
        )
    near = stage.layer(1.0, 466)
    x = near.cells(0.05, 0.1) * 0.05
    lip = CLIFF + 0.03 * (near.noise(x, 0.16) - 0.5) + 0.02 * near.noise(x, 0.7, 3)
    for lift, colour in ((-0.01, (112.0, 106.0, 108.0)), (0.012, (150.0, 142.0, 138.0)), (0.05, (124.0, 166.0, 96.0))):
        edge = lip + lift + (0.03 * near.noise(x, 0.11, 4) if lift > 0.04 else 0.0)
        top = near.pixels(np.stack([x, edge], -1))
        floor = stage.height + 2.0
        tone = stage.seen(green(stage, colour) if lift > 0.04 else stage.snowy(colour, 0.4))
        fill = Linear((0, float(top[0, 1])), (0, floor), ((0.0, tone, 1.0), (1.0, mix(tone, BLACK, 0.16), 1.0)))
        canvas.fill(polygons(np.concatenate([top, [[top[-1, 0], floor], [top[0, 0], floor]]])), fill)
    growth.grass(canvas, near, 0.06, 0.04, (0.22, 0.5), stage.snowy((98.0, 146.0, 72.0), 0.8))
    growth.rocks(canvas, near, 0.5, 0.08, (0.2, 0.4), (140.0, 136.0, 138.0))
