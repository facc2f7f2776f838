"""From a scene to a keyframe: boxes, what the camera does, and the sentence that says so. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

from .drama import sheltered
from .english import listed, named, plural, third_person, with_article
from .figures import AIRY, RESTING, Figure, Scene, followed, level, mount, shown_size
from .lexicon import COUNTED, MANY, NUMBERS
from .relations import arranged, seated, target_of
from .staging import top
from .worlds import COMES_TO, LIGHTS

_DEEP = {"wave": 0.5, "boat": 0.5, "piano": 0.05, "table": 0.12, "box": 0.08}
"""How far below its upper edge one sits or stands on it, in its heights; on a back and a sofa further than on these."""


def boxes(scene: Scene) -> list[list[float]]:
    """Where everybody is seen: x, y, width and height, in the order of the figures."""
    found: list[list[float]] = []
    for k, figure in enumerate(scene.figures):
        width, height = shown_size(figure, scene)
        found.append([figure.x - width / 2, top(figure, k, scene), width, height])
    pair = mount(scene.figures)
    if pair:
        rider, ridden = (found[k] for k in pair)
        # On a wave one stands, in a boat one is seen to the waist, on a back one sits.
        deep = _DEEP.get(scene.figures[pair[1]].noun, 0.62)
        shrink = min(0.8, 0.8 * ridden[2] / rider[2], 0.9 * ridden[3] / rider[3])
        rider[0], rider[2], rider[3] = rider[0] + rider[2] * (1 - shrink) / 2, rider[2] * shrink, rider[3] * shrink
        if scene.figures[pair[0]].deed in AIRY:
            ridden[1] = min(rider[1] + rider[3], 0.8) - ridden[3]
        rider[1] = max(0.02, ridden[1] + deep * ridden[3] - rider[3])
    arranged(scene, found, pair)
    return [[min(max(x, -width), 1.0), y, width, height] for x, y, width, height in found]


def keyframe(scene: Scene) -> dict[str, Any]:
    """The scene as the answer has it."""
    pair = mount(scene.figures)
    objects = [
        {
            "id": figure.id,
            "noun": figure.noun,
            "look": figure.look,
            "action": _deed(scene, figure, pair),
            "box": [round(v, 3) for v in box],
        }
        for figure, box in zip(scene.figures, boxes(scene), strict=True)
    ]
    zoom = level(scene) / scene.before
    return {
        "action": _sentence(scene, pair),
        "place": scene.place,
        "time": scene.time,
        "weather": scene.weather,
        "objects": objects,
        "camera": {"movement": _movement(scene, zoom), "pan": [scene.pan, 0], "zoom": round(zoom, 4)},
        "transition": "cut" if scene.opening else "blend",
    }


def _deed(scene: Scene, figure: Figure, pair: tuple[int, int] | None) -> str:
    """What a figure does: what the shot wants, where it can, or what it does of its own accord."""
    shot, lead = scene.shot, scene.lead
    if pair and figure is scene.figures[pair[1]] and scene.figures[pair[0]].deed in AIRY:
        return "flying"
    if figure.role == "guest":
        return shot.guest_does if shot.guest_does and figure.walks else figure.doing
    by = target_of(figure, scene.figures)
    if by is not None and seated(figure, scene.figures[by]) and figure.deed not in RESTING and not figure.travels:
        told = f"sitting, {figure.doing}"
        return told if len(told) <= 32 else figure.doing
    alike = lead is not None and (figure.noun, figure.doing) == (lead.noun, lead.doing)
    if shot.doing and alike and figure.travels and not pair and (figure.walks or shot.doing == "slowing down"):
        return shot.doing
    return figure.doing


def _movement(scene: Scene, zoom: float) -> str:
    if abs(math.log(zoom)) > 0.05:
        return "moving closer" if zoom > 1.0 else "pulling back"
    if abs(scene.pan) < 0.01:
        return "almost still"
    side = "right" if scene.pan > 0 else "left"
    return f"following to the {side}" if followed(scene.figures) else f"panning {side}"


# Words

_AIR = {
    "snow": "snow is falling", "rain": "rain is pouring down", "storm": "lightning flashes", "fog": "fog drifts by",
    "wind": "a wind is blowing", "clouds": "clouds pass by", "clear": "the light plays",
}  # fmt: skip
_EMPTY = ("nobody is", "light moves slowly", "nothing stirs", "something rustles", "it is quiet")
_BARE = (
    ("{is} {doing}", "[stand]"),
    ("[keep] {doing}", "[stay]"),
    ("[be] still {doing}", "{is} still there"),
    (", {doing}", ""),
    (" {doing}", ""),
)
"""What is said instead of one that rests and does nothing in particular."""

_VERB = re.compile(r"\[(\w+)\]")
_DONE_TO = frozenset(
    ["chasing", "fighting", "watching", "eating", "painting", "kicking", "following", "hugging", "building", "drinking",
     "reading", "guarding", "hunting", "crossing", "catching", "throwing", "carrying", "pulling", "pushing", "feeding",
     "holding", "stealing", "planting", "picking", "watering", "exploring", "juggling", "cooking", "baking",
     "observing", "saving", "rescuing", "knitting", "repairing", "fixing",
     "cleaning", "washing", "attacking", "protecting", "harvesting", "mowing", "sweeping", "kissing", "climbing",
     "drawing", "playing"]
)  # fmt: skip
_BY = {"on": "on", "under": "under", "over": "over", "behind": "behind", "before": "in front of", "beside": "beside",
       "between": "between", "in": "in"}  # fmt: skip
_INSTRUMENTS = frozenset(["piano", "guitar", "violin", "drum", "trumpet"])


def _sentence(scene: Scene, pair: tuple[int, int] | None) -> str:
    where = _where(scene)
    lead = scene.lead
    if lead is None:
        return f"{_EMPTY[scene.n % len(_EMPTY)]} {where}"
    if scene.entering:
        names = Counter(figure.name for figure in scene.figures if figure.id in scene.entering)
        many = names.total() > 1 or any(figure.count > 1 for figure in scene.figures if figure.id in scene.entering)
        new = [
            f"{COUNTED.get(number, 'many')} {plural(name)}" if number > 1 else with_article(name)
            for name, number in names.items()
        ]
        return f"{listed(new)} {_agreeing('come', many)} into view"
    who, many = _subject(scene, lead)
    shot, guest = scene.shot, scene.guest
    able = lead.walks or shot.doing in ("", "slowing down")
    able = able or (lead.kind.alive and shot.doing in ("looking", "chasing"))
    says = shot.moves if (lead.travels and able) or not shot.rests else shot.rests
    if not lead.doing:
        for full, bare in _BARE:
            says = says.replace(full, bare)
    thing = next((figure for figure in scene.figures if figure.role == "thing" and figure.noun == scene.thing), None)
    said = says.format(
        who=who,
        doing=_doing(scene, lead, pair),
        where=where,
        air=_AIR.get(scene.weather, "the light plays"),
        land=COMES_TO.get(scene.place, f"the {scene.place}"),
        aim=COMES_TO.get(scene.aim, f"the {scene.aim}"),
        light=LIGHTS.get(scene.time, "the light changes"),
        guest=guest.noun if guest else "guest",
        a_guest=with_article(guest.name) if guest else "somebody",
        guest_doing=guest.doing if guest else "",
        side="right" if (guest.x if guest else 1.0) >= 0.5 else "left",
        thing=scene.thing,
        a_thing=with_article(thing.name if thing else scene.thing) if scene.thing else "something",
        **{"is": "are" if many else "is"},
    )
    return " ".join(_VERB.sub(lambda verb: _agreeing(verb.group(1), many), said).split())


def _where(scene: Scene) -> str:
    if scene.place in _ALONE:
        return _ALONE[scene.place]
    lead = scene.lead
    if lead and lead.deed in AIRY and scene.place != "sky" and not sheltered(scene.place) and not lead.how:
        return f"over the {scene.place}"
    if lead and lead.deed == "crossing" and scene.place.split()[-1] == "bridge":
        return f"over the {scene.place}"
    return f"{'on' if scene.place.split()[-1] in _ON or scene.place in _ON else 'in'} the {scene.place}"


def _doing(scene: Scene, lead: Figure, pair: tuple[int, int] | None) -> str:
    """What the lead does, and to whom."""
    mutual = lead.deed in ("fighting", "hugging", "kissing")
    others = [f for f in reversed(scene.mains[:-1]) if f.noun != lead.noun and (mutual or f.doing != lead.doing)]
    target = others[0] if others else None
    if pair and scene.figures[pair[0]] is lead:
        ridden = scene.figures[pair[1]]
        on = " on" if lead.deed in RESTING or lead.deed == "flying" else ""
        called = with_article(ridden.name) if scene.n == 0 and scene.opening else f"the {ridden.noun}"
        return f"{lead.doing}{on} {called}"
    if target and lead.doing in _DONE_TO and (lead.doing != "playing" or target.noun in _INSTRUMENTS):
        return f"{lead.doing} the {plural(target.noun) if target.count > 1 else target.noun}"
    by = target_of(lead, scene.figures)
    if by is not None and lead.doing and len(lead.noun.split()) < 3:
        other = scene.figures[by]
        many = sum(f.count for f in scene.mains if f.noun == other.noun) > 1
        by_it = "against" if lead.deed == "leaning" else _BY[lead.how]
        return f"{lead.doing} {by_it} the {plural(other.noun) if many else other.noun}"
    same = [f for f in scene.mains if f.deed == lead.deed and f.noun == lead.noun]
    return lead.doing if all(f.doing == lead.doing for f in same) else lead.deed


def _agreeing(verb: str, many: bool) -> str:
    if verb == "be":
        return "are" if many else "is"
    return verb if many else third_person(verb)


def _subject(scene: Scene, front: Figure) -> tuple[str, bool]:
    """Who the sentence is about: the one in front, and those who do the same; whether they are many."""
    alike = [f for f in reversed(scene.mains) if f.deed == front.deed and f.kind.alive == front.kind.alive]
    if front.deed in ("fighting", "hugging", "kissing", "chasing", "riding"):
        alike = [f for f in alike if f.noun == front.noun]
    names: dict[tuple[str, str], int] = {}
    for figure in alike[:4]:
        key = (figure.noun, figure.look)
        names[key] = names.get(key, 0) + figure.count
    nouns = [figure.noun for figure in {(f.noun, f.look): f for f in scene.figures}.values()]
    if len(names) > 2 and not (scene.opening and scene.n == 0):  # a list of names by itself would fill the sentence
        return f"all {COUNTED[min(sum(names.values()), MANY)]}".replace("all many", "all of them"), True
    said = []
    for (noun, look), count in names.items():
        look = ", ".join(word for word in look.split(", ") if word not in NUMBERS)
        many = plural(noun) if count > 1 else noun
        if scene.opening and scene.n == 0:
            named_so = named(look, many)
            said.append(f"{COUNTED[min(count, MANY)]} {named_so}" if count > 1 else with_article(named_so))
        else:
            said.append(f"the {named(look, many)}" if nouns.count(noun) > 1 else f"the {many}")
    return " ".join(listed(said).split()), len(said) > 1 or sum(names.values()) > 1


_ALONE = {
    "underwater": "under water", "space": "in space", "moon mountains": "in the mountains of the moon",
    "mars desert": "in the desert of mars",
}  # fmt: skip
_ON = frozenset(
    ["sea", "lake", "river", "beach", "shore", "road", "street", "moon", "rooftop", "path", "stage", "hills",
     "snowy plain", "ice", "surface of mars", "island", "pond", "canal", "cliffs", "town square", "prairie", "farm",
     "seabed", "fairground", "railway", "volcano", "platform",
     "rooftops", "lagoon", "bay", "bridge", "planet", "balcony", "roof"]
)  # fmt: skip
