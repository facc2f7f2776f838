"""Free words made comparable: tokens, singulars, verb stems, and which known name a phrase is about."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

_IRREGULAR = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "person",
    "mice": "mouse",
    "geese": "goose",
    "feet": "foot",
    "teeth": "tooth",
    "oxen": "ox",
    "wolves": "wolf",
    "leaves": "leaf",
    "knives": "knife",
    "calves": "calf",
    "elves": "elf",
    "loaves": "loaf",
    "shelves": "shelf",
    "waves": "wave",
    "thieves": "thief",
    "horses": "horse",
    "houses": "house",
    "roses": "rose",
    "buses": "bus",
    "octopi": "octopus",
    "cacti": "cactus",
    "bees": "bee",
    "trees": "tree",
    "shoes": "shoe",
    "canoes": "canoe",
    "eyes": "eye",
    "pies": "pie",
}

_COMPOUND = ("shelves", "leaves", "knives", "wolves", "men", "children", "trees", "houses", "horses", "shoes")
"""Irregular plurals that words are made with: bookshelves, firemen."""

_ENDS_IN_MEN = {"specimen", "abdomen", "omen", "ramen", "regimen", "acumen", "stamen", "semen", "yemen", "amen"}

NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "twin": 2,
    "twins": 2,
    "both": 2,
    "pair": 2,
    "few": 3,
    "several": 4,
    "some": 3,
    "many": 7,
    "dozen": 12,
    "dozens": 12,
    "hundreds": 12,
    "thousands": 12,
    "countless": 12,
}
COLLECTIVES = {"couple": 2, "trio": 3, "group": 4, "pack": 4, "fleet": 4, "herd": 5, "bunch": 5, "row": 4}
COLLECTIVES |= {"flock": 6, "school": 6, "crowd": 6, "swarm": 8, "team": 4, "dozens": 12}
BODIES = {
    "crowd": 7,
    "audience": 7,
    "couple": 2,
    "family": 4,
    "team": 4,
    "band": 3,
    "orchestra": 5,
    "choir": 5,
    "army": 8,
}
MAX_COUNT = 12
"""How many a word means. A collective counts only before "of": a school is one house. A body of people stands alone."""

_MAX_TOKENS = 64


@lru_cache(maxsize=1)
def data() -> Mapping[str, Mapping[str, str]]:
    """The tables of the files in vocabulary/."""
    tables: dict[str, dict[str, Any]] = {}
    for path in sorted(files("engines.sketch").joinpath("vocabulary").iterdir(), key=lambda path: path.name):
        for name, entries in tomllib.loads(path.read_text("utf-8")).items():
            tables.setdefault(name, {}).update(entries)  # a table may be told in several files
    return tables


@lru_cache(maxsize=16)
def table(name: str) -> Mapping[str, str]:
    """word → name, of one table of the vocabulary; a hyphen in it stands for a space."""
    return {word.replace("-", " "): key for key, words in data()[name].items() for word in words.split()}


@lru_cache(maxsize=16)
def words_of(name: str, key: str) -> frozenset[str]:
    """The words of one entry."""
    return frozenset(word.replace("-", " ") for word in data()[name][key].split())


SEAMS = words_of("grammar", "seams")
"""Words that begin another thought about the thing, or another thing."""


def tokens(text: str) -> list[str]:
    """Lower-case words without accents or punctuation; hyphens inside a word stay. At most 64."""
    plain = unicodedata.normalize("NFKD", text[:2000]).lower()
    return re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", "".join(c for c in plain if not unicodedata.combining(c)))[
        :_MAX_TOKENS
    ]


def singular(word: str) -> str:
    """The singular of a regular or common irregular English plural; anything else as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(_COMPOUND) and word not in _ENDS_IN_MEN:
        end = next(end for end in _COMPOUND if word.endswith(end))
        return word[: -len(end)] + _IRREGULAR[end]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def verb_stems(word: str) -> tuple[str, ...]:
    """What the plain form of a verb may be: "running" → run, "racing" → race, "flies" → fly."""
    stems = [word]
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            stems += [stem, stem + "e"]
            if len(stem) > 2 and stem[-1] == stem[-2]:
                stems.append(stem[:-1])
            if stem.endswith("i"):
                stems.append(stem[:-1] + "y")
    return tuple(stems)


def verb(text: str, names: Mapping[str, str]) -> str | None:
    """The entry of the first verb in the text that `names` knows."""
    for token in tokens(text):
        for stem in verb_stems(token):
            if stem in names:
                return names[stem]
    return None


def segments(text: str) -> list[list[str]]:
    """The tokens, cut where a preposition or a comma begins another thought."""
    parts: list[list[str]] = []
    for phrase in re.split(r"[,;.:()]", text[:2000]):
        part: list[str] = []
        for token in tokens(phrase):
            if token in SEAMS:
                parts.append(part)
                part = []
            else:
                part.append(token)
        parts.append(part)
    return [part for part in parts if part]


def lead(phrase: str) -> list[str]:
    """The tokens before the first preposition."""
    found = tokens(phrase)
    ends = [number for number, token in enumerate(found) if token in SEAMS]
    return found[: ends[0]] if ends else found


def head(text: str, names: Mapping[str, str]) -> str | None:
    """The entry that the head of the text names: in the first segment with a known word, the last known word."""
    for part in segments(text):
        for token in reversed(part):
            for form in (token, singular(token), token.rpartition("-")[2]):
                if form in names:
                    return names[form]
    return None


def any_of(text: str, names: Mapping[str, str], order: Iterable[str] = ()) -> str | None:
    """The entry of a known word anywhere in the text: the first of `order` that occurs, else the first to occur."""
    found = [names[token] for token in tokens(text) if token in names]
    for name in order:
        if name in found:
            return name
    return found[0] if found else None


def count(*texts: str) -> int:
    """How many things the words speak of, 1..12: by the number that one of the texts begins with."""
    for text in texts:
        first, *rest = [token for token in tokens(text[:200]) if token not in ("a", "an", "the")] or [""]
        if rest[:1] in (["year"], ["years"]):
            continue
        if (first, *rest[:2]) == ("half", "a", "dozen") or (first, *rest[:1]) == ("half", "dozen"):
            return 6
        if first in NUMBERS:
            return NUMBERS[first]
        if first in COLLECTIVES and "of" in rest[:2]:
            larger = [NUMBERS[token] for token in rest[:2] if token in NUMBERS]  # "a flock of seven birds"
            return larger[0] if larger else COLLECTIVES[first]
        if first.isascii() and first.isdigit():
            return max(1, min(MAX_COUNT, int(first[:6])))
    last = [token for text in texts[-1:] for token in tokens(text[-200:])][-1:]
    return BODIES.get(last[0], 1) if last else 1
