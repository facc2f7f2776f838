"""What falls and what veils: snow, rain and its splashes, fog, lightning. Each kind is one path, however many."""

from __future__ import annotations

from math import floor, sin

import numpy as np

from engines.sketch.canvas.colours import WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, ellipses, polygons
from engines.sketch.stage import Stage, chance

from .drifting import gusts, leaves, petals, plenty, sandstorm

_FLAKES = ((0.35, 0.0032, 0.10, 90), (0.7, 0.0052, 0.17, 60), (1.1, 0.0085, 0.26, 26))
"""(depth, size and fall per second in units, number) of the layers of snow."""


_BANK = ((0.0, 0.0), (0.22, 0.25), (0.5, 0.44), (0.78, 0.25), (1.0, 0.0))
"""(place across it, alpha) of a bank of fog."""


def draw_weather(canvas: Canvas, stage: Stage) -> None:
    """Over everything else."""
    air = stage.air
    if air.fog > 0.02:
        _fog(canvas, stage)
    if air.sand > 0.02:
        sandstorm(canvas, stage, air.sand)
    if air.rain > 0.02:
        _rain(canvas, stage)
    if air.snow > 0.02:
        _snow(canvas, stage)
    if air.autumn > 0.02:
        leaves(canvas, stage, air.autumn * (1.0 - 0.7 * air.rain))
    if air.spring > 0.02 and air.snow < 0.5:
        petals(canvas, stage, air.spring)
    if air.wind > 0.5 and air.snow < 0.5 and air.rain < 0.5:
        gusts(canvas, stage)
    if air.storm > 0.5:
        _lightning(canvas, stage)


def _snow(canvas: Canvas, stage: Stage) -> None:
    air = stage.air
    for number, (depth, size, fall, count) in enumerate(_FLAKES):
        index = plenty(stage, count, air.snow)
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
    """Drops in two depths, thinner and paler far off, and where they strike."""
    air = stage.air
    slant = 0.08 + 0.22 * air.wind
    for depth, count, length, alpha in ((0.35, 110, 0.024, 0.3), (0.8, 80, 0.05, 0.5)):
        index = plenty(stage, count, air.rain)
        if len(index) == 0:
            return
        salt = 950 + int(depth * 100)
        speed = (1.2 + depth) * (0.8 + 0.4 * chance(stage.seed, salt, index))
        y = (chance(stage.seed, salt + 1, index) + stage.t * speed) % 1.2 - 0.1
        x = (chance(stage.seed, salt + 2, index) - stage.view.x * depth - y * slant) % 1.2 - 0.1
        tops = np.stack([x * stage.width, y * stage.height], -1)
        long = stage.unit * length * (0.8 + 0.5 * chance(stage.seed, salt + 3, index))
        fall = np.stack([-slant * long, long], -1)
        across = np.array([max(0.9, (0.001 + 0.0016 * depth) * stage.unit), 0.0])
        drops = np.stack([tops, tops + across, tops + across + fall, tops + fall], axis=1)
        canvas.fill(polygons(drops), stage.drained(mix(WHITE, air.haze, 0.45)), alpha)
    _splashes(canvas, stage)


def _splashes(canvas: Canvas, stage: Stage) -> None:
    """On the ground and on water: rings that spread, three drops that leap up."""
    index = plenty(stage, 30, stage.air.rain)
    turn = stage.t * (1.6 + 0.5 * chance(stage.seed, 953, index)) + chance(stage.seed, 954, index)
    beat = np.floor(turn).astype(np.int64) % 64
    age = turn - np.floor(turn)
    near = chance(stage.seed, 955, index * 64 + beat)  # each time at another place
    x = (chance(stage.seed, 956, index * 64 + beat) - stage.view.x * 0.8) % 1.04 - 0.02
    top = stage.horizon + 0.06 * stage.unit
    y = top + near * (stage.height - top)
    size = stage.unit * (0.006 + 0.016 * near)
    ring = size * (0.2 + 0.8 * age)
    colour = stage.drained(mix(WHITE, stage.air.haze, 0.4))
    where = np.stack([x * stage.width, y], -1)
    go = np.arange(13) * (2 * np.pi / 12)
    oval = np.stack([np.cos(go), 0.3 * np.sin(go)], -1)
    thin = np.maximum(0.0, ring - np.maximum(0.8, 0.22 * size * (1.0 - age)))
    bands = np.concatenate([oval[None] * ring[:, None, None], oval[::-1][None] * thin[:, None, None]], axis=1)
    canvas.fill(polygons(bands + where[:, None]), colour, 0.45)
    young = age < 0.45
    hop = size * 1.3 * np.sin(np.pi * age / 0.45)
    for lean in (-0.7, 0.0, 0.7):
        leap = where + np.stack([lean * size * age * 2.0, -hop * (1.0 - 0.3 * abs(lean))], -1)
        canvas.fill(ellipses(leap[young], np.maximum(0.5, 0.1 * size[young])[:, None], 5), colour, 0.6)


def _fog(canvas: Canvas, stage: Stage) -> None:
    """A veil that is densest at the horizon, and soft banks that drift before everything, each at its own pace."""
    colour = stage.drained(mix(stage.air.haze, WHITE, 0.14))
    low, high = stage.horizon - 0.4 * stage.height, float(stage.height)
    stops = ((0.0, colour, 0.0), (0.42, colour, 0.62), (1.0, colour, 0.18))
    canvas.rectangle(0, low, stage.width, high - low, Linear((0, low), (0, high), stops), stage.air.fog)
    turn = np.linspace(0.0, 2 * np.pi, 25)
    oval = np.stack([np.cos(turn), 0.22 * np.sin(turn)], -1)
    for row in range(3):
        layer = stage.layer(0.4 + 0.3 * row, 960 + row)
        drift = stage.t * (0.012 + 0.012 * row)
        index = layer.cells(0.6, 0.7) - int(np.floor(drift / 0.6))
        x = (index + 0.6 * layer.chance(index, 1)) * 0.6 + drift
        y = -0.06 + 0.13 * row + 0.05 * layer.chance(index, 2)
        reach = (0.4 + 0.15 * layer.chance(index, 3)) * layer.scale
        for (px, py), wide in zip(layer.pixels(np.stack([x, y], -1)).tolist(), reach.tolist(), strict=True):
            left, right = px - wide, px + wide
            if right > 0.0 and left < stage.width:
                # across, not outwards: in a shape this flat nobody sees it, and it takes half the time
                fill = Linear((left, 0.0), (right, 0.0), tuple((at, colour, alpha) for at, alpha in _BANK))
                canvas.fill(polygons(oval * wide + (px, py)), fill, 0.6 * stage.air.fog)


def _lightning(canvas: Canvas, stage: Stage) -> None:
    """A flash of a fifth of a second every few seconds."""
    beat = floor(stage.t / 3.1)
    since = stage.t - beat * 3.1 - 1.6 * float(chance(stage.seed, 980, np.array([beat]))[0])
    if not 0.0 <= since < 0.22:
        return
    strength = (1.0 - since / 0.22) * (0.6 + 0.4 * abs(sin(since * 50)))
    # Of the whole picture a tenth at most: what flashes more is a jump, and hard on the eyes (WCAG 2.3.1).
    canvas.rectangle(0, 0, stage.width, stage.height, (225.0, 230.0, 255.0), 0.1 * strength)
    steps = np.arange(7)
    jag = chance(stage.seed, 981 + beat % 97, steps.astype(np.int64)) - 0.5
    x = stage.width * (0.2 + 0.6 * float(chance(stage.seed, 982, np.array([beat]))[0])) + jag * 0.1 * stage.unit
    bolt = np.stack([x, steps / 6 * stage.horizon], -1)
    glow = (214.0, 220.0, 255.0)
    canvas.stroke(polygons(bolt, closed=False), glow, max(3.0, 0.02 * stage.unit), 0.25 * strength)
    canvas.stroke(polygons(bolt, closed=False), (255.0, 252.0, 235.0), max(1.5, 0.006 * stage.unit), strength)
    for joint, way in ((2, 1.0), (4, -1.0)):
        fork = (
            bolt[joint]
            + np.array([[0.0, 0.0], [0.05 * way, 0.06], [0.04 * way, 0.11], [0.09 * way, 0.17]]) * stage.unit
        )
        canvas.stroke(
            polygons(fork, closed=False), (255.0, 252.0, 235.0), max(1.0, 0.0035 * stage.unit), 0.8 * strength
        )
