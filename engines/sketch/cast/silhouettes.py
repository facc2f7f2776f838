"""The honest answer to a noun without a drawing: a soft shape of the right class that carries the word as a label.

A guessed drawing misleads; a shape that is plainly a stand-in does not. The class comes from the noun's words, else its
ending, else what it does; where nothing tells, it is a card. The shape is an SVG like any other drawing, so that it is
lit, moves and casts its shadow as they do.
"""

from __future__ import annotations

from functools import lru_cache

from engines.sketch.canvas.lettering import lettered, spelled
from engines.sketch.canvas.svg import document
from engines.sketch.language.words import data, singular, tokens, verb, words_of

CLASSES = ("animal", "fish", "bird", "person", "vehicle", "plant", "building", "thing")

TONES = {
    "animal": ("#b08f74", "#c4a78e"),
    "fish": ("#6f97b0", "#8fb1c6"),
    "bird": ("#a08a9c", "#b8a5b4"),
    "person": ("#7f8fb0", "#99a7c4"),
    "vehicle": ("#6f9a9c", "#8cb3b4"),
    "plant": ("#7d9a68", "#98b384"),
    "building": ("#a3897f", "#bba399"),
    "thing": ("#f6f2e8", "#e4dece"),
}
"""Of each class, its tone and the lighter one beside it (of the card: its paper and its edge)."""

_PAPER, _INK = "#fbf8f0", "#48505c"
_SHAPES = {
    "animal": (
        "M14 96V62c-6-4-9-12-8-20 3 5 6 8 11 9 6-3 14-4 24-4h16c2-10 5-17 7-23l6 7c8 0 14 3 19 10l7 3c2 5 0 9-4 11"
        "l-12 2c-2 8-6 12-9 14v25H59V74H29v22z",
        "M17 51c6-3 14-4 24-4h16c2-10 5-17 7-23l6 7c-6 14-8 28-20 32-12 3-24-2-33-12z",
    ),
    "fish": (
        "M2 18c12 2 20 8 26 16C38 20 52 14 66 16c16 2 27 12 32 24-5 12-16 22-32 24-14 2-28-4-38-18-6 8-14 14-26 16"
        "c5-15 5-29 0-44zM44 21c4-12 12-19 24-21 4 6 5 12 3 18z",
        "M28 34C38 20 52 14 66 16c16 2 27 12 32 24-20-9-44-12-70-6z",
    ),
    "bird": (
        "M40 96l4-14C26 80 14 68 2 60c12-2 20-6 28-14 10-10 20-14 32-14 2-14 10-22 20-22 7 0 12 4 13 10l5 5-8 3"
        "c0 12-2 26-10 38-6 9-14 14-24 16l-2 14h-5l1-14h-3l-4 14z",
        "M62 32c2-14 10-22 20-22 7 0 12 4 13 10l5 5-8 3c-8 4-18 6-30 4z"
        "M2 60c12-2 20-6 28-14 10 8 14 22 10 33C26 76 12 66 2 60z",
    ),
    "person": (
        "M50 2a18 18 0 0 1 9 33.500c16 3 25 15 27 34.500l2 26H12l2-26c2-19.500 11-31.500 27-34.500A18 18 0 0 1 50 2z",
        "M50 2a18 18 0 0 1 0 36c-16-8-16-30 0-36zM41 36c-14 4-20 14-20 34l-2 26h-7l2-26c2-19 11-31 27-34z",
    ),
    "vehicle": (
        "M2 84V58c0-6 4-9 10-10l12-2 13-19c2-3 5-5 9-5h26c5 0 8 2 10 6l9 18c5 2 7 5 7 10v28h-8a11 11 0 0 1-22 0H34"
        "a11 11 0 0 1-22 0z",
        "M30 46l11-16c1-2 3-3 6-3h7v19zM60 27h11c3 0 5 1 6 4l7 15H60z",
    ),
    "plant": (
        "M46 96V64C24 68 10 56 6 36c20-2 34 6 40 20V44C32 38 28 22 34 4c16 8 24 20 20 36v22c4-18 18-28 40-28"
        "-2 20-16 32-40 32v30z",
        "M34 4c16 8 24 20 20 36C52 26 46 14 34 4zM6 36c20-2 34 6 40 20C36 46 24 38 6 36z",
    ),
    "building": ("M6 46L50 6l44 40v6h-6v44H12V52H6z", "M50 6L6 46v6h6l38-34zM20 60h14v14H20zM66 60h14v14H66z"),
    "thing": (
        "M10 30h80c5 0 9 4 9 9v48c0 5-4 9-9 9H10c-5 0-9-4-9-9V39c0-5 4-9 9-9z",
        "M1 82v5c0 5 4 9 9 9h80c5 0 9-4 9-9v-5c0 5-4 9-9 9H10c-5 0-9-4-9-9z",
    ),
}
"""Of each class, its outline and what is lighter in it, in a square of 100 units."""


@lru_cache(maxsize=1024)
def class_of(noun: str, action: str = "") -> str:
    """One of CLASSES, "thing" where nothing tells."""
    words = [singular(token) for token in tokens(noun[:200].replace("-", " "))]
    known = {kind: words_of("classes", kind) for kind in data()["classes"]}
    for word in reversed(words):
        for kind, names in known.items():
            if word in names:
                return kind
    last = words[-1] if words else ""
    ends = {end: kind for kind, names in data()["endings"].items() for end in names.split()}
    for size in range(min(8, len(last) - 3), 1, -1):  # the longest ending decides; three letters stay before it
        if last[-size:] in ends:
            return ends[last[-size:]]
    deeds = {word: kind for kind, names in data()["habits"].items() for word in names.split()}
    return verb(action[:200], deeds) or "thing"


def silhouette(kind: str, word: str) -> str:
    """The SVG document of a class with its label; "thing" for a class that is none."""
    kind = kind if kind in _SHAPES else "thing"
    (outline, light), (tone, paler) = _SHAPES[kind], TONES[kind]
    shape = f'<path fill="{tone}" d="{outline}"/><path fill="{paler}" d="{light}"/>'
    if kind == "thing":
        return document(shape + lettered(spelled(word), 8.0, 46.0, 84.0, 30.0, _INK))
    plate = f'<path fill="{_PAPER}" d="M6 62h88c3 0 5 2 5 5v14c0 3-2 5-5 5H6c-3 0-5-2-5-5V67c0-3 2-5 5-5z"/>'
    return document(shape + plate + lettered(spelled(word), 5.0, 66.0, 90.0, 16.0, _INK))
