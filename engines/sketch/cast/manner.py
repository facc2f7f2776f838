"""What a figure does, by what it is, what is said of it and where it is: words and place to a motion."""

from __future__ import annotations

from dataclasses import dataclass

from engines.base import Figure
from engines.sketch.stage import bounded

from .deeds import DEEDS, NOTHING, Act, act_of
from .kinds import JOINTED, kind_of
from .lexicon import has
from .motion import motion_of

_WALKS, _RUNS = 0.02, 0.15  # frame sizes per second
_LEGGED = ("walk", "run", "look", "sit", "ride")
_ON_WATER = ("idle", "look", "walk", "run", "drive", "ride")
_IN_PLACE = ("sit", "kneel", "lunge", "kick", "climb", "row", "surf", "ski", "skate", "cycle")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a figure is played."""

    motion: str  # of motion.py
    act: Act  # what a person's hands do
    wet: bool  # it is in the water
    floats: bool  # in the air
    surfs: bool  # on a board


def manner_of(key: str, figure: Figure, place: str, *, wet: bool, high: bool) -> Manner:
    """`wet`: there is water where its feet are; `high`: its box hangs far above the ground."""
    kind = kind_of(key)
    act = act_of(figure.action, figure.look) if kind == "person" else NOTHING
    if key == "person:skier" and not act.name:
        act = act_of("skiing", "")
    motion = motion_of(figure.action)
    flier = has(key, "nature", "floats")
    swims = has(key, "nature", "swims") or kind == "sea"
    perched = kind in ("bird", "animal", "person") and motion in (
        "sit",
        "sleep",
        "walk",
        "run",
        "look",
        "dance",
        "jump",
        "swim",
    )
    floats = (flier and not perched) or (kind == "bird" and (motion == "fly" or (motion in ("", "idle") and high)))
    surfs = (
        "surf" in figure.action[:200].lower()
        and not swims
        and "surf" not in figure.noun[:40].lower()
        and kind in ("animal", "person", "bird")
    )
    if motion == "fly" and wet and swims and not (flier or high or kind == "bird"):
        motion = "sail"  # a boat that drifts or floats
    wet = wet and not floats and motion not in ("fly", "jump")
    if act.name == "ride" or "riding" in figure.action[:200].lower():
        motion = "ride" if not wet or kind == "person" else "sail"
    if motion in ("spin", "roll") and swims:
        motion = "sail" if wet else "swim"
    if motion == "spin" and kind not in JOINTED:
        motion = "roll"  # wheels and planets turn about the other axis
    if motion == "":
        motion = "fly" if floats else "sail" if wet else "swim" if place == "underwater" else "idle"
        legs = DEEDS[act.name].legs if act.name else ""
        if motion == "idle" and legs not in _IN_PLACE:
            speed = abs(bounded(figure.velocity[0], -9, 9)) + abs(bounded(figure.velocity[1], -9, 9))
            motion = "run" if speed > _RUNS else "walk" if speed > _WALKS else "idle"
    elif wet and motion in _ON_WATER and not (motion == "ride" and kind == "person"):
        motion = "sail"
    elif kind == "sea" and motion == "fly":
        motion = "swim"
    if floats and kind not in JOINTED and motion in _LEGGED:
        motion = "fly"  # a ghost has no feet to walk on
    if motion == "sail" and not (wet or floats or swims or surfs) and place != "underwater":
        motion = "drive" if kind not in JOINTED else "idle"  # a skateboard sails on no sea
    if motion == "sail" and has(key, "nature", "heaves"):
        motion = "heave"
    return Manner(motion, act, wet, floats, surfs and motion == "sail")


def gait_of(key: str, manner: Manner, gait: str) -> str:
    """The gait of a jointed figure for the motion of its whole."""
    kind = kind_of(key)
    if manner.motion == "sail":
        return "surf" if manner.surfs else "stand" if kind == "person" else "swim"
    if kind == "person" and manner.act.name == "ride":
        return "ride"
    if kind == "person" and manner.motion == "fly" and not has(key, "nature", "floats") and "superhero" not in key:
        return "float"
    if kind == "sea" and manner.motion in ("swim", "run", "walk"):
        return "swim" if manner.wet else "dive"
    return gait
