"""One stream's film while this process directs it: ask, publish each description the moment it is whole, keep it alive.

All that is published goes through `commit`, together with the DirectorState that holds it. Whoever changes a film (its
own tasks, a prompt, the idle rule) holds its `lock` until the commit is through; so under the lock no commit is in
flight, and that is where a running answer may be cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec.structs import replace

from streamer import metrics
from streamer.bus.base import Record, Session
from streamer.errors import Rejected
from streamer.messages import (
    UNREADABLE,
    Direction,
    DirectorState,
    EndOfStory,
    FrameDescription,
    Hold,
    HoldReason,
    Prompt,
    Resume,
    encode,
)
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE

from . import script
from .desk import OUTCOMES, Verdict, remember
from .llm import AnswerCut, EndpointError, Llm
from .retry import Breaker
from .scanner import Scanner
from .story import Story
from .supply import Supply

log = logging.getLogger(__name__)

GLANCE = 0.25  # seconds between two looks at the lead
FAREWELL = 0.5  # seconds that an answer may go on after all that was asked for
BOUGHT = 30.0  # seconds of film that a prompt buys, watched or not (design §9)


@dataclass(frozen=True, slots=True)
class Terms:
    """What all films of a director have in common."""

    llm: Llm
    breaker: Breaker
    window: int  # descriptions asked for at a time
    pace: float  # seconds
    lead_low: float  # seconds
    starve: float  # seconds
    seed: int | None
    rendered: Callable[[str, int], float]  # of (stream, epoch), in seconds


class Film:
    """A stream in one session of its home partition."""

    def __init__(self, stream: str, session: Session, terms: Terms, state: DirectorState | None = None) -> None:
        self.stream = stream
        self.lock = asyncio.Lock()
        self.state = state or DirectorState(epoch=0, status="ended")
        self.story = _story(stream, state, terms) if state else None
        self.bought_until = 0.0  # monotonic
        self.unwatched_since: float | None = None  # monotonic
        self._session = session
        self._terms = terms
        self._supply = Supply(low=terms.lead_low, starve=terms.starve, breaker=terms.breaker)
        self._rescuing = False  # told once, not with every description
        self._changed = asyncio.Event()
        self._answer: asyncio.Task[None] | None = None

    @property
    def lead(self) -> float:
        """Seconds published and not rendered yet, in this epoch."""
        if self.story is None:
            return 0.0
        return self.story.lead(self._terms.rendered(self.stream, self.story.epoch))

    def wake(self) -> None:
        """Something changed that may make it ask, or not ask."""
        self._changed.set()

    # Changes from outside. The caller holds the lock, commits what is returned with `record()`, and wakes it.

    def follow(self, verdict: Verdict, *, now: float, wall: float) -> list[Direction]:
        """Do as the prompts say. `wall` is unix seconds: epochs rise even when state is lost."""
        epoch = self.state.epoch
        unseen = epoch if self.story is not None and self.story.seq == 0 else None
        said: list[Direction] = []
        if verdict.wish is not None:
            epoch = max(epoch + 1, int(wall))
            said += self._act(verdict.wish, verdict, epoch)
            self.bought_until = now + BOUGHT
            self._supply.wish()
            self.interrupt()
        if verdict.control == "pause":
            said += self.hold("paused")
        elif verdict.control == "resume":
            said += self.resume()
            self.bought_until = now + BOUGHT
        outcomes = remember(self.state.outcomes, verdict, epoch, unseen=unseen)
        self.state = replace(self.state, epoch=epoch, outcomes=outcomes)
        return said

    def _act(self, wish: Prompt, verdict: Verdict, epoch: int) -> list[Direction]:
        if verdict.action == "stop":
            self.story = None
            self.state = replace(self.state, epoch=epoch, status="ended", reason="stopped")
            return [EndOfStory(epoch=epoch, seq=0)]
        # The old epoch plays until the first description of the new one: a held one goes on, still as the old epoch.
        said: list[Direction] = self.resume()
        if self.story is None:
            self._supply.rested()
        if verdict.action == "steer" and self.story is not None:
            self.story.steer(wish, epoch)
        else:
            terms = self._terms
            self.story = Story.begin(verdict.base or wish, epoch, pace=terms.pace, seed=terms.seed)
            if verdict.base is not None:
                self.story.steer(wish, epoch)
        self.state = replace(self.state, epoch=epoch, status="playing", reason="", prompt=wish.prompt)
        return said

    def hold(self, reason: HoldReason) -> list[Direction]:
        self.interrupt()
        self.state = replace(self.state, status="held", reason=reason)
        return [Hold(epoch=self.state.epoch, reason=reason)]

    def resume(self) -> list[Direction]:
        if self.state.status != "held":
            return []
        self._supply.rested()
        self.state = replace(self.state, status="playing", reason="")
        return [Resume(epoch=self.state.epoch)]

    def interrupt(self) -> None:
        """Close the answer that is being read; the server stops generating."""
        if self._answer is not None:
            self._answer.cancel()

    def record(self) -> Record:
        """The DirectorState as it is now. What became of more prompts than are remembered is told once."""
        story = self.story
        self.state = replace(
            self.state,
            seq=story.seq if story else 0,
            published=story.published if story else 0.0,
            director=self._terms.llm.name,
            story=msgspec.Raw(story.snapshot() if story else b"null"),
        )
        told = Record(DIRECTOR_STATE, self.stream, encode(self.state))
        self.state = replace(self.state, outcomes=self.state.outcomes[-OUTCOMES:])
        return told

    def direction(self, said: Direction) -> Record:
        return Record(DESCRIPTIONS, self.stream, encode(said))

    # Its own life

    async def run(self) -> None:
        """Until cancelled. Raises `SessionLost`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_alive())
            while True:
                await self._until_wanted()
                self._answer = tasks.create_task(self._ask())
                await asyncio.wait({self._answer})
                self._answer = None

    async def _until_wanted(self) -> None:
        while True:
            self._changed.clear()
            wait = self._supply.ask_in(time.monotonic(), self.lead) if self.state.status == "playing" else None
            if wait is not None and wait <= 0:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0 if wait is None else min(wait, 1.0)):
                    await self._changed.wait()

    async def _ask(self) -> None:
        """One window: ask, publish what comes while it comes."""
        story, terms = self.story, self._terms
        if story is None:
            return
        epoch = story.epoch  # a steer changes it in place; what was asked before belongs to the old one
        begun, told, refused = time.monotonic(), 0, 0
        known = story.tempo
        failure: Exception | None = None
        try:
            async with aclosing(objects_of(terms.llm, story, terms.window)) as objects:
                async for raw in objects:
                    if not known:
                        story.tempo = round((time.monotonic() - begun) / (told + 1), 3)
                    try:
                        if not await self._publish(epoch, partial(story.accept, raw)):
                            return
                    except Rejected as why:
                        refused += 1
                        log.warning("%s: an object of the answer is refused: %s", self.stream, why)
                        continue
                    told += 1
                    if told == 1:
                        metrics.first_description.observe(time.monotonic() - begun)
                    self._supply.told(time.monotonic())
                    if told == terms.window:
                        break
                if known and told:
                    story.observed(time.monotonic() - begun, told)
                if told == terms.window:
                    with suppress(TimeoutError):  # "]}" and [DONE]: read to its end, a connection can be used again
                        async with asyncio.timeout(FAREWELL):
                            await anext(objects, None)
        except (AnswerCut, EndpointError, Rejected) as error:
            failure = error
        metrics.answers.labels("complete" if failure is None else "cut" if told else "failed").inc()
        if told:
            if self._rescuing:
                log.warning("%s: the LLM answers again", self.stream)
            self._rescuing = False
            if failure is not None and told < terms.window:
                log.warning("%s: answer cut after %d descriptions: %s", self.stream, told, failure)
            return
        if failure is None:
            terms.llm.doubt_format()
            failure = EndpointError(f"an answer without any description ({refused} objects refused)")
        wait = self._supply.failed(time.monotonic(), getattr(failure, "retry_after", None))
        log.warning("%s: %s; next try in %.1f s", self.stream, failure, wait)

    async def _publish(self, epoch: int, make: Callable[[], FrameDescription]) -> bool:
        """Commit the description that `make` gives; False when the film has gone elsewhere meanwhile."""
        async with self.lock:
            if self.story is None or self.story.epoch != epoch or self.state.status != "playing":
                return False
            description = make()
            await self._session.commit([self.direction(description)], [self.record()])
            metrics.descriptions.labels(description.source).inc()
            return True

    async def _keep_alive(self) -> None:
        """Fallback descriptions for a film that would freeze."""
        while True:
            await asyncio.sleep(GLANCE)
            story = self.story
            if story is None or self.state.status != "playing":
                continue
            if self._supply.rescue(time.monotonic(), self.lead) and await self._publish(story.epoch, story.fallback):
                if not self._rescuing:
                    log.warning("%s: fallback descriptions carry the film on until the LLM answers", self.stream)
                self._rescuing = True


async def objects_of(llm: Llm, story: Story, count: int) -> AsyncGenerator[str, None]:
    """Ask for the next `count` descriptions; yields each JSON object of the answer the moment it closes.

    Raises as `Llm.answer` does, and `Rejected` for an answer without bounds. Close it (`contextlib.aclosing`).
    """
    scanner = Scanner()
    async with aclosing(llm.answer(story.ask(count), script.SCHEMA)) as deltas:
        async for delta in deltas:
            for raw in scanner.feed(delta):
                yield raw


def _story(stream: str, state: DirectorState, terms: Terms) -> Story | None:
    """The story that a predecessor left; where it cannot be read, one that goes on with the same words and seq."""
    if state.status == "ended":
        return None
    try:
        return Story.restore(state.story)
    except UNREADABLE as error:
        log.error("%s: the story in its state cannot be read, it begins anew: %s", stream, error)
        prompt = Prompt(id="", stream=stream, action="play", prompt=state.prompt)
        story = Story.begin(prompt, state.epoch, pace=terms.pace, seed=terms.seed)
        story.seq, story.published = state.seq, state.published
        return story
