"""One frame: the setting, the cast, the weather, in that order."""

from __future__ import annotations

from engines.base import FrameSpec, Picture

from .atmosphere import atmosphere, blended
from .figures import draw_figure
from .pigments import bands, mixed, planes
from .pixels import block_of, enlarged, quantised
from .places import PLACES, SHELTERED, place_of
from .stage import Stage, smooth
from .style import style_of
from .treatments import TREATMENTS
from .vector import Canvas
from .weather import draw_weather

MAX_FIGURES = 48
"""The front ones are drawn when a description has more."""


def painted(canvas: Canvas, spec: FrameSpec) -> Picture:
    """The finished frame; between two styles, a mixture of both."""
    before, after = style_of(spec.previous_setting.style), style_of(spec.setting.style)
    share = round(256 * smooth(spec.mix))
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
    amount = smooth(spec.mix)
    before, after = place_of(spec.previous_setting, spec.previous_text), place_of(spec.setting, spec.text)
    air = blended(atmosphere(spec.previous_setting, spec.previous_text), atmosphere(spec.setting, spec.text), amount)
    stage = Stage.of(canvas.width, canvas.height, spec.t, spec.seed, spec.view, air)
    if before == after or amount >= 1.0:
        PLACES[after](canvas, stage)
    else:
        PLACES[before](canvas, stage)
        if amount > 0.0:
            with canvas.group(opacity=amount):
                PLACES[after](canvas, stage)
    place = after if amount >= 0.5 else before
    for figure in spec.figures[-MAX_FIGURES:]:
        draw_figure(canvas, stage, figure, place)
    if place not in SHELTERED:
        draw_weather(canvas, stage)
