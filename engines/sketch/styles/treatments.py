"""What a style does to a finished frame: paper and bleeding edges, film grain, glow, dabs of paint, hatching.

Each treatment makes a picture from the pixels of the canvas: a function of them, of the seed of the shot and of the
time. Paper and paint lie still on the screen, as a sheet does; grain alone moves, twelve times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

import numpy as np

from engines.base import Picture

from .pigments import (
    Pixels,
    Plane,
    Planes,
    Rows,
    apart_by,
    bands,
    brighter,
    curve,
    darker,
    doubled,
    in_bands,
    luma,
    mixed,
    planes,
    repeated,
    scaled,
    shrunk,
    soft,
    taken,
)
from .textures import (
    GRAINS,
    bare,
    bled,
    blinds,
    bristles,
    dabs,
    dots,
    fibres,
    grain,
    hatching,
    painted,
    sheet,
    vignette,
    wash,
)

Treatment = Callable[[Pixels, int, float], Picture]
"""(pixels of the canvas, seed, t in seconds) → the finished picture."""

_GRAIN_HZ = 12
_ONE = np.uint8(1)  # a plain 1 would do, but for the type that it gives


def _grain_now(rgba: Pixels, seed: int, t: float, strength: int) -> Plane:
    """0..2 * strength: the grain of this twelfth of a second."""
    number = (int(t % 86_400.0 * _GRAIN_HZ) + seed) % GRAINS if isfinite(t) else 0
    return grain(*rgba.shape[:2], number, strength)


def _grained(apart: Planes, grains: Plane, strength: int) -> Planes:
    """With grain of ± strength."""
    total = np.clip(apart, strength, 255 - strength)
    total += grains
    total -= np.uint8(strength)
    return total


def plain(rgba: Pixels, seed: int, t: float) -> Picture:
    """A light vignette and a little grain, of ± 2: the one that most frames get, in as few steps as will do."""
    height, width = rgba.shape[:2]
    picture = np.empty((height, width, 3), np.uint8)
    corners, grains = vignette(height, width, 36), _grain_now(rgba, seed, t, 2)
    for rows in bands(height, width):
        factor = corners[rows] - np.uint16(3)  # so that the grain has room: 252 * 255 + 4 * 256 < 2**16
        grain_words = grains[rows] * np.uint16(256)
        for channel in range(3):
            words = rgba[rows, :, channel] * factor
            words += grain_words
            words >>= 8
            picture[rows, :, channel] = words
    return picture


def watercolour(rgba: Pixels, seed: int, t: float) -> Picture:
    """Pale pigments that wander over their edges and dry darker along them, on paper with a white border."""
    height, width = rgba.shape[:2]
    wet = taken(rgba, bled(height, width))
    grey = luma(planes(wet[::2, ::2]))
    rim = np.minimum(apart_by(grey, soft(grey, 2)), 36)
    washes, paint, paper_left = wash(height, width), painted(height, width), bare(height, width)

    def band(apart: Planes, rows: Rows) -> Planes:
        clear = brighter(apart, darker(apart, luma(apart)) >> _ONE)
        pale = darker(~scaled(~clear, 172), _around(rim, rows, width))  # less pigment, more of it along the edges
        return brighter(scaled(scaled(pale, washes[rows]), paint[rows]), paper_left[rows])

    return in_bands(wet, band)


def _around(half_size: Planes, rows: Rows, width: int) -> Planes:
    """The rows of what has half the size, in full."""
    part = half_size[..., rows.start // 2 : (rows.stop + 1) // 2, :]
    return repeated(part, rows.stop - rows.start, width)


_NOIR = curve(((0, 2), (40, 10), (90, 64), (140, 160), (200, 238), (255, 255)))


def noir(rgba: Pixels, seed: int, t: float) -> Picture:
    """Black and white with hard contrast, light through a blind, dark corners and film grain."""
    light, grains = blinds(*rgba.shape[:2]), _grain_now(rgba, seed, t, 8)

    def band(apart: Planes, rows: Rows) -> Planes:
        grey = scaled(_NOIR.take(luma(apart)), light[rows])
        return np.broadcast_to(_grained(grey, grains[rows], 8), apart.shape)

    return in_bands(rgba, band)


def _vivid(apart: Planes) -> Planes:
    """Farther from grey: what a channel has over its luma twice, less half of the luma."""
    grey = luma(apart)
    return brighter(darker(apart, grey >> _ONE), darker(apart, grey))


def _tubes(apart: Planes) -> Planes:
    """The colours of gas in glass: what is red or green turns to magenta and cyan."""
    vivid = _vivid(apart)
    warm = np.maximum(vivid[0], vivid[1])
    warm >>= 1
    np.maximum(vivid[2], warm + (warm >> 2), out=vivid[2])
    return vivid


def neon(rgba: Pixels, seed: int, t: float) -> Picture:
    """The dark, with all that is bright or coloured glowing in it, and outlined in tubes of cyan."""
    height, width = rgba.shape[:2]
    bright = shrunk(rgba, lambda apart: darker(_tubes(apart), 112))
    glow = doubled(soft(brighter(bright, bright >> _ONE), 3), height // 2, width // 2)
    thick = max(1, min(height, width) // 400)
    corners, grains = vignette(height, width, 70), _grain_now(rgba, seed, t, 2)

    def band(apart: Planes, rows: Rows) -> Planes:
        tube = np.minimum(_outlines(luma(apart), thick, 4, 2), 150)
        lit = brighter(_tubes(apart[:, thick:]), _around(glow, rows, width))
        lit = brighter(lit, np.stack([tube >> 2, tube - (tube >> 3), tube]))
        return _grained(scaled(lit, corners[rows]), grains[rows], 2)

    return in_bands(rgba, band, above=thick)


def paper(rgba: Pixels, seed: int, t: float) -> Picture:
    """Fibres of the card that the shapes were cut from; their shadows are drawn by the canvas."""
    card, corners = fibres(*rgba.shape[:2]), vignette(*rgba.shape[:2], 46)
    return in_bands(rgba, lambda apart, rows: scaled(scaled(apart, card[rows]), corners[rows]))


def sepia(rgba: Pixels, seed: int, t: float) -> Picture:
    """An old print: brown, faded, with dark corners and grain."""
    corners, grains = vignette(*rgba.shape[:2], 90), _grain_now(rgba, seed, t, 6)

    def band(apart: Planes, rows: Rows) -> Planes:
        grey = luma(apart)
        brown = np.stack([brighter(scaled(grey, factor), low) for factor, low in ((226, 28), (200, 16), (150, 12))])
        return _grained(scaled(mixed(apart, brown, 200), corners[rows]), grains[rows], 6)

    return in_bands(rgba, band)


def pastel(rgba: Pixels, seed: int, t: float) -> Picture:
    """Soft chalks: light, little contrast, glowing, on toothed paper."""
    height, width = rgba.shape[:2]
    glow = doubled(soft(shrunk(rgba, lambda apart: apart), 2), height // 2, width // 2)
    tooth = sheet(height, width, 1, 236, 1)

    def band(apart: Planes, rows: Rows) -> Planes:
        clear = mixed(brighter(apart, darker(apart, luma(apart)) >> _ONE), _around(glow, rows, width), 80)
        return scaled(brighter(~scaled(~clear, 150), 4), tooth[rows])

    return in_bands(rgba, band)


def _outlines(grey: Plane, width: int, floor: int, gain: int) -> Plane:
    """0..255: lines of about `width` pixels where neighbours differ by more than `floor`; `width` rows fewer, above."""
    here = grey[width:]
    edge = apart_by(here, grey[:-width])
    edge[:, width:] = np.maximum(edge[:, width:], apart_by(here[:, width:], here[:, :-width]))
    edge = np.minimum(darker(edge, floor), 255 // gain)
    edge *= np.uint8(gain)
    return edge


def comic(rgba: Pixels, seed: int, t: float) -> Picture:
    """Few flat colours, dots in the shadows, black lines about everything."""
    size = rgba.shape[:2]
    thick = max(1, round(min(size) / 260))
    screen = dots(*size)

    def band(apart: Planes, rows: Rows) -> Planes:
        grey = luma(apart)
        lines = _outlines(grey, thick, 14, 9)
        dotted = (screen[rows] > brighter(grey[thick:], 70)).view(np.uint8) * np.uint8(46)
        apart = apart[:, thick:]
        flat = apart & np.uint8(0xC0)
        flat |= flat >> 2
        flat |= flat >> 4
        return darker(darker(brighter(mixed(apart, flat, 150), 24), dotted), lines)

    return in_bands(rgba, band, above=thick)


def oil(rgba: Pixels, seed: int, t: float) -> Picture:
    """Dabs of paint, each of one colour; the drawing shows through so that the cast is recognised."""
    size = rgba.shape[:2]
    dabbed, bristle = taken(rgba, dabs(*size)), bristles(*size)
    return in_bands(
        rgba,
        lambda apart, rows: brighter(scaled(mixed(apart, planes(dabbed[rows]), 184), bristle[rows]), 10),
    )


def pencil(rgba: Pixels, seed: int, t: float) -> Picture:
    """Graphite on paper: lines where things end, hatching where it is dark, a breath of colour."""
    size = rgba.shape[:2]
    thick = max(1, round(min(size) / 400))
    lead, tooth, strokes = sheet(*size, 2, 205, 0), sheet(*size, 3, 236, 1), hatching(*size)

    def band(apart: Planes, rows: Rows) -> Planes:
        grey = luma(apart)
        hatched = np.minimum(darker(~grey[thick:], strokes[rows]), 34)
        hatched *= np.uint8(3)
        drawn = np.maximum(hatched, np.minimum(_outlines(grey, thick, 5, 5), 180))
        tinted = ~scaled(~apart[:, thick:], 64)  # a quarter of its colour
        return darker(scaled(tinted, tooth[rows]), scaled(drawn, lead[rows]))

    return in_bands(rgba, band, above=thick)


def gothic(rgba: Pixels, seed: int, t: float) -> Picture:
    """Gloom: deep corners and grain."""
    corners, grains = vignette(*rgba.shape[:2], 120), _grain_now(rgba, seed, t, 4)
    return in_bands(rgba, lambda apart, rows: _grained(scaled(apart, corners[rows]), grains[rows], 4))


TREATMENTS: dict[str, Treatment] = {
    "": plain,
    "watercolour": watercolour,
    "noir": noir,
    "neon": neon,
    "paper": paper,
    "sepia": sepia,
    "pastel": pastel,
    "comic": comic,
    "oil": oil,
    "pencil": pencil,
    "gothic": gothic,
}
"""Every style that is worked into the finished frame; pixel art is not (pixels.py)."""
