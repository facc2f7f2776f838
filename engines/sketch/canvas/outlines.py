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
    corners: int = 0  # of each of its polygons, where they are things of their own with equally many

    @staticmethod
    def of(commands: NDArray[np.uint8], points: Points, uncut: Points | None = None, corners: int = 0) -> Path:
        """A path with finite, clamped coordinates."""
        if points.size and not (  # comparisons that NaN fails too
            np.minimum.reduce(points, axis=None) >= -_LIMIT and np.maximum.reduce(points, axis=None) <= _LIMIT
        ):
            points = np.nan_to_num(points.clip(-_LIMIT, _LIMIT))
        return Path(commands, np.ascontiguousarray(points.reshape(-1, 2), np.float32), uncut, corners)

    @property
    def edge(self) -> Path:
        """What a line along it follows."""
        if self.uncut is None:
            return self
        return Path.of(_polygon_commands(1, len(self.uncut), True), self.uncut)

    def columns(self, width: int, height: int) -> list[Path]:
        """The same picture on so many pixels as paths side by side, which no column of pixels shares.

        The list of `_leftwards` again: forty stripes down a wall take 14 ms as one path, 0.6 ms as forty.
        """
        if len(self.points) < 4 * self.corners or not self.corners:
            return [self]
        shapes = self.points.reshape(-1, self.corners, 2)
        low, high = np.minimum.reduce(shapes, axis=1), np.maximum.reduce(shapes, axis=1)
        tall = np.maximum(np.minimum(high[:, 1], height) - np.maximum(low[:, 1], 0.0), 0.0)
        rows = float(np.add.reduce(tall))
        if rows * rows < _CROWDED * height:
            return [self]
        left, right = low[:, 0], high[:, 0]
        order = np.flatnonzero((right > -1.0) & (left < width + 1.0))
        if len(order) == 0:
            return []
        order = order[np.argsort(left[order], kind="stable")]
        gaps = left[order[1:]] > np.maximum.accumulate(right[order])[:-1] + 1.0
        paths: list[Path] = []
        some, rows = [], 0.0
        for number, row, gap in zip(order.tolist(), tall[order].tolist(), [*gaps.tolist(), True], strict=True):
            some.append(number)
            rows += row
            if gap and (rows > _TALL or len(some) > 30):
                paths.append(self._of(shapes[some[::-1]]))
                some, rows = [], 0.0
        return [*paths, self._of(shapes[some[::-1]])] if some else paths

    def _of(self, shapes: NDArray[np.float32]) -> Path:
        if len(shapes) == 1 and self.corners == 4:  # ThorVG lays a lone rectangle on whole pixels: it would jitter
            shapes = np.concatenate([shapes, shapes[:, -1:]], axis=1)
        return Path(_polygon_commands(*shapes.shape[:2], True), shapes.reshape(-1, 2))


@lru_cache(maxsize=256)
def _polygon_commands(count: int, corners: int, closed: bool) -> NDArray[np.uint8]:
    one = [_MOVE] + [_LINE] * (corners - 1) + ([_CLOSE] if closed else [])
    return np.tile(np.array(one, np.uint8), count)


def polygons(corners: Points, *, closed: bool = True) -> Path:
    """Many polygons with equally many corners as ONE path. corners: [count, corners, 2], or [corners, 2] for one."""
    uncut = corners if closed and corners.ndim == 2 else None
    several = corners.shape[1] if closed and corners.ndim == 3 and len(corners) > 1 else 0
    if corners.ndim == 2:
        corners = _leftwards(corners) if closed else corners[None]
    elif closed and len(corners) > _FEW:
        corners = _from_right(corners)
    return Path.of(_polygon_commands(*corners.shape[:2], closed), corners, uncut if len(corners) > 1 else None, several)


_PIECES = 12
_FEW = 8
_TALL = 240.0  # pixels: the heights of the polygons of a part, together
_CROWDED = 16_000.0  # their heights together, times how many a line of pixels meets: from here on it pays to part them


def _from_right(corners: Points) -> Points:
    """The same polygons [count, corners, 2], the rightmost first: see `_leftwards` for what that saves."""
    return corners[np.argsort(-corners[:, 0, 0], kind="stable")]


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
