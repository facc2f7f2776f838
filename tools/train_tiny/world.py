"""The small world that the model knows: what there is, where, when, and how it is said. Pure, from a seed.

A model of a few million parameters that learns for half an hour on two cores cannot know much. So there is little to
know: 12 nouns, 8 colours, 7 places, 3 times, snow or none; one thing or two. All else that a picture needs is not said
and left to the noise: where in the picture it is (said now and then), how large, which trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engines.base import Box, Figure, FrameSpec, Setting, View

NOUNS = (
    *("fox", "rabbit", "elephant", "butterfly", "fish", "balloon"),
    *("car", "boat", "house", "rocket", "robot", "star"),
)
FLYING = frozenset({"butterfly", "balloon", "rocket", "star"})
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "black", "white")
PLACES = ("meadow", "sea", "forest", "city", "desert", "snowy field", "space")
TIMES = ("day", "sunset", "night")
SIDES = ("left", "middle", "right")

# Kind → how the director and people say it; the first one is the director's.
SAID_PLACES = {
    "meadow": ("in the meadow", "on the meadow", "in the garden", "on the farm", "in a green field", "on the grass"),
    "sea": ("on the sea", "at sea", "on the lake", "on the water", "in the sea", "on the ocean"),
    "forest": ("in the forest", "in a forest", "in the woods", "among the trees"),
    "city": ("in the city", "over the city", "in a city", "in the town", "in front of a city"),
    "desert": ("in the desert", "in a desert", "through the desert", "on the sand"),
    "snowy field": ("in the snowy field", "in the snow", "on the ice", "through snow", "in winter"),
    "space": ("in space", "in outer space", "among the planets"),
}
SAID_TIMES = {
    "day": ("by day", "in the morning", "at noon", "in the afternoon", ""),
    "sunset": ("at sunset", "in the evening", "at dawn", "at dusk"),
    "night": ("at night", "at night", "under the moon"),
}
CLEAR = " under a clear sky"
SNOW = (" with snow", " with snow", " in falling snow")
DOES = {
    "fox": ("running", "walking", "jumping"), "rabbit": ("jumping", "running", "sitting"),
    "elephant": ("walking", "standing"), "butterfly": ("flying",), "fish": ("swimming", "jumping"),
    "balloon": ("floating", "flying", "rising"), "car": ("driving", "standing"), "boat": ("sailing", "floating"),
    "house": ("standing",), "rocket": ("flying", "rising"), "robot": ("walking", "dancing", "standing"),
    "star": ("shining", "floating"),
}  # fmt: skip
CAMERAS = (
    *("almost still", "moving closer", "pulling back", "panning left", "panning right"),
    *("following to the left", "following to the right"),
)
LENGTH = 8.0
"""Seconds of a shot that a moment is taken from."""

SEEDS = 4
"""Backgrounds of each place."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in the picture."""

    noun: str  # of NOUNS
    colour: str  # of COLOURS, "" for its own
    side: str  # of SIDES: in which third its middle is
    box: tuple[float, float, float, float]  # as `Box`
    heading: int  # -1 or 1


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of the world, before it is drawn or said."""

    things: tuple[Thing, ...]  # one, or two from left to right
    place: str
    time: str
    snows: bool
    t: float  # seconds
    pan: float  # frame widths to the right
    seed: int


def scene(number: int) -> Scene:
    """The scene of a number; the same wherever it is asked for."""
    rng = Random(f"tiny/{number}")
    place = rng.choice(PLACES)
    if rng.random() < 0.1:
        things = tuple(_thing(rng, side, 0.3, 0.4) for side in ("left", "right"))
    else:
        things = (_thing(rng, rng.choice(SIDES), 0.4, 0.62),)
    return Scene(
        things,
        place,
        time=rng.choice(("day", *TIMES)),
        snows=place != "space" and rng.random() < (0.5 if place == "snowy field" else 0.12),
        t=rng.uniform(0.0, LENGTH),
        pan=rng.uniform(-0.5, 0.5) if rng.random() < 0.25 else 0.0,
        seed=rng.randrange(SEEDS),
    )


def _thing(rng: Random, side: str, least: float, most: float) -> Thing:
    noun = rng.choice(NOUNS)
    size = rng.uniform(least, most) * (1.2 if noun == "fox" else 1.0)  # a long animal that is not high
    middle = {"left": 0.27, "middle": 0.5, "right": 0.73}[side] + rng.uniform(-0.07, 0.07)
    bottom = rng.uniform(0.6, 0.8) if noun in FLYING else rng.uniform(0.84, 0.94)
    colour = rng.choice(COLOURS) if rng.random() < 0.88 else ""
    return Thing(noun, colour, side, (middle - size / 2, bottom - size, size, size), rng.choice((-1, 1)))


def spec_of(scene: Scene) -> FrameSpec:
    """What the sketch engine draws of it."""
    setting = Setting(scene.place, scene.time, "snow" if scene.snows else "clear")
    figures = tuple(
        Figure(f"{n}", thing.noun, thing.colour, "", Box(*thing.box), heading=thing.heading)
        for n, thing in enumerate(scene.things)
    )
    text = f"{scene.place}, {scene.time}"
    return FrameSpec(scene.t, text, text, 1.0, setting, setting, figures, View(x=scene.pan), scene.seed, shot=0)


def caption(scene: Scene, rng: Random) -> str:
    """One of the many ways to say it: half of them as the director would, half in a few words, as people do."""
    place = rng.choice(SAID_PLACES[scene.place])
    time = rng.choice(SAID_TIMES[scene.time])
    where = f"{place} {time}".strip()
    where += rng.choice(SNOW) if scene.snows else CLEAR if rng.random() < 0.6 and scene.place != "space" else ""
    named = [_named(thing) for thing in scene.things]
    whole = " and ".join(named)
    lone = scene.things[0] if len(scene.things) == 1 else None
    side = ""
    if lone and rng.random() < 0.35:
        side = " in the middle" if lone.side == "middle" else f" on the {lone.side}"
    if rng.random() < 0.5:
        does = rng.choice(DOES[scene.things[0].noun])
        said = f" {rng.choice(('is', 'keeps', 'goes on'))} {does}"
        subject = rng.choice((named[0], f"the {scene.things[0].noun}"))
        tail = f" {_capital(subject)}{said}{rng.choice(('', f' {place}'))}." if rng.random() < 0.85 else ""
        tail += f" The camera is {rng.choice(CAMERAS)}." if rng.random() < 0.85 else ""
        return f"In this frame, there {'is' if lone else 'are'} {whole}{side} {where}.{tail}"
    if lone and rng.random() < 0.4:
        whole += f" {rng.choice(DOES[lone.noun])}"
    return f"{whole}{side} {where}"


def _named(thing: Thing) -> str:
    words = f"{thing.colour} {thing.noun}".strip()
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
