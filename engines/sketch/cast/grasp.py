"""Things that belong into a hand: "a girl with a red umbrella" comes as a girl and an umbrella beside her.

A director places every noun as a thing of its own. What a person of the same frame holds by the words, or needs for
what he does (a book, for who reads), is taken out of the picture and said of the person instead, who then draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from engines.base import Figure
from engines.sketch.language.lexicon import find
from engines.sketch.language.words import NUMBERS, singular, table, tokens

from .deeds import DEEDS, PROP_DEEDS, act_of

_TAKES = ("with", "holding", "carrying", "under", "waving", "raising", "swinging", "clutching", "playing", "reading")
_WITHIN = 8  # words between the person and the thing


def grasped(figures: Sequence[Figure], text: str) -> tuple[Figure, ...]:
    """The figures, without the things that one of the people has in hand by the words of the frame."""
    things = {number: name for number, figure in enumerate(figures) if (name := _held_as(figure.noun[:80]))}
    if not things:
        return tuple(figures)
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
    return tuple(taken.get(number, figure) for number, figure in enumerate(figures) if number not in gone)


@lru_cache(maxsize=512)
def _held_as(noun: str) -> str:
    """Which thing for a hand a noun is; "" for what stands by itself, and for more than one."""
    words = tokens(noun)
    if not words or words[0] in NUMBERS:
        return ""
    return table("held").get(words[-1]) or table("held").get(singular(words[-1]), "")


@lru_cache(maxsize=512)
def _is_person(noun: str) -> bool:
    return find(noun).startswith("person:")


def _holds(holder: Figure, thing: Figure, name: str, text: str) -> bool:
    """Whether the words put the thing into that hand."""
    act = act_of(holder.action, holder.look)
    if act.prop == name and act.name in DEEDS:
        return True
    if act.name == "cheer" and name in PROP_DEEDS and "play" in holder.action:
        return True
    return _said(holder.noun[:80], thing.noun[:80], text)


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
