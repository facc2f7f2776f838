"""The kinds of animals with legs, told by a few figures each; `animals.py` gives them joints, `faces.py` heads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Species:
    """Lengths in units of a drawing of about 100 x 100, angles in degrees."""

    coat: str
    pale: str  # belly, chest, muzzle
    dark: str  # ear tips, stripes, hooves, mane
    leg: float = 24.0  # from belly to ground
    length: float = 34.0  # hip to shoulder
    girth: float = 19.0  # back to belly
    neck: float = 12.0  # shoulder to head
    rise: float = 55.0  # of the neck: 0 level, 90 straight up
    head: float = 13.0  # radius
    snout: float = 6.0
    face: str = "round"  # round: turned a little to us, two eyes; long: from the side, one eye
    ears: str = "pointed"  # pointed, big, tall, floppy, round, leaf, fan, none
    tail: str = "thin"  # bushy, plume, thin, stub, flow, tuft, curl, thick, none
    bone: float = 1.0  # how thick the legs are
    moves: str = "trot"  # trot; hop: it travels in hops; upright: it goes on its hind legs, and hops if `tail` is thick
    has: str = (
        ""  # mask blaze cheeks fluff socks stockings hooves stripes patches spots wool mane ruff antlers horns ...
    )

    def shows(self, mark: str) -> bool:
        """Whether it has a mark of that name."""
        return mark in _marks(self.has)


@lru_cache(maxsize=256)
def _marks(has: str) -> frozenset[str]:
    return frozenset(has.split())


_DOG = Species("#c98f55", "#f8ead6", "#6d4426", 20, 32, 18, 11, 58, 13, 8, "round", "floppy", "thin", has="mask fluff")
_CAT = Species("#eda650", "#fff3e2", "#a5642a", 17, 31, 16, 8, 55, 13.5, 2, "round", "pointed", "thin", has="mask cat")
_HORSE = Species(
    "#a5683a", "#c99a68", "#3a2618", 32, 38, 20, 24, 58, 9.5, 18, "long", "pointed", "flow", 0.9, has="mane hooves"
)
_COW = Species(
    "#f6f1ea", "#f5cdbd", "#3d3430", 21, 42, 26, 10, 35, 11.5, 13, "long", "leaf", "tuft", has="horns patches hooves"
)
_LION = Species(
    "#e0a94c", "#f8e6bb", "#9a5a24", 20, 36, 21, 11, 50, 14, 5, "round", "round", "tuft", 1.15, has="mask ruff"
)
_BEAR = Species("#86583a", "#c99f74", "#4a2f1e", 17, 36, 29, 7, 40, 15, 6, "round", "round", "stub", 1.3, has="mask")
_RABBIT = Species(
    "#c9a27e", "#fdf4ea", "#8a6448", 10, 24, 21, 7, 50, 13.5, 2, "round", "tall", "stub", 1.0, "hop", "mask fluff buck"
)
_MOUSE = Species(
    "#a9a4ab", "#f3dfe0", "#6d6870", 7, 22, 17, 5, 25, 12, 6, "round", "fan", "thin", 0.8, "hop", "mask pinktail"
)
_CROC = Species(
    "#5f9a4a", "#cfdf9a", "#3f6e35", 8, 50, 15, 6, 8, 9, 26, "long", "none", "thick", 1.1, has="scales teeth ridge"
)
_REX = Species(
    "#6aa84f", "#dbe8a6", "#3f7436", 24, 30, 25, 12, 60, 15, 12, "long", "none", "thick", 1.5, "upright", "teeth ridge"
)

SPECIES: dict[str, Species] = {
    "fox": Species(
        "#f07d23",
        "#fff4e4",
        "#3b2a2a",
        20,
        31,
        16,
        10,
        52,
        13,
        10,
        "round",
        "big",
        "bushy",
        has="mask cheeks fluff stockings",
    ),
    "wolf": Species(
        "#8a919b",
        "#e4e6ea",
        "#4a4f58",
        24,
        36,
        19,
        11,
        48,
        12.5,
        10,
        "round",
        "pointed",
        "bushy",
        1.1,
        has="mask cheeks fluff",
    ),
    "dog": _DOG,
    "corgi": Species(
        "#e8994a",
        "#fffaf2",
        "#b86a2a",
        9.5,
        33,
        21,
        11,
        58,
        15,
        8,
        "round",
        "big",
        "stub",
        1.1,
        has="mask blaze cheeks fluff socks bum smile",
    ),
    "dalmatian": replace(_DOG, coat="#f7f6f2", pale="#ffffff", dark="#2b2a2e", leg=23, has="spots fluff"),
    "poodle": replace(_DOG, coat="#f4e9e4", pale="#fffaf6", dark="#d9b9ae", has="wool fluff", tail="stub"),
    "husky": replace(
        _DOG,
        coat="#7c8794",
        pale="#ffffff",
        dark="#4b5560",
        ears="pointed",
        tail="plume",
        has="mask blaze cheeks fluff socks",
    ),
    "dachshund": replace(_DOG, coat="#8a4f2c", pale="#c98a54", dark="#5a3018", leg=8, length=48, girth=15),
    "pug": replace(
        _DOG, coat="#e5c79a", pale="#f3e2c4", dark="#4a3a32", leg=14, girth=19, snout=2, tail="curl", has="darkmask"
    ),
    "cat": replace(_CAT, has="mask cat stripes"),
    "black cat": replace(_CAT, coat="#3a3c46", pale="#4d505d", dark="#24252c", has="cat glow"),
    "horse": _HORSE,
    "donkey": replace(
        _HORSE, coat="#938d89", pale="#d9d4ce", dark="#4c4744", leg=25, neck=17, head=10, ears="tall", tail="tuft"
    ),
    "zebra": replace(
        _HORSE, coat="#f5f5f2", pale="#ffffff", dark="#2a2c32", leg=28, neck=19, tail="tuft", has="mane stripes hooves"
    ),
    "unicorn": replace(_HORSE, coat="#faf6ff", pale="#ffffff", dark="#d995dc", has="mane horn hooves"),
    "deer": Species(
        "#c08046",
        "#f6e6cd",
        "#5f3a1c",
        31,
        32,
        17,
        17,
        66,
        10.5,
        11,
        "long",
        "leaf",
        "stub",
        0.75,
        has="antlers hooves freckles bum",
    ),
    "cow": _COW,
    "ox": replace(_COW, coat="#7c5234", pale="#b08a66", dark="#3a2618", has="horns hooves"),
    "goat": Species(
        "#ece7dd",
        "#ffffff",
        "#6a6259",
        21,
        30,
        18,
        12,
        60,
        10,
        11,
        "long",
        "leaf",
        "stub",
        0.85,
        has="horns beard hooves",
    ),
    "ewe": Species(
        "#f7f3e8", "#f7f3e8", "#4a403c", 14, 32, 27, 7, 35, 10.5, 9, "long", "leaf", "stub", 0.9, has="wool"
    ),
    "pig": Species(
        "#f4acb0", "#fbcdd0", "#dd8089", 10, 36, 26, 5, 25, 14.5, 5, "round", "floppy", "curl", 1.0, has="disc"
    ),
    "boar": Species(
        "#6d5446", "#8f7462", "#3f3029", 12, 36, 26, 5, 20, 14, 8, "round", "pointed", "curl", 1.0, has="disc tusks"
    ),
    "lion": _LION,
    "tiger": replace(_LION, coat="#f09433", pale="#fff4e2", dark="#2f2622", tail="thin", has="mask stripes cheeks"),
    "leopard": replace(
        _LION, coat="#ebbd63", pale="#fff1d4", dark="#5a4026", tail="thin", leg=22, girth=18, bone=1.0, has="mask spots"
    ),
    "bear": _BEAR,
    "polar bear": replace(_BEAR, coat="#f5f6f4", pale="#ffffff", dark="#a9b4bc"),
    "panda": replace(_BEAR, coat="#f7f7f5", pale="#ffffff", dark="#2b2c32", has="panda"),
    "koala": replace(
        _BEAR, coat="#9ba0a8", pale="#e6e6ea", dark="#5a5c66", leg=10, length=26, ears="fan", has="bignose"
    ),
    "raccoon": replace(
        _CAT,
        coat="#8d8f98",
        pale="#e9e9ec",
        dark="#3a3b42",
        ears="round",
        tail="bushy",
        has="bandit rings cheeks",
        snout=6,
    ),
    "rabbit": _RABBIT,
    "chipmunk": replace(
        _RABBIT,
        coat="#b9683a",
        pale="#fbe6cd",
        dark="#7a3f20",
        girth=17,
        head=12,
        ears="round",
        tail="plume",
        has="mask buck",
    ),
    "mouse": _MOUSE,
    "rat": replace(_MOUSE, coat="#7d7470", dark="#564e4b", length=27, snout=9),
    "hamster": replace(
        _MOUSE,
        coat="#eab676",
        pale="#fff7ea",
        dark="#c58a4a",
        girth=21,
        snout=2,
        tail="stub",
        ears="round",
        has="mask buck",
    ),
    "hedgehog": replace(
        _MOUSE, coat="#7d5b43", pale="#efd9bd", dark="#4d3628", girth=20, tail="none", ears="round", has="spines mask"
    ),
    "elephant": Species(
        "#9aa3b0", "#b9c1cb", "#7d8693", 24, 38, 34, 6, 30, 16, 0, "round", "fan", "tuft", 1.4, has="trunk"
    ),
    "rhinoceros": Species(
        "#8f9299", "#a9acb2", "#e9e4d6", 14, 42, 31, 7, 5, 12, 15, "long", "leaf", "stub", 1.5, has="nosehorn"
    ),
    "hippopotamus": Species("#8d7f96", "#c3a7b3", "#6b6076", 9, 42, 32, 4, 8, 14, 14, "long", "round", "stub", 1.5),
    "giraffe": Species(
        "#f2c45c",
        "#fbe7b4",
        "#b06a2c",
        32,
        28,
        18,
        42,
        72,
        9,
        13,
        "long",
        "leaf",
        "tuft",
        0.85,
        has="patches knobs hooves mane",
    ),
    "camel": Species(
        "#d9a561", "#ecc68f", "#9a6a34", 30, 36, 20, 20, 48, 9.5, 14, "long", "leaf", "tuft", 0.9, has="hump hooves"
    ),
    "llama": Species(
        "#f0e4cd", "#fff8ea", "#b58f63", 22, 28, 22, 25, 78, 10, 9, "long", "tall", "plume", 0.9, has="wool fluff"
    ),
    "kangaroo": Species(
        "#c98d58", "#f0d6b4", "#8a5a32", 16, 26, 21, 12, 70, 10.5, 11, "long", "tall", "thick", 1.3, "upright"
    ),
    "monkey": Species(
        "#8f5f3c", "#f2cfa4", "#5f3c24", 15, 20, 17, 8, 80, 14, 1, "round", "round", "curl", 0.95, "upright", "monkey"
    ),
    "gorilla": Species(
        "#4a4a54", "#8a8a94", "#2d2d34", 14, 26, 27, 7, 60, 14, 2, "round", "round", "none", 1.7, has="monkey"
    ),
    "crocodile": _CROC,
    "lizard": replace(_CROC, coat="#6fb457", dark="#3f7f38", leg=8, length=34, girth=12, snout=10, has="ridge"),
    "sauropod": Species(
        "#5fa5a0", "#cfe6d2", "#3c7a78", 20, 40, 30, 40, 62, 10, 10, "long", "none", "thick", 1.7, has="ridge"
    ),
    "T-Rex": _REX,
    "dragon": Species(
        "#4fa65a",
        "#f4dd8c",
        "#2d7341",
        18,
        38,
        24,
        24,
        62,
        12.5,
        14,
        "long",
        "spike",
        "thick",
        1.2,
        has="wings ridge teeth horns",
    ),
    "turtle": Species(
        "#7fae58", "#e2dc9e", "#5d7f3c", 8, 30, 18, 8, 22, 9.5, 4, "long", "none", "stub", 1.3, has="shell"
    ),
    "frog": Species(
        "#63b548", "#dff0b8", "#3f8a30", 7, 20, 17, 3, 35, 12, 3, "round", "none", "none", 1.0, "hop", "frog"
    ),
}
"""By the names that the vocabulary of drawings leads to."""
