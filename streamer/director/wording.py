"""The words of an action: one event, its subject by its noun, short. Pure.

    first(action, english) -> str      the first of several sentences, or of a chain with "then"
    named(action, cast) -> str         subjects by their nouns; `cast` front one first
    short(action, english) -> str      at most 15 words and 30 CLIP tokens
    words(text) -> list[str]           in lower case, without signs
    signs(text) -> list[str]           what bears meaning in scripts without blanks
    akin(one, other) -> bool           whether two words seem to be forms of one
    in_english(text, english) -> bool  whether English rules may act on it

A text encoder draws everything that a sentence holds at once: of "the fox jumps, then sleeps" it draws a fox that
does both, and of "he sleeps" it draws anybody. These are English rules. They act where English is asked for and the
letters are Latin; other languages are only shortened, and parted at their full stops. What is said in quotes stays as
it is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from . import clip
from .caption import many
from .script import MAX_ACTION, one_line
from .storyteller.english import listed, plural, singular, third_person, verb_of
from .storyteller.lexicon import ARTICLES, PREPOSITIONS
from .storyteller.whereabouts import PLACES, TIMES, WEATHERS

MAX_WORDS = 15  # as the LLM is told
MAX_TOKENS = 30
"""Twice what 15 English words need at least; so the scene always has more than half of the encoder's context."""


class Named(Protocol):
    """Whoever a pronoun may mean."""

    @property
    def noun(self) -> str: ...
    @property
    def look(self) -> str: ...


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def words(text: str) -> list[str]:
    """Its words in lower case: letters, with hyphens and apostrophes inside."""
    return _WORD.findall(text.lower())


_SIGNS = re.compile("[\u30a1-\u30ff]{2,}|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def signs(text: str) -> list[str]:
    """What bears meaning where no blanks are: ideographs and words in katakana, without "in", "on" … at the end."""
    found = _SIGNS.findall(text)
    while len(found) > 1 and found[-1] in "中上下前後内外里內外间辺边":
        found.pop()
    return found


def akin(one: str, other: str) -> bool:
    """Whether two words seem to be forms of one: "weiß" and "weißen", "белая" and "белой", "Wald" and "Waldbach"."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < 3:
        return False
    stem = shorter[:-2] if len(shorter) > 4 else shorter
    return longer.startswith(stem) or longer.endswith(shorter)


_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")


def in_english(text: str, english: bool) -> bool:
    """Whether rules of English may act on `text`: not where another language or script is written."""
    return english and not _FOREIGN.search(text)


_QUOTED = re.compile(
    r"(?<![^\W_])(?:\"[^\"]*\"?|“[^”]*”?|„[^“”]*[“”]?|«[^»]*»?|»[^«]*«?|‘.*?(?:’(?!\w)|$)|'(?=\w).*?'(?!\w))"
    r"|「[^」]*」?|『[^』]*』?"
)
"""What is said, to its closing quote or the end."""
_QUOTES = frozenset("\"'“„«»‘「『")
_LAST_SAID = re.compile(r"[.!?…]*[\"'”“’»«]$|[」』]$")


def _outside(text: str) -> str:
    """`text`, as long as it is, with "_" for what is said in quotes, but for the signs at its end."""

    def masked(said: re.Match[str]) -> str:
        end = _LAST_SAID.search(said.group(), 1)
        inside = (end.start() if end else len(said.group())) - 1
        return f"{said.group()[0]}{'_' * inside}{end.group() if end else ''}"

    return text if _QUOTES.isdisjoint(text) else _QUOTED.sub(masked, text)


# One action

_ENDS = re.compile(r"([.!?]+|…+)([\"'”“’»«)]*)\s+(?=\S)|[。！？；]+[」』”’]*(?=\S)|\s*;+\s*(?=\S)")
_ABBREVIATED = re.compile(
    r"(?<!['’])\b(?:mr|mrs|ms|dr|st|mt|prof|jr|sr|vs|etc|ca|nr|bzw|usw|evtl|bijv|dhr|mevr|np|sra|[^\W\d_]|\d{1,2}|"
    r"nos?(?=\.\s*\d))\.",
    re.IGNORECASE,
)
"""Full stops that end no sentence: "Mt. Fuji", "no. 7", "z. B.", "der 3. König"."""
_BEGINS = re.compile(r"^(?:(?:(?:and|but)\s+)?then\b,?\s+)+(?=\S)", re.IGNORECASE)
_CHAIN = re.compile(r"(?:\s*[,:–—-]\s*(?:and\s+|but\s+)?|\s+(?:and|but)\s+)then\b", re.IGNORECASE)
_THEN = re.compile(r"\s+then\s+", re.IGNORECASE)


def first(action: str, english: bool = True) -> str:
    """ "The fox jumps. Then it sleeps." → "The fox jumps."; one word by itself gives way to what follows it."""
    sentences = _sentences(action)
    if clip.unspaced(action):
        return sentences[0]
    action = next((sentence for sentence in sentences if len(sentence.split()) > 1), sentences[0])
    if not in_english(action, english):
        return action
    action = _BEGINS.sub("", action)
    outside = _outside(action)
    for chain in _CHAIN.finditer(outside):
        head, tail = outside[: chain.start()].strip(), action[chain.end() :].strip(" ,")
        if len(words(head)) <= 1 and "_" not in head and tail:
            return first(tail)
        if not tail or _tells(head):  # else "the fox — small, red — then leaps"
            return action[: chain.start()].strip()
    for chain in _THEN.finditer(outside):
        if any(map(verb_of, words(outside[: chain.start()])[2:])):  # else "the fox then runs"
            return action[: chain.start()].strip()
    return action


def _sentences(text: str) -> list[str]:
    outside = _outside(text)
    abbreviated = {stop.end() for stop in _ABBREVIATED.finditer(outside)}
    parts, at = [], 0
    for end in _ENDS.finditer(outside):
        signs, quote = end.group(1) or "", end.group(2)
        goes_on = text[end.end()].islower() and (quote or signs.endswith(("..", "…")))  # "the fox … runs"
        if goes_on or (signs == "." and end.end(1) in abbreviated):
            continue
        parts.append((text[at : end.start()] + end.group().strip(" ;；")).strip())
        at = end.end()
    return [part for part in [*parts, text[at:].strip()] if part] or [text]


_AS = re.compile(r"^(?:as|while|when|where|before|after|until|because|since|if|once)\b[^,]*,", re.IGNORECASE)


def _tells(head: str) -> bool:
    """Whether a sentence that ends there tells what somebody does: its main clause seems to hold a verb."""
    return any(map(_seems_verb, words(_AS.sub("", head))[1:]))


def _seems_verb(word: str) -> bool:
    """Also where it is an unknown one; a noun that is a verb, too, is a noun ("the duck, small and wet")."""
    if word in _MODAL or word in _AUXILIARY:
        return True
    noun = singular(word)
    return noun != word if verb_of(word) else not noun and len(word) > 3 and word.endswith(("s", "ed", "ing"))


# Subjects by their nouns

_SUBJECT = re.compile(r"\b(he|she|it|they|we|you)(?:['’](s|re|ll|d|ve))?(?![\w'’-])", re.IGNORECASE)
_WE_SEE = re.compile(r"(?:(?<=^)|(?<=[.!?;] ))(?:now,? )?(?:we|you) (?:can )?(?:now )?see (?=\S)", re.IGNORECASE)
_BORDER = re.compile(
    r"(?:^|[.!?,;:–—-]|\b(?:and|but|or|while|as|when|because|until|before|after|where|so|since|if|that|then|once|\w+ly))$",
    re.IGNORECASE,
)
_AUXILIARY = {"are": "is", "were": "was", "have": "has", "do": "does"}  # of many: of one
_MODAL = frozenset(
    ["is", "was", "has", "does", "can", "could", "may", "might", "must", "shall", "should", "will", "would", "am", "be"]
)
_AIR = frozenset([*TIMES, *WEATHERS]) | frozenset(
    ["dark", "darker", "light", "lighter", "bright", "brighter", "cold", "colder", "warm", "warmer", "hot", "quiet",
     "silent", "calm", "late", "early", "time", "spring", "autumn", "hailing", "storming", "thundering", "dawning",
     "freezing"]
)  # fmt: skip
_IMPERSONAL = re.compile(
    r"(?:['’]s|\s+(?:is|was|gets|got|grows|grew|becomes|became|turns|turned|starts|begins|began|stops|keeps))"
    r"(?:\s+(?:to|now|getting|growing|becoming|very|so|too|almost|nearly|already|still|\w+ly)){0,3}"
    rf"\s+(?:an?|the|{'|'.join(sorted(map(re.escape, _AIR), key=len, reverse=True))})\b"
    r"|\s+(?:\w+ly\s+)?(?:rains?|rained|snows?|snowed|pours|hails|thunders|drizzles|dawns|freezes)\b",
    re.IGNORECASE,
)
"""What follows an "it" that nobody is: "it gets dark", "it is the fox that runs"."""

_HE = frozenset(["man", "boy", "king", "prince", "father", "grandfather", "brother", "son", "wizard", "knight", "monk",
                 "gentleman", "uncle", "husband"])  # fmt: skip
_SHE = frozenset(["woman", "girl", "queen", "princess", "mother", "grandmother", "sister", "daughter", "witch", "nun",
                  "lady", "aunt", "wife"])  # fmt: skip


def named(action: str, cast: Sequence[Named]) -> str:
    """`action` with the noun phrase of one of the cast, or "a figure", for each pronoun that is a subject.

    Meant is who was named before in the sentence, else who stands in front, unless the sentence names somebody whom
    the cast does not hold ("the sun rises and it …"); "she" is no king where there is a queen, "we" is the camera.
    Possessives stay ("its tail"), and so do objects ("sees it"), the "it" of the weather and what is said in quotes.
    """
    if not in_english(action, True):
        return action
    while seen := _WE_SEE.search(_outside(action)):
        action = action[: seen.start()] + action[seen.end() :]
    at = 0
    while found := _SUBJECT.search(outside := _outside(action), at):
        at = found.end()
        meant = _meant(found.group(1).lower(), outside[: found.start()], cast) if _is_subject(outside, found) else None
        if meant is None:
            continue
        who, several = meant
        who = who if found.start() or not found.group(1)[0].isupper() else who[0].upper() + who[1:]
        was_many = found.group(1).lower() in ("they", "we", "you")
        short_for = {"s": " is", "re": " are", "ll": " will", "d": " would", "ve": " have"}.get(
            found.group(2) or "", ""
        )
        action = action[: found.start()] + who + _agreeing(short_for + action[at:], was_many, several)
        at = found.start() + len(who)
    return action


def _is_subject(action: str, found: re.Match[str]) -> bool:
    pronoun = found.group(1).lower()
    if pronoun in ("he", "she", "they", "we"):
        return True
    if pronoun == "it" and _IMPERSONAL.match(action, found.end(1)):
        return False
    follows = re.match(r"\s+([^\W\d_]+)", action[found.end() :])
    if not _BORDER.search(action[: found.start()].rstrip()) or not (follows or found.group(2)):
        return False
    if found.group(2):
        return True
    word = follows.group(1).lower() if follows else ""
    return bool(word in _MODAL or word in _AUXILIARY or verb_of(word) or word.endswith(("s", "ed", "ly")))


def _meant(pronoun: str, said: str, cast: Sequence[Named]) -> tuple[str, bool] | None:
    """The noun phrase, and whether it is more than one; None where `said`, which stands before, names others."""
    if pronoun in ("we", "you"):  # whoever watches
        return "the camera", False
    before = [re.sub("['’]s$", "", word) for word in words(said)]
    told = [one for one in cast if not _nouns(one).isdisjoint(before)]
    if _others(pronoun, before, told):
        return None
    cast = told or cast
    if pronoun == "they" and len(cast) > 1:
        names = [_phrase(one, cast) for one in cast]
        if all(names):
            return listed(list(dict.fromkeys(map(str, names)))), True
    fits = {"he": _not(_SHE, cast), "she": _not(_HE, cast), "it": _not(_HE | _SHE, cast)}.get(pronoun) or cast
    fits = [one for one in fits if pronoun != "he" or one.noun in _HE] or fits
    fits = [one for one in fits if pronoun != "she" or one.noun in _SHE] or fits
    one = next(iter(fits), None)
    phrase = one and _phrase(one, cast)
    if one is None or not phrase:
        return ("figures", True) if pronoun == "they" else ("a figure", False)
    return phrase, _several(one)


def _nouns(one: Named) -> set[str]:
    """What one of those is called: "fox" and "foxes"."""
    return {*words(one.noun)[-1:], *words(plural(one.noun))[-1:]}


def _several(one: Named) -> bool:
    return many(one.look) or _is_plural(one.noun)


def _is_plural(noun: str) -> bool:
    last = noun.lower().rpartition(" ")[2]
    return singular(last) not in (None, last)


_NOBODY = frozenset([*ARTICLES, *PREPOSITIONS, *PLACES, *TIMES, *WEATHERS]) | frozenset(
    ["and", "but", "or", "as", "while", "when", "of", "to", "then", "now", "again", "still", "here", "there", "soon",
     "later", "meanwhile", "suddenly", "far", "away", "moment", "next", "last", "first", "once", "early", "late"]
)  # fmt: skip
"""Words before a pronoun that name nobody: "late at night it …"."""


def _others(pronoun: str, before: Sequence[str], told: Sequence[Named]) -> bool:
    """Whether the words before a pronoun name somebody else whom it may mean."""
    if pronoun in ("he", "she"):
        own, known = _HE if pronoun == "he" else _SHE, {noun for one in told for noun in _nouns(one)}
        return known.isdisjoint(own) and not own.isdisjoint(before)
    if told:  # of one alone nobody says "they"
        return pronoun == "they" and len(told) == 1 and not _several(told[0])
    return len(before) > 1 and any(word not in _NOBODY and not word.endswith("ly") for word in before)


def _not(nouns: Iterable[str], cast: Sequence[Named]) -> list[Named]:
    return [one for one in cast if one.noun not in nouns]


_PLAIN = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+){0,3}")


def _phrase(one: Named, cast: Sequence[Named]) -> str:
    """ "the fox", "the balloons", "Alice"; "the red fox" beside another fox; "" where the noun is no plain one."""
    noun = plural(one.noun) if many(one.look) and not _is_plural(one.noun) else one.noun
    if sum(other.noun == one.noun for other in cast) > 1:
        noun = f"{one.look.rpartition(',')[2].strip()} {noun}".strip()
    plain = _PLAIN.fullmatch(noun) and not _SUBJECT.search(noun) and "then" not in words(noun)
    return "" if not plain else noun if one.noun[:1].isupper() else f"the {noun}"


_VERB = re.compile(
    r"(?:\s+(?:both|all|each))?(?P<how>(?:\s+(?:\w+ly|now|still|also|never|always|just))*)"
    r"\s+(?P<verb>[^\W\d_]+)"
    r"(?:\s+(?:both|all|each)\b)?(?:(?P<and>\s+and\s+)(?P<second>[^\W\d_]+))?"
)
_OF_MANY = {one: of_many for of_many, one in _AUXILIARY.items()}


def _agreeing(rest: str, was_many: bool, several: bool) -> str:
    """What follows the subject, its verbs changed where their number did."""
    found = _VERB.match(rest)
    if was_many == several or not found:
        return rest

    def verb(word: str) -> str:
        known = verb_of(word)
        if several:
            return _OF_MANY.get(word) or (known if known and word == third_person(known) else word)
        return _AUXILIARY.get(word) or (third_person(word) if known == word and word != "be" else word)

    second = f"{found['and']}{verb(found['second'])}" if found["second"] else ""
    return f"{found['how']} {verb(found['verb'])}{second}{rest[found.end() :]}"


# Short

_CLAUSES = frozenset(
    ["while", "as", "and", "with", "where", "when", "because", "until", "before", "after", "which", "who", "that"]
)


def short(action: str, english: bool = True) -> str:
    """Cut to at most 15 words and 30 CLIP tokens: where a clause begins, if that is beyond the middle and a verb is
    before it. Other languages need more tokens for the same, up to 75; a whole sentence is shortened by its template.
    """
    english = in_english(action, english)
    said = action.split()
    if len(said) > MAX_WORDS:
        begins = [
            n for n in range(MAX_WORDS // 2 + 1, MAX_WORDS + 1) if said[n] in _CLAUSES or said[n - 1][-1] in ",;:"
        ]
        head = " ".join(said[: begins[-1] if begins else MAX_WORDS])
        action = clip.whole(head if not english or _tells(head) else " ".join(said[:MAX_WORDS]))
    return one_line(clip.cut(action, MAX_TOKENS if english else clip.LIMIT), MAX_ACTION)
