"""Where things go that nobody gave a place: the storyteller's craft, for the keyframes of any LLM. Pure.

    boxes(things, action, place) -> [[x, y, w, h], …]     for objects without boxes, in their order
    cast(action, place) -> objects                         for a keyframe without objects, from its words

Sizes are those of their kinds, what swims is in the water, what flies in the air, and all are side by side, but for
those whom the action puts on, under or beside each other. The same words give the same boxes: nothing moves by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from streamer.messages import Box, SceneObject

from .storyteller import casting, keyframe
from .storyteller.fence import fenced
from .storyteller.figures import Figure, Scene
from .storyteller.hearing import hear
from .storyteller.lexicon import UNKNOWN
from .storyteller.wish import Subject, habit, kind_of, means

_SOMEWHERE = (0.3, 0.4, 0.4, 0.4)

Thing = tuple[str, str, str, str]
"""id, noun, look, action."""


@fenced(lambda things, action, place: [list(_SOMEWHERE) for _ in things])
def boxes(things: Sequence[Thing], action: str, place: str) -> list[list[float]]:
    """A box for each thing, back to front as they are; at most `casting.MAX_THINGS` of them are side by side."""
    said = hear(action).subjects
    figures = tuple(_figure(thing, said) for thing in things)
    there = tuple(casting.spread(figures[-casting.MAX_THINGS :]))
    behind = tuple(casting.spread(figures[: -casting.MAX_THINGS])) if len(figures) > casting.MAX_THINGS else ()
    scene = Scene(0, place, "", "", (*behind, *there))
    return [[round(value, 4) for value in box] for box in keyframe.boxes(scene)]


def _nobody(action: str, place: str) -> tuple[SceneObject, ...]:
    return ()


@fenced(_nobody)
def cast(action: str, place: str) -> tuple[SceneObject, ...]:
    """Those whom the action names, where their words are known; () where it names nobody."""
    wish = hear(action)
    known = tuple(subject for subject in wish.subjects if kind_of(subject.noun) is not UNKNOWN)
    if not known:
        return ()
    figures = casting.cast(known, {}, enter=False)
    scene = Scene(0, place or wish.place, "", "", figures)
    return tuple(
        SceneObject(id=one.id[:24], noun=one.noun, look=one.look[:48], action=one.doing[:32], box=_box(box))
        for one, box in zip(figures, keyframe.boxes(scene), strict=True)
    )


def _figure(thing: Thing, said: Sequence[Subject]) -> Figure:
    name, noun, look, action = thing
    noun = noun.lower()
    placed = next(((one.how, one.to) for one in said if one.how and means(one.noun, noun)), ("", ""))
    doing = action.lower() or habit(noun)
    return Figure(name, noun, look, doing, 0.5, casting.heading(name), how=placed[0], to=placed[1])


def _box(box: Sequence[float]) -> Box:
    x, y, w, h = (round(value, 4) for value in box)
    return Box(x, y, w, h)
