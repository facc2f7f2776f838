"""The storyboard's storyteller: a chat request in, keyframes out. Pure, deterministic, and no LLM.

It knows words (`lexicon`), a little grammar (`hearing`) and a few beats: enter, go on, come nearer, turn, be seen from
afar. Its limits: English, one clause at a time, no memory beyond what the request holds. It exists so that a film plays
within a second on a machine without network, weights or GPU.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from .hearing import Subject, Wish, gerund, hear, kind_of
from .lexicon import SIZES, TRAVELS, Kind

MAX_FRAMES = 32
MAX_THINGS = 4


def tell(messages: Sequence[Any]) -> str:
    """The answer to a chat request: `{"frames":[…]}`.

    The last user message is the JSON request of `script.SYSTEM`; a message that is not is taken as the wish itself.
    """
    said = [m.get("content") for m in messages if isinstance(m, dict) and m.get("role") == "user"]
    content = said[-1] if said else ""
    if isinstance(content, list):  # the parts form of a message
        content = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    content = str(content or "")
    try:
        request = msgspec.json.decode(content, type=_Request)
    except msgspec.MsgspecError:
        request = _Request(wish=content)
    return msgspec.json.encode({"frames": [_frame(scene) for scene in _scenes(request)]}).decode()


class _Thing(msgspec.Struct):
    """A figure as the request's film shows it."""

    id: str = ""
    noun: str = ""
    look: str = ""
    action: str = ""
    box: tuple[float, float, float, float] = (0.4, 0.5, 0.2, 0.2)


class _Shown(msgspec.Struct):
    place: str = ""
    time: str = ""
    weather: str = ""
    objects: list[_Thing] = []


class _Film(msgspec.Struct):
    frames: list[_Shown] = []


class _Request(msgspec.Struct):
    wish: str = ""
    count: int = 8
    first: int = 0
    premise: str = ""
    new_wish: bool = True
    film: _Film = msgspec.field(default_factory=_Film)


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing in the scene, and where it is going."""

    id: str
    noun: str
    look: str
    doing: str  # of its own accord; a beat may interrupt it
    x: float  # its middle
    heading: int  # -1 left, 1 right

    @property
    def name(self) -> str:
        """ "red fox" """
        return f"{self.look.replace(',', '')} {self.noun}".strip()


@dataclass(frozen=True, slots=True)
class Scene:
    """One keyframe in the making."""

    n: int  # its number in the film
    place: str
    time: str
    weather: str
    figures: tuple[Figure, ...]
    opening: bool = False  # of a film, or after a cut
    cut: bool = False
    spice: int = 0  # from the words: two films do not share their rhythm


# Beats


@dataclass(frozen=True, slots=True)
class Beat:
    """What happens in one keyframe."""

    says: str  # {who} {does} {where}
    speed: float  # of those that travel
    scale: float  # of the figures
    camera: str
    pan: float  # along the first figure's heading
    zoom: float
    doing: str = ""  # of a living one, instead of what it does by itself
    thing: str = ""  # what to say of one that is not alive but moves
    still: str = ""  # what to say of one that stays where it is


BEATS = (
    Beat("{who} {does} {where}", 1.0, 1.0, "following", 0.08, 1.0),
    Beat("{who} comes nearer", 0.7, 1.12, "moving closer", 0.03, 1.12, still="closer to {who}, {doing}"),
    Beat("{who} goes on, {doing}", 1.2, 1.16, "panning", 0.12, 1.0, still="past {who}, {doing}"),
    Beat(
        "{who} stops and looks around", 0.15, 1.1, "static", 0.0, 1.0,
        doing="looking around", thing="{who} slows down", still="nothing but {who}, {air}",
    ),
    Beat("{who} {does} again {where}", 1.1, 1.02, "panning", 0.1, 1.0, still="{who} {does} {where}"),
    Beat("from afar, {who} {does} {where}", 0.9, 0.86, "pulling back", 0.02, 0.86),
    Beat("{who} {does} past, {air}", 1.3, 0.9, "following", 0.1, 1.0, still="{who} {does} there, {air}"),
    Beat("{who} turns around", 0.3, 0.98, "moving closer", -0.04, 1.04, doing="turning", still="round {who}, {doing}"),
)  # fmt: skip
# The zooms of a round multiply to one: the camera ends where it began.
assert abs(math.prod(beat.zoom for beat in BEATS) - 1.0) < 0.01

_AIR = {
    "snow": "snow falling all around", "rain": "rain pouring down", "storm": "lightning in the distance",
    "fog": "fog drifting by", "wind": "the wind blowing", "clouds": "clouds overhead", "clear": "the sky clear",
}  # fmt: skip


def _scenes(request: _Request) -> list[Scene]:
    count = min(max(request.count, 1), MAX_FRAMES)
    first = max(request.first, 0)
    shown = request.film.frames
    wish = hear(request.wish)
    if not shown:
        scene = _open(wish, request.wish)
        if request.premise:  # a film that was steered before it began
            scene = _turn(_open(hear(request.premise), request.premise), wish, request.wish)
        scene = replace(scene, n=first, opening=True, cut=True)
    elif request.new_wish and first == 0:
        scene = _turn(_remembered(shown, [wish, hear(request.premise)]), wish, request.wish)
    else:
        scene = _next(replace(_remembered(shown, [wish, hear(request.premise)]), n=first - 1), request.wish)
    scenes = [scene]
    while len(scenes) < count:
        scenes.append(_next(scenes[-1], request.wish))
    return scenes


def _open(wish: Wish, words: str) -> Scene:
    """The first keyframe of a film, or after a cut."""
    subjects = wish.subjects or (() if wish.place else (_anything(words),))
    kind = kind_of(subjects[0].noun) if subjects else None
    place = wish.place or (kind.place if kind else "meadow")
    if wish.weather == "snow" and not wish.place and kind and kind.domain == "ground":
        place = "snowy field"
    figures = _cast(subjects, {}, enter=False)
    return Scene(
        n=0,
        place=place,
        time=wish.time or "day",
        weather=wish.weather or ("" if place in ("space", "underwater", "room") else "clear"),
        figures=figures,
        opening=True,
        cut=True,
        spice=_dice(words),
    )


def _turn(scene: Scene, wish: Wish, words: str) -> Scene:
    """The first keyframe after a steer: what the wish leaves alone stays."""
    nouns = {figure.noun for figure in scene.figures}
    known = {s.noun: s for s in wish.subjects if s.noun in nouns}
    fresh = tuple(s for s in wish.subjects if s.noun not in nouns)
    if fresh and not (known or wish.adds or wish.refers or wish.removes):
        return _open(wish, words)
    figures = [_changed(f, known.get(f.noun)) for f in scene.figures if f.noun not in wish.removes]
    if wish.subjects == () and figures:  # "make it blue", "run!": said of the one in front
        figures[-1] = _changed(figures[-1], Subject(figures[-1].noun, wish.look, wish.doing))
    entering = () if wish.removes else _cast(fresh, {f.id: f for f in figures}, enter=True)
    return replace(
        scene,
        n=0,
        place=wish.place or scene.place,
        time=wish.time or scene.time,
        weather=wish.weather or scene.weather,
        figures=tuple([*figures, *entering][-MAX_THINGS:]),
        spice=_dice(words),
    )


def _changed(figure: Figure, said: Subject | None) -> Figure:
    if said is None:
        return figure
    return replace(figure, look=said.look or figure.look, doing=said.doing or figure.doing)


def _remembered(shown: list[_Shown], wishes: list[Wish]) -> Scene:
    """The scene as the request's last keyframes show it; what each figure does comes from the words, newest first."""
    last = shown[-1]
    before = {thing.id: thing for thing in shown[-2].objects} if len(shown) > 1 else {}
    figures = []
    for thing in last.objects[:MAX_THINGS]:
        x = thing.box[0] + thing.box[2] / 2
        old = before.get(thing.id)
        moved = x - (old.box[0] + old.box[2] / 2) if old else 0.0
        heading = (1 if moved > 0 else -1) if abs(moved) > 0.005 else _heading(thing.id)
        said = [s.doing for wish in wishes for s in wish.subjects if s.noun == thing.noun and s.doing]
        beats = {beat.doing for beat in BEATS}
        own = thing.action if thing.action not in beats else ""
        doing = (said or [own or kind_of(thing.noun).doing])[0]
        figures.append(Figure(thing.id, thing.noun, thing.look, doing, x, heading))
    return Scene(0, last.place, last.time, last.weather, tuple(figures), spice=0)


def _next(scene: Scene, words: str) -> Scene:
    """One keyframe on: those that travel do, and turn at the edges; the others sway."""
    n = scene.n + 1
    spice = _dice(words)
    beat = _beat(n, spice)
    figures = []
    for k, figure in enumerate(scene.figures):
        kind = kind_of(figure.noun)
        width = _size(figure, kind, len(scene.figures), beat)[0]
        heading = figure.heading
        if _travels(figure, kind):
            step = (0.14 if kind.height < 0.4 else 0.11) * (beat.speed if k == len(scene.figures) - 1 else 0.9)
        else:
            step, heading = 0.02, (1 if (n + k) % 2 else -1)
        x = figure.x + heading * step
        if x != _inside(x, width):
            heading = -heading
            x = _inside(figure.x + heading * step, width)
        figures.append(replace(figure, x=x, heading=heading))
    return replace(scene, n=n, figures=tuple(figures), opening=False, cut=False, spice=spice)


def _inside(x: float, width: float) -> float:
    """The middle nearest to `x` at which all of it is in the picture."""
    return min(max(x, min(width / 2 + 0.01, 0.5)), max(1 - width / 2 - 0.01, 0.5))


def _cast(subjects: Sequence[Subject], there: dict[str, Figure], *, enter: bool) -> tuple[Figure, ...]:
    """Figures for the subjects, spread over the picture, or entering from the sides. The first one said is in front."""
    figures: list[Figure] = []
    singles = [subject for subject in subjects for _ in range(subject.count)][:MAX_THINGS]
    used = dict.fromkeys(there)
    for n, subject in enumerate(singles):
        base = "-".join(subject.noun.split())
        name = next(name for name in (base, *(f"{base}-{i}" for i in range(2, 99))) if name not in used)
        used[name] = None
        kind = kind_of(subject.noun)
        doing = subject.doing or kind.doing
        heading = _heading(name)
        if enter:
            heading = 1 if n % 2 == 0 else -1
            x = 0.12 if heading > 0 else 0.88
        elif len(singles) == 1:
            x = 0.5 - 0.28 * heading if doing and _moving(doing, kind) else 0.5
        else:
            x = 0.2 + 0.6 * n / (len(singles) - 1)
        figure = Figure(name, subject.noun, subject.look, doing, x, heading)
        width = _size(figure, kind, len(singles) + len(there), BEATS[0])[0]
        figures.append(replace(figure, x=_inside(x, width)))
    return tuple(reversed(figures))


def _anything(words: str) -> Subject:
    """Something for a wish in which nothing could be seen."""
    return Subject(("lantern", "balloon", "bird", "boat", "star")[_dice(words) % 5], "", "")


def _dice(words: str) -> int:
    return zlib.crc32(words.encode("utf-8", "replace"))


def _heading(name: str) -> int:
    return -1 if _dice(name) % 3 == 0 else 1


def _beat(n: int, spice: int) -> Beat:
    """Every film opens with the first beat and has its own order after that (an odd stride goes round all eight)."""
    stride = (1, 3, 5, 7)[spice % 4]
    return BEATS[(n * stride) % len(BEATS)]


def _moving(doing: str, kind: Kind) -> bool:
    return doing in _TRAVELLING and kind.domain != "fixed"


def _travels(figure: Figure, kind: Kind) -> bool:
    return _moving(figure.doing, kind)


_TRAVELLING = frozenset(gerund(verb) for verb in TRAVELS)


# On paper


def _size(figure: Figure, kind: Kind, crowd: int, beat: Beat) -> tuple[float, float]:
    scale = beat.scale * (1.0, 1.0, 0.85, 0.75, 0.68)[min(crowd, 4)]
    for word in figure.look.replace(",", "").split():
        scale *= SIZES.get(word, 1.0)
    return min(kind.width * scale, 0.9), min(kind.height * scale, 0.85)


_TOPS = {"air": 0.16, "space": 0.3, "deep": 0.42}
_FEET = {"ground": 0.86, "water": 0.76, "fixed": 0.84}
_HIGH = frozenset(["sun", "moon", "star", "full moon", "crescent moon", "aurora", "galaxy"])


def _frame(scene: Scene) -> dict[str, Any]:
    beat = BEATS[0] if scene.opening else _beat(scene.n, scene.spice)
    objects = []
    for k, figure in enumerate(scene.figures):
        kind = kind_of(figure.noun)
        width, height = _size(figure, kind, len(scene.figures), beat)
        sway = 0.015 if (scene.n + k) % 2 else -0.015
        if figure.noun in _HIGH:
            y = 0.08 + sway
        elif kind.domain in _FEET:
            y = _FEET[kind.domain] - height - 0.02 * k + sway
        else:
            y = _TOPS[kind.domain] + 0.08 * k + 2 * sway
        objects.append(
            {
                "id": figure.id,
                "noun": figure.noun,
                "look": figure.look,
                "action": beat.doing if beat.doing and kind.alive and figure is scene.figures[-1] else figure.doing,
                "box": [round(v, 3) for v in (figure.x - width / 2, y, width, height)],
            }
        )
    heading = scene.figures[-1].heading if scene.figures else 1
    pan = round(beat.pan * heading, 3)
    right = "right" if heading > 0 else "left"
    side = {"panning": f" {right}", "following": f" to the {right}"}.get(beat.camera, "")
    return {
        "action": _sentence(scene, beat),
        "place": scene.place,
        "time": scene.time,
        "weather": scene.weather,
        "objects": objects,
        "camera": {"movement": beat.camera + side, "pan": [pan, 0], "zoom": beat.zoom},
        "transition": "cut" if scene.cut else "blend",
    }


_EMPTY = (
    "nobody is {where}",
    "light moves slowly {where}",
    "{air}, nothing stirs {where}",
    "something rustles {where}",
    "it is quiet {where}",
)


def _sentence(scene: Scene, beat: Beat) -> str:
    place = f"{_ON.get(scene.place, 'in')} the {scene.place}"
    if not scene.figures:
        return _EMPTY[scene.n % len(_EMPTY)].format(where=place, air=_AIR.get(scene.weather, "all quiet"))
    front = scene.figures[-1]
    article = ("an" if front.name[:1] in "aeiou" else "a") if scene.opening else "the"
    kind = kind_of(front.noun)
    says = (beat.still if kind.domain == "fixed" else "" if kind.alive else beat.thing) or beat.says
    return says.format(
        who=f"{article} {front.name}",
        does=f"is {front.doing}",
        doing=front.doing,
        where=place,
        air=_AIR.get(scene.weather, place),
    )


_ON = dict.fromkeys(["sea", "lake", "river", "beach", "road", "city street", "moon", "rooftop", "path", "stage"], "on")
_ON |= {"hills": "on", "snowy plain": "on", "underwater": "in the quiet of"}
