"""Light on the cast: warm on the side of the sun and cool on the other, a bright rim, shadows, reflections.

A flat drawing looks pasted on until it answers the light of its scene. All of it is done with the drawing itself: its
fills become gradients across the whole figure, and its silhouette, in one colour, is the rim behind it, the shadow on
the ground before it (sheared away from the sun) and the reflection in the water. No masks and no blur: both cost more
than the rest of the figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cos, hypot, pi, sin

from engines.sketch.canvas.colours import BLACK, RGB, WHITE, hexadecimal, luminance, mix, rgb
from engines.sketch.canvas.vector import Canvas, affine, sheared
from engines.sketch.stage import Stage, bounded

from .artwork import Drawing, Light
from .motion import Pose

_LIGHT_STEPS = 24  # of a drawing's light: coarse enough to be cached, too fine to be seen stepping
_TURNS = 24  # directions the light may come from
_RIM = 0.014  # of the figure's size: what its rim is wide
_GRADED = 5  # colours of a drawing that get a gradient: each shape that has one costs as much as three without
_KEPT = 12  # documents of each sort (about 10 KB each): what moves its joints has another one in every frame
_SHARE = 0.06  # of the figure's size: a round that is smaller lies within it, as an eye does
_AREA = re.compile(r'<path fill="(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})" d="([^"]*)"')
_ROUND = re.compile(r"(<(?:ellipse|circle)\b[^>]*/>)")
_RADIUS = re.compile(r'\brx?="([0-9.]+)"')
_FILL = re.compile(r'\bfill="(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})"')
_NAMED = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a figure stands, in pixels, and how it is seen."""

    x: float  # middle of its feet
    foot: float
    width: float  # of its box
    height: float
    turn: int  # 1: goes right, -1: goes left
    opacity: float


@dataclass(frozen=True, slots=True)
class Actor:
    """A drawing in its pose, ready to be put on the stage."""

    svg: bytes  # coloured and lit
    shape: Drawing  # at rest
    spot: Spot
    scale: float  # pixels of a user unit
    now: Pose
    faces: int  # which way the drawing looks: 1 right, -1 left, 0 ahead
    lift: float = 0.0  # pixels above the foot of its spot

    @property
    def flip(self) -> float:
        """-1.0 where the drawing is mirrored to face where it goes."""
        return (-1.0 if self.faces and self.faces != self.spot.turn else 1.0) * self.now.turned

    @property
    def wide(self) -> float:
        """Pixels."""
        return self.shape.ink[2] * self.scale

    @property
    def high(self) -> float:
        """Pixels."""
        return self.shape.ink[3] * self.scale


def light_on(stage: Stage) -> Light:
    """The light on a figure: softer than on the land, so that it stays the first thing seen."""
    r, g, b = (round((0.5 + 0.5 * bounded(c, 0.0, 1.1)) * _LIGHT_STEPS) / _LIGHT_STEPS for c in stage.air.light)
    return (min(r, 1.05), min(g, 1.05), min(b, 1.05), round(stage.air.grey * 8) / 8)


def stand(canvas: Canvas, stage: Stage, actor: Actor) -> None:
    """Draw the figure, graded by the light and rimmed on its side; in a paper cut, with a shadow on the card behind."""
    if canvas.cut:
        for reach in (0.012, 0.006):
            _put(
                canvas,
                actor,
                _silhouette(actor.svg, actor.shape.ink, hexadecimal(BLACK)),
                dx=reach * stage.unit,
                dy=reach * stage.unit,
                opacity=0.16 * actor.spot.opacity,
            )
        _put(canvas, actor, actor.svg, opacity=actor.spot.opacity)
        return
    strength = _strength(stage)
    if strength < 0.05:
        _put(canvas, actor, actor.svg, opacity=actor.spot.opacity)
        return
    across, up = _towards_sun(stage, actor)
    if actor.spot.opacity < 1.0:
        with canvas.group(actor.spot.opacity):
            _lit(canvas, stage, actor, across, up, strength)
    else:
        _lit(canvas, stage, actor, across, up, strength)


def _lit(canvas: Canvas, stage: Stage, actor: Actor, across: float, up: float, strength: float) -> None:
    low = 1.0 - min(1.0, stage.air.sun[1] * 2.0)  # how near the horizon the sun is
    glow = stage.drained(stage.air.glow)
    rim = hexadecimal(mix(glow, WHITE, 0.3))
    reach = _RIM * min(actor.wide, actor.high) + 0.35
    _put(
        canvas,
        actor,
        _silhouette(actor.svg, actor.shape.ink, rim),
        dx=across * reach,
        dy=up * reach,
        opacity=strength * (0.5 + 0.5 * low),
    )
    step = round(atan2(up, across * actor.flip) / (2 * pi) * _TURNS) % _TURNS
    warm = round(strength * (0.16 + 0.14 * low) * 16) / 16
    _put(canvas, actor, _graded(actor.svg, actor.shape.ink, step, hexadecimal(glow), warm))


def cast_shadow(canvas: Canvas, stage: Stage, actor: Actor, above: float) -> None:
    """A soft contact shadow, two ovals, smaller while the figure is off the ground; and its silhouette on the ground,
    away from the sun, longer when the sun is low. `above` is how many pixels the ground lies below its spot."""
    if canvas.cut:
        return
    spot = actor.spot
    up = above / max(1.0, actor.high) - actor.now.dy
    near = max(0.35, 1.0 - 1.6 * up)
    colour = mix(stage.seen((30.0, 34.0, 52.0)), BLACK, 0.3)
    ground = spot.foot + above
    strength = 0.26 * _strength(stage) * spot.opacity * near
    if strength > 0.02:
        across, _ = _towards_sun(stage, actor)
        low = 1.0 - min(1.0, stage.air.sun[1] * 1.4)
        x, y, w, h = actor.shape.ink
        matrix = sheared(
            spot.x - across * up * actor.high * 0.5,
            ground,
            scale=(actor.flip * actor.scale, -actor.scale * (0.16 + 0.24 * low)),
            lean=actor.scale * across * (0.5 + 0.5 * low),
            pivot=(x + w / 2, y + h),
        )
        with canvas.group(strength):
            canvas.svg(_silhouette(actor.svg, actor.shape.ink, hexadecimal(colour)), matrix)
    for size, alpha in ((0.56, 0.12), (0.44, 0.2)):
        rx = actor.wide * size * near
        canvas.ellipse(spot.x, ground, rx, max(1.0, rx * 0.14), colour, alpha * spot.opacity * near)


def reflect(canvas: Canvas, stage: Stage, actor: Actor) -> None:
    """The figure upside down in the water below it, faint and shortened, swaying with the waves."""
    x, y, w, h = actor.shape.ink
    matrix = sheared(
        actor.spot.x + actor.now.dx * actor.high,
        actor.spot.foot,
        scale=(actor.flip * actor.scale, -0.55 * actor.scale),
        lean=0.06 * actor.scale * sin(1.7 * stage.t),
        pivot=(x + w / 2, y + h),
    )
    canvas.svg(actor.svg, matrix, 0.22 * actor.spot.opacity)


def _put(canvas: Canvas, actor: Actor, svg: bytes, *, dx: float = 0.0, dy: float = 0.0, opacity: float = 1.0) -> None:
    x, y, w, h = actor.shape.ink
    spot, now = actor.spot, actor.now
    taller = 1.0 + now.stretch
    matrix = affine(
        spot.x + now.dx * actor.high * spot.turn + dx,
        spot.foot - actor.lift + now.dy * actor.high + dy,
        scale=(actor.flip * actor.scale / taller, actor.scale * taller),
        angle=now.angle * spot.turn,
        pivot=(x + w / 2, y + h),
    )
    canvas.svg(svg, matrix, opacity)


def _strength(stage: Stage) -> float:
    """0..1: how directed the light is; the moon's is weaker than the sun's."""
    return bounded(stage.air.shine * (1.0 - 0.45 * stage.air.moon), 0.0, 1.0)


def _towards_sun(stage: Stage, actor: Actor) -> tuple[float, float]:
    """The direction from the middle of a figure to the sun or the moon, y down, of length 1."""
    across = stage.air.sun[0] * stage.width - actor.spot.x
    up = stage.horizon * (1.0 - stage.air.sun[1]) - (actor.spot.foot - 0.5 * actor.high)
    length = max(1e-6, hypot(across, up))
    return across / length, up / length


def _radius(element: str) -> float:
    """User units; 0 where it is not said."""
    found = _RADIUS.search(element)
    return float(found.group(1)) if found else 0.0


def _silhouette(svg: bytes, ink: tuple[float, float, float, float], colour: str) -> bytes:
    """The drawing in one colour, without the small rounds that lie within it."""
    return colour.join(_between_colours(svg, _SHARE * min(ink[2:]))).encode()


@lru_cache(maxsize=_KEPT)
def _between_colours(svg: bytes, least: float) -> tuple[str, ...]:
    """What stands between its colours, without the rounds below that radius: for the shadow and for the rim."""
    parts = _ROUND.split(svg.decode())
    parts[1::2] = [element if _radius(element) >= least else "" for element in parts[1::2]]
    return tuple(_NAMED.split("".join(parts)))


def _main_colours(body: str, rounds: list[str]) -> list[str]:
    """The colours of the shapes that most is said of, and those of large rounds."""
    said: dict[str, int] = {}
    for colour, d in _AREA.findall(body):
        said[colour] = said.get(colour, 0) + len(d)
    for colour in rounds:
        said[colour] = said.get(colour, 0) + 400
    return sorted(said, key=lambda colour: (-said[colour], colour))[:_GRADED]


def _filled(element: str) -> str:
    """The colour of a shape, "" if it has none."""
    found = _FILL.search(element)
    return found.group(1) if found else ""


@lru_cache(maxsize=_KEPT)
def _graded(svg: bytes, ink: tuple[float, float, float, float], step: int, glow: str, warm: float) -> bytes:
    """The drawing with a gradient in place of each of its main colours: towards `glow` by `warm` on the side of
    the light, darker and cooler on the other. It comes from `step` of 24 directions, clockwise from the right."""
    x, y, w, h = ink
    reach_x, reach_y = 0.5 * w * cos(step * 2 * pi / _TURNS), 0.5 * h * sin(step * 2 * pi / _TURNS)
    along = (
        f'x1="{x + w / 2 + reach_x:.2f}" y1="{y + h / 2 + reach_y:.2f}" '
        f'x2="{x + w / 2 - reach_x:.2f}" y2="{y + h / 2 - reach_y:.2f}"'
    )
    body = svg.decode()
    parts = _ROUND.split(body)  # what stands between the rounds, and the rounds, in turn
    large = {n: _filled(parts[n]) for n in range(1, len(parts), 2) if _radius(parts[n]) >= 2 * _SHARE * min(w, h)}
    colours = _main_colours(body, [colour for colour in large.values() if colour])
    for n, colour in large.items():
        if colour in colours:
            parts[n] = parts[n].replace(f'fill="{colour}"', f'fill="url(#l{colours.index(colour)})"')
    body = "".join(parts)
    for n, colour in enumerate(colours):
        body = body.replace(f'<path fill="{colour}"', f'<path fill="url(#l{n})"')
    opened = f'<linearGradient gradientUnits="userSpaceOnUse" {along} id='
    stops = (f'{opened}"l{n}">{_stops(colour, glow, warm)}</linearGradient>' for n, colour in enumerate(colours))
    start = body.index(">", body.index("<svg")) + 1
    return f"{body[:start]}<defs>{''.join(stops)}</defs>{body[start:]}".encode()


@lru_cache(maxsize=2048)
def _stops(colour: str, glow: str, warm: float) -> str:
    plain: RGB = rgb(colour)
    bright = mix(plain, rgb(glow), warm * (0.35 + 0.65 * luminance(plain)))
    shade = mix(plain, mix(plain, (26.0, 34.0, 84.0), 0.75), warm * 1.1)
    return (
        f'<stop offset="0" stop-color="{hexadecimal(bright)}"/><stop offset=".45" stop-color="{hexadecimal(plain)}"/>'
        f'<stop offset="1" stop-color="{hexadecimal(shade)}"/>'
    )
