"""What becomes of prompts: strangers' records are read, and per stream it is settled which wish acts. Pure.

A prompt acts at once, unless the stream followed another wish less than `settle` seconds ago: then it waits until those
are over, and of all wishes that came meanwhile the newest wins. So a crowd cannot keep a film from beginning, and a
single person never waits.

A wish that comes twice, with the same id and the same words, is one wish: senders repeat what they were not told the
fate of. It acts once, and its outcome is that of the first.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from msgspec import Struct

from streamer.bus.base import Received
from streamer.errors import Rejected
from streamer.messages import UNREADABLE, Action, Outcome, Prompt, PromptOptions
from streamer.topics import STREAM_ID

from .script import one_line

SETTLE = 0.3  # seconds
OUTCOMES = 64  # remembered per stream: so many wishes may come between a wish and its repetition
MAX_REASON = 200  # characters of a reason in an outcome; a dead letter has the whole
MAX_ID = 128  # characters
DEFAULT_STREAM = "main"

Status = Literal["new", "playing", "held", "ended"]


class _Wire(Struct):
    """A prompt as JSON. Unknown fields are skipped: strangers' records carry fields of their own."""

    prompt: str = ""
    action: Action | None = None
    stream: str | None = None
    id: str | None = None
    options: PromptOptions = PromptOptions()


_decode_wire = msgspec.json.Decoder(_Wire).decode


def parse_prompt(record: Received, *, max_chars: int) -> Prompt | None:
    """The prompt in a record: plain UTF-8 text, or JSON where its first non-blank byte is `{`. None for a tombstone.

    Raises `Rejected` with what is wrong with it, and what is expected.
    """
    if record.value is None:
        return None
    wire = _wire(record.value.removeprefix(codecs.BOM_UTF8))
    stream = _text(record.key, "the key") or wire.stream or DEFAULT_STREAM
    if not STREAM_ID.match(stream):
        raise Rejected(f"{stream[:80]!r} is not a stream id: 1 to 64 of A-Z a-z 0-9 . _ - after a letter or digit")
    given = next((value for name, value in record.headers if name == "id"), None)
    name = _text(given, "the header `id`") or wire.id or f"{record.partition}-{record.offset}"
    if len(name) > MAX_ID or not name.isprintable():
        raise Rejected(f"the id has {len(name)} characters: at most {MAX_ID} printable ones are taken")
    words = one_line(wire.prompt, len(wire.prompt))
    if wire.action in (None, "play", "steer"):
        if not words:
            raise Rejected(f"no words: {wire.action or 'a prompt'} needs a text to follow")
        if len(words) > max_chars:
            raise Rejected(f"{len(words)} characters are too many: max_prompt_chars is {max_chars}")
    return Prompt(id=name, stream=stream, action=wire.action, prompt=words, options=wire.options, at=record.at)


def _wire(value: bytes) -> _Wire:
    if value.lstrip()[:1] != b"{":
        return _Wire(prompt=_text(value, "the text") or "")
    try:
        return _decode_wire(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Rejected(f"begins with {{ but is not a prompt as JSON: {error}") from error


class _Name(Struct):
    id: Any = None
    stream: Any = None


_decode_name = msgspec.json.Decoder(_Name).decode


def author(record: Received) -> tuple[str, str] | None:
    """(stream, id) of a record that is no prompt, as far as it is one; None where its author did not name it, or not in
    a way that could be answered."""
    try:
        name = _decode_name(record.value or b"")
    except UNREADABLE:
        name = _Name()
    try:
        stream = _text(record.key, "the key") or name.stream or DEFAULT_STREAM
        given = next((value for key, value in record.headers if key == "id"), None)
        id = _text(given, "the header `id`") or name.id
    except Rejected:
        return None
    if not isinstance(stream, str) or not STREAM_ID.match(stream):
        return None
    return (stream, id) if isinstance(id, str) and 0 < len(id) <= MAX_ID and id.isprintable() else None


def fingerprint(prompt: Prompt) -> int:
    """CRC-32 of what is asked for, whoever asks and when."""
    return zlib.crc32(msgspec.json.encode((prompt.action, prompt.prompt, prompt.options)))


def _text(value: bytes | None, what: str) -> str | None:
    try:
        return value.decode() if value else None
    except UnicodeDecodeError as error:
        raise Rejected(f"{what} is not UTF-8: byte {value[error.start]:#04x} at {error.start}") from error  # type: ignore[index]


@dataclass(slots=True)
class Verdict:
    """What the prompts of one stream come to."""

    stream: str
    base: Prompt | None = None  # a play whose film the wish steers at once: both came together
    wish: Prompt | None = None
    action: Literal["play", "steer", "stop"] | None = None  # of the wish
    control: Literal["pause", "resume"] | None = None  # what holds after the wish
    outcomes: list[Outcome] = field(default_factory=list)
    refused: list[tuple[Received, str]] = field(default_factory=list)  # for the dead letters
    repeated: int = 0  # wishes that had come before, and so change nothing
    replaces: Literal["merged", "superseded"] = "superseded"  # what an earlier wish is that never came on screen
    status: Status = "new"  # afterwards


class Desk:
    """The prompts of one partition that have been read and not acted upon."""

    def __init__(self, *, settle: float = SETTLE) -> None:
        self._settle = settle
        self._waiting: dict[str, list[tuple[Received, Prompt]]] = {}
        self._refused: dict[str, list[tuple[Received, Outcome, str]]] = {}
        self._acted: dict[str, float] = {}

    def add(self, record: Received, prompt: Prompt) -> None:
        """One more, in the order of the partition."""
        self._waiting.setdefault(prompt.stream, []).append((record, prompt))

    def refuse(self, record: Received, stream: str, id: str, reason: str) -> None:
        """A record that is no prompt, from an author who waits for an answer."""
        outcome = Outcome(id=id, outcome="refused", reason=one_line(reason, MAX_REASON), at=record.at)
        self._refused.setdefault(stream, []).append((record, outcome, reason))

    def wait(self, now: float) -> float:
        """Seconds until everything that waits may be acted upon. A partition's prompts are decided together, so that
        its offset never has to stand still for one of its streams."""
        due = [self._acted[stream] + self._settle - now for stream in self._waiting if stream in self._acted]
        return max(0.0, *due) if due else 0.0

    def decide(
        self,
        status: Mapping[str, Status],
        now: float,
        *,
        late: bool,
        room: int,
        known: Mapping[str, Iterable[Outcome]] | None = None,
    ) -> list[Verdict]:
        """Empties the desk: one verdict a stream. `late`: these were read at takeover. `room`: films that may begin.
        `known`: what is remembered of each stream's wishes."""
        verdicts = []
        for stream in dict.fromkeys((*self._waiting, *self._refused)):
            before = status.get(stream, "new")
            beaten: Literal["superseded", "merged"] = "superseded" if late else "merged"
            verdict = Verdict(stream, status=before)
            for record, outcome, reason in self._refused.get(stream, ()):
                verdict.outcomes.append(outcome)
                verdict.refused.append((record, reason))
            remembered = known.get(stream, ()) if known else ()
            _settle(verdict, self._waiting.get(stream, ()), remembered, now, beaten, room > 0)
            if not late and now - self._acted.get(stream, -self._settle) < 2 * self._settle:
                verdict.replaces = "merged"
            if verdict.wish is not None:
                self._acted[stream] = now
            if before in ("new", "ended") and verdict.status in ("playing", "held"):
                room -= 1
            verdicts.append(verdict)
        self._waiting, self._refused = {}, {}
        self._acted = {stream: at for stream, at in self._acted.items() if at + 2 * self._settle > now}
        return verdicts


def _settle(
    verdict: Verdict,
    waiting: Iterable[tuple[Received, Prompt]],
    known: Iterable[Outcome],
    now: float,
    beaten: Literal["superseded", "merged"],
    room: bool,
) -> None:
    """Goes through the prompts of a stream in order, as if each acted, and keeps what holds at the end."""
    asked = {outcome.id: outcome.asked for outcome in known}  # the newest of an id: some senders have one for all
    open_: list[Outcome] = []  # taken so far: wishes and controls that a newer wish would beat

    def beat() -> None:
        verdict.outcomes += [msgspec.structs.replace(outcome, outcome=beaten) for outcome in open_]
        open_.clear()
        verdict.control = None

    for record, prompt in waiting:
        mark = fingerprint(prompt)
        if asked.get(prompt.id) == mark:
            verdict.repeated += 1
            continue
        asked[prompt.id] = mark
        action = prompt.action or ("steer" if verdict.status in ("playing", "held") else "play")
        if action == "steer" and verdict.status == "ended":
            action = "play"  # nothing is left to steer
        outcome = Outcome(id=prompt.id, outcome="taken", action=action, at=prompt.at or now, asked=mark)
        if reason := _refusal(verdict.stream, action, verdict.status, room):
            verdict.outcomes.append(msgspec.structs.replace(outcome, outcome="refused", reason=reason))
            verdict.refused.append((record, reason))
            continue
        if action in ("play", "steer", "stop"):
            beat()
            if action == "steer" and verdict.action == "play":
                verdict.base = verdict.base or verdict.wish
            else:
                verdict.base = verdict.base if action == "steer" else None
            begun = action == "steer" and verdict.base is not None
            verdict.wish, verdict.action = prompt, "play" if begun else action
            verdict.status = "ended" if action == "stop" else "playing"
        else:
            controls = [o for o in open_ if o.action in ("pause", "resume")]
            verdict.outcomes += [msgspec.structs.replace(outcome, outcome=beaten) for outcome in controls]
            open_[:] = [o for o in open_ if o not in controls]
            verdict.control = action  # type: ignore[assignment]
            verdict.status = "held" if action == "pause" else "playing"
        open_.append(outcome)
    verdict.outcomes += open_


def _refusal(stream: str, action: str, status: Status, room: bool) -> str:
    if status == "new" and action != "play":
        return f"stream {stream!r} never played: begin it with play, or with plain text"
    if status == "ended" and action in ("pause", "resume"):
        return f"stream {stream!r} has ended: begin it again with play, or with plain text"
    if action == "play" and status in ("new", "ended") and not room:
        return "as many films live as max_streams allows: stop one, or raise it"
    return ""


def remember(
    known: Iterable[Outcome], verdict: Verdict, epoch: int, *, unseen: int | None = None
) -> tuple[Outcome, ...]:
    """The newest outcomes after `verdict`, whose wish is followed (or its stream goes on) in `epoch`. All of the
    verdict's are among them, however many: each has an author who wants to know.

    `unseen`: an epoch of which nothing was ever published; the wishes that it followed have now been beaten as well.
    """
    replace = msgspec.structs.replace
    before = [
        replace(o, outcome=verdict.replaces, epoch=epoch)
        if o.outcome == "taken" and o.epoch == unseen and o.action in ("play", "steer") and verdict.wish is not None
        else o
        for o in known
    ]
    now = [o if o.outcome == "refused" else replace(o, epoch=epoch) for o in verdict.outcomes]
    return tuple([*before, *now][-max(OUTCOMES, len(now)) :])
