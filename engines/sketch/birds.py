"""Birds that beat their wings: one side view, facing right, coloured by a few figures per species.

Units: an SVG of 120 x 120. A beat is a phase 0..1; at rest ("stand", "sit", "lie") the wings are folded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin

from .artwork import Drawing, Light, measured, recoloured
from .colours import BLACK, RGB, hexadecimal, mix, rgb
from .svg import area, document, fill, line, oval

_SIDE = 120.0
_RESTING = ("sit", "lie")


@dataclass(frozen=True, slots=True)
class Bird:
    """Colours, and lengths in units of the drawing."""

    body: str
    belly: str
    head: str
    beak: str = "#f0a52c"
    tail: str = ""  # "": as the body
    wing: float = 38.0
    bill: float = 8.0
    girth: float = 12.0


BIRDS: dict[str, Bird] = {
    "bird": Bird("#4f94d0", "#f4e3c8", "#4f94d0"),
    "black bird": Bird("#2f333d", "#434957", "#2f333d", "#4a4f5a", wing=42),
    "eagle": Bird("#6b4a33", "#83603f", "#f7f5ef", "#f2b632", "#f7f5ef", 50, 10, 12),
    "hawk": Bird("#8a6440", "#efdfc4", "#7a5636", "#d9a53a", wing=46),
    "seagull": Bird("#dfe4ea", "#ffffff", "#ffffff", "#f0a52c", "#ffffff", 50),
    "dove": Bird("#f2f4f7", "#ffffff", "#f2f4f7", "#e8a0a0", wing=40),
    "parrot": Bird("#35a04e", "#f2c53a", "#d8342f", "#4a4038", "#2b6fd6", 38, 8),
    "robin": Bird("#7a6250", "#e0703a", "#7a6250", "#8a7a5a", wing=30, girth=13),
}


@lru_cache(maxsize=32)
def standing(name: str) -> Drawing:
    """The drawing with its wings level: its box does not change while they beat."""
    shape = measured(document(_body(BIRDS[name], 0.25, folded=False), _SIDE), _SIDE)
    return Drawing(shape.svg, (14.0, 18.0, 98.0, 78.0), rgb(BIRDS[name].body))


def beat(name: str, gait: str, phase: float, target: RGB | None, light: Light) -> bytes:
    """The SVG document of a bird at a phase of its wing beat, coloured and lit."""
    bird = BIRDS[name]
    return recoloured(document(_body(bird, phase, folded=gait in _RESTING), _SIDE), rgb(bird.body), target, light)


def _body(b: Bird, phase: float, *, folded: bool) -> str:
    """Far wing, tail, body, head, near wing."""
    x, y = 58.0, 62.0
    g = b.girth
    dark = hexadecimal(mix(rgb(b.body), BLACK, 0.2))
    tail = area([(x - 22, y - 3), (x - 46, y - 8), (x - 43, y), (x - 46, y + 6), (x - 22, y + 5)], b.tail or dark)
    trunk = fill(
        b.body,
        *("M", x - 28, y - 1, "C", x - 14, y - g * 1.15, x + 14, y - g * 1.2, x + 24, y - g * 0.7),
        *(
            "C",
            x + 30,
            y + g * 0.3,
            x + 14,
            y + g * 1.1,
            x,
            y + g * 0.95,
            "C",
            x - 14,
            y + g * 0.8,
            x - 24,
            y + 4,
            x - 28,
            y - 1,
        ),
    )
    belly = fill(
        b.belly,
        *("M", x + 26, y - 2, "C", x + 26, y + g * 0.6, x + 12, y + g * 1.08, x, y + g * 0.95),
        *(
            "C",
            x - 8,
            y + g * 0.85,
            x - 14,
            y + g * 0.6,
            x - 18,
            y + g * 0.36,
            "C",
            x,
            y + g * 0.6,
            x + 16,
            y + g * 0.4,
            x + 26,
            y - 2,
        ),
    )
    hx, hy = x + 28, y - g * 0.85
    head = oval(hx, hy, 10.0, 9.4, b.head)
    bill = fill(
        b.beak, "M", hx + 7, hy - 4, "Q", hx + 10 + b.bill, hy - 3, hx + 9 + b.bill, hy + 4, "L", hx + 7, hy + 3
    )
    eye = oval(hx + 4, hy - 1.5, 1.7, 1.9, "#1f1a1c") + oval(hx + 4.6, hy - 2.1, 0.6, 0.6, "#ffffff")
    if folded:
        wing = fill(
            dark,
            "M",
            x + 14,
            y - g * 0.5,
            "C",
            x + 4,
            y + g * 0.7,
            x - 18,
            y + g * 0.5,
            x - 36,
            y + 1,
            "L",
            x - 8,
            y - g * 0.6,
        )
        legs = line([(x + 2, y + g), (x + 3, y + g + 10)], b.beak, 2.2) + line(
            [(x + 8, y + g), (x + 9, y + g + 10)], b.beak, 2.2
        )
        return tail + legs + trunk + belly + head + bill + eye + wing
    up = sin(2 * pi * phase)
    far = _wing(b, x + 8, y - g * 0.5, 0.86, up * 0.9 + 0.12, hexadecimal(mix(rgb(b.body), BLACK, 0.32)))
    return far + tail + trunk + belly + head + bill + eye + _wing(b, x + 4, y - g * 0.35, 1.0, up, dark)


def _wing(b: Bird, x: float, y: float, size: float, up: float, colour: str) -> str:
    """A wing from its root: raised for up = 1, lowered for -1, swept back."""
    angle = (0.5 + 0.62 * up) * pi / 2.2
    reach = b.wing * size
    tx, ty = x - reach * (0.62 + 0.2 * cos(angle)), y - reach * sin(angle)
    mx, my = x - reach * 0.1, y - reach * 0.62 * sin(angle)
    return fill(
        colour, "M", x + 9, y, "Q", mx + 8, my - 3, tx, ty, "Q", tx + reach * 0.36, (ty + y) / 2 + 5, x - 16, y + 4
    )
