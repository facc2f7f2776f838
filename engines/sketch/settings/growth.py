"""What stands on the land: trees, grass, flowers, rocks, houses, cacti, drawn many at a time as one path a colour."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, ellipses, polygons
from engines.sketch.stage import Layer, Stage

from .stamps import Height, scattered, stamped


def pines(
    canvas: Canvas, layer: Layer, spacing: float, tall: float, ground: Height, distance: float, density: float = 0.85
) -> None:
    """Conifers of about `tall` world units; under snow, white on their windward half."""
    index, x = scattered(layer, spacing, density, 0, 0.3 * tall + spacing)
    if len(index) == 0:
        return
    stage = layer.stage
    size = tall * (0.7 + 0.6 * layer.chance(index, 52))
    y = ground(x) + 0.01
    sway = 0.012 * stage.air.wind * np.sin(stage.t * 1.6 + index)
    trunk = [(-0.03, 0.0), (0.03, 0.0), (0.03, -0.2), (-0.03, -0.2)]
    canvas.fill(polygons(stamped(layer, x, y, size, trunk)), stage.seen((92.0, 66.0, 48.0), distance))
    green = stage.snowy((46.0, 100.0, 74.0), 0.28)
    if distance > 0.4:  # small and hazy: one silhouette instead of three tiers, a third of the cost
        outline = [
            (-0.25, -0.1),
            (-0.12, -0.42),
            (-0.17, -0.42),
            (0.0, -1.0),
            (0.17, -0.42),
            (0.12, -0.42),
            (0.25, -0.1),
        ]
        canvas.fill(polygons(stamped(layer, x, y, size, outline)), stage.seen(green, distance))
        if stage.air.white > 0.02:
            cap = stamped(layer, x, y, size, [(-0.14, -0.52), (-0.03, -0.48), (0.08, -0.62), (0.0, -1.0)])
            canvas.fill(polygons(cap), stage.seen((243.0, 248.0, 253.0), distance), stage.air.white)
        return
    for tier, (low, high, wide) in enumerate(((-0.12, -0.58, 0.25), (-0.36, -0.8, 0.2), (-0.58, -1.0, 0.145))):
        colour = stage.seen(mix(green, WHITE, 0.05 * tier), distance)
        cone = stamped(layer, x, y, size, [(-wide, low), (wide, low), (0.0, high)])
        cone[:, 2, 0] += sway * layer.scale * (tier + 1)
        canvas.fill(polygons(cone), colour)
        if stage.air.white > 0.02:
            cap = stamped(
                layer,
                x,
                y,
                size,
                [
                    (-wide * 0.62, low * 0.6 + high * 0.4 + 0.03),
                    (-wide * 0.1, low * 0.5 + high * 0.5 + 0.05),
                    (wide * 0.42, low * 0.4 + high * 0.6 + 0.02),
                    (0.0, high),
                ],
            )
            cap[:, 3, 0] += sway * layer.scale * (tier + 1)
            canvas.fill(polygons(cap), stage.seen((243.0, 248.0, 253.0), distance), stage.air.white)


def turned(stage: Stage, green: RGB) -> RGB:
    """A green of the ground or of leaves as the season leaves it."""
    return mix(green, (188.0, 148.0, 62.0), 0.42 * stage.air.autumn)


def crowns(stage: Stage, leaf: RGB) -> tuple[RGB, ...]:
    """The colours that crowns have in this season: one in summer, three in autumn and in blossom."""
    if stage.air.autumn > 0.01:
        changed: tuple[RGB, ...] = ((224.0, 126.0, 40.0), (202.0, 74.0, 44.0), (236.0, 178.0, 58.0))
        return tuple(mix(leaf, one, 0.92 * stage.air.autumn) for one in changed)
    if stage.air.spring > 0.01:
        blossoms: tuple[RGB, ...] = ((248.0, 186.0, 206.0), (250.0, 220.0, 228.0), (242.0, 160.0, 190.0))
        return tuple(mix(leaf, one, 0.85 * stage.air.spring) for one in blossoms)
    return (leaf,)


_SHADED = ((0.16, -0.58, 0.2), (-0.18, -0.55, 0.18), (0.0, -0.5, 0.15))
_CROWN = ((-0.06, -0.76, 0.24), (0.14, -0.72, 0.19), (-0.2, -0.66, 0.17), (0.22, -0.62, 0.13))
_SUNNY = ((-0.12, -0.82, 0.13), (0.1, -0.8, 0.09), (-0.24, -0.7, 0.07))


def broadleaves(
    canvas: Canvas,
    layer: Layer,
    spacing: float,
    tall: float,
    ground: Height,
    distance: float,
    density: float,
    leaf: RGB,
) -> None:
    """Trees with round crowns, lit from above, in the colours of the season."""
    index, x = scattered(layer, spacing, density, 7, 0.5 * tall + spacing)
    if len(index) == 0:
        return
    stage = layer.stage
    size = tall * (0.75 + 0.5 * layer.chance(index, 53))
    y = ground(x) + 0.01
    trunk = [(-0.05, 0.0), (0.05, 0.0), (0.03, -0.35), (0.14, -0.55), (0.02, -0.47), (-0.03, -0.6), (-0.03, -0.35)]
    canvas.fill(polygons(stamped(layer, x, y, size, trunk)), stage.seen((104.0, 74.0, 52.0), distance))
    sway = 0.015 * (0.3 + stage.air.wind) * np.sin(stage.t * 1.3 + index * 1.9)
    colours = crowns(stage, leaf)
    for number, crown in enumerate(colours):
        some = index % len(colours) == number
        if not some.any():
            continue
        crown = stage.snowy(crown, 0.5)
        for tone, puffs in (
            (mix(crown, BLACK, 0.17), _SHADED),
            (crown, _CROWN),
            (stage.snowy(mix(crown, WHITE, 0.16), 0.6), _SUNNY),
        ):
            centres = np.stack([x[some], y[some]], -1)[:, None, :]
            centres = centres + np.array([p[:2] for p in puffs])[None] * size[some][:, None, None]
            centres[..., 0] += (sway * size)[some][:, None]
            radii = np.array([p[2] for p in puffs])[None] * size[some][:, None]
            where = layer.pixels(centres.reshape(-1, 2))
            canvas.fill(ellipses(where, radii.reshape(-1, 1) * layer.scale, 14), stage.seen(tone, distance))


def grass(canvas: Canvas, layer: Layer, spacing: float, tall: float, rows: tuple[float, float], colour: RGB) -> None:
    """Tufts between two world heights of the ground, swaying."""
    index, x = scattered(layer, spacing, 0.8, 3)
    if len(index) == 0:
        return
    stage = layer.stage
    y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 54)
    size = tall * (0.6 + 0.8 * layer.chance(index, 55))
    sway = (0.1 + 0.4 * stage.air.wind) * np.sin(stage.t * 2.1 + x * 9.0)
    for lean in (-0.55, 0.0, 0.5):
        blades = stamped(layer, x, y, size, [(-0.13 + lean * 0.2, 0.0), (0.13 + lean * 0.2, 0.0), (lean, -1.0)])
        blades[:, 2, 0] += sway * size * layer.scale
        canvas.fill(polygons(blades), stage.seen(turned(stage, colour)))


def flowers(canvas: Canvas, layer: Layer, spacing: float, rows: tuple[float, float]) -> None:
    """Dots of colour between two world heights of the ground."""
    for number, colour in enumerate(((245.0, 205.0, 70.0), (240.0, 120.0, 130.0), (250.0, 250.0, 250.0))):
        index, x = scattered(layer, spacing, 0.45 * (1.0 - layer.stage.air.white), 10 + 5 * number)
        if len(index) == 0:
            continue
        y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 56 + number)
        where = layer.pixels(np.stack([x, y], -1))
        size = 0.006 * (0.7 + 0.6 * layer.chance(index, 59)) * layer.scale
        canvas.fill(ellipses(where, size[:, None], 8), layer.stage.seen(colour))


def rocks(
    canvas: Canvas,
    layer: Layer,
    spacing: float,
    size: float,
    rows: tuple[float, float],
    colour: RGB,
    density: float = 0.5,
) -> None:
    """Boulders with a lit side."""
    index, x = scattered(layer, spacing, density, 20, size + spacing)
    if len(index) == 0:
        return
    stage = layer.stage
    y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 60)
    big = size * (0.5 + layer.chance(index, 61))
    whole = [(-0.5, 0.05), (-0.42, -0.25), (-0.12, -0.5), (0.22, -0.42), (0.5, -0.1), (0.46, 0.05)]
    side = [(-0.5, 0.05), (-0.42, -0.25), (-0.12, -0.5), (0.02, -0.2), (-0.08, 0.05)]
    canvas.fill(polygons(stamped(layer, x, y, big, whole)), stage.seen(mix(stage.snowy(colour, 0.5), BLACK, 0.16)))
    canvas.fill(polygons(stamped(layer, x, y, big, side)), stage.seen(stage.snowy(colour, 0.8)))


def cacti(canvas: Canvas, layer: Layer, spacing: float, tall: float, ground: Height, distance: float) -> None:
    """Saguaros with two arms."""
    index, x = scattered(layer, spacing, 0.55, 30, 0.5 + spacing)
    if len(index) == 0:
        return
    size = tall * (0.6 + 0.7 * layer.chance(index, 62))
    lines = np.array(
        [
            [(0.0, 0.0), (0.0, -1.0), (0.0, -1.0)],
            [(0.0, -0.45), (0.26, -0.45), (0.26, -0.75)],
            [(0.0, -0.35), (-0.24, -0.35), (-0.24, -0.62)],
        ]
    )
    feet = np.stack([x, ground(x) + 0.01], -1)
    where = feet[:, None, None, :] + lines[None] * size[:, None, None, None]
    colour = layer.stage.seen((74.0, 128.0, 78.0), distance)
    canvas.stroke(polygons(layer.pixels(where.reshape(-1, 3, 2)), closed=False), colour, 0.13 * tall * layer.scale)


def houses(
    canvas: Canvas, layer: Layer, spacing: float, size: float, ground: Height, distance: float, density: float = 0.6
) -> None:
    """Cottages with lit windows after dark."""
    index, x = scattered(layer, spacing, density, 40, size + spacing)
    if len(index) == 0:
        return
    stage = layer.stage
    big = size * (0.8 + 0.4 * layer.chance(index, 63))
    y = ground(x) + 0.015
    for paint, wall in enumerate(((238.0, 222.0, 196.0), (226.0, 200.0, 178.0), (214.0, 220.0, 224.0))):
        some = index % 3 == paint
        if not some.any():
            continue
        at = (layer, x[some], y[some], big[some])
        canvas.fill(
            polygons(stamped(*at, [(-0.5, 0.0), (0.5, 0.0), (0.5, -0.5), (-0.5, -0.5)])), stage.seen(wall, distance)
        )
        roof = stage.snowy(((168.0, 74.0, 58.0), (120.0, 84.0, 74.0), (92.0, 108.0, 130.0))[paint], 0.85)
        canvas.fill(
            polygons(stamped(*at, [(-0.62, -0.48), (0.62, -0.48), (0.3, -0.9), (-0.3, -0.9)])),
            stage.seen(roof, distance),
        )
        canvas.fill(
            polygons(stamped(*at, [(-0.09, 0.0), (0.09, 0.0), (0.09, -0.28), (-0.09, -0.28)])),
            stage.seen((110.0, 78.0, 60.0), distance),
        )
        window = mix(stage.seen((150.0, 186.0, 210.0), distance), (255.0, 214.0, 120.0), stage.air.lamps)
        for side in (-0.32, 0.32):
            panes = [(side - 0.09, -0.18), (side + 0.09, -0.18), (side + 0.09, -0.37), (side - 0.09, -0.37)]
            canvas.fill(polygons(stamped(*at, panes)), stage.drained(window))


def peaks(
    canvas: Canvas,
    layer: Layer,
    spacing: float,
    tall: float,
    base: float,
    distance: float,
    cap: float,
    rock: RGB = (132.0, 142.0, 160.0),
) -> None:
    """Mountains: a lit and a shaded face each, snow from the top down by the share `cap`."""
    index = layer.cells(spacing, 0.85 * 1.15 * tall)
    index = index[np.argsort(layer.chance(index, 72), kind="stable")]  # some stand before their neighbours, at random
    stage = layer.stage
    x = (index + 0.6 * layer.chance(index, 70)) * spacing
    high = tall * (0.55 + 0.6 * layer.chance(index, 71))
    y = np.full(len(index), base)
    lit_side, shade = rock, (0.7 * rock[0], 0.72 * rock[1], 0.79 * rock[2])
    top = max(cap, 0.75 * stage.air.white)
    k = 1.0 - top
    west = stamped(layer, x, y, high, [(-0.85, 0.0), (0.1, 0.0), (0.0, -1.0)])
    east = stamped(layer, x, y, high, [(0.1, 0.0), (0.85, 0.0), (0.0, -1.0)])
    white = [(0.0, -1.0), (-0.85 * top, -k), (-0.5 * top, -k - 0.07), (-0.25 * top, -k + 0.06), (0.1 * top, -k - 0.05)]
    dim = [(0.0, -1.0), (0.1 * top, -k - 0.05), (0.4 * top, -k + 0.05), (0.62 * top, -k - 0.06), (0.85 * top, -k)]
    faces = [(west, stage.seen(lit_side, distance)), (east, stage.seen(shade, distance))]
    if top > 0.02:
        faces.append((stamped(layer, x, y, high, white), stage.seen((246.0, 250.0, 255.0), distance * 0.8)))
        faces.append((stamped(layer, x, y, high, dim), stage.seen((198.0, 212.0, 234.0), distance * 0.8)))
    for i in range(len(index)):
        for outlines, colour in faces:
            canvas.fill(polygons(outlines[i]), colour)
