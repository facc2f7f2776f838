"""Outlines of many corners, made from arrays: polygons and ellipses, many of them in one path. Pixels, y down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.floating[Any]]

_MOVE, _LINE, _CUBIC, _CLOSE = 1, 2, 3, 0
_LIMIT = 1e6  # pixels; coordinates beyond are clamped: ThorVG rasterises in fixed point


@dataclass(frozen=True, slots=True)
class Path:
    """An outline: ThorVG path commands (uint8, [n]) and their points (float32, [m, 2], pixels)."""

    commands: NDArray[np.uint8]
    points: NDArray[np.float32]
    uncut: Points | None = None  # the corners [n, 2] of a polygon that is filled in pieces

    @staticmethod
    def of(commands: NDArray[np.uint8], points: Points, uncut: Points | None = None) -> Path:
        """A path with finite, clamped coordinates."""
        with np.errstate(over="ignore"):
            safe = np.ascontiguousarray(points.reshape(-1, 2), np.float32)
        if safe.size and not np.abs(safe).max() <= _LIMIT:  # a comparison that NaN fails too
            safe = np.nan_to_num(safe.clip(-_LIMIT, _LIMIT))
        return Path(commands, safe, uncut)

    @property
    def edge(self) -> Path:
        """What a line along it follows."""
        if self.uncut is None:
            return self
        return Path.of(_polygon_commands(1, len(self.uncut), True), self.uncut)


@lru_cache(maxsize=256)
def _polygon_commands(count: int, corners: int, closed: bool) -> NDArray[np.uint8]:
    one = [_MOVE] + [_LINE] * (corners - 1) + ([_CLOSE] if closed else [])
    return np.tile(np.array(one, np.uint8), count)


def polygons(corners: Points, *, closed: bool = True) -> Path:
    """Many polygons with equally many corners as ONE path. corners: [count, corners, 2], or [corners, 2] for one."""
    uncut = corners if closed and corners.ndim == 2 else None
    if corners.ndim == 2:
        corners = _leftwards(corners) if closed else corners[None]
    return Path.of(_polygon_commands(*corners.shape[:2], closed), corners, uncut if len(corners) > 1 else None)


_PIECES = 12


def _leftwards(corners: Points) -> Points:
    """The same outline [corners, 2] drawn from right to left, as pieces [count, corners, 2] if it can be cut.

    ThorVG keeps the cells that an outline touches on a line of pixels in a list, and looks for the place of each new
    one from its left end: a long flat edge drawn from left to right costs the square of its length. A ridge drawn from
    right to left takes a tenth of the time (768 px: 0.15 ms, not 1.5); a band, whose other edge must come back, takes
    a third of it as pieces side by side, which one path joins without a seam (no pixel differs).
    """
    count = len(corners)
    x = corners[:, 0]
    if count < 12:
        return corners[None]
    half = count // 2
    if count % 2 == 0 and np.array_equal(x[:half], x[: half - 1 : -1]):  # its lower edge goes back the way it came
        step = max(4, -(-(half - 1) // _PIECES))
        starts = np.arange(0, half - 1, step)[:, None]
        index = np.minimum(starts + np.arange(step + 1), half - 1)
        upper, lower = corners[:half], corners[: half - 1 : -1]
        pieces = np.concatenate([upper[index], lower[index[:, ::-1]]], axis=1)
        return pieces[::-1] if x[half - 1] > x[0] else pieces
    return corners[::-1][None] if x[1] > x[0] else corners[None]


def ellipses(centres: Points, radii: Points, corners: int = 10) -> Path:
    """Many ellipses as ONE path of polygons. centres [n, 2], radii [n, 2] or [n, 1]."""
    turn = np.arange(corners) * (2 * np.pi / corners)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=-1)  # [corners, 2]
    return polygons(centres[:, None, :] + radii[:, None, :] * ring)
