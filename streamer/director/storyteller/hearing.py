"""How the storyteller understands a sentence: words to subjects, setting, camera and changes. Pure.

A sentence is read once, from left to right. At each place the first reading that fits is taken: an idiom, the setting,
a noun phrase ("the three small red foxes"), a verb, a preposition; what is left is a word that nobody told us about,
and what that is, its surroundings tell. Where a word may be a noun or a verb ("wave", "fish", "fly"), an open noun
phrase makes it a noun and a subject that still waits for its verb makes it one.
"""

from __future__ import annotations

from functools import lru_cache

from streamer.director import styles

from .english import gerund, singular, verb_of
from .habitats import NOBODY
from .lexicon import (
    ADDS,
    ALWAYS,
    ARTICLES,
    AT,
    BOTH_DO,
    CAMERA,
    COLLECTIVES,
    ENTERS,
    GOES,
    IDIOMS,
    IGNORED,
    LEAVES,
    MANY,
    NOUNS,
    PREPOSITIONS,
    REFERS,
    REMOVES,
    STOPS,
    TEMPOS,
    TURNS,
    UNKNOWN,
)
from .reading import FOLLOWS, describes, many_by_looks, sets
from .relations import BODY, PHRASES
from .troupes import expanded, is_troupe
from .understanding import MAX_SUBJECTS, Understanding
from .whereabouts import LIGHTS, PLACES, SEASONS, TIMES, WEATHERS
from .wish import Wish, kind_of

CONTAINERS = frozenset(["bowl", "basket", "cup", "glass", "vase", "plate", "bouquet", "bottle", "box", "mug", "jar",
                        "bag", "slice", "bunch", "pot", "bucket"])  # fmt: skip

_IS = frozenset(["is", "are", "becomes", "become", "turns", "turn", "gets", "get", "now", "was", "were"])
_SAYS_NOTHING = IGNORED | NOBODY
_PASSIVE = frozenset(["is", "are", "was", "were", "being", "gets", "get", "got"])
_ASKS = frozenset(["now", "then", "please", "let", "it", "them", "and"])
_WHITHER = frozenset(["to", "through", "around", "into", "away", "up", "across", "above", "towards", "toward", "back"])
_ALL = frozenset(["everyone", "everybody", "all", "they", "both"])
_BREAKS = frozenset(["falls", "fall", "comes", "breaks", "arrives", "begins", "rises", "approaches"])
"""What a time of day does, and nobody else: "night falls"."""
_SUN_DOES = {
    "rises": "sunrise", "rise": "sunrise", "rising": "sunrise", "comes up": "sunrise", "goes up": "sunrise",
    "sets": "sunset", "set": "sunset", "setting": "sunset", "sinks": "sunset", "goes down": "sunset",
}  # fmt: skip
_BECOMES = frozenset(["turns", "becomes", "become", "morphs", "transforms", "changes"])
_JOINS = frozenset(["add", "another", "also", "suddenly", "more", "second", "give", "bring"])


@lru_cache(maxsize=256)
def hear(text: str) -> Wish:
    """Understands what it can; anything at all is heard as something."""
    return _Ear(styles.heard(text).rest).wish()


class _Ear(Understanding):
    """Goes through the words once, from left to right."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        while self.at < len(self.words):
            self.at += (
                self._idiom()
                or self._relation()
                or self._setting()
                or self._predicate()
                or self._verb()
                or self._noun_phrase()
                or self._small_word()
                or self._unknown()
            )

    def wish(self) -> Wish:
        words = set(self.words)
        first = next((word for word in self.words if word not in ("now", "then", "please")), "")
        adds = first in ADDS or self.adding or any(verb_of(word) in ENTERS for word in words) or bool(_JOINS & words)
        return Wish(
            subjects=expanded(tuple(h.subject() for h in self.heard if h.noun not in self.gone), MAX_SUBJECTS),
            place=self.place or self.hint,
            season=self.season,
            time=self.time,
            weather=self.weather,
            look=", ".join(self.look),
            doing=self.doing,
            adds=adds,
            refers=bool(REFERS & words) or bool(self.camera or self.tempo != 1.0),
            removes=frozenset(self.gone),
            camera=self.camera,
            tempo=self.tempo,
            everyone=not _ALL.isdisjoint(words),
            always=not ALWAYS.isdisjoint(words),
        )

    # Readings: each returns how many words it has understood, 0 for none.

    def _idiom(self) -> int:
        """Camera, tempo, and verbs of several words."""
        for size in (3, 2, 1):
            phrase = self._phrase(size)
            if phrase in CAMERA and not (size == 1 and self._opens_noun(1) and phrase not in ("closer", "nearer")):
                self.camera = CAMERA[phrase]
                return size
            if phrase in TEMPOS and not self._opens_noun(size):
                self.tempo = TEMPOS[phrase]
                return size
            if phrase in IDIOMS and self.heard:
                self._do(IDIOMS[phrase])
                return size
        return 0

    def _relation(self) -> int:
        """A preposition of several words: "next to", "in front of"."""
        for size in (4, 3, 2):
            phrase = self._phrase(size)
            if phrase in PHRASES and self.heard:
                self.preposition, self.waiting = PHRASES[phrase], False
                return size
        return 0

    def _setting(self) -> int:
        """A weather, or a time of day, with or without an article; that a weather is over."""
        skip = 1 if self._word() in ("the", "a", "an") else 0
        if self._compound_noun(skip):
            return 0
        word = self._word(skip)
        for size in (2, 1):
            phrase = self._phrase(size, skip)
            if phrase in TIMES and not (size == 1 and phrase == "light"):
                self.time = TIMES[phrase]
                self.weather = LIGHTS.get(phrase, self.weather)
            elif phrase in SEASONS and (phrase not in ("fall", "spring") or self._says_season()):
                self.season = SEASONS[phrase]
            elif phrase in WEATHERS and not (singular(phrase) and skip):
                before = {self.words[i] for i in range(max(0, self.at - 2), self.at)}
                over = before & STOPS or self.removing or self._word(skip + size) in STOPS
                self.weather = "clear" if over else WEATHERS[phrase]
                self.removing = False
                if over and self._word(skip + size) in STOPS:
                    size += 1
            else:
                continue
            breaks = not self.preposition and self._word(skip + size) in _BREAKS
            self.preposition = ""
            return skip + size + breaks
        if word in ("sun", "moon"):
            is_ = 1 if self._word(skip + 1) in _IS else 0
            for size in (2, 1):
                does = _SUN_DOES.get(self._phrase(size, skip + 1 + is_), "")
                if does and (word == "sun" or does == "sunrise"):
                    self.time = does if word == "sun" else "night"
                    return skip + 1 + is_ + size
        if word in ("sun", "sky") and self._word(skip + 1) in ("shine", "shines", "clears", "is", "comes"):
            self.weather = "clear"
            self.time = "day" if self.time == "night" else self.time
            return skip + 2
        return 0

    def _says_season(self) -> bool:
        return self.preposition in ("in", "during") or self.words[self.at - 1 : self.at] in (["is"], ["becomes"])

    def _predicate(self) -> int:
        """ "turns blue", "is huge", "make the fox green and tiny": looks that come after their noun."""
        word = self._word()
        if not describes(word) or (self._opens_noun(1) and self.words[self.at - 1 : self.at] != ["and"]):
            return 0
        said = self.words[max(0, self.at - 2) : self.at]
        after = bool(self.heard) and (self.waiting or _IS & set(said) or said[-1:] == ["and"]) and not self.preposition
        if singular(word) and not (_IS & set(said) or said[-1:] == ["it"]):
            return 0
        if after and not (said[-1:] and said[-1] in ARTICLES):
            target = self.heard[-1]
            # "turns blue and tiny" says two things; "turns blue" is instead of what it was
            target.looks = [*target.looks, word] if said[-1:] == ["and"] else [word]
        else:
            self.look.append(word)
        self.turning = False
        return 1

    def _noun_phrase(self) -> int:
        """ "the three small red foxes" """
        size, count, article = 0, 0, ""
        while (word := self._word(size)) in ARTICLES or self._number(size) or self._counts(size):
            if self._counts(size):  # "a flock of", "hundreds of"
                count = COLLECTIVES[word]
            elif number := self._number(size):
                count = min(max(count, 1) * number if word in ("dozen", "hundred", "thousand") else number, MANY)
            article, size = word, size + 1
            if self._word(size) == "of":  # and "one of the foxes"
                size += 1
        looks: list[str] = []
        doing = ""
        while self._modifies(size, bool(article)):
            word = self._word(size)
            if word.endswith("ing") and verb_of(word) and not describes(word):
                doing = gerund(str(verb_of(word)))
            else:
                looks.append(word)
            size += 1
        noun, words = self._head(size, named=bool(article or looks or count))
        if not noun and size and is_troupe(self.words[self.at + size - 1]) and not looks:
            noun, size, words, count = self.words[self.at + size - 1], size - 1, 1, 1  # "a couple dances"
        if not noun:
            if looks:
                self.look += looks
            return size
        last = self.words[self.at + size + words - 1]
        many = last != noun.split()[-1] or (count > 1 and last in ("fish", "sheep", "deer", "koi"))
        if noun not in NOUNS and noun not in PLACES and article not in ("a", "an", "one") and many_by_looks(noun):
            noun, many = noun[:-1], True
        while looks and noun not in NOUNS and noun not in PLACES and singular(looks[-1]) and not describes(looks[-1]):
            noun = f"{looks.pop()} {noun}"  # "lighthouse keeper"
        if noun.split()[-1] in CONTAINERS and self._word(size + words) == "of" and not many:
            held, more = self._head(size + words + 1, named=True)
            if held and held not in PLACES:  # "a bowl of fruit"
                noun, words = f"{held} {noun}", words + 1 + more
        if noun.split()[-1] in BODY and " " in noun and kind_of(noun.rpartition(" ")[0]).alive:
            noun = noun.rpartition(" ")[0]  # "on a pirate's shoulder"
        homes = [word for word in (*looks, *(noun.split()[:-1] if noun not in NOUNS else ())) if word in PLACES]
        self.hint = self.hint or (PLACES[homes[0]] if homes and self.preposition in AT else "")
        self._found(noun, looks, doing, count or (0 if many else 1), article)
        return size + words

    def _verb(self) -> int:
        """A form of a known verb, where it is one."""
        word = self._word()
        verb = verb_of(word)
        if verb is None or (self._compound_noun(0) and not self.waiting):
            return 0
        noun = singular(word)
        if word in LEAVES:
            if noun and not self.waiting:
                return 0
            if self.heard and self.waiting:
                self.gone.add(self.heard[-1].noun)
            else:
                self.removing = True
            self.waiting = False
            return 1
        if self._is_done_to(word):
            if both := BOTH_DO.get(gerund(verb), ""):
                self._do(both)
            self.waiting, self.pending = False, gerund(verb)
            return 2
        ordered = noun == word and self._orders()
        if (noun or word in PLACES or describes(word)) and not (ordered or self._waits_for(word)):
            return 0
        if word in TURNS and (self._opens_noun(1) or self._word(1) in ARTICLES or self._word(1) in ("into", "to")):
            return 0
        self.waiting = False
        self.preposition = ""
        if verb == "start" and self.heard and kind_of(self.heard[-1].noun).domain == "space":
            verb = "launch"
        if verb in ENTERS or verb in GOES:
            return 1
        self.verbs += 1
        if not self.heard and word.endswith("ing"):
            self.pending = gerund(verb)
        self._do(gerund(verb))
        return 1

    def _is_done_to(self, word: str) -> bool:
        """ "is hugged by": whoever is said next does it."""
        before = self.words[max(0, self.at - 1) : self.at]
        return word.endswith("ed") and self._word(1) == "by" and bool(before) and before[0] in _PASSIVE

    def _orders(self) -> bool:
        """Whether a wish begins here, with where to: "fly to the moon"."""
        so_far = set(self.words[: self.at])
        return not self.heard and so_far <= _ASKS and self._word(1) in _WHITHER

    def _waits_for(self, word: str) -> bool:
        """Whether a subject waits for this verb, and agrees with it."""
        if not self.waiting:
            return False
        if word.endswith("ing"):
            return True
        many = self.heard[-1].count > 1 or self.words[max(0, self.at - 2) : self.at - 1] == ["and"]
        many = many or sum(not h.located for h in self.heard) > 1 or self.heard[-1].noun in ("fish", "sheep", "deer")
        return word.endswith("s") or verb_of(word) != word or many

    def _small_word(self) -> int:
        """Prepositions, punctuation, and words that say something about the words around them."""
        word = self._word()
        if not word[0].isalnum():
            self.waiting = self.removing = self.turning = False
            self.preposition, self.verbs = "", 0
        elif word in TURNS and not (word in _IS and describes(self._word(1))):
            self.turning, self.waiting = True, False
            if self.heard and word in _BECOMES and self._word(1) in ("into", "to", "a", "an"):
                self.gone.add(self.heard[-1].noun)
        elif word in REMOVES:
            self.removing = True
        elif self.turning and word in ("into", "with", "by", "to"):
            if self.heard:
                self.gone.add(self.heard[-1].noun)
            self.waiting = False
        elif word in PREPOSITIONS or word == "to":
            self.preposition, self.waiting = word, False
        elif word in ("with", "of", "from", "like", "as"):
            self.preposition = "with" if self.heard else ""
            self.waiting = self.waiting and word == "with"
        elif word in ("while", "who", "which", "that"):
            self.waiting = bool(self.heard)
        elif word in _SAYS_NOTHING or sets(word) or word.isdecimal() or word.endswith("ly") or _is_letter(word):
            pass
        else:
            return 0
        return 1

    def _unknown(self) -> int:
        """A word that nobody told us about: what it is, its surroundings tell."""
        word, following = self._word(), self._word(1)
        ends = many_by_looks(word)
        if word in FOLLOWS:
            return 1
        if self.waiting and word.endswith("ing") and len(word) > 5:
            self._do(word)
        elif self.waiting and (ends or word.endswith("ed")):
            if ends:
                self._do(gerund(word.removesuffix("s")))
            self.waiting = False
        elif (not self.heard and ends and (following in ARTICLES or following in PREPOSITIONS)) or (
            self.verbs and self.heard and not self.preposition
        ):
            # the verb of a weather ("lightning strikes"), or what is eaten without an article: "plays chess"
            if self.heard and not self.heard[-1].located:
                self._holds(word, [], 1, "")
        elif self.preposition and not self.place and self.heard and self.preposition in AT:
            self.place, self.preposition = word[:32], ""
        elif word.endswith("ing") and len(word) > 5:
            self._do(word)
        elif not any(kind_of(h.noun) is UNKNOWN for h in self.heard):  # of nonsense, one word is enough
            many = ends and verb_of(following) == following and following not in NOUNS
            self._found((word[:-1] if many else word)[:32], [], "", 2 if many else 1, "")
        return 1


def _is_letter(word: str) -> bool:
    """A letter by itself says nothing; a character of another script may be a word."""
    return len(word) == 1 and word.isascii()
