"""What travels on the topics (design §3), as frozen msgspec structs.

Decoding is lenient on the bus (unknown fields are skipped, so that old and new processes live together) and strict
at the edges, where the edge's own module says so. Units: times are seconds, `pts` and chunk durations are ticks of
1/90000 s, boxes and camera moves are fractions of the frame's width and height.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

TIMESCALE = 90_000
"""Ticks per second of every `pts`, of tfdt and trun durations (the MP4 timescale)."""

Action = Literal["play", "steer", "pause", "resume", "stop"]
HoldReason = Literal["paused", "idle", "budget"]
Transition = Literal["blend", "cut"]

Fraction = Annotated[float, Meta(ge=-2.0, le=3.0)]
Extent = Annotated[float, Meta(gt=0.0, le=3.0)]
Count = Annotated[int, Meta(ge=0)]


class Message(Struct, frozen=True, omit_defaults=True):
    """Base of everything on the bus."""


class PromptOptions(Message, frozen=True, kw_only=True):
    """What a prompt may ask of the film besides its words. None keeps the stream's or the director's setting."""

    style: Annotated[str, Meta(max_length=120)] | None = None  # "watercolour", "noir": a few words
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None  # of the pictures, and of the LLM's sampling
    pace: Annotated[float, Meta(ge=0.5, le=12.0)] | None = None  # seconds that one description lasts
    window: Annotated[int, Meta(ge=1, le=32)] | None = None  # descriptions asked for at a time; 1 is the paper's way
    length: Annotated[float, Meta(ge=0.0, le=604_800.0)] | None = None  # seconds of film, 0: endless
    descriptions: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None  # length in descriptions, 0: endless
    language: Annotated[str, Meta(max_length=40)] | None = None  # of the words, where they do not show it themselves
    temperature: Annotated[float, Meta(ge=0.0, le=2.0)] | None = None  # of the LLM's sampling
    top_p: Annotated[float, Meta(gt=0.0, le=1.0)] | None = None
    transition: Literal["auto", "blend", "cut"] | None = None  # how a steer comes in; auto: as the LLM says


class Prompt(Message, frozen=True, kw_only=True):
    """What a person asks of a stream, as the director sees it after decoding (`streamer.prompts`)."""

    id: str  # given by its sender, or "{partition}-{offset}" of its record
    stream: str
    action: Action | None  # None: `steer` if the stream plays, else `play`
    prompt: str = ""  # the words; empty for pause, resume, stop
    options: PromptOptions = PromptOptions()
    at: float = 0.0  # unix seconds, when the bus took it; 0 if unknown
    author: str = ""  # who asks, as the door that took it names them: opaque, "" if unknown


class Box(Struct, frozen=True, array_like=True):
    """Where an object is seen: [x, y, w, h] as fractions of the frame, (x, y) its top left corner, y down.

    It may reach over the edges (something entering or leaving).
    """

    x: Fraction
    y: Fraction
    w: Extent
    h: Extent


class SceneObject(Message, frozen=True, kw_only=True):
    """One thing of the cast, as seen at the moment of a description."""

    id: str  # stable within a shot, so that it can be followed from description to description
    noun: str  # the head noun, singular: "fox", "boat"
    look: str = ""  # fixed appearance: "small, red"
    action: str = ""  # what it does now: "running"
    box: Box


class Setting(Message, frozen=True, kw_only=True):
    """Where and when the shot plays; each a word or a few, "" when the words say nothing about it."""

    place: str = ""  # "forest", "sea", "city street"
    time: str = ""  # "night", "sunset", "morning"
    weather: str = ""  # "snow", "rain", "clear"
    style: str = ""  # "watercolour"


class Camera(Message, frozen=True, kw_only=True):
    """What the camera does *during* a description."""

    movement: str = "static"  # in words: "panning right"
    pan: tuple[Fraction, Fraction] = (0.0, 0.0)  # frame widths to the right, frame heights down
    zoom: Annotated[float, Meta(ge=0.25, le=4.0)] = 1.0  # factor reached at the end: 1.1 moves in by a tenth


class FrameDescription(Message, frozen=True, kw_only=True, tag_field="type", tag="description"):
    """One keyframe in words, boxes and camera: what the film shows `duration` seconds after it began.

    The worker moves from the description before it to this one while this one lasts.
    """

    epoch: Count
    seq: Count  # from 0 within its epoch, no gap, no repeat
    shot: Count  # rises with every cut within the epoch
    duration: Annotated[float, Meta(ge=0.1, le=60.0)]  # seconds of film
    text: str  # the whole sentence for a text encoder and for captions
    action: str = ""  # the part of it that is new here
    setting: Setting = Setting()
    objects: tuple[SceneObject, ...] = ()  # back to front
    camera: Camera = Camera()
    transition: Transition = "blend"  # how this one follows the one before it
    seed: Count = 0  # of the shot
    source: Literal["llm", "fallback"] = "llm"
    prompt: str = ""  # the person's words that this epoch follows


class Hold(Message, frozen=True, kw_only=True, tag_field="type", tag="hold"):
    """Rendering stops at once, the last picture stays. No seq; acts when read."""

    epoch: Count
    reason: HoldReason


class Resume(Message, frozen=True, kw_only=True, tag_field="type", tag="resume"):
    """Ends a Hold. No seq; acts when read."""

    epoch: Count


class EndOfStory(Message, frozen=True, kw_only=True, tag_field="type", tag="end"):
    """The film ends before `seq`: 0 of a new epoch after a `stop`, the next seq after a natural end."""

    epoch: Count
    seq: Count
    reason: str = "stopped"


Direction = FrameDescription | Hold | Resume | EndOfStory
"""What `streamer.descriptions` carries."""


def _nothing() -> msgspec.Raw:
    return msgspec.Raw(b"null")


class Outcome(Message, frozen=True, kw_only=True):
    """What became of a prompt."""

    id: str
    outcome: Literal["taken", "merged", "superseded", "refused"]
    epoch: Count = 0  # of the film that follows it (taken) or of the prompt that won (merged, superseded)
    action: str = ""
    reason: str = ""  # why it was refused
    at: float = 0.0  # unix seconds
    asked: Count = 0  # CRC-32 of what was asked: the same id with the same is one wish, sent twice; 0: unknown


class Spending(Message, frozen=True, kw_only=True):
    """What a stream has used of the LLM, over all its epochs."""

    tokens_in: Count = 0
    tokens_out: Count = 0
    cost: float = 0.0  # in the currency of the settings `price_in` and `price_out`
    film: float = 0.0  # seconds of film that were published meanwhile
    used: float = 0.0  # how full the bucket of what may be used at once is (economy.py), 1: used up; drains with time
    at: float = 0.0  # unix seconds at which `used` was so


class DirectorState(Message, frozen=True, kw_only=True):
    """A stream as its director knows it (`streamer.director-state`, compacted, one per stream)."""

    epoch: Count
    status: Literal["playing", "held", "ended"]
    reason: str = ""  # of a hold or an end
    prompt: str = ""  # the words that the film follows now
    seq: Count = 0  # of the next description
    published: float = 0.0  # seconds of film published in this epoch
    director: str = ""  # who directs, for people: "storyboard", "qwen3 at llm.example"
    note: str = ""  # what people should know: why the LLM does not direct now, when a held film goes on
    spending: Spending | None = None  # None: nothing was asked of an LLM yet
    outcomes: tuple[Outcome, ...] = ()  # of the newest 64 prompts, and of all that were settled just now; oldest first
    story: msgspec.Raw = msgspec.field(default_factory=_nothing)  # the director's own snapshot, opaque to everyone else


class Media(Message, frozen=True, kw_only=True):
    """How the pictures of a generation are encoded and what drew them."""

    codec: str  # RFC 6381, "avc1.64001f"
    width: int
    height: int
    fps: float
    engine: str  # "sketch", "diffusion/sd-turbo"
    backend: str = ""  # "cpu", "tensorrt"; what really runs


class WorkerState(Message, frozen=True, kw_only=True):
    """A stream as its worker knows it (`streamer.worker-state`, compacted, one per stream).

    It holds all that a successor needs to go on with the next frame: no gap, no repeat.
    """

    epoch: Count
    status: Literal["playing", "held", "ended"]
    reason: str = ""  # of a hold or an end
    seq: Count = 0  # of the next frame in this epoch
    pts: Count = 0  # of the next frame, ticks; never falls
    rendered: float = 0.0  # seconds of descriptions of this epoch that have been rendered
    described: Count = 0  # seq of the next description that has not been entered
    timeline: msgspec.Raw = msgspec.field(default_factory=_nothing)  # the Timeline's snapshot, opaque to everyone else
    backlog: tuple[FrameDescription, ...] = ()  # unread descriptions of a held stream
    generation: Count = 0  # of the init segment
    init: bytes = b""  # the init segment itself
    media: Media | None = None
    keyframe: int = -1  # offset in streamer.video of the newest keyframe but for this commit's, -1: none yet
    gop: Count = 0  # number of the next keyframe in the life of the stream


class Audience(Message, frozen=True, kw_only=True):
    """How many watch a stream through one broadcaster; void after `until` (`streamer.audience`)."""

    count: Count
    until: float  # unix seconds


def encode(message: Message | Sequence[Message] | dict[str, Any]) -> bytes:
    """The JSON bytes of a message, or of an array of them."""
    return _encoder.encode(message)


_encoder = msgspec.json.Encoder()
decode_direction = msgspec.json.Decoder(Direction).decode
decode_director_state = msgspec.json.Decoder(DirectorState).decode
decode_outcomes = msgspec.json.Decoder(tuple[Outcome, ...]).decode
decode_worker_state = msgspec.json.Decoder(WorkerState).decode
decode_audience = msgspec.json.Decoder(Audience).decode
"""Decoders raise one of `UNREADABLE`."""

OUTCOMES_HEADER = "outcomes"
"""On a tombstone of `streamer.director-state`: what became of prompts to a stream that never played, a JSON array of
Outcomes. Of such a stream nothing is kept, and whoever asked still learns why."""

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What bytes can make a decoder raise: no JSON or no such message, no UTF-8 in a string, a thousand brackets deep."""
