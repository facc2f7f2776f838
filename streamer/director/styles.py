"""The style that a wish asks for: "…, noir", "in watercolour", "as a paper cut", "pixel art of a castle". Pure.

    heard(words: str) -> Heard      the style, and the words without it

A style is a property of the whole film and no thing in it. So it is read from the words once, for every director: a
`Story` keeps it, and the storyteller makes no object of it. "A neon sign", "a box of watercolours" and "a comic book on
a table" are things. British and American spellings are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARACTERS = 2_000  # of a wish that are searched
MAX_STYLE = 40  # characters

ALIASES = {
    "watercolour": "watercolou?rs?|water colou?rs?|aquarelles?|gouache",
    "noir": "film noir|noir",
    "neon": "neon|synth-?wave|vapor-?wave|cyberpunk|tron",
    "paper cut": "paper[ -]?cuts?(?:[ -]?outs?)?|cut[ -]paper|cut[ -]?out paper|paper[ -]?craft|paper collage|collage|"
    "origami|scherenschnitt|paper[ -]theatre|papercut",
    "pixel art": "pixel[ -]?art|pixelated|pixels?|"
    "(?:8|16|eight|sixteen)[ -]?bit|voxels?|retro game",
    "ink": "(?:pen and |black |indian )?ink(?: wash)?|line[ -]?art|line drawings?|sumi-?e|woodcut|linocut|etching|"
    "engraving|lithograph",
    "pencil": "pencil|charcoal|graphite|crayons?",
    "comic": "comics?(?: book)?|cartoons?|manga|anime|pop[ -]art|graphic novel|ligne claire",
    "oil painting": "oil paint(?:ing|s)?|oil on canvas|oils|impressionis[tm]\\w*|acrylics?",
    "pastel": "pastels?|chalk",
    "sepia": "sepia|daguerreotype|old photo(?:graph)?",
    "black and white": "black[ -](?:and|&|n)[ -]white|b ?& ?w|monochrome|gr[ae]y ?scale",
    "vintage": "vintage|retro",
    "storybook": "story ?book|picture book|children's book|fairy[ -]tale",
    "clay": "clay(?:mation)?|plasticine|stop[ -]motion",
    "stained glass": "stained glass",
    "mosaic": "mosaic",
    "silhouette": "silhouettes?|shadow (?:play|theat(?:re|er)|puppets?)",
    "ukiyo-e": "ukiyo-?e|hokusai|japanese (?:woodblock )?prints?",
    "art deco": "art deco",
    "art nouveau": "art nouveau",
    "flat": "flat (?:design|vector|colou?rs?)|vector art|minimalis[tm]\\w*",
    "blueprint": "blueprint",
    "low poly": "low[ -]?poly",
    "realistic": "photo[ -]?realis[tm]\\w*|realis[tm]\\w*|cinematic|photo(?:graph(?:y|ic)?)?",
}  # fmt: skip
"""Style → the ways to say it. A style that is not here is heard where it is called one: "in baroque style"."""

_STRONG = ("watercolour", "noir", "paper cut", "pixel art", "sepia", "ukiyo-e", "low poly")
"""Styles that are meant wherever they are said before a noun: "a watercolour fox"."""
_LIT = r"neon(?= (?:city|cities|town|streets?|skyline|night|world|jungle|forest|tokyo|future)\b)"

_CANON = {style: re.compile(rf"(?:{words})", re.IGNORECASE) for style, words in ALIASES.items()}
_ANY = "|".join(sorted(ALIASES.values(), key=len, reverse=True))
_HOW = r"(?:(?:soft|loose|bold|dark|bright|classic|old|colou?rful|delicate|hand-?drawn|hand-?painted|moody) ){0,2}"
_KIND = (
    r"(?:[ -](?:style|look|paintings?|drawings?|illustrations?|art|artwork|films?|movie|pictures?|prints?|colou?rs?|"
    r"animation|cartoons?|aesthetics?|sketch(?:es)?|still|tones?|graphics|game|pictures?|on canvas|lights?|lighting|"
    r"cut-?outs?)){0,2}"
)
_STYLE = rf"(?P<how>{_HOW})(?P<style>{_ANY})(?P<kind>{_KIND})(?![\w-])"
_ENDS = r"(?=\s*(?:$|[,;:.!?)]))"
_BEGINS = r"(?:^|(?<=[,;:.(!?]))\s*"
_ORDER = (
    r"(?:(?:please|now|and|then|all|everything|film|show|draw|paint|render|make|turn|do|switch|change|go|let|have|it|"
    r"this|that|the (?:scene|film|picture|style|look)|be|look|becomes?|turns?|is|more|to|into|in|like|as|a|"
    r"an|the|of|style|:)\s+){0,6}"
)
_MADE = (
    r"(?:\s*\b(?:drawn|painted|made|rendered|filmed|shot|shown|done|sketched|illustrated|animated|cut|coloured|colored|"
    r"inked|imagined|seen|folded)\b)?"
)
_PLAIN = r"(?:back to )?(?:(?:full |natural |normal )?colou?rs?|(?:normal|usual|plain|default)(?: style| look)?)"
"""What undoes a style, said as a clause of its own."""

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "in colour", "back to normal", "no style": as if none had ever been said
        rf"{_BEGINS}{_ORDER}(?P<off>{_PLAIN})(?:\s+(?:again|please|now))*{_ENDS}",
        rf"{_MADE}\s+in\s+(?P<off>(?:full |natural |normal )?colou?rs?){_ENDS}",
        # "no more noir", "without the watercolour"
        rf"\b(?:no more|no|without|stop|drop|remove|not)\s+(?:the\s+|any\s+|an?\s+)?"
        rf"(?P<off>(?:{_ANY}){_KIND}|style)(?:\s+please)?{_ENDS}",
        # a clause of its own: "…, noir", "make it a paper cut", "now in pixel art"
        rf"{_BEGINS}{_ORDER}{_STYLE}(?:\s+please)?{_ENDS}",
        # "in the style of Van Gogh"
        rf"{_MADE}\s*\b(?:in|with|after)\s+(?:the|a)\s+(?:style|manner|look)\s+of\s+(?:an?\s+|the\s+)?"
        rf"(?P<free>[^,;:.!?()]{{2,40}}){_ENDS}",
        # "in watercolour", "drawn in ink", "as a paper cut", "like a comic book"
        rf"{_MADE}\s+\b(?:in|as|like|into|to)\s+(?:an?\s+|the\s+)?{_STYLE}{_ENDS}",
        rf"\b(?:drawn|painted|sketched|illustrated|rendered|folded|cut|made)\s+(?:in|as|with|from|of|on)\s+"
        rf"(?:an?\s+|the\s+)?(?P<style>{_ANY}|paper)(?P<kind>{_KIND})(?![\w-]){_ENDS}",
        # "watercolour style", "in anime style", "comic-book style"
        rf"(?:\b(?:in|with)\s+)?(?:\b(?:an?|the)\s+)?\b{_HOW}(?P<style>{_ANY})[ -](?:style|look|aesthetic)d?\b",
        r"\b(?:in|with)\s+(?:an?\s+|the\s+)?(?P<free>[\w'’-]{3,20}(?: [\w'’-]{3,14})?)[ -]style\b",
        # "a watercolour of a fox", "pixel art of a castle"
        rf"^\s*(?:please\s+)?(?:(?:draw|paint|show|make|film)\s+(?:me\s+)?)?(?:an?\s+|the\s+)?{_STYLE}\s+(?:of|with|showing)\b",
        # "a watercolour fox"
        rf"(?<!of )(?<!with )(?<!paints )(?<!paints a )(?<!painting a )(?<!paint a )(?<!using )\b"
        rf"(?P<style>{'|'.join(ALIASES[style] for style in _STRONG)}|{_LIT})(?P<kind>{_KIND})(?= [a-z])(?! and )",
    )
)  # fmt: skip


_THINGS = (
    r"pencils?|charcoal|crayons?|comics?|comic books?|cartoons?|pixels?|photo(?:graph)?s?|blueprints?|silhouettes?|"
    r"story ?books?|picture books?|mosaics?|collages?|chalk|oils|ink|clay|neon lights?"
)
_THING = re.compile(
    rf"[\s,;:.(!?]*(?:(?:an?|the|some|no|any|without|remove|drop)\s+)+(?:{_THINGS})\s*|"
    r"[\s,;:.(!?]*(?:pixels?|neon lights?)\s*",
    re.IGNORECASE,
)
"""Names of styles that name a thing where they stand alone with an article: "a pencil", "remove the photo"."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of a wish."""

    style: str | None  # "noir", "watercolour, sepia"; "": none any more; None: nothing was said of it
    rest: str  # the words without it


@lru_cache(maxsize=256)
def heard(words: str) -> Heard:
    """The style in the words, and what else they say."""
    head, tail = words[:MAX_CHARACTERS], words[MAX_CHARACTERS:]
    if len(head) == len(words) and not _LOOKS.search(head):
        return Heard(None, words)
    found: list[str] = []
    said = False
    for pattern in _PATTERNS:
        for match in list(pattern.finditer(head))[:4][::-1]:
            if _THING.fullmatch(match.group()):
                continue
            groups = match.groupdict()
            said = True
            if not groups.get("off"):
                found.insert(0, _named(groups))
            head = f"{head[: match.start()]} {_kept(match.group(), head[match.end() :])}{head[match.end() :]}"
    rest = re.sub(r"(?:\s*[,;:]\s*)+(?=$|[,;:.!?])|^\s*[,;:]\s*", "", " ".join(head.split())) + tail
    style = ", ".join(dict.fromkeys(name for name in found if name))
    return Heard(style[:MAX_STYLE].rstrip(", ") if said else None, rest.strip() if said else words)


_LOOKS = re.compile(rf"{_ANY}|{_PLAIN}|style|manner|look of|paper", re.IGNORECASE)


def _kept(match: str, following: str) -> str:
    """What a style leaves behind: the article of "a watercolour fox"."""
    return "a " if re.fullmatch(r"\s*(?:an?)\s+.*", match) and re.match(r"\s+(?!an? |the )[a-z]", following) else ""


def _named(groups: dict[str, str | None]) -> str:
    free = groups.get("free")
    if free:
        free = re.sub(r"\s+(?:painting|picture|drawing|film|movie|print)s?$", "", free.strip().lower())
    words = free or groups.get("style") or ""
    if words.lower() == "paper":
        return "paper cut"
    for style, pattern in _CANON.items():
        if pattern.fullmatch(words.strip()):
            return style
    return words.strip()
