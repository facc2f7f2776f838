"""What animals wear from neck to tail: trunk, stripes and spots, wool, spines, shells, tails, a dragon's wings."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, pi, radians, sin

from engines.sketch.canvas.svg import Point, area, fill, line, oval, smooth, taper

from .faces import shaded
from .joints import between, chain
from .motion import Pose
from .species import Species


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the joints are."""

    hip: Point
    shoulder: Point
    feet: tuple[Point, Point, Point, Point]  # near hind, far hind, near fore, far fore
    tail: float = 0.0  # degrees that it is raised by
    nod: Point = (0.0, 0.0)
    rise: float = 0.0  # degrees that the neck is raised by


def trunk(s: Species, frame: Frame, now: Pose) -> str:
    (hx, hy), (sx, sy) = frame.hip, frame.shoulder
    r = s.girth / 2
    lanky = s.face == "long" and s.bone <= 1.0
    breath = 0.25 * sin(2.1 * now.clock)
    middle = ((hx + sx) / 2, (hy + sy) / 2 + r * (0.06 if not s.shows("hump") else -0.06))
    girths = (r * 0.96, r * (0.86 if lanky else 0.95) + breath, r * 1.03)
    parts = []
    if s.shows("hump"):
        parts.append(
            smooth(
                [
                    (middle[0] - r * 1.1, middle[1] - r * 0.6),
                    (middle[0] - r * 0.1, middle[1] - r * 1.95),
                    (middle[0] + r * 1.0, middle[1] - r * 0.6),
                ],
                s.coat,
            )
        )
    if s.shows("ridge"):
        parts.append(_ridge(s, frame))
    if s.shows("spines"):
        parts.append(spines(s, middle))
    parts.append(taper(((hx, hy), middle, (sx, sy)), girths, s.coat))
    long = hypot(sx - hx, sy - hy) or 1.0
    nx, ny = -(sy - hy) / long, (sx - hx) / long  # towards the belly
    if s.pale != s.coat and not s.shows("panda"):
        along = (between((hx, hy), (sx, sy), 0.16), between((hx, hy), (sx, sy), 0.6), (sx, sy))
        belly = [(x + nx * r * deep, y + ny * r * deep) for (x, y), deep in zip(along, (0.76, 0.7, 0.56), strict=True)]
        parts.append(taper(belly, (r * 0.08, r * 0.17, r * 0.36), s.pale))
    if s.shows("bum"):
        parts.append(oval(hx - r * 0.55, hy + r * 0.1, r * 0.42, r * 0.6, s.pale))
    if s.shows("panda"):
        parts.append(taper(((sx - r * 0.1, sy - r * 0.95), (sx - r * 0.1, sy + r * 0.95)), (r * 0.42, r * 0.5), s.dark))
    if s.shows("spines"):
        parts.append(spines(s, middle))
    parts.append(_coat(s, (hx, hy), (sx, sy), (nx, ny)))
    return "".join(parts)


def _coat(s: Species, hip: Point, shoulder: Point, down: Point) -> str:
    """Stripes, patches, spots, wool."""
    r, parts = s.girth / 2, []

    def at(share: float, deep: float) -> Point:
        x, y = between(hip, shoulder, share)
        return x + down[0] * r * deep, y + down[1] * r * deep

    if s.shows("stripes"):
        for i in range(6):
            share = -0.1 + 0.2 * i
            a, b, c = at(share, -0.95), at(share + 0.07, -0.4), at(share + 0.03, 0.15)
            parts.append(taper((a, b, c), (r * 0.12, r * 0.1, r * 0.03), s.dark))
    if s.shows("patches"):
        marks = ((0.02, -0.3, 0.44), (0.42, 0.1, 0.36), (0.86, -0.42, 0.4), (0.46, -0.66, 0.24), (0.84, 0.4, 0.24))
        for share, deep, size in marks:
            x, y = at(share, deep)
            k = 0.7 if s.shows("knobs") else 1.0
            parts.append(oval(x, y, r * size * k * 1.15, r * size * k, s.dark))
    if s.shows("spots"):
        dots = (
            (-0.1, -0.3, 0.15),
            (0.15, -0.62, 0.13),
            (0.3, 0.0, 0.17),
            (0.5, -0.55, 0.16),
            (0.7, -0.1, 0.14),
            (0.9, -0.6, 0.15),
            (0.05, 0.3, 0.13),
            (1.05, -0.1, 0.13),
        )
        for share, deep, size in dots:
            x, y = at(share, deep)
            parts.append(oval(x, y, r * size, r * size * 0.9, s.dark))
    if s.shows("wool"):
        for i in range(5):
            for deep in (-0.72, 0.62):
                x, y = at(-0.1 + 0.3 * i, deep)
                parts.append(oval(x, y, r * 0.46, r * 0.42, s.coat))
        x, y = at(-0.4, 0.0)
        parts.append(oval(x, y, r * 0.5, r * 0.55, s.coat))
        for share, deep in ((0.1, -0.1), (0.5, -0.3), (0.75, 0.2)):
            x, y = at(share, deep)
            parts.append(oval(x, y, r * 0.3, r * 0.24, shaded(s.coat, 0.07)))
    return "".join(parts)


def spines(s: Species, middle: Point) -> str:
    x, y = middle
    r = s.girth * 0.86
    points = []
    for i in range(25):
        angle = radians(150 + 230 * i / 24)
        far = r * (1.18 if i % 2 else 0.98)
        points.append((x - 3 + far * cos(angle) * 1.1, y + 3 + far * sin(angle)))
    quills = "".join(
        line([(x - 3 + a * r, y - b * r), (x - 3 + a * r - 2.2, y - b * r - 2.6)], s.dark, 1.1)
        for a, b in ((-0.6, 0.1), (-0.2, 0.5), (0.2, 0.2), (-0.3, 0.0), (0.5, 0.5), (0.1, 0.75))
    )
    return area(points, s.coat) + quills


def _ridge(s: Species, frame: Frame) -> str:
    (hx, hy), (sx, sy) = frame.hip, frame.shoulder
    r = s.girth / 2
    parts = []
    for i in range(7):
        x, y = between((hx, hy), (sx, sy), -0.15 + i * 0.19)
        dx, dy = (sy - hy) / s.length, -(sx - hx) / s.length
        bx, by = x + dx * r * 0.85, y + dy * r * 0.85
        parts.append(
            area([(bx - r * 0.3, by), (bx + r * 0.3, by), (bx + dx * r * 0.5 - r * 0.12, by + dy * r * 0.5)], s.dark)
        )
    return "".join(parts)


def shell(s: Species, frame: Frame) -> str:
    (hx, hy), (sx, _) = frame.hip, frame.shoulder
    r = s.girth / 2
    x, w = (hx + sx) / 2, (sx - hx) / 2 + r * 0.7
    dome = smooth(
        [
            (x - w, hy + r * 0.5),
            (x - w * 0.8, hy - r * 0.7),
            (x, hy - r * 1.5),
            (x + w * 0.8, hy - r * 0.7),
            (x + w, hy + r * 0.5),
            (x, hy + r * 0.75),
        ],
        s.dark,
    )
    plates = "".join(
        oval(x + w * dx, hy - r * dy, w * 0.2, r * 0.3, shaded(s.dark, -0.2))
        for dx, dy in ((-0.48, 0.3), (0.0, 0.75), (0.48, 0.3), (0.0, -0.05))
    )
    return dome + plates + line([(x - w * 0.95, hy + r * 0.5), (x + w * 0.95, hy + r * 0.5)], shaded(s.dark, 0.25), 2.0)


def tail(s: Species, frame: Frame, now: Pose) -> str:
    (hx, hy), r = frame.hip, s.girth / 2
    spine = (frame.shoulder[0] - hx, frame.shoulder[1] - hy)
    tilt = 0.0 if spine[1] > -s.length * 0.5 else -28.0
    turn = 2 * pi * now.phase if now.gait in ("walk", "run", "dance", "swim") else 2.6 * now.clock
    root = (hx - r * 0.72, hy - r * 0.36)
    up = frame.tail + tilt
    if s.tail == "none":
        return ""
    if s.tail == "stub":
        wag = 2.2 * sin(3.0 * turn) if s.shows("bum") else 0.4 * sin(turn)
        puff = r * (0.42 if s.moves != "hop" else 0.5)
        furry = s.shows("bum") or s.moves == "hop"
        return oval(root[0] - r * 0.2, root[1] - r * 0.12 + wag * 0.4, puff, puff * 0.86, s.pale if furry else s.coat)
    if s.tail == "bushy":
        points = chain(root, 196 + up, s.girth * 1.75, 26, 13, turn)
        brush = taper(points, (r * 0.24, r * 0.42, r * 0.62, r * 0.68, r * 0.5, r * 0.1), s.coat)
        tip = taper(points[3:], (r * 0.56, r * 0.46, r * 0.1), s.pale if not s.shows("rings") else s.dark)
        rings = "".join(oval(*points[i], r * 0.2, r * 0.52, s.dark) for i in (1, 2, 3)) if s.shows("rings") else ""
        return brush + tip + rings
    if s.tail == "plume":
        points = chain(root, 215 + up, s.girth * 1.9, 125, 9, turn)
        return taper(points, (r * 0.28, r * 0.5, r * 0.66, r * 0.7, r * 0.5, r * 0.16), s.coat) + taper(
            points[1:5], (r * 0.1, r * 0.26, r * 0.3, r * 0.1), s.pale if s.pale != s.coat else s.dark
        )
    if s.tail == "flow":
        points = chain(root, 168 + up, s.girth * 1.55, -70, 16, turn)
        return taper(points, (r * 0.24, r * 0.4, r * 0.5, r * 0.48, r * 0.34, r * 0.06), s.dark)
    if s.tail == "curl":
        long = s.girth * (1.5 if s.leg > 12 and s.bone < 1 else 0.75)
        points = chain(root, 170 + up, long, 330, 8, turn, 8)
        w = max(1.1, r * 0.16)
        return taper(points, [w] * 8 + [w * 0.6], s.coat if not s.shows("disc") else s.dark)
    if s.tail == "thick":
        points = chain(
            (hx - r * 0.2, hy + r * 0.1), 186 + up * 0.4 + (-18 if tilt else 0), s.length * 1.25, 14, 12, turn
        )
        flat = taper(points, (r * 0.8, r * 0.6, r * 0.46, r * 0.33, r * 0.2, r * 0.05), s.coat)
        if s.shows("ridge"):
            flat = (
                "".join(
                    area([(x - 2.4, y), (x + 2.4, y), (x - 1.6, y - r * w)], s.dark)
                    for (x, y), w in zip(points[1:5], (0.95, 0.75, 0.6, 0.45), strict=True)
                )
                + flat
            )
        return flat
    if s.tail == "tuft":
        points = chain(root, 140 + up * 0.4, s.girth * 1.15, -40, 14, turn)
        return taper(points, [max(1.0, r * 0.13)] * 6, s.coat) + oval(
            *points[-1], max(2.4, r * 0.26), max(3.0, r * 0.34), s.dark
        )
    points = chain(root, 205 + up, s.girth * 1.6, 62, 16, turn)
    w = max(1.2, r * 0.19)
    return taper(points, (w * 1.2, w, w, w, w * 0.9, w * 0.7), "#e9a3a8" if s.shows("pinktail") else s.coat)


def wing(s: Species, frame: Frame, now: Pose, *, near: bool) -> str:
    """A dragon's wing: an arm and three ribs with skin between them."""
    if not s.shows("wings"):
        return ""
    (sx, sy), r = frame.shoulder, s.girth / 2
    beats = now.gait in ("fly", "run", "dance", "jump")
    up = sin(2 * pi * now.beat) if beats else -0.1 + 0.08 * sin(1.9 * now.clock)
    root = (sx - r * 0.3, sy - r * 0.7)
    size = 38.0 if beats else 25.0
    if not near:
        root, up = (root[0] + 5, root[1]), up * 0.9 + 0.12
    wrist = _swept(root, 62.0 + 42.0 * up, size * 0.5)
    tips = [
        _swept(wrist, 14.0 + 44.0 * up + spread, size * far) for spread, far in ((34.0, 0.9), (0.0, 1.0), (-32.0, 0.86))
    ]
    colour = s.dark if near else shaded(s.dark, 0.3)
    skin = shaded("#f0b64a", 0.0 if near else 0.25)
    armpit = (root[0] - size * 0.42, root[1] + r * 0.4)
    edge: list[str | float] = ["M", *root, "L", *wrist, "L", *tips[0]]
    for a, b in ((tips[0], tips[1]), (tips[1], tips[2]), (tips[2], armpit)):
        edge += ["Q", *between(between(a, b, 0.5), wrist, 0.36), *b]
    ribs = "".join(line([wrist, tip], colour, 1.5) for tip in tips)
    return fill(skin, *edge) + ribs + taper((root, wrist), (3.2, 1.8), colour)


def _swept(root: Point, angle: float, length: float) -> Point:
    """A point behind a root: 0 level, 90 straight up."""
    return root[0] - length * cos(radians(angle)), root[1] - length * sin(radians(angle))
