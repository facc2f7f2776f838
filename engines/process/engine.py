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
from typing import Any

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from engines.errors import EngineError, NotDrawn, OutOfMemory

from .memory import Slots
from .messages import Close, Done, Open, Render, Request, Restore, Start
from .patience import Losses, Pace, Patience
from .spawned import Exhausted, Lost, Spawned

log = logging.getLogger(__name__)

Job = tuple[Session, FrameSpec]
Description = tuple[int, int, int, str, str]
"""What a frame belongs to: session, seed, shot, text, the text before."""

_CONDEMNED = 64
"""Descriptions remembered that no child has survived."""


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
        self._took: float | None = None  # seconds to prepare, the last time that it could; None: never yet
        self._losses = Losses(self._patience)
        self._pace = Pace(self._patience)
        self._restarts = 0
        self._condemned: deque[Description] = deque(maxlen=_CONDEMNED)
        self._most: int | None = None  # sessions, where there was no memory for another; None: not known
        self._counted: Counter[str] = Counter()  # by children that are gone
        self._counts: Mapping[str, int] = {}  # by this one
        self._busy = threading.Lock()
        self._closing = threading.Event()

    # Beginning, and beginning anew

    def prepare(self, say: Callable[[str], None]) -> None:
        """As Engine.prepare. `say` is kept: it hears what a new child is at too, and "" once that one can draw."""
        self._say = say
        with self._working():
            while True:
                try:
                    self._begin(self._patience.prepare)
                    return
                except Exhausted as error:
                    if not error.smaller:
                        raise OutOfMemory(str(error)) from error
                    self._smaller += 1
                    log.warning("%s; trying with less", error)
                except Lost as error:
                    raise EngineError(self._closed_or(str(error))) from error

    def _begin(self, limit: float) -> None:
        """A child that is ready within `limit` seconds, with the sessions open. Raises EngineError, `Lost`."""
        self._end(0.0)
        if self._closing.is_set():
            raise EngineError(self._closed_or(""))
        begun, patience = time.monotonic(), self._patience
        child = self._child = Spawned(self._slots)
        try:
            if self._closing.is_set():  # in this very moment, and who closes did not see this child
                child.kill()
            start = Start(self._factory, self._options, self._smaller, patience.beat, log.getEffectiveLevel())
            ready = child.start(start, self._say, silence=patience.silence, limit=limit)
            if self._took is not None and ready.backend != self.backend:
                found = f"it ran on {self.backend}, a new process finds only {ready.backend}"
                raise EngineError(f"{self.name} is given up: {found}")
            for session in self._sessions.values():
                session.shut = True
            for session in self._sessions.values():
                self._open_again(child, session)
        except BaseException:
            self._end(0.0)
            raise
        self.name, self.backend = ready.name, ready.backend
        self._took = time.monotonic() - begun
        self._pace.anew()
        self._say("")

    def _open_again(self, child: Spawned, session: ProcessSession) -> None:
        """In a new child. One that does not fit any more is shut, so that the others go on."""
        try:
            child.ask(Open(session.number, session.shot, session.newest), self._patience.answer)
            session.shut = False
        except Exhausted as error:
            count, stream = self._films(), session.shot.stream
            if error.smaller or not count:
                raise
            self._most = count
            log.warning("%s: no memory to go on with this film, %d are open: %s", stream, count, error)
        except NotDrawn as error:
            log.warning("%s: this film cannot be opened again: %s", session.shot.stream, error)

    def _films(self) -> int:
        """Sessions that are open in the child."""
        return sum(not session.shut for session in self._sessions.values())

    def _closed_or(self, words: str) -> str:
        return f"{self.name} is closed" if self._closing.is_set() else words

    def _revive(self, lost: Lost) -> None:
        """A new child in place of one that was lost. Raises EngineError after too many."""
        begun, limit = time.monotonic(), self._patience.reviving + (self._took or 0.0)
        while True:
            self._end(0.0)
            if self._closing.is_set():
                raise EngineError(self._closed_or("")) from lost
            left = begun + limit - time.monotonic()
            if left <= 0:
                raise EngineError(f"{self.name} is given up, no process could draw for {limit:.0f} s: {lost}") from lost
            try:
                pause = self._losses.restart()
            except EngineError as error:
                raise EngineError(f"{self.name} is given up, {error}: {lost}") from lost
            if isinstance(lost, Exhausted) and lost.smaller:
                self._smaller, self._most = self._smaller + 1, None
            self._restarts += 1
            log.warning("%s: %s; starting it anew (%d so far)", self.name, lost, self._restarts)
            self._say(f"starting anew: {lost}")
            if self._closing.wait(pause):
                continue
            try:
                self._begin(min(left, self._patience.prepare))
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
                if self._closing.is_set():
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
            self._opened(session)
        self._sessions[session.number] = session
        return session

    def _opened(self, session: ProcessSession, deaths: int = 0) -> None:
        """Open it in the child. Raises NotDrawn where there is no room beside the others, or the child died of it;
        EngineError, also where there is no room although it is the only one."""
        if not session.shut:
            return
        others = self._films()
        if self._most is not None and others >= self._most:
            raise NotDrawn(f"no memory for another film: {others} are open")
        try:
            self._ask(Open(session.number, session.shot, session.newest), self._patience.answer)
            session.shut = False
        except Lost as lost:
            full = isinstance(lost, Exhausted)
            if isinstance(lost, Exhausted) and not lost.smaller and others:
                self._most = others
            self._revive(lost)
            if full and others:
                raise NotDrawn(f"no memory for another film: {others} are open") from lost
            deaths += not (isinstance(lost, Exhausted) and lost.smaller)
            if deaths < 2:  # it may have been dead before
                self._opened(session, deaths)
                return
            if full:
                raise OutOfMemory(f"no memory for a single film: {lost}") from lost
            raise NotDrawn(f"{self.name} died {deaths} times of opening it, at last: {lost}") from lost

    def render(self, jobs: Sequence[Job]) -> list[Picture]:
        """As Engine.render. NotDrawn: not by this engine, or its process died over this frame again and again, or has
        no memory for this film. EngineError: it cannot go on at all."""
        pictures: list[Picture] = []
        with self._working():
            for begin in range(0, len(jobs), self._slots.count):
                pictures += self._drawn([self._named(job) for job in jobs[begin : begin + self._slots.count]])
        return pictures

    def _named(self, job: Job) -> tuple[ProcessSession, FrameSpec]:
        session, spec = job
        if not isinstance(session, ProcessSession) or self._sessions.get(session.number) is not session:
            raise TypeError(f"a {type(session).__name__} that is not open in this engine")
        if _described(session, spec) in self._condemned:
            raise NotDrawn(f"{self.name} has died of this description {self._patience.deaths} times")
        return session, spec

    def _drawn(self, jobs: list[tuple[ProcessSession, FrameSpec]], deaths: int = 0) -> list[Picture]:
        """The pictures. Where a child is lost over several, each is drawn alone: one of them may be the cause."""
        try:
            return self._asked(jobs)
        except Lost as lost:
            if not isinstance(lost, Exhausted):
                deaths += 1
            elif not lost.smaller:  # no frame's fault
                deaths += 1
                if deaths >= self._patience.deaths:
                    self._end(0.0)
                    raise OutOfMemory(f"{self.name} has no memory to draw a frame: {lost}") from lost
            self._revive(lost)
            if len(jobs) > 1:
                return [picture for job in jobs for picture in self._drawn([job], deaths)]
            if deaths < self._patience.deaths:
                return self._drawn(jobs, deaths)
            self._condemned.append(_described(*jobs[0]))
            words = f"{self.name} died of it {deaths} times, at last: {lost}"
            try:
                self._losses.condemn(deaths)
            except EngineError as error:
                self._end(0.0)
                raise EngineError(f"{self.name} is given up, {error}: {lost}") from lost
            raise NotDrawn(words) from lost

    def _asked(self, jobs: list[tuple[ProcessSession, FrameSpec]]) -> list[Picture]:
        while shut := next((session for session, _ in jobs if session.shut), None):  # one may shut another
            self._opened(shut)
        begun = time.monotonic()
        request = Render(tuple((session.number, spec) for session, spec in jobs))
        done = self._ask(request, self._pace.limit(len(jobs)))
        self._pace.took(len(jobs), time.monotonic() - begun)
        self._losses.drawn()
        for number, snapshot in done.snapshots.items():
            self._sessions[number].newest = snapshot
        return [self._slots.get(n, s.shot.height, s.shot.width) for n, (s, _) in enumerate(jobs)]

    def _ask(self, request: Request, limit: float) -> Done:
        if self._child is None:
            if self._took is None:
                raise RuntimeError(f"{self.name} is not prepared")
            raise Lost("the engine has no process")
        done = self._child.ask(request, limit)
        self._counts = done.counts
        return done

    def tell(self, request: Restore | Close) -> None:
        """For sessions: what a lost child needs not to know, because the next one will not ask."""
        with self._working(), contextlib.suppress(Lost, EngineError, NotDrawn, RuntimeError):
            self._ask(request, self._patience.answer)

    def forget(self, session: ProcessSession) -> None:
        """For sessions: this one is not opened again."""
        if self._sessions.pop(session.number, None) is not None and not session.shut:
            self.tell(Close(session.number))

    # Ending

    def close(self) -> None:
        """End the child, from any thread; a call that waits for it fails with EngineError."""
        self._closing.set()
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


def _described(session: ProcessSession, spec: FrameSpec) -> Description:
    """A description has many frames: what one of them did, the others would."""
    return session.number, spec.seed, spec.shot, spec.text, spec.previous_text


class ProcessSession(Session):
    """A session of the child's engine, by number: it outlives the child."""

    def __init__(self, engine: ProcessEngine, number: int, shot: Shot) -> None:
        self.number = number
        self.shot = shot
        self.newest = b""  # snapshot, as last handed over
        self.shut = True  # the child does not have it, yet or any more
        self._engine = engine

    def snapshot(self) -> bytes:
        """Of a second ago at most, as far as frames were drawn since: the child is not asked."""
        return self.newest

    def restore(self, snapshot: bytes) -> None:
        """As Session.restore."""
        self.newest = snapshot
        if not self.shut:
            self._engine.tell(Restore(self.number, snapshot))

    def close(self) -> None:
        """As Session.close."""
        self._engine.forget(self)
