"""Who can act: the kinds of jointed drawings behind one face, and the plain ones that only move as a whole.

A key is what `lexicon.find` returns: "animal:fox", "bird:eagle", "sea:whale", "person:king", or a plain drawing's.
"""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

from engines.sketch.canvas.colours import RGB

from . import animals, birds, people, sealife
from .artwork import Drawing, Light, document, drawing
from .deeds import NOTHING, Act
from .lexicon import has
from .motion import RATES, Pose

JOINTED = ("animal", "bird", "sea", "person")
_FEET = ("walk", "run", "dance", "prance")
_LEAST, _MOST = 0.5, 1.3  # shares of the natural stride that a stride may have


def kind_of(key: str) -> str:
    """What stands before the colon."""
    return key.partition(":")[0]


def standing(key: str) -> Drawing:
    """The drawing of a key, at rest."""
    kind, _, name = key.partition(":")
    if kind == "animal":
        return animals.standing(name)
    if kind == "bird":
        return birds.standing(name)
    if kind == "sea":
        return sealife.standing(name)
    return people.standing(name) if kind == "person" else drawing(key)


def acting(key: str, now: Pose, who: str, target: RGB | None, light: Light, act: Act = NOTHING) -> bytes:
    """The SVG document of a key in its pose, coloured and lit; `who` chooses what differs between two people."""
    kind, _, name = key.partition(":")
    if kind == "animal":
        return animals.acting(name, now, target, light)
    if kind == "bird":
        return birds.acting(name, now, target, light)
    if kind == "sea":
        return sealife.acting(name, now, target, light)
    if kind == "person":
        return people.acting(name, now, crc32(who.encode("utf-8", "replace")), target, light, act)
    return document(key, target, light)


def facing(key: str) -> int:
    """Which way the drawing looks: 1 right, -1 left, 0 ahead."""
    if kind_of(key) in JOINTED or has(key, "faces", "right"):
        return 1
    return 0 if has(key, "faces", "front") or key.startswith(("own:", "label:")) else -1


def rooted(key: str, now: Pose, speed: float) -> Pose:
    """The pose of a jointed figure: its joints do what the whole of a plain drawing must do.

    `speed` is in units of its drawing per second. Whoever has feet keeps them where they stand: its strides are as
    long as its speed asks for, within reason; in place it steps as it would by nature.
    """
    kind, _, name = key.partition(":")
    if kind not in JOINTED:
        return now
    if now.gait not in _FEET:
        return now
    natural = {"animal": animals.pace, "bird": birds.pace, "person": people.pace}.get(kind)
    reach = 1.0
    if natural is not None and now.gait in ("walk", "run"):
        by_nature = max(1e-3, natural(name, now.gait) * RATES[now.gait])
        share = min(_MOST, max(_LEAST, speed / by_nature))
        known = min(1.0, speed / (0.15 * by_nature))  # at no speed of its own it treads on the spot
        reach = 1.0 + (share - 1.0) * known
    return replace(now, dx=0.0, dy=0.0, angle=0.0, stretch=0.0, reach=reach)
