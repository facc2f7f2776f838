"""Where people gather: market, fairground, stadium, and the stage of a theatre."""

from __future__ import annotations

from math import pi

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, ellipses, polygons, spread_stops
from engines.sketch.stage import Layer, Stage

from . import growth
from .land import backdrop, green, hills
from .rooms import Room
from .stamps import Stamp, landmarks, scattered, slab
from .town import skyline

BOARDS = 0.12
"""World y of the near ground where a stage's boards begin."""

_CLOTHS: tuple[RGB, ...] = ((206.0, 66.0, 60.0), (60.0, 126.0, 176.0), (232.0, 168.0, 60.0), (84.0, 152.0, 98.0))
_CREAM: RGB = (248.0, 240.0, 224.0)


def string_lights(canvas: Canvas, layer: Layer, y: float, spacing: float) -> None:
    """Bulbs on a cord that sags from mast to mast; they shine after dark."""
    stage = layer.stage
    index = layer.cells(spacing, spacing)
    share = np.linspace(0.0, 1.0, 10)
    x = (index[:, None] + share) * spacing
    line = np.stack([x, np.broadcast_to(y + 0.32 * spacing * share * (1.0 - share), x.shape)], -1)
    half = np.array([0.0, 0.0015])
    strip = np.concatenate([line - half, (line + half)[:, ::-1]], axis=1)
    canvas.fill(polygons(layer.pixels(strip)), stage.seen((66.0, 62.0, 70.0)), 0.9)
    bulbs = line[:, 1:-1].reshape(-1, 2) + np.array([0.0, 0.008])
    for paint, colour in enumerate(((255.0, 214.0, 110.0), (255.0, 130.0, 110.0), (130.0, 206.0, 255.0))):
        some = bulbs[paint::3]
        twinkle = 0.8 + 0.2 * np.sin(stage.t * 3.0 + np.arange(len(some)) * 2.0 + paint)
        shine = stage.drained(mix(mix(colour, BLACK, 0.15), colour, stage.air.lamps))
        where, size = layer.pixels(some.copy()), 0.009 * layer.scale
        if stage.air.lamps > 0.1:
            canvas.fill(ellipses(where, (2.6 * size * twinkle)[:, None], 10), shine, 0.22 * stage.air.lamps)
        canvas.fill(ellipses(where, np.full((len(some), 1), size), 8), shine)


def draw_market(canvas: Canvas, stage: Stage) -> None:
    """Stalls with striped awnings and heaps of fruit before old houses, lights strung between them."""
    skyline(canvas, stage.layer(0.1, 911), 0.14, 0.36, 0.06, 0.8, (0, 0))
    growth.houses(canvas, stage.layer(0.3, 912), 0.19, 0.3, lambda x: np.full(len(x), 0.09), 0.4, 1.0)
    slab(canvas, stage.layer(0.3, 912), 0.095, None, stage.seen(stage.snowy((196.0, 180.0, 158.0), 0.9), 0.3))
    _stalls(canvas, stage.layer(0.5, 913), 0.125, 0.3, 0.24, 0.25)
    near = stage.layer(1.0, 915)
    slab(canvas, near, 0.13, None, stage.seen(stage.snowy((186.0, 170.0, 150.0), 0.9)))
    cobbles(canvas, near, 0.14)
    _stalls(canvas, stage.layer(0.82, 914), 0.155, 0.62, 0.42, 0.0)
    string_lights(canvas, stage.layer(0.7, 916), -0.3, 0.62)


def cobbles(canvas: Canvas, layer: Layer, top: float) -> None:
    """Paving in rows that grow towards the viewer."""
    stage = layer.stage
    for row, (y, size) in enumerate(((0.02, 0.03), (0.055, 0.04), (0.1, 0.052), (0.16, 0.066), (0.235, 0.084))):
        index = layer.cells(size * 1.7, 0.2)
        some = index[layer.chance(index, 80 + row) < 0.6]
        stones = Stamp(
            canvas, layer, (some + 0.5 * (row % 2)) * size * 1.7, np.full(len(some), top + y), np.full(len(some), size)
        )
        stones.ovals(((0.0, 0.0, 0.7, 0.24),), stage.snowy((164.0, 148.0, 130.0), 0.85), 0.7)


def _stalls(
    canvas: Canvas, layer: Layer, foot: float, spacing: float, size: float, distance: float, offset: float | None = None
) -> None:
    stage = layer.stage
    index = layer.cells(spacing, size)
    x = (index + 0.2 * (layer.chance(index, 60) - 0.5)) * spacing + (-0.3 * spacing if offset is None else offset)
    all_stalls = Stamp(canvas, layer, x, np.full(len(x), foot), np.full(len(x), size), distance)
    wood: RGB = (146.0, 102.0, 70.0)
    for post in (-0.5, 0.46):
        all_stalls.box(post, -0.95, post + 0.04, 0.0, wood)
    all_stalls.box(-0.5, -0.38, 0.5, 0.0, mix(wood, WHITE, 0.14))
    for plank in (-0.26, -0.13):
        all_stalls.box(-0.5, plank, 0.5, plank + 0.015, mix(wood, BLACK, 0.2))
    fruit: tuple[RGB, ...] = ((222.0, 66.0, 54.0), (246.0, 164.0, 50.0), (120.0, 178.0, 70.0), (250.0, 214.0, 80.0))
    for box, left in enumerate((-0.46, -0.22, 0.02, 0.26)):
        heap = [(left + 0.04 + 0.065 * k, -0.43 - (0.05 if k == 1 else 0.0), 0.045, 0.045) for k in range(3)]
        all_stalls.ovals([*heap, (left + 0.07, -0.5, 0.04, 0.04), (left + 0.14, -0.48, 0.04, 0.04)], fruit[box])
        all_stalls.box(left, -0.42, left + 0.21, -0.34, (186.0, 138.0, 92.0))
    for paint, cloth in enumerate(_CLOTHS):
        some = all_stalls.some(index % 4 == paint)
        tone = stage.snowy(cloth, 0.55)
        some.part(((-0.45, -1.2), (0.45, -1.2), (0.56, -0.9), (-0.56, -0.9)), tone)
        some.many([_hem(stripe) for stripe in (0, 2, 4)], stage.seen(mix(tone, BLACK, 0.1), distance))
    cream = stage.snowy(_CREAM, 0.55)
    edges = [(-0.56 + 1.12 * stripe / 6, -0.56 + 1.12 * (stripe + 1) / 6) for stripe in (1, 3, 5)]
    stripes = [((a * 0.8, -1.2), (b * 0.8, -1.2), (b, -0.9), (a, -0.9)) for a, b in edges]
    all_stalls.many(stripes, stage.seen(cream, distance))
    all_stalls.many([_hem(stripe) for stripe in (1, 3, 5)], stage.seen(mix(cream, BLACK, 0.1), distance))
    if stage.air.lamps > 0.1:
        warm = stage.drained((255.0, 206.0, 120.0))
        all_stalls.glows(((0.0, -0.7, 0.46, 0.3),), warm, 0.16 * stage.air.lamps)
        all_stalls.glows(((0.0, -0.76, 0.05, 0.06),), stage.drained((255.0, 238.0, 180.0)))


def _hem(stripe: int) -> list[tuple[float, float]]:
    a, b = -0.56 + 1.12 * stripe / 6, -0.56 + 1.12 * (stripe + 1) / 6
    return [(a, -0.9), (b, -0.9), (b, -0.84), ((a + b) / 2, -0.8), (a, -0.84)]


def draw_fairground(canvas: Canvas, stage: Stage) -> None:
    """A big wheel that turns, a carousel's tent, stalls, flags, strings of lights."""
    backdrop(canvas, stage, 921)
    _wheel(canvas, stage.layer(0.25, 923))
    _tents(canvas, stage.layer(0.5, 924))
    lawn = stage.layer(0.7, 925)
    hills(canvas, lawn, 0.13, 0.012, 0.8, green(stage, (138.0, 190.0, 96.0)), 0.08)
    _stalls(canvas, stage.layer(0.75, 926), 0.15, 1.3, 0.3, 0.0, 0.5)
    near = stage.layer(1.0, 927)
    slab(canvas, near, 0.175, None, stage.seen(stage.snowy((216.0, 192.0, 150.0), 0.9)))
    index, x = scattered(near, 0.06, 0.7, 928)
    confetti = Stamp(canvas, near, x, 0.19 + 0.28 * near.chance(index, 60), np.full(len(x), 0.008))
    for paint, cloth in enumerate(_CLOTHS):
        confetti.some(index % 4 == paint).part(
            ((-0.6, 0.1), (0.4, -0.3), (0.6, 0.1), (-0.4, 0.4)), cloth, 0.9 * (1.0 - stage.air.white)
        )
    string_lights(canvas, stage.layer(0.6, 929), -0.34, 0.7)


def _wheel(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    _, middles = landmarks(layer, 2.3, 0.2, 0.5)
    iron = stage.seen((226.0, 230.0, 238.0), 0.2)
    for x in middles:
        hub, r = layer.pixels(np.array([x, -0.24])), 0.3 * layer.scale
        legs = np.array(
            [
                [[-0.02, 0.0], [0.02, 0.0], [-0.5, 1.12], [-0.58, 1.12]],
                [[-0.02, 0.0], [0.02, 0.0], [0.58, 1.12], [0.5, 1.12]],
            ]
        )
        canvas.fill(polygons(legs * r + hub), mix(iron, BLACK, 0.2))
        angle = stage.t * 0.16 + np.arange(12) * (2 * pi / 12)
        arms = np.stack([np.cos(angle), np.sin(angle)], -1)
        side = np.stack([-arms[:, 1], arms[:, 0]], -1) * 0.012
        spokes = np.stack([side, arms + side, arms - side, -side], axis=1)
        canvas.fill(polygons(spokes * r + hub), iron, 0.9)
        turn = np.linspace(0.0, 2 * pi, 49)
        ring = np.stack([np.cos(turn), np.sin(turn)], -1)
        for outer, inner in ((1.0, 0.965), (0.7, 0.675)):
            canvas.fill(polygons(np.concatenate([ring * outer, ring[::-1] * inner]) * r + hub), iron)
        glow = 0.3 + 0.7 * stage.air.lamps
        dots = np.concatenate([arms, np.stack([np.cos(angle + 0.26), np.sin(angle + 0.26)], -1)])
        lit = stage.drained(mix((250.0, 226.0, 150.0), (255.0, 244.0, 200.0), 0.5 + 0.5 * float(np.sin(stage.t * 4.0))))
        canvas.fill(ellipses(dots * r * 0.98 + hub, np.full((24, 1), 0.02 * r + 0.012 * r * glow), 8), lit)
        for paint, cloth in enumerate(_CLOTHS):
            seats = (arms * r + hub)[paint::4]
            cabin = np.array([(-0.09, 0.08), (0.09, 0.08), (0.11, 0.16), (0.06, 0.22), (-0.06, 0.22), (-0.11, 0.16)])
            roof = np.array([(-0.12, 0.05), (0.0, -0.02), (0.12, 0.05)])
            canvas.fill(polygons(seats[:, None] + cabin[None] * r), stage.seen(cloth, 0.15))
            canvas.fill(polygons(seats[:, None] + roof[None] * r), stage.seen(mix(cloth, WHITE, 0.3), 0.15))
        canvas.ellipse(float(hub[0]), float(hub[1]), 0.07 * r, 0.07 * r, stage.seen((206.0, 66.0, 60.0), 0.1))


def _tents(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    _, x = landmarks(layer, 1.6, -0.26, 0.4)
    tent = Stamp(canvas, layer, x, np.full(len(x), 0.13), np.full(len(x), 0.4), 0.12)
    red, cream = stage.snowy(_CLOTHS[0], 0.35), stage.snowy(_CREAM, 0.35)
    for k in range(8):
        a, b = -0.56 + 0.14 * k, -0.42 + 0.14 * k
        tone = red if k % 2 else cream
        tent.part(((a, 0.0), (a, -0.34), (b, -0.34), (b, 0.0)), tone)
        tent.part(((a * 1.08, -0.33), (0.0, -0.82), (b * 1.08, -0.33)), mix(tone, BLACK, 0.06))
        tent.part(((a * 1.08, -0.34), (b * 1.08, -0.34), ((a + b) * 0.54, -0.27)), cream if k % 2 else red)
    tent.part(((-0.12, 0.0), (-0.02, -0.3), (0.02, -0.3), (0.12, 0.0)), (92.0, 46.0, 60.0))
    flutter = 0.02 * float(np.sin(stage.t * 5.0))
    tent.box(-0.006, -0.98, 0.006, -0.8, (90.0, 84.0, 84.0))
    tent.part(((0.0, -0.98), (0.16, -0.94 + flutter), (0.0, -0.88)), (240.0, 190.0, 70.0))


def draw_stadium(canvas: Canvas, stage: Stage) -> None:
    """Stands full of people under floodlights, a mown pitch with its lines, a goal."""
    layer = stage.layer(0.2, 931)
    slab(canvas, layer, 0.0, 0.12, stage.seen((60.0, 70.0, 92.0), 0.3))
    for row in range(6):
        y = 0.05 - 0.055 * row
        tone = stage.seen(mix((96.0, 108.0, 132.0), (70.0, 80.0, 104.0), row / 5), 0.3)
        slab(canvas, layer, y - 0.06, y, tone)
        index = layer.cells(0.026, 0.1)
        jump = 0.012 * np.maximum(0.0, np.sin(stage.t * 1.6 - index * 0.13 - row)) ** 8
        x = (index + 0.5 * (row % 2)) * 0.026
        crowd = Stamp(canvas, layer, x, y - 0.012 - jump, np.full(len(x), 0.024), 0.25)
        team = (layer.chance(index, 81 + row) * 5).astype(int)
        for number, shirt in enumerate((*_CLOTHS, _CREAM)):
            some = crowd.some(team == number)
            some.box(-0.4, -0.8, 0.4, 0.3, shirt)
        crowd.ovals(((0.0, -1.15, 0.36, 0.42),), (222.0, 176.0, 140.0))
    slab(canvas, layer, -0.36, -0.33, stage.seen(stage.snowy((214.0, 218.0, 226.0), 0.8), 0.2))
    _floodlights(canvas, stage.layer(0.22, 932))
    boards = stage.layer(0.4, 933)
    slab(canvas, boards, 0.045, 0.085, stage.seen((40.0, 60.0, 110.0), 0.1))
    index = boards.cells(0.3, 0.3)
    for paint, cloth in enumerate(_CLOTHS):
        at = index[index % 4 == paint] * 0.3
        Stamp(canvas, boards, at, np.full(len(at), 0.082), np.full(len(at), 0.034), 0.1).box(0.0, -1.0, 8.4, 0.0, cloth)
    near = stage.layer(1.0, 934)
    slab(canvas, boards, 0.085, None, stage.seen(stage.snowy((96.0, 168.0, 84.0), 0.9)))
    index = near.cells(0.34, 1.0)
    some = index[index % 2 == 0]
    stripes = Stamp(
        canvas, near, some * 0.34, np.full(len(some), 0.085 * boards.scale / near.scale), np.full(len(some), 1.0)
    )
    stripes.part(((0.0, 0.0), (0.34, 0.0), (0.34, 0.9), (0.0, 0.9)), stage.snowy((112.0, 184.0, 96.0), 0.9))
    chalk = stage.seen((240.0, 246.0, 238.0))
    slab(canvas, near, 0.125, 0.132, chalk)
    slab(canvas, near, 0.31, 0.322, chalk)
    _, x = landmarks(near, 1.9, 0.0, 0.5)
    turn = np.linspace(0.0, 2 * pi, 41)
    ring = [(float(np.cos(a)), 0.2 * float(np.sin(a))) for a in turn]
    circle = Stamp(canvas, near, x, np.full(len(x), 0.22), np.full(len(x), 0.34))
    circle.lit(ring + [(0.97 * a, 0.94 * b) for a, b in ring[::-1]], chalk)
    circle.lit(((-0.008, 0.27), (-0.008, -0.26), (0.008, -0.26), (0.008, 0.27)), chalk)
    _goal(canvas, stage.layer(0.7, 935))


def _goal(canvas: Canvas, layer: Layer) -> None:
    _, x = landmarks(layer, 1.9, 0.72, 0.4)
    goal = Stamp(canvas, layer, x, np.full(len(x), 0.135), np.full(len(x), 0.24))
    for k in range(9):
        goal.box(-0.6 + 0.15 * k, -0.62, -0.592 + 0.15 * k, 0.0, WHITE, 0.5)
    for k in range(5):
        goal.box(-0.6, -0.6 + 0.14 * k, 0.6, -0.592 + 0.14 * k, WHITE, 0.5)
    goal.box(-0.63, -0.66, -0.59, 0.0, WHITE)
    goal.box(0.59, -0.66, 0.63, 0.0, WHITE)
    goal.box(-0.63, -0.68, 0.63, -0.63, WHITE)


def _floodlights(canvas: Canvas, layer: Layer) -> None:
    stage = layer.stage
    _, x = landmarks(layer, 0.85, -0.36, 0.2)
    mast = Stamp(canvas, layer, x, np.full(len(x), -0.33), np.full(len(x), 0.22), 0.2)
    mast.box(-0.03, -1.0, 0.03, 0.0, (120.0, 128.0, 140.0))
    mast.box(-0.36, -1.3, 0.36, -0.95, (90.0, 98.0, 112.0))
    lamps = [(-0.27 + 0.18 * a, -1.22 + 0.18 * b, 0.07, 0.07) for a in range(4) for b in range(2)]
    if stage.air.lamps > 0.1:
        mast.glows(
            ((0.0, -1.12, 0.72, 0.55), (0.0, -1.12, 0.58, 0.42), (0.0, -1.12, 0.46, 0.3)),
            stage.drained((250.0, 250.0, 235.0)),
            0.1 * stage.air.lamps,
        )
    mast.glows(lamps, stage.drained(mix((214.0, 220.0, 226.0), (255.0, 254.0, 240.0), stage.air.lamps)))


def draw_stage(canvas: Canvas, stage: Stage) -> None:
    """A theatre from its stalls: boards, red curtains, a painted backcloth, spotlights, the heads of the audience."""
    room = Room(canvas, stage, dark=0.3)
    neon = stage.air.neon
    high = mix((34.0, 26.0, 54.0), (30.0, 12.0, 60.0), neon)
    low = mix((96.0, 66.0, 110.0), (190.0, 40.0, 150.0), neon)
    edge = stage.horizon + BOARDS * stage.unit * stage.view.zoom
    canvas.rectangle(
        0, 0, stage.width, edge + 1, Linear((0, 0), (0, edge), spread_stops([stage.drained(c) for c in (high, low)]))
    )
    back = stage.layer(0.3, 941)
    index = back.cells(0.2, 0.3)
    scenery = Stamp(canvas, back, index * 0.2, np.full(len(index), 0.11), 0.16 + 0.2 * back.chance(index, 60))
    dim = stage.drained(mix((58.0, 40.0, 84.0), (120.0, 20.0, 130.0), neon))
    scenery.lit(((-0.6, 0.0), (-0.6, -0.7), (-0.3, -1.0), (0.0, -0.8), (0.3, -1.1), (0.6, -0.7), (0.6, 0.0)), dim)
    _beams(canvas, stage, edge)
    wood = room.inside((176.0, 118.0, 74.0))
    canvas.rectangle(
        0,
        edge,
        stage.width,
        max(1.0, stage.height - edge),
        Linear((0, edge), (0, stage.height), spread_stops([mix(wood, BLACK, 0.3), wood])),
    )
    floor = stage.layer(1.0, 942)
    index = floor.cells(0.09, 1.5)
    middle = stage.width / 2
    x = floor.pixels(np.stack([index * 0.09, np.zeros(len(index))], -1))[:, 0] - middle
    seams = np.stack(
        [
            np.stack([middle + 0.8 * x, np.full(len(x), edge)], -1),
            np.stack([middle + 0.8 * x + 1.2, np.full(len(x), edge)], -1),
            np.stack([middle + 1.5 * x + 2.0, np.full(len(x), float(stage.height))], -1),
            np.stack([middle + 1.5 * x, np.full(len(x), float(stage.height))], -1),
        ],
        axis=1,
    )
    canvas.fill(polygons(seams), mix(wood, BLACK, 0.4), 0.5)
    warm = stage.drained(mix((255.0, 236.0, 190.0), (255.0, 90.0, 220.0), neon))
    px, py = floor.pixels(np.array([0.0, 0.25]))
    for grow, alpha in ((1.0, 0.14), (0.72, 0.18)):
        canvas.ellipse(float(px), float(py), 0.44 * grow * floor.scale, 0.1 * grow * floor.scale, warm, alpha)
    _curtains(canvas, stage, room)
    _footlights(canvas, floor, warm)


def _beams(canvas: Canvas, stage: Stage, edge: float) -> None:
    colours: tuple[RGB, ...] = ((255.0, 236.0, 190.0), (255.0, 130.0, 150.0), (130.0, 190.0, 255.0))
    glowing: tuple[RGB, ...] = ((255.0, 60.0, 200.0), (60.0, 240.0, 255.0), (170.0, 90.0, 255.0))
    for number in range(4):
        lamp = (0.2 + 0.2 * number - 0.2 * stage.view.x) * stage.width
        aim = lamp + 0.16 * stage.unit * np.sin(stage.t * 0.7 + number * 1.9) + (0.5 * stage.width - lamp) * 0.5
        tone = stage.drained(mix(colours[number % 3], glowing[number % 3], stage.air.neon))
        wide = 0.1 * stage.unit
        low = edge + 0.16 * stage.unit
        beam = np.array([[lamp - 4.0, -2.0], [lamp + 4.0, -2.0], [aim + wide, low], [aim - wide, low]])
        canvas.fill(polygons(beam), Linear((0, 0), (0, low), ((0.0, tone, 0.6), (1.0, tone, 0.06))), 0.75)


def _curtains(canvas: Canvas, stage: Stage, room: Room) -> None:
    """Red folds left and right and a valance above: the frame of the stage, which stays with the frame's edges."""
    red = room.inside(mix((176.0, 34.0, 48.0), (120.0, 20.0, 110.0), stage.air.neon))
    wide = 0.13 * stage.width
    edge = stage.horizon + (BOARDS + 0.03) * stage.unit * stage.view.zoom
    shift = -0.12 * stage.view.x * stage.width
    for side in (0, 1):
        for fold in range(5):
            sway = 0.004 * stage.unit * np.sin(stage.t * 0.9 + fold + 3 * side)
            a, b = wide * fold / 5, wide * (fold + 1) / 5
            corners = np.array([[a - 1.0, -2.0], [b, -2.0], [b * 1.05 + sway, edge], [a * 1.05 - 1.0 + sway, edge]])
            if fold == 0:
                corners[[0, 3], 0] -= stage.width
            corners[:, 0] += shift if side == 0 else -shift
            if side:
                corners[:, 0] = stage.width - corners[:, 0] + 2 * shift
            canvas.fill(polygons(corners), mix(red, BLACK if fold % 2 else WHITE, 0.3 if fold % 2 else 0.06))
    high = 0.12 * stage.height
    count = 9
    for k in range(-1, count + 1):
        x, w = (k / count) * stage.width + shift, stage.width / count
        turn = np.linspace(0.0, pi, 9)
        scallop = np.stack([x + w / 2 - np.cos(turn) * w / 2, high * (0.7 + 0.4 * np.sin(turn))], -1)
        canvas.fill(
            polygons(np.concatenate([[[x, -2.0]], scallop, [[x + w, -2.0]]])), mix(red, BLACK, 0.12 if k % 2 else 0.0)
        )
        hem = np.concatenate([scallop, scallop[::-1] - [0.0, 0.012 * stage.unit]])
        canvas.fill(polygons(hem), room.inside((236.0, 190.0, 90.0)))


def _footlights(canvas: Canvas, layer: Layer, warm: RGB) -> None:
    stage = layer.stage
    low = (stage.height - stage.horizon) / layer.scale
    index = layer.cells(0.2, 0.2)
    heads = Stamp(
        canvas,
        layer,
        (index + 0.3 * layer.chance(index, 61)) * 0.2,
        np.full(len(index), low + 0.035),
        0.1 + 0.03 * layer.chance(index, 62),
    )
    dark = stage.drained((22.0, 14.0, 26.0))
    heads.glows(((0.0, -0.5, 0.3, 0.36), (0.0, 0.2, 0.7, 0.5)), dark)
    lamps = Stamp(canvas, layer, index * 0.2 + 0.1, np.full(len(index), low - 0.055), np.full(len(index), 0.03))
    lamps.glows(((0.0, -0.1, 1.3, 0.9),), warm, 0.25)
    lamps.glows(((0.0, 0.0, 0.5, 0.34),), warm)
