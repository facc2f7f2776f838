"""Tools in people's hands; see `props.py` for what the arguments are."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

from engines.sketch.canvas.svg import Point, area, fill, line, oval, rect, ring, smooth, star, stroke, taper

from .faces import shaded
from .wardrobe import GROUND

_WOOD, _STEEL = "#8a5f38", "#dfe6ec"
_X = 110.0  # where a figure stands


def quill(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    board = area(
        [(x - 12 * k, y + 5 * k), (x + 10 * k, y + 3 * k), (x + 14 * k, y + 7 * k), (x - 9 * k, y + 9 * k)], "#fdf8ea"
    )
    return board + taper(
        ((x + 1 * k, y + 4 * k), (x + 4 * k, y - 6 * k), (x + 9 * k, y - 15 * k)),
        (0.6 * k, 2.2 * k, 0.4 * k),
        c or "#f4f6fa",
    )


def brush(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = f
    palette = oval(x + 3 * k, y, 8 * k, 5.5 * k, "#c79a63")
    for dx, dy, colour in (
        (-1.0, -2.4, "#e2453c"),
        (3.0, -3.4, "#f2c53f"),
        (7.0, -1.4, "#3f86d8"),
        (4.0, 2.4, "#58b060"),
    ):
        palette += oval(x + dx * k, y + dy * k, 1.7 * k, 1.4 * k, colour)
    ex = h[0] + 13 * k
    easel = line([(ex + 9 * k, h[1] - 24 * k), (ex - 2 * k, GROUND)], _WOOD, 2.2 * k) + line(
        [(ex + 9 * k, h[1] - 24 * k), (ex + 20 * k, GROUND)], _WOOD, 2.2 * k
    )
    y0 = h[1] - 18 * k
    canvas = (
        f'<rect x="{ex - 2 * k:.2f}" y="{y0:.2f}" width="{23 * k:.2f}" height="{30 * k:.2f}" '
        f'fill="#fdfaf2" stroke="#b08a58" stroke-width="{1.4 * k:.2f}"/>'
    )
    canvas += oval(ex + 13 * k, y0 + 8 * k, 4 * k, 4 * k, "#f2b53f") + smooth(
        [
            (ex - 1 * k, y0 + 22 * k),
            (ex + 6 * k, y0 + 15 * k),
            (ex + 13 * k, y0 + 20 * k),
            (ex + 20 * k, y0 + 16 * k),
            (ex + 20 * k, y0 + 28 * k),
            (ex - 1 * k, y0 + 28 * k),
        ],
        c or "#58a868",
    )
    return (
        easel
        + canvas
        + palette
        + line([(h[0] - 5 * k, h[1] + 3 * k), (h[0] + 9 * k, h[1] - 5 * k)], _WOOD, 1.5 * k)
        + oval(h[0] + 10.5 * k, h[1] - 5.8 * k, 2.2 * k, 1.5 * k, c or "#e2453c")
    )


def pan(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    flip = 12 * k * max(0.0, sin(2 * pi * p))
    cake = (
        f'<ellipse cx="{x + 15 * k:.2f}" cy="{y - 2 * k - flip:.2f}" rx="{6.5 * k:.2f}" '
        f'ry="{1.8 * k:.2f}" fill="#eab04e" transform="rotate({360 * p:.1f} {x + 15 * k:.2f} '
        f'{y - 2 * k - flip:.2f})"/>'
    )
    return (
        cake
        + line([(x - 1 * k, y), (x + 8 * k, y)], "#33363f", 2.2 * k)
        + fill(
            c or "#454a56",
            "M",
            x + 6 * k,
            y - 1.5 * k,
            "L",
            x + 24 * k,
            y - 1.5 * k,
            "Q",
            x + 23 * k,
            y + 4 * k,
            x + 15 * k,
            y + 4 * k,
            "Q",
            x + 7 * k,
            y + 4 * k,
            x + 6 * k,
            y - 1.5 * k,
        )
    )


def rod(h: Point, f: Point, k: float, p: float, c: str) -> str:
    tip = (f[0] + 33 * k, f[1] - 27 * k)
    bob = 1.6 * k * sin(2 * pi * p)
    end = (tip[0] + 4 * k, GROUND - 4 * k + bob)
    return (
        stroke(
            (
                f"M{h[0] - 6 * k:.2f} {h[1] + 4 * k:.2f}L{f[0]:.2f} {f[1]:.2f}Q{f[0] + 20 * k:.2f} "
                f"{f[1] - 20 * k:.2f} {tip[0]:.2f} {tip[1]:.2f}"
            ),
            c or _WOOD,
            1.7 * k,
        )
        + line([tip, end], "#f2f6fa", 0.7 * k)
        + oval(end[0], end[1], 2.4 * k, 2.4 * k, "#e2453c")
        + oval(end[0], end[1] - 1.2 * k, 1.5 * k, 1.2 * k, "#ffffff")
    )


def tool(long: float, end: str) -> Callable[[Point, Point, float, float, str], str]:
    """A shaft from the near hand through the far one, with something at its end."""

    def draw(h: Point, f: Point, k: float, p: float, c: str) -> str:
        dx, dy = f[0] - h[0], f[1] - h[1]
        far = max(4.0, (dx * dx + dy * dy) ** 0.5)
        ux, uy = dx / far, dy / far
        tip = (f[0] + ux * long * k, f[1] + uy * long * k)
        shaft = line([(h[0] - ux * 8 * k, h[1] - uy * 8 * k), tip], _WOOD, 2.2 * k)
        if end == "blade":
            return shaft + taper((tip, (tip[0] + ux * 10 * k, tip[1] + uy * 10 * k)), (4.4 * k, 3.4 * k), "#9aa3ad")
        if end == "bristles":
            return shaft + taper((tip, (tip[0] + ux * 12 * k, tip[1] + uy * 12 * k)), (2.4 * k, 6 * k), "#e0b860")
        return shaft

    return draw


def swung(end: str) -> Callable[[Point, Point, float, float, str], str]:
    """A tool in the near hand that points up and forward."""

    def draw(h: Point, f: Point, k: float, p: float, c: str) -> str:
        x, y = h
        tip = (x + 8 * k, y - 17 * k)
        shaft = line([(x - 3 * k, y + 6 * k), tip], _WOOD, 2.2 * k)
        if end == "axe":
            return shaft + smooth(
                [
                    (tip[0] - 1 * k, tip[1] - 2 * k),
                    (tip[0] + 10 * k, tip[1] - 5 * k),
                    (tip[0] + 11 * k, tip[1] + 7 * k),
                    (tip[0] + 1 * k, tip[1] + 4 * k),
                ],
                c or "#b4bdc8",
            )
        return shaft + line(
            [(tip[0] - 5 * k, tip[1] - 2 * k), (tip[0] + 6 * k, tip[1] + 2 * k)], c or "#8a929c", 4.6 * k
        )

    return draw


def camera(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    flash = star(x + 6 * k, y - 8 * k, 9 * k, "#fffbe0") if p < 0.06 else ""
    return (
        rect(x - 5 * k, y - 7 * k, 13 * k, 9 * k, c or "#33363f", 1.6 * k)
        + oval(x + 6 * k, y - 2.4 * k, 3.4 * k, 3.4 * k, "#7fb8d8")
        + flash
    )


def lens(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h[0] + 6 * k, h[1] - 9 * k
    return (
        line([h, (x - 2 * k, y + 5 * k)], _WOOD, 2.2 * k)
        + oval(x, y, 6 * k, 6 * k, "#d5f0ff", 0.5)
        + ring(x, y, 6 * k, "#4a4038", 1.6 * k)
    )


def bow(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = f
    arc = stroke(
        f"M{x - 3 * k:.2f} {y - 24 * k:.2f}Q{x + 10 * k:.2f} {y:.2f} {x - 3 * k:.2f} {y + 24 * k:.2f}",
        c or _WOOD,
        2.2 * k,
    )
    string = line([(x - 3 * k, y - 24 * k), h, (x - 3 * k, y + 24 * k)], "#f0ead8", 0.7 * k)
    return (
        arc
        + string
        + line([h, (x + 10 * k, y)], "#d9b27a", 1.2 * k)
        + area([(x + 9 * k, y - 2 * k), (x + 14 * k, y), (x + 9 * k, y + 2 * k)], _STEEL)
    )


def seedling(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h[0] + 4 * k, min(h[1], GROUND - 2)
    return (
        line([(x, y + 4 * k), (x, y - 7 * k)], "#4f9a4a", 1.6 * k)
        + oval(x - 4 * k, y - 8 * k, 4 * k, 2 * k, "#62b556")
        + oval(x + 4 * k, y - 9 * k, 4 * k, 2 * k, "#62b556")
        + (oval(x, y - 11 * k, 3 * k, 3 * k, c) if c else "")
    )


def can(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h[0] + 6 * k, h[1] + 5 * k
    colour = c or "#5f9ab8"
    drops = "".join(
        oval(x + (16 + 3 * i) * k, y + (2 + ((p * 3 + i * 0.3) % 1) * 20) * k, 0.9 * k, 1.6 * k, "#8fd0f0")
        for i in range(4)
    )
    return (
        drops
        + area([(x - 6 * k, y - 5 * k), (x + 6 * k, y - 5 * k), (x + 6 * k, y + 6 * k), (x - 6 * k, y + 6 * k)], colour)
        + line([(x + 5 * k, y + 2 * k), (x + 15 * k, y - 4 * k)], colour, 2.2 * k)
        + ring(x - 2 * k, y - 6 * k, 4.4 * k, colour, 1.6 * k)
    )


def oars(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = (h[0] + f[0]) / 2, (h[1] + f[1]) / 2
    tip = (x + 16 * k + 12 * k * cos(2 * pi * p), GROUND + 1 + 5 * k * sin(2 * pi * p))
    colour = c or "#a8552c"
    hull = fill(
        colour,
        "M",
        _X - 42 * k,
        GROUND - 19 * k,
        "Q",
        _X,
        GROUND - 13 * k,
        _X + 46 * k,
        GROUND - 20 * k,
        "Q",
        _X + 40 * k,
        GROUND,
        _X + 26 * k,
        GROUND,
        "L",
        _X - 26 * k,
        GROUND,
        "Q",
        _X - 40 * k,
        GROUND - 4 * k,
        _X - 42 * k,
        GROUND - 19 * k,
    )
    rim = stroke(
        f"M{_X - 42 * k:.2f} {GROUND - 19 * k:.2f}Q{_X} {GROUND - 13 * k:.2f} {_X + 46 * k:.2f} {GROUND - 20 * k:.2f}",
        shaded(colour, -0.3),
        2.6 * k,
    )
    return (
        hull
        + rim
        + line([(x - 6 * k, y - 3 * k), tip], "#d9b27a", 2.2 * k)
        + oval(tip[0], tip[1], 3 * k, 5 * k, "#d9b27a")
    )


def poles(h: Point, f: Point, k: float, p: float, c: str) -> str:
    return "".join(line([(x, y - 3 * k), (x - 14 * k, min(GROUND, y + 34 * k))], "#4a5260", 1.4 * k) for x, y in (h, f))


def rope(h: Point, f: Point, k: float, p: float, c: str) -> str:
    return line([(h[0] - 4 * k, h[1] + 2 * k), (f[0] + 46 * k, f[1] + 2 * k)], c or "#c9a060", 2.0 * k)


def wheel(h: Point, f: Point, k: float, p: float, c: str) -> str:
    return ring((h[0] + f[0]) / 2 + 3 * k, (h[1] + f[1]) / 2 + 2 * k, 9 * k, c or "#33363f", 2.2 * k)


def knitting(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = (h[0] + f[0]) / 2 + 2 * k, (h[1] + f[1]) / 2 + 1 * k
    colour = c or "#c8424e"
    cloth = area([(x - 5 * k, y), (x + 5 * k, y), (x + 6 * k, y + 19 * k), (x - 4 * k, y + 20 * k)], colour)
    rows = "".join(
        line([(x - 4.6 * k, y + i * k), (x + 5.2 * k, y + i * k)], shaded(colour, 0.16), 1.0 * k) for i in (4, 9, 14)
    )
    needles = "".join(
        line([(x - way * 3 * k, y + 2 * k), (x + way * 9 * k, y - 7 * k)], "#d9b27a", 1.3 * k)
        + oval(x + way * 9 * k, y - 7 * k, 1.4 * k, 1.4 * k, "#8a5f38")
        for way in (-1, 1)
    )
    return cloth + rows + needles
