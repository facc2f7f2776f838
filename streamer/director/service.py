"""The director service: prompts in, frame descriptions out (design §4)."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from contextlib import AsyncExitStack

from streamer import metrics
from streamer.bus.base import Bus, Received, Record, Session
from streamer.errors import Rejected, SessionLost
from streamer.letters import refused
from streamer.limits import Rates
from streamer.messages import (
    OUTCOMES_HEADER,
    UNREADABLE,
    Direction,
    decode_audience,
    decode_director_state,
    decode_worker_state,
    encode,
)
from streamer.settings import Settings
from streamer.topics import AUDIENCE, DEAD_LETTERS, DIRECTOR_STATE, PROMPTS, WORKER_STATE, home

from .desk import Desk, Verdict
from .economy import Budget
from .film import Film, Terms
from .llm.endpoints import endpoints_of
from .moderation import Moderator, WordList
from .prompts import author, parse_prompt
from .ways import Ways, form_of

log = logging.getLogger(__name__)

IN_HAND = 500  # prompts, at most, that are acted upon together: what became of each must fit into one record
IN_HAND_BYTES = 2 << 20

ENDED_KEPT = 64
"""Films that have ended and are remembered, per partition; the oldest of more are forgotten, or strangers who begin and
stop films would fill the memory of every process."""

FORGOTTEN_AFTER = 60
"""Seconds since it ended, at least, before a film is forgotten: it may still be on screen. Without a state the next
epoch is the wall clock's, which must be the higher one."""


class DirectorService:
    """Directs the films of the partitions that it owns. `run()` until cancelled.

    A wish for a held film takes effect and lets it go on. `max_streams` counts the films of this process:
    several directors may have as many each, and at a takeover one may begin before its neighbours are counted.
    `llm_url` is where the LLM is when the settings name none (`storyboard`): the app says where it started it.
    """

    def __init__(self, bus: Bus, settings: Settings, llm_url: str | None = None) -> None:
        self.bus = bus
        self.settings = settings
        self.films: dict[str, Film] = {}  # of all partitions owned
        self.audience_known = False
        self.refused = 0  # records that are no prompts
        self._rendered: dict[str, tuple[int, float]] = {}  # stream: (epoch, seconds)
        self._audience: dict[str, dict[str, tuple[int, float]]] = {}  # stream: {broadcaster: (count, until)}
        self.llm = endpoints_of(settings, llm_url)
        self.moderator: Moderator | None = WordList.load(settings.banned_words) if settings.banned_words else None
        self.rates = Rates(author=settings.author_rate, stream=settings.stream_rate)
        self.terms = Terms(
            llm=self.llm,
            ways=Ways.of(settings),
            form=form_of(settings, lambda rule: metrics.violations.labels(rule).inc()),
            budget=Budget(
                price_in=settings.price_in,
                price_out=settings.price_out,
                tokens=settings.budget_tokens,
                cost=settings.budget_cost,
            ),
            max_tokens=settings.max_answer_tokens,
            lead_low=settings.lead_low,
            starve=settings.starve,
            rendered=self._seconds_rendered,
        )

    async def run(self) -> None:
        async with self.llm, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_workers())
            tasks.create_task(self._follow_audience())
            await self.bus.own(PROMPTS, stage="director", state=DIRECTOR_STATE, serve=self._serve)

    async def _serve(self, session: Session) -> None:
        await PartitionDirector(self, session).run()

    @property
    def room(self) -> int:
        """How many more films may begin here."""
        return self.settings.max_streams - sum(film.story is not None for film in self.films.values())

    def watchers(self, stream: str, wall: float) -> int:
        """How many watch, by what the broadcasters said last; what has expired is forgotten."""
        watching = self._audience.get(stream, {})
        for broadcaster in [name for name, (_, until) in watching.items() if until <= wall]:
            del watching[broadcaster]
        return sum(count for count, _ in watching.values())

    def _seconds_rendered(self, stream: str, epoch: int) -> float:
        known, seconds = self._rendered.get(stream, (-1, 0.0))
        return seconds if known == epoch else 0.0

    async def _follow_workers(self) -> None:
        async with self.bus.tail(WORKER_STATE) as tail:
            while True:
                for record in await tail.records(1.0):
                    stream = (record.key or b"").decode(errors="replace")
                    if "/" in stream:  # what its engine remembers: for the next worker
                        continue
                    if record.value is None:
                        self._rendered.pop(stream, None)
                        continue
                    try:
                        state = decode_worker_state(record.value)
                    except UNREADABLE as error:
                        log.error("worker-state of %s at %d: %s", stream, record.offset, error)
                        continue
                    rendered = math.inf if state.status == "ended" else state.rendered
                    self._rendered[stream] = (state.epoch, rendered)
                    if stream in self.films:
                        self.films[stream].wake()

    async def _follow_audience(self) -> None:
        if self.settings.idle_after is None:
            return
        async with self.bus.tail(AUDIENCE) as tail:
            while True:
                records = await tail.records(1.0)
                for record in records:
                    stream, _, broadcaster = (record.key or b"").decode(errors="replace").partition("/")
                    watching = self._audience.setdefault(stream, {})
                    watching.pop(broadcaster, None)
                    try:
                        said = decode_audience(record.value) if record.value else None
                    except UNREADABLE as error:
                        log.error("audience of %s at %d: %s", stream, record.offset, error)
                        continue
                    if said is not None and said.count and said.until > time.time():
                        watching[broadcaster] = (said.count, said.until)
                    elif not watching:
                        del self._audience[stream]
                self.audience_known = self.audience_known or tail.caught_up


class PartitionDirector:
    """One ownership of one partition: reads its prompts, directs its films."""

    def __init__(self, service: DirectorService, session: Session) -> None:
        self._service = service
        self._settings = service.settings
        self._session = session
        self._desk = Desk(moderator=service.moderator, rates=service.rates)
        self._films: dict[str, Film] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._started = False  # once all prompts that were there at takeover have been decided
        # What was read and not committed yet:
        self._outputs: list[Record] = []
        self._bytes = 0
        self._count = 0
        self._upto: int | None = None

    async def run(self) -> None:
        """Until cancelled. Raises `SessionLost`."""
        lost: SessionLost | None = None
        self._restore()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._watch_audience())
                await self._read()
        except* SessionLost as group:
            lost = SessionLost(str(group.exceptions[0]))
        finally:
            for stream, film in self._films.items():
                if self._service.films.get(stream) is film:
                    del self._service.films[stream]
                    metrics.forget(stream)
        if lost is not None:
            raise lost

    def _restore(self) -> None:
        wall = time.time()
        for stream, value in self._session.restored.items():
            try:
                state = decode_director_state(value)
            except UNREADABLE as error:
                log.error("director-state of %s cannot be read: %s", stream, error)
                continue
            self._add(Film(stream, self._session, self._service.terms, state)).ended_at = wall

    def _add(self, film: Film) -> Film:
        self._films[film.stream] = self._service.films[film.stream] = film
        return film

    # Prompts

    async def _read(self) -> None:
        while True:
            wait = self._desk.wait(time.monotonic()) if self._count else 0.25
            for record in await self._session.records(min(max(wait, 0.01), 0.25)):
                self._take(record)
                if self._count >= IN_HAND or self._bytes >= IN_HAND_BYTES:  # what is left of the batch comes next
                    await self._decide(late=not self._started)
            if self._count and self._session.caught_up and self._desk.wait(time.monotonic()) <= 0:
                await self._decide(late=not self._started)
            if not self._started and self._session.caught_up and not self._count:
                self._started = True
                self._start_films()

    def _take(self, record: Received) -> None:
        """Read one record: to the desk, home, or to the dead letters."""
        self._upto = record.offset + 1
        self._count += 1
        self._bytes += len(record.value or b"")
        try:
            prompt = parse_prompt(record, max_chars=self._settings.max_prompt_chars)
        except Rejected as why:
            self._refuse(record, str(why))
            self._service.refused += 1
            if self._service.refused.bit_count() == 1:  # the 1st, 2nd, 4th, 8th …: nonsense must not fill the disk
                where = f"{record.partition}-{record.offset}"
                log.warning("prompt at %s refused (%d so far): %s", where, self._service.refused, why)
            return
        if prompt is None:
            log.info("prompt at %d-%d is a tombstone: ignored", record.partition, record.offset)
        elif home(prompt.stream, self._service.bus.partitions) != self._session.partition:
            headers = [(name, value) for name, value in record.headers if name != "id"]
            forwarded = Record(PROMPTS, prompt.stream, record.value, headers=[*headers, ("id", prompt.id.encode())])
            try:
                forwarded.check(self._service.bus.partitions)
            except ValueError as error:  # the id that it got made it too large
                forwarded = refused(record, f"cannot be forwarded to its stream's partition: {error}", stage="director")
            self._outputs.append(forwarded)
        else:
            self._desk.add(record, prompt)

    def _refuse(self, record: Received, why: str) -> None:
        """To the dead letters; whoever named the wish is also told what became of it."""
        named = author(record)
        if named is not None and home(named[0], self._service.bus.partitions) == self._session.partition:
            self._desk.refuse(record, *named, why)
        else:
            self._outputs.append(refused(record, why, stage="director"))

    async def _decide(self, *, late: bool) -> None:
        """Act on everything in hand, in one commit with the offset."""
        now, wall = time.monotonic(), time.time()
        films = {stream: film.state for stream, film in self._films.items()}
        verdicts = self._desk.decide(films, now, late=late, room=self._service.room)
        outputs, states, changed = self._outputs, [], []
        async with AsyncExitStack() as locks:
            for verdict in sorted(verdicts, key=lambda verdict: verdict.stream):
                outputs += [refused(record, why, stage="director") for record, why in verdict.refused]
                film = self._film_for(verdict)
                if film is None:
                    states.append(_tell(verdict))
                    continue
                await locks.enter_async_context(film.lock)
                outputs += [film.direction(said) for said in film.follow(verdict, now=now, wall=wall)]
                states.append(film.record())
                changed.append(film)
            await self._session.commit(outputs, states, consumed=self._upto)
        metrics.dead_letters.labels("director").inc(sum(record.topic is DEAD_LETTERS for record in outputs))
        for verdict in verdicts:
            metrics.prompts.labels("repeated").inc(verdict.repeated)
            for outcome in verdict.outcomes:
                metrics.prompts.labels(outcome.outcome).inc()
        self._outputs, self._bytes, self._count = [], 0, 0
        for film in changed:
            self._run(film)
            film.wake()
        await self._forget(wall)

    def _film_for(self, verdict: Verdict) -> Film | None:
        """The film of a stream; a new one where a play begins it."""
        film = self._films.get(verdict.stream)
        if film is None and verdict.wish is not None:
            film = self._add(Film(verdict.stream, self._session, self._service.terms))
        return film

    async def _forget(self, wall: float) -> None:
        """Tombstones for the oldest of the films that have ended, where they are too many."""
        ended = [f for f in self._films.values() if f.story is None and f.stream not in self._running]
        ended = [f for f in ended if not f.lock.locked()]
        ended.sort(key=lambda film: (film.ended_at, film.state.epoch))
        past = [f.stream for f in ended[:-ENDED_KEPT] if f.ended_at + FORGOTTEN_AFTER < wall > f.state.epoch]
        for stream in past:  # before the commit: a play that comes meanwhile is of a new film
            del self._films[stream]
            self._service.films.pop(stream, None)
            metrics.forget(stream)
        if past:
            await self._session.commit((), [Record(DIRECTOR_STATE, stream, None) for stream in past])

    def _start_films(self) -> None:
        for film in self._films.values():
            self._run(film)

    def _run(self, film: Film) -> None:
        """See that the film's task runs while it has a story; nothing acts before the takeover is through."""
        if film.story is not None and film.stream not in self._running and self._started:
            self._running[film.stream] = self._tasks.create_task(self._direct(film), name=f"film-{film.stream}")

    async def _direct(self, film: Film) -> None:
        try:
            while film.story is not None:  # another one may have come while the last one's tasks were ending
                await film.run()
        finally:
            del self._running[film.stream]

    # Idle

    async def _watch_audience(self) -> None:
        """Once a second: hold what nobody watches, resume what somebody does (design §9)."""
        while True:
            await asyncio.sleep(1.0)
            if self._settings.idle_after is None or not (self._started and self._service.audience_known):
                continue
            for film in list(self._films.values()):
                await self._look_at(film, self._settings.idle_after)

    async def _look_at(self, film: Film, idle_after: float) -> None:
        async with film.lock:
            now = time.monotonic()
            watched = self._service.watchers(film.stream, time.time()) > 0
            if watched or film.unwatched_since is None:
                film.unwatched_since = None if watched else now
            said: list[Direction] = []
            if watched and film.state.status == "held" and film.state.reason == "idle":
                said = film.resume()
            elif film.state.status == "playing" and not watched and film.unwatched_since is not None:
                bought = max(film.unwatched_since + idle_after, film.bought_until)
                said = film.hold("idle") if now >= bought else []
            if said:
                await self._session.commit([film.direction(s) for s in said], [film.record()])
                film.wake()


def _tell(verdict: Verdict) -> Record:
    """What became of the prompts to a stream that never played. A tombstone carries it, so that nothing of the stream
    is kept: strangers can make up as many names as they like."""
    return Record(DIRECTOR_STATE, verdict.stream, None, headers=[(OUTCOMES_HEADER, encode(verdict.outcomes))])
