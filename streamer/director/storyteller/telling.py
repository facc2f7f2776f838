"""The small storyteller: a chat request in, keyframes out. Pure, deterministic, and no LLM. The storyboard speaks its
words; where any other LLM fails, a story has its next wish read by it (`Story.fallback`).

Each keyframe is made from the one before it, as a request would show it, and from what `drama` has in store for its
number. So a window continues what came before as if it had been one answer, and a film needs no memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from streamer.director import arc
from streamer.messages import UNREADABLE

from .casting import MAX_THINGS, bidden, heading, joined, opened, role_of, spread, turned
from .drama import Drama, Said, dice
from .figures import Figure, Scene, followed, level, mount, size
from .hearing import hear
from .keyframe import keyframe
from .shots import ACTS, FASTER, SLOWER
from .staging import entrance, gone, moved
from .summary import notes
from .wish import habit, means

MAX_FRAMES = 32
NOWHERE = "meadow"  # where a film goes on of which another LLM left out where it is
NEAR = {"in": 1.32, "out": 0.74}


def tell(messages: Sequence[Any]) -> str:
    """The answer to a chat request: `{"frames":[…],"synopsis":"…","plan":[…]}`."""
    request = _request(messages)
    film = _Film(request)
    frames = film.frames(min(max(request.count, 1), MAX_FRAMES))
    synopsis, plan = film.notes()
    return msgspec.json.encode({"frames": frames, "synopsis": synopsis, "plan": plan}).decode()


def tell_one(messages: Sequence[Any]) -> bytes:
    """The first keyframe of that answer, a JSON object."""
    return msgspec.json.encode(_Film(_request(messages)).frames(1)[0])


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


class _Told(msgspec.Struct):
    frames: list[_Shown] = []


class _Request(msgspec.Struct):
    """What is used of the JSON request of `script.SYSTEM`."""

    wish: str = ""
    count: int = 8
    first: int = 0
    seed: int = 0
    premise: str = ""
    new_wish: bool = True
    transition: str = ""
    film: _Told = msgspec.field(default_factory=_Told)


def _request(messages: Sequence[Any]) -> _Request:
    """The last user message; what is no request is taken as the wish itself."""
    said = [m.get("content") for m in messages if isinstance(m, dict) and m.get("role") == "user"]
    content = said[-1] if said else ""
    if isinstance(content, list):  # the parts form of a message
        content = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    content = str(content or "")
    try:
        return msgspec.json.decode(content, type=_Request)
    except UNREADABLE:
        return _Request(wish=content)


class _Film:
    """The film of a request, from its first keyframe on."""

    def __init__(self, request: _Request) -> None:
        self._request = request
        self._wishes = [hear(request.wish)]
        if request.premise:
            self._wishes.append(hear(request.premise))
        self._said = Said.by(self._wishes)
        self._dice = dice(request.wish, request.seed)
        self._seq = max(request.first, 0)
        shown = request.film.frames
        self._last = shown[-1] if shown else None

    def frames(self, count: int) -> list[dict[str, Any]]:
        """The next keyframes."""
        told = []
        for _ in range(count):
            frame = keyframe(self._scene())
            self._last = msgspec.convert(frame, _Shown)
            self._seq += 1
            told.append(frame)
        return told

    def notes(self) -> tuple[str, list[str]]:
        """What has happened, and what is in store."""
        assert self._last is not None
        scene = self._remembered(self._last)
        return notes(scene, self._drama(scene))

    def _scene(self) -> Scene:
        request, last = self._request, self._last
        wish = self._wishes[0]
        if last is None:
            scene = opened(wish, request.wish)
            if request.premise:  # a film that was steered before it began
                scene = moved(turned(opened(self._wishes[1], request.premise), wish, request.wish))
            return replace(scene, n=self._seq, opening=True, near=self._near, tempo=self._tempo)
        if self._seq == 0 and request.new_wish:
            scene = turned(self._remembered(last), wish, request.wish, request.transition)
            scene = replace(scene, near=self._near, tempo=self._tempo)
            if wish.tempo != 1.0 and not scene.opening and not scene.entering:
                scene = replace(scene, shot=FASTER if wish.tempo > 1.0 else SLOWER)
            return scene if scene.opening else moved(scene)
        return self._next(self._remembered(last))

    @property
    def _near(self) -> float:
        return NEAR.get(self._wishes[0].camera, 1.0)

    @property
    def _tempo(self) -> float:
        tempo = 1.0
        for wish in self._wishes:
            tempo *= wish.tempo
        return min(max(tempo, 0.4), 1.6)

    def _drama(self, scene: Scene) -> Drama:
        return Drama(self._dice, self._said, tuple(figure.noun for figure in scene.mains))

    def _remembered(self, last: _Shown) -> Scene:
        """The scene as the last keyframe shows it; what each figure does comes from the words, newest first."""
        figures = tuple(self._figure(thing) for thing in last.objects[:MAX_THINGS])
        figures = bidden(figures, self._wishes[0]) if self._seq else figures
        pan = last.camera.pan[0]
        if followed(figures) and abs(pan) > 0.001:
            figures = tuple(replace(f, heading=1 if pan > 0 else -1) if f.role == "main" else f for f in figures)
        place = last.place.strip() or NOWHERE
        scene = Scene(
            max(self._seq - 1, 0), place, last.time, last.weather, figures, near=self._near, tempo=self._tempo
        )
        if self._seq == 0:  # a steer: another arc was on, only the picture tells how near the camera was
            return replace(scene, before=self._measured(scene, last))
        drama = self._drama(scene)
        shot = drama.shot(scene.n, scene.place, scene.time, guest=scene.guest.noun if scene.guest else "")
        scene = replace(scene, shot=shot)
        return replace(scene, before=level(scene))

    def _figure(self, thing: _Thing) -> Figure:
        said = [subject for wish in self._wishes for subject in wish.subjects if means(subject.noun, thing.noun)]
        deeds = [subject.doing for subject in said if subject.doing]
        placed = next(((subject.how, subject.to) for subject in said if subject.how), ("", ""))
        own = thing.action.removeprefix("sitting, ") if thing.action not in ACTS else ""
        if len(said) > 1 and own in deeds:  # of several of a kind each does its own
            deeds = [own]
        return Figure(
            id=thing.id,
            noun=thing.noun,
            look=thing.look,
            doing=(deeds or [own or habit(thing.noun)])[0],
            x=thing.box[0] + thing.box[2] / 2,
            heading=heading(thing.id),
            role="main" if said else role_of(thing.id),
            how=placed[0],
            to=placed[1],
        )

    def _measured(self, scene: Scene, last: _Shown) -> float:
        lead, pair = scene.lead, mount(scene.figures)
        if lead is None:
            return 1.0
        figure = scene.figures[pair[1]] if pair else lead
        height = last.objects[scene.figures.index(figure)].box[3]
        return min(max(height / size(figure, len(scene.mains))[1], 0.6), 1.7)

    def _next(self, last: Scene) -> Scene:
        """One keyframe on."""
        drama, seq = self._drama(last), self._seq
        at = arc.place(seq)
        if at.opens_scene:
            return self._elsewhere(last, drama)
        figures = tuple(figure for figure in last.figures if not gone(figure, last))
        scene = replace(last, n=seq, figures=figures, side=drama.chosen((1, -1), seq, "side"))
        comes = at.beat == "somebody comes" and at.keyframe == 0 and scene.guest is None
        if comes and len(scene.mains) < MAX_THINGS:
            noun = drama.guest(scene.place, scene.time, seq)
            scene = joined(scene, noun, drama.paint(noun), "guest")
        guest = scene.guest.noun if scene.guest else ""
        shot = drama.shot(seq, scene.place, scene.time, guest=guest)
        turns = at.beat == "turn"
        noun = drama.answer(scene.place, scene.time, seq, guest) if turns else drama.thing(scene.place, seq)
        finds = shot.thing and drama.room and noun and noun not in [figure.noun for figure in scene.figures]
        if finds:
            scene = joined(scene, noun, drama.paint(noun), "thing")
        weather = drama.weather(scene.place, seq) if shot.weather == "=" else shot.weather
        if shot.weather == "=" and weather == "snow":  # which would begin anew
            weather = ""
        scene = moved(
            replace(
                scene,
                shot=shot,
                weather=weather or scene.weather,
                time=drama.next_time(scene.time, scene.place) if shot.light else scene.time,
                thing=noun,
                aim=drama.next_place(scene.place, (arc.place(seq).scene + 1) * arc.SCENE),
            )
        )
        if finds:
            placed = [entrance(scene, f) if f.role == "thing" and f.noun == noun else f for f in scene.figures]
            scene = replace(scene, figures=tuple(placed))
        return scene

    def _elsewhere(self, last: Scene, drama: Drama) -> Scene:
        """A later scene's first keyframe: the main cast at another place, in another light."""
        seq = self._seq
        place = drama.next_place(last.place, seq)
        way = drama.chosen((1, -1), seq, "way")
        mains = tuple(replace(figure, heading=way) for figure in last.mains if figure.role == "main")
        figures = spread(mains or last.mains)
        return replace(
            last,
            n=seq,
            place=place,
            time=drama.next_time(last.time, place),
            weather=drama.weather(place, seq),
            figures=figures,
            shot=drama.shot(seq, place, last.time, guest=""),
            opening=True,
            before=1.0,
            pan=0.06 * way if followed(figures) else 0.0,
        )
