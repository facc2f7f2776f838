"""People who move: a jointed figure, turned a little to us, facing right, dressed by a few words per kind.

Units: an SVG of 220 x 220, feet on y = 184. The legs do the gait of a pose, the hands a deed (`deeds.py`), with
what they hold (`props.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, pi, radians, sin

from engines.sketch.canvas.colours import BLACK, RGB, hexadecimal, mix, rgb
from engines.sketch.canvas.svg import Point, document, line, oval, taper

from . import clothes
from .artwork import Drawing, Light, measured, recoloured
from .deeds import DEEDS, NOTHING, Act, Deed
from .faces import shaded
from .joints import between, blinks, knee, step
from .motion import Pose
from .portraits import behind_head, face
from .props import prop
from .wardrobe import GROUND, HAIRS, PEOPLE, SKINS, Person

__all__ = ["GROUND", "PEOPLE", "acting", "standing"]

_SIDE = 220.0
_X = 110.0  # where a figure stands
_REST = Pose()
_CUTS = ("short", "curls", "spiky", "tail", "long")
_IN_FRONT = {"rope", "oars", "poles", "tears", "balls", "book", "piano", "drum", "crate", "wheel", "quill"}


@dataclass(frozen=True, slots=True)
class _Joints:
    """Where the joints are."""

    hip: Point
    neck: Point
    feet: tuple[Point, Point]  # near, far
    hands: tuple[Point, Point]
    bend: float = -1.0  # of the knees: -1 forward


@lru_cache(maxsize=128)
def standing(name: str) -> Drawing:
    """The drawing of a person at rest with empty hands, measured."""
    person = PEOPLE[name]
    person = replace(person, prop="", hair=person.hair or HAIRS[0], cut=person.cut or _CUTS[0])
    shape = measured(_document(person, _REST, NOTHING, SKINS[0]), _SIDE)
    x, y, w, _ = shape.ink
    return Drawing(shape.svg, (x, y, w, GROUND - y), rgb(person.top))


def acting(name: str, now: Pose, who: int, target: RGB | None, light: Light, act: Act = NOTHING) -> bytes:
    """The SVG document of a person in a pose, with busy hands, coloured and lit.

    `who` chooses skin and hair: the same number, the same person.
    """
    person = PEOPLE[name]
    skin = SKINS[who % len(SKINS)]
    if target is not None:
        suit = person.legs == person.top
        legs = hexadecimal(mix(target, BLACK, 0.12)) if suit else person.legs
        person = replace(person, top=hexadecimal(target), legs=legs)
    hair = person.hair or HAIRS[who // 8 % (2 if who % len(SKINS) in (2, 4) else len(HAIRS))]
    person = replace(person, hair=hair, cut=person.cut or _CUTS[who // 64 % len(_CUTS)])
    if not act.prop and (not act.name or act.name == "hold") and person.prop:
        act = Act(
            act.name or ("read" if person.prop == "book" else "guitar" if person.prop == "guitar" else "hold"),
            person.prop,
        )
    return recoloured(_document(person, now, act, skin), rgb(person.top), None, light)


def _document(p: Person, now: Pose, act: Act, skin: str) -> str:
    return document(_body(p, now, act, skin), _SIDE)


def _sizes(p: Person) -> tuple[float, float, float, float, float]:
    """(scale, leg, trunk, arm, radius of the head): children have big heads."""
    head = 13.4 if p.height > 84 else 13.0 if p.height > 55 else 11.0
    rest = p.height - head * 1.9
    return p.height / 100.0, rest * 0.52, rest * 0.48, rest * 0.43, head


def _body(p: Person, now: Pose, act: Act, skin: str) -> str:
    """Back to front: what hangs behind, far limbs, trunk, near leg, clothes, head, what is held, near arm."""
    k, leg, trunk, arm, r = _sizes(p)
    deed = DEEDS.get(act.name)
    beat = (now.clock * (deed.rate if deed else 1.0)) % 1.0
    legs = deed.legs if deed and deed.legs and now.gait not in ("lie", "swim", "ride") else now.gait
    joints = _pose(p, now, deed, legs, beat)
    thick = 4.6 * k + 0.5
    neck, hip = joints.neck, joints.hip
    head = (neck[0] + 1.2 * k, neck[1] - r * 0.98)
    lag = (
        3.0 * sin(2 * pi * now.phase - 0.9)
        if now.gait in ("walk", "run", "dance", "jump")
        else 0.8 * sin(1.6 * now.clock)
    )
    lag += {"run": 5.0, "fly": 6.0, "walk": 1.0}.get(now.gait, 0.0)
    bare_legs = p.skirt in ("skirt", "tutu") or p.mark == "beach"
    bare_arms = p.mark in ("beach", "ballet")
    far_sleeve, sleeve = (shaded(skin, 0.12), skin) if bare_arms else (shaded(p.top, 0.24), shaded(p.top, 0.08))
    trouser, far_trouser = (skin, shaded(skin, 0.14)) if bare_legs else (p.legs, shaded(p.legs, 0.22))
    shoe = (
        "#f2b8c4"
        if p.mark == "ballet"
        else skin
        if p.mark == "beach"
        else "#2c3a48"
        if p.mark == "flippers"
        else shaded(p.legs, 0.5)
    )
    tone = hexadecimal(act.colour) if act.colour else ""
    held = prop(act.prop, *joints.hands, max(0.8, k), beat, tone) if act.prop else ""
    mouth = (deed.mouth * max(0.0, sin(4 * pi * beat)) if deed else 0.0) or now.mouth
    shut = now.gait == "lie" or blinks(now.clock) or act.name in ("pray", "meditate", "laugh")
    parts = [clothes.behind(p, neck, hip, k, lag), behind_head(p, *head, r, lag)]
    long_robe = p.skirt == "robe"
    parts.append(_arm(joints.hands[1], neck, arm, thick, far_sleeve, shaded(skin, 0.1)))
    extra = _under(legs, k, joints, now)
    parts.append(extra)
    if not p.skirt:
        parts.append(
            oval(
                hip[0],
                hip[1],
                6.6 * k + 0.8,
                6.0 * k + 0.6,
                p.legs if not (p.mark == "beach" and p.top == p.legs) else p.top,
            )
        )
    for foot, colour, near in ((joints.feet[1], far_trouser, False), (joints.feet[0], trouser, True)):
        parts.append(_leg(p, foot, hip, leg, thick, colour, shoe, joints.bend, near=near))
    parts.append(
        clothes.trunk(
            p, hip, neck, k, lag, leg, joints.feet if not long_robe else (joints.feet[0], joints.feet[1]), skin
        )
    )
    parts.append(taper((neck, (head[0] - 0.6, head[1] + r * 0.5)), (2.9 * k, 2.9 * k), shaded(skin, 0.12)))
    in_front = act.prop in _IN_FRONT
    if not in_front:
        parts.append(held)
    parts.append(face(p, *head, r, skin, shut=shut, mouth=mouth, sad=act.name == "cry"))
    if p.mark in ("scarf",):
        parts.append(
            taper(((neck[0] - 5 * k, neck[1] - 1), (neck[0] + 5 * k, neck[1] - 1)), (2.4 * k, 2.6 * k), "#d5404a")
        )
    if in_front:
        parts.append(held)
    parts.append(_arm(joints.hands[0], neck, arm, thick, sleeve, skin))
    whole = "".join(parts)
    if now.gait == "lie":
        return f'<g transform="translate(46 -6) rotate(-88 {_X} {GROUND})">{whole}</g>'
    if now.gait in ("swim", "fly"):
        turn = (76 if now.gait == "swim" else 52) + 4 * sin(2.2 * now.clock)
        down = GROUND - 15 * k - hip[1] if now.gait == "swim" else 0.0
        return f'<g transform="translate(0 {down:.1f}) rotate({turn:.1f} {_X} {hip[1]:.1f})">{whole}</g>'
    return whole


def _pose(p: Person, now: Pose, deed: Deed | None, legs: str, beat: float) -> _Joints:
    """The joints of a gait with a deed."""
    k, leg, trunk, arm, _ = _sizes(p)
    turn = 2 * pi * now.phase
    wave = sin(turn)
    floor = GROUND - 1.8
    hip_y, hip_x, lean, bend = GROUND - leg * 0.985 - 1.2, _X, 0.0, -1.0
    near, far = (_X + 2.2 * k, floor), (_X - 3.2 * k, floor)
    if legs in ("walk", "run"):
        run = legs == "run"
        reach, lift, duty = (leg * 0.52, leg * 0.42, 0.4) if run else (leg * 0.36, leg * 0.2, 0.58)
        lean = 11.0 if run else 3.0
        hip_y += leg * (0.05 if run else 0.03) - leg * (0.06 if run else 0.02) * sin(2 * turn + 0.6)
        points = [step(now.phase + 0.5 * i, reach * now.reach, lift, duty) for i in (0, 1)]
        near, far = ((_X + x + (1.0 if i == 0 else -1.0), floor + y) for i, (x, y) in enumerate(points))
    elif legs == "dance":
        hip_x += 3.5 * k * wave
        hip_y += leg * 0.07 * abs(cos(turn))
        lift = leg * 0.42
        near = (_X + 6 * k + 5 * k * max(0.0, wave), floor - lift * max(0.0, wave))
        far = (_X - 6 * k - 5 * k * max(0.0, -wave), floor - lift * max(0.0, -wave))
        lean = -6.0 * wave
    elif legs == "jump":
        air = max(0.0, sin(pi * min(1.0, max(0.0, (now.phase - 0.18) / 0.64))))
        hip_y += leg * 0.34 * max(0.0, 1.0 - air * 4)
        near, far = (
            (_X + 5 * k + 3 * k * air, floor - leg * 0.3 * air),
            (_X - 5 * k - 7 * k * air, floor - leg * 0.16 * air),
        )
    elif legs == "sit":
        hip_y = GROUND - 6 * k
        hip_x = _X - leg * 0.34
        near, far = (hip_x + leg * 0.78, floor), (hip_x + leg * 0.66, floor)
        lean = -5.0
    elif legs == "kneel":
        hip_y = GROUND - leg * 0.5
        near, far = (_X + leg * 0.34, floor), (_X - leg * 0.55, floor)
    elif legs == "ride":
        hip_y = GROUND - leg * 0.72 + 0.6 * wave
        near, far = (_X + leg * 0.3, floor), (_X + leg * 0.4, floor - 2)
    elif legs in ("surf", "lunge"):
        hip_y += leg * (0.22 + 0.04 * sin(2 * pi * beat))
        near, far = (_X + leg * 0.4, floor), (_X - leg * 0.46, floor)
        if legs == "surf":
            hip_x -= 2 * k
    elif legs in ("ski", "skate"):
        hip_y += leg * 0.2
        slide = leg * 0.34 * sin(2 * pi * beat) if legs == "skate" else 3 * k
        near, far = (
            (_X + slide, floor - 2.4 * k),
            (_X - slide, floor - 2.4 * k - (leg * 0.25 * max(0.0, cos(2 * pi * beat)) if legs == "skate" else 0.0)),
        )
    elif legs == "climb":
        near = (_X + leg * 0.3, floor - leg * (0.25 + 0.25 * sin(2 * pi * beat)))
        far = (_X + leg * 0.22, floor - leg * (0.25 - 0.25 * sin(2 * pi * beat)))
    elif legs == "kick":
        swing = sin(2 * pi * beat)
        near, far = (_X + leg * 0.75 * swing, floor - leg * 0.4 * abs(swing)), (_X - 3 * k, floor)
        lean = -8.0 * max(0.0, swing)
    elif legs == "cycle":
        hip_y, hip_x = GROUND - leg * 1.06, _X - leg * 0.28
        spin = 2 * pi * now.clock * 0.9
        pedal = (_X + leg * 0.02, GROUND - leg * 0.34)
        near = (pedal[0] + leg * 0.2 * cos(spin), pedal[1] + leg * 0.2 * sin(spin))
        far = (pedal[0] - leg * 0.2 * cos(spin), pedal[1] - leg * 0.2 * sin(spin))
    elif legs == "row":
        hip_y = GROUND - 13 * k
        hip_x = _X - 8 * k
        near, far = (_X + leg * 0.45, GROUND - 9 * k), (_X + leg * 0.4, GROUND - 9 * k)
        lean = 9.0 * sin(2 * pi * beat)
    elif legs in ("swim", "fly", "float"):
        kick = leg * (0.2 if legs == "swim" else 0.06)
        near, far = (_X + kick * wave, floor - 1), (_X - kick * wave - 2, floor - 1)
    elif legs == "fall":
        near, far = (_X + leg * 0.4 + 3 * wave, floor - leg * 0.24), (_X - leg * 0.5, floor - leg * 0.14 - 3 * wave)
    if deed:
        lean += deed.lean
    breath = 0.5 * k * sin(2.1 * now.clock) if legs in ("stand", "sit", "lie", "ride") else 0.0
    lean_turn = radians(lean)
    neck = (hip_x + trunk * sin(lean_turn), hip_y - trunk * cos(lean_turn) - breath)
    hands = _hands(now, legs, deed, neck, arm, k, beat)
    return _Joints((hip_x, hip_y), neck, (near, far), hands, bend)


def _hands(
    now: Pose, legs: str, deed: Deed | None, neck: Point, arm: float, k: float, beat: float
) -> tuple[Point, Point]:
    """Where the hands are: at the deed, or going along with the legs."""
    x, y = neck[0], neck[1] + 4.0 * k
    swing = sin(2 * pi * now.phase)
    if deed:
        turn = 2 * pi * beat
        other = turn + (pi if deed.opposite else 0.0)
        near = (deed.near[0] + deed.near_sway[0] * sin(turn), deed.near[1] + deed.near_sway[1] * cos(turn))
        far = (deed.far[0] + deed.far_sway[0] * sin(other), deed.far[1] + deed.far_sway[1] * cos(other))
        if legs in ("walk", "run") and deed.far[0] < 0.0:  # a free hand swings
            far = (0.5 * swing, 0.8)
    elif legs == "run":
        near, far = (0.25 - 0.62 * swing, 0.5 + 0.12 * swing), (0.25 + 0.62 * swing, 0.5 - 0.12 * swing)
    elif legs == "walk":
        near, far = (0.08 - 0.48 * swing, 0.88), (0.08 + 0.48 * swing, 0.88)
    elif legs == "dance":
        near = (0.66 + 0.16 * swing, -0.68 + 0.6 * max(0.0, swing))
        far = (-0.55 + 0.25 * swing, -0.7 + 0.55 * max(0.0, -swing))
    elif legs in ("jump", "fall"):
        near, far = (0.5 + 0.1 * swing, -0.75), (-0.6, -0.6 + 0.1 * swing)
    elif legs == "swim":
        turn = 2 * pi * now.phase
        near, far = (0.75 * sin(turn) + 0.1, -0.9 * cos(turn)), (-0.75 * sin(turn) + 0.1, 0.9 * cos(turn))
    elif legs == "fly":
        near, far = (0.2, -0.96), (-0.15, 0.9)
    elif legs == "float":
        near, far = (0.7, 0.35 + 0.12 * sin(1.3 * now.clock)), (-0.65, 0.4 + 0.12 * sin(1.3 * now.clock + 2))
    elif legs == "sit":
        near, far = (0.62, 0.66), (0.56, 0.62)
    elif legs == "lie":
        near, far = (0.25, 0.75), (-0.1, 0.85)
    else:
        near, far = (0.12 + 0.02 * swing, 0.95), (-0.16, 0.94)
    return (x + near[0] * arm, y + near[1] * arm), (x + far[0] * arm, y + far[1] * arm)


def _arm(hand: Point, neck: Point, length: float, thick: float, sleeve: str, skin: str) -> str:
    shoulder = (neck[0], neck[1] + thick * 0.85)
    elbow, end = knee(
        shoulder, hand, length * 0.52, length * 0.52, -1.0 if hand[0] < shoulder[0] and hand[1] < shoulder[1] else 1.0
    )
    return taper((shoulder, elbow, end), (thick * 0.86, thick * 0.72, thick * 0.62), sleeve) + oval(
        end[0], end[1], thick * 0.76, thick * 0.76, skin
    )


def _leg(
    p: Person, foot: Point, hip: Point, length: float, thick: float, colour: str, shoe: str, bend: float, *, near: bool
) -> str:
    joint = (hip[0] + (1.5 if near else -1.5) * thick / 4.6, hip[1] - thick * 0.3)
    middle, end = knee(joint, foot, length * 0.508, length * 0.508, bend)
    parts = [taper((joint, middle, end), (thick * 1.22, thick * 0.95, thick * 0.72), colour)]
    if p.mark == "stripes":
        parts.append(line([between(middle, end, 0.5), between(middle, end, 0.62)], "#f2e25a", thick * 1.5))
    if p.mark == "ballet":
        parts.append(
            taper((between(middle, end, 0.7), (end[0] + 0.6, end[1] + thick * 0.4)), (thick * 0.7, thick * 0.5), shoe)
        )
        return "".join(parts)
    far = thick * (2.6 if p.mark == "flippers" else 1.0)
    boot = p.mark in ("belt", "armour", "suit", "bib") or p.hat.startswith("brim")
    if boot:
        parts.append(taper((between(middle, end, 0.45), end), (thick * 0.95, thick * 0.88), shoe))
    parts.append(
        taper(
            ((end[0] - thick * 0.35, end[1] - thick * 0.18), (end[0] + far, end[1] - thick * 0.02)),
            (thick * 0.72, thick * 0.6),
            shoe,
        )
    )
    return "".join(parts)


def _under(legs: str, k: float, joints: _Joints, now: Pose) -> str:
    """What carries the feet: skis, skates, a bicycle."""
    (ax, ay), (bx, by) = joints.feet
    if legs == "ski":
        return "".join(
            line([(x - 22 * k, GROUND - 1), (x + 24 * k, GROUND - 1), (x + 30 * k, GROUND - 4)], "#d5404a", 2.0 * k)
            for x in (ax, bx)
        )
    if legs == "skate":
        return "".join(
            line([(x - 3 * k, y + 4.4 * k), (x + 9 * k, y + 4.4 * k)], "#c9d2dc", 1.5 * k) for x, y in (joints.feet)
        )
    if legs != "cycle":
        return ""
    r = 15 * k
    hub = (_X + 0.9 * k, GROUND - 13.6 * k)
    back, front = (_X - 22 * k, GROUND - r), (_X + 26 * k, GROUND - r)
    seat, bars = (joints.hip[0], joints.hip[1] + 4 * k), (_X + 20 * k, GROUND - 38 * k)
    spin = 2 * pi * now.clock * 1.4
    wheels = "".join(
        (
            f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r - 1.2 * k:.2f}" fill="none" stroke="#2f343c" '
            f'stroke-width="{2.2 * k:.2f}"/>'
        )
        + "".join(
            line(
                [(x, y), (x + (r - 2 * k) * cos(spin + i * 2.094), y + (r - 2 * k) * sin(spin + i * 2.094))],
                "#b8c0c8",
                0.8 * k,
            )
            for i in range(3)
        )
        for x, y in (back, front)
    )
    frame = (
        line([back, hub, seat, back], "#d5404a", 2.2 * k)
        + line([hub, bars, seat], "#d5404a", 2.2 * k)
        + line([bars, front], "#d5404a", 2.2 * k)
    )
    return (
        wheels
        + frame
        + line([(seat[0] - 5 * k, seat[1]), (seat[0] + 5 * k, seat[1])], "#2f343c", 3.0 * k)
        + line([bars, (bars[0] + 2 * k, bars[1] - 5 * k)], "#2f343c", 2.2 * k)
    )


def pace(name: str, gait: str) -> float:
    """Units of the drawing that a natural stride of a gait carries someone on, while the feet stay where they are."""
    leg = _sizes(PEOPLE[name])[1]
    return leg * 0.52 * 2.0 / 0.4 if gait == "run" else leg * 0.36 * 2.0 / 0.58
