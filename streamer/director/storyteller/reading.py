"""What may stand at a place of a sentence: the look ahead of the storyteller's ear. Pure."""

from __future__ import annotations

import re
import unicodedata

from .english import singular, verb_of
from .lexicon import (
    ADJECTIVES,
    ARTICLES,
    COLLECTIVES,
    COLOURS,
    IGNORED,
    IRREGULAR_PLURALS,
    MANY,
    NOUNS,
    NUMBERS,
    PREPOSITIONS,
    REMOVES,
    SAME_AS,
    SIZES,
    VERBS,
)
from .whereabouts import PLACES, TIMES, WEATHERS
from .wish import somebody

MAX_WORDS = 120  # of a wish; what comes later is not heard

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?]")


def words_of(text: str) -> list[str]:
    """Lower-case words and punctuation; a picture character is its name ("🦊" is "fox")."""
    pictures = (f" a {_picture(c)} , " if unicodedata.category(c) == "So" else c for c in text[: 40 * MAX_WORDS])
    found = [word.replace("’", "'") for word in _WORD.findall("".join(pictures).lower())]
    found = [word.removesuffix("'s") if word != "let's" else word for word in found]
    return [SAME_AS.get(word, word) for word in found][:MAX_WORDS]


def _picture(character: str) -> str:
    """The noun in a character's name: FOX FACE, WATER WAVE, BEACH WITH UMBRELLA."""
    words = unicodedata.name(character, "").lower().partition(" with ")[0].split()
    return " ".join(word for word in words if word not in ("face", "sign", "symbol", "water", "black", "white"))


def describes(word: str) -> bool:
    return word in COLOURS or word in SIZES or word in ADJECTIVES


def sets(word: str) -> bool:
    return word in WEATHERS or word in TIMES


def many_by_looks(word: str) -> bool:
    """Whether a word that nobody told us about looks like a plural."""
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))


FOLLOWS = frozenset(
    ["clad", "crept", "leapt", "knelt", "spun", "swung", "sprang", "lit", "high", "low", "deep", "far", "ahead", "home",
     "outside", "outdoors", "indoors", "upstairs", "downstairs", "nearby", "today", "apart", "adrift", "afloat",
     "aglow", "ablaze", "awake", "higher", "deeper", "further", "later", "never", "however", "rather", "than",
     "because", "against", "after", "before", "onwards"]
)  # fmt: skip
"""What says something of the noun before it; no nouns, though nothing in their looks says so."""

NO_VERBS = frozenset(["earring", "ring", "wedding", "ceiling", "railing", "pudding", "clothing", "wing", "sling"])
"""They look like a deed."""


class Reading:
    """The words of a sentence, and the place in them that is being read. `ahead` counts words from there."""

    def __init__(self, text: str) -> None:
        self.words = words_of(text)
        self.at = 0

    def _word(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.words[place] if place < len(self.words) else ""

    def _phrase(self, size: int, ahead: int = 0) -> str:
        words = self.words[self.at + ahead : self.at + ahead + size]
        return " ".join(words) if len(words) == size else ""

    def _head(self, ahead: int, *, named: bool) -> tuple[str, int]:
        """The noun that stands there, and of how many words it is made; "" for none."""
        for size in (3, 2):
            phrase = self._phrase(size, ahead)
            if phrase and (noun := singular(phrase) or (phrase if phrase in PLACES else None)):
                return noun, size
        word = self._word(ahead)
        if noun := singular(word):
            return noun, 1
        if word in PLACES:
            return word, 1
        known = not word or not word[0].isalnum() or word in IGNORED or word in PREPOSITIONS or word in REMOVES
        if named and not known and not (verb_of(word) and word.endswith(("s", "ing", "ed"))):
            return word[:32], 1
        return "", 0

    def _counts(self, ahead: int) -> bool:
        return self._word(ahead) in COLLECTIVES and self._word(ahead + 1) == "of"

    def _number(self, ahead: int) -> int:
        """How many the word there says, MANY at most; 0 where it is no number of anything: "boat 19", "in 1920"."""
        word, following = self._word(ahead), self._word(ahead + 1)
        if word.isdecimal() and word not in NUMBERS:
            return MANY if following.endswith("s") or following in IRREGULAR_PLURALS or describes(following) else 0
        parts = word.split("-")
        return NUMBERS.get(word, MANY if len(parts) == 2 and all(part in NUMBERS for part in parts) else 0)

    def _modifies(self, ahead: int, open_: bool) -> bool:
        """Whether the word there describes the noun after it."""
        word, following = self._word(ahead), self._word(ahead + 1)
        if not word or not word[0].isalnum() or self._compound_noun(ahead):
            return False
        if describes(word):
            if verb_of(following) and not self._heads(ahead + 1, after=word):
                return False
            return self._opens_noun(ahead + 1) and not (singular(word) and self._is_verb_after(word, ahead + 1))
        if word in IGNORED or word in PREPOSITIONS or word in ARTICLES:
            return False
        if word.endswith("ing") and verb_of(word) and open_ and not singular(word):
            return self._opens_noun(ahead + 1)
        if noun := singular(word):
            plural = word != noun or word in IRREGULAR_PLURALS
            heads = bool(singular(following)) or following in PLACES  # "stone bridge", "flower garden"
            heads = heads or self._heads_compound(noun, ahead + 1, open_)
            return heads and not plural and not self._is_verb_after(word, ahead + 1)
        if word in PLACES or sets(word):
            return word in PLACES and bool(singular(following)) and not self._is_verb_after(word, ahead + 1)
        if verb_of(word):
            return False
        known = bool(singular(following)) or following in PLACES or describes(following)
        return known and not self._is_verb_after(word, ahead + 1) or (open_ and self._plain(ahead + 1))

    def _compound_noun(self, ahead: int) -> bool:
        """ "snow leopard", "hot air balloon": known as a whole."""
        phrases = (self._phrase(3, ahead), self._phrase(2, ahead))
        return any(bool(phrase) and (bool(singular(phrase)) or phrase in PLACES) for phrase in phrases)

    def _heads_compound(self, noun: str, ahead: int, open_: bool) -> bool:
        """Whether a word that nobody told us about goes with the noun before it: "a lighthouse keeper"."""
        word = self._word(ahead)
        following = self._word(ahead + 1)
        if word.endswith("rs") and (self._word(ahead - 2) in NUMBERS or following in VERBS):
            return somebody(word[:-1]) and verb_of(word) is None  # "two taxi drivers wait"
        if not self._plain(ahead) or not word.isalpha() or describes(word) or word in FOLLOWS or word.endswith("ly"):
            return False  # nor is "boat 19" a kind of boat
        if somebody(word):
            return True
        owns = NOUNS.get(noun) is NOUNS["person"]  # "my grandmother's birthday" is about her
        return open_ and not owns and (not word.endswith("ing") or word in NO_VERBS)

    def _opens_noun(self, ahead: int) -> bool:
        """Whether a noun, or what describes one, may stand there."""
        word = self._word(ahead)
        if not word or not word[0].isalnum() or word in ARTICLES or word in PREPOSITIONS or word in IGNORED:
            return self._compound_noun(ahead)
        return (
            bool(singular(word))
            or describes(word)
            or word in PLACES
            or (verb_of(word) is None or (word.endswith("ing") and bool(singular(self._word(ahead + 1)))))
            and not sets(word)
        )

    def _plain(self, ahead: int) -> bool:
        """Whether a word that nobody told us about stands there, and no verb by its looks."""
        word = self._word(ahead)
        if not word or not word[0].isalnum() or word in IGNORED or word in PREPOSITIONS or word in ARTICLES:
            return False
        return verb_of(word) is None and not sets(word) and not word.endswith(("s", "ed")) and word not in NUMBERS

    def _heads(self, ahead: int, *, after: str) -> bool:
        """Whether a word that could be a verb is the noun of `after` ("giant wave")."""
        return bool(singular(self._word(ahead))) and not self._is_verb_after(after, ahead)

    def _is_verb_after(self, subject: str, ahead: int) -> bool:
        """Whether the word there is the verb of `subject`: "a duck ducks", "children play", not "a giant wave"."""
        word = self._word(ahead)
        if verb_of(word) is None or (word in VERBS and word.endswith("ing")):
            return False
        if singular(word) is None:
            return True
        one = singular(subject) == subject
        before = self._word(ahead - 2) if self.at + ahead >= 2 else ""
        follows = self._word(ahead + 1)
        if word.endswith("s") and one:
            return follows in ("to", "at", "goodbye", "back", "") or before in ("a", "an") or not describes(subject)
        return not one and word in VERBS and not describes(subject)
