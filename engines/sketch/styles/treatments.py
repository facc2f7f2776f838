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
    planes,
    repeated,
    scaled,
    shrunk,
    soft,
    taken,
)
from .textures import (
    GRAINS,
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
    washed,
)

Treatment = Callable[[Pixels, int, float], Picture]
"""(pixels of the canvas, seed, t in seconds) → the finished picture."""

_GRAIN_HZ = 12
_ONE, _TWO, _SIX = np.uint8(1), np.uint8(2), np.uint8(6)  # plain numbers would do, but for the type that they give


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


def _finished(apart: Planes, corners: Plane, grains: Plane, strength: int) -> Planes:
    """In the dark of its corners, with grain of ± strength: in one go, with less contrast by what the grain needs."""
    words = np.multiply(apart, corners - np.uint16(2 * strength - 1), dtype=np.uint16)
    words += grains * np.uint16(256)
    words >>= 8
    done: Planes = words.astype(np.uint8)
    return done


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
    edges = np.clip(apart_by(grey, soft(grey, 2)), 0, 36)
    rim = scaled(edges, painted(height, width)[::2, ::2])
    cover, below = washed(height, width)

    def band(apart: Planes, rows: Rows) -> Planes:
        total = scaled(_clear(apart), cover[rows])
        total += below[rows]  # at most 255 together, and never less than a rim
        total -= _around(rim, rows, width)  # more pigment along the edges
        return total

    return in_bands(wet, band)


def _clear(apart: Planes) -> Planes:
    """Purer colours: half as much more of what a channel has over its luma."""
    return brighter(apart, darker(apart, luma(apart)) >> _ONE)


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


def _vivid(apart: Planes, grey: Plane) -> Planes:
    """Farther from grey: what a channel has over its luma twice, less half of the luma."""
    return brighter(darker(apart, grey >> _ONE), darker(apart, grey))


def _tubes(apart: Planes, grey: Plane) -> Planes:
    """The colours of gas in glass: what is red or green turns to magenta and cyan."""
    vivid = _vivid(apart, grey)
    warm = np.maximum(vivid[0], vivid[1])
    warm >>= 1
    np.maximum(vivid[2], warm + (warm >> 2), out=vivid[2])
    return vivid


def neon(rgba: Pixels, seed: int, t: float) -> Picture:
    """The dark, with all that is bright or coloured glowing in it, and outlined in tubes of cyan."""
    height, width = rgba.shape[:2]
    bright = shrunk(rgba, lambda apart: darker(_tubes(apart, luma(apart)), 112))
    glow = doubled(soft(brighter(bright, bright >> _ONE), 3), height // 2, width // 2)
    thick = max(1, min(height, width) // 400)
    corners, grains = vignette(height, width, 70), _grain_now(rgba, seed, t, 2)

    def band(apart: Planes, rows: Rows) -> Planes:
        grey = luma(apart)
        tube = np.clip(_outlines(grey, thick, 4, 2), 0, 150)
        lit = brighter(_tubes(apart[:, thick:], grey[thick:]), _around(glow, rows, width))
        for channel, strength in enumerate((tube >> 2, tube - (tube >> 3), tube)):
            lit[channel] = brighter(lit[channel], strength)
        return _finished(lit, corners[rows], grains[rows], 2)

    return in_bands(rgba, band, above=thick)


def paper(rgba: Pixels, seed: int, t: float) -> Picture:
    """Fibres of the card that the shapes were cut from; their shadows are drawn by the canvas."""
    card = fibres(*rgba.shape[:2], 46)
    return in_bands(rgba, lambda apart, rows: scaled(apart, card[rows]))


def sepia(rgba: Pixels, seed: int, t: float) -> Picture:
    """An old print: brown, faded, with dark corners and grain."""
    corners, grains = vignette(*rgba.shape[:2], 90), _grain_now(rgba, seed, t, 6)

    def band(apart: Planes, rows: Rows) -> Planes:
        grey = luma(apart)
        brown = apart >> _TWO  # a quarter of its colour is left
        for channel, (factor, low) in enumerate(((168, 16), (150, 6), (112, 3))):
            brown[channel] += scaled(grey, factor)
            brown[channel] += np.uint8(low)
        return _finished(brown, corners[rows], grains[rows], 6)

    return in_bands(rgba, band)


def pastel(rgba: Pixels, seed: int, t: float) -> Picture:
    """Soft chalks: light, little contrast, glowing, on toothed paper."""
    height, width = rgba.shape[:2]
    around = soft(shrunk(rgba, lambda apart: apart), 2)
    glow = doubled(brighter(scaled(around, 47), 107), height // 2, width // 2)
    tooth = sheet(height, width, 1, 236, 1)

    def band(apart: Planes, rows: Rows) -> Planes:
        chalk = scaled(_clear(apart), 103)
        chalk += _around(glow, rows, width)  # 102 + 46 + 107 at most
        return scaled(chalk, tooth[rows])

    return in_bands(rgba, band)


def _outlines(grey: Plane, width: int, floor: int, gain: int) -> Plane:
    """0..255: lines of about `width` pixels where neighbours differ by more than `floor`; `width` rows fewer, above."""
    here = grey[width:]
    edge = apart_by(here, grey[:-width])
    edge[:, width:] = np.maximum(edge[:, width:], apart_by(here[:, width:], here[:, :-width]))
    edge = np.clip(edge, floor, floor + 255 // gain)
    edge -= np.uint8(floor)
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
        flat = apart[:, thick:] >> _SIX
        flat *= np.uint8(50)  # 150 / 256 of the four levels 0, 85, 170, 255
        flat += scaled(apart[:, thick:], 106)
        return darker(brighter(flat, 24), brighter(dotted, lines))

    return in_bands(rgba, band, above=thick)


def oil(rgba: Pixels, seed: int, t: float) -> Picture:
    """Dabs of paint, each of one colour; the drawing shows through so that the cast is recognised."""
    size = rgba.shape[:2]
    dabbed, bristle = taken(rgba, dabs(*size)), bristles(*size)

    def band(apart: Planes, rows: Rows) -> Planes:
        paint = planes(dabbed[rows])
        paint -= paint >> _TWO
        paint += apart >> _TWO
        return brighter(scaled(paint, bristle[rows]), 10)

    return in_bands(rgba, band)


def pencil(rgba: Pixels, seed: int, t: float) -> Picture:
    """Graphite on paper: lines where things end, hatching where it is dark, a breath of colour."""
    size = rgba.shape[:2]
    thick = max(1, round(min(size) / 400))
    lead, tooth, strokes = sheet(*size, 2, 205, 0), sheet(*size, 3, 236, 1), hatching(*size)

    def band(apart: Planes, rows: Rows) -> Planes:
        grey = luma(apart)
        hatched = np.clip(darker(~grey[thick:], strokes[rows]), 0, 34)
        hatched *= np.uint8(3)
        drawn = np.maximum(hatched, np.clip(_outlines(grey, thick, 5, 5), 0, 180))
        tinted = apart[:, thick:] >> _TWO  # a quarter of its colour
        tinted += np.uint8(192)
        return darker(scaled(tinted, tooth[rows]), scaled(drawn, lead[rows]))

    return in_bands(rgba, band, above=thick)


def gothic(rgba: Pixels, seed: int, t: float) -> Picture:
    """Gloom: deep corners and grain."""
    corners, grains = vignette(*rgba.shape[:2], 120), _grain_now(rgba, seed, t, 4)
    return in_bands(rgba, lambda apart, rows: _finished(apart, corners[rows], grains[rows], 4))


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
