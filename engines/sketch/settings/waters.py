"""Water: the sea, lakes, rivers, a swamp."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, ellipses, polygons
from engines.sketch.stage import Floats, Layer, Stage

from . import growth
from .drifting import fireflies
from .land import backdrop, green, hills
from .plants import bare_trees, reeds
from .stamps import Stamp, scattered, slab

_BANDS = 7
RIVER = (0.09, 0.3)
"""World y of the near ground from where to where a river is; the next ones are of their kind."""
RIVERBANK = (0.05, 0.14)
LAKESIDE = (0.01, 0.15)


def sea_colours(stage: Stage) -> tuple[RGB, RGB]:
    """The water at the horizon and at one's feet: half of its colour is the sky's."""
    air = stage.air
    far = mix(stage.seen((96.0, 168.0, 205.0)), stage.drained(air.sky[3]), 0.42 - 0.1 * air.moon)
    near = mix(stage.seen((22.0, 92.0, 150.0)), stage.drained(air.sky[1]), 0.18)
    return far, near


def draw_water(canvas: Canvas, stage: Stage, low: float, *, swell: float = 1.0, top: float = 0.0) -> None:
    """Water from `top` to `low` pixels (0: the horizon): swell in layers, each with a lit crest, whitecaps in wind,
    a glittering path under the sun or the moon. `swell` is 1 at sea, less on a lake."""
    far, near = sea_colours(stage)
    top = max(top, stage.horizon)
    if low <= top + 1.0:
        return
    canvas.rectangle(0, top, stage.width, low - top, Linear((0, top), (0, low), ((0.0, far, 1.0), (1.0, near, 1.0))))
    if stage.air.shine > 0.1:
        _path_of_light(canvas, stage, top, low)
    rough = swell * (1.0 + 1.5 * stage.air.storm + 0.7 * stage.air.wind)
    bands = _BANDS if swell > 0.5 else _BANDS - 3
    for number in range(bands):
        share = ((number + 0.5) / bands) ** 1.5
        layer = stage.layer(0.1 + 0.85 * share, 41 + number)
        base = (share * (low - top) + top - stage.horizon) / layer.scale
        x = layer.cells(0.03, 0.1) * 0.03
        heave = _heave(x, stage.t, share, number)
        crest = layer.pixels(np.stack([x, base - (0.003 + 0.015 * share) * rough * heave], -1))
        colour = mix(far, near, share)
        thick = min((0.016 + 0.06 * share) * layer.scale, max(1.0, low - float(crest[:, 1].min())))
        foot = crest[::-1] + np.array([0.0, thick])
        foot[:, 1] = np.minimum(foot[:, 1], low)
        fill = Linear(
            (0, float(crest[:, 1].min())),
            (0, float(crest[:, 1].max()) + thick),
            ((0.0, mix(colour, WHITE, 0.12), 0.75), (0.35, mix(colour, BLACK, 0.16), 0.5), (1.0, colour, 0.0)),
        )
        canvas.fill(polygons(np.concatenate([crest, foot])), fill)
        _crest(canvas, crest, np.maximum(0.0, heave) * max(0.9, (0.0016 + 0.004 * share) * stage.unit), colour)
        if rough > 1.4 and number > 1:
            _whitecaps(canvas, layer, number, (base, share, rough), stage)
    if stage.air.shine > 0.1:
        _glitter(canvas, stage, top, low)


def _heave(x: Floats, t: float, share: float, number: int) -> Floats:
    """Height -1..1 of a band of swell: a long sharp-crested wave under a shorter one."""
    length = 0.10 + 0.36 * share
    turn = x / length * 6.28 + t * (1.1 + 0.4 * share) * (1 if number % 2 else -0.75) + number * 2.1
    long = 1.0 - 2.0 * np.abs(np.sin(turn / 2)) ** 1.3  # crests sharper than troughs
    heave: Floats = 0.6 * long + 0.4 * np.sin(x / length * 2.9 - t * 0.8 + number)
    return heave


def _crest(canvas: Canvas, crest: Floats, thick: Floats, colour: RGB) -> None:
    """A strip of light that swells where the wave is high: stroking costs four times it."""
    half = np.stack([np.zeros_like(thick), thick / 2], -1)
    canvas.fill(polygons(np.concatenate([crest - half, (crest + half)[::-1]])), mix(colour, WHITE, 0.45), 0.8)


def _whitecaps(canvas: Canvas, layer: Layer, number: int, band: tuple[float, float, float], stage: Stage) -> None:
    base, share, rough = band
    index = layer.cells(0.22, 0.1)
    index = index[layer.chance(index, 5) < 0.3 + 0.4 * stage.air.storm]
    if len(index) == 0:
        return
    x = (index + 0.8 * layer.chance(index, 6)) * 0.22 + 0.03 * np.sin(stage.t * 0.9 + index)
    y = base - (0.003 + 0.015 * share) * rough * _heave(x, stage.t, share, number)
    wide = (0.012 + 0.04 * share) * (0.6 + 0.4 * np.sin(stage.t * 1.3 + index * 2.2))
    cap = [(-1.0, 0.1), (-0.4, -0.12), (0.1, -0.2), (0.7, -0.05), (1.0, 0.12), (0.2, 0.08)]
    Stamp(canvas, layer, x, y, np.maximum(wide, 0.004)).lit(cap, mix(stage.seen(WHITE), stage.air.haze, 0.1), 0.75)


def _path_of_light(canvas: Canvas, stage: Stage, top: float, low: float) -> None:
    """The sun's broad reflection, narrow at the horizon."""
    x = _sun_x(stage)
    share = np.linspace(0.0, 1.0, 15)
    wave = 0.12 * np.sin(share * 40.0 - stage.t * 2.0) * share
    half = stage.unit * (0.05 + 0.16 * share) * (0.8 + wave)
    y = top + share * (low - top)
    shape = np.concatenate([np.stack([x - half, y], -1), np.stack([x + half, y], -1)[::-1]])
    glow = stage.drained(mix(stage.air.glow, stage.air.sky[3], 0.3))
    strength = 0.5 * stage.air.shine * (1.0 - 0.65 * stage.air.moon)
    canvas.fill(
        polygons(shape), Linear((0, top), (0, low), ((0.0, glow, 0.7), (0.5, glow, 0.22), (1.0, glow, 0.0))), strength
    )


def _sun_x(stage: Stage) -> float:
    return (stage.air.sun[0] - stage.view.x * 0.03 % 1.0) % 1.2 * stage.width


def _glitter(canvas: Canvas, stage: Stage, top: float, low: float) -> None:
    index = np.arange(54, dtype=np.int64)
    layer = stage.layer(0.0, 48)
    share = layer.chance(index) ** 1.4
    x = _sun_x(stage) + (layer.chance(index, 1) - 0.5) * stage.unit * (0.10 + 0.34 * share)
    y = top + share * (low - top)
    flicker = 0.5 + 0.5 * np.sin(stage.t * (1.5 + 2 * layer.chance(index, 2)) + index * 2.4)
    half = stage.unit * (0.008 + 0.03 * share) * flicker
    high = np.maximum(0.7, (0.0016 + 0.002 * share) * stage.unit)
    glow = stage.drained(mix(stage.air.glow, WHITE, 0.3))
    canvas.fill(ellipses(np.stack([x, y], -1), np.stack([half, high], -1), 8), glow, 0.8 * stage.air.shine)


def draw_sea(canvas: Canvas, stage: Stage) -> None:
    """Open water; a sail or an islet far out now and then."""
    draw_water(canvas, stage, float(stage.height))
    layer = stage.layer(0.08, 49)
    index, x = scattered(layer, 0.55, 0.6, 1)
    sails = Stamp(canvas, layer, x, 0.006 + 0.003 * np.sin(stage.t + index), np.full(len(x), 0.03), 0.55)
    sails.part(((-0.5, -0.2), (0.5, -0.2), (0.32, 0.12), (-0.36, 0.12)), (120.0, 84.0, 74.0))
    sails.part(((0.0, -1.2), (0.42, -0.3), (0.0, -0.3)), (250.0, 246.0, 240.0))
    sails.part(((-0.05, -1.05), (-0.05, -0.3), (-0.34, -0.3)), (236.0, 226.0, 214.0))


def draw_lake(canvas: Canvas, stage: Stage, *, shore: bool = False) -> None:
    """Still water between mountains and reeds, with the far shore upside down in it; or its grassy shore."""
    growth.peaks(canvas, stage.layer(0.06, 431), 0.5, 0.34, 0.02, 0.75, 0.3)
    far = stage.layer(0.14, 432)
    low = stage.horizon + LAKESIDE[1] * stage.unit * stage.view.zoom + 4.0 if shore else float(stage.height)
    ground = hills(canvas, far, 0.012, 0.06, 0.5, green(stage, (84.0, 132.0, 92.0)), 0.5, far.below(0.02))
    growth.pines(canvas, far, 0.035, 0.09, ground, 0.5, 0.8)
    draw_water(canvas, stage, low, swell=0.35, top=stage.horizon + 0.012 * far.scale)
    _reflection(canvas, far, (84.0, 132.0, 92.0), 0.012)
    near = stage.layer(1.0, 434)
    if shore:
        hills(canvas, near, LAKESIDE[1] + 0.02, 0.03, 0.6, green(stage, (124.0, 180.0, 92.0)), 0.0)
        reeds(canvas, stage.layer(0.95, 435), 0.1, 0.13, (0.15, 0.17), 0.55)
        growth.grass(canvas, near, 0.06, 0.035, (0.18, 0.5), stage.snowy((98.0, 156.0, 66.0), 0.8))
        growth.flowers(canvas, near, 0.12, (0.19, 0.5))
        growth.rocks(canvas, near, 0.5, 0.07, (0.17, 0.4), (150.0, 154.0, 160.0))
    else:
        _lilies(canvas, near, (0.2, 0.36))
        reeds(canvas, stage.layer(1.1, 436), 0.16, 0.2, (0.36, 0.42), 0.6)


def _reflection(canvas: Canvas, layer: Layer, colour: RGB, top: float) -> None:
    """The far shore in the water: its hills and firs upside down, broken by the ripples."""
    stage = layer.stage
    x = layer.cells(0.02, 0.1) * 0.02
    trees = 0.05 * np.abs(np.sin(x * 44.0)) * layer.noise(x, 0.15)
    depth = layer.stage.unit * (0.05 + 0.05 * layer.noise(x, 0.5) + trees)
    edge = layer.pixels(np.stack([x, np.full_like(x, top)], -1))
    low = edge + np.stack([0.002 * stage.unit * np.sin(x * 90.0 + stage.t * 2.0), depth], -1)
    tone = mix(stage.seen(green(stage, colour, 0.6), 0.5), sea_colours(stage)[0], 0.3)
    fill = Linear((0, float(edge[0, 1])), (0, float(low[:, 1].max())), ((0.0, tone, 0.75), (1.0, tone, 0.1)))
    canvas.fill(polygons(np.concatenate([edge, low[::-1]])), fill)


def _lilies(canvas: Canvas, layer: Layer, rows: tuple[float, float]) -> None:
    index, x = scattered(layer, 0.2, 0.55 * (1.0 - layer.stage.air.white), 27)
    stage = layer.stage
    y = rows[0] + (rows[1] - rows[0]) * layer.chance(index, 60) + 0.003 * np.sin(stage.t + index)
    pads = Stamp(canvas, layer, x, y, 0.05 + 0.03 * layer.chance(index, 61))
    pads.ovals(((0.0, 0.03, 0.56, 0.17), (0.75, 0.12, 0.36, 0.11)), (44.0, 96.0, 72.0))
    pads.ovals(((0.0, 0.0, 0.55, 0.16), (0.75, 0.1, 0.35, 0.1)), (92.0, 160.0, 88.0))
    bloom = pads.some(index % 2 == 0)
    bloom.part(
        (
            (-0.24, -0.1),
            (-0.2, -0.3),
            (-0.08, -0.18),
            (0.0, -0.4),
            (0.08, -0.18),
            (0.2, -0.3),
            (0.24, -0.1),
            (0.0, 0.0),
        ),
        (250.0, 208.0, 222.0),
    )


def draw_river(canvas: Canvas, stage: Stage, *, bank: bool = False) -> None:
    """Running water between grassy banks, with stones in it; from its bank, or in the middle of it."""
    top, low = RIVERBANK if bank else RIVER
    backdrop(canvas, stage, 441, hidden=top)
    layer = stage.layer(0.9, 443)
    hills(canvas, layer, top - 0.005, 0.012, 0.5, green(stage, (116.0, 174.0, 90.0)), 0.15, layer.below(top + 0.02))
    reeds(canvas, layer, 0.16, 0.08, (top, top + 0.004), 0.5)
    far, near = sea_colours(stage)
    edge = (stage.horizon + top * layer.scale, stage.horizon + (low + 0.03) * layer.scale)
    slab(
        canvas,
        layer,
        top,
        low + 0.03,
        Linear((0, edge[0]), (0, edge[1]), ((0.0, mix(far, near, 0.25), 1.0), (1.0, near, 1.0))),
    )
    slab(canvas, layer, top - 0.004, top + 0.008, stage.seen(stage.snowy((150.0, 122.0, 84.0), 0.5)))
    _current(canvas, layer, top + 0.015, low)
    growth.rocks(canvas, layer, 0.42, 0.07, (top + 0.05, low - 0.02), (150.0, 154.0, 160.0))
    ground = stage.layer(1.0, 444)
    hills(canvas, ground, low + 0.025, 0.035, 0.6, green(stage, (128.0, 186.0, 88.0)), 0.0)
    growth.grass(canvas, ground, 0.06, 0.05, (low + 0.015, 0.5), stage.snowy((98.0, 160.0, 66.0), 0.8))
    growth.flowers(canvas, ground, 0.12, (low + 0.03, 0.5))


def _current(canvas: Canvas, layer: Layer, top: float, low: float) -> None:
    """Streaks of light that the water carries along."""
    stage = layer.stage
    for number, (alpha, spacing) in enumerate(((0.5, 0.11), (0.35, 0.08))):
        drift = stage.t * (0.09 + 0.05 * number)
        index = layer.cells(spacing, 0.3) - int(np.floor(drift / spacing))
        lot, wide = layer.chance(index, 7 + number), 0.04 + 0.08 * layer.chance(index, 9 + number)
        x = index * spacing + drift
        y = top + (low - top) * lot + 0.003 * np.sin(stage.t * 2.0 + index)
        where = layer.pixels(np.stack([x, y], -1))
        thin = 0.0022 + 0.003 * lot
        size = np.stack([wide, thin], -1) * layer.scale
        colour = mix(stage.seen((196.0, 226.0, 240.0)), stage.drained(stage.air.sky[3]), 0.3)
        canvas.fill(ellipses(where, size, 8), colour, alpha)


def draw_swamp(canvas: Canvas, stage: Stage) -> None:
    """Dark pools between mossy ground and dead trees; mist lies on them."""
    far = stage.layer(0.12, 471)
    ground = hills(canvas, far, 0.01, 0.06, 0.6, green(stage, (84.0, 112.0, 92.0)), 0.8, far.below(0.05))
    growth.broadleaves(canvas, far, 0.13, 0.2, ground, 0.75, 0.9, (84.0, 116.0, 84.0))
    bare_trees(canvas, stage.layer(0.35, 472), 0.3, 0.5, 0.06, 0.5)
    hills(canvas, stage.layer(0.4, 473), 0.05, 0.02, 0.5, green(stage, (92.0, 116.0, 76.0)), 0.4)
    layer = stage.layer(0.85, 474)
    pool = mix(stage.seen((48.0, 70.0, 62.0)), stage.drained(stage.air.sky[2]), 0.16)
    index, x = scattered(layer, 0.36, 0.95, 30, 0.4)
    pools = Stamp(canvas, layer, x, 0.12 + 0.18 * layer.chance(index, 60), 0.22 + 0.1 * layer.chance(index, 61))
    for grow, colour in ((1.06, stage.seen(green(stage, (104.0, 124.0, 66.0)))), (1.0, pool)):
        pools.glows(((0.0, 0.0, 0.95 * grow, 0.17 * grow), (0.5, 0.05, 0.6 * grow, 0.14 * grow)), colour)
    pools.glows(((-0.2, -0.05, 0.4, 0.012), (0.3, 0.04, 0.3, 0.01)), mix(pool, WHITE, 0.35), 0.5)
    bare_trees(canvas, stage.layer(0.8, 475), 0.75, 0.72, 0.13, 0.1)
    near = stage.layer(1.0, 476)
    _lilies(canvas, near, (0.14, 0.32))
    reeds(canvas, near, 0.09, 0.16, (0.3, 0.44), 0.6)
    fireflies(canvas, stage)
    pale = stage.drained(mix(stage.air.haze, (206.0, 220.0, 200.0), 0.4))
    mist = stage.layer(0.5, 477)
    index, x = scattered(mist, 0.4, 0.9, 31, 0.6)
    banks = Stamp(
        canvas,
        mist,
        x + 0.06 * np.sin(stage.t * 0.2 + index),
        0.05 + 0.03 * mist.chance(index, 60),
        np.full(len(x), 0.5),
    )
    banks.glows(((0.0, 0.0, 0.6, 0.04),), pale, 0.3)
