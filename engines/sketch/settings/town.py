"""City and street: façades with lit windows, road, lamps."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, polygons
from engines.sketch.stage import Layer, Stage

from .growth import broadleaves
from .stamps import Stamp, boxes, level, scattered

_WALLS: tuple[RGB, ...] = ((168.0, 180.0, 200.0), (190.0, 178.0, 172.0), (150.0, 164.0, 178.0), (206.0, 190.0, 170.0))
_FRONTS: tuple[RGB, ...] = (
    (206.0, 128.0, 104.0),
    (226.0, 196.0, 150.0),
    (142.0, 168.0, 182.0),
    (190.0, 150.0, 160.0),
    (166.0, 182.0, 146.0),
)


def skyline(
    canvas: Canvas, layer: Layer, spacing: float, tall: float, base: float, distance: float, grid: tuple[int, int]
) -> None:
    """Buildings side by side; `grid` columns and rows of windows each, (0, 0) for none."""
    stage = layer.stage
    index = layer.cells(spacing, 1.2 * spacing)
    wide = spacing * (0.8 + 0.34 * layer.chance(index, 1))
    high = tall * (0.4 + 0.7 * layer.chance(index, 2))
    left, low = index * spacing, np.full(len(index), base)
    for paint, wall in enumerate(_WALLS):
        some = index % len(_WALLS) == paint
        if some.any():
            canvas.fill(
                polygons(boxes(layer, left[some], (left + wide)[some], (base - high)[some], low[some])),
                stage.seen(stage.snowy(wall, 0.15), distance),
            )
    if grid[0] == 0:
        return
    cell = np.arange(grid[0] * grid[1])
    column, row = cell % grid[0], cell // grid[0]
    x = left[:, None] + wide[:, None] * (column + 0.62) / (grid[0] + 0.6)
    y = (base - high)[:, None] + tall * 1.1 * (row + 0.5) / (grid[1] + 0.5)
    number = index[:, None] * 1000 + column * 37 + row
    inside = y < base - 0.02
    half_w, half_h = wide[:, None] * 0.22 / grid[0], tall * 0.3 / grid[1]
    on = layer.chance(number.ravel(), 3).reshape(number.shape) < 0.15 + 0.5 * stage.air.lamps
    dark = stage.seen((96.0, 116.0, 144.0), distance)
    bright = mix(dark, stage.drained((255.0, 216.0, 130.0)), 0.25 + 0.75 * stage.air.lamps)
    for chosen, colour in ((inside & ~on, dark), (inside & on, bright)):
        if chosen.any():
            cx, cy = x[chosen], y[chosen]
            hw = np.broadcast_to(half_w, x.shape)[chosen]
            canvas.fill(polygons(boxes(layer, cx - hw, cx + hw, cy - half_h, cy + half_h)), colour)


def _road(canvas: Canvas, stage: Stage, kerb: float) -> None:
    """Pavement from world y `kerb` - .05, asphalt from `kerb`, dashes that pass with the camera."""
    layer = stage.layer(1.0, 84)
    top = float(layer.pixels(np.array([0.0, kerb]))[1])
    walk = 0.06 * layer.scale
    canvas.rectangle(0, top - walk, stage.width, walk + 2, stage.seen(stage.snowy((186.0, 184.0, 182.0))))
    canvas.rectangle(
        0,
        top - 0.008 * layer.scale,
        stage.width,
        0.012 * layer.scale,
        stage.seen(stage.snowy((150.0, 150.0, 152.0), 0.6)),
    )
    asphalt = stage.snowy((92.0, 96.0, 106.0), 0.7)
    fill = Linear(
        (0, top), (0, stage.height), ((0.0, stage.seen(asphalt), 1.0), (1.0, stage.seen(mix(asphalt, BLACK, 0.2)), 1.0))
    )
    canvas.rectangle(0, top, stage.width, max(1.0, stage.height - top), fill)
    index = layer.cells(0.32, 0.3)
    left = index * 0.32
    y = np.full(len(index), kerb + 0.13)
    canvas.fill(polygons(boxes(layer, left, left + 0.16, y, y + 0.014)), stage.seen((236.0, 232.0, 214.0)))


def draw_city(canvas: Canvas, stage: Stage) -> None:
    """A skyline of towers in three rows behind a street; neon signs where the style asks for them."""
    skyline(canvas, stage.layer(0.05, 80), 0.07, 0.5, 0.10, 0.92, (0, 0))
    _towers(canvas, stage.layer(0.1, 81), 0.62, 0.72)
    skyline(canvas, stage.layer(0.16, 82), 0.16, 0.46, 0.12, 0.5, (3, 7))
    _towers(canvas, stage.layer(0.24, 88), 1.5, 0.4)
    skyline(canvas, stage.layer(0.36, 83), 0.27, 0.34, 0.16, 0.15, (4, 5))
    if stage.air.neon > 0.02:
        _signs(canvas, stage.layer(0.36, 83), 0.27, 0.16)
    _street_trees(canvas, stage.layer(0.8, 89), 0.125, 0.2)
    _road(canvas, stage, 0.17)
    _traffic(canvas, stage, 0.17)
    _lamps(canvas, stage, 0.16)


def _towers(canvas: Canvas, layer: Layer, spacing: float, distance: float) -> None:
    """Landmarks of a skyline: stepped towers with a spire, needles with a lantern, round-topped slabs."""
    stage = layer.stage
    index, x = scattered(layer, spacing, 0.95, 90, 0.4)
    size = 0.42 * (0.85 + 0.35 * layer.chance(index, 91))
    all_towers = Stamp(canvas, layer, x, np.full(len(x), 0.12), size, distance)
    window = mix(
        stage.seen((120.0, 140.0, 166.0), distance), stage.drained((255.0, 220.0, 140.0)), 0.8 * stage.air.lamps
    )
    beacon = mix(stage.seen((214.0, 90.0, 80.0), distance), stage.drained((255.0, 70.0, 60.0)), stage.air.lamps)
    kind = index % 3
    steps = all_towers.some(kind == 0)
    for wide, low, high in ((0.24, 0.0, -0.75), (0.18, -0.74, -0.98), (0.11, -0.97, -1.16)):
        steps.box(-wide, high, wide, low, (176.0, 182.0, 196.0))
        steps.box(0.25 * wide, high, wide, low, (150.0, 158.0, 176.0))
    steps.part(((-0.03, -1.15), (0.0, -1.5), (0.03, -1.15)), (140.0, 148.0, 166.0))
    steps.many(
        [_pane(left, -0.1 - 0.075 * row, 0.06, 0.035) for row in range(9) for left in (-0.18, -0.06, 0.08)], window
    )
    needle = all_towers.some(kind == 1)
    needle.part(((-0.16, 0.0), (-0.04, -0.9), (0.04, -0.9), (0.16, 0.0)), (190.0, 186.0, 190.0))
    needle.part(((0.02, 0.0), (0.01, -0.9), (0.04, -0.9), (0.16, 0.0)), (160.0, 160.0, 172.0))
    needle.part(
        ((-0.16, -0.98), (-0.06, -0.88), (0.06, -0.88), (0.16, -0.98), (0.1, -1.06), (-0.1, -1.06)),
        (206.0, 200.0, 200.0),
    )
    needle.lit(((-0.14, -0.99), (0.14, -0.99), (0.12, -0.96), (-0.12, -0.96)), window)
    needle.part(((-0.02, -1.05), (0.0, -1.45), (0.02, -1.05)), (150.0, 150.0, 164.0))
    slab = all_towers.some(kind == 2)
    slab.part(
        ((-0.18, 0.0), (-0.18, -0.86), (-0.1, -0.98), (0.04, -1.06), (0.18, -1.1), (0.18, 0.0)), (150.0, 176.0, 200.0)
    )
    slab.part(((0.06, 0.0), (0.06, -1.07), (0.18, -1.1), (0.18, 0.0)), (128.0, 152.0, 180.0))
    slab.many([_pane(-0.15, -0.08 - 0.08 * row, 0.18, 0.03) for row in range(10)], window)
    blink = 0.5 + 0.5 * float(np.sin(stage.t * 2.2))
    steps.glows(((0.0, -1.5, 0.016, 0.016),), beacon, 0.4 + 0.6 * blink)
    needle.glows(((0.0, -1.45, 0.016, 0.016),), beacon, 1.0 - 0.6 * blink)


def _pane(left: float, low: float, wide: float, high: float) -> list[tuple[float, float]]:
    return [(left, low), (left + wide, low), (left + wide, low - high), (left, low - high)]


_NEON: tuple[RGB, ...] = ((255.0, 60.0, 170.0), (50.0, 230.0, 255.0), (255.0, 210.0, 70.0), (140.0, 255.0, 120.0))


def _signs(canvas: Canvas, layer: Layer, spacing: float, base: float) -> None:
    """Upright signs and rings on the façades; each has a halo, some flicker."""
    stage = layer.stage
    index = layer.cells(spacing, 0.4)
    tall = 0.16 + 0.08 * layer.chance(index, 92)
    x = (index + 0.2 + 0.5 * layer.chance(index, 93)) * spacing
    signs = Stamp(canvas, layer, x, base - 0.06 - 0.06 * layer.chance(index, 94), tall)
    flicker = 0.75 + 0.25 * np.sign(np.sin(stage.t * 7.0 + index * 2.3) + 0.9)
    amount = stage.air.neon * (0.45 + 0.55 * stage.air.lamps)
    for paint, colour in enumerate(_NEON):
        some = signs.some(index % 4 == paint)
        tone = stage.drained(colour)
        strength = amount * float(np.mean(flicker[index % 4 == paint])) if (index % 4 == paint).any() else amount
        for grow, alpha in ((0.16, 0.1), (0.09, 0.16), (0.04, 0.25)):
            w = 0.1 + grow
            some.lit(((-w, 0.02 + grow), (w, 0.02 + grow), (w, -1.0 - grow), (-w, -1.0 - grow)), tone, alpha * strength)
        some.box(-0.12, -1.02, 0.12, 0.04, (20.0, 14.0, 34.0))
        for k in range(4):
            y = -0.06 - 0.24 * k
            if (k + paint) % 2:
                some.lit(
                    (
                        (-0.07, y),
                        (0.07, y),
                        (0.07, y - 0.16),
                        (-0.07, y - 0.16),
                        (-0.07, y - 0.13),
                        (0.04, y - 0.13),
                        (0.04, y - 0.03),
                        (-0.07, y - 0.03),
                    ),
                    tone,
                    strength,
                )
            else:
                some.lit(
                    ((-0.07, y), (0.0, y - 0.17), (0.07, y), (0.03, y), (0.0, y - 0.08), (-0.03, y)),
                    mix(tone, (255.0, 255.0, 255.0), 0.35),
                    strength,
                )


def _street_trees(canvas: Canvas, layer: Layer, foot: float, tall: float) -> None:
    broadleaves(canvas, layer, 0.4, tall, level(foot), 0.1, 0.6, (96.0, 150.0, 84.0))


def _traffic(canvas: Canvas, stage: Stage, kerb: float) -> None:
    """After dark the light of the road: reflections of lamps and windows on it, more where it is wet."""
    wet = max(stage.air.rain, 0.4 * stage.air.neon)
    if max(stage.air.lamps, wet) < 0.1:
        return
    layer = stage.layer(1.0, 92)
    index = layer.cells(0.17, 0.2)
    pools = Stamp(
        canvas,
        layer,
        (index + 0.6 * layer.chance(index, 1)) * 0.17,
        np.full(len(index), kerb + 0.02),
        np.full(len(index), 0.2),
    )
    warm: RGB = (255.0, 214.0, 130.0)
    for paint in range(4):
        tone = stage.drained(mix(warm, _NEON[paint], stage.air.neon))
        some = pools.some(index % 4 == paint)
        shake = 0.02 * float(np.sin(stage.t * 2.0 + paint))
        some.lit(
            ((-0.1, 0.0), (0.1, 0.0), (0.16 + shake, 0.8), (-0.16 + shake, 0.8)),
            tone,
            0.12 * stage.air.lamps * (0.4 + wet),
        )


def draw_street(canvas: Canvas, stage: Stage) -> None:
    """House fronts at arm's length, shops below, road before them."""
    skyline(canvas, stage.layer(0.1, 85), 0.16, 0.5, 0.10, 0.75, (0, 0))
    _towers(canvas, stage.layer(0.16, 84), 0.7, 0.6)
    layer = stage.layer(0.6, 86)
    index = layer.cells(0.36, 0.5)
    left, base = index * 0.36, 0.13
    high = 0.32 + 0.2 * layer.chance(index, 1)
    low = np.full(len(index), base)
    for paint, wall in enumerate(_FRONTS):
        some = index % len(_FRONTS) == paint
        if not some.any():
            continue
        sides = (left[some], left[some] + 0.3605)
        canvas.fill(polygons(boxes(layer, *sides, (base - high)[some], low[some])), stage.seen(wall, 0.08))
        cornice = (base - high)[some]
        canvas.fill(
            polygons(boxes(layer, sides[0] - 0.005, sides[1] + 0.005, cornice - 0.012, cornice + 0.012)),
            stage.seen(stage.snowy(mix(wall, BLACK, 0.25)), 0.08),
        )
        awning = np.full(int(some.sum()), base - 0.15)
        canvas.fill(
            polygons(boxes(layer, sides[0] + 0.02, sides[1] - 0.02, awning, awning + 0.035)),
            stage.seen(stage.snowy(mix(wall, (150.0, 40.0, 50.0), 0.6), 0.8)),
        )
    glass = mix(stage.seen((120.0, 150.0, 176.0)), stage.drained((255.0, 214.0, 130.0)), stage.air.lamps)
    canvas.fill(polygons(boxes(layer, left + 0.03, left + 0.2, low - 0.112, low - 0.02)), glass)
    canvas.fill(polygons(boxes(layer, left + 0.23, left + 0.32, low - 0.112, low)), stage.seen((104.0, 78.0, 66.0)))
    for floor in range(2):
        for column in range(3):
            middle = left + 0.075 + 0.105 * column
            y = base - 0.22 - 0.14 * floor
            on = layer.chance(index * 7 + column + 3 * floor, 2) < 0.25 + 0.4 * stage.air.lamps
            for chosen, colour in ((on, glass), (~on, stage.seen((110.0, 132.0, 154.0)))):
                if chosen.any():
                    cy = np.full(int(chosen.sum()), y)
                    canvas.fill(
                        polygons(boxes(layer, middle[chosen] - 0.026, middle[chosen] + 0.026, cy - 0.042, cy + 0.042)),
                        colour,
                    )
    if stage.air.neon > 0.02:
        _signs(canvas, layer, 0.36, base - 0.03)
    _road(canvas, stage, 0.19)
    _traffic(canvas, stage, 0.19)
    _lamps(canvas, stage, 0.18)


def _lamps(canvas: Canvas, stage: Stage, foot: float) -> None:
    """Street lamps; after dark each has a halo."""
    layer = stage.layer(1.0, 87)
    index = layer.cells(0.75, 0.3)
    for x in index * 0.75 + 0.2:
        base, top = layer.pixels(np.array([[x, foot], [x, foot - 0.33]]))
        thick = 0.009 * layer.scale
        canvas.rectangle(base[0] - thick / 2, top[1], thick, base[1] - top[1], stage.seen((58.0, 64.0, 74.0)))
        lamp = mix(stage.seen((220.0, 224.0, 226.0)), stage.drained((255.0, 226.0, 150.0)), stage.air.lamps)
        canvas.ellipse(base[0], top[1], 2.1 * thick, 1.7 * thick, lamp)
        if stage.air.lamps > 0.1:
            reach = 0.13 * layer.scale
            warm = stage.drained((255.0, 214.0, 130.0))
            canvas.ellipse(
                base[0],
                top[1],
                reach,
                reach,
                Radial((base[0], top[1]), reach, ((0.0, warm, 0.55), (1.0, warm, 0.0))),
                stage.air.lamps,
            )
