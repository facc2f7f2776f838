"""Rooms that are everybody's: classroom, office, laboratory, museum, café, the hall of a castle."""

from __future__ import annotations

import numpy as np

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas
from engines.sketch.stage import Stage

from .interiors import bottles, repeats
from .rooms import Room, flame, pendants, window
from .stamps import landmarks


def draw_classroom(canvas: Canvas, stage: Stage) -> None:
    """A blackboard with chalk, a globe, windows, a row of desks."""
    room = Room(canvas, stage)
    room.walls((222.0, 228.0, 206.0), (236.0, 238.0, 220.0))
    room.panel(0.14, (168.0, 190.0, 168.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    for shift in repeats(room, 2.0):
        board = room.things([shift - 0.02], 0.34, low - 0.16)
        board.box(-1.1, -1.02, 1.1, 0.06, (150.0, 104.0, 68.0))
        board.box(-1.04, -0.96, 1.04, 0.0, (48.0, 84.0, 72.0))
        chalk: RGB = (236.0, 240.0, 232.0)
        for k, long in enumerate((0.7, 0.5, 0.62)):
            board.box(-0.9, -0.78 + 0.2 * k, -0.9 + long, -0.755 + 0.2 * k, chalk, 0.8)
        board.part(
            ((0.2, -0.2), (0.5, -0.8), (0.53, -0.8), (0.83, -0.2), (0.8, -0.2), (0.515, -0.74), (0.23, -0.2)),
            chalk,
            0.85,
        )
        board.box(0.2, -0.2, 0.83, -0.17, chalk, 0.85)
        board.box(-0.3, 0.02, -0.1, 0.06, (250.0, 250.0, 250.0))
        window(room, shift + 0.5, -0.4, 0.26, 0.3)
        window(room, shift - 0.78, -0.4, 0.26, 0.3)
        clock = room.things([shift + 0.43], 0.05, low - 0.5)
        clock.ovals(((0.0, 0.0, 0.62, 0.62),), (80.0, 70.0, 70.0))
        clock.ovals(((0.0, 0.0, 0.52, 0.52),), (250.0, 248.0, 240.0))
        clock.box(-0.04, -0.4, 0.04, 0.0, (50.0, 50.0, 60.0))
        clock.box(0.0, -0.04, 0.3, 0.04, (50.0, 50.0, 60.0))
    room.boards((164.0, 124.0, 84.0), (196.0, 154.0, 110.0))
    _desks(room, 0.62, 0.14, 0.34, (202.0, 156.0, 104.0))


def _desks(room: Room, depth: float, foot: float, spacing: float, top: RGB) -> None:
    layer = room.stage.layer(depth, 105)
    index = layer.cells(spacing, 0.3)
    desk = room.things(index * spacing + 0.5 * spacing, 0.13, foot, depth)
    for leg in (-0.6, 0.52):
        desk.box(leg, -0.75, leg + 0.08, 0.0, (96.0, 104.0, 116.0))
    desk.box(-0.75, -0.86, 0.75, -0.72, top)
    desk.box(-0.66, -0.74, 0.66, -0.6, mix(top, BLACK, 0.25))
    books = room.things((index * spacing + 0.5 * spacing)[index % 2 == 0], 0.13, foot, depth)
    books.box(-0.4, -0.95, 0.05, -0.86, (196.0, 78.0, 70.0))
    books.box(-0.36, -1.03, 0.0, -0.95, (70.0, 112.0, 160.0))


def draw_office(canvas: Canvas, stage: Stage) -> None:
    """A glass front over the town, desks with screens, a plant, strip lights."""
    room = Room(canvas, stage)
    room.walls((214.0, 220.0, 226.0), (230.0, 234.0, 238.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    for shift in repeats(room, 1.2):
        for k in range(3):
            window(room, shift - 0.5 + 0.36 * k, -0.44, 0.32, 0.42)
        block = room.things([shift - 0.5 + 0.36 * k + 0.02 for k in range(3)], 0.1, -0.021)
        tone = stage.seen((120.0, 134.0, 156.0), 0.5)
        block.lit(
            (
                (0.1, 0.0),
                (0.1, -1.4),
                (0.8, -1.4),
                (0.8, -0.8),
                (1.2, -0.8),
                (1.2, -2.0),
                (2.0, -2.0),
                (2.0, -1.1),
                (2.7, -1.1),
                (2.7, 0.0),
            ),
            tone,
        )
        plant = room.things([shift + 0.62], 0.2, low + 0.02)
        for lean, high in ((-0.3, 0.8), (-0.12, 1.0), (0.12, 1.05), (0.32, 0.8)):
            plant.part(
                ((-0.03, -0.25), (lean - 0.1, -0.6 * high), (lean, -high), (lean + 0.1, -0.6 * high), (0.03, -0.25)),
                (86.0, 148.0, 88.0),
            )
        plant.part(((-0.22, -0.3), (0.22, -0.3), (0.16, 0.0), (-0.16, 0.0)), (206.0, 122.0, 84.0))
    room.boards((120.0, 126.0, 138.0), (146.0, 152.0, 162.0))
    layer = stage.layer(0.62, 105)
    index = layer.cells(0.5, 0.3)
    _desks(room, 0.62, 0.14, 0.5, (222.0, 214.0, 200.0))
    screens = room.things(index * 0.5 + 0.28, 0.13, 0.14, 0.62)
    screens.box(-0.04, -1.1, 0.04, -0.86, (60.0, 64.0, 74.0))
    screens.box(-0.4, -1.6, 0.4, -1.05, (44.0, 48.0, 58.0))
    flicker = 0.1 * np.sin(stage.t * 0.9)
    screens.lit(
        ((-0.36, -1.56), (0.36, -1.56), (0.36, -1.1), (-0.36, -1.1)),
        stage.drained(mix((96.0, 170.0, 226.0), WHITE, 0.2 + float(flicker))),
    )
    for k in range(3):
        screens.box(-0.3, -1.48 + 0.12 * k, -0.3 + 0.2 + 0.12 * k, -1.44 + 0.12 * k, (236.0, 244.0, 250.0))
    strips = room.things(index * 0.5, 0.3, max(-0.5, -stage.horizon / layer.scale + 0.06), 0.62)
    strips.lit(((-0.3, 0.0), (0.3, 0.0), (0.36, 0.08), (-0.36, 0.08)), stage.drained((252.0, 252.0, 246.0)))


def draw_laboratory(canvas: Canvas, stage: Stage) -> None:
    """Benches of glassware that bubbles, shelves of bottles, a machine with lights."""
    room = Room(canvas, stage)
    room.walls((190.0, 208.0, 214.0), (212.0, 226.0, 228.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    for shift in repeats(room, 1.5):
        window(room, shift - 0.14, -0.44, 0.3, 0.24)
        bottles(room, shift - 0.62, low - 0.34, 7)
        bottles(room, shift - 0.62, low - 0.5, 7)
        machine = room.things([shift + 0.5], 0.42, low)
        machine.box(-0.42, -1.2, 0.42, 0.0, (104.0, 118.0, 134.0))
        machine.box(-0.34, -1.1, 0.34, -0.66, (36.0, 46.0, 58.0))
        wave = np.linspace(-0.3, 0.3, 19)
        height = -0.88 + 0.12 * np.sin(wave * 22.0 - stage.t * 5.0)
        trace = [(float(a), float(b) - 0.012) for a, b in zip(wave, height, strict=True)]
        machine.lit(trace + [(a, b + 0.024) for a, b in trace[::-1]], stage.drained((110.0, 250.0, 160.0)))
        for k in range(4):
            on = (int(stage.t * 2.0) + k) % 4 < 2
            colour = ((236.0, 80.0, 70.0), (250.0, 196.0, 70.0), (96.0, 220.0, 130.0), (90.0, 170.0, 240.0))[k]
            machine.glows(
                ((-0.24 + 0.16 * k, -0.52, 0.045, 0.045),), stage.drained(mix(colour, BLACK, 0.0 if on else 0.5))
            )
        machine.box(-0.3, -0.4, 0.3, -0.1, (84.0, 96.0, 112.0))
    room.tiles((224.0, 230.0, 232.0), (182.0, 200.0, 206.0))
    layer = stage.layer(0.6, 106)
    index = layer.cells(1.0, 0.6)
    bench = room.things(index * 1.0 - 0.2, 0.24, 0.15, 0.6)
    bench.box(-1.3, -0.66, 1.3, 0.0, (230.0, 234.0, 236.0))
    bench.box(-1.4, -0.76, 1.4, -0.62, (70.0, 82.0, 96.0))
    for k in range(4):
        bench.box(-1.2 + 0.62 * k, -0.52, -0.68 + 0.62 * k, -0.1, (206.0, 214.0, 218.0))
    for left, liquid in ((-0.9, (96.0, 200.0, 120.0)), (-0.1, (232.0, 110.0, 160.0)), (0.7, (90.0, 170.0, 236.0))):
        bench.part(
            (
                (left - 0.05, -1.36),
                (left + 0.05, -1.36),
                (left + 0.05, -1.14),
                (left + 0.22, -0.76),
                (left - 0.22, -0.76),
                (left - 0.05, -1.14),
            ),
            (226.0, 240.0, 244.0),
            0.8,
        )
        bench.part(((left - 0.11, -1.0), (left + 0.11, -1.0), (left + 0.21, -0.77), (left - 0.21, -0.77)), liquid)
        age = (np.arange(4) / 4 + stage.t * 0.3 + left) % 1.0
        bench.ovals(
            [
                (
                    left + 0.06 * float(np.sin(9.0 * a + left)),
                    -0.8 - 0.75 * float(a),
                    0.02 + 0.015 * float(a),
                    0.02 + 0.015 * float(a),
                )
                for a in age
            ],
            mix(liquid, WHITE, 0.5),
            0.8,
        )


def draw_museum(canvas: Canvas, stage: Stage) -> None:
    """Gold frames under spots, columns, a marble floor, a rope before it all."""
    room = Room(canvas, stage)
    room.walls((126.0, 60.0, 64.0), (156.0, 78.0, 78.0))
    room.panel(0.12, (226.0, 214.0, 194.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    for shift in repeats(room, 1.6):
        for number, (x, y, w, h) in enumerate(
            ((-0.3, -0.3, 0.34, 0.26), (0.3, -0.27, 0.2, 0.28), (0.74, -0.3, 0.26, 0.22))
        ):
            frame = room.things([shift + x], 1.0, low + y + 0.08)
            frame.box(-w / 2 - 0.022, -h - 0.022, w / 2 + 0.022, 0.022, (214.0, 170.0, 80.0))
            frame.box(-w / 2, -h, w / 2, 0.0, ((96.0, 140.0, 176.0), (60.0, 56.0, 70.0), (226.0, 190.0, 120.0))[number])
            if number == 0:
                frame.part(
                    ((-w / 2, 0.0), (-w / 2, -0.09), (-0.05, -0.16), (0.04, -0.08), (w / 2, -0.13), (w / 2, 0.0)),
                    (90.0, 130.0, 90.0),
                )
                frame.ovals(((0.09, -0.2, 0.03, 0.03),), (250.0, 230.0, 160.0))
            elif number == 1:
                frame.part(((-0.07, 0.0), (-0.06, -0.08), (0.06, -0.08), (0.07, 0.0)), (150.0, 70.0, 70.0))
                frame.ovals(((0.0, -0.14, 0.042, 0.055),), (236.0, 200.0, 170.0))
                frame.ovals(((0.0, -0.18, 0.046, 0.03),), (96.0, 66.0, 50.0))
            else:
                frame.ovals(((-0.05, -0.12, 0.05, 0.05),), (196.0, 70.0, 66.0))
                frame.part(((0.0, -0.04), (0.1, -0.04), (0.05, -0.18)), (60.0, 100.0, 150.0))
            beam = ((-0.03, -h - 0.16), (0.03, -h - 0.16), (w / 2, 0.0), (-w / 2, 0.0))
            frame.lit(beam, stage.drained((255.0, 240.0, 200.0)), 0.16)
        pillar = room.things([shift - 0.62], 1.0, low)
        pillar.box(-0.05, -1.2, 0.05, 0.0, (232.0, 224.0, 210.0))
        pillar.box(0.02, -1.2, 0.05, 0.0, (200.0, 190.0, 176.0))
        pillar.box(-0.07, -0.05, 0.07, 0.0, (240.0, 232.0, 220.0))
    room.tiles((232.0, 226.0, 216.0), (196.0, 186.0, 176.0))
    layer = stage.layer(0.7, 107)
    index = layer.cells(0.34, 0.4)
    posts = room.things(index * 0.34, 0.11, 0.15, 0.7)
    share = np.linspace(0.0, 1.0, 9)
    rope = [(float(s) * 0.34 / 0.11, -0.86 + 0.9 * float(s * (1 - s))) for s in share]
    posts.part(rope + [(a, b + 0.09) for a, b in rope[::-1]], (176.0, 50.0, 60.0))
    posts.box(-0.05, -0.95, 0.05, 0.0, (220.0, 180.0, 90.0))
    posts.ovals(((0.0, -1.0, 0.1, 0.1), (0.0, 0.0, 0.22, 0.06)), (236.0, 198.0, 106.0))


def draw_cafe(canvas: Canvas, stage: Stage) -> None:
    """A counter with bottles and a coffee machine, round tables, warm lamps, a big window."""
    room = Room(canvas, stage, dark=0.2)
    room.walls((96.0, 128.0, 116.0), (124.0, 154.0, 138.0))
    room.panel(0.16, (142.0, 96.0, 64.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    for shift in repeats(room, 1.7):
        window(room, shift - 0.72, -0.42, 0.46, 0.36)
        bottles(room, shift + 0.06, low - 0.36, 10)
        bottles(room, shift + 0.06, low - 0.5, 10)
        menu = room.things([shift - 0.1], 0.15, low - 0.32)
        menu.box(-0.45, -1.3, 0.45, 0.0, (110.0, 76.0, 52.0))
        menu.box(-0.38, -1.2, 0.38, -0.1, (46.0, 52.0, 54.0))
        for k in range(5):
            menu.box(-0.28, -1.05 + 0.19 * k, 0.05 + 0.06 * (k % 3), -1.0 + 0.19 * k, (236.0, 232.0, 220.0))
        counter = room.things([shift + 0.34], 0.26, low + 0.02)
        counter.box(-1.4, -0.8, 1.4, 0.0, (126.0, 82.0, 54.0))
        counter.box(-1.48, -0.9, 1.48, -0.77, (206.0, 160.0, 110.0))
        for k in range(5):
            counter.box(-1.28 + 0.54 * k, -0.66, -0.86 + 0.54 * k, -0.12, (150.0, 100.0, 66.0))
        counter.box(0.2, -1.36, 0.86, -0.9, (196.0, 202.0, 208.0))
        counter.box(0.26, -1.26, 0.8, -1.1, (90.0, 100.0, 112.0))
        counter.ovals(((0.4, -0.96, 0.06, 0.05), (0.64, -0.96, 0.06, 0.05)), (250.0, 246.0, 238.0))
    room.tiles((206.0, 188.0, 164.0), (110.0, 84.0, 70.0))
    layer = stage.layer(0.7, 108)
    _, x = landmarks(layer, 0.8, -0.4, 0.2)
    table = room.things(x, 0.16, 0.16, 0.7)
    table.box(-0.04, -0.8, 0.04, 0.0, (66.0, 62.0, 64.0))
    table.ovals(((0.0, 0.0, 0.3, 0.07),), (66.0, 62.0, 64.0))
    table.ovals(((0.0, -0.78, 0.62, 0.13),), (140.0, 94.0, 62.0))
    table.ovals(((0.0, -0.82, 0.62, 0.13),), (206.0, 156.0, 104.0))
    table.ovals(((0.14, -0.86, 0.1, 0.04),), (250.0, 248.0, 242.0))
    table.box(0.08, -0.98, 0.2, -0.87, (250.0, 248.0, 242.0))
    pendants(room, 0.55, -0.34, (214.0, 140.0, 70.0))


def draw_hall(canvas: Canvas, stage: Stage) -> None:
    """A castle's hall: stone arches with windows, banners, torches, a long carpet."""
    room = Room(canvas, stage, dark=0.6)
    room.walls((106.0, 102.0, 108.0), (142.0, 136.0, 136.0))
    low = (room.edge - stage.horizon) / room.wall.scale
    stones = room.wall.cells(0.12, 0.2)
    for row in range(8):
        course = room.things((stones + 0.5 * (row % 2)) * 0.12, 0.08, low - 0.1 * row)
        course.box(0.05, -1.1, 1.35, -1.0, (98.0, 94.0, 100.0), 0.6)
        course.box(0.0, -1.1, 0.07, 0.1, (98.0, 94.0, 100.0), 0.5)
    arch = [(0.5 * np.cos(a), -0.55 + 0.62 * np.sin(a)) for a in np.linspace(np.pi, 2 * np.pi, 13)]
    for shift in repeats(room, 1.0):
        tall = room.things([shift - 0.25], 0.26, low - 0.22)
        tall.part([(-0.56, 0.04), *[(1.12 * a, 1.1 * b + 0.02) for a, b in arch], (0.56, 0.04)], (176.0, 168.0, 162.0))
        tall.lit(
            [(-0.46, 0.0), *[(0.92 * a, 0.95 * b) for a, b in arch], (0.46, 0.0)],
            stage.drained(mix(stage.air.sky[2], stage.air.sky[3], 0.4)),
        )
        for k, glass in enumerate(((206.0, 70.0, 70.0), (236.0, 186.0, 80.0), (70.0, 120.0, 190.0))):
            tall.lit(
                (
                    (-0.4 + 0.28 * k, -0.06),
                    (-0.16 + 0.28 * k, -0.06),
                    (-0.16 + 0.28 * k, -0.5),
                    (-0.4 + 0.28 * k, -0.5),
                ),
                stage.drained(glass),
                0.4,
            )
        tall.box(-0.02, -1.1, 0.02, 0.0, (110.0, 104.0, 104.0))
        banner = room.things([shift + 0.25], 0.3, low - 0.2)
        wave = 0.02 * float(np.sin(stage.t * 1.3 + shift))
        banner.part(
            ((-0.3, -1.1), (0.3, -1.1), (0.3 + wave, -0.2), (wave, 0.0), (-0.3 + wave, -0.2)), (150.0, 40.0, 52.0)
        )
        banner.part(((-0.3, -1.1), (-0.22, -1.1), (-0.22 + wave, -0.17), (-0.3 + wave, -0.2)), (224.0, 180.0, 84.0))
        banner.part(((0.22, -1.1), (0.3, -1.1), (0.3 + wave, -0.2), (0.22 + wave, -0.17)), (224.0, 180.0, 84.0))
        banner.part(((0.0, -0.86), (0.14, -0.66), (0.0, -0.42), (-0.14, -0.66)), (232.0, 192.0, 96.0))
    room.tiles((150.0, 142.0, 138.0), (120.0, 112.0, 112.0))
    carpet = room.things([0.0], 1.0, 0.0, 1.0)
    y = (room.edge - stage.horizon) / carpet.layer.scale
    carpet.part(((-0.16, y), (0.16, y), (0.42, 0.9), (-0.42, 0.9)), (150.0, 40.0, 50.0))
    carpet.part(((-0.14, y), (-0.125, y), (-0.33, 0.9), (-0.37, 0.9)), (220.0, 176.0, 84.0))
    carpet.part(((0.14, y), (0.125, y), (0.33, 0.9), (0.37, 0.9)), (220.0, 176.0, 84.0))
    for shift in repeats(room, 1.0):
        for x in (shift, shift + 0.5):
            bracket = room.things([x], 0.1, low - 0.2)
            bracket.part(((-0.1, 0.1), (0.1, 0.1), (0.2, -0.5), (-0.2, -0.5)), (64.0, 58.0, 60.0))
            flame(room, room.wall, x, low - 0.25, 0.045)
