"""What was understood of a sentence. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .lexicon import NOUNS, UNKNOWN, Kind


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something in the words."""

    noun: str  # singular
    look: str = ""  # "small, red"
    doing: str = ""  # "running"
    count: int = 1
    other: bool = False  # "another fox": not the one that is there
    how: str = ""  # where it is: "on", "under", … (relations.py)
    to: str = ""  # the noun that it is there by


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood of a sentence."""

    subjects: tuple[Subject, ...] = ()
    place: str = ""
    time: str = ""
    weather: str = ""
    look: str = ""  # said of nobody in particular: "make it blue"
    doing: str = ""
    adds: bool = False  # subjects join those that are there
    refers: bool = False  # it speaks of those that are there
    removes: frozenset[str] = frozenset()
    camera: str = ""  # "in", "out", "left", "right"
    tempo: float = 1.0  # how fast things go, below 1: slower
    always: bool = False  # the setting that it says is never to change
    season: str = ""  # "autumn", "spring"
    everyone: bool = False  # what is to be done is for all who are there

    @property
    def only_manner(self) -> bool:
        """Whether it asks for another camera or tempo, and for nothing new to see."""
        return bool(self.camera or self.tempo != 1.0) and not (self.place or self.time or self.weather)


_SOMEBODY = re.compile(r"[a-z]{2,}(?:er|or|ist|[a-z]man|woman)")


def somebody(word: str) -> bool:
    """Whether a word, the last one of a compound, looks like a person: "keeper", "conductor", "florist"."""
    return bool(_SOMEBODY.fullmatch(word)) and word not in NOUNS


_ENDINGS = ("fish", "bird", "bear", "wolf", "woman", "boat", "house", "tree", "flower", "lamp", "shell", "horse")


@lru_cache(maxsize=512)
def kind_of(noun: str) -> Kind:
    """The kind of a noun; of a compound, that of its last word: "fire boat" is a boat, "taxi driver" a person, and a
    "blobfish" a fish."""
    last = noun.split()[-1] if noun else ""
    unknown = NOUNS["person"] if last != noun and somebody(last) else UNKNOWN
    ending = next((ending for ending in _ENDINGS if last.endswith(ending)), "")
    return NOUNS.get(noun) or NOUNS.get(last) or NOUNS.get(ending) or unknown


CALLINGS = {
    "dancer": "dancing", "ballerina": "dancing", "singer": "singing", "painter": "painting", "juggler": "juggling",
    "cook": "cooking", "chef": "cooking", "conductor": "conducting", "swimmer": "swimming", "skater": "skating",
    "skier": "skiing", "surfer": "surfing", "climber": "climbing", "runner": "running", "baker": "baking",
    "fisherman": "fishing", "acrobat": "jumping", "boxer": "fighting", "pianist": "playing", "drummer": "playing",
    "snowman": "standing", "scarecrow": "standing", "puppet": "dancing",
}  # fmt: skip
"""What people do who are called after it."""


def habit(noun: str) -> str:
    """What somebody does, or something, where nothing was said."""
    last = noun.split()[-1] if noun else ""
    return CALLINGS.get(last) or kind_of(noun).doing


def means(said: str, noun: str) -> bool:
    """Whether what is `noun` may be called so: the "lighthouse keeper" is the "keeper" too."""
    return said == noun or noun.endswith(f" {said}")
