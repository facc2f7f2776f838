"""What a stream's film has told so far, what to ask next, and what is made of the answer. Pure.

A `Story` is bounded, however long the film: the last few keyframes, a cast of at most 12, the setting. It is one
struct, so that its snapshot is its JSON and a successor goes on with the next description as if nothing had happened.
"""

from __future__ import annotations

import zlib
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streamer.messages import (
    Box,
    Camera,
    FrameDescription,
    Message,
    Prompt,
    SceneObject,
    Setting,
    encode,
)

from . import script, storyteller
from .caption import compose
from .script import Draft

CONTEXT = 4  # keyframes shown to the LLM; 1 where it is asked for 1 (the paper's d_i = FD(T, d_{i-1}))
MAX_CAST = 12
MAX_PREMISE = 500  # characters
MAX_WORDS = 200  # characters of the prompt in a description; whole in DirectorState
MAX_BYTES = 7_900  # of an encoded description, which travels in a header of at most 8 KiB
MIN_DURATION, MAX_DURATION = 0.5, 12.0  # seconds
HEADROOM = 1.15  # a description lasts this much longer than the LLM needs for one


class Member(Message, frozen=True):
    """One of the cast: what it is and how it looks, fixed while the shot lasts."""

    noun: str
    look: str = ""


class Story(Struct, omit_defaults=True):
    """The film of one stream in one epoch."""

    epoch: int
    prompt: str  # the words it follows now
    premise: str = ""  # what the film was about before them
    style: str = ""
    seed: int = 0  # of the epoch's first shot
    pace: float = 2.0  # seconds that a description should last
    tempo: float = 0.0  # seconds that the LLM needs for one, 0: not known yet
    seq: int = 0  # of the next description
    shot: int = 0
    published: float = 0.0  # seconds of film of this epoch
    setting: Setting = Setting()
    cast: dict[str, Member] = {}
    recent: list[Draft] = []  # the newest last

    @staticmethod
    def begin(prompt: Prompt, epoch: int, *, pace: float, seed: int | None) -> Story:
        """A new film. Without a seed the words give one, so that the same words give the same film."""
        options = prompt.options
        seed = options.seed if options.seed is not None else seed
        return Story(
            epoch=epoch,
            prompt=prompt.prompt,
            style=options.style or "",
            seed=zlib.crc32(prompt.prompt.encode()) if seed is None else seed,
            pace=options.pace or pace,
        )

    def steer(self, prompt: Prompt, epoch: int) -> None:
        """A new epoch of the same film: cast, setting and the last keyframes stay as context for the wish."""
        options = prompt.options
        self.premise = script.one_line(f"{self.premise}; {self.prompt}" if self.premise else self.prompt, MAX_PREMISE)
        self.prompt, self.epoch = prompt.prompt, epoch
        self.style = self.style if options.style is None else options.style
        self.seed = self.seed if options.seed is None else options.seed
        self.pace = options.pace or self.pace
        self.seq = self.shot = 0
        self.published = 0.0

    @property
    def duration(self) -> float:
        """Seconds that the next description lasts: the pace, or longer where the LLM is slower than that."""
        return round(min(max(self.pace, self.tempo * HEADROOM, MIN_DURATION), MAX_DURATION), 2)

    def observed(self, seconds: float, count: int) -> None:
        """The LLM took `seconds` for `count` descriptions. Answers vary: the newest counts for half."""
        each = seconds / count
        self.tempo = round(each if not self.tempo else 0.5 * (self.tempo + each), 3)

    def lead(self, rendered: float) -> float:
        """Seconds of film ahead of what was rendered of this epoch."""
        return self.published - rendered

    def request(self, count: int) -> dict[str, Any]:
        """What is asked of the LLM: the next `count` keyframes, and all that it needs to know for them."""
        request: dict[str, Any] = {
            "wish": self.prompt,
            "count": count,
            "first": self.seq,  # number of the first keyframe asked for
            "seconds": self.duration,
        }
        if self.style:
            request["style"] = self.style
        if self.premise:
            request["premise"] = self.premise
        if self.recent:
            request["new_wish"] = self.seq == 0
            frames = self.recent[-1:] if count == 1 else self.recent
            request["film"] = {"cast": self.cast, "frames": frames}
        return request

    def ask(self, count: int) -> list[dict[str, str]]:
        """The chat messages of that request."""
        return script.messages(self.request(count))

    def accept(self, raw: str) -> FrameDescription:
        """The next description, from one object of an answer. Raises `Rejected`, and then nothing has changed."""
        return self._tell(script.read(raw), "llm")

    def fallback(self) -> FrameDescription:
        """The next description without an LLM, deterministically: what the wish's own words show of it, and from then
        on camera and figures that move gently."""
        if self.recent and self.seq > 0:
            return self._tell(_developed(self.recent[-1], self.seq), "fallback")
        first = script.read(storyteller.tell_one(self.ask(1)))
        there = {thing.id: thing.box for thing in self.recent[-1].objects} if self.recent else {}
        # Whoever stays, stays where it was; in a cut nobody does.
        kept = there if first.transition == "blend" else {}
        objects = tuple(replace(thing, box=kept.get(thing.id, thing.box)) for thing in first.objects)
        words = script.one_line(self.prompt, script.MAX_ACTION)
        return self._tell(replace(first, action=words, objects=objects), "fallback")

    def _tell(self, draft: Draft, source: Literal["llm", "fallback"]) -> FrameDescription:
        opening = not self.recent
        cut = opening or draft.transition == "cut"
        if cut and self.seq > 0:
            self.shot += 1
        if cut and not opening:
            self.setting = Setting()
        self.setting = Setting(
            place=draft.place or self.setting.place,
            time=draft.time or self.setting.time,
            weather=draft.weather or self.setting.weather,
            style=script.one_line(self.style, script.MAX_PLACE),
        )
        # A steer may change looks; from then on they hold until the next cut.
        free = cut or self.seq == 0
        objects = tuple(self._cast(thing, free=free) for thing in draft.objects)
        draft = replace(
            draft,
            place=self.setting.place,
            time=self.setting.time,
            weather=self.setting.weather,
            objects=objects,
            transition="cut" if cut else "blend",
        )
        description = FrameDescription(
            epoch=self.epoch,
            seq=self.seq,
            shot=self.shot,
            duration=self.duration,
            text=compose(draft.action, self.setting, objects, draft.camera),
            action=draft.action,
            setting=self.setting,
            objects=objects,
            camera=draft.camera,
            transition=draft.transition,
            seed=(self.seed + 7919 * self.shot) % 2**53,
            source=source,
            prompt=script.one_line(self.prompt, MAX_WORDS),
        )
        while len(encode(description)) > MAX_BYTES:  # only where every string is full of four-byte characters
            description = replace(description, prompt="", objects=description.objects[:-1])
        self.recent = [*self.recent, draft][-CONTEXT:]
        self.seq += 1
        self.published = round(self.published + description.duration, 3)
        return description

    def _cast(self, thing: SceneObject, *, free: bool) -> SceneObject:
        """`thing` as the cast knows it: a thing keeps its look while the shot lasts."""
        known = self.cast.get(thing.id)
        look = thing.look
        if known is not None and known.noun == thing.noun and known.look:
            look = (thing.look if free else "") or known.look
        others = {name: member for name, member in self.cast.items() if name != thing.id}
        self.cast = dict([*others.items(), (thing.id, Member(thing.noun, look))][-MAX_CAST:])
        return replace(thing, look=look)

    def snapshot(self) -> bytes:
        """JSON, at most about 20 KiB beyond the prompt."""
        return msgspec.json.encode(self)

    @staticmethod
    def restore(snapshot: bytes | msgspec.Raw) -> Story:
        """Raises `msgspec.MsgspecError` for what is no snapshot."""
        return msgspec.json.decode(snapshot, type=Story)


# The fallback's small craft

_DRIFTS = ((0.05, 0.0), (0.03, -0.02), (-0.05, 0.0), (-0.03, 0.02))
_CAMERAS = (
    Camera(movement="panning right", pan=(0.06, 0.0)),
    Camera(movement="moving closer", zoom=1.08),
    Camera(movement="panning left", pan=(-0.06, 0.0)),
    Camera(movement="pulling back", zoom=round(1 / 1.08, 4)),
)


def _developed(draft: Draft, seq: int) -> Draft:
    """Four moves that come back to where they began, so that hours of it stay in the picture."""
    objects = []
    for n, thing in enumerate(draft.objects):
        dx, dy = _DRIFTS[(seq + n) % len(_DRIFTS)]
        box = thing.box
        x = min(max(box.x + dx, -0.1), max(1.1 - box.w, -0.1))
        y = min(max(box.y + dy, -0.1), max(1.1 - box.h, -0.1))
        objects.append(replace(thing, box=Box(round(x, 4), round(y, 4), box.w, box.h)))
    return replace(draft, objects=tuple(objects), camera=_CAMERAS[seq % len(_CAMERAS)], transition="blend")
