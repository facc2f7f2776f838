"""The kinds of sea animals and of those without legs, told by a few figures each; what all of them share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi

from engines.sketch.canvas.svg import eye, oval, stroke

from .joints import blinks
from .motion import Pose

SIDE = 160.0
X, Y = 80.0, 62.0
"""Where the middle of a body lies."""


@dataclass(frozen=True, slots=True)
class Swimmer:
    """Colours, and lengths in units of the drawing."""

    kind: str  # fish, turtle, octopus, jellyfish, crab, seahorse, snake, snail, seal, ray
    skin: str
    pale: str
    dark: str
    length: float = 80.0
    girth: float = 34.0
    has: str = ""  # flukes, dorsal, stripes, spots, teeth, spout, spines, fins, eyepatch, lamp

    def shows(self, mark: str) -> bool:
        """Whether it has a mark of that name."""
        return mark in self.has.split()


_FISH = Swimmer("fish", "#f29a3a", "#fbd59a", "#d9742a", 58, 34, "fins")
_WHALE = Swimmer("fish", "#4f86b8", "#dce8f2", "#3a6a98", 112, 58, "flukes spout grooves")

SEALIFE: dict[str, Swimmer] = {
    "fish": _FISH,
    "goldfish": replace(_FISH, skin="#f5902e", has="fins veil"),
    "tropical fish": Swimmer("fish", "#f58a2e", "#ffffff", "#2f3440", 52, 38, "fins bands"),
    "blue tang": Swimmer("fish", "#2f6fe0", "#f2d23a", "#1b2c66", 54, 38, "fins"),
    "salmon": Swimmer("fish", "#d9786a", "#f2e4dc", "#8a5a5a", 80, 28, "fins spots"),
    "blowfish": Swimmer("fish", "#e8c25a", "#fbf3d8", "#b98a34", 46, 46, "fins spines"),
    "shark": Swimmer("fish", "#7d8d9e", "#eef2f5", "#5f6e7e", 104, 36, "dorsal teeth gills"),
    "dolphin": Swimmer("fish", "#6f9fc8", "#eaf2f8", "#5583ac", 92, 32, "flukes dorsal beak"),
    "orca": Swimmer("fish", "#2b3038", "#ffffff", "#1c2027", 104, 42, "flukes dorsal eyepatch"),
    "spouting whale": _WHALE,
    "whale": _WHALE,
    "narwhal": replace(
        _WHALE, skin="#8fa6b8", pale="#eef2f4", dark="#6a8296", length=96, girth=42, has="flukes tusk spots"
    ),
    "eel": Swimmer("snake", "#4f7a6a", "#a8c8a8", "#3a5a50", 110, 13, "eel"),
    "sea turtle": Swimmer("turtle", "#6fb08a", "#d9e2a8", "#4f7a4a", 62, 34),
    "octopus": Swimmer("octopus", "#e0607a", "#f7b3bf", "#b8405c", 70, 44),
    "squid": Swimmer("octopus", "#e88a6a", "#f8cdb8", "#c06a4c", 76, 34, "tall"),
    "jellyfish": Swimmer("jellyfish", "#c79af0", "#ecd8ff", "#9a6ad0", 60, 46),
    "crab": Swimmer("crab", "#e2503a", "#f59a7a", "#b83a2a", 66, 34),
    "lobster": Swimmer("crab", "#c8382e", "#ea7a62", "#98281f", 66, 26, "tail"),
    "seahorse": Swimmer("seahorse", "#f2b23f", "#fbe09a", "#c8842a", 70, 18),
    "seal": Swimmer("seal", "#8f98a4", "#d5dae0", "#6a737f", 80, 34),
    "walrus": Swimmer("seal", "#a5785a", "#d8b492", "#7a553c", 84, 40, "tusks"),
    "ray": Swimmer("ray", "#6f86a8", "#dfe6f0", "#536a8c", 80, 30),
    "starfish": Swimmer("star", "#f2884a", "#fbc08a", "#d0642c", 60, 30),
    "snake": Swimmer("snake", "#6fb04a", "#dbe69a", "#4a7f30", 104, 13),
    "worm": Swimmer("snake", "#e89a9a", "#f5c0b8", "#c87878", 74, 10),
    "caterpillar": Swimmer("snake", "#8fcc4a", "#cfe88a", "#5f9a30", 74, 17, "beads"),
    "snail": Swimmer("snail", "#e8c89a", "#f8e6c8", "#b0703c", 66, 34),
}
"""By the names that the vocabulary of drawings leads to."""


def turn_of(now: Pose) -> float:
    """Radians of the tail's beat: quick for who hurries, slow for who sleeps or rests."""
    return (
        2 * pi * now.phase
        if now.gait in ("walk", "run", "dance", "swim", "dive", "fly", "jump")
        else now.clock * (0.8 if now.gait == "lie" else 2.6)
    )


def face_of(x: float, y: float, r: float, now: Pose, *, blush: bool = True) -> str:
    """One eye, a smile and a cheek."""
    shut = now.gait == "lie" or blinks(now.clock)
    d = f"M{x + r * 0.5:.2f} {y + r * 2.0:.2f}q{r * 0.9:.2f} {r * 0.6:.2f} {r * 1.9:.2f} {-r * 0.5:.2f}"
    cheek = oval(x - r * 0.4, y + r * 1.6, r * 0.7, r * 0.45, "#f28a86", 0.5) if blush else ""
    return cheek + eye(x, y, r, shut=shut) + stroke(d, "#3a2a30", r * 0.3)
