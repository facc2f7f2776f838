"""Heads of animals from the side, with one eye: horses, deer, cattle, dragons. Units of the drawing."""

from __future__ import annotations

from engines.sketch.canvas.svg import area, eye, line, oval, stroke, taper

from .faces import Mood, bright, ear_of, shaded
from .species import Species

HORN = "#e2d6b8"


def profile(s: Species, x: float, y: float, mood: Mood) -> list[str]:
    """A head from the side: horses, deer, cattle, dragons."""
    r, snout = s.head, s.snout
    level = s.shows("teeth") or s.shows("ridge") or s.shows("shell")  # reptiles hold it level
    drop = 0.1 if level else 0.62
    end = (x + snout * 0.92, y + snout * drop + r * 0.15)
    middle = (x + snout * 0.48, y + snout * drop * 0.5 + r * 0.05)
    face = s.dark if s.shows("wool") and bright(s.dark) < 110 else s.coat
    parts: list[str] = []
    if s.shows("antlers"):
        for dx, colour in ((0.35, shaded(s.dark)), (-0.15, s.dark)):
            root = (x + r * dx, y - r * 0.7)
            tip = (root[0] - r * 0.5, root[1] - r * 1.9)
            parts.append(line([root, (root[0] - r * 0.75, root[1] - r * 0.9), tip], colour, r * 0.2))
            parts.append(
                line(
                    [(root[0] - r * 0.66, root[1] - r * 0.8), (root[0] + r * 0.25, root[1] - r * 1.35)],
                    colour,
                    r * 0.17,
                )
            )
            parts.append(
                line(
                    [(root[0] - r * 0.7, root[1] - r * 1.3), (root[0] + r * 0.1, root[1] - r * 1.95)], colour, r * 0.15
                )
            )
    if s.shows("horns"):
        for dx, colour in ((0.3, shaded(HORN)), (-0.2, HORN)):
            root = (x + r * dx, y - r * 0.66)
            back = -0.8 if s.shows("wings") or s.shows("beard") else 0.5
            parts.append(
                taper(
                    (
                        root,
                        (root[0] + r * back * 0.7, root[1] - r * 0.55),
                        (root[0] + r * back * 0.9, root[1] - r * 1.15),
                    ),
                    (r * 0.2, r * 0.17, r * 0.04),
                    colour,
                )
            )
    if s.shows("knobs"):
        for dx in (0.25, -0.2):
            parts.append(line([(x + r * dx, y - r * 0.6), (x + r * (dx - 0.06), y - r * 1.35)], s.dark, r * 0.22))
            parts.append(oval(x + r * (dx - 0.06), y - r * 1.4, r * 0.22, r * 0.22, shaded(s.dark, 0.3)))
    ear = {"leaf": (0.95, -150.0), "tall": (1.9, -105.0), "pointed": (1.05, -104.0), "spike": (0.7, -170.0)}.get(s.ears)
    if ear:
        far = (x + r * 0.3, y - r * 0.72)
        parts.append(ear_of(far, ear[1] + 40 - mood.lag, r * ear[0] * 0.9, r * 0.26, shaded(face)))
    elif s.ears == "round":
        parts.append(oval(x + r * 0.1, y - r * 0.85, r * 0.26, r * 0.26, shaded(face)))
    jaw = shaded(s.pale if level else face, 0.1)
    gape = snout * 0.42 * mood.open
    if s.shows("teeth") or mood.open > 0.05:
        parts.append(
            taper(
                (
                    (x, y + r * 0.35),
                    (middle[0], middle[1] + r * 0.42 + gape * 0.5),
                    (end[0] - r * 0.15, end[1] + r * 0.4 + gape),
                ),
                (r * 0.6, r * 0.32, r * 0.2),
                jaw,
            )
        )
        if mood.open > 0.05:
            parts.append(
                taper(
                    ((x + r * 0.3, y + r * 0.35), (end[0] - r * 0.4, end[1] + r * 0.25 + gape * 0.6)),
                    (r * 0.3, r * 0.1),
                    "#c9414b",
                )
            )
    parts.append(taper(((x - r * 0.08, y), middle, end), (r, r * 0.8, r * 0.6), face))
    if not level:
        nose = s.pale if not s.shows("wool") else face
        parts.append(taper(((x + snout * 0.66, y + snout * drop * 0.7 + r * 0.1), end), (r * 0.6, r * 0.62), nose))
    if s.shows("teeth"):
        for i in range(4):
            tx = end[0] + r * 0.2 - (end[0] - x) * 0.22 * i
            ty = end[1] + r * 0.48 - (end[1] - y) * 0.2 * i
            parts.append(area([(tx, ty), (tx - r * 0.2, ty), (tx - r * 0.1, ty + r * 0.34)], "#fffdf2"))
    if s.shows("stripes"):
        for i in range(3):
            sx = x + snout * (0.3 + 0.2 * i)
            parts.append(
                line(
                    [
                        (sx, y - r * 0.62 + snout * drop * (0.3 + 0.2 * i)),
                        (sx - r * 0.1, y + snout * drop * (0.3 + 0.2 * i)),
                    ],
                    s.dark,
                    r * 0.13,
                )
            )
    if s.shows("patches") and not s.shows("knobs"):
        parts.append(oval(x + r * 0.05, y - r * 0.25, r * 0.62, r * 0.6, s.dark))
    if s.shows("nosehorn"):
        parts.append(
            area(
                [
                    (end[0] - r * 0.3, end[1] - r * 0.5),
                    (end[0] + r * 0.35, end[1] - r * 0.35),
                    (end[0] + r * 0.45, end[1] - r * 1.6),
                ],
                s.dark,
            )
        )
    if s.shows("horn"):
        parts.append(taper(((x + r * 0.5, y - r * 0.75), (x + r * 1.35, y - r * 2.5)), (r * 0.24, r * 0.05), "#f2c53f"))
    if s.shows("beard"):
        parts.append(
            taper(
                ((end[0] - r * 0.5, end[1] + r * 0.4), (end[0] - r * 0.7, end[1] + r * 1.2)),
                (r * 0.24, r * 0.04),
                s.coat,
            )
        )
    if s.shows("wool"):
        for dx, dy in ((-0.55, -0.5), (-0.05, -0.8), (0.4, -0.62)):
            parts.append(oval(x + r * dx, y + r * dy, r * 0.46, r * 0.42, s.coat))
    dark = shaded(face, 0.55)
    parts.append(oval(end[0] + r * 0.24, end[1] - r * 0.12, r * 0.1, r * 0.13, dark))
    if not s.shows("teeth") and mood.open <= 0.05:
        d = (
            f"M{end[0] + r * 0.4:.2f} {end[1] + r * 0.26:.2f}q{-r * 0.4:.2f} {r * 0.16:.2f} "
            f"{-r * 0.85:.2f} {-r * 0.14:.2f}"
        )
        parts.append(stroke(d, dark, r * 0.085))
    size = r * (0.24 if s.head < 11 else 0.2)
    parts.append(
        eye(x + r * 0.32, y - r * 0.18, size, shut=mood.shut, white=s.shows("patches") and not s.shows("knobs"))
    )
    if s.shows("wings"):
        parts.append(line([(x + r * 0.05, y - r * 0.62), (x + r * 0.62, y - r * 0.42)], dark, r * 0.12))
    if ear:
        parts.append(
            ear_of(
                (x - r * 0.42, y - r * 0.62), ear[1] - 12 - mood.lag, r * ear[0], r * 0.3, face, shaded("#f0b0a0", 0.1)
            )
        )
    elif s.ears == "round":
        parts.append(oval(x - r * 0.4, y - r * 0.75, r * 0.3, r * 0.3, face))
    return parts
