"""Beyond the air: the surface of the moon and of Mars."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, ellipses, polygons, spread_stops
from engines.sketch.stage import Layer, Stage, chance

from . import growth
from .drifting import dust
from .night import draw_stars
from .stamps import Stamp, landmarks, scattered

_DUST: RGB = (186.0, 186.0, 194.0)


def draw_moon_surface(canvas: Canvas, stage: Stage) -> None:
    """Grey dust full of craters under a black sky, the blue earth above it. It has no weather and no hour."""
    night = [stage.drained(colour) for colour in ((3.0, 4.0, 12.0), (8.0, 9.0, 24.0), (18.0, 18.0, 40.0))]
    canvas.rectangle(0, 0, stage.width, stage.height, Linear((0, 0), (0, stage.horizon), spread_stops(night)))
    _stars(canvas, stage)
    _earth(canvas, stage)
    for number, (depth, base, height, spacing, tone) in enumerate(
        ((0.06, 0.02, 0.2, 0.35, 0.4), (0.22, 0.05, 0.12, 0.5, 0.25), (0.6, 0.11, 0.06, 0.7, 0.1))
    ):
        layer = stage.layer(depth, 711 + number)
        colour = stage.drained(mix(_DUST, (52.0, 54.0, 78.0), tone * 1.3))
        outline = layer.ground(base, height, spacing, stage.height + 2.0)
        top = float(outline[:, 1].min())
        fill = Linear(
            (0, top),
            (0, top + 0.4 * stage.unit),
            ((0.0, mix(colour, WHITE, 0.12), 1.0), (1.0, mix(colour, BLACK, 0.3), 1.0)),
        )
        canvas.fill(polygons(outline), fill)
        craters(canvas, layer, 0.16 + 0.2 * number, 0.04 + 0.05 * number, (base + 0.02, base + 0.06), colour)
    near = stage.layer(1.0, 716)
    craters(canvas, near, 0.42, 0.15, (0.19, 0.36), stage.drained(mix(_DUST, BLACK, 0.12)))
    index, x = scattered(near, 0.09, 0.7, 71)
    grey = stage.drained(mix(_DUST, BLACK, 0.3))
    pebbles = Stamp(canvas, near, x, 0.16 + 0.3 * near.chance(index, 60), 0.01 + 0.014 * near.chance(index, 61))
    pebbles.glows(((0.25, 0.12, 0.9, 0.35),), mix(grey, BLACK, 0.45))
    pebbles.glows(((0.0, -0.2, 0.7, 0.55),), grey)
    pebbles.glows(((-0.2, -0.4, 0.35, 0.25),), mix(grey, WHITE, 0.45))
    _footprints(canvas, near)
    _lander(canvas, stage.layer(0.6, 717))


def _stars(canvas: Canvas, stage: Stage) -> None:
    index = np.arange(150, dtype=np.int64)
    x = (chance(stage.seed, 720, index) - 0.02 * stage.view.x) % 1.0 * stage.width
    y = chance(stage.seed, 721, index) * stage.horizon
    size = (0.0011 + 0.0024 * chance(stage.seed, 722, index) ** 3) * stage.unit
    size = np.maximum(size * (0.85 + 0.15 * np.sin(stage.t + index)), 0.45)
    canvas.fill(ellipses(np.stack([x, y], -1), size[:, None], 6), (245.0, 246.0, 255.0), 0.95)


def _earth(canvas: Canvas, stage: Stage) -> None:
    x, y = (0.74 - 0.03 * stage.view.x) * stage.width, 0.3 * stage.horizon
    r = 0.11 * stage.unit
    blue = stage.drained((58.0, 132.0, 220.0))
    canvas.ellipse(
        x, y, 1.5 * r, 1.5 * r, Radial((x, y), 1.5 * r, ((0.0, blue, 0.6), (0.66, blue, 0.35), (1.0, blue, 0.0)))
    )
    canvas.ellipse(x, y, r, r, blue)
    land = (
        ((-0.5, -0.5), (-0.1, -0.75), (0.15, -0.5), (0.0, -0.2), (-0.25, -0.1), (-0.3, 0.2), (-0.45, 0.0)),
        ((0.1, 0.0), (0.4, -0.1), (0.6, 0.2), (0.35, 0.65), (0.2, 0.4)),
        ((0.45, -0.55), (0.7, -0.35), (0.6, -0.2), (0.4, -0.35)),
    )
    for shape in land:
        canvas.fill(polygons(np.array(shape) * r + np.array([x, y])), stage.drained((96.0, 178.0, 106.0)))
    clouds = ((-0.2, -0.35, 0.45, 0.07), (0.3, 0.28, 0.4, 0.06), (-0.4, 0.4, 0.35, 0.07), (0.1, -0.78, 0.3, 0.07))
    spots = np.array(clouds) * r
    canvas.fill(ellipses(spots[:, :2] + np.array([x, y]), spots[:, 2:], 14), stage.drained(WHITE), 0.8)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 20)
    limb = np.stack([np.cos(turn), np.sin(turn)], -1)
    shade = np.concatenate([limb, (limb * [0.25, 1.0])[::-1]]) * r * 1.01 + np.array([x, y])
    canvas.fill(polygons(shade), stage.drained((4.0, 8.0, 30.0)), 0.62)


def craters(canvas: Canvas, layer: Layer, spacing: float, size: float, rows: tuple[float, float], colour: RGB) -> None:
    """Bowls with a lit far rim; `colour` as it is seen."""
    index, x = scattered(layer, spacing, 0.85, 72, size)
    y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 60)
    bowls = Stamp(canvas, layer, x, y, size * (0.4 + 0.8 * layer.chance(index, 61)))
    bowls.glows(((0.0, 0.0, 1.0, 0.24),), mix(colour, WHITE, 0.32))
    bowls.glows(((0.03, -0.012, 0.9, 0.19),), mix(colour, BLACK, 0.34))
    bowls.glows(((0.12, 0.04, 0.72, 0.13),), mix(colour, BLACK, 0.12))


def _footprints(canvas: Canvas, layer: Layer) -> None:
    index = layer.cells(0.09, 0.1)
    y = 0.27 + 0.016 * np.sin(index * 0.4) + np.where(index % 2 == 0, 0.0, 0.018)
    steps = Stamp(canvas, layer, index * 0.09, y, np.full(len(index), 0.024))
    steps.glows(((0.0, 0.0, 0.6, 0.2), (-0.75, 0.0, 0.24, 0.17)), layer.stage.drained(mix(_DUST, BLACK, 0.45)), 0.8)


def _lander(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    _, x = landmarks(layer, 2.4, -0.36, 0.3)
    module = Stamp(canvas, layer, x, np.full(len(x), 0.115), np.full(len(x), 0.17))
    leg, gold, grey = (stage.drained(c) for c in ((150.0, 154.0, 164.0), (226.0, 176.0, 80.0), (206.0, 210.0, 218.0)))
    for side in (-1.0, 1.0):
        module.lit(((0.26 * side, -0.42), (0.32 * side, -0.42), (0.62 * side, 0.0), (0.55 * side, 0.0)), leg)
        module.glows(((0.58 * side, 0.0, 0.13, 0.035),), leg)
    module.lit(((-0.36, -0.26), (-0.36, -0.52), (0.36, -0.52), (0.36, -0.26)), gold)
    module.lit(((0.12, -0.26), (0.12, -0.52), (0.36, -0.52), (0.36, -0.26)), mix(gold, BLACK, 0.25))
    module.lit(((-0.28, -0.52), (-0.36, -0.74), (-0.2, -0.98), (0.2, -0.98), (0.36, -0.74), (0.28, -0.52)), grey)
    module.lit(((0.08, -0.52), (0.14, -0.98), (0.2, -0.98), (0.36, -0.74), (0.28, -0.52)), mix(grey, BLACK, 0.25))
    module.lit(((-0.2, -0.7), (-0.08, -0.7), (-0.12, -0.84)), mix(grey, BLACK, 0.7))
    module.lit(((-0.02, -0.98), (0.0, -1.2), (0.02, -0.98)), leg)
    module.lit(((0.44, 0.0), (0.46, 0.0), (0.46, 0.0), (0.44, 0.0)), leg)
    module.lit(((0.9, 0.02), (0.92, 0.02), (0.92, -0.66), (0.9, -0.66)), leg)
    module.lit(((0.92, -0.66), (1.24, -0.66), (1.24, -0.44), (0.92, -0.44)), stage.drained((214.0, 76.0, 70.0)))
    module.lit(((0.92, -0.58), (1.24, -0.58), (1.24, -0.52), (0.92, -0.52)), stage.drained((244.0, 240.0, 236.0)))


def draw_mars(canvas: Canvas, stage: Stage) -> None:
    """Rust-red dust and boulders under a butterscotch sky with a small pale sun and two moons; dust devils wander."""
    air = stage.air
    dark = max(0.0, min(1.0, air.stars))
    day = [(168.0, 108.0, 84.0), (206.0, 142.0, 104.0), (230.0, 176.0, 132.0), (244.0, 206.0, 164.0)]
    night = [(20.0, 10.0, 24.0), (44.0, 22.0, 38.0), (78.0, 40.0, 48.0), (112.0, 62.0, 60.0)]
    low = max(stage.horizon, stage.height * 0.3)
    sky = [stage.drained(mix(a, b, dark)) for a, b in zip(day, night, strict=True)]
    canvas.rectangle(
        0,
        0,
        stage.width,
        min(low + 0.05 * stage.unit, float(stage.height)),
        Linear((0, 0), (0, low), spread_stops(sky)),
    )
    if dark > 0.1:
        draw_stars(canvas, stage)
    _two_moons(canvas, stage, sky[1])
    growth.peaks(canvas, stage.layer(0.05, 731), 0.6, 0.28, 0.03, 0.8, 0.0, (196.0, 112.0, 80.0))
    veil = stage.drained(mix((214.0, 140.0, 100.0), sky[3], 0.4))
    canvas.rectangle(
        0,
        stage.horizon - 0.3 * stage.unit,
        stage.width,
        0.36 * stage.unit,
        Linear((0, stage.horizon - 0.3 * stage.unit), (0, stage.horizon), ((0.0, veil, 0.0), (1.0, veil, 0.65))),
    )
    rows: tuple[tuple[float, float, float, float, RGB], ...] = (
        (0.12, 0.01, 0.12, 0.6, (206.0, 126.0, 88.0)),
        (0.35, 0.06, 0.09, 0.5, (196.0, 104.0, 68.0)),
        (0.75, 0.13, 0.05, 0.8, (206.0, 112.0, 70.0)),
    )
    for number, (depth, base, height, spacing, colour) in enumerate(rows):
        layer = stage.layer(depth, 732 + number)
        outline = layer.ground(base, height, spacing, stage.height + 2.0)
        tone = mix(stage.seen(colour), veil, 0.5 - 0.24 * number)
        top = float(outline[:, 1].min())
        canvas.fill(
            polygons(outline),
            Linear((0, top), (0, top + 0.4 * stage.unit), ((0.0, tone, 1.0), (1.0, mix(tone, BLACK, 0.22), 1.0))),
        )
        growth.rocks(
            canvas, layer, 0.14 + 0.12 * number, 0.025 + 0.03 * number, (base + 0.01, base + 0.05), (166.0, 84.0, 60.0)
        )
    _devils(canvas, stage.layer(0.3, 738), veil)
    near = stage.layer(1.0, 737)
    craters(canvas, near, 0.7, 0.14, (0.2, 0.36), stage.seen((196.0, 106.0, 68.0)))
    growth.rocks(canvas, near, 0.3, 0.08, (0.19, 0.46), (160.0, 80.0, 58.0))
    dust(canvas, stage, (226.0, 140.0, 96.0))


def _two_moons(canvas: Canvas, stage: Stage, sky: RGB) -> None:
    for fx, fy, size in ((0.24, 0.24, 0.022), (0.62, 0.16, 0.012)):
        x, y, r = (fx - 0.03 * stage.view.x) * stage.width, fy * stage.horizon, size * stage.unit
        canvas.ellipse(x, y, r, 0.86 * r, mix(stage.drained((250.0, 236.0, 214.0)), sky, 0.35))
        canvas.ellipse(
            x + 0.25 * r, y + 0.2 * r, 0.3 * r, 0.26 * r, mix(stage.drained((210.0, 180.0, 150.0)), sky, 0.4)
        )
    x, y, r = (0.8 - 0.03 * stage.view.x) * stage.width, 0.5 * stage.horizon, 0.03 * stage.unit
    glow = stage.drained((255.0, 244.0, 226.0))
    day = max(0.0, 1.0 - 1.4 * stage.air.stars)
    canvas.ellipse(
        x, y, 5 * r, 5 * r, Radial((x, y), 5 * r, ((0.0, glow, 0.7), (0.25, glow, 0.3), (1.0, glow, 0.0))), day
    )
    canvas.ellipse(x, y, r, r, glow, day)


def _devils(canvas: Canvas, layer: Layer, dust: RGB) -> None:
    stage = layer.stage
    drift = stage.t * 0.02
    index = layer.cells(1.1, 0.5) - int(np.floor(drift / 1.1))
    share = np.linspace(0.0, 1.0, 12)
    for i in index:
        x = (i + 0.3) * 1.1 + drift + 0.012 * np.sin(share * 9.0 - stage.t * 5.0 + i) + 0.05 * share
        half = 0.006 + 0.035 * share**1.5
        y = 0.07 - 0.26 * share
        shape = np.concatenate([np.stack([x - half, y], -1), np.stack([x + half, y], -1)[::-1]])
        canvas.fill(polygons(layer.pixels(shape)), dust, 0.45)
