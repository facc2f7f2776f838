"""Animals with legs that move: one jointed side view, facing right, for every species of `species.py`.

Units: an SVG of 160 x 160, feet on y = 134. What an animal does is the gait of its pose: stand, walk, run, jump, dance,
sit, lie, surf, swim, fly.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import cos, hypot, pi, radians, sin

from engines.sketch.canvas.colours import RGB, rgb
from engines.sketch.canvas.svg import Point, area, document, line, oval, smooth, taper

from .artwork import Drawing, Light, measured, recoloured
from .coats import Frame, shell, spines, tail, trunk, wing
from .faces import Mood, portrait, shaded
from .joints import between, blinks, chain, knee, step
from .motion import Pose
from .profiles import profile
from .species import SPECIES, Species

__all__ = ["GROUND", "SPECIES", "acting", "standing"]

GROUND = 134.0
_SIDE = 160.0
_X = 79.0  # the middle of a trunk
_REST = Pose()
_TROT = {"walk": (0.0, 0.5, 0.25, 0.75), "run": (0.0, 0.13, 0.5, 0.63), "hop": (0.0, 0.06, 0.42, 0.5)}
"""Where in the stride each leg is: near hind, far hind, near fore, far fore."""


@lru_cache(maxsize=128)
def standing(name: str) -> Drawing:
    """The drawing of an animal at rest, measured: where its box is and what colour it has."""
    shape = measured(_document(SPECIES[name], _REST), _SIDE)
    x, y, w, _ = shape.ink
    return Drawing(shape.svg, (x, y, w, GROUND - y), rgb(SPECIES[name].coat))


def acting(name: str, now: Pose, target: RGB | None, light: Light) -> bytes:
    """The SVG document of an animal in a pose, coloured and lit."""
    return recoloured(_document(SPECIES[name], now), rgb(SPECIES[name].coat), target, light)


def _document(s: Species, now: Pose) -> str:
    return document(_body(s, now), _SIDE)


def _body(s: Species, now: Pose) -> str:
    """Everything, back to front: far wing and legs, tail, trunk, near legs, neck, head, near wing."""
    hoofed = s.face == "long" and s.moves == "trot"
    if hoofed and now.gait in ("sit", "dance"):
        now = replace(now, gait="couch" if now.gait == "sit" else "prance")
    if now.gait in ("lie", "couch"):
        return (
            _curled(s, now)
            if now.gait == "lie" and s.face == "round" and s.girth < 34 and s.moves != "upright"
            else _couched(s, now)
        )
    frame = _frame(s, now)
    far = shaded(s.coat, 0.2)
    hind, fore = _rooted(s, frame)
    upright = frame.shoulder[1] < frame.hip[1] - s.length * 0.5
    parts = [
        wing(s, frame, now, near=False),
        _leg(s, (hind[0] + 1.5, hind[1]), frame.feet[1], far, hind=True),
        _leg(s, (fore[0] + 1.5, fore[1]), frame.feet[3], far, hind=False),
        tail(s, frame, now),
        trunk(s, frame, now),
        _leg(s, hind, frame.feet[0], s.coat, hind=True),
    ]
    near_fore = _leg(s, fore, frame.feet[2], s.coat, hind=False)
    if not upright:
        parts.append(near_fore)
    if s.shows("shell"):
        parts.append(shell(s, frame))
    parts.append(_neck(s, frame, now))
    if upright:
        parts.append(near_fore)
    parts.append(wing(s, frame, now, near=True))
    return "".join(parts)


def _rooted(s: Species, frame: Frame) -> tuple[Point, Point]:
    """Where the legs begin: below the middle of the trunk's ends."""
    dx, dy = frame.shoulder[0] - frame.hip[0], frame.shoulder[1] - frame.hip[1]
    long = hypot(dx, dy) or 1.0
    px, py = -dy / long * s.girth * 0.14, dx / long * s.girth * 0.14
    return (frame.hip[0] + px, frame.hip[1] + py), (frame.shoulder[0] + px - 1, frame.shoulder[1] + py)


def _frame(s: Species, now: Pose) -> Frame:
    """The joints of a pose."""
    gait, phase = now.gait, now.phase
    wave = sin(2 * pi * phase)
    level = GROUND - s.leg - s.girth * 0.5
    left, right = _X - s.length / 2, _X + s.length / 2
    floor = GROUND - _thick(s) * 0.8
    breath = 0.4 * sin(2.1 * now.clock)
    if gait == "sit" and s.moves != "upright":
        hip = (left + s.length * 0.2, GROUND - s.girth * 0.5)
        tall = min(s.length * 0.72, s.leg + s.girth * 0.3)
        shoulder = (hip[0] + s.length * 0.46, hip[1] - tall + breath)
        paw = (shoulder[0] + s.girth * 0.12, floor)
        foot = (hip[0] + s.girth * 0.78, floor)
        return Frame(
            hip, shoulder, (foot, (foot[0] + 3, floor), paw, (paw[0] + s.girth * 0.24, floor)), 12.0, (0.0, 0.0), 14.0
        )
    if s.moves == "upright" or gait == "dance":
        return _upright(s, now, floor)
    if gait == "surf":
        low = level + s.leg * 0.22 + 0.7 * sin(3.1 * now.clock)
        sway = 1.5 * sin(1.7 * now.clock)
        feet = ((left - 3, floor), (left + 5, floor), (right + 6, floor), (right + 1, floor))
        return Frame((left + sway, low + 1), (right + sway, low - 3), feet, 18.0, (1.0, 0.0), 8.0)
    if gait == "fly":
        tuck = s.leg * 0.72
        feet = ((left - 7, level + tuck), (left - 3, level + tuck), (right - 4, level + tuck), (right, level + tuck))
        return Frame((left, level + wave), (right, level - 2 - wave), feet, -8.0, (2.0, 0.0), -18.0)
    if gait == "stand":
        feet = ((left - 3, floor), (left + 5, floor), (right + 1, floor), (right + 6, floor))
        return Frame((left, level), (right, level + breath * 0.5), feet, 0.0, (0.0, breath))
    return _going(s, now, (left, level), (right, level), floor)


def _going(s: Species, now: Pose, hip: Point, shoulder: Point, floor: float) -> Frame:
    """Walking, running, hopping, paddling, and jumping."""
    gait, phase = now.gait, now.phase
    turn = 2 * pi * phase
    if gait == "jump":
        air = sin(pi * min(1.0, max(0.0, (phase - 0.18) / 0.64)))
        down = 0.0 if air > 0 else s.leg * 0.3 * sin(pi * min(1.0, (phase if phase < 0.18 else 1 - phase) / 0.18))
        reach = s.leg * 0.7 * air
        low = floor - s.leg * 0.2 * air
        hind, fore = (
            ((hip[0] - share * reach, low) for share in (1.0, 0.7)),
            ((shoulder[0] + share * reach, low) for share in (1.0, 0.7)),
        )
        return Frame(
            (hip[0], hip[1] + down),
            (shoulder[0], shoulder[1] + down * 1.3),
            (next(hind), next(hind), next(fore), next(fore)),
            10 * air,
        )
    hops = s.moves == "hop" and gait in ("walk", "run")
    run = gait == "run" and not hops
    offsets = _TROT["hop" if hops else "run" if run else "walk"]
    if run or hops:
        reach, lift, duty = (s.leg * 0.62 + s.length * 0.14) * now.reach, s.leg * 0.5, 0.36
        high = s.leg * (0.5 if hops else 0.16)
        bounce = -high * (0.5 + 0.5 * sin(turn - 1.9))
        pitch, arch = s.girth * 0.13 * sin(turn + 0.5), s.length * 0.06 * cos(turn)
    else:
        prance = gait == "prance"
        reach, lift, duty = s.leg * (0.1 if prance else 0.46 * now.reach), s.leg * (0.5 if prance else 0.3), 0.6
        bounce, pitch, arch = s.leg * (0.1 if prance else 0.025) * sin(2 * turn), s.leg * 0.02 * sin(turn), 0.0
    if gait == "swim":
        lift, floor = s.leg * 0.5, floor - s.leg * 0.16
    hip, shoulder = (hip[0] - arch, hip[1] + bounce + pitch), (shoulder[0] + arch, shoulder[1] + bounce - pitch)
    feet: list[Point] = []
    for i, offset in enumerate(offsets):
        x, y = step(phase + offset, reach, lift, duty)
        base = (hip if i < 2 else shoulder)[0] + (3.0 if i % 2 else -0.5) + (0.0 if i < 2 else 1.5)
        feet.append((base + x, floor + y))
    nod = (0.6 * sin(turn), s.girth * (0.05 if run else 0.025) * sin((1 if run else 2) * turn + 2.4))
    return Frame(hip, shoulder, (feet[0], feet[1], feet[2], feet[3]), 22.0 if run else 4.0, nod, -8.0 if run else 0.0)


def _upright(s: Species, now: Pose, floor: float) -> Frame:
    """On the hind legs: those who live so, and those who dance."""
    gait, phase = now.gait, now.phase
    wave = sin(2 * pi * phase)
    lean = radians({"run": 38.0, "walk": 54.0, "dance": 74.0 + 8 * wave}.get(gait, 58.0))
    hops = s.tail == "thick" and not s.shows("teeth") and gait in ("walk", "run")
    going = gait in ("walk", "run")
    bounce = -s.leg * (
        0.55 * max(0.0, wave) if hops else 0.06 * abs(wave) if going else 0.14 * abs(wave) if gait == "dance" else 0.0
    )
    back = s.girth * 0.2
    hip = (_X - 5.0 - back, GROUND - s.leg * 0.94 - s.girth * 0.2 + bounce)
    shoulder = (hip[0] + s.length * cos(lean), hip[1] - s.length * sin(lean) + 0.4 * sin(2.1 * now.clock))
    feet: list[Point] = []
    for i in (0, 1):
        if hops:
            x, y = -s.leg * 0.25 * wave, min(0.0, bounce * 0.8)
        elif going:
            x, y = step(phase + 0.5 * i, s.leg * (0.75 if gait == "run" else 0.5) * now.reach, s.leg * 0.4, 0.5)
        elif gait == "dance":
            x, y = 0.0, -s.leg * 0.4 * max(0.0, wave if i else -wave)
        else:
            x, y = 0.0, 0.0
        feet.append((hip[0] + back + 1 + 5 * i + x, floor + y))
    swing = s.leg * 0.5 * wave if gait != "stand" else 0.6 * sin(2.1 * now.clock)
    far = s.leg * 0.45 + s.girth * 0.3
    up = -far * 0.9 if gait == "dance" else far * 0.25
    near_hand = (shoulder[0] + far * 0.85, shoulder[1] + up + swing)
    far_hand = (shoulder[0] + far, shoulder[1] + up - swing)
    return Frame(
        hip,
        shoulder,
        (feet[0], feet[1], near_hand, far_hand),
        -18.0 if s.tail == "thick" else -30.0,
        (0.0, 0.0),
        -14.0 if gait == "run" else 4.0,
    )


def _thick(s: Species) -> float:
    """Half the thickness of an ankle."""
    return max(1.9, s.girth * 0.12) * s.bone


def _leg(s: Species, joint: Point, foot: Point, colour: str, *, hind: bool) -> str:
    thick = _thick(s)
    arm = s.moves == "upright" and not hind
    whole = (s.leg + s.girth * 0.36) * (0.62 if arm and s.shows("teeth") else 0.85 if arm else 1.0)
    bend, end = knee(joint, foot, whole * 0.52, whole * 0.53, 1.0 if hind else -0.55 if not arm else 1.0)
    thigh = s.girth * (0.3 if hind else 0.22) * (1.0 if s.face == "round" or s.bone > 1.1 else 0.92)
    if arm:
        thigh *= 0.75
    parts = [taper((joint, bend, end), (thigh, max(thick * 1.15, thigh * 0.58), thick), colour)]
    shade = colour != s.coat
    socks = s.dark if s.shows("stockings") or s.shows("panda") else s.pale if s.shows("socks") else ""
    if socks:
        socks = shaded(socks, 0.14) if shade else socks
        parts.append(taper((between(bend, end, 0.3), end), (thick * 1.12, thick * 1.02), socks))
    if s.shows("stripes"):
        for share in (0.25, 0.6):
            x, y = between(bend, end, share)
            parts.append(line([(x - thick, y - 0.6), (x + thick, y + 0.6)], s.dark, 1.5))
    if s.shows("hooves"):
        x, y = end
        parts.append(
            area(
                [
                    (x - thick, y - thick),
                    (x + thick, y - thick),
                    (x + thick * 1.5, y + thick * 0.8),
                    (x - thick * 1.1, y + thick * 0.8),
                ],
                s.dark,
            )
        )
    else:
        heavy = s.bone > 1.4 and s.moves != "upright"
        ahead = thick * (0.15 if heavy else 0.6 if s.moves != "upright" or not hind else 1.5)
        parts.append(oval(end[0] + ahead, end[1], thick * 1.1 + ahead * 0.6, thick * 0.82, socks or colour))
    return "".join(parts)


def _neck(s: Species, frame: Frame, now: Pose) -> str:
    """Neck, chest and head."""
    (sx, sy), r = frame.shoulder, s.girth / 2
    rise = radians(s.rise + frame.rise)
    base = (sx + r * 0.1, sy - r * 0.25)
    x = base[0] + r * 0.4 + s.neck * cos(rise) + frame.nod[0]
    y = base[1] - s.head * 0.35 - s.neck * sin(rise) + frame.nod[1]
    parts = []
    thin = s.head * (0.62 if s.face == "long" else 0.7)
    if s.shows("mane"):
        back = [
            (base[0] - r * 0.5, base[1] - r * 0.35),
            between(base, (x, y), 0.5),
            (x - s.head * 0.75, y - s.head * 0.3),
            (x - s.head * 0.1, y - s.head * 0.95),
        ]
        back[1] = (back[1][0] - r * 0.75, back[1][1] - r * 0.3)
        wave = 1.2 * sin(2 * pi * now.phase)
        parts.append(taper(back, (r * 0.3, r * 0.4 + wave * 0.3, r * 0.4, r * 0.26), s.dark))
    parts.append(
        taper(
            (base, between(base, (x, y), 0.55), (x - s.head * 0.1, y)), (r * 0.86, (r * 0.7 + thin) / 2, thin), s.coat
        )
    )
    if s.shows("patches") and s.shows("knobs"):
        for share in (0.2, 0.42, 0.64, 0.84):
            px, py = between(base, (x, y), share)
            parts.append(oval(px + (1 if share in (0.2, 0.64) else -1.5), py, 2.5, 3.0, s.dark))
    if s.shows("fluff"):
        ruffle = [
            *(
                (base[0] + r * 0.2, base[1] - r * 0.5),
                (x + s.head * 0.45, y + s.head * 0.5),
                (sx + r * 1.3, sy + r * 0.02),
            ),
            *(
                (sx + r * 0.98, sy + r * 0.18),
                (sx + r * 1.02, sy + r * 0.52),
                (sx + r * 0.62, sy + r * 0.5),
                (sx + r * 0.5, sy + r * 0.86),
            ),
            *((sx + r * 0.1, sy + r * 0.6), (sx - r * 0.1, sy + r * 0.1)),
        ]
        parts.append(smooth(ruffle, s.pale))
    parts.append(_head(s, x, y, _mood(s, now)))
    if s.shows("trunk"):
        turn = 2 * pi * now.phase if now.gait in ("walk", "run") else 1.7 * now.clock
        points = chain((x + s.head * 0.72, y + s.head * 0.2), 62, s.head * 2.3, 18, 18, turn)
        k = s.head
        parts.append(
            taper(
                ((x + k * 0.5, y + k * 0.62), (x + k * 1.0, y + k * 0.95), (x + k * 1.5, y + k * 0.8)),
                (k * 0.13, k * 0.11, k * 0.03),
                "#fdf6e6",
            )
        )
        parts.append(taper(points, (k * 0.44, k * 0.36, k * 0.28, k * 0.23, k * 0.2, k * 0.17), s.coat))
    return "".join(parts)


def _mood(s: Species, now: Pose) -> Mood:
    run = now.gait == "run"
    lag = (
        (14.0 if run else 5.0) * sin(2 * pi * now.phase - 0.9)
        if now.gait in ("walk", "run", "dance", "jump")
        else 2.0 * sin(1.7 * now.clock)
    )
    happy = s.shows("fluff") and s.face == "round" and s.moves != "hop" and not s.shows("wool")
    return Mood(
        shut=now.gait == "lie" or blinks(now.clock),
        open=now.mouth,
        tongue=happy and (now.gait in ("run", "surf", "dance", "jump") or (s.shows("smile") and now.gait != "lie")),
        lag=lag + (12.0 if run or now.gait == "surf" else 0.0),
    )


def _curled(s: Species, now: Pose) -> str:
    """Asleep, curled up on the ground with the tail round the paws."""
    r, breath = s.girth / 2, 0.9 * sin(1.3 * now.clock)
    w, h = s.length * 0.5 + r * 0.55, r * 1.02 + breath * 0.5
    x, y = _X - 3.0, GROUND - h
    parts = []
    if s.shows("spines"):
        parts.append(spines(s, (x, y)))
    else:
        parts.append(
            smooth(
                [
                    (x - w, GROUND - h * 0.6),
                    (x - w * 0.7, y - h * 0.75),
                    (x, y - h),
                    (x + w * 0.65, y - h * 0.55),
                    (x + w * 0.95, GROUND - h * 0.5),
                    (x + w * 0.5, GROUND),
                    (x - w * 0.6, GROUND),
                ],
                s.coat,
            )
        )
    if s.shows("stripes") or s.shows("patches"):
        for i in range(4):
            sx = x - w * 0.55 + i * w * 0.32
            parts.append(
                taper(
                    ((sx, y - h * (0.72 + 0.1 * (i in (1, 2)))), (sx + 1.5, y - h * 0.1)), (r * 0.12, r * 0.03), s.dark
                )
            )
    parts.append(oval(x - w * 0.42, GROUND - h * 0.62, w * 0.42, h * 0.6, shaded(s.coat, 0.06)))
    paw = s.dark if s.shows("stockings") else s.pale if s.shows("socks") else s.coat
    parts.append(
        taper(((x + w * 0.2, GROUND - 3), (x + w * 1.15, GROUND - 2.6)), (r * 0.26, r * 0.24), shaded(paw, 0.06))
    )
    k = s.head
    parts.append(_head(s, x + w * 0.72, GROUND - k * 0.9 + breath * 0.4, Mood(shut=True, lag=6.0)))
    if s.tail in ("bushy", "plume", "thin", "tuft", "curl"):
        wide = {"bushy": 0.5, "plume": 0.5}.get(s.tail, 0.17)
        points = [
            (x - w * 0.8, GROUND - h * 0.5),
            (x - w * 0.7, GROUND - r * wide - 1),
            (x - w * 0.1, GROUND - r * wide + 0.5),
            (x + w * 0.34, GROUND - r * wide + sin(0.9 * now.clock)),
        ]
        parts.append(
            taper(
                points,
                (r * wide * 0.7, r * wide, r * wide, r * wide * 0.5),
                s.coat if not s.shows("pinktail") else "#e9a3a8",
            )
        )
        if s.tail == "bushy":
            parts.append(taper(points[2:], (r * wide * 0.8, r * wide * 0.5), s.pale))
    return "".join(parts)


def _couched(s: Species, now: Pose) -> str:
    """Lying with the legs folded under."""
    r, breath = s.girth / 2, 0.6 * sin(1.3 * now.clock)
    left, right = _X - s.length / 2, _X + s.length / 2
    level = GROUND - r * 0.98
    frame = Frame(
        (left, level), (right, level - 2 + breath * 0.5), ((0, 0), (0, 0), (0, 0), (0, 0)), 0.0, (0.0, 0.0), -6.0
    )
    thick = _thick(s)
    parts = [tail(s, frame, now), trunk(s, frame, now)]
    for x, forward in ((left + 2, 1.0), (right - 3, 1.0)):
        parts.append(
            taper(
                (
                    (x, level + r * 0.4),
                    (x + forward * s.leg * 0.3, GROUND - thick * 1.6),
                    (x - s.leg * 0.12, GROUND - thick),
                ),
                (r * 0.4, thick * 1.3, thick),
                s.coat,
            )
        )
    if s.shows("shell"):
        parts.append(shell(s, frame))
    parts.append(_neck(s, frame, now))
    return "".join(parts)


def pace(name: str, gait: str) -> float:
    """Units of the drawing that a natural stride of a gait carries it on, while its feet stay where they are."""
    s = SPECIES[name]
    if s.moves == "upright":
        return s.leg * (0.75 if gait == "run" else 0.5) * 2.0 / 0.5
    hops = s.moves == "hop"
    return (s.leg * 0.62 + s.length * 0.14) * 2.0 / 0.36 if gait == "run" or hops else s.leg * 0.46 * 2.0 / 0.62


def _head(s: Species, x: float, y: float, mood: Mood) -> str:
    """A head, with its ears and what it wears there."""
    return "".join(portrait(s, x, y, mood) if s.face == "round" else profile(s, x, y, mood))
