"""Who stands on a board stands on its deck: a director knows the box of a board, not how flat it is.

Boxes move continuously, so that a rider comes down by a share that grows smoothly as it comes over the board.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from engines.base import Figure
from engines.sketch.stage import bounded

from .lexicon import find, has

_DECK = 0.3  # of a board's width: how high its deck is above its foot


def boarded(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures, with those over a skateboard or the like lowered onto it."""
    boards = [number for number, figure in enumerate(figures) if _is_flat(figure.noun[:80])]
    if not boards:
        return tuple(figures)
    return tuple(_lowered(figure, [figures[b] for b in boards if b < n]) for n, figure in enumerate(figures))


def _lowered(rider: Figure, boards: Sequence[Figure]) -> Figure:
    """The rider on the first of the boards behind it that it is over."""
    box = rider.box
    foot, middle = bounded(box.y + box.h, -4, 4), bounded(box.x + 0.5 * box.w, -4, 4)
    for board in boards:
        wide, high = bounded(board.box.w, 0.01, 4, 0.3), bounded(board.box.h, 0.01, 4, 0.3)
        top = bounded(board.box.y, -4, 4)
        deck = max(top, top + high - _DECK * wide)
        aside = abs(middle - bounded(board.box.x, -4, 4) - 0.5 * wide) / wide
        over = bounded((0.5 - aside) * 4.0, 0.0, 1.0) * bounded(1.0 + (foot - top) / (0.3 * high), 0.0, 1.0)
        if foot < deck and over > 0.0:
            return replace(rider, box=replace(box, y=box.y + over * (deck - foot)))
    return rider


@lru_cache(maxsize=512)
def _is_flat(noun: str) -> bool:
    return has(find(noun), "nature", "boards")
