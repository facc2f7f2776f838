"""The rooms of a house: living room, bedroom, kitchen, library."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, polygons
from engines.sketch.stage import Stage

from .rooms import Room, curtains, floor_lamp, pendants, picture, window
from .stamps import boxes

_BOOKS: tuple[RGB, ...] = (
    (176.0, 62.0, 58.0),
    (58.0, 98.0, 140.0),
    (206.0, 160.0, 70.0),
    (76.0, 128.0, 92.0),
    (126.0, 78.0, 120.0),
    (224.0, 206.0, 176.0),
)
_RED, _ROSE = (176.0, 70.0, 74.0), (206.0, 112.0, 100.0)


def draw_room(canvas: Canvas, stage: Stage) -> None:
    """A wall with a window that shows the time of day, a picture, a lamp, a rug on boards."""
    room = Room(canvas, stage)
    room.walls((214.0, 196.0, 176.0), (236.0, 220.0, 198.0))
    room.stripes(0.13, (222.0, 202.0, 180.0), 0.5)
    for shift in repeats(room, 1.5):
        window(room, shift - 0.36, -0.4, 0.3, 0.36)
        curtains(room, shift - 0.36, -0.4, 0.3, 0.36, (150.0, 176.0, 170.0))
        picture(room, shift + 0.34, -0.17, 0.2, 0.15)
        picture(room, shift + 0.6, -0.22, 0.13, 0.16)
    room.boards((140.0, 92.0, 58.0), (176.0, 124.0, 82.0))
    room.rug((_RED, _ROSE))
    for shift in repeats(room, 2.0):
        floor_lamp(room, shift + 0.66)


def repeats(room: Room, spacing: float) -> list[float]:
    """World x of the wall at which a furnishing begins again, those that may be seen."""
    layer = room.stage.layer(0.45, 101)
    left, reach = -layer.origin / layer.scale, 0.8
    right = left + room.stage.width / layer.scale
    places = [float(x) * spacing for x in layer.cells(spacing, reach)]
    return [x for x in places if left - reach < x < right + reach]


def draw_bedroom(canvas: Canvas, stage: Stage) -> None:
    """A bed with pillows under a window, a night table with its lamp, stars on the wall."""
    room = Room(canvas, stage)
    room.walls((156.0, 172.0, 204.0), (188.0, 200.0, 222.0))
    stars = room.wall.cells(0.16, 0.2)
    dots = room.things(stars * 0.16, 0.03, -0.3)
    dots.y = -0.06 - 0.5 * room.wall.chance(stars, 3)
    star = [(np.cos(a) * r, np.sin(a) * r) for a, r in zip(np.arange(10) * 0.628, (0.5, 0.22) * 5, strict=True)]
    dots.part(star, (236.0, 232.0, 206.0), 0.6)
    for shift in repeats(room, 1.7):
        window(room, shift - 0.2, -0.42, 0.26, 0.3)
        curtains(room, shift - 0.2, -0.42, 0.26, 0.3, (216.0, 150.0, 150.0))
        picture(room, shift - 0.62, -0.2, 0.16, 0.13)
    room.boards((150.0, 108.0, 76.0), (184.0, 140.0, 102.0))
    for shift in repeats(room, 1.7):
        _bed(room, shift + 0.38)
        table = room.things([shift + 0.02], 0.13, 0.13, 0.55)
        table.box(-0.5, -1.0, 0.5, 0.0, (158.0, 110.0, 76.0))
        table.box(-0.58, -1.06, 0.58, -0.94, (186.0, 134.0, 94.0))
        table.box(-0.36, -0.8, 0.36, -0.5, (134.0, 92.0, 64.0))
        table.ovals(((0.0, -0.65, 0.06, 0.06),), (230.0, 200.0, 130.0))
        table.box(-0.04, -1.5, 0.04, -1.0, (206.0, 190.0, 170.0))
        shade = stage.drained(mix((236.0, 206.0, 170.0), (255.0, 230.0, 160.0), stage.air.lamps))
        layer = table.layer
        px, py = layer.pixels(np.array([shift + 0.02, 0.13 - 0.23]))
        room.glow(float(px), float(py), 0.4 * layer.scale, stage.air.lamps)
        table.lit(((-0.18, -1.95), (0.18, -1.95), (0.34, -1.5), (-0.34, -1.5)), shade)
    room.rug(((120.0, 146.0, 190.0), (214.0, 220.0, 232.0)))


def _bed(room: Room, x: float) -> None:
    bed = room.things([x], 0.5, 0.17, 0.55)
    wood: RGB = (142.0, 96.0, 66.0)
    bed.part(((-0.5, 0.0), (-0.5, -0.62), (-0.44, -0.7), (-0.38, -0.62), (-0.38, 0.0)), wood)
    bed.box(-0.42, -0.22, 0.66, -0.06, mix(wood, BLACK, 0.1))
    bed.part(((0.6, 0.0), (0.6, -0.34), (0.68, -0.34), (0.68, 0.0)), wood)
    bed.part(((-0.42, -0.2), (-0.42, -0.34), (0.6, -0.34), (0.64, -0.2)), (244.0, 238.0, 230.0))
    bed.part(
        ((-0.1, -0.12), (-0.14, -0.36), (0.0, -0.42), (0.58, -0.4), (0.68, -0.3), (0.66, -0.1)), (96.0, 132.0, 184.0)
    )
    bed.part(((-0.14, -0.36), (0.0, -0.42), (0.1, -0.42), (0.02, -0.12), (-0.1, -0.12)), (226.0, 232.0, 242.0))
    bed.ovals(((-0.27, -0.42, 0.13, 0.085),), (252.0, 248.0, 240.0))


def draw_kitchen(canvas: Canvas, stage: Stage) -> None:
    """Tiles, cupboards, a stove with a pot that steams, a checked floor."""
    room = Room(canvas, stage)
    room.walls((240.0, 226.0, 190.0), (246.0, 236.0, 206.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    tile = room.things(room.wall.cells(0.06, 0.1) * 0.06, 0.06, low - 0.2)
    for row in range(3):
        for shift, tone in ((0.0, (196.0, 222.0, 214.0)), (0.0, (214.0, 234.0, 228.0))):
            part = (
                tile
                if tone[0] < 200
                else room.things(room.wall.cells(0.12, 0.1) * 0.12 + 0.06 * (row % 2), 0.06, low - 0.2)
            )
            part.box(0.04 + shift, -1.0 * row - 0.96, 0.96, -1.0 * row - 0.02, tone)
    for shift in repeats(room, 1.6):
        window(room, shift - 0.16, -0.44, 0.26, 0.22)
        _cupboards(room, shift, low)
        _stove(room, shift + 0.3, low)
    room.tiles((226.0, 214.0, 196.0), (176.0, 92.0, 78.0))
    pendants(room, 1.1, -0.36, (206.0, 92.0, 74.0))


def _cupboards(room: Room, shift: float, low: float) -> None:
    cup: RGB = (98.0, 148.0, 150.0)
    upper = room.things([shift - 0.5, shift - 0.34, shift + 0.56, shift + 0.72], 0.15, low - 0.4)
    upper.box(0.0, -1.2, 1.0, 0.0, cup)
    upper.box(0.08, -1.1, 0.92, -0.1, mix(cup, WHITE, 0.16))
    upper.ovals(((0.82, -0.2, 0.045, 0.045),), (240.0, 226.0, 190.0))
    base = room.things([shift - 0.8 + 0.16 * k for k in range(10)], 0.16, low)
    base.box(0.0, -1.0, 1.0, 0.0, cup)
    base.box(0.07, -0.88, 0.93, -0.12, mix(cup, WHITE, 0.16))
    base.ovals(((0.82, -0.78, 0.04, 0.04),), (240.0, 226.0, 190.0))
    base.box(-0.02, -1.16, 1.02, -0.98, (202.0, 164.0, 120.0))
    jars = room.things([shift - 0.42, shift - 0.36, shift - 0.29], 0.06, low - 0.185)
    jars.box(-0.4, -1.0, 0.4, 0.0, (232.0, 190.0, 120.0))
    jars.box(-0.44, -1.2, 0.44, -0.95, (180.0, 90.0, 70.0))


def _stove(room: Room, x: float, low: float) -> None:
    stage = room.stage
    stove = room.things([x], 0.2, low)
    stove.box(-0.5, -0.93, 0.5, 0.0, (236.0, 238.0, 240.0))
    stove.box(-0.38, -0.62, 0.38, -0.1, (66.0, 70.0, 80.0))
    stove.lit(((-0.32, -0.54), (0.32, -0.54), (0.32, -0.18), (-0.32, -0.18)), stage.drained((255.0, 150.0, 70.0)), 0.55)
    stove.box(-0.5, -0.96, 0.5, -0.88, (60.0, 64.0, 74.0))
    stove.ovals([(-0.3 + 0.2 * k, -0.76, 0.045, 0.045) for k in range(4)], (60.0, 64.0, 74.0))
    stove.box(-0.24, -1.24, 0.24, -0.95, (196.0, 80.0, 66.0))
    stove.box(-0.28, -1.28, 0.28, -1.22, (226.0, 110.0, 90.0))
    stove.ovals(((0.0, -1.3, 0.05, 0.04),), (60.0, 60.0, 66.0))
    age = (np.arange(5) / 5 + stage.t * 0.16) % 1.0
    steam = [
        (0.14 * float(np.sin(5.0 * a + stage.t)), -1.35 - 0.8 * float(a), 0.05 + 0.1 * float(a), 0.05 + 0.1 * float(a))
        for a in age
    ]
    stove.ovals(steam, (250.0, 250.0, 250.0), 0.3)


def shelves(room: Room, left: float, wide: float, low: float, high: float, rows: int) -> None:
    """A bookcase on the wall from world x `left`, filled; `low` and `high` world y and height."""
    edge = room.wall.origin + left * room.wall.scale
    if edge > room.stage.width or edge + wide * room.wall.scale < 0.0:
        return
    case = room.things([left], 1.0, low)
    case.box(0.0, -high, wide, 0.0, (116.0, 76.0, 50.0))
    row = high / rows
    number = int(wide / 0.018)
    key = np.arange(number * rows, dtype=np.int64) + int(round(left * 100)) * 512
    thick = 0.6 + 0.4 * room.wall.chance(key, 31)
    tall = 0.62 + 0.26 * room.wall.chance(key, 32)
    paint = (room.wall.chance(key, 33) * len(_BOOKS)).astype(int)
    there = room.wall.chance(key, 34) < 0.93
    tops = [level * row - high for level in range(rows)]
    gaps = [((0.012, y + row), (wide - 0.012, y + row), (wide - 0.012, y + 0.012), (0.012, y + 0.012)) for y in tops]
    case.many(gaps, room.inside((78.0, 50.0, 36.0)))
    books = left + 0.016 + (np.arange(number * rows) % number) * ((wide - 0.03) / number)
    y = low - (np.arange(number * rows) // number) * row - 0.006
    right = np.where(thick < 0.8, 0.012, 0.0165)
    top = np.where(tall < 0.75, 0.66, 0.82) * row
    for tone, book in enumerate(_BOOKS):
        some = there & (paint == tone)
        side, foot = books[some], y[some]
        low_band = foot - 0.78 * top[some]
        spine = boxes(room.wall, side, side + right[some], foot - top[some], foot)
        room.canvas.fill(polygons(spine), room.inside(book))
        band = boxes(room.wall, side, side + right[some], low_band - 0.05 * row, low_band)
        room.canvas.fill(polygons(band), room.inside(mix(book, (250.0, 226.0, 160.0), 0.55)))


def draw_library(canvas: Canvas, stage: Stage) -> None:
    """Bookcases to the ceiling, a ladder, tall windows, green lamps over a long table."""
    room = Room(canvas, stage, dark=0.35)
    room.walls((120.0, 84.0, 62.0), (150.0, 108.0, 80.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    high = stage.horizon / room.wall.scale + low + 0.1
    high = min(0.86, max(0.6, high - 0.16))
    for shift in repeats(room, 1.36):
        shelves(room, shift - 0.56, 0.44, low, high, 6)
        shelves(room, shift + 0.28, 0.44, low, high, 6)
        window(room, shift - 0.045, -0.42, 0.25, 0.42)
        ladder = room.things([shift + 0.42], high, low + 0.02)
        for a in (0.0, 0.09):
            ladder.part(((a, 0.0), (a + 0.014, 0.0), (a + 0.1, -1.0), (a + 0.086, -1.0)), (196.0, 146.0, 92.0))
        rungs = []
        for k in range(8):
            y = -0.08 - 0.11 * k
            near, far = -y * 0.09 + 0.005, -y * 0.09 + 0.1
            rungs.append(((near, y + 0.014), (far, y + 0.014), (far, y), (near, y)))
        ladder.many(rungs, room.inside((176.0, 128.0, 80.0)))
    room.boards((112.0, 70.0, 46.0), (146.0, 96.0, 64.0))
    room.rug(((92.0, 50.0, 56.0), (176.0, 132.0, 84.0)))
    pendants(room, 0.9, -0.42, (60.0, 120.0, 90.0))


def bottles(room: Room, left: float, low: float, number: int) -> None:
    """A shelf of bottles on the wall: world x and y of its left end, how many."""
    rack = room.things([left], 1.0, low)
    rack.box(-0.03, 0.0, 0.055 * number + 0.01, 0.016, (150.0, 112.0, 82.0))
    places = np.arange(number)
    tones = (places * 5 + int(low * 100)) % len(_BOOKS)
    for number, tone in enumerate(_BOOKS):
        flask = room.things(left + 0.055 * places[tones == number], 0.05, low)
        flask.part(
            ((-0.3, 0.0), (-0.3, -1.0), (-0.1, -1.3), (-0.1, -1.6), (0.1, -1.6), (0.1, -1.3), (0.3, -1.0), (0.3, 0.0)),
            mix(tone, WHITE, 0.25),
        )
    labels = room.things(left + 0.055 * places, 0.05, low)
    labels.box(-0.22, -0.7, 0.22, -0.3, (246.0, 242.0, 232.0))
