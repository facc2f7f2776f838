"""The sky: gradient, stars, sun or moon, clouds."""

from __future__ import annotations

import numpy as np

from .colours import BLACK, RGB, WHITE, mix
from .stage import Floats, Indices, Stage, chance
from .vector import Canvas, Linear, Path, Radial, ellipses, polygons, spread_stops


def draw_sky(canvas: Canvas, stage: Stage, hidden: float) -> None:
    """The sky, down to `hidden` pixels from the top, where the land or the sea hides it."""
    air = stage.air
    colours = [stage.drained(colour) for colour in air.sky]
    low = max(stage.horizon, stage.height * 0.3)
    fill = Linear((0, 0), (0, low), spread_stops(colours))
    canvas.rectangle(0, 0, stage.width, min(hidden, float(stage.height)), fill)
    if air.stars > 0.02:
        _stars(canvas, stage)
    if air.shine > 0.02:
        _sun(canvas, stage)
    if air.clouds > 0.02:
        _clouds(canvas, stage)


def _stars(canvas: Canvas, stage: Stage) -> None:
    index = np.arange(90, dtype=np.int64)
    x = chance(stage.seed, 900, index) * stage.width
    y = chance(stage.seed, 901, index) ** 1.3 * stage.horizon
    twinkle = 0.65 + 0.35 * np.sin(stage.t * (1.0 + 2.0 * chance(stage.seed, 902, index)) + index)
    size = (0.0012 + 0.0022 * chance(stage.seed, 903, index) ** 3) * stage.unit * twinkle
    size = np.maximum(size, 0.45)
    canvas.fill(ellipses(np.stack([x, y], -1), size[:, None], 6), (245.0, 246.0, 255.0), 0.9 * stage.air.stars)


def _sun(canvas: Canvas, stage: Stage) -> None:
    air = stage.air
    x = (air.sun[0] - stage.view.x * 0.03 % 1.0) % 1.2 * stage.width
    y = stage.horizon * (1.0 - air.sun[1])
    radius = stage.unit * (0.052 + 0.016 * (1.0 - min(1.0, air.sun[1] * 2)))
    glow = stage.drained(air.glow)
    reach = radius * (4.4 - 1.2 * air.moon)
    halo = Radial((x, y), reach, ((0.0, glow, 0.55), (0.35, glow, 0.2), (1.0, glow, 0.0)))
    canvas.ellipse(x, y, reach, reach, halo, air.shine * (1.0 - 0.5 * air.moon))
    canvas.ellipse(x, y, radius, radius, mix(glow, WHITE, 0.35), air.shine)
    if air.moon > 0.5:
        for dx, dy, size in ((-0.3, -0.2, 0.2), (0.25, 0.3, 0.26), (0.3, -0.4, 0.13), (-0.2, 0.45, 0.12)):
            canvas.ellipse(
                x + dx * radius, y + dy * radius, size * radius, size * radius, mix(glow, BLACK, 0.14), air.shine
            )


def _clouds(canvas: Canvas, stage: Stage) -> None:
    """Two layers of clouds with flat bases, each layer one path in one colour: overlapping ovals show no seams."""
    air = stage.air
    bright = mix(mix(air.sky[3], WHITE, 0.55), (205.0, 210.0, 220.0), air.storm * 0.5)
    colour: RGB = stage.drained(
        mix(bright, (bright[0] * 0.3, bright[1] * 0.34, bright[2] * 0.46), 0.75 * air.moon + 0.55 * air.storm)
    )
    spread = 1.0 - 0.55 * air.clouds
    for number, (depth, high, size, alpha) in enumerate(((0.05, 0.36, 0.7, 0.5), (0.1, 0.2, 1.0, 0.8))):
        layer = stage.layer(depth, 910 + number)
        drift = stage.t * (0.004 + 0.02 * air.wind) * (1.0 + number)
        spacing = 0.75 * spread * (1.3 - 0.3 * number)
        first = layer.cells(spacing, 1.0)
        shift = int(np.floor(drift / spacing))
        index = first - shift
        keep = layer.chance(index, 1) < 0.35 + 0.6 * air.clouds
        index = index[keep]
        if len(index) == 0:
            continue
        x = (index + 0.8 * layer.chance(index, 2)) * spacing + drift
        y = -stage.horizon / layer.scale * (1.0 - high - 0.28 * layer.chance(index, 3))
        wide = (0.10 + 0.12 * layer.chance(index, 4)) * size
        canvas.fill(
            _cloud_path(layer.pixels(np.stack([x, y], -1)), wide * layer.scale, index),
            colour,
            alpha * min(1.0, 0.5 + air.clouds),
        )


_PUFFS = np.array(
    [(-0.62, -0.12, 0.26), (-0.28, -0.26, 0.36), (0.12, -0.36, 0.44), (0.48, -0.2, 0.34), (0.78, -0.08, 0.2)]
)


def _cloud_path(places: Floats, wide: Floats, index: Indices) -> Path:
    """Clouds at pixel places [n, 2] of half-width `wide` [n]: puffs cut off at a common base."""
    mirrored = np.where(index % 2 == 0, 1.0, -1.0)
    turn = np.arange(14) * (2 * np.pi / 14)
    ring = np.stack([np.cos(turn), np.sin(turn)], -1)  # [14, 2]
    puffs = _PUFFS[None] * np.stack([mirrored, np.ones(len(index)), np.ones(len(index))], -1)[:, None, :]
    outline = puffs[:, :, None, :2] + puffs[:, :, 2, None, None] * ring  # [n, 5, 14, 2]
    outline[..., 1] = np.minimum(outline[..., 1], 0.06)
    outline = places[:, None, None, :] + outline * wide[:, None, None, None]
    return polygons(outline.reshape(-1, 14, 2))
