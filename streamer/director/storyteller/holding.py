"""What people hold, read, play or wear: it is said of them, and is no thing beside them. Data, and two functions. Pure.

"A girl with a red umbrella" is a girl whose look is "with a red umbrella"; "a wizard reads a book" is one who is
"reading a book". On a cat an umbrella is still a thing of its own.
"""

from __future__ import annotations

from .english import with_article
from .lexicon import NOUNS
from .wish import kind_of

MAX_LOOK = 40  # characters
MAX_DEED = 32

HELD = frozenset(
    ["umbrella", "parasol", "book", "newspaper", "magazine", "letter", "map", "guitar", "violin", "cello", "trumpet",
     "saxophone", "flute", "accordion", "harp", "drum", "banjo", "ukulele", "tambourine", "sword", "shield", "spear",
     "staff", "wand", "torch", "lantern", "candle", "camera", "phone", "telescope", "binoculars", "microphone",
     "flag", "basket", "bucket", "broom", "cup", "mug", "bouquet", "balloon", "bag", "backpack", "suitcase",
     "briefcase", "hat", "crown", "cap", "scarf", "helmet", "mask", "cape", "glasses", "sunglasses", "beard",
     "moustache", "mustache", "axe", "hammer", "rod", "cane", "apple", "sandwich", "pipe", "brush", "paintbrush",
     "hair", "dress", "coat", "suit", "robe", "jacket", "boots", "shovel", "spade", "rake", "oar", "racket", "bow",
     "rose", "flower"]
)  # fmt: skip  # fmt: skip

_HANDLED = {
    "reading": "book newspaper magazine letter map", "playing": "guitar violin cello trumpet saxophone flute accordion "
    "harp drum banjo ukulele tambourine trombone clarinet chess cards",
    "knitting": "scarf sweater sock hat", "cooking": "soup pasta dinner rice stew spaghetti breakfast",
    "stirring": "soup stew tea",
    "writing": "letter book", "eating": "apple sandwich banana pear pizza cake bread cookie",
    "drinking": "tea coffee water milk", "studying": "map book", "waving": "flag", "swinging": "sword axe",
    "strumming": "guitar banjo ukulele",
}  # fmt: skip
_ALL = frozenset(["holding", "carrying", "wearing", "raising", "lifting", "using", "swinging", "clutching"])
_UNCOUNTED = frozenset(
    ["chess", "cards", "soup", "pasta", "dinner", "rice", "stew", "spaghetti", "breakfast", "tea", "coffee", "water",
     "milk", "bread", "hair", "glasses", "sunglasses", "boots"]
)  # fmt: skip


def has_hands(noun: str) -> bool:
    """Whether it is a person, or like one."""
    return kind_of(noun) is NOUNS["person"]


def with_it(owner: str, noun: str, looks: list[str]) -> str:
    """How `owner` looks with it: "with a red umbrella"; "" where it is no thing that it would hold or wear."""
    if not has_hands(owner) or noun.split()[-1] not in HELD:
        return ""
    return f"with {_said(noun, looks)}"[:MAX_LOOK]


def deed(owner: str, doing: str, noun: str, looks: list[str], count: int) -> str:
    """What `owner` does with it in its hands: "reading a book"; "" where it is a thing of its own."""
    if not has_hands(owner) or count != 1:
        return ""
    handled = _HANDLED.get(doing, "").split()
    if noun in handled or (doing in _ALL and noun.split()[-1] in HELD):
        told = f"{doing} {_said(noun, looks)}"
        return told if len(told) <= MAX_DEED else f"{doing} {_said(noun, [])}"[:MAX_DEED]
    return ""


def _said(noun: str, looks: list[str]) -> str:
    words = f"{' '.join(looks)} {noun}".strip()
    return words if noun in _UNCOUNTED else with_article(words)
