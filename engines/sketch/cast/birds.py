"""Birds: one side view, facing right, shaped and coloured by a few figures per species; they fly, walk, swim and stand.

Units: an SVG of 160 x 160, feet on y = 134 (the keel of one that swims lies on y = 130). A wing beat is a phase 0..1.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, radians, sin

from engines.sketch.canvas.colours import RGB, rgb
from engines.sketch.canvas.svg import Point, area, document, eye, fill, line, oval, smooth, taper

from .artwork import Drawing, Light, measured, recoloured
from .faces import shaded
from .joints import between, blinks, chain, knee, step
from .motion import Pose
from .plumage import BIRDS, Bird

GROUND = 134.0
_SIDE, _X = 160.0, 78.0
_ON_FOOT = ("stand", "walk", "run", "jump", "dance", "sit", "lie", "surf")


@lru_cache(maxsize=64)
def standing(name: str) -> Drawing:
    """The drawing of a bird: of one that flies its box with the wings spread, of others as they stand."""
    bird = BIRDS[name]
    if bird.stays or bird.tilt > 60:
        shape = measured(document(_body(bird, Pose()), _SIDE), _SIDE)
        x, y, w, _ = shape.ink
        return Drawing(shape.svg, (x, y, w, GROUND - y), rgb(bird.body))
    shape = measured(document(_body(bird, Pose(gait="fly", beat=0.5)), _SIDE), _SIDE)
    return Drawing(shape.svg, (28.0, 48.0, 100.0, GROUND - 48.0), rgb(bird.body))


def acting(name: str, now: Pose, target: RGB | None, light: Light) -> bytes:
    """The SVG document of a bird in a pose, coloured and lit."""
    bird = BIRDS[name]
    return recoloured(document(_body(bird, now), _SIDE), rgb(bird.body), target, light)


def _marks(b: Bird) -> list[str]:
    return b.has.split()


def _body(b: Bird, now: Pose) -> str:
    """Far wing, fan, legs, tail, trunk, neck, head, near wing."""
    flies = now.gait == "fly"
    afloat = now.gait == "swim"
    marks = _marks(b)
    going = now.gait in ("walk", "run", "dance", "jump")
    turn = 2 * pi * now.phase
    tilt = radians(
        0.0
        if flies and b.tilt <= 60
        else 4.0
        if afloat and b.tilt > 60
        else b.tilt + (6.0 * sin(turn) if now.gait == "dance" else 0.0)
    )
    breath = 0.4 * sin(2.1 * now.clock)
    leg = 0.0 if afloat else b.leg * (0.25 if now.gait in ("sit", "lie") else 1.0)
    low = b.length * sin(tilt) * 0.75 + b.girth * cos(tilt) * 0.92
    y = (GROUND - 4.0 if afloat else GROUND) - leg - low + (0.5 * sin(2 * turn) if going else 0.0)
    if flies:
        y = 100.0 - 2.0 * sin(2 * pi * now.beat)
    c, s = cos(tilt), sin(tilt)
    half = b.length * 0.62
    rump, breast = (_X - half * c, y + half * s), (_X + half * c, y - half * s + breath)
    lean = 3.0 * sin(turn) if "flipper" in marks and going else 0.0
    head = _head_at(b, breast, now, flies, afloat)
    up = sin(2 * pi * now.beat)
    parts = []
    if "fan" in marks:
        parts.append(_fan(b, rump, now))
    if flies:
        parts.append(
            _wing(
                b,
                (breast[0] - b.length * 0.2 + 6, breast[1] - b.girth * 0.3),
                0.88,
                up * 0.92 + 0.1,
                shaded(b.body, 0.34),
            )
        )
    if not afloat:
        parts.append(_legs(b, (between(rump, breast, 0.42)[0], y + b.girth * 0.5 * c), now, flies))
    parts.append(_tail(b, rump, tilt, now))
    if "long" in marks:
        parts.append(taper((rump, (rump[0] - 20 * c, rump[1] + 20 * s + 2)), (4.0, 2.0), b.tail))
    girth = b.girth
    parts.append(taper((rump, between(rump, breast, 0.55), breast), (girth * 0.66, girth * 1.02, girth * 0.9), b.body))
    nx, ny = s, c  # towards the belly
    front = 0.42 if b.tilt > 60 else 0.34
    belly = [
        (px + nx * girth * k, py + ny * girth * k)
        for (px, py), k in (
            (between(rump, breast, 0.18), 0.42),
            (between(rump, breast, 0.6), 0.5),
            (between(rump, breast, 1.0), front),
        )
    ]
    parts.append(taper(belly, (girth * 0.2, girth * 0.48, girth * 0.5), b.belly))
    if "spots" in marks:
        for i in range(6):
            px, py = between(belly[0], belly[2], 0.2 + 0.3 * (i // 2))
            parts.append(
                oval(px + (2.4 if i % 2 else -2.4), py + (1 if i % 2 else -1.2), 1.5, 1.0, shaded(b.belly, 0.25))
            )
    root = (breast[0] + girth * 0.1 * c, breast[1] - girth * 0.16)
    if b.neck > 3:
        bend = (between(root, head, 0.5)[0] + b.neck * 0.14, between(root, head, 0.5)[1])
        if b.neck > 20 and not flies:
            bend = (root[0] + b.neck * 0.34, root[1] - b.neck * 0.24)
        tone = b.head if "bare" not in marks else shaded(b.head, 0.06)
        parts.append(
            taper(
                (root, bend, head),
                (girth * 0.62, b.skull * 0.62, b.skull * 0.58),
                b.body if b.neck < 10 and "collar" not in marks else tone,
            )
        )
        if "collar" in marks:
            parts.append(
                taper(
                    (between(root, head, 0.35), between(root, head, 0.45)), (b.skull * 0.66, b.skull * 0.66), "#ffffff"
                )
            )
    parts.append(_head(b, head, now))
    if flies:
        parts.append(_wing(b, (breast[0] - b.length * 0.35, breast[1] - b.girth * 0.15), 1.0, up, shaded(b.body, 0.16)))
    else:
        parts.append(_folded(b, rump, breast, tilt, now, up if going else 0.0))
    whole = "".join(parts)
    if lean:
        return f'<g transform="rotate({lean:.2f} {_X} {GROUND})">{whole}</g>'
    return whole


def _head_at(b: Bird, breast: Point, now: Pose, flies: bool, afloat: bool) -> Point:
    """Birds hold their heads still and push them on with every step."""
    bob = 1.8 * sin(4 * pi * now.phase) if now.gait in ("walk", "run") and b.neck > 2 else 0.4 * sin(1.7 * now.clock)
    if flies:
        return breast[0] + b.skull * 0.75 + b.neck * 0.8, breast[1] - b.skull * 0.35 - b.neck * 0.3
    if b.tilt > 60:
        return breast[0] + 1.0, breast[1] - b.skull * 0.55 - max(0.0, b.neck)
    peck = 0.0
    if now.gait == "sit":
        peck = 2.0
    return breast[0] + b.skull * 0.5 + b.neck * 0.1 + bob, breast[1] - b.skull * 0.62 - b.neck * 0.95 + peck


def _head(b: Bird, at: Point, now: Pose) -> str:
    (x, y), r, marks = at, b.skull, _marks(b)
    shut = now.gait == "lie" or blinks(now.clock)
    parts = []
    if "comb" in marks:
        for dx, dy, k in ((-0.4, -0.9, 0.3), (0.05, -1.12, 0.36), (0.48, -0.98, 0.3)):
            parts.append(oval(x + r * dx, y + r * dy, r * k, r * k * 1.1, "#e0342e"))
        parts.append(oval(x + r * 0.75, y + r * 0.85, r * 0.26, r * 0.42, "#e0342e"))
    if "wattle" in marks:
        parts.append(oval(x + r * 0.75, y + r * 0.95, r * 0.28, r * 0.6, "#d8342e"))
    if "crest" in marks:
        for angle in (-122, -100, -78) if "fan" in marks else ():  # a peacock's little crown
            tip = (x + r * 1.8 * cos(radians(angle)), y + r * 1.8 * sin(radians(angle)))
            parts.append(line([(x, y - r * 0.7), tip], b.head, 1.4) + oval(tip[0], tip[1], r * 0.22, r * 0.22, b.head))
        if "fan" not in marks:
            nape, tip = (x - r * 0.95, y + r * 0.1), (x - r * 1.2, y - r * 1.05)
            parts.append(smooth([(x + r * 0.6, y - r * 0.75), (x - r * 0.2, y - r * 1.3), tip, nape], b.head))
    if "tufts" in marks:
        parts.append(
            area(
                [(x - r * 0.9, y - r * 0.5), (x - r * 0.75, y - r * 1.35), (x - r * 0.2, y - r * 0.9)],
                shaded(b.head, 0.15),
            )
        )
        parts.append(
            area(
                [(x + r * 0.95, y - r * 0.5), (x + r * 0.85, y - r * 1.35), (x + r * 0.25, y - r * 0.9)],
                shaded(b.head, 0.15),
            )
        )
    bill = b.bill
    opened = 2.4 * now.mouth
    if "owl" in marks:
        parts.append(oval(x, y, r, r * 0.92, b.head))
        for ex in (x - r * 0.36, x + r * 0.46):
            parts.append(oval(ex, y, r * 0.46, r * 0.48, shaded(b.belly, -0.2)))
            if shut:
                parts.append(eye(ex, y, r * 0.26, shut=True))
            else:
                parts.append(oval(ex, y, r * 0.32, r * 0.33, "#f2b632") + eye(ex, y, r * 0.2))
        parts.append(
            area([(x - r * 0.1, y + r * 0.14), (x + r * 0.24, y + r * 0.14), (x + r * 0.08, y + r * 0.58)], b.beak)
        )
        return "".join(parts)
    low = fill(
        shaded(b.beak, 0.18),
        "M",
        x + r * 0.6,
        y + r * 0.1,
        "L",
        x + r * 0.75 + bill * 0.8,
        y + r * 0.42 + opened,
        "L",
        x + r * 0.55,
        y + r * 0.62 + opened * 0.5,
    )
    if "pouch" in marks:
        low = fill(
            "#f7c66a", "M", x + r * 0.5, y + r * 0.1, "Q", x + bill * 0.6, y + r * 2.2, x + r * 0.8 + bill, y + r * 0.5
        )
    hook = 0.75 if "hook" in marks else 0.32
    flat = 0.12 if "flat" in marks else 0.0
    high = fill(
        b.beak,
        *(
            "M",
            x + r * 0.62,
            y - r * (0.3 - flat),
            "Q",
            x + r * 0.7 + bill * 0.7,
            y - r * (0.3 if hook > 0.5 else 0.16),
            x + r * 0.75 + bill,
            y + r * hook,
        ),
        *("Q", x + r * 0.7 + bill * 0.5, y + r * 0.34, x + r * 0.6, y + r * 0.42),
    )
    parts += [low, high, oval(x, y, r, r * 0.96, b.head)]
    if "mask" in marks:
        parts.append(oval(x + r * 0.42, y + r * 0.18, r * 0.5, r * 0.55, b.belly) + high)
    if "face" in marks:
        parts.append(oval(x + r * 0.42, y + r * 0.02, r * 0.42, r * 0.46, "#fbf6ea"))
    if "mask" in marks:
        parts.append(oval(x - r * 0.2, y + r * 0.5, r * 0.2, r * 0.12, "#f28a86", 0.5))
    size = r * (0.2 if r < 10 else 0.19)
    parts.append(eye(x + r * 0.36, y - r * 0.12, size, shut=shut))
    if "brow" in marks:
        parts.append(line([(x + r * 0.08, y - r * 0.5), (x + r * 0.72, y - r * 0.34)], shaded(b.beak, 0.4), 1.3))
    if r >= 10.4 and "mask" not in marks and "brow" not in marks:
        parts.append(oval(x + r * 0.1, y + r * 0.38, r * 0.2, r * 0.13, "#f28a86", 0.45))
    return "".join(parts)


def _legs(b: Bird, hip: Point, now: Pose, flies: bool) -> str:
    tone = b.beak if "bare" not in _marks(b) else b.head
    if "flipper" in _marks(b):
        lift = [
            max(0.0, sin(2 * pi * now.phase + pi * i)) * 3 if now.gait in ("walk", "run", "dance") else 0.0
            for i in (0, 1)
        ]
        return "".join(
            taper(((_X - 6 + 9 * i, GROUND - 2 - lift[i]), (_X + 4 + 9 * i, GROUND - 1.4 - lift[i])), (2.8, 2.0), tone)
            for i in (1, 0)
        )
    parts = []
    for i in (1, 0):
        colour = shaded(tone, 0.2) if i else tone
        x = hip[0] + (4.0 if i else -1.0)
        if flies:
            parts.append(line([(x - 4, hip[1]), (x - 12, hip[1] + 5)], colour, 1.9))
            continue
        dx, dy = 0.0, 0.0
        if now.gait in ("walk", "run"):
            dx, dy = step(
                now.phase + 0.5 * i, b.leg * (0.75 if now.gait == "run" else 0.5) * now.reach, b.leg * 0.4, 0.55
            )
        elif now.gait == "dance":
            dy = -b.leg * 0.5 * max(0.0, sin(2 * pi * now.phase + pi * i))
        elif now.gait in ("sit", "lie"):
            dx = 1.0
        foot = (x + dx, GROUND - 1.0 + dy)
        bend, end = knee((x, hip[1]), foot, (GROUND - hip[1]) * 0.52, (GROUND - hip[1]) * 0.53, 1.0)
        wide = 2.2 if b.leg < 24 else 2.7
        if "bare" in _marks(b):
            parts.append(taper(((x, hip[1]), bend), (5.0, 2.6), colour))
        parts.append(line([(x, hip[1]), bend, end], colour, wide))
        parts.append(line([(end[0] - 2.2, end[1]), (end[0] + 4.6, end[1])], colour, wide * 0.95))
    return "".join(parts)


def _tail(b: Bird, rump: Point, tilt: float, now: Pose) -> str:
    marks = _marks(b)
    wag = 2.0 * sin(2.4 * now.clock)
    x, y = rump
    tone = b.tail or shaded(b.body, 0.18)
    if "flipper" in marks:
        return area([(x - 3, y + 2), (x - 9, y + b.girth * 0.6), (x + 5, y + b.girth * 0.5)], tone)
    if "cocked" in marks or b.body.startswith("#35323a") or "bare" in marks:
        plumes = []
        for i, angle in enumerate((-140, -122, -104)):
            points = chain((x - 1, y), angle + wag, 22.0 - 3 * i, -62, 5, 2.4 * now.clock + i, 4)
            plumes.append(taper(points, (4.5, 4.6, 4.2, 3.2, 0.8), shaded(tone, 0.1 * i)))
        return "".join(plumes)
    long = 24.0 if not b.stays and b.tilt <= 60 else 11.0 if b.tilt <= 60 else 9.0
    c, s = cos(tilt * 0.8), sin(tilt * 0.8)
    tip = (x - long * c, y + long * s * (1 if not b.stays else -0.6) + wag * 0.4)
    return taper(((x + 4, y), between((x, y), tip, 0.55), tip), (b.girth * 0.5, b.girth * 0.36, b.girth * 0.4), tone)


def _fan(b: Bird, rump: Point, now: Pose) -> str:
    """The open fan of a peacock or a turkey."""
    x, y = rump[0] + 8, rump[1]
    peacock = "crest" in _marks(b)
    far = 50.0 if peacock else 33.0
    shake = 1.6 * sin(3.1 * now.clock)
    parts = []
    for i in range(9):
        angle = radians(-172 + 17.5 * i + shake)
        tip = (x + far * cos(angle), y + far * 0.96 * sin(angle))
        parts.append(
            taper(
                ((x, y), between((x, y), tip, 0.6), tip),
                (2.0, 5.6, far * 0.14),
                b.tail if i % 2 == 0 else shaded(b.tail, 0.14),
            )
        )
        if peacock:
            parts.append(oval(tip[0], tip[1], 4.4, 4.4, "#e8c24a") + oval(tip[0], tip[1], 2.9, 2.9, "#1f5ac4"))
        else:
            parts.append(oval(tip[0], tip[1], 2.6, 2.6, "#f0e2c4"))
    return "".join(parts)


def _folded(b: Bird, rump: Point, breast: Point, tilt: float, now: Pose, up: float) -> str:
    """A wing at rest; one that walks or dances lets it flap a little."""
    marks = _marks(b)
    if "flipper" in marks:
        flap = 24 + 16 * abs(up) if now.gait in ("walk", "run", "dance", "jump") else 8 + 2 * sin(1.7 * now.clock)
        root = (breast[0] - b.girth * 0.5, breast[1] + b.girth * 0.35)
        angle = radians(90 + flap)
        tip = (root[0] + b.wing * cos(angle), root[1] + b.wing * sin(angle))
        return taper((root, between(root, tip, 0.5), tip), (4.4, 4.6, 1.6), shaded(b.body, -0.14))
    upright = b.tilt > 60
    root = between(rump, breast, 0.82)
    if upright:
        root = (root[0] - b.girth * 0.5, root[1])
    lift = 8.0 * abs(up) if now.gait == "dance" else 0.0
    tip = (
        rump[0] - b.length * 0.3 * cos(tilt) - lift * 0.4,
        rump[1] + b.length * 0.2 * sin(tilt) - (3 if "flat" in marks or "pouch" in marks else 0) - lift,
    )
    if upright:
        tip = (rump[0] - b.girth * 0.75 - lift, rump[1] - 2)
    middle = between(root, tip, 0.45)
    wing = taper(
        (root, (middle[0], middle[1] + b.girth * 0.12), tip),
        (b.girth * 0.42, b.girth * 0.52, b.girth * 0.08),
        shaded(b.body, 0.13),
    )
    return wing + taper(
        (between(root, tip, 0.3), between(root, tip, 0.8)), (b.girth * 0.16, b.girth * 0.08), shaded(b.body, 0.26)
    )


def _wing(b: Bird, root: Point, size: float, up: float, colour: str) -> str:
    """A wing from its root, with feathers at its edge: raised for up = 1, lowered for -1, the tip following the arm."""
    far = b.wing * size
    wrist = (root[0] - far * 0.18, root[1] - far * 0.44 * up)
    tip = (wrist[0] - far * (0.5 + 0.1 * abs(up)), wrist[1] - far * 0.52 * up)
    back = (root[0] - far * 0.5, root[1] + 3)
    outline = [
        (root[0] + 8, root[1] + 1),
        (wrist[0] + 9, wrist[1] - 1.5),
        tip,
        (between(tip, back, 0.4)[0] + 2, between(tip, back, 0.4)[1] + 2),
        (back[0] + 6, back[1] + 2),
    ]
    feathers = "".join(
        taper(
            (between(wrist, root, share), (between(tip, back, share)[0] - 1.5, between(tip, back, share)[1] + 1.5)),
            (far * 0.09, far * 0.07),
            shaded(colour, 0.18),
        )
        for share in (0.05, 0.36, 0.66)
    )
    return feathers + smooth(outline, colour)


def pace(name: str, gait: str) -> float:
    """Units of the drawing that a natural stride of a gait carries it on, while its feet stay where they are."""
    return BIRDS[name].leg * (0.75 if gait == "run" else 0.5) * 2.0 / 0.55
