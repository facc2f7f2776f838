"""Four-legged animals that move: one jointed side view, facing right, shaped and coloured by a few figures per species.

Units: an SVG of 120 x 120, feet on y = 106; inside it the joints are told in a frame that begins at (10, 14).
A stride is a phase 0..1 of a gait: run (a gallop), walk, stand, lie.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, pi, sin

from .artwork import Drawing, Light, measured, recoloured
from .colours import BLACK, RGB, hexadecimal, mix, rgb
from .svg import area, document, fill, line, oval, stroke

GROUND = 92.0
_SIDE, _LEFT, _TOP = 120.0, 10.0, 14.0


@dataclass(frozen=True, slots=True)
class Species:
    """Lengths in units of the 100 x 100 drawing."""

    coat: str
    pale: str  # belly, chest, muzzle
    dark: str  # stockings, ear tips, hooves
    leg: float = 26.0  # from belly to ground
    length: float = 40.0  # hip to shoulder
    girth: float = 20.0  # back to belly
    neck: float = 12.0  # shoulder to head
    rise: float = 0.9  # how upright the neck is: 0 level, 1 straight up
    head: float = 10.0  # radius
    snout: float = 12.0
    ears: str = "pointed"  # pointed, floppy, round, long
    tail: str = "bushy"  # bushy, thin, curl, stub, flow, tuft
    stockings: bool = False
    extra: str = ""  # mane, ruff, antlers, horns, horn, wool, stripes, patches, socks


SPECIES: dict[str, Species] = {
    "fox": Species("#f07d23", "#fff4e4", "#3b2a2a", 24, 38, 17, 10, 0.8, 9.5, 13, "pointed", "bushy", True),
    "wolf": Species("#8a919b", "#e4e6ea", "#4a4f58", 27, 42, 19, 12, 0.7, 10, 14, "pointed", "bushy"),
    "dog": Species("#c98f55", "#f6e6cf", "#6d4426", 25, 38, 18, 11, 0.9, 10, 11, "floppy", "thin"),
    "corgi": Species("#e39a4c", "#fff6ea", "#7a4a24", 12, 42, 20, 9, 0.9, 11, 11, "pointed", "stub", extra="socks"),
    "cat": Species("#e8a04c", "#fff3e2", "#8a5426", 20, 36, 16, 7, 1.0, 11, 1.5, "pointed", "thin", extra="stripes"),
    "black cat": Species("#34363f", "#4a4d58", "#1d1e24", 20, 36, 16, 7, 1.0, 11, 1.5, "pointed", "thin"),
    "horse": Species("#a5683a", "#c08752", "#3a2618", 34, 42, 20, 22, 0.85, 8, 15, "pointed", "flow", extra="mane"),
    "donkey": Species("#8f8a86", "#d9d4ce", "#4c4744", 28, 40, 20, 16, 0.8, 9, 15, "long", "tuft", extra="mane"),
    "zebra": Species(
        "#f3f3f0", "#ffffff", "#24262b", 30, 40, 20, 18, 0.85, 8, 14, "round", "tuft", extra="mane stripes"
    ),
    "unicorn": Species(
        "#f7f3fb", "#ffffff", "#d7a8e8", 34, 42, 20, 22, 0.85, 8, 14, "pointed", "flow", extra="mane horn"
    ),
    "deer": Species("#b9793f", "#f3dfc3", "#5f3a1c", 34, 38, 18, 18, 0.95, 8, 11, "long", "stub", extra="antlers"),
    "cow": Species(
        "#f4efe8", "#f3c9b8", "#3a332f", 24, 44, 25, 10, 0.6, 10, 13, "floppy", "tuft", extra="horns patches"
    ),
    "ox": Species("#7c5234", "#a57a55", "#3a2618", 24, 44, 26, 10, 0.5, 11, 12, "floppy", "tuft", extra="horns"),
    "goat": Species("#e9e4da", "#ffffff", "#5a534b", 24, 34, 19, 12, 0.9, 9, 11, "floppy", "stub", extra="horns"),
    "ewe": Species("#f5f1e6", "#f5f1e6", "#463c38", 18, 38, 26, 7, 0.7, 9, 10, "floppy", "stub", extra="wool"),
    "pig": Species("#f2a7ab", "#f8c4c4", "#d97f88", 14, 42, 26, 5, 0.4, 12, 9, "floppy", "curl"),
    "lion": Species("#dba145", "#f5dfae", "#8a5426", 26, 42, 21, 10, 0.8, 11, 10, "round", "tuft", extra="ruff"),
    "tiger": Species("#ee8f2e", "#fff4e2", "#2b2420", 25, 44, 21, 9, 0.7, 11, 9, "round", "thin", extra="stripes"),
    "leopard": Species("#e5b55c", "#fff1d4", "#4a3420", 25, 43, 18, 9, 0.7, 9.5, 9, "round", "thin", extra="patches"),
    "bear": Species("#7d5236", "#b08560", "#4a2f1e", 20, 42, 29, 7, 0.5, 13, 9, "round", "stub"),
    "polar bear": Species("#f3f4f2", "#ffffff", "#b9c2c9", 20, 44, 28, 8, 0.4, 12, 10, "round", "stub"),
}

_GAITS = {  # of near hind, far hind, near fore, far fore: where in the stride each leg is; how far it swings, degrees
    "run": ((0.00, 0.12, 0.50, 0.62), 46.0),
    "walk": ((0.00, 0.50, 0.25, 0.75), 24.0),
    "stand": ((0.00, 0.50, 0.25, 0.75), 0.0),
}

_STANCE = {0.0: -3.0, 0.5: 10.0, 0.25: 3.0, 0.75: -9.0}  # degrees, by the same offsets: so that four legs are seen


@lru_cache(maxsize=64)
def standing(name: str) -> Drawing:
    """The drawing of an animal at rest, measured: where its box is and what colour it has."""
    shape = measured(_document(SPECIES[name], "stand", 0.0), _SIDE)
    x, y, w, _ = shape.ink
    return Drawing(shape.svg, (x, y, w, GROUND + _TOP - y), rgb(SPECIES[name].coat))


def stride(name: str, gait: str, phase: float, target: RGB | None, light: Light) -> bytes:
    """The SVG document of an animal at a phase of its stride, coloured and lit."""
    return recoloured(_document(SPECIES[name], gait, phase), rgb(SPECIES[name].coat), target, light)


def _document(s: Species, gait: str, phase: float) -> str:
    return document(f'<g transform="translate({_LEFT} {_TOP})">{_body(s, gait, phase)}</g>', _SIDE)


def _body(s: Species, gait: str, phase: float) -> str:
    """Everything, back to front: far legs, tail, body, near legs, neck, head."""
    if gait == "lie":
        s, gait = replace(s, leg=min(s.leg, 7.0), rise=s.rise * 0.7), "stand"
    offsets, swing = _GAITS[gait]
    wave = sin(2 * pi * phase)
    bounce = {"run": 3.0 * sin(4 * pi * phase), "walk": 0.8 * sin(4 * pi * phase), "stand": 0.0}[gait]
    pitch = {"run": 3.5 * wave, "walk": 0.0, "stand": 0.0}[gait]  # the shoulder rises as the hip falls
    belly = GROUND - s.leg + bounce
    hip = (48 - s.length / 2 - 3, belly - s.girth * 0.5 + pitch)
    shoulder = (48 + s.length / 2 - 3, belly - s.girth * 0.5 - pitch)
    far = hexadecimal(mix(rgb(s.coat), BLACK, 0.22))
    parts = [
        _leg(s, hip, offsets[1], swing, phase, far, hind=True),
        _leg(s, shoulder, offsets[3], swing, phase, far, hind=False),
        _tail(s, hip, wave if gait == "run" else 0.6 * wave),
        _trunk(s, hip, shoulder),
        _leg(s, hip, offsets[0], swing, phase, s.coat, hind=True),
        _leg(s, shoulder, offsets[2], swing, phase, s.coat, hind=False),
        _head(s, shoulder, wave if gait != "stand" else 0.3 * wave),
    ]
    return "".join(parts)


def _leg(
    s: Species, joint: tuple[float, float], offset: float, swing: float, phase: float, colour: str, *, hind: bool
) -> str:
    """A thigh and a shank: the shank folds while the foot travels forward."""
    turn = 2 * pi * (phase + offset)
    angle = (swing * sin(turn) if swing else _STANCE[offset]) * pi / 180
    fold = swing * 1.3 * max(0.0, cos(turn)) * pi / 180
    x, y = joint[0] + (1.5 if hind else -1.0), joint[1] + s.girth * 0.18
    reach = GROUND - 1.5 - (GROUND - s.leg - s.girth * 0.32)
    upper, lower = reach * 0.5, reach * 0.5
    knee = (x + upper * sin(angle), y + upper * cos(angle))
    shank = angle - fold if swing else angle
    foot = (knee[0] + lower * sin(shank), min(GROUND - 1.5, knee[1] + lower * cos(shank)))
    thick = max(4.2, s.girth * 0.3)
    parts = [
        line([(x, y), knee], colour, thick * 1.12),
        line([knee, foot], colour, thick * 0.88),
    ]
    sole = (foot[0] + 2.2, foot[1])
    socks = s.dark if s.stockings else s.pale if "socks" in s.extra else None
    if socks:
        middle = (knee[0] * 0.45 + foot[0] * 0.55, knee[1] * 0.45 + foot[1] * 0.55)
        parts.append(line([middle, foot], socks, thick * 0.9))
    parts.append(line([foot, sole], socks or s.dark, thick * 0.78))
    return "".join(parts)


def _trunk(s: Species, hip: tuple[float, float], shoulder: tuple[float, float]) -> str:
    r = s.girth / 2
    (hx, hy), (sx, sy) = hip, shoulder
    outline = fill(
        s.coat,
        *("M", hx - r * 0.75, hy),
        *("C", hx - r * 0.75, hy - r * 1.1, hx, hy - r, hx + 4, hy - r * 0.95),
        *("L", sx, sy - r),
        *("C", sx + r * 1.05, sy - r, sx + r * 1.1, sy + r, sx - 1, sy + r),
        *("C", sx - s.length * 0.35, sy + r * 1.05, hx + s.length * 0.3, hy + r * 0.75, hx + 2, hy + r * 0.95),
        *("C", hx - r * 0.6, hy + r * 0.9, hx - r * 0.75, hy + r * 0.5, hx - r * 0.75, hy),
    )
    parts = [outline]
    parts.append(oval((hx + sx) / 2 + 4, (hy + sy) / 2 + r * 0.72, s.length * 0.38, r * 0.26, s.pale))
    if "wool" in s.extra:
        for i in range(6):
            x = hx - r * 0.4 + (sx - hx + r * 0.8) * i / 5
            parts += [
                oval(x, hy - r * 0.75, r * 0.48, r * 0.46, s.coat),
                oval(x, hy + r * 0.7, r * 0.45, r * 0.42, s.coat),
            ]
    if "stripes" in s.extra:
        for i in range(5):
            x, y = hx + (sx - hx) * (i + 0.2) / 4.6, hy - r * 0.86
            parts.append(area([(x, y), (x + 3.2, y), (x + 1.0, y + r * 0.9)], s.dark))
    if "patches" in s.extra:
        for i, (px, py, size) in enumerate(
            ((0.1, -0.3, 0.5), (0.5, 0.15, 0.36), (0.82, -0.4, 0.42), (0.34, -0.62, 0.26))
        ):
            k = 1.0 if s.girth > 22 else 0.5
            parts.append(oval(hx + (sx - hx) * px, hy + r * py, r * size * k * (1.3 - 0.1 * i), r * size * k, s.dark))
    return "".join(parts)


def _tail(s: Species, hip: tuple[float, float], wave: float) -> str:
    x, y = hip[0] - s.girth * 0.3, hip[1] - s.girth * 0.22
    lift = 5.0 * wave
    if s.tail == "bushy":
        tx, ty = x - 25, y + 3 - lift
        brush = fill(
            s.coat,
            *("M", x + 4, y - 2, "C", x - 8, y - 11 - lift * 0.4, x - 20, y - 9 - lift, tx, ty),
            *("C", x - 16, y + 10 - lift, x - 4, y + 9, x + 4, y + 5),
        )
        tip = ("M", tx, ty, "C", tx + 2, ty - 6, tx + 5, ty - 8, tx + 8, ty - 9, "L", tx + 10, ty + 4)
        return brush + fill(s.pale, *tip, "C", tx + 6, ty + 4, tx + 3, ty + 3, tx, ty)
    if s.tail == "stub":
        return oval(x - 2, y - 1 - lift * 0.3, 5, 4, s.pale if "socks" in s.extra else s.coat)
    if s.tail == "curl":
        d = f"M{x:.2f} {y:.2f}c-8 2-9-7-4-7 4 0 3 6-1 6-6 0-7-5-7-8"
        return stroke(d, s.dark, 2.4)
    if s.tail == "flow":
        return fill(
            s.dark,
            *("M", x + 2, y - 4, "C", x - 12, y - 10, x - 18, y + 4 - lift, x - 14 - lift, y + 26),
            *("C", x - 8, y + 18, x - 4, y + 8, x + 3, y + 3),
        )
    end = (x - 15, y - 14 - lift)
    bend = (x - 14, y + 5)
    d = f"M{x + 2:.2f} {y:.2f}Q{bend[0]:.2f} {bend[1]:.2f} {end[0]:.2f} {end[1]:.2f}"
    if s.tail == "tuft":
        end = (x - 11, y + 14 - lift)
        d = f"M{x + 2:.2f} {y:.2f}Q{x - 10:.2f} {y - 4:.2f} {end[0]:.2f} {end[1]:.2f}"
    return stroke(d, s.coat, 4.0) + (oval(end[0], end[1] + 2, 3.4, 4.6, s.dark) if s.tail == "tuft" else "")


def _head(s: Species, shoulder: tuple[float, float], wave: float) -> str:
    sx, sy = shoulder
    base = (sx + s.girth * 0.12, sy - s.girth * 0.22)
    nod = 1.2 * wave
    x = base[0] + s.girth * 0.28 + s.neck * (1.0 - 0.62 * s.rise)
    y = base[1] - s.neck * s.rise - s.head * 0.5 + nod
    r = s.head
    parts: list[str] = []
    face = s.dark if "wool" in s.extra else s.coat
    if "antlers" in s.extra:
        for dx in (-3.0, 2.0):
            parts.append(line([(x + dx, y - r * 0.7), (x + dx - 6, y - r - 12), (x + dx - 2, y - r - 20)], s.dark, 2.0))
            parts.append(line([(x + dx - 4.5, y - r - 8), (x + dx + 3, y - r - 13)], s.dark, 1.8))
    if "ruff" in s.extra:
        parts.append(oval(x - 2, y + 1, r * 1.75, r * 1.8, s.dark))
    parts.append(line([(base[0] - 2, base[1] + 4), (x - r * 0.2, y + r * 0.2)], s.coat, max(r * 1.15, s.girth * 0.55)))
    if s.pale != s.coat and "ruff" not in s.extra and "mane" not in s.extra:
        parts.append(
            line([(base[0] + s.girth * 0.2, base[1] + s.girth * 0.36), (x + r * 0.1, y + r * 0.75)], s.pale, r * 0.55)
        )
    if "mane" in s.extra:
        back = [(base[0] - 6, base[1] - 3), (x - r * 0.95, y - r * 0.1), (x - r * 0.1, y - r * 0.95)]
        parts.append(line(back, s.dark, 5.5))
    ear_y = y - r * 0.75
    if s.ears == "pointed":
        tall = r * (1.15 if s.head > 9 else 0.8)
        for dx, colour in ((r * 0.25, hexadecimal(mix(rgb(s.coat), BLACK, 0.22))), (-r * 0.45, face)):
            ex = x + dx
            parts.append(
                area(
                    [(ex - r * 0.42, ear_y + r * 0.5), (ex - r * 0.1, ear_y - tall), (ex + r * 0.5, ear_y + r * 0.4)],
                    colour,
                )
            )
        tip = x - r * 0.55
        parts.append(
            area(
                [(tip - r * 0.12, ear_y - tall * 0.45), (tip, ear_y - tall), (tip + r * 0.26, ear_y - tall * 0.5)],
                s.dark,
            )
        )
    elif s.ears == "round":
        parts += [
            oval(x + r * 0.35, ear_y - 1, r * 0.36, r * 0.36, s.dark),
            oval(x - r * 0.45, ear_y, r * 0.42, r * 0.42, face),
        ]
    elif s.ears == "long":
        for dx, colour in ((r * 0.2, s.dark), (-r * 0.4, face)):
            parts.append(line([(x + dx, ear_y + 2), (x + dx - r * 0.6, ear_y - r * 1.2)], colour, r * 0.45))
    if "horns" in s.extra:
        parts.append(line([(x - r * 0.3, y - r * 0.8), (x - r * 0.7, y - r * 1.5), (x, y - r * 1.9)], "#d9cfb8", 2.8))
    if "horn" in s.extra.split():
        parts.append(
            area([(x + r * 0.2, y - r * 0.7), (x + r * 1.2, y - r * 2.3), (x + r * 0.75, y - r * 0.45)], "#f0c94a")
        )
    muzzle_x, muzzle_y = x + r * 0.55 + s.snout * 0.55, y + r * 0.34 + s.snout * (0.28 if s.neck > 14 else 0.06)
    snout_colour = s.pale if s.head > 8.5 and "wool" not in s.extra else face
    parts.append(oval(x, y, r, r * 0.95, face))
    parts.append(
        line([(x + r * 0.25, y + r * 0.12), (muzzle_x - 1, muzzle_y)], face, r * (0.95 if s.snout > 8 else 0.8))
    )
    parts.append(line([(x + r * 0.3, y + r * 0.5), (muzzle_x - 1, muzzle_y + r * 0.2)], snout_colour, r * 0.55))
    if s.tail == "curl":
        parts.append(oval(muzzle_x + 2.4, muzzle_y, 3.2, r * 0.45, s.dark))
    else:
        parts.append(oval(muzzle_x + r * 0.3, muzzle_y - r * 0.12, 2.3, 1.9, "#2a2226"))
    if "wool" in s.extra:
        parts.append(oval(x - r * 0.35, y - r * 0.75, r * 0.75, r * 0.5, s.coat))
    if s.ears == "floppy":
        parts.append(line([(x - r * 0.55, y - r * 0.45), (x - r * 0.85, y + r * 0.55)], s.dark, r * 0.6))
    parts.append(
        oval(x + r * 0.38, y - r * 0.14, 1.55, 1.8, "#1f1a1c") + oval(x + r * 0.46, y - r * 0.22, 0.5, 0.5, "#ffffff")
    )
    return "".join(parts)
