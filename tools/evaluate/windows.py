"""Which two stretches of a film are most like each other: every window of pictures against every later one.

SSIM (Wang et al., IEEE TIP 2004) in its plain form, over 8x8 blocks that do not overlap, of pictures of 64x64: what is
left at that size is where things are and how bright, which is what a person would call the same picture. Of blocks,
the products of all pairs of pictures are one matrix product, so that ten minutes (2,400 pictures, 2.6 million pairs)
take seconds, and memory grows with the film's length and not with its square.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Small = NDArray[np.uint8]
"""(SIDE, SIDE), luma."""

SIDE = 64
BLOCK = 8
_C1, _C2 = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2
_ROWS = 64  # pictures that are compared with all later ones at a time


@dataclass(frozen=True, slots=True)
class Nearest:
    """Two windows."""

    likeness: float  # mean SSIM of the pictures of one with those of the other, in their order; -1..1
    first: int  # index of the picture that the earlier one begins with
    second: int


def nearest(pictures: NDArray[np.uint8], window: int) -> Nearest | None:
    """The two windows of `window` of these pictures [n, SIDE, SIDE] that are most alike, the later one beginning at
    least a window after the earlier one; None where there are no two."""
    count = len(pictures)
    if window < 1 or count < 2 * window:
        return None
    blocks = _blocks(pictures)
    means = blocks.mean(axis=2)  # [blocks, n]
    spreads = (blocks * blocks).mean(axis=2) - means * means
    best = Nearest(-2.0, 0, window)
    likes: deque[NDArray[np.float64]] = deque()  # of the last `window` pictures, with all pictures
    total = np.zeros(count)  # total[j]: sum over the window that ends at (i, j)
    for start in range(0, count - window, _ROWS):
        for i, like in enumerate(_likes(blocks, means, spreads, start, min(start + _ROWS, count - window)), start):
            total = np.concatenate([[0.0], total[:-1]]) + like
            likes.append(like)
            if len(likes) > window:
                gone = likes.popleft()  # of picture i - window, `window` places back along the diagonal
                total -= np.concatenate([np.zeros(window), gone[:-window]])
            if i + 1 < window:
                continue
            at = i + window  # the end of the first window that may be compared
            j = at + int(total[at:].argmax())
            if total[j] / window > best.likeness:
                best = Nearest(float(total[j] / window), i + 1 - window, j + 1 - window)
    return best


def _blocks(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[blocks, n, pixels of a block], around 0 so that float32 is enough."""
    n, across = len(pictures), SIDE // BLOCK
    parts = pictures.reshape(n, across, BLOCK, across, BLOCK).transpose(1, 3, 0, 2, 4)
    return np.ascontiguousarray(parts.reshape(across * across, n, BLOCK * BLOCK), np.float32) - np.float32(127.5)


def _likes(
    blocks: NDArray[np.float32], means: NDArray[np.float32], spreads: NDArray[np.float32], start: int, stop: int
) -> NDArray[np.float64]:
    """[stop - start, n]: SSIM of those pictures with all."""
    total = np.zeros((stop - start, blocks.shape[1]))
    for block, mean, spread in zip(blocks, means, spreads, strict=True):
        together = block[start:stop] @ block.T / np.float32(block.shape[1]) - mean[start:stop, None] * mean
        mine, all_of = mean[start:stop, None] + 127.5, mean + 127.5
        bright = (2.0 * mine * all_of + _C1) / (mine * mine + all_of * all_of + _C1)
        total += bright * (2.0 * together + _C2) / (spread[start:stop, None] + spread + _C2)
    return total / len(blocks)
