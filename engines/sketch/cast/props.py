"""Things in people's hands. Drawn at the hand that holds them, in units of an adult's drawing times `k`."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

from engines.sketch.canvas.svg import Point, area, fill, line, oval, rect, ring, smooth, star, stroke

from . import instruments, tools
from .faces import shaded
from .wardrobe import GROUND

_WOOD, _STEEL, _GOLD = "#8a5f38", "#dfe6ec", "#f2c53f"

Draw = Callable[[Point, Point, float, float, str], str]
"""(near hand, far hand, size, phase 0..1 of the deed, colour or "") → SVG."""


def _book(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = (h[0] + f[0]) / 2 + 3 * k, (h[1] + f[1]) / 2 - 3 * k
    cover = c or "#a8443a"
    back = area(
        [
            (x - 12 * k, y - 2 * k),
            (x, y + 2 * k),
            (x + 12 * k, y - 2 * k),
            (x + 12 * k, y + 9 * k),
            (x, y + 13 * k),
            (x - 12 * k, y + 9 * k),
        ],
        cover,
    )
    page = area(
        [
            (x - 10.5 * k, y - 4 * k),
            (x, y),
            (x + 10.5 * k, y - 4 * k),
            (x + 10.5 * k, y + 6 * k),
            (x, y + 10 * k),
            (x - 10.5 * k, y + 6 * k),
        ],
        "#fdf8ea",
    )
    leaf = ""
    if p > 0.7:  # a page is turned
        turn = cos(pi * (p - 0.7) / 0.3)
        leaf = area(
            [
                (x, y),
                (x + 10 * k * turn, y - (4 + 5 * (1 - abs(turn))) * k),
                (x + 10 * k * turn, y + (6 - 5 * (1 - abs(turn))) * k),
                (x, y + 10 * k),
            ],
            "#f3ead2",
        )
    return back + page + leaf + line([(x, y), (x, y + 10 * k)], "#cdbf9c", 0.7 * k)


def _cup(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h[0] + 4 * k, h[1]
    steam = stroke(f"M{x:.2f} {y - 6 * k:.2f}q{2 * k:.2f} {-3 * k:.2f} 0 {-6 * k:.2f}", "#ffffff", 1.0 * k)
    return (
        steam
        + ring(x + 4.6 * k, y, 2.6 * k, c or "#f4f0e6", 1.4 * k)
        + area(
            [
                (x - 4 * k, y - 4.5 * k),
                (x + 4.4 * k, y - 4.5 * k),
                (x + 3.6 * k, y + 4.5 * k),
                (x - 3.2 * k, y + 4.5 * k),
            ],
            c or "#f4f0e6",
        )
    )


def _umbrella(h: Point, f: Point, k: float, p: float, c: str) -> str:
    colour = c or "#d5404a"
    x, y = h[0] + 0.5 * k, h[1]
    top = y - 56 * k
    r = 31 * k
    low = top + 20 * k
    dome = fill(
        colour,
        *("M", x - r, low, "C", x - r, top - 6 * k, x + r, top - 6 * k, x + r, low),
        *("Q", x + r * 0.75, low - 6 * k, x + r * 0.5, low, "Q", x + r * 0.25, low - 6 * k, x, low),
        *("Q", x - r * 0.25, low - 6 * k, x - r * 0.5, low, "Q", x - r * 0.75, low - 6 * k, x - r, low),
    )
    rib = fill(
        shaded(colour, 0.13),
        "M",
        x,
        top + 0.5 * k,
        "Q",
        x + r * 0.56,
        top + 4 * k,
        x + r * 0.5,
        low,
        "Q",
        x + r * 0.25,
        low - 6 * k,
        x,
        low,
    )
    rib += fill(
        shaded(colour, -0.18),
        "M",
        x,
        top + 0.5 * k,
        "Q",
        x - r * 0.95,
        top + 2 * k,
        x - r,
        low,
        "Q",
        x - r * 0.75,
        low - 6 * k,
        x - r * 0.5,
        low,
        "Q",
        x - r * 0.5,
        top + 6 * k,
        x,
        top + 0.5 * k,
    )
    hook = stroke(
        (
            f"M{x:.2f} {top - 3 * k:.2f}V{y + 8 * k:.2f}q0 {4 * k:.2f} {4 * k:.2f} "
            f"{4 * k:.2f}q{3 * k:.2f} 0 {3 * k:.2f} {-3 * k:.2f}"
        ),
        "#5a4636",
        1.8 * k,
    )
    return hook + dome + rib


def _sword(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    blade = area(
        [(x + 1 * k, y - 5 * k), (x + 4.6 * k, y - 3.6 * k), (x + 16 * k, y - 36 * k), (x + 13 * k, y - 33 * k)],
        c or _STEEL,
    )
    return (
        blade
        + line([(x + 2.8 * k, y - 4.5 * k), (x + 14 * k, y - 33 * k)], "#b4bfca", 0.8 * k)
        + line([(x - 3 * k, y - 6.5 * k), (x + 8 * k, y - 2.6 * k)], _GOLD, 2.6 * k)
        + line([(x + 2.4 * k, y - 3.4 * k), (x - 1.4 * k, y + 5 * k)], "#7a4a26", 2.4 * k)
    )


def _staff(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x = h[0] + 1 * k
    glow = 1.0 + 0.14 * sin(2 * pi * p)
    tip = h[1] - 40 * k
    return (
        line([(x, tip), (x + 2 * k, min(GROUND - 1, h[1] + 46 * k))], _WOOD, 2.8 * k)
        + oval(x, tip - 3 * k, 8 * k * glow, 8 * k * glow, c or "#7fe0ff", 0.3)
        + oval(x, tip - 3 * k, 4.2 * k, 4.2 * k, c or "#7fe0ff")
        + oval(x + 1.2 * k, tip - 4.4 * k, 1.2 * k, 1.2 * k, "#ffffff")
    )


def _cane(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    return stroke(
        (
            f"M{x - 5 * k:.2f} {y:.2f}q{k:.2f} {-4 * k:.2f} {5 * k:.2f} {-1 * k:.2f}L{x + 2 * k:.2f} "
            f"{max(y + 8, GROUND - 1):.2f}"
        ),
        _WOOD,
        2.2 * k,
    )


def _wand(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    tx, ty = x + 13 * k, y - 13 * k
    sparks = "".join(
        star(
            tx + (6 + 13 * ((p + i / 6) % 1)) * k * cos(i * 2.4),
            ty + (6 + 13 * ((p + i / 6) % 1)) * k * sin(i * 2.4),
            2.9 * k * (1.05 - (p + i / 6) % 1),
            c or ("#fff2a8" if i % 2 else "#ffc94a"),
        )
        for i in range(6)
    )
    return line([(x - 3 * k, y + 3 * k), (tx, ty)], "#4a3428", 1.8 * k) + sparks + star(tx, ty, 5 * k, c or _GOLD)


def _flag(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    wave = 3 * k * sin(2 * pi * p)
    top = y - 34 * k
    cloth = fill(
        c or "#d5404a",
        "M",
        x,
        top,
        "C",
        x - 9 * k,
        top - 3 * k + wave,
        x - 18 * k,
        top + 5 * k - wave,
        x - 28 * k,
        top + wave,
        "L",
        x - 28 * k,
        top + 16 * k + wave,
        "C",
        x - 18 * k,
        top + 21 * k - wave,
        x - 9 * k,
        top + 13 * k + wave,
        x,
        top + 16 * k,
    )
    return cloth + line([(x, top - 2 * k), (x, y + 10 * k)], "#d9cfb8", 2.0 * k)


def _lantern(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h[0] + 2 * k, h[1] + 13 * k
    return (
        line([(h[0], h[1]), (x, y - 8 * k)], "#4a4038", 1.2 * k)
        + oval(x, y, 14 * k, 14 * k, "#ffdf7a", 0.22 + 0.06 * sin(2 * pi * p))
        + smooth(
            [
                (x - 5 * k, y - 6 * k),
                (x + 5 * k, y - 6 * k),
                (x + 6.4 * k, y),
                (x + 5 * k, y + 6 * k),
                (x - 5 * k, y + 6 * k),
                (x - 6.4 * k, y),
            ],
            c or "#ffcf5a",
        )
        + line([(x - 4 * k, y - 7 * k), (x + 4 * k, y - 7 * k)], "#4a4038", 2 * k)
        + line([(x - 4 * k, y + 7 * k), (x + 4 * k, y + 7 * k)], "#4a4038", 2 * k)
    )


def _torch(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    lick = 2 * k * sin(2 * pi * p)
    return (
        oval(x + 2 * k, y - 20 * k, 13 * k, 14 * k, "#ffb04a", 0.25)
        + line([(x - 1 * k, y + 6 * k), (x + 2 * k, y - 12 * k)], _WOOD, 2.8 * k)
        + smooth(
            [
                (x - 3 * k, y - 13 * k),
                (x - 3 * k, y - 19 * k),
                (x + 2 * k + lick, y - 30 * k),
                (x + 7 * k, y - 18 * k),
                (x + 6 * k, y - 13 * k),
            ],
            "#f2762e",
        )
        + smooth(
            [(x - 0.5 * k, y - 13 * k), (x + 2 * k + lick * 0.5, y - 23 * k), (x + 4.5 * k, y - 13 * k)], "#ffd95a"
        )
    )


def _balloon(h: Point, f: Point, k: float, p: float, c: str) -> str:
    sway = 3 * k * sin(2 * pi * p)
    x, y = h[0] + 4 * k + sway, h[1] - 44 * k
    colour = c or "#e2404a"
    return (
        stroke(
            f"M{h[0]:.2f} {h[1]:.2f}Q{h[0] - 3 * k:.2f} {h[1] - 16 * k:.2f} {x:.2f} {y + 14 * k:.2f}",
            "#f4f4f0",
            0.9 * k,
        )
        + area([(x - 2 * k, y + 16 * k), (x + 2 * k, y + 16 * k), (x, y + 12 * k)], shaded(colour))
        + oval(x, y, 11 * k, 13.4 * k, colour)
        + oval(x + 4 * k, y - 5 * k, 2.4 * k, 3.6 * k, "#ffffff", 0.6)
    )


def _flowers(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = h
    stems = "".join(line([(x, y + 4 * k), (x + dx * k, y - 10 * k)], "#4f9a4a", 1.3 * k) for dx in (-4, 1, 6))
    heads = "".join(
        oval(x + dx * k, y + dy * k, 3.6 * k, 3.6 * k, colour) + oval(x + dx * k, y + dy * k, 1.4 * k, 1.4 * k, _GOLD)
        for dx, dy, colour in ((-4, -12, c or "#f07a9a"), (6, -12, c or "#f2f0fa"), (1, -15, c or "#e2455a"))
    )
    return stems + heads


def _balls(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, parts = (h[0] + f[0]) / 2, []
    for i, colour in enumerate(("#e2453c", "#f2c53f", "#3f86d8")):
        share = (p + i / 3) % 1.0
        parts.append(
            oval(
                x + 15 * k * cos(2 * pi * share),
                h[1] - 8 * k - 28 * k * abs(sin(pi * share)) ** 0.7,
                3.6 * k,
                3.6 * k,
                c or colour,
            )
        )
    return "".join(parts)


def _crate(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x, y = (h[0] + f[0]) / 2 + 4 * k, min(h[1], f[1]) - 12 * k
    colour = c or "#c99a5f"
    return (
        rect(x - 11 * k, y, 22 * k, 17 * k, colour, 1.2 * k)
        + line([(x - 11 * k, y + 5 * k), (x + 11 * k, y + 5 * k)], shaded(colour, 0.25), 1.2 * k)
        + line([(x - 11 * k, y + 12 * k), (x + 11 * k, y + 12 * k)], shaded(colour, 0.25), 1.2 * k)
    )


def _ball(h: Point, f: Point, k: float, p: float, c: str) -> str:
    gone = max(0.0, p - 0.3) / 0.7  # it leaves the hand
    x, y = (
        (h[0] + 4 * k, h[1] - 3 * k)
        if gone <= 0
        else (h[0] + (4 + 60 * gone) * k, h[1] + (-3 - 70 * gone * (1 - gone)) * k)
    )
    return oval(x, y, 4.2 * k, 4.2 * k, c or "#e2453c") + oval(
        x + 1.2 * k, y - 1.4 * k, 1.1 * k, 1.1 * k, "#ffffff", 0.7
    )


def _football(h: Point, f: Point, k: float, p: float, c: str) -> str:
    x = (h[0] + f[0]) / 2 + 20 * k + 26 * k * max(0.0, sin(2 * pi * p)) * (p < 0.5)
    y = GROUND - 5.4 * k - 20 * k * abs(sin(2 * pi * p)) * (p < 0.5)
    return oval(x, y, 5.4 * k, 5.4 * k, c or "#fbfbf7") + "".join(
        oval(x + 3.6 * k * cos(i * 2.1 + 6 * p), y + 3.6 * k * sin(i * 2.1 + 6 * p), 1.5 * k, 1.5 * k, "#2b2e38")
        for i in range(3)
    )


def _tears(h: Point, f: Point, k: float, p: float, c: str) -> str:
    return "".join(
        oval(h[0] + (4 + 3 * i) * k, h[1] + 4 * k + 26 * k * ((p + 0.5 * i) % 1), 1.5 * k, 2.3 * k, "#7fc4f2")
        for i in range(2)
    )


def _small(shape: str, colour: str, size: float) -> Draw:
    """Something small and round in the hand."""

    def draw(h: Point, f: Point, k: float, p: float, c: str) -> str:
        x, y, tone, r = h[0] + 3 * k, h[1] - 2 * k, c or colour, size * k
        if shape == "apple":
            return (
                oval(x, y, r, r * 0.94, tone)
                + line([(x, y - r), (x + 1 * k, y - r * 1.5)], _WOOD, 1.0 * k)
                + oval(x + 2.4 * k, y - r * 1.3, 2 * k, 1 * k, "#62b556")
            )
        if shape == "phone":
            return rect(x - 2 * k, y - 6 * k, 4.4 * k, 9 * k, tone, k)
        if shape == "cone":
            return (
                area([(x - r * 0.7, y - r * 0.4), (x + r * 0.7, y - r * 0.4), (x - 1 * k, y + r * 1.5)], "#e0a85a")
                + oval(x, y - r, r, r * 0.9, tone)
                + oval(x - r * 0.3, y - r * 1.4, r * 0.3, r * 0.2, "#ffffff", 0.7)
            )
        if shape == "bag":
            return (
                ring(x - 2 * k, y + 7 * k, 4 * k, shaded(tone, 0.2), 1.5 * k)
                + rect(x - 10 * k, y + 8 * k, 17 * k, 12 * k, tone, 2 * k)
                + line([(x - 10 * k, y + 12 * k), (x + 7 * k, y + 12 * k)], shaded(tone, 0.25), 1.0 * k)
            )
        if shape == "sack":
            return smooth(
                [
                    (x - 4 * k, y - 2 * k),
                    (x - 14 * k, y - 10 * k),
                    (x - 34 * k, y - 2 * k),
                    (x - 36 * k, y + 18 * k),
                    (x - 22 * k, y + 26 * k),
                    (x - 10 * k, y + 14 * k),
                ],
                tone,
            )
        if shape == "shield":
            return (
                smooth(
                    [
                        (x - r, y - r),
                        (x, y - r * 1.2),
                        (x + r, y - r),
                        (x + r * 0.8, y + r * 0.5),
                        (x, y + r * 1.3),
                        (x - r * 0.8, y + r * 0.5),
                    ],
                    tone,
                )
                + line([(x, y - r * 0.9), (x, y + r)], _GOLD, 1.8 * k)
                + line([(x - r * 0.75, y - r * 0.2), (x + r * 0.75, y - r * 0.2)], _GOLD, 1.8 * k)
            )
        return oval(x, y, r, r, tone)

    return draw


PROPS: dict[str, Draw] = {
    "book": _book,
    "quill": tools.quill,
    "brush": tools.brush,
    "pan": tools.pan,
    "cup": _cup,
    "microphone": instruments.microphone,
    "umbrella": _umbrella,
    "sword": _sword,
    "staff": _staff,
    "cane": _cane,
    "wand": _wand,
    "flag": _flag,
    "lantern": _lantern,
    "torch": _torch,
    "balloon": _balloon,
    "flowers": _flowers,
    "guitar": instruments.guitar,
    "violin": instruments.violin,
    "piano": instruments.piano,
    "drum": instruments.drum,
    "trumpet": instruments.trumpet,
    "flute": instruments.flute,
    "balls": _balls,
    "rod": tools.rod,
    "shovel": tools.tool(24, "blade"),
    "broom": tools.tool(26, "bristles"),
    "hammer": tools.swung("hammer"),
    "axe": tools.swung("axe"),
    "crate": _crate,
    "ball": _ball,
    "football": _football,
    "camera": tools.camera,
    "lens": tools.lens,
    "bow": tools.bow,
    "seedling": tools.seedling,
    "can": tools.can,
    "oars": tools.oars,
    "poles": tools.poles,
    "rope": tools.rope,
    "wheel": tools.wheel,
    "knitting": tools.knitting,
    "tears": _tears,
    "apple": _small("apple", "#e2453c", 4.0),
    "phone": _small("phone", "#2b2e38", 4.0),
    "cone": _small("cone", "#f7a8c0", 4.0),
    "case": _small("bag", "#6a4428", 4.0),
    "sack": _small("sack", "#8a5a34", 4.0),
    "shield": _small("shield", "#4a6fb0", 10.0),
    "basket": _small("bag", "#c99a5f", 4.0),
}
"""By the names that the vocabulary's [held] and the deeds lead to."""


def prop(name: str, near: Point, far: Point, size: float, phase: float, colour: str) -> str:
    """A thing in the hands; "" for one that is not known."""
    draw = PROPS.get(name)
    return draw(near, far, size, phase, colour) if draw else ""
