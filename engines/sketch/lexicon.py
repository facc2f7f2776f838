"""Which drawing a noun means: our own ones first, then the `emoji` package's names, then a card with its label.

A look-up never fails. It returns a key that `figures.draw_figure` understands:
"own:boat", "animal:fox", "person:man", "bird:eagle", "emoji:1f433", "label:gizmo", or "" for what the setting draws
already (a sea, a sky).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from .animals import SPECIES
from .artwork import OWN, svg_file
from .birds import BIRDS
from .people import PEOPLE
from .words import data, segments, singular, table, verb, words_of

_MAX_NOUN = 120  # characters of a noun that are looked at


@lru_cache(maxsize=1)
def emoji_names() -> Mapping[str, str]:
    """name → code point key ("1f98a"), for every emoji with a drawing, without flags and skin tones."""
    import emoji

    names: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for character, entry in emoji.EMOJI_DATA.items():
        name = entry["en"].strip(":").replace("_", " ")
        if entry["status"] != emoji.STATUS["fully_qualified"] or "skin tone" in name or _is_flag(character, name):
            continue
        code = "-".join(f"{ord(c):x}" for c in character)
        if svg_file(code) is None:
            code = "-".join(f"{ord(c):x}" for c in character if ord(c) != 0xFE0F)  # the variation selector
            if svg_file(code) is None:
                continue
        names[name.lower().replace("’", "'")] = code
        for alias in entry.get("alias", ()):
            aliases.setdefault(alias.strip(":").replace("_", " ").lower(), code)
        if name.endswith(" face"):
            aliases.setdefault(name.removesuffix(" face").lower(), code)
    return {**aliases, **names}


def _is_flag(character: str, name: str) -> bool:
    return 0x1F1E6 <= ord(character[0]) <= 0x1F1FF or (name.startswith("flag") and name != "flag in hole")


def _named(name: str) -> str | None:
    """The key of an exact name."""
    if name in OWN:
        return f"own:{name}"
    if name in SPECIES:
        return f"animal:{name}"
    if name in PEOPLE:
        return f"person:{name}"
    if name in BIRDS:
        return f"bird:{name}"
    code = emoji_names().get(name.lower())
    return f"emoji:{code}" if code else None


def _phrases(part: list[str]) -> Iterator[str]:
    """What the tokens may be called, cut at hyphens first: the longest ending first, as it is, singular, joined."""
    apart = [word for token in part for word in token.split("-")]
    if len(apart) > len(part):
        yield from _phrases(apart)
    for size in range(min(4, len(part)), 0, -1):
        *rest, last = part[-size:]
        for word in dict.fromkeys((last, singular(last))):
            yield " ".join([*rest, word])
            if rest:
                yield "".join([*rest, word])


def _known(phrase: str) -> str | None:
    synonyms = table("drawings")
    own = phrase if phrase in data()["drawings"] else synonyms.get(phrase)
    if own is not None:
        key = _named(own)
        if key is not None:
            return key
    if phrase in words_of("scenery", "nouns"):
        return ""
    return _named(phrase)


def find(noun: str, action: str = "") -> str:
    """The key of the drawing for a noun; the action chooses the pose of a person."""
    return _found(noun[:_MAX_NOUN], action[:_MAX_NOUN])  # cut before they are kept: a noun may have 16 KB


@lru_cache(maxsize=2048)
def _found(noun: str, action: str) -> str:
    for part in segments(noun):
        for phrase in _phrases(part):
            key = _known(phrase)
            if key is not None:
                return _posed(key, phrase, action)
    label = " ".join(segments(noun)[0][-2:]) if segments(noun) else "?"
    return f"label:{label}"


def _posed(key: str, phrase: str, action: str) -> str:
    """A person who does something is drawn doing it, where there is a drawing of that."""
    name = table("drawings").get(phrase, phrase)
    who = table("people").get(name)
    pose = verb(action, data()["poses"]) if who else None
    if who and pose:
        return _named(pose.replace("{}", who)) or _named(pose.replace("{}", "person")) or key
    return key


def has(entry: str, table_name: str, key: str) -> bool:
    """Whether a drawing is listed (by its name) under an entry of the vocabulary."""
    return entry in _keys(table_name, key)


@lru_cache(maxsize=16)
def _keys(table_name: str, key: str) -> frozenset[str]:
    found = (_named(name) for name in words_of(table_name, key))
    return frozenset(name for name in found if name)
