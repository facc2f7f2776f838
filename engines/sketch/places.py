"""The settings: what lies between the sky and the figures, back to front, in layers that move with the camera."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from engines.base import Setting

from . import growth
from .colours import BLACK, RGB, WHITE, mix
from .indoors import draw_room, draw_space, draw_underwater
from .sky import draw_sky
from .stage import Layer, Stage
from .town import draw_city, draw_street
from .vector import Canvas, Linear, ellipses, polygons
from .words import head, table, tokens

Painter = Callable[[Canvas, Stage], None]

DEFAULT_PLACE = "meadow"
_UNDER = (
    "underwater",
    "under water",
    "under the sea",
    "beneath the sea",
    "beneath the waves",
    "bottom of the sea",
    "ocean floor",
)


@lru_cache(maxsize=256)
def place_of(setting: Setting, text: str) -> str:
    """The kind of place that the words mean; a meadow if none is known."""
    for words in (setting.place, "" if setting.place.strip() else text):
        flat = " ".join(tokens(words))
        if any(phrase in flat for phrase in _UNDER):
            return "underwater"
        found = head(words, table("places"))
        if found:
            return found
    return DEFAULT_PLACE


def _hills(
    canvas: Canvas,
    layer: Layer,
    base: float,
    height: float,
    spacing: float,
    colour: RGB,
    distance: float,
    hidden: float | None = None,
) -> growth.Height:
    """Rolling land; returns its outline for things to stand on.

    It is filled down to `hidden`, where nearer land begins to hide it: pixels that nobody sees cost as much as others.
    """
    stage = layer.stage
    outline = layer.ground(
        base, height, spacing, stage.height + 2.0 if hidden is None else max(hidden, layer.below(base))
    )
    top = float(outline[:, 1].min())
    near = stage.seen(mix(colour, BLACK, 0.14), distance)
    fill = Linear((0, top), (0, top + 0.45 * stage.unit), ((0.0, stage.seen(colour, distance), 1.0), (1.0, near, 1.0)))
    canvas.fill(polygons(outline), fill)
    return partial(layer.height_at, base=base, height=height, spacing=spacing)


def _meadow(canvas: Canvas, stage: Stage, *, village: bool = False) -> None:
    far = _hills(
        canvas,
        stage.layer(0.12, 1),
        0.02,
        0.16,
        0.9,
        stage.snowy((122.0, 166.0, 110.0)),
        0.75,
        stage.layer(0.3, 2).below(0.05),
    )
    growth.pines(canvas, stage.layer(0.12, 1), 0.07, 0.07, far, 0.7, 0.5)
    middle = _hills(
        canvas,
        stage.layer(0.3, 2),
        0.05,
        0.12,
        0.7,
        stage.snowy((120.0, 178.0, 92.0)),
        0.4,
        stage.layer(0.7, 3).below(0.12),
    )
    growth.broadleaves(canvas, stage.layer(0.3, 2), 0.26, 0.17, middle, 0.35, 0.55, (92.0, 148.0, 70.0))
    if village:
        growth.houses(canvas, stage.layer(0.3, 2), 0.3, 0.16, middle, 0.25, 0.85)
    _hills(canvas, stage.layer(0.7, 3), 0.12, 0.06, 0.8, stage.snowy((132.0, 192.0, 88.0)), 0.1)
    near = stage.layer(1.0, 4)
    growth.grass(canvas, near, 0.07, 0.035, (0.13, 0.5), stage.snowy((98.0, 160.0, 66.0), 0.8))
    growth.flowers(canvas, near, 0.09, (0.14, 0.5))


def _forest(canvas: Canvas, stage: Stage) -> None:
    far = _hills(
        canvas,
        stage.layer(0.1, 11),
        0.0,
        0.14,
        0.9,
        stage.snowy((92.0, 138.0, 112.0)),
        0.85,
        stage.layer(0.28, 12).below(0.05),
    )
    growth.pines(canvas, stage.layer(0.1, 11), 0.045, 0.16, far, 0.85)
    middle = _hills(
        canvas,
        stage.layer(0.28, 12),
        0.05,
        0.06,
        0.6,
        stage.snowy((86.0, 138.0, 94.0)),
        0.5,
        stage.layer(0.6, 13).below(0.10),
    )
    growth.pines(canvas, stage.layer(0.28, 12), 0.09, 0.32, middle, 0.45)
    near = _hills(
        canvas,
        stage.layer(0.6, 13),
        0.10,
        0.05,
        0.8,
        stage.snowy((98.0, 146.0, 82.0)),
        0.15,
        stage.layer(1.0, 14).below(0.19),
    )
    growth.pines(canvas, stage.layer(0.6, 13), 0.27, 0.62, near, 0.12, 0.72)
    ground = stage.layer(1.0, 14)
    _hills(canvas, ground, 0.19, 0.03, 0.9, stage.snowy((110.0, 158.0, 84.0)), 0.0)
    growth.grass(canvas, ground, 0.1, 0.04, (0.22, 0.5), stage.snowy((80.0, 134.0, 66.0), 0.85))
    growth.rocks(canvas, ground, 0.8, 0.07, (0.24, 0.45), (140.0, 146.0, 150.0))


def _mountains(canvas: Canvas, stage: Stage) -> None:
    growth.peaks(canvas, stage.layer(0.06, 21), 0.42, 0.5, 0.06, 0.8, 0.34)
    growth.peaks(canvas, stage.layer(0.16, 22), 0.6, 0.36, 0.08, 0.45, 0.22)
    slope = _hills(
        canvas,
        stage.layer(0.35, 23),
        0.06,
        0.09,
        0.6,
        stage.snowy((98.0, 140.0, 96.0)),
        0.35,
        stage.layer(0.8, 24).below(0.14),
    )
    growth.pines(canvas, stage.layer(0.35, 23), 0.08, 0.13, slope, 0.3, 0.7)
    _hills(canvas, stage.layer(0.8, 24), 0.14, 0.05, 0.7, stage.snowy((124.0, 164.0, 98.0)), 0.05)
    near = stage.layer(1.0, 25)
    growth.grass(canvas, near, 0.11, 0.03, (0.17, 0.5), stage.snowy((92.0, 142.0, 76.0), 0.85))
    growth.rocks(canvas, near, 0.4, 0.08, (0.18, 0.46), (150.0, 156.0, 164.0))


def _desert(canvas: Canvas, stage: Stage) -> None:
    for number, (depth, base, height, colour, distance) in enumerate(
        (
            (0.08, 0.0, 0.12, (222.0, 170.0, 120.0), 0.6),
            (0.3, 0.06, 0.12, (232.0, 184.0, 116.0), 0.25),
            (0.7, 0.14, 0.10, (240.0, 200.0, 132.0), 0.0),
        )
    ):
        layer = stage.layer(depth, 31 + number)
        ground = _hills(canvas, layer, base, height, 0.8, stage.snowy(colour, 0.9), distance)
        growth.cacti(canvas, layer, 0.5 + 0.4 * number, 0.06 + 0.11 * number, ground, distance)
    growth.rocks(canvas, stage.layer(1.0, 35), 0.7, 0.06, (0.2, 0.46), (196.0, 140.0, 96.0))


def sea_colours(stage: Stage) -> tuple[RGB, RGB]:
    """The water at the horizon and at one's feet."""
    far = mix(stage.seen((96.0, 168.0, 205.0)), stage.drained(stage.air.sky[3]), 0.35)
    return far, stage.seen((22.0, 92.0, 150.0))


def _water(canvas: Canvas, stage: Stage, low: float) -> None:
    """The sea from the horizon down to `low` pixels: bands of waves, a glittering path under the sun."""
    far, near = sea_colours(stage)
    top = stage.horizon
    canvas.rectangle(
        0, top, stage.width, max(1.0, low - top), Linear((0, top), (0, low), ((0.0, far, 1.0), (1.0, near, 1.0)))
    )
    if stage.air.shine > 0.1:
        _glitter(canvas, stage, low)
    rough = 1.0 + 1.4 * stage.air.storm + 0.5 * stage.air.wind
    for number in range(6):
        share = ((number + 0.6) / 6) ** 1.5
        layer = stage.layer(0.1 + 0.85 * share, 41 + number)
        base = share * (low - top) / layer.scale
        if base * layer.scale + top > low + 4:
            continue
        x = layer.cells(0.035, 0.1) * 0.035
        length = 0.10 + 0.34 * share
        heave = 0.5 * np.sin(
            x / length * 6.28 + stage.t * (1.1 + 0.5 * share) * (1 if number % 2 else -0.7) + number * 2.1
        )
        heave += 0.5 * np.sin(x / length * 2.9 - stage.t * 0.8 + number)
        y = base + (0.004 + 0.014 * share) * rough * heave
        crest = layer.pixels(np.stack([x, y], -1))
        thick = (0.012 + 0.05 * share) * layer.scale
        band = np.concatenate([crest, crest[::-1] + np.array([0.0, thick])])
        colour = mix(far, near, share)
        canvas.fill(polygons(band), mix(colour, BLACK, 0.13), 0.45)
        line = np.array([0.0, max(0.8, (0.0012 + 0.003 * share) * stage.unit)])  # a strip: stroking costs four times it
        canvas.fill(
            polygons(np.concatenate([crest - line / 2, (crest + line / 2)[::-1]])), mix(colour, WHITE, 0.32), 0.7
        )


def _glitter(canvas: Canvas, stage: Stage, low: float) -> None:
    index = np.arange(44, dtype=np.int64)
    layer = stage.layer(0.0, 48)
    share = layer.chance(index) ** 1.4
    x = stage.air.sun[0] * stage.width + (layer.chance(index, 1) - 0.5) * stage.unit * (0.10 + 0.32 * share)
    y = stage.horizon + share * (low - stage.horizon)
    flicker = 0.5 + 0.5 * np.sin(stage.t * (1.5 + 2 * layer.chance(index, 2)) + index * 2.4)
    half = stage.unit * (0.008 + 0.03 * share) * flicker
    canvas.fill(
        ellipses(np.stack([x, y], -1), np.stack([half, np.full(44, max(0.7, 0.0022 * stage.unit))], -1), 8),
        stage.drained(stage.air.glow),
        0.75 * stage.air.shine,
    )


def _sea(canvas: Canvas, stage: Stage) -> None:
    _water(canvas, stage, float(stage.height))


def _shore(stage: Stage) -> float:
    """Pixels from the top: where a beach's sand begins."""
    return stage.horizon + 0.42 * (stage.height - stage.horizon)


def _beach(canvas: Canvas, stage: Stage) -> None:
    shore = _shore(stage)
    _water(canvas, stage, shore + 0.05 * stage.unit)
    layer = stage.layer(0.9, 61)
    x = layer.cells(0.04, 0.1) * 0.04
    swash = 0.012 * np.sin(stage.t * 0.9)
    for lift, colour, alpha in (
        (-0.028, WHITE, 0.75),
        (-0.012, (196.0, 166.0, 118.0), 1.0),
        (0.012, (238.0, 212.0, 158.0), 1.0),
    ):
        y = (shore - stage.horizon) / layer.scale + lift + 0.018 * layer.noise(x, 0.3) + (swash if lift < 0.01 else 0.0)
        top = layer.pixels(np.stack([x, y], -1))
        floor = stage.height + 2.0
        canvas.fill(
            polygons(np.concatenate([top, [[top[-1, 0], floor], [top[0, 0], floor]]])),
            stage.seen(stage.snowy(colour)),
            alpha,
        )
    growth.rocks(canvas, stage.layer(1.0, 62), 0.9, 0.05, (0.24, 0.48), (188.0, 160.0, 128.0), 0.6)


def _clouds(canvas: Canvas, stage: Stage) -> None:
    """High up: a floor of clouds far below."""
    base = mix(stage.drained(stage.air.sky[3]), WHITE, 0.5)
    for number in range(3):
        layer = stage.layer(0.15 + 0.3 * number, 71 + number)
        index = layer.cells(0.16, 0.6)
        x = (index + 0.5 * layer.chance(index)) * 0.16 + 0.01 * stage.t * (number + 1)
        y = 0.17 + 0.11 * number + 0.05 * layer.chance(index, 1)
        size = 0.10 + 0.07 * layer.chance(index, 2) + 0.02 * number
        colour = stage.seen(mix(base, (170.0, 190.0, 220.0), 0.28 - 0.14 * number))
        canvas.fill(ellipses(layer.pixels(np.stack([x, y], -1)), size[:, None] * layer.scale, 18), colour, 0.9)
        low = stage.horizon + (0.17 + 0.11 * number) * layer.scale
        canvas.rectangle(0, low, stage.width, max(1.0, stage.height - low), colour, 0.9)


_SKYLINES = {"meadow": 0.02, "village": 0.02, "forest": 0.0, "mountains": 0.06, "desert": 0.0, "sea": 0.0, "beach": 0.0}
"""How far below the horizon land or water hides the sky, in world units of a near layer."""


def _under_sky(name: str, painter: Painter) -> Painter:
    def paint(canvas: Canvas, stage: Stage) -> None:
        near = stage.layer(1.0 if stage.view.zoom > 1.0 else 0.0, 0)
        draw_sky(canvas, stage, near.below(_SKYLINES[name]) if name in _SKYLINES else float(stage.height))
        painter(canvas, stage)

    return paint


_OUTDOORS: dict[str, Painter] = {
    "meadow": _meadow,
    "village": partial(_meadow, village=True),
    "forest": _forest,
    "mountains": _mountains,
    "desert": _desert,
    "sea": _sea,
    "beach": _beach,
    "sky": _clouds,
    "city": draw_city,
    "street": draw_street,
}
_INDOORS: dict[str, Painter] = {"room": draw_room, "space": draw_space, "underwater": draw_underwater}

PLACES: dict[str, Painter] = {**{name: _under_sky(name, painter) for name, painter in _OUTDOORS.items()}, **_INDOORS}
"""Every kind of place and what paints it: the whole frame behind the figures."""

GROUNDED = frozenset({"meadow", "village", "forest", "mountains", "desert", "beach", "city", "street", "room"})
"""Places where figures stand on something and cast a shadow on it."""

SHELTERED = frozenset(_INDOORS)
"""Places that no weather reaches."""

_FLOORS = {"sea": 0.03, "forest": 0.15, "mountains": 0.11, "street": 0.13, "city": 0.13, "desert": 0.09}


def floor_of(place: str, stage: Stage) -> float:
    """The highest place, in pixels from the top, where a figure's feet are on the ground."""
    if place == "beach":
        return _shore(stage) + 0.01 * stage.unit
    return stage.horizon + _FLOORS.get(place, 0.07) * stage.unit * stage.view.zoom


def is_water(place: str, stage: Stage, foot: float) -> bool:
    """Whether there is water at a figure's foot (pixels from the top): the sea, or a beach beyond its shore."""
    return place == "sea" or (place == "beach" and foot < _shore(stage))
