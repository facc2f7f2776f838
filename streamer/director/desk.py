"""What becomes of prompts: per stream it is settled which wish acts, and what their authors are told. Pure.

A prompt acts at once, unless the stream followed another wish less than `settle` seconds ago: then it waits until those
are over, and of all wishes that came meanwhile the newest wins. So a crowd cannot keep a film from beginning, and a
single person never waits.

A wish that comes twice, with the same id and the same words, is one wish: senders repeat what they were not told the
fate of. It acts once, and its outcome is that of the first.

What moderation or the rates refuse is out before anything is merged: it neither acts nor beats another wish. Rates
count what would act otherwise: a repetition, a wish for a film that never played, or words that are not allowed take
nothing from anybody (the doors of a broadcaster count whatever they pass on). They count pause and resume, which make a
film stutter as well as any wish; a stop is always taken, as the way out of a film that costs money. What was refused
and is asked again is judged anew: its time may have come.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec.structs import replace

from streamer.bus.base import Received
from streamer.limits import Rates
from streamer.messages import DirectorState, Outcome, Prompt

from .moderation import Moderator
from .script import one_line

SETTLE = 0.3  # seconds
OUTCOMES = 64  # remembered per stream: so many wishes may come between a wish and its repetition
MAX_REASON = 200  # characters of a reason in an outcome; a dead letter has the whole

Status = Literal["new", "playing", "held", "ended"]
_LIVE = ("playing", "held")


def fingerprint(prompt: Prompt) -> int:
    """CRC-32 of what is asked for, whoever asks and when."""
    return zlib.crc32(msgspec.json.encode((prompt.action, prompt.prompt, prompt.options)))


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
    """The prompts of one partition that have been read and not acted upon. All desks of a director share `rates`."""

    def __init__(
        self, *, settle: float = SETTLE, moderator: Moderator | None = None, rates: Rates | None = None
    ) -> None:
        self._settle = settle
        self._moderator = moderator
        self._rates = rates or Rates()
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

    def decide(self, films: Mapping[str, DirectorState], now: float, *, late: bool, room: int) -> list[Verdict]:
        """Empties the desk: one verdict a stream. `films`: as they are. `late`: these prompts were read at takeover,
        when they came is not known, and no rate is applied. `room`: how many more films may begin."""

        def judge(prompt: Prompt, action: str) -> str:
            if action == "stop":
                return ""
            if action in ("play", "steer") and (reason := self._moderated(prompt)):
                return reason
            excess = None if late else self._rates.take(prompt.author, prompt.stream, now)
            return excess.reason if excess else ""

        beaten: Literal["superseded", "merged"] = "superseded" if late else "merged"
        verdicts = []
        for stream in dict.fromkeys((*self._waiting, *self._refused)):
            film = films.get(stream)
            verdict = Verdict(stream, status=film.status if film else "new")
            for record, outcome, reason in self._refused.get(stream, ()):
                verdict.outcomes.append(outcome)
                verdict.refused.append((record, reason))
            lived = verdict.status in _LIVE  # a film that is stopped and played again takes its own place
            known = film.outcomes if film else ()
            spent = film.note if film and (film.status, film.reason) == ("held", "budget") else ""
            _settle(verdict, self._waiting.get(stream, ()), known, beaten, judge, room=room > 0 or lived, spent=spent)
            if not late and now - self._acted.get(stream, float("-inf")) < 2 * self._settle:
                verdict.replaces = "merged"
            if verdict.wish is not None:
                self._acted[stream] = now
            room += lived - (verdict.status in _LIVE)
            verdicts.append(verdict)
        self._waiting, self._refused = {}, {}
        self._acted = {stream: at for stream, at in self._acted.items() if at + 2 * self._settle > now}
        return verdicts

    def _moderated(self, prompt: Prompt) -> str:
        """Of all that a prompt brings to the LLM: its words, and what else of it is free text."""
        if self._moderator is None:
            return ""
        texts = (prompt.prompt, prompt.options.style, prompt.options.language)
        return next((reason for t in texts if t and (reason := self._moderator.judge(t, prompt.author))), "")


def _settle(
    verdict: Verdict,
    waiting: Iterable[tuple[Received, Prompt]],
    known: Iterable[Outcome],
    beaten: Literal["superseded", "merged"],
    judge: Callable[[Prompt, str], str],
    *,
    room: bool,
    spent: str,
) -> None:
    """Goes through the prompts of a stream in order, as if each acted, and keeps what holds at the end."""
    asked = {outcome.id: outcome.asked for outcome in known}  # the newest of an id: some senders have one for all
    open_: list[Outcome] = []  # taken so far: wishes and controls that a newer wish would beat

    def beat() -> None:
        verdict.outcomes += [replace(outcome, outcome=beaten) for outcome in open_]
        open_.clear()
        verdict.control = None

    for record, prompt in waiting:
        mark = fingerprint(prompt)
        if asked.get(prompt.id) == mark:
            verdict.repeated += 1
            continue
        asked[prompt.id] = mark
        action = prompt.action or ("steer" if verdict.status in _LIVE else "play")
        if action == "steer" and verdict.status == "ended":
            action = "play"  # nothing is left to steer
        outcome = Outcome(id=prompt.id, outcome="taken", action=action, at=prompt.at, asked=mark)
        if reason := _refusal(verdict.stream, action, verdict.status, room, spent) or judge(prompt, action):
            verdict.outcomes.append(replace(outcome, outcome="refused", reason=reason, asked=0))
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
            verdict.outcomes += [replace(outcome, outcome=beaten) for outcome in controls]
            open_[:] = [o for o in open_ if o not in controls]
            verdict.control = action  # type: ignore[assignment]
            verdict.status = "held" if action == "pause" else "playing"
        open_.append(outcome)
    verdict.outcomes += open_


def _refusal(stream: str, action: str, status: Status, room: bool, spent: str) -> str:
    if status == "new" and action != "play":
        return f"stream {stream!r} never played: begin it with play, or with plain text"
    if status == "ended" and action in ("pause", "resume"):
        return f"stream {stream!r} has ended: begin it again with play, or with plain text"
    if action == "play" and status in ("new", "ended") and not room:
        return "as many films live as max_streams allows: stop one, or raise it"
    if action == "resume" and status == "held":
        return spent  # of a film that its budget holds: when it goes on
    return ""


def remember(
    known: Iterable[Outcome], verdict: Verdict, epoch: int, *, unseen: int | None = None
) -> tuple[Outcome, ...]:
    """The newest outcomes after `verdict`, whose wish is followed (or its stream goes on) in `epoch`. All of the
    verdict's are among them (as many as are decided together): each has an author who wants to know.

    `unseen`: an epoch of which nothing was ever published; the wishes that it followed have now been beaten as well.
    """
    before = [
        replace(o, outcome=verdict.replaces, epoch=epoch)
        if o.outcome == "taken" and o.epoch == unseen and o.action in ("play", "steer") and verdict.wish is not None
        else o
        for o in known
    ]
    now = [o if o.outcome == "refused" else replace(o, epoch=epoch) for o in verdict.outcomes]
    return tuple([*before, *now][-max(OUTCOMES, len(now)) :])
