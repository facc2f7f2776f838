"""Octopuses, jellyfish, crabs, sea horses, stars; snakes and snails: what has arms, claws or one foot."""

from __future__ import annotations

from math import cos, radians, sin

from engines.sketch.canvas.svg import area, eye, fill, line, oval, smooth, stroke, taper

from .faces import shaded
from .joints import between, blinks, chain
from .motion import Pose
from .swimmers import Swimmer, X, Y, face_of, turn_of


def octopus(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    g = s.girth / 2
    pulse = 1.0 + 0.06 * sin(turn)
    top = Y - 16
    parts = []
    for i, dx in enumerate((-0.8, -0.52, -0.18, 0.18, 0.52, 0.8)):
        colour = shaded(s.skin, 0.14) if i % 2 else s.skin
        points = chain((X + g * dx, top + g * 0.5), 90 - dx * 34, g * 2.0, dx * -60, 24, turn - abs(dx) * 2 + i, 5)
        parts.append(taper(points, (g * 0.3, g * 0.28, g * 0.23, g * 0.18, g * 0.13, g * 0.06), colour))
        parts += [oval(x + 1.4, y, 1.5, 1.5, s.pale) for x, y in points[2:5]]
    tall = 1.35 if s.shows("tall") else 1.0
    if s.shows("tall"):
        parts.append(area([(X - g * 1.1, top - g * 0.7), (X, top - g * 2.2), (X + g * 1.1, top - g * 0.7)], s.dark))
    parts.append(
        smooth(
            [
                (X - g * 0.8, top + g * 0.6),
                (X - g * pulse, top - g * 0.3),
                (X, top - g * tall * pulse),
                (X + g * pulse, top - g * 0.3),
                (X + g * 0.8, top + g * 0.6),
                (X, top + g * 0.85),
            ],
            s.skin,
        )
    )
    parts.append(oval(X - g * 0.45, top - g * 0.55, g * 0.2, g * 0.13, s.pale))
    shut = now.gait == "lie" or blinks(now.clock)
    parts += [eye(X + dx, top + g * 0.1, g * 0.17, shut=shut, white=not shut) for dx in (-g * 0.1, g * 0.55)]
    parts.append(
        stroke(f"M{X + g * 0.02:.2f} {top + g * 0.48:.2f}q{g * 0.2:.2f} {g * 0.2:.2f} {g * 0.44:.2f} 0", s.dark, 1.6)
    )
    parts.append(oval(X - g * 0.34, top + g * 0.4, g * 0.14, g * 0.09, "#ff8f8f", 0.6))
    return "".join(parts)


def jellyfish(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    g = s.girth / 2
    squeeze = 1.0 + 0.1 * sin(turn)
    top = Y - 14 + 2 * sin(turn)
    w, h = g * squeeze, g / squeeze
    parts = []
    for i, dx in enumerate((-0.75, -0.38, 0.0, 0.38, 0.75)):
        points = chain((X + w * dx, top + 1), 96, 46 - 7 * abs(dx), 0, 20, turn - 1.2 + i * 0.5, 6)
        parts.append(taper(points, (2.6, 2.4, 2.1, 1.8, 1.4, 1.0, 0.5), s.skin if i % 2 else s.dark))
    d = ("M", X - w, top + 3, "C", X - w * 1.1, top - h * 1.3, X + w * 1.1, top - h * 1.3, X + w, top + 3)
    edge: list[str | float] = []
    for i in range(4):
        x = X + w - w * 0.5 * (i + 1)
        edge += ["Q", x + w * 0.25, top + 8, x, top + 3]
    parts.append(fill(s.skin, *d, *edge))
    parts.append(oval(X - w * 0.3, top - h * 0.5, w * 0.3, h * 0.2, s.pale))
    shut = blinks(now.clock)
    parts += [eye(X + w * dx, top - h * 0.12, 2.3, shut=shut) for dx in (0.05, 0.5)]
    parts.append(
        stroke(
            f"M{X + w * 0.16:.2f} {top + h * 0.1:.2f}q{w * 0.12:.2f} {h * 0.14:.2f} {w * 0.24:.2f} 0", "#5a3a80", 1.3
        )
    )
    return "".join(parts)


def crab(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    g, half = s.girth / 2, s.length / 2
    y = 92.0 + 0.8 * sin(2 * turn)
    parts = []
    if s.shows("tail"):
        points = chain((X - half * 0.5, y), 176, half * 1.2, 40, 4, turn, 4)
        parts.append(taper(points, (g * 0.8, g * 0.7, g * 0.6, g * 0.5, g * 0.7), s.dark))
    for side in (-1, 1):
        for i in range(3):
            root = (X + side * half * (0.5 + 0.12 * i), y + g * 0.3)
            lift = 2.6 * max(0.0, sin(turn + i * 2.1 + side))
            mid = (root[0] + side * (8 + 2 * i), y - 1 - lift)
            parts.append(
                line(
                    [root, mid, (mid[0] + side * 5 + 1.6 * cos(turn + i * 2.1 + side), y + g * 0.95 - lift)],
                    s.dark,
                    3.0,
                )
            )
        wave = 10 * sin(now.clock * 2.2 + side)
        elbow = (X + side * half * 1.12, y - g * 0.5)
        claw = (elbow[0] + side * 2, elbow[1] - 14 + 0.3 * wave)
        parts.append(line([(X + side * half * 0.6, y), elbow, claw], s.skin, 4.6))
        gape = radians(22 + wave)
        for a in (-90 * 1.0 - 20 * side, -90 + 45 * side):
            way = radians(a) + gape * (0.25 if a < -90 else -0.25)
            parts.append(
                taper(
                    (
                        claw,
                        (claw[0] + 7 * cos(way), claw[1] + 7 * sin(way)),
                        (claw[0] + 13 * cos(way), claw[1] + 13 * sin(way)),
                    ),
                    (4.6, 4.4, 0.8),
                    s.skin,
                )
            )
    parts.append(
        smooth(
            [
                (X - half * 0.8, y - 1),
                (X - half * 0.5, y - g * 0.8),
                (X + half * 0.5, y - g * 0.8),
                (X + half * 0.8, y - 1),
                (X + half * 0.45, y + g * 0.8),
                (X - half * 0.45, y + g * 0.8),
            ],
            s.skin,
        )
    )
    parts.append(oval(X, y + g * 0.48, half * 0.44, g * 0.22, s.pale))
    shut = blinks(now.clock)
    for dx in (-0.25, 0.25):
        parts.append(line([(X + half * dx, y - g * 0.7), (X + half * dx, y - g * 1.2)], s.dark, 2.4))
        parts.append(
            oval(X + half * dx, y - g * 1.35, 4.4, 4.6, "#ffffff")
            + eye(X + half * dx + 0.8, y - g * 1.35, 2.6, shut=shut)
        )
    parts.append(stroke(f"M{X - 5:.2f} {y - g * 0.2:.2f}q5 5 10 0", s.dark, 1.7))
    return "".join(parts)


def seahorse(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    sway = 3 * sin(turn * 0.5)
    g = s.girth / 2
    body = [(X + 4, 32.0), (X - 5 + sway * 0.2, 44.0), (X - 2 + sway * 0.4, 60.0), (X - 7 + sway * 0.6, 74.0)]
    tail = chain(body[-1], 112, 48, -330, 6, turn * 0.5, 8)
    parts = []
    fin = 4 * sin(3 * turn)
    parts.append(
        smooth(
            [
                (body[1][0] - g * 0.6, 46),
                (body[1][0] - g * 1.9, 50 + fin * 0.4),
                (body[2][0] - g * 1.8, 60 + fin * 0.4),
                (body[2][0] - g * 0.6, 62),
            ],
            s.pale,
        )
    )
    parts.append(
        taper(
            [*body, *tail[1:]], (g * 0.7, g * 0.85, g * 1.25, g * 0.8, 6.2, 5.4, 4.6, 3.9, 3.2, 2.6, 2.0, 1.2), s.skin
        )
    )
    for i in range(4):
        x, y = between(body[1], body[3], 0.12 + i * 0.28)
        parts.append(stroke(f"M{x - 1:.2f} {y:.2f}q4 2.4 9 0", s.dark, 1.1))
    parts += [
        area([(X - 4 + 4 * i, 25 - (i == 1) * 1.5), (X - 6 + 4 * i, 17), (X + 1 + 4 * i, 24)], s.dark) for i in range(3)
    ]
    parts.append(taper(((X + 4, 31), (X + 16, 36), (X + 24, 38)), (8.6, 4.2, 3.4), s.skin))
    parts.append(eye(X + 7, 29.5, 2.7, shut=blinks(now.clock)) + oval(X + 4, 36, 2.0, 1.3, "#f28a66", 0.6))
    return "".join(parts)


def snake(s: Swimmer, now: Pose) -> str:
    """It slithers: a wave runs along it from the head to the tail."""
    turn = turn_of(now)
    g, n = s.girth / 2, 13
    eel = s.shows("eel")
    floor = 104.0 - g if not eel else Y
    points, radii = [], []
    for i in range(n):
        share = i / (n - 1)
        x = X + s.length * (0.42 - share * 0.92)
        rise = (g * 2.2 + 5) * max(0.0, 1 - share * 5.5) ** 1.4 if not eel else 0.0
        swing = (4.0 + 5.0 * min(1.0, share * 3)) * (0.3 if i == 0 else 1.0) * sin(turn - share * 8.5)
        points.append((x, floor - rise + (swing if eel else swing * 0.75 - 4 if not s.shows("beads") else -abs(swing))))
        radii.append(g * (1.0 if share < 0.7 else max(0.12, 1.0 - (share - 0.7) * 3.0)))
    parts = []
    if s.shows("beads"):
        parts += [
            oval(x, y, g * 1.15, g * 1.1, s.skin if i % 2 else s.dark)
            for i, (x, y) in reversed(list(enumerate(points[:10])))
        ]
        parts += [line([(x, y + g), (x, floor + g * 1.7)], s.dark, 2.0) for x, y in points[2:9:2]]
    else:
        parts.append(taper(points, radii, s.skin))
        parts += [oval(points[i][0], points[i][1] - g * 0.15, g * 0.5, g * 0.36, s.dark) for i in range(2, 11)]
    hx, hy = points[0]
    flick = now.clock % 2.2 < 0.5 and s.kind == "snake" and s.skin not in ("#e89a9a", "#8fcc4a") and not eel
    if flick:
        parts.append(stroke(f"M{hx + g * 1.5:.2f} {hy + 2:.2f}l7 1l4 -3m-4 3l4 3", "#d8343c", 1.3))
    parts.append(taper(((hx - g * 0.4, hy), (hx + g * 0.9, hy + g * 0.1)), (g * 1.25, g * 0.95), s.skin))
    parts.append(face_of(hx + g * 0.3, hy - g * 0.36, g * 0.36, now))
    if s.shows("beads"):
        parts += [line([(hx + dx, hy - g), (hx + dx * 2.2, hy - g * 2.2)], s.dark, 1.6) for dx in (-2, 3)]
    return "".join(parts)


def snail(s: Swimmer, now: Pose) -> str:
    creep = sin(turn_of(now))
    g, y = s.girth / 2, 104.0
    left, right = X - s.length * 0.5 - creep, X + s.length * 0.42 + creep
    foot = smooth(
        [
            (left, y),
            (left + 14, y - 8),
            (X, y - 9),
            (right - 12, y - 10),
            (right - 9, y - 27),
            (right + 3, y - 31),
            (right + 9, y - 22),
            (right + 3, y - 8),
            (right - 2, y),
        ],
        s.skin,
    )
    parts = [
        line([(right, y - 26), (right - 1 + creep, y - 42)], s.skin, 2.4),
        line([(right + 5, y - 26), (right + 9 + creep, y - 41)], s.skin, 2.4),
        foot,
    ]
    cx, cy = X - 8, y - 8 - g
    parts.append(oval(cx, cy, g * 1.12, g * 1.08, s.dark))
    parts.append(
        stroke(
            (
                f"M{cx + g * 0.9:.2f} {cy + g * 0.3:.2f}a{g * 0.86:.2f} {g * 0.86:.2f} 0 1 1 "
                f"{-g * 0.5:.2f} {-g * 0.98:.2f}a{g * 0.55:.2f} {g * 0.55:.2f} 0 1 1 {-g * 0.2:.2f} "
                f"{g * 0.9:.2f}"
            ),
            shaded(s.dark, -0.4),
            3.2,
        )
    )
    shut = blinks(now.clock)
    parts += [
        oval(x, yy, 3.4, 3.4, "#ffffff") + eye(x + 0.7, yy, 1.9, shut=shut)
        for x, yy in ((right - 1 + creep, y - 43), (right + 9 + creep, y - 42))
    ]
    parts.append(
        stroke(f"M{right + 1:.2f} {y - 19:.2f}q3 2.6 6 -1", "#7a4a30", 1.3)
        + oval(right - 1, y - 19.5, 1.9, 1.2, "#f28a86", 0.6)
    )
    return "".join(parts)


def star(s: Swimmer, now: Pose) -> str:
    wave = 3 * sin(turn_of(now) * 0.5)
    r = s.girth
    points = []
    for i in range(10):
        far = (r if i % 2 == 0 else r * 0.5) * 1.1
        a = radians(-90 + 36 * i + (wave if i % 2 == 0 else 0))
        points.append((X + far * cos(a), Y + 12 + far * sin(a)))
    dots = "".join(
        oval(*between(points[i], (X, Y + 12), share), 1.8, 1.8, s.pale) for i in range(0, 10, 2) for share in (0.3, 0.5)
    )
    face = "".join(eye(X + dx, Y + 8, 2.8, shut=blinks(now.clock)) for dx in (-6, 6)) + stroke(
        f"M{X - 4:.2f} {Y + 15:.2f}q4 4 8 0", s.dark, 1.7
    )
    return smooth(points, s.skin) + dots + face
