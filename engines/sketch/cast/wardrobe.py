"""Who people are: age, hair and clothes by role, told by a few words each; `people.py` gives them joints."""

from __future__ import annotations

from dataclasses import dataclass, replace

GROUND = 184.0
"""Where people stand in their drawings of 220 x 220 units."""

SKINS = ("#f6cfae", "#d79b6c", "#97603f", "#eebb91", "#6b4230", "#c68a5c")
HAIRS = ("#4a3428", "#2b2320", "#7a4a26", "#c98f3f", "#a3502a", "#5c3a22")


@dataclass(frozen=True, slots=True)
class Person:
    """How someone is dressed; `top` is what a colour word colours."""

    top: str
    legs: str
    hair: str = ""  # "": one of HAIRS, by who it is
    cut: str = "short"  # short, long, bun, tail, curls, spiky, bald, hood; "": one of them, by who it is
    skirt: str = ""  # "", skirt, tutu, robe, coat
    hat: str = ""  # see `hats.py`
    height: float = 100.0  # of an adult: 100
    beard: bool = False
    prop: str = ""  # what is in the hand, if nothing else is said
    back: str = ""  # wings, cape, tank, quiver
    mark: str = ""  # apron, buttons, sash, stripes, star, cross, tie, armour, suit, stethoscope, belt


_MAN = Person("#3f6fb0", "#39414f")
_WOMAN = Person("#c2496a", "#41506e", cut="long", skirt="skirt")

PEOPLE: dict[str, Person] = {
    "man": _MAN,
    "woman": _WOMAN,
    "boy": Person("#e0a030", "#3f5f8f", cut="spiky", height=70),
    "girl": Person("#e0609a", "#e0609a", cut="tail", skirt="skirt", height=70),
    "child": Person("#58a868", "#4a5a86", cut="", height=66),
    "baby": Person("#f3d27a", "#f3d27a", cut="bald", height=48),
    "person": Person("#4a9088", "#404a5c", cut=""),
    "old man": Person("#7a6f62", "#4d4a4a", "#dcdcdc", "bald", beard=True, prop="cane"),
    "old woman": Person("#8d7ab0", "#5c5470", "#dadade", "bun", "skirt", mark="glasses"),
    "astronaut": Person("#f0f3f6", "#e2e6ec", hat="dome", back="tank", mark="suit"),
    "knight": Person("#b4bdc9", "#8f99a8", hat="helmet", prop="sword", mark="armour"),
    "mage": Person("#5a4aa8", "#4a3c8c", "#e9e9ee", "long", "robe", "pointed", beard=True, prop="staff", mark="stars"),
    "witch": Person("#4a3d66", "#3a3050", "#8a3f1f", "long", "robe", "pointed", prop="broom"),
    "king": Person("#a3263a", "#7d1d2d", "#6a4a30", "short", "robe", "crown", beard=True, mark="ermine"),
    "prince": Person("#3a56a8", "#e8e4d8", "#a8763c", hat="crown", mark="sash"),
    "queen": Person("#8a3fa0", "#722f88", "#5a3524", "long", "robe", "crown", mark="ermine"),
    "princess": Person("#f08fb4", "#f08fb4", "#e8bf5a", "long", "robe", "crown"),
    "police officer": Person("#2a4a8f", "#26365c", hat="cap", mark="star"),
    "firefighter": Person("#d0452c", "#3a3d48", hat="helmet red", mark="stripes"),
    "detective": Person("#b08f5c", "#4a4440", skirt="coat", hat="brim", prop="lens"),
    "farmer": Person("#b8483c", "#45609a", hat="straw", mark="bib"),
    "pirate": Person("#b02a35", "#2f2b33", "#2a201c", "long", "coat", "tricorn", beard=True, prop="sword", mark="belt"),
    "cook": Person("#f6f6f4", "#57606e", hat="toque", mark="buttons"),
    "artist": Person("#e4dccb", "#51607e", cut="curls", hat="beret", prop="brush", mark="apron"),
    "singer": Person("#8a45c0", "#2d2b38", cut="long", prop="microphone"),
    "musician": Person("#35424f", "#2a2f3a", cut="curls", prop="guitar", mark="tie"),
    "health worker": Person("#f4f7f9", "#7fb3c8", skirt="coat", mark="stethoscope"),
    "scientist": Person("#f2f5f7", "#56606e", "#d5d5d8", "spiky", "coat", mark="glasses"),
    "teacher": Person("#5d8a5a", "#4a4a58", cut="bun", skirt="skirt", mark="glasses", prop="book"),
    "student": Person("#d8813a", "#3f4f78", cut="", height=84, back="pack"),
    "business person": Person("#3a4256", "#2f3546", mark="tie", prop="case"),
    "pilot": Person("#7a5536", "#45505e", hat="helmet brown", mark="scarf"),
    "construction worker": Person("#f0882c", "#41527a", hat="helmet yellow", mark="stripes"),
    "soldier": Person("#66743f", "#566338", hat="helmet green", mark="belt"),
    "guard": Person("#c8302c", "#26282f", hat="bearskin", mark="buttons"),
    "ninja": Person("#33363f", "#33363f", cut="hood", prop="sword", mark="belt"),
    "fairy": Person("#8fd07a", "#8fd07a", "#e8bf5a", "bun", "tutu", height=76, prop="wand", back="wings"),
    "angel": Person("#f7f5ee", "#f7f5ee", "#e8c878", "long", "robe", "halo", back="wings"),
    "superhero": Person("#2c5fc0", "#2c5fc0", cut="short", back="cape", mark="hero"),
    "dancer": Person("#e86a92", "#f2c3b4", "#3a2620", "bun", "tutu", mark="ballet"),
    "monk": Person("#d07a2e", "#b0601f", cut="bald", skirt="robe", mark="sash"),
    "samurai": Person("#8a2f38", "#34343e", "#221c1c", "bun", "coat", "kabuto", prop="sword", mark="armour"),
    "cowboy": Person("#8a5a36", "#3f5f96", hat="brim tan", mark="scarf"),
    "viking": Person("#6f5640", "#4a4038", "#c98f3f", "long", hat="horned", beard=True, prop="axe", mark="belt"),
    "Santa Claus": Person(
        "#cf2a34", "#b3202c", "#fafafa", skirt="coat", hat="nightcap", beard=True, mark="belt", prop="sack"
    ),
    "elf": Person("#3f9050", "#7a5a34", "#e0b860", hat="nightcap green", height=70, mark="belt"),
    "clown": Person("#f2c12e", "#3f7fd0", "#e8542c", "curls", hat="party", mark="clown"),
    "diver": Person("#2c3540", "#2c3540", hat="mask", back="tank", mark="flippers"),
    "surfer": Person("#1f8fa8", "#e8703a", "#d9a84e", "long", mark="beach"),
    "swimmer": Person("#2f78c8", "#2f78c8", mark="beach", hat="swimcap"),
    "sailor": Person("#f4f6f8", "#2f4a86", hat="sailor", mark="scarf"),
    "explorer": Person("#b59a66", "#8a744c", hat="brim tan", back="pack"),
    "fisherman": Person("#e2b53a", "#4a5a6a", hat="brim yellow", prop="rod", beard=True, hair="#8a8a88"),
    "skier": Person("#3f8fd0", "#2f3a52", hat="bobble", mark="goggles"),
    "athlete": Person("#e0503a", "#2c3a5c", cut="tail", mark="number"),
    "bride": Person("#fbfaf6", "#fbfaf6", "#6a4228", "bun", "robe", "veil", prop="flowers"),
    "conductor": Person("#26282f", "#26282f", "#d5d5d8", "curls", "coat", prop="wand", mark="tie"),
    "archer": Person("#4f7a3c", "#6a5236", cut="tail", hat="feather", prop="bow", back="quiver"),
    "genie": Person("#3f8fd8", "#e8b43a", "#22202a", "bun", mark="sash"),
}
PEOPLE |= {"ballerina": replace(PEOPLE["dancer"], top="#f4a9c4")}
"""By the names that the vocabulary of drawings leads to."""
