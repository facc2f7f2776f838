"""One frame: the setting, the cast, the weather, in that order."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.base import FrameSpec

from .atmosphere import atmosphere, blended
from .figures import draw_figure
from .places import PLACES, SHELTERED, place_of
from .stage import Stage, smooth
from .vector import Canvas
from .weather import draw_weather

MAX_FIGURES = 48
"""The front ones are drawn when a description has more."""


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
    canvas.bitmap(_vignette(canvas.width, canvas.height))


@lru_cache(maxsize=2)
def _vignette(width: int, height: int) -> NDArray[np.uint8]:
    """Black, growing towards the corners to an alpha of a seventh, premultiplied: [height, width, 4]."""
    y = np.linspace(-1.0, 1.0, height)[:, None]
    x = np.linspace(-1.0, 1.0, width)[None]
    reach = np.clip((x * x + y * y - 0.75) / 1.25, 0.0, 1.0)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 3] = np.rint(reach * reach * (3.0 - 2.0 * reach) * 36)
    return pixels
