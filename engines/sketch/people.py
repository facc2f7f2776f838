"""People who move: a jointed figure seen from the side, facing right, dressed by a few words per kind.

Units: an SVG of 140 x 140, feet on y = 136; inside it the joints are told in a frame that begins at (10, 22). A step is
a phase 0..1 of a gait: run, walk, dance, sit, stand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, pi, sin

from .artwork import Drawing, Light, measured, recoloured
from .colours import BLACK, RGB, hexadecimal, mix, rgb
from .svg import area, document, fill, line, oval, ring

GROUND = 114.0
_SIDE, _LEFT, _TOP = 140.0, 10.0, 22.0
_SKINS = ("#f2c6a0", "#c98d62", "#8d5a3c", "#e8b48a")


@dataclass(frozen=True, slots=True)
class Person:
    """How someone is dressed; `top` is what a colour word colours."""

    top: str
    legs: str
    hair: str = "#4a3428"
    cut: str = "short"  # short, long, bun, bald, hood
    skirt: str = ""  # "", skirt, robe, coat
    hat: str = ""  # "", cap, brim, straw, pointed, nightcap, crown, helmet, dome, toque, beret; some with a colour
    height: float = 100.0  # of an adult: 100
    beard: bool = False
    prop: str = ""  # "", staff, sword, wings, cape


PEOPLE: dict[str, Person] = {
    "man": Person("#3f6fb0", "#39414f"),
    "woman": Person("#c2496a", "#41506e", "#5a3524", "long", "skirt"),
    "boy": Person("#e0a030", "#3f5f8f", "#6b4327", height=72),
    "girl": Person("#d8588c", "#d8588c", "#7a4a26", "long", "skirt", height=72),
    "child": Person("#58a868", "#4a5a86", "#5a3a24", height=66),
    "person": Person("#4a9088", "#404a5c", "#3c2c24"),
    "old man": Person("#7a6f62", "#4d4a4a", "#d9d9d9", "bald", beard=True, prop="staff"),
    "old woman": Person("#7d6a9c", "#5c5470", "#d6d6da", "bun", "skirt"),
    "astronaut": Person("#eceff3", "#e2e6ec", "#4a3428", hat="dome"),
    "knight": Person("#aeb7c2", "#8a94a2", hat="helmet", prop="sword"),
    "mage": Person("#5a4aa8", "#4a3c8c", "#e4e4e8", "long", "robe", "pointed", beard=True, prop="staff"),
    "witch": Person("#3d3450", "#2d2740", "#7a3f22", "long", "robe", "pointed", prop="staff"),
    "king": Person("#a3263a", "#7d1d2d", "#6a4a30", "short", "robe", "crown", beard=True),
    "prince": Person("#3a56a8", "#e8e4d8", "#8a5f34", hat="crown"),
    "queen": Person("#8a3fa0", "#722f88", "#5a3524", "long", "robe", "crown"),
    "princess": Person("#f08fb4", "#f08fb4", "#e8bf5a", "long", "robe", "crown"),
    "police officer": Person("#2a3f78", "#232f52", hat="cap"),
    "firefighter": Person("#c8402c", "#33363e", hat="helmet red"),
    "detective": Person("#a08358", "#4a4440", "#3a2a20", "short", "coat", "brim"),
    "farmer": Person("#b8483c", "#45609a", "#7a5632", hat="straw"),
    "pirate": Person("#b02a35", "#2f2b33", "#2a201c", "long", "coat", "brim", beard=True, prop="sword"),
    "cook": Person("#f4f4f2", "#57606e", hat="toque"),
    "artist": Person("#e4dccb", "#51607e", hat="beret"),
    "singer": Person("#7a3fb0", "#26242e", cut="long"),
    "health worker": Person("#f2f5f7", "#7fb3c8"),
    "scientist": Person("#f2f5f7", "#56606e", "#c8c8cc", skirt="coat"),
    "pilot": Person("#6a4a30", "#45505e", hat="helmet brown"),
    "construction worker": Person("#f0882c", "#41527a", hat="helmet yellow"),
    "ninja": Person("#2b2d38", "#2b2d38", cut="hood", prop="sword"),
    "fairy": Person("#8fd07a", "#8fd07a", "#e8bf5a", "bun", "skirt", height=76, prop="wings"),
    "angel": Person("#f7f5ee", "#f7f5ee", "#e8c878", "long", "robe", prop="wings"),
    "superhero": Person("#2c5fc0", "#2c5fc0", prop="cape"),
    "dancer": Person("#e05a78", "#e9b7a0", "#3a2620", "bun", "skirt"),
    "monk": Person("#c8702a", "#b0601f", cut="bald", skirt="robe"),
    "samurai": Person("#8a2f38", "#34343e", "#221c1c", "bun", "coat", prop="sword"),
    "cowboy": Person("#8a5a36", "#3f5f96", hat="brim"),
    "Santa Claus": Person("#c8242f", "#a81c28", "#f2f2f2", "short", "coat", "nightcap", beard=True),
    "elf": Person("#3f9050", "#7a5a34", "#e0b860", hat="nightcap green", height=70),
}


@lru_cache(maxsize=64)
def standing(name: str) -> Drawing:
    """The drawing of a person at rest, measured."""
    shape = measured(_document(PEOPLE[name], "stand", 0.0, _SKINS[0]), _SIDE)
    x, y, w, _ = shape.ink
    return Drawing(shape.svg, (x, y, w, GROUND + _TOP - y), rgb(PEOPLE[name].top))


def stride(name: str, gait: str, phase: float, who: int, target: RGB | None, light: Light) -> bytes:
    """The SVG document of a person at a phase of a step. `who` chooses the skin: the same number, the same person."""
    person = PEOPLE[name]
    skin = _SKINS[who % len(_SKINS)]
    if target is not None:
        suit = person.legs == person.top
        legs = hexadecimal(mix(target, BLACK, 0.12)) if suit else person.legs
        person = replace(person, top=hexadecimal(target), legs=legs)
    return recoloured(_document(person, gait, phase, skin), rgb(person.top), None, light)


def _document(p: Person, gait: str, phase: float, skin: str) -> str:
    return document(f'<g transform="translate({_LEFT} {_TOP})">{_body(p, gait, phase, skin)}</g>', _SIDE)


def _darker(colour: str, share: float = 0.18) -> str:
    return hexadecimal(mix(rgb(colour), BLACK, share))


def _limb(joint: tuple[float, float], length: float, angle: float, bend: float) -> list[tuple[float, float]]:
    """Shoulder, elbow, hand: angles in degrees from straight down, forward positive; `bend` of the lower half."""
    a, b = angle * pi / 180, (angle + bend) * pi / 180
    middle = (joint[0] + length * 0.5 * sin(a), joint[1] + length * 0.5 * cos(a))
    return [joint, middle, (middle[0] + length * 0.5 * sin(b), middle[1] + length * 0.5 * cos(b))]


def _angles(
    gait: str, phase: float
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]:
    """(angle, bend) of near leg, far leg, near arm, far arm."""
    swing, back = sin(2 * pi * phase), cos(2 * pi * phase)
    if gait == "run":
        legs = ((42 * swing, -75 * max(0.0, back) - 8), (-42 * swing, -75 * max(0.0, -back) - 8))
        return legs[0], legs[1], (-48 * swing, 78.0), (48 * swing, 78.0)
    if gait == "walk":
        legs = ((24 * swing, -32 * max(0.0, back)), (-24 * swing, -32 * max(0.0, -back)))
        return legs[0], legs[1], (-24 * swing, 14.0), (24 * swing, 14.0)
    if gait == "dance":
        return (
            (16 * swing, -24 * max(0.0, back)),
            (-14 - 8 * swing, -8.0),
            (120 + 34 * swing, 30.0),
            (-130 + 34 * swing, -30.0),
        )
    if gait == "sit":
        return (80.0, -78.0), (72.0, -74.0), (24.0, 34.0), (14.0, 40.0)
    return (2.0, 0.0), (-5.0, 0.0), (6.0 + 2 * swing, 8.0), (-8.0 - 2 * swing, 8.0)


def _body(p: Person, gait: str, phase: float, skin: str) -> str:
    """Back to front: far limbs, what hangs behind, trunk, near leg, clothes, head, near arm."""
    k = p.height / 100.0
    leg, arm, trunk, head = 44.0 * k, 36.0 * k, 34.0 * k, (9.5 if p.height > 90 else 10.5)
    near_leg, far_leg, near_arm, far_arm = _angles(gait, phase)
    hip_y = GROUND - 3.0 - leg * (0.52 if gait == "sit" else 0.965 if gait == "run" else 0.985)
    lean = {"run": 7.0, "walk": 1.5}.get(gait, 0.0) * k
    hip, neck = (58.0, hip_y), (58.0 + lean, hip_y - trunk)
    face = (neck[0] + 1.5 * k, neck[1] - head * 1.02)
    thick = 8.6 * k
    shade, shoe = _darker(p.legs), _darker(p.legs, 0.55)
    bare = p.skirt == "skirt"
    parts = [_behind(p, neck, hip, k, phase), _arm(far_arm, neck, arm, thick, _darker(p.top), _darker(skin, 0.1), k)]
    parts.append(_leg(far_leg, hip, leg, thick, _darker(skin, 0.1) if bare else shade, shoe))
    parts.append(_leg(near_leg, hip, leg, thick, skin if bare else p.legs, shoe))
    parts.append(_trunk(p, hip, neck, k, sin(2 * pi * phase) if gait in ("walk", "run", "dance") else 0.0, leg))
    parts.append(line([neck, (face[0] - 0.5, face[1] + head * 0.5)], _darker(skin, 0.08), 6.0 * k))
    parts.append(_head(p, face, head, skin))
    parts.append(_arm(near_arm, neck, arm, thick, _darker(p.top, 0.07), skin, k))
    parts.append(_held(p, _limb((neck[0], neck[1] + 4 * k), arm, *near_arm)[-1], k))
    return "".join(parts)


def _leg(
    angles: tuple[float, float], hip: tuple[float, float], length: float, thick: float, colour: str, shoe: str
) -> str:
    points = _limb((hip[0], hip[1] - 1), length, *angles)
    foot = points[-1]
    return line(points, colour, thick) + line([foot, (foot[0] + thick * 0.6, foot[1] + 0.6)], shoe, thick * 0.85)


def _arm(
    angles: tuple[float, float],
    neck: tuple[float, float],
    length: float,
    thick: float,
    sleeve: str,
    skin: str,
    k: float,
) -> str:
    points = _limb((neck[0], neck[1] + 4 * k), length, *angles)
    hand = points[-1]
    return line(points, sleeve, thick * 0.82) + oval(*hand, thick * 0.44, thick * 0.44, skin)


def _trunk(p: Person, hip: tuple[float, float], neck: tuple[float, float], k: float, sway: float, leg: float) -> str:
    shoulder, waist = 9.0 * k, 7.2 * k
    shape = [
        (neck[0] - shoulder + 2, neck[1]),
        (neck[0] + shoulder - 3, neck[1]),
        (neck[0] + shoulder, neck[1] + 6 * k),
        (hip[0] + waist, hip[1] + 3 * k),
        (hip[0] - waist, hip[1] + 3 * k),
        (neck[0] - shoulder, neck[1] + 6 * k),
    ]
    parts = [
        area(shape, p.top),
        line([(neck[0] - shoulder + 4, neck[1] + 2), (neck[0] + shoulder - 5, neck[1] + 2)], p.top, 6 * k),
    ]
    if p.skirt:
        low = {"skirt": 0.48, "coat": 0.55, "robe": 0.9}[p.skirt] * leg
        wide = {"skirt": 15.0, "coat": 11.5, "robe": 15.5}[p.skirt] * k
        top = hip[1] - (8.0 if p.skirt == "skirt" else 3.0) * k
        parts.append(
            area(
                [
                    (hip[0] - waist, top),
                    (hip[0] + waist, top),
                    (hip[0] + wide + 2 * sway, hip[1] + low),
                    (hip[0] - wide + 2 * sway, hip[1] + low),
                ],
                p.top,
            )
        )
        if p.skirt != "skirt":
            parts.append(
                line(
                    [(hip[0] - waist + 1, hip[1] - 2 * k), (hip[0] + waist - 1, hip[1] - 2 * k)],
                    _darker(p.top, 0.4),
                    2.6 * k,
                )
            )
    else:
        parts.append(
            line(
                [(hip[0] - waist + 1.5, hip[1] + 2 * k), (hip[0] + waist - 1.5, hip[1] + 2 * k)],
                _darker(p.legs, 0.3),
                3.0 * k,
            )
        )
    return "".join(parts)


def _behind(p: Person, neck: tuple[float, float], hip: tuple[float, float], k: float, phase: float) -> str:
    wave = 3.0 * sin(2 * pi * phase)
    if p.prop == "wings":
        return "".join(
            oval(neck[0] - 16 * k, neck[1] + (8 + 14 * i) * k - wave * (1 - i), 15 * k, (9 - 2 * i) * k, "#dcefff")
            for i in (0, 1)
        )
    if p.prop == "cape":
        return area(
            [
                (neck[0] - 5, neck[1]),
                (neck[0] + 4, neck[1]),
                (hip[0] - 8, hip[1] + 26 * k),
                (hip[0] - 34 * k, hip[1] + 16 * k + wave),
            ],
            "#d0293a",
        )
    return ""


def _held(p: Person, hand: tuple[float, float], k: float) -> str:
    if p.prop == "staff":
        return line([(hand[0] + 2, hand[1] - 34 * k), (hand[0] + 2, GROUND - 1)], "#8a5f38", 2.6) + oval(
            hand[0] + 2, hand[1] - 35 * k, 3, 3, "#e8c85a"
        )
    if p.prop == "sword":
        return line([hand, (hand[0] + 12 * k, hand[1] - 30 * k)], "#e2e8ee", 3.0) + line(
            [(hand[0] - 3, hand[1] - 5), (hand[0] + 6, hand[1] - 1)], "#a8803a", 2.6
        )
    return ""


def _head(p: Person, face: tuple[float, float], r: float, skin: str) -> str:
    x, y = face
    parts: list[str] = []
    if p.cut == "long":
        parts.append(line([(x - r * 0.5, y - r * 0.2), (x - r * 0.85, y + r * 1.35)], p.hair, r * 1.1))
    if p.cut == "bun":
        parts.append(oval(x - r * 0.95, y - r * 0.55, r * 0.5, r * 0.5, p.hair))
    parts.append(oval(x, y, r, r * 1.06, skin))
    parts.append(oval(x + r * 0.98, y + r * 0.16, r * 0.2, r * 0.17, _darker(skin, 0.06)))
    if p.cut != "bald":
        cap = fill(
            p.top if p.cut == "hood" else p.hair,
            *("M", x + r * 0.72, y - r * 0.62, "A", r * 1.06, r * 1.1, "0 0 0", x - r * 1.02, y + r * 0.34),
            *("L", x - r * 0.5, y + r * 0.5, "Q", x - r * 0.42, y - r * 0.35, x + r * 0.72, y - r * 0.62),
        )
        parts.append(cap)
    if p.cut == "hood":
        parts.append(line([(x - r * 0.4, y + r * 0.55), (x + r * 0.75, y + r * 0.5)], p.top, r * 0.75))
    parts.append(oval(x + r * 0.5, y - r * 0.02, r * 0.13, r * 0.17, "#2a2226"))
    if p.beard:
        parts.append(
            area(
                [
                    (x - r * 0.25, y + r * 0.45),
                    (x + r * 0.95, y + r * 0.38),
                    (x + r * 0.7, y + r * 1.5),
                    (x + r * 0.15, y + r * 1.25),
                ],
                p.hair,
            )
        )
    elif p.cut != "hood":
        parts.append(line([(x + r * 0.52, y + r * 0.52), (x + r * 0.8, y + r * 0.46)], "#a0524a", r * 0.12))
    parts.append(_hat(p, x, y, r))
    return "".join(parts)


def _hat(p: Person, x: float, y: float, r: float) -> str:
    kind, _, colour = p.hat.partition(" ")
    top = y - r * 0.42
    if kind == "cap":
        return area(
            [(x - r, top), (x - r * 0.8, top - r * 0.75), (x + r * 0.7, top - r * 0.75), (x + r, top)], p.top
        ) + line([(x + r * 0.5, top), (x + r * 1.4, top + 1)], _darker(p.top, 0.4), r * 0.24)
    if kind in ("brim", "straw"):
        felt = "#e2bf6a" if kind == "straw" else _darker(p.top, 0.35)
        crown = area(
            [(x - r * 0.8, top), (x - r * 0.6, top - r * 0.9), (x + r * 0.6, top - r * 0.9), (x + r * 0.8, top)], felt
        )
        return (
            crown
            + line([(x - r * 1.5, top), (x + r * 1.5, top)], felt, r * 0.3)
            + line([(x - r * 0.7, top - r * 0.25), (x + r * 0.7, top - r * 0.25)], _darker(felt, 0.4), r * 0.2)
        )
    if kind == "pointed":
        return area([(x - r, top + 1), (x + r, top + 1), (x - r * 0.35, top - r * 2.5)], p.top) + line(
            [(x - r * 1.55, top + 1), (x + r * 1.45, top + 1)], _darker(p.top, 0.2), r * 0.3
        )
    if kind == "nightcap":
        red = "#3f9050" if colour else p.top
        return (
            area([(x - r, top), (x + r * 0.9, top), (x - r * 1.3, top - r * 1.2)], red)
            + line([(x - r * 0.95, top), (x + r * 0.85, top)], "#f6f6f4", r * 0.36)
            + oval(x - r * 1.3, top - r * 1.2, r * 0.3, r * 0.3, "#f6f6f4")
        )
    if kind == "crown":
        spikes = [
            (x - r * 0.85, top + 1),
            (x - r * 0.95, top - r * 0.9),
            (x - r * 0.4, top - r * 0.35),
            (x, top - r * 1.05),
            (x + r * 0.4, top - r * 0.35),
            (x + r * 0.95, top - r * 0.9),
            (x + r * 0.85, top + 1),
        ]
        return area(spikes, "#f0c23c")
    if kind == "helmet":
        shell = {"": "#aeb7c2", "red": "#c8302c", "brown": "#5a3d28", "yellow": "#f2c12e"}[colour]
        dome = fill(
            shell,
            *("M", x - r * 1.12, y, "A", r * 1.12, r * 1.15, "0 0 1", x + r * 1.12, y - r * 0.15),
        )
        if colour:
            return dome + line([(x - r * 1.1, y - r * 0.05), (x + r * 1.4, y - r * 0.15)], _darker(shell), r * 0.24)
        visor = area(
            [
                (x - r * 0.2, y - r * 0.3),
                (x + r * 1.15, y - r * 0.3),
                (x + r * 1.05, y + r),
                (x - r * 0.4, y + r * 1.1),
            ],
            _darker(shell),
        )
        plume = line([(x, y - r * 1.15), (x - r * 0.8, y - r * 1.6), (x - r * 1.5, y - r * 1.1)], "#d0293a", r * 0.4)
        return dome + visor + line([(x + r * 0.35, y), (x + r * 1.05, y)], "#22262c", r * 0.22) + plume
    if kind == "dome":
        return oval(x, y, r * 1.5, r * 1.5, "#dff2ff", 0.35) + ring(x, y, r * 1.45, "#f2f5f8", 2.4)
    if kind == "toque":
        return line([(x - r * 0.7, top), (x + r * 0.7, top)], "#f7f7f5", r * 0.7) + line(
            [(x - r * 0.5, top - r * 0.8), (x + r * 0.5, top - r * 0.8)], "#f7f7f5", r * 1.1
        )
    if kind == "beret":
        return oval(x - r * 0.2, top - r * 0.25, r * 1.15, r * 0.5, "#8c2f3c")
    return ""
