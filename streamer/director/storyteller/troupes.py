"""Nouns that mean several people: who they are. "A jazz band plays" shows three musicians, each with something to play.

Data, and one function. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from .wish import Subject

TROUPES = {
    "band": ("musician", "musician", "musician"), "orchestra": ("conductor", "musician", "musician", "musician"),
    "quartet": ("musician", "musician", "musician", "musician"), "duo": ("musician", "musician"),
    "choir": ("singer", "singer", "singer", "singer"), "family": ("man", "woman", "child"),
    "couple": ("man", "woman"), "newlyweds": ("man", "woman"), "parents": ("man", "woman"),
    "team": ("player", "player", "player"), "gang": ("man", "man", "woman"),
    "class": ("teacher", "child", "child", "child"), "ballet": ("ballerina", "ballerina", "ballerina"),
    "crew": ("sailor", "sailor", "sailor"),
}  # fmt: skip
CROWDS = {"crowd": 8, "audience": 6, "parade": 6, "procession": 5, "mob": 6, "army": 8}
"""Too many to be figures of their own: how many people their group is."""
_FIGHTERS = {"army": "soldier"}

_PLAYED = ("guitar", "trumpet", "drum", "violin")
_CLASSICAL = ("violin", "cello", "flute", "violin")


def is_troupe(noun: str) -> bool:
    """Whether the noun, or the last word of it, means several people."""
    last = noun.split()[-1] if noun else ""
    return last in TROUPES or last in CROWDS


def expanded(subjects: tuple[Subject, ...], most: int) -> tuple[Subject, ...]:
    """The subjects, troupes as those who make them up; at most `most`."""
    told: list[Subject] = []
    for subject in subjects:
        last = subject.noun.split()[-1]
        if last in CROWDS:
            told.append(replace(subject, noun=_FIGHTERS.get(last, "person"), count=CROWDS[last], look=""))
        elif last in TROUPES:
            instruments = _CLASSICAL if last in ("orchestra", "quartet") else _PLAYED
            for n, noun in enumerate(TROUPES[last]):
                doing = subject.doing
                if doing == "playing" and noun == "musician":
                    doing = f"playing a {instruments[n % len(instruments)]}"
                elif doing == "playing" and noun == "conductor":
                    doing = "conducting"
                elif doing == "playing" and last == "team":
                    doing = f"playing {subject.noun.split()[0]}" if " " in subject.noun else "playing"
                told.append(replace(subject, noun=noun, count=1, doing=doing))
        else:
            told.append(subject)
    return tuple(told[:most])
