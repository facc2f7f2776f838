"""Musical instruments in people's hands; see `props.py` for what the arguments are."""

from __future__ import annotations

from engines.sketch.canvas.svg import Point, area, line, oval, rect, ring, taper

from .faces import shaded
from .wardrobe import GROUND

_GOLD = "#f2c53f"


def microphone(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    return taper(((x - 2 * k, y + 7 * k), (x + 1.5 * k, y - 3 * k)), (1.1 * k, 1.8 * k), c or "#33363f") + oval(
        x + 2.2 * k, y - 5 * k, 3.1 * k, 3.1 * k, "#9aa3ad"
    )


def guitar(h: Point, f: Point, k: float, p: float, c: str) -> str:
    colour = c or "#c9803c"
    x, y = h[0] - 1 * k, h[1] + 1 * k
    neck_end = (f[0] + 5 * k, f[1] - 4 * k)
    body = oval(x - 5 * k, y + 3 * k, 9.5 * k, 9 * k, colour) + oval(x + 5 * k, y - 2.5 * k, 7 * k, 6.6 * k, colour)
    return (
        line([(x, y), neck_end], "#5a3a22", 2.8 * k)
        + body
        + oval(x + 0.6 * k, y, 3 * k, 3 * k, "#3a2418")
        + line([(x - 8 * k, y + 5 * k), neck_end], "#f4ead2", 0.6 * k)
        + line([neck_end, (neck_end[0] + 3 * k, neck_end[1] - 2.6 * k)], "#3a2418", 4 * k)
    )


def violin(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = f
    body = (
        oval(x - 10 * k, y - 3 * k, 6 * k, 4.2 * k, c or "#a8552c")
        + oval(x - 3 * k, y - 3 * k, 4.6 * k, 3.4 * k, c or "#a8552c")
        + line([(x, y - 3 * k), (x + 10 * k, y - 3.4 * k)], "#3a2418", 1.8 * k)
    )
    return body + line([(h[0] - 2 * k, h[1] + 4 * k), (h[0] - 10 * k, h[1] - 22 * k)], "#5a3a22", 1.3 * k)


def piano(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = (h[0] + f[0]) / 2 + 6 * k, max(h[1], f[1]) + 3 * k
    legs = line([(x - 10 * k, y + 4 * k), (x - 10 * k, GROUND - 1)], "#22242b", 3 * k) + line(
        [(x + 24 * k, y + 4 * k), (x + 24 * k, GROUND - 1)], "#22242b", 3 * k
    )
    box = rect(x - 4 * k, y - 20 * k, 32 * k, 26 * k, c or "#2c2f38", 2 * k)
    keys = rect(x - 13 * k, y, 20 * k, 3.4 * k, "#fbfaf4") + "".join(
        line([(x + (-11 + 3.2 * i) * k, y + 0.4 * k), (x + (-11 + 3.2 * i) * k, y + 1.8 * k)], "#22242b", 1.0 * k)
        for i in range(6)
    )
    return legs + box + keys + line([(x - 13 * k, y + 4.6 * k), (x + 27 * k, y + 4.6 * k)], c or "#2c2f38", 2.6 * k)


def drum(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = (h[0] + f[0]) / 2 + 4 * k, 0.0
    y = max(h[1], f[1]) + 12 * k
    shell = rect(x - 13 * k, y, 26 * k, 17 * k, c or "#c8343c")
    lace = line(
        [
            (x - 13 * k, y + 2 * k),
            (x - 6 * k, y + 16 * k),
            (x, y + 3 * k),
            (x + 6 * k, y + 16 * k),
            (x + 13 * k, y + 2 * k),
        ],
        _GOLD,
        1.1 * k,
    )
    sticks = "".join(line([hand, (hand[0] + 7 * k, hand[1] + 9 * k)], "#d9b27a", 1.7 * k) for hand in (h, f))
    return (
        shell
        + lace
        + oval(x, y + 17 * k, 13 * k, 3 * k, shaded(c or "#c8343c"))
        + oval(x, y, 13 * k, 3.4 * k, "#fbf5e4")
        + sticks
    )


def trumpet(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    gold = c or _GOLD
    return (
        line([(x - 8 * k, y), (x + 20 * k, y - 3 * k)], gold, 2.2 * k)
        + ring(x + 4 * k, y + 2 * k, 3.6 * k, gold, 1.6 * k)
        + area(
            [(x + 16 * k, y - 4 * k), (x + 16 * k, y - 1.4 * k), (x + 25 * k, y + 4 * k), (x + 25 * k, y - 11 * k)],
            gold,
        )
    )


def flute(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    return line([(x - 7 * k, y - 2 * k), (f[0] + 10 * k, f[1] + 4 * k)], c or "#c9ced6", 2.0 * k)
