"""What a description without objects shows: the nouns of its words, put in the picture by rule.

The first noun is what the picture is about and stands on a third; the second balances it on the other; what is large
and stays stands behind, what flies is above the horizon, who rides is on top of what is ridden. Sizes come from the
vocabulary and from words such as "giant". Pure: the same words and seed give the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from engines.base import Box, Figure
from engines.sketch.language.tints import SHADES
from engines.sketch.language.words import COLLECTIVES, NUMBERS, SEAMS, count, table, tokens, verb_stems, words_of

from .lexicon import find, has, several

MAX_COMPOSED = 5
_MAX_TEXT = 600  # characters that are read
_HEIGHTS = {"huge": 0.62, "large": 0.5, "middle": 0.38, "small": 0.24, "tiny": 0.15}  # of the frame
_GROWN = {
    "giant": 1.5,
    "huge": 1.5,
    "enormous": 1.6,
    "gigantic": 1.6,
    "massive": 1.5,
    "big": 1.25,
    "large": 1.25,
    "tall": 1.2,
}
_GROWN |= {"tiny": 0.5, "little": 0.7, "small": 0.7, "miniature": 0.5, "short": 0.8, "young": 0.8}
_ARTICLES = words_of("grammar", "articles")
_OF_THE_SKY = words_of("grammar", "sky")
_ON = words_of("grammar", "upon")
_WITHIN = words_of("grammar", "within")


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing that a text speaks of."""

    noun: str
    look: str  # what is said before the noun
    action: str
    on: bool  # whether it is said to be on the thing mentioned next


def composed(text: str, seed: int) -> tuple[Figure, ...]:
    """Figures for the nouns of a text, back to front, at most five; none where it names nothing that can be drawn."""
    return _composed(text[:_MAX_TEXT], seed & 7)


@lru_cache(maxsize=64)
def _composed(text: str, seed: int) -> tuple[Figure, ...]:
    mentions = _mentions(text)[:MAX_COMPOSED]
    side = 1 if seed & 1 else -1
    columns = (0.5,) if len(mentions) == 1 else (0.5 - side / 6, 0.5 + side / 6 + side * 0.08, 0.5, 0.14, 0.86)
    placed: list[tuple[float, Figure]] = []
    for number, mention in enumerate(mentions):
        key = find(mention.noun, mention.action)
        size = _height(key, mention.look)
        foot = 0.46 if has(key, "nature", "floats") else 0.78 if size >= 0.45 else 0.86 - 0.03 * (number > 1)
        column = columns[number]
        before = mentions[number - 1] if number else None
        if before is not None and before.on and placed:
            column, foot = columns[number - 1], 0.88
        elif mention.on and number + 1 < len(mentions):
            foot = 0.88 - 0.42 * _height(find(mentions[number + 1].noun), mentions[number + 1].look)
        heading = 1 if column <= 0.5 else -1
        many = count(mention.look, mention.noun) > 1 or several(mention.noun)
        width, height = (size * 2.3, min(0.6, size * 1.4)) if many else (size * 1.2, size)
        box = Box(round(column - 0.5 * width, 4), round(foot - height, 4), round(width, 4), round(height, 4))
        depth = foot - (0.5 if size >= 0.45 and not mention.on else 0.0) + (1.0 if mention.on else 0.0)
        figure = Figure(f"{mention.noun}-{number}", mention.noun, mention.look, mention.action, box, heading=heading)
        placed.append((depth, figure))
    return tuple(figure for _, figure in sorted(placed, key=lambda one: one[0]))


def _height(key: str, look: str) -> float:
    """Of the frame, 0.08..0.8."""
    named = next((size for size in _HEIGHTS if has(key, "sizes", size)), "")
    kind = key.partition(":")[0]
    height = _HEIGHTS[named] if named else {"person": 0.4, "animal": 0.28, "bird": 0.22}.get(kind, 0.24)
    for word in tokens(look):
        height *= _GROWN.get(word, 1.0)
    return max(0.08, min(0.8, height))


def _mentions(text: str) -> list[Mention]:
    """The drawable things of a text, in its order, each noun once."""
    spoken = _spoken(text)
    mentions: list[Mention] = []
    at = 0
    while at < len(spoken):
        start = at
        if spoken[at] in SEAMS or spoken[at] == "|":
            at += 1
            continue
        while at < len(spoken) and (spoken[at] in _ARTICLES or spoken[at] == "of" or _gathers(spoken, at)):
            at += 1
        began = noun_at = at
        found = ""
        while at < len(spoken) and at < began + 6 and spoken[at] not in SEAMS and spoken[at] not in _ARTICLES | {"|"}:
            phrase = _longest(spoken, at)
            if phrase and not (found and _acts(spoken[at])):
                found, at = phrase, at + len(phrase.split())
                noun_at = at - len(phrase.split())
                continue
            if found:
                break
            at += 1
        if not found:
            at = max(at, start + 1)
            continue
        action = " ".join(_until(spoken, at))
        where = start > 0 and spoken[start - 1] in _WITHIN and found in table("places")  # "on the ice", "in a library"
        if where and mentions:
            mentions[-1] = replace(mentions[-1], on=False)
        elif found not in _OF_THE_SKY and find(found) and all(found not in mention.noun for mention in mentions):
            groups = [f"{word} of" for word in spoken[start:began] if word in COLLECTIVES]
            look = " ".join(spoken[began:noun_at])
            on = _leads_on(spoken[at : at + 4])
            mentions.append(Mention(" ".join([*groups, found]), look, action, on))
        at += len(action.split())
    return mentions


def _leads_on(rest: list[str]) -> bool:
    """Whether what follows a thing puts it on the next one: "rides a horse", "sleeps on a sofa"."""
    ends = [number for number, word in enumerate(rest) if word in _ARTICLES or word == "|"]
    return not _ON.isdisjoint(rest[: ends[0]] if ends else rest)


def _gathers(spoken: list[str], at: int) -> bool:
    """Whether "flock" stands there, of something."""
    return spoken[at] in COLLECTIVES and spoken[at + 1 : at + 2] == ["of"]


def _spoken(text: str) -> list[str]:
    """Its words, a bar where a sentence or a clause ends."""
    for mark in ",;.:()!?":
        text = text.replace(mark, " | ")
    words: list[str] = []
    for part in text.split("|"):
        words += [word for token in tokens(part) for word in token.split("-")] + ["|"]
    return words


def _longest(spoken: list[str], at: int) -> str:
    """The longest known phrase, of three words at most, that begins there; "" where none does."""
    if spoken[at] in NUMBERS or (spoken[at] in SHADES and _goes_on(spoken, at + 1)):
        return ""
    for size in (3, 2, 1):
        words = spoken[at : at + size]
        if len(words) == size and "|" not in words and SEAMS.isdisjoint(words):
            phrase = " ".join(words)
            if _names(phrase):
                return phrase
    return ""


@lru_cache(maxsize=2048)
def _names(phrase: str) -> bool:
    """Whether the whole phrase is a name, and not its ending alone."""
    key = find(phrase)
    whole = len(phrase.split()) == 1 or find(phrase.split(" ", 1)[1]) != key or find(phrase.replace(" ", "")) == key
    return whole and not key.startswith("label:")


def _goes_on(spoken: list[str], at: int) -> bool:
    return at < len(spoken) and spoken[at] != "|" and spoken[at] not in SEAMS


def _acts(word: str) -> bool:
    """Whether it is a form of a verb that is drawn, "swims": after a noun it is no second noun."""
    verbs = table("motions").keys() | table("deeds").keys()
    return any(stem in verbs for stem in verb_stems(word)) and word not in verbs


def _until(spoken: list[str], at: int) -> list[str]:
    """The words from there to the next clause or article, at most four."""
    words: list[str] = []
    for word in spoken[at : at + 4]:
        if word == "|" or word in _ARTICLES or word in SEAMS or (words and _names(word)):
            break
        words.append(word)
    return words
