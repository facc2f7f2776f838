"""The sky at night: stars that twinkle, the milky way, a moon with its phase, shooting stars, northern lights."""

from __future__ import annotations

from math import cos, floor, pi, sin

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, ellipses, polygons
from engines.sketch.stage import Floats, Stage, chance

_STARLIGHT: RGB = (245.0, 246.0, 255.0)
_CRATERS = ((-0.3, -0.2, 0.2), (0.25, 0.3, 0.26), (0.34, -0.4, 0.13), (-0.2, 0.5, 0.12), (0.05, -0.62, 0.09))


def draw_stars(canvas: Canvas, stage: Stage) -> None:
    """Small ones, a few that shine in a cross, and now and then one that falls."""
    amount = stage.air.stars
    index = np.arange(110, dtype=np.int64)
    x = (chance(stage.seed, 900, index) - 0.02 * stage.view.x) % 1.0 * stage.width
    y = chance(stage.seed, 901, index) ** 1.3 * stage.horizon
    if stage.air.milky > 0.0 or chance(stage.seed, 905, index[:1])[0] > 0.6:
        _milky_way(canvas, stage, amount * max(0.55, stage.air.milky))
    twinkle = 0.65 + 0.35 * np.sin(stage.t * (1.0 + 2.0 * chance(stage.seed, 902, index)) + index)
    size = np.maximum((0.0012 + 0.0022 * chance(stage.seed, 903, index) ** 3) * stage.unit * twinkle, 0.45)
    canvas.fill(ellipses(np.stack([x, y], -1), size[:, None], 6), _STARLIGHT, 0.9 * amount)
    bright = index[::13]
    reach = 0.009 * stage.unit * twinkle[bright]
    thin = np.maximum(0.08 * reach, 0.4)
    where = np.stack([x[bright], y[bright]], -1)
    for long, short in ((reach, thin), (thin, reach)):
        canvas.fill(ellipses(where, np.stack([long, short], -1), 4), _STARLIGHT, 0.7 * amount)
    _falling_star(canvas, stage, amount)


def _falling_star(canvas: Canvas, stage: Stage, amount: float) -> None:
    """Half a second, every nine."""
    beat = floor(stage.t / 9.0)
    lot = [float(chance(stage.seed, salt, np.array([beat]))[0]) for salt in (906, 907, 908)]
    since = (stage.t - beat * 9.0 - 7.0 * lot[0]) / 0.6
    if not 0.0 < since < 1.0:
        return
    way = np.array([0.9, 0.35 + 0.25 * lot[2]]) * 0.32 * stage.unit * (1 if lot[2] > 0.5 else -1) ** np.array([1, 0])
    start = np.array([(0.15 + 0.7 * lot[1]) * stage.width, (0.1 + 0.3 * lot[2]) * stage.horizon])
    tip, tail = start + way * since, start + way * max(0.0, since - 0.4)
    across = np.array([-way[1], way[0]]) / np.hypot(*way) * 0.003 * stage.unit
    canvas.fill(polygons(np.array([tail, tip - across, tip + across])), WHITE, amount * sin(pi * since))


def _milky_way(canvas: Canvas, stage: Stage, amount: float) -> None:
    """A slanting band of haze, dense with the faintest stars."""
    lean = 0.6 if stage.seed % 2 else -0.6
    middle = np.array([0.5 * stage.width - 0.02 * stage.view.x * stage.width, 0.42 * stage.horizon])
    along = np.array([cos(lean), -sin(lean)])
    across = np.array([sin(lean), cos(lean)])
    reach, half = 0.9 * max(stage.width, stage.height), 0.2 * stage.unit
    a, b = middle - across * half, middle + across * half
    band = np.array([a - along * reach, a + along * reach, b + along * reach, b - along * reach])
    glow = stage.drained((150.0, 160.0, 226.0))
    stops = (
        (0.0, glow, 0.0),
        (0.35, glow, 0.16),
        (0.5, stage.drained((236.0, 214.0, 236.0)), 0.26),
        (0.65, glow, 0.16),
    )
    fill = Linear((float(a[0]), float(a[1])), (float(b[0]), float(b[1])), (*stops, (1.0, glow, 0.0)))
    canvas.fill(polygons(band), fill, amount)
    index = np.arange(150, dtype=np.int64)
    s = (chance(stage.seed, 910, index) - 0.5) * 2.0 * reach
    d = (chance(stage.seed, 911, index) + chance(stage.seed, 912, index) - 1.0) * half
    where = middle + s[:, None] * along + d[:, None] * across
    where = where[where[:, 1] < stage.horizon]
    size = np.full((len(where), 1), max(0.4, 0.0011 * stage.unit))
    canvas.fill(ellipses(where, size, 4), _STARLIGHT, 0.8 * amount)


def draw_moon(canvas: Canvas, stage: Stage, x: float, y: float, radius: float) -> None:
    """A moon at a pixel, in the phase that the seed gives: often full, else waxing, else a crescent."""
    air = stage.air
    glow = stage.drained(air.glow)
    lot = float(chance(stage.seed, 913, np.zeros(1, np.int64))[0])
    bulge = 1.0 if lot < 0.45 else 0.45 if lot < 0.75 else -0.55  # of the terminator: 1 full, -1 new
    for reach, alpha in ((5.5, 0.32), (2.0, 0.35)):
        r = reach * radius
        halo = Radial((x, y), r, ((0.0, glow, alpha), (0.4, glow, alpha * 0.35), (1.0, glow, 0.0)))
        canvas.ellipse(x, y, r, r, halo, air.shine * (0.6 + 0.4 * max(0.0, bulge)))
    canvas.ellipse(x, y, radius, radius, mix(glow, stage.drained(air.sky[1]), 0.82), air.shine)
    turn = np.linspace(-pi / 2, pi / 2, 24)
    lit = np.stack([np.cos(turn), np.sin(turn)], -1)
    rim = np.concatenate([lit, (lit * [-bulge, 1.0])[::-1]]) @ _turned(-0.4)
    canvas.fill(polygons(rim * radius + np.array([x, y])), mix(glow, WHITE, 0.4), air.shine)
    spots = np.array([spot for spot in _CRATERS if spot[0] > 0.0 - 0.8 * bulge])
    if len(spots):
        where = spots[:, :2] @ _turned(-0.4) * radius + np.array([x, y])
        canvas.fill(ellipses(where, spots[:, 2:] * radius, 14), mix(glow, BLACK, 0.13), air.shine)


def _turned(angle: float) -> Floats:
    return np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]])


def draw_aurora(canvas: Canvas, stage: Stage, amount: float) -> None:
    """Curtains of light, rays that come and go along them."""
    share = np.linspace(-0.05, 1.05, 45)
    pan = stage.view.x * 0.04
    for number, (height, base, colour) in enumerate(
        ((0.5, 0.52, (60.0, 226.0, 190.0)), (0.56, 0.66, (96.0, 240.0, 150.0)), (0.4, 0.8, (84.0, 220.0, 176.0)))
    ):
        phase = stage.t * (0.14 + 0.05 * number) + number * 2.3 + stage.seed % 7
        fold = np.sin((share + pan) * 5.0 + phase) + 0.5 * np.sin((share + pan) * 11.0 - phase * 1.7)
        foot = stage.horizon * (base + 0.07 * fold)
        ray = 0.88 + 0.12 * np.sin((share + pan) * 40.0 + 3.0 * fold + phase * 2.0)
        head = foot - stage.horizon * height * ray
        edge = np.stack([share * stage.width, foot], -1)
        curtain = np.concatenate([np.stack([share * stage.width, head], -1), edge[::-1]])
        top, low = float(head.min()), float(foot.max())
        green, violet = stage.drained(colour), stage.drained((150.0, 90.0, 220.0))
        stops = ((0.0, violet, 0.0), (0.3, violet, 0.04), (0.6, violet, 0.2), (0.85, green, 0.4), (1.0, green, 0.5))
        canvas.fill(polygons(curtain), Linear((0, top), (0, low), stops), amount)
        hem = np.concatenate([edge - [0.0, 0.007 * stage.unit], edge[::-1]])
        canvas.fill(polygons(hem), mix(green, WHITE, 0.3), 0.22 * amount)
