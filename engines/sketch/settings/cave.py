"""Under the earth: a cave with a way out, stalactites, crystals that glow, a pool, drops that fall."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, polygons, spread_stops
from engines.sketch.stage import Floats, Layer, Stage

from .stamps import Stamp, landmarks, scattered

_ROCK: tuple[RGB, ...] = ((92.0, 86.0, 112.0), (70.0, 64.0, 90.0), (50.0, 46.0, 68.0))
_CRYSTALS: tuple[RGB, ...] = ((110.0, 230.0, 240.0), (190.0, 130.0, 250.0), (130.0, 250.0, 190.0))


def draw_cave(canvas: Canvas, stage: Stage) -> None:
    """Daylight falls in through a mouth far behind; the rest has its own light."""
    deep = [stage.drained(c) for c in ((26.0, 22.0, 40.0), (62.0, 56.0, 84.0), (78.0, 72.0, 100.0))]
    canvas.rectangle(0, 0, stage.width, stage.height, Linear((0, 0), (0, stage.height), spread_stops(deep)))
    _mouth(canvas, stage.layer(0.1, 951))
    for number, (depth, roof, floor, spacing) in enumerate(
        ((0.2, 0.34, 0.06, 0.11), (0.45, 0.42, 0.1, 0.16), (0.8, 0.5, 0.14, 0.26))
    ):
        layer = stage.layer(depth, 952 + number)
        tone = stage.drained(mix(_ROCK[number], deep[1], 0.3 - 0.15 * number))
        _roof(canvas, layer, roof, tone, spacing)
        outline = layer.ground(floor, 0.07 - 0.015 * number, 0.3, stage.height + 2.0)
        top = float(outline[:, 1].min())
        fill = Linear(
            (0, top),
            (0, top + 0.4 * stage.unit),
            ((0.0, mix(tone, WHITE, 0.16), 1.0), (1.0, mix(tone, BLACK, 0.3), 1.0)),
        )
        canvas.fill(polygons(outline), fill)
        _cones(canvas, layer, floor, spacing * 1.7, tone)
        crystals(canvas, layer, spacing * 3.0, 0.06 + 0.05 * number, floor + 0.01)
    near = stage.layer(1.0, 956)
    _, x = landmarks(near, 1.3, 0.16, 0.5)
    pool = Stamp(canvas, near, x, np.full(len(x), 0.25), np.full(len(x), 0.3))
    pool.glows(((0.0, 0.0, 1.06, 0.2),), stage.drained((44.0, 40.0, 60.0)))
    pool.glows(((0.0, 0.01, 1.0, 0.17),), stage.drained((42.0, 96.0, 130.0)))
    pool.glows(
        ((-0.3, -0.04, 0.4, 0.014), (0.3, 0.05, 0.36, 0.012), (0.0, 0.1, 0.3, 0.01)),
        stage.drained((150.0, 220.0, 236.0)),
        0.7,
    )
    _drops(canvas, near, x)
    index, x = scattered(near, 0.12, 0.7, 97)
    pebbles = Stamp(canvas, near, x, 0.18 + 0.28 * near.chance(index, 60), 0.012 + 0.02 * near.chance(index, 61))
    pebbles.glows(((0.0, 0.0, 1.0, 0.5),), stage.drained(mix(_ROCK[2], BLACK, 0.35)))
    pebbles.glows(((-0.1, -0.2, 0.8, 0.45),), stage.drained(mix(_ROCK[1], WHITE, 0.1)))


def _mouth(canvas: Canvas, layer: Layer) -> None:
    """The way out: the sky of the hour, and light that spreads from it."""
    stage = layer.stage
    _, x = landmarks(layer, 2.4, -0.12, 0.6)
    for at in x:
        px, py = (float(v) for v in layer.pixels(np.array([at, -0.12])))
        r = 0.2 * layer.scale
        day = stage.drained(mix(stage.air.sky[3], WHITE, 0.25 * (1.0 - stage.air.moon)))
        reach = 2.6 * r
        canvas.ellipse(
            px, py, reach, reach, Radial((px, py), reach, ((0.0, day, 0.5), (0.4, day, 0.24), (1.0, day, 0.0)))
        )
        turn = np.linspace(0.0, 2 * np.pi, 22)[:-1]
        rough = 0.85 + 0.22 * layer.chance(np.arange(21, dtype=np.int64), 5)
        hole = np.stack([px + r * rough * np.cos(turn), py + 1.15 * r * rough * np.sin(turn)], -1)
        canvas.fill(
            polygons(hole), Linear((0, py - r), (0, py + r), spread_stops([stage.drained(stage.air.sky[1]), day]))
        )
        low = np.stack(
            [
                px + r * rough * np.cos(turn),
                np.maximum(py + 0.55 * r + 0.1 * r * np.sin(turn * 3), py + 1.15 * r * rough * np.sin(turn)),
            ],
            -1,
        )
        canvas.fill(polygons(low), stage.seen(stage.snowy((96.0, 150.0, 100.0)), 0.3))


def _roof(canvas: Canvas, layer: Layer, height: float, tone: RGB, spacing: float) -> None:
    """The ceiling down to about world y -height, with stalactites along its edge."""
    x = layer.cells(spacing / 8, 0.3) * (spacing / 8)
    edge = -height - 0.1 * layer.noise(x, 0.5, 6)
    saw = np.abs((x / spacing) % 1.0 - 0.5) * 2.0
    cell = np.floor(x / spacing).astype(np.int64)
    tooth: Floats = np.maximum(0.0, 1.0 - 2.2 * saw) ** 1.2 * spacing * (0.4 + 1.2 * layer.chance(cell, 7))
    points = layer.pixels(np.stack([x, edge + tooth], -1))
    low = float(points[:, 1].max())
    shape = np.concatenate([points, [[points[-1, 0], -2.0], [points[0, 0], -2.0]]])
    canvas.fill(
        polygons(shape), Linear((0, 0), (0, max(1.0, low)), ((0.0, mix(tone, BLACK, 0.45), 1.0), (1.0, tone, 1.0)))
    )


def _cones(canvas: Canvas, layer: Layer, foot: float, spacing: float, tone: RGB) -> None:
    index, x = scattered(layer, spacing, 0.7, 98, spacing)
    cones = Stamp(canvas, layer, x, np.full(len(x), foot + 0.03), spacing * (0.4 + 0.6 * layer.chance(index, 61)))
    cones.lit(
        ((-0.3, 0.0), (-0.14, -0.5), (-0.05, -1.0), (0.04, -1.0), (0.12, -0.5), (0.3, 0.0)), mix(tone, WHITE, 0.08)
    )
    cones.lit(((0.04, -1.0), (0.12, -0.5), (0.3, 0.0), (0.06, 0.0), (0.0, -0.5)), mix(tone, BLACK, 0.25))


def crystals(canvas: Canvas, layer: Layer, spacing: float, size: float, foot: float) -> None:
    """Clusters that glow and pulse."""
    stage = layer.stage
    index, x = scattered(layer, spacing, 0.85, 99, size)
    clusters = Stamp(
        canvas, layer, x, foot + 0.03 * layer.chance(index, 60), size * (0.6 + 0.7 * layer.chance(index, 61))
    )
    pulse = 0.75 + 0.25 * float(np.sin(stage.t * 1.4))
    for paint, colour in enumerate(_CRYSTALS):
        some, tone = clusters.some(index % 3 == paint), stage.drained(colour)
        for reach, alpha in ((1.5, 0.05), (1.2, 0.06), (0.9, 0.08), (0.6, 0.14)):
            some.glows(((0.0, -0.4, reach, reach),), tone, alpha * pulse)
        some.lit(((-0.42, 0.0), (-0.56, -0.5), (-0.4, -0.62), (-0.2, 0.0)), mix(tone, BLACK, 0.2))
        some.lit(((0.1, 0.0), (0.34, -0.7), (0.5, -0.62), (0.4, 0.0)), mix(tone, BLACK, 0.12))
        some.lit(((-0.22, 0.0), (-0.18, -0.86), (0.0, -1.1), (0.16, -0.86), (0.2, 0.0)), tone)
        some.lit(((-0.16, -0.05), (-0.14, -0.82), (0.0, -1.04), (-0.02, -0.05)), mix(tone, WHITE, 0.5), 0.8)


def _drops(canvas: Canvas, layer: Layer, x: Floats) -> None:
    """A drop falls into the pool every two seconds, rings spread."""
    stage = layer.stage
    since = stage.t % 2.0
    for at in x:
        if since < 0.5:
            px, py = (float(v) for v in layer.pixels(np.array([at, 0.25 - 0.7 * (1.0 - (since / 0.5) ** 2)])))
            canvas.ellipse(px, py, 0.004 * layer.scale, 0.007 * layer.scale, stage.drained((190.0, 230.0, 244.0)))
            continue
        px, py = (float(v) for v in layer.pixels(np.array([at, 0.25])))
        turn = np.linspace(0.0, 2 * np.pi, 25)
        grow = (since - 0.5) / 1.5
        ring = np.stack([np.cos(turn), 0.24 * np.sin(turn)], -1)
        r = 0.2 * grow * layer.scale
        thick = max(1.0, 0.004 * layer.scale)
        band = np.concatenate([ring * r, ring[::-1] * max(0.0, r - thick)]) + np.array([px, py])
        canvas.fill(polygons(band), stage.drained((190.0, 236.0, 246.0)), 0.8 * (1.0 - grow))
