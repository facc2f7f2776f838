"""A little English: forms of nouns and verbs, articles, lists. Pure; regular forms and the commonest others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .lexicon import DOUBLES, IRREGULAR_PLURALS, IRREGULAR_VERBS, NOUNS, VERBS

_PLURALS = {one: many for many, one in IRREGULAR_PLURALS.items()} | {"person": "people"}
_PEOPLE = re.compile(r"(?:.*[a-z])?m[ae]n$")  # fisherman, snowwomen; not "human"
_UNCOUNTED = frozenset(["tea", "bamboo", "bread", "treasure", "water", "grass", "snow", "ice", "ice cream",
                        "lightning", "mars",
                        "saturn", "earth", "fire", "sand", "fireworks", "people", "rice", "milk",
                        "coffee"])  # fmt: skip
_ONES = re.compile(r"(?:an?|the|some|many|several|two|three|four|five|six|seven|eight|nine|ten|\d+) ", re.IGNORECASE)


def plural(noun: str) -> str:
    """fox → foxes, wolf → wolves, paper boat → paper boats"""
    *rest, last = noun.split() or [""]
    if last in _PLURALS:
        many = _PLURALS[last]
    elif _PEOPLE.fullmatch(last) and not last.endswith(("human", "german", "roman", "men")):
        many = last[:-2] + "en"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        many = last[:-1] + "ies"
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        many = last + "es"
    else:
        many = last + "s"
    return " ".join([*rest, many])


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
    if word.endswith("ies") and word[:-3] + "y" in VERBS:
        return word[:-3] + "y"
    if word.endswith("ed") and word[-4:-3] == word[-3:-2] and word[:-3] in DOUBLES:
        return word[:-3]  # hugged
    for ending in ("es", "s", "ed", "d"):
        if word.endswith(ending) and word.removesuffix(ending) in VERBS:
            return word.removesuffix(ending)
    return None


def third_person(verb: str) -> str:
    """come → comes, carry → carries, pass → passes"""
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def with_article(words: str) -> str:
    """ "a fox", "an owl", "three balloons", "tea"; words that are counted already stay as they are."""
    if _ONES.match(words) or words.split()[-1:] and words.split()[-1] in _UNCOUNTED:
        return words
    vowel = words[:1].lower() in tuple("aeiou") and not words.lower().startswith(("uni", "one", "eu", "u-", "ufo"))
    return f"{'an' if vowel else 'a'} {words}"


def listed(parts: Sequence[str]) -> str:
    """ "a, b and c" """
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


_AFTER = ("with ", "wearing ", "in a ", "in an ", "in the ", "holding ", "carrying ", "made of ")
"""How a look begins that is said after its noun."""


def named(look: str, noun: str, between: str = " ") -> str:
    """ "small, red" and "fox": "small red fox"; "with a hat" comes after: "small fox with a hat"."""
    looks = [word.strip() for word in look.split(",") if word.strip()]
    before = [word for word in looks if not word.startswith(_AFTER)]
    after = [word for word in looks if word.startswith(_AFTER)]
    return " ".join([part for part in (between.join(before), noun, *after) if part])


def leading(look: str) -> list[str]:
    """The words of a look that are about the thing itself, and not about what it has with it."""
    return [word for part in look.split(",") if not part.strip().startswith(_AFTER) for word in part.split()]
