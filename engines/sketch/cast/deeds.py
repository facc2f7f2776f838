"""What people do with their hands: each deed says where the hands go, what they hold and how the rest helps.

Hands are told in arm lengths from the shoulder: (forward, down). They swing by (forward, down) about that place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from engines.sketch.canvas.colours import COLOUR_WORDS, RGB
from engines.sketch.language.words import singular, table, tokens, verb_stems

_HOLDS = {"with", "holding", "carrying", "under", "waving", "swinging", "raising", "gripping", "clutching", "has"}
SOFT = frozenset(("snowman", "snowmen", "snow", "snowball", "igloo", "sandcastle", "sandcastles", "sand"))
"""What is built with the bare hands."""
_ENDS = {"and", "in", "on", "at", "through", "near", "by", "over", "beside", "while", "towards", "to"}


@dataclass(frozen=True, slots=True)
class Deed:
    """Where the hands are, in arm lengths from the shoulder."""

    near: tuple[float, float]
    far: tuple[float, float]
    near_sway: tuple[float, float] = (0.0, 0.0)
    far_sway: tuple[float, float] = (0.0, 0.0)
    rate: float = 0.6  # swings a second
    prop: str = ""
    legs: str = ""  # a gait of the legs that goes with it, "": as the body goes
    lean: float = 0.0  # degrees forward
    mouth: float = 0.0  # how far it opens with every swing
    opposite: bool = False  # the far hand swings against the near one


DEEDS: Mapping[str, Deed] = {
    "hold": Deed((0.42, 0.3), (-0.05, 0.93), (0.0, 0.03), prop="held"),
    "read": Deed((0.58, 0.36), (0.66, 0.3), (0.0, 0.02), (0.0, 0.02), 0.3, "book"),
    "write": Deed((0.72, 0.42), (0.55, 0.5), (0.07, 0.05), rate=1.3, prop="quill"),
    "paint": Deed((0.86, 0.05), (0.35, 0.55), (0.06, 0.2), rate=0.8, prop="brush"),
    "cook": Deed((0.72, 0.52), (0.45, 0.62), (0.05, 0.1), rate=1.1, prop="pan"),
    "eat": Deed((0.46, 0.1), (0.35, 0.6), (0.1, 0.3), rate=0.7, prop="apple", mouth=0.7),
    "drink": Deed((0.42, 0.05), (0.1, 0.9), (0.05, 0.16), rate=0.4, prop="cup"),
    "sing": Deed((0.36, 0.02), (0.7, -0.1), (0.0, 0.03), (0.15, 0.25), 0.5, "microphone", mouth=1.0),
    "talk": Deed((0.5, 0.35), (0.3, 0.75), (0.12, 0.2), rate=0.9, mouth=0.7),
    "wave": Deed((0.7, -0.7), (-0.05, 0.93), (0.2, 0.0), rate=1.5, mouth=0.3),
    "point": Deed((0.97, -0.12), (-0.1, 0.9), (0.0, 0.03), rate=0.4),
    "watch": Deed((0.6, -0.42), (-0.1, 0.9), (0.0, 0.01), rate=0.3),
    "think": Deed((0.34, -0.02), (0.34, 0.55), rate=0.3),
    "carry": Deed((0.6, 0.48), (0.66, 0.44), (0.0, 0.03), (0.0, 0.03), 1.0, "crate"),
    "fish": Deed((0.6, 0.38), (0.72, 0.3), (0.0, 0.04), (0.0, 0.04), 0.35, "rod"),
    "dig": Deed((0.5, 0.6), (0.82, 0.5), (0.16, 0.2), (0.16, 0.2), 0.8, "shovel", lean=10.0),
    "sweep": Deed((0.45, 0.42), (0.75, 0.55), (0.18, 0.02), (0.18, 0.02), 0.8, "broom", lean=4.0),
    "plant": Deed((0.7, 0.55), (0.75, 0.5), (0.03, 0.1), (0.03, 0.1), 0.6, "seedling", "kneel", 12.0),
    "water": Deed((0.75, 0.4), (0.15, 0.85), (0.03, 0.05), rate=0.4, prop="can", lean=4.0),
    "build": Deed((0.7, -0.1), (0.7, 0.45), (0.15, 0.42), rate=1.4, prop="hammer", lean=4.0),
    "knit": Deed((0.5, 0.42), (0.6, 0.36), (0.05, 0.06), (0.05, 0.06), 1.3, "knitting", opposite=True),
    "pat": Deed((0.9, 0.3), (0.92, 0.05), (0.06, 0.12), (0.06, 0.12), 1.1, lean=10.0, opposite=True, mouth=0.3),
    "chop": Deed((0.62, -0.1), (0.7, 0.0), (0.2, 0.6), (0.2, 0.6), 0.8, "axe", "lunge", 8.0),
    "push": Deed((0.94, 0.12), (0.9, 0.2), (0.04, 0.0), (0.04, 0.0), 0.8, lean=16.0),
    "pull": Deed((0.85, 0.3), (0.92, 0.28), (0.08, 0.0), (0.08, 0.0), 0.8, "rope", "lunge", -14.0),
    "throw": Deed((0.25, -0.7), (0.6, 0.2), (0.7, 0.25), rate=0.8, prop="ball", legs="lunge"),
    "kick": Deed((-0.5, 0.6), (0.6, 0.4), (0.3, 0.0), (0.3, 0.0), 0.9, "football", "kick", opposite=True),
    "catch": Deed((0.86, -0.3), (0.88, -0.4), (0.05, 0.12), (0.05, 0.12), 0.9),
    "climb": Deed((0.75, -0.5), (0.8, -0.5), (0.06, 0.3), (0.06, 0.3), 0.7, legs="climb", opposite=True),
    "row": Deed((0.68, 0.5), (0.74, 0.46), (0.2, 0.12), (0.2, 0.12), 0.5, "oars", "row", 4.0),
    "guitar": Deed((0.42, 0.66), (0.78, 0.18), (0.03, 0.12), (0.06, 0.03), 1.9, "guitar"),
    "violin": Deed((0.6, 0.08), (0.62, -0.05), (0.2, 0.1), rate=1.1, prop="violin"),
    "piano": Deed((0.74, 0.56), (0.8, 0.52), (0.05, 0.06), (0.05, 0.06), 2.2, "piano", opposite=True),
    "drum": Deed((0.62, 0.35), (0.72, 0.35), (0.0, 0.2), (0.0, 0.2), 2.0, "drum", opposite=True),
    "trumpet": Deed((0.55, -0.12), (0.72, -0.16), (0.0, 0.03), (0.0, 0.03), 1.2, "trumpet"),
    "flute": Deed((0.5, -0.1), (0.66, -0.02), (0.0, 0.02), (0.0, 0.02), 1.2, "flute"),
    "juggle": Deed((0.55, 0.42), (0.75, 0.42), (0.05, 0.12), (0.05, 0.12), 1.4, "balls", opposite=True),
    "fight": Deed((0.72, -0.1), (-0.4, 0.4), (0.2, 0.42), (0.1, 0.1), 1.2, "sword", "lunge", 6.0),
    "cast": Deed((0.85, -0.28), (0.55, -0.1), (0.08, 0.16), (0.05, 0.12), 0.7, "wand", mouth=0.3),
    "shoot": Deed((0.25, 0.05), (0.95, 0.02), (0.1, 0.0), rate=0.4, prop="bow"),
    "photograph": Deed((0.48, -0.06), (0.54, -0.02), (0.0, 0.01), rate=0.3, prop="camera"),
    "call": Deed((0.42, -0.3), (0.1, 0.9), rate=0.6, prop="phone", mouth=0.5),
    "hug": Deed((0.66, 0.25), (0.72, 0.1), (0.05, 0.0), (0.05, 0.0), 0.4, lean=3.0),
    "laugh": Deed((0.34, 0.55), (0.3, 0.6), (0.0, 0.05), (0.0, 0.05), 2.0, lean=-3.0, mouth=1.0),
    "cry": Deed((0.36, -0.12), (0.42, -0.1), (0.03, 0.03), (0.03, 0.03), 1.3, "tears", lean=6.0),
    "clap": Deed((0.6, 0.1), (0.6, 0.1), (0.0, 0.2), (0.0, 0.2), 1.8, opposite=True, mouth=0.5),
    "cheer": Deed((0.68, -0.68), (-0.6, -0.72), (0.12, 0.08), (0.12, 0.08), 1.3, opposite=True, mouth=0.8),
    "surf": Deed(
        (0.86, 0.18), (-0.86, 0.22), (0.05, 0.12), (0.05, 0.12), 0.45, legs="surf", lean=12.0, opposite=True, mouth=0.5
    ),
    "skate": Deed((0.6, 0.5), (-0.6, 0.4), (0.35, 0.1), (0.35, 0.1), 0.7, legs="skate", lean=12.0, opposite=True),
    "ski": Deed((0.5, 0.5), (0.55, 0.5), (0.2, 0.06), (0.2, 0.06), 0.6, "poles", "ski", 16.0),
    "cycle": Deed((0.8, 0.42), (0.84, 0.42), legs="cycle", lean=18.0, rate=0.9),
    "ride": Deed((0.62, 0.45), (0.66, 0.42), (0.04, 0.03), (0.04, 0.03), 1.6, legs="ride", lean=4.0),
    "drive": Deed((0.7, 0.25), (0.75, 0.3), (0.03, 0.06), (0.03, 0.06), 0.7, "wheel", "sit", opposite=True),
    "meditate": Deed((0.5, 0.62), (0.4, 0.66), legs="sit", rate=0.2),
    "pray": Deed((0.42, 0.1), (0.44, 0.08), (0.0, 0.04), (0.0, 0.04), 0.2, legs="kneel"),
}

PROP_DEEDS = {
    "guitar": "guitar", "violin": "violin", "piano": "piano", "drum": "drum", "trumpet": "trumpet", "flute": "flute",
    "book": "read", "rod": "fish", "crate": "carry", "bow": "shoot", "camera": "photograph", "football": "kick",
    "oars": "row",
}  # fmt: skip
"""How a thing is held that is not simply held."""


@dataclass(frozen=True, slots=True)
class Act:
    """A deed with what is in the hand."""

    name: str  # of DEEDS, "" for none
    prop: str  # of props.py, "" for none
    colour: RGB | None = None  # of the prop


NOTHING = Act("", "")


def act_of(action: str, look: str) -> Act:
    """What the words say that the hands do: "playing the violin", "with a red umbrella"."""
    return _acted(action[:200], look[:200])  # cut before they are kept: each may have 16 KB


@lru_cache(maxsize=512)
def _acted(action: str, look: str) -> Act:
    prop, colour = _held(tokens(action)) if action else ("", None)
    deed = _deed(action)
    if deed == "play":
        deed = PROP_DEEDS.get(prop or _named(tokens(action)), "cheer")
    if deed == "build" and not SOFT.isdisjoint(tokens(action)):
        deed = "pat"
    if not prop:
        prop, colour = _held(tokens(look)) if look else ("", None)
    if not deed and prop:
        deed = PROP_DEEDS.get(prop, "hold") if prop != "football" else "hold"
    if deed and not prop:
        prop = DEEDS[deed].prop
    return Act(deed, prop, colour)


def _deed(action: str) -> str:
    """The deed of the first verb that is one."""
    names = table("deeds")
    for token in tokens(action):
        for stem in verb_stems(token):
            if stem in names:
                return names[stem]
    return ""


def _named(words: list[str]) -> str:
    """The first thing to hold among the words."""
    names = table("held")
    return next((names[form] for word in words for form in (word, singular(word)) if form in names), "")


def _held(words: list[str]) -> tuple[str, RGB | None]:
    """(thing, its colour) of what the words say is held: what follows "with", "holding", "under" …"""
    names = table("held")
    for start, word in enumerate(words):
        if word not in _HOLDS:
            continue
        colour = None
        for token in words[start + 1 : start + 8]:
            if token in _ENDS or token in _HOLDS:
                break
            colour = COLOUR_WORDS.get(token, colour)
            for form in (token, singular(token)):
                if form in names:
                    return names[form], colour
    return "", None
