"""What figures stir up: dust, spray and splashes; notes, hearts and little Zs over their heads; a dragon's fire."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from engines.sketch.canvas.colours import RGB
from engines.sketch.canvas.vector import Canvas, polygons
from engines.sketch.stage import Stage

_DUST: RGB = (232.0, 220.0, 198.0)
_WATER: RGB = (236.0, 247.0, 252.0)
_NOTE: RGB = (58.0, 48.0, 92.0)
_MUSIC = ("sing", "guitar", "violin", "piano", "drum", "trumpet", "flute")


@dataclass(frozen=True, slots=True)
class Wake:
    """Where a figure is, in pixels, and its own seconds."""

    x: float  # middle of its feet
    foot: float
    wide: float
    high: float
    turn: int  # 1: goes right, -1: goes left
    clock: float
    opacity: float


def effects_of(
    motion: str, gait: str, deed: str, action: str, *, wet: bool, surfs: bool, grounded: bool
) -> tuple[str, ...]:
    """The names of what a figure stirs up."""
    found = []
    if gait == "run" and grounded:
        found.append("dust")
    if surfs:
        found.append("spray")
    if motion == "jump" and wet:
        found.append("splash")
    if motion == "sleep":
        found.append("sleep")
    if deed in _MUSIC:
        found.append("notes")
    if deed == "hug" or "kiss" in action[:200] or " love" in action[:200]:
        found.append("hearts")
    if "fire" in action[:200] and "breath" in action[:200]:
        found.append("fire")
    return tuple(found)


def draw_effects(canvas: Canvas, stage: Stage, names: tuple[str, ...], wake: Wake) -> None:
    """Draw them over the figure."""
    for name in names:
        _EFFECTS[name](canvas, stage, wake)


def _dust(canvas: Canvas, stage: Stage, w: Wake) -> None:
    colour = stage.snowy(_DUST)
    for i in range(3):
        age = (w.clock * 1.9 + i / 3) % 1.0
        x = w.x - w.turn * w.wide * (0.3 + 0.34 * age + 0.05 * i)
        size = w.high * (0.035 + 0.06 * age)
        canvas.ellipse(
            x, w.foot - size * (0.6 + age), size * 1.25, size, stage.seen(colour), 0.5 * (1.0 - age) * w.opacity
        )


def _spray(canvas: Canvas, stage: Stage, w: Wake) -> None:
    colour = stage.seen(_WATER)
    for i in range(8):
        age = (w.clock * 1.3 + i / 8) % 1.0
        x = w.x - w.turn * w.wide * (0.45 + 0.5 * age)
        y = w.foot - w.high * (0.03 + (0.3 + 0.06 * (i % 3)) * age * (1.25 - age))
        size = max(0.8, w.high * 0.03 * (1.1 - age))
        canvas.ellipse(x, y, size, size, colour, (1.0 - age) * 0.9 * w.opacity)


def _splash(canvas: Canvas, stage: Stage, w: Wake) -> None:
    age = (w.clock * 1.1) % 1.0
    if age > 0.45:
        return
    share = age / 0.45
    for i in range(7):
        way = pi * (0.15 + 0.7 * i / 6)
        far = w.wide * (0.3 + 0.45 * share)
        size = w.high * 0.035 * (1.1 - share)
        canvas.ellipse(
            w.x + far * cos(way),
            w.foot - far * sin(way) * (1.0 - share) * 1.2,
            size,
            size * 1.3,
            stage.seen(_WATER),
            (1.0 - share) * w.opacity,
        )


def _rising(w: Wake, i: int, many: int, rate: float) -> tuple[float, float, float, float]:
    """(x, y, size 0..1, alpha) of one of several things that rise from a head."""
    age = (w.clock * rate + i / many) % 1.0
    x = w.x + w.turn * w.wide * (0.42 + 0.26 * age) + 0.05 * w.high * sin(5.0 * age + i)
    return x, w.foot - w.high * (0.82 + 0.45 * age), 0.5 + 0.5 * age, min(1.0, 4.0 * age) * (1.0 - age) * w.opacity


def _sleep(canvas: Canvas, stage: Stage, w: Wake) -> None:
    high = min(w.high, w.wide)
    for i in range(3):
        x, y, grown, alpha = _rising(w, i, 3, 0.28)
        r = high * 0.06 * grown
        corners = np.array([[x - r, y - r], [x + r, y - r], [x - r, y + r], [x + r, y + r]])
        canvas.stroke(polygons(corners, closed=False), stage.drained((250.0, 250.0, 255.0)), max(1.0, r * 0.34), alpha)


def _notes(canvas: Canvas, stage: Stage, w: Wake) -> None:
    for i in range(3):
        x, y, grown, alpha = _rising(w, i, 3, 0.45)
        r = w.high * 0.034 * (0.6 + 0.5 * grown)
        colour = stage.drained((_NOTE, (196.0, 62.0, 92.0), (44.0, 112.0, 160.0))[i])
        canvas.ellipse(x, y, r * 1.15, r * 0.85, colour, alpha)
        stem = np.array([[x + r, y], [x + r, y - 3.4 * r], [x + 2.4 * r, y - 2.6 * r]])
        canvas.stroke(polygons(stem, closed=False), colour, max(1.0, r * 0.4), alpha)


def _hearts(canvas: Canvas, stage: Stage, w: Wake) -> None:
    turn = np.linspace(0.0, 2 * pi, 18, endpoint=False)
    heart = (
        np.stack([16 * np.sin(turn) ** 3, -(13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn))], -1) / 16
    )
    for i in range(2):
        x, y, grown, alpha = _rising(w, i, 2, 0.35)
        canvas.fill(
            polygons(heart * w.high * 0.045 * grown + np.array([x, y])), stage.drained((232.0, 66.0, 92.0)), alpha
        )


def _fire(canvas: Canvas, stage: Stage, w: Wake) -> None:
    if w.clock % 3.0 > 1.9:
        return
    strength = sin(pi * (w.clock % 3.0) / 1.9)
    x0, y0 = w.x + w.turn * w.wide * 0.47, w.foot - w.high * 0.7
    for i in range(12):
        age = (w.clock * 2.2 + i / 12) % 1.0
        r = w.high * (0.025 + 0.1 * age) * strength
        colour = ((255.0, 240.0, 150.0), (255.0, 176.0, 58.0), (238.0, 96.0, 40.0))[min(2, int(age * 3))]
        canvas.ellipse(
            x0 + w.turn * w.wide * 0.62 * age,
            y0 + w.high * (0.1 * age + 0.05 * sin(i * 2.4) * age),
            r * 1.3,
            r,
            colour,
            (1.0 - age) * 0.9 * w.opacity,
        )


_EFFECTS = {
    "dust": _dust,
    "spray": _spray,
    "splash": _splash,
    "sleep": _sleep,
    "notes": _notes,
    "hearts": _hearts,
    "fire": _fire,
}
