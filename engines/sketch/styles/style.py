"""The manner a film is drawn in: which one the words of a setting mean, and what it does to the light of a scene.

A style is a palette here, a way to lay paint (`Canvas.cut`, `Canvas.coarse`) and a treatment of the finished frame
(`treatments.py`). A few words may name it ("pixel art"); the first that is known counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engines.sketch.canvas.colours import RGB
from engines.sketch.language.words import tokens

_WORDS = {
    "watercolour": "watercolour watercolor aquarelle gouache",
    "noir": "noir monochrome film-noir black-and-white bw",
    "neon": "neon cyberpunk synthwave vaporwave retrowave outrun",
    "paper": "paper papercut paper-cut papercraft cutout cut-out origami collage",
    "pixel": "pixel pixels pixelart pixel-art 8-bit 16-bit 8bit 16bit retro-game voxel",
    "sepia": "sepia vintage retro antique daguerreotype old-film",
    "pastel": "pastel pastels dreamy chalk crayon",
    "comic": "comic comics ink manga cartoon anime pop-art halftone graphic-novel woodcut",
    "oil": "oil impressionist impressionism impressionistic painting painterly van-gogh monet expressionist",
    "pencil": "pencil sketch sketched drawing drawn charcoal graphite doodle",
    "gothic": "gothic gloomy grim",
}
_STYLES = {word: kind for kind, words in _WORDS.items() for word in words.split()}
KINDS = tuple(_WORDS)
"""Every style there is; "" is the plain one."""


@dataclass(frozen=True, slots=True)
class Palette:
    """What a style does to the light, before anything is drawn."""

    light: RGB = (1.0, 1.0, 1.0)  # factors of the land's light and of the sky's colours
    grey: float = 0.0  # 0..1: colours drained
    lamps: float = 0.0  # at least so many windows and lamps are lit, 0..1
    sky: tuple[RGB, RGB, RGB, RGB] | None = None  # zenith to horizon, in place of the hour's
    shine: float = 1.0  # how much of the sun is left


_PLAIN = Palette()
PALETTES: dict[str, Palette] = {
    "watercolour": Palette((1.05, 1.05, 1.04)),
    "noir": Palette((0.82, 0.82, 0.86), 0.92, lamps=0.5),
    "neon": Palette(
        (0.36, 0.28, 0.60),
        lamps=1.0,
        sky=((12.0, 6.0, 36.0), (34.0, 10.0, 74.0), (86.0, 14.0, 104.0), (178.0, 34.0, 120.0)),
    ),
    "sepia": Palette((1.04, 0.97, 0.86), 0.3),
    "pastel": Palette((1.05, 1.03, 1.05)),
    "gothic": Palette((0.78, 0.78, 0.90), 0.35, lamps=0.4),
}


def style_of(style: str) -> str:
    """The kind of style that the words of a setting ask for; "" for the plain one."""
    return _said(style[:500])  # cut before it is kept: a style may have 16 KB


@lru_cache(maxsize=256)
def _said(style: str) -> str:
    found = tokens(style)
    for number in range(len(found)):
        for length in (3, 2, 1):  # "black and white" before "black"
            words = "-".join(found[number : number + length])
            for word in (words, words.removesuffix("s"), *words.split("-")[:1]):
                if word in _STYLES:
                    return _STYLES[word]
    return ""


def palette_of(style: str) -> Palette:
    """The palette of the words of a setting."""
    return PALETTES.get(style_of(style), _PLAIN)
