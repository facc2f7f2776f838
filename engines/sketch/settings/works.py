"""What people built to get about, and up: bridge, railway, station, rooftops."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, polygons
from engines.sketch.stage import Layer, Stage

from . import growth
from .land import backdrop, green, hills
from .stamps import Stamp, boxes, landmarks, scattered, slab
from .town import skyline
from .waters import draw_water

DECK = 0.17
"""World y of the near ground where the deck of a bridge begins; the next ones are of their kind."""
BALLAST = 0.16
PLATFORM = 0.2
ROOF = 0.17

_STEEL: RGB = (196.0, 74.0, 54.0)
_SLEEPER: RGB = (104.0, 78.0, 62.0)
_RAIL: RGB = (176.0, 184.0, 194.0)


def draw_bridge(canvas: Canvas, stage: Stage) -> None:
    """On the deck of a great suspension bridge over a river, between its railings, a track along it."""
    far = stage.layer(0.1, 611)
    growth.peaks(canvas, stage.layer(0.05, 610), 0.7, 0.3, 0.02, 0.8, 0.25)
    ground = hills(canvas, far, 0.02, 0.16, 0.5, green(stage, (110.0, 156.0, 112.0)), 0.6, far.below(0.03))
    growth.pines(canvas, far, 0.05, 0.07, ground, 0.6, 0.7)
    draw_water(canvas, stage, float(stage.height), swell=0.4, top=stage.horizon + 0.02 * far.scale)
    _suspension(canvas, stage.layer(0.95, 612), DECK - 0.01)
    layer = stage.layer(1.0, 613)
    deck = stage.snowy((150.0, 148.0, 150.0), 0.8)
    slab(canvas, layer, DECK - 0.01, DECK + 0.12, stage.seen(deck))
    track(canvas, layer, DECK + 0.025, DECK + 0.075)
    slab(canvas, layer, DECK + 0.105, DECK + 0.165, stage.seen(_STEEL))
    slab(canvas, layer, DECK + 0.105, DECK + 0.117, stage.seen(stage.snowy(mix(_STEEL, WHITE, 0.25), 0.8)))
    slab(canvas, layer, DECK + 0.15, DECK + 0.165, stage.seen(mix(_STEEL, BLACK, 0.3)))
    index = layer.cells(0.16, 0.2)
    struts = Stamp(canvas, layer, index * 0.16, np.full(len(index), DECK + 0.165), np.full(len(index), 0.16))
    struts.part(((0.0, 0.0), (0.06, 0.0), (0.5, 0.55), (0.5, 0.64)), mix(_STEEL, BLACK, 0.12))
    struts.part(((1.0, 0.0), (0.94, 0.0), (0.5, 0.55), (0.5, 0.64)), mix(_STEEL, BLACK, 0.2))
    rivets = [(0.2 * k, -0.19, 0.014, 0.014) for k in range(5)]
    struts.ovals(rivets, mix(_STEEL, BLACK, 0.25))
    slab(canvas, layer, DECK + 0.255, DECK + 0.275, stage.seen(mix(_STEEL, BLACK, 0.2)))


def _suspension(canvas: Canvas, layer: Layer, foot: float) -> None:
    """Towers, the cable between them, its hangers, a rail behind the deck."""
    stage = layer.stage
    spacing = 1.3
    index, x = layer.cells(spacing, spacing), layer.cells(spacing, spacing) * spacing - 0.32
    high = 0.62
    paint = stage.seen(_STEEL, 0.08)
    share = np.linspace(0.0, 1.0, 33)
    sag = high * (1.0 - 4.0 * 0.88 * share * (1.0 - share)) * 0.94
    for left in x:
        cable = np.stack([left + share * spacing, foot - sag - 0.02], -1)
        half = np.array([0.0, 0.006])
        canvas.fill(polygons(layer.pixels(np.concatenate([cable - half, (cable + half)[::-1]]))), paint)
        hang = cable[2:-2:2]
        thin = np.full(len(hang), 0.0022)
        canvas.fill(
            polygons(boxes(layer, hang[:, 0] - thin, hang[:, 0] + thin, hang[:, 1], np.full(len(hang), foot))),
            paint,
            0.9,
        )
    towers = Stamp(canvas, layer, x, np.full(len(index), foot + 0.12), np.full(len(index), high + 0.16))
    for left in (-0.11, 0.06):
        towers.box(left, -1.0, left + 0.05, 0.0, _STEEL)
        towers.box(left + 0.03, -1.0, left + 0.05, 0.0, mix(_STEEL, BLACK, 0.25))
    for top in (-0.98, -0.78, -0.56, -0.34):
        towers.box(-0.12, top, 0.12, top + 0.05, mix(_STEEL, BLACK, 0.08))
    lamp = mix(stage.seen((230.0, 120.0, 100.0)), stage.drained((255.0, 90.0, 70.0)), stage.air.lamps)
    towers.glows(((-0.085, -1.02, 0.014, 0.014), (0.085, -1.02, 0.014, 0.014)), lamp)
    for y in (-0.05, -0.022):
        slab(canvas, layer, foot + y, foot + y + 0.007, stage.seen(mix(_STEEL, BLACK, 0.15), 0.05))
    posts = layer.cells(0.07, 0.1)
    Stamp(canvas, layer, posts * 0.07, np.full(len(posts), foot), np.full(len(posts), 0.05)).box(
        -0.05, -1.0, 0.05, 0.0, mix(_STEEL, BLACK, 0.15)
    )


def track(canvas: Canvas, layer: Layer, top: float, low: float) -> None:
    """Sleepers and two rails between two world heights."""
    stage = layer.stage
    index = layer.cells(0.06, 0.1)
    high = low - top
    ties = Stamp(canvas, layer, index * 0.06, np.full(len(index), low + 0.12 * high), np.full(len(index), 1.24 * high))
    ties.part(((-0.25, 0.0), (0.12, 0.0), (0.22, -1.0), (-0.06, -1.0)), stage.snowy(_SLEEPER, 0.5))
    for y in (top + 0.1 * high, low - 0.12 * high):
        slab(canvas, layer, y, y + 0.12 * high + 0.003, stage.seen(mix(_RAIL, BLACK, 0.45)))
        slab(canvas, layer, y, y + 0.05 * high + 0.002, stage.seen(_RAIL))


def draw_railway(canvas: Canvas, stage: Stage) -> None:
    """A line through the country: ballast and rails, telegraph poles, a signal."""
    backdrop(canvas, stage, 621)
    hills(canvas, stage.layer(0.75, 623), 0.11, 0.03, 0.8, green(stage, (128.0, 184.0, 90.0)), 0.1)
    _telegraph(canvas, stage.layer(0.8, 624))
    layer = stage.layer(1.0, 625)
    gravel = stage.snowy((164.0, 156.0, 150.0), 0.8)
    hills(canvas, layer, BALLAST - 0.005, 0.012, 0.08, gravel, 0.0, layer.below(BALLAST + 0.13))
    index, x = scattered(layer, 0.02, 0.9, 626)
    stones = Stamp(canvas, layer, x, BALLAST + 0.1 * layer.chance(index, 60), np.full(len(x), 0.007))
    stones.ovals(((0.0, 0.0, 0.8, 0.5),), mix(gravel, BLACK, 0.2))
    track(canvas, layer, BALLAST + 0.015, BALLAST + 0.08)
    hills(canvas, layer, BALLAST + 0.125, 0.02, 0.3, green(stage, (118.0, 172.0, 82.0)), 0.0)
    _signal(canvas, stage.layer(0.9, 627))
    growth.grass(canvas, layer, 0.06, 0.045, (BALLAST + 0.13, 0.5), stage.snowy((92.0, 150.0, 64.0), 0.8))
    growth.flowers(canvas, layer, 0.09, (BALLAST + 0.13, 0.5))


def _telegraph(canvas: Canvas, layer: Layer) -> None:
    """Poles with wires that sag between them."""
    stage = layer.stage
    spacing = 0.72
    index = layer.cells(spacing, spacing)
    poles = Stamp(canvas, layer, index * spacing, np.full(len(index), 0.12), np.full(len(index), 0.44), 0.1)
    wood: RGB = (112.0, 84.0, 66.0)
    poles.box(-0.016, -1.0, 0.016, 0.0, wood)
    for top in (-0.93, -0.82):
        poles.box(-0.14, top, 0.14, top + 0.025, wood)
    share = np.linspace(0.0, 1.0, 13)
    for height, shift in ((0.93, -0.12), (0.93, 0.12), (0.82, -0.12), (0.82, 0.12)):
        y = 0.12 - 0.44 * height - 0.01 + 0.05 * 4 * share * (1.0 - share)
        x = (index[:, None] + share[None]) * spacing + shift * 0.44
        line = np.stack([x, np.broadcast_to(y, x.shape)], -1)
        half = np.array([0.0, 0.0012])
        canvas.fill(
            polygons(layer.pixels(np.concatenate([line - half, (line + half)[:, ::-1]], axis=1))),
            stage.seen((60.0, 60.0, 70.0), 0.1),
            0.8,
        )


def _signal(canvas: Canvas, layer: Layer) -> None:
    _, x = landmarks(layer, 2.1, 0.36, 0.1)
    mast = Stamp(canvas, layer, x, np.full(len(x), BALLAST), np.full(len(x), 0.36))
    mast.box(-0.018, -0.9, 0.018, 0.0, (90.0, 96.0, 106.0))
    mast.box(-0.08, -1.1, 0.08, -0.76, (44.0, 48.0, 56.0))
    for y, colour in ((-1.02, (120.0, 40.0, 40.0)), (-0.93, (120.0, 96.0, 40.0)), (-0.84, (80.0, 240.0, 130.0))):
        mast.glows(((0.0, y, 0.036, 0.036),), layer.stage.drained(colour))
    mast.glows(((0.0, -0.84, 0.09, 0.09),), layer.stage.drained((80.0, 240.0, 130.0)), 0.25)


def draw_station(canvas: Canvas, stage: Stage) -> None:
    """A platform by the tracks, the hall behind them with its arches and clock, an iron roof above."""
    skyline(canvas, stage.layer(0.08, 631), 0.12, 0.34, 0.04, 0.8, (0, 0))
    layer = stage.layer(0.55, 632)
    index = layer.cells(0.3, 0.3)
    brick: RGB = stage.snowy((192.0, 128.0, 104.0), 0.05)
    slab(canvas, layer, -0.26, 0.1, stage.seen(brick, 0.1))
    slab(canvas, layer, -0.28, -0.25, stage.seen(stage.snowy(mix(brick, BLACK, 0.3), 0.8), 0.1))
    bays = Stamp(canvas, layer, index * 0.3, np.full(len(index), 0.1), np.full(len(index), 0.3), 0.1)
    glass = mix(stage.seen((128.0, 156.0, 178.0), 0.1), stage.drained((255.0, 216.0, 136.0)), stage.air.lamps)
    arch = [(0.28 * np.cos(a), -0.6 + 0.28 * np.sin(a)) for a in np.linspace(np.pi, 2 * np.pi, 11)]
    bays.part(
        [(-0.32, 0.0), *[(1.14 * a, -0.6 + 1.14 * (b + 0.6)) for a, b in arch], (0.32, 0.0)], (232.0, 216.0, 196.0)
    )
    bays.lit([(-0.28, 0.0), *arch, (0.28, 0.0)], glass)
    for bar in (-0.1, 0.08):
        bays.box(bar, -0.86, bar + 0.02, 0.0, (96.0, 84.0, 80.0))
    bays.box(-0.28, -0.5, 0.28, -0.48, (96.0, 84.0, 80.0))
    _clock(canvas, stage.layer(0.55, 633))
    near = stage.layer(1.0, 634)
    slab(canvas, stage.layer(0.8, 0), 0.085, None, stage.seen(stage.snowy((128.0, 122.0, 120.0), 0.6)))
    track(canvas, stage.layer(0.9, 635), 0.115, 0.165)
    stone = stage.snowy((196.0, 190.0, 182.0), 0.7)
    slab(canvas, near, PLATFORM - 0.012, PLATFORM + 0.012, stage.seen(stage.snowy((238.0, 206.0, 90.0), 0.4)))
    slab(canvas, near, PLATFORM + 0.012, None, stage.seen(stone))
    index = near.cells(0.22, 0.4)
    seams = Stamp(canvas, near, index * 0.22, np.full(len(index), 0.6), np.full(len(index), 0.39))
    seams.part(((0.0, 0.0), (0.02, 0.0), (0.012, -1.0), (0.0, -1.0)), mix(stone, BLACK, 0.14))
    _canopy(canvas, stage.layer(0.95, 636))


def _clock(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    _, x = landmarks(layer, 1.5, 0.15, 0.2)
    tower = Stamp(canvas, layer, x, np.full(len(x), -0.25), np.full(len(x), 0.2), 0.1)
    brick = stage.snowy((178.0, 112.0, 92.0), 0.05)
    tower.box(-0.4, -1.0, 0.4, 0.0, brick)
    tower.part(((-0.5, -0.98), (0.0, -1.6), (0.5, -0.98)), stage.snowy((86.0, 96.0, 110.0), 0.8))
    tower.glows(((0.0, -0.52, 0.3, 0.3),), stage.seen((70.0, 60.0, 60.0), 0.1))
    tower.glows(
        ((0.0, -0.52, 0.26, 0.26),),
        mix(stage.seen((246.0, 242.0, 230.0), 0.1), stage.drained((255.0, 240.0, 200.0)), stage.air.lamps),
    )
    for angle, long in ((stage.t * 0.1, 0.22), (stage.t * 0.0083 + 1.0, 0.14)):
        c, s = float(np.cos(angle)), float(np.sin(angle))
        tower.part(
            ((-0.02 * s, -0.52 + 0.02 * c), (0.02 * s, -0.52 - 0.02 * c), (long * c, -0.52 + long * s)),
            (40.0, 40.0, 50.0),
        )


def _canopy(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    top = -stage.horizon / layer.scale - 0.01
    edge = min(-0.42, top + 0.2)
    iron: RGB = (70.0, 92.0, 98.0)
    slab(canvas, layer, top, edge - 0.035, stage.seen(stage.snowy((112.0, 130.0, 138.0), 0.2)))
    index = layer.cells(0.08, 0.1)
    drops = Stamp(canvas, layer, index * 0.08, np.full(len(index), edge - 0.036), np.full(len(index), 0.08))
    drops.part(((0.0, 0.0), (1.0, 0.0), (1.0, 0.3), (0.5, 0.62), (0.0, 0.3)), (226.0, 222.0, 210.0))
    slab(canvas, layer, edge - 0.045, edge - 0.03, stage.seen(iron))
    _, x = landmarks(layer, 0.9, -0.42, 0.2)
    posts = Stamp(canvas, layer, x, np.full(len(x), PLATFORM + 0.05), np.full(len(x), PLATFORM + 0.05 - edge))
    posts.box(-0.018, -1.0, 0.018, 0.0, iron)
    posts.box(-0.035, -0.06, 0.035, 0.0, iron)
    posts.part(
        ((-0.018, -0.8), (-0.15, -1.0), (-0.1, -1.0), (0.0, -0.84), (0.1, -1.0), (0.15, -1.0), (0.018, -0.8)), iron
    )


def draw_rooftop(canvas: Canvas, stage: Stage) -> None:
    """Over the roofs: a skyline, gables with chimneys and aerials, a flat roof to stand on."""
    skyline(canvas, stage.layer(0.06, 641), 0.1, 0.42, 0.08, 0.8, (0, 0))
    skyline(canvas, stage.layer(0.16, 642), 0.2, 0.4, 0.12, 0.5, (3, 7))
    for number, (depth, foot, spacing, size) in enumerate(((0.35, 0.12, 0.3, 0.24), (0.65, 0.18, 0.5, 0.34))):
        _gables(canvas, stage.layer(depth, 643 + number), foot, spacing, size, 0.3 - 0.2 * number)
    layer = stage.layer(1.0, 646)
    tar = stage.snowy((140.0, 134.0, 134.0), 0.9)
    slab(canvas, layer, ROOF - 0.055, ROOF - 0.03, stage.seen(stage.snowy((196.0, 178.0, 164.0), 0.9)))
    slab(canvas, layer, ROOF - 0.03, ROOF, stage.seen((160.0, 112.0, 94.0)))
    slab(canvas, layer, ROOF, None, stage.seen(tar))
    index = layer.cells(0.45, 0.5)
    seams = Stamp(canvas, layer, index * 0.45, np.full(len(index), 0.5), np.full(len(index), 0.33))
    seams.part(((0.0, 0.0), (0.03, 0.0), (0.02, -1.0), (0.0, -1.0)), mix(tar, BLACK, 0.14))
    _, x = landmarks(layer, 1.3, 0.42, 0.2)
    vent = Stamp(canvas, layer, x, np.full(len(x), ROOF + 0.02), np.full(len(x), 0.14))
    vent.box(-0.4, -0.6, 0.4, 0.0, (170.0, 176.0, 182.0))
    vent.box(0.16, -0.6, 0.4, 0.0, (140.0, 146.0, 154.0))
    vent.box(-0.46, -0.68, 0.46, -0.56, stage.snowy((190.0, 196.0, 202.0), 0.8))
    for slat in (-0.46, -0.34, -0.22):
        vent.box(-0.32, slat, 0.1, slat + 0.05, (110.0, 116.0, 126.0))


_TILES: tuple[RGB, ...] = ((178.0, 86.0, 66.0), (150.0, 96.0, 82.0), (110.0, 116.0, 132.0), (194.0, 116.0, 76.0))
_PLASTER: tuple[RGB, ...] = ((236.0, 218.0, 190.0), (222.0, 200.0, 178.0), (214.0, 218.0, 220.0), (240.0, 226.0, 200.0))


def _gables(canvas: Canvas, layer: Layer, foot: float, spacing: float, size: float, distance: float) -> None:
    stage = layer.stage
    index = layer.cells(spacing, size)
    x = (index + 0.25 * layer.chance(index, 61)) * spacing
    roofs = Stamp(
        canvas, layer, x, np.full(len(x), foot + 0.05), size * (0.8 + 0.45 * layer.chance(index, 62)), distance
    )
    glow = mix(stage.seen((120.0, 140.0, 160.0), distance), stage.drained((255.0, 212.0, 124.0)), stage.air.lamps)
    for paint, tile in enumerate(_TILES):
        some = roofs.some(index % 4 == paint)
        tile = stage.snowy(tile, 0.85)
        some.box(0.28, -0.98, 0.42, -0.4, (160.0, 104.0, 88.0))
        some.box(0.25, -1.02, 0.45, -0.95, stage.snowy((120.0, 84.0, 76.0), 0.9))
        some.part(((-0.62, 0.4), (-0.62, -0.36), (0.0, -0.86), (0.62, -0.36), (0.62, 0.4)), _PLASTER[paint])
        some.part(((-0.74, -0.28), (0.0, -0.92), (0.74, -0.28), (0.62, -0.24), (0.0, -0.76), (-0.62, -0.24)), tile)
        for left in (-0.3, 0.12):
            some.lit(((left, -0.06), (left + 0.18, -0.06), (left + 0.18, -0.3), (left, -0.3)), glow)
        some.lit(((-0.07, -0.46), (0.07, -0.46), (0.07, -0.6), (-0.07, -0.6)), glow)
    aerials = roofs.some(layer.chance(index, 63) < 0.5)
    for part in ((-0.32, -1.05, -0.3, -0.6), (-0.42, -1.02, -0.2, -1.0), (-0.38, -0.94, -0.24, -0.92)):
        aerials.box(*part, (80.0, 84.0, 96.0))
