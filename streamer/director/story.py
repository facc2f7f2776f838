"""What a stream's film has told so far, what to ask next, and what is made of the answer. Pure.

A `Story` is bounded, however long the film: the last few keyframes, a cast of at most 12, the setting. It is one
struct, so that its snapshot is its JSON and a successor goes on with the next description as if nothing had happened.
"""

from __future__ import annotations

import math
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

from . import arc, rules, script, storyteller, styles
from .script import Draft
from .ways import PAPER, Form, Ways

CONTEXT = 4  # keyframes shown to the LLM; 1 where the window is 1 (the paper's d_i = FD(T, d_{i-1}))
MAX_CAST = 12
MAX_PREMISE = 500  # characters
MAX_WORDS = 200  # characters of the prompt in a description; whole in DirectorState
MAX_BYTES = 7_900  # of an encoded description, which travels in a header of at most 8 KiB
MIN_DURATION, MAX_DURATION = 0.5, 12.0  # seconds
MIN_REST = 0.1  # seconds: what is left of a film below that is nothing
MAX_REQUEST_CHARS = 16_000  # of a request beyond the wish
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
    ways: Ways = Ways()
    said: bool = False  # its style: by the words of a wish, and not by options
    seed: int = 0  # of the epoch's first shot
    tempo: float = 0.0  # seconds that the LLM needs for one description, 0: not known yet
    seq: int = 0  # of the next description
    shot: int = 0
    published: float = 0.0  # seconds of film of this epoch
    elapsed: float = 0.0  # seconds of film that were shown in the epochs before
    shown: int = 0  # descriptions that were shown in the epochs before
    turn: Literal["auto", "blend", "cut"] = "auto"  # how the epoch's first description follows the film before
    setting: Setting = Setting()
    cast: dict[str, Member] = {}
    recent: list[Draft] = []  # the newest last
    synopsis: str = ""
    plan: tuple[str, ...] = ()  # the LLM's own, of what may come
    noted: int = -1  # seq at which the LLM gave these notes; -1: it did not, the synopsis is made of what was told

    @staticmethod
    def begin(prompt: Prompt, epoch: int, ways: Ways) -> Story:
        """A new film. Without a seed the words give one, so that the same words give the same film."""
        ways, said = _styled(ways.bent(prompt.options), prompt)
        return Story(
            epoch=epoch,
            prompt=prompt.prompt,
            ways=ways,
            said=said,
            seed=zlib.crc32(prompt.prompt.encode()) if ways.seed is None else ways.seed,
        )

    def steer(self, prompt: Prompt, epoch: int, *, rendered: float = 0.0) -> None:
        """A new epoch of the same film: cast, setting and the last keyframes stay as context for the wish.

        `rendered`: seconds of the epoch that ends here which have been seen; what was published beyond them never is.
        """
        options = prompt.options
        self.premise = script.one_line(f"{self.premise}; {self.prompt}" if self.premise else self.prompt, MAX_PREMISE)
        self.prompt, self.epoch = prompt.prompt, epoch
        self.ways, said = _styled(self.ways.bent(options), prompt)
        self.said = said or (self.said and options.style is None)
        self.seed = self.seed if options.seed is None else options.seed
        self.turn = options.transition or self.ways.transition
        if self.said and not said and self._begins_anew():
            self.ways, self.said = replace(self.ways, style=""), False
        if options.length is None and options.descriptions is None:
            seen = min(rendered / self.published, 1.0) if self.published else 0.0
            self.elapsed = round(self.elapsed + seen * self.published, 3)
            self.shown += round(seen * self.seq)
        else:  # as long as that from now on
            self.elapsed, self.shown = 0.0, 0
        self.seq = self.shot = 0
        self.published = 0.0
        self.plan = ()  # it was made for another wish
        self.noted = min(self.noted, 0)

    def _begins_anew(self) -> bool:
        """Whether the wish is a film of its own: it leaves place and weather behind, and a style that words brought."""
        there = [thing.noun for thing in self.recent[-1].objects] if self.recent else []
        return self.turn != "blend" and storyteller.begins_anew(self.prompt, there)

    @property
    def over(self) -> bool:
        """Whether the film is as long as it was asked to be. A wish that comes at its very end is still shown."""
        return self.seq > 0 and self._left() <= 0

    def _left(self) -> float:
        """Descriptions until the film's end, not necessarily whole; infinite without one."""
        left = math.inf
        if self.ways.length:
            left = (self.ways.length - self.elapsed - self.published) / self._usual
            left = 0.0 if left * self._usual < MIN_REST else left
        if self.ways.descriptions:
            left = min(left, self.ways.descriptions - self.shown - self.seq)
        return left

    @property
    def _usual(self) -> float:
        return min(max(self.ways.pace, self.tempo * HEADROOM, MIN_DURATION), MAX_DURATION)

    @property
    def duration(self) -> float:
        """Seconds that the next description lasts: the pace, or longer where the LLM is slower than that; the last one
        of a film ends with it."""
        usual = self._usual
        if self.ways.length:
            left = self.ways.length - self.elapsed - self.published
            if MIN_REST <= left < usual + MIN_DURATION:  # too little would be left for one more
                return round(left, 2)
        return round(usual, 2)

    @property
    def count(self) -> int:
        """How many descriptions to ask for: a window, or what is left of the film."""
        return max(1, min(self.ways.window, math.ceil(min(self._left(), self.ways.window))))

    def observed(self, seconds: float, count: int) -> None:
        """The LLM took `seconds` for `count` descriptions. Answers vary: the newest counts for half."""
        each = seconds / count
        self.tempo = round(each if not self.tempo else 0.5 * (self.tempo + each), 3)

    def lead(self, rendered: float) -> float:
        """Seconds of film ahead of what was rendered of this epoch."""
        return self.published - rendered

    def request(self, count: int, form: Form = PAPER) -> dict[str, Any]:
        """What is asked of the LLM: the next `count` keyframes, and all that it needs to know for them.

        At most MAX_REQUEST_CHARS of JSON beyond the wish, however long the film.
        """
        request: dict[str, Any] = {
            "wish": self.prompt,
            "count": count,
            "first": self.seq,  # number of the first keyframe asked for
            "seconds": self.duration,
            "seed": self.seed,
            "write_in": form.write_in,
        }
        request |= {name: value for name, value in (
            ("style", self.ways.style), ("language", self.ways.language), ("premise", self.premise),
        ) if value}  # fmt: skip
        if self.seq == 0 and self.turn != "auto" and self.recent:
            request["transition"] = self.turn
        alone = self.ways.window == 1  # the paper's way: of all that was told, the description before this one
        if not alone:
            request["beats"] = arc.beats(self.seq, count)
        if self.recent:
            request["new_wish"] = self.seq == 0
            request["film"] = {"cast": self.cast, "frames": self.recent[-1:] if alone else self.recent}
            if not alone:
                request["film"] |= {"synopsis": self.synopsis, "plan": self.plan}
        return request

    def ask(self, count: int, form: Form = PAPER) -> list[dict[str, str]]:
        """The chat messages of that request."""
        return script.messages(self.request(count, form))

    def note(self, raw: str) -> bool:
        """Keep the notes that an object of an answer holds; False where it holds something else."""
        notes = script.read_notes(raw)
        if notes is None:
            return False
        self.synopsis, self.plan, self.noted = notes.synopsis or self.synopsis, notes.plan, self.seq
        return True

    def accept(self, raw: str, form: Form = PAPER) -> FrameDescription:
        """The next description, from one object of an answer. Raises `Rejected`, and then nothing has changed."""
        return self._tell(script.read(raw), "llm", form)

    def fallback(self, form: Form = PAPER) -> FrameDescription:
        """The next description without an LLM, deterministically: what the wish's own words show of it, and from then
        on camera and figures that move gently."""
        if self.recent and self.seq > 0:
            return self._tell(_developed(self.recent[-1], self.seq), "fallback", form)
        first = script.read(storyteller.tell_one(self.ask(1, form)))
        there = {thing.id: thing.box for thing in self.recent[-1].objects} if self.recent else {}
        # Whoever stays, stays where it was; in a cut nobody does.
        kept = there if first.transition == "blend" else {}
        objects = tuple(replace(thing, box=kept.get(thing.id, thing.box)) for thing in first.objects)
        words = script.one_line(self.prompt, script.MAX_ACTION)
        return self._tell(replace(first, action=words, objects=objects), "fallback", form)

    def _tell(self, draft: Draft, source: Literal["llm", "fallback"], form: Form) -> FrameDescription:
        opening = not self.recent
        if self.seq == 0 and self.turn != "auto":
            draft = replace(draft, transition=self.turn)
        # A steer may change looks; from then on they hold until the next cut.
        fresh = opening or self.seq == 0 or draft.transition == "cut"
        if source == "llm":
            before = self.recent[-1] if self.recent else None
            draft, broken = rules.enforce(draft, before=before, cast=self.cast, fresh=fresh, english=form.english)
            for rule in broken:
                form.broke(rule)
        cut = opening or draft.transition == "cut"
        if cut and self.seq > 0:
            self.shot += 1
        if cut and not opening:
            self.setting = Setting()
        self.setting = Setting(
            place=draft.place or self.setting.place,
            time=draft.time or self.setting.time,
            weather=draft.weather or self.setting.weather,
            style=script.one_line(self.ways.style, script.MAX_PLACE),
        )
        objects = tuple(map(self._cast, draft.objects))
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
            text=form.compose(draft.action, self.setting, objects, draft.camera),
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
        if self.noted >= 0 and self.seq - self.noted >= arc.SCENE:  # a scene ago, and none since: they are history
            self.noted, self.plan = -1, ()
        if self.noted < 0 and arc.place(self.seq).keyframe == 0:  # a beat is told by its first keyframe
            self.synopsis = _newest(f"{self.synopsis}; {draft.action}".removeprefix("; "), script.MAX_SYNOPSIS)
        self.seq += 1
        self.published = round(self.published + description.duration, 3)
        return description

    def _cast(self, thing: SceneObject) -> SceneObject:
        """`thing` as the cast knows it. Where a look may change is for the rules to say; here it is not forgotten."""
        known = self.cast.get(thing.id)
        look = thing.look or (known.look if known is not None and known.noun == thing.noun else "")
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


def _styled(ways: Ways, prompt: Prompt) -> tuple[Ways, bool]:
    """In the style that the words ask for, where the prompt's options name none; whether they do."""
    said = None if prompt.options.style else styles.heard(prompt.prompt).style
    return (ways, False) if said is None else (replace(ways, style=said), bool(said))


def _newest(text: str, limit: int) -> str:
    """The end of `text`, from a "; " on, in at most `limit` characters."""
    if len(text) <= limit:
        return text
    _, _, rest = text[-limit:].partition("; ")
    return rest or text[-limit:]


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
