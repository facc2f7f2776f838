"""What colour the words give a thing, and how clear it is: "dark red", "copper", "red and blue", "transparent"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from zlib import crc32

from engines.sketch.canvas.colours import BLACK, COLOUR_WORDS, RGB, WHITE, mix, rgb

from .words import lead, tokens, words_of

_MATERIALS = {
    "#8d97a3": "metal metallic steel iron chrome stone marble concrete",
    "#c8713c": "copper rusty",
    "#c9a227": "brass mustard",
    "#a97142": "bronze",
    "#fa8a6b": "coral salmon",
    "#ffcba4": "peach",
    "#9fdcc0": "mint",
    "#b9a3e0": "lilac",
    "#3f444d": "charcoal",
    "#b5a878": "khaki straw",
}
SHADES: Mapping[str, RGB] = {
    **COLOUR_WORDS,
    **{word: rgb(value) for value, words in _MATERIALS.items() for word in words.split()},
}
"""Every word that is a colour."""

_MANY = words_of("grammar", "colourful")
_PALETTE = tuple(rgb(value) for value in ("#d8202f", "#2b6fd6", "#ffcc33", "#4fa13a", "#8e4fc0", "#f47b20", "#f48fb1"))
_CLEAR = {"transparent": 0.5, "translucent": 0.65, "see-through": 0.5, "ghostly": 0.6, "invisible": 0.25, "faint": 0.6}


def colour_of(look: str, noun: str, number: int = 0, *, alone: bool = True) -> RGB | None:
    """The colour that the words give a thing as a whole; not that of what it wears, holds or has ("red-haired").

    Of a group, each takes its own: its `number` chooses among the colours named, or among all where it is colourful.
    """
    named, many = _named(look[:200], noun[:200])  # cut before they are kept: each may have 16 KB
    if many and not named and not alone:
        return _PALETTE[(crc32(noun[:200].encode("utf-8", "replace")) + number) % len(_PALETTE)]
    if alone and set(named) == {COLOUR_WORDS["black"], COLOUR_WORDS["white"]}:
        return None  # a coat of both, as drawn
    return named[number % len(named) if not alone else 0] if named else None


def clearness(look: str) -> float:
    """The opacity that the words ask for, 0.25..1."""
    return min((_CLEAR.get(token, 1.0) for token in tokens(look[:200])), default=1.0)


@lru_cache(maxsize=512)
def _named(look: str, noun: str) -> tuple[tuple[RGB, ...], bool]:
    """The colours, in order, that are joined by "and"; and whether the words say colourful."""
    spoken: list[str] = []
    for phrase in look.split(","):
        if not _joins_colours(tokens(phrase)):
            spoken += lead(phrase)
        else:
            spoken += tokens(phrase)
    spoken += lead(noun)[:-1]
    colours = list(_colours([part for token in spoken for part in _apart(token)]))
    return tuple(colours), not _MANY.isdisjoint(spoken)


def _joins_colours(words: list[str]) -> bool:
    """Whether "and" stands between two colours there."""
    threes = zip(words, words[1:], words[2:], strict=False)
    return any(first in SHADES and last in SHADES and middle == "and" for first, middle, last in threes)


def _apart(token: str) -> list[str]:
    """ "black-and-white" in parts; "red-haired" as it is."""
    parts = token.split("-")
    return parts if all(part in SHADES or part in ("and", "dark", "light", "pale") for part in parts) else [token]


def _colours(spoken: list[str]) -> Iterator[RGB]:
    """The first colour, and those that "and" joins to it."""
    found = False
    for number, token in enumerate(spoken):
        before = spoken[number - 1] if number else ""
        if token not in SHADES or (found and before != "and"):
            continue
        found, colour = True, SHADES[token]
        if before in ("dark", "deep"):
            colour = mix(colour, BLACK, 0.35)
        elif before in ("light", "pale", "bright"):
            colour = mix(colour, WHITE, 0.35 if before != "bright" else 0.08)
        yield colour
