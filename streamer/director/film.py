"""One stream's film while this process directs it: ask, publish each description the moment it is whole, keep it alive.

All that is published goes through `commit`, together with the DirectorState that holds it. Whoever changes a film (its
own tasks, a prompt, the idle rule) holds its `lock` until the commit is through; so under the lock no commit is in
flight, and that is where a running answer may be cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

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
from .economy import Budget, Ledger
from .llm import AnswerCut, EndpointError, Usage
from .llm.endpoints import Endpoints
from .story import Story
from .supply import BRINK, Supply
from .ways import Form, Ways
from .window import objects_of

log = logging.getLogger(__name__)

GLANCE = 0.25  # seconds between two looks at the lead
FAREWELL = 5.0  # seconds that an answer may go on after all that was asked for: its notes come last
HOLLOW = 2  # answers in a row, complete or without end, that held no description: the next is asked for in another form
MAX_NOTE = 200  # characters
_URL = re.compile(r"https?://[^\s'\"]*[^\s'\":,;.)]")
BOUGHT = 30.0  # seconds of film that a prompt buys, watched or not (design §9)


@dataclass(frozen=True, slots=True)
class Terms:
    """What all films of a director have in common."""

    llm: Endpoints
    ways: Ways
    form: Form
    budget: Budget
    max_tokens: int | None  # of an answer
    lead_low: float  # seconds
    starve: float  # seconds
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
        self.ended_at = time.time()  # where it has; of one that ended before this process saw it, since it did
        self._session = session
        self._terms = terms
        self._supply = Supply(low=terms.lead_low, starve=terms.starve, endpoints=terms.llm)
        self._ledger = Ledger(terms.budget, self.state.spending)
        self._rescuing = False  # told once, not with every description
        self._trouble = ""  # why the LLM gave nothing last
        self._director = self.state.director  # who answered this film last, for people
        self._hollow: list[tuple[int, str]] = []  # of each answer in a row that held nothing: which endpoint, what form
        self._changed = asyncio.Event()
        self._answer: asyncio.Task[None] | None = None

    @property
    def lead(self) -> float:
        """Seconds published and not rendered yet, in this epoch."""
        if self.story is None:
            return 0.0
        return self.story.lead(self._rendered)

    @property
    def _rendered(self) -> float:
        """Seconds of this epoch that a worker has rendered."""
        return self._terms.rendered(self.stream, self.story.epoch) if self.story else 0.0

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
        if verdict.control == "pause" and self.story is not None:  # it may have ended since that was decided
            said += self.hold("paused")
        elif verdict.control == "resume":
            said += self.resume()
            self.bought_until = now + BOUGHT
        outcomes = remember(self.state.outcomes, verdict, epoch, unseen=unseen)
        self.state = replace(self.state, epoch=epoch, outcomes=outcomes)
        return said

    def _act(self, wish: Prompt, verdict: Verdict, epoch: int) -> list[Direction]:
        if verdict.action == "stop":
            self._end("stopped", epoch=epoch, seq=0, published=0.0)
            return [EndOfStory(epoch=epoch, seq=0)]
        # The old epoch plays until the first description of the new one: a held one goes on, still as the old epoch.
        said: list[Direction] = self.resume()
        if self.story is None:
            self._supply.rested()
        if verdict.action == "steer" and self.story is not None:
            self.story.steer(wish, epoch, rendered=self._rendered)
        else:
            self.story = Story.begin(verdict.base or wish, epoch, self._terms.ways)
            if verdict.base is not None:
                self.story.steer(wish, epoch)
        self.state = replace(self.state, epoch=epoch, status="playing", reason="", note="", prompt=wish.prompt)
        return said

    def hold(self, reason: HoldReason, note: str = "") -> list[Direction]:
        self.interrupt()
        self.state = replace(self.state, status="held", reason=reason, note=note)
        return [Hold(epoch=self.state.epoch, reason=reason)]

    def resume(self) -> list[Direction]:
        if self.state.status != "held":
            return []
        self._supply.rested()
        self.state = replace(self.state, status="playing", reason="", note="")
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
            seq=story.seq if story else self.state.seq,
            published=story.published if story else self.state.published,
            director=self._director or self._terms.llm.name,
            spending=self._ledger.spending,
            story=msgspec.Raw(story.snapshot() if story else b"null"),
        )
        told = Record(DIRECTOR_STATE, self.stream, encode(self.state))
        self.state = replace(self.state, outcomes=self.state.outcomes[-OUTCOMES:])
        return told

    def direction(self, said: Direction) -> Record:
        return Record(DESCRIPTIONS, self.stream, encode(said))

    # Its own life

    async def run(self) -> None:
        """Until the film ends by itself, or it is cancelled. Raises `SessionLost`."""
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(self._keep_alive())
            while await self._until_wanted():
                self._answer = tasks.create_task(self._ask())
                await asyncio.wait({self._answer})
                self._answer = None
            keeper.cancel()

    async def _until_wanted(self) -> bool:
        """Waits until the LLM is to be asked; False when there is no film any more."""
        while self.story is not None:
            self._changed.clear()
            wait = self._supply.ask_in(time.monotonic(), self.lead) if self._may_ask() else None
            if wait is not None and wait <= 0:
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0 if wait is None else min(wait, 1.0)):
                    await self._changed.wait()
        return False

    def _may_ask(self) -> bool:
        over = self.story is None or self.story.over
        return self.state.status == "playing" and not over and self._ledger.held_until(time.time()) is None

    async def _ask(self) -> None:
        """One window: ask, publish what comes while it comes."""
        story, terms = self.story, self._terms
        if story is None:
            return
        epoch = story.epoch  # a steer changes it in place; what was asked before belongs to the old one
        count, begun, told, refused = story.count, time.monotonic(), 0, 0
        known = story.tempo
        failure: Exception | None = None
        usage = Usage()
        try:
            async with (
                asyncio.timeout(None) as farewell,
                aclosing(objects_of(terms.llm, story, count, terms.form, terms.max_tokens, usage)) as objects,
            ):
                async for raw in objects:
                    self._director = usage.endpoint
                    if story.epoch == epoch and story.note(raw):
                        continue
                    if told == count:
                        break
                    if not known:
                        story.tempo = round((time.monotonic() - begun) / (told + 1), 3)
                    try:
                        if not await self._publish(epoch, partial(story.accept, raw, terms.form)):
                            break
                    except Rejected as why:
                        refused += 1
                        log.warning("%s: an object of the answer is refused: %s", self.stream, why)
                        continue
                    told += 1
                    if told == 1:
                        terms.llm.useful(usage)
                        metrics.first_description.observe(time.monotonic() - begun)
                    if told == count:  # the notes, "]}" and [DONE]: read to its end, a connection can be used again
                        farewell.reschedule(asyncio.get_running_loop().time() + FAREWELL)
        except TimeoutError:
            pass  # of the farewell: all that was asked for is told
        except (AnswerCut, EndpointError, Rejected) as error:
            failure = error
        finally:
            self._spend(usage)
        if known and told and failure is None and story.epoch == epoch:  # with its notes: the next waits for them
            story.observed(time.monotonic() - begun, told)
        self._judge(failure, usage, told, count, refused)
        async with self.lock:  # what it cost, and its notes; of one that a wish cut short, the next commit has that
            await self._session.commit((), [self.record()])

    def _judge(self, failure: Exception | None, usage: Usage, told: int, count: int, refused: int) -> None:
        """What an answer's end means for the next."""
        gone = self.story is None or self.state.status != "playing"
        metrics.answers.labels("complete" if failure is None else "cut" if told else "failed").inc()
        if told or gone:
            self._hollow = []
            if told < count and not gone:
                self._terms.form.broke("count")
                if failure is not None:
                    log.warning("%s: answer cut after %d descriptions: %s", self.stream, told, failure)
            return
        if not isinstance(failure, EndpointError):  # words came, and none of use
            self._terms.llm.useless(usage)
        if failure is None or isinstance(failure, Rejected):  # complete, or without end
            asked = (usage.which, usage.form)
            self._hollow = [*(one for one in self._hollow if one == asked), asked]
            if len(self._hollow) == HOLLOW:
                self._hollow = []
                self._terms.llm.doubt_format(usage)
        if failure is None:
            failure = EndpointError(f"an answer without any description ({refused} objects refused)")
        wait = self._supply.failed(time.monotonic(), getattr(failure, "retry_after", None))
        log.warning("%s: %s; next try in %.1f s", self.stream, failure, wait)
        self._trouble = str(failure)

    def _spend(self, usage: Usage) -> None:
        """What an answer cost, also one that was cut."""
        ledger, before = self._ledger, self._ledger.spending
        now = ledger.add(time.time(), tokens_in=usage.tokens_in, tokens_out=usage.tokens_out)
        metrics.llm_tokens.labels(self.stream, "in").inc(now.tokens_in - before.tokens_in)
        metrics.llm_tokens.labels(self.stream, "out").inc(now.tokens_out - before.tokens_out)
        metrics.llm_cost.labels(self.stream).inc(now.cost - before.cost)
        metrics.tokens_per_minute.labels(self.stream).set(ledger.tokens_per_minute)
        metrics.cost_per_minute.labels(self.stream).set(ledger.cost_per_minute)

    async def _publish(self, epoch: int, make: Callable[[], FrameDescription]) -> bool:
        """Commit the description that `make` gives; False when the film has gone elsewhere meanwhile."""
        async with self.lock:
            if self.story is None or self.story.epoch != epoch or self.state.status != "playing":
                return False
            description = make()
            self._rescued(description.source == "fallback")
            self._ledger.add(time.time(), film=description.duration)
            said: list[Direction] = [description]
            if self.story.over:  # it goes on being a film until that is on screen: a wish may still bend it
                said.append(EndOfStory(epoch=epoch, seq=self.story.seq, reason="length"))
            await self._session.commit([self.direction(one) for one in said], [self.record()])
            metrics.descriptions.labels(description.source).inc()
            return True

    def _rescued(self, fallback: bool) -> None:
        """Say once, in the log and to the people, that the LLM does not direct, and that it does again."""
        if fallback and not self._rescuing:
            log.warning("%s: fallback descriptions carry the film on until the LLM answers", self.stream)
        elif self._rescuing and not fallback:
            log.warning("%s: the LLM answers again", self.stream)
        self._rescuing = fallback
        if not fallback:
            self._supply.told(time.monotonic())
            self._trouble = ""
        note = (self._trouble or "the LLM is silent") if fallback else ""
        # Everybody who watches reads it: where the LLM is stays in the log.
        self.state = replace(self.state, note=script.one_line(_URL.sub("the LLM", note), MAX_NOTE))

    async def _keep_alive(self) -> None:
        """Fallback descriptions for a film that would freeze, a hold for one whose budget is used up, an end for one
        that is as long as it was asked to be."""
        while True:
            await asyncio.sleep(GLANCE)
            story = self.story
            if story is None:
                continue
            if story.over:
                await self._mind_end()
            elif self._ledger.held_until(time.time()) is not None or self.state.reason == "budget":
                await self._mind_budget()
            elif self.state.status == "playing" and self._supply.rescue(time.monotonic(), self.lead):
                await self._publish(story.epoch, partial(story.fallback, self._terms.form))

    async def _mind_end(self) -> None:
        """A film that is told to its end has ended when that was rendered."""
        async with self.lock:
            if self.story is None or not self.story.over or self.lead > 0 or self.state.status != "playing":
                return
            self._end("length")  # seq and published stay: a broadcaster knows by them that there was a film
            await self._session.commit((), [self.record()])
        self.wake()

    def _end(self, reason: str, **changes: Any) -> None:
        self.story, self.ended_at = None, time.time()
        self.state = replace(self.state, status="ended", reason=reason, note="", **changes)

    async def _mind_budget(self) -> None:
        """Hold a film that has shown all that its budget paid for; let it go on when that is time."""
        async with self.lock:
            until = self._ledger.held_until(time.time())
            if until is None and (self.state.status, self.state.reason) == ("held", "budget"):
                said = self.resume()
            elif until is not None and self.state.status == "playing" and self.lead <= BRINK and self._answer is None:
                said = self.hold("budget", self._ledger.note(until))
            else:
                return
            await self._session.commit([self.direction(one) for one in said], [self.record()])
        self.wake()


def _story(stream: str, state: DirectorState, terms: Terms) -> Story | None:
    """The story that a predecessor left; where it cannot be read, one that goes on with the same words and seq."""
    if state.status == "ended":
        return None
    try:
        return Story.restore(state.story)
    except UNREADABLE as error:
        log.error("%s: the story in its state cannot be read, it begins anew: %s", stream, error)
        prompt = Prompt(id="", stream=stream, action="play", prompt=state.prompt)
        story = Story.begin(prompt, state.epoch, terms.ways)
        story.seq, story.published = state.seq, state.published
        return story
