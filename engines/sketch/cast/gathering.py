"""How several of a kind stand in one box: "three red balloons", "a flock of seven birds".

Rows, the back ones first, higher and smaller; each stands between two of the row before it, a little out of line, so
that a group looks gathered and not printed. What floats is spread over the height of the box, what stands keeps its
feet near the ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

MAX_NUMBER = 12
"""More are not drawn: they could not be told apart."""

_IN_ONE_ROW, _IN_TWO = 3, 7


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of a group stands, in fractions of the group's box."""

    across: float  # its middle, from the left
    up: float  # its feet, above the foot of the box
    width: float  # of the room it has
    height: float


def gathered(number: int, floats: bool, who: str) -> tuple[Place, ...]:
    """The places of 1..12, back to front; `who` chooses how they are out of line."""
    return _gathered(max(1, min(MAX_NUMBER, number)), floats, crc32(who[:200].encode("utf-8", "replace")))


@lru_cache(maxsize=256)
def _gathered(number: int, floats: bool, dice: int) -> tuple[Place, ...]:
    if number == 1:
        return (Place(0.5, 0.0, 1.0, 1.0),)
    rows = 1 if number <= _IN_ONE_ROW else 2 if number <= _IN_TWO else 3
    height = ((0.72, 0.56, 0.42) if floats else (0.94, 0.74, 0.6))[rows - 1]
    widest = -(-number // rows)
    width = min(1.0, 1.2 / (widest + 0.5 * (rows > 1)))
    places, left = [], number
    for row in range(rows):
        many = -(-left // (rows - row))
        left -= many
        for i in range(many):
            chance = crc32(b"%d/%d/%d" % (dice, row, i))
            aside, above = (chance & 0xFF) / 255.0 - 0.5, (chance >> 8 & 0xFF) / 255.0
            shift = 0.25 * (1 if row % 2 else -1) * (rows > 1 and many == widest)
            across = (i + 0.5 + shift * 0.8 + (0.7 if floats else 0.24) * aside) / many
            free = 1.0 - height
            up = free * (rows - 1 - row) / (rows - 1) if rows > 1 else 0.0
            lift = (above * (0.9 * free if rows == 1 else 0.7 * free / (rows - 1)) - 0.1) if floats else above * 0.05
            size = 1.0 - 0.1 * (rows - 1 - row) / max(1, rows - 1)
            half = 0.5 * min(width, 0.5)
            places.append(Place(min(1.0 - half, max(half, across)), up + lift, width * size, height * size))
    return tuple(places)
