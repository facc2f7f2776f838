"""The whole sentence of a keyframe, for a text encoder and for captions. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from streamer.messages import Camera, SceneObject, Setting

from .storyteller.english import listed, plural, with_article
from .script import one_line

MAX_TEXT = 500  # characters


def compose(action: str, setting: Setting, objects: Sequence[SceneObject], camera: Camera) -> str:
    """The sentence, in the form of DirecT2V's template:

    "In this frame, there are {objects} in the {background}. The {objects} have {attributes}. The camera is {movement}."

    The background, our scene prefix, is said every time: each sentence is encoded alone, and what is left out drifts.
    What is new follows the template. At most 500 characters.
    """
    said = action.lower()
    doing = [deed for deed, done in _deeds(objects) if done.lower() not in said]
    seen = _cast(objects)
    there = f"there {'are' if len(seen) > 1 or _count(objects) > 1 else 'is'} {listed(seen)}" if seen else "we see"
    where = _background(setting) if seen else _background(setting).removeprefix("in ")
    sentences = [f"In this frame, {there} {where}", listed(doing), action.rstrip(" .")]
    sentences.append(f"the camera is {camera.movement}")
    return one_line(" ".join(f"{s[0].upper()}{s[1:]}." for s in sentences if s), MAX_TEXT)


_SHOWN = 4  # objects that the sentence names
_NUMBERED = re.compile(r"(?:two|three|four|five|six|seven|eight|nine|ten|several|many|\d+)\b,? ?", re.IGNORECASE)


def _count(objects: Sequence[SceneObject]) -> int:
    """How many are seen; one whose look begins with a number is many."""
    return sum(2 if _NUMBERED.match(thing.look) else 1 for thing in objects[:_SHOWN])


def _cast(objects: Sequence[SceneObject]) -> list[str]:
    """ "a red fox", "three red balloons": those that are alike are counted, not said again."""
    alike: dict[tuple[str, str], int] = {}
    for thing in objects[:_SHOWN]:
        alike[thing.look, thing.noun] = alike.get((thing.look, thing.noun), 0) + 1
    said = []
    for (look, noun), count in alike.items():
        if _NUMBERED.match(look):
            said.append(f"{look.replace(',', '', 1)} {plural(noun)}")
        elif count > 1:
            said.append(f"{('two', 'three', 'four')[count - 2]} {look} {plural(noun)}".replace("  ", " "))
        else:
            said.append(with_article(f"{look} {noun}".strip()))
    return said


def _deeds(objects: Sequence[SceneObject]) -> list[tuple[str, str]]:
    """("the queen and the king are drinking", "drinking"): once for all who do the same."""
    deeds: dict[str, dict[str, int]] = {}
    for thing in objects[:_SHOWN]:
        if thing.action:
            who = deeds.setdefault(thing.action, {})
            who[thing.noun] = who.get(thing.noun, 0) + (2 if _NUMBERED.match(thing.look) else 1)
    said = []
    for action, who in deeds.items():
        names = [f"the {plural(noun) if count > 1 else noun}" for noun, count in who.items()]
        said.append((f"{listed(names)} {'are' if sum(who.values()) > 1 else 'is'} {action}", action))
    return said


def _background(setting: Setting) -> str:
    """ "in the snowy forest at night with rain, watercolour style" """
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
    return words + (f", {setting.style} style" if setting.style else "")


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
