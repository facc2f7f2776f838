"""What a shape is filled with: a colour, or a gradient. Pixels; colours 0..255, alphas and offsets 0..1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .colours import RGB, mix

Stop = tuple[float, RGB, float]
"""(offset 0..1, colour, alpha 0..1) of a gradient."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A gradient along the line from `start` to `end`."""

    start: tuple[float, float]
    end: tuple[float, float]
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Radial:
    """A gradient from a centre outwards."""

    centre: tuple[float, float]
    radius: float
    stops: tuple[Stop, ...]


Fill = RGB | Linear | Radial

CARD = 0.8
"""Alpha: what is laid thicker than this is cut of card, where a scene is a paper cut."""


def colour_at(fill: Linear | Radial, offset: float) -> RGB:
    """The colour of a gradient at an offset 0..1."""
    before = fill.stops[0]
    for stop in fill.stops:
        if stop[0] >= offset:
            share = (offset - before[0]) / max(1e-6, stop[0] - before[0])
            return mix(before[1], stop[1], max(0.0, min(1.0, share)))
        before = stop
    return before[1]


def flat(fill: Fill) -> Fill:
    """An opaque gradient's colour in its middle; anything else as it is."""
    if isinstance(fill, tuple) or any(alpha < CARD for _, _, alpha in fill.stops):
        return fill
    return colour_at(fill, 0.5)


def spread_stops(colours: Sequence[RGB]) -> tuple[Stop, ...]:
    """Opaque gradient stops at even distances."""
    last = max(1, len(colours) - 1)
    return tuple((i / last, colour, 1.0) for i, colour in enumerate(colours))
