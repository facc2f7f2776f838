"""The cast: each figure in its box, coloured, lit, turned to where it goes, moving, with its shadow or its wake."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import pi
from zlib import crc32

import numpy as np

from engines.base import Figure

from . import animals, birds, people
from .artwork import Drawing, Light, document, drawing
from .colours import BLACK, COLOUR_WORDS, RGB, WHITE, mix
from .deeds import NOTHING, Act, act_of
from .lettering import draw_text, spelled
from .lexicon import find, has
from .limelight import Actor, Spot, cast_shadow, light_on, reflect, stand
from .motion import Pose, motion_of, pose
from .places import GROUNDED, floor_of, is_water, sea_colours
from .stage import Stage, bounded
from .vector import Canvas, polygons
from .words import count, lead

_STILL = 0.004  # frame widths per second: slower than this has no direction
_COMES_DOWN = 0.4  # of its box: a figure drawn above the land comes down by so much at most
_CARD: RGB = (246.0, 242.0, 232.0)


def colour_of(look: str, noun: str) -> RGB | None:
    """The colour that the words give a thing as a whole; not that of what it wears, holds or has ("red-haired")."""
    return _coloured(look[:200], noun[:2000])  # cut before they are kept: each may have 16 KB


@lru_cache(maxsize=512)
def _coloured(look: str, noun: str) -> RGB | None:
    spoken = [token for phrase in look.split(",") for token in lead(phrase)] + lead(noun)[:-1]
    for number, token in enumerate(spoken):
        if token in COLOUR_WORDS:
            colour = COLOUR_WORDS[token]
            before = spoken[number - 1] if number else ""
            if before in ("dark", "deep"):
                return mix(colour, BLACK, 0.35)
            if before in ("light", "pale", "bright"):
                return mix(colour, WHITE, 0.35 if before != "bright" else 0.08)
            return colour
    return None


def draw_figure(canvas: Canvas, stage: Stage, figure: Figure, place: str) -> None:
    """Draw one figure, or as many as its words count ("three red balloons")."""
    key = find(figure.noun, figure.action)
    presence = bounded(figure.presence, 0.0, 1.0)
    if not key or presence <= 0.01:
        return
    number = count(figure.look, figure.noun)
    grown = 0.8 + 0.2 * presence
    x, y = bounded(figure.box.x, -4, 4), bounded(figure.box.y, -4, 4)
    w, h = bounded(figure.box.w, 0.01, 4, 0.3), bounded(figure.box.h, 0.01, 4, 0.3)
    width, height = w * stage.width, h * stage.height
    turn = figure.heading or (-1 if bounded(figure.velocity[0], -9, 9) < -_STILL else 1)
    share = 1.0 if number == 1 else 1.45 / number**0.5 if number > 2 else 0.7
    for i in range(number):
        across = 0.5 if number == 1 else (i + 0.5) / number
        back = 0.0 if number == 1 else (0.16 if i % 2 == 0 else 0.0) * height
        spot = Spot(
            x=(x * stage.width) + across * width,
            foot=(y + h) * stage.height - back,
            width=max(2.0, width * min(1.0, share) * grown),
            height=max(2.0, height * min(1.0, share) * grown),
            turn=turn,
            opacity=presence,
        )
        _draw_one(canvas, stage, figure, key, spot, place, f"{figure.id}/{i}" if i else figure.id)


def _draw_one(canvas: Canvas, stage: Stage, figure: Figure, key: str, spot: Spot, place: str, who: str) -> None:
    motion = motion_of(figure.action)
    floats, swims = has(key, "nature", "floats"), has(key, "nature", "swims")
    wet = is_water(place, stage, spot.foot) and not floats and motion not in ("fly", "jump")
    if motion == "spin" and swims:
        motion = "sail"
    if motion == "":
        speed = abs(bounded(figure.velocity[0], -9, 9)) + abs(bounded(figure.velocity[1], -9, 9))
        motion = "fly" if floats else "sail" if wet else "swim" if place == "underwater" else "idle"
        if motion == "idle" and speed > 0.02:
            motion = "run" if speed > 0.15 else "walk"
    elif wet and motion in ("idle", "look", "walk", "run", "drive"):
        motion = "sail"
    now = pose(motion, stage.t, who)
    if key.startswith("label:"):
        _draw_card(canvas, stage, key.removeprefix("label:"), spot, now)
        return
    shape = _shape(key)
    scale = min(spot.width / shape.ink[2], spot.height / shape.ink[3])
    high, wide = shape.ink[3] * scale, shape.ink[2] * scale
    surfing = (
        motion == "sail"
        and "surf" in figure.action.lower()
        and not swims
        and "surf" not in figure.noun.lower()
        and not _posed(key)
    )
    lift = 0.1 * high if surfing else 0.0
    light = light_on(stage)
    target = colour_of(figure.look, figure.noun)
    act = act_of(figure.action, figure.look) if key.startswith("person:") else NOTHING
    actor = Actor(_document(key, now, who, target, light, act), shape, spot, scale, now, _facing(key), lift)
    above = 0.0
    if (wet or place in GROUNDED) and not floats and motion not in ("fly", "fall"):
        spot, above = _grounded(stage, spot, place, motion, wet=wet)
        wet = wet and above <= 0.0
        if place in GROUNDED and not wet:
            cast_shadow(canvas, stage, replace(actor, spot=spot), above)
    if surfing:
        _draw_board(canvas, stage, light, spot, wide, now)
    actor = replace(actor, spot=spot)
    if wet:
        reflect(canvas, stage, actor)
    stand(canvas, stage, actor)
    if wet:
        _waterline(canvas, stage, spot, wide, high, figure.velocity[0])


def _grounded(stage: Stage, spot: Spot, place: str, motion: str, *, wet: bool) -> tuple[Spot, float]:
    """The spot with its feet on the ground, or in the water, where they are not far above it; how many pixels are left.

    A box moves its figure, wherever it is: feet come down by no more than two fifths of the box, and what remains is
    told by the shadow, which lies where the figure would stand. Who jumps stays up.
    """
    above = max(0.0, floor_of("sea" if wet else place, stage) - spot.foot)
    down = 0.0 if motion == "jump" else min(above, _COMES_DOWN * spot.height)
    return (replace(spot, foot=spot.foot + down) if down else spot), above - down


def _posed(key: str) -> bool:
    """Whether a drawing is of a person who already does it."""
    return key.startswith("emoji:1f3c")  # runners, surfers, swimmers: U+1F3C2 to U+1F3CC


def _shape(key: str) -> Drawing:
    """The drawing of a key, at rest."""
    kind, _, name = key.partition(":")
    if kind == "animal":
        return animals.standing(name)
    if kind == "bird":
        return birds.standing(name)
    return people.standing(name) if kind == "person" else drawing(key)


def _document(key: str, now: Pose, who: str, target: RGB | None, light: Light, act: Act) -> bytes:
    """The drawing of a key, in its pose, coloured and lit."""
    kind, _, name = key.partition(":")
    if kind == "animal":
        return animals.acting(name, now, target, light)
    if kind == "bird":
        return birds.beat(name, now.gait, now.beat, target, light)
    if kind == "person":
        return people.acting(name, now, crc32(who.encode("utf-8", "replace")), target, light, act)
    return document(key, target, light)


def _facing(key: str) -> int:
    """Which way the drawing looks: 1 right, -1 left, 0 ahead."""
    if key.startswith(("animal:", "person:", "bird:")) or has(key, "faces", "right"):
        return 1
    return 0 if has(key, "faces", "front") or key.startswith("own:") else -1


def _draw_board(canvas: Canvas, stage: Stage, light: Light, spot: Spot, wide: float, now: Pose) -> None:
    board = drawing("own:surfboard")
    scale = wide * 1.35 / board.ink[2]
    stand(canvas, stage, Actor(document("own:surfboard", None, light), board, spot, scale, now, 0, -0.02 * wide))


def _waterline(canvas: Canvas, stage: Stage, spot: Spot, wide: float, high: float, vx: float) -> None:
    """Water before a figure's foot, with foam along it and a wake behind what moves."""
    far, near = sea_colours(stage)
    share = bounded((spot.foot - stage.horizon) / max(1.0, stage.height - stage.horizon), 0.0, 1.0)
    colour = mix(far, near, share)
    s = np.linspace(-1.0, 1.0, 25)
    taper = np.sqrt(np.maximum(0.0, 1.0 - s * s))
    depth = min(0.09 * high, 0.16 * wide)
    x = spot.x + s * wide * 0.66
    top = spot.foot - depth * 0.8 * taper + depth * 0.22 * np.sin(s * 9.0 + stage.t * 2.6)
    low = spot.foot + depth * 1.1 * taper
    edge = np.stack([x, top], -1)
    canvas.fill(polygons(np.concatenate([edge, np.stack([x, low], -1)[::-1]])), colour, 0.92 * spot.opacity)
    foam = mix(stage.seen((240.0, 248.0, 252.0)), colour, 0.15)
    canvas.stroke(polygons(edge, closed=False), foam, max(1.0, depth * 0.22), 0.85 * spot.opacity)
    speed = min(1.0, abs(bounded(vx, -9, 9)) * 4)
    if speed > 0.04:
        behind = spot.x - spot.turn * wide * (0.5 + 0.5 * np.linspace(0.0, 1.0, 8))
        for row in (0.2, 0.9):
            y = spot.foot + depth * row + depth * 0.15 * np.sin(np.linspace(0.0, 2 * pi, 8) + stage.t * 4)
            canvas.stroke(
                polygons(np.stack([behind, y], -1), closed=False),
                foam,
                max(1.0, depth * 0.16),
                0.6 * speed * spot.opacity,
            )


def _draw_card(canvas: Canvas, stage: Stage, label: str, spot: Spot, now: Pose) -> None:
    """The honest answer to a noun without a drawing: a plain card that says it."""
    width, height = spot.width, min(spot.height, spot.width * 0.62)
    x, y = spot.x - width / 2 + now.dx * height, spot.foot - height + now.dy * height
    r, g, b, _ = light_on(stage)
    paper = stage.drained((_CARD[0] * r, _CARD[1] * g, _CARD[2] * b))
    ink = stage.drained((72.0 * r, 78.0 * g, 92.0 * b))
    radius = 0.14 * min(width, height)
    canvas.rectangle(x + 0.02 * width, y + 0.05 * height, width, height, BLACK, 0.18 * spot.opacity, radius=radius)
    canvas.rectangle(x, y, width, height, paper, spot.opacity, radius=radius)
    pad = 0.12 * width
    draw_text(canvas, spelled(label), x + pad, y + 0.28 * height, width - 2 * pad, 0.44 * height, ink, spot.opacity)
