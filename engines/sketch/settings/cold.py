"""Land and air that are white: ice on the sea, a snowfield, a floor of clouds."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, ellipses, polygons
from engines.sketch.stage import Layer, Stage

from . import growth
from .clouds import cloud_colours
from .land import hills
from .stamps import Stamp, scattered, slab
from .waters import sea_colours


def draw_arctic(canvas: Canvas, stage: Stage) -> None:
    """Bergs on a dark sea, floes, and the edge of the ice on which one stands."""
    far = stage.layer(0.08, 551)
    ice: RGB = (226.0, 240.0, 250.0)
    low = stage.layer(1.0, 0)
    near_water, deep = sea_colours(stage)
    slab(
        canvas,
        low,
        0.0,
        0.2,
        Linear(
            (0, stage.horizon),
            (0, stage.horizon + 0.2 * low.scale),
            ((0.0, mix(near_water, WHITE, 0.12), 1.0), (1.0, deep, 1.0)),
        ),
    )
    for layer, spacing, size, foot, distance in (
        (far, 0.4, 0.22, 0.008, 0.6),
        (stage.layer(0.22, 552), 0.9, 0.34, 0.045, 0.3),
    ):
        index, x = scattered(layer, spacing, 0.8, 38, size)
        bergs = Stamp(
            canvas,
            layer,
            x,
            foot + 0.003 * np.sin(stage.t * 0.7 + index),
            size * (0.6 + 0.7 * layer.chance(index, 61)),
            distance,
        )
        bergs.part(
            (
                (-0.6, 0.0),
                (-0.5, -0.26),
                (-0.3, -0.34),
                (-0.16, -0.66),
                (0.04, -0.78),
                (0.16, -0.46),
                (0.36, -0.4),
                (0.6, 0.0),
            ),
            ice,
        )
        bergs.part(
            ((0.04, -0.78), (0.16, -0.46), (0.36, -0.4), (0.6, 0.0), (0.1, 0.0), (-0.02, -0.36)), (168.0, 204.0, 230.0)
        )
        bergs.part(((-0.3, -0.34), (-0.16, -0.66), (-0.12, -0.3), (-0.2, 0.0), (-0.34, 0.0)), (200.0, 224.0, 242.0))
        bergs.ovals(((0.0, 0.01, 0.62, 0.035),), (120.0, 190.0, 214.0), 0.7)
    floes_layer = stage.layer(0.55, 553)
    index, x = scattered(floes_layer, 0.2, 0.8, 39, 0.3)
    floes = Stamp(
        canvas,
        floes_layer,
        x + 0.01 * np.sin(stage.t * 0.4 + index),
        0.07 + 0.06 * floes_layer.chance(index, 60),
        0.1 + 0.1 * floes_layer.chance(index, 61),
        0.1,
    )
    plate = ((-0.6, 0.0), (-0.4, -0.12), (0.1, -0.16), (0.5, -0.1), (0.62, 0.02), (0.2, 0.1), (-0.3, 0.09))
    floes.part([(a, b + 0.05) for a, b in plate], (132.0, 186.0, 214.0))
    floes.part(plate, (240.0, 247.0, 252.0))
    near = stage.layer(1.0, 554)
    x = near.cells(0.06, 0.1) * 0.06
    lip = 0.165 + 0.03 * (near.noise(x, 0.22) - 0.5)
    for lift, colour in ((0.0, (150.0, 200.0, 226.0)), (-0.022, (238.0, 246.0, 252.0))):
        top = near.pixels(np.stack([x, lip + lift], -1))
        floor = stage.height + 2.0
        tone = stage.seen(colour)
        fill = Linear(
            (0, float(top[0, 1])),
            (0, floor),
            ((0.0, tone, 1.0), (1.0, stage.seen(mix(colour, (176.0, 206.0, 232.0), 0.6)), 1.0)),
        )
        if lift == 0.0:
            edge = np.concatenate([top, top[::-1] + np.array([0.0, 0.03 * near.scale])])
            canvas.fill(polygons(edge), tone)
        else:
            canvas.fill(polygons(np.concatenate([top, [[top[-1, 0], floor], [top[0, 0], floor]]])), fill)
    drifts(canvas, near)


def drifts(canvas: Canvas, layer: Layer) -> None:
    """Blue shadows and sparks on snow."""
    stage = layer.stage
    index, x = scattered(layer, 0.17, 0.8, 40, 0.3)
    y = 0.19 + 0.28 * layer.chance(index, 60)
    drifts = Stamp(canvas, layer, x, y, 0.1 + 0.14 * layer.chance(index, 61))
    drifts.part(
        ((-1.0, 0.0), (-0.5, -0.07), (0.1, -0.02), (0.6, -0.08), (1.0, -0.02), (0.3, 0.04), (-0.4, 0.03)),
        (190.0, 212.0, 236.0),
        0.8,
    )
    sparks = np.arange(26, dtype=np.int64) + int(np.floor(-layer.origin / layer.scale / 0.06))
    glint = np.maximum(0.0, np.sin(stage.t * 2.0 + sparks * 2.4)) ** 4
    where = layer.pixels(np.stack([sparks * 0.06, 0.2 + 0.26 * layer.chance(sparks, 62)], -1))
    canvas.fill(ellipses(where, np.maximum(0.3, glint * 0.0045 * stage.unit)[:, None], 4), stage.drained(WHITE), 0.9)


def draw_snowfield(canvas: Canvas, stage: Stage) -> None:
    """A white plain with wooded hills far off; always under snow."""
    white: RGB = (238.0, 245.0, 251.0)
    growth.peaks(canvas, stage.layer(0.05, 561), 0.7, 0.3, 0.04, 0.8, 0.8)
    for number, (depth, base, height, distance) in enumerate(
        ((0.14, 0.02, 0.1, 0.55), (0.35, 0.06, 0.08, 0.3), (0.75, 0.13, 0.06, 0.05))
    ):
        layer = stage.layer(depth, 562 + number)
        ground = hills(
            canvas, layer, base, height, 0.8, mix(white, (198.0, 216.0, 238.0), 0.3 - 0.1 * number), distance
        )
        if number < 2:
            growth.pines(canvas, layer, 0.07 + 0.06 * number, 0.08 + 0.1 * number, ground, distance, 0.6 - 0.2 * number)
    drifts(canvas, stage.layer(1.0, 566))


def draw_cloudscape(canvas: Canvas, stage: Stage) -> None:
    """High up: a floor of heaped clouds far below, in five rows, each drifting faster than the one behind."""
    bright, shade = cloud_colours(stage)
    for number in range(5):
        layer = stage.layer(0.12 + 0.2 * number, 571 + number)
        base = 0.03 + 0.075 * number
        step = 0.025
        drift = stage.t * 0.006 * (number + 1)
        x = layer.cells(step, 0.2) * step
        at = x - drift
        size = 0.1 + 0.045 * number
        lump = np.zeros_like(x)
        for k in range(-2, 3):
            cell = np.floor(at / size).astype(np.int64) + k
            middle = (cell + 0.2 + 0.6 * layer.chance(cell, 1)) * size
            radius = size * (0.45 + 0.65 * layer.chance(cell, 2))
            lump = np.maximum(lump, np.sqrt(np.maximum(0.0, radius**2 - (at - middle) ** 2)))
        edge = layer.pixels(np.stack([x, base - lump * 0.8], -1))
        low = stage.horizon + (base + 0.14) * layer.scale if number < 4 else stage.height + 2.0
        top = float(edge[:, 1].min())
        far = mix(shade, stage.drained(stage.air.haze), 0.5 * (1.0 - number / 4))
        light = mix(bright, stage.drained(stage.air.haze), 0.55 * (1.0 - number / 4))
        fill = Linear(
            (0, top),
            (0, top + (0.22 + 0.05 * number) * layer.scale),
            (
                (0.0, mix(light, WHITE, 0.3 * (1.0 - stage.air.moon)), 1.0),
                (0.5, light, 1.0),
                (1.0, mix(far, stage.drained(stage.air.sky[1]), 0.22), 1.0),
            ),
        )
        canvas.fill(polygons(np.concatenate([edge, [[edge[-1, 0], low], [edge[0, 0], low]]])), fill)
