"""Settings without a sky of their own above them: a room, outer space, under water."""

from __future__ import annotations

from collections.abc import Callable
from math import sin

import numpy as np

from .colours import BLACK, RGB, WHITE, mix
from .growth import rocks
from .stage import Stage, chance
from .vector import Canvas, Linear, Radial, ellipses, polygons, spread_stops

Shade = Callable[[RGB], RGB]
"""A colour of the setting → how it is seen in its light."""


def draw_room(canvas: Canvas, stage: Stage) -> None:
    """A wall with a window that shows the time of day, a lamp, boards underfoot."""
    dusk = stage.air.lamps
    air = stage.air

    def inside(colour: RGB) -> RGB:
        """A colour in a room: by day by the window, after dark by the lamp."""
        day = (
            colour[0] * min(1.0, 0.3 + air.light[0] * 0.7),
            colour[1] * min(1.0, 0.3 + air.light[1] * 0.7),
            colour[2] * min(1.0, 0.3 + air.light[2] * 0.7),
        )
        return stage.drained(mix(day, (colour[0] * 0.82, colour[1] * 0.66, colour[2] * 0.5), 0.5 * dusk))

    back, floor = stage.layer(0.45, 101), stage.layer(1.0, 102)
    edge = stage.horizon + 0.1 * stage.unit
    canvas.rectangle(
        0,
        0,
        stage.width,
        edge + 1,
        Linear((0, 0), (0, edge), spread_stops([inside((214.0, 196.0, 176.0)), inside((236.0, 220.0, 198.0))])),
    )
    index = back.cells(0.13, 0.2)
    stripes = back.pixels(np.stack([index * 0.13, np.zeros(len(index))], -1))[:, 0]
    wide = 0.06 * back.scale
    corners = np.stack(
        [
            np.stack([stripes, np.zeros_like(stripes)], -1),
            np.stack([stripes + wide, np.zeros_like(stripes)], -1),
            np.stack([stripes + wide, np.full_like(stripes, edge)], -1),
            np.stack([stripes, np.full_like(stripes, edge)], -1),
        ],
        axis=1,
    )
    canvas.fill(polygons(corners), inside((222.0, 202.0, 180.0)), 0.5)
    _window(canvas, stage)
    px, py = back.pixels(np.array([0.34, -0.22]))
    size = back.scale
    canvas.rectangle(px, py - 0.1 * size, 0.2 * size, 0.15 * size, inside((126.0, 88.0, 60.0)))
    canvas.rectangle(px + 0.012 * size, py - 0.088 * size, 0.176 * size, 0.126 * size, inside((196.0, 214.0, 206.0)))
    hill = np.array([[0.012, 0.038], [0.06, -0.03], [0.1, 0.005], [0.14, -0.02], [0.188, 0.038]]) * size + np.array(
        [px, py]
    )
    canvas.fill(polygons(hill), inside((122.0, 158.0, 124.0)))
    canvas.rectangle(0, edge - 0.025 * stage.unit, stage.width, 0.028 * stage.unit, inside((248.0, 240.0, 226.0)))
    boards = Linear(
        (0, edge),
        (0, stage.height),
        ((0.0, inside((176.0, 124.0, 82.0)), 1.0), (1.0, inside((140.0, 92.0, 58.0)), 1.0)),
    )
    canvas.rectangle(0, edge, stage.width, max(1.0, stage.height - edge), boards)
    rows = edge + (stage.height - edge) * np.array([0.14, 0.34, 0.62])
    for y in rows:
        canvas.rectangle(0, float(y), stage.width, max(1.0, 0.004 * stage.unit), inside((122.0, 80.0, 50.0)), 0.6)
    x, y = floor.pixels(np.array([0.0, 0.27]))
    canvas.ellipse(x, y, 0.42 * floor.scale, 0.085 * floor.scale, inside((176.0, 70.0, 74.0)))
    canvas.ellipse(x, y, 0.36 * floor.scale, 0.07 * floor.scale, inside((206.0, 112.0, 100.0)))
    canvas.ellipse(x, y, 0.27 * floor.scale, 0.05 * floor.scale, inside((176.0, 70.0, 74.0)))
    _floor_lamp(canvas, stage)


def _window(canvas: Canvas, stage: Stage) -> None:
    layer = stage.layer(0.45, 101)
    x, y = layer.pixels(np.array([-0.36, -0.4]))
    w, h = 0.3 * layer.scale, 0.36 * layer.scale
    frame = stage.seen((250.0, 246.0, 238.0))
    frame = mix(frame, stage.drained((214.0, 180.0, 140.0)), 0.5 * stage.air.lamps)
    edge = 0.016 * layer.scale
    canvas.rectangle(x - edge, y - edge, w + 2 * edge, h + 2 * edge, frame)
    canvas.rectangle(x, y, w, h, Linear((0, y), (0, y + h), spread_stops([stage.drained(c) for c in stage.air.sky])))
    if stage.air.moon > 0.5 and stage.air.shine > 0.1:
        canvas.ellipse(x + 0.72 * w, y + 0.25 * h, 0.09 * w, 0.09 * w, stage.drained(stage.air.glow))
    far = np.array([[0.0, 1.0], [0.0, 0.8], [0.25, 0.7], [0.55, 0.82], [0.8, 0.72], [1.0, 0.8], [1.0, 1.0]]) * [
        w,
        h,
    ] + [x, y]
    canvas.fill(polygons(far), stage.seen(stage.snowy((120.0, 164.0, 108.0)), 0.3))
    for amount, size in ((stage.air.snow, 0.012), (stage.air.rain, 0.005)):
        if amount > 0.1:
            index = np.arange(26, dtype=np.int64)
            fall = (chance(stage.seed, 111, index) + stage.t * (0.2 if size > 0.01 else 1.3)) % 1.0
            where = np.stack([x + chance(stage.seed, 112, index) * w, y + fall * h], -1)
            canvas.fill(ellipses(where, np.full((26, 1), size * layer.scale * 0.5), 6), WHITE, 0.8)
    canvas.rectangle(x + w / 2 - edge / 3, y, edge / 1.5, h, frame)
    canvas.rectangle(x, y + h * 0.45, w, edge / 1.5, frame)
    canvas.rectangle(x - 2 * edge, y + h + edge, w + 4 * edge, edge, mix(frame, BLACK, 0.12))


def _floor_lamp(canvas: Canvas, stage: Stage) -> None:
    layer = stage.layer(0.7, 103)
    x, foot = layer.pixels(np.array([0.66, 0.14]))
    size = layer.scale
    canvas.rectangle(x - 0.005 * size, foot - 0.42 * size, 0.01 * size, 0.42 * size, stage.drained((84.0, 66.0, 56.0)))
    canvas.ellipse(x, foot, 0.05 * size, 0.012 * size, stage.drained((84.0, 66.0, 56.0)))
    shade = np.array([[-0.05, -0.5], [0.05, -0.5], [0.085, -0.39], [-0.085, -0.39]]) * size + np.array([x, foot])
    canvas.fill(polygons(shade), stage.drained(mix((222.0, 196.0, 150.0), (255.0, 226.0, 150.0), stage.air.lamps)))
    if stage.air.lamps > 0.1:
        reach = 0.5 * size
        warm = stage.drained((255.0, 206.0, 120.0))
        centre = (x, foot - 0.42 * size)
        canvas.ellipse(
            *centre, reach, reach, Radial(centre, reach, ((0.0, warm, 0.45), (1.0, warm, 0.0))), stage.air.lamps
        )


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
