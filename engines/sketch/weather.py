"""What falls and what veils: snow, rain, fog, lightning, leaves in the wind. Each kind is one path, however many."""

from __future__ import annotations

from math import floor, sin

import numpy as np

from .colours import WHITE, mix
from .stage import Indices, Stage, chance
from .vector import Canvas, Linear, ellipses, polygons

_FLAKES = ((0.35, 0.0032, 0.10, 90), (0.7, 0.0052, 0.17, 60), (1.1, 0.0085, 0.26, 26))
"""(depth, size and fall per second in units, number) of the layers of snow."""


def draw_weather(canvas: Canvas, stage: Stage) -> None:
    """Over everything else."""
    air = stage.air
    if air.fog > 0.02:
        _fog(canvas, stage)
    if air.rain > 0.02:
        _rain(canvas, stage)
    if air.snow > 0.02:
        _snow(canvas, stage)
    if air.wind > 0.5 and air.snow < 0.5 and air.rain < 0.5:
        _gusts(canvas, stage)
    if air.storm > 0.5:
        _lightning(canvas, stage)


def _number(stage: Stage, count: int, amount: float) -> Indices:
    """So many indices that a wide frame is as densely filled as a square one."""
    return np.arange(int(min(4.0, stage.width * stage.height / stage.unit**2) * count * amount), dtype=np.int64)


def _snow(canvas: Canvas, stage: Stage) -> None:
    air = stage.air
    for number, (depth, size, fall, count) in enumerate(_FLAKES):
        index = _number(stage, count, air.snow)
        if len(index) == 0:
            continue
        speed = fall * (0.7 + 0.6 * chance(stage.seed, 930 + number, index))
        sway = 0.02 * np.sin(stage.t * (0.8 + chance(stage.seed, 933, index)) + index * 1.7)
        x = chance(stage.seed, 936 + number, index) + (air.wind * 0.25 * stage.t * speed + sway) - stage.view.x * depth
        y = chance(stage.seed, 940 + number, index) + stage.t * speed - stage.view.y * depth
        places = np.stack([(x % 1.08 - 0.04) * stage.width, (y % 1.08 - 0.04) * stage.height], -1)
        radius = np.maximum(0.7, size * stage.unit * (0.7 + 0.5 * chance(stage.seed, 944, index)))
        colour = mix(WHITE, air.haze, 0.1)
        canvas.fill(ellipses(places, radius[:, None], 7), stage.drained(colour), 0.92 - 0.12 * (2 - number))


def _rain(canvas: Canvas, stage: Stage) -> None:
    air = stage.air
    index = _number(stage, 130, air.rain)
    if len(index) == 0:
        return
    speed = 1.5 + 0.8 * chance(stage.seed, 950, index)
    slant = 0.08 + 0.22 * air.wind
    y = (chance(stage.seed, 951, index) + stage.t * speed) % 1.2 - 0.1
    x = (chance(stage.seed, 952, index) - stage.view.x * 0.6 - y * slant) % 1.2 - 0.1
    tops = np.stack([x * stage.width, y * stage.height], -1)
    length = stage.unit * (0.03 + 0.03 * chance(stage.seed, 953, index))
    fall = np.stack([-slant * length, length], -1)
    thick = max(1.0, 0.0024 * stage.unit)
    across = np.array([thick, 0.0])
    drops = np.stack([tops, tops + across, tops + across + fall, tops + fall], axis=1)
    canvas.fill(polygons(drops), stage.drained(mix(WHITE, air.haze, 0.45)), 0.5)


def _fog(canvas: Canvas, stage: Stage) -> None:
    """Banks that drift before everything, densest at the horizon."""
    colour = stage.drained(mix(stage.air.haze, WHITE, 0.12))
    low, high = stage.horizon - 0.35 * stage.height, stage.height
    stops = ((0.0, colour, 0.0), (0.4, colour, 0.6), (1.0, colour, 0.2))
    canvas.rectangle(0, low, stage.width, high - low, Linear((0, low), (0, high), stops), stage.air.fog)
    for number in range(3):
        layer = stage.layer(0.5 + 0.25 * number, 960 + number)
        x = layer.cells(0.08, 0.2) * 0.08
        y = -0.05 + 0.12 * number + 0.06 * layer.noise(x + stage.t * (0.02 + 0.012 * number), 0.5)
        top = layer.pixels(np.stack([x, y], -1))
        bottom = top[::-1] + np.array([0.0, 0.13 * stage.unit])
        canvas.fill(polygons(np.concatenate([top, bottom])), colour, 0.22 * stage.air.fog)


def _gusts(canvas: Canvas, stage: Stage) -> None:
    """Leaves and dust blown along."""
    index = _number(stage, 22, stage.air.wind)
    if len(index) == 0:
        return
    x = (
        chance(stage.seed, 970, index) + stage.t * (0.3 + 0.25 * chance(stage.seed, 971, index)) - stage.view.x
    ) % 1.2 - 0.1
    y = chance(stage.seed, 972, index) + 0.05 * np.sin(stage.t * 2 + index)
    turn = stage.t * 4 + index
    size = stage.unit * 0.009
    along = np.stack([np.cos(turn), np.sin(turn)], -1) * size
    across = np.stack([-np.sin(turn), np.cos(turn)], -1) * size * 0.45
    places = np.stack([x * stage.width, y * stage.height], -1)
    leaves = np.stack([places - along, places + across, places + along, places - across], axis=1)
    canvas.fill(polygons(leaves), stage.seen((196.0, 142.0, 60.0)), 0.9)


def _lightning(canvas: Canvas, stage: Stage) -> None:
    """A flash of a fifth of a second every few seconds."""
    beat = floor(stage.t / 3.1)
    since = stage.t - beat * 3.1 - 1.6 * float(chance(stage.seed, 980, np.array([beat]))[0])
    if not 0.0 <= since < 0.22:
        return
    strength = (1.0 - since / 0.22) * (0.6 + 0.4 * abs(sin(since * 50)))
    canvas.rectangle(0, 0, stage.width, stage.height, (225.0, 230.0, 255.0), 0.32 * strength)
    steps = np.arange(7)
    jag = chance(stage.seed, 981 + beat % 97, steps.astype(np.int64)) - 0.5
    x = stage.width * (0.2 + 0.6 * float(chance(stage.seed, 982, np.array([beat]))[0])) + jag * 0.1 * stage.unit
    bolt = np.stack([x, steps / 6 * stage.horizon], -1)
    canvas.stroke(polygons(bolt, closed=False), (255.0, 252.0, 235.0), max(1.5, 0.006 * stage.unit), strength)
