"""How the storyboard's storyteller understands a sentence: words to subjects, setting and changes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .lexicon import (
    ADDS,
    ADJECTIVES,
    ARTICLES,
    BOTH,
    COLOURS,
    DOUBLES,
    ENTERS,
    IGNORED,
    IRREGULAR_PLURALS,
    IRREGULAR_VERBS,
    NOUNS,
    NUMBERS,
    PLACES,
    PREPOSITIONS,
    REFERS,
    REMOVES,
    SIZES,
    TIMES,
    UNKNOWN,
    VERBS,
    WEATHERS,
    Kind,
)

MAX_WORDS = 120  # of a wish; what comes later is not heard
MAX_SUBJECTS = 4

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?]")


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something in the words."""

    noun: str  # singular
    look: str = ""  # "small, red"
    doing: str = ""  # "running"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood of a sentence."""

    subjects: tuple[Subject, ...] = ()
    place: str = ""
    time: str = ""
    weather: str = ""
    look: str = ""  # said of nobody in particular: "make it blue"
    doing: str = ""
    adds: bool = False  # subjects join those that are there
    refers: bool = False  # it speaks of those that are there
    removes: frozenset[str] = frozenset()


@lru_cache(maxsize=256)
def hear(text: str) -> Wish:
    """Understands what it can; anything at all is heard as something."""
    return _Ear(text).wish()


def kind_of(noun: str) -> Kind:
    """The kind of a noun; of a compound, that of its last word ("fire boat" is a boat)."""
    return NOUNS.get(noun) or NOUNS.get(noun.split()[-1] if noun else "") or UNKNOWN


def gerund(verb: str) -> str:
    """run → running, dance → dancing, lie → lying"""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in DOUBLES else "") + "ing"


_GERUNDS = {gerund(verb): verb for verb in VERBS}


def verb_of(word: str) -> str | None:
    """The verb that `word` is a form of, if it is a known one."""
    if word in VERBS:
        return word
    if word in _GERUNDS:
        return _GERUNDS[word]
    if word in IRREGULAR_VERBS:
        return IRREGULAR_VERBS[word]
    for ending in ("es", "s", "ed", "d"):
        if word.endswith(ending) and word.removesuffix(ending) in VERBS:
            return word.removesuffix(ending)
    return None


def singular(word: str) -> str | None:
    """The known noun that `word` is, or is the plural of."""
    if word in NOUNS:
        return word
    if word in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[word]
    if word.endswith("ies") and word[:-3] + "y" in NOUNS:
        return word[:-3] + "y"
    for ending in ("es", "s"):
        if word.endswith(ending) and word.removesuffix(ending) in NOUNS:
            return word.removesuffix(ending)
    return None


@dataclass(slots=True)
class _Heard:
    """A subject in the making."""

    noun: str
    looks: list[str]
    doing: str
    count: int
    located: bool  # "on a mat": it does nothing by itself

    def subject(self) -> Subject:
        return Subject(self.noun, ", ".join(self.looks), self.doing, self.count)


class _Ear:
    """Goes through the words once, from left to right."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = _WORD.findall(text.lower())[:MAX_WORDS]
        self.heard: list[_Heard] = []
        self.place = self.time = self.weather = ""
        self.gone: set[str] = set()
        self.look: list[str] = []  # of nobody in particular
        # What waits for its noun:
        self.looks: list[str] = []
        self.doing = ""
        self.count = 1
        # What the words just before said:
        self.article = self.located = self.removing = self.is_said = False
        for size in self._steps():
            self.at += size
        self._flush()

    def _steps(self) -> Iterator[int]:
        self.at = 0
        while self.at < len(self.words):
            yield self._phrase() or self._word(self.words[self.at])

    def wish(self) -> Wish:
        words = set(self.words)
        first = next((word for word in self.words if word not in ("now", "then", "please")), "")
        return Wish(
            subjects=tuple(h.subject() for h in self.heard if h.noun not in self.gone)[:MAX_SUBJECTS],
            place=self.place,
            time=self.time,
            weather=self.weather,
            look=", ".join(self.look),
            doing=self.doing,
            adds=first in ADDS or any(verb_of(word) in ENTERS for word in words) or bool(_JOINS & words),
            refers=bool(REFERS & words),
            removes=frozenset(self.gone),
        )

    def _phrase(self) -> int:
        """Understands two or three words that are one noun, place or time; how many they were, or 0."""
        for size in (3, 2):
            phrase = " ".join(self.words[self.at : self.at + size])
            if " " not in phrase:
                continue
            if noun := singular(phrase):
                self._subject(noun, plural=noun != phrase)
                return size
            if phrase in PLACES or phrase in TIMES:
                self.place = PLACES.get(phrase, self.place)
                self.time = TIMES.get(phrase, self.time)
                return size
        return 0

    def _word(self, word: str) -> int:
        if not word[0].isalnum():
            self._flush()
        elif word in REMOVES and (word != "leaves" or self.heard):
            self._remove(word)
        elif word in ARTICLES:
            self.article = True
        elif word in NUMBERS:
            self.count = NUMBERS[word]
            self.article = True
        elif word in _IS and _describes(self._following()):
            self.is_said = True
        elif word in PREPOSITIONS:
            self._flush()
            self.located = True
        elif word in WEATHERS and not (singular(word) and self.article):
            self.weather = WEATHERS[word]
            self.located = False
        elif word in TIMES and not (word == "dark" and singular(self._following())):
            self.time = TIMES[word]
            self.located = False
        elif _describes(word) and not (singular(word) and not self._noun_follows()):
            self.looks.append(word)
        elif word in PLACES and (word not in BOTH or self.located) and not self._noun_follows():
            self._place(PLACES[word])
        elif self._is_verb(word):
            self._verb(word)
        elif noun := singular(word):
            if self._compound(noun):
                self.looks.append(word)
            else:
                self._subject(noun, plural=noun != word)
        elif not (word in IGNORED or word.endswith("ly") or word.isdecimal() or (len(word) == 1 and word.isascii())):
            self._unknown(word)
        return 1

    def _following(self) -> str:
        return self.words[self.at + 1] if self.at + 1 < len(self.words) else ""

    def _noun_follows(self) -> bool:
        """Whether the next word may be the noun that this one belongs to."""
        word = self._following()
        if not word or not word[0].isalpha() or word in ARTICLES or word in PREPOSITIONS or word in IGNORED:
            return False
        return bool(singular(word)) or _describes(word) or (verb_of(word) is None and not _setting(word))

    def _compound(self, noun: str) -> bool:
        """ "police cat", "stone lion": the first noun describes the second."""
        following = self._following()
        return bool(singular(following)) and verb_of(following) is None and noun not in IRREGULAR_PLURALS.values()

    def _flush(self) -> None:
        """The end of a clause: what described nothing yet."""
        if self.looks and self.is_said and self.heard:
            self.heard[-1].looks = self.looks
        elif self.looks:
            self.look += self.looks
        self.looks, self.count = [], 1
        self.article = self.located = self.removing = self.is_said = False

    def _remove(self, word: str) -> None:
        if word in ("vanish", "vanishes", "disappear", "disappears", "leaves") and self.heard:
            self.gone.add(self.heard[-1].noun)
        else:
            self.removing = True

    def _place(self, place: str) -> None:
        if not self.place or self.located:
            self.place = place
        self.looks, self.article, self.located = [], False, False

    def _is_verb(self, word: str) -> bool:
        if verb_of(word) is None:
            return False
        noun = singular(word) is not None
        if self.article or self.looks:
            return word.endswith("ing") and not noun  # "a running fox", but "a fly", "the old swing"
        return not (noun and not any(not h.located for h in self.heard))  # "fish swim"

    def _verb(self, word: str) -> None:
        verb = verb_of(word)
        if verb is None or verb in ENTERS:
            self.located = False
            return
        doing = gerund(verb)
        if self.article or self.looks:
            self.doing = doing
            return
        self._do(doing)

    def _do(self, doing: str) -> None:
        idle = [h for h in self.heard if not h.located and not h.doing]
        # "a samurai with an umbrella walks": the umbrella does not, unless it is all there is.
        idle = [h for h in idle if kind_of(h.noun).domain != "fixed"] or idle
        for heard in idle:
            heard.doing = doing
        if not self.heard:
            self.doing = doing
        self.located = False

    def _subject(self, noun: str, *, plural: bool) -> None:
        if self.removing:
            self.gone.add(noun)
        elif noun in BOTH and self.located and not self.place:
            self.place = noun
        elif len(self.heard) < MAX_SUBJECTS:
            same = next((h for h in self.heard if h.noun == noun and not self.article), None)
            if same is None:
                count = max(self.count, 2 if plural else 1)
                self.heard.append(_Heard(noun, self.looks[-4:], self.doing, count, self.located and bool(self.heard)))
        self.looks, self.doing, self.count = [], "", 1
        self.article = self.located = self.is_said = False

    def _unknown(self, word: str) -> None:
        """A word that nobody told us about: what it is, its surroundings tell."""
        actor = bool(self.heard) and not (self.article or self.looks or self.located)
        if word.endswith("ing") and len(word) > 5 and not self.article:
            self._do(word)
        elif actor and word.endswith("s") and not word.endswith("ss"):
            self._do(gerund(word.removesuffix("s")))
        elif actor and word.endswith("ed"):
            return
        elif self._noun_follows() and not self._following().endswith("s"):
            self.looks.append(word[:24])
        elif self.located and not self.place and self.heard:
            self._place(" ".join([*self.looks, word])[:32])
        else:
            plural = self.count > 1 and word.endswith("s") and not word.endswith("ss")
            self._subject((word.removesuffix("s") if plural else word)[:32], plural=plural)


_IS = frozenset(["is", "are", "becomes", "become", "turns", "turn", "gets", "get", "now"])
_JOINS = frozenset(["add", "another", "also", "suddenly"])


def _describes(word: str) -> bool:
    return word in COLOURS or word in SIZES or word in ADJECTIVES


def _setting(word: str) -> bool:
    return word in WEATHERS or word in TIMES
