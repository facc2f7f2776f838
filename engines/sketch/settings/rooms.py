"""Rooms: a shell of wall, floor and light that all share, and what makes each the room it is."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sin

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, Radial, ellipses, polygons, spread_stops
from engines.sketch.stage import Floats, Layer, Stage, chance

from .stamps import Outline, Stamp, boxes, landmarks

SKIRTING = 0.1
"""World y where the wall meets the floor."""

_WOOD: RGB = (146.0, 98.0, 64.0)


class Room:
    """The back wall as a layer, and colours as they are seen inside: by day by the window, after dark by lamps."""

    def __init__(self, canvas: Canvas, stage: Stage, dark: float = 0.0) -> None:
        self.canvas, self.stage = canvas, stage
        self.wall = stage.layer(0.45, 101)
        self.edge = stage.horizon + SKIRTING * stage.unit
        self.dark = dark  # 0..1: how much of the daylight is kept out
        self._seen: dict[RGB, RGB] = {}  # for one frame

    def inside(self, colour: RGB) -> RGB:
        """A colour as it is seen in this room."""
        seen = self._seen.get(colour)
        if seen is None:
            seen = self._seen[colour] = self._lit(colour)
        return seen

    def _lit(self, colour: RGB) -> RGB:
        air, dusk = self.stage.air, max(self.stage.air.lamps, self.dark)
        r, g, b = (colour[k] * min(1.0, 0.3 + air.light[k] * 0.7) for k in range(3))
        return self.stage.drained(mix((r, g, b), (colour[0] * 0.84, colour[1] * 0.68, colour[2] * 0.52), 0.5 * dusk))

    def walls(self, high: RGB, low: RGB) -> None:
        """Plaster, from the ceiling down."""
        stops = spread_stops([self.inside(high), self.inside(low)])
        self.canvas.rectangle(0, 0, self.stage.width, self.edge + 1, Linear((0, 0), (0, self.edge), stops))

    def stripes(self, spacing: float, colour: RGB, alpha: float) -> None:
        """Wallpaper."""
        index = self.wall.cells(spacing, 0.2)
        x = index * spacing
        top, low = np.full(len(x), -3.0), np.full(len(x), (self.edge - self.stage.horizon) / self.wall.scale)
        self.canvas.fill(polygons(boxes(self.wall, x, x + spacing * 0.45, top, low)), self.inside(colour), alpha)

    def panel(self, high: float, colour: RGB) -> None:
        """Wainscot of world height `high` over the skirting."""
        top = self.edge - high * self.wall.scale
        tone = self.inside(colour)
        self.canvas.rectangle(0, top, self.stage.width, self.edge - top, tone)
        self.canvas.rectangle(
            0, top - 0.012 * self.wall.scale, self.stage.width, 0.016 * self.wall.scale, mix(tone, WHITE, 0.2)
        )
        index = self.wall.cells(0.13, 0.2)
        y = (self.edge - self.stage.horizon) / self.wall.scale
        fields = Stamp(self.canvas, self.wall, index * 0.13, np.full(len(index), y), np.full(len(index), high))
        wide = 0.1 / high
        fields.lit(((0.0, -0.18), (wide, -0.18), (wide, -0.82), (0.0, -0.82)), mix(tone, BLACK, 0.1))

    def boards(self, near: RGB, far: RGB) -> None:
        """A wooden floor."""
        stage, edge = self.stage, self.edge
        skirting = self.inside((248.0, 240.0, 226.0))
        self.canvas.rectangle(0, edge - 0.022 * stage.unit, stage.width, 0.026 * stage.unit, skirting)
        deep = Linear((0, edge), (0, stage.height), spread_stops([self.inside(far), self.inside(near)]))
        self.canvas.rectangle(0, edge, stage.width, max(1.0, stage.height - edge), deep)
        line = self.inside(mix(near, BLACK, 0.22))
        for share in (0.1, 0.26, 0.48, 0.76):
            y = edge + (stage.height - edge) * share
            self.canvas.rectangle(0, y, stage.width, max(1.0, 0.004 * stage.unit), line, 0.6)

    def tiles(self, one: RGB, other: RGB) -> None:
        """A floor of squares in perspective."""
        stage, edge = self.stage, self.edge
        rest = stage.height - edge
        deep = Linear(
            (0, edge), (0, stage.height), spread_stops([self.inside(mix(one, BLACK, 0.06)), self.inside(one)])
        )
        self.canvas.rectangle(0, edge, stage.width, max(1.0, rest), deep)
        floor = stage.layer(0.75, 102)
        cuts = (0.0, 0.14, 0.34, 0.62, 1.02)
        index = floor.cells(0.15, 0.5)
        middle = stage.width / 2
        x = floor.pixels(np.stack([index * 0.15, np.zeros(len(index))], -1))[:, 0]
        wide = 0.15 * floor.scale
        for row in range(4):
            some = x[(index + row) % 2 == 0]
            low, high = edge + rest * cuts[row + 1], edge + rest * cuts[row]
            near, far = 0.85 + 0.75 * cuts[row + 1], 0.85 + 0.75 * cuts[row]
            left, right = some - middle, some + wide - middle
            square = np.stack(
                [
                    np.stack([middle + side * spread, np.full_like(side, y)], -1)
                    for side, spread, y in (
                        (left, far, high),
                        (right, far, high),
                        (right, near, low),
                        (left, near, low),
                    )
                ],
                axis=1,
            )
            self.canvas.fill(polygons(square), self.inside(other))
        skirting = self.inside((246.0, 242.0, 234.0))
        self.canvas.rectangle(0, edge - 0.018 * stage.unit, stage.width, 0.02 * stage.unit, skirting)

    def rug(self, colours: tuple[RGB, RGB]) -> None:
        """An oval one, in the middle of the floor."""
        floor = self.stage.layer(1.0, 102)
        x, y = floor.pixels(np.array([0.0, 0.27]))
        for number, (wide, high) in enumerate(((0.42, 0.085), (0.36, 0.07), (0.27, 0.05))):
            tone = self.inside(colours[number % 2])
            self.canvas.ellipse(float(x), float(y), wide * floor.scale, high * floor.scale, tone)

    def things(self, x: Floats | list[float], size: float, foot: float | None = None, depth: float = 0.45) -> Things:
        """Things of one size at world x, on the floor by the wall unless `foot` says another world y."""
        layer = self.stage.layer(depth, 101)
        at = np.array(x, float)
        y = (self.edge - self.stage.horizon) / layer.scale if foot is None else foot
        return Things(self, layer, at, np.full(len(at), y), np.full(len(at), size))

    def glow(self, x: float, y: float, reach: float, amount: float, colour: RGB = (255.0, 206.0, 120.0)) -> None:
        """Warm light about a pixel."""
        if amount > 0.02:
            warm = self.stage.drained(colour)
            stops = ((0.0, warm, 0.5), (0.4, warm, 0.2), (1.0, warm, 0.0))
            self.canvas.ellipse(x, y, reach, reach, Radial((x, y), reach, stops), amount)


class Things(Stamp):
    """Stamps whose colours are seen as the room shows them."""

    def __init__(self, room: Room, layer: Layer, x: Floats, y: Floats, size: Floats) -> None:
        super().__init__(room.canvas, layer, x, y, size)
        self.room = room

    def part(self, outline: Outline, colour: RGB, alpha: float = 1.0) -> None:
        """One more polygon of each."""
        self.lit(outline, self.room.inside(colour), alpha)

    def ovals(self, spots: Sequence[tuple[float, float, float, float]], colour: RGB, alpha: float = 1.0) -> None:
        """Ellipses (x, y, rx, ry) of each."""
        self.glows(spots, self.room.inside(colour), alpha)


def window(room: Room, x: float, y: float, w: float, h: float) -> None:
    """A window on the wall (world units, (x, y) its top left corner): the sky of the hour, land, what falls."""
    canvas, stage, layer = room.canvas, room.stage, room.wall
    px, py = layer.pixels(np.array([x, y]))
    w, h = w * layer.scale, h * layer.scale
    if px > stage.width + 0.1 * w or px + w < -0.1 * w:
        return
    frame = mix(stage.seen((250.0, 246.0, 238.0)), stage.drained((214.0, 180.0, 140.0)), 0.5 * stage.air.lamps)
    edge = 0.016 * layer.scale
    canvas.rectangle(px - edge, py - edge, w + 2 * edge, h + 2 * edge, frame)
    canvas.rectangle(
        px, py, w, h, Linear((0, py), (0, py + h), spread_stops([stage.drained(c) for c in stage.air.sky]))
    )
    if stage.air.moon > 0.5 and stage.air.shine > 0.1:
        canvas.ellipse(px + 0.72 * w, py + 0.25 * h, 0.09 * w, 0.09 * w, stage.drained(stage.air.glow))
    elif stage.air.clouds > 0.1:
        drift = (stage.t * 0.006) % 0.3
        puffs = np.array([(0.3, 0.26, 0.13, 0.05), (0.4, 0.22, 0.11, 0.06), (0.2, 0.27, 0.08, 0.035)]) * [w, h, w, h]
        where = puffs[:, :2] + np.array([px + drift * w, py])
        canvas.fill(ellipses(where, puffs[:, 2:], 16), mix(stage.drained(stage.air.sky[3]), WHITE, 0.5), 0.85)
    far = np.array([[0.0, 1.0], [0.0, 0.8], [0.25, 0.7], [0.55, 0.82], [0.8, 0.72], [1.0, 0.8], [1.0, 1.0]])
    canvas.fill(polygons(far * [w, h] + np.array([px, py])), stage.seen(stage.snowy((120.0, 164.0, 108.0)), 0.3))
    for amount, size in ((stage.air.snow, 0.012), (stage.air.rain, 0.005)):
        if amount > 0.1:
            index = np.arange(26, dtype=np.int64)
            fall = (chance(stage.seed, 111, index) + stage.t * (0.2 if size > 0.01 else 1.3)) % 1.0
            where = np.stack([px + chance(stage.seed, 112, index) * w, py + fall * h], -1)
            canvas.fill(ellipses(where, np.full((26, 1), size * layer.scale * 0.5), 6), WHITE, 0.8)
    canvas.rectangle(px + w / 2 - edge / 3, py, edge / 1.5, h, frame)
    canvas.rectangle(px, py + h * 0.45, w, edge / 1.5, frame)
    canvas.rectangle(px - 2 * edge, py + h + edge, w + 4 * edge, edge, mix(frame, BLACK, 0.12))


def curtains(room: Room, x: float, y: float, w: float, h: float, colour: RGB) -> None:
    """A pair beside a window of that place and size."""
    for left in (x - 0.05, x + w - 0.045):
        cloth = room.things([left], h * 1.12, y + h * 1.06)
        wide = 0.095 / (h * 1.12)
        cloth.part(((0.0, 0.0), (0.1 * wide, -1.0), (0.9 * wide, -1.0), (wide, 0.0)), colour)
        for k in (0.25, 0.6):
            cloth.part(
                ((k * wide, 0.0), (k * wide, -1.0), ((k + 0.12) * wide, -1.0), ((k + 0.16) * wide, 0.0)),
                mix(colour, BLACK, 0.16),
            )
    rod = room.things([x + w / 2], w, y - 0.035)
    rod.box(-0.72, -0.03, 0.72, 0.02, (120.0, 88.0, 62.0))


def picture(room: Room, x: float, y: float, w: float, h: float) -> None:
    """A landscape in a frame."""
    at = room.things([x], 1.0, y)
    at.box(0.0, -h, w, 0.0, (126.0, 88.0, 60.0))
    at.box(0.012, 0.012 - h, w - 0.012, -0.012, (196.0, 214.0, 206.0))
    low = -0.012
    hill = ((0.012, low), (0.3 * w, -0.62 * h), (0.5 * w, -0.36 * h), (0.72 * w, -0.54 * h), (w - 0.012, low))
    at.part(hill, (122.0, 158.0, 124.0))


def floor_lamp(room: Room, x: float) -> None:
    """A standing lamp nearer than the wall, at world x."""
    lamp = room.things([x], 0.5, 0.14, 0.7)
    lamp.box(-0.01, -0.85, 0.01, 0.0, (84.0, 66.0, 56.0))
    lamp.ovals(((0.0, 0.0, 0.1, 0.024),), (84.0, 66.0, 56.0))
    lamps = room.stage.air.lamps
    shade = room.stage.drained(mix((222.0, 196.0, 150.0), (255.0, 226.0, 150.0), lamps))
    lamp.lit(((-0.1, -1.0), (0.1, -1.0), (0.17, -0.78), (-0.17, -0.78)), shade)
    layer = room.stage.layer(0.7, 103)
    px, py = layer.pixels(np.array([x, 0.14 - 0.42]))
    room.glow(float(px), float(py), 0.5 * layer.scale, lamps)


def pendants(room: Room, spacing: float, drop: float, colour: RGB) -> None:
    """Lamps that hang from the ceiling on cords."""
    layer = room.stage.layer(0.6, 104)
    _, x = landmarks(layer, spacing, 0.04, 0.2)
    top = -room.stage.horizon / layer.scale
    at = Things(room, layer, x, np.full(len(x), max(top + 0.05, drop)), np.full(len(x), 0.1))
    at.box(-0.02, -9.0, 0.02, -0.4, (70.0, 66.0, 66.0))
    lamps = 0.25 + 0.75 * room.stage.air.lamps
    for spot in x:
        px, py = layer.pixels(np.array([spot, float(at.y[0])]))
        room.glow(float(px), float(py), 0.32 * layer.scale, 0.7 * room.stage.air.lamps)
    at.glows(((0.0, 0.0, 0.24, 0.2),), room.stage.drained(mix((244.0, 236.0, 214.0), (255.0, 238.0, 180.0), lamps)))
    at.part(((-0.5, 0.0), (-0.3, -0.36), (0.0, -0.5), (0.3, -0.36), (0.5, 0.0)), colour)


def flame(room: Room, layer: Layer, x: float, y: float, size: float) -> None:
    """A flickering fire with its glow; world units."""
    stage = room.stage
    px, py = (float(v) for v in layer.pixels(np.array([x, y])))
    r = size * layer.scale
    beat = 0.8 + 0.12 * sin(stage.t * 9.0 + x * 5.0) + 0.08 * sin(stage.t * 14.7 + x)
    room.glow(px, py, 4.5 * r * beat, 0.9, (255.0, 170.0, 80.0))
    turn = np.linspace(0.0, 2 * pi, 15)
    for scale, colour in ((1.0, (240.0, 110.0, 40.0)), (0.66, (252.0, 180.0, 60.0)), (0.36, (255.0, 238.0, 160.0))):
        wide, high = 0.5 * r * scale, 1.5 * r * scale * beat
        lean = 0.2 * r * sin(stage.t * 6.0 + x * 9.0)
        up = (1.0 - np.cos(turn)) / 2
        shape = np.stack([px + wide * np.sin(turn) * (1.0 - up**2 * 0.9) + lean * up**2, py - high * up], -1)
        canvas_colour = stage.drained(colour)
        room.canvas.fill(polygons(shape), canvas_colour)
