"""What swims and what creeps without legs: fish, whales, rays of tentacles, crabs, snakes, snails; facing right.

Units: an SVG of 160 x 120. Bodies bend as a wave that grows towards the tail; each kind is a few figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, pi, radians, sin

from .artwork import Drawing, Light, measured, recoloured
from .colours import RGB, rgb
from .faces import shaded
from .joints import between, blinks, chain
from .motion import Pose
from .svg import Point, area, eye, fill, line, oval, smooth, stroke, taper

_W, _H = 160.0, 120.0
_X, _Y = 80.0, 62.0
_LINKS = 6


@dataclass(frozen=True, slots=True)
class Swimmer:
    """Colours, and lengths in units of the drawing."""

    kind: str  # fish, turtle, octopus, jellyfish, crab, seahorse, snake, snail, seal, ray
    skin: str
    pale: str
    dark: str
    length: float = 80.0
    girth: float = 34.0
    has: str = ""  # flukes, dorsal, stripes, spots, teeth, spout, spines, fins, eyepatch, lamp

    def shows(self, mark: str) -> bool:
        """Whether it has a mark of that name."""
        return mark in self.has.split()


_FISH = Swimmer("fish", "#f29a3a", "#fbd59a", "#d9742a", 58, 34, "fins")
_WHALE = Swimmer("fish", "#4f86b8", "#dce8f2", "#3a6a98", 112, 58, "flukes spout grooves")

SEALIFE: dict[str, Swimmer] = {
    "fish": _FISH,
    "goldfish": replace(_FISH, skin="#f5902e", has="fins veil"),
    "tropical fish": Swimmer("fish", "#f58a2e", "#ffffff", "#2f3440", 52, 38, "fins bands"),
    "blue tang": Swimmer("fish", "#2f6fe0", "#f2d23a", "#1b2c66", 54, 38, "fins"),
    "salmon": Swimmer("fish", "#d9786a", "#f2e4dc", "#8a5a5a", 80, 28, "fins spots"),
    "blowfish": Swimmer("fish", "#e8c25a", "#fbf3d8", "#b98a34", 46, 46, "fins spines"),
    "shark": Swimmer("fish", "#7d8d9e", "#eef2f5", "#5f6e7e", 104, 36, "dorsal teeth gills"),
    "dolphin": Swimmer("fish", "#6f9fc8", "#eaf2f8", "#5583ac", 92, 32, "flukes dorsal beak"),
    "orca": Swimmer("fish", "#2b3038", "#ffffff", "#1c2027", 104, 42, "flukes dorsal eyepatch"),
    "spouting whale": _WHALE,
    "whale": _WHALE,
    "narwhal": replace(_WHALE, skin="#8fa6b8", pale="#eef2f4", dark="#6a8296", length=96, girth=42, has="flukes tusk spots"),
    "eel": Swimmer("snake", "#4f7a6a", "#a8c8a8", "#3a5a50", 110, 13, "eel"),
    "sea turtle": Swimmer("turtle", "#6fb08a", "#d9e2a8", "#4f7a4a", 62, 34),
    "octopus": Swimmer("octopus", "#e0607a", "#f7b3bf", "#b8405c", 70, 44),
    "squid": Swimmer("octopus", "#e88a6a", "#f8cdb8", "#c06a4c", 76, 34, "tall"),
    "jellyfish": Swimmer("jellyfish", "#c79af0", "#ecd8ff", "#9a6ad0", 60, 46),
    "crab": Swimmer("crab", "#e2503a", "#f59a7a", "#b83a2a", 66, 34),
    "lobster": Swimmer("crab", "#c8382e", "#ea7a62", "#98281f", 66, 26, "tail"),
    "seahorse": Swimmer("seahorse", "#f2b23f", "#fbe09a", "#c8842a", 70, 18),
    "seal": Swimmer("seal", "#8f98a4", "#d5dae0", "#6a737f", 80, 34),
    "walrus": Swimmer("seal", "#a5785a", "#d8b492", "#7a553c", 84, 40, "tusks"),
    "ray": Swimmer("ray", "#6f86a8", "#dfe6f0", "#536a8c", 80, 30),
    "starfish": Swimmer("star", "#f2884a", "#fbc08a", "#d0642c", 60, 30),
    "snake": Swimmer("snake", "#6fb04a", "#dbe69a", "#4a7f30", 104, 13),
    "worm": Swimmer("snake", "#e89a9a", "#f5c0b8", "#c87878", 74, 10),
    "caterpillar": Swimmer("snake", "#8fcc4a", "#cfe88a", "#5f9a30", 74, 17, "beads"),
    "snail": Swimmer("snail", "#e8c89a", "#f8e6c8", "#b0703c", 66, 34),
}
"""By the names that the vocabulary of drawings leads to."""


@lru_cache(maxsize=64)
def standing(name: str) -> Drawing:
    """The drawing of an animal at rest, measured."""
    shape = measured(_document(SEALIFE[name], Pose()), _W)
    return replace(shape, dominant=rgb(SEALIFE[name].skin))


def acting(name: str, now: Pose, target: RGB | None, light: Light) -> bytes:
    """The SVG document of an animal in a pose, coloured and lit."""
    return recoloured(_document(SEALIFE[name], now), rgb(SEALIFE[name].skin), target, light)


def _document(s: Swimmer, now: Pose) -> str:
    draw = {
        "fish": _fish, "turtle": _turtle, "octopus": _octopus, "jellyfish": _jellyfish, "crab": _crab, "ray": _ray,
        "seahorse": _seahorse, "snake": _snake, "snail": _snail, "seal": _seal, "star": _star,
    }[s.kind]  # fmt: skip
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_W:.0f} {_W:.0f}">{draw(s, now)}</svg>'


def _turn(now: Pose) -> float:
    """Radians of the tail's beat: quick for who hurries, slow for who sleeps or rests."""
    return 2 * pi * now.phase if now.gait in ("walk", "run", "dance", "swim", "fly", "jump") else now.clock * (0.8 if now.gait == "lie" else 2.6)


def _face(x: float, y: float, r: float, now: Pose, *, blush: bool = True) -> str:
    """One eye, a smile and a cheek."""
    shut = now.gait == "lie" or blinks(now.clock)
    d = f"M{x + r * 0.5:.2f} {y + r * 2.0:.2f}q{r * 0.9:.2f} {r * 0.6:.2f} {r * 1.9:.2f} {-r * 0.5:.2f}"
    cheek = oval(x - r * 0.4, y + r * 1.6, r * 0.7, r * 0.45, "#f28a86", 0.5) if blush else ""
    return cheek + eye(x, y, r, shut=shut) + stroke(d, "#3a2a30", r * 0.3)


def _spine(s: Swimmer, turn: float, swing: float) -> list[Point]:
    """From the head to the root of the tail: a wave that grows towards the tail."""
    points = []
    for i in range(_LINKS + 1):
        share = i / _LINKS
        points.append((_X + s.length * (0.5 - share), _Y + swing * share * share * sin(turn - 2.4 * share)))
    return points


def _fish(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    whale = s.shows("flukes")
    points = _spine(s, turn, s.girth * (0.24 if whale else 0.2))
    g = s.girth / 2
    slim = (0.5, 0.9, 1.0, 0.86, 0.58, 0.34, 0.2) if s.length > 70 else (0.52, 0.94, 1.0, 0.86, 0.6, 0.36, 0.24)
    radii = [g * w for w in slim]
    end = points[-1]
    sway = cos(turn - 2.4)
    parts = []
    if s.shows("spines"):
        parts += [line([(_X + s.length * 0.05 + g * 0.95 * cos(a), _Y + g * 0.95 * sin(a)), (_X + s.length * 0.05 + g * 1.25 * cos(a), _Y + g * 1.25 * sin(a))], s.dark, 1.8) for a in (radians(24 * i) for i in range(15))]
    tail = g * (1.25 if s.shows("veil") else 0.95 if not whale else 0.8)
    if whale:
        for up in (-1.0, 1.0):
            tip = (end[0] - tail * 1.1, end[1] + up * tail * 0.8 * (0.55 + 0.45 * sway * up) - tail * 0.2)
            parts.append(taper((end, between(end, tip, 0.55), tip), (g * 0.2, g * 0.27, g * 0.05), s.dark if up > 0 else s.skin))
    else:
        flap = tail * 0.45 * sway
        parts.append(smooth([(end[0] + 4, end[1]), (end[0] - tail * 0.9, end[1] - tail + flap), (end[0] - tail * 0.6, end[1] + flap * 0.6), (end[0] - tail * 0.9, end[1] + tail + flap)], s.dark))
    mid = points[2]
    if s.shows("fins"):
        parts.append(smooth([(mid[0] + g * 0.6, mid[1] - g * 0.8), (mid[0] - g * 0.3, mid[1] - g * 1.5), (mid[0] - g * 1.1, mid[1] - g * 1.15), (mid[0] - g * 0.7, mid[1] - g * 0.6)], s.dark))
        parts.append(smooth([(mid[0] - g * 0.1, mid[1] + g * 0.8), (mid[0] - g * 0.8, mid[1] + g * 1.4), (mid[0] - g * 0.9, mid[1] + g * 0.7)], s.dark))
    if s.shows("dorsal"):
        parts.append(smooth([(mid[0] + g * 0.35, mid[1] - g * 0.8), (mid[0] - g * 0.55, mid[1] - g * 1.75), (mid[0] - g * 0.75, mid[1] - g * 1.6), (mid[0] - g * 0.7, mid[1] - g * 0.75)], s.dark if not s.shows("eyepatch") else s.skin))
    if s.shows("tusk"):
        parts.append(taper(((points[0][0] + g * 0.3, points[0][1] - 2), (points[0][0] + g * 2.2, points[0][1] - g * 0.7)), (1.9, 0.5), "#f4ead0"))
    if s.shows("beak"):
        parts.append(taper(((points[0][0], points[0][1] + g * 0.2), (points[0][0] + g * 1.0, points[0][1] + g * 0.36)), (g * 0.34, g * 0.17), s.skin))
    parts.append(taper(points, radii, s.skin))
    belly = [(x, y + g * d) for (x, y), d in zip(points[:5], (0.2, 0.5, 0.56, 0.5, 0.34), strict=True)]
    parts.append(taper(belly, (g * 0.22, g * 0.4, g * 0.42, g * 0.3, g * 0.1), s.pale))
    head = points[0]
    if s.shows("grooves"):
        for i in range(3):
            y = head[1] + g * (0.44 + 0.17 * i)
            parts.append(line([(head[0] - g * 0.1 - 2 * i, y), (head[0] - g * 1.3, y + g * 0.12)], shaded(s.pale, 0.14), 1.2))
    if s.shows("bands"):
        for i, wide in ((1, 3.0), (3, 2.6), (5, 1.6)):
            x, y = points[i]
            r = radii[i]
            parts.append(line([(x, y - r * 0.92), (x, y + r * 0.92)], s.dark, wide * 2.3) + line([(x, y - r * 0.9), (x, y + r * 0.9)], "#ffffff", wide * 1.7))
    if s.shows("spots"):
        parts += [oval(points[i][0] + dx, points[i][1] - g * 0.4, 1.6, 1.4, s.dark) for i, dx in ((1, -2), (2, 0), (2, -8), (3, -3), (4, 0))]
    if s.shows("gills"):
        parts += [stroke(f"M{head[0] - g * (1.0 + 0.22 * i):.2f} {head[1] - g * 0.3:.2f}q{-g * 0.14:.2f} {g * 0.3:.2f} 0 {g * 0.6:.2f}", s.dark, 1.2) for i in range(3)]
    if s.shows("eyepatch"):
        parts.append(oval(head[0] - g * 0.5, head[1] - g * 0.42, g * 0.34, g * 0.17, "#ffffff"))
    fin = points[2] if not whale else between(points[1], points[2], 0.5)
    wave = radians(118 + 16 * sin(turn - 1.0))
    long = g * (0.72 if not whale else 1.05)
    parts.append(taper(((fin[0] + g * 0.1, fin[1] + g * 0.3), (fin[0] + long * cos(wave), fin[1] + g * 0.3 + long * sin(wave))), (g * 0.24, g * 0.1), s.dark))
    k = max(2.2, g * 0.15)
    ex, ey = head[0] - g * (0.1 if s.length > 70 else 0.2), head[1] - g * 0.14
    if s.shows("teeth"):
        parts.append(eye(ex - g * 0.06, ey - g * 0.1, k * 0.9, shut=blinks(now.clock)))
        parts.append(stroke(f"M{head[0] + g * 0.42:.2f} {head[1] + g * 0.3:.2f}q{-g * 0.4:.2f} {g * 0.3:.2f} {-g * 0.95:.2f} {g * 0.14:.2f}", "#4a2a34", 1.6))
        parts += [area([(head[0] + g * (0.2 - 0.2 * i), head[1] + g * 0.4), (head[0] + g * (0.08 - 0.2 * i), head[1] + g * 0.42), (head[0] + g * (0.13 - 0.2 * i), head[1] + g * 0.6)], "#ffffff") for i in range(4)]
        parts.append(line([(ex - k * 1.2, ey - k * 2.0), (ex + k * 1.2, ey - k * 1.3)], s.dark, 1.6))
    else:
        parts.append(_face(ex, ey, k, now, blush=not s.shows("eyepatch")))
    if s.shows("spout"):
        parts.append(_spout(head[0] - g * 0.8, points[1][1] - g * 0.92, now.clock))
    return "".join(parts)


def _spout(x: float, y: float, clock: float) -> str:
    """A whale's breath: now and then."""
    share = clock % 4.0
    if share > 1.5:
        return ""
    high = 17.0 * sin(pi * min(1.0, share / 1.5))
    drops = "".join(oval(x + dx * high / 17, y - high + abs(dx) * 0.35, 1.6, 2.2, "#d5efff") for dx in (-11, -6, 6, 11))
    return stroke(f"M{x:.2f} {y:.2f}V{y - high:.2f}M{x:.2f} {y - high:.2f}q-6 -5 -10 2M{x:.2f} {y - high:.2f}q6 -5 10 2", "#d5efff", 2.4) + drops


def _turtle(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    g, half = s.girth / 2, s.length / 2
    flap = sin(turn)
    parts = []
    for dx, long, lag, far in ((0.42, 1.0, 0.3, True), (-0.72, 0.5, 1.2, True), (-0.7, 0.55, 0.9, False), (0.46, 1.15, 0.0, False)):
        root = (_X + half * dx, _Y + g * 0.3)
        way = radians(118 + 34 * sin(turn - lag) if dx > 0 else 140 + 16 * sin(turn - lag))
        tip = (root[0] + half * 0.95 * long * cos(way), root[1] + half * 0.95 * long * sin(way))
        flipper = taper((root, between(root, tip, 0.5), tip), (g * 0.3, g * 0.36, g * 0.12), shaded(s.skin, 0.2) if far else s.skin)
        parts.append(flipper)
    near = parts.pop()
    head = (_X + half + g * 0.5, _Y - g * 0.1 + 1.5 * flap)
    parts.append(taper(((_X + half * 0.6, _Y + g * 0.15), head), (g * 0.4, g * 0.5), s.skin))
    parts.append(oval(_X, _Y + g * 0.42, half * 0.92, g * 0.42, s.pale))
    parts.append(smooth([(_X - half, _Y + g * 0.42), (_X - half * 0.7, _Y - g * 0.55), (_X, _Y - g * 1.05), (_X + half * 0.72, _Y - g * 0.5), (_X + half, _Y + g * 0.36), (_X, _Y + g * 0.62)], s.dark))
    for dx, dy in ((-0.46, -0.05), (0.0, -0.45), (0.46, -0.05), (0.0, 0.2)):
        parts.append(oval(_X + half * dx, _Y + g * dy, half * 0.2, g * 0.24, shaded(s.dark, -0.22)))
    parts.append(near + _face(head[0] + g * 0.1, head[1] - g * 0.12, g * 0.14, now))
    return "".join(parts)


def _octopus(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    g = s.girth / 2
    pulse = 1.0 + 0.06 * sin(turn)
    top = _Y - 16
    parts = []
    for i, dx in enumerate((-0.8, -0.52, -0.18, 0.18, 0.52, 0.8)):
        colour = shaded(s.skin, 0.14) if i % 2 else s.skin
        points = chain((_X + g * dx, top + g * 0.5), 90 - dx * 34, g * 2.0, dx * -60, 24, turn - abs(dx) * 2 + i, 5)
        parts.append(taper(points, (g * 0.3, g * 0.28, g * 0.23, g * 0.18, g * 0.13, g * 0.06), colour))
        parts += [oval(x + 1.4, y, 1.5, 1.5, s.pale) for x, y in points[2:5]]
    tall = 1.35 if s.shows("tall") else 1.0
    if s.shows("tall"):
        parts.append(area([(_X - g * 1.1, top - g * 0.7), (_X, top - g * 2.2), (_X + g * 1.1, top - g * 0.7)], s.dark))
    parts.append(smooth([(_X - g * 0.8, top + g * 0.6), (_X - g * pulse, top - g * 0.3), (_X, top - g * tall * pulse), (_X + g * pulse, top - g * 0.3), (_X + g * 0.8, top + g * 0.6), (_X, top + g * 0.85)], s.skin))
    parts.append(oval(_X - g * 0.45, top - g * 0.55, g * 0.2, g * 0.13, s.pale))
    shut = now.gait == "lie" or blinks(now.clock)
    parts += [eye(_X + dx, top + g * 0.1, g * 0.17, shut=shut, white=not shut) for dx in (-g * 0.1, g * 0.55)]
    parts.append(stroke(f"M{_X + g * 0.02:.2f} {top + g * 0.48:.2f}q{g * 0.2:.2f} {g * 0.2:.2f} {g * 0.44:.2f} 0", s.dark, 1.6))
    parts.append(oval(_X - g * 0.34, top + g * 0.4, g * 0.14, g * 0.09, "#ff8f8f", 0.6))
    return "".join(parts)


def _jellyfish(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    g = s.girth / 2
    squeeze = 1.0 + 0.1 * sin(turn)
    top = _Y - 14 + 2 * sin(turn)
    w, h = g * squeeze, g / squeeze
    parts = []
    for i, dx in enumerate((-0.75, -0.38, 0.0, 0.38, 0.75)):
        points = chain((_X + w * dx, top + 1), 96, 46 - 7 * abs(dx), 0, 20, turn - 1.2 + i * 0.5, 6)
        parts.append(taper(points, (2.6, 2.4, 2.1, 1.8, 1.4, 1.0, 0.5), s.skin if i % 2 else s.dark))
    d = ("M", _X - w, top + 3, "C", _X - w * 1.1, top - h * 1.3, _X + w * 1.1, top - h * 1.3, _X + w, top + 3)
    edge: list[str | float] = []
    for i in range(4):
        x = _X + w - w * 0.5 * (i + 1)
        edge += ["Q", x + w * 0.25, top + 8, x, top + 3]
    parts.append(fill(s.skin, *d, *edge))
    parts.append(oval(_X - w * 0.3, top - h * 0.5, w * 0.3, h * 0.2, s.pale))
    shut = blinks(now.clock)
    parts += [eye(_X + w * dx, top - h * 0.12, 2.3, shut=shut) for dx in (0.05, 0.5)]
    parts.append(stroke(f"M{_X + w * 0.16:.2f} {top + h * 0.1:.2f}q{w * 0.12:.2f} {h * 0.14:.2f} {w * 0.24:.2f} 0", "#5a3a80", 1.3))
    return "".join(parts)


def _crab(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    g, half = s.girth / 2, s.length / 2
    y = 92.0 + 0.8 * sin(2 * turn)
    parts = []
    if s.shows("tail"):
        points = chain((_X - half * 0.5, y), 176, half * 1.2, 40, 4, turn, 4)
        parts.append(taper(points, (g * 0.8, g * 0.7, g * 0.6, g * 0.5, g * 0.7), s.dark))
    for side in (-1, 1):
        for i in range(3):
            root = (_X + side * half * (0.5 + 0.12 * i), y + g * 0.3)
            lift = 2.6 * max(0.0, sin(turn + i * 2.1 + side))
            mid = (root[0] + side * (8 + 2 * i), y - 1 - lift)
            parts.append(line([root, mid, (mid[0] + side * 5 + 1.6 * cos(turn + i * 2.1 + side), y + g * 0.95 - lift)], s.dark, 3.0))
        wave = 10 * sin(now.clock * 2.2 + side)
        elbow = (_X + side * half * 1.12, y - g * 0.5)
        claw = (elbow[0] + side * 2, elbow[1] - 14 + 0.3 * wave)
        parts.append(line([(_X + side * half * 0.6, y), elbow, claw], s.skin, 4.6))
        gape = radians(22 + wave)
        for a in (-90 * 1.0 - 20 * side, -90 + 45 * side):
            way = radians(a) + gape * (0.25 if a < -90 else -0.25)
            parts.append(taper((claw, (claw[0] + 7 * cos(way), claw[1] + 7 * sin(way)), (claw[0] + 13 * cos(way), claw[1] + 13 * sin(way))), (4.6, 4.4, 0.8), s.skin))
    parts.append(smooth([(_X - half * 0.8, y - 1), (_X - half * 0.5, y - g * 0.8), (_X + half * 0.5, y - g * 0.8), (_X + half * 0.8, y - 1), (_X + half * 0.45, y + g * 0.8), (_X - half * 0.45, y + g * 0.8)], s.skin))
    parts.append(oval(_X, y + g * 0.48, half * 0.44, g * 0.22, s.pale))
    shut = blinks(now.clock)
    for dx in (-0.25, 0.25):
        parts.append(line([(_X + half * dx, y - g * 0.7), (_X + half * dx, y - g * 1.2)], s.dark, 2.4))
        parts.append(oval(_X + half * dx, y - g * 1.35, 4.4, 4.6, "#ffffff") + eye(_X + half * dx + 0.8, y - g * 1.35, 2.6, shut=shut))
    parts.append(stroke(f"M{_X - 5:.2f} {y - g * 0.2:.2f}q5 5 10 0", s.dark, 1.7))
    return "".join(parts)


def _seahorse(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    sway = 3 * sin(turn * 0.5)
    g = s.girth / 2
    body = [(_X + 4, 32.0), (_X - 5 + sway * 0.2, 44.0), (_X - 2 + sway * 0.4, 60.0), (_X - 7 + sway * 0.6, 74.0)]
    tail = chain(body[-1], 112, 48, -330, 6, turn * 0.5, 8)
    parts = []
    fin = 4 * sin(3 * turn)
    parts.append(smooth([(body[1][0] - g * 0.6, 46), (body[1][0] - g * 1.9, 50 + fin * 0.4), (body[2][0] - g * 1.8, 60 + fin * 0.4), (body[2][0] - g * 0.6, 62)], s.pale))
    parts.append(taper([*body, *tail[1:]], (g * 0.7, g * 0.85, g * 1.25, g * 0.8, 6.2, 5.4, 4.6, 3.9, 3.2, 2.6, 2.0, 1.2), s.skin))
    for i in range(4):
        x, y = between(body[1], body[3], 0.12 + i * 0.28)
        parts.append(stroke(f"M{x - 1:.2f} {y:.2f}q4 2.4 9 0", s.dark, 1.1))
    parts += [area([(_X - 4 + 4 * i, 25 - (i == 1) * 1.5), (_X - 6 + 4 * i, 17), (_X + 1 + 4 * i, 24)], s.dark) for i in range(3)]
    parts.append(taper(((_X + 4, 31), (_X + 16, 36), (_X + 24, 38)), (8.6, 4.2, 3.4), s.skin))
    parts.append(eye(_X + 7, 29.5, 2.7, shut=blinks(now.clock)) + oval(_X + 4, 36, 2.0, 1.3, "#f28a66", 0.6))
    return "".join(parts)


def _snake(s: Swimmer, now: Pose) -> str:
    """It slithers: a wave runs along it from the head to the tail."""
    turn = _turn(now)
    g, n = s.girth / 2, 13
    eel = s.shows("eel")
    floor = 104.0 - g if not eel else _Y
    points, radii = [], []
    for i in range(n):
        share = i / (n - 1)
        x = _X + s.length * (0.42 - share * 0.92)
        rise = (g * 2.2 + 5) * max(0.0, 1 - share * 5.5) ** 1.4 if not eel else 0.0
        swing = (4.0 + 5.0 * min(1.0, share * 3)) * (0.3 if i == 0 else 1.0) * sin(turn - share * 8.5)
        points.append((x, floor - rise + (swing if eel else swing * 0.75 - 4 if not s.shows("beads") else -abs(swing))))
        radii.append(g * (1.0 if share < 0.7 else max(0.12, 1.0 - (share - 0.7) * 3.0)))
    parts = []
    if s.shows("beads"):
        parts += [oval(x, y, g * 1.15, g * 1.1, s.skin if i % 2 else s.dark) for i, (x, y) in reversed(list(enumerate(points[:10])))]
        parts += [line([(x, y + g), (x, floor + g * 1.7)], s.dark, 2.0) for x, y in points[2:9:2]]
    else:
        parts.append(taper(points, radii, s.skin))
        parts += [oval(points[i][0], points[i][1] - g * 0.15, g * 0.5, g * 0.36, s.dark) for i in range(2, 11)]
    hx, hy = points[0]
    flick = now.clock % 2.2 < 0.5 and s.kind == "snake" and s.skin not in ("#e89a9a", "#8fcc4a") and not eel
    if flick:
        parts.append(stroke(f"M{hx + g * 1.5:.2f} {hy + 2:.2f}l7 1l4 -3m-4 3l4 3", "#d8343c", 1.3))
    parts.append(taper(((hx - g * 0.4, hy), (hx + g * 0.9, hy + g * 0.1)), (g * 1.25, g * 0.95), s.skin))
    parts.append(_face(hx + g * 0.3, hy - g * 0.36, g * 0.36, now))
    if s.shows("beads"):
        parts += [line([(hx + dx, hy - g), (hx + dx * 2.2, hy - g * 2.2)], s.dark, 1.6) for dx in (-2, 3)]
    return "".join(parts)


def _snail(s: Swimmer, now: Pose) -> str:
    creep = sin(_turn(now))
    g, y = s.girth / 2, 104.0
    left, right = _X - s.length * 0.5 - creep, _X + s.length * 0.42 + creep
    foot = smooth([(left, y), (left + 14, y - 8), (_X, y - 9), (right - 12, y - 10), (right - 9, y - 27), (right + 3, y - 31), (right + 9, y - 22), (right + 3, y - 8), (right - 2, y)], s.skin)
    parts = [line([(right, y - 26), (right - 1 + creep, y - 42)], s.skin, 2.4), line([(right + 5, y - 26), (right + 9 + creep, y - 41)], s.skin, 2.4), foot]
    cx, cy = _X - 8, y - 8 - g
    parts.append(oval(cx, cy, g * 1.12, g * 1.08, s.dark))
    parts.append(stroke(f"M{cx + g * 0.9:.2f} {cy + g * 0.3:.2f}a{g * 0.86:.2f} {g * 0.86:.2f} 0 1 1 {-g * 0.5:.2f} {-g * 0.98:.2f}a{g * 0.55:.2f} {g * 0.55:.2f} 0 1 1 {-g * 0.2:.2f} {g * 0.9:.2f}", shaded(s.dark, -0.4), 3.2))
    shut = blinks(now.clock)
    parts += [oval(x, yy, 3.4, 3.4, "#ffffff") + eye(x + 0.7, yy, 1.9, shut=shut) for x, yy in ((right - 1 + creep, y - 43), (right + 9 + creep, y - 42))]
    parts.append(stroke(f"M{right + 1:.2f} {y - 19:.2f}q3 2.6 6 -1", "#7a4a30", 1.3) + oval(right - 1, y - 19.5, 1.9, 1.2, "#f28a86", 0.6))
    return "".join(parts)


def _seal(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    g = s.girth / 2
    swims = now.gait in ("swim", "fly")
    beat = 5 * sin(turn)
    floor = 104.0
    if swims:
        body = [(_X + s.length * (0.5 - i / 4), _Y + beat * (i / 4) ** 2 * sin(turn - i * 0.5)) for i in range(5)]
    else:
        body = [(_X + 27, floor - 43 + beat * 0.2), (_X + 20, floor - 26), (_X + 2, floor - 13), (_X - 20, floor - 9), (_X - 40, floor - 8 - abs(beat) * 0.3)]
    end, head = body[-1], body[0]
    parts = [taper((end, (end[0] - 9, end[1] - 7 + beat * 0.5)), (4.6, 3.0), s.dark), taper((end, (end[0] - 10, end[1] + 2 + beat * 0.5)), (4.6, 3.0), s.dark)]
    parts.append(taper(body, (g * 0.62, g * 0.78, g * 0.95, g * 0.62, g * 0.26), s.skin))
    chest = [between(head, body[1], 0.5), body[1], body[2]]
    parts.append(taper([(x + (3 if not swims else 0), y + 5) for x, y in chest], (g * 0.3, g * 0.45, g * 0.4), s.pale))
    root = body[1]
    parts.append(taper(((root[0] - 4, root[1] + 8), (root[0] - 6 + beat, root[1] + 24)), (5.6, 3.0), s.dark))
    parts.append(oval(head[0] + 1, head[1], g * 0.74, g * 0.7, s.skin))
    mx, my = head[0] + g * 0.5, head[1] + g * 0.24
    parts.append(oval(mx, my, g * 0.42, g * 0.32, s.pale) + oval(mx + g * 0.18, my - g * 0.2, g * 0.15, g * 0.11, "#2a2226"))
    if s.shows("tusks"):
        parts += [taper(((mx + dx, my + g * 0.2), (mx + dx, my + g * 1.0)), (1.8, 0.7), "#fbf5e2") for dx in (-2.5, 3.0)]
    parts += [line([(mx - 1, my + dy), (mx - 9, my + dy * 2.6)], s.dark, 0.7) for dy in (-1.0, 1.2)]
    shut = now.gait == "lie" or blinks(now.clock)
    parts += [eye(head[0] + dx, head[1] - g * 0.14, g * 0.15, shut=shut) for dx in (g * 0.02, g * 0.52)]
    return "".join(parts)


def _ray(s: Swimmer, now: Pose) -> str:
    turn = _turn(now)
    half = s.length / 2
    up, lag = 13 * sin(turn), 13 * sin(turn - 0.8)
    tail = chain((_X - half * 0.4, _Y), 178, 44, 12, 8, turn, 5)
    wing = [(_X + half * 0.75, _Y), (_X + half * 0.2, _Y - 13 - up * 0.5), (_X - half * 0.3, _Y - 27 - up), (_X - half * 0.55, _Y - 4), (_X - half * 0.3, _Y + 22 - lag), (_X + half * 0.2, _Y + 12 - lag * 0.5)]
    return taper(tail, (3, 2.4, 1.9, 1.4, 1.0, 0.5), s.dark) + smooth(wing, s.skin) + oval(_X + half * 0.3, _Y + 4, half * 0.36, 5, s.pale) + _face(_X + half * 0.5, _Y - 3, 2.6, now)


def _star(s: Swimmer, now: Pose) -> str:
    wave = 3 * sin(_turn(now) * 0.5)
    r = s.girth
    points = []
    for i in range(10):
        far = (r if i % 2 == 0 else r * 0.5) * 1.1
        a = radians(-90 + 36 * i + (wave if i % 2 == 0 else 0))
        points.append((_X + far * cos(a), _Y + 12 + far * sin(a)))
    dots = "".join(oval(*between(points[i], (_X, _Y + 12), share), 1.8, 1.8, s.pale) for i in range(0, 10, 2) for share in (0.3, 0.5))
    face = "".join(eye(_X + dx, _Y + 8, 2.8, shut=blinks(now.clock)) for dx in (-6, 6)) + stroke(f"M{_X - 4:.2f} {_Y + 15:.2f}q4 4 8 0", s.dark, 1.7)
    return smooth(points, s.skin) + dots + face
