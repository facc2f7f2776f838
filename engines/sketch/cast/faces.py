"""Round heads of animals, turned a little to us, with two eyes; `profiles.py` has the long ones from the side.

Units of the drawing; a head lies about (x, y) with the radius of its species and looks to the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin

from engines.sketch.canvas.colours import BLACK, WHITE, hexadecimal, mix, rgb
from engines.sketch.canvas.svg import Point, area, eye, line, oval, rect, smooth, stroke, taper

from .species import Species

_NOSE = "#2a2226"
_BLUSH = "#f28a86"


@dataclass(frozen=True, slots=True)
class Mood:
    """What a face does just now."""

    shut: bool = False  # the eyes
    open: float = 0.0  # the mouth, 0..1
    tongue: bool = False
    lag: float = 0.0  # degrees that the ears swing back by


@lru_cache(maxsize=2048)
def shaded(colour: str, share: float = 0.2) -> str:
    """A colour, darker by a share; lighter for a negative one."""
    return hexadecimal(mix(rgb(colour), BLACK if share > 0 else WHITE, abs(share)))


@lru_cache(maxsize=512)
def bright(colour: str) -> float:
    """How bright a colour is, by its red: furs are red rather than blue."""
    return rgb(colour)[0]


def ear_of(root: Point, angle: float, length: float, width: float, colour: str, inside: str = "") -> str:
    """An ear from its root outwards; `angle` in degrees, 0 to the right and 90 down."""
    c, n = cos(radians(angle)), sin(radians(angle))
    tip = (root[0] + length * c, root[1] + length * n)
    middle = (root[0] + length * 0.5 * c, root[1] + length * 0.5 * n)
    shape = taper((root, middle, tip), (width, width * 0.86, width * 0.16), colour)
    if not inside:
        return shape
    far = (root[0] + length * 0.82 * c, root[1] + length * 0.82 * n)
    return shape + taper((root, middle, far), (width * 0.55, width * 0.5, width * 0.1), inside)


def _ears(s: Species, x: float, y: float, r: float, lag: float) -> tuple[str, str]:
    """(far ear, near ear) of a round head."""
    far, pink = shaded(s.coat), "#f4b3a4" if bright(s.coat) > 90 else "#7a5a60"
    left, right = (x - r * 0.55, y - r * 0.62), (x + r * 0.5, y - r * 0.7)
    if s.ears in ("pointed", "big"):
        k = 1.32 if s.ears == "big" else 0.95
        near = ear_of(left, -112 - lag, r * k, r * 0.42 * k**0.5, s.coat, pink)
        return ear_of(right, -66 - lag, r * k, r * 0.38 * k**0.5, far, shaded(pink, 0.12)), near
    if s.ears == "tall":
        near = taper(
            (left, *_swung(left, -106 - lag, r * 0.95, -106 - 2.4 * lag, r * 0.9)),
            (r * 0.24, r * 0.36, r * 0.16),
            s.coat,
        ) + taper(
            (left, *_swung(left, -106 - lag, r * 0.9, -106 - 2.4 * lag, r * 0.7)), (r * 0.1, r * 0.2, r * 0.06), pink
        )
        root = (x + r * 0.2, right[1])
        return taper(
            (root, *_swung(root, -80 - lag, r * 0.95, -80 - 2.4 * lag, r * 0.9)), (r * 0.22, r * 0.33, r * 0.14), far
        ), near
    if s.ears == "floppy":
        near = taper(
            (
                (x - r * 0.62, y - r * 0.6),
                *_swung((x - r * 0.72, y - r * 0.6), 118 + lag, r * 0.6, 96 + 2 * lag, r * 0.62),
            ),
            (r * 0.3, r * 0.36, r * 0.24),
            s.dark,
        )
        return taper(
            ((x + r * 0.55, y - r * 0.72), *_swung((x + r * 0.6, y - r * 0.7), 50 - lag, r * 0.4, 80 - lag, r * 0.4)),
            (r * 0.22, r * 0.28, r * 0.2),
            shaded(s.dark),
        ), near
    if s.shows("trunk"):
        flap = 1.0 + 0.012 * lag
        near = oval(x - r * 0.82, y + r * 0.16, r * 0.74 * flap, r * 1.02, s.coat)
        near += oval(x - r * 0.84, y + r * 0.18, r * 0.52 * flap, r * 0.78, shaded(pink, 0.06))
        return oval(x + r * 0.5, y - r * 0.3, r * 0.5, r * 0.8, far), near
    if s.ears in ("round", "fan"):
        k = 0.78 if s.ears == "fan" else 0.42
        dark = s.dark if s.shows("panda") else s.coat
        up = 0.62 if k < 0.5 else 0.55
        near = oval(x - r * 0.66, y - r * up, r * k, r * k, dark)
        near += oval(x - r * 0.62, y - r * (up - 0.04), r * k * 0.6, r * k * 0.64, dark if s.shows("panda") else pink)
        return oval(x + r * 0.58, y - r * (up + 0.16), r * k * 0.88, r * k * 0.9, shaded(dark, 0.15)), near
    return "", ""


def _swung(root: Point, first: float, a: float, second: float, b: float) -> tuple[Point, Point]:
    """Two joints on from a root."""
    middle = (root[0] + a * cos(radians(first)), root[1] + a * sin(radians(first)))
    return middle, (middle[0] + b * cos(radians(second)), middle[1] + b * sin(radians(second)))


def portrait(s: Species, x: float, y: float, mood: Mood) -> list[str]:
    r = s.head
    far_ear, near_ear = _ears(s, x, y, r, mood.lag)
    parts: list[str] = []
    if s.shows("ruff"):
        tufts = [
            (
                x - r * 0.15 + r * (1.72 if i % 2 else 1.42) * cos(i * 0.3696),
                y + r * 0.1 + r * (1.72 if i % 2 else 1.42) * sin(i * 0.3696),
            )
            for i in range(17)
        ]
        parts.append(smooth(tufts, s.dark))
    hidden = s.shows("trunk")  # in front of where the muzzle would be
    parts += [far_ear, near_ear, _skull(s, x, y)]
    parts.append(_marks(s, x, y))
    nose = (x + r * 0.42 + s.snout * 0.8, y + r * 0.36 + s.snout * 0.06)
    if not hidden:
        parts.append(_muzzle(s, x, y, nose, mood))
    size = r * (0.19 if s.shows("frog") else 0.13 if s.shows("panda") or s.shows("bandit") else 0.17)
    iris = "#e7c23c" if s.shows("glow") else "#231c20"
    ey = y - r * (0.06 if not s.shows("frog") else 0.72)
    for ex in (x + r * 0.06, x + r * 0.68)[: 1 if hidden else 2]:  # a trunk hides the other one
        if s.shows("frog"):
            parts.append(oval(ex - r * 0.02, ey, r * 0.36, r * 0.36, s.coat))
            parts.append(eye(ex, ey, size, shut=mood.shut, white=True))
        elif s.shows("glow") and not mood.shut:
            parts.append(oval(ex, ey, size * 1.15, size * 1.3, iris) + oval(ex, ey, size * 0.5, size * 1.1, "#17151a"))
            parts.append(oval(ex + size * 0.3, ey - size * 0.5, size * 0.3, size * 0.3, "#ffffff"))
        else:
            parts.append(eye(ex, ey, size, shut=mood.shut, white=s.shows("bandit") or s.shows("panda")))
    if bright(s.coat) > 120:
        parts.append(oval(x - r * 0.3, y + r * 0.36, r * 0.2, r * 0.13, _BLUSH, 0.45))
    return parts


def _skull(s: Species, x: float, y: float) -> str:
    r = s.head
    if s.shows("cheeks"):
        outline = [
            *(
                (x, y - r * 0.98),
                (x + r * 0.7, y - r * 0.74),
                (x + r * 0.98, y - r * 0.05),
                (x + r * 0.8, y + r * 0.55),
            ),
            *((x + r * 0.2, y + r * 0.92), (x - r * 0.5, y + r * 0.84), (x - r * 1.22, y + r * 0.52)),
            *((x - r * 0.98, y - r * 0.05), (x - r * 0.68, y - r * 0.74)),
        ]
        return smooth(outline, s.coat)
    return oval(x, y, r * 1.03, r * 0.95, s.coat)


def _marks(s: Species, x: float, y: float) -> str:
    """What the fur of a round face shows."""
    r, parts = s.head, []
    if s.shows("mask"):
        cheek = 1.12 if s.shows("cheeks") else 0.72
        parts.append(
            smooth(
                [
                    *((x + r * 0.32, y + r * 0.06), (x + r * 0.62, y + r * 0.2), (x + r * 0.94, y + r * 0.1)),
                    *((x + r * 0.8, y + r * 0.56), (x + r * 0.2, y + r * 0.9), (x - r * 0.46, y + r * 0.8)),
                    *((x - r * cheek, y + r * 0.5), (x - r * 0.3, y + r * 0.34)),
                ],
                s.pale,
            )
        )
    if s.shows("blaze"):
        parts.append(
            taper(
                ((x + r * 0.3, y - r * 0.86), (x + r * 0.36, y - r * 0.3), (x + r * 0.42, y + r * 0.3)),
                (r * 0.1, r * 0.1, r * 0.26),
                s.pale,
            )
        )
    if s.shows("stripes"):
        for dx in (-0.18, 0.18, 0.5):
            parts.append(line([(x + r * dx, y - r * 0.86), (x + r * (dx * 0.6 + 0.12), y - r * 0.5)], s.dark, r * 0.13))
        parts.append(line([(x - r * 0.98, y + r * 0.06), (x - r * 0.6, y + r * 0.12)], s.dark, r * 0.12))
        parts.append(line([(x - r * 0.9, y + r * 0.36), (x - r * 0.56, y + r * 0.34)], s.dark, r * 0.12))
    if s.shows("spots"):
        for dx, dy, k in ((-0.45, -0.4, 0.13), (0.1, -0.62, 0.1), (-0.6, 0.2, 0.1)):
            parts.append(oval(x + r * dx, y + r * dy, r * k, r * k, s.dark))
    if s.shows("panda") or s.shows("bandit"):
        for dx, tilt in ((0.04, -0.08), (0.68, 0.06)):
            parts.append(oval(x + r * (dx + tilt), y + r * 0.02, r * 0.32, r * 0.4, s.dark))
        if s.shows("bandit"):
            parts.append(line([(x - r * 0.5, y + r * 0.12), (x + r * 0.1, y)], s.dark, r * 0.3))
    if s.shows("monkey"):
        parts.append(
            oval(x + r * 0.1, y - r * 0.1, r * 0.44, r * 0.46, s.pale)
            + oval(x + r * 0.6, y - r * 0.1, r * 0.4, r * 0.46, s.pale)
        )
        parts.append(oval(x + r * 0.34, y + r * 0.42, r * 0.66, r * 0.44, s.pale))
    if s.shows("wool"):
        for dx, dy in ((-0.55, -0.6), (-0.1, -0.86), (0.36, -0.7)):
            parts.append(oval(x + r * dx, y + r * dy, r * 0.42, r * 0.4, s.coat))
    if s.shows("frog"):
        parts.append(oval(x + r * 0.2, y + r * 0.4, r * 0.8, r * 0.5, s.pale))
    return "".join(parts)


def _muzzle(s: Species, x: float, y: float, nose: Point, mood: Mood) -> str:
    r, (nx, ny), parts = s.head, nose, []
    wide = s.pale if s.shows("mask") or s.shows("bandit") else s.dark if s.shows("darkmask") else shaded(s.coat, -0.35)
    if s.shows("disc"):
        parts.append(oval(nx - r * 0.02, ny - r * 0.02, r * 0.36, r * 0.3, s.dark))
        for dx in (-0.12, 0.12):
            parts.append(oval(nx + r * dx, ny - r * 0.02, r * 0.07, r * 0.11, shaded(s.dark, 0.4)))
        if s.shows("tusks"):
            parts.append(
                area(
                    [(nx - r * 0.3, ny + r * 0.3), (nx - r * 0.1, ny + r * 0.34), (nx - r * 0.1, ny - r * 0.1)],
                    "#f6efdc",
                )
            )
        d = f"M{nx - r * 0.5:.2f} {ny + r * 0.28:.2f}q{r * 0.2:.2f} {r * 0.24:.2f} {r * 0.5:.2f} {r * 0.14:.2f}"
        return "".join(parts) + stroke(d, shaded(s.dark, 0.35), r * 0.07)
    if s.shows("frog"):
        d = f"M{x - r * 0.5:.2f} {y + r * 0.3:.2f}q{r * 0.7:.2f} {r * 0.46:.2f} {r * 1.36:.2f} {-r * 0.06:.2f}"
        return stroke(d, shaded(s.coat, 0.5), r * 0.08)
    if not s.shows("monkey"):
        parts.append(
            taper(
                ((x + r * 0.32, y + r * 0.4), ((x + r * 0.4 + nx) / 2, y + r * 0.42), (nx - r * 0.05, ny + r * 0.1)),
                (r * 0.44, r * 0.4, r * 0.26),
                wide,
            )
        )
    low = ny + r * 0.24
    if mood.open > 0.05 or mood.tongue:
        deep = r * (0.12 + 0.2 * max(mood.open, 0.4 if mood.tongue else 0.0))
        parts.append(oval(nx - r * 0.2, low + deep * 0.7, r * 0.24, deep, "#7a2b30"))
        if mood.tongue:
            parts.append(
                taper(
                    (
                        (nx - r * 0.18, low + deep * 0.5),
                        (nx - r * 0.2, low + deep * 1.6),
                        (nx - r * (0.26 + mood.lag * 0.01), low + deep * 2.3),
                    ),
                    (r * 0.13, r * 0.17, r * 0.12),
                    "#f0727c",
                )
            )
    dark = shaded(s.coat, 0.62)
    d = (
        f"M{nx - r * 0.56:.2f} {low - r * 0.06:.2f}q{r * 0.14:.2f} {r * 0.2:.2f} {r * 0.36:.2f} {r * 0.02:.2f}"
        f"q{r * 0.14:.2f} {r * 0.14:.2f} {r * 0.28:.2f} {-r * 0.06:.2f}"
    )
    parts.append(stroke(d, dark if bright(s.coat) > 90 else "#15161a", r * 0.075))
    if s.shows("buck"):
        parts.append(rect(nx - r * 0.28, low, r * 0.18, r * 0.2, "#ffffff"))
    big = 1.75 if s.shows("bignose") else 0.7 if s.shows("cat") or s.shows("buck") or s.shows("monkey") else 1.0
    pink = s.shows("cat") and not s.shows("glow") or s.shows("buck") or s.shows("pinktail")
    parts.append(oval(nx - r * 0.06, ny, r * 0.17 * big, r * 0.13 * big**1.4, "#d9707a" if pink else _NOSE))
    parts.append(oval(nx - r * 0.02, ny - r * 0.05 * big, r * 0.05, r * 0.03, "#ffffff", 0.7))
    if s.shows("cat") or s.shows("pinktail"):
        for dy in (-0.06, 0.06):
            parts.append(
                line(
                    [(x - r * 0.2, y + r * (0.42 + dy)), (x - r * 0.85, y + r * (0.36 + dy * 4))], "#ffffff", r * 0.035
                )
            )
    return "".join(parts)
