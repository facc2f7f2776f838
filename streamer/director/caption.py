"""The whole sentence of a keyframe, for a text encoder and for captions. Pure, but for `Template.load`.

    compose(action, setting, objects, camera) -> str            in the paper's words
    Template.paper() / .parse(text) / .load(path) -> Template   UserError where there is none
    Template.compose(action, setting, objects, camera) -> str   at most 75 CLIP tokens and 500 characters
    many(look: str) -> bool                                     whether that look counts: "three, red"

A sentence that is longer than the encoder's context loses its end without a word, and with it whatever stood there.
So it is cut by rule, in the order of what the picture can spare (`_shortened`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from msgspec.structs import replace as struct_replace

from streamer.errors import UserError
from streamer.messages import Camera, SceneObject, Setting

from . import clip
from .script import one_line
from .storyteller.english import listed, named, plural, with_article

MAX_TEXT = 500  # characters
MAX_TEMPLATE = 2_000  # characters
ACTION_TOKENS = 15
"""What an action keeps at least: EIDT-V (arXiv 2504.06861) splits the context into about 60 tokens of scene and 15 of
what is new."""
FRONT_TOKENS = 10
"""What the name of the front object keeps at least."""

PAPER = (
    "In this frame, there are {objects} in the {background}. The {objects} have {attributes}. {action}. "
    "The camera is {movement}."
)
"""DirecT2V's template (arXiv 2305.14330) with the keyframe's one action. Its background is said every time: each
sentence is encoded alone, and what is left out drifts."""

PLACEHOLDERS = ("objects", "background", "attributes", "action", "movement", "style")


def compose(action: str, setting: Setting, objects: Sequence[SceneObject], camera: Camera) -> str:
    """The sentence in the paper's words (`Template.compose`)."""
    return Template.paper().compose(action, setting, objects, camera)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What there is to say, and how much of it is said."""

    action: str
    setting: Setting
    objects: tuple[SceneObject, ...]  # back to front
    movement: str  # of the camera
    deeds: int = 4  # of how many objects, from the front
    looks: int = 4
    background: str = ""  # instead of the setting's words


@dataclass(frozen=True, slots=True)
class Template:
    """How a keyframe is worded: sentences with {objects}, {background}, {attributes}, {action}, {movement}, {style}.

    - {objects}: "a red fox and two owls"; {background}: "in the snowy forest at night with snow", with the style where
      the template has no {style}; {attributes}: what the objects do, "the fox is running"; {action}: the keyframe's
      one sentence; {movement}: the camera's.
    - Of a sentence, what is between two commas is left out where all of its placeholders are empty, and the whole
      sentence where all are. "there are", "is", "has" beside {objects} follow their number; "in the" or "the" before
      {background} is the scene's own preposition; "The {objects} have {attributes}" says the deeds. So the paper's
      words can be given as they are printed.
    """

    sentences: tuple[str, ...]  # in the notation of `_FORMS`

    @staticmethod
    @cache
    def paper() -> Template:
        """DirecT2V's (`PAPER`)."""
        return Template.parse(PAPER)

    @staticmethod
    def load(path: Path) -> Template:
        """The template in a UTF-8 text file. Raises `UserError`."""
        try:
            with path.open("rb") as file:
                raw = file.read(4 * MAX_TEMPLATE + 1)
            if len(raw) > 4 * MAX_TEMPLATE:
                raise UserError(f"more than {MAX_TEMPLATE} characters")
            return Template.parse(raw.decode())
        except OSError as error:
            reason = error.strerror or str(error)
        except UnicodeDecodeError as error:
            reason = f"not UTF-8 text at byte {error.start}"
        except UserError as error:
            reason = str(error)
        raise UserError(f"template {path}: {reason}")

    @staticmethod
    def parse(text: str) -> Template:
        """The template in `text`. Raises `UserError` with what is wrong and what is possible."""
        possible = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        if len(text) > MAX_TEMPLATE:
            raise UserError(f"more than {MAX_TEMPLATE} characters: {len(text)}")
        text = one_line(text.removeprefix("\ufeff"), MAX_TEMPLATE)
        if not text:
            raise UserError(f"empty, expected a sentence with placeholders: {possible}")
        found = re.findall(r"\{([^{}]*)\}", text)
        if brace := re.search(r"[{}]", re.sub(r"\{[^{}]*\}", lambda known: " " * len(known.group()), text)):
            around = text[max(brace.start() - 12, 0) : brace.start() + 12]
            raise UserError(f"the brace at character {brace.start() + 1} ({around!r}) has no partner")
        if unknown := [name for name in found if name not in PLACEHOLDERS]:
            raise UserError(f"unknown placeholder {{{unknown[0]}}}, expected one of {possible}")
        if not {"action", "objects"} & set(found):
            raise UserError(f"needs at least {{action}} or {{objects}}; possible are {possible}")
        for form, notation in _FORMS:
            text = form.sub(notation, text)
        if "style" not in found:
            text = re.sub(r"\{(background|scene|there)\}", r"{\1, style}", text)
        sentences = re.split(r"(?<=[.!?。！？])\s+|(?<=[。！？])", text)
        return Template(tuple(sentence for sentence in sentences if sentence))

    def compose(self, action: str, setting: Setting, objects: Sequence[SceneObject], camera: Camera) -> str:
        """The sentence: at most 75 CLIP tokens and 500 characters, shortened as `_shortened` says."""
        scene = _Scene(action.rstrip(" ."), setting, tuple(objects)[-SHOWN:], camera.movement)
        text = ""
        for text in self._shortened(scene):
            if clip.tokens(text) <= clip.LIMIT and len(text) <= MAX_TEXT:
                return text
        return clip.cut(one_line(text, MAX_TEXT), clip.LIMIT)

    def _shortened(self, scene: _Scene) -> Iterator[str]:
        """The sentence, shorter each time, in the order of what a picture can spare.

        First the camera's words: its numbers travel beside them, and one picture shows no motion. Then what those
        behind the front one do; then all that stand behind the front two; then what the front one does, where an
        action says what happens; then the looks behind the front one, which the worker may know from before. Then
        the action is cut, to 15 tokens at least, and the front one stands alone, by its name at last. The scene is
        the last to go, since a background that is not said drifts: it is cut, never left out.
        """
        yield self._say(scene)
        scene = replace(scene, movement="")
        yield self._say(scene)
        scene = replace(scene, deeds=1)
        yield self._say(scene)
        scene = replace(scene, objects=scene.objects[-2:])
        yield self._say(scene)
        scene = replace(scene, deeds=0 if scene.action else 1)
        yield self._say(scene)
        scene = replace(scene, looks=1)
        yield self._say(scene)
        room = max(clip.tokens(scene.action) - self._excess(scene), ACTION_TOKENS)
        scene = replace(scene, action=_cut(scene.action, room))
        yield self._say(scene)
        scene = replace(scene, objects=scene.objects[-1:])
        yield self._say(scene)
        front = [struct_replace(thing, noun=_cut(thing.noun, FRONT_TOKENS)) for thing in scene.objects]
        scene = replace(scene, objects=tuple(front), looks=0)
        yield self._say(scene)
        words = _background(scene.setting) + _styled(scene.setting)
        scene = replace(scene, background=_cut(words, max(clip.tokens(words) - self._excess(scene), 1), MAX_TEXT // 2))
        yield self._say(scene)

    def _excess(self, scene: _Scene) -> int:
        return clip.tokens(self._say(scene)) - clip.LIMIT

    def _say(self, scene: _Scene) -> str:
        words = _words(scene)
        said = [_filled(sentence, words) for sentence in self.sentences]
        # A template of {objects} alone has nothing to say where nobody is there; the paper's always says the scene.
        said = said if any(said) else [_filled(sentence, words) for sentence in Template.paper().sentences]
        return " ".join(f"{s[0].upper()}{s[1:]}" for s in said if s)


def _cut(text: str, tokens: int, characters: int = MAX_TEXT // 4) -> str:
    return clip.whole(one_line(clip.cut(text, tokens), characters))


# The words of a template

_FORMS = [
    (re.compile(pattern, re.IGNORECASE), notation)
    for pattern, notation in [
        (r"\bthe \{objects\} (?:have|has|are|is) \{attributes\}", "{attributes}"),
        (r"\bthere (?:are|is) \{objects\} (?:(?:in|on|at) )?(?:the )?\{background\}", "{there}"),
        (r"\bthe \{objects\}", "{the objects}"),
        (r"(\{(?:the )?objects\}) (?:are|is)\b", r"\1 {be}"),
        (r"(\{(?:the )?objects\}) (?:have|has)\b", r"\1 {have}"),
        (r"\bthere (?:are|is) (\{objects\})", r"there {be} \1"),
        (r"\b(?:in|on|at) (?:the )?\{background\}", "{background}"),
        (r"\bthe \{background\}", "{scene}"),
    ]
]
"""What stands beside a placeholder agrees with it: the notation of `Template.sentences` on the right."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_AGREEING = frozenset(["be", "have"])  # say nothing by themselves
_COMMA = re.compile(r", (?![^{}]*\})")  # not the one in a placeholder's notation
_NOBODY = "the scene"


def _words(scene: _Scene) -> dict[str, str]:
    """What stands for each placeholder of the notation, "" where there is nothing to say."""
    seen = _cast(_plainer(scene.objects, scene.looks))
    several = len(seen) > 1 or _count(scene.objects) > 1
    where = scene.background or _background(scene.setting)
    style = "" if scene.background else _styled(scene.setting)
    there = f"there {'are' if several else 'is'} {listed(seen)} {where}" if seen else f"we see {_bare_in(where)}"
    doing = scene.objects[-scene.deeds :] if scene.deeds else ()
    said = scene.action.lower()
    return {
        "there": there,
        "there, style": there + style,
        "background": where,
        "background, style": where + style,
        "scene": _bare_in(where),
        "scene, style": _bare_in(where) + style,
        "objects": listed(seen),
        "the objects": listed(_names(scene.objects)),
        "attributes": listed([deed for deed, done in _deeds(doing) if done.lower() not in said]),
        "action": scene.action,
        "movement": scene.movement,
        "style": scene.setting.style,
        "be": "are" if several else "is",
        "have": "have" if several else "has",
    }


def _filled(sentence: str, words: dict[str, str]) -> str:
    """`sentence` with the words in place, without the parts between commas that have nothing to say; "" if none has."""

    def empty(text: str) -> bool:
        names = set(_FIELD.findall(text)) - _AGREEING
        return bool(names) and not any(words[name] for name in names)

    def word(field: re.Match[str]) -> str:
        name = field.group(1)
        return words[name] or (_NOBODY if name.endswith("objects") else "")

    if empty(sentence):
        return ""
    end = sentence[len(sentence.rstrip(".!?。！？")) :]
    parts = [part for part in _COMMA.split(sentence.removesuffix(end)) if not empty(part)]
    said = " ".join(_FIELD.sub(word, ", ".join(parts)).split()).lstrip(" ,;:")
    return said if said.endswith(("!", "?", "…", "。", "！", "？")) else said + end


SHOWN = 4
"""Objects that a sentence names: the front ones."""

_NUMBERED = re.compile(r"(?:two|three|four|five|six|seven|eight|nine|ten|several|many|\d+)\b,? ?", re.IGNORECASE)


def many(look: str) -> bool:
    """Whether that is more than one: it begins with a number."""
    return bool(_NUMBERED.match(look))


def _count(objects: Sequence[SceneObject]) -> int:
    return sum(2 if many(thing.look) else 1 for thing in objects)


def _plainer(objects: Sequence[SceneObject], looks: int) -> list[SceneObject]:
    """Those behind the front `looks` without their looks, but for how many they are."""
    behind = len(objects) - looks
    return [
        struct_replace(thing, look="".join(_NUMBERED.findall(thing.look)[:1]).strip(", ")) if n < behind else thing
        for n, thing in enumerate(objects)
    ]


def _cast(objects: Sequence[SceneObject]) -> list[str]:
    """ "a red fox", "three red balloons": those that are alike are counted, not said again."""
    alike: dict[tuple[str, str], int] = {}
    for thing in objects:
        alike[thing.look, thing.noun] = alike.get((thing.look, thing.noun), 0) + 1
    said = []
    for (look, noun), count in alike.items():
        if many(look):
            said.append(named(look.replace(",", "", 1), plural(noun), ", "))
        elif count > 1:
            said.append(f"{('two', 'three', 'four')[count - 2]} {named(look, plural(noun), ', ')}")
        else:
            said.append(with_article(named(look, noun, ", ")))
    return said


def _names(objects: Sequence[SceneObject]) -> list[str]:
    """ "the fox", "the balloons": each noun once."""
    counts: dict[str, int] = {}
    for thing in objects:
        counts[thing.noun] = counts.get(thing.noun, 0) + _count([thing])
    return [f"the {plural(noun) if count > 1 else noun}" for noun, count in counts.items()]


def _deeds(objects: Sequence[SceneObject]) -> list[tuple[str, str]]:
    """("the queen and the king are drinking", "drinking"): once for all who do the same."""
    deeds: dict[str, list[SceneObject]] = {}
    for thing in objects:
        if thing.action:
            deeds.setdefault(thing.action, []).append(thing)
    return [
        (f"{listed(_names(who))} {'are' if _count(who) > 1 else 'is'} {action}", action)
        for action, who in deeds.items()
    ]


def _background(setting: Setting) -> str:
    """ "in the snowy forest at night with snow" """
    place = _bare(setting.place)
    if place.lower() in _ALONE:
        words = _ALONE[place.lower()]
    elif place[:1].isupper():  # a name
        words = f"in {place}"
    else:
        words = f"{'on' if _ON.search(place.lower()) else 'in'} the {place}" if place else "in the open air"
    if setting.time:
        words += f" {_AT.get(setting.time.split()[-1].lower(), 'in the')} {_bare(setting.time)}"
    if setting.weather:
        weather = _bare(setting.weather)
        words += _UNDER.get(weather.lower(), f" with {weather}")
    return words


def _styled(setting: Setting) -> str:
    """ ", watercolour style"; more words than two say for themselves what they are."""
    style = setting.style
    alone = "style" in style.lower() or len(style.split()) > 2
    return f", {style}{'' if alone else ' style'}" if style else ""


_ALONE = {"underwater": "under water", "space": "in space", "outer space": "in outer space"}
_ON = re.compile(
    r"\b(?:beach|shore|coast|island|street|road|highway|path|moon|hills?|cliffs?|rooftops?|stage|bridge|mars|ice|"
    r"snowy plain|prairie|farm|playground|sea|ocean|lake|river|pond|canal)$"
)
_UNDER = {
    "clear": " under a clear sky", "clouds": " under clouds", "cloudy": " under clouds", "storm": " in a storm",
    "sunny": " in the sunshine",
}  # fmt: skip
_AT = {"night": "at", "noon": "at", "midnight": "at", "dawn": "at", "dusk": "at", "sunset": "at", "sunrise": "at"}
_AT |= {"day": "by"}


def _bare(words: str) -> str:
    return re.sub(r"^(?:an?|the|in|at|on|with) ", "", words, flags=re.IGNORECASE)


def _bare_in(where: str) -> str:
    """ "in the forest" → "the forest", as in "we see the forest" """
    return where.removeprefix("in ").removeprefix("on ")
