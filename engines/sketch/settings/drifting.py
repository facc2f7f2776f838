"""What the air carries besides weather: leaves, petals, fireflies, embers, dust. Each kind is one path or two."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, ellipses, polygons
from engines.sketch.stage import Floats, Indices, Stage, chance


def plenty(stage: Stage, count: int, amount: float) -> Indices:
    """So many indices that a wide frame is as densely filled as a square one."""
    share = min(4.0, stage.width * stage.height / stage.unit**2)
    return np.arange(int(share * count * max(0.0, min(1.0, amount))), dtype=np.int64)


def _across(stage: Stage, x: Floats, y: Floats, depth: float) -> Floats:
    """Fractions of the frame, moved against the camera and brought back in at the other side, in pixels."""
    x = (x - stage.view.x * depth) % 1.16 - 0.08
    y = (y - stage.view.y * depth * 0.5) % 1.16 - 0.08
    return np.stack([x * stage.width, y * stage.height], -1)


def leaves(canvas: Canvas, stage: Stage, amount: float) -> None:
    """Autumn leaves that rock down, faster in wind."""
    _flutter(canvas, stage, amount, 26, ((216.0, 120.0, 40.0), (190.0, 66.0, 42.0), (232.0, 180.0, 64.0)), 0.0105, 970)


def petals(canvas: Canvas, stage: Stage, amount: float) -> None:
    """Petals of blossom."""
    _flutter(canvas, stage, amount, 34, ((250.0, 200.0, 216.0), (254.0, 228.0, 234.0)), 0.007, 974)


def _flutter(
    canvas: Canvas, stage: Stage, amount: float, count: int, colours: tuple[RGB, ...], size: float, salt: int
) -> None:
    index = plenty(stage, count, amount)
    if len(index) == 0:
        return
    wind = stage.air.wind
    speed = 0.7 + 0.6 * chance(stage.seed, salt, index)
    rock = np.sin(stage.t * (1.2 + chance(stage.seed, salt + 1, index)) + index * 1.7)
    x = chance(stage.seed, salt + 2, index) + stage.t * speed * (0.012 + 0.36 * wind**2) + 0.03 * rock
    y = chance(stage.seed, salt + 3, index) + stage.t * speed * (0.07 + 0.03 * wind) - 0.012 * np.abs(rock)
    where = _across(stage, x, y, 0.7)
    turn = stage.t * (1.5 + 3.0 * wind) * np.where(index % 2 == 0, 1.0, -1.0) + index + rock
    long = stage.unit * size * (0.7 + 0.6 * chance(stage.seed, salt + 4, index))
    flat = 0.25 + 0.35 * np.abs(np.sin(turn * 0.7))
    along = np.stack([np.cos(turn), np.sin(turn)], -1) * long[:, None]
    side = np.stack([-np.sin(turn), np.cos(turn)], -1) * (long * flat)[:, None]
    shape = np.stack(
        [
            where - along,
            where - 0.3 * along + side,
            where + 0.5 * along + 0.7 * side,
            where + along,
            where + 0.5 * along - 0.7 * side,
            where - 0.3 * along - side,
        ],
        axis=1,
    )
    for paint, colour in enumerate(colours):
        canvas.fill(polygons(shape[paint :: len(colours)]), stage.seen(colour), 0.95)


def gusts(canvas: Canvas, stage: Stage) -> None:
    """Streaks of wind, and a leaf or two in them."""
    index = plenty(stage, 7, stage.air.wind)
    if len(index):
        share = np.linspace(0.0, 1.0, 15)
        speed = 0.25 + 0.2 * chance(stage.seed, 978, index)
        x = (chance(stage.seed, 979, index) + stage.t * speed - stage.view.x * 0.8) % 1.8 - 0.5
        y = 0.1 + 0.75 * chance(stage.seed, 980, index)
        long = 0.22 + 0.2 * chance(stage.seed, 981, index)
        wave = 0.014 * np.sin(share * 7.0 + index[:, None] + stage.t)
        line = np.stack([(x[:, None] + share * long[:, None]) * stage.width, (y[:, None] + wave) * stage.height], -1)
        thick = np.stack([np.zeros_like(share), 0.0018 * stage.unit * np.sin(np.pi * share)], -1)
        pale = stage.drained(mix(stage.air.sky[3], WHITE, 0.6 * (1.0 - 0.7 * stage.air.moon)))
        canvas.fill(polygons(np.concatenate([line - thick, (line + thick)[:, ::-1]], axis=1)), pale, 0.5)
    leaves(canvas, stage, 0.7 * stage.air.wind * (1.0 - stage.air.autumn))


def fireflies(canvas: Canvas, stage: Stage) -> None:
    """Points of light that wander over the ground after dark, on and off; none in bad weather or snow."""
    air = stage.air
    amount = max(0.0, air.lamps - 0.5) * 2.0 * (1.0 - max(air.rain, air.white, air.fog, air.storm))
    index = plenty(stage, 26, amount)
    if len(index) == 0:
        return
    drift = stage.t * 0.16
    x = chance(stage.seed, 984, index) + 0.05 * np.sin(drift * (1.0 + index % 3) + index * 2.1)
    y = 0.5 + 0.44 * chance(stage.seed, 985, index) + 0.03 * np.sin(drift * 2.3 + index * 1.3)
    where = _across(stage, x, y, 0.8)
    shine = np.maximum(0.0, np.sin(stage.t * (0.9 + 0.6 * chance(stage.seed, 986, index)) + index * 2.7)) ** 0.7
    size = stage.unit * (0.0022 + 0.002 * chance(stage.seed, 987, index)) * shine
    glow: RGB = stage.drained((226.0, 246.0, 120.0))
    for grow, alpha in ((5.0, 0.09), (2.8, 0.2), (1.0, 0.95)):
        canvas.fill(ellipses(where, np.maximum(size * grow, 0.05)[:, None], 8), glow, alpha)


def embers(canvas: Canvas, stage: Stage) -> None:
    """Sparks that rise and go out."""
    index = plenty(stage, 40, 1.0)
    age = (chance(stage.seed, 988, index) + stage.t * (0.09 + 0.09 * chance(stage.seed, 989, index))) % 1.0
    x = chance(stage.seed, 990, index) + 0.04 * np.sin(stage.t * 1.1 + index * 1.9) + 0.1 * stage.air.wind * age
    where = _across(stage, x, np.zeros(len(index)), 0.6)
    where[:, 1] = (1.02 - 0.95 * age) * stage.height
    size = stage.unit * (0.0022 + 0.0028 * chance(stage.seed, 991, index)) * np.minimum(1.0, (1.0 - age) * 2.2)
    for grow, alpha, colour in ((2.6, 0.16, (255.0, 110.0, 40.0)), (1.0, 0.95, (255.0, 186.0, 86.0))):
        canvas.fill(ellipses(where, (size * grow)[:, None], 6), stage.drained(colour), alpha)


def dust(canvas: Canvas, stage: Stage, colour: RGB) -> None:
    """Wisps of sand that run along the ground."""
    index = plenty(stage, 9, 0.5 + 0.5 * stage.air.wind)
    share = np.linspace(0.0, 1.0, 9)
    speed = (0.05 + 0.3 * stage.air.wind) * (0.7 + 0.6 * chance(stage.seed, 992, index))
    x = (chance(stage.seed, 993, index) + stage.t * speed - stage.view.x * 0.8) % 1.7 - 0.4
    low = stage.horizon / stage.height
    y = low + (1.0 - low) * (0.15 + 0.8 * chance(stage.seed, 994, index)) + 0.004 * np.sin(stage.t + index)
    long = 0.12 + 0.16 * chance(stage.seed, 995, index)
    line = np.stack(
        [
            (x[:, None] + share * long[:, None]) * stage.width,
            (y[:, None] + 0.006 * np.sin(share * 5.0 + index[:, None] + stage.t)) * stage.height,
        ],
        -1,
    )
    thick = np.stack([np.zeros_like(share), 0.006 * stage.unit * np.sin(np.pi * share) ** 2], -1)
    wisp = polygons(np.concatenate([line - thick, (line + thick)[:, ::-1]], axis=1))
    canvas.fill(wisp, stage.seen(mix(colour, WHITE, 0.35)), 0.3)


def sandstorm(canvas: Canvas, stage: Stage, amount: float) -> None:
    """Brown air with grains that fly flat."""
    tone = stage.seen((206.0, 156.0, 96.0))
    canvas.rectangle(0, 0, stage.width, stage.height, tone, 0.5 * amount)
    index = plenty(stage, 150, amount)
    if len(index) == 0:
        return
    speed = 0.7 + 0.7 * chance(stage.seed, 996, index)
    x = chance(stage.seed, 997, index) + stage.t * speed
    y = chance(stage.seed, 998, index) + 0.02 * np.sin(stage.t * 3.0 + index)
    where = _across(stage, x, y, 0.7)
    long = stage.unit * (0.01 + 0.03 * chance(stage.seed, 999, index))
    grain = np.stack([long, np.full(len(index), max(0.6, 0.0012 * stage.unit))], -1)
    canvas.fill(ellipses(where, grain, 6), mix(tone, BLACK, 0.16), 0.5)
