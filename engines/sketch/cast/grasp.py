"""Things that belong into a hand: "a girl with a red umbrella" comes as a girl and an umbrella beside her.

A director places every noun as a thing of its own. What a person of the same frame holds by the words, or needs for
what he does (a book, for who reads), is taken out of the picture and said of the person instead, who then draws it.
An animal or a robot holds nothing: the instrument that it plays is put before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from engines.base import Box, Figure
from engines.sketch.language.words import NUMBERS, singular, table, tokens

from .boarding import boarded
from .deeds import DEEDS, PROP_DEEDS, SOFT, act_of
from .lexicon import find

_TAKES = ("with", "holding", "carrying", "under", "waving", "raising", "swinging", "clutching", "playing", "reading")
_INSTRUMENTS = frozenset(("guitar", "violin", "piano", "drum", "trumpet", "flute"))
_KNITTED = frozenset(("scarf", "sweater", "sock", "mitten", "shawl", "blanket", "yarn", "wool"))
_STILL = 0.004  # frame widths per second: slower than this has no direction
_WITHIN = 8  # words between the person and the thing


def grasped(figures: Sequence[Figure], text: str) -> tuple[Figure, ...]:
    """The figures, without the things that one of the people has in hand by the words of the frame; who plays, builds
    or rides is with what it plays, builds and rides."""
    left = _taken(figures, text)
    soft = next((figure.noun for figure in left if _is_soft(figure.noun[:80])), "")
    if soft:
        left = [_patting(figure, soft) for figure in left]
    return boarded([_before_its_player(figure, left) for figure in left])


def _taken(figures: Sequence[Figure], text: str) -> list[Figure]:
    """The figures, each thing that is in somebody's hand said of its holder."""
    things = {number: name for number, figure in enumerate(figures) if (name := _held_as(figure.noun[:80]))}
    if not things:
        return list(figures)
    people = [number for number, figure in enumerate(figures) if _is_person(figure.noun[:80])]
    taken: dict[int, Figure] = {}
    gone = set()
    for number, name in things.items():
        thing = figures[number]
        for person in people:
            holder = figures[person]
            if person in taken or not _holds(holder, thing, name, text[:400]):
                continue
            said = f"with a {thing.look[:60]} {thing.noun[:60]}"
            taken[person] = replace(holder, look=f"{holder.look[:120]}, {said}" if holder.look else said)
            gone.add(number)
            break
    return [taken.get(number, figure) for number, figure in enumerate(figures) if number not in gone]


def _plays(figure: Figure) -> bool:
    """Whether it plays, and it is not said what."""
    return "play" in figure.action[:200] and act_of(figure.action, "").name == "cheer"


def _patting(figure: Figure, soft: str) -> Figure:
    """Who builds beside a snowman builds a snowman: with bare hands, not with a hammer."""
    if "build" in figure.action[:200] and act_of(figure.action, "").name == "build":
        return replace(figure, action=f"{figure.action[:120]} {soft[:60]}")
    return figure


@lru_cache(maxsize=512)
def _is_soft(noun: str) -> bool:
    return not SOFT.isdisjoint(tokens(noun))


def _before_its_player(thing: Figure, figures: Sequence[Figure]) -> Figure:
    """An instrument, moved to who plays it without holding it: half as high, at its breast; a piano is larger."""
    name = _held_as(thing.noun[:80])
    if name not in _INSTRUMENTS:
        return thing
    for player in figures:
        act = act_of(player.action, "")
        if player is not thing and (act.prop == name or _plays(player)) and _holds_nothing(player.noun[:80]):
            box, turn = player.box, player.heading or (-1 if player.velocity[0] < -_STILL else 1)
            high, wide, ahead = (0.8, 1.1, 0.8) if name == "piano" else (0.45, 0.6, 0.42)
            high, wide = high * box.h, min(thing.box.w, wide * box.w)
            middle = box.x + (0.5 + ahead * turn) * box.w
            moved = Box(middle - 0.5 * wide, box.y + box.h - high, wide, high)
            return replace(thing, box=moved, velocity=player.velocity, heading=turn)
    return thing


@lru_cache(maxsize=512)
def _held_as(noun: str) -> str:
    """Which thing for a hand a noun is; "" for what stands by itself, and for more than one."""
    words = tokens(noun)
    if not words or words[0] in NUMBERS:
        return ""
    if singular(words[-1]) in _KNITTED:
        return "knitting"
    return table("held").get(words[-1]) or table("held").get(singular(words[-1]), "")


@lru_cache(maxsize=512)
def _is_person(noun: str) -> bool:
    return find(noun).startswith("person:")


@lru_cache(maxsize=512)
def _holds_nothing(noun: str) -> bool:
    """Whether it is drawn, and without hands that could hold a thing."""
    return find(noun).startswith(("animal:", "bird:", "sea:", "emoji:", "own:", "label:"))


def _holds(holder: Figure, thing: Figure, name: str, text: str) -> bool:
    """Whether the words put the thing into that hand."""
    act = act_of(holder.action, holder.look)
    if act.prop == name and act.name in DEEDS:
        return True
    if name in PROP_DEEDS and _plays(holder):
        return True
    return name != "knitting" and _said(holder.noun[:80], thing.noun[:80], text)


@lru_cache(maxsize=64)
def _said(holder: str, thing: str, text: str) -> bool:
    """Whether a text says "the girl … with the … umbrella"."""
    words = tokens(text)
    who, what = (tokens(holder) or [""])[-1], (tokens(thing) or [""])[-1]
    for start, word in enumerate(words):
        if word != who:
            continue
        near = words[start + 1 : start + 1 + _WITHIN]
        if what in near and any(take in near[: near.index(what)] for take in _TAKES):
            return True
    return False
