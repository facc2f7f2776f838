"""Fish, whales, turtles, rays and seals: bodies that bend as a wave which grows towards the tail; facing right."""

from __future__ import annotations

from math import cos, pi, radians, sin

from engines.sketch.canvas.svg import Point, area, eye, line, oval, smooth, stroke, taper

from .faces import shaded
from .joints import between, blinks, chain
from .motion import Pose
from .swimmers import Swimmer, X, Y, face_of, turn_of

LINKS = 6


def fish(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    whale = s.shows("flukes")
    points = spine(s, turn, s.girth * (0.24 if whale else 0.2))
    g = s.girth / 2
    slim = (0.5, 0.9, 1.0, 0.86, 0.58, 0.34, 0.2) if s.length > 70 else (0.52, 0.94, 1.0, 0.86, 0.6, 0.36, 0.24)
    radii = [g * w for w in slim]
    end = points[-1]
    sway = cos(turn - 2.4)
    parts = []
    if s.shows("spines"):
        parts += [
            line(
                [
                    (X + s.length * 0.05 + g * 0.95 * cos(a), Y + g * 0.95 * sin(a)),
                    (X + s.length * 0.05 + g * 1.25 * cos(a), Y + g * 1.25 * sin(a)),
                ],
                s.dark,
                1.8,
            )
            for a in (radians(24 * i) for i in range(15))
        ]
    tail = g * (1.25 if s.shows("veil") else 0.95 if not whale else 0.8)
    if whale:
        for up in (-1.0, 1.0):
            tip = (end[0] - tail * 1.1, end[1] + up * tail * 0.8 * (0.55 + 0.45 * sway * up) - tail * 0.2)
            parts.append(
                taper((end, between(end, tip, 0.55), tip), (g * 0.2, g * 0.27, g * 0.05), s.dark if up > 0 else s.skin)
            )
    else:
        flap = tail * 0.45 * sway
        parts.append(
            smooth(
                [
                    (end[0] + 4, end[1]),
                    (end[0] - tail * 0.9, end[1] - tail + flap),
                    (end[0] - tail * 0.6, end[1] + flap * 0.6),
                    (end[0] - tail * 0.9, end[1] + tail + flap),
                ],
                s.dark,
            )
        )
    mid = points[2]
    if s.shows("fins"):
        parts.append(
            smooth(
                [
                    (mid[0] + g * 0.6, mid[1] - g * 0.8),
                    (mid[0] - g * 0.3, mid[1] - g * 1.5),
                    (mid[0] - g * 1.1, mid[1] - g * 1.15),
                    (mid[0] - g * 0.7, mid[1] - g * 0.6),
                ],
                s.dark,
            )
        )
        parts.append(
            smooth(
                [
                    (mid[0] - g * 0.1, mid[1] + g * 0.8),
                    (mid[0] - g * 0.8, mid[1] + g * 1.4),
                    (mid[0] - g * 0.9, mid[1] + g * 0.7),
                ],
                s.dark,
            )
        )
    if s.shows("dorsal"):
        parts.append(
            smooth(
                [
                    (mid[0] + g * 0.35, mid[1] - g * 0.8),
                    (mid[0] - g * 0.55, mid[1] - g * 1.75),
                    (mid[0] - g * 0.75, mid[1] - g * 1.6),
                    (mid[0] - g * 0.7, mid[1] - g * 0.75),
                ],
                s.dark if not s.shows("eyepatch") else s.skin,
            )
        )
    if s.shows("tusk"):
        parts.append(
            taper(
                ((points[0][0] + g * 0.3, points[0][1] - 2), (points[0][0] + g * 2.2, points[0][1] - g * 0.7)),
                (1.9, 0.5),
                "#f4ead0",
            )
        )
    if s.shows("beak"):
        parts.append(
            taper(
                ((points[0][0], points[0][1] + g * 0.2), (points[0][0] + g * 1.0, points[0][1] + g * 0.36)),
                (g * 0.34, g * 0.17),
                s.skin,
            )
        )
    parts.append(taper(points, radii, s.skin))
    belly = [(x, y + g * d) for (x, y), d in zip(points[:5], (0.2, 0.5, 0.56, 0.5, 0.34), strict=True)]
    parts.append(taper(belly, (g * 0.22, g * 0.4, g * 0.42, g * 0.3, g * 0.1), s.pale))
    head = points[0]
    if s.shows("grooves"):
        for i in range(3):
            y = head[1] + g * (0.44 + 0.17 * i)
            parts.append(
                line([(head[0] - g * 0.1 - 2 * i, y), (head[0] - g * 1.3, y + g * 0.12)], shaded(s.pale, 0.14), 1.2)
            )
    if s.shows("bands"):
        for i, wide in ((1, 3.0), (3, 2.6), (5, 1.6)):
            x, y = points[i]
            r = radii[i]
            parts.append(
                line([(x, y - r * 0.92), (x, y + r * 0.92)], s.dark, wide * 2.3)
                + line([(x, y - r * 0.9), (x, y + r * 0.9)], "#ffffff", wide * 1.7)
            )
    if s.shows("spots"):
        parts += [
            oval(points[i][0] + dx, points[i][1] - g * 0.4, 1.6, 1.4, s.dark)
            for i, dx in ((1, -2), (2, 0), (2, -8), (3, -3), (4, 0))
        ]
    if s.shows("gills"):
        parts += [
            stroke(
                (
                    f"M{head[0] - g * (1.0 + 0.22 * i):.2f} {head[1] - g * 0.3:.2f}q{-g * 0.14:.2f} "
                    f"{g * 0.3:.2f} 0 {g * 0.6:.2f}"
                ),
                s.dark,
                1.2,
            )
            for i in range(3)
        ]
    if s.shows("eyepatch"):
        parts.append(oval(head[0] - g * 0.5, head[1] - g * 0.42, g * 0.34, g * 0.17, "#ffffff"))
    fin = points[2] if not whale else between(points[1], points[2], 0.5)
    wave = radians(118 + 16 * sin(turn - 1.0))
    long = g * (0.72 if not whale else 1.05)
    parts.append(
        taper(
            ((fin[0] + g * 0.1, fin[1] + g * 0.3), (fin[0] + long * cos(wave), fin[1] + g * 0.3 + long * sin(wave))),
            (g * 0.24, g * 0.1),
            s.dark,
        )
    )
    k = max(2.2, g * 0.15)
    ex, ey = head[0] - g * (0.1 if s.length > 70 else 0.2), head[1] - g * 0.14
    if s.shows("teeth"):
        parts.append(eye(ex - g * 0.06, ey - g * 0.1, k * 0.9, shut=blinks(now.clock)))
        parts.append(
            stroke(
                (
                    f"M{head[0] + g * 0.42:.2f} {head[1] + g * 0.3:.2f}q{-g * 0.4:.2f} {g * 0.3:.2f} "
                    f"{-g * 0.95:.2f} {g * 0.14:.2f}"
                ),
                "#4a2a34",
                1.6,
            )
        )
        parts += [
            area(
                [
                    (head[0] + g * (0.2 - 0.2 * i), head[1] + g * 0.4),
                    (head[0] + g * (0.08 - 0.2 * i), head[1] + g * 0.42),
                    (head[0] + g * (0.13 - 0.2 * i), head[1] + g * 0.6),
                ],
                "#ffffff",
            )
            for i in range(4)
        ]
        parts.append(line([(ex - k * 1.2, ey - k * 2.0), (ex + k * 1.2, ey - k * 1.3)], s.dark, 1.6))
    else:
        parts.append(face_of(ex, ey, k, now, blush=not s.shows("eyepatch")))
    if s.shows("spout") and now.gait != "dive":
        parts.append(spout(head[0] - g * 0.8, points[1][1] - g * 0.92, now.clock))
    return "".join(parts)


def spine(s: Swimmer, turn: float, swing: float) -> list[Point]:
    """From the head to the root of the tail: a wave that grows towards the tail."""
    points = []
    for i in range(LINKS + 1):
        share = i / LINKS
        points.append((X + s.length * (0.5 - share), Y + swing * share * share * sin(turn - 2.4 * share)))
    return points


def spout(x: float, y: float, clock: float) -> str:
    """A whale's breath: now and then."""
    share = clock % 4.0
    if share > 1.5:
        return ""
    high = 17.0 * sin(pi * min(1.0, share / 1.5))
    drops = "".join(oval(x + dx * high / 17, y - high + abs(dx) * 0.35, 1.6, 2.2, "#d5efff") for dx in (-11, -6, 6, 11))
    return (
        stroke(
            f"M{x:.2f} {y:.2f}V{y - high:.2f}M{x:.2f} {y - high:.2f}q-6 -5 -10 2M{x:.2f} {y - high:.2f}q6 -5 10 2",
            "#d5efff",
            2.4,
        )
        + drops
    )


def turtle(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    g, half = s.girth / 2, s.length / 2
    flap = sin(turn)
    parts = []
    for dx, long, lag, far in (
        (0.42, 1.0, 0.3, True),
        (-0.72, 0.5, 1.2, True),
        (-0.7, 0.55, 0.9, False),
        (0.46, 1.15, 0.0, False),
    ):
        root = (X + half * dx, Y + g * 0.3)
        way = radians(118 + 34 * sin(turn - lag) if dx > 0 else 140 + 16 * sin(turn - lag))
        tip = (root[0] + half * 0.95 * long * cos(way), root[1] + half * 0.95 * long * sin(way))
        flipper = taper(
            (root, between(root, tip, 0.5), tip), (g * 0.3, g * 0.36, g * 0.12), shaded(s.skin, 0.2) if far else s.skin
        )
        parts.append(flipper)
    near = parts.pop()
    head = (X + half + g * 0.5, Y - g * 0.1 + 1.5 * flap)
    parts.append(taper(((X + half * 0.6, Y + g * 0.15), head), (g * 0.4, g * 0.5), s.skin))
    parts.append(oval(X, Y + g * 0.42, half * 0.92, g * 0.42, s.pale))
    parts.append(
        smooth(
            [
                (X - half, Y + g * 0.42),
                (X - half * 0.7, Y - g * 0.55),
                (X, Y - g * 1.05),
                (X + half * 0.72, Y - g * 0.5),
                (X + half, Y + g * 0.36),
                (X, Y + g * 0.62),
            ],
            s.dark,
        )
    )
    for dx, dy in ((-0.46, -0.05), (0.0, -0.45), (0.46, -0.05), (0.0, 0.2)):
        parts.append(oval(X + half * dx, Y + g * dy, half * 0.2, g * 0.24, shaded(s.dark, -0.22)))
    parts.append(near + face_of(head[0] + g * 0.1, head[1] - g * 0.12, g * 0.14, now))
    return "".join(parts)


def seal(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    g = s.girth / 2
    swims = now.gait in ("swim", "dive", "fly")
    beat = 5 * sin(turn)
    floor = 104.0
    if swims:
        body = [(X + s.length * (0.5 - i / 4), Y + beat * (i / 4) ** 2 * sin(turn - i * 0.5)) for i in range(5)]
    else:
        body = [
            (X + 27, floor - 43 + beat * 0.2),
            (X + 20, floor - 26),
            (X + 2, floor - 13),
            (X - 20, floor - 9),
            (X - 40, floor - 8 - abs(beat) * 0.3),
        ]
    end, head = body[-1], body[0]
    parts = [
        taper((end, (end[0] - 9, end[1] - 7 + beat * 0.5)), (4.6, 3.0), s.dark),
        taper((end, (end[0] - 10, end[1] + 2 + beat * 0.5)), (4.6, 3.0), s.dark),
    ]
    parts.append(taper(body, (g * 0.62, g * 0.78, g * 0.95, g * 0.62, g * 0.26), s.skin))
    chest = [between(head, body[1], 0.5), body[1], body[2]]
    parts.append(taper([(x + (3 if not swims else 0), y + 5) for x, y in chest], (g * 0.3, g * 0.45, g * 0.4), s.pale))
    root = body[1]
    parts.append(taper(((root[0] - 4, root[1] + 8), (root[0] - 6 + beat, root[1] + 24)), (5.6, 3.0), s.dark))
    parts.append(oval(head[0] + 1, head[1], g * 0.74, g * 0.7, s.skin))
    mx, my = head[0] + g * 0.5, head[1] + g * 0.24
    parts.append(
        oval(mx, my, g * 0.42, g * 0.32, s.pale) + oval(mx + g * 0.18, my - g * 0.2, g * 0.15, g * 0.11, "#2a2226")
    )
    if s.shows("tusks"):
        parts += [
            taper(((mx + dx, my + g * 0.2), (mx + dx, my + g * 1.0)), (1.8, 0.7), "#fbf5e2") for dx in (-2.5, 3.0)
        ]
    parts += [line([(mx - 1, my + dy), (mx - 9, my + dy * 2.6)], s.dark, 0.7) for dy in (-1.0, 1.2)]
    shut = now.gait == "lie" or blinks(now.clock)
    parts += [eye(head[0] + dx, head[1] - g * 0.14, g * 0.15, shut=shut) for dx in (g * 0.02, g * 0.52)]
    return "".join(parts)


def ray(s: Swimmer, now: Pose) -> str:
    turn = turn_of(now)
    half = s.length / 2
    up, lag = 13 * sin(turn), 13 * sin(turn - 0.8)
    tail = chain((X - half * 0.4, Y), 178, 44, 12, 8, turn, 5)
    wing = [
        (X + half * 0.75, Y),
        (X + half * 0.2, Y - 13 - up * 0.5),
        (X - half * 0.3, Y - 27 - up),
        (X - half * 0.55, Y - 4),
        (X - half * 0.3, Y + 22 - lag),
        (X + half * 0.2, Y + 12 - lag * 0.5),
    ]
    return (
        taper(tail, (3, 2.4, 1.9, 1.4, 1.0, 0.5), s.dark)
        + smooth(wing, s.skin)
        + oval(X + half * 0.3, Y + 4, half * 0.36, 5, s.pale)
        + face_of(X + half * 0.5, Y - 3, 2.6, now)
    )
