"""The kinds of birds, told by a few figures each; `birds.py` gives them joints."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Bird:
    """Colours, and lengths in units of the drawing."""

    body: str
    belly: str
    head: str
    beak: str = "#f0a52c"
    tail: str = ""  # "": as the body
    wing: float = 40.0
    bill: float = 8.0
    girth: float = 13.0  # half the height of the trunk
    length: float = 26.0  # half the length of the trunk
    neck: float = 4.0
    leg: float = 12.0
    skull: float = 10.5  # radius of the head
    tilt: float = 16.0  # degrees that a standing bird holds its breast up by; near 90: upright, as a penguin
    has: str = ""  # comb crest fan owl mask hook flipper pouch flat spots collar
    stays: bool = False  # on the ground, until it is told to fly


_SONG = Bird("#4f94d0", "#f6e6cc", "#4f94d0", skull=11.5, girth=15, length=22, bill=7, tilt=26, leg=10)
_RAPTOR = Bird("#6b4a33", "#8a6745", "#f9f7f1", "#f2b632", "#f9f7f1", 52, 9, 13, 25, 5, 9, 10.5, 32, "hook brow")
_WATER = Bird("#fbfbf8", "#eef1f2", "#fbfbf8", "#f0932c", "", 44, 11, 15, 27, 30, 6, 9, 6, "flat", stays=True)

BIRDS: dict[str, Bird] = {
    "bird": _SONG,
    "black bird": replace(_SONG, body="#333742", belly="#474d5b", head="#333742", beak="#f0a52c", wing=42),
    "eagle": _RAPTOR,
    "hawk": replace(_RAPTOR, body="#8f683f", belly="#f0e1c8", head="#7a5636", tail="#7a5636", wing=46),
    "seagull": Bird("#dbe2ea", "#ffffff", "#ffffff", "#f0a52c", "#ffffff", 52, 9, 12, 24, 4, 10, 10, 12),
    "dove": replace(_SONG, body="#f3f5f8", belly="#ffffff", head="#f3f5f8", beak="#e8a0a0", wing=42),
    "parrot": Bird(
        "#35a850", "#f2c53a", "#e0382f", "#4a4038", "#2b6fd6", 40, 7, 13, 24, 4, 7, 11, 48, "hook face long"
    ),
    "robin": replace(
        _SONG, body="#7f6650", belly="#ea6f35", head="#7f6650", beak="#6a5a3a", wing=32, girth=16, length=20
    ),
    "owl": Bird("#93683f", "#e9d2a8", "#93683f", "#e8a93a", "", 44, 5, 19, 24, -2, 6, 16, 78, "owl tufts spots"),
    "penguin": Bird(
        "#2f3644", "#ffffff", "#2f3644", "#f29a2e", "", 26, 8, 19, 27, 0, 6, 13, 84, "flipper mask", stays=True
    ),
    "chicken": Bird(
        "#fbf6ea", "#ffffff", "#fbf6ea", "#f2a92e", "", 28, 6, 17, 21, 6, 13, 9, 24, "comb cocked", stays=True
    ),
    "rooster": Bird(
        "#c8622c", "#a8482a", "#e88f34", "#f2b32e", "#2f5a4a", 30, 6, 17, 22, 9, 15, 9, 30, "comb cocked", stays=True
    ),
    "baby chick": Bird("#fbd84f", "#fdeb9a", "#fbd84f", "#f0932c", "", 18, 5, 14, 15, -2, 8, 11, 18, "", stays=True),
    "turkey": Bird(
        "#7a4a32", "#8f5a3c", "#c8504a", "#e8b04a", "#a86a3c", 30, 6, 20, 23, 8, 13, 8, 22, "fan wattle", stays=True
    ),
    "peacock": Bird(
        "#1f74c4", "#2a8fd0", "#1f74c4", "#d9c9a0", "#1f9a7a", 32, 6, 13, 22, 18, 16, 8, 26, "fan crest", stays=True
    ),
    "duck": replace(
        _WATER, body="#a58a6c", belly="#cfc0aa", head="#2f8f58", neck=7, length=25, skull=11, has="flat collar"
    ),
    "goose": replace(_WATER, body="#e9e6de", neck=22, bill=10, leg=9),
    "swan": _WATER,
    "flamingo": Bird("#f48fae", "#f9b3c6", "#f48fae", "#3a3440", "", 42, 9, 13, 20, 32, 40, 8, 12, "hook", stays=True),
    "ostrich": Bird(
        "#35323a", "#46424c", "#e8b9a4", "#e8a93a", "#f7f4ee", 30, 8, 19, 24, 36, 36, 8, 8, "bare", stays=True
    ),
    "emu": Bird("#7a624e", "#8f7660", "#5f6f86", "#4a4038", "", 26, 8, 18, 24, 28, 32, 8, 8, "bare", stays=True),
    "dodo": Bird(
        "#9aa0ab", "#c9ced6", "#c9ced6", "#5a6068", "#f4f4f2", 20, 16, 21, 22, 8, 10, 11, 30, "hook", stays=True
    ),
    "woodpecker": replace(_SONG, body="#33363f", belly="#f4f0e4", head="#d8342f", bill=14, has="crest spots"),
    "toucan": replace(_SONG, body="#2b2d36", belly="#fbf3d0", head="#2b2d36", beak="#f2932c", bill=24, has="face hook"),
    "pelican": replace(_WATER, neck=16, bill=30, beak="#f2b04a", has="pouch", leg=9),
}
"""By the names that the vocabulary of drawings leads to."""
