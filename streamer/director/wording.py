"""The words of an action: one event, its subject by its noun, short. Pure.

    first(action) -> str               the first of several sentences, or of a chain with "then"
    named(action, cast) -> str         subjects by their nouns; `cast` front one first
    short(action) -> str               at most 15 words and 30 CLIP tokens
    words(text) -> list[str]           in lower case, without signs

A text encoder draws everything that a sentence holds at once: of "the fox jumps, then sleeps" it draws a fox that
does both, and of "he sleeps" it draws anybody. These are English rules. They act where the letters are Latin; other
scripts are only shortened, and parted at their full stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from . import clip
from .caption import many
from .script import MAX_ACTION, one_line
from .storyteller.english import listed, plural, third_person, verb_of
from .storyteller.lexicon import TIMES, WEATHERS

MAX_WORDS = 15  # as the LLM is told
MAX_TOKENS = 30
"""Twice what 15 English words need at least; so the scene always has more than half of the encoder's context."""


class Named(Protocol):
    """Whoever a pronoun may mean."""

    @property
    def noun(self) -> str: ...
    @property
    def look(self) -> str: ...


def words(text: str) -> list[str]:
    """Its words in lower case: letters, with hyphens and apostrophes inside."""
    return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text.lower())


_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")


def _latin(text: str) -> bool:
    return not _FOREIGN.search(text)


# One action

_ENDS = re.compile(
    r"(?<!\bMr)(?<!\bDr)(?<!\bSt)(?<!\bMrs)(?<!\b[A-Z])"
    r"(?:(?<!\.)[.!?]+(?<!\.\.)|(?:\.{2,}|…)(?=[\"'”’)]*\s+[^\sa-z]))[\"'”’)]*\s+(?=\S)"  # "the fox … runs" goes on
    r"|[。！？；]+(?=\S)|\s*;+\s*(?=\S)"
)
_BEGINS = re.compile(r"^(?:(?:(?:and|but)\s+)?then\b,?\s+)+(?=\S)", re.IGNORECASE)
_CHAIN = re.compile(r"(?:\s*[,:–—-]\s*(?:and\s+|but\s+)?|\s+(?:and|but)\s+)then\b", re.IGNORECASE)
_THEN = re.compile(r"\s+then\s+", re.IGNORECASE)


def first(action: str) -> str:
    """ "The fox jumps. Then it sleeps." → "The fox jumps."; one word by itself gives way to what follows it."""
    sentences = _sentences(action)
    if not _latin(action):
        return sentences[0]
    action = next((sentence for sentence in sentences if len(sentence.split()) > 1), sentences[0])
    action = _BEGINS.sub("", action)
    if chain := _CHAIN.search(action):
        head, tail = action[: chain.start()].strip(), action[chain.end() :].strip(" ,")
        return head if len(words(head)) > 1 or not tail else first(tail)
    if chain := _THEN.search(action):
        head = action[: chain.start()].strip()
        return head if any(map(verb_of, words(head)[2:])) else action  # "the fox then runs"
    return action


def _sentences(text: str) -> list[str]:
    parts, at = [], 0
    for end in _ENDS.finditer(text):
        parts.append((text[at : end.start()] + end.group().strip(" ;；")).strip())
        at = end.end()
    return [part for part in [*parts, text[at:].strip()] if part] or [text]


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

    Meant is who was named before in the sentence, else who stands in front; "she" is no king where there is a queen,
    "we" is the camera. Possessives stay ("its tail"), and so do objects ("sees it") and the "it" of the weather.
    """
    if not _latin(action):
        return action
    action = _WE_SEE.sub("", action)
    at = 0
    while found := _SUBJECT.search(action, at):
        at = found.end()
        if not _is_subject(action, found):
            continue
        who, several = _meant(found.group(1).lower(), action[: found.start()], cast)
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


def _meant(pronoun: str, said: str, cast: Sequence[Named]) -> tuple[str, bool]:
    """The noun phrase, and whether it is more than one."""
    if pronoun in ("we", "you"):  # whoever watches
        return "the camera", False
    if pronoun == "they" and len(cast) > 1:
        names = [_phrase(one, cast) for one in cast]
        if all(names):
            return listed(list(dict.fromkeys(map(str, names)))), True
    fits = {"he": _not(_SHE, cast), "she": _not(_HE, cast), "it": _not(_HE | _SHE, cast)}.get(pronoun) or cast
    fits = [one for one in fits if pronoun != "he" or one.noun in _HE] or fits
    fits = [one for one in fits if pronoun != "she" or one.noun in _SHE] or fits
    before = words(said)
    one = next((one for one in fits if words(one.noun)[-1:] and words(one.noun)[-1] in before), next(iter(fits), None))
    phrase = one and _phrase(one, cast)
    if one is None or not phrase:
        return ("figures", True) if pronoun == "they" else ("a figure", False)
    return phrase, many(one.look)


def _not(nouns: Iterable[str], cast: Sequence[Named]) -> list[Named]:
    return [one for one in cast if one.noun not in nouns]


_PLAIN = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+){0,3}")


def _phrase(one: Named, cast: Sequence[Named]) -> str:
    """ "the fox", "the balloons", "Alice"; "the red fox" beside another fox; "" where the noun is no plain one."""
    noun = plural(one.noun) if many(one.look) else one.noun
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


def short(action: str) -> str:
    """Cut to at most 15 words and 30 CLIP tokens: where a clause begins, if that is beyond the middle."""
    said = action.split()
    if len(said) > MAX_WORDS:
        begins = [
            n for n in range(MAX_WORDS // 2 + 1, MAX_WORDS + 1) if said[n] in _CLAUSES or said[n - 1][-1] in ",;:"
        ]
        action = clip.whole(" ".join(said[: begins[-1] if begins else MAX_WORDS]))
    return one_line(clip.cut(action, MAX_TOKENS), MAX_ACTION)
