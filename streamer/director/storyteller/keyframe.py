"""From a scene to a keyframe: boxes, what the camera does, and the sentence that says so. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from .english import listed, plural, third_person, with_article
from .lexicon import COUNTED, NUMBERS
from .staging import AIRY, RESTING, Beat, Scene, beat_of, level, mount, shown_size, top


def keyframe(scene: Scene) -> dict[str, Any]:
    """The scene as the answer has it."""
    beat = beat_of(scene)
    boxes: list[list[float]] = []
    for k, figure in enumerate(scene.figures):
        width, height = shown_size(figure, scene)
        boxes.append([figure.x - width / 2, top(figure, k, scene), width, height])
    pair = mount(scene.figures)
    if pair:
        rider, ridden = (boxes[k] for k in pair)
        # On a wave one stands, in a boat one is seen to the waist, on a back one sits.
        deep = {"wave": 0.5, "boat": 0.5}.get(scene.figures[pair[1]].noun, 0.62)
        shrink = min(0.8, 0.8 * ridden[2] / rider[2], 0.9 * ridden[3] / rider[3])
        rider[0], rider[2], rider[3] = rider[0] + rider[2] * (1 - shrink) / 2, rider[2] * shrink, rider[3] * shrink
        if scene.figures[pair[0]].doing in AIRY:
            ridden[1] = min(rider[1] + rider[3], 0.8) - ridden[3]
        rider[1] = max(0.02, ridden[1] + deep * ridden[3] - rider[3])
    objects = []
    for figure, box in zip(scene.figures, boxes, strict=True):
        slows = beat.doing and figure.travels and not pair
        carried = pair and figure is scene.figures[pair[1]] and scene.figures[pair[0]].doing in AIRY
        slows = slows and (figure.noun, figure.doing) == (scene.figures[-1].noun, scene.figures[-1].doing)
        objects.append(
            {
                "id": figure.id,
                "noun": figure.noun,
                "look": figure.look,
                "action": beat.doing if slows else "flying" if carried else figure.doing,
                "box": [round(v, 3) for v in box],
            }
        )
    zoom = level(scene) / scene.level
    return {
        "action": _sentence(scene, beat),
        "place": scene.place,
        "time": scene.time,
        "weather": scene.weather,
        "objects": objects,
        "camera": {"movement": _movement(scene, zoom), "pan": [scene.pan, 0], "zoom": round(zoom, 4)},
        "transition": "cut" if scene.opening else "blend",
    }


def _movement(scene: Scene, zoom: float) -> str:
    if abs(math.log(zoom)) > 0.05:
        return "moving closer" if zoom > 1.0 else "pulling back"
    if abs(scene.pan) < 0.01:
        return "almost still"
    side = "right" if scene.pan > 0 else "left"
    follows = scene.figures and scene.figures[-1].travels
    return f"following to the {side}" if follows else f"panning {side}"


_AIR = {
    "snow": "snow is falling", "rain": "rain is pouring down", "storm": "lightning flashes in the distance",
    "fog": "fog drifts by", "wind": "a wind is blowing", "clouds": "clouds pass by", "clear": "the light plays",
}  # fmt: skip

_EMPTY = (
    "nobody is {where}",
    "light moves slowly {where}",
    "nothing stirs {where}",
    "something rustles {where}",
    "it is quiet {where}",
)
_BARE = {
    "{who} {is} {doing} {where}": "{who} [stand] {where}",
    "the camera finds {who} {doing}": "the camera finds {who}",
    "{who} [be] still {doing}": "{who} {is} still {where}",
    "{where}, {who} {is} {doing}": "{where} [stand] {who}",
    "far away, {who} {is} {doing}": "far away [stand] {who}",
    "{air} and {who} {is} {doing}": "{air} over {who}",
    "the camera lingers on {who}, {doing}": "the camera lingers on {who}",
}
"""What is said of one that rests and does nothing in particular."""

_VERB = re.compile(r"\[(\w+)\]")
_DONE_TO = frozenset(
    ["chasing", "fighting", "watching", "eating", "painting", "kicking", "following", "hugging", "building", "drinking",
     "reading", "guarding", "hunting", "crossing", "catching", "throwing", "carrying", "pulling", "pushing", "feeding",
     "holding", "stealing", "kissing", "climbing", "drawing", "playing"]
)  # fmt: skip
_INSTRUMENTS = frozenset(["piano", "guitar", "violin", "drum", "trumpet"])


def _sentence(scene: Scene, beat: Beat) -> str:
    where = f"{_ON.get(scene.place, 'in')} the {scene.place}"
    if scene.figures and scene.figures[-1].doing in AIRY and scene.place != "sky":
        where = f"over the {scene.place}"
    where = {"underwater": "under water", "space": "in space"}.get(scene.place, where)
    if not scene.figures:
        return _EMPTY[scene.n % len(_EMPTY)].format(where=where)
    if scene.entering:
        new = [with_article(figure.name) for figure in scene.figures if figure.id in scene.entering]
        many = len(new) > 1 or any(figure.count > 1 for figure in scene.figures if figure.id in scene.entering)
        return f"{listed(list(dict.fromkeys(new)))} {_agreeing('come', many)} into view"
    who, many = _subject(scene)
    front = scene.figures[-1]
    doing = front.doing
    pair = mount(scene.figures)
    mutual = front.doing in ("fighting", "hugging", "kissing")
    others = [f for f in reversed(scene.figures[:-1]) if f.noun != front.noun and (mutual or f.doing != front.doing)]
    target = others[0] if others else None
    if pair and pair[0] == len(scene.figures) - 1:
        ridden = scene.figures[pair[1]]
        on = " on" if front.doing in RESTING or front.doing == "flying" else ""
        doing += f"{on} {with_article(ridden.name) if scene.opening else f'the {ridden.noun}'}"
    elif target and front.doing in _DONE_TO and (front.doing != "playing" or target.noun in _INSTRUMENTS):
        doing += f" the {plural(target.noun) if target.count > 1 else target.noun}"
    says = beat.moves if front.travels else _BARE.get(beat.rests, beat.rests) if not front.doing else beat.rests
    said = says.format(
        who=who, doing=doing, where=where, air=_AIR.get(scene.weather, "all is calm"), **{"is": "are" if many else "is"}
    )
    return _VERB.sub(lambda verb: _agreeing(verb.group(1), many), said)


def _agreeing(verb: str, many: bool) -> str:
    if verb == "be":
        return "are" if many else "is"
    return verb if many else third_person(verb)


def _subject(scene: Scene) -> tuple[str, bool]:
    """Who the sentence is about: the one in front, and those who do the same; whether they are many."""
    front = scene.figures[-1]
    alike = [f for f in reversed(scene.figures) if f.doing == front.doing and f.kind.alive == front.kind.alive]
    if front.doing in ("fighting", "hugging", "kissing", "chasing", "riding"):
        alike = [f for f in alike if f.noun == front.noun]
    names: dict[tuple[str, str], int] = {}
    for figure in alike[:4]:
        key = (figure.noun, figure.look)
        names[key] = names.get(key, 0) + figure.count
    nouns = [figure.noun for figure in {(f.noun, f.look): f for f in scene.figures}.values()]
    said = []
    for (noun, look), count in names.items():
        look = " ".join(w for w in look.replace(",", "").split() if w not in NUMBERS)
        named = plural(noun) if count > 1 else noun
        if scene.opening:
            said.append(f"{COUNTED[count]} {look} {named}" if count > 1 else with_article(f"{look} {named}".strip()))
        else:
            said.append(f"the {look} {named}" if nouns.count(noun) > 1 else f"the {named}")
    return " ".join(listed(said).split()), len(said) > 1 or sum(names.values()) > 1


_ON = dict.fromkeys(["sea", "lake", "river", "beach", "road", "city street", "moon", "rooftop", "path", "stage"], "on")
_ON |= {"hills": "on", "snowy plain": "on", "ice": "on", "surface of mars": "on", "island": "on", "pond": "on",
        "canal": "on", "cliffs": "on", "town square": "on", "prairie": "on", "farm": "on"}  # fmt: skip
