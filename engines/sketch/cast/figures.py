"""The cast: each figure in its box, coloured, lit, turned to where it goes, moving, with its shadow or its wake."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import numpy as np

from engines.base import Figure
from engines.sketch.canvas.colours import BLACK, RGB, mix
from engines.sketch.canvas.vector import Canvas, polygons
from engines.sketch.language.tints import clearness, colour_of
from engines.sketch.language.words import count
from engines.sketch.settings.places import GROUNDED, floor_of, is_water, sea_colours
from engines.sketch.stage import Stage, bounded

from .artwork import Light, document, drawing
from .effects import Wake, draw_effects, effects_of
from .gathering import MAX_NUMBER, gathered
from .kinds import JOINTED, acting, facing, kind_of, rooted, standing
from .lexicon import find, has, several
from .limelight import Actor, Spot, cast_shadow, light_on, reflect, stand
from .manner import gait_of, manner_of
from .motion import Pose, pose

_STILL = 0.004  # frame widths per second: slower than this has no direction
_COMES_DOWN = 0.4  # of its box: a figure drawn above the land comes down by so much at most


def draw_figure(canvas: Canvas, stage: Stage, figure: Figure, place: str, most: int = MAX_NUMBER) -> None:
    """Draw one figure, or as many as its words count ("three red balloons"), at most `most`."""
    key = find(figure.noun, figure.action)
    presence = bounded(figure.presence, 0.0, 1.0)
    if not key or presence <= 0.01:
        return
    number = count(figure.look, figure.noun)
    if number == 1 and several(figure.noun):
        number = 3
    number = max(1, min(number, most))
    grown = 0.8 + 0.2 * presence
    x, y = bounded(figure.box.x, -4, 4), bounded(figure.box.y, -4, 4)
    w, h = bounded(figure.box.w, 0.01, 4, 0.3), bounded(figure.box.h, 0.01, 4, 0.3)
    width, height = w * stage.width, h * stage.height
    turn = figure.heading or (-1 if bounded(figure.velocity[0], -9, 9) < -_STILL else 1)
    floats = has(key, "nature", "floats")
    for i, room in enumerate(gathered(number, floats, figure.id)):
        spot = Spot(
            x=(x + room.across * w) * stage.width,
            foot=(y + h - room.up * h) * stage.height,
            width=max(2.0, room.width * width * grown),
            height=max(2.0, room.height * height * grown),
            turn=turn,
            opacity=presence * clearness(figure.look),
        )
        target = colour_of(figure.look, figure.noun, i, alone=number == 1)
        _draw_one(canvas, stage, figure, key, spot, place, f"{figure.id}/{i}" if i else figure.id, target)


def _draw_one(
    canvas: Canvas, stage: Stage, figure: Figure, key: str, spot: Spot, place: str, who: str, target: RGB | None
) -> None:
    shape = standing(key)
    scale = min(spot.width / shape.ink[2], spot.height / shape.ink[3])
    high, wide = shape.ink[3] * scale, shape.ink[2] * scale
    wet = is_water(place, stage, spot.foot)
    hangs = floor_of("sea" if wet else place, stage) - spot.foot > 0.6 * spot.height
    manner = manner_of(key, figure, place, wet=wet, high=hangs)
    motion, wet = manner.motion, manner.wet
    now = pose(motion, stage.t, who)
    now = replace(now, gait=gait_of(key, manner, now.gait))
    now = rooted(key, now, abs(bounded(figure.velocity[0], -9, 9)) * stage.width / scale)
    light = light_on(stage)
    svg = acting(key, now, who, target, light, manner.act)
    actor = Actor(svg, shape, spot, scale, now, facing(key), 0.06 * high if manner.surfs else 0.0)
    above, dry = 0.0, place in GROUNDED
    if (wet or dry) and not manner.floats and motion not in ("fly", "fall", "ride"):
        spot, above = _grounded(stage, spot, place, motion, wet=wet)
        wet = wet and above <= 0.0
        if dry and not wet:
            cast_shadow(canvas, stage, replace(actor, spot=spot), above)
    elif dry and manner.floats and kind_of(key) in JOINTED:
        _shade(canvas, stage, spot, wide, floor_of(place, stage))
    if manner.surfs:
        _draw_board(canvas, stage, light, spot, max(wide, 0.62 * high), now)
    actor = replace(actor, spot=spot)
    if wet:
        reflect(canvas, stage, actor)
    stand(canvas, stage, actor)
    if wet and not manner.surfs:
        _waterline(canvas, stage, spot, wide, high, figure.velocity[0])
    stirred = effects_of(
        motion, now.gait, manner.act.name, figure.action, wet=wet, surfs=manner.surfs, grounded=dry and above <= 0.0
    )
    if stirred:
        draw_effects(canvas, stage, stirred, Wake(spot.x, spot.foot, wide, high, spot.turn, now.clock, spot.opacity))


def _shade(canvas: Canvas, stage: Stage, spot: Spot, wide: float, floor: float) -> None:
    """The shadow of what flies over the land: fainter and smaller the higher it is."""
    above = (floor - spot.foot) / max(1.0, spot.height)
    if 0.0 < above < 6.0:
        near = 1.0 / (1.0 + 0.5 * above)
        ground = floor + 0.25 * (stage.height - floor)
        colour = mix(stage.seen((30.0, 34.0, 52.0)), BLACK, 0.3)
        wide *= near
        canvas.ellipse(spot.x, ground, wide * 0.36, max(1.0, wide * 0.06), colour, 0.24 * near * spot.opacity)


def _grounded(stage: Stage, spot: Spot, place: str, motion: str, *, wet: bool) -> tuple[Spot, float]:
    """The spot with its feet on the ground, or in the water, where they are not far above it; how many pixels are left.

    A box moves its figure, wherever it is: feet come down by no more than two fifths of the box, and what remains is
    told by the shadow, which lies where the figure would stand. Who jumps stays up.
    """
    above = max(0.0, floor_of("sea" if wet else place, stage) - spot.foot)
    down = 0.0 if motion == "jump" else min(above, _COMES_DOWN * spot.height)
    return (replace(spot, foot=spot.foot + down) if down else spot), above - down


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
