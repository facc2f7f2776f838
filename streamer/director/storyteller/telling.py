"""The small storyteller: a chat request in, keyframes out. Pure, deterministic, and no LLM. The storyboard speaks its
words; where any other LLM fails, a story has its next wish read by it (`Story.fallback`).

It knows words (`lexicon`, `habitats`), a little grammar (`hearing`) and a few beats (`staging`): go on, come nearer,
slow down, turn, be seen from afar. Its limits: English and a little German, one clause at a time, no memory beyond what
the request holds. It exists so that a film plays within a second on a machine without network, weights or GPU.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from streamer.messages import UNREADABLE

from .habitats import COMES_WITH, HOMES, LIVES_IN, SCENES
from .hearing import Subject, Wish, hear, kind_of
from .keyframe import keyframe
from .lexicon import COLOURS, COUNTED, SIZES
from .staging import BEATS, Figure, Scene, inside, level, mount, moved, size

MAX_FRAMES = 32
MAX_THINGS = 4
NEAR = {"in": 1.32, "out": 0.74}


def tell(messages: Sequence[Any]) -> str:
    """The answer to a chat request: `{"frames":[…]}`."""
    return msgspec.json.encode({"frames": _frames(messages)}).decode()


def tell_one(messages: Sequence[Any]) -> bytes:
    """The first keyframe of that answer, a JSON object."""
    return msgspec.json.encode(_frames(messages)[0])


def _frames(messages: Sequence[Any]) -> list[dict[str, Any]]:
    """The last user message is the JSON request of `script.SYSTEM`; what is none is taken as the wish itself."""
    said = [m.get("content") for m in messages if isinstance(m, dict) and m.get("role") == "user"]
    content = said[-1] if said else ""
    if isinstance(content, list):  # the parts form of a message
        content = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    content = str(content or "")
    try:
        request = msgspec.json.decode(content, type=_Request)
    except UNREADABLE:
        request = _Request(wish=content)
    return [keyframe(scene) for scene in _scenes(request)]


class _Thing(msgspec.Struct):
    """A figure as the request's film shows it."""

    id: str = ""
    noun: str = ""
    look: str = ""
    action: str = ""
    box: tuple[float, float, float, float] = (0.4, 0.5, 0.2, 0.2)


class _Camera(msgspec.Struct):
    pan: tuple[float, float] = (0.0, 0.0)


class _Shown(msgspec.Struct):
    place: str = ""
    time: str = ""
    weather: str = ""
    objects: list[_Thing] = []
    camera: _Camera = msgspec.field(default_factory=_Camera)


class _Film(msgspec.Struct):
    frames: list[_Shown] = []


class _Request(msgspec.Struct):
    wish: str = ""
    count: int = 8
    first: int = 0
    premise: str = ""
    new_wish: bool = True
    film: _Film = msgspec.field(default_factory=_Film)


def _scenes(request: _Request) -> list[Scene]:
    count = min(max(request.count, 1), MAX_FRAMES)
    first = max(request.first, 0)
    shown = request.film.frames
    wish = hear(request.wish)
    wishes = [wish, hear(request.premise)]
    if not shown:
        scene = _open(wish, request.wish)
        if request.premise:  # a film that was steered before it began
            scene = _turn(_open(wishes[1], request.premise), wish, request.wish)
        scene = replace(scene, n=first, opening=True)
    elif request.new_wish and first == 0:
        scene = _turn(_remembered(shown, wishes), wish, request.wish)
    else:
        scene = _remembered(shown, wishes)
        scene = replace(scene, n=first - 1, opening=first == 1 and not request.premise)
        scene = _next(scene, request.wish, wishes)
    scenes = [scene]
    while len(scenes) < count:
        scenes.append(_next(scenes[-1], request.wish, wishes))
    return scenes


def _open(wish: Wish, words: str) -> Scene:
    """The first keyframe of a film, or after a cut."""
    subjects, place = wish.subjects, wish.place
    if not subjects:
        noun, home = _somebody(wish, words)
        subjects, place = (Subject(noun, wish.look, wish.doing),), place or home
    place = place or _home(subjects)
    if wish.weather == "snow" and not wish.place and kind_of(subjects[0].noun).domain == "ground":
        place = place if place in ("snowy mountains", "forest") else "snowy field"
    figures = _cast(subjects, {}, enter=False)
    sheltered = not _SHELTERED.isdisjoint(place.split())
    follows = figures[-1].heading if all(figure.travels for figure in figures) else 0
    scene = Scene(
        n=0,
        place=place,
        time=wish.time or "day",
        weather=wish.weather or ("" if sheltered else "clear"),
        figures=figures,
        opening=True,
        spice=_dice(words),
        pan=0.06 * follows,
    )
    return _framed(scene, [wish])


_SHELTERED = frozenset(
    ["space", "underwater", "reef", "moon", "room", "hall", "kitchen", "bedroom", "library", "museum", "stage",
     "theatre", "office", "school", "classroom", "cave", "cafe", "shop"]
)  # fmt: skip
"""Where no weather comes."""


def _somebody(wish: Wish, words: str) -> tuple[str, str]:
    """Someone for a wish in which nobody could be seen, and where."""
    if wish.place in LIVES_IN:
        return LIVES_IN[wish.place], wish.place
    if wish.doing:
        return "dog", SCENES.get(wish.doing, "park")
    noun, home = COMES_WITH.get(wish.weather) or COMES_WITH.get(wish.time) or ("", "")
    noun = noun or ("lantern", "balloon", "bird", "boat", "butterfly")[_dice(words) % 5]
    return noun, home or HOMES.get(noun) or kind_of(noun).place


def _home(subjects: Sequence[Subject]) -> str:
    """Where the subjects would be found."""
    for subject in subjects:
        if subject.doing in SCENES:
            return SCENES[subject.doing]
    homes = [HOMES.get(subject.noun) or kind_of(subject.noun).place for subject in subjects]
    for telling in ("sea", "room", "bedroom", "kitchen"):  # a wave is at sea, whoever is with it
        if telling in homes:
            return telling
    grounded = [home for home in homes if home not in ("sky", "space")]
    return homes[0] if not grounded or homes[0] == "space" else grounded[0]


def _turn(scene: Scene, wish: Wish, words: str) -> Scene:
    """The first keyframe after a steer: what the wish leaves alone stays."""
    nouns = {figure.noun for figure in scene.figures}
    known = {s.noun: s for s in wish.subjects if s.noun in nouns and not s.other}
    fresh = tuple(s for s in wish.subjects if s.noun not in known)
    if fresh and not (known or wish.adds or wish.refers or wish.removes):
        return _open(wish, words)
    gone = [f for f in scene.figures if f.noun in wish.removes]
    figures = [_changed(f, known.get(f.noun)) for f in scene.figures if f.noun not in wish.removes]
    if not wish.subjects and not wish.removes and figures and not wish.only_manner:
        # "make it blue", "run!": said of the one in front
        figures[-1] = _changed(figures[-1], Subject(figures[-1].noun, wish.look, wish.doing))
    if wish.camera == "in" and known:  # who is looked at is in front
        figures.sort(key=lambda figure: figure.noun in known)
    entering = _cast(fresh, {f.id: f for f in figures}, enter=True)
    if gone and entering:  # "turn the fox into a wolf": in its place
        entering = tuple(replace(a, x=b.x, heading=b.heading) for a, b in zip(entering, gone, strict=False))
    # Who comes is what is new to see; "give the fox a hat" is about the fox.
    both = [*entering, *figures][-MAX_THINGS:] if known else [*figures, *entering]
    scene = replace(
        scene,
        n=0,
        opening=False,
        place=wish.place or scene.place,
        time=wish.time or scene.time,
        weather=wish.weather or scene.weather,
        figures=tuple(both[-MAX_THINGS:]),
        entering=tuple(figure.id for figure in entering),
        spice=_dice(words),
    )
    return moved(_framed(scene, [wish]))


def _changed(figure: Figure, said: Subject | None) -> Figure:
    """A figure as somebody now says it is: a colour instead of its colour, a size instead of its size."""
    if said is None:
        return figure
    look = figure.look
    for word in said.look.split(", ") if said.look else ():
        group = next((group for group in (COLOURS, frozenset(SIZES)) if word in group), frozenset[str]())
        kept = [old for old in look.split(", ") if old and old not in group and old != word]
        look = ", ".join([*kept, word])
    return replace(figure, look=look, doing=said.doing or figure.doing)


def _remembered(shown: list[_Shown], wishes: list[Wish]) -> Scene:
    """The scene as the request's last keyframes show it; what each figure does comes from the words, newest first."""
    last = shown[-1]
    before = {thing.id: thing for thing in shown[-2].objects} if len(shown) > 1 else {}
    figures = []
    for place, thing in enumerate(last.objects[:MAX_THINGS]):
        x = thing.box[0] + thing.box[2] / 2
        old = before.get(thing.id)
        way = x - (old.box[0] + old.box[2] / 2) if old else 0.0
        if place == len(last.objects) - 1 and last.camera.pan[0]:
            way = last.camera.pan[0]  # the camera follows the one in front
        heading = (1 if way > 0 else -1) if abs(way) > 0.005 else _heading(thing.id)
        said = [s.doing for wish in wishes for s in wish.subjects if s.noun == thing.noun and s.doing]
        own = thing.action if thing.action not in {beat.doing for beat in BEATS} else ""
        doing = (said or [own or kind_of(thing.noun).doing])[0]
        figures.append(Figure(thing.id, thing.noun, thing.look, doing, x, heading))
    near = 1.0
    if figures:
        near = last.objects[len(figures) - 1].box[3] / size(figures[-1], len(figures))[1]
    scene = Scene(0, last.place, last.time, last.weather, tuple(figures), level=min(max(near, 0.6), 1.7))
    return _framed(scene, wishes)


def _framed(scene: Scene, wishes: list[Wish]) -> Scene:
    """The scene as near and as fast as the wishes want it."""
    tempo = 1.0
    for wish in wishes:
        tempo *= wish.tempo
    return replace(scene, near=NEAR.get(wishes[0].camera, 1.0), tempo=min(max(tempo, 0.4), 1.6))


def _next(scene: Scene, words: str, wishes: list[Wish]) -> Scene:
    """One keyframe on."""
    scene = replace(_framed(scene, wishes), spice=_dice(words))
    return moved(replace(scene, n=scene.n + 1, opening=False, level=level(scene), entering=()))


def _cast(subjects: Sequence[Subject], there: dict[str, Figure], *, enter: bool) -> tuple[Figure, ...]:
    """Figures for the subjects, spread over the picture, or entering from the sides. The first one said is in front.

    A few of a kind are figures of their own; more are one group.
    """
    alone = sum(subject.count for subject in subjects) <= MAX_THINGS - (1 if there else 0)
    singles: list[Subject] = []
    for subject in subjects:
        if subject.count == 1 or (alone and subject.count <= MAX_THINGS):
            singles += [subject] * subject.count
        else:
            look = ", ".join(word for word in (COUNTED[min(subject.count, 12)], subject.look) if word)
            singles.append(replace(subject, look=look))
    singles = singles[:MAX_THINGS]
    figures: list[Figure] = []
    used = dict.fromkeys(there)
    for n, subject in enumerate(singles):
        base = "-".join(subject.noun.split())
        name = next(name for name in (base, *(f"{base}-{i}" for i in range(2, 99))) if name not in used)
        used[name] = None
        figure = Figure(
            name, subject.noun, subject.look, subject.doing or kind_of(subject.noun).doing, 0.5, _heading(name)
        )
        if enter:
            figure = replace(figure, x=0.12 if n % 2 == 0 else 0.88, heading=1 if n % 2 == 0 else -1)
        elif len(singles) == 1:
            figure = replace(figure, x=0.5 - 0.2 * figure.heading if figure.travels else 0.5)
        else:
            x = 0.2 + 0.6 * n / (len(singles) - 1)
            figure = replace(figure, x=x, heading=figures[0].heading if figures else figure.heading)
        figures.append(replace(figure, x=inside(figure.x, size(figure, len(singles) + len(there))[0])))
    cast = tuple(reversed(figures))
    pair = mount(cast)
    if pair:
        rider, ridden = (cast[k] for k in pair)
        x = rider.x if rider.travels else 0.5
        cast = tuple(replace(f, x=x, heading=rider.heading) if f in (rider, ridden) else f for f in cast)
    return cast


def _dice(words: str) -> int:
    return zlib.crc32(words.encode("utf-8", "replace"))


def _heading(name: str) -> int:
    return -1 if _dice(name) % 3 == 0 else 1
