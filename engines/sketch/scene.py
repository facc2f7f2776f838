"""One frame: the setting, the cast, the weather, in that order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engines.base import Figure, FrameSpec, Picture, Setting

from .atmosphere import atmosphere, blended
from .canvas.vector import Canvas
from .cast.composition import composed
from .cast.figures import draw_figure
from .cast.grasp import grasped
from .settings.places import PLACES, SHELTERED, place_of
from .settings.weather import draw_weather
from .stage import Stage, bounded
from .styles.pigments import bands, mixed, planes
from .styles.pixels import block_of, enlarged, quantised
from .styles.style import style_of
from .styles.treatments import TREATMENTS

MAX_FIGURES = 48
"""The front ones are drawn when a description has more."""


MOST_BODIES = 72
"""Of all figures together, each of which may be a group of twelve."""

_WORDS, _TEXT = 500, 2000  # characters of a setting's words, of a description, that are read, and kept in caches

_EDGE = 0.14  # of the width: half of the soft edge between two places


def painted(canvas: Canvas, spec: FrameSpec) -> Picture:
    """The finished frame; between two styles, a mixture of both."""
    before, after = style_of(spec.previous_setting.style), style_of(spec.setting.style)
    share = round(256 * bounded(spec.mix, 0.0, 1.0))
    if before == after or share == 256:
        return _in_style(canvas, spec, after)
    if share == 0:
        return _in_style(canvas, spec, before)
    picture, other = _in_style(canvas, spec, before), _in_style(canvas, spec, after)
    for rows in bands(canvas.height, canvas.width):
        picture[rows] = mixed(picture[rows], other[rows], share)
    return picture


def _in_style(canvas: Canvas, spec: FrameSpec, style: str) -> Picture:
    if style == "pixel":
        block = block_of(canvas.width, canvas.height)
        small = canvas.coarse(block)
        draw(small, spec)
        return enlarged(quantised(planes(small.pixels())), block, canvas.height, canvas.width)
    canvas.cut = style == "paper"
    draw(canvas, spec)
    return TREATMENTS[style](canvas.pixels(), spec.seed, spec.t)


def draw(canvas: Canvas, spec: FrameSpec) -> None:
    """Lay the paints of a frame on the canvas, back to front."""
    spec = _brief(spec)
    amount = bounded(spec.mix, 0.0, 1.0)  # eased by the timeline already
    before, after = place_of(spec.previous_setting, spec.previous_text), place_of(spec.setting, spec.text)
    air = blended(atmosphere(spec.previous_setting, spec.previous_text), atmosphere(spec.setting, spec.text), amount)
    stage = Stage.of(canvas.width, canvas.height, spec.t, spec.seed, spec.view, air)
    shares = _wiped(canvas.width, amount)
    figures = grasped(spec.figures[-MAX_FIGURES:], spec.text) or composed(spec.text, spec.seed)
    if before == after or shares[0] == 256:
        PLACES[after](canvas, stage)
        _play(canvas, stage, figures, lambda figure: after)
        weather = after not in SHELTERED
    elif shares[-1] == 0:
        PLACES[before](canvas, stage)
        _play(canvas, stage, figures, lambda figure: before)
        weather = before not in SHELTERED
    else:
        weather = before not in SHELTERED and after not in SHELTERED  # in front of the cast, or where it is wet
        _change(canvas, stage, (before, after), shares, with_weather=not weather)
        _play(canvas, stage, figures, lambda figure: after if _share_at(shares, figure) >= 128 else before)
    if weather:
        draw_weather(canvas, stage)


def _brief(spec: FrameSpec) -> FrameSpec:
    """The spec with its words cut: each may have 16 KB."""
    before, after = (
        Setting(*(words[:_WORDS] for words in (setting.place, setting.time, setting.weather, setting.style)))
        for setting in (spec.previous_setting, spec.setting)
    )
    text, previous_text = spec.text[:_TEXT], spec.previous_text[:_TEXT]
    return replace(spec, text=text, previous_text=previous_text, setting=after, previous_setting=before)


def _play(canvas: Canvas, stage: Stage, figures: tuple[Figure, ...], place_at: Callable[[Figure], str]) -> None:
    most = MOST_BODIES // max(1, len(figures))
    for figure in figures:
        draw_figure(canvas, stage, figure, place_at(figure), most)


def _wiped(width: int, amount: float) -> NDArray[np.uint16]:
    """How much of the next place each column shows, 0..256: it comes in from the right, behind a soft edge.

    One scene over the other with opacity is a double exposure for as long as a description lasts; here both are seen
    clearly all the time, and the cast stays before them.
    """
    front = 1.0 + _EDGE - (1.0 + 2 * _EDGE) * bounded((amount - 0.1) / 0.8, 0.0, 1.0)
    x = (np.arange(width) + 0.5) / width
    share = np.clip((x - front) / (2 * _EDGE) + 0.5, 0.0, 1.0)
    return np.rint(256 * share * share * (3.0 - 2.0 * share)).astype(np.uint16)


def _share_at(shares: NDArray[np.uint16], figure: Figure) -> int:
    middle = bounded(figure.box.x + 0.5 * figure.box.w, 0.0, 1.0, 0.5)
    return int(shares[min(len(shares) - 1, int(middle * len(shares)))])


def _change(
    canvas: Canvas, stage: Stage, places: tuple[str, str], shares: NDArray[np.uint16], *, with_weather: bool
) -> None:
    """Two places side by side, as the background of what is drawn next."""
    shown = []
    for number, place in enumerate(places):
        PLACES[place](canvas, stage)
        if with_weather and place not in SHELTERED:
            draw_weather(canvas, stage)
        shown.append(canvas.pixels(keep=number == 1) if number else canvas.pixels().copy())
    first, second = (pixels.reshape(canvas.height, -1) for pixels in shown)
    columns = np.repeat(shares, 4)
    for rows in bands(canvas.height, canvas.width):
        second[rows] = mixed(first[rows], second[rows], columns)
