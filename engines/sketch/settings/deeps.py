"""Settings that fill the whole frame with what one floats in: outer space, the deep sea."""

from __future__ import annotations

from collections.abc import Callable
from math import sin

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, ellipses, polygons, spread_stops
from engines.sketch.stage import Layer, Stage, chance

from .growth import rocks
from .stamps import Stamp, scattered

Shade = Callable[[RGB], RGB]
"""A colour of the setting → how it is seen in its light."""


def draw_space(canvas: Canvas, stage: Stage) -> None:
    """Stars at three depths, a nebula, two planets. It is always night there."""
    deep = [stage.drained(c) for c in ((6.0, 7.0, 22.0), (14.0, 12.0, 40.0), (24.0, 16.0, 54.0))]
    canvas.rectangle(
        0, 0, stage.width, stage.height, Linear((0, 0), (stage.width * 0.4, stage.height), spread_stops(deep))
    )
    for number, (fx, fy, colour) in enumerate(
        ((0.25, 0.3, (120.0, 60.0, 190.0)), (0.8, 0.7, (40.0, 100.0, 200.0)), (0.65, 0.15, (190.0, 60.0, 120.0)))
    ):
        x = (fx - stage.view.x * 0.04 * (number + 1)) % 1.4 * stage.width - 0.2 * stage.width
        y, reach = (fy - stage.view.y * 0.05) * stage.height, 0.42 * stage.unit
        cloud = stage.drained(colour)
        canvas.ellipse(
            x,
            y,
            reach * 1.3,
            reach,
            Radial((x, y), reach * 1.3, ((0.0, cloud, 0.38), (0.5, cloud, 0.14), (1.0, cloud, 0.0))),
        )
    for depth, size, count in ((0.03, 0.0013, 110), (0.1, 0.0022, 50), (0.25, 0.0036, 16)):
        index = np.arange(count, dtype=np.int64)
        salt = 120 + int(depth * 100)
        across = (chance(stage.seed, salt, index) - stage.view.x * depth - stage.t * depth * 0.02) % 1.0 * stage.width
        down = (chance(stage.seed, salt + 1, index) - stage.view.y * depth) % 1.0 * stage.height
        twinkle = 0.75 + 0.25 * np.sin(stage.t * (1 + 2 * chance(stage.seed, salt + 2, index)) + index)
        canvas.fill(
            ellipses(np.stack([across, down], -1), np.maximum(0.5, size * stage.unit * twinkle)[:, None], 6),
            (240.0, 244.0, 255.0),
            0.95,
        )
    _planet(canvas, stage, (0.78, 0.26), 0.13, (226.0, 150.0, 96.0), 0.12, ring=True)
    _planet(canvas, stage, (0.16, 0.78), 0.075, (96.0, 160.0, 214.0), 0.2, ring=False)


def _planet(
    canvas: Canvas, stage: Stage, place: tuple[float, float], size: float, colour: RGB, depth: float, *, ring: bool
) -> None:
    scale = 1.0 + (stage.view.zoom - 1.0) * depth * 2
    x = ((place[0] - stage.view.x * depth + 0.5) % 2.0 - 0.5) * stage.width
    y = (place[1] - stage.view.y * depth) * stage.height + 0.004 * stage.unit * sin(stage.t * 0.3 + size * 50)
    r = size * stage.unit * scale
    colour = stage.drained(colour)
    if ring:
        canvas.ellipse(x, y, 1.9 * r, 0.36 * r, mix(colour, WHITE, 0.35), 0.5)
    light = (x - 0.4 * r, y - 0.4 * r)
    canvas.ellipse(
        x,
        y,
        r,
        r,
        Radial(
            light,
            1.5 * r,
            ((0.0, mix(colour, WHITE, 0.35), 1.0), (0.55, colour, 1.0), (1.0, mix(colour, BLACK, 0.6), 1.0)),
        ),
    )
    if ring:
        half = [(np.cos(a) * 1.9 * r + x, np.sin(a) * 0.36 * r + y) for a in np.linspace(0.0, np.pi, 24)]
        inner = [(np.cos(a) * 1.5 * r + x, np.sin(a) * 0.26 * r + y) for a in np.linspace(np.pi, 0.0, 24)]
        canvas.fill(polygons(np.array(half + inner)), mix(colour, WHITE, 0.45), 0.9)


def draw_underwater(canvas: Canvas, stage: Stage) -> None:
    """Blue to the bottom, shafts of light, sand, weed that sways, bubbles that rise."""
    air = stage.air
    dim = 0.35 + 0.65 * min(1.0, sum(air.light) / 3)

    def sunken(colour: RGB) -> RGB:
        return stage.drained((colour[0] * dim, colour[1] * dim, colour[2] * dim))

    depth = [
        sunken((112.0, 208.0, 226.0)),
        sunken((44.0, 150.0, 196.0)),
        sunken((18.0, 92.0, 150.0)),
        sunken((10.0, 58.0, 108.0)),
    ]
    canvas.rectangle(0, 0, stage.width, stage.height, Linear((0, 0), (0, stage.height), spread_stops(depth)))
    for number in range(5):
        x = (
            (number + 0.5) / 5 - stage.view.x * 0.1 + 0.03 * sin(stage.t * 0.4 + number * 2)
        ) % 1.2 * stage.width - 0.1 * stage.width
        wide = stage.unit * (0.05 + 0.03 * (number % 3))
        low = stage.height * (0.7 + 0.1 * (number % 2))
        shaft = np.array(
            [
                [x, 0.0],
                [x + wide, 0.0],
                [x + wide * 1.2 - 0.22 * stage.unit, low],
                [x - wide * 0.8 - 0.22 * stage.unit, low],
            ]
        )
        canvas.fill(polygons(shaft), Linear((0, 0), (0, low), ((0.0, WHITE, 0.22), (1.0, WHITE, 0.0))), dim)
    for number, (layer_depth, base, colour) in enumerate(
        ((0.2, 0.2, (26.0, 96.0, 140.0)), (0.45, 0.25, (30.0, 84.0, 118.0)), (1.0, 0.31, (206.0, 190.0, 140.0)))
    ):
        layer = stage.layer(layer_depth, 131 + number)
        outline = layer.ground(base, 0.14 - 0.05 * number, 0.5, stage.height + 2.0)
        canvas.fill(polygons(outline), mix(sunken(colour), depth[2], 0.35 if number == 2 else 0.2))
        _weed(canvas, stage, number, base, sunken)
    _corals(canvas, stage.layer(0.45, 134), 0.26, 0.34, 0.13, sunken)
    _corals(canvas, stage.layer(1.0, 135), 0.33, 0.5, 0.16, sunken)
    _shoal(canvas, stage.layer(0.3, 136), sunken)
    rocks(canvas, stage.layer(1.0, 137), 0.5, 0.07, (0.33, 0.4), (110.0, 140.0, 150.0), 0.6)
    index = np.arange(26, dtype=np.int64)
    rise = (chance(stage.seed, 140, index) - stage.t * (0.06 + 0.08 * chance(stage.seed, 141, index))) % 1.1 - 0.05
    across = (chance(stage.seed, 142, index) - stage.view.x * 0.7 + 0.01 * np.sin(stage.t * 2 + index)) % 1.0
    size = stage.unit * (0.003 + 0.009 * chance(stage.seed, 143, index) ** 2)
    where = np.stack([across * stage.width, rise * stage.height], -1)
    canvas.fill(ellipses(where, size[:, None], 10), WHITE, 0.35)
    canvas.fill(ellipses(where - size[:, None] * 0.3, size[:, None] * 0.35, 6), WHITE, 0.7)


def _weed(canvas: Canvas, stage: Stage, number: int, base: float, sunken: Shade) -> None:
    layer = stage.layer((0.2, 0.45, 1.0)[number], 131 + number)
    index = layer.cells(0.22, 0.3)
    index = index[layer.chance(index, 5) < 0.6]
    if len(index) == 0:
        return
    x = (index + 0.7 * layer.chance(index, 6)) * 0.22
    tall = (0.10 + 0.12 * layer.chance(index, 7)) * (0.7 + 0.3 * number)
    share = np.linspace(0.0, 1.0, 7)
    sway = 0.03 * share[None] * np.sin(stage.t * 1.2 + index[:, None] + share[None] * 4.0)
    line = np.stack([x[:, None] + sway, base - tall[:, None] * share[None] + 0.02], -1)
    green = sunken(((34.0, 118.0, 128.0), (40.0, 138.0, 110.0), (62.0, 160.0, 92.0))[number])
    canvas.stroke(polygons(layer.pixels(line), closed=False), green, 0.018 * layer.scale, 0.95)


_CORALS: tuple[RGB, ...] = ((240.0, 112.0, 128.0), (246.0, 164.0, 84.0), (186.0, 116.0, 214.0))


def _corals(canvas: Canvas, layer: Layer, foot: float, spacing: float, size: float, sunken: Shade) -> None:
    """Branches, fans and domes on the sea floor."""
    index, x = scattered(layer, spacing, 0.85, 138, size)
    all_corals = Stamp(canvas, layer, x, np.full(len(x), foot), size * (0.6 + 0.6 * layer.chance(index, 61)))
    for paint, colour in enumerate(_CORALS):
        some, tone = all_corals.some(index % 3 == paint), sunken(colour)
        if paint == 0:
            for a, b in ((-0.5, 0.7), (-0.2, 1.0), (0.12, 0.8), (0.42, 0.95)):
                some.lit(((-0.08, 0.0), (a - 0.07, -b), (a, -b - 0.07), (a + 0.07, -b), (0.08, 0.0)), tone)
                some.glows(((a * 0.75, -0.72 * b, 0.1, 0.05), (a, -b, 0.075, 0.08)), tone)
        elif paint == 1:
            fan = [(0.62 * np.cos(t), -0.34 + 0.58 * np.sin(t)) for t in np.linspace(np.pi, 2 * np.pi, 11)]
            some.lit([(-0.06, 0.0), *fan, (0.06, 0.0)], tone)
            for t in np.linspace(np.pi * 1.12, np.pi * 1.88, 5):
                tip = (0.54 * float(np.cos(t)), -0.34 + 0.5 * float(np.sin(t)))
                some.lit(
                    ((-0.02, 0.0), (tip[0] - 0.015, tip[1]), (tip[0] + 0.015, tip[1]), (0.02, 0.0)),
                    mix(tone, BLACK, 0.2),
                )
        else:
            some.glows(((0.0, -0.12, 0.5, 0.36), (0.42, -0.05, 0.26, 0.2)), tone)
            some.glows(((-0.1, -0.24, 0.3, 0.14), (0.4, -0.12, 0.14, 0.07)), mix(tone, WHITE, 0.25))


def _shoal(canvas: Canvas, layer: Layer, sunken: Shade) -> None:
    """Small fish far off that pass as one."""
    stage = layer.stage
    index = np.arange(14, dtype=np.int64)
    lead = (stage.t * 0.03 + 0.3 - layer.depth * stage.view.x) % 1.8 - 0.4
    x = lead * stage.width + stage.unit * 0.22 * (layer.chance(index, 1) - 0.5)
    y = stage.height * (0.34 + 0.02 * sin(stage.t * 0.7)) + stage.unit * 0.13 * (layer.chance(index, 2) - 0.5)
    y = y + 0.006 * stage.unit * np.sin(stage.t * 2.0 + index)
    size = stage.unit * (0.012 + 0.006 * layer.chance(index, 3))
    beat = 0.25 * np.sin(stage.t * 9.0 + index * 2.0)
    fish = np.array([(1.0, 0.0), (0.3, -0.4), (-0.6, -0.1), (-1.1, -0.4), (-1.1, 0.4), (-0.6, 0.1), (0.3, 0.4)])
    shapes = fish[None] * size[:, None, None] + np.stack([x, y], -1)[:, None]
    shapes[:, 3:5, 1] += (beat * size)[:, None]
    canvas.fill(polygons(shapes), sunken((250.0, 206.0, 110.0)), 0.85)
