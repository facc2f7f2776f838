"""The engine's stand-in in the parent: asks the child, and begins a new one where the child was lost.

A film goes on over the child's death: the sessions are opened again, each with the newest snapshot that the dead child
had handed over, and the same frames are drawn again. Whoever called `render` has only waited.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from engines.errors import EngineError, NotDrawn, OutOfMemory

from .memory import Slots
from .messages import Close, Done, Open, Render, Request, Restore, Start
from .spawned import Exhausted, Lost, Spawned

log = logging.getLogger(__name__)

Job = tuple[Session, FrameSpec]

_CONDEMNED = 64
"""Frames remembered that no child has survived."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the parent waits for what, in seconds, and how often it tries."""

    prepare: float = 4 * 3600.0  # in all; networks may have to be built
    silence: float = 60.0  # without a sign of life while it prepares
    render: float = 120.0  # for one call; ten times what pictures took lately, where that is more
    answer: float = 30.0  # for anything else
    close: float = 10.0  # to end in good order
    beat: float = 1.0  # from one sign of life to the next
    deaths: int = 3  # over the same frame in a row, before it is called poison
    restarts: int = 6  # within a minute, for no one frame's sake, before the engine is given up


class ProcessEngine(Engine):
    """The engine that `factory` makes, in a process of its own."""

    def __init__(
        self,
        factory: str,
        options: Any,
        *,
        width: int,
        height: int,
        name: str = "engine",
        slots: int = 8,
        patience: Patience | None = None,
    ) -> None:
        """`factory` is "module:callable", called with `options` in the child; where it has an attribute `smaller`, that
        gives the options with which a new child makes do with less memory. Pictures are at most `width` by `height`
        pixels, `slots` of them on their way at a time. Raises EngineError where this system cannot do it."""
        if os.name != "posix":
            raise EngineError("an engine in a process of its own needs Linux or macOS; on Windows, run it in WSL")
        self.name, self.backend = name, "not ready"
        self._factory = factory
        self._options = options
        self._size = width, height
        self._patience = patience or Patience()
        self._slots = Slots(slots, width * height * 3)
        self._child: Spawned | None = None
        self._smaller = 0
        self._sessions: dict[int, ProcessSession] = {}
        self._numbers = itertools.count()
        self._say: Callable[[str], None] = lambda words: None
        self._restarted: deque[float] = deque()  # when, within the last minute, and not for a condemned frame
        self._restarts = 0
        self._condemned: deque[tuple[int, FrameSpec]] = deque(maxlen=_CONDEMNED)
        self._counted: Counter[str] = Counter()  # by children that are gone
        self._counts: Mapping[str, int] = {}  # by this one
        self._pace = 0.0  # seconds a picture, the slowest of late
        self._busy = threading.Lock()
        self._closed = False
        self.status = "not started"  # what it is at while it cannot draw; "" when it can

    # Beginning, and beginning anew

    def prepare(self, say: Callable[[str], None]) -> None:
        """As Engine.prepare. `say` is kept: it hears what a new child is at too, and "" once that one can draw."""
        self._say = say
        with self._working():
            while True:
                try:
                    self._begin()
                    return
                except Exhausted as error:
                    if not error.smaller:
                        raise OutOfMemory(str(error)) from error
                    self._smaller += 1
                    log.warning("%s; trying with less", error)
                except Lost as error:
                    raise EngineError(f"{self.name} is closed" if self._closed else str(error)) from error

    def _begin(self) -> None:
        """A child that is ready, with all sessions open. Raises EngineError, `Lost`."""
        self._end(0.0)
        if self._closed:
            raise EngineError(f"{self.name} is closed")
        child = self._child = Spawned(self._slots)
        if self._closed:  # in this very moment, and who closes did not see this child
            child.kill()
        patience = self._patience
        start = Start(self._factory, self._options, self._smaller, patience.beat, log.getEffectiveLevel())
        ready = child.start(start, self._tell, silence=patience.silence, limit=patience.prepare)
        for session in self._sessions.values():
            try:
                child.ask(Open(session.number, session.shot, session.newest), patience.answer)
            except NotDrawn as error:  # it could before
                raise Lost(f"cannot open {session.shot.stream} again: {error}") from error
        self.name, self.backend = ready.name, ready.backend
        self._tell("")

    def _tell(self, words: str) -> None:
        self.status = words
        self._say(words)

    def _revive(self, lost: Lost) -> None:
        """A new child in place of one that was lost. Raises EngineError after too many."""
        while True:
            now = time.monotonic()
            while self._restarted and now - self._restarted[0] > 60.0:
                self._restarted.popleft()
            if self._closed:
                raise EngineError(f"{self.name} is closed")
            if len(self._restarted) >= self._patience.restarts:
                times = f"{len(self._restarted)} restarts within a minute did not help"
                raise EngineError(f"{self.name} is given up, {times}: {lost}")
            self._restarted.append(now)
            self._restarts += 1
            self._smaller += isinstance(lost, Exhausted) and lost.smaller
            log.warning("%s: %s; starting it anew (%d so far)", self.name, lost, self._restarts)
            self._tell(f"starting anew: {lost}")
            try:
                self._begin()
                return
            except Lost as again:
                lost = again

    def _end(self, patience: float) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop(patience)
        self._counted.update(self._counts)
        self._counts = {}

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        """While a call is at work, `close` only ends the child; the call clears up, when it fails for that."""
        with self._busy:
            try:
                yield
            finally:
                if self._closed:
                    self._clear()

    # Work

    def counts(self) -> Mapping[str, int]:
        """As Engine.counts, of all children together, with "restarts"."""
        return {**self._counted + Counter(self._counts), "restarts": self._restarts}

    def open(self, shot: Shot) -> Session:
        """As Engine.open. Raises ValueError for a picture that the slots cannot take."""
        if shot.width * shot.height > self._size[0] * self._size[1]:
            least, most = f"{shot.width}x{shot.height}", "{}x{}".format(*self._size)
            raise ValueError(f"a picture of {least} pixels, at most {most} were announced")
        session = ProcessSession(self, next(self._numbers), shot)
        with self._working():
            try:
                self._ask(Open(session.number, shot, b""), self._patience.answer)
            except Lost as lost:
                self._sessions[session.number] = session
                self._revive(lost)
        self._sessions[session.number] = session
        return session

    def render(self, jobs: Sequence[Job]) -> list[Picture]:
        """As Engine.render. NotDrawn: not by this engine, or its process died over this frame again and again.
        EngineError: it cannot go on at all."""
        pictures: list[Picture] = []
        with self._working():
            for begin in range(0, len(jobs), self._slots.count):
                pictures += self._drawn([self._named(job) for job in jobs[begin : begin + self._slots.count]])
        return pictures

    def _named(self, job: Job) -> tuple[ProcessSession, FrameSpec]:
        session, spec = job
        if not isinstance(session, ProcessSession) or self._sessions.get(session.number) is not session:
            raise TypeError(f"a {type(session).__name__} that is not open in this engine")
        if (session.number, spec) in self._condemned:
            raise NotDrawn(f"{self.name} has died of this frame {self._patience.deaths} times")
        return session, spec

    def _drawn(self, jobs: list[tuple[ProcessSession, FrameSpec]], deaths: int = 0) -> list[Picture]:
        """The pictures. Where a child is lost over several, each is drawn alone: one of them may be the cause."""
        try:
            return self._asked(jobs)
        except Lost as lost:
            self._revive(lost)
            if len(jobs) > 1:
                return [picture for job in jobs for picture in self._drawn([job], 1)]
            if deaths + 1 < self._patience.deaths:
                return self._drawn(jobs, deaths + 1)
            for _ in range(min(deaths + 1, len(self._restarted))):  # they are that frame's
                self._restarted.pop()
            self._condemned.append((jobs[0][0].number, jobs[0][1]))
            raise NotDrawn(f"{self.name} died of it {deaths + 1} times, at last: {lost}") from lost

    def _asked(self, jobs: list[tuple[ProcessSession, FrameSpec]]) -> list[Picture]:
        begun = time.monotonic()
        limit = max(self._patience.render, 10 * self._pace * len(jobs))
        done = self._ask(Render(tuple((session.number, spec) for session, spec in jobs)), limit)
        self._pace = max(self._pace * 0.95, (time.monotonic() - begun) / len(jobs))
        for number, snapshot in done.snapshots.items():
            self._sessions[number].newest = snapshot
        return [self._slots.get(n, s.shot.height, s.shot.width) for n, (s, _) in enumerate(jobs)]

    def _ask(self, request: Request, limit: float) -> Done:
        if self._child is None:
            raise RuntimeError(f"{self.name} is not prepared, or closed")
        done = self._child.ask(request, limit)
        self._counts = done.counts
        return done

    def tell(self, request: Restore | Close) -> None:
        """For sessions: what a lost child needs not to know, because the next one will not ask."""
        with self._working(), contextlib.suppress(Lost, EngineError, NotDrawn, RuntimeError):
            self._ask(request, self._patience.answer)

    def forget(self, session: ProcessSession) -> None:
        """For sessions: this one is not opened again."""
        if self._sessions.pop(session.number, None) is not None:
            self.tell(Close(session.number))

    # Ending

    def close(self) -> None:
        """End the child, from any thread; a call that waits for it fails with EngineError."""
        self._closed = True
        if self._busy.acquire(blocking=False):
            try:
                self._clear(self._patience.close)
            finally:
                self._busy.release()
        elif (child := self._child) is not None:
            child.kill()

    def _clear(self, patience: float = 0.0) -> None:
        self._end(patience)
        self._slots.close()
        self.status = "closed"


class ProcessSession(Session):
    """A session of the child's engine, by number: it outlives the child."""

    def __init__(self, engine: ProcessEngine, number: int, shot: Shot) -> None:
        self.number = number
        self.shot = shot
        self.newest = b""  # snapshot, as last handed over
        self._engine = engine

    def snapshot(self) -> bytes:
        """Of a second ago at most, as far as frames were drawn since: the child is not asked."""
        return self.newest

    def restore(self, snapshot: bytes) -> None:
        """As Session.restore."""
        self.newest = snapshot
        self._engine.tell(Restore(self.number, snapshot))

    def close(self) -> None:
        """As Session.close."""
        self._engine.forget(self)
