"""What may go wrong with an LLM's answer, as plain data: which fault, at which character, how often. Pure.

`plan` turns an answer and a fault into the steps of a server that has it; `storyboard` carries them out over TCP. Every
fault was seen on a real server (OpenAI, vLLM, SGLang, llama.cpp, Ollama, LM Studio, transformers serve) or proxy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import accumulate, pairwise
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from streamer.messages import UNREADABLE

PREFIX = "storyboard?"
MIN_RATE, MAX_RATE = 1e-3, 1e6  # tokens a second
MAX_DELTA = 4096  # characters
MOST = 1e9  # characters, answers or seconds that a fault may name


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave. Raises `ValueError` for what does not exist.

    `at` is where in the answer: below 1 a fraction of it, from 1 on characters. `times` is in how many answers, one
    after another; 0: in all. `retry_after` is what a 429 and a 503 ask for, in seconds.
    """

    name: str
    at: float = 0.5
    times: int = 1
    retry_after: float = 1.0

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"no fault is called {self.name!r}; there are {', '.join(FAULTS)}")
        for name in ("at", "times", "retry_after"):
            value = getattr(self, name)
            if not 0 <= value <= MOST:  # which neither infinity nor NaN is
                raise ValueError(f"{name} {str(value)[:20]}: 0 or more, please, and at most {MOST:g}")

    def place(self, length: int) -> int:
        """The offset in an answer of `length` characters."""
        return min(int(self.at * length if self.at < 1 else self.at), length)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a model name asks for besides an answer. None: as the server was started."""

    faults: tuple[Fault, ...] = ()
    rate: float | None = None  # tokens a second
    delta: int | None = None  # characters


def demand(model: str) -> Demand:
    """Reads "storyboard?fault=rst&at=0.5&times=2&rate=50&delta=32"; any other model name demands nothing.

    Several faults come one after another, each with the same `at`, `times` and `retry_after`. Without `times` a single
    fault is in every answer, and of several each in one. Raises `ValueError`.
    """
    if not model.startswith(PREFIX):
        return Demand()
    pairs = parse_qsl(model.removeprefix(PREFIX), keep_blank_values=True, strict_parsing=True, max_num_fields=32)
    given = dict(pairs)
    known = {"fault", "at", "times", "retry_after", "rate", "delta"}
    if strange := given.keys() - known:
        raise ValueError(f"no option is called {min(strange)!r}; there are {', '.join(sorted(known))}")
    common: dict[str, Any] = {name: float(given[name]) for name in ("at", "retry_after") if name in given}
    names = [name for key, name in pairs if key == "fault"]
    common["times"] = int(given["times"]) if "times" in given else int(len(names) > 1)
    rate = float(given["rate"]) if "rate" in given else None
    delta = int(given["delta"]) if "delta" in given else None
    if (rate is not None and not MIN_RATE <= rate <= MAX_RATE) or (delta is not None and not 0 < delta <= MAX_DELTA):
        raise ValueError(f"rate is {MIN_RATE:g} to {MAX_RATE:g}, delta 1 to {MAX_DELTA}")
    return Demand(tuple(Fault(name, **common) for name in names), rate, delta)


def turn(faults: Sequence[Fault | None], n: int) -> Fault | None:
    """The fault of the n-th answer, counted from 0, when `faults` take their turns; None: a good answer."""
    for fault in faults:
        times = fault.times if fault is not None else 1
        if n < times or times == 0:
            return fault
        n -= times
    return None


# What a server does, step by step


class Act(Enum):
    OPEN = auto()  # HTTP 200 and the first chunk, which names the role
    DONE = auto()  # the [DONE] event
    END = auto()  # the body ends as HTTP wants it
    TEAR = auto()  # the connection is closed within a chunk of the body
    RESET = auto()  # TCP RST
    STALL = auto()  # nothing more comes, the connection stays


class Reply(NamedTuple):
    """Instead of an answer."""

    status: int
    body: dict[str, Any] | str  # JSON, or an HTML page
    retry_after: float | None = None


class Say(NamedTuple):
    text: str
    frames: tuple[str, ...] = ()  # those that are whole with this text, as JSON
    choice: int = 0
    torn: bool = False  # the bytes of its first character beyond ASCII come in two pieces


class Reason(NamedTuple):
    field: str  # of the delta
    text: str


class Raw(NamedTuple):
    event: bytes


class Repeat(NamedTuple):
    text: str  # said again and again, up to the tokens asked for


class Finish(NamedTuple):
    reason: str


Step = Act | Reply | Say | Reason | Raw | Repeat | Finish


def _error(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "server_error", "code": code}}


_INSTEAD: dict[str, tuple[Step, ...]] = {
    "429": (Reply(429, _error("rate limit reached", "rate_limit_exceeded"), 1.0),),
    "500": (Reply(500, _error("the engine has died")),),
    "503": (Reply(503, _error("the model is being loaded"), 1.0),),
    "401": (Reply(401, _error("incorrect API key provided", "invalid_api_key")),),
    "404": (Reply(404, _error("the model does not exist", "model_not_found")),),
    "html": (Reply(200, "<!DOCTYPE html><title>Please sign in</title><p>data: {}</p>\n"),),
    "mute": (Act.STALL,),
    "drop": (Act.RESET,),
}
"""No answer at all."""

_BREAKS: dict[str, tuple[Step, ...]] = {
    "stall": (Act.STALL,),
    "rst": (Act.RESET,),
    "tear": (Act.TEAR,),
    "eof": (Act.END,),
    "done": (Act.DONE, Act.END),
    "length": (Finish("length"), Act.DONE, Act.END),
    "abort": (Finish("abort"), Act.DONE, Act.END),
    "content_filter": (Finish("content_filter"), Act.DONE, Act.END),
    "error": (Raw(b'data: {"error":{"message":"out of memory","code":500}}\n\n'), Act.DONE, Act.END),
    "error_text": (Raw(b'data: {"error":"out of memory"}\n\n'), Act.END),
    "error_event": (Raw(b'event: error\ndata: {"message":"out of memory"}\n\n'), Act.END),
    "error_line": (Raw(b'error: {"code":500,"message":"out of memory"}\n\n'), Act.END),
    "broken_data": (Raw(b'data: {"id":"storyboard","choices":[{"ind\n\n'), Act.END),
    "empty_data": (Raw(b"data:\n\n"), Raw(b"data: \n\n"), Act.END),
    "whitespace": (Repeat(" \n" * 32), Finish("length"), Act.DONE, Act.END),
    "endless": (Say('{"action":"'), Repeat("and on and on " * 4), Finish("length"), Act.DONE, Act.END),
}
"""The answer ends at a place. What came before it is good."""

_DETOURS: dict[str, tuple[Step, ...]] = {
    "comments": (Raw(b": ping\n\n"), Raw(b":\n\n"), Raw(b"\n\n\n")),
    "reasoning": (Reason("reasoning", 'Hm. {"frames":[{"action":"a thought"}]}'), Reason("reasoning", " So.")),
    "reasoning_content": (Reason("reasoning_content", 'Hm. {"action":"a thought"}'), Reason("reasoning_content", "")),
    "empty_choices": (Raw(b'data: {"id":"storyboard","object":"chat.completion.chunk","choices":[]}\n\n'),),
}
"""Before the answer and again at a place something else comes; the answer is whole."""


class _Part(NamedTuple):
    text: str
    frame: str = ""  # whole with this part, as JSON


class _Frames(NamedTuple):
    """An answer `{"frames":[…], …}` and the number of the frame at the fault's place."""

    frames: list[str]
    rest: str  # from the "]" on
    n: int

    def as_object(self, *between: _Part) -> list[_Part]:
        """As it is; with parts between the n-th frame and the next."""
        parts = [_Part('{"frames":[')]
        for n, frame in enumerate(self.frames):
            parts += [_Part("," if n else ""), *(between if n == self.n else ()), _Part(frame, frame)]
        return [*parts, _Part(self.rest)]

    def edited(self, edit: Callable[[str], str], *, only: int | None = None) -> list[_Part]:
        """With some frames written in another way."""
        frames = [edit(frame) if only in (None, n) else frame for n, frame in enumerate(self.frames)]
        return self._replace(frames=frames).as_object()

    def without(self, text: str) -> list[_Part]:
        """With `text`, which is no frame, in place of the n-th."""
        parts = self.as_object()
        return [_Part(text) if n == 2 * self.n + 2 else part for n, part in enumerate(parts)]


def _boxes_by_name(frame: str) -> str:
    """Boxes as {"x":…,"w":…}, as vision models write them."""
    value = msgspec.json.decode(frame)
    for thing in value.get("objects", ()):
        thing["box"] = dict(zip(("x", "y", "w", "h"), thing["box"], strict=True))
    return msgspec.json.encode(value).decode()


def _objects_as_text(frame: str) -> str:
    value = msgspec.json.decode(frame)
    text = msgspec.json.encode(value.get("objects", ())).decode()
    return msgspec.json.encode(value | {"objects": text}).decode()


def _with_a_fox(frame: str) -> str:
    """With a character of four bytes in UTF-8 in it."""
    return frame.replace('"action":"', '"action":"\U0001f98a ', 1)


def _with_two_halves(frame: str) -> str:
    """With that character as the two halves that JSON's escapes make of it."""
    return frame.replace('"action":"', '"action":"\ud83e\udd8a ', 1)


_DECOY = '<think>Perhaps {"action":"a decoy"}, or [{"frames":[{"action":"a decoy"}]}? </think>'

_SHAPES: dict[str, Callable[[_Frames], list[_Part]]] = {
    "fence": lambda told: [_Part("```json\n"), *told.as_object(), _Part("\n```\n")],
    "prose": lambda told: [
        _Part("Sure! Here are {your frames}:\n\n"),
        *told.as_object(),
        _Part("\n\nShall I {go on}?"),
    ],
    "think": lambda told: [_Part(_DECOY), *told.as_object(_Part("<think>so far so good</think>"))],
    "think_lines": lambda told: [part for f in told.frames for part in (_Part(_DECOY), _Part(f, f), _Part("\n"))],
    "array": lambda told: [_Part("["), *told.as_object()[1:-1], _Part("]")],
    "lines": lambda told: [part for frame in told.frames for part in (_Part(frame, frame), _Part("\n"))],
    "few": lambda told: told._replace(frames=told.frames[: told.n]).as_object(),
    "many": lambda told: told._replace(frames=told.frames * 3).as_object(),
    "duplicate": lambda told: told._replace(frames=told.frames[: told.n + 1] + told.frames[told.n :]).as_object(),
    "broken_object": lambda told: told.without(told.frames[told.n][:-1] + ',"place":}'),
    "no_frame": lambda told: told.without('{"caption":["no","frame"]}'),
    "boxes": lambda told: told.edited(_boxes_by_name),
    "objects_text": lambda told: told.edited(_objects_as_text),
    "empty": lambda _: [],
    "split_bytes": lambda told: told.edited(_with_a_fox, only=told.n),
    "split_halves": lambda told: told.edited(_with_two_halves, only=told.n),
    "interleaved": lambda told: told.as_object(),
}
"""The answer comes to its end, and is not what was asked for."""

FAULTS: tuple[str, ...] = (*_INSTEAD, *_BREAKS, *_DETOURS, *_SHAPES)
"""All names."""


def plan(answer: str, fault: Fault | None, *, delta: int = 4, most: int | None = None) -> Iterator[Step]:
    """The steps in which a server gives `answer`, a text of `{"frames":[…], …}`, when it has this fault.

    `delta` is characters in a step; after `most` characters the answer ends with finish_reason "length".
    """
    name = fault.name if fault is not None else ""
    if fault is not None and name in _INSTEAD:
        for step in _INSTEAD[name]:
            asks = isinstance(step, Reply) and step.retry_after is not None
            yield step._replace(retry_after=fault.retry_after) if isinstance(step, Reply) and asks else step
        return
    parts = _parts(answer, fault)
    length = sum(len(part.text) for part in parts)
    place = fault.place(length) if fault is not None else length
    end, ending = (place, _BREAKS[name]) if name in _BREAKS else (length, (Finish("stop"), Act.DONE, Act.END))
    if most is not None and most < end:
        end, ending = most, (Finish("length"), Act.DONE, Act.END)
    turning = min(place, end) if name in _DETOURS else end
    yield Act.OPEN
    for start, stop in ((0, turning), (turning, end)):
        yield from _DETOURS.get(name, ())
        for say in _deltas(parts, delta, start, stop):
            yield say._replace(torn=name == "split_bytes" and not say.text.isascii())
            if name == "interleaved":
                yield Say(say.text, choice=1)
    yield from ending


def _parts(answer: str, fault: Fault | None) -> list[_Part]:
    try:
        value = msgspec.json.decode(answer, type=dict[str, msgspec.Raw])
        frames = [bytes(frame).decode() for frame in msgspec.json.decode(value["frames"], type=list[msgspec.Raw])]
    except (*UNREADABLE, KeyError):  # another text: it has no frames
        return [_Part(answer)]
    *_, first = frames or [""]
    whole = _Frames(frames, answer[answer.rfind(first) + len(first) if frames else answer.index("[") + 1 :], 0)
    if fault is None or fault.name not in _SHAPES or not frames:
        return whole.as_object()
    place = fault.place(len(answer))
    ends = accumulate((len(frame) + len(",") for frame in frames), initial=len('{"frames":['))
    n = sum(end <= place for end in ends) - 1
    return _SHAPES[fault.name](whole._replace(n=min(max(n, 0), len(frames) - 1)))


def _deltas(parts: list[_Part], delta: int, start: int, stop: int) -> Iterator[Say]:
    """The text from `start` to `stop` in pieces. The two halves of a character never share one."""
    text = "".join(part.text for part in parts)
    ends = accumulate(len(part.text) for part in parts)
    whole = [(end, part.frame) for end, part in zip(ends, parts, strict=True) if part.frame]
    halves = {half.start() for half in re.finditer("[\udc00-\udfff]", text) if start < half.start() < stop}
    for begin, end in pairwise(sorted({*range(start, stop, delta), stop} | halves)):
        yield Say(text[begin:end], tuple(frame for at, frame in whole if begin < at <= end))
