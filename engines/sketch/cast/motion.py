"""How a figure moves while it does what its action says: pure functions of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, pi, sin
from zlib import crc32

from engines.sketch.language.words import table, verb

_LAG = 0.7  # radians that a lean follows its bob by: what makes it look heavy


@dataclass(frozen=True, slots=True)
class Pose:
    """What is added to a standing figure. Shifts in heights of the figure, y down; degrees towards where it goes."""

    dx: float = 0.0
    dy: float = 0.0
    angle: float = 0.0
    stretch: float = 0.0  # -0.1..0.1: taller and thinner by this share, at constant area
    gait: str = (
        "stand"  # of the joints, where there are: stand, walk, run, jump, dance, sit, lie, swim, fly, fall, ride, surf
    )
    phase: float = 0.0  # of its stride, 0..1
    beat: float = 0.0  # of its wings, 0..1
    clock: float = 0.0  # its own seconds: what breathes and blinks goes by them
    reach: float = 1.0  # of its strides, as shares of the natural one
    mouth: float = 0.0  # how far it is open, 0..1
    turned: float = 1.0  # about its upright axis: 1 as it faces, near 0 towards us, -1 the other way


RATES = {"run": 1.9, "walk": 0.95}
"""Strides a second. They never change, so that a change of speed changes the strides and no leg jumps."""


def _run(t: float) -> Pose:
    bob = sin(2 * pi * 2.4 * t)
    phase = (t * RATES["run"]) % 1.0
    return Pose(0.0, -0.045 * abs(bob), 5.0 + 3.0 * sin(4.8 * pi * t - _LAG), 0.04 * bob, "run", phase, (t * 1.7) % 1.0)


def _walk(t: float) -> Pose:
    bob = sin(2 * pi * 1.5 * t)
    phase = (t * RATES["walk"]) % 1.0
    return Pose(0.0, -0.018 * abs(bob), 2.5 * sin(3 * pi * t - _LAG), 0.015 * bob, "walk", phase, (t * 1.7) % 1.0)


def _fly(t: float) -> Pose:
    return Pose(0.0, 0.07 * sin(1.9 * t), 5.0 * sin(1.9 * t - _LAG), 0.0, "fly", (t * 0.6) % 1.0, (t * 1.7) % 1.0)


def _sail(t: float) -> Pose:
    return Pose(0.02 * sin(0.8 * t), 0.035 * sin(1.7 * t), 5.5 * sin(1.7 * t - _LAG), phase=(t * 0.5) % 1.0)


def _heave(t: float) -> Pose:
    """Of what the sea itself lifts, a wave or an iceberg: it never leans, or its foot would come out of the water."""
    return Pose(0.01 * sin(0.8 * t), 0.012 * sin(1.7 * t), 0.0, 0.03 * sin(1.7 * t + _LAG), phase=(t * 0.5) % 1.0)


def _swim(t: float) -> Pose:
    return Pose(
        0.03 * sin(2.2 * t),
        0.05 * sin(1.6 * t),
        7.0 * sin(2.4 * t - _LAG),
        0.03 * sin(4.8 * t),
        "swim",
        (t * 0.7) % 1.0,
    )


def _jump(t: float) -> Pose:
    beat = t * 1.1 % 1.0
    air = min(1.0, max(0.0, (beat - 0.18) / 0.64))
    high = 4.0 * air * (1.0 - air)
    landing = 0.07 * sin(pi * min(1.0, beat / 0.18)) if beat < 0.18 else 0.0
    tilt = 6.0 * (0.5 - air) if 0.0 < air < 1.0 else 0.0
    return Pose(0.0, -0.42 * high, tilt, 0.05 * high - landing, "jump", beat, beat)


def _dance(t: float) -> Pose:
    beat = sin(2 * pi * 1.1 * t)
    return Pose(
        0.06 * beat,
        -0.06 * abs(sin(2.2 * pi * t)),
        10.0 * sin(2.2 * pi * t - _LAG),
        0.05 * sin(4.4 * pi * t),
        "dance",
        (t * 1.1) % 1.0,
    )


def _spin(t: float) -> Pose:
    """A pirouette: a drawing has no other side, so that it is never seen quite from the edge."""
    seen = cos(3.6 * t)
    bob = abs(sin(3.6 * t))
    return Pose(
        dy=-0.02 * bob,
        stretch=0.03 * bob,
        gait="dance",
        phase=0.25,
        turned=max(0.12, seen) if seen >= 0.0 else min(-0.12, seen),
    )


def _roll(t: float) -> Pose:
    return Pose(angle=(t * 110.0) % 360.0)


def _ride(t: float) -> Pose:
    bob = sin(2 * pi * 1.9 * t)
    return Pose(dy=-0.022 * abs(bob), angle=1.6 * sin(2 * pi * 1.9 * t - _LAG), gait="ride", phase=(t * 0.95) % 1.0)


def _sleep(t: float) -> Pose:
    return Pose(stretch=0.02 * sin(1.3 * t), gait="lie")


def _sit(t: float) -> Pose:
    return Pose(stretch=0.012 * sin(1.9 * t), gait="sit", phase=(t * 0.3) % 1.0)


def _fall(t: float) -> Pose:
    return Pose(
        0.05 * sin(1.4 * t), 0.03 * sin(2.8 * t), 14.0 * sin(1.4 * t - _LAG), gait="fall", phase=(t * 0.7) % 1.0
    )


def _shake(t: float) -> Pose:
    shut = max(0.0, sin(6.0 * t))
    return Pose(dx=0.012 * sin(31.0 * t), angle=2.0 * sin(27.0 * t), stretch=0.02 * sin(6.0 * t), mouth=shut)


def _drive(t: float) -> Pose:
    return Pose(0.0, -0.008 * abs(sin(9.0 * t)), 0.8 * sin(7.0 * t), 0.008 * sin(11.0 * t))


def _idle(t: float) -> Pose:
    return Pose(stretch=0.014 * sin(2.1 * t), angle=0.9 * sin(1.1 * t), phase=(t * 0.3) % 1.0)


_POSES: dict[str, Callable[[float], Pose]] = {
    "run": _run,
    "walk": _walk,
    "fly": _fly,
    "sail": _sail,
    "heave": _heave,
    "swim": _swim,
    "jump": _jump,
    "dance": _dance,
    "spin": _spin,
    "roll": _roll,
    "ride": _ride,
    "sleep": _sleep,
    "sit": _sit,
    "fall": _fall,
    "shake": _shake,
    "drive": _drive,
    "look": _idle,
    "idle": _idle,
}


def motion_of(action: str) -> str:
    """The kind of motion that an action's first known verb means; "" if none is known."""
    return _meant(action[:200])  # cut before it is kept: an action may have 16 KB


@lru_cache(maxsize=512)
def _meant(action: str) -> str:
    return verb(action, table("motions")) or ""


def pose(motion: str, t: float, figure: str) -> Pose:
    """The pose at t seconds. Two figures with different ids do not move in step."""
    own = t + crc32(figure.encode("utf-8", "replace")) % 997 / 197.0
    return replace(_POSES.get(motion, _idle)(own), clock=own)
