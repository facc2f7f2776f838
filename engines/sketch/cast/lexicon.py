"""Which drawing a noun means: our own ones first, then the `emoji` package's names, then a silhouette with its label.

A look-up never fails. It returns a key that `figures.draw_figure` understands:
"own:boat", "animal:fox", "person:man", "bird:eagle", "sea:whale", "emoji:1f433", "label:thing:gizmo", or "" for what
the setting draws already (a sea, a sky).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from engines.sketch.language.words import data, segments, singular, table, verb, words_of

from .animals import SPECIES
from .artwork import OWN, svg_file
from .people import PEOPLE
from .plumage import BIRDS
from .sealife import SEALIFE
from .silhouettes import class_of

_MAX_NOUN = 120  # characters of a noun that are looked at


# Gestures, faces and people: their full names may be spoken, their nicknames ("ok", "joy") mean something else.
_FIGURATIVE = re.compile(
    r"circle|face|hand|finger|heart|cat with|monkey$|person |people|man |woman |men |women |mark$|banknote|family|kiss"
)
_NEVER = re.compile(
    r"button|(?<!and )arrow$|arrow (?:curving|pointing)|arrows|keycap|input|symbol|square|o'clock|thirty"
)


@lru_cache(maxsize=1)
def emoji_names() -> Mapping[str, str]:
    """name → code point key ("1f98a"), for every emoji that shows a thing: no flags, signs or framed scenes."""
    import emoji

    barred, unspoken = words_of("barred", "drawings"), words_of("barred", "words")
    names: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for character, entry in emoji.EMOJI_DATA.items():
        name = _plain(entry["en"])
        nicknames = [_plain(alias) for alias in entry.get("alias", ())]
        if entry["status"] != emoji.STATUS["fully_qualified"] or "skin tone" in name or _is_flag(character, name):
            continue
        code = "-".join(f"{ord(c):x}" for c in character)
        if svg_file(code) is None:
            code = "-".join(f"{ord(c):x}" for c in character if ord(c) != 0xFE0F)  # the variation selector
        if svg_file(code) is None or _NEVER.search(name) or not barred.isdisjoint([name, *nicknames]):
            continue
        names[name] = code
        if not _FIGURATIVE.search(name):
            for alias in nicknames:
                if alias not in unspoken:
                    aliases.setdefault(alias, code)
    return {**aliases, **names}


def _plain(name: str) -> str:
    return name.strip(":").replace("_", " ").replace("’", "'").lower()


def _is_flag(character: str, name: str) -> bool:
    return 0x1F1E6 <= ord(character[0]) <= 0x1F1FF or (name.startswith("flag") and name != "flag in hole")


def _own(name: str) -> str | None:
    """The key of a drawing of our own."""
    for kind, drawn in (("own", OWN), ("animal", SPECIES), ("person", PEOPLE), ("bird", BIRDS), ("sea", SEALIFE)):
        if name in drawn:
            return f"{kind}:{name}"
    return None


def _named(name: str) -> str | None:
    """The key of an exact name."""
    own = _own(name)
    code = None if own else emoji_names().get(name.lower())
    return own or (f"emoji:{code}" if code else None)


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


@lru_cache(maxsize=1)
def _run_together() -> Mapping[str, str]:
    """ "firetruck" and "moonlander": what is spelled as one word, to the name of the drawing."""
    names = {**{name: name for name in OWN}, **table("drawings")}
    return {phrase.replace(" ", ""): name for phrase, name in names.items() if " " in phrase}


def _known(phrase: str) -> str | None:
    if phrase in words_of("scenery", "nouns"):
        return ""
    synonym = table("drawings").get(phrase) or _run_together().get(phrase)
    return _own(phrase) or (_named(synonym) if synonym else None) or _named(phrase)


_MEASURES = words_of("grammar", "measures")
"""Before "of": what counts or measures the thing that comes after, which is what is meant."""

_YOUNG = words_of("grammar", "young")
"""After an animal: that animal is drawn ("fox cub")."""

_FAUNA = (range(0x1F400, 0x1F440), range(0x1F980, 0x1F9AF), range(0x1FAB0, 0x1FAC0))
"""Where Unicode keeps animals."""


def _is_animal(key: str) -> bool:
    kind, _, name = key.partition(":")
    return kind in ("animal", "bird") or (
        kind == "emoji" and any(int(name.partition("-")[0], 16) in block for block in _FAUNA)
    )


def _parts(noun: str) -> Iterator[list[str]]:
    """The runs of tokens that may name the thing, the likeliest first: "bowl of fruit" as a whole, bowl, fruit."""
    for part in segments(noun):
        if "of" not in part:
            yield part
            continue
        at = part.index("of")
        before, after = part[:at], part[at + 1 :]
        if before and singular(before[-1]) not in _MEASURES:
            whole = " ".join([singular(before[-1]), *part[at:]])
            if _known(whole) is not None:
                yield [whole]
            yield before
        if after:  # not of a noun that was cut short: "slice of"
            yield after


def find(noun: str, action: str = "") -> str:
    """The key of the drawing for a noun; the action chooses the pose of a person."""
    return _found(noun[:_MAX_NOUN], action[:_MAX_NOUN])  # cut before they are kept: a noun may have 16 KB


@lru_cache(maxsize=2048)
def _found(noun: str, action: str) -> str:
    for part in _parts(noun):
        if len(part) > 1 and singular(part[-1]) in _YOUNG:
            parent = _found(" ".join(part[:-1]), "")
            if _is_animal(parent):
                return parent
        for phrase in _phrases(part):
            key = _known(phrase)
            if key is not None:
                return _posed(key, phrase, action)
    spoken = segments(noun)
    label = " ".join(spoken[0][-2:]) if spoken else "?"
    return f"label:{class_of(label, action)}:{label}"


def _posed(key: str, phrase: str, action: str) -> str:
    """A person who does something is drawn doing it, where there is a drawing of that."""
    name = table("drawings").get(phrase, phrase)
    who = table("people").get(name)
    pose = verb(action, data()["poses"]) if who else None
    if who and pose:
        return _named(pose.replace("{}", who)) or _named(pose.replace("{}", "person")) or key
    return key


def several(noun: str) -> bool:
    """Whether the noun speaks of more than one, without a number: "birds", but not "grapes", which is one drawing."""
    return _several(noun[:_MAX_NOUN])


@lru_cache(maxsize=512)
def _several(noun: str) -> bool:
    head = next(_parts(noun), ["?"])[-1]
    return singular(head) != head and _known(head) is None and _known(singular(head)) is not None


def has(entry: str, table_name: str, key: str) -> bool:
    """Whether a drawing is listed (by its name) under an entry of the vocabulary."""
    return entry in _keys(table_name, key)


@lru_cache(maxsize=16)
def _keys(table_name: str, key: str) -> frozenset[str]:
    found = (_named(name) for name in words_of(table_name, key))
    return frozenset(name for name in found if name)
