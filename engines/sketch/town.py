"""City and street: façades with lit windows, road, lamps."""

from __future__ import annotations

import numpy as np

from .colours import BLACK, RGB, mix
from .stage import Floats, Layer, Stage
from .vector import Canvas, Linear, Radial, polygons

_WALLS: tuple[RGB, ...] = ((168.0, 180.0, 200.0), (190.0, 178.0, 172.0), (150.0, 164.0, 178.0), (206.0, 190.0, 170.0))
_FRONTS: tuple[RGB, ...] = (
    (206.0, 128.0, 104.0),
    (226.0, 196.0, 150.0),
    (142.0, 168.0, 182.0),
    (190.0, 150.0, 160.0),
    (166.0, 182.0, 146.0),
)


def _boxes(layer: Layer, left: Floats, right: Floats, top: Floats, low: Floats) -> Floats:
    """Rectangles [n, 4, 2] in pixels from world sides [n]."""
    return layer.pixels(
        np.stack(
            [
                np.stack([left, low], -1),
                np.stack([right, low], -1),
                np.stack([right, top], -1),
                np.stack([left, top], -1),
            ],
            axis=1,
        )
    )


def skyline(
    canvas: Canvas, layer: Layer, spacing: float, tall: float, base: float, distance: float, grid: tuple[int, int]
) -> None:
    """Buildings side by side; `grid` columns and rows of windows each, (0, 0) for none."""
    stage = layer.stage
    index = layer.cells(spacing, 0.5)
    wide = spacing * (0.8 + 0.34 * layer.chance(index, 1))
    high = tall * (0.4 + 0.7 * layer.chance(index, 2))
    left, low = index * spacing, np.full(len(index), base)
    for paint, wall in enumerate(_WALLS):
        some = index % len(_WALLS) == paint
        if some.any():
            canvas.fill(
                polygons(_boxes(layer, left[some], (left + wide)[some], (base - high)[some], low[some])),
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
            canvas.fill(polygons(_boxes(layer, cx - hw, cx + hw, cy - half_h, cy + half_h)), colour)


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
    canvas.fill(polygons(_boxes(layer, left, left + 0.16, y, y + 0.014)), stage.seen((236.0, 232.0, 214.0)))


def draw_city(canvas: Canvas, stage: Stage) -> None:
    """A skyline behind a street."""
    skyline(canvas, stage.layer(0.06, 81), 0.09, 0.42, 0.10, 0.85, (0, 0))
    skyline(canvas, stage.layer(0.16, 82), 0.16, 0.46, 0.12, 0.5, (3, 7))
    skyline(canvas, stage.layer(0.36, 83), 0.27, 0.36, 0.16, 0.15, (4, 5))
    _road(canvas, stage, 0.17)
    _lamps(canvas, stage, 0.16)


def draw_street(canvas: Canvas, stage: Stage) -> None:
    """House fronts at arm's length, shops below, road before them."""
    skyline(canvas, stage.layer(0.1, 85), 0.16, 0.5, 0.10, 0.75, (0, 0))
    layer = stage.layer(0.6, 86)
    index = layer.cells(0.36, 0.5)
    left, base = index * 0.36, 0.13
    high = 0.42 + 0.16 * layer.chance(index, 1)
    low = np.full(len(index), base)
    for paint, wall in enumerate(_FRONTS):
        some = index % len(_FRONTS) == paint
        if not some.any():
            continue
        sides = (left[some], left[some] + 0.355)
        canvas.fill(polygons(_boxes(layer, *sides, (base - high)[some], low[some])), stage.seen(wall, 0.08))
        cornice = (base - high)[some]
        canvas.fill(
            polygons(_boxes(layer, sides[0] - 0.005, sides[1] + 0.005, cornice - 0.012, cornice + 0.012)),
            stage.seen(stage.snowy(mix(wall, BLACK, 0.25)), 0.08),
        )
        awning = np.full(int(some.sum()), base - 0.15)
        canvas.fill(
            polygons(_boxes(layer, sides[0] + 0.02, sides[1] - 0.02, awning, awning + 0.035)),
            stage.seen(stage.snowy(mix(wall, (150.0, 40.0, 50.0), 0.6), 0.8)),
        )
    glass = mix(stage.seen((120.0, 150.0, 176.0)), stage.drained((255.0, 214.0, 130.0)), stage.air.lamps)
    canvas.fill(polygons(_boxes(layer, left + 0.03, left + 0.2, low - 0.112, low - 0.02)), glass)
    canvas.fill(polygons(_boxes(layer, left + 0.23, left + 0.32, low - 0.112, low)), stage.seen((104.0, 78.0, 66.0)))
    for floor in range(2):
        for column in range(3):
            middle = left + 0.075 + 0.105 * column
            y = base - 0.22 - 0.14 * floor
            on = layer.chance(index * 7 + column + 3 * floor, 2) < 0.25 + 0.4 * stage.air.lamps
            for chosen, colour in ((on, glass), (~on, stage.seen((110.0, 132.0, 154.0)))):
                if chosen.any():
                    cy = np.full(int(chosen.sum()), y)
                    canvas.fill(
                        polygons(_boxes(layer, middle[chosen] - 0.026, middle[chosen] + 0.026, cy - 0.042, cy + 0.042)),
                        colour,
                    )
    _road(canvas, stage, 0.19)
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
