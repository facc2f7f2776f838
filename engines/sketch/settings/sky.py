"""The sky: gradient, haze over the horizon, sun, rainbow, far birds; `clouds` and `night` add the rest."""

from __future__ import annotations

from math import pi, sin

import numpy as np

from engines.sketch.canvas.colours import WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, polygons, spread_stops
from engines.sketch.stage import Stage, chance

from .clouds import draw_clouds
from .night import draw_aurora, draw_moon, draw_stars


def draw_sky(canvas: Canvas, stage: Stage, hidden: float, *, birds: bool = True) -> None:
    """The sky, down to `hidden` pixels from the top, where the land or the sea hides it."""
    air = stage.air
    low, floor = max(stage.horizon, stage.height * 0.3), min(hidden, float(stage.height))
    fill = Linear((0, 0), (0, low), spread_stops([stage.drained(colour) for colour in air.sky]))
    canvas.rectangle(0, 0, stage.width, floor, fill)
    if air.stars > 0.02:
        draw_stars(canvas, stage)
    if air.aurora * air.stars > 0.02:
        draw_aurora(canvas, stage, air.aurora * min(1.0, air.stars * 1.5))
    if air.shine > 0.02:
        _sun(canvas, stage, floor)
    if air.rainbow > 0.02:
        _rainbow(canvas, stage)
    _haze(canvas, stage, low, floor)
    if air.clouds > 0.02:
        draw_clouds(canvas, stage)
    if birds and air.stars < 0.4 and air.storm + air.rain + air.snow + air.fog < 0.5:
        _birds(canvas, stage)


def _haze(canvas: Canvas, stage: Stage, low: float, floor: float) -> None:
    """A plane of bright air above the horizon."""
    high = 0.2 * stage.unit
    pale = stage.drained(mix(stage.air.sky[3], WHITE, 0.4 * (1.0 - stage.air.moon)))
    thick = 1.0 - 0.6 * stage.air.moon
    stops = ((0.0, pale, 0.0), (0.75, pale, 0.4 * thick), (1.0, pale, 0.55 * thick))
    canvas.rectangle(
        0, low - high, stage.width, max(1.0, min(low, floor) - low + high), Linear((0, low - high), (0, low), stops)
    )


def _sun(canvas: Canvas, stage: Stage, floor: float) -> None:
    air = stage.air
    x = (air.sun[0] - stage.view.x * 0.03 % 1.0) % 1.2 * stage.width
    y = stage.horizon * (1.0 - air.sun[1])
    radius = stage.unit * (0.05 + 0.016 * (1.0 - min(1.0, air.sun[1] * 2)))
    if air.moon > 0.5:
        draw_moon(canvas, stage, x, y, radius)
        return
    glow = stage.drained(air.glow)
    wide = stage.unit * (0.42 + 0.17 * max(0.0, 1.0 - air.sun[1] * 4)) * min(1.0, 0.4 + air.shine)
    halo = ((0.0, glow, 0.5), (0.19, glow, 0.34), (0.47, glow, 0.14), (1.0, glow, 0.0))
    disc = wide * _RING + (x, y)
    disc = disc.clip((-2.0, -2.0), (stage.width + 2.0, max(y, floor + 2.0)))  # what is hidden costs as much to fill
    canvas.fill(polygons(disc), Radial((x, y), wide, halo), air.shine * (1.0 - 0.5 * air.moon))
    pulse = 1.0 + 0.02 * sin(stage.t * 0.9)
    canvas.ellipse(x, y, 1.55 * radius * pulse, 1.55 * radius * pulse, mix(glow, WHITE, 0.25), 0.3 * air.shine)
    canvas.ellipse(x, y, radius, radius, mix(glow, WHITE, 0.45), air.shine)


_TURN = np.linspace(0.0, 2 * pi, 48, endpoint=False)
_RING = np.stack([np.cos(_TURN), np.sin(_TURN)], -1)

_BOW = (
    (214.0, 70.0, 80.0),
    (244.0, 150.0, 70.0),
    (250.0, 224.0, 96.0),
    (110.0, 196.0, 110.0),
    (80.0, 140.0, 226.0),
    (140.0, 96.0, 200.0),
)


def _rainbow(canvas: Canvas, stage: Stage) -> None:
    """An arc opposite the sun."""
    air = stage.air
    x = (1.0 - air.sun[0] - 0.03 * stage.view.x) * stage.width
    turn = np.linspace(pi, 2 * pi, 48)
    ring = np.stack([np.cos(turn), np.sin(turn)], -1)
    thick = 0.016 * stage.unit
    for number, colour in enumerate(_BOW):
        outer = 0.56 * stage.unit - number * thick
        band = np.concatenate([ring * outer, (ring * (outer - thick))[::-1]]) + np.array(
            [x, stage.horizon + 0.04 * stage.unit]
        )
        canvas.fill(polygons(band), stage.drained(mix(colour, WHITE, 0.2)), 0.42 * air.rainbow * (1.0 - 0.7 * air.moon))


def _birds(canvas: Canvas, stage: Stage) -> None:
    """A flock far away that crosses the sky every so often, wings beating."""
    count = 5 + stage.seed % 4
    index = np.arange(count, dtype=np.int64)
    start = float(chance(stage.seed, 920, index[:1])[0])
    lead = (start + stage.t * 0.014 - stage.view.x * 0.04) % 1.5 - 0.25
    row = (index + 1) // 2 * np.where(index % 2 == 0, 1.0, -1.0)
    unit = stage.unit
    x = lead * stage.width - np.abs(row) * 0.03 * unit + 0.004 * unit * np.sin(stage.t + index)
    y = (0.34 + 0.2 * start) * stage.horizon + row * 0.014 * unit + 0.006 * unit * np.sin(stage.t * 0.7 + index * 2.0)
    span = 0.011 * unit * (0.8 + 0.4 * chance(stage.seed, 921, index))
    beat = 0.35 + 0.45 * np.sin(stage.t * 6.0 + index * 1.7)
    wing = np.stack(
        [[-1.0, -0.5, 0.0, 0.5, 1.0, 0.5, 0.0, -0.5], [-1.0, -0.85, 0.0, -0.85, -1.0, -0.55, 0.3, -0.55]], -1
    )
    flock = wing[None] * np.stack([span, span * beat], -1)[:, None, :] + np.stack([x, y], -1)[:, None, :]
    dark = mix(stage.drained(stage.air.sky[1]), stage.seen((40.0, 44.0, 60.0)), 0.75)
    canvas.fill(polygons(flock), dark, 0.85)
