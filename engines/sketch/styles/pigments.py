"""What a finished frame is worked with: channels apart as whole numbers, soft copies, tiles of noise.

Everything is uint8 and uint16 arithmetic on whole channels, so that a frame is the same on every machine; a table
look-up takes ten times as long. A frame is worked in bands of a few rows: what lies between two steps then stays in the
processor's cache and in memory that is used again (fresh pages for whole frames cost several times the arithmetic).
No BLAS, no float.

`Pixels` are uint8 [height, width, 4], as the canvas gives them; `Plane` is one channel, uint8 [height, width], and
`Planes` are the three of them, uint8 [3, height, width].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.base import Picture
from engines.sketch.stage import chance

Pixels = NDArray[np.uint8]
Plane = NDArray[np.uint8]
Planes = NDArray[np.uint8]
Rows = slice
_Words = NDArray[np.uint16]

TILE = 256
"""Pixels: the side of a tile of noise."""

_BAND = 98_304
"""Pixels that are worked at a time, about."""


def bands(height: int, width: int) -> Iterator[Rows]:
    """The rows of a frame, a few at a time: a multiple of 4, so that quarters of a frame come out whole."""
    rows = max(4, _BAND // max(1, width) // 4 * 4)
    for top in range(0, height, rows):
        yield slice(top, min(height, top + rows))


def in_bands(rgba: Pixels, work: Callable[[Planes, Rows], Planes], *, above: int = 0) -> Picture:
    """The picture that `work` makes of the channels of each band; it is given so many rows above the band as well."""
    picture = np.empty((*rgba.shape[:2], 3), np.uint8)
    for rows in bands(*rgba.shape[:2]):
        seen = rgba[max(0, rows.start - above) : rows.stop]
        if rows.start < above:
            seen = np.concatenate([*[seen[:1]] * (above - rows.start), seen])
        for channel, done in enumerate(work(planes(seen), rows)):
            picture[rows, :, channel] = done
    return picture


def planes(rgba: Pixels) -> Planes:
    """The three channels, apart."""
    words = rgba.view(np.uint32)[..., 0]  # shifted as words: two thirds of the time of every fourth byte
    apart = np.empty((3, *words.shape), np.uint8)
    apart[0] = words
    np.right_shift(words, np.uint32(8), out=apart[1], casting="unsafe")
    np.right_shift(words, np.uint32(16), out=apart[2], casting="unsafe")
    return apart


def shrunk(rgba: Pixels, work: Callable[[Planes], Planes]) -> Planes:
    """A quarter as high and as wide: what `work` makes of every second pixel, in means of four of those.
    [3, height // 4, width // 4]"""
    height = rgba.shape[0] // 4 * 4
    parts = [half(work(planes(rgba[rows.start : rows.stop : 2, ::2]))) for rows in bands(height, rgba.shape[1] // 4)]
    return np.concatenate(parts, axis=1)


def taken(rgba: Pixels, places: NDArray[np.int64]) -> Pixels:
    """Each pixel, or each pair of neighbours if `places` is half as wide, from another place of the frame."""
    words = rgba.reshape(-1).view(np.uint32 if places.shape[1] == rgba.shape[1] else np.uint64)
    found = np.empty(places.shape, words.dtype)
    np.take(words, places, out=found, mode="clip")  # "clip" spares a copy of the output
    return found.view(np.uint8).reshape(rgba.shape)


def luma(apart: Planes) -> Plane:
    """How bright it looks: 1/4 red, 5/8 green, 1/8 blue, near the weights of Rec. 709 and without a multiplication."""
    total: Plane = apart[0] >> 2
    total += apart[1] >> 1
    total += apart[1] >> 3
    total += apart[2] >> 3
    return total


def mixed(a: Planes, b: Planes, share: int | _Words) -> Planes:
    """From a (share 0) to b (share 256), by one share or one for each pixel."""
    total = np.multiply(a, 256 - share, dtype=np.uint16)
    total += np.multiply(b, share, dtype=np.uint16)
    total >>= 8
    return total.astype(np.uint8)


def scaled(a: Planes, factor: int | Plane) -> Planes:
    """a times factor / 256: one factor of at most 256, or one for each pixel."""
    total = np.multiply(a, factor, dtype=np.uint16)
    total >>= 8
    return total.astype(np.uint8)


def brighter(a: Planes, by: Planes | int) -> Planes:
    """Added, at most 255."""
    if isinstance(by, int):  # numpy clips between numbers six times as fast as it finds the minimum of one
        total = np.clip(a, 0, 255 - by)
        total += np.uint8(by)
        return total
    total = np.minimum(a, ~by)
    total += by
    return total


def darker(a: Planes, by: Planes | int) -> Planes:
    """Taken away, at least 0."""
    if isinstance(by, int):
        total = np.clip(a, by, 255)
        total -= np.uint8(by)
        return total
    total = np.maximum(a, by)
    total -= by
    return total


def apart_by(a: Plane, b: Plane) -> Plane:
    """|a - b|."""
    difference = np.maximum(a, b)
    difference -= np.minimum(a, b)
    return difference


def half(a: Planes) -> Planes:
    """Means of 2x2 pixels; an odd last row or column is left out."""
    height, width = a.shape[-2] // 2 * 2, a.shape[-1] // 2 * 2
    pairs = np.ascontiguousarray(a[..., :height, :width]).view(np.uint16)  # two neighbours in a word: no strides
    sums = pairs & np.uint16(255)
    pairs = pairs >> np.uint16(8)
    sums += pairs
    total = sums[..., 0::2, :] + sums[..., 1::2, :]
    total >>= 2
    return total.astype(np.uint8)


def doubled(a: Planes, height: int, width: int) -> Planes:
    """Linear between pixels, to twice the size; padded at the far edges to height x width, which may be one more."""
    rows, columns = a.shape[-2:]
    even, odd = _between(a, np.s_[..., 1:, :], np.s_[..., :-1, :], np.s_[..., :1, :], np.s_[..., -1:, :])
    tall = np.empty((*a.shape[:-2], height, columns), np.uint8)
    tall[..., 0 : 2 * rows : 2, :] = even
    tall[..., 1 : 2 * rows : 2, :] = odd
    if height > 2 * rows:
        tall[..., 2 * rows :, :] = tall[..., 2 * rows - 1 : 2 * rows, :]
    even, odd = _between(tall, np.s_[..., 1:], np.s_[..., :-1], np.s_[..., :1], np.s_[..., -1:])
    odd <<= 8
    odd |= even
    return _as_wide(odd.view(np.uint8), width)


def _between(a: Planes, later: Any, earlier: Any, first: Any, last: Any) -> tuple[_Words, _Words]:
    """Three quarters of each pixel and one of its neighbour before it, and of the one after it."""
    thrice = np.multiply(a, 3, dtype=np.uint16)
    even, odd = thrice.copy(), thrice
    even[later] += a[earlier]
    even[first] += a[first]
    odd[earlier] += a[later]
    odd[last] += a[last]
    even >>= 2
    odd >>= 2
    return even, odd


def repeated(a: Planes, height: int, width: int) -> Planes:
    """Each pixel as 2x2, padded at the far edges to height x width, which may be one more: for what is soft anyway."""
    rows = a.shape[-2]
    pairs = np.multiply(a, 257, dtype=np.uint16).view(np.uint8)
    wide = _as_wide(pairs, width)
    tall = np.empty((*a.shape[:-2], height, width), np.uint8)
    tall[..., 0 : 2 * rows : 2, :] = wide
    tall[..., 1 : 2 * rows : 2, :] = wide
    if height > 2 * rows:
        tall[..., 2 * rows :, :] = tall[..., 2 * rows - 1 : 2 * rows, :]
    return tall


def _as_wide(a: Planes, width: int) -> Planes:
    return a if a.shape[-1] == width else np.concatenate([a, a[..., -1:]], axis=-1)


def soft(a: Planes, levels: int) -> Planes:
    """Blurred over about 2 ** levels pixels: halved so many times and grown again, the last time without smoothing."""
    sizes, small = [], a
    for _ in range(levels):
        if min(small.shape[-2:]) < 4:
            break
        sizes.append(small.shape[-2:])
        small = half(small)
    for height, width in reversed(sizes[1:]):
        small = doubled(small, height, width)
    return repeated(small, *sizes[0]) if sizes else small


@lru_cache(maxsize=16)
def noise_tile(salt: int, smoothness: int) -> Plane:
    """Noise 0..255 of TILE x TILE pixels that joins itself at its edges, spread over its whole range.

    `smoothness` 0 is white; each step more doubles the size of its grains.
    """
    white = chance(0, 7_000 + salt, np.arange(TILE * TILE, dtype=np.int64)).reshape(TILE, TILE)
    for step in range(smoothness):
        for axis in (0, 1):
            reach = 1 << step
            white = white + np.roll(white, reach, axis) * 2 + np.roll(white, 2 * reach, axis)
    low, high = float(white.min()), float(white.max())
    tile: Plane = np.rint((white - low) * (255.0 / (high - low))).astype(np.uint8)
    return tile


def spread(tile: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """A tile [n, n] laid over height x width pixels."""
    rows, columns = -(-height // tile.shape[0]), -(-width // tile.shape[1])
    return np.ascontiguousarray(np.tile(tile, (rows, columns))[:height, :width])


def curve(points: tuple[tuple[int, int], ...]) -> NDArray[np.uint8]:
    """A table of 256 that runs straight through points (from, to)."""
    across, up = zip(*points, strict=True)
    table: NDArray[np.uint8] = np.rint(np.interp(np.arange(256), across, up)).astype(np.uint8)
    return table
