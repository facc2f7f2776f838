"""Joints: where a knee lies between a hip and a foot, how a foot goes over the ground, how a tail follows.

Lengths in units of a drawing, y down; angles in degrees, 0 to the right and 90 down.
"""

from __future__ import annotations

from math import cos, hypot, pi, radians, sin, sqrt

from engines.sketch.canvas.svg import Point


def knee(hip: Point, foot: Point, upper: float, lower: float, side: float) -> tuple[Point, Point]:
    """(knee, foot) of a limb of two bones that reaches for `foot`; one that is out of reach is come near to.

    `side` 1: the knee bends to the right of the way from hip to foot as seen on the screen with the foot below, that
    is to the left side of the picture (a hock, an elbow); -1: to the right (a human knee, facing right).
    """
    dx, dy = foot[0] - hip[0], foot[1] - hip[1]
    far = hypot(dx, dy) or 1e-6
    reach = min(far, (upper + lower) * 0.999)
    dx, dy = dx / far, dy / far
    along = max(-upper, min(upper, (reach * reach + upper * upper - lower * lower) / (2.0 * reach)))
    out = sqrt(max(0.0, upper * upper - along * along)) * side
    bend = (hip[0] + dx * along - dy * out, hip[1] + dy * along + dx * out)
    return bend, (hip[0] + dx * reach, hip[1] + dy * reach)


def step(phase: float, reach: float, lift: float, duty: float) -> Point:
    """Where a foot is, from its middle position, at a phase of its step: on the ground for a share `duty` of it.

    On the ground it goes backwards at an even pace, from `reach` to -`reach`: a body that moves on by
    2 * reach / duty a step leaves it where it is.
    """
    phase %= 1.0
    if phase < duty:
        return reach * (1.0 - 2.0 * phase / duty), 0.0
    share = (phase - duty) / (1.0 - duty)
    return -reach * cos(pi * share), -lift * sin(pi * share)


def chain(
    root: Point, angle: float, length: float, curl: float, wag: float, turn: float, links: int = 5
) -> list[Point]:
    """A tail: it curls by `curl` degrees along its length and wags by `wag`, the end later than the root.

    `turn` is the phase of the wag in radians.
    """
    points = [root]
    x, y = root
    for i in range(1, links + 1):
        share = i / links
        way = radians(angle + curl * share + wag * (0.35 + share) * sin(turn - 2.0 * share))
        x, y = x + length / links * cos(way), y + length / links * sin(way)
        points.append((x, y))
    return points


def between(a: Point, b: Point, share: float) -> Point:
    """The point at a share of the way from a to b."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def blinks(clock: float) -> bool:
    """Whether an eye is shut just now: for an eighth of a second every few seconds, now and then twice."""
    return clock % 3.7 < 0.12 or clock % 9.1 < 0.12
