"""Green land: meadow, village, forest, mountains, park, garden, farm, orchard, vineyard, graveyard."""

from __future__ import annotations

from functools import partial

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, polygons
from engines.sketch.stage import Layer, Stage

from . import growth
from .drifting import fireflies
from .growth import turned
from .stamps import Height, Stamp, landmarks, level, scattered, slab
from .town import skyline


def hills(
    canvas: Canvas,
    layer: Layer,
    base: float,
    height: float,
    spacing: float,
    colour: RGB,
    distance: float,
    hidden: float | None = None,
) -> Height:
    """Rolling land; returns its outline for things to stand on.

    It is filled down to `hidden`, where nearer land begins to hide it: pixels that nobody sees cost as much as others.
    """
    stage = layer.stage
    outline = layer.ground(
        base, height, spacing, stage.height + 2.0 if hidden is None else max(hidden, layer.below(base))
    )
    top = float(outline[:, 1].min())
    near = stage.seen(mix(colour, BLACK, 0.14), distance)
    fill = Linear((0, top), (0, top + 0.45 * stage.unit), ((0.0, stage.seen(colour, distance), 1.0), (1.0, near, 1.0)))
    canvas.fill(polygons(outline), fill)
    return partial(layer.height_at, base=base, height=height, spacing=spacing)


def green(stage: Stage, colour: RGB, share: float = 1.0) -> RGB:
    """A green of the ground, before the light: turned by autumn, covered by snow."""
    return stage.snowy(turned(stage, colour), share)


def backdrop(canvas: Canvas, stage: Stage, salt: int, *, hidden: float = 0.12) -> Height:
    """Two rows of far hills with trees, for places whose own is nearer; hidden from world y `hidden` down."""
    far = stage.layer(0.12, salt)
    top = hills(
        canvas, far, 0.02, 0.14, 0.9, green(stage, (122.0, 166.0, 118.0)), 0.75, stage.layer(0.3, salt + 1).below(0.05)
    )
    growth.pines(canvas, far, 0.06, 0.06, top, 0.7, 0.5)
    middle = stage.layer(0.3, salt + 1)
    ground = hills(
        canvas, middle, 0.05, 0.09, 0.7, green(stage, (120.0, 176.0, 96.0)), 0.45, stage.layer(0.8, 0).below(hidden)
    )
    growth.broadleaves(canvas, middle, 0.2, 0.13, ground, 0.42, 0.6, (92.0, 148.0, 76.0))
    return ground


def draw_meadow(canvas: Canvas, stage: Stage, *, village: bool = False) -> None:
    """Hills behind a lawn with flowers; a village has houses on them."""
    far = stage.layer(0.12, 1)
    top = hills(
        canvas, far, 0.02, 0.16, 0.9, green(stage, (122.0, 166.0, 110.0)), 0.75, stage.layer(0.3, 2).below(0.05)
    )
    growth.pines(canvas, far, 0.07, 0.07, top, 0.7, 0.5)
    layer = stage.layer(0.3, 2)
    middle = hills(
        canvas, layer, 0.05, 0.12, 0.7, green(stage, (120.0, 178.0, 92.0)), 0.4, stage.layer(0.7, 3).below(0.12)
    )
    growth.broadleaves(canvas, layer, 0.26, 0.17, middle, 0.35, 0.55, (92.0, 148.0, 70.0))
    if village:
        growth.houses(canvas, layer, 0.2, 0.15, middle, 0.25, 0.95)
        _steeple(canvas, layer, middle)
    hills(canvas, stage.layer(0.7, 3), 0.12, 0.06, 0.8, green(stage, (132.0, 192.0, 88.0)), 0.1)
    if village:
        path(canvas, stage, 0.17)
    near = stage.layer(1.0, 4)
    growth.grass(canvas, near, 0.06, 0.035, (0.13, 0.5), stage.snowy((98.0, 160.0, 66.0), 0.8))
    growth.flowers(canvas, near, 0.07, (0.14, 0.5))
    fireflies(canvas, stage)


def _steeple(canvas: Canvas, layer: Layer, ground: Height) -> None:
    _, x = landmarks(layer, 1.7, 0.22, 0.2)
    church = Stamp(canvas, layer, x, ground(x) + 0.02, np.full(len(x), 0.24), 0.25)
    stage = layer.stage
    church.box(-0.1, -0.45, 0.5, 0.0, (232.0, 224.0, 210.0))
    church.part(((-0.14, -0.44), (0.55, -0.44), (0.48, -0.66), (-0.06, -0.66)), stage.snowy((150.0, 80.0, 66.0), 0.85))
    church.box(-0.3, -0.85, 0.0, 0.0, (242.0, 234.0, 220.0))
    church.part(((-0.34, -0.84), (0.04, -0.84), (-0.15, -1.35)), stage.snowy((92.0, 104.0, 126.0), 0.6))
    church.ovals(((-0.15, -0.66, 0.07, 0.07),), (92.0, 82.0, 80.0))
    lamp = mix(stage.seen((120.0, 140.0, 160.0), 0.25), stage.drained((255.0, 214.0, 120.0)), stage.air.lamps)
    for left in (0.1, 0.26):
        church.lit(((left, -0.12), (left + 0.08, -0.12), (left + 0.08, -0.34), (left, -0.34)), lamp)


def path(canvas: Canvas, stage: Stage, top: float, colour: RGB = (206.0, 184.0, 142.0)) -> None:
    """A trodden way along the frame, a little wavy."""
    layer = stage.layer(1.0, 5)
    x = layer.cells(0.06, 0.1) * 0.06
    bend = 0.014 * np.sin(x * 3.1) + 0.01 * layer.noise(x, 0.4)
    upper, lower = np.stack([x, top + bend], -1), np.stack([x, top + 0.085 + 1.4 * bend], -1)
    colour = stage.snowy(colour, 0.75)
    canvas.fill(polygons(layer.pixels(np.concatenate([upper, lower[::-1]]))), stage.seen(colour))
    edge = np.concatenate([lower - [0.0, 0.012], lower[::-1]])
    canvas.fill(polygons(layer.pixels(edge)), stage.seen(mix(colour, BLACK, 0.14)))


def draw_forest(canvas: Canvas, stage: Stage) -> None:
    """Conifers in three depths; in autumn and spring leaf trees stand among them."""
    rows: tuple[tuple[float, float, float, RGB, float, float, float, float], ...] = (
        (0.1, 0.0, 0.14, (92.0, 138.0, 112.0), 0.85, 0.05, 0.16, 0.85),
        (0.28, 0.05, 0.06, (86.0, 138.0, 94.0), 0.5, 0.10, 0.32, 0.85),
        (0.6, 0.10, 0.05, (98.0, 146.0, 82.0), 0.15, 0.27, 0.62, 0.72),
    )
    leafy = max(stage.air.autumn, stage.air.spring)
    for number, (depth, base, height, colour, distance, spacing, tall, density) in enumerate(rows):
        layer = stage.layer(depth, 11 + number)
        hidden = (stage.layer(0.28, 12).below(0.05), stage.layer(0.6, 13).below(0.10), stage.layer(1.0, 14).below(0.19))
        ground = hills(canvas, layer, base, height, 0.8, green(stage, colour), distance, hidden[number])
        growth.pines(canvas, layer, spacing, tall, ground, distance, density * (1.0 - 0.6 * leafy))
        if leafy > 0.1 and number:
            growth.broadleaves(
                canvas, layer, spacing * 1.3, tall * 0.8, ground, distance, 0.75 * leafy, (92.0, 148.0, 70.0)
            )
    _beams(canvas, stage)
    ground_layer = stage.layer(1.0, 14)
    hills(canvas, ground_layer, 0.19, 0.03, 0.9, green(stage, (110.0, 158.0, 84.0)), 0.0)
    growth.grass(canvas, ground_layer, 0.08, 0.04, (0.22, 0.5), stage.snowy((80.0, 134.0, 66.0), 0.85))
    growth.rocks(canvas, ground_layer, 0.8, 0.07, (0.24, 0.45), (140.0, 146.0, 150.0))
    _mushrooms(canvas, ground_layer)
    fireflies(canvas, stage)


def _beams(canvas: Canvas, stage: Stage) -> None:
    """Light that falls between the trees on a clear day."""
    amount = 0.55 * stage.air.shine * (1.0 - stage.air.moon)
    if amount < 0.1:
        return
    low = stage.horizon + 0.2 * stage.unit
    lean = (0.5 - stage.air.sun[0]) * 0.5 * stage.unit
    glow = stage.drained(stage.air.glow)
    fill = Linear((0, 0), (0, low), ((0.0, glow, 0.3), (0.7, glow, 0.12), (1.0, glow, 0.0)))
    for number in range(3):
        x = ((0.22 + 0.3 * number - stage.view.x * 0.3) % 1.2 - 0.1) * stage.width
        wide = stage.unit * (0.035 + 0.02 * number)
        beam = np.array([[x, 0.0], [x + wide, 0.0], [x + 2.2 * wide + lean, low], [x - 0.6 * wide + lean, low]])
        canvas.fill(polygons(beam), fill, amount * (0.8 + 0.2 * np.sin(stage.t * 0.5 + number * 2)))


def _mushrooms(canvas: Canvas, layer: Layer) -> None:
    index, x = scattered(layer, 0.5, 0.5 * (1.0 - layer.stage.air.white), 22)
    spots = Stamp(canvas, layer, x, 0.25 + 0.2 * layer.chance(index, 60), 0.03 + 0.02 * layer.chance(index, 61))
    spots.box(-0.16, -0.5, 0.16, 0.0, (240.0, 230.0, 212.0))
    spots.part(((-0.5, -0.42), (-0.38, -0.74), (0.0, -0.95), (0.38, -0.74), (0.5, -0.42)), (202.0, 60.0, 50.0))
    spots.ovals(((-0.2, -0.62, 0.08, 0.07), (0.14, -0.74, 0.08, 0.06)), (250.0, 244.0, 236.0))


def draw_mountains(canvas: Canvas, stage: Stage) -> None:
    """Two ranges, a wooded slope, an alp with rocks."""
    growth.peaks(canvas, stage.layer(0.06, 21), 0.42, 0.5, 0.06, 0.8, 0.34)
    growth.peaks(canvas, stage.layer(0.16, 22), 0.6, 0.36, 0.08, 0.45, 0.22)
    layer = stage.layer(0.35, 23)
    slope = hills(
        canvas, layer, 0.06, 0.09, 0.6, green(stage, (98.0, 140.0, 96.0)), 0.35, stage.layer(0.8, 24).below(0.14)
    )
    growth.pines(canvas, layer, 0.08, 0.13, slope, 0.3, 0.7)
    hills(canvas, stage.layer(0.8, 24), 0.14, 0.05, 0.7, green(stage, (124.0, 164.0, 98.0)), 0.05)
    near = stage.layer(1.0, 25)
    growth.grass(canvas, near, 0.11, 0.03, (0.17, 0.5), stage.snowy((92.0, 142.0, 76.0), 0.85))
    growth.flowers(canvas, near, 0.2, (0.16, 0.5))
    growth.rocks(canvas, near, 0.4, 0.08, (0.18, 0.46), (150.0, 156.0, 164.0))


def draw_park(canvas: Canvas, stage: Stage) -> None:
    """Lawns under big trees, a path, benches, lamps; roofs of a town beyond."""
    skyline(canvas, stage.layer(0.08, 811), 0.1, 0.3, 0.06, 0.85, (0, 0))
    ground = backdrop(canvas, stage, 812)
    hills(canvas, stage.layer(0.8, 814), 0.12, 0.03, 0.9, green(stage, (126.0, 190.0, 92.0)), 0.05)
    layer = stage.layer(0.8, 815)
    growth.broadleaves(canvas, layer, 0.62, 0.46, level(0.125), 0.08, 0.75, (88.0, 152.0, 72.0))
    del ground
    path(canvas, stage, 0.185)
    benches(canvas, stage, 0.185)
    near = stage.layer(1.0, 816)
    growth.grass(canvas, near, 0.12, 0.03, (0.29, 0.5), stage.snowy((98.0, 160.0, 66.0), 0.8))
    growth.flowers(canvas, near, 0.06, (0.3, 0.5))
    fireflies(canvas, stage)


def benches(canvas: Canvas, stage: Stage, foot: float) -> None:
    """Park benches, each with a lamp beside it."""
    layer = stage.layer(1.0, 817)
    _, x = landmarks(layer, 1.05, -0.3, 0.2)
    iron: RGB = (62.0, 70.0, 80.0)
    lamp = Stamp(canvas, layer, x + 0.2, np.full(len(x), foot), np.full(len(x), 0.34))
    lamp.box(-0.014, -0.9, 0.014, 0.0, iron)
    lamp.box(-0.04, -0.03, 0.04, 0.0, iron)
    stage = layer.stage
    light = mix(stage.seen((226.0, 228.0, 224.0)), stage.drained((255.0, 226.0, 150.0)), stage.air.lamps)
    if stage.air.lamps > 0.1:
        for reach, alpha in ((0.4, 0.12), (0.22, 0.22)):
            lamp.glows(((0.0, -0.95, reach, reach),), stage.drained((255.0, 214.0, 130.0)), alpha * stage.air.lamps)
    lamp.glows(((0.0, -0.95, 0.06, 0.07),), light)
    bench = Stamp(canvas, layer, x, np.full(len(x), foot + 0.01), np.full(len(x), 0.2))
    for leg in (-0.42, 0.36):
        bench.box(leg, -0.3, leg + 0.06, 0.0, iron)
    for board in (-0.62, -0.48):
        bench.box(-0.5, board, 0.5, board + 0.1, (158.0, 106.0, 66.0))
    bench.box(-0.54, -0.32, 0.54, -0.23, stage.snowy((176.0, 122.0, 78.0), 0.8))


def draw_garden(canvas: Canvas, stage: Stage) -> None:
    """A hedge with a rose arch, beds full of flowers, a lawn."""
    backdrop(canvas, stage, 821)
    layer = stage.layer(0.7, 823)
    hedge = green(stage, (70.0, 126.0, 68.0), 0.7)
    x = layer.cells(0.025, 0.1) * 0.025
    top = -0.03 - 0.012 * np.abs(np.sin(x * 40.0)) - 0.01 * layer.noise(x, 0.1)
    outline = layer.pixels(np.concatenate([np.stack([x, top], -1), [[x[-1], 0.13], [x[0], 0.13]]]))
    fill = Linear(
        (0, float(outline[:, 1].min())),
        (0, float(outline[:, 1].max())),
        ((0.0, stage.seen(mix(hedge, WHITE, 0.12)), 1.0), (1.0, stage.seen(mix(hedge, BLACK, 0.25)), 1.0)),
    )
    canvas.fill(polygons(outline), fill)
    _arches(canvas, layer)
    growth.broadleaves(canvas, stage.layer(0.75, 824), 0.7, 0.36, level(0.12), 0.05, 0.5, (92.0, 156.0, 78.0))
    hills(canvas, stage.layer(0.8, 825), 0.12, 0.015, 0.9, green(stage, (132.0, 196.0, 96.0)), 0.0)
    bed = stage.layer(0.9, 826)
    slab(canvas, bed, 0.135, 0.175, stage.seen(stage.snowy((116.0, 82.0, 58.0), 0.9)))
    _blooms(canvas, bed, (0.13, 0.17), 0.032, 0.055)
    near = stage.layer(1.0, 827)
    growth.grass(canvas, near, 0.14, 0.03, (0.2, 0.32), stage.snowy((98.0, 160.0, 66.0), 0.8))
    _blooms(canvas, near, (0.36, 0.46), 0.05, 0.085)
    fireflies(canvas, stage)


_PETALS: tuple[RGB, ...] = ((232.0, 70.0, 90.0), (250.0, 190.0, 60.0), (186.0, 96.0, 200.0), (250.0, 244.0, 244.0))


def _blooms(canvas: Canvas, layer: Layer, rows: tuple[float, float], spacing: float, tall: float) -> None:
    """Flowers on stems, nodding; under snow only a few dry stems."""
    stage = layer.stage
    index, x = scattered(layer, spacing, 0.95 - 0.7 * stage.air.white, 25)
    if len(index) == 0:
        return
    y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 60)
    size = tall * (0.7 + 0.5 * layer.chance(index, 61))
    x = x + 0.004 * np.sin(stage.t * 1.7 + index)
    stems = Stamp(canvas, layer, x, y, size)
    stems.part(((-0.04, 0.0), (0.04, 0.0), (0.03, -0.8), (-0.03, -0.8)), turned(stage, (70.0, 132.0, 62.0)))
    stems.part(((0.0, -0.1), (0.3, -0.5), (0.05, -0.35), (-0.28, -0.42)), turned(stage, (84.0, 150.0, 70.0)))
    for paint, petal in enumerate(_PETALS):
        flowers = stems.some(index % len(_PETALS) == paint)
        flowers.ovals(
            ((-0.15, -0.9, 0.16, 0.16), (0.15, -0.9, 0.16, 0.16), (0.0, -1.06, 0.16, 0.16), (0.0, -0.78, 0.16, 0.14)),
            stage.snowy(petal, 0.5),
        )
        flowers.ovals(((0.0, -0.92, 0.09, 0.09),), (250.0, 214.0, 90.0))


def _arches(canvas: Canvas, layer: Layer) -> None:
    _, x = landmarks(layer, 1.5, 0.26, 0.2)
    arch = Stamp(canvas, layer, x, np.full(len(x), 0.125), np.full(len(x), 0.3))
    turn = np.linspace(np.pi, 2 * np.pi, 15)
    outer = [(0.42 * np.cos(a), -0.6 + 0.42 * np.sin(a)) for a in turn]
    inner = [(0.32 * np.cos(a), -0.6 + 0.32 * np.sin(a)) for a in turn[::-1]]
    arch.part([(-0.42, 0.0), *outer, (0.42, 0.0), (0.32, 0.0), *inner, (-0.32, 0.0)], (236.0, 232.0, 224.0))
    spots = [(0.4 * np.cos(a), -0.6 + 0.4 * np.sin(a), 0.085, 0.08) for a in turn[::2]]
    sides = [(s * 0.38, -0.15 - 0.2 * k, 0.09, 0.1) for s in (-1, 1) for k in range(3)]
    arch.ovals(spots + sides, green(layer.stage, (82.0, 142.0, 74.0), 0.6))
    roses = [(x + 0.03, y - 0.03, 0.045, 0.045) for x, y, _, _ in (spots + sides)[::2]]
    arch.ovals(roses, layer.stage.snowy((234.0, 96.0, 120.0), 0.6))
